"""What the first bytes of an ordinary picture say: sizes, samples, notes; nothing is decoded."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from store.errors import UnsupportedError

_PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_PNG_TEXTS = frozenset({b"tEXt", b"iTXt"})
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xDA)})
_BMP_HEADERS = frozenset({40, 52, 56, 108, 124})
_BITFIELDS = frozenset({3, 6})


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """One picture as its header claims it."""

    width: int
    height: int
    samples: int
    dtype: str = "u1"
    """Kind and bytes of a decoded sample."""
    bits: int = 8
    frames: int = 1
    exif: bytes = b""
    texts: tuple[tuple[str, str], ...] = ()
    per_metre: tuple[float, float] | None = None
    """Pixels of a metre across and down, where the picture says so."""
    facts: tuple[tuple[str, str], ...] = field(default=())
    """How it is stored, for a person."""


def png(data: bytes) -> PictureHeader:
    """Header of a PNG; raises as all here: ValueError and struct.error where it is damaged."""
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR" or colour not in _PNG_SAMPLES or bits not in (1, 2, 4, 8, 16):
        raise ValueError("its header is none of PNG")
    samples = _PNG_SAMPLES[colour]
    exif, texts, per_metre = b"", [], None
    for kind, body in _png_chunks(data):
        if kind == b"tRNS" and samples in (1, 3):
            samples += 1
        elif kind == b"eXIf":
            exif = body
        elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
            per_metre = struct.unpack_from(">II", body)
        elif kind in _PNG_TEXTS:
            texts += _png_text(kind, body)
    wide = bits == 16
    kinds = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGBA"}
    return PictureHeader(
        width, height, samples, "u2" if wide else "u1", 16 if wide else 8, 1, exif, tuple(texts),
        per_metre, (("Colour type", kinds[colour]), ("Bit depth", str(bits))),
    )  # fmt: skip


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks before the samples."""
    place = 8
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind in (b"IDAT", b"IEND"):
            return
        yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def _png_text(kind: bytes, body: bytes) -> list[tuple[str, str]]:
    key, mark, rest = body.partition(b"\0")
    if not mark:
        return []
    if kind == b"tEXt":
        return [(key.decode("latin-1"), rest.decode("latin-1"))]
    if rest[:1] != b"\0":  # compressed: left out
        return []
    return [(key.decode("latin-1"), rest[2:].split(b"\0", 2)[-1].decode("utf-8", "replace"))]


def jpeg(data: bytes) -> PictureHeader:
    """Header of a JPEG."""
    exif, per_metre, place = b"", None, 2
    while place + 9 <= len(data):
        if data[place] != 0xFF:
            raise ValueError("its markers are damaged")
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker in _JPEG_BARE:
            place += 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + length]
        if marker in _JPEG_FRAMES:
            return _jpeg_frame(marker, body, exif, per_metre)
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = body
        elif marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 12:
            per_metre = _jfif_density(body)
        place += 2 + length
    raise ValueError("it has no frame")


def _jpeg_frame(
    marker: int, body: bytes, exif: bytes, per_metre: tuple[float, float] | None
) -> PictureHeader:
    bits, height, width, samples = struct.unpack_from(">BHHB", body)
    if samples not in (1, 3):
        raise UnsupportedError(
            f"A JPEG of {samples} components, such as the inks of a printer, cannot be read.",
            "Convert it to RGB.",
        )
    wide = bits > 8
    process = "progressive" if marker == 0xC2 else "sequential"
    return PictureHeader(
        width, height, samples, "u2" if wide else "u1", bits, 1, exif, (), per_metre,
        (("Process", process),),
    )  # fmt: skip


def _jfif_density(body: bytes) -> tuple[float, float] | None:
    unit, across, down = struct.unpack_from(">BHH", body, 7)
    scale = {1: 1 / 0.0254, 2: 100.0}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def webp(data: bytes) -> PictureHeader:
    """Header of a WebP; of an animation the first picture."""
    kind = data[12:16]
    if kind == b"VP8X":
        alpha = bool(data[20] & 0x10)
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        if data[20] & 0x02:
            raise UnsupportedError(
                "An animated WebP cannot be read.", "Convert it to a TIFF stack."
            )
        return PictureHeader(width, height, 4 if alpha else 3, exif=_riff_part(data, b"EXIF"))
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, 21)
        size = (1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF))
        return PictureHeader(*size, 4 if packed >> 28 & 1 else 3, facts=(("Coding", "lossless"),))
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return PictureHeader(width & 0x3FFF, height & 0x3FFF, 3, facts=(("Coding", "lossy"),))
    raise ValueError("its header is none of WebP")


def _riff_part(data: bytes, wanted: bytes) -> bytes:
    place = 12
    while place + 8 <= len(data):
        kind, length = (
            data[place : place + 4],
            int.from_bytes(data[place + 4 : place + 8], "little"),
        )
        if kind == wanted:
            return data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    return b""


def bmp(data: bytes) -> PictureHeader:
    """Header of a BMP."""
    size, width, height, _, bits, coding = struct.unpack_from("<IiiHHI", data, 14)
    if size not in _BMP_HEADERS or width < 1 or height == 0:
        raise ValueError("its header is none of BMP")
    if coding not in (0, 1, 2, *_BITFIELDS) or bits not in (1, 4, 8, 16, 24, 32):
        raise UnsupportedError(f"A BMP of coding {coding} and {bits} bits cannot be read.")
    (start,) = struct.unpack_from("<I", data, 10)
    across, down, used = struct.unpack_from("<iiI", data, 38)
    samples = 3
    if bits == 8:
        palette = data[14 + size : 14 + size + 4 * (used or 256)]
        grey = all(
            palette[n] == palette[n + 1] == palette[n + 2] == n // 4
            for n in range(0, len(palette) - 3, 4)
        )
        samples = 1 if grey and len(palette) == 1024 else 3
    elif coding in _BITFIELDS and size >= 56 and struct.unpack_from("<I", data, 66)[0]:
        samples = 4
    if start < 14 + size:
        raise ValueError("its samples lie in its header")
    per_metre = (float(across), float(down)) if across > 0 and down > 0 else None
    facts = (("Bits of a pixel", str(bits)),)
    return PictureHeader(width, abs(height), samples, per_metre=per_metre, facts=facts)


def gif(data: bytes) -> PictureHeader:
    """Header of a GIF, its frames counted; the whole file is needed."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    while place < len(data) and data[place] != 0x3B:
        if data[place] == 0x2C:
            frames += 1
            local = data[place + 9]
            place += 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        elif data[place] == 0x21:
            place += 2
        else:
            raise ValueError("its blocks are damaged")
        while data[place]:
            place += 1 + data[place]
        place += 1
    if not frames or place >= len(data):
        raise ValueError("it ends before its picture does")
    return PictureHeader(width, height, 3, frames=frames, facts=(("Colour type", "palette"),))


def jp2(data: bytes) -> PictureHeader:
    """Header of a JPEG 2000 picture, as a file or a bare stream."""
    stream = data.find(b"\xff\x4f\xff\x51")
    if stream < 0:
        raise ValueError("it has no stream")
    if b"pclr" in data[:stream]:
        raise UnsupportedError("A JPEG 2000 picture with a palette cannot be read.", "Convert it.")
    right, bottom, left, top = struct.unpack_from(">IIII", data, stream + 8)
    (samples,) = struct.unpack_from(">H", data, stream + 40)
    depths = {data[stream + 42 + 3 * number] for number in range(samples)}
    sampling = {data[stream + 43 + 3 * n : stream + 45 + 3 * n] for n in range(samples)}
    if len(depths) != 1 or sampling != {b"\1\1"} or samples not in (1, 2, 3, 4):
        raise UnsupportedError(
            f"A JPEG 2000 picture of {samples} components of different kinds cannot be read.",
            "Convert it to TIFF.",
        )
    depth = depths.pop()
    bits, signed = (depth & 0x7F) + 1, bool(depth & 0x80)
    if bits > 16:
        raise UnsupportedError(f"A JPEG 2000 picture of {bits} bits cannot be read.", "Convert it.")
    dtype = ("i" if signed else "u") + ("2" if bits > 8 else "1")
    whole = 16 if bits > 8 else 8
    return PictureHeader(
        right - left, bottom - top, samples, dtype, whole, facts=(("Bit depth", str(bits)),)
    )


HEADERS: dict[str, Callable[[bytes], PictureHeader]] = {
    "PNG": png,
    "JPEG": jpeg,
    "WebP": webp,
    "BMP": bmp,
    "GIF": gif,
    "JPEG 2000": jp2,
}
"""What reads the header of each format, by the format's name."""
