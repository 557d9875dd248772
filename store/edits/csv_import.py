"""Key–values from a table: which objects its rows mean, what would change, and the change."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, select_visible, visible, visible_row
from store.edits.annotatable import Place, places
from store.edits.annotation_rows import Pair, Pairs, clean_namespace
from store.edits.csv_table import Line, Table
from store.edits.key_values import Kept, Mode, merged, own_pairs, write_pairs
from store.edits.outcomes import Ref
from store.errors import InvalidInputError, StoreError
from store.models.among import among
from store.models.annotations import CLIENT_MAP_NAMESPACE
from store.models.names import sort_key
from store.models.pairs import folded

_ID = re.compile(r"(?:([A-Z][A-Za-z]{0,63}):)?([1-9][0-9]{0,17})", re.ASCII)
_WELL = re.compile(r"([A-Za-z]{1,2})\s*0*([1-9][0-9]{0,3})", re.ASCII)


type Names = Mapping[Any, Sequence[int]]
"""What objects are looked up by → their ids."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What one row of a table does to one object."""

    line: int
    name: str
    """The object as the table names it."""
    target: Ref | None = None
    added: Pairs = ()
    changed: Sequence[tuple[str, str, str]] = ()
    """Key, value before, value after."""
    removed: Pairs = ()
    error: StoreError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table does, or has done."""

    rows: Sequence[RowPlan]
    applied: bool = False

    @property
    def failed(self) -> int:
        """How many rows have errors."""
        return sum(row.error is not None for row in self.rows)


@dataclass(frozen=True, slots=True)
class TableImport:
    """How a table is to be understood."""

    kind: str
    """Type of the objects that its rows mean, such as Image or Well."""
    parent: Ref | None = None
    """Container in which names are looked up; without one, everywhere."""
    column: str | None = None
    """Heading of the column that names the objects; the first, if not given."""
    mode: Mode = Mode.REPLACE_KEYS
    """With `REPLACE_KEYS`, an empty cell takes the key away."""
    namespace: str = CLIENT_MAP_NAMESPACE


def import_key_values(
    session: Session, viewer: Viewer, table: Table, request: TableImport, *, dry_run: bool
) -> Plan:
    """Write the rows of a table as key–values of objects: all rows, or none where one fails.

    For those who may annotate the objects. The number of statements does not depend on the table.

    Args:
        session: Of the caller's transaction.
        viewer: Who writes, and whose annotations they are.
        table: One column names objects, by id or by name; the others are keys.
        request: How it is to be understood.
        dry_run: Only say what would change.

    Returns:
        What each row does; nothing is written where a row has an error.

    Raises:
        InvalidInputError: No such column, or names of this type cannot be looked up there.
        NotFoundError: No such container.
    """
    namespace = clean_namespace(request.namespace)
    column = 0 if request.column is None else table.column(request.column)
    rows = _named(session, viewer, table, column, request)
    found = places(session, viewer, [row.target or ("", 0) for row in rows], Right.ANNOTATE)
    rows = _placed(rows, found)
    good = [n for n, row in enumerate(rows) if row.error is None]
    chosen = [place for n in good if isinstance(place := found[n], Place)]
    kept = own_pairs(session, viewer, chosen, namespace)
    changes: list[tuple[Kept, Pairs]] = []
    for number, one in zip(good, kept, strict=True):
        new = _after(one.pairs, table.headings, table.lines[number].cells, column, request.mode)
        rows[number] = _compared(rows[number], one.pairs, new)
        if new != one.pairs:
            changes.append((one, new))
    plan = Plan(rows)
    if dry_run or plan.failed:
        return plan
    write_pairs(session, viewer, changes, namespace)
    return replace(plan, applied=True)


def _named(
    session: Session, viewer: Viewer, table: Table, column: int, request: TableImport
) -> list[RowPlan]:
    """Find out which object each row means, by id where all cells are ids, else by name."""
    cells = [line.cells[column] for line in table.lines]
    heading = folded(table.headings[column])
    kind = request.kind
    given = [cell for line, cell in zip(table.lines, cells, strict=True) if line.error is None]
    named = heading in ("id", f"{kind.casefold()} id", f"{kind.casefold()}id", kind.casefold())
    by_id = bool(given) and named and all(_ID.fullmatch(cell) for cell in given)
    if by_id:
        return [_by_id(line, cell, kind) for line, cell in zip(table.lines, cells, strict=True)]
    known = _ids_by_name(session, viewer, kind, request.parent, set(given))
    if (kind, "" if request.parent is None else request.parent[0]) == ("Image", "Plate"):
        known = _with_wells(session, viewer, request.parent, set(given), known)
    return [
        _by_name(line, cell, kind, known) for line, cell in zip(table.lines, cells, strict=True)
    ]


def _with_wells(
    session: Session, viewer: Viewer, plate: Ref | None, names: set[str], known: Names
) -> Names:
    """Find images of a plate by their wells too, where no image has such a name."""
    assert plate is not None
    wanted = {name: place for name in names - known.keys() if (place := _place(name)) is not None}
    if not wanted:
        return known
    well, sample, image = models.Well, models.WellSample, models.Image
    rows = session.execute(
        select_visible(viewer, image, image.id, well.row, well.column)
        .join(sample, sa.and_(sample.image_id == image.id, visible(viewer, sample)))
        .join(well, sa.and_(well.id == sample.well_id, visible(viewer, well)))
        .where(well.plate_id == plate[1])
        .order_by(image.id)
    )
    inside: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in rows:
        inside[row.row, row.column].append(row.id)
    return {**known, **{name: inside.get(place, []) for name, place in wanted.items()}}


def _by_id(line: Line, cell: str, kind: str) -> RowPlan:
    found = _ID.fullmatch(cell)
    if line.error is not None or found is None:
        return RowPlan(line.number, cell, error=line.error)
    if found[1] not in (None, kind):
        error = InvalidInputError(
            f"Line {line.number}: {cell} is no {kind}.", f"Give ids such as {kind}:42."
        )
        return RowPlan(line.number, cell, error=error)
    return RowPlan(line.number, cell, (kind, int(found[2])))


def _by_name(line: Line, cell: str, kind: str, known: Names) -> RowPlan:
    if line.error is not None:
        return RowPlan(line.number, cell, error=line.error)
    ids = known.get(_name_key(kind, cell), ())
    error: StoreError | None = None
    if not cell:
        error = InvalidInputError(f"Line {line.number}: the {kind} is not named.", "Name it.")
    elif not ids:
        error = InvalidInputError(
            f"Line {line.number}: no {kind} {cell[:200]!r}.", "Check the name and the container."
        )
    elif len(ids) > 1:
        error = InvalidInputError(
            f"Line {line.number}: {len(ids)} objects of the type {kind} are named {cell[:200]!r}.",
            "Name a smaller container, or give ids in a column with the heading id.",
        )
    return RowPlan(line.number, cell, None if error else (kind, ids[0]), error=error)


def _placed(rows: Sequence[RowPlan], found: Sequence[Place | StoreError]) -> list[RowPlan]:
    """Note which rows mean what the viewer may not annotate, or what another row means."""
    lines: dict[Ref, int] = {}
    result = []
    for row, place in zip(rows, found, strict=True):
        error = row.error
        if error is None and isinstance(place, StoreError):
            error = place
        elif error is None and row.target is not None:
            first = lines.setdefault(row.target, row.line)
            if first != row.line:
                error = InvalidInputError(
                    f"Line {row.line}: {row.name[:200]!r} stands in line {first} already.",
                    "Write one row for each object.",
                )
        result.append(replace(row, error=error))
    return result


def _after(
    old: Pairs, headings: Sequence[str], cells: Sequence[str], column: int, mode: Mode
) -> Pairs:
    """Return the pairs that an object has after a row is written."""
    columns = [
        (key, cell)
        for n, (key, cell) in enumerate(zip(headings, cells, strict=True))
        if n != column
    ]
    new = tuple((key, cell) for key, cell in columns if cell)
    if mode is Mode.REPLACE_KEYS:
        empty = {folded(key) for key, cell in columns if not cell}
        old = tuple(pair for pair in old if folded(pair[0]) not in empty)
    return merged(old, new, mode)


def _compared(row: RowPlan, old: Pairs, new: Pairs) -> RowPlan:
    """Say what is different, key by key."""
    before, after = _by_key(old), _by_key(new)
    added: list[Pair] = []
    removed: list[Pair] = []
    changed: list[tuple[str, str, str]] = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, []), after.get(key, [])
        if len(was) == len(now) == 1 and was != now:
            changed.append((now[0][0], was[0][1], now[0][1]))
        else:
            added += [pair for pair in now if pair not in was]
            removed += [pair for pair in was if pair not in now]
    return replace(row, added=tuple(added), changed=changed, removed=tuple(removed))


def _by_key(pairs: Pairs) -> dict[str, list[Pair]]:
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[folded(pair[0])].append(pair)
    return found


def _name_key(kind: str, name: str) -> Any:
    """Return what a name is looked up by: row and column of wells, else the name."""
    return _place(name) if kind == "Well" else name


def _place(name: str) -> tuple[int, int] | None:
    """Read the name of a well such as A1 or b07 as row and column, from 0."""
    found = _WELL.fullmatch(name)
    if found is None:
        return None
    row = 0
    for letter in found[1].upper():
        row = row * 26 + ord(letter) - ord("A") + 1
    return row - 1, int(found[2]) - 1


def _ids_by_name(
    session: Session, viewer: Viewer, kind: str, parent: Ref | None, names: set[str]
) -> Names:
    """Look up names in a container, or everywhere; one statement besides that for the container."""
    container = "" if parent is None else parent[0]
    known: defaultdict[Any, list[int]] = defaultdict(list)
    if (kind, container) not in _WHERE:
        places_known = ", ".join(sorted(c for k, c in _WHERE if k == kind and c))
        raise InvalidInputError(
            f"Names of the type {kind} cannot be looked up in {container or 'everything'}.",
            f"Name one of {places_known}." if places_known else "Give ids in a column named id.",
        )
    if parent is not None:
        visible_row(session, viewer, getattr(models, container), parent[1])
    entity: Any = getattr(models, kind)
    if kind == "Well":
        assert parent is not None
        wells = select_visible(viewer, entity, entity.row, entity.column, entity.id)
        for row, column, key in session.execute(wells.where(entity.plate_id == parent[1])):
            known[row, column].append(key)
        return known
    statement = select_visible(viewer, entity, entity.name, entity.id).where(
        among(entity.sort_name, {sort_key(name) for name in names}), among(entity.name, names)
    )
    for link, mine, theirs in _WHERE[kind, container]:
        statement = statement.join(link, sa.and_(mine == theirs, visible(viewer, link)))
    if parent is not None:
        statement = statement.where(_PARENT[kind, container] == parent[1])
    for name, key in session.execute(statement.distinct().order_by(entity.id)):
        known[name].append(key)
    return known


type _Joins = Sequence[tuple[Any, Any, Any]]

_IN_DATASET = (
    models.DatasetImageLink,
    models.DatasetImageLink.child_id,
    models.Image.id,
)
_IN_PROJECT = (
    models.ProjectDatasetLink,
    models.ProjectDatasetLink.child_id,
    models.DatasetImageLink.parent_id,
)
_IN_FOLDER = (models.FolderImageLink, models.FolderImageLink.child_id, models.Image.id)
_IN_WELL = (models.WellSample, models.WellSample.image_id, models.Image.id)
_IN_PLATE = (models.Well, models.Well.id, models.WellSample.well_id)

_WHERE: Mapping[tuple[str, str], _Joins] = {
    **{(kind, ""): () for kind in ("Project", "Dataset", "Image", "Screen", "Plate", "Folder")},
    ("Image", "Dataset"): (_IN_DATASET,),
    ("Image", "Project"): (_IN_DATASET, _IN_PROJECT),
    ("Image", "Folder"): (_IN_FOLDER,),
    ("Image", "Plate"): (_IN_WELL, _IN_PLATE),
    ("Dataset", "Project"): (
        (models.ProjectDatasetLink, models.ProjectDatasetLink.child_id, models.Dataset.id),
    ),
    ("Plate", "Screen"): (
        (models.ScreenPlateLink, models.ScreenPlateLink.child_id, models.Plate.id),
    ),
    ("Well", "Plate"): (),
}
"""Kind and container → the links between them."""
_PARENT: Mapping[tuple[str, str], Any] = {
    ("Image", "Dataset"): models.DatasetImageLink.parent_id,
    ("Image", "Project"): models.ProjectDatasetLink.parent_id,
    ("Image", "Folder"): models.FolderImageLink.parent_id,
    ("Image", "Plate"): models.Well.plate_id,
    ("Dataset", "Project"): models.ProjectDatasetLink.parent_id,
    ("Plate", "Screen"): models.ScreenPlateLink.parent_id,
}
