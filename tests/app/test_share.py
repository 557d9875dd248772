from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from store.access import Viewer
from store.edits.grants import Audience, grant_access, revoke_access
from store.edits.share_links import create_share_link, revoke_share_links
from tests.app.conftest import BASE
from tests.permissions.test_routes import PICTURES

TILE = "/tiles/{id}/0/0/0/0/0"

HIDDEN = 2**40
"""An image that nobody has."""


@pytest.fixture
def image(library: tuple[Any, int]) -> int:
    return library[1]


@pytest.fixture
def visitor(micrograph: Micrograph) -> Iterator[TestClient]:
    """A browser in which nobody is signed in, and which follows where it is led."""
    with TestClient(create_app(micrograph), base_url=BASE, follow_redirects=False) as client:
        yield client


def link(micrograph: Micrograph, viewer: Viewer, image: int, **facts: Any) -> tuple[str, int]:
    with micrograph.database.writing() as session:
        new = create_share_link(session, viewer, ("Image", image), **facts)
    return new.secret, new.id


def test_a_link_opens_what_it_shows_at_every_door_and_nothing_else(
    visitor: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    secret, key = link(micrograph, administrator, image, state="z=2&t=1")
    tile = TILE.format(id=image)
    assert visitor.get(tile).status_code == 401

    opened = visitor.get(f"/share/{secret}")

    assert opened.status_code == 303
    assert opened.headers["location"] == f"/i/{image}?z=2&t=1"
    assert opened.headers["cache-control"] == "no-store"
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert secret.lower() not in cookie
    doors = {path: visitor.get(path.format(id=image)).status_code for path in PICTURES.values()}
    assert doors == dict.fromkeys(PICTURES.values(), 200)
    beside = {path: visitor.get(path.format(id=HIDDEN)).status_code for path in PICTURES.values()}
    assert beside == dict.fromkeys(PICTURES.values(), 404)
    said = visitor.get("/session").json()
    assert said == {
        "user": None,
        "share": {"target": f"Image:{image}", "state": "z=2&t=1"},
    }
    assert asked(visitor, "{ images { totalCount nodes { id } } }") == {
        "images": {"totalCount": 1, "nodes": [{"id": f"Image:{image}"}]}
    }
    refused = visitor.post(
        "/graphql",
        json={"query": f'mutation {{ delete(ids: ["Image:{image}"]) {{ applied }} }}'},
    ).json()
    assert "errors" in refused or not refused["data"]["delete"]["applied"]

    tag = visitor.get(tile).headers["etag"]
    assert visitor.get(tile, headers={"if-none-match": tag}).status_code == 304
    with micrograph.database.writing() as session:
        revoke_share_links(session, administrator, [key])
    for headers in ({}, {"if-none-match": tag}):
        assert visitor.get(tile, headers=headers).status_code == 401
    assert visitor.get(f"/share/{secret}").status_code == 404


def asked(client: TestClient, query: str, **headers: str) -> Any:
    return client.post("/graphql", json={"query": query}, headers=headers).json()["data"]


def test_a_link_that_was_never_made_answers_as_one_that_is_over(
    visitor: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    secret, _ = link(micrograph, administrator, image, max_uses=1)
    assert visitor.head(f"/share/{secret}").status_code == 204
    assert visitor.get(f"/share/{secret}", headers={"sec-purpose": "prefetch"}).status_code == 204
    assert visitor.get(f"/share/{secret}").status_code == 303
    assert visitor.get(f"/share/{secret}").status_code == 303  # the same browser
    visitor.cookies.clear()

    over, unknown = (visitor.get(f"/share/{one}") for one in (secret, "mgs_" + "A" * 43))

    assert over.status_code == unknown.status_code == 404
    own = ("request",)
    first, second = (
        {name: text for name, text in one.json()["error"].items() if name not in own}
        for one in (over, unknown)
    )
    assert first == second
    page = visitor.get(f"/share/{secret}", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "This link shows nothing." in page.text


def test_programs_show_the_secret_in_a_header_or_in_the_address(
    visitor: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    image: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "app.access")
    secret, _ = link(micrograph, administrator, image)
    counted, _ = link(micrograph, administrator, image, max_uses=5)
    tile = TILE.format(id=image)

    assert visitor.get(tile, headers={"authorization": f"Bearer {secret}"}).status_code == 200
    assert visitor.get(f"/share/{secret}{tile}").status_code == 200
    assert visitor.get(f"/share/{secret}/thumbnails/{HIDDEN}.jpg").status_code == 404
    data = visitor.post(f"/share/{secret}/graphql", json={"query": "{ images { totalCount } }"})
    assert data.json()["data"] == {"images": {"totalCount": 1}}
    assert visitor.get(f"/share/{counted}{tile}").status_code == 401
    visitor.get(f"/share/{secret}")
    lines = " ".join(str(vars(one)) for one in caplog.records)
    assert secret not in lines


def test_a_granted_image_is_shown_until_the_grant_is_taken_back(
    stranger: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    tile = TILE.format(id=image)
    assert stranger.get(tile).status_code == 404
    with micrograph.database.writing() as session:
        (key,) = grant_access(session, administrator, [("Image", image)], Audience(public=True))
    tag = stranger.get(tile).headers["etag"]
    assert stranger.get(tile, headers={"if-none-match": tag}).status_code == 304
    with micrograph.database.writing() as session:
        revoke_access(session, administrator, [key])
    assert stranger.get(tile, headers={"if-none-match": tag}).status_code == 404
    assert stranger.get(tile).status_code == 404
