"""`micrograph download`: originals copied into a folder, resumed where it stopped, verified."""

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.context import Micrograph
from app.originals import problem_of, record, with_chunks
from store.access import Viewer
from store.archiving.sums import PIECE, SHA256, Sums, read_pieces
from store.edits.downloads import keep_sums
from store.errors import InvalidInputError, StoreError, UnreadableFileError
from store.queries.originals import Original, Ref, content_of, originals

SUMS = "SHA256SUMS"
"""File beside the copies, for `sha256sum -c`."""
PART = ".part"
"""End of the name of a copy that is not whole yet."""

type State = Literal["copied", "already there", "failed"]


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one file."""

    original: Original
    state: State
    message: str = ""
    """Why it failed."""


def copy_all(
    micrograph: Micrograph, viewer: Viewer, refs: Sequence[Ref], folder: Path
) -> Iterator[Copied]:
    """Copy the files of things into a folder, one after the other.

    A copy that was cut goes on where it stopped, after what is there was added up. Each file is
    compared with its SHA-256 where that is known, and else it is kept; `SHA256SUMS` in the folder
    has all of them.

    Args:
        micrograph: Started.
        viewer: Who takes them.
        refs: See `store.queries.originals.originals`.
        folder: Made if it is not there.

    Raises:
        NotFoundError, InvalidInputError: Something cannot be named so.
    """
    with micrograph.database.reading() as session:
        files = with_chunks(originals(session, viewer, refs))
        held = {one.id: content_of(session, viewer, one.id) for one in files if one.held}
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise InvalidInputError(f"{folder} cannot be written.", "Choose another folder.")
    record(micrograph, viewer, files)
    lines: list[str] = []
    for original in files:
        try:
            state, sha256 = _copy(micrograph, original, folder, held.get(original.id))
        except StoreError as error:
            yield Copied(original, "failed", str(error))
        except OSError as error:
            yield Copied(original, "failed", f"{original.name}: {error.strerror}.")
        else:
            lines.append(f"{sha256}  {original.name}\n")
            yield Copied(original, state)
    made = folder / f"{SUMS}{PART}"
    made.write_text("".join(lines), encoding="utf-8")
    made.replace(folder / SUMS)


def _copy(
    micrograph: Micrograph, original: Original, folder: Path, content: bytes | None
) -> tuple[State, str]:
    """Copy one file.

    Returns:
        What happened, and its SHA-256.
    """
    target, identity = folder / original.name, original.identity
    known = original.hash if original.hasher == SHA256 else None
    if known is not None and _is_there(target, original):
        digest = _sum(target)
        if digest.hexdigest() == known:
            return "already there", known
    problem = problem_of(original)
    if problem:
        raise UnreadableFileError(f"{original.name} {problem}.", path=identity.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}{PART}")
    sums = _write(original, part, content)
    if known is not None and sums.sha256 != known:
        part.unlink()
        raise UnreadableFileError(
            f"{original.name} is damaged: its SHA-256 is {sums.sha256}, and was {known}.",
            "Replace the original by an undamaged copy, and download it again.",
            path=identity.path,
        )
    os.utime(part, ns=(identity.mtime_ns, identity.mtime_ns))
    part.replace(target)
    if original.id > 0 and content is None and (known is None or original.crc32 is None):
        with micrograph.database.writing() as session:
            keep_sums(session, {original.id: sums})
    return "copied", sums.sha256


def _write(original: Original, part: Path, content: bytes | None) -> Sums:
    """Write what is missing of a copy, to the disk itself."""
    with part.open("ab+") as file:
        file.seek(0)
        digest, crc, start = hashlib.sha256(), 0, 0
        while piece := file.read(PIECE):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            start += len(piece)
        size = original.identity.size if content is None else len(content)
        if start > size:
            file.truncate(0)
            digest, crc, start = hashlib.sha256(), 0, 0
        pieces = (
            read_pieces(original.identity, start) if content is None else iter([content[start:]])
        )
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
        file.flush()
        os.fsync(file.fileno())
    return Sums(digest.hexdigest(), crc)


def _is_there(target: Path, original: Original) -> bool:
    try:
        return target.stat().st_size == original.identity.size
    except OSError:
        return False


def _sum(path: Path) -> Any:
    # Any: hashlib's type of digests has no public name.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")
