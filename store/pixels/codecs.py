"""Stored chunks to arrays: the compressions of TIFF, and those that other formats add.

Compressions have the numbers that TIFF gives them; those that TIFF does not know have numbers
above all of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Literal

import imagecodecs
import numpy as np

from render.memory import RECYCLED
from store.errors import UnsupportedError
from store.pixels.image_header import encoded_size

type Chunk = np.ndarray[tuple[int, int, int, int], np.dtype[Any]]
"""A decoded chunk, shape (slices, Y, X, samples), native byte order."""

type Stored = bytes | bytearray | memoryview

type Decoder = Callable[..., Any]  # imagecodecs publishes no types for its functions

type Decode = Callable[[Stored, Chunk], None]
"""`decode` of one encoding."""

NONE = 1
CCITT = frozenset({2, 3, 4})
JPEG = frozenset({7, 33007, 34892})
YCBCR_JPEG_2000 = 33003
JPEG_2000 = 34712
JPEG_XR = 22610
LZW = 5
DEFLATE = 8
ZSTD_1 = 70_001
"""Zstandard as in CZI: a header that says whether high and low bytes lie apart; RGB inside."""
LZ4_HDF5 = 70_002
DICOM_RLE = 70_003
JPEG_LS = 70_004
HTJ2K = 70_005
LOSSLESS_JPEG = 70_006
BMP = 90_001
"""No value of TIFF: numbers of files that are one chunk."""
GIF = 90_002
_ITEM = b"\xfe\xff\x00\xe0"
"""Tag of an item of DICOM, little-endian."""

BYTE_CODECS: Mapping[int, str] = {
    5: "lzw",
    8: "deflate",
    32773: "packbits",
    32946: "deflate",
    34925: "lzma",
    34926: "zstd",
    50000: "zstd",
    50013: "deflate",
    LZ4_HDF5: "lz4h5",
}
IMAGE_CODECS: Mapping[int, str] = {
    22610: "jpegxr",
    33003: "jpeg2k",
    33004: "jpeg2k",
    33005: "jpeg2k",
    34712: "jpeg2k",
    34887: "lerc",
    34927: "webp",
    34933: "png",
    34934: "jpegxr",
    50001: "webp",
    50002: "jpegxl",
    52546: "jpegxl",
    JPEG_LS: "jpegls",
    HTJ2K: "htj2k",
    LOSSLESS_JPEG: "ljpeg",
    BMP: "bmp",
}
WITH_SAMPLES = frozenset({ZSTD_1, DICOM_RLE})
"""Compressions of bytes whose decoders have to know the samples."""
PREDICTORS: Mapping[int, tuple[str, int]] = {
    2: ("delta", 1),
    3: ("floatpred", 1),
    34892: ("delta", 2),
    34893: ("delta", 4),
    34894: ("floatpred", 2),
    34895: ("floatpred", 4),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the samples of a chunk are stored; the same for all chunks of a TIFF page."""

    compression: int
    """Value of the Compression tag."""
    dtype: str
    """Kind and bytes of a decoded sample, such as u2, f4, c8."""
    bits: int
    """Bits of a stored sample."""
    rows: int
    """Rows of a stored tile or strip."""
    width: int
    """Pixels in a row of a tile or strip."""
    samples: int = 1
    """Interleaved samples of a pixel."""
    slices: int = 1
    """Slices of a volume tile."""
    tiled: bool = False
    group: int = 1
    """Consecutive strips that are read as one chunk."""
    big_endian: bool = False
    lsb_first: bool = False
    """Bits of a byte are in reverse order (FillOrder 2)."""
    predictor: int = 1
    complex_integers: bool = False
    """Samples are pairs of integers (SampleFormat 5)."""
    fax_options: int = 0
    ycbcr: bool = False
    """Colours stay luma and chroma after decoding and have to be turned into RGB."""
    jpeg_tables: str = ""
    """Value of the JPEGTables tag, hexadecimal."""
    head: str = ""
    """What a chunk lacks at its start, hexadecimal: of parts of a large JPEG picture the header,
    made to fit one; of a file that is one chunk its first byte, as no chunk lies at offset 0."""
    jpeg_colorspace: int | str | None = None
    jpeg_outcolorspace: int | str | None = None
    fill: float = 0
    """Value of what was never stored."""
    padding: int = 0
    """Bytes after each row that are no samples."""
    shuffled: bool = False
    """The first bytes of all samples lie before the second ones, as the shuffle filter of HDF5."""
    flipped: bool = False
    """The last row of a chunk is stored first."""
    bgr: bool = False
    """The first and the third sample of a pixel are stored in each other's place."""
    from_zero: bool = False
    """A chunk may start at byte 0 of its file, which elsewhere means that nothing was stored."""
    fragmented: bool = False
    """A chunk is items of DICOM, each with its tag and length before its bytes."""

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Encoding":
        """Turn back what `to_json` gave."""
        return cls(**stored)

    @property
    def packed(self) -> bool:
        """Samples are not whole bytes of the decoded type."""
        return not self.complex_integers and self.bits != 8 * np.dtype(self.dtype).itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of samples before compression."""
        return (self.width * self.samples * self.bits + 7) // 8

    @property
    def stored_row_bytes(self) -> int:
        """Bytes from one row to the next."""
        return self.row_bytes + self.padding


def check_supported(encoding: Encoding) -> None:
    """Refuse what `decode` could not read.

    Raises:
        UnsupportedError: The compression, predictor or sample layout is not handled.
    """
    if encoding.compression not in {
        NONE,
        *CCITT,
        *JPEG,
        *BYTE_CODECS,
        *IMAGE_CODECS,
        *WITH_SAMPLES,
    }:
        raise UnsupportedError(
            f"Samples compressed by TIFF method {encoding.compression} cannot be read.",
            "Convert the file to another compression.",
        )
    byte_coded = encoding.compression == NONE or encoding.compression in BYTE_CODECS
    if byte_coded and encoding.predictor != 1:
        odd = encoding.complex_integers or (encoding.dtype == "f4" and encoding.bits == 24)
        if encoding.predictor not in PREDICTORS or odd:
            raise UnsupportedError(
                f"Samples stored with TIFF predictor {encoding.predictor} cannot be read.",
                "Convert the file.",
            )


def decoder_of(encoding: Encoding) -> Decode:
    """Return `decode` of an encoding; where only bytes are to be inflated, all is settled here."""
    unlike = (
        encoding.fragmented or encoding.ycbcr or encoding.bgr or encoding.flipped,
        encoding.lsb_first or encoding.packed or encoding.complex_integers or encoding.big_endian,
        encoding.padding or encoding.shuffled or encoding.predictor != 1,
    )
    if encoding.compression not in BYTE_CODECS or any(unlike):
        return partial(decode, encoding)
    return partial(_inflate, *_inflater(encoding))


def decode(encoding: Encoding, data: Stored, out: Chunk) -> None:
    """Decode one stored tile or strip into `out`, and never more than it holds.

    Args:
        encoding: How the chunk is stored.
        data: The stored bytes.
        out: Shape (slices, Y, X, samples) of the chunk, dtype of the encoding in native byte
            order, C-contiguous; a last strip has fewer rows than the encoding says.

    Raises:
        ValueError, RuntimeError: The bytes are damaged, or stand for another number of samples.
    """
    if encoding.fragmented:
        data = _joined(data)
    if encoding.compression in JPEG or encoding.compression in IMAGE_CODECS:
        _decode_picture(encoding, data, out)
    elif encoding.compression == GIF:
        _decode_frames(bytes.fromhex(encoding.head) + bytes(data), out)
    elif encoding.compression in CCITT:
        _decode_fax(encoding, data, out)
    else:
        _decode_bytes(encoding, data, out)
    if encoding.ycbcr:
        _to_rgb(out)
    if encoding.bgr:
        out[..., [0, 2]] = out[..., [2, 0]]
    if encoding.flipped:
        out[...] = out[:, ::-1].copy()


def _joined(data: Stored) -> bytes:
    """The bytes of items of DICOM after each other, without what is before each."""
    whole = memoryview(data)
    parts: list[memoryview] = []
    at = 0
    while at + 8 <= len(whole):
        if bytes(whole[at : at + 4]) != _ITEM:
            raise ValueError("a fragment does not begin like one")
        length = int.from_bytes(whole[at + 4 : at + 8], "little")
        parts.append(whole[at + 8 : at + 8 + length])
        at += 8 + length
    return b"".join(parts)


def _decode_bytes(encoding: Encoding, data: Stored, out: Chunk) -> None:
    if encoding.lsb_first:
        data = bytes(imagecodecs.bitorder_decode(data))
    if encoding.packed:
        out[...] = _unpacked(encoding, _inflated(encoding, data, out)).reshape(out.shape)
    elif encoding.complex_integers:
        part = f"{_order(encoding)}i{encoding.bits // 16}"
        integers = np.frombuffer(_inflated(encoding, data, out), part)
        parts = integers.astype(f"f{np.dtype(encoding.dtype).itemsize // 2}")
        out[...] = parts.view(encoding.dtype).reshape(out.shape)
    else:
        _inflate_into(encoding, data, _as_bytes(out))
        if encoding.big_endian and PREDICTORS.get(encoding.predictor, ("",))[0] != "floatpred":
            out.byteswap(inplace=True)
    _unpredict(encoding, out)


def _inflated(encoding: Encoding, data: Stored, out: Chunk) -> np.ndarray:
    raw = RECYCLED.empty((out.shape[0] * out.shape[1] * encoding.row_bytes,), np.uint8)
    _inflate_into(encoding, data, raw)
    return raw


def _inflate_into(encoding: Encoding, data: Stored, target: np.ndarray) -> None:
    """Fill a buffer with the bytes of samples, one row after the other."""
    if encoding.padding:
        _inflate_padded(encoding, data, target)
    elif encoding.shuffled:
        itemsize = encoding.bits // 8
        shuffled = np.empty(target.size, np.uint8)
        _decompress_into(encoding, data, shuffled)
        target.reshape(-1, itemsize)[...] = shuffled.reshape(itemsize, -1).T
    elif encoding.compression in WITH_SAMPLES:
        target[:] = _with_samples(encoding, data, target.size)
    else:
        _decompress_into(encoding, data, target)


def _inflate_padded(encoding: Encoding, data: Stored, target: np.ndarray) -> None:
    rows = target.size // encoding.row_bytes
    size = rows * encoding.stored_row_bytes - encoding.padding  # nothing need follow the last row
    padded = np.empty(size + encoding.padding, np.uint8)
    if encoding.compression == NONE:
        _decompress_into(encoding, data, padded[:size])
    else:
        decompress: Decoder = getattr(imagecodecs, BYTE_CODECS[encoding.compression] + "_decode")
        inflated = decompress(data, out=padded)
        if len(inflated) < size:
            raise ValueError(f"{len(inflated)} bytes are stored instead of {size}")
    lines = padded.reshape(rows, encoding.stored_row_bytes)
    target.reshape(rows, encoding.row_bytes)[...] = lines[:, : encoding.row_bytes]


def _with_samples(encoding: Encoding, data: Stored, size: int) -> np.ndarray:
    itemsize = encoding.bits // 8
    if encoding.compression == ZSTD_1:
        inflated = imagecodecs.zstd1_decode(
            data, itemsize=itemsize, samples=encoding.samples, out=size
        )
        raw = np.frombuffer(inflated, np.uint8)
        if raw.size < size and raw.size % encoding.row_bytes == 0:
            # Some tiles at the lower edge of a pyramid have a row less than is said of them.
            raw = np.pad(raw, (0, size - raw.size))
    else:
        dtype = np.dtype(f"u{itemsize}")
        decoded = imagecodecs.dicomrle_decode(data, dtype, out=size)
        apart = np.frombuffer(decoded, dtype).reshape(encoding.samples, -1)
        raw = np.ascontiguousarray(apart.T).reshape(-1).view(np.uint8)
    if raw.size != size:
        raise ValueError(f"{raw.size} bytes are stored instead of {size}")
    return raw


def _decompress_into(encoding: Encoding, data: Stored, target: np.ndarray) -> None:
    if encoding.compression == NONE:
        if len(data) < target.size:
            raise ValueError(f"{len(data)} bytes are stored instead of {target.size}")
        target[:] = np.frombuffer(data, np.uint8, target.size)
        return
    _decompress(*_inflater(encoding), data, target)


def _inflater(encoding: Encoding) -> tuple[Decoder, int]:
    """Return the codec, and how many bytes a chunk of the full number of rows has."""
    decompress: Decoder = getattr(imagecodecs, BYTE_CODECS[encoding.compression] + "_decode")
    return decompress, encoding.slices * encoding.rows * encoding.row_bytes


def _inflate(decompress: Decoder, full: int, data: Stored, out: Chunk) -> None:
    _decompress(decompress, full, data, _as_bytes(out))


def _decompress(decompress: Decoder, full: int, data: Stored, target: np.ndarray) -> None:
    try:
        got = decompress(data, out=target)
    except (RuntimeError, ValueError):
        # Some writers fill the last strip up to the full number of rows.
        if target.size >= full:
            raise
        whole = np.empty(full, np.uint8)
        got = decompress(data, out=whole)
        target[:] = whole[: target.size]
    if len(got) < target.size:
        raise ValueError(f"{len(got)} bytes are stored instead of {target.size}")


def _unpacked(encoding: Encoding, raw: np.ndarray) -> np.ndarray:
    if encoding.dtype == "f4":
        return imagecodecs.float24_decode(raw.tobytes(), byteorder=_order(encoding))
    dtype = np.dtype(_order(encoding) + encoding.dtype)
    runlen = encoding.width * encoding.samples
    return imagecodecs.packints_decode(raw.tobytes(), dtype, encoding.bits, runlen=runlen)


def _unpredict(encoding: Encoding, out: Chunk) -> None:
    if encoding.predictor == 1:
        return
    name, dist = PREDICTORS[encoding.predictor]
    if name == "delta":
        imagecodecs.delta_decode(out, axis=-2, dist=dist, out=out)
    else:
        out[...] = imagecodecs.floatpred_decode(out.copy(), axis=-2, dist=dist)


def _decode_picture(encoding: Encoding, data: Stored, out: Chunk) -> None:
    decompress = _picture_decoder(encoding)
    if encoding.head and encoding.compression not in JPEG:
        data = bytes.fromhex(encoding.head) + bytes(data)
    picture = out[0] if encoding.samples > 1 else out[0, :, :, 0]
    size = encoded_size(data)
    picture[...] = encoding.fill  # or a decoder that stops early would leave what was there before
    if size is None or size == picture.shape[:2]:
        decompress(data, out=picture)
        return
    # Tiles at the edge, and last strips, may hold a picture of another size than declared.
    height, width = size
    if encoding.head or width > encoding.width or height > encoding.rows:
        raise ValueError(f"the chunk claims {width} x {height} pixels")
    own = np.empty((height, width, *picture.shape[2:]), picture.dtype)
    decompress(data, out=own)
    picture[:height, :width] = own[: picture.shape[0], : picture.shape[1]]


def _decode_frames(data: Stored, out: Chunk) -> None:
    """All frames of a GIF, without its alpha."""
    frames = np.asarray(imagecodecs.gif_decode(data))
    frames = frames.reshape(-1, *frames.shape[-3:])
    if frames.shape[:3] != out.shape[:3]:
        raise ValueError(f"the file has frames of shape {frames.shape}")
    out[...] = frames[..., : out.shape[3]]


def _picture_decoder(encoding: Encoding) -> Decoder:
    if encoding.compression not in JPEG:
        name = IMAGE_CODECS[encoding.compression]
        decompress: Decoder = getattr(imagecodecs, name + "_decode")
        if name == "webp" and encoding.samples == 4:
            return partial(decompress, hasalpha=True)
        if name == "bmp":
            return partial(decompress, asrgb=encoding.samples > 1)
        return decompress
    return partial(
        imagecodecs.jpeg_decode,
        tables=bytes.fromhex(encoding.jpeg_tables) or None,
        header=bytes.fromhex(encoding.head) or None,
        colorspace=encoding.jpeg_colorspace,
        outcolorspace=encoding.jpeg_outcolorspace,
    )


def _decode_fax(encoding: Encoding, data: Stored, out: Chunk) -> None:
    if encoding.lsb_first:
        data = bytes(imagecodecs.bitorder_decode(data))
    rows, width = out.shape[1], out.shape[2]
    if encoding.compression == 2:
        bits = imagecodecs.ccittrle_decode(data, rows, width)
    elif encoding.compression == 3:
        bits = imagecodecs.ccittfax3_decode(data, rows, width, t4options=encoding.fax_options)
    else:
        bits = imagecodecs.ccittfax4_decode(data, rows, width)
    out[...] = np.asarray(bits, np.uint8).reshape(out.shape)


def _to_rgb(out: Chunk) -> None:
    """Turn full-range YCbCr (ITU-R BT.601, as in JFIF) into RGB in place; 8-bit samples."""
    luma, blue, red = (out[..., sample].astype(np.float32) for sample in range(3))
    blue -= 128
    red -= 128
    colours = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    for sample, colour in enumerate(colours):
        out[..., sample] = np.clip(np.rint(colour), 0, 255)


def _order(encoding: Encoding) -> Literal["<", ">"]:
    return ">" if encoding.big_endian else "<"


def _as_bytes(out: Chunk) -> np.ndarray:
    return out.reshape(-1).view(np.uint8)
