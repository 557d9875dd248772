"""Rows of a document become rows of the database: every table in one go."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.archiving.sums import SHA256
from store.documents.parts import Table
from store.documents.records import TABLES, Records, Row, foreign_keys
from store.edits.bulk import insert_columns, new_ids
from store.edits.counters import FAMILIES, count_links, count_rows
from store.edits.geometry import FEWEST_POINTS, TRANSFORM, boxes, parse_points
from store.edits.history import log_change
from store.edits.shapes import BOX, PLACED
from store.errors import InvalidInputError
from store.models.names import Named, sort_key
from store.models.pairs import pair_row
from store.models.places import places

type Ids = dict[Table, Sequence[int]]
"""Of the rows of a document: number → database id."""

LOGGED: tuple[Table, ...] = (
    models.Fileset,
    *(models.Project, models.Dataset, models.Folder, models.Experiment, models.Plate),
    *(models.Screen, models.Person, models.PersonGroup, models.Instrument, models.Image),
    *(models.Annotation, models.ROI, models.Protocol),
)
"""What is recorded row by row; all else is part of one of these."""

_NO_PIXELS = {"reader": "none", "version": 1, "levels": []}
_BY_CLASS = {table.__name__: table for table in TABLES}


def insert_records(
    session: Session,
    records: Records,
    owned: Mapping[str, int],
    event: models.Event,
    more: Mapping[Table, Mapping[str, Any]] | None = None,
    known: Mapping[Table, Sequence[int]] | None = None,
) -> Ids:
    """Write the rows of a document; two statements for each table, however many rows.

    Args:
        session: Of the caller's transaction; rights have been checked.
        records: The rows; foreign keys are numbers of other rows.
        owned: Columns of `models.Owned`, the same for all rows.
        event: What the rows are made in.
        more: Further columns of a table that are the same for all its rows.
        known: Database ids of rows that are there already, by table; they are not written.

    Returns:
        The database ids, in the order of the records.
    """
    ids: Ids = dict(known or {})
    _add_protocols(records)
    _describe(records)
    new = [table for table in TABLES if records.of(table) and table not in ids]
    for table in new:
        ids[table] = new_ids(session, table, len(records.of(table)))
    for table in new:
        _insert(session, table, records.of(table), ids, dict(owned), (more or {}).get(table, {}))
    for table in sorted(new, key=lambda table: table is not models.Fileset):
        if table in LOGGED:
            log_change(session, event, table, ids[table], "INSERT")
    _count(session, new, ids)
    return ids


def _insert(
    session: Session,
    table: Table,
    rows: Sequence[Row],
    ids: Ids,
    owned: Mapping[str, int],
    more: Mapping[str, Any],
) -> None:
    columns: dict[str, Any] = {"id": list(ids[table])}
    targets = dict(foreign_keys(table))
    for name in rows[0]:
        column = [row[name] for row in rows]
        if name in targets and name not in more:
            places = ids.get(targets[name], ())
            column = [None if place is None else places[place] for place in column]
        columns[name] = column
    if "parent_type" in rows[0]:
        columns["parent_id"] = [
            ids[_BY_CLASS[row["parent_type"]]][row["parent_id"]] for row in rows
        ]
    columns |= more
    if issubclass(table, models.Owned):
        columns |= owned
    if table in (models.Folder, models.LightSource):
        _sort_parents_first(columns, rows, "parent_id" if table is models.Folder else "pump_id")
    insert_columns(session, table, len(rows), columns)


def _sort_parents_first(columns: dict[str, Any], rows: Sequence[Row], parent: str) -> None:
    """Put rows after those of the same table that they point at, as SQLite wants them."""
    depths: dict[int, int] = {}
    for number in range(len(rows)):
        path = []
        at: int | None = number
        while at is not None and at not in depths:
            path.append(at)
            at = rows[at][parent]
        depth = -1 if at is None else depths[at]
        for place in reversed(path):
            depth += 1
            depths[place] = depth
    order = sorted(range(len(rows)), key=depths.__getitem__)
    for name, column in columns.items():
        if isinstance(column, list):
            columns[name] = [column[number] for number in order]


def _count(session: Session, tables: Sequence[Table], ids: Ids) -> None:
    links = {family.link for family in FAMILIES if family.link is not None}
    for table in tables:
        if table in links:
            count_links(session, table, ids[table], +1)
        else:
            count_rows(session, table, ids[table], +1)


def _add_protocols(records: Records) -> None:
    """Make a protocol of what screens and experiments say of how they were done."""
    for number, screen in enumerate(records.of(models.Screen)):
        said = screen.pop("protocol", None)
        if said:
            identifier, description = said.get("identifier"), said.get("description")
            name = identifier or screen["name"] or "Screen"
            key = _protocol(records, "screen", name, identifier, description)
            _protocol_link(records, "Screen", number, key)
    for experiment in records.of(models.Experiment):
        kinds = experiment["type"]
        name = kinds or "Experiment"
        described = experiment["description"]
        experiment["protocol_id"] = _protocol(records, "experiment", name, None, described)
    for number, image in enumerate(records.of(models.Image)):
        if image["experiment_id"] is not None:
            experiment = records.of(models.Experiment)[image["experiment_id"]]
            _protocol_link(records, "Image", number, experiment["protocol_id"])


def _protocol(
    records: Records, kind: str, name: str, identifier: str | None, description: str | None
) -> int:
    row = {"name": name[:1024], "type": kind, "identifier": identifier, "description": description}
    return records.add(models.Protocol, row)


def _protocol_link(records: Records, kind: str, number: int, protocol: int) -> None:
    row = {"parent_type": kind, "parent_id": number, "child_id": protocol}
    records.add(models.ProtocolLink, row)


def _describe(records: Records) -> None:
    """Add the columns that follow from others."""
    for table, rows in records.rows.items():
        if issubclass(table, Named):
            for row in rows:
                row["sort_name"] = sort_key(row["name"])
    for row in records.of(models.Annotation):
        named = row["kind"] in ("TagAnnotation", "TermAnnotation") and row["text_value"]
        row["text_key"] = sort_key(row["text_value"]) if named else None
    for row in records.of(models.MapPair):
        row |= pair_row(row["key"], row["value"])
    for row in records.of(models.OriginalFile):
        # Documents speak of SHA-1; what lies somewhere was added up here.
        row["hasher"] = (SHA256 if row.get("path") else "SHA1-160") if row["hash"] else None
    _describe_shapes(records)


def describe_without_samples(records: Records) -> None:
    """Add the columns of images whose samples are nowhere: all that there is is the document."""
    for number, row in enumerate(records.of(models.Image)):
        row["series"] = number
    for number, row in enumerate(records.of(models.Pixels)):
        row["storage"] = _NO_PIXELS
        row["content_id"] = hashlib.sha256(f"{records.identity}:{number}".encode()).hexdigest()
        row["rgb"] = False


def _describe_shapes(records: Records) -> None:
    regions = records.of(models.ROI)
    kinds: dict[str, list[Row]] = {}
    for row in records.of(models.Shape):
        row["image_id"] = regions[row["roi_id"]]["image_id"]
        row |= dict.fromkeys(PLACED)
        if _has_box(row):
            kinds.setdefault(row["kind"], []).append(row)
    for kind, rows in kinds.items():
        box = boxes(kind, rows)
        columns = {name: side.tolist() for name, side in zip(BOX, box, strict=True)}
        columns |= places(box, [row["the_z"] for row in rows], [row["the_t"] for row in rows])
        for name, column in columns.items():
            for row, value in zip(rows, column, strict=True):
                row[name] = value


def _has_box(row: Row) -> bool:
    """A box can be computed: numbers that do not overflow, points that can be read."""
    if any(row[name] is None for name in TRANSFORM) and row["a00"] is not None:
        return False
    numbers = ("x", "y", "width", "height", "radius_x", "radius_y", "x1", "y1", "x2", "y2")
    if any(abs(row[name] or 0) > 1e100 for name in (*numbers, *TRANSFORM)):
        return False
    if row["kind"] not in FEWEST_POINTS:
        return True
    try:
        return bool(abs(parse_points(row["points"])).max() <= 1e100)
    except InvalidInputError:
        return False
