"""Errors that nobody thought of, with a secret in them: it leaves neither by answers nor by INFO."""

import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.context import Micrograph
from app.log import JsonFormatter, TextFormatter

pytestmark = pytest.mark.slow
CANARY = "c4n4ry-7d1f"
SQL = f"SELECT password_hash FROM experimenter WHERE email = '{CANARY}'"
NUMBER = 500


class OddError(Exception):
    """An error of a library that says all it knows."""

    def __str__(self) -> str:
        return f"odd: {CANARY} in /srv/{CANARY}/data"


def caused(error: Exception) -> Exception:
    error.__cause__ = ValueError(CANARY)
    error.add_note(CANARY)
    return error


KINDS: tuple[Callable[[], BaseException], ...] = (
    lambda: RuntimeError(CANARY),
    lambda: ValueError(f"bad value {CANARY}"),
    lambda: KeyError(CANARY),
    lambda: IndexError(CANARY),
    lambda: AttributeError(f"no attribute {CANARY}", name=CANARY, obj=CANARY),
    lambda: TypeError(CANARY, CANARY),
    lambda: OSError(5, "Input/output error", f"/srv/{CANARY}"),
    lambda: PermissionError(13, "Permission denied", f"/srv/{CANARY}"),
    lambda: UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    lambda: MemoryError(CANARY),
    lambda: RecursionError(CANARY),
    lambda: ZeroDivisionError(CANARY),
    lambda: AssertionError(CANARY),
    lambda: NotImplementedError(CANARY),
    lambda: OddError(CANARY),
    lambda: caused(RuntimeError("see the cause")),
    lambda: ExceptionGroup(CANARY, [ValueError(CANARY)]),
    lambda: sa.exc.IntegrityError(SQL, {"email": CANARY}, Exception(CANARY)),
    lambda: sa.exc.ProgrammingError(SQL, [CANARY], Exception(CANARY)),
    lambda: sa.exc.InvalidRequestError(f"postgresql://ann:{CANARY}@db/{CANARY}"),
)
GRAPHQL = "{ images { totalCount nodes { id name pixels { sizeX } } } }"


def addresses(image: int) -> tuple[tuple[str, str, Any], ...]:
    """Requests that reach a database: method, address and body."""
    return (
        *(("GET", f"/{one}", None) for one in (
            f"tiles/{image}/0/0/0/0/0.png", f"raw/{image}/0/0/0/0/0", f"planes/{image}/0/0",
            f"regions/{image}/0/0/0/0/0/9/9.png", f"orthogonal/{image}/0/xz/0/3",
            f"montages/{image}/0/0", f"thumbnails/{image}.png", f"histograms/{image}",
            "plates/1/0/0/0", "files/1", f"export/Image:{image}.png", f"archive?ids=Image:{image}",
            f"archive/manifest?ids=Image:{image}", "luts.png", "luts/fire.png", "session", "health",
        )),
        ("POST", "/graphql", {"query": GRAPHQL}),
        ("POST", "/graphql", {"query": 'mutation { createProjects(items: [{name: "x"}]) { applied } }'}),
        ("POST", "/graphql", {"query": '{ search(query: "x") { nodes { id } } }'}),
        ("POST", "/graphql", {"query": "{ projects { facet(by: GROUP) { values { label } } } }"}),
        ("POST", "/session", {"user": "root", "password": "sesame open"}),
        ("POST", "/archive", {"ids": [f"Image:{image}"]}),
        ("DELETE", "/session", None),
        ("GET", "/login?token=x", None),
    )  # fmt: skip


@contextmanager
def failing(micrograph: Micrograph, error: BaseException) -> Iterator[list[int]]:
    """Let every look into the database fail; tells how often one was taken."""
    taken: list[int] = []
    database = micrograph.database
    state = database.state

    def broken(*_: Any, **__: Any) -> Any:
        taken.append(1)
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(database), "reading", broken)
        patch.setattr(type(database), "writing", broken)
        patch.setattr(type(database), "state", lambda _: object())  # nothing is known from before
        yield taken
    assert database.state() == state()


def test_500_unexpected_errors_tell_nothing(
    client: TestClient, micrograph: Micrograph, image: int, caplog: pytest.LogCaptureFixture
) -> None:
    asked = addresses(image)
    incidents: list[str] = []
    told, injected = [], 0
    caplog.set_level(logging.INFO)
    for (method, address, body), kind in itertools.islice(itertools.product(asked, KINDS), NUMBER):
        with failing(micrograph, kind()) as taken:
            answer = client.request(method, address, json=body)
        injected += bool(taken)
        text = f"{answer.status_code} {answer.headers} {answer.text}"
        if CANARY in text or "Traceback" in text or "SELECT" in text:
            told.append((address, text))
        if taken and answer.status_code == 500:
            incidents.append(answer.json()["error"]["message"].partition("incident ")[2][:12])
    formats = (TextFormatter(), JsonFormatter())
    lines = [one.format(record) for record in caplog.records if record.levelno <= logging.INFO
             for one in formats]  # fmt: skip
    named = [vars(record)["incident"] for record in caplog.records if "incident" in vars(record)]

    assert told == []
    assert injected == NUMBER
    assert [line for line in lines if CANARY in line] == []
    assert len(lines) >= 2 * NUMBER
    assert sorted(set(named) & set(incidents)) == sorted(incidents)
    assert len(set(incidents)) == len(incidents) >= 300
