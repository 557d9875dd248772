import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from schema.build import GraphQL
from schema.limits import Limits
from store.access import Viewer
from store.database import Database
from tests.populate import Population, populate
from tests.schema.documents import Maker

pytestmark = pytest.mark.usefixtures("large")

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
REFUSED = {"invalid_input", "search_syntax", "not_allowed", "unsupported"}
"""Codes of the errors that documents may rightly get; the last of fields that need a server."""
DOCUMENTS = {"sqlite": 15, "postgresql": 8}
"""Documents of one seed, which takes some seconds."""
SEEDS = int(os.environ.get("MICROGRAPH_TEST_SEEDS", "3"))
"""More of them look deeper."""


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A current database without any rows."""
    database = Database(database_url)
    yield database
    database.close()


def compare(graphql: GraphQL, population: Population, seed: str) -> Iterator[str]:
    """Answer one random document in both ways, for one of the people; then later pages of it.

    Yields:
        How it ended.
    """
    chance = random.Random(seed)
    maker = Maker(graphql._schema, chance, population.ids)
    text, variables = maker.document()
    viewer = chance.choice(population.viewers)
    planned = alike(graphql, viewer, text, variables, seed)
    yield ended(planned)
    if "errors" not in planned and maker.turn(planned["data"]):
        yield f"{ended(alike(graphql, viewer, text, variables, seed))}, turned"


def alike(
    graphql: GraphQL, viewer: Viewer, text: str, variables: dict[str, Any], seed: str
) -> dict[str, Any]:
    """Answer a document in both ways."""
    planned = graphql.answer(viewer, text, variables)
    ordinary = graphql.answer(viewer, text, variables, planned=False)
    said = (seed, text, dict(variables))
    errors = planned.get("errors", [])
    # Same name, other type in fragments of one place: a document that is rightly refused.
    if any("conflict" in error["message"] for error in errors):
        return planned
    codes = {error["extensions"]["code"] for error in errors}
    assert codes <= REFUSED, (*said, errors)
    assert "fallback" not in planned["extensions"], (*said, planned["extensions"])
    assert json.dumps(planned["data"]) == json.dumps(ordinary["data"]), said
    assert errors == ordinary.get("errors", []), (*said, errors, ordinary.get("errors"))
    return planned


def ended(answer: dict[str, Any]) -> str:
    """Say how a document was answered."""
    if "errors" not in answer:
        return "answered"
    return "invalid" if "data" in answer else "refused"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_plans_and_ordinary_resolvers_answer_alike(empty: Database, seed: int) -> None:
    with empty.writing() as session:
        population = populate(session, seed)
    graphql = GraphQL(empty, LIMITS)
    number = DOCUMENTS[empty.dialect]

    ends: Counter[str] = Counter()
    made = 0
    # And until there is one with a further page.
    while made < number or (made < 4 * number and not ends["answered, turned"]):
        ends.update(compare(graphql, population, f"{seed}.{made}"))
        made += 1

    assert ends["answered"] > made / 2
    assert ends["answered, turned"] >= 1
