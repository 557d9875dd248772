"""Reads Leica LIF and LOF: each image a block of memory, whose axes lie as its XML says.

A plane is made of the two axes whose samples lie closest together, so a scan along X and Z is a
picture of X and Z. Further wavelengths are channels, tiles are images of their own.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

from liffile import LifFile

from store.errors import UnreadableFileError, UnsupportedError
from store.importing import lif_metadata
from store.importing.fact_records import parsed_fileset
from store.importing.facts import FoundImage
from store.importing.found import FoundFileset
from store.importing.layout import Layout, PlacedPlane
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import check_sizes, raw_plane
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.source import FileIdentity

MAX_IMAGES = 10_000
_AXES = {
    "1": "X", "2": "Y", "3": "Z", "4": "T", "5": "L", "6": "T", "7": "T", "8": "T", "9": "L",
    "10": "M", "11": "T",
}  # fmt: skip
"""Axes by Leica's number: wavelengths are L, tiles are M; rotations, loops and slices are times."""
_BLUE_GREEN_RED = ("3", "2", "1")

type Element = Any  # of xml.etree, as liffile has parsed it

# liffile reports oddities of files; people learn of those that matter by typed errors.
logging.getLogger("liffile").addHandler(logging.NullHandler())
logging.getLogger("liffile").propagate = False


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """One file holds all its images; see `store.importing.readers.Reader`."""
    return FoundFileset(kind, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one file; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    images = list(images_in(found.master, identity, found.master.name))
    if not images:
        raise UnsupportedError(f"{found.master.name} holds no images.", "Check what was saved.")
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], images)


def images_in(
    path: Path, identity: FileIdentity, name: str, number: int = 0
) -> Iterator[FoundImage]:
    """The images of one LIF or LOF file.

    Args:
        path: The file.
        identity: The same, as it is now.
        name: What the names of the images begin with.
        number: Of the file in its set.
    """
    with LifFile(path, squeeze=False) as file:
        for one in [one for one in file.images if not one.is_flim][:MAX_IMAGES]:
            element = one.xml_element
            memory = element.find("./Memory")
            if memory is not None and memory.get("Size") == "0":
                continue  # an acquisition that was stopped before its first plane
            block = one.memory_block
            title = f"{name} [{one.path or one.name}]"
            if block.frames or block.offset < 1:
                raise UnsupportedError(f"{title}: its samples are in no block of the file.")
            yield from images_of(element, title, InFile(number, block.offset, identity))


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a block of memory."""

    name: str
    size: int
    step: int
    """Bytes from one position to the next."""
    length: float
    """From the first position to the last, in the unit."""
    unit: str

    @property
    def spacing(self) -> float | None:
        """Distance between positions in the unit."""
        return abs(self.length) / (self.size - 1) if self.size > 1 and self.length else None


@dataclass(frozen=True, slots=True)
class Block:
    """How the samples of one image lie in its block of memory."""

    width: Axis
    height: Axis
    outer: tuple[Axis, ...]
    """All other axes, the slowest first."""
    channels: tuple[int, ...]
    """Where the first sample of each group of interleaved samples lies."""
    encoding: Encoding

    def axes(self, name: str) -> tuple[Axis, ...]:
        """Outer axes of a kind: T, L, M, or Z, which all that is left of space is."""
        if name == "Z":
            return tuple(axis for axis in self.outer if axis.name in "XYZ")
        return tuple(axis for axis in self.outer if axis.name == name)

    def size(self, name: str) -> int:
        """Positions along the outer axes of a kind."""
        return prod(axis.size for axis in self.axes(name))

    def place(self, t: int, group: int, z: int) -> int:
        """Where a plane starts; groups are channels, each with all its wavelengths."""
        channel, wave = divmod(group, self.size("L"))
        shift = self.start("T", t) + self.start("Z", z) + self.start("L", wave)
        return shift + self.channels[channel]

    def start(self, name: str, number: int) -> int:
        """Where a position along the axes of a kind starts in the block."""
        found = 0
        for axis in reversed(self.axes(name)):
            number, at = divmod(number, axis.size)
            found += at * axis.step
        return found


class Memory(Protocol):
    """Where the block of memory of an image lies."""

    def layout(self, block: Block, start: int) -> Layout:
        """The planes of an image, or of one of its tiles.

        Args:
            block: How samples lie in the block.
            start: Where the first one lies, from the beginning of the block.
        """
        ...


def images_of(element: Element, name: str, memory: Memory) -> Iterator[FoundImage]:
    """The image that an element describes; of tiles several.

    Args:
        element: With `Data/Image` in it.
        name: Of the image.
        memory: Where its samples lie.

    Raises:
        UnreadableFileError: It makes no sense.
        UnsupportedError: Samples of a type that cannot be read.
    """
    block = _block(element)
    tiles = block.size("M")
    said = lif_metadata.of(element, block)
    for tile in range(tiles):
        title = f"{name} #{tile + 1}" if tiles > 1 else name
        layout = memory.layout(block, block.start("M", tile))
        yield FoundImage(said.facts(title, tile), layout, rgb=block.encoding.samples == 3)


def _block(element: Element) -> Block:
    described = element.find("./Data/Image/ImageDescription")
    if described is None:
        raise UnreadableFileError("An image has no description.")
    axes = sorted(
        (_axis(one.attrib) for one in described.findall("./Dimensions/DimensionDescription")),
        key=lambda axis: axis.step,
    )
    axes = [axis for axis in axes if axis.size > 1 or axis.name in "XY"]
    channels = sorted(
        (dict(one.attrib) for one in described.findall("./Channels/ChannelDescription")),
        key=lambda said: int(said["BytesInc"]),
    )
    if not axes or not channels:
        raise UnreadableFileError("An image has no axes or no channels.")
    dtype, bits = _sample_type(channels)
    samples = _interleaved(axes[0].step, bits // 8, len(channels))
    height = axes[1] if len(axes) > 1 else Axis("Y", 1, axes[0].size * axes[0].step, 0, "")
    check_sizes(axes[0].size, height.size)
    padding = height.step - axes[0].size * axes[0].step
    if padding < 0:
        raise UnreadableFileError("Rows of an image lie over each other.")
    tags = tuple(said.get("ChannelTag", "0") for said in channels)
    encoding = Encoding(
        NONE, dtype, bits, height.size, axes[0].size, samples=samples, padding=padding,
        bgr=samples == 3 and tags == _BLUE_GREEN_RED,
    )  # fmt: skip
    starts = tuple(int(said["BytesInc"]) for said in channels[::samples])
    return Block(axes[0], height, tuple(reversed(axes[2:])), starts, encoding)


def _axis(said: Mapping[str, str]) -> Axis:
    size, step = int(said["NumberOfElements"]), int(said["BytesInc"])
    if size < 1 or step < 0 or (step == 0 and size > 1):
        raise UnreadableFileError(f"An axis has {size} positions that are {step} bytes apart.")
    length = float(said.get("Length") or 0)
    return Axis(_AXES.get(said["DimID"], "T"), size, step, length, said.get("Unit", ""))


def _sample_type(channels: Sequence[Mapping[str, str]]) -> tuple[str, int]:
    """Type and bits of the samples of all channels."""
    found = set()
    for said in channels:
        resolution, letter = int(said["Resolution"]), "uf"[int(said["DataType"])]
        size = next((size for size in (1, 2, 4, 8) if resolution <= 8 * size), 0)
        found.add(f"{letter}{size}")
    if len(found) > 1 or found & {"f1", "u0", "f0"}:
        raise UnsupportedError(
            f"Channels of the types {', '.join(sorted(found))} cannot be read.", "Save them apart."
        )
    (dtype,) = found
    return dtype, 8 * int(dtype[1:])


def _interleaved(step: int, itemsize: int, channels: int) -> int:
    samples, rest = divmod(step, itemsize)
    if rest or samples < 1 or channels % samples:
        raise UnsupportedError(f"Pixels that are {step} bytes apart cannot be read.")
    return samples


@dataclass(frozen=True, slots=True)
class InFile:
    """A block of memory that is one stretch of a file."""

    file: int
    """Its number in the set."""
    offset: int
    """Where the block starts in it."""
    identity: FileIdentity

    def layout(self, block: Block, start: int) -> Layout:
        """The planes of an image; see `Memory.layout`."""
        waves, count = block.size("L"), len(block.channels)
        size_t, size_z = block.size("T"), block.size("Z")
        ends = [
            block.start("T", size_t - 1), block.start("Z", size_z - 1),
            block.start("L", waves - 1), max(block.channels),
        ]  # fmt: skip
        height, offset = block.height.size, self.offset + start
        # The last plane is checked by being made; all others lie before it.
        raw_plane(0, height, offset + sum(ends), block.encoding, self.identity.size)
        first = raw_plane(0, height, offset, block.encoding, self.identity.size)

        def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
            return PlacedPlane(self.file, first, shift=block.place(t, group, z))

        return Layout(size_t, count * waves, size_z, PlacedPlane(self.file, first), 1, plane)
