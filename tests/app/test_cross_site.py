"""What pages of other sites make a browser send: nothing of it changes anything."""

import itertools
from typing import Any

from starlette.testclient import TestClient

from app.auth import cookie_name
from app.context import Micrograph
from store.access import Viewer
from store.models.enums import TokenScope
from store.tokens import create_token

OWN = "http://127.0.0.1:8080"
TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/graphql",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/html",
    "",
)
METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
ORIGINS = {
    "a program": {},
    "our own page": {"origin": OWN, "sec-fetch-site": "same-origin"},
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "a page without origin": {"origin": "null", "sec-fetch-site": "cross-site"},
}
WAYS = ("cookie", "bearer")


def allowed(kind: str, method: str, origin: str, way: str) -> bool:
    """Say which of all requests may change something."""
    ours = origin in ("a program", "our own page")
    return method == "POST" and kind.startswith("application/json") and (ours or way == "bearer")


def test_of_320_requests_only_those_of_our_own_change_something(
    client: TestClient, micrograph: Micrograph, administrator: Viewer
) -> None:
    name = cookie_name(8080)
    ways = {"cookie": {"cookie": f"{name}={client.cookies[name]}"}}
    with micrograph.database.writing() as session:
        token = create_token(session, administrator, "script", TokenScope.WRITE, 1)
    ways["bearer"] = {"authorization": f"Bearer {token.secret}"}
    client.cookies.clear()
    wanted: set[str] = set()
    answers: dict[tuple[str, str, str, str], int] = {}
    for cell in itertools.product(TYPES, METHODS, ORIGINS, WAYS):
        kind, method, origin, way = cell
        project = f"project {len(answers)}"
        text = f'mutation {{ createProjects(items: [{{name: "{project}"}}]) {{ applied }} }}'
        answers[cell] = client.request(
            *(method, "/graphql"),
            json={"query": text},
            headers={**ORIGINS[origin], **ways[way], "content-type": kind},
        ).status_code
        if allowed(*cell):
            wanted.add(project)
    found: Any = client.post(
        "/graphql",
        json={"query": "{ projects(first: 500) { nodes { name } } }"},
        headers=ways["bearer"],
    ).json()

    assert len(answers) == 320
    assert {node["name"] for node in found["data"]["projects"]["nodes"]} == wanted
    assert {cell for cell, status in answers.items() if status < 300} == {
        cell for cell in answers if allowed(*cell)
    }
