"""JPEG tiles of TIFF files as pictures of their own: the stored bytes, with what they share."""

from functools import lru_cache

from store.pixels.codecs import Encoding, Stored

_START, _END = b"\xff\xd8", b"\xff\xd9"
_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""Adobe's marker, version 100, that says that colours are not transformed."""
_COMPRESSION = 7
_SPACE_RGB = 2
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what every browser shows."""
_SCAN = 0xDA
_MARKS_OF_COLOURS = frozenset({0xE0, 0xEE})


def has_pictures(encoding: Encoding) -> bool:
    """Whether chunks may be handed out as they are: 8-bit colours, one JPEG stream a tile."""
    return (
        encoding.compression == _COMPRESSION
        and encoding.dtype == "u1"
        and (encoding.samples, encoding.slices, encoding.bits) == (3, 1, 8)
        and encoding.tiled
        and not encoding.fragmented
        and encoding.jpeg_outcolorspace == _SPACE_RGB
        and encoding.jpeg_colorspace in (None, _SPACE_RGB)
    )


def picture_of(encoding: Encoding, data: Stored) -> bytes | None:
    """Return a stored chunk as a complete JPEG picture, its samples untouched.

    Args:
        encoding: One that `has_pictures`.
        data: The chunk as stored: a stream of its own, or one that leaves its tables to the file.

    Returns:
        The file's tables and the chunk's stream, joined; colours that are RGB without a transform
        get the marker that says so. None for what a browser might show otherwise than `decode`
        does: another size or number of components, no end, or a marker of another transform.
    """
    tables, in_tables = _tables(encoding.jpeg_tables)
    stream = bytes(data)
    if not (stream.startswith(_START) and stream.rstrip(b"\0").endswith(_END)):
        return None
    if tables and not (tables.startswith(_START) and tables.endswith(_END)):
        return None
    marked = _marked(stream, encoding) | in_tables
    if None in marked:
        return None
    if encoding.jpeg_colorspace != _SPACE_RGB or _says_rgb(stream):
        return b"".join((tables[:-2] or _START, stream[2:]))
    if marked & _MARKS_OF_COLOURS:
        return None
    return b"".join((_START, _RGB, tables[2:-2], stream[2:]))


@lru_cache(maxsize=64)
def _tables(digits: str) -> tuple[bytes, frozenset[int | None]]:
    """Return the tables of a file, and the markers in them; the same for all of its tiles."""
    tables = bytes.fromhex(digits)
    return tables, frozenset(_marked(tables, None))


def _says_rgb(stream: bytes) -> bool:
    """Whether a stream begins with Adobe's marker that colours are not transformed."""
    marker = stream[2:18]
    return marker.startswith(_RGB[:9]) and marker[15:16] == b"\0"


def _marked(stream: bytes, encoding: Encoding | None) -> set[int | None]:
    """Return the markers before the samples; None among them if something is odd.

    Args:
        stream: Whole streams, or tables alone.
        encoding: What the frame must be like; None where there must be no frame.
    """
    found: set[int | None] = set()
    position = 2
    while position + 4 <= len(stream):
        if stream[position] != 0xFF:
            return {None}
        marker = stream[position + 1]
        if marker == _SCAN:
            framed = bool(found & _FRAMES)
            return found if framed and encoding is not None else {None}
        if marker in _FRAMES and not _is_frame(stream, position, encoding):
            return {None}
        if 0xC0 <= marker <= 0xCF and marker not in _FRAMES | {0xC4, 0xCC}:
            return {None}
        found.add(marker)
        position += 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
    return found if encoding is None else {None}


def _is_frame(stream: bytes, position: int, encoding: Encoding | None) -> bool:
    """Whether the frame at a position has 8 bits, the chunk's size and three components."""
    if encoding is None or position + 10 > len(stream):
        return False
    height = int.from_bytes(stream[position + 5 : position + 7], "big")
    width = int.from_bytes(stream[position + 7 : position + 9], "big")
    depth, components = stream[position + 4], stream[position + 9]
    return (depth, components, width, height) == (8, 3, encoding.width, encoding.rows)
