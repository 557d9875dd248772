"""Files that Micrograph keeps itself: copied or linked, checked, and placed so that none is lost.

A fileset is made in `staging/<id>/` below the data folder, every file and folder of it flushed to
the disk, and moved to `files/<id>/` as a whole. Rows are written only after that move is on the
disk, too, so a row never speaks of a file that a power failure can take away. What is in `files`
without a row is left from an import that was cut off: it is moved to `lost+found`, never deleted.
"""

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from store.errors import InvalidInputError, UnavailableError, UnreadableFileError
from store.failpoints import reach
from store.importing.found import FoundFileset
from store.importing.parsed import ParsedFile, ParsedFileset

type Way = Literal["reference", "copy", "link"]
"""How files come in: they stay where they are, or are kept as copies, or as hard links."""

HASHER = "SHA-256"
_BLOCK = 4 << 20
_RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
_NAME_BYTES = 255
_FULL = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it came, before it was copied or linked."""

    path: Path
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A fileset in the staging folder, complete and on the disk."""

    folder: Path
    found: FoundFileset
    """With the paths of the copies."""
    root: Path
    """Folder that the originals were below."""
    originals: Mapping[Path, Original]
    """By path of the copy."""


class ManagedFiles:
    """The files below one data folder. Safe to share between threads and processes.

    Args:
        data: The data folder.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self.staging = data / "staging"
        self.files = data / "files"
        self.lost = data / "lost+found"

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep `sweep` away from files that have no rows yet; from staging to the commit."""
        for folder in (self.staging, self.files):
            _make_folder(folder)
        with self._lock(fcntl.LOCK_SH):
            yield

    def stage(self, found: FoundFileset, way: Way) -> Staged:
        """Copy or link a fileset into the staging folder, hash it, and flush it to the disk.

        Names and the folders below the common root stay; characters that other systems cannot
        have in names become underscores.

        Raises:
            UnreadableFileError: A file is missing, changes meanwhile, or is on another disk and
                cannot be linked.
            UnavailableError: The disk is full, or cannot be written.
        """
        root = _common_root(found)
        folder = self.staging / uuid.uuid4().hex
        moved: dict[Path, Path] = {}
        originals: dict[Path, Original] = {}
        try:
            with _explained(folder):
                folder.mkdir()
            for source in _all_files(found):
                target = folder / _safe(source.relative_to(root), moved.values(), folder)
                moved[source] = target
                originals[target] = self._bring(source, target, way)
            with _explained(folder):
                _flush_folders(folder)
                reach("import.staged")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        master = moved.get(found.master) or folder / _safe(
            found.master.relative_to(root), (), folder
        )
        files = tuple(moved[file] for file in found.files if file in moved)
        return Staged(folder, replace(found, master=master, files=files), root, originals)

    def place(self, many: Sequence[tuple[Staged, ParsedFileset]]) -> list[ParsedFileset]:
        """Move staged filesets to where they stay, and flush that to the disk.

        Args:
            many: Each with what a reader found in the staged files.

        Returns:
            What the reader found, with the paths of the files where they are now.

        Raises:
            UnavailableError: The disk cannot be written.
        """
        placed = []
        with _explained(self.files):
            for staged, parsed in many:
                final = self.files / staged.folder.name
                staged.folder.rename(final)
                reach("import.placed")
                placed.append(_placed(staged, parsed, final))
            flush(self.files)
            reach("import.synced")
        return placed

    def discard(self, staged: Staged) -> None:
        """Remove a fileset that has no rows and will get none."""
        for folder in (staged.folder, self.files / staged.folder.name):
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, known: Callable[[Sequence[str]], AbstractSet[str]]) -> list[Path] | None:
        """Clear the staging folder, and move files that no row speaks of to `lost+found`.

        Args:
            known: Given names of folders in `files`, returns those that rows speak of.

        Returns:
            What was moved; None while an import is at work anywhere, so that nothing was done.
        """
        if not self.files.is_dir():
            return []
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                return None
            for left in self.staging.iterdir():
                shutil.rmtree(left, ignore_errors=True)
            names = sorted(entry.name for entry in os.scandir(self.files))
            strangers = sorted(set(names) - known(names)) if names else []
            return self._set_aside(strangers)

    def _set_aside(self, names: Sequence[str]) -> list[Path]:
        moved = []
        for name in names:
            _make_folder(self.lost)
            target = self.lost / name
            if target.exists():
                target = self.lost / f"{name}-{uuid.uuid4().hex[:8]}"
            (self.files / name).rename(target)
            logger.warning("files without an image set aside", extra={"folder": str(target)})
            moved.append(target)
        if moved:
            flush(self.files)
            flush(self.lost)
        return moved

    def _bring(self, source: Path, target: Path, way: Way) -> Original:
        with _explained(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            try:
                read = stack.enter_context(source.open("rb"))
            except OSError as error:
                raise UnreadableFileError(
                    f"{source.name} cannot be read: {error.strerror}.",
                    "Check that it is there and may be read.",
                    path=str(source),
                ) from error
            before = os.fstat(read.fileno())
            sum_ = _link(source, target, read) if way == "link" else _copy(source, target, read)
            after = os.fstat(read.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise UnreadableFileError(
                f"{source.name} changed while it was read.",
                "Import it when whatever writes it has ended.",
                path=str(source),
            )
        with _explained(target):
            reach("import.copied")
        return Original(source, before.st_size, before.st_mtime_ns, sum_)

    @contextlib.contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        path = self._data / "files.lock"
        with _explained(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with _explained(path):
                fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)


def flush(folder: Path) -> None:
    """Have the disk keep the names in a folder.

    Raises:
        OSError: It cannot.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def safe_name(name: str) -> str:
    r"""Return a name of a file without what some system cannot have in names.

    >>> safe_name("a\nb:c?.tif"), safe_name("aux.tif"), safe_name("x. ")
    ('a_b_c_.tif', '_aux.tif', 'x__')
    """
    kept = "".join("_" if _hostile(character) else character for character in name)
    stripped = kept.rstrip(". ")
    kept = stripped + "_" * (len(kept) - len(stripped))
    if kept.split(".")[0].lower() in _RESERVED:
        kept = f"_{kept}"
    return kept.encode()[:_NAME_BYTES].decode(errors="ignore") or "_"


def _hostile(character: str) -> bool:
    return character in '<>:"/\\|?*' or unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _safe(relative: Path, taken: Any, folder: Path) -> Path:
    """The safe form of a relative path, different from those that are taken."""
    wanted = Path(*(safe_name(part) for part in relative.parts))
    names = set(taken)
    number = 1
    found = wanted
    while folder / found in names:
        number += 1
        found = wanted.with_name(f"{wanted.stem}~{number}{wanted.suffix}")
    return found


def _common_root(found: FoundFileset) -> Path:
    parents = {str(file.parent) for file in (found.master, *found.files)}
    return Path(os.path.commonpath(parents))


def _all_files(found: FoundFileset) -> list[Path]:
    """Every file of a fileset; of a folder, all that is in it. Links out of it are refused."""
    if not found.master.is_dir():
        return list(dict.fromkeys(found.files))
    files = []
    for folder, _, names in os.walk(found.master):
        files += [Path(folder) / name for name in names]
    for file in files:
        if file.is_symlink():
            raise InvalidInputError(
                f"{file.name} in {found.master.name} is a link.",
                "Import the folder where it is, or replace the link by what it points at.",
            )
    return sorted(files)


def _copy(source: Path, target: Path, read: Any) -> str:
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    with (
        _explained(target),
        ThreadPoolExecutor(1, thread_name_prefix="sum") as beside,
        target.open("xb", buffering=0) as write,
    ):
        while length := _read_into(read, buffer, source):
            # Neither holds the interpreter; a file of one block is not worth a thread.
            added = beside.submit(digest.update, buffer[:length]) if length == _BLOCK else None
            reach("import.copying")
            _write_all(write, buffer[:length])
            if added is None:
                digest.update(buffer[:length])
            else:
                added.result()
        status = os.fstat(read.fileno())
        os.utime(write.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(write.fileno())
    return digest.hexdigest()


def _write_all(write: Any, data: memoryview) -> None:
    while data:
        data = data[write.write(data) :]


def _link(source: Path, target: Path, read: Any) -> str:
    try:
        os.link(source, target, follow_symlinks=True)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise UnreadableFileError(
                f"{source.name} cannot be linked: {error.strerror}.",
                "Import with --copy, or from the disk of the data folder.",
                path=str(source),
            ) from error
        with _explained(target):
            raise
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    while length := _read_into(read, buffer, source):
        digest.update(buffer[:length])
    with _explained(target):
        reach("import.copying")
        os.fsync(read.fileno())
    return digest.hexdigest()


def _read_into(read: Any, buffer: memoryview, source: Path) -> int:
    try:
        return int(read.readinto(buffer))
    except OSError as error:
        raise UnreadableFileError(
            f"{source.name} cannot be read: {error.strerror}.",
            "Check the disk that it is on.",
            path=str(source),
        ) from error


def _flush_folders(folder: Path) -> None:
    for inner, _, _ in os.walk(folder):
        flush(Path(inner))


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        with _explained(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            flush(folder.parent)


@contextlib.contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Turn what the operating system says about a write into what a person can do."""
    try:
        yield
    except BlockingIOError:  # no error: somebody else is at work
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise UnavailableError(
                "The disk of the data folder is full; nothing was changed.",
                "Free space, then try again.",
            ) from error
        raise UnavailableError(
            f"{target.name} cannot be written to the data folder: {error.strerror}.",
            "Check the disk and the rights of the data folder, then try again.",
        ) from error


def _placed(staged: Staged, parsed: ParsedFileset, final: Path) -> ParsedFileset:
    """What a reader found in staged files, as if it had found it where they are now."""
    files = []
    for file in parsed.files:
        original = staged.originals.get(file.path)
        if original is None:
            raise UnreadableFileError(f"{file.path.name} is not one of the files of the set.")
        path = final / file.path.relative_to(staged.folder)
        files.append(ParsedFile(path, file.size, file.mtime_ns, original.path, original.sha256))
    before, after = str(staged.folder), str(final)
    images = tuple(
        replace(image, storage=_moved(image.storage, before, after)) for image in parsed.images
    )
    return replace(parsed, root=staged.root, files=tuple(files), images=images)


def _moved(value: Any, before: str, after: str) -> Any:
    """A JSON value in which texts that begin with one folder begin with another."""
    if isinstance(value, str):
        inside = value == before or value.startswith(before + os.sep)
        return after + value[len(before) :] if inside else value
    if isinstance(value, dict):
        return {key: _moved(one, before, after) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, before, after) for one in value]
    return value
