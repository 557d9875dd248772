"""Images of the benchmarks beside the slide: many channels, many sections, photographs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from render.downsample import halve
from tests.benchmarks.rows import FOLDER
from tests.benchmarks.slide import LEVELS, SIDE, TILE, plane

EIGHT_SIDE = 6144
MANY, MANY_SIDE = 150, 1024
SECTIONS, SECTION_SIDE = 200, 1024
PHOTO_TILE = 256
WORLD_M = 20037508.342789244
"""Half the side of the web's map in metres: tiles of a map server are cut from such files only."""


def eight_channels() -> Path:
    """Return eight channels of 6,144² uint16, zlib, with a pyramid: 144 tiles of 512²."""
    return _made("channels-8.ome.tif", _write_eight)


def many_channels() -> Path:
    """Return 150 channels of 1,024² uint16, zlib."""
    return _made("channels-150.ome.tif", _write_many)


def deep_stack() -> Path:
    """Return 200 sections of 1,024² uint16, zlib."""
    return _made("sections-200.ome.tif", _write_stack)


def gigantic() -> Path:
    """Return one channel of 16,384² uint16, zstd, with a pyramid."""
    return _made("gigantic.ome.tif", _write_gigantic)


def photograph() -> Path:
    """Return an RGB slide of 8,192², JPEG tiles of 256² in YCbCr 4:2:0, with a pyramid."""
    return _made("photograph.tif", _write_photograph)


def rgb16() -> Path:
    """Return the slide's channels as RGB of 16 bits on the web's map: what other servers read."""
    return _made("rgb16.tif", _write_rgb16)


def _made(name: str, write: Callable[[Path], None]) -> Path:
    path = FOLDER / f"picture-1-{name}"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        write(part)
        part.replace(path)
    return path


_TILED: dict[str, Any] = {"tile": (TILE, TILE), "compression": "zlib", "maxworkers": 2}


def _write_eight(path: Path) -> None:
    planes = [plane(c)[:EIGHT_SIDE, :EIGHT_SIDE] for c in range(8)]
    metadata = {"axes": "CYX", "Name": "Eight channels"}
    coding = {**_TILED, "photometric": "minisblack"}
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tif:
        tif.write(np.stack(planes), subifds=LEVELS - 1, metadata=metadata, **coding)
        for _ in range(LEVELS - 1):
            planes = [halve(one) for one in planes]
            tif.write(np.stack(planes), subfiletype=1, metadata=None, **coding)


def _write_gigantic(path: Path) -> None:
    coding: dict[str, Any] = {"tile": (TILE, TILE), "compression": "zstd", "maxworkers": 2}
    current = np.tile(plane(0), (2, 2))
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tif:
        metadata = {"axes": "YX", "Name": "Gigantic"}
        tif.write(current, subifds=LEVELS, metadata=metadata, **coding)
        for _ in range(LEVELS):
            current = halve(current)
            tif.write(current, subfiletype=1, metadata=None, **coding)


def _write_many(path: Path) -> None:
    _write_planes(path, "CYX", _crops(MANY, MANY_SIDE), "150 channels")


def _write_stack(path: Path) -> None:
    _write_planes(path, "ZYX", _crops(SECTIONS, SECTION_SIDE), "200 sections")


def _write_planes(path: Path, axes: str, planes: NDArray[np.uint16], name: str) -> None:
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tif:
        tif.write(planes, metadata={"axes": axes, "Name": name}, **_TILED, photometric="minisblack")


def _crops(count: int, side: int) -> NDArray[np.uint16]:
    """Cut so many squares from one plane, each elsewhere."""
    whole = plane(0)
    places = np.random.default_rng(1).integers(0, SIDE - side, (count, 2))
    return np.stack([whole[y : y + side, x : x + side] for y, x in places])


def _write_photograph(path: Path) -> None:
    levels = [_stained()]
    for _ in range(LEVELS - 1):
        levels.append(np.stack([halve(levels[-1][:, :, k]) for k in range(3)], axis=2))
    _write_levels(
        path,
        iter(levels),
        tile=(PHOTO_TILE, PHOTO_TILE),
        compression="jpeg",
        compressionargs={"level": 85},
        subsampling=(2, 2),
    )


def _stained() -> NDArray[np.uint8]:
    """Return something like stained tissue: three smooth channels with fine noise, bright."""
    channels = []
    for c in range(3):
        values = plane(c).astype(np.float32)
        channels.append(np.clip(240 - values * (0.06 + 0.02 * c), 0, 255).astype(np.uint8))
    return np.stack(channels, axis=2)


def _write_rgb16(path: Path) -> None:
    planes = [plane(c) for c in range(3)]
    scale = 2 * WORLD_M / SIDE
    tags = (
        (33550, "d", 3, (scale, scale, 0.0), True),
        (33922, "d", 6, (0.0, 0.0, 0.0, -WORLD_M, WORLD_M, 0.0), True),
        (34735, "H", 16, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 3857), True),
    )

    def levels() -> Iterator[NDArray[Any]]:
        current = planes
        for _ in range(LEVELS):
            yield np.stack(current, axis=2)
            current = [halve(one) for one in current]

    _write_levels(path, levels(), tags, tile=(TILE, TILE), compression="zlib", predictor=False)


def _write_levels(
    path: Path, levels: Iterator[NDArray[Any]], tags: tuple[Any, ...] = (), **coding: Any
) -> None:
    """Write a pyramid of whole pages, the full one first."""
    with tifffile.TiffWriter(path, bigtiff=True) as tif:
        for number, level in enumerate(levels):
            tif.write(
                level,
                photometric="rgb",
                metadata=None,
                subfiletype=int(number > 0),
                extratags=tags if number == 0 else (),
                maxworkers=2,
                **coding,
            )
