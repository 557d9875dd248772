"""Rows of every editable kind: make and change many at once, checked before anything is written."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from store import models
from store.access import Right, Viewer, group_for, kind_of, select_visible
from store.edits.columns import cleaned, columns_of, dimension_of
from store.edits.counters import count_rows
from store.edits.history import begin_event, details, log_change
from store.edits.outcomes import Outcome, Status, settle
from store.edits.references import Targets, circles, find_targets, given_all, same_group
from store.edits.shareable import refuse_foreign_children
from store.errors import ConflictError, InvalidInputError, NotFoundError, StoreError
from store.models.among import among
from store.models.names import Named, sort_key

_FILES = "It describes files; import or delete them."
_LINKS = "Link and unlink the rows that it connects."
_SHAPES = "Change it with its ROI: its place on the image is computed from all its values."
NOT_EDITED: Mapping[type[models.Base], str] = {
    **dict.fromkeys(
        (models.Fileset, models.FilesetEntry, models.OriginalFile, models.TiffData, models.BinData),
        _FILES,
    ),
    models.Job: "Jobs are changed by the work that they stand for.",
    models.Shape: _SHAPES,
    **dict.fromkeys(
        (
            models.AnnotationLink,
            models.DatasetImageLink,
            models.FilterSetEmissionFilterLink,
            models.FilterSetExcitationFilterLink,
            models.FolderImageLink,
            models.FolderROILink,
            models.ImageMicrobeamManipulationLink,
            models.LightPathEmissionFilterLink,
            models.LightPathExcitationFilterLink,
            models.MicrobeamManipulationROILink,
            models.PersonGroupMember,
            models.ProjectDatasetLink,
            models.ProtocolFileLink,
            models.ProtocolInstrumentLink,
            models.ProtocolLink,
            models.RunLink,
            models.ScreenPlateLink,
            models.WellReagentLink,
        ),
        _LINKS,
    ),
}
"""Kinds that are not made and changed as rows, and what to do instead."""
NOT_CREATED: Mapping[type[models.Base], str] = {
    **dict.fromkeys((models.Image, models.Pixels, models.Channel, models.Plane), _FILES),
    models.RenderingSettings: "Save the settings of the image instead.",
}
"""Kinds that are changed, but come with files or are saved."""

_RIGHTS: Mapping[tuple[type[models.Base], str], Right] = {(models.ROI, "image_id"): Right.ANNOTATE}
"""Which right a reference needs where it is not `Right.LINK`."""
_CIRCULAR: Mapping[type[models.Base], str] = {
    models.Folder: "parent_id",
    models.Protocol: "previous_id",
    models.Laser: "pump_id",
}
"""Kinds that refer to their own, and must not in a circle."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """What is to be different about one row."""

    id: int
    version: int | None
    """The version that the caller saw; none changes whatever is there."""
    values: Mapping[str, Any]
    """Column → value; columns that are not named stay as they are."""


@dataclass(slots=True)
class _Draft:
    """One item on its way into the table."""

    index: int
    values: dict[str, Any] = field(default_factory=dict)
    row: Any = None
    group_id: int = 0
    changes: dict[str, list[Any]] = field(default_factory=dict)
    error: StoreError | None = None

    def attempt(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do one step of the checks, and remember why it failed."""
        if self.error is None:
            try:
                step(self, *arguments)
            except StoreError as error:
                self.error = error


@cache
def editable() -> Mapping[str, type[models.Base]]:
    """List the kinds that `update` takes, by name; `create` takes those not in NOT_CREATED."""
    found: dict[str, type[models.Base]] = {
        mapper.class_.__name__: mapper.class_
        for mapper in models.Base.registry.mappers
        if issubclass(mapper.class_, models.Owned)
        and issubclass(mapper.class_, models.Base)
        and not mapper.polymorphic_abstract
    }
    return {
        name: kind
        for name, kind in sorted(found.items())
        if not any(issubclass(kind, other) for other in NOT_EDITED)
    }


def create(
    session: Session,
    viewer: Viewer,
    entity: type[models.Base],
    items: Sequence[Mapping[str, Any]],
    *,
    group_id: int | None = None,
    partial: bool = False,
) -> list[Outcome]:
    """Make rows of one kind, owned by the viewer; for those who may link what they refer to.

    A constant number of statements, whatever the number of rows.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes them.
        entity: Class of the rows, the concrete one of light sources and annotations.
        items: Column → value of each row.
        group_id: Where rows go that are no part of others; the viewer's default group if none.
            Parts go to the group of what they are part of.
        partial: Make those that can be made also where others cannot.

    Returns:
        What became of each item, in their order.

    Raises:
        InvalidInputError: Rows of this kind are not made this way.
        RefusedError: An item cannot be made, and `partial` is false: nothing is written.
    """
    _refuse_kind(entity, NOT_EDITED)
    _refuse_kind(entity, NOT_CREATED)
    drafts = [_Draft(index) for index in range(len(items))]
    for draft, item in zip(drafts, items, strict=True):
        draft.attempt(_fill, entity, item)
    targets = find_targets(session, viewer, _wanted(entity, drafts))
    for draft in drafts:
        draft.attempt(_place, entity, targets, viewer, group_id)
        draft.attempt(_refer, entity, targets)
    _refuse_sharing(session, viewer, entity, drafts)
    _refuse_duplicates(session, entity, drafts)
    _settle(entity, drafts, partial)
    good = [draft for draft in drafts if draft.error is None]
    if good:
        _insert(session, viewer, entity, good)
    return [
        Outcome(draft.index, entity.__name__, draft.values.get("id"), Status.DONE)
        if draft.error is None
        else _failed(entity, draft)
        for draft in drafts
    ]


def update(
    session: Session,
    viewer: Viewer,
    entity: type[models.Base],
    items: Sequence[RowChange],
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Change rows of one kind; for those who may edit them and link what they will refer to.

    A constant number of statements, whatever the number of rows.

    Args:
        session: Of the caller's transaction.
        viewer: Who changes them.
        entity: Class of the rows; a class of several kinds takes rows of one kind only.
        items: What is to be different.
        partial: Change those that can be changed also where others cannot.

    Returns:
        What became of each item, in their order.

    Raises:
        InvalidInputError: Rows of this kind are not changed this way.
        RefusedError: An item cannot be changed, and `partial` is false: nothing is written.
    """
    _refuse_kind(entity, NOT_EDITED)
    rows = _locked(session, viewer, entity, [item.id for item in items])
    drafts = [_Draft(index, row=rows.get(item.id)) for index, item in enumerate(items)]
    permissions = replace(
        find_targets(session, viewer, (), {row.group_id for row in rows.values()}),
        granted=given_all(session, viewer, _by_class(rows.values())),
    )
    late = _late(session, rows, items)
    seen: set[int] = set()
    for draft, item in zip(drafts, items, strict=True):
        draft.attempt(_change, entity, item, permissions, late, seen)
    wanted = _wanted(entity, drafts)
    targets = permissions
    if wanted:
        targets = find_targets(session, viewer, wanted, permissions.permissions)
    for draft in drafts:
        draft.attempt(_refer, entity, targets)
    _refuse_circles(session, entity, drafts)
    _refuse_sharing(session, viewer, entity, drafts)
    _refuse_duplicates(session, entity, drafts)
    _settle(entity, drafts, partial, items)
    good = [draft for draft in drafts if draft.error is None and draft.values]
    if good:
        _write(session, viewer, entity, good)
    return [_changed(entity, draft, item.id) for draft, item in zip(drafts, items, strict=True)]


def _refuse_kind(entity: type[models.Base], reasons: Mapping[type[models.Base], str]) -> None:
    for kind, remedy in reasons.items():
        if issubclass(entity, kind):
            raise InvalidInputError(f"A {kind_of(kind)} is not made or changed by itself.", remedy)


def _fill(draft: _Draft, entity: type[models.Base], item: Mapping[str, Any]) -> None:
    columns = columns_of(entity)
    _refuse_unknown(entity, item)
    given = {name: cleaned(entity, columns[name], value) for name, value in item.items()}
    for name, facts in columns.items():
        if facts.required and given.get(name) is None:
            cleaned(entity, facts, None)  # says what is missing
    default = {name for name, value in given.items() if value is None}
    table = entity.__table__.columns
    draft.values = {
        name: value
        for name, value in given.items()
        if name not in default or table[name].default is None
    }
    _pair_units(entity, draft.values, {})


def _refuse_unknown(entity: type[models.Base], names: Collection[str]) -> None:
    unknown = sorted(set(names) - columns_of(entity).keys())
    if unknown:
        raise InvalidInputError(
            f"A {kind_of(entity)} has no {unknown[0]} that can be set.",
            f"It has {', '.join(columns_of(entity)) or 'none'}.",
        )


def _pair_units(
    entity: type[models.Base], values: dict[str, Any], before: Mapping[str, Any]
) -> None:
    """Give every quantity its unit, and take the unit from what has no value."""
    for name, facts in columns_of(entity).items():
        quantity = facts.unit_of
        if quantity is None or not {name, quantity} & values.keys():
            continue
        value = values.get(quantity, before.get(quantity))
        unit = values.get(name, before.get(name))
        if value is None and values.get(name) is not None:
            raise InvalidInputError(
                f"A unit is given for {quantity.replace('_', ' ')}, which has no value.",
                "Give both, or neither.",
            )
        usual = dimension_of(quantity)[1]
        values[name] = None if value is None else unit or usual


def _wanted(
    entity: type[models.Base], drafts: Sequence[_Draft]
) -> set[tuple[type[models.Base], int]]:
    return {
        (facts.references, draft.values[name])
        for name, facts in columns_of(entity).items()
        if facts.references is not None
        for draft in drafts
        if draft.error is None and draft.values.get(name) is not None
    }


def _place(
    draft: _Draft,
    entity: type[models.Base],
    targets: Targets,
    viewer: Viewer,
    group_id: int | None,
) -> None:
    """Choose the group of a new row: that of what it is part of, else the one asked for."""
    whole = next(
        (
            targets.target(facts.references, draft.values[name], _right(entity, name))
            for name, facts in columns_of(entity).items()
            if facts.references is not None
            and (facts.fixed or name in ("parent_id", "image_id", "channel_id"))
            and draft.values.get(name) is not None
        ),
        None,
    )
    if whole is None:
        draft.group_id = group_for(viewer, group_id)
    else:
        draft.group_id = group_for(viewer, whole.group_id)
        if group_id not in (None, whole.group_id):
            raise InvalidInputError(
                f"A {kind_of(entity)} is in the group of what it is part of.",
                "Leave the group out.",
            )


def _right(entity: type[models.Base], name: str) -> Right:
    return _RIGHTS.get((entity, name), Right.LINK)


def _refer(draft: _Draft, entity: type[models.Base], targets: Targets) -> None:
    for name, facts in columns_of(entity).items():
        if facts.references is None or draft.values.get(name) is None:
            continue
        target = targets.target(facts.references, draft.values[name], _right(entity, name))
        key = None if draft.row is None else draft.row.id
        same_group(entity, key, draft.group_id, target)


def _refuse_circles(session: Session, entity: type[models.Base], drafts: Sequence[_Draft]) -> None:
    column = _CIRCULAR.get(entity)
    if column is None:
        return
    parents = {
        draft.row.id: draft.values[column]
        for draft in drafts
        if draft.error is None and draft.values.get(column) is not None
    }
    table = models.LightSource if entity is models.Laser else entity
    refusals = circles(session, table, column, parents)
    for draft in drafts:
        if draft.error is None:
            draft.error = refusals.get(draft.row.id)


def _unique_keys(entity: type[models.Base]) -> list[tuple[str, ...]]:
    table: Any = entity.__table__
    return [
        tuple(column.key for column in index.columns)
        for index in sorted(table.indexes, key=lambda index: str(index.name))
        if index.unique and {column.key for column in index.columns} & columns_of(entity).keys()
    ]


def _refuse_duplicates(
    session: Session, entity: type[models.Base], drafts: Sequence[_Draft]
) -> None:
    for key in _unique_keys(entity):
        claims: defaultdict[tuple[Any, ...], list[_Draft]] = defaultdict(list)
        for draft in drafts:
            if draft.error is None and any(name in draft.values for name in key):
                values = tuple(
                    draft.values.get(name, getattr(draft.row, name, None)) for name in key
                )
                if None not in values:
                    claims[values].append(draft)
        taken = _taken(session, entity, key, claims)
        for values, claimants in claims.items():
            mine = [draft for draft in claimants if draft.row and draft.row.id == taken.get(values)]
            free = values not in taken or bool(mine)
            for draft in claimants[1 if free else 0 :]:
                text = ", ".join(
                    f"{name} {value}" for name, value in zip(key, values, strict=True)
                ).replace("_id", "")
                draft.error = ConflictError(
                    f"There is a {kind_of(entity)} of {text} already.", "Change that one instead."
                )


def _taken(
    session: Session,
    entity: type[models.Base],
    key: tuple[str, ...],
    claims: Mapping[tuple[Any, ...], Any],
) -> dict[tuple[Any, ...], int]:
    if not claims:
        return {}
    table: Any = entity
    first = getattr(table, key[0])
    # Also what the viewer does not see: it stands in the way all the same.
    rows = session.execute(
        sa.select(*(getattr(table, name) for name in key), table.id).where(
            among(first, {values[0] for values in claims}), table.deleted_event_id.is_(None)
        )
    )
    return {tuple(row)[:-1]: row.id for row in rows}


def _settle(
    entity: type[models.Base],
    drafts: Sequence[_Draft],
    partial: bool,
    items: Sequence[RowChange] = (),
) -> None:
    keys: list[int | None] = [item.id for item in items] or [None] * len(drafts)
    settle(
        [
            Outcome(
                draft.index,
                entity.__name__,
                key,
                Status.FAILED if draft.error is not None else Status.DONE,
                draft.error,
            )
            for draft, key in zip(drafts, keys, strict=True)
        ],
        partial=partial,
    )


def _failed(entity: type[models.Base], draft: _Draft, key: int | None = None) -> Outcome:
    return Outcome(draft.index, entity.__name__, key, Status.FAILED, draft.error)


def _changed(entity: type[models.Base], draft: _Draft, key: int) -> Outcome:
    if draft.error is not None:
        return _failed(entity, draft, key)
    status = Status.DONE if draft.values else Status.UNCHANGED
    return Outcome(draft.index, type(draft.row).__name__, key, status)


def _insert(
    session: Session, viewer: Viewer, entity: type[models.Base], drafts: Sequence[_Draft]
) -> None:
    table = entity.__table__.columns
    used = sorted({name for draft in drafts for name in draft.values})
    event = begin_event(session, viewer, drafts[0].group_id)
    rows = []
    for draft in drafts:
        row = {name: draft.values.get(name, _default(table[name])) for name in used}
        if "kind" in table:
            row["kind"] = entity.__name__
        rows.append(row | _followers(entity, row) | details(viewer, draft.group_id, event))
    ids = _insert_in_order(session, viewer, entity, rows, event)
    for draft, key in zip(drafts, ids, strict=True):
        draft.values["id"] = key
    log_change(session, event, entity, ids, "INSERT")
    count_rows(session, entity, ids, +1)


def _insert_in_order(
    session: Session,
    viewer: Viewer,
    entity: type[models.Base],
    rows: Sequence[Mapping[str, Any]],
    event: models.Event,
) -> Sequence[int]:
    """Insert any number of rows in three statements, and return their ids in the same order.

    RETURNING would be sent in batches: 10 statements for 1,000 wells on SQLite.
    """
    kind: Any = entity
    last = session.scalar(sa.select(sa.func.max(kind.id))) or 0
    session.execute(sa.insert(entity).execution_options(render_nulls=True), rows)
    return session.scalars(
        select_visible(viewer, entity, kind.id)
        .where(kind.id > last, kind.creation_event_id == event.id)
        .order_by(kind.id)
    ).all()


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None


def _followers(entity: type[models.Base], values: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the columns that follow from those that are set."""
    found = {}
    if issubclass(entity, Named) and "name" in values:
        found["sort_name"] = sort_key(values["name"])
    if entity in (models.TagAnnotation, models.TermAnnotation) and "text_value" in values:
        found["text_key"] = sort_key(values["text_value"])
    return found


def _locked(
    session: Session, viewer: Viewer, entity: type[models.Base], ids: Collection[int]
) -> dict[int, Any]:
    kind: Any = entity
    statement = (
        select_visible(viewer, entity)
        .where(among(kind.id, ids))
        .order_by(kind.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in session.scalars(statement)}


def _refuse_sharing(
    session: Session, viewer: Viewer, entity: type[models.Base], drafts: Sequence[_Draft]
) -> None:
    """Refuse images in wells of plates that are shared, which the viewer may not share."""
    if entity is not models.WellSample:
        return
    pairs: dict[int, tuple[tuple[str, int], tuple[str, int]]] = {}
    for draft in drafts:
        image = draft.values.get("image_id")
        well = draft.values.get("well_id") or getattr(draft.row, "well_id", None)
        if draft.error is None and image is not None and well is not None:
            pairs[draft.index] = (("Well", well), ("Image", image))
    refused = refuse_foreign_children(session, viewer, pairs.values()) if pairs else {}
    for draft in drafts:
        pair = pairs.get(draft.index)
        draft.error = draft.error or (refused.get(pair) if pair is not None else None)


def _by_class(rows: Iterable[Any]) -> dict[type[models.Base], set[int]]:
    found: defaultdict[type[models.Base], set[int]] = defaultdict(set)
    for row in rows:
        found[type(row)].add(row.id)
    return found


def _late(
    session: Session, rows: Mapping[int, Any], items: Sequence[RowChange]
) -> dict[int, ConflictError]:
    """Say of rows that have changed since the caller saw them who changed them, and when."""
    stale = {
        item.id: rows[item.id].update_event_id
        for item in items
        if item.id in rows and item.version not in (None, rows[item.id].version)
    }
    if not stale:
        return {}
    event, person = models.Event, models.Experimenter
    events = {
        row.id: row
        for row in session.execute(
            sa.select(event.id, event.time, person.user_name)
            .join(person, person.id == event.experimenter_id)
            .where(among(event.id, stale.values()))
        )
    }
    return {
        key: ConflictError(
            f"{type(rows[key]).__name__} {key} was changed meanwhile by {events[found].user_name}"
            f" at {_time(events[found].time)}; its version is {rows[key].version} now.",
            "Load it again, then decide what to change.",
        )
        for key, found in stale.items()
    }


def _time(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _change(
    draft: _Draft,
    entity: type[models.Base],
    item: RowChange,
    permissions: Targets,
    late: Mapping[int, ConflictError],
    seen: set[int],
) -> None:
    row = draft.row
    if row is None:
        raise NotFoundError(kind_of(entity), item.id)
    if item.id in seen:
        raise InvalidInputError(f"{entity.__name__} {item.id} is named twice.", "Name it once.")
    seen.add(item.id)
    permissions.require(type(row), row, Right.EDIT)
    if item.id in late:
        raise late[item.id]
    kind: type[models.Base] = type(row)
    columns = columns_of(kind)
    _refuse_unknown(kind, item.values)
    values = {name: cleaned(kind, columns[name], value) for name, value in item.values.items()}
    before = {name: getattr(row, name) for name in columns}
    _pair_units(kind, values, before)
    draft.group_id = row.group_id
    draft.changes = {
        name: [before[name], value] for name, value in values.items() if before[name] != value
    }
    fixed = [name for name in draft.changes if columns[name].fixed]
    if fixed:
        raise InvalidInputError(
            f"The {columns[fixed[0]].label} of a {kind_of(kind)} stays as it was made.",
            "Make a new one there, and delete this one.",
        )
    draft.values = {name: value for name, (_, value) in draft.changes.items()}


def _write(
    session: Session, viewer: Viewer, entity: type[models.Base], drafts: Sequence[_Draft]
) -> None:
    event = begin_event(session, viewer, drafts[0].group_id)
    for draft in drafts:
        draft.values |= _followers(type(draft.row), draft.values)
        draft.values |= {"update_event_id": event.id, "version": draft.row.version + 1}
    used = sorted({name for draft in drafts for name in draft.values})
    moved = [draft.row.id for draft in drafts if "parent_id" in draft.values]
    if entity is models.Folder:
        count_rows(session, entity, moved, -1)
    session.execute(
        sa.update(entity),
        [
            {"id": draft.row.id}
            | {name: draft.values.get(name, getattr(draft.row, name)) for name in used}
            for draft in drafts
        ],
    )
    for draft in drafts:
        for name, value in draft.values.items():
            set_committed_value(draft.row, name, value)
    if entity is models.Folder:
        count_rows(session, entity, moved, +1)
    changes = {draft.row.id: draft.changes for draft in drafts}
    log_change(session, event, entity, changes, "UPDATE", changes)
