"""Where the files of a Zarr hierarchy are: a folder, or an archive read in place."""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import imagecodecs
import numpy as np

from render.memory import RECYCLED
from store.errors import UnreadableFileError
from store.pixels.addresses import url_of
from store.pixels.beneath import open_beneath
from store.pixels.cache import ByteBudgetCache
from store.pixels.files import FileHandles
from store.pixels.source import MAX_DECODED_BYTES, FileIdentity
from store.pixels.zip_index import DEFLATED, Entry, ZipIndex, read_index

type Stored = bytes | bytearray | memoryview

_INFLATE: Any = imagecodecs.deflate_decode  # publishes no types
MAX_WHOLE = MAX_DECODED_BYTES
"""Most bytes that are read at once of one file."""


@dataclass(frozen=True, slots=True)
class Document:
    """A metadata document as it was when it was read."""

    key: str
    size: int
    mtime_ns: int
    etag: str = ""
    """What a server calls its state; empty for a file."""


class ZarrFiles(Protocol):
    """The files of a hierarchy, by keys such as "0/c/0/1"; safe for many threads."""

    def whole(self, key: str, limit: int) -> Stored | None:
        """All bytes of a file; None if there is none.

        Raises:
            UnreadableFileError: It has more bytes than the limit, leads elsewhere, or cannot be
                read.
        """
        ...

    def part(self, key: str, offset: int, length: int) -> Stored | None:
        """Some bytes of a file, from its end where offset is -1; None if there is no such file.

        Raises:
            UnreadableFileError: It is shorter, leads elsewhere, or cannot be read.
        """
        ...

    def document(self, key: str, limit: int) -> tuple[bytes, Document] | None:
        """A metadata document and its identity; None if there is none; raises as `whole`."""
        ...

    def check(self, document: Document) -> None:
        """Refuse to go on when a metadata document is not what it was.

        Raises:
            UnreadableFileError: It is missing or changed.
        """
        ...


class Folder:
    """A hierarchy in a folder; links are followed only within it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def whole(self, key: str, limit: int) -> Stored | None:
        """All bytes of a file; see `ZarrFiles.whole`."""
        return self._read(key, None, limit)

    def part(self, key: str, offset: int, length: int) -> Stored | None:
        """Some bytes of a file; see `ZarrFiles.part`."""
        return self._read(key, offset, length)

    def document(self, key: str, limit: int) -> tuple[bytes, Document] | None:
        """A metadata document; see `ZarrFiles.document`."""
        descriptor = open_beneath(self.root, key)
        if descriptor is None:
            return None
        try:
            found = os.fstat(descriptor)
            _check_limit(self.root, key, found.st_size, limit)
            data = bytes(_filled(self.root, key, descriptor, 0, found.st_size))
        finally:
            os.close(descriptor)
        return data, Document(key, found.st_size, found.st_mtime_ns)

    def check(self, document: Document) -> None:
        """Refuse a changed hierarchy; see `ZarrFiles.check`."""
        path = self.root / document.key
        try:
            found = path.stat()
        except OSError as error:
            raise UnreadableFileError(
                f"The file {document.key} of {self.root.name} cannot be opened.",
                "Put the folder back where it was when it was imported.",
                path=str(path),
            ) from error
        if (found.st_size, found.st_mtime_ns) != (document.size, document.mtime_ns):
            raise UnreadableFileError(
                f"The file {document.key} of {self.root.name} has changed since it was imported.",
                "Put the original back, or import the changed folder again.",
                path=str(path),
            )

    def _read(self, key: str, offset: int | None, length: int) -> Stored | None:
        descriptor = open_beneath(self.root, key)
        if descriptor is None:
            return None
        try:
            size = os.fstat(descriptor).st_size
            if offset is None:
                _check_limit(self.root, key, size, length)
                return _filled(self.root, key, descriptor, 0, size)
            start = size - length if offset < 0 else offset
            if start < 0 or start + length > size:
                raise _too_short(self.root, key, start + length)
            return _filled(self.root, key, descriptor, start, length)
        finally:
            os.close(descriptor)


class Archive:
    """A hierarchy in a zip archive, read in place."""

    def __init__(self, file: FileIdentity, prefix: str, index: ZipIndex, handles: FileHandles):
        """Read from an archive.

        Args:
            file: The archive as it was when it was imported.
            prefix: What all names of the hierarchy begin with; empty or with "/" at the end.
            index: Of the archive.
            handles: What reads files.
        """
        self.file = file
        self.prefix = prefix
        self.index = index
        self.path = Path(file.path)
        self._handles = handles

    def whole(self, key: str, limit: int) -> Stored | None:
        """All bytes of an entry; see `ZarrFiles.whole`."""
        entry = self.index.find(self.prefix + key)
        if entry is None:
            return None
        _check_limit(self.path, key, entry.size, limit)
        start = self._start(entry, key)
        data = self._handles.read(self.file, start, entry.packed)
        if entry.method == DEFLATED:
            data = self._inflated(data, entry, key)
        if zlib.crc32(data) != entry.crc:
            raise _damaged(self.path, key, "its checksum is wrong")
        return data

    def part(self, key: str, offset: int, length: int) -> Stored | None:
        """Some bytes of an entry; see `ZarrFiles.part`."""
        entry = self.index.find(self.prefix + key)
        if entry is None:
            return None
        first = entry.size - length if offset < 0 else offset
        if first < 0 or first + length > entry.size:
            raise _too_short(self.path, key, first + length)
        if entry.method == DEFLATED:
            data = self.whole(key, MAX_WHOLE)
            return None if data is None else memoryview(data)[first : first + length]
        return self._handles.read(self.file, self._start(entry, key) + first, length)

    def document(self, key: str, limit: int) -> tuple[bytes, Document] | None:
        """A metadata document; its identity is that of the archive; see `ZarrFiles.document`."""
        data = self.whole(key, limit)
        if data is None:
            return None
        return bytes(data), Document(key, self.file.size, self.file.mtime_ns)

    def check(self, document: Document) -> None:
        """Nothing: whoever reads from the archive finds out whether it has changed."""

    def _start(self, entry: Entry, key: str) -> int:
        """Where the bytes of an entry begin, after its own header."""
        head = bytes(self._handles.read(self.file, entry.header, 30))
        if head[:4] != b"PK\3\4":
            raise _damaged(self.path, key, "there is nothing where it should be")
        names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        return entry.header + 30 + names

    def _inflated(self, data: Stored, entry: Entry, key: str) -> memoryview:
        out = RECYCLED.empty((entry.size,), np.uint8)
        try:
            got = _INFLATE(data, raw=True, out=out) if entry.size else out
        except (ValueError, RuntimeError) as error:
            raise _damaged(self.path, key, str(error)) from error
        if len(got) != entry.size:
            raise _damaged(self.path, key, f"it has {len(got)} bytes instead of {entry.size}")
        return memoryview(out)


def opened(
    storage: Mapping[str, Any],
    first: FileIdentity,
    handles: FileHandles,
    cache: ByteBudgetCache[Any, Any],
    remotes: Callable[[str], ZarrFiles],
) -> ZarrFiles:
    """The hierarchy that an image is in, by its stored description.

    Args:
        storage: As `store.importing.ome_zarr` wrote it.
        first: Of its files the first: the document at its root, or the archive.
        handles: What reads files.
        cache: Keeps the tables of contents of archives.
        remotes: Opens hierarchies at addresses.

    Raises:
        UnreadableFileError: The archive is missing, changed or damaged.
        NotAllowedError: It is at an address that is not registered any more.
    """
    if storage["place"] == "remote":
        return remotes((url_of(first.path) or "").rpartition("/")[0])
    if storage["place"] == "folder":
        return Folder(Path(first.path).parent)
    return archive(first, storage["prefix"], handles, cache)


def archive(
    file: FileIdentity, prefix: str, handles: FileHandles, cache: ByteBudgetCache[Any, Any]
) -> Archive:
    """Open a hierarchy in a zip archive; raises as `opened`, and what is not handled."""

    def read(offset: int, length: int) -> memoryview:
        return handles.read(file, offset, length)

    name = Path(file.path).name
    index = cache.get(("zip", file), lambda: read_index(read, file.size, name))
    return Archive(file, prefix, index, handles)


def _filled(root: Path, key: str, descriptor: int, offset: int, length: int) -> memoryview:
    """So many bytes of an open file."""
    data = memoryview(RECYCLED.empty((length,), np.uint8))
    got = 0
    try:
        while got < length:
            more = os.preadv(descriptor, [data[got:]], offset + got)
            if not more:
                raise _too_short(root, key, offset + length)
            got += more
    except OSError as error:
        raise _damaged(root, key, f"it cannot be read ({error.strerror})") from error
    return data


def _check_limit(root: Path, key: str, size: int, limit: int) -> None:
    if size > limit:
        raise _damaged(root, key, f"it has {size} bytes, and {limit} at most make sense")


def _too_short(root: Path, key: str, end: int) -> UnreadableFileError:
    return _damaged(root, key, f"it ends before byte {end}")


def _damaged(root: Path, key: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{key} in {root.name} is damaged: {why}.",
        "Replace it by an undamaged copy; other regions can still be read.",
        path=str(root),
    )
