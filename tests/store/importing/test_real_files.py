"""Real files: every one that is read imports, and its pixels are those of other readers."""

import csv
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile
import zarr

from store import models
from store.errors import StoreError
from store.importing.parsed import ParsedFileset
from store.importing.readers import parse
from store.importing.sandbox import Sandbox
from store.importing.scan import scan
from store.pixels.repository import Repository
from store.pixels.source import PixelSource, Region
from tests.images import record_of, values_of

DATA = Path(
    os.environ.get("MICROGRAPH_TEST_DATA") or Path(__file__).parents[3].parent / "shared" / "data"
)
pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no real test data at {DATA}"),
    pytest.mark.slow,
]

LOSSY = {
    "imagecodecs/rgb.tiled.jpeg.u1.tif",
    "libvips/CMU-1-Small-Region.svs",
}
"""JPEG: decoders round differently; the oracle's extremes and mean hold within a tolerance."""

GROUPED_OTHERWISE = {
    "imagecodecs/gray.series.u1.tif": "pages of two sizes in turn: two images here, nine there",
}
UNREAD_BY_ORACLE = {
    "imagecodecs/rgb.tiled.jpeg.u2.tif": "12-bit JPEG: all zeros there, the picture here",
}
PICTURES = {"PNG", "JPEG", "WebP", "BMP", "GIF", "JPEG 2000"}
PLATE = "cellprofiler/ExampleSBSImages"
"""A folder of single files there, a plate here."""
VOLUMES = {"imagecodecs/gray.depth.u1.tif", "imagecodecs/gray.depth.deflate.u1.tif"}
"""Volume pages: five slices here, the first of them there."""

SAID: dict[str, dict[tuple[Any, str], list[Any]]] = {
    "czitools-git/CellDivision_T3_Z5_CH2_X240_Y170.czi": {
        (models.Channel, "name"): ["LED555", "LED470"],
        (models.Channel, "emission_wavelength"): [568, 517],
        (models.Channel, "fluor"): ["Alexa Fluor 555", "Alexa Fluor 488"],
        (models.Pixels, "physical_size_x"): [0.09058],
        (models.Pixels, "physical_size_z"): [0.32],
        (models.Pixels, "significant_bits"): [14],
        (models.Objective, "nominal_magnification"): [50],
        (models.Objective, "immersion"): ["Water"],
        (models.Plane, "exposure_time"): [0.1],
    },
    "pims/bioformats/cluster.nd2": {
        (models.Channel, "name"): ["5-FAM/pH 9.0", "FM 4-64/2% CHAPS"],
        (models.Channel, "excitation_wavelength"): [488, 561],
        (models.Pixels, "physical_size_x"): [0.1678],
        (models.Objective, "lens_na"): [0.95],
        (models.Plane, "position_x"): [-26056.95],
    },
    "readlif/testdata_2channel_xz.lif": {
        (models.Channel, "name"): ["FITC", "TRITC"],
        (models.Pixels, "physical_size_x"): [0.14028],
        (models.Objective, "immersion"): ["Glycerol"],
        (models.Microscope, "model"): ["DMI6000B-CS"],
    },
    "oiffile/test.oib": {
        (models.Channel, "name"): ["CH1", "Alexa Fluor 546", "TD1"],
        (models.Channel, "excitation_wavelength"): [488],
        (models.Pixels, "physical_size_x"): [0.177],
        (models.Pixels, "significant_bits"): [12],
        (models.Objective, "nominal_magnification"): [40],
    },
    "omero-common/tinyTest.d3d.dv": {
        (models.Channel, "emission_wavelength"): [500],
        (models.Channel, "excitation_wavelength"): [490],
        (models.Pixels, "physical_size_x"): [0.1001],
        (models.Plane, "position_x"): [-3048.63],
    },
    "openslide-python/boxes_0.dcm": {
        (models.Microscope, "manufacturer"): ["Leica Biosystems"],
    },
}
"""Of some files: the first values of a column that their makers' software shows."""

CLAIM = re.compile(
    r"(?P<series>\d+) series; X(?P<X>\d+) Y(?P<Y>\d+) Z(?P<Z>\d+) C(?P<C>\d+) T(?P<T>\d+)"
)
"""What the manifest says of the first image of a file."""
NOT_READ = {
    ".zarr": "OME-Zarr", ".csv": "not an image",
}  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("derived"))


@pytest.fixture(scope="module")
def filesets() -> dict[str, ParsedFileset]:
    """Parsed filesets of chunks in files, by the name of their master in the folder of images."""
    root = DATA / "images"
    found = [one for one in scan([root]).filesets if one.reader != "store.importing.ome_zarr"]
    return {str(one.master.relative_to(root)): parse(one) for one in found}


def tiff_files() -> list[Path]:
    marks = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    paths = sorted((DATA / "images").rglob("*"))
    return [path for path in paths if path.is_file() and path.read_bytes()[:4] in marks]


def test_every_file_of_the_tiff_family_imports(filesets: dict[str, ParsedFileset]) -> None:
    imported = {file.path for fileset in filesets.values() for file in fileset.files}

    assert len(tiff_files()) > 90
    assert [path for path in tiff_files() if path not in imported] == []


def test_every_other_file_is_left_out_with_its_reason() -> None:
    for left in scan([DATA / "images"]).skipped:
        assert left.reason.startswith(NOT_READ[left.path.suffix]), left


def test_pixels_equal_those_of_tifffile(
    filesets: dict[str, ParsedFileset], repository: Repository
) -> None:
    single = {n: fileset for n, fileset in tiffs(filesets).items() if len(fileset.files) == 1}
    for name, fileset in single.items():
        with tifffile.TiffFile(DATA / "images" / name) as file:
            assert len(file.series) == len(fileset.images), name
            for image, series in zip(fileset.images, file.series, strict=True):
                source = repository.open(record_of(fileset, image))
                for level in range(len(image.storage["levels"])):
                    wanted = in_tczyx(series.levels[level].asarray(), series.levels[level].axes)
                    got = values_of(source, level)
                    np.testing.assert_array_equal(got, wanted, err_msg=f"{name}, level {level}")


def test_sampled_planes_have_the_oracle_s_checksums(
    filesets: dict[str, ParsedFileset], repository: Repository
) -> None:
    oracle = json.loads((DATA / "oracle" / "planes.json").read_text())
    known = {name: fileset for name, fileset in filesets.items() if name in oracle}
    compared: set[str] = set()
    for name, fileset in known.items():
        answer = oracle[name]
        if not answer["ok"] or name in GROUPED_OTHERWISE | UNREAD_BY_ORACLE:
            continue
        for series, source in paired(answer["series"], fileset, repository):
            assert_levels_equal(series, source, name)
            for plane in series["plane_md5"].values():
                assert_plane_equal(plane, series, source, name)
                compared.add(name)

    refused = {name for name in known if not oracle[name]["ok"]}
    assert compared | refused | set(GROUPED_OTHERWISE) | set(UNREAD_BY_ORACLE) == set(known)
    # All others are files of the plate, which a test of its own compares.
    assert {name.rpartition("/")[0] for name in set(oracle) - set(known)} == {PLATE}


def test_every_row_of_the_manifest_imports_with_what_it_claims(
    filesets: dict[str, ParsedFileset],
) -> None:
    rows = manifest()
    claims = 0
    for row in rows:
        mine = {name: one for name, one in filesets.items() if is_of(row, name)}
        if row["format"].startswith("OME-Zarr"):
            continue  # its arrays are compared by the test of OME-Zarr
        assert mine, row["path"]
        claimed = CLAIM.match(row["dims"])
        if claimed is None or int(row["files"]) > 1:
            continue  # of folders the oracle says it file by file
        (fileset,) = mine.values()
        images = [one for one in fileset.images if not is_reduced(fileset, one.name)]
        sizes = [int(claimed[axis]) for axis in "TCZYX"]
        own = [one for one in images if list(one.shape.sizes) == sizes]
        assert own, (row["path"], [one.shape for one in images])
        assert {one.pixel_type for one in own} == {row["pixel_type"].removesuffix(" BE")}, row
        assert len(images) == int(claimed["series"]), (row["path"], [one.name for one in images])
        claims += 1

    assert len(rows) == 29
    assert claims == 24


def test_arrays_of_real_ome_zarr_equal_those_of_zarr(repository: Repository) -> None:
    stores = [DATA / "images" / row["path"] for row in manifest() if "Zarr" in row["format"]]
    planes = 0
    for path in stores:
        fileset = parse(scan([path]).filesets[0])
        for image in fileset.images:
            source = repository.open(record_of(fileset, image))
            for level, stored in enumerate(image.storage["levels"]):
                values: Any = zarr.open_array(path / stored["path"], mode="r")[...]
                axes = image.storage["axes"].upper()
                np.testing.assert_array_equal(values_of(source, level), in_tczyx(values, axes))
                planes += source.shape.planes

    assert len(stores) == 2
    assert planes > 20


def manifest() -> list[dict[str, str]]:
    """Rows of sound files."""
    with (DATA / "manifest.tsv").open(newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["set"] == "DEV"]


def is_reduced(fileset: ParsedFileset, name: str) -> bool:
    """Whether an image is a reduced copy beside others, which the manifest does not count."""
    return fileset.format in ("Aperio SVS", "Zeiss CZI") and name.endswith("[thumbnail]")


def is_of(row: dict[str, str], name: str) -> bool:
    """Whether a fileset is of a row of the manifest, which names a file or a folder."""
    return name == row["path"] or name.startswith(f"{row['path']}/")


def test_ordinary_pictures_equal_those_of_pillow(
    filesets: dict[str, ParsedFileset], repository: Repository
) -> None:
    pictures = {name: one for name, one in filesets.items() if one.format in PICTURES}
    for name, fileset in pictures.items():
        with PIL.Image.open(DATA / "images" / name) as opened:
            wanted = np.asarray(opened)
        got = values_of(repository.open(record_of(fileset, fileset.images[0])))
        np.testing.assert_array_equal(np.squeeze(got[0, :, 0].transpose(1, 2, 0)), wanted, name)

    assert pictures


def test_a_folder_of_wells_is_a_plate_with_the_pixels_of_its_files(
    filesets: dict[str, ParsedFileset], repository: Repository
) -> None:
    plate = filesets[PLATE]
    names = [image.name[-13:] for image in plate.images]
    assert names == [
        f"[{well}, field 1]"[-13:] for well in ("A01", "A02", "B01", "B02", "C01", "C02")
    ]
    for image, number in zip(
        plate.images,
        ("01-A-01", "02-A-02", "13-B-01", "14-B-02", "25-C-01", "26-C-02"),
        strict=True,
    ):
        got = values_of(repository.open(record_of(plate, image)))
        for channel in range(2):
            path = DATA / "images" / PLATE / f"Channel{channel + 1}-{number}.tif"
            np.testing.assert_array_equal(got[0, channel, 0], tifffile.imread(path))


def test_a_real_slide_says_how_it_was_taken(filesets: dict[str, ParsedFileset]) -> None:
    document = filesets["libvips/CMU-1-Small-Region.svs"].document
    assert document is not None
    said = {pair["key"]: pair["value"] for pair in document.of(models.MapPair)}

    assert document.of(models.Objective)[0]["nominal_magnification"] == 20
    assert document.of(models.Pixels)[0]["physical_size_x"] == 0.499
    assert said["ScanScope ID"] == "CPAPERIOCS"


def test_pixels_are_the_same_whichever_file_of_a_set_is_named_first() -> None:
    folder = DATA / "images" / "viv" / "sites" / "avivator" / "data"
    members = sorted(folder.glob("multifile*"))
    parsed = []
    for member in members:
        result = scan([member])
        assert len(result.filesets) == 1, member
        parsed.append(parse(result.filesets[0]))

    assert len(members) == 6
    assert {len(fileset.files) for fileset in parsed} == {6}
    assert len({fileset.images[0].content_id for fileset in parsed}) == 1


def test_hostile_files_end_in_a_typed_error_or_a_reason() -> None:
    files = [path for path in sorted((DATA / "hostile").rglob("*")) if path.is_file()]
    assert len(files) > 40
    endings = {}
    for path in files:
        result = scan([path])
        endings[path.name] = [left.reason for left in result.skipped]
        for found in result.filesets:
            with pytest.raises(StoreError) as caught:
                readable(parse(found))
            endings[path.name].append(caught.value.message)

    assert all(len(reasons) == 1 and reasons[0] for reasons in endings.values()), endings


def tiffs(filesets: dict[str, ParsedFileset]) -> dict[str, ParsedFileset]:
    """Filesets of the TIFF family."""
    known = set(tiff_files())
    return {
        name: fileset
        for name, fileset in filesets.items()
        if name != PLATE and not known.isdisjoint(file.path for file in fileset.files)
    }


def readable(fileset: ParsedFileset) -> None:
    repository = Repository(Path(os.devnull), chunk_budget_bytes=2**20)
    for image in fileset.images:
        values_of(repository.open(record_of(fileset, image)))


def paired(
    answers: list[dict[str, Any]], fileset: ParsedFileset, repository: Repository
) -> Iterator[tuple[dict[str, Any], PixelSource]]:
    """Each series of the oracle with the next image of its size."""
    images = list(fileset.images)
    for answer in answers:
        size = (answer["y"], answer["x"])
        image = next(image for image in images if (image.shape.y, image.shape.x) == size)
        images.remove(image)
        yield answer, repository.open(record_of(fileset, image))
    # Reduced copies that files have beside their images are no series of the oracle.
    assert not images or fileset.format in ("Aperio SVS", "Zeiss CZI")


def assert_levels_equal(series: dict[str, Any], source: PixelSource, name: str) -> None:
    sizes = [[level.width, level.height] for level in source.levels]
    assert sizes[: series["levels"]] == series["level_sizes"], name
    assert (source.shape.c, source.shape.t) == (series["c"], series["t"]), name
    assert source.shape.z == series["z"] or name in VOLUMES, name


def test_vendors_files_say_what_is_known_of_them(filesets: dict[str, ParsedFileset]) -> None:
    for name, facts in SAID.items():
        document = filesets[name].document
        assert document is not None
        assert document.notes == [], name
        for (table, column), wanted in facts.items():
            found = [row.get(column) for row in document.of(table)]
            close = [
                pytest.approx(value, rel=1e-3) if isinstance(value, float) else value
                for value in wanted
            ]
            assert found[: len(wanted)] == close, (name, column)


def assert_plane_equal(
    plane: dict[str, Any], series: dict[str, Any], source: PixelSource, name: str
) -> None:
    z, c, t = plane["zct"]
    samples = series["rgb"]
    channels = range(c * samples, (c + 1) * samples)
    whole = Region(0, 0, source.shape.x, source.shape.y)
    values = source.read_channels(0, t, channels, z, whole).transpose(1, 2, 0)
    if source.dtype == np.float16:
        values = values.astype(np.float32)
    if name in LOSSY:
        assert abs(float(values.min()) - plane["min"]) <= 8, name
        assert abs(float(values.max()) - plane["max"]) <= 8, name
        assert abs(float(values.mean()) - plane["mean"]) <= 0.01 * plane["max"], name
        return
    stored = values.astype(values.dtype.newbyteorder("<")).tobytes()
    assert hashlib.md5(stored).hexdigest() == plane["md5"], (name, plane["zct"])


def in_tczyx(values: np.ndarray, axes: str) -> np.ndarray:
    """A series of tifffile with axes T, C, Z, Y, X; samples count as channels, others as time."""
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    axes = axes.replace("I", "T").replace("Q", "T")
    order = "TCSZYX"
    for axis in order:
        if axis not in axes:
            values, axes = values[np.newaxis], axis + axes
    values = values.transpose([axes.index(axis) for axis in order])
    t, c, s, z, y, x = values.shape
    return values.reshape(t, c * s, z, y, x)


def test_children_find_in_all_files_what_the_program_itself_would_find() -> None:
    founds = scan([DATA / "images"]).filesets

    with Sandbox() as sandbox:
        pairs = list(zip(founds, sandbox.parsed(founds), strict=True))

    assert len(pairs) > 80
    for found, parsed in pairs:
        assert parsed == parse(found), found.master
