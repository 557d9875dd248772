from pathlib import Path
from typing import Any, Literal

import imagecodecs
import numpy as np
import pytest
import tifffile

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.codecs import BYTE_CODECS, IMAGE_CODECS, Encoding, check_supported, decode
from store.pixels.image_header import encoded_size
from store.pixels.repository import Repository
from store.pixels.source import Region
from tests.images import make_image, open_images, values_of

LOSSLESS = ["none", "zlib", "deflate", "lzw", "lzma", "packbits", "zstd"]
PICTURES = ["jpeg", "jpeg2000", "png", "webp", "jpegxl", "jpegxr", "lerc"]
DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16", "?"]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def equal_to_tifffile(path: Path, repository: Repository) -> bool:
    wanted = tifffile.imread(path)
    (source,) = open_images(path, repository)
    got = values_of(source)[0, :, 0]
    if wanted.ndim == 3 and wanted.shape[2] == got.shape[0]:
        got = got.transpose(1, 2, 0)
    return np.array_equal(got.reshape(wanted.shape), wanted)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("compression", LOSSLESS)
def test_every_type_and_lossless_compression(
    compression: str,
    dtype: str,
    byteorder: Literal["<", ">"],
    tmp_path: Path,
    repository: Repository,
) -> None:
    plane = make_image((1, 1, 1, 61, 43), dtype)[0, 0, 0]
    path = tmp_path / "plane.tif"
    tifffile.imwrite(
        path, plane, compression=compression, byteorder=byteorder, rowsperstrip=9, metadata=None
    )

    assert equal_to_tifffile(path, repository)


@pytest.mark.parametrize("layout", [{"tile": (16, 32)}, {"rowsperstrip": 10}])
@pytest.mark.parametrize("samples", [1, 3, 4])
@pytest.mark.parametrize("compression", PICTURES)
def test_every_picture_compression(
    compression: str, samples: int, layout: dict[str, Any], tmp_path: Path, repository: Repository
) -> None:
    if (compression, samples) in {("webp", 1), ("jpeg", 4)}:
        pytest.skip("the format holds no such pictures")
    image = make_image((1, samples, 1, 50, 70), np.uint8)[0, :, 0].transpose(1, 2, 0)
    path = tmp_path / "picture.tif"
    tifffile.imwrite(
        path,
        image if samples > 1 else image[..., 0],
        compression=compression,
        photometric="rgb" if samples > 1 else "minisblack",
        metadata=None,
        **layout,
    )

    assert equal_to_tifffile(path, repository)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_predictors(
    dtype: str, byteorder: Literal["<", ">"], planar: str, tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 3, 1, 40, 37), dtype)[0, :, 0]
    path = tmp_path / "predicted.tif"
    tifffile.imwrite(
        path,
        image if planar == "separate" else image.transpose(1, 2, 0),
        compression="zlib",
        predictor=True,
        byteorder=byteorder,
        photometric="rgb",
        planarconfig=planar,
        tile=(16, 16),
        metadata=None,
    )

    assert equal_to_tifffile(path, repository)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 7, 9, 10, 12, 14, 20, 24, 31])
def test_packed_integers(
    bits: int, byteorder: Literal["<", ">"], tmp_path: Path, repository: Repository
) -> None:
    dtype = "?" if bits == 1 else "u1" if bits <= 8 else "u2" if bits <= 16 else "u4"
    plane = make_image((1, 1, 1, 17, 11), dtype)[0, 0, 0]
    if bits > 1:
        plane = (plane % (1 << bits)).astype(dtype)
    path = tmp_path / "packed.tif"
    tifffile.imwrite(path, plane, bitspersample=bits, byteorder=byteorder, metadata=None)

    assert equal_to_tifffile(path, repository)


def test_bits_in_reverse_order() -> None:
    plane = make_image((1, 1, 1, 5, 16), np.uint8)[0, 0, 0]
    stored = imagecodecs.bitorder_encode(imagecodecs.zlib_encode(plane))
    out = np.empty((1, 5, 16, 1), np.uint8)
    decode(Encoding(8, "u1", 8, rows=5, width=16, lsb_first=True), stored, out)

    assert np.array_equal(out[0, :, :, 0], plane)


def test_integers_in_pairs_are_complex_numbers() -> None:
    pairs = np.arange(24, dtype=">i2").reshape(3, 4, 2)
    out = np.empty((1, 3, 4, 1), np.complex64)
    encoding = Encoding(1, "c8", 32, rows=3, width=4, big_endian=True, complex_integers=True)
    decode(encoding, pairs.tobytes(), out)

    assert np.array_equal(out[0, :, :, 0], pairs[..., 0] + 1j * pairs[..., 1])


def test_aperio_luma_and_chroma_become_red_green_blue() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [128, 128, 128]]], np.uint8)
    ycbcr = np.array([[[76, 85, 255], [150, 44, 21]], [[29, 255, 107], [128, 128, 128]]], np.uint8)
    stored = imagecodecs.jpeg2k_encode(ycbcr, mct=False, reversible=True, level=0)
    out = np.empty((1, 2, 2, 3), np.uint8)
    decode(Encoding(33003, "u1", 8, rows=2, width=2, samples=3, ycbcr=True), stored, out)

    assert np.abs(out[0].astype(int) - colours).max() <= 2


@pytest.mark.parametrize("compression", sorted(BYTE_CODECS))
def test_a_chunk_that_inflates_beyond_its_size_stops(compression: int) -> None:
    name = BYTE_CODECS[compression]
    if name == "packbits":
        bomb = b"\x81\0" * 2**17
    else:
        bomb = getattr(imagecodecs, f"{name}_encode")(bytes(2**24))
    out = np.empty((1, 8, 8, 1), np.uint8)
    try:
        decode(Encoding(compression, "u1", 8, rows=8, width=8), bomb, out)
    except (RuntimeError, ValueError):
        return

    assert not out.any()


@pytest.mark.parametrize("compression", [7, *sorted(set(IMAGE_CODECS) - {34887})])
def test_a_picture_larger_than_its_chunk_is_refused(compression: int) -> None:
    name = IMAGE_CODECS.get(compression, "jpeg8")
    samples = 1 if name == "ljpeg" else 3  # lossless JPEG is of one sample here
    large = np.zeros((512, 512, samples), np.uint8).squeeze()
    bomb = getattr(imagecodecs, f"{name}_encode")(large)
    out = np.empty((1, 16, 16, samples), np.uint8)
    with pytest.raises((RuntimeError, ValueError)):
        decode(Encoding(compression, "u1", 8, rows=16, width=16, samples=samples), bomb, out)


def test_a_picture_smaller_than_its_tile_fills_the_corner() -> None:
    small = make_image((1, 1, 1, 10, 12), np.uint8)[0, 0, 0]
    out = np.empty((1, 16, 16, 1), np.uint8)
    encoding = Encoding(34933, "u1", 8, rows=16, width=16, tiled=True, fill=9)
    decode(encoding, imagecodecs.png_encode(small), out)

    assert np.array_equal(out[0, :10, :12, 0], small)
    assert (out[0, 10:] == 9).all()


def test_a_last_strip_stored_with_all_its_rows_is_cut() -> None:
    rows = make_image((1, 1, 1, 8, 16), np.uint8)[0, 0, 0]
    out = np.empty((1, 3, 16, 1), np.uint8)
    decode(Encoding(8, "u1", 8, rows=8, width=16), imagecodecs.zlib_encode(rows), out)

    assert np.array_equal(out[0, :, :, 0], rows[:3])


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xd8\xff", bytes(50)])
@pytest.mark.parametrize("compression", [1, 7, *sorted({**BYTE_CODECS, **IMAGE_CODECS})])
def test_damaged_bytes_raise_what_the_reader_expects(compression: int, data: bytes) -> None:
    out = np.zeros((1, 16, 16, 1), np.uint8)
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        decode(Encoding(compression, "u1", 8, rows=16, width=16), data, out)


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding(6, "u1", 8, rows=1, width=1),
        Encoding(34661, "u1", 8, rows=1, width=1),
        Encoding(8, "u1", 8, rows=1, width=1, predictor=99),
        Encoding(8, "f4", 24, rows=1, width=1, predictor=3),
    ],
)
def test_what_cannot_be_decoded_is_refused_at_import(encoding: Encoding) -> None:
    with pytest.raises(UnsupportedError):
        check_supported(encoding)


def test_an_encoding_survives_json() -> None:
    encoding = Encoding(7, "u1", 8, rows=16, width=16, samples=3, jpeg_tables="ffd8", fill=1.5)

    assert Encoding.from_json(encoding.to_json()) == encoding
    assert Encoding(1, "u2", 16, rows=4, width=5).to_json() == {
        "compression": 1, "dtype": "u2", "bits": 16, "rows": 4, "width": 5,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["jpeg8", "png", "jpeg2k"])
def test_the_claimed_size_is_read_from_the_header(name: str) -> None:
    picture = np.zeros((13, 29, 3), np.uint8)
    kwargs = {"codecformat": "j2k"} if name == "jpeg2k" else {}

    assert encoded_size(getattr(imagecodecs, f"{name}_encode")(picture, **kwargs)) == (13, 29)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xff\xff\xff", b"RIFFxxxx"])
def test_a_header_without_a_size_is_none(data: bytes) -> None:
    assert encoded_size(data) is None


def test_a_damaged_chunk_names_its_offset_and_its_neighbours_can_be_read(
    tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 1, 64, 64), np.uint16)
    path = tmp_path / "tiles.tif"
    tifffile.imwrite(path, image[0, 0, 0], tile=(32, 32), compression="zlib", metadata=None)
    with tifffile.TiffFile(path) as file:
        offsets = file.pages.first.dataoffsets
    with path.open("r+b") as stream:
        stream.seek(offsets[1])
        stream.write(b"damaged!")
    (source,) = open_images(path, repository)
    with pytest.raises(UnreadableFileError) as caught:
        source.read(0, 0, 0, 0, Region(0, 0, 64, 64))

    assert caught.value.offset == offsets[1]
    for x, y in ((0, 0), (0, 32), (32, 32)):
        got = source.read(0, 0, 0, 0, Region(x, y, 32, 32))
        assert np.array_equal(got, image[0, 0, 0, y : y + 32, x : x + 32])
