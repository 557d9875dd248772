"""Reading a database of a million images: pages, deep pages, counts, filters, facets and search."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schema.build import GraphQL
from schema.pagination import ID_ASC, page_arguments
from store.access import Viewer
from store.database import Database
from store.migrations import LATEST
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.archive import (
    DATASETS_IN_PROJECT,
    IMAGES_IN_DATASET,
    PAIRS,
    fill,
)
from tests.benchmarks.postgresql import postgresql
from tests.benchmarks.rows import FOLDER, Row, row

IMAGES = int(os.environ.get("BENCH_IMAGES", "1000000"))
ASKED = 40
"""Different questions of one kind; the figure is the slowest but two, about the 95th percentile."""
PAGE_TARGET_MS = 50.0
SEARCH_TARGET_MS = 100.0
PAGE = 100

_CHILDREN = """query ($id: ID!) { dataset(id: $id) { images(first: 200, orderBy: NAME_ASC) {
  nodes { id name acquisitionDate pixels { sizeX sizeY channels { name } } } totalCount } } }"""
_CONTAINERS = """query ($id: ID!) { project(id: $id) { datasetCount datasets(first: 200) {
  nodes { id name imageCount } } } }"""
_ALL = """query ($after: String, $order: ImageOrder) {
  images(first: 100, after: $after, orderBy: $order) { nodes { id name } pageInfo { endCursor } } }"""
_COUNT = "{ images(first: 1) { totalCount } }"
_FILTERED = """query ($filter: ImageFilter) {
  images(first: 50, filter: $filter, orderBy: NAME_ASC) { nodes { id name } } }"""
_FACET = """query ($id: ID!) { dataset(id: $id) { images(first: 0) {
  facet(by: KEY_VALUE, key: "Gene Symbol") { values { value count } } } } }"""
_SEARCH = "query ($query: String!) { search(query: $query, first: 50) { nodes { id } } }"


@dataclass(frozen=True, slots=True)
class World:
    """A filled database and two who read it."""

    graphql: GraphQL
    name: str
    administrator: Viewer
    member: Viewer
    """Sees one group of twenty."""


def run() -> list[Row]:
    """Measure on SQLite and on PostgreSQL; the SQLite file is kept for the next time."""
    FOLDER.mkdir(exist_ok=True)
    return [found for name in ("SQLite", "PostgreSQL") for found in _measured(name)]


def _measured(name: str) -> list[Row]:
    with _world(name) as (world, filling):
        return [
            *filling,
            _row(world, "200 images of a dataset with their number", _children, PAGE_TARGET_MS),
            _row(world, "datasets of a project with counts", _containers, PAGE_TARGET_MS),
            _row(world, "page 1 of all images", _first_pages, PAGE_TARGET_MS),
            _row(world, "page 10,000 of all images", _deep_pages, PAGE_TARGET_MS),
            _row(world, "page 1 by name, member of one group", _members_pages, PAGE_TARGET_MS),
            _row(world, "page 1 by name, who sees nothing", _no_pages, PAGE_TARGET_MS),
            _row(world, "images whose name contains a text", _containing, None),
            _row(world, "images with a key–value", _filtered, SEARCH_TARGET_MS),
            _row(world, "facet of genes in a dataset", _facets, SEARCH_TARGET_MS),
            *(_row(world, f"search: {kind}", _searching(kind), SEARCH_TARGET_MS)
              for kind in SEARCHES),
            _row(world, "number of all images, member of one group", _members_count, None),
            _row(world, "number of all images", _count, None),
        ]  # fmt: skip


def _row(
    world: World, what: str, ask: Callable[[World, random.Random], None], target: float | None
) -> Row:
    rng = random.Random(what)
    times = []
    for _ in range(ASKED if target is not None else 3):
        started = time.perf_counter()
        ask(world, rng)
        times.append((time.perf_counter() - started) * 1e3)
    slow = sorted(times)[-3] if len(times) > 3 else max(times)
    return row(
        f"{IMAGES:,} images, {world.name}: {what}, p95",
        slow,
        "ms",
        target=target,
        runs=len(times),
        note=f"median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms",
    )


def _ask(world: World, viewer: Viewer, text: str, **variables: Any) -> Any:
    answer = world.graphql.answer(viewer, text, variables)
    if "errors" in answer:
        raise RuntimeError(f"GraphQL: {answer['errors'][0]}")
    return answer["data"]


def _children(world: World, rng: random.Random) -> None:
    dataset = rng.randrange(IMAGES // IMAGES_IN_DATASET) + 1
    found = _ask(world, world.administrator, _CHILDREN, id=f"Dataset:{dataset}")
    assert found["dataset"]["images"]["totalCount"] == IMAGES_IN_DATASET


def _containers(world: World, rng: random.Random) -> None:
    project = rng.randrange(IMAGES // IMAGES_IN_DATASET // DATASETS_IN_PROJECT) + 1
    found = _ask(world, world.administrator, _CONTAINERS, id=f"Project:{project}")
    counts = {node["imageCount"] for node in found["project"]["datasets"]["nodes"]}
    assert counts == {IMAGES_IN_DATASET}


def _first_pages(world: World, _: random.Random) -> None:
    assert len(_ask(world, world.administrator, _ALL, order="ID_ASC")["images"]["nodes"]) == PAGE


def _deep_pages(world: World, rng: random.Random) -> None:
    before = IMAGES - PAGE - rng.randrange(PAGE)
    cursor = page_arguments("Query.images", {}, ID_ASC, PAGE).cursor((), before)
    found = _ask(world, world.administrator, _ALL, order="ID_ASC", after=cursor)
    assert len(found["images"]["nodes"]) == PAGE


def _members_pages(world: World, _: random.Random) -> None:
    assert len(_ask(world, world.member, _ALL, order="NAME_ASC")["images"]["nodes"]) == PAGE


def _filtered(world: World, rng: random.Random) -> None:
    gene = {"key": "Gene Symbol", "eq": f"GENE{rng.randrange(2, 2_000)}"}
    _ask(world, world.administrator, _FILTERED, filter={"keyValue": [gene]})


def _facets(world: World, rng: random.Random) -> None:
    dataset = rng.randrange(IMAGES // IMAGES_IN_DATASET) + 1
    found = _ask(world, world.administrator, _FACET, id=f"Dataset:{dataset}")
    assert found["dataset"]["images"]["facet"]["values"]


def _count(world: World, _: random.Random) -> None:
    found = _ask(world, world.administrator, _COUNT)
    assert found["images"]["totalCount"] == IMAGES


def _members_count(world: World, _: random.Random) -> None:
    found = _ask(world, world.member, _COUNT)
    assert 0 < found["images"]["totalCount"] < IMAGES


def _no_pages(world: World, _: random.Random) -> None:
    nobody = Viewer(experimenter_id=0)
    assert _ask(world, nobody, _ALL, order="NAME_ASC")["images"]["nodes"] == []


def _containing(world: World, rng: random.Random) -> None:
    wanted = {"name": {"contains": f"{rng.randrange(IMAGES // IMAGES_IN_DATASET):05} WELL C7"}}
    found = _ask(world, world.administrator, _FILTERED, filter=wanted)
    assert len(found["images"]["nodes"]) == 1


SEARCHES: dict[str, Callable[[random.Random], str]] = {
    "a rare word": lambda rng: f"unusual{rng.randrange(IMAGES)}",
    "a common word": lambda rng: rng.choice(("HeLa", "plate", "well")),
    "a gene": lambda rng: f"gene{rng.randrange(1, 5_000)}",
    "key:value": lambda rng: f'"Gene Symbol":GENE{rng.randrange(1, 5_000)}',
    "a tag and a word": lambda rng: f'tag:"reviewed {rng.randrange(0, 10, 2)}" apoptosis',
    "a beginning": lambda rng: f"gene{rng.randrange(10, 100)}*",
}


def _searching(kind: str) -> Callable[[World, random.Random], None]:
    def search(world: World, rng: random.Random) -> None:
        _ask(world, world.administrator, _SEARCH, query=SEARCHES[kind](rng))

    return search


@contextmanager
def _world(name: str) -> Iterator[tuple[World, list[Row]]]:
    if name == "SQLite":
        path = FOLDER / f"archive-{IMAGES}-{LATEST}.sqlite"
        new = not path.exists()
        if not new:
            _take_into_memory(path)
        database = Database(f"sqlite:///{path}")
        try:
            yield _filled(database, name, new=new)
        finally:
            database.close()
        return
    with postgresql() as (url, _):
        database = Database(url.render_as_string(hide_password=False))
        try:
            yield _filled(database, name, new=True)
        finally:
            database.close()


def _take_into_memory(path: Path) -> None:
    """Read a file once, so that the system has it in memory as if it had just been filled."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def _filled(database: Database, name: str, *, new: bool) -> tuple[World, list[Row]]:
    rows: list[Row] = []
    database.upgrade()
    if new:
        started = time.perf_counter()
        fill(database, IMAGES)
        seconds = time.perf_counter() - started
        objects = IMAGES * (5 + PAIRS)
        what = f"{IMAGES:,} images, {name}: filling"
        rows.append(row(what, objects / seconds, "objects/s", better="higher", runs=1))
        if database.dialect == "postgresql":  # which does this by itself, a minute later
            with database.writing() as session:
                session.connection().exec_driver_sql("ANALYZE")
    with database.reading() as session:
        # Accounts are made in this order: the administrator, then one for each group.
        administrator, member = (viewer_by_experimenter(session, key) for key in (1, 2))
    world = World(GraphQL(database), name, administrator, member)
    return world, rows
