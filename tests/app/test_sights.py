from collections.abc import Callable
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from app.context import RECENT_S, Micrograph
from app.sights import LIFETIME_S, Sights
from store.access import Viewer
from store.edits.containers import create_project, delete_images
from store.sign_in import close_sessions_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_given_again_while_nothing_was_committed() -> None:
    sights: Sights[str] = Sights()
    sights.keep(1, "key", "answer")

    assert sights.find(1, "key") == "answer"
    assert sights.find(1, "other") is None
    assert sights.find(2, "key") is None
    assert sights.find(None, "key") is None


def test_a_commit_makes_it_forget_everything() -> None:
    sights: Sights[str] = Sights()
    sights.keep(1, "old", "answer")
    sights.keep(2, "new", "answer")

    assert sights.find(2, "old") is None
    assert sights.find(1, "old") is None
    assert sights.find(2, "new") == "answer"


def test_answers_end_by_the_clock() -> None:
    clock = Clock()
    sights: Sights[str] = Sights(clock)
    sights.keep(1, "key", "answer")
    clock.now = LIFETIME_S + 1

    assert sights.find(1, "key") is None


def test_without_a_known_state_nothing_is_kept() -> None:
    sights: Sights[str] = Sights()
    sights.keep(None, "key", "answer")

    assert sights.find(None, "key") is None


def test_an_image_that_is_deleted_is_gone_with_the_next_request(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    before = [client.get(address).status_code for _ in range(3)]

    with micrograph.database.writing() as session:
        delete_images(session, administrator, [image])
    after = client.get(address)

    assert before == [200, 200, 200]
    assert after.status_code == 404


def test_a_session_that_is_ended_elsewhere_sees_nothing_with_the_next_request(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    address = f"/thumbnails/{image}.jpg"
    before = client.get(address).status_code

    with micrograph.database.writing() as session:
        close_sessions_of(session, micrograph.administrator_id)

    assert before == 200
    assert client.get(address).status_code == 401


def test_one_persons_answer_is_not_given_to_another(
    client: TestClient, stranger: TestClient, image: int
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"

    answers = [asking.get(address).status_code for asking in (client, stranger) * 3]

    assert answers == [200, 404] * 3


def test_whose_session_ends_elsewhere_gets_no_answer_from_the_next_question(
    client: TestClient, micrograph: Micrograph
) -> None:
    question = {"query": "{ __typename }"}
    before = [client.post("/graphql", json=question).status_code for _ in range(3)]

    with micrograph.database.writing() as session:
        close_sessions_of(session, micrograph.administrator_id)

    assert before == [200, 200, 200]
    assert client.post("/graphql", json=question).status_code == 401


def test_people_who_ask_in_turn_are_themselves(client: TestClient, stranger: TestClient) -> None:
    question = {"query": "{ viewer { id } }"}

    answers = [
        asking.post("/graphql", json=question).json()["data"] for asking in (client, stranger) * 2
    ]

    assert answers[0] != answers[1]
    assert answers[:2] == answers[2:]


def test_questions_ask_once_who_somebody_is(client: TestClient, micrograph: Micrograph) -> None:
    import sqlalchemy as sa

    asked: list[str] = []
    client.post("/graphql", json={"query": "{ __typename }"})
    for engine in micrograph.database.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    client.post("/graphql", json={"query": "{ __typename }"})

    assert asked == []


def test_known_tiles_ask_the_database_nothing(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    import sqlalchemy as sa

    asked: list[str] = []
    client.get(f"/tiles/{image}/0/0/0/0/0.jpg")
    for engine in micrograph.database.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    client.get(f"/tiles/{image}/0/0/0/0/0.jpg")
    repeated = list(asked)
    with micrograph.database.writing() as session:
        create_project(session, _administrator(micrograph), "new")
    asked.clear()
    client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert repeated == []
    assert asked


def test_neighbours_of_a_tile_ask_the_database_nothing_and_come_out_as_they_are(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    import sqlalchemy as sa

    asked: list[str] = []
    places = [(x, y) for x in range(2) for y in range(2)]
    addresses = [f"/tiles/{image}/0/0/0/{x}/{y}.png?size=64" for x, y in places]
    apart = []
    for address in addresses:
        micrograph.planes.forget()
        apart.append(client.get(address))
    micrograph.tiles.clear()
    micrograph.pictures.forget()
    for engine in micrograph.database.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    together = [client.get(address) for address in addresses]

    assert [answer.status_code for answer in together] == [200] * 4
    assert [answer.content for answer in together] == [answer.content for answer in apart]
    assert [answer.headers["etag"] for answer in together] == [
        answer.headers["etag"] for answer in apart
    ]
    assert len({answer.content for answer in together}) > 1
    assert asked == []


@pytest.mark.parametrize(
    "place", ["99/0", "0/99", "-1/0", "0x1/0", "\u0662/0", "0/1e3", f"{10**19}/0"]
)
def test_places_that_are_none_are_refused_beside_a_known_tile_as_without_one(
    client: TestClient, micrograph: Micrograph, image: int, place: str
) -> None:
    address = f"/tiles/{image}/0/0/0/{place}.jpg"
    alone = client.get(address)
    client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    beside = client.get(address)

    assert 400 <= alone.status_code < 500
    assert beside.status_code == alone.status_code
    assert beside.json()["error"] | {"request": ""} == alone.json()["error"] | {"request": ""}


def test_neighbours_of_a_known_tile_are_gone_with_the_next_request(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    known = client.get(f"/tiles/{image}/0/0/0/0/0.jpg?size=64")

    with micrograph.database.writing() as session:
        delete_images(session, administrator, [image])

    assert known.status_code == 200
    assert client.get(f"/tiles/{image}/0/0/0/1/0.jpg?size=64").status_code == 404


def test_nobody_else_gets_the_neighbours_of_a_tile_that_somebody_knows(
    client: TestClient, stranger: TestClient, image: int
) -> None:
    addresses = [f"/tiles/{image}/0/0/0/{x}/0.jpg?size=64" for x in range(2)]
    client.get(addresses[0])

    answers = [stranger.get(address).status_code for address in addresses]

    assert answers == [404, 404]


def test_who_waits_for_a_neighbour_of_a_known_tile_is_asked_about_anew(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    image: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.get(f"/tiles/{image}/0/0/0/0/0.jpg?size=64")
    run = micrograph.slots.render.run

    async def run_later(who: object, work: Callable[[], Any]) -> Any:
        with micrograph.database.writing() as session:
            delete_images(session, administrator, [image])
        await anyio.sleep(2 * RECENT_S)
        return await run(who, work)

    monkeypatch.setattr(micrograph.slots.render, "run", run_later)

    assert client.get(f"/tiles/{image}/0/0/0/1/0.jpg?size=64").status_code == 404


def _administrator(micrograph: Micrograph) -> Viewer:
    from store.queries.people import viewer_by_experimenter

    with micrograph.database.reading() as session:
        return viewer_by_experimenter(session, micrograph.administrator_id)
