"""What holds for every picture: caching, ranges of bytes, headers without effect, bad input."""

import random
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from store.access import Viewer
from tests.plates import make_plate

PICTURES = [
    "/tiles/{}/0/0/0/0/0.png?size=64",
    "/regions/{}/0/0/0/10/20/30/40.png",
    "/planes/{}/0/0.png?level=1",
    "/orthogonal/{}/1/xz/0/5.png",
    "/montages/{}/0/0.png?size=64&labels=1",
    "/thumbnails/{}.png",
]


@pytest.mark.parametrize("path", PICTURES)
def test_a_picture_is_tagged_and_known_again_without_being_made(
    client: TestClient, image: int, path: str
) -> None:
    whole = client.get(path.format(image))
    tag = whole.headers["etag"]

    known = client.get(path.format(image), headers={"if-none-match": f'W/"x", {tag}'})
    any_one = client.get(path.format(image), headers={"if-none-match": "*"})
    other = client.get(path.format(image), headers={"if-none-match": '"x"'})
    head = client.head(path.format(image))

    assert whole.status_code == other.status_code == 200
    assert whole.content == other.content
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    assert any_one.status_code == 304
    for name in ("etag", "content-type", "content-length", "cache-control", "vary"):
        assert head.headers[name] == whole.headers[name]
    assert head.content == b""


@pytest.mark.parametrize("path", PICTURES)
def test_nobody_learns_of_a_picture_without_the_right_to_see_it(
    client: TestClient, anybody: TestClient, stranger: TestClient, image: int, path: str
) -> None:
    tag = client.get(path.format(image)).headers["etag"]

    hidden = stranger.get(path.format(image), headers={"if-none-match": tag})
    missing = stranger.get(path.format(10**6), headers={"if-none-match": tag})
    stranger.cookies.clear()

    assert hidden.status_code == missing.status_code == 404
    assert stranger.get(path.format(image)).status_code == 401


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-9", 5, 9),
        ("bytes= 5-9 ", 5, 9),
        ("bytes=5-", 5, -1),
        ("bytes=-7", -7, -1),
        ("bytes=-999999999", 0, -1),
        ("bytes=3-999999999999999999", 3, -1),
    ],
)
def test_one_range_of_bytes_is_answered(
    client: TestClient, image: int, wanted: str, first: int, last: int
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    whole = client.get(address)

    part = client.get(address, headers={"range": wanted})
    again = client.get(address, headers={"range": wanted, "if-range": whole.headers["etag"]})

    size = len(whole.content)
    first, last = first % size if first < 0 else first, last % size
    assert part.status_code == again.status_code == 206
    assert part.content == again.content == whole.content[first : last + 1]
    assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert part.headers["content-type"] == "image/jpeg"
    assert part.headers["etag"] == whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1,3-4"},
        {"range": "bytes=" + ",".join(f"{n}-" for n in range(500))},
        {"range": "bytes=9-5"},
        {"range": "bytes=-"},
        {"range": "bytes=a-b"},
        {"range": "lines=0-1"},
        {"range": "bytes=0-1", "if-range": '"another"'},
        {"range": "bytes=0-1", "if-range": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ],
)
def test_other_ranges_are_answered_with_the_whole_picture(
    client: TestClient, image: int, headers: dict[str, str]
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"

    response = client.get(address, headers=headers)

    assert response.status_code == 200
    assert response.content == client.get(address).content


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0", "bytes=999999999-9999999999"])
def test_a_range_beyond_the_end_cannot_be_satisfied(
    client: TestClient, image: int, wanted: str
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    size = len(client.get(address).content)

    response = client.get(address, headers={"range": wanted})

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{size}"
    assert response.content == b""


UNKEYED = """accept accept-language accept-charset dnt expect-ct forwarded from if-modified-since
max-forwards origin-agent-cluster pragma priority referer save-data sec-ch-ua sec-fetch-mode te
upgrade-insecure-requests user-agent via viewport-width dpr warning width x-forwarded-for
x-forwarded-host x-forwarded-proto x-forwarded-prefix x-http-method-override x-original-url
x-rewrite-url x-real-ip x-requested-with"""


@pytest.mark.parametrize("path", PICTURES)
def test_headers_that_do_not_count_change_nothing(
    client: TestClient, image: int, path: str
) -> None:
    plain = client.get(path.format(image))
    assert len(UNKEYED.split()) >= 30

    for name in UNKEYED.split():
        response = client.get(path.format(image), headers={name: "canary.example"})
        assert response.content == plain.content, name
        for kept in ("etag", "cache-control", "content-type", "vary"):
            assert response.headers[kept] == plain.headers[kept], name
        assert "canary" not in str(response.headers.raw), name


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("c=" + ",".join(["1"] * 513), "invalid_settings"),
        ("c=" + ",".join(map(str, range(1, 5000))), "invalid_input"),
        ("c=1:nan-nan", "invalid_settings"),
        ("c=1:0-inf", "invalid_settings"),
        ("c=1:0-1e999", "invalid_settings"),
        ("c=1:0-1e301", "invalid_window"),
        ("c=1.lut(../../etc/passwd)", "unknown_lut"),
        ("c=1.lut(a/b.lut)", "unknown_lut"),
        ("c=1.lut(%00)", "unknown_lut"),
        ("q=0", "invalid_input"),
        ("q=101", "invalid_input"),
        ("v=1&v=1", "invalid_input"),
        ("callback=x", "invalid_input"),
    ],
)
@pytest.mark.parametrize("path", PICTURES)
def test_looks_that_cannot_be_are_refused_everywhere(
    client: TestClient, image: int, path: str, query: str, code: str
) -> None:
    address = path.format(image)

    response = client.get(f"{address}{'&' if '?' in address else '?'}{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] in {code, "invalid_window", "invalid_settings"}
    assert response.json()["error"]["remedy"]


PATHS = (
    ("tiles", "level z t x y"),
    ("regions", "level z t x y width height"),
    ("planes", "z t"),
    ("orthogonal", "level plane t at"),
    ("montages", "z t"),
    ("thumbnails", ""),
    ("raw", "level z t x y"),
    ("plates", "level x y"),
)
HOSTILE = (
    "-1",
    "",
    "x",
    "0.5",
    "²",
    "9" * 19,
    str(2**63),
    str(10**9),
    "%",
    "..",
    "\x00",
    "é" * 9,
)
SMALL = {"level": 3, "z": 4, "t": 2, "x": 3, "y": 2, "width": 500, "height": 400, "at": 90}
QUERY = {
    "c": ("1", "-2", "1:10-2000.FF8800", "3.lut(magma).inv", "1:nan-1", "1:5-1", "9", "1.lut(/)", "1:0-1e999", ",,"),
    "m": ("c", "g", "x"),
    "s": ("0123456789abcdef", "0", "x", ""),
    "b": ("1", "8", "8:10-245", "0", "9", "4:9-1"),
    "p": ("max", "mean:2-3", "tmin", "sum:1-4", "max:0-9", "tmax:3-9", "normal", "p"),
    "q": ("1", "50", "100", "0", "101", "lossless", "nan", "1e9"),
    "v": ("", "x", "é"),
    "size": ("16", "64", "512", "0", "1000000000", "-5"),
    "level": ("0", "1", "7", "-1"),
    "start": ("0", "5", "5000", "-1"),
    "length": ("1", "9", "0", "99999999999"),
    "aspect": ("raw", "physical", "2", "0", "1e5", "inf"),
    "columns": ("0", "2", "99"),
    "gap": ("0", "9", "99"),
    "labels": ("0", "1", "2"),
    "e": ("shuffle", "preview", "x"),
    "field": ("0", "1", "-1", "99999999999"),
    "acquisition": ("1", "0", "77"),
    "windows": ("own", "common", "x"),
    "z": ("0", "3", "99", "-1"),
    "t": ("0", "1", "99", "x"),
    "bogus": ("1",),
}  # fmt: skip
KEYS = {
    "tiles": "s c m b p q v size",
    "regions": "s c m b p q v",
    "planes": "s c m b p q v level size",
    "orthogonal": "s c m b q v start length aspect",
    "montages": "s c m b p q v size columns gap labels",
    "thumbnails": "s c m b p q v size",
    "raw": "c p q v size e",
    "plates": "c m b q field acquisition windows size z t",
}


class Guess:
    """Random addresses: mostly of what there is, partly of what cannot be."""

    def __init__(self, seed: int, image: int, plate: int) -> None:
        self._random = random.Random(seed)
        self._image, self._plate = str(image), str(plate)

    def address(self) -> str:
        chance = self._random
        kind, names = chance.choice(PATHS)
        known = self._plate if kind == "plates" else self._image
        parts = [known if chance.random() < 0.95 else chance.choice(HOSTILE)]
        parts += [self._part(name) for name in names.split()]
        suffix = chance.choice(
            [".jpg", ".png", ".webp", ".avif", ".jpeg", "", ".gif", ".", ".jpg.png"]
            if kind != "raw"
            else [""]
        )
        return (
            f"/{kind}/{'/'.join(quote(part, safe='') for part in parts)}{suffix}{self._query(kind)}"
        )

    def _part(self, name: str) -> str:
        chance = self._random
        if chance.random() < 0.06:
            return chance.choice(HOSTILE)
        if name == "plane":
            return chance.choice(["xz", "yz"])
        return str(chance.randrange(SMALL[name]) + (name in ("width", "height")))

    def _query(self, kind: str) -> str:
        chance = self._random
        keys = KEYS[kind].split() if chance.random() < 0.9 else list(QUERY)
        chosen = {
            key: chance.choice(QUERY[key]) for key in chance.sample(keys, chance.randrange(4))
        }
        return f"?{urlencode(chosen)}" if chosen else ""


@pytest.mark.slow
def test_two_thousand_random_addresses_give_no_internal_error(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    with micrograph.database.writing() as session:
        plate, _ = make_plate(session, administrator, {(0, 0): [image], (1, 2): [image, None]})
    guess = Guess(4, image, plate)
    answers: dict[int, int] = {}

    for _ in range(2_000):
        address = guess.address()
        response = client.get(address)
        answers[response.status_code] = answers.get(response.status_code, 0) + 1
        assert response.status_code < 500, address
        if response.status_code >= 400:
            error = response.json()["error"]
            assert error["code"] != "internal", address
            assert error["message"], address

    assert set(answers) <= {200, 400, 404, 406, 415}
    assert answers[200] > 350
    assert answers[400] > 400
