"""Open files kept for reading: few at a time, and only while they are what was indexed."""

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from render.memory import RECYCLED, block_size
from store.errors import UnreadableFileError
from store.pixels.source import FileIdentity

_AT_ONCE: int | None = getattr(os, "RWF_NOWAIT", None)


@dataclass(slots=True)
class _OpenFile:
    descriptor: int
    readers: int = 0
    stale: bool = False
    """No longer what is at its path; closed by its last reader."""


class FileHandles:
    """Reads byte ranges of files from many threads, with a bounded number of open files.

    Attributes:
        limit: Files kept open; more are open only while more are being read at once.
    """

    def __init__(self, limit: int = 128) -> None:
        self.limit = limit
        self._open: OrderedDict[FileIdentity, _OpenFile] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._open)

    def read(self, file: FileIdentity, offset: int, length: int) -> memoryview:
        """Read a range of bytes, into memory of their own.

        Raises:
            UnreadableFileError: The file is missing, not what was indexed, or ends too early.
        """
        with self.reader() as reader:
            return reader.read(file, offset, length)

    def reader(self) -> "FileReader":
        """Return what reads one range after the other; to be closed, and for one thread."""
        return FileReader(self)

    def read_at_once(self, file: FileIdentity, offset: int, length: int) -> memoryview | None:
        """Read a range of bytes if that needs no waiting for a disk; None if it would.

        Only of files that are open, whose bytes the system has in memory; elsewhere than on Linux
        never. For callers that must not be held up, such as an event loop.

        Raises:
            UnreadableFileError: The file is not what was indexed any more.
        """
        with self._lock:
            known = file in self._open
        if not known or _AT_ONCE is None:
            return None
        opened = self.borrow(file)
        data = memoryview(bytearray(length))
        try:
            got = os.preadv(opened.descriptor, [data], offset, _AT_ONCE)
        except (OSError, OverflowError):  # not in memory, or a file system without the flag
            return None
        finally:
            self.give_back(opened)
        return data if got == length else None

    def close(self) -> None:
        """Close the files that nobody is reading."""
        with self._lock:
            self._shrink(0)

    def borrow(self, file: FileIdentity) -> _OpenFile:
        """Open a file, or take it as it is open, until it is given back.

        Raises:
            UnreadableFileError: The file is missing, or not what was indexed.
        """
        opened = self._acquire(file)
        try:
            self._check(file, opened)
        except BaseException:
            self.give_back(opened)
            raise
        return opened

    def give_back(self, opened: _OpenFile) -> None:
        """Let go of a file that was borrowed."""
        with self._lock:
            opened.readers -= 1
            if opened.stale and opened.readers == 0:
                os.close(opened.descriptor)
            if len(self._open) > self.limit:
                self._shrink(self.limit)

    def _check(self, file: FileIdentity, opened: _OpenFile) -> None:
        """Refuse a file that is gone or changed, and open it anew the next time.

        Raises:
            UnreadableFileError: It is.
        """
        found = os.fstat(opened.descriptor)
        if found.st_nlink and _is_same(found, file):
            return
        with self._lock:
            opened.stale = True
            if self._open.get(file) is opened:
                del self._open[file]
        raise _changed(file) if found.st_nlink else _missing(file.path)

    def _acquire(self, file: FileIdentity) -> _OpenFile:
        with self._lock:
            found = self._open.get(file)
            if found is not None:
                self._open.move_to_end(file)
                found.readers += 1
                return found
        descriptor = _open(file)
        with self._lock:
            found = self._open.get(file)
            if found is None:
                found = self._open[file] = _OpenFile(descriptor)
            else:
                os.close(descriptor)
            found.readers += 1
            return found

    def _shrink(self, limit: int) -> None:
        for file in list(self._open):
            if len(self._open) <= limit:
                return
            if self._open[file].readers == 0:
                os.close(self._open.pop(file).descriptor)


class FileReader:
    """Reads ranges of bytes one after the other, each into the memory of the one before.

    A file is looked at, whether it is what was indexed, when the first range of it is read.
    """

    def __init__(self, handles: FileHandles) -> None:
        self._handles = handles
        self._file: FileIdentity | None = None
        self._opened: _OpenFile | None = None
        self._memory = memoryview(bytearray())

    def __enter__(self) -> "FileReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, file: FileIdentity, offset: int, length: int) -> memoryview:
        """Read a range of bytes.

        Returns:
            The bytes, until the next range is read.

        Raises:
            UnreadableFileError: The file is missing, not what was indexed, or ends too early.
        """
        if offset + length > file.size:
            raise _unreadable(file, f"ends before byte {offset + length}", offset)
        opened = self._opened
        if opened is None or file is not self._file:
            self._close()
            opened = self._opened = self._handles.borrow(file)
            self._file = file
        if self._memory.nbytes < length:
            self._memory = memoryview(RECYCLED.empty((block_size(length),), np.uint8))
        data = self._memory[:length]
        try:
            got = _read_into(opened.descriptor, data, offset)
        except (OSError, OverflowError) as error:
            raise _unreadable(file, f"cannot be read ({error})", offset) from error
        if got < length:
            raise _unreadable(file, f"ends before byte {offset + length}", offset)
        return data

    def _close(self) -> None:
        if self._opened is not None:
            self._handles.give_back(self._opened)
            self._opened = None


def identify(path: Path) -> FileIdentity:
    """The identity of a file as it is now.

    Raises:
        UnreadableFileError: There is no such file, or it is no regular file.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise _missing(str(path)) from error
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFileError(
            f"{path.name} is not a regular file.", "Choose a file.", path=str(path)
        )
    return FileIdentity(str(path), found.st_size, found.st_mtime_ns)


def check_same(file: FileIdentity) -> None:
    """Refuse a file that is gone or changed, for those who read it by its path.

    Raises:
        UnreadableFileError: It is.
    """
    try:
        found = Path(file.path).stat()
    except OSError as error:
        raise _missing(file.path) from error
    if not _is_same(found, file):
        raise _changed(file)


@contextmanager
def opened(file: FileIdentity) -> Iterator[tuple[int, Callable[[bool], None]]]:
    """Open a file for reading it once, from one end to the other.

    Yields:
        The descriptor, and what refuses the file if it is not the same any more; called with
        whether bytes came where some should be.

    Raises:
        UnreadableFileError: It is missing, or has changed.
    """
    descriptor = _open(file)

    def check(came: bool) -> None:
        if not came or not _is_same(os.fstat(descriptor), file):
            raise _changed(file)

    try:
        yield descriptor, check
    except OSError as error:
        raise _unreadable(file, f"cannot be read: {error.strerror}", 0) from error
    finally:
        os.close(descriptor)


def damaged_chunk(file: FileIdentity, offset: int, error: Exception) -> UnreadableFileError:
    """What is raised where the bytes of one chunk do not decode."""
    return UnreadableFileError(
        f"The chunk at byte {offset} of {Path(file.path).name} is damaged: {error}.",
        "Replace the file by an undamaged copy; other regions can still be read.",
        path=file.path,
        offset=offset,
    )


def _open(file: FileIdentity) -> int:
    try:
        # Not blocking: a pipe that took the file's place must not hold the reader.
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _missing(file.path) from error
    if not _is_same(os.fstat(descriptor), file):
        os.close(descriptor)
        raise _changed(file)
    return descriptor


def _is_same(found: os.stat_result, file: FileIdentity) -> bool:
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size == file.size
        and found.st_mtime_ns == file.mtime_ns
    )


def _read_into(descriptor: int, data: memoryview, offset: int) -> int:
    """Fill a buffer from a place in a file; return how many bytes there were."""
    got = 0
    while got < len(data):
        more = os.preadv(descriptor, [data[got:]], offset + got)
        if not more:
            break
        got += more
    return got


def _missing(path: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The file {Path(path).name} cannot be opened.",
        "Put it back where it was when it was imported, and check who may read it.",
        path=path,
    )


def _changed(file: FileIdentity) -> UnreadableFileError:
    return UnreadableFileError(
        f"The file {Path(file.path).name} has changed since it was imported.",
        "Put the original back, or import the changed file again.",
        path=file.path,
    )


def _unreadable(file: FileIdentity, what: str, offset: int) -> UnreadableFileError:
    return UnreadableFileError(
        f"The file {Path(file.path).name} {what}.",
        "Replace it by an undamaged copy.",
        path=file.path,
        offset=offset,
    )
