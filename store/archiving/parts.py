"""A file that comes piece by piece: what was acknowledged is on the disk, whatever happens."""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from store.errors import ConflictError, NotFoundError, UnavailableError

CONTENT = "content"
OFFSET = "offset"
FLUSHED_EVERY = 4 << 20
"""Bytes after which the disk begins to take what was written, while more comes."""
_DIGITS = 20
_FLUSHERS = ThreadPoolExecutor(4, thread_name_prefix="flush")


class Part:
    """What has come of one file so far, in a folder of its own.

    The acknowledged length is kept beside the content: what lies behind it is of a piece that was
    cut off, and is overwritten.

    Args:
        folder: Its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / CONTENT

    def create(self) -> None:
        """Make it, empty.

        Raises:
            UnavailableError: The disk takes no more.
        """
        with _explained():
            self.folder.mkdir(parents=True)
            for name, content in ((CONTENT, b""), (OFFSET, _number(0))):
                with (self.folder / name).open("xb") as file:
                    file.write(content)
                    os.fsync(file.fileno())
            for folder in (self.folder, self.folder.parent):
                flush_folder(folder)

    def offset(self) -> int:
        """Tell how many bytes are acknowledged.

        Raises:
            NotFoundError: It is gone.
        """
        try:
            return int((self.folder / OFFSET).read_bytes())
        except (OSError, ValueError):
            raise NotFoundError("upload", self.folder.name) from None

    @contextlib.contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Open it for writing behind what is acknowledged; one at a time.

        Raises:
            ConflictError: Somebody writes already.
            NotFoundError: It is gone.
            UnavailableError: The disk takes no more.
        """
        writer = Writer(self.folder)
        try:
            yield writer
        finally:
            writer.close()

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Writer:
    """Appends to a part; see `Part.writing`.

    Attributes:
        offset: Where the next byte goes.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._content = os.open(folder / CONTENT, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            raise NotFoundError("upload", folder.name) from None
        try:
            fcntl.flock(self._content, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._content)
            raise ConflictError(
                "This upload is being written by another request.",
                "Ask where it is (HEAD), and go on from there.",
            ) from None
        self._saved = os.open(folder / OFFSET, os.O_RDWR | os.O_CLOEXEC)
        self.offset = int(os.pread(self._saved, _DIGITS, 0))
        self._flushed = self.offset
        """Up to where the disk was asked to take what was written."""
        self._flushing: Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Append bytes; they are not acknowledged until `save`.

        Raises:
            UnavailableError: The disk takes no more.
        """
        left = memoryview(data)
        with _explained():
            while left:
                done = os.pwrite(self._content, left, self.offset)
                self.offset += done
                left = left[done:]
            if self.offset >= self._flushed + FLUSHED_EVERY:
                self._flush_behind()

    def _flush_behind(self) -> None:
        """Have the disk take what was written, in a thread, unless it does already."""
        if self._flushing is not None:
            if not self._flushing.done():
                return
            self._flushing.result()
        self._flushed = self.offset
        self._flushing = _FLUSHERS.submit(os.fdatasync, self._content)

    def _wait_for_disk(self) -> None:
        """Wait for the thread; an error of the disk is told once, to whoever flushed then."""
        if self._flushing is not None:
            flushing, self._flushing = self._flushing, None
            flushing.result()

    def save(self) -> None:
        """Flush what was written to the disk, then acknowledge it.

        Raises:
            UnavailableError: The disk did not take it; nothing more is acknowledged.
        """
        with _explained():
            self._wait_for_disk()
            os.fdatasync(self._content)
            self._flushed = self.offset
            os.pwrite(self._saved, _number(self.offset), 0)
            os.fdatasync(self._saved)

    def go_back(self, offset: int) -> None:
        """Forget what lies behind a place.

        Raises:
            UnavailableError: The disk did not take it.
        """
        with _explained():
            os.ftruncate(self._content, offset)
        self.offset = offset
        self.save()

    def read(self) -> Iterator[bytes]:
        """Read what was written from the beginning, piece by piece."""
        place = 0
        while place < self.offset:
            piece = os.pread(self._content, min(1 << 20, self.offset - place), place)
            if not piece:
                return
            place += len(piece)
            yield piece

    def close(self) -> None:
        """Let others write."""
        with contextlib.suppress(OSError):
            self._wait_for_disk()
        os.close(self._content)
        os.close(self._saved)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise UnavailableError(
            "The disk is full." if full else f"The disk cannot be written: {error.strerror}.",
            "Try again when there is room; what was acknowledged is kept.",
        ) from error


def _number(offset: int) -> bytes:
    return f"{offset:0{_DIGITS}}".encode()
