"""Writes CZI files as small as they can be: scenes, mosaics, pyramids, every compression."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import imagecodecs
import numpy as np

from tests.images import Image

_TYPES = {("u1", 1): 0, ("u2", 1): 1, ("f4", 1): 2, ("u1", 3): 3, ("u2", 3): 4}
_COMPRESSIONS = {"none": 0, "lzw": 2, "jpegxr": 4, "zstd0": 5, "zstd1": 6, "hilo": 6}
METADATA = """<ImageDocument><Metadata><Information><Image>
<AcquisitionDateAndTime>2020-01-02T03:04:05Z</AcquisitionDateAndTime>
<ComponentBitCount>12</ComponentBitCount>
<Dimensions><Channels>
<Channel Id="Channel:0" Name="DAPI"><ExcitationWavelength>353</ExcitationWavelength>
<EmissionWavelength>465</EmissionWavelength><Fluor>DAPI</Fluor><Color>#FF0000FF</Color>
<AcquisitionMode>WideField</AcquisitionMode></Channel></Channels>
<S><Scenes><Scene Index="0" Name="A1"/><Scene Index="1" Name="B2"/></Scenes></S></Dimensions>
<ObjectiveSettings><ObjectiveRef Id="Objective:1"/></ObjectiveSettings></Image>
<Instrument><Objectives><Objective Id="Objective:1" Name="Plan 20x"><LensNA>0.8</LensNA>
<NominalMagnification>20</NominalMagnification><Immersion>Air</Immersion></Objective></Objectives>
</Instrument></Information><Scaling><Items><Distance Id="X"><Value>1e-07</Value></Distance>
<Distance Id="Y"><Value>2e-07</Value></Distance></Items></Scaling>
<Layers><Layer><Elements><Rectangle><Geometry><Left>3</Left><Top>4</Top><Width>5</Width>
<Height>6</Height></Geometry></Rectangle><ClosedPolyline><Geometry><Points>1,2 3,4 5,6</Points>
</Geometry></ClosedPolyline></Elements></Layer></Layers></Metadata></ImageDocument>"""
_SUBBLOCK = """<METADATA><Tags><AcquisitionTime>2020-01-02T03:04:{second:02}Z</AcquisitionTime>
<DetectorState>&lt;ExposureTime&gt;250000000&lt;/ExposureTime&gt;</DetectorState>
<StageXPosition>+000000000010.5</StageXPosition></Tags></METADATA>"""


@dataclass(slots=True)
class _File:
    data: bytearray = field(default_factory=lambda: bytearray(544))
    entries: list[bytes] = field(default_factory=list)

    def segment(self, kind: bytes, content: bytes) -> int:
        """Append a segment at a multiple of 32 bytes; where it starts."""
        self.data += bytes(-len(self.data) % 32)
        start = len(self.data)
        self.data += struct.pack("<16sqq", kind, len(content), len(content)) + content
        return start

    def subblock(self, axes: dict[str, tuple[int, int, int]], values: np.ndarray, codec: str,
                 pyramid: int = 0, second: int = 0) -> None:  # fmt: skip
        """Append one rectangle, shape (Y, X) or (Y, X, 3); axes to start, size, stored size."""
        samples = 1 if values.ndim == 2 else values.shape[2]
        stored = _encoded(values, codec)
        metadata = _SUBBLOCK.format(second=second).encode()
        start = len(self.data) + -len(self.data) % 32
        kind = _TYPES[values.dtype.str[1:], samples]
        entry = struct.pack(
            "<2siqiiBB4si", b"DV", kind, start, 0, _COMPRESSIONS[codec], pyramid, 0, b"", len(axes)
        )
        for axis, (first, size, kept) in axes.items():
            entry += struct.pack("<4siifi", axis.encode(), first, size, 0.0, kept)
        head = struct.pack("<iiq", len(metadata), 0, len(stored)) + entry
        head = head.ljust(16 + max(240, len(entry)), b"\0")
        self.segment(b"ZISRAWSUBBLOCK", head + metadata + stored)
        self.entries.append(entry)

    def finish(self, metadata: str, thumbnail: bytes) -> bytes:
        """Append metadata, directories and a thumbnail, and point to them."""
        xml = metadata.encode()
        head = struct.pack("<ii", len(xml), 0).ljust(256, b"\0")
        said = self.segment(b"ZISRAWMETADATA", head + xml)
        head = struct.pack("<i", len(self.entries)).ljust(128, b"\0")
        directory = self.segment(b"ZISRAWDIRECTORY", head + b"".join(self.entries))
        attachments = self._attachment(thumbnail) if thumbnail else 0
        struct.pack_into("<16sqq", self.data, 0, b"ZISRAWFILE", 512, 512)
        struct.pack_into(
            "<4i16s16siqqiq", self.data, 32,
            1, 0, 0, 0, b"a" * 16, b"b" * 16, 0, directory, said, 0, attachments,
        )  # fmt: skip
        return bytes(self.data)

    def _attachment(self, thumbnail: bytes) -> int:
        start = len(self.data) + -len(self.data) % 32
        entry = struct.pack(
            "<2s10sqi16s8s80s", b"A1", b"", start, 0, b"c" * 16, b"JPG", b"Thumbnail"
        )
        head = struct.pack("<i12s", len(thumbnail), b"") + entry
        self.segment(b"ZISRAWATTACH", head.ljust(256, b"\0") + thumbnail)
        head = struct.pack("<i", 1).ljust(256, b"\0")
        return self.segment(b"ZISRAWATTDIR", head + entry)


def write_czi(
    path: Path,
    image: Image,
    codec: str = "none",
    tile: int = 0,
    pyramid: bool = False,
    scenes: int = 1,
    metadata: str = METADATA,
) -> Path:
    """Write a CZI file.

    Args:
        path: Where to.
        image: The image; each scene has it plus the number of the scene.
        codec: none, lzw, jpegxr, zstd0, zstd1 or hilo, which is zstd1 with bytes apart.
        tile: Side of overlapping tiles, at positions that are no multiples of it; 0 for none.
        pyramid: Whether there is a level of half the size, of every other pixel.
        scenes: How many.
        metadata: The XML.
    """
    file = _File()
    for scene in range(scenes):
        for t, c, z in np.ndindex(*image.shape[:3]):
            _add_plane(file, image[t, c, z] + image.dtype.type(scene), (t, c, z, scene), codec,
                       tile, pyramid)  # fmt: skip
    small = np.zeros((8, 9, 3), np.uint8)
    path.write_bytes(file.finish(metadata, bytes(imagecodecs.jpeg_encode(small))))
    return path


def write_czi_colours(path: Path, image: Image, codec: str = "none") -> Path:
    """Write a CZI file whose channels are the red, green and blue of one."""
    file = _File()
    for t, z in np.ndindex(image.shape[0], image.shape[2]):
        values = np.ascontiguousarray(image[t, :, z].transpose(1, 2, 0))
        axes = _axes((t, 0, z, 0), 0, (0, 0), values.shape[:2], 1)
        file.subblock(axes, values, codec)
    path.write_bytes(file.finish(METADATA, b""))
    return path


def _add_plane(
    file: _File, plane: np.ndarray, at: tuple[int, int, int, int], codec: str, tile: int,
    pyramid: bool,
) -> None:  # fmt: skip
    second = at[0] + 10
    for number, (y, x, part) in enumerate(_tiles(plane, tile)):
        axes = _axes(at, number, (y, x), part.shape, 1)
        file.subblock(axes, np.ascontiguousarray(part), codec, second=second)
    if pyramid:
        half = np.ascontiguousarray(plane[::2, ::2])
        axes = _axes(at, 0, (0, 0), plane.shape, 2)
        file.subblock(axes, half, codec, pyramid=1)


def _axes(
    at: tuple[int, int, int, int], number: int, start: tuple[int, int], size: tuple[int, ...],
    scale: int,
) -> dict[str, tuple[int, int, int]]:  # fmt: skip
    (y, x), (height, width) = start, size
    return {
        "X": (x - 7, width, -(-width // scale)),
        "Y": (y + 5, height, -(-height // scale)),
        "Z": (at[2], 1, 1), "C": (at[1], 1, 1), "T": (at[0], 1, 1),
        "S": (at[3], 1, 1), "M": (number, 1, 1),
    }  # fmt: skip


def _tiles(plane: np.ndarray, side: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Rectangles with their first row and column; a wrong one lies below the right ones."""
    height, width = plane.shape
    if not side:
        yield 0, 0, plane
        return
    yield 0, 0, np.full((side, side), 77, plane.dtype)[:height, :width]
    step = side - side // 4
    for y in range(0, height, step):
        for x in range(0, width, step):
            yield y, x, plane[y : y + side, x : x + side]


def _encoded(values: np.ndarray, codec: str) -> bytes:
    stored = values if values.ndim == 2 else values[..., ::-1]
    raw = np.ascontiguousarray(stored).tobytes()
    if codec == "lzw":
        return bytes(imagecodecs.lzw_encode(raw))
    if codec == "jpegxr":
        return bytes(imagecodecs.jpegxr_encode(values, level=1.0))
    if codec == "zstd0":
        return bytes(imagecodecs.zstd_encode(raw))
    if codec == "zstd1":
        return b"\1" + bytes(imagecodecs.zstd_encode(raw))
    if codec == "hilo":
        apart = np.frombuffer(raw, np.uint8).reshape(-1, values.dtype.itemsize).T
        return b"\3\1\1" + bytes(imagecodecs.zstd_encode(np.ascontiguousarray(apart).tobytes()))
    return raw
