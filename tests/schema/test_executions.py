import base64
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from schema.build import GraphQL
from schema.limits import Limits
from store.database import Database
from tests.populate import Population, populate
from tests.schema.documents import Maker

LIMITS = Limits(
    tokens=50_000,
    fields=50_000,
    aliases=5_000,
    repeats=5_000,
    fragments=5_000,
    directives=5_000,
    statements=50_000,
    estimate=10**18,
)
DOCUMENTS = {"sqlite": 30, "postgresql": 10}
"""Documents of one seed, which takes some seconds."""


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
  images(orderBy: ACQUIRED_ASC) { edges { cursor node { annotations { edges { cursor } } } } }
  datasets(orderBy: ID_DESC) { edges { cursor } } annotations { edges { cursor } }
}"""


def compare(graphql: GraphQL, population: Population, seed: str, cursors: list[str]) -> str:
    """Answer one random document in both ways, for one of the people; return how it ended."""
    chance = random.Random(seed)
    maker = Maker(graphql._schema, chance, population.ids, cursors)
    text, variables = maker.document()
    viewer = chance.choice(population.viewers)

    planned = graphql.answer(viewer, text, variables)
    ordinary = graphql.answer(viewer, text, variables, planned=False)

    errors = planned.get("errors", [])
    # Same name, other type in fragments of one place: a document that is rightly refused.
    if any("conflict" in error["message"] for error in errors):
        return "refused"
    codes = {error["extensions"]["code"] for error in errors}
    assert codes <= {"invalid_input"}, (seed, text, variables, errors)
    assert "fallback" not in planned["extensions"], (seed, planned["extensions"])
    found, expected = json.dumps(planned["data"]), json.dumps(ordinary["data"])
    assert found == expected, (seed, text, variables)
    assert errors == ordinary.get("errors", []), (seed, text, variables)
    return "invalid" if errors else "answered"


@pytest.mark.parametrize("seed", range(3))
def test_plans_and_ordinary_resolvers_answer_alike(empty: Database, seed: int) -> None:
    with empty.writing() as session:
        population = populate(session, seed)
    graphql = GraphQL(empty, LIMITS)
    cursors = cursors_of(graphql.answer(population.viewers[0], CURSORS)["data"])
    nothing = ["", "junk", base64.b64encode(b"[]").decode()]
    number = DOCUMENTS[empty.dialect]

    ends = Counter(
        compare(graphql, population, f"{seed}.{count}", [*cursors, *nothing])
        for count in range(number)
    )

    assert ends["answered"] > number / 5
