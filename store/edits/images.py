"""Images: what a reader found becomes rows, and later learns its range of values."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    require,
    select_visible,
    visible,
    visible_rows,
)
from store.database import explained
from store.documents.records import joined
from store.edits.bulk import insert_columns, new_ids
from store.edits.containers import destination
from store.edits.counters import count_links
from store.edits.described import described
from store.edits.history import begin_event, details, log_change
from store.edits.links import link_children, record_links
from store.edits.quotas import room_for
from store.edits.records import insert_records
from store.edits.relations import relation
from store.errors import ConflictError, InvalidInputError, QuotaError, StoreError
from store.importing.parsed import ParsedFile, ParsedFileset
from store.models.among import among
from store.models.enums import EventType
from store.pixels.addresses import written
from store.pixels.source import FileIdentity
from store.queries.storage import Place, place_of, places_of, storage_roots
from store.queries.usage import Amount


@dataclass(frozen=True, slots=True)
class Registered:
    """The rows of one fileset."""

    fileset_id: int
    image_ids: tuple[int, ...]
    """In order of series."""
    already: bool
    """The same files had been registered before; nothing was written but missing links."""


def register_fileset(
    session: Session,
    viewer: Viewer,
    parsed: ParsedFileset,
    dataset_id: int | None = None,
    *,
    group_id: int | None = None,
) -> Registered:
    """Write a fileset with its files, images, channels, planes and chunk index.

    Safe to repeat: files that are registered in the group, and visible to the viewer, are not
    registered again. For members of the group who may link to the dataset.

    Args:
        session: Of the caller's transaction; all rows appear together or not at all.
        viewer: Who imports, and will own the rows.
        parsed: What the reader found.
        dataset_id: Put the images into this dataset; they get its group.
        group_id: Where, without a dataset; the viewer's default group if not given.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        ConflictError: One of the files is registered, but has changed since, or is part of
            another fileset.
        InvalidInputError: A path cannot be stored, or dataset and group contradict.
    """
    (result,) = register_filesets(session, viewer, [parsed], dataset_id, group_id=group_id)
    if isinstance(result, StoreError):
        raise result
    return result


def register_filesets(
    session: Session,
    viewer: Viewer,
    many: Sequence[ParsedFileset],
    dataset_id: int | None = None,
    *,
    group_id: int | None = None,
) -> list[Registered | StoreError]:
    """Write many filesets in one event; one that cannot be written does not stop the others.

    As `register_fileset`, in a number of statements that does not depend on how many they are.

    Returns:
        Of each in their order, its rows or why there are none: a file that has changed since it
        was registered, a path that cannot be stored, a document that contradicts itself.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        InvalidInputError: Dataset and group contradict.
    """
    group, dataset = destination(session, viewer, dataset_id, group_id)
    drafts = [_Draft(parsed) for parsed in many]
    _find_registered(session, viewer, group, drafts)
    _refuse_overlap(session, viewer, group, [draft for draft in drafts if draft.is_new])
    _refuse_excess(session, viewer, group, [draft for draft in drafts if draft.is_new])
    new = [draft for draft in drafts if draft.is_new]
    if new:
        _write(session, viewer, group, new, dataset)
    known = [draft for draft in drafts if draft.fileset_id is not None and not draft.written]
    if known:
        _name_images(session, viewer, known, dataset)
    return [draft.outcome() for draft in drafts]


def registered_filesets(
    session: Session,
    viewer: Viewer,
    paths: Iterable[Path],
    dataset_id: int | None = None,
    *,
    group_id: int | None = None,
) -> dict[Path, Registered]:
    """Find filesets that are there and whose files are all as they were; none is opened.

    What registering them again would come to, a hundred times as fast: five statements for any
    number of files. Files of which copies are kept are known by where they came from.

    Args:
        session: Of the caller's transaction, in which missing links to the dataset are made.
        viewer: Who imports.
        paths: Files, absolute.
        dataset_id: As of `register_filesets`.
        group_id: As of `register_filesets`.

    Returns:
        By each of their files, also those that were not asked for; of each fileset in its order.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        InvalidInputError: Dataset and group contradict.
    """
    group, dataset = destination(session, viewer, dataset_id, group_id)
    files = _files_beside(session, viewer, group, list(map(str, paths)))
    kept = {key: facts for key, facts in files.items() if all(map(_is_unchanged, facts))}
    known = _linked(session, viewer, kept, dataset)
    return {Path(file.path): known[key] for key, facts in kept.items() for file in facts}


def link_known(
    session: Session, viewer: Viewer, fileset_ids: Collection[int], dataset_id: int | None
) -> dict[int, Registered]:
    """Give registered filesets the links to a dataset that they lack; for members who may link.

    The number of statements does not depend on how many filesets there are.

    Raises:
        NotFoundError: No such dataset, or not visible to the viewer.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
    """
    dataset = None
    if dataset_id is not None:
        _, dataset = destination(session, viewer, dataset_id, None)
    return _linked(session, viewer, fileset_ids, dataset)


def _linked(
    session: Session,
    viewer: Viewer,
    fileset_ids: Collection[int],
    dataset: models.Dataset | None,
) -> dict[int, Registered]:
    """The images of registered filesets, with the links to a dataset that they lacked."""
    images: dict[int, list[int]] = {key: [] for key in fileset_ids}
    image = models.Image
    rows = session.execute(
        select_visible(viewer, image, image.fileset_id, image.id)
        .where(among(image.fileset_id, fileset_ids))
        .order_by(image.series, image.id)
    )
    for fileset_id, key in rows:
        images[fileset_id].append(key)
    every = [key for keys in images.values() for key in keys]
    if dataset is not None and every:
        _link_missing(session, viewer, dataset, every)
    return {key: Registered(key, tuple(found), already=True) for key, found in images.items()}


def store_statistics(
    session: Session,
    pixels_id: int,
    found: Sequence[Mapping[str, Any] | None],
    level: int,
) -> int:
    """Keep what the samples of each channel are like; for the program itself.

    What was computed from a finer level is never replaced by what comes from a coarser one.

    Args:
        session: Of the caller's transaction.
        pixels_id: Database id of the pixels.
        found: Of each channel in order of index, as `render.summary.Summary.to_json` writes it;
            none where unknown.
        level: Level that they were computed from; 0 is exact.

    Returns:
        How many channels were changed.
    """
    channel = models.Channel
    changed = 0
    for index, summary in enumerate(found):
        if summary is None or summary["low"] is None or summary["high"] is None:
            continue
        known = channel.statistics_level
        older = sa.and_(known == level, channel.statistics.is_(None))
        rows = session.execute(
            sa.update(channel)
            .where(
                channel.pixels_id == pixels_id,
                channel.index == index,
                sa.or_(known.is_(None), known > level, older),
            )
            .values(
                global_min=summary["low"],
                global_max=summary["high"],
                statistics_level=level,
                statistics={**summary, "level": level},
            )
            .returning(channel.id)
            .execution_options(synchronize_session=False)
        ).all()
        changed += len(rows)
    return changed


def forget_statistics(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> int:
    """Have images measured anew, in one event; for those who may change them.

    Their minimum and maximum, and so their windows, stay until they are measured. Where nothing
    had been measured there is no event.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks for it.
        image_ids: Database ids, each once.

    Returns:
        How many channels had been measured.

    Raises:
        NotFoundError: One is not there, or not visible.
        NotAllowedError: One is somebody else's and closed to the viewer.
    """
    images = visible_rows(session, viewer, models.Image, image_ids, change=True)
    require(session, viewer, Right.EDIT, images)
    levels = _measured(session, viewer, image_ids)
    if not levels:
        return 0
    event = begin_event(session, viewer, images[0].group_id)
    channel = models.Channel
    session.execute(
        sa.update(channel)
        .where(among(channel.id, levels))
        .values(
            statistics_level=None,
            statistics=None,
            update_event_id=event.id,
            version=channel.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    changes = {key: {"statistics_level": [level, None]} for key, level in levels.items()}
    log_change(session, event, channel, levels, "UPDATE", changes)
    return len(levels)


def _measured(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> dict[int, int | None]:
    """Lock the channels of images of which something is known: their levels by id."""
    channel, pixels = models.Channel, models.Pixels
    rows = session.execute(
        select_visible(viewer, channel, channel.id, channel.statistics_level)
        .join(pixels, pixels.id == channel.pixels_id)
        .where(visible(viewer, pixels), among(pixels.image_id, image_ids))
        .where(sa.or_(channel.statistics_level.is_not(None), channel.statistics.is_not(None)))
        .order_by(channel.id)
        .with_for_update(of=channel, key_share=True)
    )
    return {key: level for key, level in rows}  # noqa: C416  (rows are no pairs to mypy)


def fileset_identity(files: Sequence[ParsedFile]) -> str:
    """Hash the paths, sizes and times of files: the same set of the same files, the same text.

    Paths are those that the files came from, so that a set is known again however it came in.
    """
    facts = sorted((_text(file.came_from), file.size, file.mtime_ns) for file in files)
    return hashlib.sha256(orjson.dumps(facts)).hexdigest()


def _text(place: Path) -> str:
    path = written(place)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        name = place.name.encode(errors="replace").decode()
        raise InvalidInputError(
            f"The path of {name} is not valid UTF-8.", "Rename the file or its folder."
        ) from error
    return path


@dataclass(slots=True)
class _Draft:
    """One fileset on its way into the database."""

    parsed: ParsedFileset
    paths: list[str] = field(default_factory=list)
    identity: str = ""
    fileset_id: int | None = None
    image_ids: Sequence[int] = ()
    same: "_Draft | None" = None
    """An earlier one of the same files."""
    written: bool = False
    error: StoreError | None = None

    def __post_init__(self) -> None:
        try:
            self.paths = [_text(file.path) for file in self.parsed.files]
            self.identity = fileset_identity(self.parsed.files)
        except StoreError as error:
            self.error = error

    @property
    def is_new(self) -> bool:
        return self.error is None and self.fileset_id is None and self.same is None

    def outcome(self) -> Registered | StoreError:
        if self.same is not None:
            first = self.same.outcome()
            return replace(first, already=True) if isinstance(first, Registered) else first
        if self.error is not None:
            return self.error
        assert self.fileset_id is not None
        return Registered(self.fileset_id, tuple(self.image_ids), already=not self.written)


def _refuse_excess(session: Session, viewer: Viewer, group: int, drafts: Sequence[_Draft]) -> None:
    """Refuse filesets that are more than the viewer or the group may have; the others fit."""
    if not drafts:
        return
    room, taken = room_for(session, viewer.experimenter_id, group, lock=True), Amount()
    for draft in drafts:
        size = sum(file.size for file in draft.parsed.files)
        more = Amount(taken.images + len(draft.parsed.images), taken.bytes + size)
        try:
            room.require(more)
        except QuotaError as error:
            draft.error = error
        else:
            taken = more


def _find_registered(
    session: Session, viewer: Viewer, group: int, drafts: Sequence[_Draft]
) -> None:
    """Find out which filesets are there; one statement."""
    first: dict[str, _Draft] = {}
    for draft in drafts:
        if draft.error is None:
            kept = first.setdefault(draft.identity, draft)
            draft.same = None if kept is draft else kept
    fileset = models.Fileset
    rows = session.execute(
        select_visible(viewer, fileset, fileset.id, fileset.identity)
        .where(among(fileset.identity, first), fileset.group_id == group)
        .order_by(fileset.id.desc())
    )
    for row in rows:
        first[row.identity].fileset_id = row.id


def _name_images(
    session: Session, viewer: Viewer, drafts: Sequence[_Draft], dataset: models.Dataset | None
) -> None:
    """Name the images of filesets that were there, and link those that are missing."""
    by_fileset = {draft.fileset_id: draft for draft in drafts}
    image = models.Image
    rows = session.execute(
        select_visible(viewer, image, image.id, image.fileset_id)
        .where(among(image.fileset_id, [key for key in by_fileset if key is not None]))
        .order_by(image.fileset_id, image.series)
    ).all()
    for row in rows:
        draft = by_fileset[row.fileset_id]
        draft.image_ids = (*draft.image_ids, row.id)
    if dataset is not None:
        _link_missing(session, viewer, dataset, [row.id for row in rows])


def _refuse_overlap(session: Session, viewer: Viewer, group: int, drafts: Sequence[_Draft]) -> None:
    """Refuse filesets one of whose files is in another fileset; two statements.

    Those that are there as they are, and lie elsewhere than when they were registered, are found.
    """
    if not drafts:
        return
    roots = storage_roots(session)
    claims: dict[Place, _Draft] = {}
    for draft in drafts:
        for path in draft.paths:
            other = claims.setdefault(place_of(roots, path), draft)
            if other is not draft and draft.error is None:
                name = other.parsed.files[0].path.name
                draft.error = ConflictError(
                    f"{Path(path).name} belongs to the fileset of {name}.",
                    "Import each file as part of one fileset.",
                )
    file, entry, fileset = models.OriginalFile, models.FilesetEntry, models.Fileset
    overlaps = session.execute(
        select_visible(viewer, file, file.name, file.storage_root_id, file.path, fileset.id)
        .join(entry, entry.original_file_id == file.id)
        .join(fileset, fileset.id == entry.fileset_id)
        .where(visible(viewer, fileset), among(file.path, [path for _, path in claims]))
        .where(file.group_id == group)
        .order_by(file.id)
    )
    for overlap in overlaps.all():
        claimant = claims.get((overlap.storage_root_id, overlap.path))
        if claimant is None or claimant.fileset_id == overlap.id:
            continue
        if _facts(session, viewer, overlap.id) == {
            (*place_of(roots, path), one.size, one.mtime_ns)
            for path, one in zip(claimant.paths, claimant.parsed.files, strict=True)
        }:
            claimant.fileset_id = overlap.id
            continue
        claimant.error = ConflictError(
            f"{overlap.name} belongs to fileset {overlap.id}, and it or the files beside it have"
            " changed since that was imported.",
            f"Put the files back as they were, or delete the images of fileset {overlap.id} and"
            " import again.",
        )


def _facts(session: Session, viewer: Viewer, fileset_id: int) -> set[tuple[Any, ...]]:
    """Places, sizes and times of a fileset's files."""
    file, entry = models.OriginalFile, models.FilesetEntry
    columns = (file.storage_root_id, file.path, file.size, file.mtime_ns)
    rows = session.execute(
        select_visible(viewer, entry, *columns)
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), entry.fileset_id == fileset_id)
    )
    return {tuple(row) for row in rows}


def _write(
    session: Session,
    viewer: Viewer,
    group: int,
    drafts: Sequence[_Draft],
    dataset: models.Dataset | None,
) -> None:
    """Write filesets together; if that fails, in halves, to find those that make it fail."""
    try:
        with session.begin_nested():
            _insert(session, viewer, group, drafts, dataset)
    except (exc.IntegrityError, exc.DataError) as error:
        if len(drafts) == 1:
            drafts[0].error = explained(error)
            return
        middle = len(drafts) // 2
        _write(session, viewer, group, drafts[:middle], dataset)
        _write(session, viewer, group, drafts[middle:], dataset)


def _insert(
    session: Session,
    viewer: Viewer,
    group: int,
    drafts: Sequence[_Draft],
    dataset: models.Dataset | None,
) -> None:
    event = begin_event(session, viewer, group, EventType.IMPORT)
    owned = details(viewer, group, event)
    records = joined([described(draft.parsed, draft.identity) for draft in drafts])
    roots = storage_roots(session)
    for row in records.of(models.OriginalFile):
        row["storage_root_id"], row["path"] = place_of(roots, row["path"])
    ids = insert_records(session, records, owned, event)
    image_ids = ids[models.Image]
    if dataset is not None:
        _put_into(session, dataset, image_ids, owned, event)
    images = iter(image_ids)
    for draft, key in zip(drafts, ids[models.Fileset], strict=True):
        draft.fileset_id, draft.written = key, True
        draft.image_ids = tuple(islice(images, len(draft.parsed.images)))


def _put_into(
    session: Session,
    dataset: models.Dataset,
    image_ids: Sequence[int],
    owned: dict[str, int],
    event: models.Event,
) -> None:
    """Link images that were just made, in the dataset's group, to the dataset."""
    link = models.DatasetImageLink
    ids = new_ids(session, link, len(image_ids))
    columns = {"id": ids, "parent_id": dataset.id, "child_id": image_ids, **owned}
    insert_columns(session, link, len(ids), columns)
    count_links(session, link, ids, +1)
    pairs = {(dataset.id, key) for key in image_ids}
    record_links(session, relation("Dataset", "Image"), pairs, event, "LINK")


def _files_beside(
    session: Session, viewer: Viewer, group: int, paths: Sequence[str]
) -> dict[int, list[FileIdentity]]:
    """All files of the filesets that some files are in, or came from, by fileset."""
    file, entry = models.OriginalFile, models.FilesetEntry
    texts = [path for path in paths if path.isascii() or _is_text(path)]
    here = _filesets_at(session, viewer, group, texts)
    came = _filesets_from(session, viewer, group, [path for path in texts if path not in here])
    ids = set(here.values())
    found: defaultdict[int, list[FileIdentity]] = defaultdict(list)
    columns = (file.location, entry.client_path, file.size, file.mtime_ns, entry.fileset_id)
    rows = session.execute(
        select_visible(viewer, file, *columns)
        .join(entry, entry.original_file_id == file.id)
        .where(among(entry.fileset_id, ids | came))
        .order_by(entry.fileset_id, entry.index)
    )
    for row in rows:
        path = row.location if row.fileset_id in ids else row.client_path
        found[row.fileset_id].append(FileIdentity(path, row.size, row.mtime_ns))
    return found


def _filesets_at(
    session: Session, viewer: Viewer, group: int, paths: Sequence[str]
) -> dict[str, int]:
    """The filesets of files that are where rows say, by their paths."""
    file, entry, fileset = models.OriginalFile, models.FilesetEntry, models.Fileset
    places = dict(zip(places_of(session, paths), paths, strict=True))
    rows = session.execute(
        select_visible(viewer, fileset, fileset.id, file.storage_root_id, file.path)
        .join(entry, entry.fileset_id == fileset.id)
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), among(file.path, [path for _, path in places]))
        .where(fileset.group_id == group)
        .order_by(fileset.id)
    )
    return {places[root, path]: key for key, root, path in rows if (root, path) in places}


def _filesets_from(session: Session, viewer: Viewer, group: int, paths: Sequence[str]) -> set[int]:
    """The filesets whose files came from some places and lie elsewhere now, such as copies."""
    entry, fileset = models.FilesetEntry, models.Fileset
    rows = session.scalars(
        select_visible(viewer, fileset, fileset.id)
        .join(entry, entry.fileset_id == fileset.id)
        .where(visible(viewer, entry), among(entry.client_path, paths))
        .where(fileset.group_id == group)
    )
    return set(rows)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_unchanged(file: FileIdentity) -> bool:
    try:
        found = os.stat(file.path)  # noqa: PTH116  (a Path costs more than the question)
    except (OSError, ValueError):
        return False
    return (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns)


def _link_missing(
    session: Session, viewer: Viewer, dataset: models.Dataset, image_ids: Sequence[int]
) -> None:
    """Put those images into a dataset that are not in it."""
    link, image = models.DatasetImageLink, models.Image
    linked = session.scalars(
        select_visible(viewer, link, link.child_id).where(
            link.parent_id == dataset.id, among(link.child_id, image_ids)
        )
    )
    missing = set(image_ids).difference(linked)
    if missing:
        images = session.scalars(
            select_visible(viewer, image).where(among(image.id, missing)).order_by(image.id)
        ).all()
        link_children(session, viewer, link, dataset, images)
