"""Reads ordinary pictures: PNG, JPEG, WebP, BMP, GIF, JPEG 2000; each is one chunk."""

import datetime as dt
import struct
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError, reason
from store.importing.clean import moment, originals_of
from store.importing.fact_records import parsed_fileset
from store.importing.facts import Acquired, FoundImage
from store.importing.found import FoundFileset, Skipped
from store.importing.layout import Layout, PlacedPlane
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.picture_headers import HEADERS, PictureHeader
from store.importing.stored_plane import MAX_PIXELS_ALONG
from store.importing.tiff_pages import Page
from store.pixels.codecs import BMP, GIF, Encoding
from store.pixels.files import identify
from store.pixels.source import MAX_DECODED_BYTES

READER = "store.importing.pictures"
_COMPRESSIONS = {"PNG": 34933, "JPEG": 7, "WebP": 50001, "BMP": BMP, "GIF": GIF, "JPEG 2000": 34712}
_FIRST = {
    "PNG": b"\x89", "JPEG": b"\xff", "WebP": b"R", "BMP": b"B", "GIF": b"G", "JPEG 2000": b"\0",
}  # fmt: skip
"""The first byte of a file, which its chunk leaves out."""
_HEAD_BYTES = 8 * 2**20
_TAIL_BYTES = 2**20
_ENDS = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
"""What a whole file has near its end."""
_PRINTED_ABOVE_UM = 20.0
"""Larger pixels are the dots of printers and screens, not of microscopes."""
_RGB = 2
_ORIENTATIONS = {
    2: "mirrored left to right", 3: "turned by 180°", 4: "mirrored top to bottom",
    5: "mirrored and turned by 90°", 6: "turned by 90° clockwise",
    7: "mirrored and turned by 270°", 8: "turned by 90° anticlockwise",
}  # fmt: skip


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The fileset of one picture; see `store.importing.readers.Reader`."""
    if kind == "BMP":
        try:
            _header(path, kind)
        except UnreadableFileError:
            # Two letters are a weak mark: texts begin with them, too.
            return Skipped(path, "not an image")
    return FoundFileset(kind, path, (path,), READER)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one picture's header; see `store.importing.readers.Reader`."""
    path = found.master
    layout, header = picture(path, found.format)
    described = FoundImage(
        Acquired(
            path.name,
            moment=_acquired(header),
            size_x_um=_size(header, 0),
            size_y_um=_size(header, 1),
            originals=[*header.facts, *header.texts, *_exif(header)],
        ),
        layout,
    )
    identity = identify(path)
    file = ParsedFile.of(identity)
    return parsed_fileset(found.format, path.parent, [file], [described])


def picture(path: Path, kind: str, file: int = 0) -> tuple[Layout, PictureHeader]:
    """Where the one chunk of a picture lies, its frames being time points.

    Args:
        path: The file.
        kind: Name of its format.
        file: Its number in the fileset.

    Raises:
        UnreadableFileError: It is damaged.
        UnsupportedError: It is too large to be decoded at once, or of a kind not handled.
    """
    header = _header(path, kind)
    size = path.stat().st_size
    _check_whole(path, kind, size)
    page = _page(header, kind, size, path.name)

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        return PlacedPlane(file, page, piece=t)

    return Layout(header.frames, 1, 1, PlacedPlane(file, page), 1, plane), header


def _header(path: Path, kind: str) -> PictureHeader:
    with path.open("rb") as opened:
        data = opened.read(MAX_DECODED_BYTES if kind == "GIF" else _HEAD_BYTES)
    try:
        header = HEADERS[kind](data)
    except (ValueError, struct.error, IndexError) as error:
        raise _damaged(path, reason(error)) from error
    if not (0 < header.width <= MAX_PIXELS_ALONG and 0 < header.height <= MAX_PIXELS_ALONG):
        raise _damaged(path, f"it claims {header.width} x {header.height} pixels")
    return header


def _check_whole(path: Path, kind: str, size: int) -> None:
    """Refuse a file that was cut off, where its format shows it.

    Raises:
        UnreadableFileError: It was.
    """
    with path.open("rb") as opened:
        head = opened.read(16)
        opened.seek(max(0, size - _TAIL_BYTES))
        tail = opened.read()
    cut = kind in _ENDS and _ENDS[kind] not in tail
    if kind == "WebP":
        cut = int.from_bytes(head[4:8], "little") + 8 > size
    if cut:
        raise _damaged(path, "it ends before its picture does")


def _page(header: PictureHeader, kind: str, size: int, name: str) -> Page:
    pixels = header.frames * header.width * header.height
    decoded = pixels * header.samples * np.dtype(header.dtype).itemsize
    if decoded > MAX_DECODED_BYTES:
        raise UnsupportedError(
            f"{name} decodes to {decoded >> 20} MiB at once, more than "
            f"{MAX_DECODED_BYTES >> 20} MiB.",
            "Convert it to a tiled TIFF, for example with libvips: vips tiffsave IN OUT --tile"
            " --pyramid.",
        )
    encoding = Encoding(
        compression=_COMPRESSIONS[kind],
        dtype=header.dtype,
        bits=header.bits,
        rows=header.height,
        width=header.width,
        samples=header.samples,
        slices=header.frames,
        head=_FIRST[kind].hex(),
        jpeg_outcolorspace=_RGB if kind == "JPEG" and header.samples == 3 else None,
    )
    return Page(
        number=0,
        width=header.width,
        height=header.height,
        depth=header.frames,
        samples=header.samples,
        encoding=encoding,
        offsets=np.ones(1, np.uint64),
        lengths=np.array([size - 1], np.uint64),
        photometric=_RGB if header.samples >= 3 else 1,
        extra_samples=(),
        subfile_type=0,
        sub_pages=(),
        description="",
        tags={},
    )


def _size(header: PictureHeader, axis: int) -> float | None:
    """Width or height of a pixel in micrometres, where it can be that of a microscope."""
    if header.per_metre is None or not header.per_metre[axis]:
        return None
    size = 1e6 / header.per_metre[axis]
    return size if size < _PRINTED_ABOVE_UM else None


def _exif(header: PictureHeader) -> Iterator[tuple[str, str]]:
    """What the camera noted, the orientation in words: pixels are shown as stored."""
    tags = _tags(header)
    for key, value in originals_of({name: tags[name] for name in tags if name != "Orientation"}):
        yield f"EXIF {key}", value
    turned = _ORIENTATIONS.get(_number(tags.get("Orientation")))
    if turned:
        yield "EXIF Orientation", f"to be shown {turned}; here as stored"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _acquired(header: PictureHeader) -> dt.datetime | None:
    tags = _tags(header)
    text = str(tags.get("DateTimeOriginal") or tags.get("DateTime") or "")
    return moment(text, "%Y:%m:%d %H:%M:%S")


def _tags(header: PictureHeader) -> dict[str, object]:
    """EXIF tags by name; none where they are damaged, as they must not keep the picture out."""
    from PIL import ExifTags, Image

    if not header.exif:
        return {}
    found = Image.Exif()
    try:
        found.load(header.exif)
        tags = {**dict(found), **found.get_ifd(ExifTags.IFD.Exif)}
    except Exception:  # noqa: BLE001  EXIF comes damaged in every way
        return {}
    names = ExifTags.TAGS
    return {names[code]: value for code, value in tags.items() if code in names and code != 0x8769}


def _damaged(path: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is damaged: {why}.", "Replace it by an undamaged copy.", path=str(path)
    )
