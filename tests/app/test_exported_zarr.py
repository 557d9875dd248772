import datetime as dt
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from lxml import etree
from ome_zarr_models import v05

from app.exported import export_things
from store import models
from store.access import select_visible
from store.edits.rois import NewROI, create_rois
from store.errors import InvalidInputError
from store.exporting.plates import plate
from store.pixels.abandoning import AbandonedError, abandonable
from tests.app.exported import (
    DATA,
    World,
    check_valid,
    document_of,
    imported,
    needs_data,
    rich_image,
    samples_of,
    without_storage,
    write_rich,
)
from tests.images import make_image, write_ome, write_pages, write_rgb
from tests.ome_equivalence import NAMESPACE, differences
from tests.plates import make_plate


def exported(world: World, root: tuple[str, int], output: Path, **said: str) -> Path:
    export_things(*world, [root], "ome-zarr", said, output, lambda _: None)
    return output


def said_by(group: Any) -> Any:
    return group.attrs["ome"]


def array_of(group: Any, path: str) -> np.ndarray:
    return np.asarray(group[path][...])


@pytest.mark.parametrize("name", ["out.ome.zarr", "out.ozx"])
def test_an_image_is_opened_by_zarr_with_equal_samples_on_every_level(
    world: World, tmp_path: Path, name: str
) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / name)

    store: Any = zarr.storage.ZipStore(path, mode="r") if name.endswith("ozx") else path
    group = zarr.open_group(store, mode="r")
    (multiscale,) = said_by(group)["multiscales"]
    assert said_by(group)["version"] == "0.5"
    assert [axis["name"] for axis in multiscale["axes"]] == ["t", "c", "z", "y", "x"]
    assert [axis.get("unit") for axis in multiscale["axes"]] == [
        "second", None, "micrometer", "micrometer", "micrometer",
    ]  # fmt: skip
    assert [one["coordinateTransformations"] for one in multiscale["datasets"]] == [
        [{"type": "scale", "scale": [30.0, 1.0, 2.0, 0.5 * 2**level, 0.25 * 2**level]}]
        for level in range(3)
    ]
    for level in range(3):
        assert np.array_equal(array_of(group, str(level)), samples_of(world, image, level))
    assert np.array_equal(array_of(group, "0"), rich_image())


def test_an_image_is_shown_as_it_is_here(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    group = zarr.open_group(exported(world, ("Image", image), tmp_path / "o.zarr"), mode="r")

    omero = said_by(group)["omero"]
    micrograph, viewer = world
    with micrograph.database.reading() as session:
        settings = micrograph.images.find(session, viewer, image).settings
    assert [channel["label"] for channel in omero["channels"]] == ["DNA", "actin"]
    for channel, wanted in zip(omero["channels"], settings.channels, strict=True):
        assert channel["color"] == "".join(f"{part:02X}" for part in wanted.color[:3])
        assert (channel["window"]["start"], channel["window"]["end"]) == (
            wanted.window.start, wanted.window.end,
        )  # fmt: skip
    assert omero["rdefs"] == {"defaultT": 0, "defaultZ": 1, "model": "color"}


def test_all_other_metadata_lie_beside_the_levels(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / "o.zarr")

    document = (path / "OME" / "METADATA.ome.xml").read_bytes()
    check_valid(document)
    root = etree.fromstring(document)
    assert len(root.findall(f".//{{{NAMESPACE}}}MapAnnotation")) == 1
    assert len(root.findall(f".//{{{NAMESPACE}}}MetadataOnly")) == 1


@pytest.mark.parametrize("dtype", [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
])  # fmt: skip
def test_every_type_is_kept(world: World, tmp_path: Path, dtype: str) -> None:
    plane = make_image((2, 1, 1, 70, 90), dtype)
    (image,) = imported(*world, write_pages(tmp_path / "a.tif", plane))

    group = zarr.open_group(exported(world, ("Image", image), tmp_path / "o.zarr"), mode="r")

    got = array_of(group, "0")
    assert got.dtype == samples_of(world, image).dtype
    assert np.array_equal(got, plane)


@pytest.mark.parametrize("codec", ["blosc", "zstd", "gzip", "none"])
@pytest.mark.parametrize("shard", ["1", "3"])
def test_every_codec_keeps_every_sample(
    world: World, tmp_path: Path, codec: str, shard: str
) -> None:
    values = make_image((1, 2, 1, 230, 470), "uint16")
    values[:, :, :, :100, :200] = 0
    (image,) = imported(*world, write_ome(tmp_path / "a.ome.tif", values))

    path = exported(
        world, ("Image", image), tmp_path / "o.zarr", compression=codec, shard=shard, chunk="64"
    )

    array: Any = zarr.open_group(path, mode="r")["0"]
    assert array.chunks == (1, 1, 1, 64, 64)
    assert array.shards == (None if shard == "1" else (1, 1, 1, 192, 192))
    assert np.array_equal(np.asarray(array[...]), values)


def test_a_part_says_where_it_lies(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(
        world, ("Image", image), tmp_path / "o.zarr",
        region="90,190,600,400", z="2-3", t="2", c="2",
    )  # fmt: skip

    group = zarr.open_group(path, mode="r")
    assert np.array_equal(array_of(group, "0"), rich_image()[1:2, 1:2, 1:3, 190:590, 90:690])
    first, second = said_by(group)["multiscales"][0]["datasets"]
    assert first["coordinateTransformations"][1] == {
        "type": "translation", "translation": [30.0, 0.0, 2.0, 95.0, 22.5],
    }  # fmt: skip
    assert second["coordinateTransformations"][1] == first["coordinateTransformations"][1]
    assert np.array_equal(
        array_of(group, "1"), samples_of(world, image, 1)[1:2, 1:2, 1:3, 95:295, 45:345]
    )


def test_colours_are_three_channels(world: World, tmp_path: Path) -> None:
    colours = make_image((1, 3, 1, 600, 800), "uint8")
    (image,) = imported(*world, write_rgb(tmp_path / "a.tif", colours))

    group = zarr.open_group(exported(world, ("Image", image), tmp_path / "o.zarr"), mode="r")

    assert np.array_equal(array_of(group, "0"), colours)
    assert [one["color"] for one in said_by(group)["omero"]["channels"]] == [
        "FF0000", "00FF00", "0000FF",
    ]  # fmt: skip


def test_a_zip_begins_with_all_metadata_from_the_root_down(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / "o.ozx")

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert json.loads(archive.comment)["ome"]["version"] == "0.5"
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    number = sum(name.endswith("zarr.json") for name in names)
    assert names[0] == "zarr.json"
    assert all(name.endswith("zarr.json") for name in names[:number])
    depths = [name.count("/") for name in names[:number]]
    assert depths == sorted(depths)


def test_several_images_are_numbered(world: World, tmp_path: Path) -> None:
    paths = [
        write_pages(tmp_path / f"{n}.tif", make_image((1, 1, 1, 60, 80 + n))) for n in range(3)
    ]
    images = imported(*world, *paths, dataset="cells")

    group = zarr.open_group(exported(world, ("Dataset", 1), tmp_path / "o.zarr"), mode="r")

    assert said_by(group)["bioformats2raw.layout"] == 3
    assert said_by(group["OME"])["series"] == ["0", "1", "2"]
    for number, image in enumerate(images):
        assert np.array_equal(array_of(group, f"{number}/0"), samples_of(world, image))


@needs_data
def test_a_plate_is_laid_out_in_wells(world: World, tmp_path: Path) -> None:
    path = DATA / "images" / "bf-generated" / "spw-1plate-3x4-2fields-2c.ome.tiff"
    images = imported(*world, path)

    group = zarr.open_group(exported(world, ("Plate", 1), tmp_path / "o.zarr"), mode="r")

    said = said_by(group)["plate"]
    assert [row["name"] for row in said["rows"]] == ["A", "B", "C"]
    assert [column["name"] for column in said["columns"]] == ["1", "2", "3", "4"]
    assert len(said["wells"]) == 12
    assert said["field_count"] == 2
    got = [
        array_of(group, f"{well['path']}/{field['path']}/0")
        for well in said["wells"] for field in said_by(group[well["path"]])["well"]["images"]
    ]  # fmt: skip
    assert len(got) == 24
    wanted = {samples_of(world, image).tobytes() for image in images}
    assert {one.tobytes() for one in got} == wanted


def planted_plate(world: World, tmp_path: Path) -> tuple[int, list[int]]:
    """A plate of 2 × 3 wells in two runs, whose images are not in the order of its wells."""
    shapes = [(1, 2, 1, 40, 50 + n) for n in range(8)]
    images = imported(*world, *(
        write_ome(tmp_path / f"{n}.ome.tif", make_image(shape)) for n, shape in enumerate(shapes)
    ))  # fmt: skip
    fields = {(1, 2): images[:2], (0, 0): images[2:4], (1, 0): images[4:5], (0, 1): images[5:]}
    micrograph, viewer = world
    bits = np.packbits(np.ones((4, 8), np.uint8)).tobytes()
    mask = {"kind": "Mask", "x": 3.0, "y": 5.0, "width": 8.0, "height": 4.0, "mask": bits}
    with micrograph.database.writing() as session:
        made, runs = make_plate(session, viewer, fields, rows=2, columns=3, runs=2)
        create_rois(session, viewer, [NewROI(images[4], [mask], "nucleus")])
        for number, run in enumerate(session.get_one(models.PlateAcquisition, key) for key in runs):
            run.name, run.maximum_field_count = f"day {number}", 2
            run.start_time = dt.datetime(2026, 1, 2 + number, tzinfo=dt.UTC)
    return made, images


def layout_of(world: World, key: int) -> Any:
    """Rows, columns, runs, and of each well the samples of its fields with their runs."""
    micrograph, viewer = world
    with micrograph.database.reading() as session:
        found = plate(session, viewer, key)
    runs = [replace(run, id=number) for number, run in enumerate(found.acquisitions)]
    number_of = {run.id: number for number, run in enumerate(found.acquisitions)}
    wells = {
        (well.row, well.column): [
            (samples_of(world, one.image_id).tobytes(), number_of[one.acquisition_id or 0])
            for one in well.fields
        ]
        for well in found.wells
    }
    return found.name, found.rows, found.columns, runs, wells


@pytest.mark.parametrize("name", ["o.ome.zarr", "o.ozx"])
def test_a_plate_is_imported_again_as_the_same_plate(
    world: World, other: World, tmp_path: Path, name: str
) -> None:
    key, images = planted_plate(world, tmp_path)

    again = imported(*other, exported(world, ("Plate", key), tmp_path / name))

    assert len(again) == len(images) + 1
    labels = samples_of(other, again[-1])
    assert labels[0, 0, 0, 5:9, 3:11].all()
    assert np.count_nonzero(labels) == 32
    assert layout_of(other, 1) == layout_of(world, key)
    first, second = (
        without_storage(document_of(*one, [("Plate", number)]))
        for one, number in ((world, key), (other, 1))
    )
    assert differences(first, second) == []


def test_images_named_in_any_order_keep_their_metadata(
    world: World, other: World, tmp_path: Path
) -> None:
    paths = [write_ome(tmp_path / f"{n}.ome.tif", make_image((1, 1, 1, 9, 7 + n))) for n in (0, 1)]
    images = imported(*world, *paths)
    with world[0].database.writing() as session:
        for image in images:
            session.get_one(models.Image, image).name = f"number {image}"
    roots = [("Image", image) for image in reversed(images)]
    export_things(*world, roots, "ome-zarr", {}, tmp_path / "o.zarr", lambda _: None)

    again = imported(*other, tmp_path / "o.zarr")

    there, who = other
    with there.database.reading() as session:
        rows = session.execute(
            select_visible(who, models.Image, models.Image.id, models.Image.name)
        )
        names = {key: title for key, title in rows}  # noqa: C416  (rows, no pairs)
    found = {samples_of(other, key).tobytes(): names[key] for key in again}
    wanted = {samples_of(world, image).tobytes(): f"number {image}" for image in images}
    assert found == wanted


@pytest.mark.parametrize("said", [{}, {"shard": "2", "chunk": "32"}, {"labels": "shapes"}])
def test_ome_zarr_models_accepts_an_image_with_labels(
    world: World, tmp_path: Path, said: dict[str, str]
) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))
    micrograph, viewer = world
    mask = {"kind": "Mask", "x": 3.0, "y": 5.0, "width": 8.0, "height": 1.0, "mask": b"\xa5"}
    with micrograph.database.writing() as session:
        create_rois(session, viewer, [NewROI(image, [mask | {"fill_color": -1}], "cell")])

    group: Any = zarr.open_group(
        exported(world, ("Image", image), tmp_path / "o", **said), mode="r"
    )

    found = v05.Image.from_zarr(group)
    labels = v05.Labels.from_zarr(group["labels"])
    label: Any = v05.ImageLabel.from_zarr(group["labels/regions"])
    assert found.attributes.ome.multiscales[0].ndim == 5
    assert labels.label_paths == ["regions"]
    assert label.attributes.ome.image_label.properties[-1].label_value == (
        2 if said.get("labels") else 1
    )


def test_ome_zarr_models_accepts_a_plate_and_several_images(world: World, tmp_path: Path) -> None:
    key, images = planted_plate(world, tmp_path)
    roots = [("Image", image) for image in images]
    export_things(*world, roots, "ome-zarr", {}, tmp_path / "several.zarr", lambda _: None)

    group: Any = zarr.open_group(exported(world, ("Plate", key), tmp_path / "o.zarr"), mode="r")

    found = v05.HCS.from_zarr(group)
    assert found.attributes.ome.plate.field_count == 3
    assert sum(1 for _ in found.well_groups) == 4
    v05.Well.from_zarr(group["A/1"])
    v05.Labels.from_zarr(group["B/1/0/labels"])
    v05.BioFormats2Raw.from_zarr(zarr.open_group(tmp_path / "several.zarr", mode="r"))


def test_an_export_that_nobody_waits_for_stops_and_leaves_nothing(
    world: World, tmp_path: Path
) -> None:
    from threading import Event

    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))
    gone = Event()
    gone.set()

    with abandonable(gone), pytest.raises(AbandonedError):
        exported(world, ("Image", image), tmp_path / "out" / "o.zarr")

    assert list((tmp_path / "out").iterdir()) == []


def test_what_zarr_does_not_have_is_said(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_pages(tmp_path / "a.tif", make_image((1, 1, 1, 9, 9))))
    for said in ({"compression": "lzw"}, {"chunk": "9"}, {"shard": "0"}, {"z": "0-2"}, {"c": "2"}):
        with pytest.raises(InvalidInputError):
            exported(world, ("Image", image), tmp_path / "o.zarr", **said)
