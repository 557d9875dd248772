import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schema.build import GraphQL
from schema.limits import Limits
from store.database import Database
from tests.schema.documents import Maker
from tests.schema.world import World, make_world

LIMITS = Limits(
    tokens=20_000, fields=20_000, aliases=1_000, fragments=1_000, directives=1_000, statements=1_000
)


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A current database without any rows."""
    database = Database(database_url)
    yield database
    database.close()


def cursors_of(answer: Any) -> list[str]:
    """Collect all cursors in an answer."""
    if isinstance(answer, list):
        return [cursor for one in answer for cursor in cursors_of(one)]
    if not isinstance(answer, dict):
        return []
    found = [value for key, value in answer.items() if "ursor" in key and value]
    return found + [cursor for one in answer.values() for cursor in cursors_of(one)]


CURSORS = """{
  projects { edges { cursor node { datasets { edges { cursor node { images { edges { cursor } }
    byDate: images(orderBy: ACQUIRED_DESC) { edges { cursor } } } } } } } }
  images(orderBy: ACQUIRED_ASC) { edges { cursor } }
  datasets(orderBy: ID_DESC) { edges { cursor } }
}"""


def compare(graphql: GraphQL, world: World, seed: int, cursors: list[str]) -> None:
    """Answer one random document in both ways, for one of the people."""
    chance = random.Random(seed)
    maker = Maker(graphql._schema, chance, world.ids(), cursors)
    text, variables = maker.document()
    viewer = chance.choice(world.viewers)

    planned = graphql.answer(viewer, text, variables)
    ordinary = graphql.answer(viewer, text, variables, planned=False)

    codes = {error["extensions"]["code"] for error in planned.get("errors", ())}
    # Same name, other type in fragments of one place: a document that is rightly refused.
    assume(not any("conflict" in error["message"] for error in planned.get("errors", ())))
    assert codes <= {"invalid_input"}, (text, planned["errors"])
    assert "fallback" not in planned.get("extensions", {})
    assert json.dumps(planned.get("data")) == json.dumps(ordinary.get("data")), (text, variables)
    assert planned.get("errors") == ordinary.get("errors"), (text, variables)


@pytest.mark.slow
def test_plans_and_ordinary_resolvers_answer_alike(empty: Database) -> None:
    with empty.writing() as session:
        world = make_world(session, 7)
    graphql = GraphQL(empty, LIMITS)
    cursors = [*cursors_of(graphql.answer(world.viewers[0], CURSORS)["data"]), "", "junk", "W10="]
    rounds = 250 if empty.dialect == "sqlite" else 40

    @settings(max_examples=rounds, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        compare(graphql, world, seed, cursors)

    run()
