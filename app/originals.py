"""Originals on their way out: selections, what of them is there, and the zip file of it."""

import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from sqlalchemy.orm import Session

from app.context import Micrograph
from store.access import Viewer
from store.archiving.names import safe_name
from store.archiving.sums import SHA256, Rate, Sums, sums_of
from store.archiving.zips import Member, ZipLayout
from store.edits.downloads import keep_crcs, keep_sums, record_download
from store.edits.storage import difference
from store.errors import InvalidInputError, NotFoundError, UnreadableFileError
from store.pixels.files import identify
from store.queries.originals import MOST, Original, Ref, content_of, originals

MANIFEST = "MANIFEST.tsv"
"""Last file of every zip file: what is in it, and what is missing."""
HELD_LIMIT = 64 << 20
"""Bytes of files out of the database that one zip file takes; they are in memory."""
MOST_NAMED = 10_000
"""Things that one selection names."""
HASHED_AT_ONCE = 64 << 20
"""Bytes of small files whose sums are written together."""

_REF = re.compile(r"([A-Za-z]{1,40}):([0-9]{1,18})")
_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file that is ready to be sent."""

    layout: ZipLayout
    name: str
    missing: int
    """Files that are not in it."""
    sums: dict[int, int]
    """CRC-32 by id; grows while it is sent."""
    known: frozenset[int]
    """Ids whose sums are in the database."""


def parse_refs(names: Sequence[str]) -> list[Ref]:
    """Read identifiers such as Fileset:1.

    Raises:
        InvalidInputError: One is none, or there are too many.
    """
    if len(names) > MOST_NAMED:
        raise InvalidInputError(f"{len(names)} things are named.", f"Name at most {MOST_NAMED}.")
    found = []
    for name in names:
        matched = _REF.fullmatch(name.strip())
        if matched is None:
            raise InvalidInputError(
                f"{name[:64]!r} is no identifier.", "Name things such as Dataset:3."
            )
        found.append((matched[1], int(matched[2])))
    return found


def remember(data: Path, refs: Sequence[Ref]) -> str:
    """Keep a selection under a name that follows from it, and return the name.

    It is no secret and grants nothing: whoever uses it is asked for their rights.
    """
    content = orjson.dumps(sorted(set(refs)))
    token = hashlib.sha256(content).hexdigest()
    folder = data / "selections"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f".{token}-{os.getpid()}"
    made.write_bytes(content)
    made.replace(folder / token)
    return token


def recall(data: Path, token: str) -> list[Ref]:
    """Return a selection that was kept.

    Raises:
        NotFoundError: There is none of this name.
    """
    try:
        if not _TOKEN.fullmatch(token):
            raise FileNotFoundError(token)
        content = (data / "selections" / token).read_bytes()
    except OSError:
        raise NotFoundError("selection", token[:64]) from None
    return [(kind, key) for kind, key in orjson.loads(content)]


def problem_of(original: Original) -> str:
    """Say why a file cannot be given out as it came; empty if it can."""
    if original.held:
        return ""
    identity = original.identity
    if not identity.path:
        return "was never here: a document speaks of it"
    if not identity.path.startswith("/"):
        return "lies at another address: fetch it there"
    return difference(identity.path, identity.size, identity.mtime_ns)


def with_chunks(files: Sequence[Original]) -> list[Original]:
    """Add what lies in Zarr stores besides their documents, which alone have rows.

    It is as it is now: of chunks nobody knows how they were. Links are left out.

    Raises:
        InvalidInputError: There are more files than one selection may have.
    """
    found = list(files)
    stores: dict[tuple[str, str], Original] = {}
    known = {one.identity.path for one in files}
    for one in files:
        if one.store is not None:
            stores.setdefault(one.store, one)
    for (folder, name), first in stores.items():
        for path in _below(folder):
            if str(path) in known:
                continue
            if len(found) >= MOST:
                raise InvalidInputError(
                    f"These are more than {MOST:,} files.", "Name less at once."
                )
            inside = safe_name(f"{name}/{path.relative_to(folder).as_posix()}")
            key = -2 - len(found)
            found.append(
                replace(first, id=key, name=inside, identity=identify(path), hash=None, crc32=None)
            )
    return found


def _below(folder: str) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if not path.is_symlink():
                yield path


def pack(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> tuple[Archive, list[Original]]:
    """Lay out the zip file of a selection; looks at every file, reads none.

    Returns:
        It, and the files that are in it.

    Raises:
        InvalidInputError: See `store.queries.originals.originals`.
        NotFoundError: Something is not there, or not visible.
        UnreadableFileError: None of the files is as it came.
    """
    members, given, lines, missing = [], [], [_HEAD], []
    room = HELD_LIMIT
    for original in with_chunks(originals(session, viewer, refs)):
        problem = problem_of(original)
        content = None
        if not problem and original.held:
            content = content_of(session, viewer, original.id)
            room -= len(content)
            problem = "is too much for one archive: download it by itself" if room < 0 else ""
        lines.append(_line(original, problem or "ok"))
        if problem:
            missing.append(f"{original.name} {problem}")
            continue
        given.append(original)
        members.append(_member(original, content))
    if missing and not members:
        raise UnreadableFileError(
            f"None of the files can be given out: {missing[0]}.",
            "Put them back as they were when they were imported; `micrograph check` lists all.",
        )
    manifest = "".join(f"{line}\n" for line in lines).encode()
    moment = max((member.mtime_ns for member in members), default=0)
    members.append(Member(_free(members), len(manifest), moment, -1, manifest))
    sums = {one.id: one.crc32 for one in given if one.crc32 is not None}
    layout = ZipLayout(members, sums)
    name = f"{refs[0][0]}-{refs[0][1]}.zip" if len(refs) == 1 else f"{len(given)} files.zip"
    return Archive(layout, name, len(missing), sums, frozenset(sums)), given


def record(micrograph: Micrograph, viewer: Viewer, given: Sequence[Original]) -> None:
    """Write that somebody takes files."""
    filesets = {one.fileset_id: one.group_id for one in given if one.fileset_id is not None}
    files = {one.id: one.group_id for one in given if one.fileset_id is None}
    if given:
        with micrograph.database.writing() as session:
            record_download(session, viewer, filesets, files)


def keep_learned(micrograph: Micrograph, archive: Archive) -> None:
    """Keep the sums that were learned while an archive was sent."""
    learned = {
        key: crc for key, crc in archive.sums.items() if key >= 0 and key not in archive.known
    }
    if learned:
        with micrograph.database.writing() as session:
            keep_crcs(session, learned)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a manifest."""

    original: Original
    sha256: str | None
    problem: str
    """Empty if the file is as it came, as far as was looked."""


def manifest(
    micrograph: Micrograph,
    files: Sequence[Original],
    *,
    hashes: bool,
    rate: Rate | None = None,
) -> Iterator[Listed]:
    """List files with their sizes and sums, in order.

    Args:
        micrograph: Keeps sums that are computed.
        files: Those of a selection.
        hashes: Whether sums that nobody knows are computed, which reads the files.
        rate: How fast files are read at most.
    """
    waiting: dict[int, Sums] = {}
    size = 0
    try:
        for original in with_chunks(files):
            sha256 = original.hash if original.hasher == SHA256 else None
            problem = problem_of(original)
            if hashes and sha256 is None and not problem and not original.held:
                try:
                    sums = sums_of(original.identity, rate)
                except UnreadableFileError as error:
                    problem = error.message
                else:
                    sha256 = sums.sha256
                    if original.id > 0:
                        waiting[original.id] = sums
                    size += original.identity.size
            yield Listed(original, sha256, problem)
            if size >= HASHED_AT_ONCE or len(waiting) >= 1_000:
                _keep(micrograph, waiting)
                waiting, size = {}, 0
    finally:
        _keep(micrograph, waiting)


def _keep(micrograph: Micrograph, waiting: dict[int, Sums]) -> None:
    if waiting:
        with micrograph.database.writing() as session:
            keep_sums(session, waiting)


_HEAD = "name\tsize\tmodified\tid\tstate"


def _line(original: Original, state: str) -> str:
    identity = original.identity
    modified = dt.datetime.fromtimestamp(identity.mtime_ns / 1e9, dt.UTC)
    key = f"OriginalFile:{original.id}" if original.id > 0 else ""
    return f"{original.name}\t{identity.size}\t{modified.isoformat()}\t{key}\t{state}"


def _member(original: Original, content: bytes | None) -> Member:
    identity = original.identity
    if content is not None:
        return Member(original.name, len(content), identity.mtime_ns, -1, content)
    return Member(original.name, identity.size, identity.mtime_ns, original.id, identity)


def _free(members: Sequence[Member]) -> str:
    """A name for the manifest that no file has."""
    taken = {member.name.casefold() for member in members}
    name = MANIFEST
    while name.casefold() in taken:
        name = f"_{name}"
    return name
