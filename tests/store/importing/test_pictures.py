import contextlib
import datetime as dt
import io
import os
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import PIL.Image
import pytest

from store import models
from store.errors import StoreError, UnreadableFileError, UnsupportedError
from store.importing.found import FoundFileset
from store.importing.readers import parse
from store.importing.scan import scan
from store.pixels.repository import Repository
from tests.images import make_image, open_images, parse_path, record_of, values_of

GREY = make_image((1, 1, 1, 40, 31), np.uint8)[0, 0, 0]
RGB = make_image((1, 3, 1, 40, 31), np.uint8)[0, :, 0].transpose(1, 2, 0).copy()
RGBA = make_image((1, 4, 1, 40, 31), np.uint8)[0, :, 0].transpose(1, 2, 0).copy()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def saved(picture: Any, kind: str, mode: str = "", **options: Any) -> bytes:
    found = picture if isinstance(picture, PIL.Image.Image) else PIL.Image.fromarray(picture)
    stream = io.BytesIO()
    (found.convert(mode) if mode else found).save(stream, kind, **options)
    return stream.getvalue()


def interleaved(values: np.ndarray) -> np.ndarray:
    """T, C, 1, Y, X as Y, X or Y, X, samples."""
    flat: np.ndarray = np.squeeze(values[0, :, 0].transpose(1, 2, 0))
    return flat


PALETTE = PIL.Image.fromarray(RGB).quantize(16)
LOSSLESS: dict[str, tuple[bytes, np.ndarray]] = {
    "grey PNG": (saved(GREY, "PNG"), GREY),
    "RGB PNG": (saved(RGB, "PNG"), RGB),
    "RGBA PNG": (saved(RGBA, "PNG"), RGBA),
    "16-bit PNG": (saved(GREY.astype(np.uint16) * 200, "PNG"), GREY.astype(np.uint16) * 200),
    "palette PNG": (saved(PALETTE, "PNG"), np.asarray(PALETTE.convert("RGB"))),
    "black and white PNG": (saved(GREY > 99, "PNG"), (GREY > 99) * np.uint8(255)),
    "lossless WebP": (saved(RGB, "WEBP", lossless=True), RGB),
    "lossless WebP with alpha": (saved(RGBA, "WEBP", lossless=True, exact=True), RGBA),
    "RGB BMP": (saved(RGB, "BMP"), RGB),
    "grey BMP": (saved(GREY, "BMP"), GREY),
    "palette BMP": (saved(PALETTE, "BMP"), np.asarray(PALETTE.convert("RGB"))),
    "GIF": (saved(PALETTE, "GIF"), np.asarray(PALETTE.convert("RGB"))),
    "RGB JPEG 2000": (bytes(imagecodecs.jpeg2k_encode(RGB, level=0, codecformat="jp2")), RGB),
    "16-bit JPEG 2000": (
        bytes(imagecodecs.jpeg2k_encode(GREY.astype(np.uint16) * 200, level=0, codecformat="jp2")),
        GREY.astype(np.uint16) * 200,
    ),
}


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_picture_has_its_pixels(name: str, tmp_path: Path, repository: Repository) -> None:
    data, wanted = LOSSLESS[name]
    path = tmp_path / "picture"
    path.write_bytes(data)
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(interleaved(values_of(source)), wanted)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("grey", [True, False])
def test_a_lossy_picture_is_that_of_another_decoder(
    kind: str, grey: bool, tmp_path: Path, repository: Repository
) -> None:
    smooth = np.repeat(np.arange(0, 240, 4, dtype=np.uint8)[np.newaxis], 40, 0)
    picture = smooth if grey else np.stack([smooth, smooth[:, ::-1], smooth // 2], -1)
    path = tmp_path / "picture.jpg"
    path.write_bytes(saved(picture, kind, quality=95))
    (source,) = open_images(path, repository)
    with PIL.Image.open(path) as opened:
        wanted = np.asarray(opened).astype(int)

    assert np.abs(interleaved(values_of(source)).astype(int) - wanted).max() <= 3


def test_frames_of_a_gif_are_time_points(tmp_path: Path, repository: Repository) -> None:
    frames = [PIL.Image.fromarray(np.roll(RGB, shift, 0)).quantize(16) for shift in range(3)]
    path = tmp_path / "run.gif"
    path.write_bytes(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    (source,) = open_images(path, repository)
    wanted = imagecodecs.gif_decode(path.read_bytes())[..., :3]

    assert source.shape.sizes == (3, 3, 1, 40, 31)
    np.testing.assert_array_equal(values_of(source)[:, :, 0].transpose(0, 2, 3, 1), wanted)


def test_a_photograph_says_when_and_how_it_was_taken(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0110] = "Camera 5"
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:03:04 05:06:07"
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(RGB, "JPEG", exif=exif))
    fileset = parse_path(path)
    assert fileset.document is not None
    (image,) = fileset.document.of(models.Image)
    said = {pair["key"]: pair["value"] for pair in fileset.document.of(models.MapPair)}

    assert image["acquisition_date"] == dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    assert said["EXIF Model"] == "Camera 5"
    assert said["EXIF Orientation"] == "to be shown turned by 90° clockwise; here as stored"
    assert fileset.images[0].rgb


@pytest.mark.parametrize(("dots", "wanted"), [(1_000_000, 1.0), (3_780, None)])
def test_a_resolution_is_a_physical_size_where_it_can_be_one(
    dots: int, wanted: float | None, tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(saved(GREY, "PNG", dpi=(dots * 0.0254, dots * 0.0254)))
    document = parse_path(path).document
    assert document is not None

    found = document.of(models.Pixels)[0]["physical_size_x"]
    assert found == (wanted and pytest.approx(wanted, rel=1e-3))


def test_a_picture_too_large_to_be_decoded_is_refused_unread(tmp_path: Path) -> None:
    header = saved(GREY, "PNG")
    path = tmp_path / "huge.png"
    path.write_bytes(header[:16] + (40_000).to_bytes(4, "big") * 2 + header[24:])
    (found,) = scan([path]).filesets

    with pytest.raises(UnsupportedError, match=r"1525 MiB at once, more than 256 MiB"):
        parse(found)


def test_a_picture_of_another_size_than_its_header_claims_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(saved(GREY, "PNG"))
    fileset = parse_path(path)
    modified = path.stat().st_mtime_ns
    other = saved(GREY[:, :20].copy(), "PNG").ljust(path.stat().st_size, b"\0")
    path.write_bytes(other)
    os.utime(path, ns=(modified, modified))
    source = Repository(tmp_path / "derived").open(record_of(fileset, fileset.images[0]))

    with pytest.raises(UnreadableFileError):
        values_of(source)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSLESS)
def test_a_damaged_picture_is_read_or_a_typed_error(name: str, tmp_path: Path) -> None:
    sound, _ = LOSSLESS[name]
    random = np.random.default_rng(len(sound))
    path = tmp_path / "picture"
    for _ in range(50):
        damaged = bytearray(sound)
        for place in random.integers(0, len(sound), 4):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        for found in scan([path]).filesets:
            with contextlib.suppress(StoreError):
                readable(found, Repository(tmp_path / "derived"))


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_picture_that_was_cut_off_is_refused(name: str, tmp_path: Path) -> None:
    data, _ = LOSSLESS[name]
    path = tmp_path / "picture"
    path.write_bytes(data[: len(data) // 2])

    result = scan([path])
    for found in result.filesets:
        with pytest.raises(StoreError):
            readable(found, Repository(tmp_path / "derived"))

    assert result.filesets or result.skipped[0].reason == "not an image"


def readable(found: FoundFileset, repository: Repository) -> None:
    fileset = parse(found)
    values_of(repository.open(record_of(fileset, fileset.images[0])))


def test_a_text_that_begins_like_a_bmp_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("BMI of all patients\n" * 10)

    assert [left.reason for left in scan([path]).skipped] == ["not an image"]


def test_the_inks_of_a_printer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    path.write_bytes(saved(RGB, "JPEG", mode="CMYK"))
    (found,) = scan([path]).filesets

    with pytest.raises(UnsupportedError, match="4 components"):
        parse(found)
