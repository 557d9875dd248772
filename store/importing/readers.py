"""What reads which files: the readers here, and those that other distributions bring.

A reader is a module, or any object, with the two functions of `Reader`. Those here are named by
`store.importing.formats` and imported when a file needs them, as their libraries take time and may
be missing. Other distributions name theirs as entry points of the group `micrograph.readers`; they
recognise files themselves and are asked before those here.
"""

import importlib
import importlib.util
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from store.errors import StoreError, UnreadableFileError, UnsupportedError, reason
from store.importing import formats
from store.importing.formats import Format
from store.importing.found import FoundFileset, Skipped
from store.importing.parsed import ParsedFileset

GROUP = "micrograph.readers"


class Reader(Protocol):
    """Reads the files of some formats. Stateless: any number of threads and processes use it."""

    def find(self, path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
        """The fileset that a file belongs to. Reads little: folders of 100,000 files are walked.

        Args:
            path: The file, or the folder, absolute.
            kind: Name of its format.
            taken: Files that are in filesets found before.

        Raises:
            UnreadableFileError: The file is damaged.
            UnsupportedError: It is of a kind that is not handled.
            OSError: It cannot be read.
        """
        ...

    def parse(self, found: FoundFileset) -> ParsedFileset:
        """The metadata of a fileset and where its samples lie; no pixel is decoded.

        Any exception is taken for damage of the file, so none has to be caught.
        """
        ...


class ForeignReader(Reader, Protocol):
    """A reader that another distribution brings."""

    def recognise(self, path: Path, head: bytes) -> str | None:
        """Name of the format of a file if this reader reads it.

        Args:
            path: The file, or a folder.
            head: Its first 4,096 bytes; empty for a folder.
        """
        ...


def find(path: Path, head: bytes, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The fileset that a file belongs to, or why it is left out.

    Args:
        path: The file, absolute.
        head: Its first bytes, as `store.importing.formats.head_of` gives them.
        taken: Files that are in filesets found before.

    Raises:
        UnreadableFileError: The file is damaged.
        UnsupportedError: It is of a kind that is not handled.
        OSError: It cannot be read.
    """
    found = _find_foreign(path, head, taken)
    return found or _find(path, formats.recognise(path, head), taken)


def is_one(folder: Path, names: AbstractSet[str]) -> bool:
    """Whether a folder is one image or plate as a whole.

    Args:
        folder: The folder.
        names: Of what is in it.
    """
    known = formats.recognise_folder(names) is not None
    return known or any(foreign.recognise(folder, b"") for foreign in _foreign().values())


def find_folder(
    path: Path, names: AbstractSet[str], taken: AbstractSet[Path]
) -> FoundFileset | Skipped:
    """The fileset that a folder is, or why it is left out; raises as `find`."""
    found = _find_foreign(path, b"", taken)
    return found or _find(path, formats.recognise_folder(names), taken)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read the metadata and index the chunks of one fileset; no pixel is decoded.

    Raises:
        UnreadableFileError: A file is missing, damaged, or not what the metadata says.
        UnsupportedError: The samples are stored in a way that is not handled.
        InvalidInputError: Sizes that no image can have.
    """
    try:
        return _reader(found.reader).parse(found)
    except StoreError:
        raise
    # The one adapter between hostile files and people: libraries that parse them raise twenty
    # kinds of exceptions, MemoryError and RecursionError among them.
    except Exception as error:
        raise UnreadableFileError(
            f"{found.master.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=str(found.master),
        ) from error


def prepare(names: Iterable[str]) -> None:
    """Import readers by name, and those of other distributions, for processes forked later."""
    _foreign()
    for name in names:
        with suppress(StoreError, ImportError):  # said when it is to read something
            _reader(name)


def missing(kind: Format) -> tuple[str, ...]:
    """Packages that would have to be installed to read a format."""
    return tuple(name for name in kind.needs if importlib.util.find_spec(name) is None)


def _find_foreign(
    path: Path, head: bytes, taken: AbstractSet[Path]
) -> FoundFileset | Skipped | None:
    for name, foreign in _foreign().items():
        kind = foreign.recognise(path, head)
        if kind is not None:
            found = foreign.find(path, kind, taken)
            return replace(found, reader=name) if isinstance(found, FoundFileset) else found
    return None


def _find(path: Path, kind: Format | None, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    if kind is None:
        return Skipped(path, "not an image")
    if not kind.reader:
        return Skipped(path, f"{kind.name}: not read here; see `micrograph convert`")
    if missing(kind):
        return Skipped(path, f"{kind.name}: pip install 'micrograph[{kind.extra}]' to read it")
    return _reader(kind.reader).find(path, kind.name, taken)


def _reader(name: str) -> Reader:
    """A reader by the name that `FoundFileset.reader` keeps.

    Raises:
        UnsupportedError: The distribution that brought it is gone.
    """
    foreign = _foreign().get(name)
    if foreign is not None:
        return foreign
    if name not in {kind.reader for kind in formats.FORMATS}:
        raise UnsupportedError(f"The reader {name} is not here.", "Install it again.")
    return cast("Reader", importlib.import_module(name))


@cache
def _foreign() -> dict[str, ForeignReader]:
    return {found.name: found.load() for found in entry_points(group=GROUP)}
