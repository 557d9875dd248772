"""What rights cost: a member of 500 groups beside a member of one, and who sees by a grant alone."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.edits.grants import Audience, grant_access
from store.edits.people import create_experimenter, create_group
from store.edits.share_links import create_share_link
from store.models.enums import GrantLevel, GroupPermissions
from store.queries.people import group_by_name, viewer_by_experimenter
from store.share_links import viewer_of_link
from tests.benchmarks.archive import DATASETS_IN_PROJECT, GROUPS, IMAGES_IN_DATASET, fill
from tests.benchmarks.postgresql import postgresql
from tests.benchmarks.rows import FOLDER, Row, row

IMAGES = int(os.environ.get("BENCH_RIGHTS_IMAGES", "200000"))
MANY = 500
"""Groups of one person; those of the archive are the first of them."""
ROUNDS = 15
ASKED = 40
RATIO = 2.0
PAGE_TARGET_MS = 50.0

QUERIES = {
    "page by id": "{ images(first: 100) { nodes { id name } } }",
    "page by name": "{ images(first: 100, orderBy: NAME_ASC) { nodes { id name } } }",
    "images of a dataset": """{ dataset(id: "Dataset:1") { name imageCount
      images(first: 100, orderBy: NAME_ASC) { nodes { id name pixels { sizeX sizeY } } } } }""",
    "one image": '{ image(id: "Image:7") { name pixels { sizeX channels { name } } } }',
    "search": '{ search(query: "unusual7", first: 50) { nodes { id } } }',
}
GRANTED = {
    "page by id": QUERIES["page by id"],
    "page by name": QUERIES["page by name"],
    "page by name with number": QUERIES["page by name"].replace("nodes", "totalCount nodes"),
    "datasets": "{ datasets(first: 100, orderBy: NAME_ASC) { nodes { id name imageCount } } }",
    "search": '{ search(query: "HeLa", first: 50) { nodes { id } } }',
}


def run() -> list[Row]:
    """Measure on SQLite and on PostgreSQL."""
    FOLDER.mkdir(exist_ok=True)
    return [found for name in ("SQLite", "PostgreSQL") for found in _measured(name)]


def _measured(name: str) -> Iterator[Row]:
    with _filled(name) as database:
        graphql = GraphQL(database)
        with database.writing() as session:
            root = viewer_by_experimenter(session, 1)
            few, many = _member(session, root, "few", 1), _member(session, root, "many", MANY)
            shown = _shown(session, root)
        for what, text in QUERIES.items():
            yield _compared(f"{name}: {what}", database, graphql, (few, many), text)
        for whose, viewer in shown.items():
            for what, text in GRANTED.items():
                yield _timed(f"{name}: {what}, seen by {whose}", graphql, viewer, text)


def _member(session: Session, root: Viewer, name: str, number: int) -> int:
    """Make a person of so many groups, of which the first have the images of the archive."""
    ids = [group_by_name(session, root, f"lab-{n}").id for n in range(min(number, GROUPS))]
    ids += [
        create_group(session, root, f"{name}-{n}", GroupPermissions.READ_ONLY)
        for n in range(number - len(ids))
    ]
    return create_experimenter(session, root, name, group_ids=ids)


def _shown(session: Session, root: Viewer) -> dict[str, Viewer]:
    """Make people of an empty group to whom something was granted, and somebody with a link."""
    empty = create_group(session, root, "empty", GroupPermissions.PRIVATE)
    found = {}
    projects = [
        number
        for number in range(IMAGES // IMAGES_IN_DATASET // DATASETS_IN_PROJECT)
        if number % GROUPS % 3 != 2  # nobody but their owners shares what is in private groups
    ]
    shares = {
        "a grant of a project": [("Project", 1)],
        "grants of datasets": [
            ("Dataset", 1 + number * DATASETS_IN_PROJECT) for number in projects
        ],
        "grants of projects": [("Project", 1 + number) for number in projects],
    }
    for name, things in shares.items():
        user = name.replace(" ", "-")
        key = create_experimenter(session, root, user, group_ids=[empty])
        grant_access(session, root, things, Audience([key]), GrantLevel.VIEW)
        found[name] = viewer_by_experimenter(session, key)
    made = create_share_link(session, root, ("Project", 1))
    link = viewer_of_link(session, made.secret)
    assert link is not None
    return found | {"a link to a project": link}


def _compared(
    what: str, database: Database, graphql: GraphQL, people: tuple[int, int], text: str
) -> Row:
    """Compare what a request costs two people, who they are included."""
    spent: dict[int, list[float]] = {key: [] for key in people}
    for _ in range(ROUNDS + 1):
        for key in people:
            began = time.perf_counter()
            with database.reading() as session:
                viewer = viewer_by_experimenter(session, key)
            _ask(graphql, viewer, text)
            spent[key].append((time.perf_counter() - began) * 1e3)
    few, many = (statistics.median(spent[key][1:]) for key in people)
    note = f"{few:.1f} and {many:.1f} ms"
    name = f"rights, {IMAGES:,} images, {what}: member of {MANY} groups by member of one"
    return row(name, many / few, "x", runs=ROUNDS, target=RATIO, note=note)


def _timed(what: str, graphql: GraphQL, viewer: Viewer, text: str) -> Row:
    times = []
    for _ in range(ASKED + 1):
        began = time.perf_counter()
        assert _ask(graphql, viewer, text)
        times.append((time.perf_counter() - began) * 1e3)
    slow = sorted(times[1:])[-3]
    note = f"median {statistics.median(times[1:]):.1f} ms"
    name = f"rights, {IMAGES:,} images, {what}, p95"
    return row(name, slow, "ms", runs=ASKED, target=PAGE_TARGET_MS, note=note)


def _ask(graphql: GraphQL, viewer: Viewer, text: str) -> Any:
    answer = graphql.answer(viewer, text)
    if "errors" in answer:
        raise RuntimeError(f"GraphQL: {answer['errors'][0]}")
    return answer["data"]


@contextmanager
def _filled(name: str) -> Iterator[Database]:
    if name == "SQLite":
        with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
            yield from _open(f"sqlite:///{folder}/rights.sqlite")
        return
    with postgresql() as (url, _):
        yield from _open(url.render_as_string(hide_password=False))


def _open(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        database.upgrade()
        fill(database, IMAGES)
        if database.dialect == "postgresql":  # which does this by itself, a minute later
            with database.writing() as session:
                session.connection().exec_driver_sql("ANALYZE")
        yield database
    finally:
        database.close()
