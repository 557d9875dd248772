"""Opens files beneath a folder, whatever their names and links say."""

import ctypes
import errno
import os
import stat
import sys
from pathlib import Path

from store.errors import UnreadableFileError

_OPENAT2 = 437
"""Number of the system call, the same for all processors on Linux."""
_NO_MAGIC_LINKS = 0x02
_BENEATH = 0x08
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
"""Not blocking: a pipe must not hold the reader."""
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
_LEADS_OUT = frozenset({errno.EXDEV, errno.ELOOP})
_NO_CALL = frozenset({errno.ENOSYS, errno.EPERM})
_TRIES = 16
"""The call gives up where folders are renamed meanwhile, and may be made again."""


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def open_beneath(root: Path, key: str) -> int | None:
    """Open a regular file beneath a folder for reading; links that lead out of it are refused.

    Args:
        root: The folder, absolute.
        key: Names separated by "/", without ".", ".." and empty ones.

    Returns:
        A descriptor that the caller closes; None if there is no such file.

    Raises:
        UnreadableFileError: The folder is gone, the key leads out of it, or to no regular file,
            or the file cannot be opened.
    """
    if not is_key(key):
        raise _refused(root, key, "is no name of a file in it")
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableFileError(
            f"The folder {root.name} cannot be opened.",
            "Put it back where it was when it was imported, and check who may read it.",
            path=str(root),
        ) from error
    try:
        descriptor = _open_at(folder, key)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        why = "leads out of it by a link" if error.errno in _LEADS_OUT else f"{error.strerror}"
        raise _refused(root, key, why) from error
    finally:
        os.close(folder)
    if stat.S_ISDIR(mode := os.fstat(descriptor).st_mode) or not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            return None
        raise _refused(root, key, "is not a regular file")
    return descriptor


def is_key(key: str) -> bool:
    """Whether a key names something beneath a folder, and nothing else."""
    return "\0" not in key and all(part not in ("", ".", "..") for part in key.split("/"))


def _open_at(folder: int, key: str) -> int:
    if sys.platform == "linux" and _Openat2.there:
        code = errno.EAGAIN
        for _ in range(_TRIES):
            descriptor, code = _Openat2.call(folder, key)
            if descriptor >= 0:
                return descriptor
            if code in _NO_CALL:
                _Openat2.there = code != errno.ENOSYS
                return _walk(folder, key)
            if code != errno.EAGAIN:
                break
        raise OSError(code, os.strerror(code))
    return _walk(folder, key)


class _Openat2:
    """The system call, which CPython does not offer."""

    there = True
    how = _How(_READ, 0, _BENEATH | _NO_MAGIC_LINKS)
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    @classmethod
    def call(cls, folder: int, key: str) -> tuple[int, int]:
        """A descriptor, or a negative number and what went wrong."""
        assert cls.libc is not None
        how, size = ctypes.byref(cls.how), ctypes.c_size_t(ctypes.sizeof(cls.how))
        got = cls.libc.syscall(_OPENAT2, folder, os.fsencode(key), how, size)
        return got, ctypes.get_errno() if got < 0 else 0


def _walk(folder: int, key: str) -> int:
    """Open one name after the other, following no link at all."""
    *parents, name = key.split("/")
    opened = os.dup(folder)
    try:
        for parent in parents:
            below = os.open(parent, _READ | os.O_NOFOLLOW, dir_fd=opened)
            os.close(opened)
            opened = below
        return os.open(name, _READ | os.O_NOFOLLOW, dir_fd=opened)
    finally:
        os.close(opened)


def _refused(root: Path, key: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{key[:200]!r} in {root.name} {why}.",
        "Only files within the folder are read; put the file itself there.",
        path=str(root),
    )
