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


def doubling(fragments: int) -> str:
    """Fragments that each contain the next one twice."""
    parts = [
        f"fragment F{n} on Project {{ a: id ...F{n + 1} ...F{n + 1} }}" for n in range(fragments)
    ]
    return f"{{ project(id: 1) {{ ...F0 }} }} {' '.join(parts)} fragment F{fragments} on Project {{ id }}"


def doubling_fields(fragments: int) -> str:
    """Fragments that contain the next one below two different fields."""
    parts = [
        f"fragment F{n} on X {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}"
        for n in range(fragments)
    ]
    return f"{{ x {{ ...F0 }} }} {' '.join(parts)} fragment F{fragments} on X {{ id }}"


REFUSED = {
    "characters": "#" * 100_001,
    "tokens": "{ " + "a " * 2_000 + "}",
    "depth": "{ " + "a { " * 15 + "b" + " }" * 16,
    "brackets": "{ a(b: " + "[" * 5_000 + "]" * 5_000 + ") }",
    "aliases": "{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(31)) + " }",
    "repeats": "{ " + "viewer { id } " * 21 + "}",
    "directives": "{ viewer { id " + "@skip(if: false) " * 51 + "} }",
    "fragments": "{ a } " + " ".join(f"fragment F{n} on A {{ a }}" for n in range(51)),
    "fields": doubling(20),
    "depth by fragments": doubling_fields(20),
    "fields by fragments": doubling_fields(13),
    "a cycle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "itself": "{ ...A } fragment A on Query { viewer { ...A } }",
    "mutations": "mutation { "
    + " ".join(f"m{n}: createProjects(items: []) {{ applied }}" for n in range(5))
    + " }",
}
HARMLESS = {
    "the benchmark": HIERARCHY,
    "introspection": get_introspection_query(),
    "an unused fragment that is unknown": "{ viewer { ...Unknown } }",
    "a string of brackets": '{ a(b: "' + "{" * 500 + '") }',
    "a comment": "# " + "{" * 500 + "\n{ viewer { id } }",
    "a block string": '{ a(b: """ "quoted" \\""" { """) }',
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


def test_the_place_is_named() -> None:
    refused = examined("{ viewer { x: id " + "y: id " * 21 + "} }")

    assert refused is not None
    assert (refused.limit, refused.path) == ("repeats", ("viewer", "y"))


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
