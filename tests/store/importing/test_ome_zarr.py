"""OME-Zarr becomes images, label images and plates; what is wrong is said in words."""

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from store import models
from store.errors import StoreError, UnreadableFileError, UnsupportedError
from store.importing.parsed import ParsedFileset
from store.importing.scan import scan
from store.pixels.repository import Repository
from store.pixels.source import Region
from tests.images import make_image, open_images, parse_path, record_of, values_of
from tests.zarrs import multiscale, write_archive, write_array, write_group, write_plate, write_zarr

SMALL = (1, 2, 1, 9, 7)


def rows(fileset: ParsedFileset, table: Any) -> list[dict[str, Any]]:
    assert fileset.document is not None
    assert fileset.document.notes == []
    return fileset.document.of(table)


def test_levels_are_those_of_the_datasets(tmp_path: Path) -> None:
    image = make_image((1, 2, 1, 40, 60))
    path = write_zarr(tmp_path / "a.zarr", image, "cyx", levels=3)
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    assert [(level.width, level.height) for level in source.levels] == [
        (60, 40),
        (30, 20),
        (15, 10),
    ]
    for level in range(3):
        step = 2**level
        np.testing.assert_array_equal(values_of(source, level), image[..., ::step, ::step])


def test_levels_with_fewer_sections_show_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    write_group(path, {"multiscales": [multiscale("zyx", ["0", "1"])]})
    write_array(path / "0", make_image((1, 1, 4, 40, 60))[0, 0])
    write_array(path / "1", make_image((1, 1, 2, 20, 30))[0, 0])
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    whole = Region(0, 0, 30, 20)

    got = [source.read(1, 0, 0, z, whole) for z in range(4)]

    np.testing.assert_array_equal(got[0], got[1])
    np.testing.assert_array_equal(got[2], got[3])
    np.testing.assert_array_equal(got[2], make_image((1, 1, 2, 20, 30))[0, 0, 1])


def test_names_colours_and_sizes_come_from_the_metadata(tmp_path: Path) -> None:
    window = {"min": 0, "max": 255, "start": 3, "end": 200}
    channels = [{"label": "DNA", "color": "0000FF", "window": window}, {"label": "actin"}]
    units = {"t": "second", "z": "nanometer", "y": "micrometer", "x": "micrometer"}
    entry = multiscale("tczyx", scale=[2.5, 1, 300, 0.65, 0.5], units=units, name="cells")
    moved = {"type": "translation", "translation": [0, 0, 0, 10, 20.5]}
    entry["datasets"][0]["coordinateTransformations"].append(moved)
    attributes = {"omero": {"channels": channels}}

    fileset = parse_path(
        write_zarr(tmp_path / "a.zarr", make_image((2, 2, 3, 9, 7)), attributes=attributes,
                   entry=entry)
    )  # fmt: skip

    (image,) = fileset.images
    assert (image.name, image.shape.sizes, image.pixel_type) == ("cells", (2, 2, 3, 9, 7), "uint16")
    (pixels,) = rows(fileset, models.Pixels)
    assert (pixels["physical_size_x"], pixels["physical_size_x_unit"]) == (0.5, "µm")
    assert (pixels["physical_size_y"], pixels["physical_size_y_unit"]) == (0.65, "µm")
    assert (pixels["physical_size_z"], pixels["physical_size_z_unit"]) == (300, "nm")
    assert (pixels["time_increment"], pixels["time_increment_unit"]) == (2.5, "s")
    found = [(row["name"], row["color"]) for row in rows(fileset, models.Channel)]
    assert found == [("DNA", 0x0000FFFF), ("actin", None)]
    (label,) = rows(fileset, models.StageLabel)
    assert (label["x"], label["y"]) == (20.5, 10)


def test_an_image_without_a_name_is_called_like_its_folder(tmp_path: Path) -> None:
    fileset = parse_path(write_zarr(tmp_path / "cells.ome.zarr", make_image(SMALL)))

    assert [image.name for image in fileset.images] == ["cells"]


def test_several_multiscales_are_several_images(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    entries = [multiscale("yx", ["0"], name="raw"), multiscale("yx", ["1"])]
    write_group(path, {"multiscales": entries})
    for name in ("0", "1"):
        write_array(path / name, np.full((5, 4), int(name), np.uint8))

    assert [image.name for image in parse_path(path).images] == ["raw", "a #2"]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_labels_are_images_that_say_what_they_belong_to(tmp_path: Path, zarr_format: int) -> None:
    path = write_zarr(tmp_path / "a.zarr", make_image(SMALL), zarr_format=zarr_format)
    write_group(path / "labels", {"labels": ["nuclei"]}, zarr_format)
    label = {
        "colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}],
        "properties": [{"label-value": 1, "class": "mitotic"}],
    }
    masks = make_image((1, 1, 1, 9, 7), np.uint32)
    write_zarr(path / "labels" / "nuclei", masks, "yx", zarr_format,
               attributes={"image-label": label})  # fmt: skip

    fileset = parse_path(path)

    assert [image.name for image in fileset.images] == ["a", "a labels/nuclei"]
    assert fileset.images[1].pixel_type == "uint32"
    noted = {row["key"]: row["value"] for row in rows(fileset, models.MapPair)}
    assert noted == {
        "Labels of": "a",
        "Path": "labels/nuclei",
        "Colour of 1": "rgba: [255, 0, 0, 255]",
        "Properties of 1": "class: mitotic",
    }
    source = Repository(tmp_path / "derived").open(record_of(fileset, fileset.images[1]))
    np.testing.assert_array_equal(values_of(source), masks)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_plate_has_wells_fields_and_acquisitions(tmp_path: Path, zarr_format: int) -> None:
    fileset = parse_path(write_plate(tmp_path / "a.zarr", 2, 3, 2, zarr_format=zarr_format))

    assert len(fileset.images) == 12
    assert fileset.images[3].name == "Assay 7 [A/02, field 2]"
    (plate,) = rows(fileset, models.Plate)
    assert (plate["name"], plate["rows"], plate["columns"]) == ("Assay 7", 2, 3)
    assert (plate["row_naming_convention"], plate["column_naming_convention"]) == (
        "letter",
        "number",
    )
    wells = rows(fileset, models.Well)
    assert [(well["row"], well["column"]) for well in wells[:4]] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert wells[3]["external_identifier"] == "B/01"
    samples = rows(fileset, models.WellSample)
    assert [(one["well_id"], one["image_id"]) for one in samples[:3]] == [(0, 0), (0, 1), (1, 2)]
    (run,) = rows(fileset, models.PlateAcquisition)
    assert (run["name"], run["maximum_field_count"]) == ("first run", 2)
    assert {one["plate_acquisition_id"] for one in samples} == {0}


def test_a_plate_is_read_without_looking_at_chunks(tmp_path: Path) -> None:
    path = write_plate(tmp_path / "a.zarr", 1, 2, 1, levels=2)

    files = [file.path.relative_to(path) for file in parse_path(path).files]

    assert files[0] == Path("zarr.json")
    assert {file.name for file in files} == {"zarr.json"}
    assert len(files) == 1 + 2 + 2 * (1 + 2)


def test_series_of_bioformats2raw_take_their_metadata_from_ome_xml(tmp_path: Path) -> None:
    path = write_group(tmp_path / "a.zarr", {"bioformats2raw.layout": 3})
    for series in range(2):
        write_zarr(path / str(series), make_image((1, 1, 1, 9, 7 + series)))
    images = "".join(
        f'<Image ID="Image:{n}" Name="slide {n}"><Pixels ID="Pixels:{n}" DimensionOrder="XYZCT"'
        f' Type="uint16" SizeX="{7 + n}" SizeY="9" SizeZ="1" SizeC="1" SizeT="1">'
        f'<Channel ID="Channel:{n}:0" Fluor="GFP"/><MetadataOnly/></Pixels></Image>'
        for n in range(2)
    )
    (path / "OME").mkdir()
    (path / "OME" / "METADATA.ome.xml").write_text(
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">{images}</OME>'
    )

    fileset = parse_path(path)

    assert [image.name for image in fileset.images] == ["slide 0", "slide 1"]
    assert [image.shape.x for image in fileset.images] == [7, 8]
    assert [row["fluor"] for row in rows(fileset, models.Channel)] == ["GFP", "GFP"]


def test_the_fields_of_a_well_are_images(tmp_path: Path) -> None:
    path = write_plate(tmp_path / "a.zarr", 1, 1, 3) / "A" / "01"

    assert [image.name for image in parse_path(path).images] == [f"01 [{n}]" for n in (1, 2, 3)]


def test_an_archive_may_hold_the_folder_itself(tmp_path: Path) -> None:
    image = make_image(SMALL)
    folder = write_zarr(tmp_path / "a.zarr", image, zarr_format=3)
    path = write_archive(tmp_path / "b.ozx", folder, prefix="a.zarr/")
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source), image)


def test_other_archives_are_no_images(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("a.txt", "x")

    (skipped,) = scan([tmp_path]).skipped
    assert skipped.reason == "a zip archive; only .ozx and .zarr.zip are images"


def test_another_archive_with_the_name_of_an_image_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "papers.ozx", "w") as archive:
        archive.writestr("a.txt", "x")

    with pytest.raises(UnsupportedError, match=r"papers\.ozx has no Zarr hierarchy at its root"):
        parse_path(tmp_path / "papers.ozx")


def broken(path: Path, **changes: Any) -> str:
    """What is said of an image after a change of its one multiscale entry."""
    write_zarr(path, make_image(SMALL), entry=changes)
    with pytest.raises(StoreError) as caught:
        parse_path(path)
    return caught.value.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "abc123"}, "version 'abc123', not one of 0.1, 0.2, 0.3, 0.4, 0.5"),
        ({"datasets": []}, "its datasets are []"),
        ({"datasets": [{"path": "9"}]}, "9 of a.zarr cannot be read: the array is missing"),
        ({"datasets": [{"path": "../b/0"}]}, "the path '../b/0', which is not below it"),
        ({"datasets": [{"path": "/etc"}]}, "the path '/etc', which is not below it"),
        ({"datasets": [{}]}, "the path None, which is not below it"),
        ({"axes": None}, "sizes"),
        ({"axes": [{"name": "x"}] * 5}, "its axes are x, x, x, x, x: y and x are needed, once"),
        ({"axes": ["y", "x"]}, "its axes are ['y', 'x'] and its arrays have 5"),
        ({"axes": ["t", "c", "angle", "y", "x"]}, "only t, c, z, y and x are handled"),
        ({"coordinateTransformations": [{"type": "scale", "scale": [1]}]}, "of 5 axes is [1]"),
        ({"coordinateTransformations": [{"type": "warp"}]}, "{'type': 'warp'}"),
        (
            {"coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1, 1, -1]}]},
            "a scale of it is [1.0, 1.0, 1.0, 1.0, -1.0]",
        ),
    ],
)
def test_wrong_metadata_is_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    if words == "sizes":  # images before 0.3 had no axes
        write_zarr(tmp_path / "a.zarr", make_image(SMALL), entry=changes)
        assert parse_path(tmp_path / "a.zarr").images[0].shape.sizes == SMALL
        return
    assert words in broken(tmp_path / "a.zarr", **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zarr_format": 4}, "is of Zarr format 4, not 2 or 3"),
        ({"shape": [1, 2, 1, 9]}, "its chunks have 5 axes and its values 4"),
        ({"shape": [1, 2, 1, 9, 0]}, "its shape is [1, 2, 1, 9, 0]"),
        ({"chunks": [1, 1, 1, 2**15, 2**15]}, "The chunks of 0 of a.zarr hold 2048 MiB each"),
        ({"dtype": "|O"}, "values of type '|O', which are no pixels"),
        ({"dtype": "<M8[ns]"}, "which are no pixels"),
        ({"filters": [{"id": "pickle"}]}, "with the codec 'pickle', which is not handled"),
        (
            {"filters": [{"id": "vlen-utf8"}, {"id": "pickle"}]},
            "with the codec 'vlen-utf8', which is not handled",
        ),
        ({"compressor": {"id": "pickle"}}, "with the codec 'pickle', which is not handled"),
        ({"compressor": {"id": "json2"}}, "with the codec 'json2', which is not handled"),
        ({"compressor": "zstd"}, "it has a codec 'zstd'"),
        ({"dimension_separator": "../"}, "separates the numbers of chunks by '../'"),
        ({"fill_value": "x"}, "its fill value is 'x', no uint16"),
        ({"order": "Z"}, "its order 'Z' is neither C nor F"),
    ],
)
def test_arrays_that_are_not_handled_are_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = write_zarr(tmp_path / "a.zarr", make_image(SMALL))
    document = path / "0" / ".zarray"
    document.write_text(json.dumps(json.loads(document.read_text()) | changes))

    with pytest.raises(StoreError) as caught:
        parse_path(path)

    assert words in caught.value.message


def test_a_window_that_lacks_a_number_is_refused(tmp_path: Path) -> None:
    channels = {"channels": [{"window": {"start": 0, "end": 1, "max": 255}}]}
    write_zarr(tmp_path / "a.zarr", make_image(SMALL), attributes={"omero": channels})

    with pytest.raises(UnreadableFileError, match=r"the window of channel 0 .* has no min"):
        parse_path(tmp_path / "a.zarr")


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\xff", '{"multiscales": 3}'])
def test_documents_that_are_no_metadata_are_refused(tmp_path: Path, text: str) -> None:
    path = write_zarr(tmp_path / "a.zarr", make_image(SMALL))
    (path / ".zattrs").write_text(text)

    with pytest.raises(StoreError):
        parse_path(path)


def test_a_zarr_without_ome_metadata_is_refused(tmp_path: Path) -> None:
    write_group(tmp_path / "a.zarr", {"title": "weather"}, 3)

    with pytest.raises(UnsupportedError, match="group without OME-Zarr metadata"):
        parse_path(tmp_path / "a.zarr")


def test_fill_values_stand_for_chunks_that_were_never_stored(tmp_path: Path) -> None:
    for number, (zarr_format, dtype, fill) in enumerate(
        [(2, "u2", 7), (2, "f4", float("nan")), (3, "f4", float("-inf")), (3, "i8", -5)]
    ):
        path = tmp_path / f"{number}.zarr"
        write_group(path, {"multiscales": [multiscale("yx")]}, zarr_format)
        create: Any = zarr.create_array
        create(str(path / "0"), shape=(5, 4), chunks=(3, 3), dtype=dtype, fill_value=fill,
               zarr_format=zarr_format)  # fmt: skip
        (source,) = open_images(path, Repository(tmp_path / "derived"))

        got = source.read(0, 0, 0, 0, Region(0, 0, 4, 5))

        np.testing.assert_array_equal(got, np.full((5, 4), fill, dtype))


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write_zarr(tmp_path / "secret.zarr", make_image(SMALL))
    path = write_zarr(tmp_path / "a.zarr", make_image(SMALL))
    fileset = parse_path(path)
    source = Repository(tmp_path / "derived").open(record_of(fileset, fileset.images[0]))
    chunk = path / "0" / "0.0.0.0.0"
    theirs = secret / "0" / "0.0.0.0.0"
    whole = Region(0, 0, 7, 9)

    for target in (theirs, Path(os.path.relpath(theirs, chunk.parent))):
        chunk.unlink()
        chunk.symlink_to(target)
        with pytest.raises(UnreadableFileError, match="leads out of it by a link"):
            source.read(0, 0, 0, 0, whole)

    shutil.rmtree(path / "0")
    (path / "0").symlink_to(secret / "0")
    with pytest.raises(UnreadableFileError):
        parse_path(path)


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    image = make_image(SMALL)
    path = write_zarr(tmp_path / "a.zarr", image)
    chunk = path / "0" / "0.0.0.0.0"
    chunk.rename(path / "0" / "moved")
    chunk.symlink_to("moved")
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source), image)


def test_a_pipe_in_place_of_a_chunk_holds_nobody(tmp_path: Path) -> None:
    path = write_zarr(tmp_path / "a.zarr", make_image(SMALL))
    chunk = path / "0" / "0.0.0.0.0"
    chunk.unlink()
    os.mkfifo(chunk)
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    with pytest.raises(UnreadableFileError, match="is not a regular file"):
        source.read(0, 0, 0, 0, Region(0, 0, 7, 9))
