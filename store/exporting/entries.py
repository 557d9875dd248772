"""Files of an export, one after the other: into a folder, or as a zip that is sent while made."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from store.errors import ConflictError, UnreadableFileError
from store.exporting.workers import Workers
from store.pixels.abandoning import go_on

PIECE = 2**20
"""Bytes that are read, and sent, at once."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of everything in a zip: the same export is the same file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an export; exactly one of its origins is given."""

    path: str
    """Below the folder of the export, with slashes."""
    make: Callable[[], bytes | None] | None = None
    """Makes a small content, in any thread; None for no file at all."""
    write: Callable[[Path], None] | None = None
    """Writes a file of any size to a path, in threads of its own."""
    source: Path | None = None
    """A file that is copied."""


def write_folder(entries: Iterable[Entry], folder: Path, workers: Workers) -> None:
    """Write the files of an export below a new folder; it appears when it is complete.

    Args:
        entries: The files.
        folder: Must not exist.
        workers: What makes small contents.

    Raises:
        ConflictError: The folder exists.
        AbandonedError: Nobody waits any more.
        OSError: Something cannot be written.
    """
    if folder.exists():
        raise ConflictError(f"{folder} is there already.", "Name another folder, or remove it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{folder.name}.", suffix=".part", dir=folder.parent
    ) as part:
        root = Path(part) / folder.name
        root.mkdir()
        for entry in workers.in_order(partial(_placed, root), entries):
            target = root / entry.path
            if entry.write is not None:
                entry.write(target)
            elif entry.source is not None:
                with target.open("wb") as file:
                    file.writelines(_pieces(entry.source))
        root.rename(folder)


def _placed(root: Path, entry: Entry) -> Entry:
    """Write a small content; make room for another file."""
    target = root / entry.path
    if entry.make is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        return entry
    content = entry.make()
    if content is not None:
        try:
            target.write_bytes(content)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return entry


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Have a file written beside its place, and put there when it is complete.

    Args:
        path: Where it will be; one that is there is replaced.
        write: Writes it to the path that it is given.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{path.name}.", suffix=".part", dir=path.parent
    ) as part:
        made = Path(part) / path.name
        write(made)
        made.replace(path)


def zipped(
    entries: Iterable[Entry], workers: Workers, spool: Path, comment: bytes = b""
) -> Iterator[bytes]:
    """Pack the files of an export, uncompressed, into a zip (Zip64 where it needs it).

    Args:
        entries: The files.
        workers: What makes small contents.
        spool: Folder for files that cannot be sent while they are written; one at a time.
        comment: Of the whole zip.

    Yields:
        The zip in pieces, as soon as they are made.

    Raises:
        AbandonedError: Nobody waits any more.
        OSError: The spool cannot be written.
    """
    out = _Unread()
    # Entries that say their sizes behind their content: nothing is written twice.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for entry, content in workers.in_order(_made, entries):
            if content is not None:
                archive.writestr(zipfile.ZipInfo(entry.path, _EPOCH), content)
                yield from out.taken(PIECE)
            elif entry.write is not None:
                spool.mkdir(mode=0o700, parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix="export-", dir=spool) as folder:
                    made = Path(folder) / Path(entry.path).name
                    entry.write(made)
                    yield from _packed(archive, out, entry.path, made)
            elif entry.source is not None:
                yield from _packed(archive, out, entry.path, entry.source)
        archive.comment = comment
    yield from out.taken(0)


def _made(entry: Entry) -> tuple[Entry, bytes | None]:
    return entry, None if entry.make is None else entry.make()


def _packed(archive: zipfile.ZipFile, out: "_Unread", name: str, source: Path) -> Iterator[bytes]:
    info = zipfile.ZipInfo(name, _EPOCH)
    with archive.open(info, "w", force_zip64=True) as packed:
        for piece in _pieces(source):
            packed.write(piece)
            yield from out.taken(PIECE)


def _pieces(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while piece := file.read(PIECE):
                go_on()
                yield piece
    except OSError as error:
        raise UnreadableFileError(
            f"{source.name} cannot be read: {error.strerror}.",
            "Put it back, or mount its disk.",
            path=str(source),
        ) from error


class _Unread(io.RawIOBase):
    """A file without an end that is read while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Keep some bytes until they are taken."""
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def taken(self, least: int) -> Iterator[bytes]:
        """What was written since, if it is at least so much."""
        if self._size >= max(least, 1):
            parts, self._parts, self._size = self._parts, [], 0
            yield b"".join(parts)
