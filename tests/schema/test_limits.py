import time
from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from schema.build import GraphQL
from schema.errors import DocumentLimitError
from schema.limits import Limits, check, check_text
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy
from tests.schema.bombs import REFUSED, doubling, doubling_fields

LIMITS = Limits()
HIERARCHY = """query ($id: ID!) { project(id: $id) { id name datasets(first: 500) { nodes { id name
  images(first: 500) { nodes { id name pixels { sizeX type channels { id name color } } } } } } } }"""


def examined(text: str) -> DocumentLimitError | None:
    """Look at a document; return its refusal."""
    try:
        check_text(text, LIMITS)
        check(parse(text), LIMITS)
    except DocumentLimitError as refused:
        return refused
    return None


HARMLESS = {
    "the benchmark": HIERARCHY,
    "introspection": get_introspection_query(),
    "fields of wells": "{ __typename plates { nodes { wells { nodes { fields { nodes { id } } } } } } }",
    "an unused fragment that is unknown": "{ viewer { ...Unknown } }",
    "a string of brackets": '{ a(b: "' + "{" * 500 + '") }',
    "a comment": "# " + "{" * 500 + "\n{ viewer { id } }",
    "a block string": '{ a(b: """ "quoted" \\""" { """) }',
    "two operations with 20 aliases each": " ".join(
        f"query {name} {{ {' '.join(f'a{n}: viewer {{ id }}' for n in range(20))} }}"
        for name in "AB"
    ),
    "a field for each of many types": "{ nodes { "
    + " ".join(f"... on T{n} {{ f{n}(b: {{ name: 1 }}) @include(if: $x) }}" for n in range(40))
    + " } }",
    "50 fragments in a row": "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ viewer {{ id }} ...F{n + 1} }}" for n in range(20)),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_documents_beyond_a_limit_are_refused_with_a_number(text: str) -> None:
    refused = examined(text)

    assert refused is not None
    assert refused.estimate > refused.maximum
    assert refused.remedy


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_ordinary_documents_pass(text: str) -> None:
    assert examined(text) is None


@pytest.mark.parametrize("text", [*REFUSED.values(), doubling(49), doubling_fields(49)])
def test_a_bomb_is_refused_before_it_goes_off(text: str) -> None:
    examined(text)
    spent = []
    for _ in range(3):
        start = time.process_time()
        examined(text)
        spent.append(time.process_time() - start)

    # A bomb takes seconds, this a few milliseconds; the bound only tells the two apart.
    assert min(spent) < 0.1


@given(st.text(alphabet='{}()[]"#.@a \n\\', max_size=300))
def test_any_text_is_looked_at_to_its_end(text: str) -> None:
    check_text(text, LIMITS)


PLACES = {
    "{ viewer { x: id " + "y: id " * 21 + "} }": ("repeats", "viewer.y"),
    "{ a { b { c(d: {e: 1}) @f { ... on G { " + "h " * 21 + "} } } } }": ("repeats", "a.b.c.h"),
    REFUSED["tokens"]: ("tokens", "a1998"),
    REFUSED["aliases"]: ("aliases", "a30"),
    REFUSED["aliases by fragments"]: ("aliases", "A0"),
    REFUSED["repeats by fragments"]: ("repeats", "viewer"),
    REFUSED["directives"]: ("directives", "viewer.id"),
    REFUSED["depth by fragments"]: ("depth", ".".join(["x", *"a" * 20, "id"])),
    REFUSED["fields by fragments"]: ("fields", ".".join(["x", *"a" * 13, "id"])),
    REFUSED["mutations"]: ("mutations", "m4"),
}
"""Documents, and the limit and the place that their refusals name."""


@pytest.mark.parametrize(("text", "place"), PLACES.items(), ids=range(len(PLACES)))
def test_the_place_is_named(text: str, place: tuple[str, str]) -> None:
    refused = examined(text)

    assert refused is not None
    assert (refused.limit, ".".join(refused.path)) == place


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_asks_for_too_much_is_refused_before_it_is_validated(
    database: Database, viewer: Viewer
) -> None:
    graphql = GraphQL(database)

    for text in (doubling(20), doubling_fields(20), REFUSED["depth"]):
        # Its fields and types do not exist, which validation would say.
        (error,) = graphql.answer(viewer, text)["errors"]
        extensions: dict[str, Any] = error["extensions"]
        assert extensions["code"] == "document_limit"
        assert extensions["estimate"] > extensions["maximum"]
        assert extensions["path"]


def test_an_answer_with_too_many_objects_is_refused_while_it_is_read(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=5)
    graphql = GraphQL(database, Limits(objects=12))

    answers = [
        graphql.answer(viewer, HIERARCHY, {"id": "Project:1"}, planned=planned)
        for planned in (True, False)
    ]

    for answer in answers:
        extensions: dict[str, Any] = answer["errors"][0]["extensions"]
        assert extensions["code"] == "document_limit"
        assert (extensions["limit"], extensions["maximum"]) == ("objects", 12)
        assert answer["data"] == {"project": None}


def test_an_answer_with_too_many_statements_is_refused(database: Database, viewer: Viewer) -> None:
    graphql = GraphQL(database, Limits(statements=2))

    answer = graphql.answer(viewer, "{ a: projects { totalCount nodes { id } } b: viewer { id } }")

    assert answer["errors"][0]["extensions"]["limit"] == "statements"
