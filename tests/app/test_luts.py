"""Lookup tables over HTTP: in effect at once in every process, and pictures of them."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from render.luts import lut
from store import models
from store.edits.lookup_tables import add_lookup_table, remove_lookup_table
from store.queries.people import viewer_by_experimenter

LEVELS = np.arange(256)
FALLING = np.stack([255 - LEVELS, LEVELS // 2, 0 * LEVELS], axis=1).astype(np.uint8)
RISING = FALLING[::-1].copy()
Asking = Callable[..., dict[str, Any]]


def file(colors: NDArray[np.uint8]) -> bytes:
    return bytes(colors.T.tobytes())


def keep(micrograph: Micrograph, name: str, colors: NDArray[np.uint8]) -> None:
    """Keep a table as another process does."""
    other = Micrograph(micrograph.settings)
    with other.database.writing() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        add_lookup_table(session, viewer, name, file(colors), replace=True)
    other.close()


def remove(micrograph: Micrograph, name: str) -> None:
    other = Micrograph(micrograph.settings)
    with other.database.writing() as session:
        remove_lookup_table(session, viewer_by_experimenter(session, 1), name)
    other.close()


def picture(content: bytes) -> NDArray[Any]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def address(image: int, lut: str = "royal") -> str:
    return f"/tiles/{image}/0/0/0/0/0.png?size=64&c=1:0-255.lut({lut}),-2,-3"


def levels() -> NDArray[np.uint8]:
    """Levels of the tile of `address`: samples are x + y."""
    y, x = np.mgrid[:64, :64]
    return np.asarray(x + y, np.uint8)


def test_an_uploaded_table_is_in_effect_with_the_next_request(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    unknown = client.get(address(image))
    keep(micrograph, "Royal.lut", FALLING)
    first = client.get(address(image))
    keep(micrograph, "Royal.lut", RISING)
    second = client.get(address(image), headers={"if-none-match": first.headers["etag"]})
    remove(micrograph, "royal")
    gone = client.get(address(image))

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "unknown_lut")
    np.testing.assert_array_equal(picture(first.content), FALLING[levels()])
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]
    np.testing.assert_array_equal(picture(second.content), RISING[levels()])
    assert gone.status_code == 400


def test_an_uploaded_table_takes_the_place_of_a_similar_one(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    similar = client.get(address(image, "gem"))
    keep(micrograph, "gem", FALLING)
    uploaded = client.get(address(image, "Gem.lut"))
    remove(micrograph, "gem")
    again = client.get(address(image, "gem"))

    np.testing.assert_array_equal(picture(similar.content), lut("gem")[levels()])
    np.testing.assert_array_equal(picture(uploaded.content), FALLING[levels()])
    assert again.headers["etag"] == similar.headers["etag"]


def test_a_table_that_the_file_names_changes_the_version_when_it_comes(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    with micrograph.database.writing() as session:
        for channel in session.query(models.Channel):
            channel.lookup_table = "luts/Royal.lut"
    path = f"/thumbnails/{image}.png?size=64&c=1:0-3000"
    document = "{ images { nodes { tileUrl rendering { hash channels { lut } } } } }"
    before, shown = client.get(path), client.post("/graphql", json={"query": document}).json()
    keep(micrograph, "royal", FALLING)
    after, shown_after = client.get(path), client.post("/graphql", json={"query": document}).json()
    old, new = (one["data"]["images"]["nodes"][0] for one in (shown, shown_after))
    tile = new["tileUrl"].format(level=0, z=0, t=0, x=0, y=0, format="png")

    assert before.headers["etag"] != after.headers["etag"]
    assert [one["lut"] for one in old["rendering"]["channels"]] == [None] * 3
    assert [one["lut"] for one in new["rendering"]["channels"]] == ["royal"] * 3
    assert old["tileUrl"] != new["tileUrl"]
    assert "immutable" in client.get(tile).headers["cache-control"]


def test_addresses_last_for_ever_only_where_no_upload_can_change_their_tables(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    keep(micrograph, "royal", FALLING)
    answer = client.post("/graphql", json={"query": "{ images { nodes { tileUrl } } }"}).json()
    tile = answer["data"]["images"]["nodes"][0]["tileUrl"].format(
        level=0, z=0, t=0, x=0, y=0, format="png"
    )

    lasting = {
        name: "immutable" in client.get(f"{tile}&c=1.lut({name})").headers["cache-control"]
        for name in ("viridis", "cmocean:ice", "royal", "gem")
    }

    assert lasting == {"viridis": True, "cmocean:ice": True, "royal": False, "gem": False}


def test_bits_make_steps_in_tiles_and_thumbnails(client: TestClient, image: int) -> None:
    tile = f"/tiles/{image}/0/0/0/0/0.png?size=64&m=g&c=1:0-255"
    plain, full = client.get(tile), client.get(tile + "&b=8")
    coarse = picture(client.get(tile + "&b=2:10-250").content)
    small = picture(client.get(f"/thumbnails/{image}.png?size=700&m=g&c=1:0-1&b=1:7-9").content)

    assert plain.headers["etag"] == full.headers["etag"]
    assert np.unique(coarse).tolist() == [10, 90]
    assert set(np.unique(small)) <= {7, 8, 9}
    assert client.get(tile + "&b=9").json()["error"]["code"] == "invalid_settings"


def test_the_picture_of_a_table_is_its_colours(client: TestClient, micrograph: Micrograph) -> None:
    keep(micrograph, "royal", FALLING)
    for name, colors in [("viridis", lut("viridis")), ("Royal", FALLING), ("cmocean:ice", None)]:
        response = client.get(f"/luts/{name}.png?height=3")
        got = picture(response.content)

        assert got.shape == (3, 256, 3)
        assert response.headers["content-type"] == "image/png"
        if colors is not None:
            np.testing.assert_array_equal(got, np.stack([colors] * 3))


def test_all_tables_are_in_one_picture_in_order_of_their_names(
    client: TestClient, micrograph: Micrograph
) -> None:
    document = "{ luts { name available } }"
    keep(micrograph, "aaa", FALLING)
    listed = client.post("/graphql", json={"query": document}).json()["data"]["luts"]
    names = [one["name"] for one in listed if one["available"]]

    got = picture(client.get("/luts.png").content)

    assert got.shape == (10 * len(names), 256, 3)
    assert len(names) == 35
    np.testing.assert_array_equal(got[::10][names.index("aaa")], FALLING)
    np.testing.assert_array_equal(got[::10][names.index("viridis")], lut("viridis"))


def test_pictures_of_tables_are_kept_while_the_colours_stay(
    client: TestClient, micrograph: Micrograph
) -> None:
    keep(micrograph, "royal", FALLING)
    first = client.get("/luts/royal.png")
    same = client.get("/luts/royal.png", headers={"if-none-match": first.headers["etag"]})
    keep(micrograph, "royal", RISING)
    other = client.get("/luts/royal.png", headers={"if-none-match": first.headers["etag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200
    assert "no-cache" in first.headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/luts/nope.png", 400, "unknown_lut"),
        ("/luts/edges.png", 400, "unknown_lut"),
        ("/luts/%00.png", 400, "unknown_lut"),
        ("/luts/" + "x" * 300 + ".png", 400, "unknown_lut"),
        ("/luts/viridis.png?height=0", 400, "invalid_input"),
        ("/luts.png?height=65", 400, "invalid_input"),
        ("/luts.png?size=1", 400, "invalid_input"),
    ],
)
def test_pictures_of_nothing_are_errors(
    client: TestClient, path: str, status: int, code: str
) -> None:
    response = client.get(path)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_tables_are_shown_to_people_who_signed_in(anybody: TestClient) -> None:
    assert anybody.get("/luts.png").status_code == 401
    assert anybody.get("/luts/viridis.png").status_code == 401


UPLOAD = """mutation Upload($name: String!, $file: String!, $replace: Boolean! = false) {
  uploadLut(name: $name, file: $file, replace: $replace) {
    name luts { name origin swatch colors imageUrl uploader { userName } uploaded }
  }
}"""


def ask(client: TestClient, document: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(
        "/graphql", json={"query": document, "variables": variables}
    ).json()
    return answer


def test_administrators_upload_rename_and_remove_by_graphql(client: TestClient) -> None:
    text = base64.b64encode(file(FALLING)).decode()

    uploaded = ask(client, UPLOAD, name="Royal.lut", file=text)["data"]["uploadLut"]
    shown = next(one for one in uploaded["luts"] if one["name"] == "royal")
    image = client.get(shown["imageUrl"])
    again = ask(client, UPLOAD, name="Royal.lut", file=text)
    replaced = ask(client, UPLOAD, name="royal", file=text, replace=True)
    renamed = ask(client, 'mutation { renameLut(name: "royal", to: "Ours") { name } }')
    removed = ask(client, 'mutation { removeLut(name: "ours") { name luts { name origin } } }')

    assert uploaded["name"] == "royal"
    assert (shown["origin"], shown["uploader"]["userName"]) == ("UPLOADED", "root")
    assert shown["uploaded"]
    assert shown["colors"][:2] == [255 << 16, 254 << 16]
    assert (shown["swatch"][0], len(shown["swatch"])) == ("#F70400FF", 16)
    np.testing.assert_array_equal(picture(image.content)[0], FALLING)
    assert "immutable" in image.headers["cache-control"]
    assert again["errors"][0]["extensions"]["code"] == "conflict"
    assert replaced["data"]["uploadLut"]["name"] == "royal"
    assert renamed["data"]["renameLut"]["name"] == "ours"
    assert {"name": "royal", "origin": "MISSING"} in removed["data"]["removeLut"]["luts"]


def test_a_change_of_a_table_repeated_with_its_key_is_done_once(client: TestClient) -> None:
    document = """mutation ($name: String!, $file: String!) {
      uploadLut(name: $name, file: $file, idempotencyKey: "once") { name event { id } }
    }"""
    text = base64.b64encode(file(FALLING)).decode()
    first = ask(client, document, name="Royal.lut", file=text)
    again = ask(client, document, name="Royal.lut", file=text)
    other = ask(client, document, name="smart", file=text)
    same = ask(client, 'mutation { renameLut(name: "royal", to: "Royal") { name event { id } } }')

    assert first["data"]["uploadLut"]["name"] == "royal"
    assert first["data"]["uploadLut"]["event"]["id"].startswith("Event:")
    assert again["data"] == first["data"]
    assert other["errors"][0]["extensions"]["code"] == "conflict"
    assert same["data"]["renameLut"] == {"name": "royal", "event": None}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("royal", "not base64!", "invalid_input"),
        ("royal", "é", "invalid_input"),
        ("royal", "A" * 90_000, "invalid_input"),
        ("royal", "", "invalid_lut_file"),
        ("royal", base64.b64encode(b"1 2 3\n").decode(), "invalid_lut_file"),
        ("a/b/,", base64.b64encode(bytes(768)).decode(), "invalid_settings"),
        ("viridis", base64.b64encode(bytes(768)).decode(), "conflict"),
    ],
)
def test_bad_uploads_are_refused_with_a_remedy(
    client: TestClient, name: str, text: str, code: str
) -> None:
    answer = ask(client, UPLOAD, name=name, file=text)

    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["errors"][0]["extensions"]["remedy"]


def test_people_without_rights_upload_nothing_but_see_everything(
    stranger: TestClient, micrograph: Micrograph
) -> None:
    keep(micrograph, "royal", FALLING)
    answer = ask(stranger, UPLOAD, name="smart", file=base64.b64encode(file(RISING)).decode())
    removed = ask(stranger, 'mutation { removeLut(name: "royal") { name } }')
    listed = ask(stranger, "{ luts { name origin uploader { userName } } }")

    assert answer["errors"][0]["extensions"]["code"] == "not_allowed"
    assert removed["errors"][0]["extensions"]["code"] == "not_allowed"
    assert "UPLOADED" in [one["origin"] for one in listed["data"]["luts"]]
    assert stranger.get("/luts/royal.png").status_code == 200
