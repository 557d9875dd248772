"""Regions of interest leave as label images of OME-Zarr, and come back as they were."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from app.exported import export_things
from store import models
from store.access import select_visible
from store.edits.rois import NewROI, create_rois
from store.errors import InvalidInputError
from tests.app.exported import World, imported, samples_of
from tests.images import make_image, write_ome

RED, BLUE = -16776961, 65535
SHAPE = (2, 1, 3, 600, 700)


def mask(bits: np.ndarray, x: int, y: int, **more: Any) -> dict[str, Any]:
    rows, columns = bits.shape
    return {
        **{"kind": "Mask", "x": float(x), "y": float(y)},
        **{"width": float(columns), "height": float(rows)},
        **{"mask": np.packbits(bits).tobytes(), **more},
    }


def blob(seed: int, rows: int, columns: int) -> np.ndarray:
    return (np.random.default_rng(seed).random((rows, columns)) < 0.6).astype(np.uint8)


FIRST, SECOND, OVER = blob(1, 37, 51), blob(2, 20, 21), np.ones((30, 30), np.uint8)
DRAWN = [
    ("cell", [mask(FIRST, 100, 200, fill_color=RED), mask(FIRST, 400, 20, the_z=1, the_t=0)]),
    (None, [mask(SECOND, 151, 200, the_z=2)]),
    ("above", [mask(OVER, 110, 210, the_z=0, stroke_color=BLUE)]),
    ("box", [{"kind": "Rectangle", "x": 300.0, "y": 300.0, "width": 40.0, "height": 20.0}]),
]


def drawn(world: World, tmp_path: Path, regions: Any = DRAWN) -> tuple[int, list[int]]:
    """An image with regions of interest, and their ids."""
    (image,) = imported(*world, write_ome(tmp_path / "a.ome.tif", make_image(SHAPE)))
    micrograph, viewer = world
    with micrograph.database.writing() as session:
        made = create_rois(
            session, viewer, [NewROI(image, shapes, name) for name, shapes in regions]
        )
        return image, [one.id for one in made if one.id is not None]


def exported(world: World, image: int, output: Path, **said: str) -> Path:
    export_things(*world, [("Image", image)], "ome-zarr", said, output, lambda _: None)
    return output


def wanted() -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the pixels of both label images, painted by hand."""
    t, _, z, y, x = SHAPE
    lower, upper = np.zeros((2, t, 1, z, y, x), np.uint8)
    lower[..., 200:237, 100:151] = FIRST
    lower[0, :, 1, 20:57, 400:451] = FIRST
    lower[:, :, 2, 200:220, 151:172] = 2 * SECOND
    upper[:, :, 0, 210:240, 110:140] = 3
    return lower, upper


def test_masks_become_label_images_that_say_which_regions_they_are(
    world: World, tmp_path: Path
) -> None:
    image, rois = drawn(world, tmp_path)

    group: Any = zarr.open_group(exported(world, image, tmp_path / "o.zarr"), mode="r")

    assert group["labels"].attrs["ome"]["labels"] == ["regions", "regions-2"]
    lower, upper = group["labels/regions"], group["labels/regions-2"]
    np.testing.assert_array_equal(lower["0"][...], wanted()[0])
    np.testing.assert_array_equal(upper["0"][...], wanted()[1])
    said = lower.attrs["ome"]["image-label"]
    assert said["source"] == {"image": "../../"}
    assert said["properties"] == [
        {"label-value": 1, "roi": f"ROI:{rois[0]}", "name": "cell"},
        {"label-value": 2, "roi": f"ROI:{rois[1]}"},
    ]
    assert said["colors"] == [
        {"label-value": 1, "rgba": [255, 0, 0, 255]},
        {"label-value": 2, "rgba": [255, 209, 102, 255]},
    ]
    assert upper.attrs["ome"]["image-label"]["colors"] == [
        {"label-value": 3, "rgba": [0, 0, 255, 255]}
    ]  # fmt: skip
    datasets = lower.attrs["ome"]["multiscales"][0]["datasets"]
    assert datasets == group.attrs["ome"]["multiscales"][0]["datasets"]


def test_smaller_levels_have_what_is_at_the_centres_of_their_pixels(
    world: World, tmp_path: Path
) -> None:
    image, _ = drawn(world, tmp_path)

    group: Any = zarr.open_group(exported(world, image, tmp_path / "o.zarr"), mode="r")

    # The centre of each 2 × 2 pixels is the corner that their last one begins at.
    np.testing.assert_array_equal(
        group["labels/regions/1"][...], wanted()[0][..., 1::2, 1::2][..., :300, :350]
    )


@pytest.mark.parametrize("name", ["o.ome.zarr", "o.ozx"])
def test_what_was_exported_is_imported_again_with_regions_and_labels(
    world: World, other: World, tmp_path: Path, name: str
) -> None:
    image, rois = drawn(world, tmp_path)

    again = imported(*other, exported(world, image, tmp_path / name))

    np.testing.assert_array_equal(samples_of(other, again[0]), make_image(SHAPE))
    for key, values in zip(again[1:], wanted(), strict=True):
        np.testing.assert_array_equal(samples_of(other, key), values)
    micrograph, viewer = other
    with micrograph.database.reading() as session:
        rows = session.execute(select_visible(viewer, models.MapPair, *_PAIR)).all()
        pairs: dict[str, str] = {key: value for key, value in rows}  # noqa: C416  (rows, no pairs)
        names = session.scalars(
            select_visible(viewer, models.ROI, models.ROI.name).order_by(models.ROI.id)
        ).all()
        bits = session.scalars(
            select_visible(viewer, models.Shape, models.Shape.mask)
            .where(models.Shape.kind == "Mask")
            .order_by(models.Shape.id)
        ).all()
    assert pairs["Properties of 1"] == f"roi: ROI:{rois[0]}, name: cell"
    assert pairs["Properties of 3"] == f"roi: ROI:{rois[2]}, name: above"
    assert names == ["cell", None, "above", "box"]
    assert bits == [shape["mask"] for _, shapes in DRAWN[:3] for shape in shapes]


_PAIR = (models.MapPair.key, models.MapPair.value)


def test_shapes_with_an_area_are_label_images_where_asked(world: World, tmp_path: Path) -> None:
    image, rois = drawn(
        world, tmp_path,
        [
            ("box", [{"kind": "Rectangle", "x": 10.0, "y": 20.0, "width": 30.0, "height": 5.0}]),
            ("line", [{"kind": "Line", "x1": 0.0, "y1": 0.0, "x2": 99.0, "y2": 99.0}]),
            ("corner", [{"kind": "Polygon", "points": "50,60 70,60 70,80 50,80"}]),
            ("round", [{"kind": "Ellipse", "x": 200.0, "y": 200.0, "radius_x": 9.0,
                        "radius_y": 4.0, "the_t": 1}]),
        ],
    )  # fmt: skip
    expected = np.zeros(SHAPE, np.uint8)
    expected[..., 20:25, 10:40] = 1
    expected[..., 60:80, 50:70] = 2
    y, x = np.mgrid[:600, :700] + 0.5
    expected[1, ..., ((x - 200) / 9) ** 2 + ((y - 200) / 4) ** 2 <= 1] = 3

    path = exported(world, image, tmp_path / "o.zarr", labels="shapes", chunk="64")

    group: Any = zarr.open_group(path, mode="r")["labels/regions"]
    np.testing.assert_array_equal(group["0"][...], expected)
    said = group.attrs["ome"]["image-label"]["properties"]
    assert [one["roi"] for one in said] == [f"ROI:{rois[n]}" for n in (0, 2, 3)]


def test_a_part_has_the_labels_that_show_in_it(world: World, tmp_path: Path) -> None:
    image, rois = drawn(world, tmp_path)

    path = exported(
        world, image, tmp_path / "o.zarr", region="120,205,400,300", z="2-3", t="2", shard="2"
    )

    group: Any = zarr.open_group(path, mode="r")["labels"]
    assert group.attrs["ome"]["labels"] == ["regions"]
    expected = wanted()[0][1:, :, 1:, 205:505, 120:520]
    np.testing.assert_array_equal(group["regions/0"][...], expected)
    said = group["regions"].attrs["ome"]["image-label"]["properties"]
    assert [one["roi"] for one in said] == [f"ROI:{rois[0]}", f"ROI:{rois[1]}"]


def test_an_image_has_no_labels_where_none_are_wanted_or_drawn(
    world: World, tmp_path: Path
) -> None:
    image, _ = drawn(world, tmp_path)
    without = exported(world, image, tmp_path / "without.zarr", labels="no")
    elsewhere = exported(world, image, tmp_path / "elsewhere.zarr", region="0,500,90,90")

    assert not (without / "labels").exists()
    assert not (elsewhere / "labels").exists()
    with pytest.raises(InvalidInputError, match="masks, shapes, no"):
        exported(world, image, tmp_path / "o.zarr", labels="yes")


def test_more_regions_than_a_byte_counts_have_larger_numbers(world: World, tmp_path: Path) -> None:
    some = [(None, [mask(np.ones((2, 2), np.uint8), 2 * n, 4)]) for n in range(300)]
    image, _ = drawn(world, tmp_path, some)

    path = exported(world, image, tmp_path / "o.zarr")

    values: Any = zarr.open_group(path, mode="r")["labels/regions/0"]
    assert values.dtype == np.uint16
    np.testing.assert_array_equal(values[0, 0, 0, 4, :600], np.arange(2, 602) // 2)


def test_a_damaged_mask_is_said_before_anything_is_written(world: World, tmp_path: Path) -> None:
    whole = mask(np.ones((64, 64), np.uint8), 0, 0)
    damaged = whole | {"mask": b"no zlib", "mask_compression": "zlib", "mask_length": 512}
    image, _ = drawn(world, tmp_path, [(None, [damaged])])

    with pytest.raises(InvalidInputError, match="unpacked"):
        exported(world, image, tmp_path / "out" / "o.zarr")

    assert list((tmp_path / "out").iterdir()) == []
