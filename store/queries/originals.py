"""The files behind what people name: of images, datasets, plates, filesets and attachments."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Rows, Viewer, select_visible, visible, wholly_visible
from store.archiving.names import Taken, relative, safe_name
from store.errors import InvalidInputError, NotFoundError
from store.models.among import among
from store.pixels.source import FileIdentity

type Ref = tuple[str, int]

MOST = 200_000
"""Files of one selection."""


@dataclass(frozen=True, slots=True)
class Original:
    """One file as it came."""

    id: int
    name: str
    """In an archive of the selection: relative, safe, unique in it."""
    identity: FileIdentity
    """Where it is, and how it is known; without a path if it never was here."""
    hash: str | None
    hasher: str | None
    crc32: int | None
    fileset_id: int | None
    """Of a file that was attached, none."""
    group_id: int
    held: bool
    """Whether the database holds its content itself."""
    store: tuple[str, str] | None = None
    """Of a Zarr store in a folder: the folder, and its name in an archive. Of such only the documents
    have rows: whatever else is in the folder belongs to it."""


def originals(session: Session, viewer: Viewer, refs: Iterable[Ref]) -> list[Original]:
    """Load the files of things, each once; a few statements for each type that is named.

    Filesets come in order of id, their files in their own order; attachments follow.

    Args:
        session: For reading.
        viewer: Who asks; what they may not see has no files.
        refs: Such as ("Dataset", 3): of the types in `KINDS`.

    Raises:
        InvalidInputError: A type that has no files, nothing is named, or too much.
        NotFoundError: One of the things does not exist, or is not visible.
    """
    named: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in refs:
        named[kind].add(key)
    if not named:
        raise InvalidInputError("Nothing is named.", "Name things such as Dataset:3.")
    filesets: set[int] = set()
    single: set[int] = set()
    for kind, keys in sorted(named.items()):
        entity, found = _kind(kind)
        _require(session, viewer, entity, keys)
        ids = set(session.scalars(found(viewer, keys))) - {None}
        (single if kind in _SINGLE else filesets).update(ids)
    return _named(
        [*_of_filesets(session, viewer, filesets), *_alone(session, viewer, sorted(single))]
    )


def content_of(session: Session, viewer: Viewer, file_id: int) -> bytes:
    """Load the content of a file that the database holds itself.

    Raises:
        NotFoundError: No such file, not visible to the viewer, or held elsewhere.
    """
    file = models.OriginalFile
    found = session.scalar(
        select_visible(viewer, file, file.content).where(
            file.id == file_id, wholly_visible(viewer, file)
        )
    )
    if found is None:
        raise NotFoundError("file", file_id)
    return bytes(found)


def known_hashes(
    session: Session, viewer: Viewer, hashes: Sequence[str], hasher: str
) -> dict[str, int]:
    """Find files by the hash of their content, as far as the viewer may see them.

    Args:
        session: For reading.
        viewer: Who asks: what others have is not told.
        hashes: In hexadecimal digits.
        hasher: How they were computed.

    Returns:
        The oldest file of each hash that is known.
    """
    file = models.OriginalFile
    rows = session.execute(
        select_visible(viewer, file, file.hash, file.id)
        .where(among(file.hash, [one.lower() for one in hashes]), file.hasher == hasher)
        .order_by(file.id.desc())
    )
    return {digest: key for digest, key in rows if digest is not None}


type Find = Callable[[Viewer, set[int]], Rows]


def _kind(kind: str) -> tuple[Any, Find]:
    if kind not in KINDS:
        raise InvalidInputError(
            f"{kind[:64]!r} is no type of things with files.", f"Name one of {', '.join(KINDS)}."
        )
    return getattr(models, kind), KINDS[kind]


def _require(session: Session, viewer: Viewer, entity: Any, keys: set[int]) -> None:
    found = session.scalars(select_visible(viewer, entity, entity.id).where(among(entity.id, keys)))
    missing = keys - set(found)
    if missing:
        raise NotFoundError(entity.__name__, min(missing))


def _themselves(viewer: Viewer, keys: set[int]) -> Rows:
    fileset = models.Fileset
    return select_visible(viewer, fileset, fileset.id).where(among(fileset.id, keys))


def _files(viewer: Viewer, keys: set[int]) -> Rows:
    file = models.OriginalFile
    return select_visible(viewer, file, file.id).where(among(file.id, keys))


def _attached(viewer: Viewer, keys: set[int]) -> Rows:
    note = models.FileAnnotation
    return select_visible(viewer, note, note.file_id).where(among(note.id, keys))


def _of_images(viewer: Viewer, keys: set[int]) -> Rows:
    image = models.Image
    return select_visible(viewer, image, image.fileset_id).where(among(image.id, keys)).distinct()


def _through(viewer: Viewer, *steps: tuple[Any, str, str], keys: set[int]) -> Rows:
    """Follow links down to images: each from one column to the next's, seen all the way."""
    image = models.Image
    statement, above = select_visible(viewer, image, image.fileset_id), image.id
    for entity, far, near in reversed(steps):
        statement = statement.join(entity, getattr(entity, far) == above)
        statement = statement.where(visible(viewer, entity))
        above = getattr(entity, near)
    return statement.where(among(above, keys)).distinct()


_IN_DATASET = (models.DatasetImageLink, "child_id", "parent_id")
_IN_WELL = (models.WellSample, "image_id", "well_id")
_IN_PLATE = ((models.Well, "id", "plate_id"), _IN_WELL)


def _below(*steps: tuple[Any, str, str]) -> Find:
    return lambda viewer, keys: _through(viewer, *steps, keys=keys)


KINDS: dict[str, Find] = {
    "Project": _below((models.ProjectDatasetLink, "child_id", "parent_id"), _IN_DATASET),
    "Dataset": _below(_IN_DATASET),
    "Screen": _below((models.ScreenPlateLink, "child_id", "parent_id"), *_IN_PLATE),
    "Plate": _below(*_IN_PLATE),
    "Well": _below(_IN_WELL),
    "Image": _of_images,
    "Fileset": _themselves,
    "OriginalFile": _files,
    "FileAnnotation": _attached,
}
"""What has files, and how the filesets of it are found; of the last two, the files."""
_SINGLE = ("OriginalFile", "FileAnnotation")
_PACKED = (".zip", ".ozx")

_file = models.OriginalFile
_COLUMNS = (
    *(_file.id, _file.name, _file.location, _file.size, _file.mtime_ns, _file.hash, _file.hasher),
    *(_file.crc32, _file.group_id, _file.content.is_not(None).label("held")),
)


def _of_filesets(session: Session, viewer: Viewer, keys: set[int]) -> list[Any]:
    entry, fileset = models.FilesetEntry, models.Fileset
    statement = (
        select_visible(
            *(viewer, entry, *_COLUMNS, entry.fileset_id, entry.client_path, fileset.root),
            fileset.format,
        )
        .join(_file, _file.id == entry.original_file_id)
        .join(fileset, fileset.id == entry.fileset_id)
        .where(visible(viewer, _file), visible(viewer, fileset), among(fileset.id, keys))
        .where(wholly_visible(viewer, _file))
        .order_by(entry.fileset_id, entry.index)
        .limit(MOST + 1)
    )
    return list(session.execute(statement))


def _alone(session: Session, viewer: Viewer, keys: Sequence[int]) -> list[Any]:
    statement = select_visible(viewer, _file, *_COLUMNS).where(
        among(_file.id, keys), wholly_visible(viewer, _file)
    )
    return list(session.execute(statement.order_by(_file.id).limit(MOST + 1)))


def _named(rows: Sequence[Any]) -> list[Original]:
    """Give all files names; those of a fileset stay together, as their names may refer to it."""
    if len(rows) > MOST:
        raise InvalidInputError(f"These are more than {MOST:,} files.", "Name less at once.")
    once: dict[int, Any] = {}
    for row in rows:
        once.setdefault(row.id, row)
    sets: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in once.values():
        fileset = getattr(row, "fileset_id", None)
        sets["file" if fileset is None else "fileset", fileset or row.id].append(row)
    taken, found = Taken(), []
    for (kind, key), members in sets.items():
        names = [_name(row) for row in members]
        for row, name in zip(members, taken.together(names, f"{kind}-{key}"), strict=True):
            found.append(_original(row, name))
    return found


def _name(row: Any) -> str:
    """Name a file relative to the folder of its fileset; of a Zarr store, with that folder."""
    if not hasattr(row, "root"):
        return safe_name(row.name)
    name = relative(row.client_path, row.root)
    if _is_in_store(row):
        name = f"{PurePosixPath(row.root).name}/{name}"
    return safe_name(name)


def _is_in_store(row: Any) -> bool:
    return (
        getattr(row, "format", None) == "OME-Zarr" and PurePosixPath(row.name).suffix not in _PACKED
    )


def _store(row: Any, name: str) -> tuple[str, str] | None:
    """Where the Zarr store is that a document belongs to; None for other files."""
    if not _is_in_store(row):
        return None
    inside = relative(row.client_path, row.root)
    if not row.location.endswith(f"/{inside}") or not name.endswith(f"/{inside}"):
        return None
    return row.location[: -len(inside) - 1], name[: -len(inside) - 1]


def _original(row: Any, name: str) -> Original:
    return Original(
        id=row.id,
        name=name,
        identity=FileIdentity(row.location, row.size, row.mtime_ns),
        hash=row.hash,
        hasher=row.hasher,
        crc32=row.crc32,
        fileset_id=getattr(row, "fileset_id", None),
        group_id=row.group_id,
        held=row.held,
        store=_store(row, name),
    )
