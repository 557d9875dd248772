"""Saved settings in pictures: whose are used, and what addresses promise."""

import re
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from render.composite import composite
from store import models
from store.access import Viewer
from store.edits.people import create_experimenter
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import BASE, PASSWORD, make_pixels
from tests.app.test_tiles import picture

SAVE = """mutation ($image: ID!, $text: String, $z: Int) {
  saveRenderingSettings(items: [{image: $image, text: $text, defaultZ: $z}]) {
    applied items { error { message } node { ... on RenderingSettings { contentHash } } } } }"""
URLS = """query ($image: ID!) { image(id: $image) {
  tileUrl thumbnailUrl rendering { source hash } } }"""
SHARE = """mutation ($image: ID!, $text: String) {
  shareRenderings(items: [{image: $image, text: $text}]) {
    items { hash tileUrl thumbnailUrl } } }"""
CONTRAST = """query ($image: ID!) {
  autoContrast(image: $image, low: 10, high: 90, channels: [1]) {
    channels { index start end } text level } }"""


def ask(client: TestClient, query: str, image: int, **variables: Any) -> Any:
    body = {"query": query, "variables": {"image": f"Image:{image}", **variables}}
    answer = client.post("/graphql", json=body, headers={"origin": BASE}).json()
    assert "errors" not in answer, answer
    ((_, data),) = answer["data"].items()
    return data


def save(client: TestClient, image: int, text: str | None = None, **variables: Any) -> str:
    changed = ask(client, SAVE, image, text=text, **variables)
    assert changed["applied"], changed
    key: str = changed["items"][0]["node"]["contentHash"]
    return key


def address(urls: Any) -> str:
    """Return the address of one tile."""
    places = {"level": 0, "z": 2, "t": 0, "x": 0, "y": 0, "format": "png"}
    return str(urls["tileUrl"]).format(**places)


@pytest.fixture
def reader(micrograph: Micrograph, administrator: Viewer, image: int) -> TestClient:
    """A browser of somebody who sees the image, and does not own it."""
    with micrograph.database.writing() as session:
        group = session.scalar(sa.select(models.Image.group_id).where(models.Image.id == image))
        assert group is not None
        session.execute(
            sa.update(models.ExperimenterGroup)
            .where(models.ExperimenterGroup.id == group)
            .values(permissions=GroupPermissions.READ_ONLY.value)
        )
        key = create_experimenter(
            session, administrator, "reader", password=PASSWORD, group_ids=[group]
        )
        viewer_by_experimenter(session, key)
    client = TestClient(create_app(micrograph), base_url=BASE)
    signed = client.post("/session", json={"user": "reader", "password": PASSWORD})
    assert signed.status_code == 204
    return client


def test_saved_settings_hold_at_the_next_request(client: TestClient, image: int) -> None:
    plain = f"/tiles/{image}/0/2/0/0/0.png"
    before = client.get(plain)

    save(client, image, "c=1:0-500.00FF00,-2,-3")
    after = client.get(plain)
    asked = client.get(plain, params={"c": "1:0-500.00FF00,-2,-3"})

    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["etag"] == asked.headers["etag"]
    assert picture(after.content)[..., 0].max() == 0
    # Changes of the address are on top of what is saved.
    assert picture(client.get(plain, params={"c": "-1"}).content).max() == 0


def test_everybody_sees_their_own_settings_else_the_owners(
    client: TestClient, reader: TestClient, image: int
) -> None:
    plain = f"/tiles/{image}/0/2/0/0/0.png"
    default = reader.get(plain).headers["etag"]

    save(client, image, "c=-1")
    owners = reader.get(plain).headers["etag"]
    save(reader, image, "c=1,-2")
    own = reader.get(plain).headers["etag"]

    assert len({default, owners, own}) == 3
    assert client.get(plain).headers["etag"] == owners
    assert ask(reader, URLS, image)["rendering"]["source"] == "MINE"


def test_an_address_with_a_version_changes_with_the_settings(
    client: TestClient, reader: TestClient, image: int
) -> None:
    first = ask(client, URLS, image)
    save(client, image, "c=-1")
    second = ask(client, URLS, image)

    old, new = client.get(address(first)), client.get(address(second))
    assert first["tileUrl"] != second["tileUrl"]
    assert first["thumbnailUrl"] != second["thumbnailUrl"]
    assert "immutable" in new.headers["cache-control"]
    assert "immutable" not in old.headers["cache-control"]
    assert old.headers["etag"] == new.headers["etag"]
    # The owner's settings are the reader's, too, until there are others.
    assert ask(reader, URLS, image)["tileUrl"] == second["tileUrl"]
    save(reader, image, "c=1,-3")
    assert "immutable" not in reader.get(address(second)).headers["cache-control"]


def test_settings_named_by_their_hash_are_the_same_for_everybody(
    client: TestClient, reader: TestClient, image: int
) -> None:
    shared = ask(client, SHARE, image, text="c=1:0-500.00FF00,-2,-3")["items"][0]
    first = client.get(address(shared))
    save(reader, image, "c=-1,2", z=0)
    save(client, image, "c=-1,3", z=1)

    theirs, mine = reader.get(address(shared)), client.get(address(shared))

    assert theirs.headers["etag"] == mine.headers["etag"] == first.headers["etag"]
    assert "immutable" in theirs.headers["cache-control"]
    thumbnails = [one.get(shared["thumbnailUrl"]) for one in (client, reader)]
    assert thumbnails[0].headers["etag"] == thumbnails[1].headers["etag"]
    assert "immutable" in thumbnails[0].headers["cache-control"]
    unversioned = re.sub(r"&v=\w+", "", address(shared))
    assert "immutable" not in client.get(unversioned).headers["cache-control"]
    wrong = re.sub(r"v=\w+", "v=000000000000", address(shared))
    assert "immutable" not in client.get(wrong).headers["cache-control"]


def test_saved_settings_have_a_hash_for_addresses(client: TestClient, image: int) -> None:
    key = save(client, image, "c=-1")
    save(client, image, "c=1,-2")

    named = client.get(f"/tiles/{image}/0/2/0/0/0.png", params={"s": key, "c": "-3"})

    expected = client.get(f"/tiles/{image}/0/2/0/0/0.png", params={"c": "-1,2,-3"})
    assert named.headers["etag"] == expected.headers["etag"]


@pytest.mark.parametrize("key", ["0" * 16, "", "x", "\x00", "0" * 5000, "../../etc", "É"])
@pytest.mark.parametrize("path", ["tiles/{}/0/2/0/0/0.png", "thumbnails/{}.png"])
def test_an_unknown_hash_is_not_found(client: TestClient, image: int, path: str, key: str) -> None:
    answer = client.get("/" + path.format(image), params={"s": key})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert answer.json()["error"]["remedy"]


def test_settings_of_another_number_of_channels_are_refused(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    form = {"channels": [], "model": "rgb"}
    with micrograph.database.writing() as session:
        session.add(models.RenderingForm(content_hash="a" * 16, settings=form))

    answer = client.get(f"/tiles/{image}/0/2/0/0/0.png", params={"s": "a" * 16})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_settings")


def test_nobody_sees_more_by_a_hash(client: TestClient, stranger: TestClient, image: int) -> None:
    key = save(client, image, "c=-1")

    assert stranger.get(f"/tiles/{image}/0/2/0/0/0.png", params={"s": key}).status_code == 404


def test_thumbnails_show_the_section_that_was_saved(client: TestClient, image: int) -> None:
    plain = f"/thumbnails/{image}.png"
    save(client, image, z=3)

    saved = client.get(plain).headers["etag"]

    assert saved == client.get(plain, params={"z": 3}).headers["etag"]
    assert saved != client.get(plain, params={"z": 2}).headers["etag"]


def test_known_tiles_ask_the_database_nothing_with_saved_settings_either(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    key = save(client, image, "c=-1")
    addresses = [f"/tiles/{image}/0/2/0/0/0.png", f"/tiles/{image}/0/2/0/0/0.png?s={key}"]
    first = [client.get(one).status_code for one in addresses]
    asked: list[str] = []
    for engine in micrograph.database.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    again = [client.get(one).status_code for one in addresses]

    assert first == again == [200, 200]
    assert asked == []


def test_a_tile_of_an_open_image_takes_one_statement_with_saved_settings(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    save(client, image, "c=-1")
    with micrograph.database.writing() as session:  # no need to look at filters for colours
        session.execute(sa.update(models.Channel).values(color=-1))
    with micrograph.database.reading() as session:
        micrograph.images.find(session, administrator, image)
        asked: list[str] = []
        sa.event.listen(
            session.connection(), "before_cursor_execute", lambda *a: asked.append(a[2])
        )
        opened = micrograph.images.find(session, administrator, image)

    assert len(asked) == 1
    assert opened.settings.channels[0].active is False
    assert opened.defaults.channels[0].active is True


def test_an_image_stays_open_for_people_with_different_settings(
    client: TestClient, reader: TestClient, micrograph: Micrograph, image: int
) -> None:
    save(client, image, "c=-1")
    save(reader, image, "c=1,-2")
    for browser in (client, reader, client):
        assert browser.get(f"/tiles/{image}/0/2/0/0/0.png").status_code == 200
    (opened,) = micrograph.images._opened.values()

    reader.get(f"/tiles/{image}/0/2/0/0/0.jpg")

    assert list(micrograph.images._opened.values()) == [opened]


def test_contrast_is_found_from_the_samples(client: TestClient, image: int) -> None:
    found = ask(client, CONTRAST, image)

    plane = make_pixels()[0, 1, 2]
    (channel,) = found["channels"]
    assert found["level"] in (0, 1)
    expected = np.percentile(plane, [10, 90])
    assert np.allclose([channel["start"], channel["end"]], expected, rtol=0.02)
    assert found["text"].startswith("c=2:")
    tile = client.get(f"/tiles/{image}/0/2/0/0/0.png?{found['text']}")
    assert tile.status_code == 200


def test_a_tile_with_saved_settings_is_their_composite(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    save(client, image, "c=1:10-700.FF8000.inv,-2,3:5-60.lut(magma)")
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, administrator, image)

    shown = picture(client.get(f"/tiles/{image}/0/2/0/0/0.png").content)

    planes = [make_pixels()[0, channel, 2, :512, :512] for channel in (0, 2)]
    assert np.array_equal(shown, composite(planes, opened.settings))
