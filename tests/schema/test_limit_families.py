"""Whatever document is sent, it is answered or refused within bounded work and memory."""

import sys
import tracemalloc
from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.schema.families import FAMILIES, SIZES, documents

pytestmark = pytest.mark.slow
CALLS = 500_000
"""Calls of functions, of Python and of C, for one document: some tens of milliseconds' worth."""
ABOUT_TYPES = 3_000_000
"""The same for documents about the schema, which grow with it, and are for those with accounts."""
MEMORY = 64 << 20


def calls_of(graphql: GraphQL, viewer: Viewer, text: str) -> tuple[int, dict[str, Any]]:
    """Answer a document, and count the calls that it takes."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer = graphql.answer(viewer, text)
    finally:
        sys.setprofile(None)
    return calls, answer


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_document_is_answered_or_refused_within_bounds(
    database: Database, viewer: Viewer
) -> None:
    graphql = GraphQL(database)
    graphql.answer(viewer, "{ __typename }")
    graphql.answer(viewer, "{ projects { nodes { id datasets { nodes { id } } } } nothing }")
    work, wrong = {}, []
    tracemalloc.start()
    try:
        for name, text in documents():
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            work[name], answer = calls_of(graphql, viewer, text)
            memory = tracemalloc.get_traced_memory()[1] - before
            most = ABOUT_TYPES if "__schema" in text else CALLS
            if work[name] > most or memory > MEMORY or not ({"data", "errors"} & answer.keys()):
                wrong.append((name, work[name], memory))
    finally:
        tracemalloc.stop()
    print(len(work), "documents; most calls:", sorted(work.items(), key=lambda one: -one[1])[:3])

    assert wrong == []
    assert len(work) == len(FAMILIES) * len(SIZES) == 200
