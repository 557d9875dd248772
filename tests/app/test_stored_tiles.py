"""Tiles that are handed out as the file has them: which ones, and byte for byte."""

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from store.access import Viewer
from tests.app.conftest import import_one

TILE = 256
ADOBE = b"\xff\xee\x00\x0eAdobe"


def photograph(width: int = 700, height: int = 520) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x % 256, y % 256, (x + y) % 256], axis=2).astype(np.uint8)


def write(path: Path, space: str) -> Path:
    """An RGB TIFF of JPEG tiles, as luma and chroma or as colours without a transform."""
    tifffile.imwrite(
        path,
        photograph(),
        tile=(TILE, TILE),
        photometric="rgb",
        compression="jpeg",
        compressionargs={"level": 90, "outcolorspace": space},
    )
    return path


def tiles_of(path: Path) -> list[bytes]:
    """The stored tiles, tables joined by hand."""
    with tifffile.TiffFile(path) as tif:
        page, content = tif.pages.first, path.read_bytes()
        tables = page.jpegtables or b""
        found = []
        for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
            stream = content[offset : offset + length]
            found.append(tables[:-2] + stream[2:] if tables else stream)
        return found


@pytest.fixture
def slide(micrograph: Micrograph, administrator: Viewer, tmp_path: Path) -> tuple[int, Path]:
    """An imported slide of 3 by 3 tiles, the last ones cut by the edge; and its file."""
    path = write(tmp_path / "slide.tif", "YCBCR")
    return import_one(micrograph, administrator, path), path


def test_a_whole_tile_comes_byte_for_byte_as_the_file_has_it(
    client: TestClient, slide: tuple[int, Path]
) -> None:
    image, path = slide
    stored = tiles_of(path)

    for _ in range(3):  # through a thread, on the event loop, known
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            got = client.get(f"/tiles/{image}/0/0/0/{x}/{y}.jpg", params={"size": TILE})
            assert got.status_code == 200
            assert got.headers["content-type"] == "image/jpeg"
            assert got.content == stored[3 * y + x]


def test_colours_without_a_transform_say_so(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    image = import_one(micrograph, administrator, write(tmp_path / "rgb.tif", "RGB"))

    got = client.get(f"/tiles/{image}/0/0/0/1/1.jpg", params={"size": TILE}).content

    shown = np.asarray(Image.open(io.BytesIO(got)).convert("RGB")).astype(int)
    wanted = photograph()[TILE : 2 * TILE, TILE : 2 * TILE]
    assert ADOBE in got
    assert np.abs(shown - wanted).mean() < 4


@pytest.mark.parametrize(
    ("place", "query"),
    [
        ("0/0/0/2/0", {"size": TILE}),
        ("0/0/0/0/2", {"size": TILE}),
        ("0/0/0/0/0", {}),
        ("0/0/0/0/0", {"size": 128}),
        ("0/0/0/0/0", {"size": TILE, "q": 90}),
        ("0/0/0/0/0", {"size": TILE, "c": "1:0-255"}),
        ("0/0/0/0/0", {"size": TILE, "c": "1:0-250"}),
        ("0/0/0/0/0", {"size": TILE, "m": "g"}),
        ("0/0/0/0/0", {"size": TILE, "b": "4"}),
        ("0/0/0/0/0", {"size": TILE, "p": "max"}),
        ("1/0/0/0/0", {"size": TILE}),
    ],
)
def test_all_else_is_rendered(
    client: TestClient, slide: tuple[int, Path], place: str, query: dict[str, str | int]
) -> None:
    image, path = slide

    got = client.get(f"/tiles/{image}/{place}.jpg", params=query)

    assert got.status_code == 200
    assert got.content not in tiles_of(path)
    assert Image.open(io.BytesIO(got.content)).size[0] <= 512


def test_stored_and_encoded_pictures_have_different_tags(
    client: TestClient, slide: tuple[int, Path]
) -> None:
    address = f"/tiles/{slide[0]}/0/0/0/0/0.jpg?size={TILE}"
    stored = client.get(address)
    encoded = client.get(f"{address}&q=90")

    assert stored.content != encoded.content
    assert stored.headers["etag"] != encoded.headers["etag"]
    again = client.get(address, headers={"if-none-match": stored.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).headers["content-length"] == str(len(stored.content))


def test_a_tile_whose_stored_bytes_are_cut_off_is_not_handed_out(
    client: TestClient, micrograph: Micrograph, slide: tuple[int, Path]
) -> None:
    image, path = slide
    micrograph.repository.chunks.clear()  # measured at import
    with tifffile.TiffFile(path) as tif:
        offset, length = tif.pages.first.dataoffsets[1], tif.pages.first.databytecounts[1]
    overwrite(path, offset, bytes(length))

    damaged = client.get(f"/tiles/{image}/0/0/0/1/0.jpg", params={"size": TILE})
    neighbour = client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params={"size": TILE})

    assert damaged.status_code == 422
    assert damaged.json()["error"]["code"] == "unreadable_file"
    assert neighbour.status_code == 200


def test_nobody_is_shown_a_stored_tile_that_another_person_saw(
    client: TestClient, stranger: TestClient, slide: tuple[int, Path]
) -> None:
    address = f"/tiles/{slide[0]}/0/0/0/0/0.jpg?size={TILE}"

    got = [asking.get(address).status_code for asking in (client, stranger) * 3]

    assert got == [200, 404] * 3


def overwrite(path: Path, offset: int, content: bytes) -> None:
    """Change bytes of a file that looks as it did to whoever asks for its size and time."""
    import os

    before = path.stat()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
