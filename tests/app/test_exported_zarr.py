import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from lxml import etree

from app.exported import export_things
from store.errors import InvalidInputError
from store.pixels.abandoning import AbandonedError, abandonable
from tests.app.exported import (
    DATA,
    World,
    check_valid,
    imported,
    needs_data,
    rich_image,
    samples_of,
    write_rich,
)
from tests.images import make_image, write_ome, write_pages, write_rgb
from tests.ome_equivalence import NAMESPACE


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
    plate = DATA / "images" / "bf-generated" / "spw-1plate-3x4-2fields-2c.ome.tiff"
    images = imported(*world, plate)

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


def test_ome_zarr_models_accepts_what_is_written(world: World, tmp_path: Path) -> None:
    models = pytest.importorskip("ome_zarr_models.v05", reason="ome-zarr-models is not installed")
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / "o.zarr")

    models.Image.from_zarr(zarr.open_group(path, mode="r"))


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
