"""What vendors' files say arrives in the OME model."""

import datetime as dt
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from store import models
from store.errors import UnreadableFileError, UnsupportedError
from store.importing.clean import iso_moment, originals_of, originals_of_xml, text_of
from store.importing.fact_records import ORIGINAL_METADATA
from store.importing.parsed import ParsedFileset
from store.importing.scan import scan
from store.pixels.repository import Repository
from tests.czi_writer import write_czi
from tests.dicom_writer import write_dicom, write_slide
from tests.images import make_image, open_images, parse_path, record_of, values_of
from tests.imaris_writer import write_imaris
from tests.lif_writer import write_lif
from tests.nd2_writer import drawn, listed, write_nd2
from tests.olympus_writer import write_oib, write_oif
from tests.vendors import write_dv, write_ics, write_ics_pair, write_mrc


def rows(fileset: ParsedFileset, table: Any) -> list[dict[str, Any]]:
    assert fileset.document is not None
    assert fileset.document.notes == []
    return fileset.document.of(table)


def originals(fileset: ParsedFileset) -> dict[str, str]:
    (note,) = rows(fileset, models.Annotation)
    assert note["namespace"] == ORIGINAL_METADATA
    return {row["key"]: row["value"] for row in rows(fileset, models.MapPair)}


def test_a_deltavision_stack_tells_sizes_times_places_and_wavelengths(tmp_path: Path) -> None:
    fileset = parse_path(write_dv(tmp_path / "a.dv", make_image((2, 2, 3, 9, 7), np.int16)))
    (pixels,) = rows(fileset, models.Pixels)
    planes = rows(fileset, models.Plane)

    assert fileset.format == "DeltaVision"
    assert pixels["physical_size_x"] == pytest.approx(0.1)
    assert pixels["physical_size_z"] == pytest.approx(0.3)
    channels = rows(fileset, models.Channel)
    assert [channel["emission_wavelength"] for channel in channels] == [450, 520]
    assert [channel["excitation_wavelength"] for channel in channels] == [488, 488]
    assert len(planes) == 12
    last = next(row for row in planes if (row["the_t"], row["the_c"], row["the_z"]) == (1, 1, 2))
    assert (last["delta_t"], last["exposure_time"], last["position_x"]) == (16.5, 0.25, 21.0)
    assert originals(fileset) == {"Title 1": "Title"}


def test_an_mrc_volume_tells_sizes_in_micrometres(tmp_path: Path) -> None:
    fileset = parse_path(write_mrc(tmp_path / "a.mrc", make_image((1, 1, 3, 9, 7), np.int8)))
    (pixels,) = rows(fileset, models.Pixels)

    assert fileset.images[0].pixel_type == "int8"
    sizes = [pixels[f"physical_size_{axis}"] for axis in "xyz"]
    assert sizes == pytest.approx([2e-4, 3e-4, 4e-4])
    assert rows(fileset, models.Image)[0]["description"] == "Label"


def test_bytes_of_an_mrc_volume_from_before_the_standard_are_unsigned(tmp_path: Path) -> None:
    path = write_mrc(tmp_path / "a.mrc", make_image((1, 1, 1, 9, 7), np.int8))
    data = bytearray(path.read_bytes())
    data[108:112] = bytes(4)
    path.write_bytes(data)

    assert parse_path(path).images[0].pixel_type == "uint8"


def test_an_unknown_mode_of_mrc_is_named(tmp_path: Path) -> None:
    path = write_mrc(tmp_path / "a.mrc", make_image((1, 1, 1, 9, 7), np.int8))
    data = bytearray(path.read_bytes())
    data[12] = 101
    path.write_bytes(data)

    with pytest.raises(UnsupportedError, match="mode 101"):
        parse_path(path)


def test_an_ics_image_tells_scales_wavelengths_and_its_date(tmp_path: Path) -> None:
    fileset = parse_path(write_ics(tmp_path / "a.ics", make_image((2, 2, 3, 9, 7))))
    (pixels,) = rows(fileset, models.Pixels)

    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == [0.1, 0.2, 0.3]
    assert pixels["time_increment"] == 5
    channels = rows(fileset, models.Channel)
    assert [channel["emission_wavelength"] for channel in channels] == [520, 600]
    date = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert rows(fileset, models.Image)[0]["acquisition_date"] == date
    assert originals(fileset)["layout order"] == "bits x y z ch t"


def test_an_ics_pair_is_found_by_either_file(tmp_path: Path) -> None:
    path = write_ics_pair(tmp_path / "a.ics", make_image((1, 1, 1, 9, 7)))
    for named in (path, path.with_suffix(".ids")):
        (found,) = scan([named]).filesets

        assert found.files == (path, path.with_suffix(".ids"))
    assert len(scan([tmp_path]).filesets) == 1


def test_an_ics_description_reads_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.ids").write_bytes(bytes(1000))
    (tmp_path / "a").mkdir()
    path = write_ics_pair(tmp_path / "a" / "a.ics", make_image((1, 1, 1, 9, 7)))
    path.write_text(path.read_text() + "source\tfile\t../secret.ids\n")
    (skipped,) = scan([path]).skipped

    assert "secret.ids" in skipped.reason


@pytest.mark.parametrize("write", [write_dv, write_mrc, write_ics])
def test_a_stack_that_ends_too_early_is_damaged(write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a", make_image((1, 1, 3, 9, 7), np.int16))
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(UnreadableFileError):
        parse_path(path)


def test_a_czi_file_tells_of_channels_planes_lens_and_regions(tmp_path: Path) -> None:
    fileset = parse_path(write_czi(tmp_path / "a.czi", make_image((2, 2, 2, 33, 21))))
    (pixels, _) = rows(fileset, models.Pixels)
    channel, second, *_ = rows(fileset, models.Channel)
    plane = rows(fileset, models.Plane)[0]

    assert pixels["significant_bits"] == 12
    assert pixels["physical_size_x"] == pytest.approx(0.1)
    assert pixels["physical_size_y"] == pytest.approx(0.2)
    assert (channel["name"], channel["fluor"]) == ("DAPI", "DAPI")
    assert (channel["excitation_wavelength"], channel["emission_wavelength"]) == (353, 465)
    assert (channel["color"], channel["acquisition_mode"]) == (0x0000FFFF, "WideField")
    assert second["name"] is None
    assert (plane["delta_t"], plane["exposure_time"], plane["position_x"]) == (5.0, 0.25, 10.5)
    (lens,) = rows(fileset, models.Objective)
    assert (lens["nominal_magnification"], lens["lens_na"], lens["immersion"]) == (20, 0.8, "Air")
    places = [(shape["x"], shape["y"]) for shape in rows(fileset, models.Shape)]
    assert places[0] == (3 + 7, 4 - 5)
    assert "Information|Image|ComponentBitCount" in originals(fileset)


def test_scenes_of_a_czi_file_are_images(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 33, 21))
    path = write_czi(tmp_path / "a.czi", image, scenes=2)
    fileset = parse_path(path)
    sources = open_images(path, Repository(tmp_path / "derived"))

    names = [found.name for found in fileset.images]
    assert names == ["a.czi [A1]", "a.czi [B2]", "a.czi [thumbnail]"]
    for number, source in enumerate(sources[:2]):
        np.testing.assert_array_equal(values_of(source), image + number)


@pytest.mark.parametrize("tile", [0, 40])
def test_a_pyramid_of_a_czi_file_is_read(tile: int, tmp_path: Path) -> None:
    image = make_image((1, 2, 1, 134, 121))
    path = write_czi(tmp_path / "a.czi", image, tile=tile, pyramid=True)
    source = open_images(path, Repository(tmp_path / "derived"))[0]

    assert [(level.width, level.height) for level in source.levels] == [(121, 134), (61, 67)]
    np.testing.assert_array_equal(values_of(source, 1), image[..., ::2, ::2])


def test_a_czi_file_without_metadata_is_read(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 33, 21))
    path = write_czi(tmp_path / "a.czi", image, metadata="")

    assert parse_path(path).images[0].shape.sizes == image.shape


def test_a_leica_image_tells_of_channels_times_and_lens(tmp_path: Path) -> None:
    fileset = parse_path(write_lif(tmp_path / "a.lif", make_image((2, 2, 3, 33, 21))))
    (pixels,) = rows(fileset, models.Pixels)
    (image,) = rows(fileset, models.Image)
    first, second = rows(fileset, models.Channel)
    planes = rows(fileset, models.Plane)
    (lens,) = rows(fileset, models.Objective)

    assert (image["name"], image["description"]) == ("a.lif [cells]", "notes")
    assert image["acquisition_date"] == dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert pixels["significant_bits"] == 12
    sizes = [pixels[f"physical_size_{axis}"] for axis in "xyz"]
    assert sizes == pytest.approx([0.1, 0.1, 0.1])
    assert pixels["time_increment"] == 2
    assert (first["name"], first["emission_wavelength"], first["color"]) == ("FITC", 520, 0xFF00FF)
    assert (second["name"], second["emission_wavelength"]) == (None, 630)
    assert first["pinhole_size"] == pytest.approx(100)
    assert (lens["nominal_magnification"], lens["immersion"]) == (63, "Oil")
    assert len(planes) == 12
    assert (planes[-1]["delta_t"], planes[-1]["position_x"]) == (5.5, 1000)


def test_tiles_of_a_leica_scan_are_images(tmp_path: Path) -> None:
    image = make_image((3, 2, 2, 33, 21))
    path = write_lif(tmp_path / "a.lif", image, order="MZCYX")
    sources = open_images(path, Repository(tmp_path / "derived"))

    for tile, source in enumerate(sources):
        np.testing.assert_array_equal(values_of(source)[0], image[tile])
    assert [found.name for found in parse_path(path).images] == [
        f"a.lif [cells] #{number}" for number in (1, 2, 3)
    ]


def test_a_leica_scan_along_x_and_z_is_a_picture_of_both(tmp_path: Path) -> None:
    image = make_image((2, 2, 9, 1, 21))
    path = write_lif(tmp_path / "a.lif", image, order="TCYZX")
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source), image.transpose(0, 1, 3, 2, 4))


def test_a_nikon_file_tells_of_channels_times_and_lens(tmp_path: Path) -> None:
    fileset = parse_path(write_nd2(tmp_path / "a.nd2", make_image((2, 2, 3, 9, 7)), padding=2))
    (pixels,) = rows(fileset, models.Pixels)
    (image,) = rows(fileset, models.Image)
    (lens,) = rows(fileset, models.Objective)
    channels = rows(fileset, models.Channel)
    planes = rows(fileset, models.Plane)

    assert image["acquisition_date"] == dt.datetime(2020, 1, 2, tzinfo=dt.UTC)
    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == [0.25, 0.25, 0.5]
    assert [channel["name"] for channel in channels] == ["Channel 0", "Channel 1"]
    assert (channels[0]["excitation_wavelength"], channels[0]["color"]) == (488, 0x00FF00FF)
    assert (lens["model"], lens["nominal_magnification"]) == ("Plan Apo 60x", 60)
    assert rows(fileset, models.Microscope)[0]["model"] == "Ti"
    assert len(planes) == 12
    assert (planes[-1]["delta_t"], planes[-1]["position_x"]) == (2.5, 15)


def test_positions_of_a_nikon_file_are_images(tmp_path: Path) -> None:
    image = make_image((2, 2, 3, 9, 7))
    path = write_nd2(tmp_path / "a.nd2", image, positions=2)
    sources = open_images(path, Repository(tmp_path / "derived"))

    assert [found.name for found in parse_path(path).images] == ["a.nd2 [P0]", "a.nd2 [P1]"]
    for number, source in enumerate(sources):
        np.testing.assert_array_equal(values_of(source), image + number)


def test_regions_of_a_nikon_file_lie_where_they_were_drawn(tmp_path: Path) -> None:
    corners = [(-0.1, -0.1), (0.1, 0.0), (0.0, 0.2)]
    everywhere = [
        drawn(3, (0.0, 0.0), (1.0, 0.5), label="box"),
        drawn(10, (0.5, 0.5), (0.2, 0.1), turned=90.0),
        drawn(3, (0.5, 0.5), (0.2, 0.1), turned=30.0, label="turned, and so left out"),
        drawn(5, (0.5, -0.5), points=corners),
        drawn(8, (0.5, -0.5), points=corners),
        drawn(7, (0.0, 0.0), points=corners[:2]),
        drawn(2, (-1.0, 1.0)),
        drawn(12, (0.0, 0.0), (0.5, 0.5), label="a spiral, and so left out"),
    ]
    regions = listed(*everywhere, at={})
    image = make_image((1, 1, 1, 40, 80))

    fileset = parse_path(write_nd2(tmp_path / "a.nd2", image, positions=2, regions=regions))

    shapes = rows(fileset, models.Shape)
    first = [one for one in shapes if rows(fileset, models.ROI)[one["roi_id"]]["image_id"] == 0]
    names = ("x", "y", "width", "height", "x1", "y1", "x2", "y2", "points")
    assert [
        (one["kind"], *(one[name] for name in names if one.get(name) is not None)) for one in first
    ] == [
        ("Rectangle", 20, 15, 40, 10),
        ("Rectangle", 59, 26, 2, 8),
        ("Polygon", "56,8 64,10 60,14"),
        ("Polyline", "56,8 64,10 60,14"),
        ("Line", 36, 18, 44, 20),
        ("Point", 0, 40),
    ]
    assert first[0]["text"] == "box"
    assert len(shapes) == 2 * len(first)
    pairs = [(row["key"], row["value"]) for row in rows(fileset, models.MapPair)]
    left_out = [pair for pair in pairs if pair[0].startswith("Region ")]
    assert left_out == [("Region 3", "Rectangle around 60, 30, 8 x 2, turned by 30°")] * 2


def test_circles_of_a_nikon_file_are_on_their_position_alone(tmp_path: Path) -> None:
    regions = listed(at={1: [drawn(9, (-0.5, 0.5), (0.25, 0.5), turned=30.0)]})
    image = make_image((1, 1, 1, 40, 80))

    fileset = parse_path(write_nd2(tmp_path / "a.nd2", image, positions=2, regions=regions))

    (circle,) = rows(fileset, models.Shape)
    assert [row["image_id"] for row in rows(fileset, models.ROI)] == [1]
    assert [circle[name] for name in ("x", "y", "radius_x", "radius_y")] == [20, 30, 5, 5]


def test_a_frame_that_was_never_written_is_zero(tmp_path: Path) -> None:
    image = make_image((2, 2, 2, 9, 7))
    path = write_nd2(tmp_path / "a.nd2", image, missing=2)
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    image[1, :, 0] = 0

    np.testing.assert_array_equal(values_of(source), image)


def test_a_dicom_file_tells_sizes_and_its_date_and_nothing_of_patients(tmp_path: Path) -> None:
    fileset = parse_path(write_dicom(tmp_path / "a.dcm", make_image((1, 1, 3, 9, 7))))
    (pixels,) = rows(fileset, models.Pixels)
    (image,) = rows(fileset, models.Image)

    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == pytest.approx([1, 2, 3])
    date = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert image["acquisition_date"] == date
    assert rows(fileset, models.Microscope)[0]["manufacturer"] == "Maker"
    assert originals(fileset)["Manufacturer"] == "Maker"
    assert "Doe" not in str(originals(fileset))


def test_fragments_that_nothing_tells_apart_are_refused_in_words(tmp_path: Path) -> None:
    image = make_image((1, 1, 3, 33, 21))
    path = write_dicom(tmp_path / "a.dcm", image, codec="rle", fragments=2, table="none")

    with pytest.raises(UnsupportedError, match="3 frames in 6 fragments"):
        parse_path(path)


def test_a_table_of_other_fragments_is_passed_over(tmp_path: Path) -> None:
    image = make_image((1, 1, 3, 33, 21))
    path = write_dicom(tmp_path / "a.dcm", image, codec="j2k", fragments=2)
    data = bytearray(path.read_bytes())
    data[data.index(b"\xfe\xff\x00\xe0\x0c\x00\x00\x00") + 12] ^= 2
    path.write_bytes(data)
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source), image)


def test_files_of_a_slide_are_levels_of_one_image(tmp_path: Path) -> None:
    image = make_image((1, 3, 1, 90, 70), np.uint8)
    path = write_slide(tmp_path / "a.dcm", image, levels=3)
    fileset = parse_path(tmp_path)
    source = Repository(tmp_path / "derived").open(record_of(fileset, fileset.images[0]))
    channels = rows(fileset, models.Channel)

    assert [file.path.name for file in fileset.files] == [path.name, "a.dcm.1", "a.dcm.2"]
    assert len(fileset.images) == 1
    assert fileset.images[0].rgb
    for level in range(3):
        step = 2**level
        np.testing.assert_array_equal(values_of(source, level), image[..., ::step, ::step])
    assert (channels[0]["name"], len(channels)) == ("Brightfield", 1)
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 20
    assert rows(fileset, models.Pixels)[0]["physical_size_x"] == pytest.approx(0.5)


def test_a_tile_that_a_slide_leaves_out_is_zero(tmp_path: Path) -> None:
    image = make_image((1, 3, 1, 32, 32), np.uint8)
    path = write_slide(tmp_path / "a.dcm", image, sparse=True)
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    image[..., 16:, 16:] = 0

    np.testing.assert_array_equal(values_of(source), image)


@pytest.mark.parametrize("write", [write_oib, write_oif])
def test_an_olympus_image_tells_of_channels_times_and_lens(write: Any, tmp_path: Path) -> None:
    fileset = parse_path(write(tmp_path / "a.oib", make_image((2, 2, 3, 33, 21))))
    (pixels,) = rows(fileset, models.Pixels)
    (image,) = rows(fileset, models.Image)
    (lens,) = rows(fileset, models.Objective)
    channels = rows(fileset, models.Channel)
    planes = rows(fileset, models.Plane)

    date = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert (image["acquisition_date"], image["description"]) == (date, "notes")
    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == [0.25, 0.25, 0.5]
    assert (pixels["time_increment"], pixels["significant_bits"]) == (0.5, 12)
    assert [channel["name"] for channel in channels] == ["Dye 0", "Dye 1"]
    assert (channels[0]["excitation_wavelength"], channels[0]["emission_wavelength"]) == (488, 520)
    assert (lens["nominal_magnification"], lens["lens_na"]) == (40, 0.75)
    assert (planes[-1]["delta_t"], planes[-1]["position_z"]) == (1.5, 2)


def test_an_olympus_set_is_found_with_its_folder(tmp_path: Path) -> None:
    path = write_oif(tmp_path / "a.oif", make_image((1, 2, 1, 33, 21)))
    result = scan([tmp_path])

    assert result.filesets[0].master == path
    assert [len(found.files) for found in result.filesets] == [5]
    assert result.skipped == ()


def test_an_olympus_set_without_its_folder_is_damaged(tmp_path: Path) -> None:
    path = write_oif(tmp_path / "a.oif", make_image((1, 2, 1, 33, 21)))
    path.with_name("a.oif.files").rename(tmp_path / "elsewhere")
    (skipped,) = scan([path]).skipped

    assert "a.oif.files is not beside a.oif" in skipped.reason


def test_another_compound_document_is_left_out(tmp_path: Path) -> None:
    path = write_oib(tmp_path / "a.oib", make_image((1, 1, 1, 33, 21)))
    data = path.read_bytes()
    wanted, other = ("OibInfo.txt".encode("utf-16-le"), "Letters.txt".encode("utf-16-le"))
    path.write_bytes(data.replace(wanted, other))
    (skipped,) = scan([path]).skipped

    assert skipped.reason == "a compound document that is no Olympus OIB"


def test_an_imaris_image_tells_of_channels_times_and_lens(tmp_path: Path) -> None:
    fileset = parse_path(write_imaris(tmp_path / "a.ims", make_image((2, 2, 3, 33, 21))))
    (pixels,) = rows(fileset, models.Pixels)
    (image,) = rows(fileset, models.Image)
    channels = rows(fileset, models.Channel)
    planes = rows(fileset, models.Plane)

    assert fileset.format == "Imaris"
    date = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert (image["acquisition_date"], image["description"]) == (date, "notes")
    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == [0.5, 0.5, 0.5]
    assert pixels["time_increment"] == 2
    assert [channel["name"] for channel in channels] == ["Dye 0", "Dye 1"]
    assert (channels[0]["emission_wavelength"], channels[0]["color"]) == (520, 0x00FF00FF)
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 63
    assert planes[-1]["delta_t"] == 2


def test_resolutions_of_an_imaris_file_are_levels(tmp_path: Path) -> None:
    image = make_image((1, 2, 3, 66, 42))
    path = write_imaris(tmp_path / "a.ims", image, levels=2)
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    assert [(level.width, level.height) for level in source.levels] == [(42, 66), (21, 33)]
    np.testing.assert_array_equal(values_of(source, 1), image[..., ::2, ::2])


def test_an_imaris_file_reads_no_file_elsewhere(tmp_path: Path) -> None:
    secret = write_imaris(tmp_path / "secret.ims", make_image((1, 1, 1, 33, 21)))
    path = write_imaris(tmp_path / "a.ims", make_image((1, 1, 1, 33, 21)))
    inside = "DataSet/ResolutionLevel 0"
    with h5py.File(path, "a") as file:
        del file[inside]
        file[inside] = h5py.ExternalLink(secret.name, inside)

    with pytest.raises(UnsupportedError, match="links to others"):
        parse_path(path)


def test_another_hdf5_file_is_left_out(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("volumes")
    (skipped,) = scan([tmp_path]).skipped

    assert skipped.reason == "an HDF5 file that is none of Imaris"


def test_nested_values_become_paths() -> None:
    from lxml import etree

    nested = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": None}, {"e": "x"}]}
    root = etree.fromstring('<a x="1"><b>2</b><b>3</b><c/></a>')

    assert dict(originals_of(nested, "|")) == {"a|b": "1", "a|c": "[1, 2]", "d 2|e": "x"}
    assert dict(originals_of_xml(root)) == {"a|x": "1", "a|b": "2", "a|b #2": "3"}


def test_times_and_texts_are_made_storable() -> None:
    assert iso_moment("2020-01-02T03:04:05.1234567Z") == dt.datetime(
        2020, 1, 2, 3, 4, 5, 123456, tzinfo=dt.UTC
    )
    assert iso_moment("yesterday") is None
    assert text_of("a\0b\ud800\ufffe µ ") == "ab µ"
