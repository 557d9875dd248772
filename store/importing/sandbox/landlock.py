"""Takes away from the calling thread all files but those named, and the network (Linux Landlock)."""

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from functools import cache

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_OF_ABI = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_CONNECT_AND_BIND_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many of the rights to files each version of the interface knows."""
_NEWEST_FILE_RIGHTS = 16


@cache
def version() -> int:
    """Version of the kernel's interface; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION_OF_ABI))


def restrict(readable: Iterable[str]) -> bool:
    """Let this thread, and those it starts, read what is named and open nothing else.

    What is open already stays open. Writing, making and removing files, running programs and, as
    far as the kernel can forbid them, TCP connections, abstract sockets and signals to others are
    forbidden. There is no way back.

    Args:
        readable: Files, and folders with all that is in them. What is missing is passed over.

    Returns:
        False where the kernel has no Landlock: nothing is forbidden then.

    Raises:
        OSError: The kernel refused.
    """
    abi = version()
    if not abi:
        return False
    ruleset = _checked(_call(_CREATE_RULESET, *_attributes(abi), 0))
    try:
        for path in readable:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                _allow(ruleset, path)
        _checked(_libc().prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _attributes(abi: int) -> tuple[bytes, int]:
    """What is forbidden unless a rule allows it."""
    files = (1 << _FILE_RIGHTS.get(abi, _NEWEST_FILE_RIGHTS)) - 1
    words = [files]
    if abi >= 4:
        words.append(_CONNECT_AND_BIND_TCP)
    if abi >= 6:
        words.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    data = struct.pack(f"={len(words)}Q", *words)
    return data, len(data)


def _allow(ruleset: int, path: str) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rights = _READ_FILE | _READ_DIR if folder else _READ_FILE
        rule = struct.pack("=Qi", rights, descriptor)
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    # Whole registers, whatever the number of bits of C's int.
    words = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments
    ]
    found: int = _libc().syscall(ctypes.c_long(number), *words)
    return found


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
