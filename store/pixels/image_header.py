"""The size that a compressed picture claims, read from its first bytes without decoding."""

import struct

_JPEGXR_SIZES = (0xBC80, 0xBC81)
"""Tags of width and height."""
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def encoded_size(data: bytes | bytearray | memoryview) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG 2000, JPEG XR or PNG stream claims; none for others."""
    if data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return height, width
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 24:
        right, bottom, left, top = struct.unpack_from(">IIII", data, 8)
        return max(0, bottom - top), max(0, right - left)
    if data[:4] == b"II\xbc\x01" and len(data) >= 8:
        return _jpegxr_size(data)
    return None


def _jpegxr_size(data: bytes | bytearray | memoryview) -> tuple[int, int] | None:
    """Read the two tags of sizes in the directory, which is one as of TIFF."""
    (start,) = struct.unpack_from("<I", data, 4)
    if start + 2 > len(data):
        return None
    (count,) = struct.unpack_from("<H", data, start)
    sizes: dict[int, int] = {}
    for at in range(start + 2, min(start + 2 + 12 * count, len(data) - 11), 12):
        tag, kind = struct.unpack_from("<HH", data, at)
        if tag in _JPEGXR_SIZES:
            sizes[tag] = struct.unpack_from("<H" if kind == 3 else "<I", data, at + 8)[0]
    width, height = (sizes.get(tag, 0) for tag in _JPEGXR_SIZES)
    return (height, width) if height and width else None


def _jpeg_size(data: bytes | bytearray | memoryview) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif 0xD0 <= marker <= 0xD9 or marker == 0x01:
            position += 2
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return (height, width) if height and width else None
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
