"""Bundles: original files with OME-XML, rendering settings and an RO-Crate that describes them."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from store.exporting.crate import crate
from store.exporting.entries import Entry

DOCUMENT = "metadata.ome.xml"
MANIFEST = "micrograph.json"
CRATE = "ro-crate-metadata.json"
VERSION = 1
"""Of the manifest."""


@dataclass(frozen=True, slots=True)
class BundledFile:
    """An original file."""

    source: Path
    path: str
    """Below the folder of its fileset, with slashes."""
    size: int


@dataclass(frozen=True, slots=True)
class BundledFileset:
    """The files of one import, and which images of them are meant."""

    number: int
    """From 1; names its folder."""
    format: str
    files: tuple[BundledFile, ...]
    """The one with the metadata first."""
    images: Mapping[int, int]
    """Database id to number among the images of the fileset."""

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"files/{self.number}"


@dataclass(slots=True)
class Bundle:
    """What goes into a bundle.

    Attributes:
        name: Of what is exported.
        document: OME-XML of all of it.
        filesets: With the files of its images.
        rendering: How people see the images: image, name and settings, as JSON.
        creator: Name and version of this program.
    """

    name: str
    document: bytes
    filesets: Sequence[BundledFileset]
    rendering: Sequence[Mapping[str, Any]]
    creator: str
    _hashes: dict[str, str] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """Yield the files of the bundle; those that have hashes of the others come last."""
        yield Entry(DOCUMENT, make=lambda: self.document)
        for fileset in self.filesets:
            for file in fileset.files:
                path = f"{fileset.folder}/{file.path}"
                told = partial(self._hashes.__setitem__, path)
                yield Entry(path, source=file.source, told=told)
        yield Entry(MANIFEST, write=lambda path: _write(path, self._manifest()))
        yield Entry(CRATE, write=lambda path: _write(path, self._crate()))

    def _manifest(self) -> bytes:
        return orjson.dumps(
            {
                "micrograph": VERSION,
                "creator": self.creator,
                "document": {"path": DOCUMENT, "sha256": _sha256(self.document)},
                "filesets": [
                    {
                        "folder": fileset.folder,
                        "format": fileset.format,
                        "files": self._listed(fileset),
                        "images": [
                            {"id": f"Image:{key}", "series": series}
                            for key, series in fileset.images.items()
                        ],
                    }
                    for fileset in self.filesets
                ],
                "rendering": list(self.rendering),
            },
            option=orjson.OPT_INDENT_2,
        )

    def _listed(self, fileset: BundledFileset) -> list[dict[str, Any]]:
        return [
            {
                "path": file.path,
                "size": file.size,
                "sha256": self._hashes[f"{fileset.folder}/{file.path}"],
            }
            for file in fileset.files
        ]

    def _crate(self) -> bytes:
        manifest = self._manifest()
        described = {
            DOCUMENT: (len(self.document), _sha256(self.document), "application/xml"),
            MANIFEST: (len(manifest), _sha256(manifest), "application/json"),
        }
        return crate(
            self.name,
            self.document,
            described,
            {
                fileset.folder: (
                    {
                        f"{fileset.folder}/{file['path']}": (file["size"], file["sha256"], "")
                        for file in self._listed(fileset)
                    },
                    [f"Image:{key}" for key in fileset.images],
                )
                for fileset in self.filesets
            },
            self.creator,
            dt.datetime.now(dt.UTC).date().isoformat(),
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
