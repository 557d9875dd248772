"""Names of files in archives: as they came, safe to unpack anywhere, each once."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

LONGEST = 255
"""Bytes of one part of a name that file systems take."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters, those that turn the direction of text, and the other system's slash."""
_DRIVE = re.compile(r"[A-Za-z]:")


def safe_name(path: str) -> str:
    r"""Return a relative path that leads nowhere but below the folder it is unpacked in.

    >>> safe_name("../../etc/pass\nwd")
    '_/_/etc/pass_wd'
    >>> safe_name("run 1/Zürich.tif")
    'run 1/Zürich.tif'
    """
    parts = [_part(part) for part in path.split("/") if part not in ("", ".")]
    if parts and _DRIVE.match(parts[0]):
        parts[0] = parts[0].replace(":", "_", 1)
    return "/".join(parts) or "file"


def relative(path: str, folder: str) -> str:
    """Return a path as seen from a folder; of one that is elsewhere the name."""
    try:
        return str(PurePosixPath(path).relative_to(folder))
    except ValueError:
        return PurePosixPath(path).name


class Taken:
    """Names that are given already; on some systems `A` and `a` are one name."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def together(self, names: Sequence[str], apart: str) -> list[str]:
        """Give names to files that belong together: as they are, or all below one folder.

        Args:
            names: Relative paths that are safe.
            apart: Folder for all of them if one of the names is taken.

        Returns:
            As many names, in order, none of them taken.
        """
        given = list(names)
        number = 1
        while not self._free(given):
            folder = apart if number == 1 else f"{apart} ({number})"
            given = [f"{folder}/{name}" for name in _distinct(names)]
            number += 1
        for name in given:
            key = _key(name)
            self._files.add(key)
            self._folders.update(_above(key))
        return given

    def _free(self, names: Sequence[str]) -> bool:
        keys = [_key(name) for name in names]
        folders = {folder for key in keys for folder in _above(key)}
        own = set(keys)
        return (
            len(own) == len(keys)
            and own.isdisjoint(self._files | self._folders | folders)
            and folders.isdisjoint(self._files)
        )


def _distinct(names: Iterable[str]) -> list[str]:
    """Number names that occur twice, before their suffix."""
    seen: set[str] = set()
    found = []
    for name in names:
        path, number, given = PurePosixPath(name), 1, name
        while _key(given) in seen:
            number += 1
            given = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        seen.add(_key(given))
        found.append(given)
    return found


def _part(part: str) -> str:
    if part == "..":
        return "_"
    plain = _UNSAFE.sub("_", part)
    if len(plain.encode()) <= LONGEST:
        return plain
    suffix = PurePosixPath(plain).suffix[:20]
    room = LONGEST - len(suffix.encode())
    return plain.encode()[:room].decode(errors="ignore") + suffix


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _above(key: str) -> Iterable[str]:
    return (str(folder) for folder in PurePosixPath(key).parents if str(folder) != ".")
