import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from store import models
from store.errors import StoreError
from store.importing.fact_records import ORIGINAL_METADATA
from store.importing.parsed import ParsedFileset
from store.importing.readers import parse
from store.importing.sandbox.answers import decode_fileset, encode_fileset
from store.importing.scan import scan
from store.pixels.repository import Repository
from store.pixels.source import Region
from tests.images import Image, make_image, parse_path, record_of, values_of
from tests.vendor_tiffs import (
    smooth,
    write_bif,
    write_far,
    write_fluoview,
    write_lsm,
    write_mmstack,
    write_ndpi,
    write_philips,
    write_qptiff,
    write_scn,
    write_sis,
    write_stk,
)

ACQUIRED = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def rows(fileset: ParsedFileset, table: Any) -> list[dict[str, Any]]:
    assert fileset.document is not None
    return fileset.document.of(table)


def pixels(fileset: ParsedFileset, repository: Repository, number: int, level: int = 0) -> Any:
    return values_of(repository.open(record_of(fileset, fileset.images[number])), level)


def originals(fileset: ParsedFileset) -> dict[str, str]:
    """The vendor's keys and values of all images."""
    notes = rows(fileset, models.Annotation)
    assert {note["namespace"] for note in notes} == {ORIGINAL_METADATA}
    return {pair["key"]: pair["value"] for pair in rows(fileset, models.MapPair)}


def as_tifffile_reads(path: Path, series: int, level: int = 0, **options: Any) -> np.ndarray:
    with tifffile.TiffFile(path, **options) as file:
        values: np.ndarray = np.squeeze(file.series[series].levels[level].asarray())
        return values


def in_planes(values: Any) -> np.ndarray:
    """T, C, Z, Y, X of one slide as tifffile has it: Z, Y, X, samples."""
    flat: np.ndarray = np.squeeze(values[0].transpose(1, 2, 3, 0))
    return flat


def test_a_hamamatsu_slide_is_cut_at_its_restart_markers(
    tmp_path: Path, repository: Repository
) -> None:
    path = write_ndpi(tmp_path / "slide.ndpi")
    fileset = parse_path(path)
    slide = repository.open(record_of(fileset, fileset.images[0]))

    assert fileset.format == "Hamamatsu NDPI"
    assert [image.name for image in fileset.images] == ["slide.ndpi", "slide.ndpi [macro]"]
    assert [(one.width, one.height) for one in slide.levels] == [(512, 80), (256, 40)]
    assert (slide.levels[0].chunk_width, slide.levels[0].chunk_height) == (128, 8)
    for level in (0, 1):
        wanted = as_tifffile_reads(path, 0, level)
        np.testing.assert_array_equal(in_planes(pixels(fileset, repository, 0, level)), wanted)
    assert np.abs(in_planes(values_of(slide)).astype(int) - smooth(512, 80)).max() < 12


def test_a_tile_of_a_hamamatsu_slide_reads_its_part_only(
    tmp_path: Path, repository: Repository
) -> None:
    path = write_ndpi(tmp_path / "slide.ndpi")
    fileset = parse_path(path)
    whole = pixels(fileset, repository, 0)
    damaged = bytearray(path.read_bytes())
    start = damaged.index(b"\xff\xd1") + 2  # the third part of the first page
    damaged[start : start + 20] = bytes(20)
    modified = path.stat().st_mtime_ns
    path.write_bytes(damaged)
    os.utime(path, ns=(modified, modified))
    slide = Repository(tmp_path / "more").open(record_of(fileset, fileset.images[0]))

    got = slide.read(0, 0, 1, 0, Region(0, 0, 200, 8))

    np.testing.assert_array_equal(got, whole[0, 1, 0, :8, :200])


def test_a_hamamatsu_slide_says_how_it_was_taken(tmp_path: Path) -> None:
    fileset = parse_path(write_ndpi(tmp_path / "slide.ndpi", focal_planes=3))
    (image,) = rows(fileset, models.Pixels)[:1]
    said = originals(fileset)

    assert fileset.images[0].shape.z == 3
    assert image["physical_size_x"] == pytest.approx(0.25)
    assert image["physical_size_z"] == pytest.approx(1.5)
    assert [row["position_z"] for row in rows(fileset, models.Plane)] == [0, 1.5, 3.0]
    assert rows(fileset, models.Image)[0]["acquisition_date"] == ACQUIRED
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 40
    assert said["SlideLabel"] == "Case 7"
    assert said["Objective.Lens"] == "UPlanSApo"


def test_a_hamamatsu_slide_is_known_by_its_content_not_its_name(
    tmp_path: Path, repository: Repository
) -> None:
    path = write_ndpi(tmp_path / "renamed.tif", focal_planes=2)
    fileset = parse_path(path)
    wanted = as_tifffile_reads(path, 0, is_ndpi=True)

    assert fileset.format == "Hamamatsu NDPI"
    got = pixels(fileset, repository, 0)[0].transpose(1, 2, 3, 0)
    np.testing.assert_array_equal(got, wanted)


def test_a_hamamatsu_slide_may_be_larger_than_4_gib(tmp_path: Path, repository: Repository) -> None:
    near = write_ndpi(tmp_path / "near.ndpi")
    far = parse_path(write_far(tmp_path / "far.ndpi", near))

    assert far.files[0].size > 2**32
    wanted = pixels(parse_path(near), repository, 0)
    np.testing.assert_array_equal(pixels(far, repository, 0), wanted)
    assert originals(far)["SlideLabel"] == "Case 7"


def test_a_fluoview_stack_has_its_axes(tmp_path: Path, repository: Repository) -> None:
    image = make_image((3, 2, 4, 20, 30), np.uint16)
    fileset = parse_path(write_fluoview(tmp_path / "stack.tif", image))
    (found,) = rows(fileset, models.Pixels)

    assert fileset.format == "Olympus FluoView TIFF"
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    assert (found["physical_size_x"], found["physical_size_z"]) == (0.2, 0.5)
    assert found["time_increment"] == 2


def test_a_stack_of_soft_imaging_solutions_has_its_axes(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 2, 4, 20, 30), np.uint16)
    fileset = parse_path(write_sis(tmp_path / "stack.tif", image))
    acquired = dt.datetime(2026, 3, 4, 5, 6, tzinfo=dt.UTC)

    assert fileset.format == "Olympus SIS TIFF"
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    assert [row["name"] for row in rows(fileset, models.Channel)] == ["Dye 1", "Dye 2"]
    assert rows(fileset, models.Image)[0]["name"] == "Cells"
    assert rows(fileset, models.Image)[0]["acquisition_date"] == acquired


@pytest.mark.parametrize("compression", [1, 5])
def test_a_zeiss_stack_has_its_dimensions_and_channels(
    compression: int, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((2, 2, 3, 20, 30), np.uint8)
    path = write_lsm(tmp_path / "stack.lsm", image, compression)
    fileset = parse_path(path)
    (found,) = rows(fileset, models.Pixels)
    channels = rows(fileset, models.Channel)
    planes = rows(fileset, models.Plane)

    assert fileset.format == "Zeiss LSM"
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    wanted = as_tifffile_reads(path, 0).transpose(0, 2, 1, 3, 4)
    np.testing.assert_array_equal(pixels(fileset, repository, 0), wanted)
    assert (found["physical_size_x"], found["physical_size_z"]) == pytest.approx((0.1, 0.5))
    assert [channel["name"] for channel in channels] == ["Ch0-", "Ch1-"]
    assert [channel["color"] for channel in channels] == [-16776961, 16711935]
    assert [channel["fluor"] for channel in channels] == ["Dye 0", "Dye 1"]
    assert [channel["excitation_wavelength"] for channel in channels] == [488, 489]
    (objective,) = rows(fileset, models.Objective)
    assert (objective["nominal_magnification"], objective["lens_na"]) == (63, 1.4)
    assert objective["immersion"] == "Oil"
    assert rows(fileset, models.Image)[0]["acquisition_date"] == ACQUIRED
    assert {(plane["the_t"], plane["delta_t"]) for plane in planes} == {(0, 0.0), (1, 2.5)}


def test_a_metamorph_stack_has_its_slices_times_and_places(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 4, 20, 30), np.uint16)
    path = write_stk(tmp_path / "stack.stk", image)
    fileset = parse_path(path)
    (found,) = rows(fileset, models.Pixels)
    planes = rows(fileset, models.Plane)

    assert fileset.format == "MetaMorph STK"
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    assert np.array_equal(as_tifffile_reads(path, 0), image[0, 0])
    assert (found["physical_size_x"], found["physical_size_z"]) == pytest.approx((0.65, 2))
    assert [plane["delta_t"] for plane in planes] == [0, 1, 2, 3]
    assert [plane["position_x"] for plane in planes] == [10, 11, 12, 13]
    assert rows(fileset, models.Channel)[0]["emission_wavelength"] == 525


def test_what_a_child_says_of_instruments_arrives(tmp_path: Path) -> None:
    path = write_stk(tmp_path / "stack.stk", make_image((1, 1, 4, 20, 30), np.uint16))
    sent = parse_path(path)
    got = decode_fileset(encode_fileset(sent), [path])

    assert isinstance(got, ParsedFileset)
    assert rows(got, models.Instrument) == [{}]
    assert rows(got, models.Microscope) == rows(sent, models.Microscope)


def test_a_metamorph_stack_without_distances_is_a_time_series(tmp_path: Path) -> None:
    path = write_stk(tmp_path / "time.stk", make_image((4, 1, 1, 20, 30), np.uint16), distance=0)
    (image,) = parse_path(path).images

    assert image.shape.sizes == (4, 1, 1, 20, 30)


def test_an_akoya_file_has_channels_levels_and_a_thumbnail(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 1, 200, 300), np.uint16)
    path = write_qptiff(tmp_path / "slide.qptiff", image)
    fileset = parse_path(path)
    channels = [row for row in rows(fileset, models.Channel) if row["pixels_id"] == 0]

    assert fileset.format == "Akoya QPTIFF"
    assert [one.name for one in fileset.images] == ["slide.qptiff", "slide.qptiff [thumbnail]"]
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    np.testing.assert_array_equal(pixels(fileset, repository, 0, 1), image[..., ::2, ::2])
    np.testing.assert_array_equal(as_tifffile_reads(path, 0), image[0, :, 0])
    assert [channel["name"] for channel in channels] == ["DAPI", "Opal 520", "Opal 690"]
    assert [channel["emission_wavelength"] for channel in channels] == [440, 440, 440]
    assert channels[0]["color"] == 65535
    assert [plane["exposure_time"] for plane in rows(fileset, models.Plane)] == pytest.approx(
        [0.001, 0.002, 0.003]
    )
    assert rows(fileset, models.Pixels)[0]["physical_size_x"] == 0.5
    assert originals(fileset)["SlideID"] == "Slide 3"


def test_a_leica_collection_has_its_scans_channels_and_focal_planes(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 2, 3, 100, 160), np.uint8)
    fileset = parse_path(write_scn(tmp_path / "slide.scn", image))
    channels = [row for row in rows(fileset, models.Channel) if row["pixels_id"] == 1]
    found = rows(fileset, models.Pixels)[1]

    assert fileset.format == "Leica SCN"
    assert [one.name for one in fileset.images] == ["slide.scn [macro]", "slide.scn [scan 1]"]
    np.testing.assert_array_equal(pixels(fileset, repository, 1), image)
    np.testing.assert_array_equal(pixels(fileset, repository, 1, 1), image[..., ::2, ::2])
    np.testing.assert_array_equal(in_planes(pixels(fileset, repository, 0)), smooth(64, 32))
    assert (found["physical_size_x"], found["physical_size_z"]) == pytest.approx((0.25, 1.5))
    assert [channel["name"] for channel in channels] == ["DAPI", "FITC"]
    assert rows(fileset, models.Objective)[0]["lens_na"] == 0.65
    acquired = rows(fileset, models.Image)[1]["acquisition_date"]
    assert acquired.replace(microsecond=0) == ACQUIRED


def test_levels_of_a_philips_slide_have_their_true_sizes(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 1, 200, 300), np.uint8)
    path = write_philips(tmp_path / "slide.tiff", image)
    fileset = parse_path(path)
    slide = repository.open(record_of(fileset, fileset.images[0]))
    names = [one.name for one in fileset.images]

    assert fileset.format == "Philips TIFF"
    assert names == ["slide.tiff", "slide.tiff [macro]", "slide.tiff [label]"]
    assert [(one.width, one.height) for one in slide.levels] == [(300, 200), (150, 100)]
    np.testing.assert_array_equal(values_of(slide), image)
    np.testing.assert_array_equal(values_of(slide, 1), image[..., ::2, ::2])
    np.testing.assert_array_equal(in_planes(values_of(slide, 1)), as_tifffile_reads(path, 0, 1))
    assert rows(fileset, models.Pixels)[0]["physical_size_x"] == pytest.approx(0.25)
    assert rows(fileset, models.Image)[0]["acquisition_date"] == ACQUIRED
    assert originals(fileset)["DICOM_DEVICE_SERIAL_NUMBER"] == "FMT01"


def test_a_ventana_slide_says_that_its_tiles_overlap(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 1, 200, 300), np.uint8)
    path = write_bif(tmp_path / "slide.bif", image)
    fileset = parse_path(path)
    names = [one.name for one in fileset.images]

    assert fileset.format == "Ventana BIF"
    assert names == ["slide.bif", "slide.bif [macro]", "slide.bif [probability]"]
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    np.testing.assert_array_equal(
        in_planes(pixels(fileset, repository, 0)), as_tifffile_reads(path, 0)
    )
    np.testing.assert_array_equal(pixels(fileset, repository, 0, 1), image[..., ::2, ::2])
    assert "overlap by up to 12 x 9" in rows(fileset, models.Image)[0]["description"]
    assert rows(fileset, models.Image)[0]["acquisition_date"] == ACQUIRED
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 40


def test_positions_of_a_micro_manager_stack_are_images(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((2, 2, 3, 20, 30), np.uint16)
    path = write_mmstack(tmp_path / "run_MMStack_1.tif", image)
    fileset = parse_path(path)
    planes = [row for row in rows(fileset, models.Plane) if row["pixels_id"] == 1]

    assert fileset.format == "Micro-Manager stack"
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)
    assert [one.name for one in fileset.images] == [
        "run_MMStack_1.tif #1 [Pos0]",
        "run_MMStack_1.tif #2 [Pos1]",
    ]
    assert {plane["position_x"] for plane in planes} == {5}
    assert {(plane["the_c"], plane["exposure_time"]) for plane in planes} == {(0, 0.02), (1, 0.021)}
    assert rows(fileset, models.Channel)[1]["color"] == 16711935
    assert rows(fileset, models.Image)[0]["acquisition_date"] == ACQUIRED


def test_files_of_a_micro_manager_stack_are_one_fileset(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 2, 2, 20, 30), np.uint16)
    write_mmstack(tmp_path / "run_MMStack_1.tif", image, positions=[0])
    write_mmstack(tmp_path / "run_MMStack_2.tif", image, positions=[1])
    (found,) = scan([tmp_path]).filesets
    fileset = parse(found)

    assert [file.path.name for file in fileset.files] == ["run_MMStack_1.tif", "run_MMStack_2.tif"]
    assert len(fileset.images) == 2
    np.testing.assert_array_equal(pixels(fileset, repository, 0), image)


def test_a_scan_that_was_stopped_has_the_time_points_that_are_there(tmp_path: Path) -> None:
    image = make_image((3, 2, 2, 20, 30), np.uint8)
    path = write_lsm(tmp_path / "stack.lsm", image)
    stored = path.read_bytes()
    path.write_bytes(
        stored.replace(
            (3).to_bytes(4, "little") + (1).to_bytes(4, "little"),
            (5).to_bytes(4, "little") + (1).to_bytes(4, "little"),
            1,
        )
    )
    (found,) = parse_path(path).images

    assert found.shape.sizes == image.shape


def test_pages_that_no_metadata_stacks_are_sorted_by_their_size(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tags = [(33471, 2, 9, "[Info]\r\na=1", True)]
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.zeros((30, 40), np.uint8), metadata=None, extratags=tags)
        writer.write(np.zeros((8, 10), np.uint8), metadata=None)
    sizes = [image.shape.sizes[3:] for image in parse_path(path).images]

    assert sizes == [(30, 40), (8, 10)]


type Write = Callable[[Path, Image], Path]
WRITERS: dict[str, tuple[Write, tuple[int, int, int, int, int], Any]] = {
    "LSM": (write_lsm, (2, 2, 2, 20, 30), np.uint8),
    "STK": (write_stk, (1, 1, 4, 20, 30), np.uint16),
    "SCN": (write_scn, (1, 2, 1, 70, 80), np.uint8),
    "Philips": (write_philips, (1, 3, 1, 130, 140), np.uint8),
    "BIF": (write_bif, (1, 3, 1, 130, 140), np.uint8),
    "QPTIFF": (write_qptiff, (1, 2, 1, 130, 140), np.uint16),
    "Micro-Manager": (write_mmstack, (1, 2, 2, 20, 30), np.uint16),
    "NDPI": (lambda path, image: write_ndpi(path, 2), (1, 1, 1, 1, 1), np.uint8),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_files_end_in_a_typed_error_or_are_read(kind: str, tmp_path: Path) -> None:
    write, shape, dtype = WRITERS[kind]
    path = tmp_path / ("slide.ndpi" if kind == "NDPI" else "run_MMStack_1.tif")
    sound = write(path, make_image(shape, dtype)).read_bytes()
    random = np.random.default_rng(len(sound))
    endings = 0
    for _ in range(25):
        damaged = bytearray(sound)
        for place in random.integers(8, len(sound), 6):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged[: random.integers(len(sound) // 2, len(sound) + 1)])
        for found in scan([path]).filesets:
            try:
                fileset = parse(found)
                for number in range(len(fileset.images)):
                    pixels(fileset, Repository(tmp_path / "derived", 2**20), number)
            except StoreError:
                pass
        endings += 1

    assert endings == 25
