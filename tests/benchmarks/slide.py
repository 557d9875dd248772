"""The image of the tile benchmark: three channels of 8,192 x 8,192 with a pyramid."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from app.samples.optics import Camera, Exposure
from app.samples.randomness import fill_noise
from render.downsample import halve
from tests.benchmarks.rows import FOLDER

SIDE = 8192
TILE = 512
CHANNELS = 3
LEVELS = 5
_PATCH = 2048
_VERSION = 2


def slide(codec: str) -> Path:
    """Return the image, compressed by a codec; made if it is not there yet.

    256 tiles at full resolution suffice: a round asks for each of them once, and by the time
    one comes again, 768 other chunks have passed the server's cache of 512.

    Args:
        codec: zlib or zstd, at the level that tifffile takes by default.
    """
    path = FOLDER / f"tile-{_VERSION}-{SIDE}-{codec}.ome.tif"
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    coding: dict[str, Any] = {
        "tile": (TILE, TILE),
        "compression": codec,
        "photometric": "minisblack",
        "maxworkers": 2,
    }
    with tifffile.TiffWriter(part, bigtiff=True, ome=True) as tif:
        planes = [plane(c) for c in range(CHANNELS)]
        metadata = {
            "axes": "CYX",
            "Name": f"Tiles by {codec}",
            "PhysicalSizeX": 0.5,
            "PhysicalSizeY": 0.5,
            "Channel": {"Name": ["DAPI", "FITC", "Cy5"]},
        }
        tif.write(np.stack(planes), subifds=LEVELS - 1, metadata=metadata, **coding)
        for _ in range(LEVELS - 1):
            planes = [halve(one) for one in planes]
            tif.write(np.stack(planes), subfiletype=1, metadata=None, **coding)
    part.replace(path)
    return path


def plane(channel: int) -> NDArray[np.uint16]:
    """Return one channel: smooth structure under a camera's noise, which fills half the bits."""
    light = np.empty((_PATCH, _PATCH), np.float32)
    fill_noise(light, 90.0, 4, 500 + 10 * channel)
    light = np.maximum(light - np.float32(0.38), 0) * np.float32(3000) + np.float32(15)
    camera = Exposure(Camera())
    taken = np.empty((SIDE, SIDE), np.uint16)
    for y in range(0, SIDE, _PATCH):
        for x in range(0, SIDE, _PATCH):
            seed = (channel * SIDE + y) * SIDE + x
            taken[y : y + _PATCH, x : x + _PATCH] = camera.take(light, seed)
    return taken
