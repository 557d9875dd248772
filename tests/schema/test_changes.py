"""All changes: nothing half-written, nothing for those without rights, errors item by item."""

import contextlib
import hashlib
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests import people
from tests.build import hierarchy
from tests.schema.changes import MUTATIONS, Case, Samples, case_of, made_world


@pytest.fixture
def graphql(database: Database) -> GraphQL:
    return GraphQL(database)


@pytest.fixture
def world(database: Database, viewer: Viewer) -> Samples:
    return made_world(database, viewer)


def digest(database: Database) -> dict[str, str]:
    """Return a hash over all rows of each table."""
    found = {}
    with database.reading() as session:
        for table in models.Base.metadata.sorted_tables:
            rows = session.execute(sa.select(table).order_by(table.c.id))
            text = "\n".join(map(repr, rows))
            found[table.name] = hashlib.sha256(text.encode()).hexdigest()
    return found


class InjectedError(Exception):
    """What a test makes fail."""


@contextlib.contextmanager
def failing(database: Database, number: int) -> Iterator[list[str]]:
    """Fail before a statement, counted from 0, or at the commit; note where it was."""
    left = itertools.count()
    fired: list[str] = []

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not fired and next(left) == number:
            fired.append(statement)
            raise InjectedError

    def commit(_connection: Any) -> None:
        if not fired:
            fired.append("COMMIT")
            raise InjectedError

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "commit", commit)
    try:
        yield fired
    finally:
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", before)
            sa.event.remove(engine, "commit", commit)


@pytest.mark.slow
def test_a_failure_anywhere_in_any_change_leaves_everything_as_it_was(
    database: Database, viewer: Viewer, graphql: GraphQL, world: Samples
) -> None:
    before = digest(database)
    for name in MUTATIONS:
        case, fired = case_of(name, world), [""]
        number = 0
        while fired != ["COMMIT"]:
            with failing(database, number) as fired:
                answer = case.run(graphql, viewer)
            assert fired, (name, answer)
            assert answer["errors"][0]["extensions"]["code"] == "internal", (name, answer)
            number += 1

        assert number > 1, name
        assert digest(database) == before, name
