"""Sample images: the same on every run, complete, and what their metadata says."""

import hashlib
import threading
from pathlib import Path

import numpy as np
import ome_types
import pytest
import tifffile

from app.samples import Sizes, make_samples
from app.samples.assay import PlateShape
from app.samples.living_cells import SeriesShape
from app.samples.make import STAMP
from app.samples.tissue import SlideShape
from store.errors import UnavailableError

SMALL = Sizes(
    cells=SeriesShape(side=192, depth=3, times=2),
    slide=SlideShape(width=1024, height=768, tile=256),
    plate=PlateShape(rows=1, columns=2, fields=2, side=96),
)

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Small versions of all samples."""
    return make_samples(tmp_path_factory.mktemp("samples"), sizes=SMALL)


def names(paths: list[Path]) -> list[str]:
    return [f"{path.parent.name}/{path.name}" for path in paths]


def prints(paths: list[Path]) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def test_samples_lie_in_a_folder_for_each_group(samples: list[Path]) -> None:
    assert names(samples) == [
        "Living cells/mitosis.ome.tiff",
        "Tissue slide/gland-tissue.ome.tiff",
        "Plate 01/plate-01_A01_f1.ome.tif",
        "Plate 01/plate-01_A01_f2.ome.tif",
        "Plate 01/plate-01_A02_f1.ome.tif",
        "Plate 01/plate-01_A02_f2.ome.tif",
    ]


def test_two_runs_give_the_same_bytes(samples: list[Path], tmp_path: Path) -> None:
    again = make_samples(tmp_path, sizes=SMALL)

    assert prints(again) == prints(samples)


def test_the_default_sizes_are_those_of_the_tour() -> None:
    sizes = Sizes()

    assert (sizes.cells.side, sizes.cells.depth, sizes.cells.times) == (768, 11, 9)
    assert (sizes.slide.width, sizes.slide.height) == (12288, 9216)
    assert sizes.plate.rows * sizes.plate.columns * sizes.plate.fields == 48


def test_a_second_call_writes_and_says_nothing(samples: list[Path]) -> None:
    folder = samples[0].parents[1]
    before = [path.stat().st_mtime_ns for path in samples]
    said: list[str] = []

    again = make_samples(folder, said.append, SMALL)

    assert again == samples
    assert [path.stat().st_mtime_ns for path in again] == before
    assert said == []


def test_only_what_is_missing_or_cut_short_is_made_again(
    samples: list[Path], tmp_path: Path
) -> None:
    paths = make_samples(tmp_path, sizes=SMALL)
    paths[3].unlink()
    paths[4].write_bytes(b"II*\0")
    kept = [path.stat().st_mtime_ns for path in (*paths[:3], paths[5])]

    make_samples(tmp_path, sizes=SMALL)

    assert prints(paths) == prints(samples)
    assert [path.stat().st_mtime_ns for path in (*paths[:3], paths[5])] == kept


def test_a_damaged_stamp_means_that_all_is_made_again(samples: list[Path], tmp_path: Path) -> None:
    paths = make_samples(tmp_path, sizes=SMALL)
    paths[0].write_bytes(b"")
    (tmp_path / STAMP).write_text('["no"')

    make_samples(tmp_path, sizes=SMALL)

    assert prints(paths) == prints(samples)


def test_other_sizes_are_made_again(tmp_path: Path) -> None:
    one = PlateShape(rows=1, columns=1, fields=1, side=64)
    make_samples(tmp_path, sizes=Sizes(SMALL.cells, SMALL.slide, one))
    two = PlateShape(rows=1, columns=1, fields=1, side=80)

    paths = make_samples(tmp_path, sizes=Sizes(SMALL.cells, SMALL.slide, two))

    assert tifffile.imread(paths[2]).shape == (3, 80, 80)


def test_no_unfinished_file_is_left(samples: list[Path]) -> None:
    folder = samples[0].parents[1]

    found = {path.name for path in folder.rglob("*") if path.is_file()}

    assert found == {path.name for path in samples} | {STAMP}


def test_a_folder_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("a file where a folder should be")

    with pytest.raises(UnavailableError) as raised:
        make_samples(tmp_path / "samples", sizes=SMALL)

    assert "MICROGRAPH_DATA" in raised.value.remedy
    assert not [t for t in threading.enumerate() if t.name.startswith("samples")]


def test_progress_names_each_group_once(tmp_path: Path) -> None:
    said: list[str] = []

    make_samples(tmp_path, said.append, SMALL)

    assert sorted(line[:13] for line in said) == [f"Sample {n} of 3" for n in (1, 2, 3)]


def test_metadata_is_valid_ome_xml(samples: list[Path]) -> None:
    for path in samples:
        ome = ome_types.from_tiff(path, validate=False)
        ome_types.validate_xml(ome.to_xml())

        assert len(ome.images) == 1
        assert ome.images[0].description is not None
        assert "synthetic" in ome.images[0].description


def test_cells_have_every_plane_with_time_place_and_dyes(samples: list[Path]) -> None:
    pixels = ome_types.from_tiff(samples[0]).images[0].pixels

    with tifffile.TiffFile(samples[0]) as tif:
        shape, kind, axes = tif.series[0].shape, tif.series[0].dtype, tif.series[0].axes
    assert (shape, str(kind), axes) == ((2, 3, 3, 192, 192), "uint16", "TCZYX")
    assert [channel.name for channel in pixels.channels] == [
        "Nuclei",
        "Microtubules",
        "Mitochondria",
    ]
    assert [channel.emission_wavelength for channel in pixels.channels] == [461, 509, 665]
    assert pixels.channels[0].color.as_rgb_tuple()[:3] == (0x4D, 0x8D, 0xFF)
    assert pixels.physical_size_x == pytest.approx(0.108)
    assert len(pixels.planes) == 18
    last = pixels.planes[-1]
    assert (last.the_t, last.the_c, last.the_z) == (1, 2, 2)
    assert last.delta_t is not None
    assert last.delta_t > 300


def test_no_channel_has_outliers_that_would_darken_its_default_window(samples: list[Path]) -> None:
    for path in samples[:1] + samples[2:]:
        planes = tifffile.imread(path).reshape(-1, *tifffile.imread(path).shape[-2:])
        for plane in planes:
            low, bright, high = plane.min(), np.percentile(plane, 99.5), plane.max()

            assert 90 < low < 250
            assert high < 4000
            assert bright - low > 0.25 * (high - low)


def test_the_slide_is_tiled_colour_with_a_pyramid(samples: list[Path]) -> None:
    with tifffile.TiffFile(samples[1]) as tif:
        levels = [level.shape for level in tif.series[0].levels]
        page = tif.pages.first

    assert levels == [(768, 1024, 3), (384, 512, 3), (192, 256, 3)]
    assert (page.tilewidth, page.tilelength, str(page.dtype)) == (256, 256, "uint8")
    assert page.compression == tifffile.COMPRESSION.JPEG


def test_the_slide_is_white_around_the_tissue_and_stained_inside(samples: list[Path]) -> None:
    slide = tifffile.imread(samples[1]).astype(int)

    corner, middle = slide[:8, :8].mean((0, 1)), slide[200:560, 300:700].reshape(-1, 3).mean(0)
    assert corner.min() > 230
    assert middle[1] < middle[2] < middle[0] or middle[1] < middle[0] <= middle[2] + 40
    assert middle[1] < 200


def test_levels_of_the_slide_are_means_of_the_level_above(samples: list[Path]) -> None:
    with tifffile.TiffFile(samples[1]) as tif:
        full, half = (level.asarray().astype(int) for level in tif.series[0].levels[:2])

    means = full.reshape(384, 2, 512, 2, 3).mean((1, 3))

    # Both levels went through JPEG of their own.
    assert np.abs(means - half).mean() < 4
    assert np.abs(means - half[:, ::-1]).mean() > 8


def test_the_plate_says_which_dose_each_well_got(samples: list[Path]) -> None:
    images = [ome_types.from_tiff(path).images[0] for path in samples[2:]]

    assert [image.name for image in images] == [
        "plate-01 A01 field 1",
        "plate-01 A01 field 2",
        "plate-01 A02 field 1",
        "plate-01 A02 field 2",
    ]
    assert "control" in str(images[0].description)
    assert "0.1 µM" in str(images[2].description)
