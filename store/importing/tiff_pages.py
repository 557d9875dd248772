"""The pages (IFDs) of one TIFF file, as facts that can be trusted: sizes, encoding, chunks."""

import logging
import os
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from store.errors import StoreError, UnreadableFileError, UnsupportedError, reason
from store.importing import ome_xml
from store.importing.stored_plane import GROUP_ROWS, MAX_PIXELS_ALONG, StoredPlane, rows_of_strip
from store.pixels.codecs import BYTE_CODECS, CCITT, JPEG, NONE, Encoding, check_supported
from store.pixels.files import identify
from store.pixels.source import FileIdentity

MAX_IFDS = 100_000
_GROUP_BYTES = 4 * 2**20
_OLD_JPEG = 6
_LONGEST_HEADER = 2**16
_DESCRIPTION = 270
_ASCII = 2
_TAG_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_YCBCR = 6
_HEADERS = {
    b"II*\0": ("<I", "<H", 4, 12),
    b"MM\0*": (">I", ">H", 4, 12),
    b"II+\0": ("<Q", "<Q", 8, 20),
    b"MM\0+": (">Q", ">Q", 8, 20),
}
"""Codes of an offset and of a count of entries, place of the first offset, size of an entry."""
_NDPI = ("<Q", "<H", 4, 12)
"""Of Hamamatsu's files, which may be larger than 4 GiB: classic entries, wide offsets."""
_LARGEST_RATIO = {NONE: 1, 32773: 130, 5: 6_000, 8: 2_000, 32946: 2_000, 50013: 2_000}
_ANY_RATIO = 1_000_000
_RATIO_MATTERS_ABOVE = 2**20

# tifffile reports oddities of files; people learn of those that matter by typed errors.
logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False


@dataclass(frozen=True, slots=True)
class Page(StoredPlane):
    """One IFD: the planes that it holds and where their chunks are; numbered in their chain."""

    photometric: int
    extra_samples: tuple[int, ...]
    subfile_type: int
    sub_pages: tuple[int, ...]
    """Offsets of the SubIFDs: smaller versions of this page."""
    description: str
    tags: dict[str, Any]
    """Of the first page: values of the few other tags that metadata comes from."""


class TiffPages:
    """The chain of IFDs of one open TIFF file.

    Attributes:
        identity: The file as it was when it was opened.
        offsets: Where each IFD of the main chain starts.
    """

    def __init__(self, file: tifffile.TiffFile, identity: FileIdentity) -> None:
        self._file = file
        self._encodings: dict[Encoding, Encoding] = {}
        self.identity = identity
        self._deadline = time.monotonic() + 60 + identity.size / 1e8
        layout = _NDPI if file.tiff.is_ndpi else None
        self.offsets = _ifd_offsets(file.filehandle.fileno(), identity, layout)
        self._starts = frozenset(self.offsets)
        if layout is None and _DESCRIPTION in _truncated_tags(
            file.filehandle.fileno(), self.offsets[0], identity
        ):
            raise self._damaged("its description lies beyond its end")

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return Path(self.identity.path).name

    @property
    def description(self) -> str:
        """Text of the first page, where formats keep their metadata."""
        return self._file.pages.first.description

    @property
    def library(self) -> tifffile.TiffFile:
        """The file as tifffile has it, for what it knows of vendors' formats."""
        return self._file

    def is_kind(self, kind: str) -> bool:
        """Whether tifffile takes the file for one of that vendor's kind, such as lsm."""
        try:
            return bool(getattr(self._file, f"is_{kind}", False))
        except Exception:  # noqa: BLE001  tags of wrong types: what reads the page tells of them
            return False

    def tag(self, code: int) -> Any:
        """Value of a tag of the first page; none if it has no such tag."""
        return self._file.pages.first.tags.valueof(code)

    def page(self, number: int) -> Page:
        """One page of the main chain.

        Raises:
            UnreadableFileError: There is no such page, or it is damaged.
            UnsupportedError: Its samples are stored in a way that is not handled.
        """
        if not 0 <= number < len(self.offsets):
            raise UnreadableFileError(
                f"{self.name} has {len(self.offsets)} pages; page {number} is missing.",
                "The file is not complete, or its metadata is of another file.",
                path=self.identity.path,
            )
        return self._page(number, self.offsets[number])

    def sub_page(self, page: Page, number: int) -> Page:
        """A smaller version of a page, by its number among the page's SubIFDs."""
        return self._page(page.number, page.sub_pages[number])

    def page_of(self, found: tifffile.TiffPage | tifffile.TiffFrame) -> Page:
        """One page that tifffile has read, and corrected where a vendor's files are wrong.

        Raises:
            UnreadableFileError: It is damaged.
            UnsupportedError: Its samples are stored in a way that is not handled.
        """
        unread = isinstance(found, tifffile.TiffFrame) and not self._file.is_lsm
        if unread and found.offset in self._starts:  # frames are only taken for like the first
            return self._page(int(found.index), found.offset)
        whole = found.keyframe
        if whole is None:
            raise self._damaged(f"page {found.index} is not like others")
        try:
            own = whole is found
            places = None if own else (found.dataoffsets, found.databytecounts)
            page = _page(whole, int(found.index), self.identity.size, places)
        except StoreError:
            raise
        except Exception as error:  # hostile files raise twenty kinds of exceptions
            raise self._damaged(f"page {found.index}: {reason(error)}") from error
        return replace(page, encoding=self._encodings.setdefault(page.encoding, page.encoding))

    def __iter__(self) -> Iterator[Page]:
        return (self.page(number) for number in range(len(self.offsets)))

    def _page(self, number: int, offset: int) -> Page:
        if time.monotonic() > self._deadline:
            raise self._damaged("reading its pages takes longer than any sound file needs")
        if offset >= self.identity.size:
            raise self._damaged("a page starts beyond its end")
        try:
            if number == 0 and offset == self._file.pages.first.offset:
                found = self._file.pages.first
            else:
                self._file.filehandle.seek(offset)
                found = tifffile.TiffPage(self._file, number)
            page = _page(found, number, self.identity.size)
            page = replace(page, encoding=self._encodings.setdefault(page.encoding, page.encoding))
        except StoreError:
            raise
        except Exception as error:  # hostile files raise twenty kinds of exceptions
            raise self._damaged(f"page {number}: {reason(error)}") from error
        return page

    def _damaged(self, why: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self.name} is damaged: {why}.",
            "Replace it by an undamaged copy.",
            path=self.identity.path,
        )


@contextmanager
def open_pages(path: Path) -> Iterator[TiffPages]:
    """Open a TIFF file to read its pages.

    Raises:
        UnreadableFileError: The file is missing, no TIFF file, or damaged.
    """
    identity = identify(path)
    try:
        file = tifffile.TiffFile(path)
    except Exception as error:  # hostile files raise twenty kinds of exceptions
        raise UnreadableFileError(
            f"{path.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=str(path),
        ) from error
    with _as_content_says(file, path) as checked:
        yield TiffPages(checked, identity)


def ome_description(path: Path) -> str | None:
    """The OME-XML of a TIFF file's first page, read without the other tags.

    Takes a fraction of what `open_pages` does: folders of 100,000 files are looked at.

    Returns:
        None if there is none, or nothing that can be read as simply as that.

    Raises:
        UnreadableFileError: The file is missing, or its pages form no chain.
    """
    identity = identify(path)
    with path.open("rb", buffering=0) as file:
        descriptor = file.fileno()
        header = os.pread(descriptor, 16, 0)
        layout = _HEADERS.get(header[:4])
        first = _number(header, layout[0], layout[2]) if layout else None
        entries = _entries(descriptor, first) if first else ()
        found = next((entry for entry in entries if entry[0] == _DESCRIPTION), None)
        if found is None:
            return None
        _, kind, size, place = found
        whole = place and place + size <= identity.size and size <= ome_xml.MAX_BYTES
        if kind != _ASCII or not whole:
            return None
        try:
            text = os.pread(descriptor, size, place).rstrip(b"\0").decode().strip()
        except UnicodeDecodeError:
            return None
        if not ome_xml.is_ome_xml(text):
            return None
        _ifd_offsets(descriptor, identity)
        return text


def _as_content_says(file: tifffile.TiffFile, path: Path) -> tifffile.TiffFile:
    """The file, opened anew if its name and not its content said whether it is Hamamatsu's."""
    try:
        if bool(file.is_ndpi) == bool(file.tiff.is_ndpi):
            return file
        anew = tifffile.TiffFile(path, is_ndpi=bool(file.is_ndpi))
    except Exception:  # noqa: BLE001  hostile files raise twenty kinds: what follows tells them
        return file
    fits = len(anew.pages) > 0
    (file if fits else anew).close()
    return anew if fits else file


def _ifd_offsets(
    descriptor: int, identity: FileIdentity, known: tuple[str, str, int, int] | None = None
) -> list[int]:
    """Follow the chain of IFDs without reading them; loops and endless chains are refused."""
    header = os.pread(descriptor, 16, 0)
    layout = known or _HEADERS.get(header[:4])
    if layout is None:
        raise _broken(identity, "it does not start as a TIFF file")
    offset_code, count_code, place, entry_size = layout
    offset_size, count_size = struct.calcsize(offset_code), struct.calcsize(count_code)
    offset = _number(header, offset_code, place)
    offsets: list[int] = []
    seen: set[int] = set()
    while offset:
        if offset in seen or len(offsets) >= MAX_IFDS:
            raise _broken(identity, f"its pages form a loop, or are more than {MAX_IFDS}")
        count = _number(os.pread(descriptor, count_size, _position(offset)), count_code, 0)
        if count is None:
            raise _broken(identity, f"page {len(offsets)} starts beyond its end")
        offsets.append(offset)
        seen.add(offset)
        following = offset + count_size + count * entry_size
        data = os.pread(descriptor, offset_size, _position(following))
        offset = _number(data, offset_code, 0)
    if not offsets:
        raise _broken(identity, "it has no pages")
    return offsets


def _truncated_tags(descriptor: int, offset: int, identity: FileIdentity) -> set[int]:
    """Tags of a page whose values lie beyond the end of the file; tifffile leaves them out."""
    entries = _entries(descriptor, offset)
    return {tag for tag, _, size, place in entries if place and place + size > identity.size}


def _entries(descriptor: int, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """The entries of a page: tag, type, bytes of the value, and where it is; 0 if inside."""
    offset_code, count_code, _, entry_size = _HEADERS[os.pread(descriptor, 4, 0)]
    count_size, width = struct.calcsize(count_code), struct.calcsize(offset_code)
    count = _number(os.pread(descriptor, count_size, _position(offset)), count_code, 0) or 0
    data = os.pread(descriptor, min(count, 4096) * entry_size, _position(offset + count_size))
    whole = len(data) // entry_size * entry_size
    entry = f"{offset_code[0]}HH{offset_code[1]}{offset_code[1]}"
    for tag, kind, length, place in struct.iter_unpack(entry, data[:whole]):
        size = length * _TAG_SIZES.get(kind, 1)
        yield tag, kind, size, place if size > width else 0


def _position(offset: int) -> int:
    return min(offset, 2**62)


def _number(data: bytes, code: str, start: int) -> int | None:
    if len(data) < start + struct.calcsize(code):
        return None
    value: int = struct.unpack_from(code, data, start)[0]
    return value


def _broken(identity: FileIdentity, why: str) -> UnreadableFileError:
    name = Path(identity.path).name
    return UnreadableFileError(
        f"{name} is damaged: {why}.", "Replace it by an undamaged copy.", path=identity.path
    )


def _page(
    found: tifffile.TiffPage,
    number: int,
    file_size: int,
    places: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Page:
    encoding = _encoding(found)
    check_supported(encoding)
    _, depth, height, width, _ = found.shaped
    if min(width, height, depth) < 1 or max(width, height, depth) > MAX_PIXELS_ALONG:
        raise UnreadableFileError(f"Page {number} claims {width} x {height} pixels.")
    if found.jpegheader:
        _check_parts(found)
    offsets, lengths = places or (found.dataoffsets, found.databytecounts)
    page = Page(
        number=number,
        width=width,
        height=height,
        depth=depth,
        samples=found.samplesperpixel,
        encoding=encoding,
        offsets=np.array(offsets, np.uint64),
        lengths=np.array(lengths, np.uint64),
        photometric=int(found.photometric),
        extra_samples=tuple(int(kind) for kind in found.extrasamples),
        subfile_type=int(found.subfiletype),
        sub_pages=tuple(found.subifds or ()),
        description=found.description,
        tags=_metadata_tags(found) if number == 0 else {},
    )
    return _grouped(_rechunked(_checked(page, file_size)).decodable())


def _check_parts(found: tifffile.TiffPage) -> None:
    """Refuse a large JPEG picture whose restart markers do not cut it into tiles.

    Raises:
        UnsupportedError: The parts do not fill rows, or their header is no header.
    """
    columns = -(-found.imagewidth // found.tilewidth)
    needed = columns * -(-found.imagelength // found.tilelength)
    spare = columns * found.tilewidth - found.imagewidth
    header = len(found.jpegheader or b"")
    if needed != len(found.dataoffsets) or spare >= found.tilewidth or header > _LONGEST_HEADER:
        raise UnsupportedError(
            f"The {len(found.dataoffsets)} parts between the restart markers of a page are not "
            f"its {needed} tiles of {found.tilewidth} x {found.tilelength} pixels.",
            "Convert the file with the vendor's software.",
        )


def _metadata_tags(found: tifffile.TiffPage) -> dict[str, Any]:
    names = ("XResolution", "YResolution", "ResolutionUnit", "DateTime", "IJMetadata")
    return {name: tag.value for name in names if (tag := found.tags.get(name)) is not None}


def _encoding(found: tifffile.TiffPage) -> Encoding:
    dtype = found.dtype
    bits = found.bitspersample
    if dtype is None or not isinstance(bits, int):
        raise UnsupportedError(
            f"Samples of {bits} bits in TIFF format {found.sampleformat} cannot be read.",
            "Convert the file to a usual type of samples.",
        )
    compression = int(found.compression)
    jpeg = compression in JPEG
    colorspace, outcolorspace = _jpeg_colours(found) if jpeg else (None, None)
    tiled = bool(found.is_tiled)
    return Encoding(
        compression=compression,
        dtype="u1" if dtype.kind == "b" else dtype.str[1:],
        bits=bits,
        rows=found.tilelength if tiled else found.rowsperstrip,
        width=found.tilewidth if tiled else found.imagewidth,
        samples=found.samplesperpixel if int(found.planarconfig) == 1 else 1,
        slices=found.tiledepth if tiled else 1,
        tiled=tiled,
        big_endian=found.parent.byteorder == ">",
        lsb_first=int(found.fillorder) == 2,
        predictor=_predictor(found, compression),
        complex_integers=int(found.sampleformat) == 5,
        fax_options=int(found.tags.valueof(292, 0)) if compression == 3 else 0,
        ycbcr=_stays_ycbcr(found, compression),
        jpeg_tables=found.jpegtables.hex() if jpeg and found.jpegtables else "",
        head=found.jpegheader.hex() if jpeg and found.jpegheader else "",
        jpeg_colorspace=colorspace,
        jpeg_outcolorspace=outcolorspace,
        fill=_fill(found.nodata),
    )


def _fill(nodata: object) -> float:
    return float(nodata) if isinstance(nodata, int | float) and np.isfinite(nodata) else 0


def _predictor(found: tifffile.TiffPage, compression: int) -> int:
    return int(found.predictor) if compression == NONE or compression in BYTE_CODECS else 1


def _stays_ycbcr(found: tifffile.TiffPage, compression: int) -> bool:
    """Colours come out of the codec as luma and chroma."""
    if compression == 33003:
        return found.samplesperpixel == 3 and int(found.planarconfig) == 1
    byte_coded = compression == NONE or compression in BYTE_CODECS
    if not byte_coded or int(found.photometric) != _YCBCR:
        return False
    subsampled = tuple(found.tags.valueof(530, (2, 2))) != (1, 1)
    if subsampled or found.samplesperpixel != 3 or int(found.planarconfig) != 1:
        raise UnsupportedError(
            "Colours stored as luma and chroma of fewer samples cannot be read.",
            "Convert the file to RGB.",
        )
    return True


def _jpeg_colours(found: tifffile.TiffPage) -> tuple[int | None, int | str | None]:
    """Colour space of the stream and of the decoded samples, as libtiff would have them."""
    photometric = int(found.photometric)
    if int(found.planarconfig) != 1:
        return None, 1
    if found.extrasamples:
        return None, None
    if photometric == _YCBCR:
        return None, 2
    if photometric == 2:
        # Streams of Aperio are RGB without saying so; only a JFIF marker tells of YCbCr.
        return (None if found.is_jfif else 2), 2
    if photometric == 5:
        return None, 4
    return None, (tifffile.PHOTOMETRIC(photometric).name if photometric > 3 else None)


def _checked(page: Page, file_size: int) -> Page:
    """The page with exactly the chunks it needs, each wholly inside the file."""
    encoding = page.encoding
    if encoding.compression == _OLD_JPEG:
        raise UnsupportedError("Old-style JPEG in TIFF cannot be read.", "Convert the file.")
    if encoding.rows < 1 or encoding.width < 1 or encoding.slices < 1:
        raise UnreadableFileError("A page has tiles or strips of no pixels.")
    planes = page.samples if page.planar else 1
    needed = page.chunks_of_plane * planes * -(-page.depth // encoding.slices)
    if min(len(page.offsets), len(page.lengths)) < needed:
        raise UnreadableFileError(
            f"Page {page.number} lists {min(len(page.offsets), len(page.lengths))} of its "
            f"{needed} tiles or strips.",
            "Replace the file by an undamaged copy.",
        )
    page = replace(page, offsets=page.offsets[:needed], lengths=page.lengths[:needed])
    _check_inside(page, file_size)
    return page


def _check_inside(page: Page, file_size: int) -> None:
    stored = (page.offsets > 0) & (page.lengths > 0)
    offsets, lengths = page.offsets[stored], page.lengths[stored]
    size = np.uint64(file_size)
    if np.any(offsets >= size) or np.any(lengths > size) or np.any(offsets + lengths > size):
        raise UnreadableFileError(
            f"Page {page.number} has samples beyond the end of the file, "
            f"which is {file_size} bytes long.",
            "The file is not complete: copy it again.",
        )
    ratio = _LARGEST_RATIO.get(page.encoding.compression, _ANY_RATIO)
    decoded = page.decoded_bytes
    if page.encoding.compression in CCITT or decoded < _RATIO_MATTERS_ABOVE or not len(lengths):
        return
    if decoded > int(lengths.max()) * ratio + _RATIO_MATTERS_ABOVE:
        raise UnreadableFileError(
            f"Page {page.number} claims tiles or strips of {decoded >> 20} MiB, "
            "more than its bytes can hold.",
            "Replace the file by an undamaged copy.",
        )


def _rechunked(page: Page) -> Page:
    """Cut or join strips without compression that follow each other into handier ones."""
    encoding = page.encoding
    strips = -(-page.height // encoding.rows)
    if encoding.compression != NONE or encoding.tiled or page.depth > 1:
        return page
    strip_bytes = encoding.rows * encoding.row_bytes
    starts = page.offsets.reshape(-1, strips)
    regular = starts[:, :1] + np.arange(strips, dtype=np.uint64) * np.uint64(strip_bytes)
    needed = np.full(strips, strip_bytes, np.uint64)
    needed[-1] = (page.height - (strips - 1) * encoding.rows) * encoding.row_bytes
    whole = np.all(page.lengths.reshape(-1, strips) >= needed)
    if not whole or not np.all(starts > 0) or not np.array_equal(starts, regular):
        return page
    rows = rows_of_strip(encoding, page.height)
    count = -(-page.height // rows)
    steps = np.arange(count, dtype=np.uint64) * np.uint64(rows * encoding.row_bytes)
    lengths = np.full(count, rows * encoding.row_bytes, np.uint64)
    lengths[-1] = (page.height - (count - 1) * rows) * encoding.row_bytes
    return replace(
        page,
        encoding=replace(encoding, rows=rows),
        offsets=(starts[:, :1] + steps).reshape(-1),
        lengths=np.tile(lengths, len(starts)),
    )


def _grouped(page: Page) -> Page:
    """Read compressed strips of a few rows several at a time."""
    encoding = page.encoding
    if encoding.tiled or encoding.rows >= min(GROUP_ROWS, page.height) or page.depth > 1:
        return page
    row_bytes = encoding.width * encoding.samples * np.dtype(encoding.dtype).itemsize
    rows = max(encoding.rows, min(GROUP_ROWS, _GROUP_BYTES // row_bytes))
    return replace(page, encoding=replace(encoding, group=max(1, rows // encoding.rows)))
