"""Loading real study tables: screens, plates, wells, fields, images and their key–values."""

import csv
import itertools
import os
import re
import resource
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it publishes no types
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.bulk import insert_columns, new_ids
from store.edits.counters import Child, count_children
from store.edits.history import begin_event, details
from store.edits.people import first_start
from store.models.enums import EventType
from store.models.names import sort_key
from store.models.pairs import pair_row
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.postgresql import postgresql
from tests.benchmarks.rows import FOLDER, Row, failed, row

TARGET = 20_000.0
FIELDS = {"idr0001": 6, "idr0002": 1, "idr0013": 1, "idr0030": 30, "idr0080": 9, "idr0094": 9}
"""Images of each well, by study."""
BULK = "openmicroscopy.org/omero/bulk_annotations"
PLATES_AT_ONCE = 8
KNOWN = 100_000
"""Annotations that are remembered, to be linked again where the same pairs come again."""
_WELL = re.compile(r"([A-Za-z]{1,2})0*(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Table:
    """One study table and which of its columns are key–values in which namespace."""

    study: str
    path: Path
    namespaces: dict[str, list[tuple[str, str]]]
    """By namespace: column and key."""


@dataclass(slots=True)
class Load:
    """What is being loaded into one database, and how much it was."""

    viewer: Viewer
    owned: dict[str, int]
    objects: Counter[str] = field(default_factory=Counter)

    def write(
        self, session: Session, entity: type[models.Base], number: int, columns: dict[str, Any]
    ) -> None:
        """Write rows, with owner and group where the table has them, and count them."""
        owned = self.owned if issubclass(entity, models.Owned) else {}
        insert_columns(session, entity, number, {**columns, **owned})
        self.objects[entity.__name__] += number


def run() -> list[Row]:
    """Load six screens and three projects into SQLite and PostgreSQL."""
    archive = _archive()
    if not archive.is_file():
        return [failed("idr", FileNotFoundError("the study tables (MICROGRAPH_TEST_DATA)"))]
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="idr-", dir=FOLDER) as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        tables = list(_tables(Path(folder)))
        return [
            found
            for name in ("SQLite", "PostgreSQL")
            for found in _measured(name, Path(folder), tables)
        ]


def _measured(name: str, folder: Path, tables: Sequence[Table]) -> list[Row]:
    with _database(name, folder) as database:
        load = _begin(database)
        before = _memory_mb()
        cpu, wall = time.process_time(), time.perf_counter()
        for table in tables:
            _load(database, load, table)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        objects = load.objects.total()
    what = f"study tables, {name}"
    wells = f"{load.objects['Well']:,} wells, {load.objects['Image']:,} images"
    return [
        row(f"{what}: {objects:,} objects", objects / wall, "/s", better="higher", target=TARGET,
            runs=1, note=f"{wells}, {load.objects['MapPair']:,} key–values, {wall:.0f} s,"
                         f" {cpu:.0f} s of CPU in the loading process"),
        row(f"{what}: growth of memory", _memory_mb() - before, "MB", runs=1),
    ]  # fmt: skip


def _archive() -> Path:
    data = os.environ.get("MICROGRAPH_TEST_DATA")
    here = Path(__file__).parent.parent.parent
    folder = Path(data) if data else here.parent / "shared" / "data"
    return folder / "idr" / "idr-cc0-ccby.tar.xz"


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


@contextmanager
def _database(name: str, folder: Path) -> Iterator[Database]:
    if name == "SQLite":
        database = Database(f"sqlite:///{folder / 'idr.db'}")
        database.upgrade()
        yield database
        database.close()
        return
    with postgresql() as (url, _):
        database = Database(url.render_as_string(hide_password=False))
        database.upgrade()
        yield database
        database.close()


def _begin(database: Database) -> Load:
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        assert viewer.default_group_id is not None
        event = begin_event(session, viewer, viewer.default_group_id, EventType.IMPORT)
        return Load(viewer, details(viewer, viewer.default_group_id, event))


def _tables(folder: Path) -> Iterator[Table]:
    """Find the table of each study: the annotation table, or else the library."""
    for config in sorted(folder.rglob("*-bulkmap-config.yml")):
        names = (f"{config.name.removesuffix('-bulkmap-config.yml')}-{kind}"
                 for kind in ("annotation.csv", "library.txt"))  # fmt: skip
        found = next((config.parent / n for n in names if (config.parent / n).is_file()), None)
        if found is not None:
            yield Table(config.name[:7], found, _namespaces(config))


def _namespaces(config: Path) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in yaml.safe_load(config.read_text(errors="replace"))["columns"]:
        group = entry.get("group", {"namespace": BULK, "columns": [entry]})
        for column in group["columns"]:
            if column.get("include"):
                key = column.get("clientname") or column["name"]
                found[group["namespace"]].append((column["name"], key))
    return dict(found)


def _rows(table: Table) -> Iterator[dict[str, str]]:
    with table.path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        separator = "," if table.path.suffix == ".csv" else "\t"
        yield from csv.DictReader(lines, delimiter=separator)


def _load(database: Database, load: Load, table: Table) -> None:
    first = next(_rows(table))
    known: dict[Any, int] = {}
    if "Plate" in first:
        with database.writing() as session:
            screen = _named(session, load, models.Screen, [table.study])[0]
        plates = itertools.groupby(_rows(table), key=lambda line: line["Plate"])
        # The groups have to be read before the next is asked for.
        listed = ((name, list(lines)) for name, lines in plates)
        while some := list(itertools.islice(listed, PLATES_AT_ONCE)):
            with database.writing() as session:
                _plates(session, load, table, screen, some, known)
        return
    with database.writing() as session:
        project = _named(session, load, models.Project, [table.study])[0]
        _datasets(session, load, table, project, known)


def _named(
    session: Session, load: Load, entity: type[models.Base], names: Sequence[str]
) -> Sequence[int]:
    ids = new_ids(session, entity, len(names))
    columns = {"id": ids, "name": list(names), "sort_name": [sort_key(name) for name in names]}
    load.write(session, entity, len(ids), columns)
    return ids


def _plates(
    session: Session,
    load: Load,
    table: Table,
    screen: int,
    plates: list[tuple[str, list[dict[str, str]]]],
    known: dict[Any, int],
) -> None:
    """Write some plates with wells, fields, images and key–values."""
    ids = _named(session, load, models.Plate, [name for name, _ in plates])
    link = {"parent_id": screen, "child_id": ids}
    load.write(session, models.ScreenPlateLink, len(ids), link)
    lines = [line for _, some in plates for line in some]
    of_plate = [key for key, (_, some) in zip(ids, plates, strict=True) for _ in some]
    places = [_place(line["Well"]) for line in lines]
    wells = new_ids(session, models.Well, len(lines))
    columns = {"id": wells, "plate_id": of_plate}
    columns |= {"row": [r for r, _ in places], "column": [c for _, c in places]}
    load.write(session, models.Well, len(wells), columns)
    fields = FIELDS[table.study]
    names = [
        f"{line['Plate']} [Well {line['Well']}, Field {number + 1}]"
        for line in lines
        for number in range(fields)
    ]
    images = _images(session, load, names)
    samples = {
        "well_id": [well for well in wells for _ in range(fields)],
        "index": list(range(fields)) * len(wells),
        "image_id": images,
    }
    load.write(session, models.WellSample, len(images), samples)
    _count(session, load, "Screen", "Plate", [screen] * len(ids))
    _count(session, load, "Plate", "Well", of_plate)
    _annotate(session, load, table, "Well", wells, lines, known)


def _datasets(
    session: Session, load: Load, table: Table, project: int, known: dict[Any, int]
) -> None:
    """Write a project with datasets, images and key–values."""
    lines = list(_rows(table))
    names = list(dict.fromkeys(line["Dataset Name"] for line in lines))
    ids = dict(zip(names, _named(session, load, models.Dataset, names), strict=True))
    link = {"parent_id": project, "child_id": list(ids.values())}
    load.write(session, models.ProjectDatasetLink, len(ids), link)
    images = _images(session, load, [line["Image Name"] for line in lines])
    parents = [ids[line["Dataset Name"]] for line in lines]
    links = {"parent_id": parents, "child_id": images}
    load.write(session, models.DatasetImageLink, len(images), links)
    _count(session, load, "Project", "Dataset", [project] * len(ids))
    _count(session, load, "Dataset", "Image", parents)
    _annotate(session, load, table, "Image", images, lines, known)


def _images(session: Session, load: Load, names: list[str]) -> Sequence[int]:
    ids = new_ids(session, models.Image, len(names))
    columns = {"id": ids, "name": names, "sort_name": [sort_key(name) for name in names]}
    load.write(session, models.Image, len(ids), {**columns, "series": 0})
    return ids


def _annotate(
    session: Session,
    load: Load,
    table: Table,
    kind: str,
    objects: Sequence[int],
    lines: Sequence[dict[str, str]],
    known: dict[Any, int],
) -> None:
    """Link each object to its key–values; equal ones of a namespace are one annotation."""
    parents: list[int] = []
    children: list[Any] = []
    fresh: dict[Any, None] = {}
    for key, line in zip(objects, lines, strict=True):
        for namespace, columns in table.namespaces.items():
            pairs = tuple((name, line[column]) for column, name in columns if line.get(column))
            if pairs:
                content = (namespace, pairs)
                parents.append(key)
                children.append(content)
                if content not in known:
                    fresh[content] = None
    ids = new_ids(session, models.MapAnnotation, len(fresh))
    made = dict(zip(fresh, ids, strict=True))
    namespaces = [namespace for namespace, _ in fresh]
    made_now = {"id": ids, "kind": "MapAnnotation", "namespace": namespaces}
    load.write(session, models.MapAnnotation, len(ids), made_now)
    pairs_of = [
        {"annotation_id": made[content], "index": number, **pair_row(name, text)}
        for content in fresh
        for number, (name, text) in enumerate(content[1])
    ]
    if pairs_of:
        by_column = {name: [pair[name] for pair in pairs_of] for name in pairs_of[0]}
        load.write(session, models.MapPair, len(pairs_of), by_column)
    known.update(made)
    linked = [known[content] for content in children]
    links = {"parent_type": kind, "parent_id": parents, "child_id": linked}
    load.write(session, models.AnnotationLink, len(parents), links)
    if len(known) > KNOWN:
        known.clear()  # a few annotations come twice, but memory stays flat


def _count(
    session: Session, load: Load, parent_type: str, child_type: str, parents: Sequence[int]
) -> None:
    group, owner = load.owned["group_id"], load.owned["owner_id"]
    children = [Child(parent, group, owner) for parent in parents]
    count_children(session, parent_type, child_type, children, +1)


def _place(name: str) -> tuple[int, int]:
    """Return row and column of a well from its name, such as B07."""
    found = _WELL.fullmatch(name.strip())
    if found is None:
        raise ValueError(f"{name!r} is no well")
    row_number = 0
    for letter in found[1].upper():
        row_number = row_number * 26 + ord(letter) - ord("A") + 1
    return row_number - 1, int(found[2]) - 1
