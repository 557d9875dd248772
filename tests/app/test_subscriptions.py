"""GraphQL over WebSocket: the protocol, who may listen, and what they hear."""

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.auth import cookie_name
from app.context import Micrograph
from app.limits import LISTENING_EACH, Listeners, Slots
from store.access import Viewer
from store.edits import jobs
from store.edits.people import create_experimenter
from store.models.enums import JobStatus
from store.sign_in import open_session

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


class Sockets:
    """WebSockets to a real server, which are closed at the end."""

    def __init__(self, port: int, opened: contextlib.ExitStack) -> None:
        self._port = port
        self._opened = opened

    def open(self, secret: str) -> ClientConnection:
        """Connect, and say nothing yet."""
        headers = {"Cookie": f"{cookie_name(8080)}={secret}"}
        return self._opened.enter_context(
            connect(
                f"ws://127.0.0.1:{self._port}/graphql",
                subprotocols=[Subprotocol(PROTOCOL)],
                additional_headers=headers,
                open_timeout=60,
            )
        )

    def introduce(self, secret: str) -> ClientConnection:
        """Connect, and say who we are."""
        socket = self.open(secret)
        socket.send('{"type": "connection_init"}')
        return socket


@pytest.fixture
def sockets(micrograph: Micrograph, port: int) -> Iterator[Sockets]:
    with contextlib.ExitStack() as opened:
        yield Sockets(port, opened)


@pytest.fixture
def secrets(micrograph: Micrograph, administrator: Viewer) -> tuple[str, str]:
    """Sessions of two people."""
    with micrograph.database.writing() as session:
        other = create_experimenter(session, administrator, "other")
        return (
            open_session(session, administrator.experimenter_id),
            open_session(session, other),
        )


def told(socket: ClientConnection) -> Any:
    """Return what a socket says next: the type of a message, or how it was closed."""
    try:
        return json.loads(socket.recv(60))["type"]
    except ConnectionClosed:
        return socket.close_code, socket.close_reason


def test_one_person_has_a_bounded_number_of_connections(
    micrograph: Micrograph, sockets: Sockets, secrets: tuple[str, str]
) -> None:
    mine, theirs = secrets
    opened = [sockets.introduce(mine) for _ in range(LISTENING_EACH)]
    assert [told(socket) for socket in opened] == ["connection_ack"] * LISTENING_EACH

    assert told(sockets.introduce(mine)) == (
        4429,
        "You have 20 connections open. Close one, and try again.",
    )
    assert told(sockets.introduce(theirs)) == "connection_ack"
    opened[0].close()
    until(lambda: len(micrograph.listeners) == LISTENING_EACH)
    assert told(sockets.introduce(mine)) == "connection_ack"


def test_all_people_have_a_bounded_number_of_connections(
    micrograph: Micrograph, sockets: Sockets, secrets: tuple[str, str]
) -> None:
    micrograph.listeners = Listeners(each=4, most=5)
    mine, theirs = secrets
    for secret in [mine] * 3 + [theirs] * 2:
        assert told(sockets.introduce(secret)) == "connection_ack"

    assert told(sockets.open(theirs)) == (
        1013,
        "Too many people are listening. Try again later.",
    )
    assert len(micrograph.listeners) == 5


def test_who_says_nothing_makes_room_for_others(
    micrograph: Micrograph, sockets: Sockets, secrets: tuple[str, str]
) -> None:
    micrograph.listeners = Listeners(each=4, most=5)
    silent = [sockets.open("") for _ in range(5)]

    assert told(sockets.introduce(secrets[0])) == "connection_ack"
    assert told(silent[0]) == (1013, "Too many people are listening. Try again later.")
    assert told(sockets.introduce(secrets[1])) == "connection_ack"
    assert told(silent[1])[0] == 1013
    assert len(micrograph.listeners) == 5


def until(true: Callable[[], bool]) -> None:
    """Wait until the server has noticed something."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_other_protocols_are_refused(client: TestClient) -> None:
    with (
        client.websocket_connect(ADDRESS, subprotocols=["graphql-ws"]) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert closed.value.code == 4406
