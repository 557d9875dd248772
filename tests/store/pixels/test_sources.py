import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
from zarr.codecs import TransposeCodec

from store.errors import InvalidInputError
from store.pixels.repository import Repository
from store.pixels.source import PixelSource, Region
from tests.czi_writer import write_czi, write_czi_colours
from tests.dicom_writer import write_dicom, write_series, write_slide
from tests.images import (
    Image,
    make_image,
    open_images,
    regions,
    values_of,
    write_imagej,
    write_ome,
    write_pages,
    write_rgb,
)
from tests.imaris_writer import write_imaris
from tests.lif_writer import write_lif
from tests.nd2_writer import write_nd2
from tests.olympus_writer import write_oib, write_oif
from tests.vendor_tiffs import write_lsm, write_stk
from tests.vendors import write_dv, write_ics, write_ics_pair, write_mrc
from tests.xlef_writer import write_xlef
from tests.zarrs import write_zarr, write_zipped

type Writer = Callable[..., Path]


@dataclass(frozen=True)
class Case:
    name: str
    write: Writer
    shape: tuple[int, int, int, int, int]
    dtype: Any = np.uint16
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        names = {write_zarr: "image.zarr", write_zipped: "image.zarr.zip"}
        return names.get(self.write, "image.ome.tif")


CASES = [
    Case("OME-TIFF in strips", write_ome, (2, 3, 4, 37, 53)),
    Case("OME-TIFF in deflated strips of one row", write_ome, (1, 2, 2, 150, 53), np.int16,
         {"compression": "zlib", "rowsperstrip": 1}),
    Case("big-endian OME-TIFF in tiles", write_ome, (2, 2, 1, 100, 90), np.uint16,
         {"tile": (32, 48), "compression": "zlib", "predictor": True, "byteorder": ">"}),
    Case("BigTIFF", write_ome, (1, 2, 3, 40, 41), np.float32, {"bigtiff": True}),
    Case("ImageJ hyperstack without pages for each plane", write_imagej, (3, 2, 4, 33, 21),
         np.uint16),
    Case("ImageJ stack of floats", write_imagej, (1, 1, 5, 33, 21), np.float32),
    Case("plain pages", write_pages, (4, 1, 1, 70, 31), np.uint8),
    Case("plain big-endian pages of 64-bit integers", write_pages, (2, 1, 1, 20, 31), np.int64,
         {"byteorder": ">", "compression": "zstd"}),
    Case("plain pages of complex numbers", write_pages, (2, 1, 1, 20, 31), np.complex64),
    Case("big-endian complex numbers", write_pages, (1, 1, 1, 20, 31), np.complex128,
         {"byteorder": ">"}),
    Case("interleaved colours in tiles", write_rgb, (2, 3, 1, 90, 70), np.uint8,
         {"tile": (32, 32), "compression": "zlib"}),
    Case("colours with alpha, planes apart", write_rgb, (1, 4, 1, 90, 70), np.uint16,
         {"planar": True, "compression": "lzw", "rowsperstrip": 7}),
    Case("colours in strips with a predictor", write_rgb, (1, 3, 1, 90, 70), np.uint16,
         {"compression": "zlib", "predictor": True, "rowsperstrip": 16, "byteorder": ">"}),
    Case("Zeiss LSM in compressed planes of channels", write_lsm, (2, 3, 2, 40, 31), np.uint8,
         {"compression": 5}),
    Case("MetaMorph STK without pages for each plane", write_stk, (1, 1, 5, 33, 21), np.uint16),
    Case("one pixel", write_pages, (1, 1, 1, 1, 1), np.uint8),
    Case("DeltaVision, sections first", write_dv, (2, 3, 4, 33, 21), np.int16),
    Case("DeltaVision, channels first, big-endian", write_dv, (2, 3, 2, 33, 21), np.uint16,
         {"sequence": 1, "order": ">"}),
    Case("DeltaVision, time last, of strips", write_dv, (2, 2, 2, 900, 800), np.float32,
         {"sequence": 2, "sections": False}),
    Case("MRC volume", write_mrc, (1, 1, 5, 33, 21), np.float32),
    Case("MRC stack of volumes, big-endian", write_mrc, (3, 1, 2, 33, 21), np.int16,
         {"order": ">"}),
    Case("ICS", write_ics, (2, 3, 2, 33, 21), np.uint16),
    Case("ICS in two files, big-endian", write_ics_pair, (1, 2, 2, 33, 21), np.float32,
         {"order": ">"}),
    Case("ICS of interleaved channels", write_ics, (1, 3, 2, 33, 21), np.uint8,
         {"interleaved": True}),
    Case("ICS, compressed", write_ics, (2, 3, 2, 33, 21), np.uint16,
         {"compressed": True, "order": ">"}),
    Case("ICS of interleaved channels, compressed", write_ics, (2, 3, 2, 33, 21), np.float32,
         {"compressed": True, "interleaved": True}),
    Case("LIF", write_lif, (2, 3, 2, 33, 21), np.uint16),
    Case("LIF, channels last, of strips", write_lif, (2, 2, 2, 900, 800), np.float32,
         {"order": "CTZYX"}),
    Case("LIF, time within depth", write_lif, (2, 2, 3, 33, 21), np.uint8, {"order": "ZTCYX"}),
    Case("LIF of wavelengths", write_lif, (2, 4, 2, 33, 21), np.uint8, {"order": "LTZYX"}),
    Case("LIF colours with padded rows", write_lif, (2, 3, 2, 33, 21), np.uint8,
         {"colours": True, "padding": 1}),
    Case("XLEF of LOF", write_xlef, (2, 3, 2, 33, 21), np.uint16),
    Case("XLEF of LOF, channels last", write_xlef, (2, 2, 2, 33, 21), np.float32,
         {"order": "CTZYX", "encoding": "utf-16"}),
    Case("XLEF of pages", write_xlef, (2, 3, 2, 33, 21), np.uint16, {"samples": "pages"}),
    Case("XLEF of TIFF files", write_xlef, (2, 2, 3, 33, 21), np.uint8,
         {"samples": "files", "order": "ZTCYX"}),
    Case("XLEF of PNGs", write_xlef, (2, 2, 3, 33, 21), np.uint16, {"samples": "png"}),
    Case("XLEF of PNGs in colour", write_xlef, (2, 3, 2, 33, 21), np.uint8,
         {"samples": "png", "colours": True}),
    Case("XLEF of BMPs", write_xlef, (2, 2, 1, 33, 24), np.uint8,
         {"samples": "bmp", "order": "ZTCYX"}),
    Case("XLEF of BMPs in colour", write_xlef, (2, 3, 1, 33, 21), np.uint8,
         {"samples": "bmp", "colours": True}),
    Case("ND2", write_nd2, (2, 3, 2, 33, 21), np.uint16),
    Case("ND2 with padded rows, of strips", write_nd2, (1, 2, 2, 900, 800), np.float32,
         {"padding": 8}),
    Case("ND2, lossless", write_nd2, (2, 2, 2, 33, 21), np.uint8, {"lossless": True}),
    Case("ND2 with padded rows, lossless", write_nd2, (1, 2, 2, 33, 21), np.uint16,
         {"lossless": True, "padding": 2}),
    Case("ND2 colours", write_nd2, (2, 3, 1, 33, 21), np.uint8, {"colours": True}),
    Case("DICOM", write_dicom, (1, 1, 3, 33, 21), np.uint16),
    Case("DICOM along time", write_dicom, (3, 1, 1, 33, 21), np.int16),
    Case("DICOM, implicit types", write_dicom, (1, 1, 3, 33, 21), np.uint8, {"codec": "implicit"}),
    Case("DICOM, big-endian", write_dicom, (1, 1, 3, 33, 21), np.uint16, {"codec": "big"}),
    Case("DICOM colours", write_dicom, (1, 3, 2, 33, 21), np.uint8),
    Case("DICOM colours, planes apart", write_dicom, (1, 3, 2, 33, 21), np.uint8,
         {"planar": True}),
    Case("DICOM, run lengths", write_dicom, (1, 1, 2, 33, 21), np.uint16, {"codec": "rle"}),
    Case("DICOM colours, run lengths", write_dicom, (1, 3, 2, 33, 21), np.uint8, {"codec": "rle"}),
    Case("DICOM, JPEG 2000", write_dicom, (1, 3, 2, 33, 21), np.uint8, {"codec": "j2k"}),
    Case("DICOM, JPEG-LS", write_dicom, (1, 1, 2, 33, 21), np.uint16, {"codec": "jpegls"}),
    Case("DICOM, lossless JPEG", write_dicom, (1, 1, 2, 33, 21), np.uint16, {"codec": "ljpeg"}),
    Case("DICOM series of files", write_series, (1, 1, 4, 33, 21), np.uint16),
    Case("DICOM, fragments", write_dicom, (1, 3, 4, 33, 21), np.uint8,
         {"codec": "j2k", "fragments": 3}),
    Case("DICOM, fragments without a table", write_dicom, (1, 1, 3, 33, 21), np.uint16,
         {"codec": "jpegls", "fragments": 2, "table": "none"}),
    Case("DICOM, fragments of run lengths", write_dicom, (1, 1, 3, 33, 21), np.uint16,
         {"codec": "rle", "fragments": 2}),
    Case("DICOM, one frame in fragments", write_dicom, (1, 1, 1, 33, 21), np.uint16,
         {"codec": "rle", "fragments": 4, "table": "none"}),
    Case("DICOM slide in fragments", write_slide, (1, 3, 1, 90, 70), np.uint8,
         {"codec": "j2k", "fragments": 2}),
    Case("DICOM slide in fragments, off the grid", write_slide, (1, 3, 1, 90, 70), np.uint8,
         {"codec": "j2k", "fragments": 2, "shift": 5, "table": "none"}),
    Case("DICOM slide with an extended table", write_slide, (1, 3, 1, 90, 70), np.uint8,
         {"codec": "j2k", "table": "extended"}),
    Case("DICOM slide", write_slide, (1, 3, 1, 90, 70), np.uint8),
    Case("DICOM slide, JPEG 2000", write_slide, (1, 3, 1, 90, 70), np.uint8, {"codec": "j2k"}),
    Case("DICOM slide off the grid", write_slide, (1, 3, 1, 90, 70), np.uint8, {"shift": 5}),
    Case("OIB", write_oib, (2, 3, 2, 33, 21), np.uint16),
    Case("OIB of streams in pieces", write_oib, (2, 2, 2, 33, 21), np.uint8, {"pieces": True}),
    Case("OIF", write_oif, (2, 3, 2, 33, 21), np.uint16),
    Case("Imaris", write_imaris, (2, 2, 3, 33, 21), np.uint16),
    Case("Imaris, not shuffled", write_imaris, (1, 2, 3, 33, 21), np.uint8, {"shuffle": False}),
    Case("Imaris, not compressed", write_imaris, (1, 2, 3, 33, 21), np.float32,
         {"compression": None}),
    Case("Imaris, in one piece", write_imaris, (2, 2, 3, 33, 21), np.uint16, {"chunks": None}),
    Case("Imaris, big-endian", write_imaris, (1, 1, 3, 33, 21), np.uint16, {"order": ">"}),
    Case("CZI", write_czi, (2, 2, 2, 33, 21), np.uint16),
    Case("CZI of large planes", write_czi, (1, 2, 1, 900, 800), np.float32),
    Case("CZI, zstd", write_czi, (2, 1, 2, 33, 21), np.uint8, {"codec": "zstd0"}),
    Case("CZI, zstd with a header", write_czi, (1, 2, 1, 33, 21), np.uint16, {"codec": "zstd1"}),
    Case("CZI, zstd of bytes apart", write_czi, (1, 2, 1, 33, 21), np.uint16, {"codec": "hilo"}),
    Case("CZI, JPEG XR", write_czi, (1, 2, 1, 33, 21), np.uint16, {"codec": "jpegxr"}),
    Case("CZI, LZW", write_czi, (1, 2, 1, 33, 21), np.uint8, {"codec": "lzw"}),
    Case("CZI colours", write_czi_colours, (2, 3, 1, 33, 21), np.uint8),
    Case("CZI colours, zstd", write_czi_colours, (1, 3, 2, 33, 21), np.uint16, {"codec": "hilo"}),
    Case("CZI mosaic", write_czi, (2, 2, 2, 133, 121), np.uint16, {"tile": 40}),
    Case("CZI mosaic, JPEG XR", write_czi, (1, 1, 2, 133, 121), np.uint8,
         {"tile": 40, "codec": "jpegxr"}),
    Case("OME-Zarr 0.4", write_zarr, (2, 3, 4, 37, 53), np.uint16,
         {"chunks": (1, 1, 1, 16, 20)}),
    Case("OME-Zarr with several channels and sections in a chunk", write_zarr, (2, 3, 4, 37, 53),
         np.int16, {"chunks": (1, 2, 3, 16, 20), "compressors": numcodecs.Blosc("zstd")}),
    Case("OME-Zarr of big-endian values in Fortran order", write_zarr, (2, 3, 1, 37, 53),
         np.float32, {"chunks": (1, 2, 1, 16, 20), "order": "F", "byteorder": ">"}),
    Case("OME-Zarr of a plane in one chunk", write_zarr, (1, 1, 1, 37, 53), np.uint8,
         {"axes": "yx"}),
    Case("OME-Zarr with colours last", write_zarr, (1, 3, 1, 90, 70), np.uint8,
         {"axes": "yxc", "chunks": (32, 32, 3)}),
    Case("OME-Zarr of truth values", write_zarr, (1, 2, 1, 37, 53), np.bool_,
         {"axes": "cyx", "chunks": (1, 16, 16)}),
    Case("OME-Zarr 0.5", write_zarr, (2, 3, 4, 37, 53), np.int64,
         {"zarr_format": 3, "chunks": (1, 1, 1, 16, 20)}),
    Case("OME-Zarr 0.5 in shards", write_zarr, (2, 3, 4, 37, 53), np.uint16,
         {"zarr_format": 3, "chunks": (1, 1, 2, 16, 20), "shards": (1, 3, 4, 32, 40)}),
    Case("OME-Zarr 0.5, axes turned round before they are stored", write_zarr, (2, 3, 4, 37, 53),
         np.complex64, {"zarr_format": 3, "chunks": (1, 3, 2, 16, 20),
         "filters": TransposeCodec(order=(4, 1, 0, 3, 2)), "compressors": None}),
    Case("OME-Zarr in an archive", write_zipped, (2, 3, 4, 37, 53), np.uint16,
         {"zarr_format": 3, "chunks": (1, 1, 2, 16, 20), "shards": (1, 3, 4, 32, 40)}),
    Case("OME-Zarr in a packed archive", write_zipped, (1, 3, 1, 37, 53), np.uint16,
         {"chunks": (1, 1, 1, 16, 20), "compression": zipfile.ZIP_DEFLATED}),
]  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived", chunk_budget_bytes=2**22)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, repository: Repository
) -> tuple[PixelSource, Image]:
    case: Case = request.param
    image = make_image(case.shape, case.dtype)
    path = case.write(tmp_path / case.file, image, **case.options)
    source, *_ = open_images(path, repository)  # others are pictures beside it
    return source, image


def test_a_source_has_the_image_s_sizes_and_type(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened

    assert source.shape.sizes == image.shape
    assert source.dtype == image.dtype
    assert source.dtype.isnative
    assert (source.levels[0].width, source.levels[0].height) == image.shape[:2:-1]


def test_every_plane_of_a_source_has_its_own_values(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened

    np.testing.assert_array_equal(values_of(source), image)


def test_regions_are_parts_of_their_plane(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    t, c, z = (size - 1 for size in image.shape[:3])
    for x, y, width, height in regions(source.shape.x, source.shape.y, image.shape):
        got = source.read(0, t, c, z, Region(x, y, width, height))

        np.testing.assert_array_equal(got, image[t, c, z, y : y + height, x : x + width])


def test_channels_come_together_in_the_order_wanted(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    channels = list(range(source.shape.c))[::-1]
    for x, y, width, height in regions(source.shape.x, source.shape.y, image.shape):
        got = source.read_channels(0, 0, channels, 0, Region(x, y, width, height))

        wanted = image[0, channels, 0, y : y + height, x : x + width]
        np.testing.assert_array_equal(got, wanted)
        assert got.flags.c_contiguous
        assert got.flags.writeable


def test_no_channels_are_an_empty_answer(opened: tuple[PixelSource, Image]) -> None:
    source, _ = opened

    assert source.read_channels(0, 0, [], 0, Region(0, 0, 1, 1)).shape == (0, 1, 1)


def test_positions_outside_are_refused(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    size_t, size_c, size_z, height, width = image.shape
    inside = Region(0, 0, 1, 1)
    outside = [
        (0, size_t, 0, 0, inside),
        (0, 0, size_c, 0, inside),
        (0, 0, 0, size_z, inside),
        (0, -1, 0, 0, inside),
        (0, 0, 0, -1, inside),
        (len(source.levels), 0, 0, 0, inside),
        (-1, 0, 0, 0, inside),
        (0, 0, 0, 0, Region(0, 0, width + 1, height)),
        (0, 0, 0, 0, Region(width, 0, 1, 1)),
    ]
    for level, t, c, z, region in outside:
        with pytest.raises(InvalidInputError):
            source.read(level, t, c, z, region)
        with pytest.raises(InvalidInputError):
            source.read_channels(level, t, [c], z, region)


def test_a_buffer_of_another_shape_or_type_is_refused(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    for buffer in (np.empty((2, 2), image.dtype), np.empty((1, 1), "f2")):
        with pytest.raises(InvalidInputError):
            source.read(0, 0, 0, 0, Region(0, 0, 1, 1), out=buffer)


def test_what_is_read_cannot_change_what_others_read(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    whole = Region(0, 0, source.shape.x, source.shape.y)
    got = source.read(0, 0, 0, 0, whole)
    if got.flags.writeable:
        got[...] = 0

    np.testing.assert_array_equal(source.read(0, 0, 0, 0, whole), image[0, 0, 0])


def test_views_of_channels_show_what_is_read_and_cannot_be_changed(
    opened: tuple[PixelSource, Image],
) -> None:
    source, image = opened
    channels = tuple(reversed(range(source.shape.c)))
    for x, y, width, height in regions(source.shape.x, source.shape.y, (0, 0, 0)):
        region = Region(x, y, width, height)

        got = source.view_channels(0, 0, channels, 0, region)

        wanted = image[0, list(channels), 0, y : y + height, x : x + width]
        np.testing.assert_array_equal(np.stack(got), wanted)
        for plane in got:
            if plane.flags.writeable:
                plane[...] = 0
        np.testing.assert_array_equal(source.read_channels(0, 0, channels, 0, region), wanted)


def test_many_threads_read_the_same_source(opened: tuple[PixelSource, Image]) -> None:
    source, image = opened
    places = [
        (t, c, z, *place)
        for t, c, z in np.ndindex(*image.shape[:3])
        for place in regions(source.shape.x, source.shape.y, (t, c, z))
    ]

    def is_right(place: tuple[int, ...]) -> bool:
        t, c, z, x, y, width, height = place
        got = source.read(0, t, c, z, Region(x, y, width, height))
        return np.array_equal(got, image[t, c, z, y : y + height, x : x + width])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(is_right, places))


@pytest.mark.parametrize("numbers", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_a_region_checks_itself(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(InvalidInputError):
        Region(*numbers)
