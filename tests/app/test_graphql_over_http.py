"""The GraphQL-over-HTTP specification, as its own audits see it; and what anonymous people learn."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from store.access import Viewer
from store.edits.people import create_group
from store.models.enums import GroupPermissions, TokenScope
from store.tokens import create_token

FRONTEND = Path(__file__).parents[2] / "frontend"
AUDIT = Path(__file__).parent / "audit.mjs"
OWN = "application/graphql-response+json"
GET_REFUSED = {"5A70", "D6D5", "6A70"}
"""Audits of what we refuse on purpose: documents in addresses."""


@pytest.mark.slow
def test_the_audits_of_the_specification_find_neither_errors_nor_warnings(
    micrograph: Micrograph, administrator: Viewer, port: int
) -> None:
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules" / "graphql-http").is_dir():
        pytest.skip("no Node, or no packages of the web client: make web")
    with micrograph.database.writing() as session:
        token = create_token(session, administrator, "audit", TokenScope.READ, 1)
    address = f"http://127.0.0.1:{port}/graphql"
    command = [node, str(AUDIT), address, token.secret, str(FRONTEND)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    results: list[dict[str, str]] = json.loads(done.stdout)
    bad = [one for one in results if one["status"] in ("error", "warn")]
    noticed = {one["id"] for one in results if one["status"] == "notice"}
    print(len(results), "audits;", noticed, "noticed")

    assert len(results) >= 60
    assert bad == []
    assert noticed <= GET_REFUSED


TYPES = {
    "application/json": (200, "application/json"),
    "*/*": (200, "application/json"),
    OWN: (400, OWN),
    f"{OWN}; charset=utf-8, application/json; q=0.9": (400, OWN),
    f"{OWN};q=0.1, application/json": (200, "application/json"),
    f"{OWN};q=0": (200, "application/json"),
}
"""What clients take, and the status and type of the answer to a document that cannot be run."""


def test_documents_that_cannot_run_say_so_by_their_status_to_those_who_ask(
    client: TestClient,
) -> None:
    for accept, expected in TYPES.items():
        headers = {"accept": accept}
        for query in ("{", "{ nothing }", "query ($id: ID!) { node(id: $id) { id } }"):
            answer = client.post("/graphql", json={"query": query}, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == expected
            assert "data" not in answer.json()
        answer = client.post("/graphql", json={"query": "{ luts { name } }"}, headers=headers)
        assert answer.status_code == 200


@pytest.fixture
def public(anybody: TestClient, micrograph: Micrograph, administrator: Viewer) -> TestClient:
    """A browser of somebody without an account, who sees a public group."""
    with micrograph.database.writing() as session:
        create_group(session, administrator, "everybody", GroupPermissions.PUBLIC)
    return anybody


def errors(client: TestClient, query: str) -> list[dict[str, Any]]:
    """Ask, and return the errors of the answer."""
    found: list[dict[str, Any]] = client.post("/graphql", json={"query": query}).json()["errors"]
    return found


def test_nobody_without_an_account_is_told_the_schema(public: TestClient) -> None:
    assert (
        "errors"
        not in public.post("/graphql", json={"query": "{ projects { totalCount } }"}).json()
    )
    for query in (
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ projects { totalCount } a: __schema { types { name } } }",
        "{ ...F } fragment F on Query { __schema { types { fields { type { name } } } } }",
    ):
        (error,) = errors(public, query)
        assert error["extensions"]["code"] == "not_allowed"
    assert "errors" not in public.post("/graphql", json={"query": "{ __typename }"}).json()


def test_what_is_known_of_the_schema_is_not_told_to_nobody(
    public: TestClient, micrograph: Micrograph
) -> None:
    query = {"query": "{ __schema { queryType { name } } }"}
    token = micrograph.tokens.issue()
    assert public.get("/login", params={"token": token}).status_code == 303
    known = public.post("/graphql", json=query).json()
    public.cookies.clear()

    assert known["data"]["__schema"]["queryType"]["name"] == "Query"
    assert "errors" in public.post("/graphql", json=query).json()


MISSPELT = (
    "{ projcts { nodes { id } } }",
    "{ projects { nods { id } } }",
    "{ projects(frst: 1) { nodes { id } } }",
    "{ projects(orderBy: {field: NAM}) { nodes { id } } }",
    "{ projects { nodes { ... on Projet { id } } } }",
    "{ projects { facet(by: GROP) { values { label } } } }",
)


def test_names_that_were_meant_are_told_to_those_with_accounts_only(
    public: TestClient, micrograph: Micrograph
) -> None:
    told = [errors(public, query) for query in MISSPELT]
    public.get("/login", params={"token": micrograph.tokens.issue()})
    known = [errors(public, query) for query in MISSPELT]

    assert all(told)
    assert "Did you mean" not in str(told)
    assert str(known).count("Did you mean") >= 4


def test_the_page_for_trying_documents_is_for_those_with_accounts(public: TestClient) -> None:
    for path in ("/graphql", "/graphiql", "/playground", "/console", "/"):
        answer = public.get(path, headers={"accept": "text/html"})
        assert not {"graphiql", "playground"} & set(answer.text.lower().split('"')), path
        assert "GraphiQL" not in answer.text


def test_batches_and_documents_in_addresses_are_refused(public: TestClient) -> None:
    one = {"query": "{ projects { totalCount } }"}
    assert public.post("/graphql", json=[one] * 10).status_code == 400
    assert public.get("/graphql", params=one).status_code == 405
    assert public.get("/graphql", params={"query": "mutation { a }"}).status_code == 405
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert public.post("/graphql", content="query=%7Ba%7D", headers=form).status_code == 415


def test_aliases_repetitions_and_directives_are_bounded(public: TestClient) -> None:
    for query in (
        "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }",
        "{ " + "__typename " * 500 + "}",
        "{ __typename " + "@aa" * 60 + " }",
    ):
        (error,) = errors(public, query)
        assert error["extensions"]["code"] == "document_limit"


def test_unknown_directives_are_answered_with_a_few_errors(public: TestClient) -> None:
    assert 1 <= len(errors(public, "{ __typename " + "@aa" * 10 + " }")) <= 5


def test_answers_tell_no_trace(public: TestClient) -> None:
    answer = public.post("/graphql", json={"query": "{ projects { totalCount } nothing }"})
    for word in ("tracing", "stacktrace", "traceback", "exception", "site-packages", ".py"):
        assert word not in answer.text.lower()
