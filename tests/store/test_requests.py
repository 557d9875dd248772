"""Changes with a key: done once, answered alike, refused for another change."""

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.requests import KEPT, PURGED, once
from store.errors import ConflictError, InvalidInputError
from tests.people import person


def test_a_repeated_request_gets_the_first_outcome_and_is_not_done_again(
    database: Database, viewer: Viewer
) -> None:
    done: list[int] = []

    def run() -> dict[str, Any]:
        done.append(1)
        return {"number": len(done)}

    with database.writing() as session:
        first = once(session, viewer, "k", "a" * 64, run)
    with database.writing() as session:
        again = once(session, viewer, " k ", "a" * 64, run)
        other = once(session, person(session, viewer, "x", []), "k", "b" * 64, run)
        with pytest.raises(ConflictError, match="used for another change"):
            once(session, viewer, "k", "b" * 64, run)

    assert (first, again, other) == ({"number": 1}, {"number": 1}, {"number": 2})


def test_a_change_that_fails_gives_its_key_back(database: Database, viewer: Viewer) -> None:
    def fail() -> dict[str, Any]:
        message = "no"
        raise ConflictError(message)

    with pytest.raises(ConflictError, match="no"), database.writing() as session:
        once(session, viewer, "k", "a" * 64, fail)
    with database.writing() as session:
        assert once(session, viewer, "k", "b" * 64, lambda: {"ok": True}) == {"ok": True}


def test_old_outcomes_are_forgotten_a_bounded_number_at_a_time(
    database: Database, viewer: Viewer
) -> None:
    old = dt.datetime.now(dt.UTC) - KEPT - dt.timedelta(minutes=1)
    request = models.IdempotentRequest
    with database.writing() as session:
        for number in range(PURGED + 20):
            session.add(
                request(
                    experimenter_id=viewer.experimenter_id,
                    key=str(number),
                    request_hash="a" * 64,
                    outcome={},
                    time=old + dt.timedelta(seconds=number / 10),
                )
            )
        session.flush()
        last = str(PURGED + 19)
        assert once(session, viewer, last, "b" * 64, lambda: {"new": 1}) == {"new": 1}
        left = session.scalar(sa.select(sa.func.count(request.id)))

    assert left == 20


def test_keys_that_nobody_can_send_twice_alike_are_refused(
    database: Database, viewer: Viewer
) -> None:
    for key in ("", " ", "x" * 256, "a\0b", "a\ud800"):
        with database.writing() as session, pytest.raises(InvalidInputError, match="idempotency"):
            once(session, viewer, key, "a" * 64, dict)


def test_of_two_requests_at_once_one_is_done_and_the_other_gets_its_outcome(
    database: Database, viewer: Viewer
) -> None:
    started, outcomes, done = threading.Event(), [], []

    def slow() -> dict[str, Any]:
        started.set()
        done.append(1)
        return {"number": len(done)}

    def ask() -> None:
        with database.writing() as session:
            outcomes.append(once(session, viewer, "k", "a" * 64, slow))

    other = threading.Thread(target=ask)
    with database.writing() as session:
        outcomes.append(once(session, viewer, "k", "a" * 64, slow))
        other.start()
        other.join(0.05)
        assert len(outcomes) == 1
    other.join(10)

    assert started.is_set()
    assert outcomes == [{"number": 1}, {"number": 1}]
