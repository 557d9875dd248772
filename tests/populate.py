"""Random rows in every table, for any models: sizes, owners, kinds, units and gaps of all sorts."""

import datetime as dt
import functools
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.edits.counters import recount
from store.edits.geometry import NEEDED
from store.models import enums
from store.models.files import FILE_SYSTEM
from store.models.names import sort_key
from store.models.pairs import pair_row
from store.models.places import places
from store.models.units import Dimension, units_of
from store.queries.people import viewer_by_experimenter

NAMES = ["a", "b", "b", "B", "é", "", "zz", "field 9", "Field 10"]
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)
LEFT_OUT = frozenset(
    {
        *("child_count", "experimenter", "experimenter_group", "event", "membership"),
        *("storage_root", "upload"),
    }
)
"""Tables that are not filled by chance: people, counters, which have to be right, and folders."""

CHOICES: dict[str, type[StrEnum]] = {
    "access_grant.level": enums.GrantLevel,
    "access_token.scope": enums.TokenScope,
    "job_item.state": enums.ImportState,
    "pixels.type": enums.PixelType,
    "pixels.dimension_order": enums.DimensionOrder,
    "channel.illumination_type": enums.IlluminationType,
    "channel.acquisition_mode": enums.AcquisitionMode,
    "channel.contrast_method": enums.ContrastMethod,
    "detector.type": enums.DetectorType,
    "detector_settings.binning": enums.Binning,
    "experiment.type": enums.ExperimentType,
    "filter.type": enums.FilterType,
    "job.status": enums.JobStatus,
    "light_source.type": enums.LaserType,
    "light_source.laser_medium": enums.LaserMedium,
    "light_source.pulse": enums.Pulse,
    "microbeam_manipulation.type": enums.MicrobeamManipulationType,
    "microscope.type": enums.MicroscopeType,
    "objective.correction": enums.Correction,
    "objective.immersion": enums.Immersion,
    "objective_settings.medium": enums.Medium,
    "plate.row_naming_convention": enums.NamingConvention,
    "plate.column_naming_convention": enums.NamingConvention,
    "run.status": enums.RunStatus,
    "run_link.role": enums.RunRole,
    "shape.fill_rule": enums.FillRule,
    "shape.font_family": enums.FontFamily,
    "shape.font_style": enums.FontStyle,
    "shape.marker_start": enums.Marker,
    "shape.marker_end": enums.Marker,
}
"""Columns that hold one of a closed set of values."""

DIMENSIONS = (
    ("temperature", Dimension.TEMPERATURE),
    ("pressure", Dimension.PRESSURE),
    ("voltage", Dimension.ELECTRIC_POTENTIAL),
    ("power", Dimension.POWER),
    ("_rate", Dimension.FREQUENCY),
    ("time", Dimension.TIME),
    ("delta_t", Dimension.TIME),
    ("duration", Dimension.TIME),
)
"""What columns with units measure, by parts of their names; else lengths."""

FIXED: dict[str, Sequence[Any]] = {
    "storage": [{}, {"levels": [{"width": 5000, "height": 3001}]}],
    "settings": [{}],
    "privileges": ["Sudo", "Sudo Chgrp", ""],
    "statistics": [
        {
            **{"samples": 0, "low": None, "high": None, "mean": None, "deviation": None},
            **{"precision": 2**-10, "percents": [50.0], "values": [None], "counts": [0, 0]},
            "level": 3,
        }
    ],
    "map": [[["k", "v"], ["k", ""]], [["depth", "3 µm"], ["number", "-2.5"]], []],
    "lookup_table": ["magma", "no such table", "Table 0.lut"],
    "colors": [bytes(768), b"\7" * 768],
    "points": ["0,0 10.5,1 7,8"],
    "content_id": ["ab" * 32],
    "text_value": ["mitosis", "<a><b/></a>", ""],
    "significant_bits": [8, 12],
    "min_x": [0.5, 1.0],
    "max_x": [1.0, 7.5],
    "min_y": [0.5, 1.0],
    "max_y": [1.0, 7.5],
    "action": ["INSERT", "UPDATE", "DELETE"],
    "progress": [0.0, 0.5, 1.0],
}
"""What columns of these names may hold."""

PAIRS = [("k", "v"), ("K", ""), ("depth", "3 µm"), ("depth", "500 nm"), ("depth", "7")]
"""Keys and values of map annotations; the columns beside them follow from them."""

TOGETHER = {
    **dict.fromkeys(("max_x", "min_y", "max_y"), "min_x"),
    **dict.fromkeys(("a10", "a01", "a11", "a02", "a12"), "a00"),
}
"""Columns that have a value just where another one has."""


@dataclass
class Population:
    """What was made."""

    viewers: list[Viewer] = field(default_factory=list)
    """An administrator, a leader, a member, a stranger."""
    ids: list[str] = field(default_factory=list)
    """Global ids of all rows, the hidden and deleted ones too."""

    def by_type(self) -> dict[str, list[str]]:
        """Return the global ids of each type."""
        found: dict[str, list[str]] = {}
        for one in self.ids:
            found.setdefault(one.partition(":")[0], []).append(one)
        return found


type Row = dict[str, Any]
type Bucket = tuple[int, int, int]
"""Owner, group and event of rows that belong together."""


class _Populator:
    def __init__(self, session: Session, seed: int, rows: int) -> None:
        self.session = session
        self.chance = random.Random(seed)
        self.number = rows
        self.made: dict[str, list[Row]] = {}
        self.buckets: list[Bucket] = []
        self._sorted: dict[str, tuple[int, dict[tuple[int, int], list[Row]]]] = {}
        self.population = Population()
        self.kinds = {
            mapper.class_.__tablename__: sorted(found for found in mapper.polymorphic_map)
            for mapper in models.Base.registry.mappers
            if mapper.inherits is None
        }
        self.classes = {
            mapper.class_.__tablename__: mapper.class_
            for mapper in models.Base.registry.mappers
            if mapper.inherits is None
        }

    def run(self) -> Population:
        """Fill all tables, parents first; rows that name any type last."""
        self._people()
        tables = [
            table for table in models.Base.metadata.sorted_tables if table.name in self.classes
        ]
        tables = [table for table in tables if table.name not in LEFT_OUT]
        for table in sorted(tables, key=lambda table: _reference(table) is not None):
            self._fill(table)
        recount(self.session)
        return self.population

    def _people(self) -> None:
        groups = [self._person_row(models.ExperimenterGroup, name=name, permissions=name)
                  for name in ("private", "read-only")]  # fmt: skip
        for name in ("root", "lead", "member", "x"):
            values = {"user_name": name, "administrator": name == "root"}
            person = self._person_row(models.Experimenter, **values)
            for group in groups:
                both = {"experimenter_id": person, "group_id": group}
                if name != "x":
                    self._person_row(models.Membership, leader=name == "lead", **both)
                event = self._person_row(models.Event, time=MOMENT, type="User", **both)
                if name in ("lead", "member"):
                    self.buckets.append((person, group, event))
            self.population.viewers.append(viewer_by_experimenter(self.session, person))

    def _person_row(self, entity: Any, **values: Any) -> int:
        row = entity(**values)
        self.session.add(row)
        self.session.flush()
        key: int = row.id
        self.made.setdefault(entity.__tablename__, []).append({"id": key})
        self.population.ids.append(f"{entity.__name__}:{key}")
        return key

    def _fill(self, table: sa.Table) -> None:
        rows: list[Row] = []
        self.made[table.name] = rows
        taken: set[Any] = set()
        uniques = _uniques(table)
        for number in range(self.number * self._weight(table)):
            for _ in range(20):
                row = self._row(table, number, len(rows) + 1)
                places = [
                    (names, tuple(row[name] for name in names))
                    for names in uniques
                    if all(row[name] is not None for name in names)
                ]
                if not taken.intersection(places):
                    taken.update(places)
                    rows.append(row)
                    break
        if rows:
            self.session.execute(sa.insert(table), rows)
        name = self.classes[table.name].__name__
        kinds = bool(self.kinds[table.name])
        self.population.ids += [f"{row['kind'] if kinds else name}:{row['id']}" for row in rows]

    def _weight(self, table: sa.Table) -> int:
        if _reference(table) is not None:
            return 6
        links = {"parent_id", "child_id"} <= set(table.columns.keys())
        return 3 if self.kinds[table.name] or links else 1

    def _row(self, table: sa.Table, number: int, key: int) -> Row:
        bucket = self.buckets[number % len(self.buckets)]
        row: Row = {"id": key}
        if "storage_root_id" in table.columns:
            row["storage_root_id"] = FILE_SYSTEM
        if "deleted_event_id" in table.columns:
            row |= dict(zip(("owner_id", "group_id", "creation_event_id"), bucket, strict=True))
            deleted = bucket[2] if number % 13 == 2 else None
            row |= {"update_event_id": bucket[2], "deleted_event_id": deleted, "version": 1}
        reference = _reference(table)
        if reference is not None:
            row |= dict(zip(reference, self._any(bucket), strict=True))
        if self.kinds[table.name]:
            row["kind"] = self.kinds[table.name][number % len(self.kinds[table.name])]
        for column in table.columns:
            if column.name not in row and not self._lacks(column, row):
                row[column.name] = self._value(column, bucket, number)
            row.setdefault(column.name, None)
        return row | self._following(table, row)

    def _following(self, table: sa.Table, row: Row) -> Row:
        """Return the columns that follow from others."""
        if table.name == "map_pair":
            return pair_row(*self.chance.choice(PAIRS))
        if table.name == "shape":
            return _found_by(row)
        texts = {"sort_name": "name", "text_key": "text_value"}
        return {
            column: None if row[text] is None else sort_key(row[text])
            for column, text in texts.items()
            if column in row
        }

    def _lacks(self, column: sa.Column[Any], row: Row) -> bool:
        if column.name in TOGETHER:
            return row[TOGETHER[column.name]] is None
        if column.name in NEEDED.get(row.get("kind", ""), ()):
            return False
        return bool(column.nullable) and self.chance.random() < 0.25

    def _any(self, bucket: Bucket) -> tuple[str, int]:
        names = ("project", "dataset", "image", "roi", "shape", "annotation", "well")
        known = [name for name in self.made if self.made[name] and self.classes[name] is not None]
        name = self.chance.choice([name for name in names if name in known])
        if self.chance.random() < 0.3:
            name = self.chance.choice(known)
        key = self._of(name, bucket) if self.chance.random() < 0.9 else 999_999
        return self.classes[name].__name__, key or 999_999

    def _of(self, table: str, bucket: Bucket | None) -> int | None:
        """Choose a row: of the same people and not deleted, where it has to be seen by them."""
        rows = self.made.get(table, [])
        keys = rows if bucket is None else self._seen(table, rows).get(bucket[:2], [])
        return self.chance.choice(keys)["id"] if keys else None

    def _seen(self, table: str, rows: list[Row]) -> dict[tuple[int, int], list[Row]]:
        """Return the rows made so far by owner and group; unowned ones belong to everybody."""
        start, found = self._sorted.get(table, (0, {}))
        for row in rows[start:]:
            owners = [(owner, group) for owner, group, _ in self.buckets]
            if "owner_id" in row:
                live = row.get("deleted_event_id") is None
                owners = [(row["owner_id"], row["group_id"])] if live else []
            for owner in dict.fromkeys(owners):
                found.setdefault(owner, []).append(row)
        self._sorted[table] = len(rows), found
        return found

    def _value(self, column: sa.Column[Any], bucket: Bucket, number: int) -> Any:
        if column.foreign_keys:
            (foreign,) = column.foreign_keys
            return self._of(foreign.column.table.name, None if column.nullable else bucket)
        values = _values(column)
        if values is not None:
            return self.chance.choice(values)
        return (
            f"table_{number}" if column.table.name == "lookup_table" else f"{column.name} {number}"
        )


@functools.cache
def _values(column: sa.Column[Any]) -> Sequence[Any] | None:
    """Return what a column without a foreign key may hold; None if rows have to differ in it."""
    name = column.name
    if f"{column.table.name}.{name}" in CHOICES:
        return [one.value for one in CHOICES[f"{column.table.name}.{name}"]]
    if name in FIXED:
        return FIXED[name]
    if f"{column.table.name}.{name}" == "lookup_table.name":
        return None
    if f"{column.table.name}.{name}" == "run.parameters":
        return FIXED["map"]
    if name == "unit" or name.endswith("_unit"):
        return list(units_of(_dimension(name)))
    return _plain(column)


def _plain(column: sa.Column[Any]) -> Sequence[Any] | None:
    kind = column.type
    if isinstance(kind, models.UtcDateTime):
        return [MOMENT + dt.timedelta(days=days) for days in (0, 0, 1, 2)]
    if isinstance(kind, sa.Boolean):
        return [True, False]
    if isinstance(kind, sa.BigInteger):
        return [1, 2**33 + 1]
    if isinstance(kind, sa.Integer):
        return [1, 2, 5] if "size" in column.name else [0, 1, 2, 3]
    if isinstance(kind, sa.Float):
        return [0.5, 1.0, 2.5, 460.5]
    if isinstance(kind, sa.JSON):
        return [{"k": 1}, {}]
    if isinstance(kind, sa.LargeBinary):
        return [b"\x00\xff", b""]
    alone = any(names == (column.name,) for names in _uniques(column.table))
    if alone or column.name == "identity":
        return None
    length = kind.length if isinstance(kind, sa.String) else None
    return [name[: length or 64] for name in NAMES]


def _dimension(name: str) -> Dimension:
    return next((found for part, found in DIMENSIONS if part in name), Dimension.LENGTH)


@functools.cache
def _reference(table: sa.Table) -> tuple[str, str] | None:
    """Return the columns that name rows of any type, of tables that have such."""
    for kind in ("parent", "object", "entity"):
        if f"{kind}_type" in table.columns:
            return f"{kind}_type", f"{kind}_id"
    return None


def _found_by(row: Row) -> Row:
    """Return the columns by which a shape is found, if it has a box."""
    if row["min_x"] is None:
        return {"plane": None, "cell": None}
    box = [[row[name]] for name in ("min_x", "max_x", "min_y", "max_y")]
    found = places(box, [row["the_z"]], [row["the_t"]])
    return {name: numbers[0] for name, numbers in found.items()}


@functools.cache
def _uniques(table: sa.Table) -> Sequence[tuple[str, ...]]:
    """Return the sets of columns that have to differ."""
    constraints: Iterable[Any] = itertools.chain(
        (one for one in table.constraints if isinstance(one, sa.UniqueConstraint)),
        (one for one in table.indexes if one.unique),
    )
    return [tuple(column.name for column in one.columns) for one in constraints]


def populate(session: Session, seed: int, rows: int = 12) -> Population:
    """Fill every table of an empty database; the same seed gives the same rows.

    What a row needs belongs to the same owner and group as the row, and is not deleted, as the
    store demands; what it may lack is anybody's. One row in thirteen is deleted.

    Args:
        session: Of a transaction of the caller's.
        seed: Of all chance.
        rows: Rows in most tables; links and tables of several kinds have more.
    """
    return _Populator(session, seed, rows).run()
