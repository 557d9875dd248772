import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from store import models
from store.importing.tiff_pages import open_pages
from store.pixels.repository import Repository
from tests.images import (
    make_image,
    open_images,
    parse_path,
    rows_of,
    values_of,
    write_imagej,
    write_pages,
    write_rgb,
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def test_a_plain_file_is_named_after_itself(tmp_path: Path) -> None:
    fileset = parse_path(write_pages(tmp_path / "cells.tif", make_image((1, 1, 1, 9, 7))))
    (image,) = fileset.images

    assert (fileset.format, image.name, image.rgb) == ("TIFF", "cells.tif", False)
    assert image.pixel_type == "uint16"
    assert [row["samples_per_pixel"] for row in rows_of(fileset, models.Channel)] == [None]


def test_colours_are_samples_of_one_channel(tmp_path: Path) -> None:
    path = write_rgb(tmp_path / "stain.tif", make_image((1, 3, 1, 9, 7), np.uint8))
    fileset = parse_path(path)
    (image,) = fileset.images

    assert image.rgb
    assert image.shape.c == 3
    assert [row["samples_per_pixel"] for row in rows_of(fileset, models.Channel)] == [3, 3, 3]


def test_pages_of_different_sizes_are_different_images(
    tmp_path: Path, repository: Repository
) -> None:
    path = tmp_path / "mixed.tif"
    large, small = make_image((3, 1, 1, 20, 30), "u1"), make_image((2, 1, 1, 8, 9), "u1")
    with tifffile.TiffWriter(path) as writer:
        for plane in (large[0], small[0], large[1], small[1], large[2]):
            writer.write(plane[0, 0], metadata=None)
    first, second = open_images(path, repository)

    np.testing.assert_array_equal(values_of(first), large)
    np.testing.assert_array_equal(values_of(second), small)
    names = [image.name for image in parse_path(path).images]
    assert names == ["mixed.tif #1", "mixed.tif #2"]


@pytest.mark.parametrize("as_sub_pages", [True, False])
def test_reduced_pages_are_levels(
    as_sub_pages: bool, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 1, 600, 700), np.uint8)
    path = tmp_path / "pyramid.tif"
    options: dict[str, Any] = {"tile": (64, 64), "metadata": None}
    with tifffile.TiffWriter(path) as writer:
        writer.write(image[0, 0, 0], subifds=2 if as_sub_pages else 0, **options)
        for step in (2, 4):
            writer.write(image[0, 0, 0, ::step, ::step], subfiletype=1, **options)
    (source,) = open_images(path, repository)

    assert [level.width for level in source.levels] == [700, 350, 175]
    np.testing.assert_array_equal(values_of(source, 2), image[..., ::4, ::4])


def test_an_imagej_hyperstack_has_its_dimensions_and_calibration(tmp_path: Path) -> None:
    image = make_image((2, 3, 4, 9, 7), np.uint16)
    tables = [np.zeros((3, 256), np.uint8) for _ in range(3)]
    for number, table in enumerate(tables):
        table[number] = np.arange(256)
    path = tmp_path / "stack.tif"
    metadata = {
        "axes": "TZCYX", "unit": "micron", "spacing": 0.5, "finterval": 2.0, "mode": "composite",
        "LUTs": tables,
    }  # fmt: skip
    tifffile.imwrite(
        path, image.transpose(0, 2, 1, 3, 4), imagej=True, resolution=(4, 4), metadata=metadata
    )
    fileset = parse_path(path)
    pixels = rows_of(fileset, models.Pixels)[0]

    assert fileset.format == "ImageJ TIFF"
    assert fileset.images[0].shape.sizes == image.shape
    assert (pixels["physical_size_x"], pixels["physical_size_z"]) == (0.25, 0.5)
    assert pixels["time_increment"] == 2.0
    colors = [row["color"] for row in rows_of(fileset, models.Channel)]
    assert colors == [-16776961, 16711935, 65535]


def test_an_imagej_stack_that_says_too_much_has_the_planes_that_are_there(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((4, 1, 1, 9, 7), np.uint8)
    path = write_imagej(tmp_path / "stack.tif", image)
    path.write_bytes(path.read_bytes().replace(b"frames=4", b"frames=7"))
    (source,) = open_images(path, repository)

    np.testing.assert_array_equal(values_of(source), image)


@pytest.mark.parametrize("axes", ["TZCYX", ""])
def test_a_stack_of_tifffile_has_its_dimensions(
    axes: str, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((2, 3, 4, 9, 7), np.uint16)
    stack = image.transpose(0, 2, 1, 3, 4)
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack, metadata={"axes": axes} if axes else {}, photometric="minisblack")
    (source,) = open_images(path, repository)
    wanted = image if axes else stack.reshape(24, 1, 1, 9, 7)

    np.testing.assert_array_equal(values_of(source), wanted)


@pytest.mark.parametrize(
    ("resolution", "unit", "wanted"),
    [
        ((40_000, 40_000), "centimeter", 0.25),
        ((254_000, 254_000), "inch", 0.1),
        ((72, 72), "inch", None),
        ((300, 300), "inch", None),
        ((0, 0), "centimeter", None),
        ((40_000, 40_000), "none", None),
    ],
)
def test_a_resolution_is_a_physical_size_where_it_can_be_one(
    resolution: tuple[int, int], unit: str, wanted: float | None, tmp_path: Path
) -> None:
    path = write_pages(
        tmp_path / "a.tif",
        make_image((1, 1, 1, 9, 7)),
        resolution=resolution,
        resolutionunit=unit,
    )
    (pixels,) = rows_of(parse_path(path), models.Pixels)

    assert pixels["physical_size_x"] == pytest.approx(wanted)
    assert pixels["physical_size_y"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026:03:04 05:06:07", dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)), ("soon", None)],
)
def test_the_date_tag_is_the_acquisition_date(
    text: str, wanted: dt.datetime | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    tags = [(306, 2, 20, text.ljust(19), True)]
    tifffile.imwrite(path, np.zeros((9, 7), np.uint8), metadata=None, extratags=tags)

    (image,) = rows_of(parse_path(path), models.Image)
    assert image["acquisition_date"] == wanted


def test_an_aperio_slide_has_levels_and_associated_images(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 1, 400, 600), np.uint8)[0, :, 0].transpose(1, 2, 0)
    path = tmp_path / "slide.svs"
    about = "Aperio Image Library v1\n600x400 (64x64)|AppMag = 20|MPP = 0.5|Date = 12/29/09|Time = 09:59:15"
    tiled: dict[str, Any] = {"tile": (64, 64), "photometric": "rgb", "metadata": None}
    flat: dict[str, Any] = {"photometric": "rgb", "metadata": None}
    with tifffile.TiffWriter(path) as writer:
        writer.write(image, description=about, **tiled)
        writer.write(image[::8, ::8].copy(), description="Aperio Image Library v1\nsmall", **flat)
        writer.write(image[::4, ::4].copy(), description=about, **tiled)
        writer.write(image[:50, :40].copy(), description="Aperio\nlabel 40x50", **flat)
        writer.write(image[:60, :90].copy(), description="Aperio\nmacro 90x60", **flat)
    fileset = parse_path(path)
    names = [image.name for image in fileset.images]
    pixels = rows_of(fileset, models.Pixels)[0]

    assert fileset.format == "Aperio SVS"
    assert names == ["slide.svs", "slide.svs [thumbnail]", "slide.svs [label]", "slide.svs [macro]"]
    assert pixels["physical_size_x"] == 0.5
    assert rows_of(fileset, models.Image)[0]["acquisition_date"] == dt.datetime(
        2009, 12, 29, 9, 59, 15, tzinfo=dt.UTC
    )
    slide = open_images(path, repository)[0]
    assert [level.width for level in slide.levels] == [600, 150]


def test_strips_without_compression_are_cut_into_handy_chunks(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 3000, 1000), np.uint16)
    one_strip = write_pages(tmp_path / "one.tif", image, rowsperstrip=3000)
    rows = write_pages(tmp_path / "rows.tif", image, rowsperstrip=1)
    for path in (one_strip, rows):
        with open_pages(path) as pages:
            page = pages.page(0)

        assert 64 <= page.encoding.rows <= 524
        assert len(page.offsets) == -(-3000 // page.encoding.rows)
