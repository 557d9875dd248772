"""Puts the planes of an image together: storage description, chunk index, content identity."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError
from store.importing.parsed import ParsedBlock, ParsedFile, ParsedImage
from store.importing.stored_plane import StoredPlane
from store.models.enums import PixelType
from store.pixels.codecs import Encoding
from store.pixels.index import PlaneChunks, pack, planes_per_block
from store.pixels.source import PixelsShape

if TYPE_CHECKING:
    from ome_types.model import Image

MAX_PLANES = 1_000_000
TYPES = {
    "b1": PixelType.BIT,
    "i1": PixelType.INT8,
    "i2": PixelType.INT16,
    "i4": PixelType.INT32,
    "i8": PixelType.INT64,
    "u1": PixelType.UINT8,
    "u2": PixelType.UINT16,
    "u4": PixelType.UINT32,
    "u8": PixelType.UINT64,
    "f2": PixelType.HALF,
    "f4": PixelType.FLOAT,
    "f8": PixelType.DOUBLE,
    "c8": PixelType.COMPLEX,
    "c16": PixelType.DOUBLE_COMPLEX,
}
"""Types of samples as OME names them, by kind and bytes."""


@dataclass(frozen=True, slots=True)
class PlacedPlane:
    """Where one plane, or the samples of one pixel together, lie."""

    file: int
    page: StoredPlane
    piece: int = 0
    """Slice of a volume page."""
    shift: int = 0
    """Bytes that the plane lies further back than the page says (stacks without IFDs)."""


type PlaneOfLevel = Callable[[int, int, int, int], PlacedPlane | None]
"""(level, t, group of samples, z) to where the plane lies; none if it was never written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The planes of one image."""

    size_t: int
    groups: int
    """Channels, counting the samples of a pixel once."""
    size_z: int
    first: PlacedPlane
    """Any plane that was written: it says what all others have to be like."""
    level_count: int
    plane: PlaneOfLevel

    @property
    def shape(self) -> PixelsShape:
        """Sizes of the image; each sample counts as a channel."""
        page = self.first.page
        channels = self.groups * page.samples
        return PixelsShape(self.size_t, channels, self.size_z, page.height, page.width)


@dataclass(frozen=True, slots=True)
class Stored:
    """How the samples of one image are stored, as `store.pixels` reads them."""

    shape: PixelsShape
    pixel_type: PixelType
    storage: dict[str, Any]
    """With the reader, its version, the type of the samples, and the sizes of levels."""
    blocks: tuple[ParsedBlock, ...]
    samples: int | None = None
    """Samples of a pixel that are one channel; none if what is said of the image tells."""
    bits: int | None = None
    """Significant bits of a sample, where fewer than its type has."""


def pixel_type(encoding: Encoding) -> PixelType:
    """The type of samples as OME names it.

    Raises:
        UnsupportedError: There is no name for it.
    """
    if encoding.bits == 1:
        return PixelType.BIT
    try:
        return TYPES[encoding.dtype]
    except KeyError:
        raise UnsupportedError(
            f"Samples of type {encoding.dtype} cannot be read.", "Convert the file."
        ) from None


def stack(
    size_t: int,
    size_c: int,
    size_z: int,
    first: StoredPlane,
    step: int,
    number: Callable[[int, int, int], int],
    file: int = 0,
) -> Layout:
    """A layout of planes of the same size that follow each other.

    Args:
        size_t: Time points.
        size_c: Channels.
        size_z: Optical sections.
        first: The first plane in the file.
        step: Bytes from one plane to the next.
        number: (t, c, z) to the number of the plane in the file.
        file: Number of the file in its set.
    """

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        return PlacedPlane(file, first, shift=number(t, group, z) * step)

    return Layout(size_t, size_c, size_z, PlacedPlane(file, first), 1, plane)


def image(
    layout: Layout,
    series: int,
    ome: "Image | str",
    files: Sequence[ParsedFile],
    rgb: bool,
) -> ParsedImage:
    """Index all chunks of an image.

    Args:
        layout: Where its planes lie.
        series: Number of the image within the fileset, from 0.
        ome: Its name, or what has the name: all else that is said about the image goes into
            `ParsedFileset.document`.
        files: Of the fileset, in the order in which planes count them.
        rgb: The samples of a pixel are colours.

    Raises:
        UnreadableFileError: A plane is not like the others.
        UnsupportedError: There are too many planes.
    """
    shape = layout.shape
    check_planes(shape)
    levels: list[dict[str, Any]] = []
    blocks: list[ParsedBlock] = []
    for level in range(layout.level_count):
        described, packed = _level(layout, level)
        levels.append(described)
        blocks += packed
    encoding = layout.first.page.encoding
    storage = {"reader": "tiff", "version": 1, "dtype": encoding.dtype, "levels": levels}
    bits = encoding.bits if 1 < encoding.bits < 32 and encoding.bits % 8 else None
    samples = layout.first.page.samples
    stored = Stored(shape, pixel_type(encoding), storage, tuple(blocks), samples, bits)
    return stored_image(stored, series, ome, files, rgb)


def stored_image(
    stored: Stored, series: int, ome: "Image | str", files: Sequence[ParsedFile], rgb: bool
) -> ParsedImage:
    """An image whose samples are described already.

    Raises:
        UnsupportedError: There are too many planes.
    """
    check_planes(stored.shape)
    return ParsedImage(
        series=series,
        name=(ome if isinstance(ome, str) else ome.name) or "",
        pixel_type=stored.pixel_type.value,
        shape=stored.shape,
        rgb=rgb,
        content_id=_content_id(files, stored.storage, stored.blocks),
        storage=stored.storage,
        blocks=stored.blocks,
        samples=stored.samples,
        significant_bits=stored.bits,
    )


def check_planes(shape: PixelsShape) -> None:
    """Refuse what no image has, before anything is built for each plane.

    Raises:
        UnsupportedError: There are more than `MAX_PLANES`.
    """
    if shape.planes > MAX_PLANES:
        raise UnsupportedError(
            f"An image of {shape.planes} planes has more than {MAX_PLANES}.", "Split the file."
        )


def _level(layout: Layout, level: int) -> tuple[dict[str, Any], list[ParsedBlock]]:
    like = next(
        placed for placed in (layout.plane(level, *at) for at in _positions(layout)) if placed
    ).page
    encodings: dict[Encoding, int] = {like.encoding: 0}
    per_block = planes_per_block(like.chunks_of_plane)
    blocks: list[ParsedBlock] = []
    waiting: list[PlaneChunks] = []
    done = 0
    for plane in _plane_chunks(layout, level, like, encodings):
        waiting.append(plane)
        if len(waiting) == per_block:
            blocks.append(ParsedBlock(level, done, len(waiting), pack(waiting)))
            done += len(waiting)
            waiting = []
    if waiting:
        blocks.append(ParsedBlock(level, done, len(waiting), pack(waiting)))
    stored = {
        "width": like.width,
        "height": like.height,
        "planes_per_block": per_block,
        "encodings": [encoding.to_json() for encoding in encodings],
    }
    return stored, blocks


def _positions(layout: Layout) -> Iterator[tuple[int, int, int]]:
    for t in range(layout.size_t):
        for group in range(layout.groups):
            for z in range(layout.size_z):
                yield t, group, z


def _plane_chunks(
    layout: Layout, level: int, like: StoredPlane, encodings: dict[Encoding, int]
) -> Iterator[PlaneChunks]:
    """The chunks of all planes of a level, in the order of their numbers."""
    nothing = np.zeros(like.chunks_of_plane, np.uint64)
    for t in range(layout.size_t):
        for group in range(layout.groups):
            stack = [layout.plane(level, t, group, z) for z in range(layout.size_z)]
            for placed in stack:
                if placed is not None:
                    _check_alike(placed.page, like)
                    encodings.setdefault(placed.page.encoding, len(encodings))
            for sample in range(like.samples):
                for placed in stack:
                    if placed is None:
                        yield PlaneChunks(0, 0, 0, nothing, nothing)
                        continue
                    encoding = encodings[placed.page.encoding]
                    yield placed.page.plane(
                        placed.file, encoding, sample, placed.piece, placed.shift
                    )


def _check_alike(page: StoredPlane, like: StoredPlane) -> None:
    if page is like:
        return
    found = (page.width, page.height, page.samples, page.encoding.dtype)
    wanted = (like.width, like.height, like.samples, like.encoding.dtype)
    if found != wanted:
        raise UnreadableFileError(
            f"Page {page.number} has {page.width} x {page.height} pixels of {page.samples} "
            f"{page.encoding.dtype}, other planes of the image {like.width} x {like.height} of "
            f"{like.samples} {like.encoding.dtype}.",
            "The metadata of the file does not fit its pages; write the file anew.",
        )


def _content_id(
    files: Sequence[ParsedFile], storage: dict[str, Any], blocks: Sequence[ParsedBlock]
) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.size}\0{file.mtime_ns}\0".encode())
    digest.update(json.dumps(storage, sort_keys=True).encode())
    for block in blocks:
        digest.update(f"{block.level}:{block.first_plane}:{len(block.data)}:".encode())
        digest.update(block.data)
    return digest.hexdigest()
