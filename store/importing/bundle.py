"""Bundles on their way in: recognised, unpacked, and every file compared with its hash."""

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from store.errors import UnreadableFileError, UnsupportedError

CRATE = "ro-crate-metadata.json"
MANIFEST = "micrograph.json"
VERSION = 1
MOST_BYTES = 256 * 2**20
"""Of a manifest or document."""
_PIECE = 2**20
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a bundle."""

    path: str
    """Below the bundle, with slashes."""
    size: int | None
    """In bytes; none if the manifest does not say."""
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedFileset:
    """The files of one import, and the images of them that the document describes."""

    folder: str
    files: tuple[ListedFile, ...]
    images: Mapping[str, int]
    """Identifier in the document to number among the images of the fileset."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a bundle says that it has."""

    hash: str
    """SHA-256 of the manifest: names the bundle."""
    document: ListedFile
    filesets: tuple[ListedFileset, ...]
    rendering: tuple[Mapping[str, Any], ...]
    """How people see the images."""

    @property
    def files(self) -> Iterator[ListedFile]:
        """All of them."""
        yield self.document
        for fileset in self.filesets:
            yield from fileset.files


def is_bundle(path: Path) -> bool:
    """Whether a folder or a zip is a bundle that Micrograph wrote. Reads little."""
    if path.is_dir():
        return (path / CRATE).is_file() and (path / MANIFEST).is_file()
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            names = archive.NameToInfo
            return CRATE in names and MANIFEST in names
    except (OSError, zipfile.BadZipFile):
        return False


def listing_of(path: Path) -> Listing:
    """Read what a bundle says that it has.

    Raises:
        UnreadableFileError: It is damaged, or names files outside itself.
        UnsupportedError: A later version wrote it.
    """
    try:
        if path.is_dir():
            with (path / MANIFEST).open("rb") as file:
                return _parsed(_read(file, path), path)
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as member:
            return _parsed(_read(member, path), path)
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"its {MANIFEST} cannot be read") from error


def unpack(path: Path, listing: Listing, into: Path) -> Path:
    """Return the folder of a bundle, all of whose files are as they were exported.

    Args:
        path: A folder, which is left as it is, or a zip.
        listing: What it says that it has.
        into: Folder for what is in zips: each in a folder that its hash names.

    Raises:
        UnreadableFileError: A file is missing, damaged or of another size.
        OSError: There is no room.
    """
    if path.is_dir():
        for listed in listing.files:
            place = path / listed.path
            if not place.resolve().is_relative_to(path.resolve()) or not place.is_file():
                raise _damaged(path, f"{listed.path} is not in it")
            with place.open("rb") as file:
                _copied(file, None, listed, path)
        return path
    target = into / listing.hash[:32]
    if target.is_dir():
        return target
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=into) as part:
        root = Path(part) / "bundle"
        root.mkdir()
        with zipfile.ZipFile(path) as archive:
            for listed in listing.files:
                _unpack(archive, listed, root, path)
        root.rename(target)
    return target


def _unpack(archive: zipfile.ZipFile, listed: ListedFile, root: Path, path: Path) -> None:
    target = root / listed.path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(listed.path) as packed, target.open("xb") as file:
            _copied(packed, file, listed, path)
    except (KeyError, FileExistsError, zipfile.BadZipFile, NotImplementedError) as error:
        raise _damaged(path, f"{listed.path} cannot be unpacked") from error


def _copied(source: IO[bytes], target: IO[bytes] | None, listed: ListedFile, path: Path) -> None:
    """Read a file to its end, never more than it should have, and compare its hash."""
    digest, size = hashlib.sha256(), 0
    most = MOST_BYTES if listed.size is None else listed.size
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > most:
            raise _damaged(path, f"{listed.path} has more bytes than it should")
        digest.update(piece)
        if target is not None:
            target.write(piece)
    if digest.hexdigest() != listed.sha256:
        raise _damaged(path, f"{listed.path} is not as it was exported")


def _read(file: IO[bytes], path: Path) -> bytes:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _damaged(path, f"its {MANIFEST} is too long")
    return content


def _parsed(content: bytes, path: Path) -> Listing:
    said = orjson.loads(content)
    if said["micrograph"] != VERSION:
        raise UnsupportedError(
            f"{path.name} is a bundle of version {str(said['micrograph'])[:20]}.",
            "Update Micrograph.",
        )
    document = said["document"]
    return Listing(
        hashlib.sha256(content).hexdigest(),
        _listed("", {**document, "size": None}, path),
        tuple(_fileset(one, path) for one in said["filesets"]),
        tuple(dict(one) for one in said["rendering"]),
    )


def _fileset(said: Any, path: Path) -> ListedFileset:
    folder = str(said["folder"])
    files = tuple(_listed(f"{folder}/", one, path) for one in said["files"])
    images = {str(one["id"]): int(one["series"]) for one in said["images"]}
    return ListedFileset(folder, files, images)


def _listed(prefix: str, said: Any, path: Path) -> ListedFile:
    place = f"{prefix}{said['path']}"
    pure = PurePosixPath(place)
    plain = "\\" not in place and "\0" not in place and not pure.is_absolute()
    if not plain or ".." in pure.parts or str(pure) != place:
        raise _damaged(path, f"it names {place[:80]!r}, which is outside of it")
    size = said["size"]
    if not _SHA256.fullmatch(str(said["sha256"])) or not (size is None or int(size) >= 0):
        raise _damaged(path, f"what it says of {place[:80]!r} makes no sense")
    return ListedFile(place, None if size is None else int(size), said["sha256"])


def _damaged(path: Path, what: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is damaged: {what}.", "Export it again, or copy it anew.", path=str(path)
    )
