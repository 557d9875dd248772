"""GraphQL over WebSocket: the protocol, who may listen, and what they hear."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from app.context import Micrograph
from app.limits import Slots
from store.access import Viewer
from store.edits import jobs
from store.models.enums import JobStatus

ADDRESS = "ws://127.0.0.1:8080/graphql"
PROTOCOL = "graphql-transport-ws"
JOB = "subscription ($id: ID!) { job(id: $id) { id status progress message } }"


@contextmanager
def connected(client: TestClient) -> Iterator[WebSocketTestSession]:
    """Open a connection and introduce ourselves."""
    with client.websocket_connect(ADDRESS, subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        yield socket


def subscribe(socket: WebSocketTestSession, query: str, name: str = "1", **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    socket.send_json({"id": name, "type": "subscribe", "payload": payload})


@pytest.fixture
def job(micrograph: Micrograph, administrator: Viewer) -> int:
    """A job that was submitted."""
    with micrograph.database.writing() as session:
        return jobs.submit(session, administrator, "import", "a folder").id


def test_a_job_is_heard_at_once_and_after_each_change_until_its_end(
    client: TestClient, micrograph: Micrograph, job: int
) -> None:
    heard = []
    with connected(client) as socket:
        subscribe(socket, JOB, id=f"Job:{job}")
        heard.append(socket.receive_json())
        with micrograph.database.writing() as session:
            jobs.report(session, job, progress=0.5, message="half")
        heard.append(socket.receive_json())
        with micrograph.database.writing() as session:
            jobs.finish(session, job, JobStatus.FINISHED, message="2 images")
        heard += [socket.receive_json(), socket.receive_json()]

    found = [message["payload"]["data"]["job"] for message in heard[:3]]
    assert [(one["status"], one["progress"], one["message"]) for one in found] == [
        ("SUBMITTED", 0.0, None),
        ("RUNNING", 0.5, "half"),
        ("FINISHED", 1.0, "2 images"),
    ]
    assert heard[3] == {"id": "1", "type": "complete"}


def test_who_listens_goes_on_listening_after_the_server_was_too_busy_to_look(
    client: TestClient, micrograph: Micrograph, job: int
) -> None:
    release, portal = threading.Event(), client.portal
    assert portal is not None
    with connected(client) as socket:
        subscribe(socket, JOB, id=f"Job:{job}")
        socket.receive_json()
        full = Slots(1, 1, hold_s=(0, 0))
        holders = [portal.start_task_soon(full.run, who, release.wait) for who in "ab"]
        micrograph.slots = dataclasses.replace(micrograph.slots, metadata=full)
        with micrograph.database.writing() as session:
            jobs.report(session, job, progress=0.5, message="half")
        time.sleep(0.6)  # longer than between two looks
        release.set()
        heard = socket.receive_json()
        assert [holder.result(10) for holder in holders] == [True, True]

    assert heard["type"] == "next"
    assert heard["payload"]["data"]["job"]["progress"] == 0.5


def test_queries_and_errors_come_over_the_same_connection(client: TestClient) -> None:
    with connected(client) as socket:
        subscribe(socket, "{ viewer { userName } }")
        answered, complete = socket.receive_json(), socket.receive_json()
        subscribe(socket, "{ viewer { nothing } }", "2")
        refused = socket.receive_json()
        subscribe(socket, JOB, "3", id="Job:4711")
        unknown = socket.receive_json()

    assert answered["payload"]["data"] == {"viewer": {"userName": "root"}}
    assert complete == {"id": "1", "type": "complete"}
    assert (refused["type"], refused["id"]) == ("error", "2")
    assert refused["payload"][0]["extensions"]["code"] == "graphql_validation"
    assert unknown["payload"][0]["extensions"]["code"] == "not_found"


def test_nobody_listens_without_signing_in(anybody: TestClient) -> None:
    with anybody.websocket_connect(ADDRESS, subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4403


def test_who_signs_out_hears_no_more(client: TestClient, micrograph: Micrograph, job: int) -> None:
    with connected(client) as socket:
        subscribe(socket, JOB, id=f"Job:{job}")
        socket.receive_json()
        client.delete("/session")
        with micrograph.database.writing() as session:
            jobs.report(session, job, message="a secret")
        ended = socket.receive_json()

    assert ended["type"] == "error" or "errors" in ended["payload"]
    assert "secret" not in str(ended)


def test_who_may_not_see_a_job_does_not_learn_whether_it_exists(
    stranger: TestClient, job: int
) -> None:
    with connected(stranger) as socket:
        subscribe(socket, JOB, id=f"Job:{job}")
        hidden = socket.receive_json()
        subscribe(socket, JOB, id="Job:4711")
        missing = socket.receive_json()

    said = str(hidden["payload"]).replace(f"job {job}.", "job 4711.")
    assert said == str(missing["payload"])


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}],
)
def test_pages_of_other_sites_cannot_connect(client: TestClient, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(ADDRESS, subprotocols=[PROTOCOL], headers=headers),
    ):
        pass


def test_other_protocols_are_refused(client: TestClient) -> None:
    with (
        client.websocket_connect(ADDRESS, subprotocols=["graphql-ws"]) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert closed.value.code == 4406
