from pathlib import Path

import numpy as np
import ome_types
import pytest
import tifffile
from ome_types import model

from app.exported import export_things
from store.errors import ConflictError, InvalidInputError, NotFoundError, StoreError
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
from tests.ome_equivalence import differences


def exported(world: World, root: tuple[str, int], output: Path, **said: str) -> Path:
    told: list[str] = []
    export_things(*world, [root], "ome-tiff", said, output, told.append)
    assert told == [f"Written to {output}."]
    return output


def document(path: Path) -> bytes:
    with tifffile.TiffFile(path) as file:
        return file.pages.first.description.encode()


def test_an_image_goes_out_as_an_ome_tiff_and_comes_back_equal(
    world: World, other: World, tmp_path: Path
) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / "out.ome.tiff")

    check_valid(document(path))
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        assert (series.axes, series.shape) == ("TCZYX", (2, 2, 3, 700, 1100))
        assert [level.shape[-2:] for level in series.levels] == [
            (700, 1100),
            (350, 550),
            (175, 275),
        ]
        assert np.array_equal(series.asarray(), rich_image())
        assert np.array_equal(series.levels[1].asarray(), samples_of(world, image, 1))
        assert file.pages.first.tile == (512, 512)
    (back,) = imported(*other, path)
    assert np.array_equal(samples_of(other, back), rich_image())
    first, second = (
        without_storage(document_of(*one, [("Image", key)])) for one, key in
        ((world, image), (other, back))
    )  # fmt: skip
    assert differences(first, second) == []


def test_ome_types_reads_what_is_written(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    found = ome_types.from_xml(document(exported(world, ("Image", image), tmp_path / "o.tiff")))

    pixels = found.images[0].pixels
    assert (found.images[0].name, pixels.size_z, pixels.physical_size_x) == ("rich µ", 3, 0.25)
    assert [channel.name for channel in pixels.channels] == ["DNA", "actin"]
    assert len(pixels.tiff_data_blocks) == 12
    assert len(found.rois) == 2
    assert found.structured_annotations is not None
    assert len(found.structured_annotations.map_annotations) == 1


def test_a_part_has_its_own_positions(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(
        world, ("Image", image), tmp_path / "o.ome.tiff",
        region="90,190,200,100", z="2-3", t="2", c="2",
    )  # fmt: skip

    check_valid(document(path))
    assert np.array_equal(tifffile.imread(path), rich_image()[1, 1, 1:3, 190:290, 90:290])
    found = ome_types.from_xml(document(path))
    pixels = found.images[0].pixels
    assert [channel.name for channel in pixels.channels] == ["actin"]
    assert [(plane.the_z, plane.the_c, plane.the_t) for plane in pixels.planes] == [(1, 0, 0)]
    (region,) = found.rois
    (rectangle,) = [shape for shape in region.union if isinstance(shape, model.Rectangle)]
    (polygon,) = [shape for shape in region.union if isinstance(shape, model.Polygon)]
    assert (rectangle.x, rectangle.y, rectangle.the_z) == (10, 10, 0)
    assert (polygon.points, polygon.the_c) == ("20,20 30,20 25,30", 0)


def test_a_smaller_level_has_larger_pixels(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))

    path = exported(world, ("Image", image), tmp_path / "o.ome.tiff", level="1")

    check_valid(document(path))
    found = ome_types.from_xml(document(path))
    assert found.images[0].pixels.physical_size_x == 0.5
    assert {getattr(shape, "width", None) for shape in found.rois[0].union} == {25, None}
    assert np.array_equal(tifffile.imread(path, series=0, level=0), samples_of(world, image, 1))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "float32", "complex64"])
def test_every_compression_keeps_every_sample(
    world: World, other: World, tmp_path: Path, dtype: str
) -> None:
    plane = make_image((2, 1, 1, 130, 190), dtype)
    (image,) = imported(*world, write_pages(tmp_path / "a.tif", plane))

    for compression in ("zlib", "zstd", "lzw", "none"):
        path = tmp_path / f"{compression}.ome.tiff"
        exported(world, ("Image", image), path, compression=compression, tile="64")

        assert np.array_equal(tifffile.imread(path), plane[:, 0, 0])
        (back,) = imported(*other, path)
        got = samples_of(other, back)
        assert got.dtype == samples_of(world, image).dtype
        assert np.array_equal(got, plane)


@pytest.mark.parametrize(("dtype", "becomes"), [
    ("float16", "float32"), ("int64", "float64"), ("uint64", "float64"),
    ("uint8", "uint8"), ("int16", "int16"), ("uint32", "uint32"), ("float64", "float64"),
    ("complex128", "complex128"),
])  # fmt: skip
def test_every_type_goes_out_as_one_that_ome_xml_names(
    world: World, tmp_path: Path, dtype: str, becomes: str
) -> None:
    plane = make_image((1, 1, 1, 70, 90), dtype)
    (image,) = imported(*world, write_pages(tmp_path / "a.tif", plane))

    path = exported(world, ("Image", image), tmp_path / "o.ome.tiff")

    got = tifffile.imread(path)
    check_valid(document(path))
    assert got.dtype == becomes
    assert np.array_equal(got, plane[0, 0, 0].astype(becomes))


@pytest.mark.parametrize("planar", [False, True])
def test_colours_stay_colours(world: World, other: World, tmp_path: Path, planar: bool) -> None:
    colours = make_image((1, 3, 1, 600, 800), "uint8")
    (image,) = imported(*world, write_rgb(tmp_path / "a.tif", colours, planar))

    path = exported(world, ("Image", image), tmp_path / "o.ome.tiff")

    check_valid(document(path))
    with tifffile.TiffFile(path) as file:
        assert file.pages.first.photometric == tifffile.PHOTOMETRIC.RGB
    assert np.array_equal(tifffile.imread(path), np.moveaxis(colours[0, :, 0], 0, -1))
    (back,) = imported(*other, path)
    assert np.array_equal(samples_of(other, back), colours)


def test_one_channel_of_colours_is_a_channel_of_its_own(world: World, tmp_path: Path) -> None:
    colours = make_image((1, 3, 1, 60, 80), "uint8")
    (image,) = imported(*world, write_rgb(tmp_path / "a.tif", colours))

    path = exported(world, ("Image", image), tmp_path / "o.ome.tiff", c="3,1")

    check_valid(document(path))
    assert np.array_equal(tifffile.imread(path), colours[0, [2, 0], 0])


def test_colours_go_out_as_jpeg_when_asked_for(world: World, tmp_path: Path) -> None:
    y, x = np.indices((600, 800))
    smooth = np.stack([x / 4, y / 3, (x + y) / 6]).astype(np.uint8)[None, :, None]
    (image,) = imported(*world, write_rgb(tmp_path / "a.tif", smooth))

    path = exported(world, ("Image", image), tmp_path / "o.tiff", compression="jpeg")

    got = tifffile.imread(path).astype(int)
    assert np.abs(got - np.moveaxis(smooth[0, :, 0], 0, -1)).max() <= 6
    assert path.stat().st_size < 100_000


def test_jpeg_of_measurements_is_refused_and_nothing_is_written(
    world: World, tmp_path: Path
) -> None:
    (image,) = imported(*world, write_ome(tmp_path / "a.ome.tif", make_image((1, 1, 1, 64, 64))))

    with pytest.raises(InvalidInputError, match="JPEG keeps colours"):
        exported(world, ("Image", image), tmp_path / "out" / "o.tiff", compression="jpeg")

    assert not (tmp_path / "out").exists()


def test_a_failing_export_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    path = write_ome(tmp_path / "a.ome.tif", make_image((1, 2, 1, 300, 300)))
    (image,) = imported(*world, path)
    with path.open("r+b") as file:
        file.truncate(60_000)

    with pytest.raises(StoreError):
        exported(world, ("Image", image), tmp_path / "out" / "o.tiff")

    assert list((tmp_path / "out").iterdir()) == []


def test_a_dataset_goes_out_as_a_set_that_comes_back_equal(
    world: World, other: World, tmp_path: Path
) -> None:
    paths = [write_rich(tmp_path / "rich.ome.tif")]
    paths.append(write_pages(tmp_path / "plain.tif", make_image((2, 1, 1, 60, 80))))
    images = imported(*world, *paths, dataset="cells", project="mitosis")

    folder = exported(world, ("Project", 1), tmp_path / "out")

    names = sorted(path.name for path in folder.iterdir())
    assert names == ["mitosis.companion.ome", "plain.ome.tiff", "rich µ.ome.tiff"]
    check_valid((folder / "mitosis.companion.ome").read_bytes())
    back = imported(*other, folder)
    assert len(back) == 2
    for one, another in zip(images, back, strict=True):
        assert np.array_equal(samples_of(world, one), samples_of(other, another))
    first, second = (without_storage(document_of(*one, [("Project", 1)])) for one in (world, other))
    assert differences(first, second) == []
    with tifffile.TiffFile(folder / "rich µ.ome.tiff") as file:
        assert np.array_equal(file.asarray(), rich_image().reshape(-1, 700, 1100))


@needs_data
@pytest.mark.slow
def test_a_plate_goes_out_as_a_set_that_comes_back_equal(
    world: World, other: World, tmp_path: Path
) -> None:
    plate = DATA / "images" / "bf-generated" / "spw-1plate-3x4-2fields-2c.ome.tiff"
    images = imported(*world, plate)

    folder = exported(world, ("Plate", 1), tmp_path / "out")

    assert (folder / "A01_1.ome.tiff").is_file()
    assert (folder / "C04_2.ome.tiff").is_file()
    back = imported(*other, folder)
    assert len(back) == len(images) == 24
    for one, another in zip(images, back, strict=True):
        assert np.array_equal(samples_of(world, one), samples_of(other, another))
    first, second = (without_storage(document_of(*one, [("Plate", 1)])) for one in (world, other))
    assert differences(first, second) == []


def test_a_folder_that_is_there_is_not_touched(world: World, tmp_path: Path) -> None:
    imported(
        *world, write_ome(tmp_path / "a.ome.tif", make_image((1, 1, 1, 9, 9))), dataset="cells"
    )
    (tmp_path / "out").mkdir()

    with pytest.raises(ConflictError, match="is there already"):
        exported(world, ("Dataset", 1), tmp_path / "out")


def test_what_is_not_there_is_said(world: World, tmp_path: Path) -> None:
    for root in (("Image", 7), ("Dataset", 7)):
        with pytest.raises(NotFoundError, match="7"):
            exported(world, root, tmp_path / "o.tiff")
    with pytest.raises(InvalidInputError, match="contains no images"):
        exported(world, ("TagAnnotation", 1), tmp_path / "o.tiff")
