"""Finds filesets among files and folders, and says of every file left out why."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import batched
from pathlib import Path

from store.errors import StoreError, UnsupportedError
from store.importing import formats, readers
from store.importing.found import FoundFileset, Recognise, ScanResult, Skipped

MAX_DEPTH = 10
"""Folders deeper than this below the one named are not looked into."""
RECOGNISED_TOGETHER = 2_000
"""Files that are looked up at once."""

_SYSTEM_NAMES = frozenset(
    {
        "thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information",
        "lost+found", "@eadir",
    }
)  # fmt: skip


def scan(paths: Sequence[Path], max_depth: int = MAX_DEPTH) -> ScanResult:
    """Look at files, and at all files in folders, and group those that belong together.

    Only the start of each file is read. Hidden files and those of operating systems are passed
    over in silence when they are not named themselves. Links to folders are not followed.

    Args:
        paths: Files and folders; relative ones count from the working directory.
        max_depth: How many folders deep to look below each folder named.
    """
    filesets: list[FoundFileset] = []
    skipped: list[Skipped] = []
    seen: set[Path] = set()
    for path in paths:
        for candidate in candidates(Path(os.path.abspath(path)), max_depth):  # noqa: PTH100  links stay as named
            if isinstance(candidate, Skipped):
                skipped.append(candidate)
                continue
            if candidate in seen:
                continue
            found = look(candidate, seen)
            if isinstance(found, FoundFileset):
                filesets.append(found)
                seen.update(found.files)
            else:
                skipped.append(found)
                seen.add(candidate)
    members = {file for fileset in filesets for file in fileset.files}
    return ScanResult(tuple(filesets), tuple(left for left in skipped if left.path not in members))


def candidates(path: Path, depth: int) -> Iterator[Path | Skipped]:
    """The files to look at, and folders that are one image; no file is opened.

    Args:
        path: A file or folder, absolute.
        depth: How many folders deep to look below it.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Skipped(path, "no such file" if not path.is_symlink() else f"{error.strerror}")
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, depth)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Skipped(path, "neither a file nor a folder")


def _walk(folder: Path, depth: int) -> Iterator[Path | Skipped]:
    try:
        entries = sorted(
            os.scandir(folder),
            key=lambda entry: (not entry.name.lower().endswith(formats.LEADING), entry.name),
        )
    except OSError as error:
        yield Skipped(folder, f"cannot be opened ({error.strerror})")
        return
    if readers.is_one(folder, {entry.name for entry in entries}):
        yield folder
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_NAMES:
            continue
        if entry.is_file():
            yield path
        elif not entry.is_dir():
            yield from candidates(path, 0)
        elif entry.is_symlink():
            yield Skipped(path, "a link to a folder")
        elif depth < 1:
            yield Skipped(path, "too many folders deep")
        else:
            yield from _walk(path, depth - 1)


def newcomers(
    named: Iterable[Path | Skipped], recognise: Recognise, known: dict[Path, int]
) -> Iterator[Path | Skipped]:
    """Pass on what has to be looked at.

    Args:
        named: What `candidates` finds.
        recognise: Knows files that are registered.
        known: Those are put here.
    """
    for some in batched(named, RECOGNISED_TOGETHER):
        known.update(recognise([one for one in some if isinstance(one, Path)]))
        yield from (one for one in some if isinstance(one, Skipped) or one not in known)


def look(path: Path, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The fileset that a file or folder belongs to, or why it is left out.

    Args:
        path: Absolute.
        taken: Files that are in filesets found before.
    """
    try:
        if path.is_dir():
            return readers.find_folder(path, {entry.name for entry in os.scandir(path)}, taken)
        if path.stat().st_size == 0:
            return Skipped(path, "empty file")
        return readers.find(path, formats.head_of(path), taken)
    except UnsupportedError as error:
        return Skipped(path, error.message.rstrip("."))
    except StoreError as error:
        return Skipped(path, f"damaged: {error.message.rstrip('.')}", damaged=True)
    except OSError as error:
        return Skipped(path, f"cannot be read ({error.strerror})", damaged=True)
