"""Opens the pixels of an image by their stored description, with all levels down to a thumbnail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from store.errors import UnsupportedError
from store.pixels.derived import DerivedStore
from store.pixels.files import FileHandles
from store.pixels.passes import Passes
from store.pixels.placed import PlacedSource
from store.pixels.pyramid import PyramidSource, derived_levels
from store.pixels.remote import Remotes
from store.pixels.source import ChunkBlockRecord, FileIdentity, PixelSource, PixelsShape
from store.pixels.tiff import ChunkCache, TiffSource, chunk_cache
from store.pixels.whole_planes import PlanesSource
from store.pixels.zarr import ZarrSource
from store.pixels.zarr_files import opened

_SOURCES: Mapping[str, tuple[int, Callable[..., PixelSource]]] = {
    "tiff": (1, TiffSource),
    "placed": (1, PlacedSource),
    "planes": (1, PlanesSource),
}
"""What reads samples by chunk indices: by name, with the version that is understood."""
_VERSIONS = {"zarr": 1} | {name: version for name, (version, _) in _SOURCES.items()}
"""Readers whose description of samples is understood, and its version."""
_SCAN_BYTES = 64 * 2**20
"""Memory for chunks decoded by passes over whole planes, which would drive out all others."""


@dataclass(frozen=True, slots=True)
class PixelsRecord:
    """What the database knows of the pixels of one image."""

    pixels_id: int
    content_id: str
    shape: PixelsShape
    pixel_type: str
    storage: Mapping[str, Any]
    """How the samples are stored, as the reader described it at import."""
    files: tuple[FileIdentity, ...]
    """The files of the fileset, in the order that the chunk index counts them."""
    load_block: Callable[[int, int], ChunkBlockRecord]
    """(level, plane number) to the stored block that holds the plane."""


class Repository:
    """Opens images; what they share (decoded chunks, open files, derived levels) is here.

    Opening reads nothing: a source costs some microseconds, and any number may be open at once.

    Args:
        derived: Folder for derived levels; made when first needed.
        chunk_budget_bytes: Memory for decoded chunks and chunk indices.
        derived_budget_bytes: Disk space for derived levels.
        open_files: How many files stay open.
        handles: What reads the files, where it is not the repository's own.
        remotes: Opens hierarchies at addresses; none are allowed without.
    """

    def __init__(
        self,
        derived: Path,
        chunk_budget_bytes: int = 256 * 2**20,
        derived_budget_bytes: int = 20 * 2**30,
        open_files: int = 128,
        handles: FileHandles | None = None,
        remotes: Remotes | None = None,
    ) -> None:
        self.chunks = chunk_cache(chunk_budget_bytes)
        self._derived = DerivedStore(derived, derived_budget_bytes)
        self.passes = Passes()
        # Not `or`: handles without open files are empty, and so count as false.
        self._handles = FileHandles(open_files) if handles is None else handles
        self._scans = chunk_cache(_SCAN_BYTES)
        self.remotes = Remotes() if remotes is None else remotes

    def open(self, record: PixelsRecord) -> PixelSource:
        """Open the pixels of one image.

        Returns:
            A source whose smallest level is at most 512 pixels on its longer side.

        Raises:
            UnsupportedError: The samples were described by a reader that is not here.
        """
        storage = record.storage
        if storage.get("reader") == "none":
            raise UnsupportedError(
                "This image has no pixels here: only a document that describes it was imported.",
                "Import the files that hold its pixels.",
            )
        if _VERSIONS.get(storage.get("reader", "")) != storage.get("version", 0):
            raise UnsupportedError(
                f"The pixels are stored for the reader {storage.get('reader')!r}, "
                f"version {storage.get('version')}, which is not here.",
                "Update Micrograph, or import the file again.",
            )
        base = self._source(record, self.chunks)
        smallest = base.levels[-1]
        if not derived_levels(smallest):
            return base
        strip_bytes = smallest.chunk_width * smallest.chunk_height * base.dtype.itemsize
        # A strip that the small cache cannot hold twice would be decoded for each of its parts.
        fits = strip_bytes * base.samples <= _SCAN_BYTES // 4
        return PyramidSource(
            base,
            record.content_id,
            self._derived,
            self.chunks,
            self.passes,
            partial(self._source, record, self._scans) if fits else None,
        )

    def _source(self, record: PixelsRecord, chunks: ChunkCache) -> PixelSource:
        if record.storage["reader"] == "zarr":
            files = partial(
                opened,
                record.storage,
                record.files[0],
                self._handles,
                self.chunks,
                self.remotes.open,
            )
            return ZarrSource(record.storage, record.shape, record.content_id, files, chunks)
        _, source = _SOURCES[record.storage["reader"]]
        return source(
            record.storage,
            record.shape,
            record.content_id,
            record.files,
            record.load_block,
            chunks,
            self._handles,
        )

    def close(self) -> None:
        """Stop making levels, close files, forget decoded chunks; open sources go on working."""
        self.passes.close()
        self._handles.close()
        self.remotes.close()
        self.chunks.clear()
        self._scans.clear()
