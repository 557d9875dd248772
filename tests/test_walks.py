"""The walks in docs/architecture.md name things that exist, and lead where they say."""

import importlib
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"
STEP = re.compile(r"^\| \d \| `([\w.]+)` \|", re.MULTILINE)
MODULES = sorted(set(re.findall(r"`((?:app|schema|store|render)\.[\w.]+)`", PAGE.read_text())))


def found(name: str) -> object:
    """Import what a dotted name names."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            thing = getattr(thing, part)
        return thing
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("name", STEP.findall(PAGE.read_text()))
def test_every_step_of_the_walks_exists(name: str) -> None:
    assert callable(found(name))


def test_the_walks_have_seven_steps_each() -> None:
    assert len(STEP.findall(PAGE.read_text())) == 21


@pytest.mark.parametrize("name", MODULES)
def test_every_module_that_the_page_names_exists(name: str) -> None:
    assert found(name) is not None


def test_the_query_of_the_walk_takes_one_statement_a_level(
    database: Database,
    viewer: Viewer,
    statements: Callable[[Database, int], AbstractContextManager[list[str]]],
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=3, images=4, channels=2)
    found_query = re.search(r"^`(\{ dataset.*\})`$", PAGE.read_text(), re.MULTILINE)
    assert found_query is not None
    graphql = GraphQL(database)
    with statements(database, 4):
        answer = json.loads(graphql.execute(viewer, found_query[1]))

    assert len(answer["data"]["dataset"]["images"]["nodes"]) == 4


def test_the_change_of_the_walk_is_made(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=1)
    change = re.search(r"^`(mutation .*)`$", PAGE.read_text(), re.MULTILINE)
    assert change is not None
    answer = json.loads(GraphQL(database).execute(viewer, change[1]))

    (item,) = answer["data"]["updateDatasets"]["items"]
    assert item == {"status": "DONE", "node": {"name": "Day 2"}}
