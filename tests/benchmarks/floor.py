"""The least that a tile can cost: a bare loop that decodes its chunks and encodes its colours.

Or, for chunks that are in memory, one that blends and encodes. Run as a process of its own; each
line on its input is a round, answered by one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from render.composite import composite
from render.encode import encode
from render.settings import RenderSettings
from tests.benchmarks.slide import TILE

# The libraries and functions that the server uses for the same bytes.
DECODERS: dict[str, Any] = {
    "zlib": imagecodecs.deflate_decode,
    "zstd": imagecodecs.zstd_decode,
}


@dataclass(frozen=True, slots=True)
class Tile:
    """What a tile is made of: its stored chunks, and the colours that they give."""

    chunks: tuple[bytes, ...]
    planes: tuple[NDArray[np.uint16], ...]
    colours: NDArray[np.uint8]


def load(
    path: Path, codec: str, places: list[tuple[int, int]], settings: RenderSettings
) -> list[Tile]:
    """Read and render tiles, so that the loop need not.

    Args:
        path: The image.
        codec: Its codec.
        places: Column and row of each tile.
        settings: How they are rendered.
    """
    tiles = []
    with tifffile.TiffFile(path) as tif, path.open("rb") as file:
        across = -(-tif.pages.first.imagewidth // TILE)
        for x, y in places:
            chunks, planes = [], []
            for channel in settings.active_channels:
                page = tif.pages[channel]
                assert isinstance(page, tifffile.TiffPage | tifffile.TiffFrame)
                file.seek(page.dataoffsets[y * across + x])
                chunks.append(file.read(page.databytecounts[y * across + x]))
                plane = np.empty((TILE, TILE), np.uint16)
                DECODERS[codec](chunks[-1], out=plane.reshape(-1).view(np.uint8))
                planes.append(plane)
            tiles.append(Tile(tuple(chunks), tuple(planes), composite(planes, settings)))
    return tiles


def decoded(tiles: list[Tile], codec: str, quality: int) -> None:
    """Decode the chunks of tiles into kept memory, and encode their colours."""
    decode = DECODERS[codec]
    kept = [np.empty(TILE * TILE * 2, np.uint8) for _ in tiles[0].chunks]
    for tile in tiles:
        for chunk, buffer in zip(tile.chunks, kept, strict=True):
            decode(chunk, out=buffer)
        encode(tile.colours, "jpg", quality)


def blended(tiles: list[Tile], settings: RenderSettings, quality: int) -> None:
    """Blend the planes of tiles, and encode the colours."""
    for tile in tiles:
        encode(composite(tile.planes, settings), "jpg", quality)


def once(work: Callable[[], None], count: int) -> dict[str, float]:
    """Return processor and wall time of one round, in milliseconds by tile."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    each = 1000.0 / count
    return {
        "cpu_ms": (time.process_time() - cpu) * each,
        "wall_ms": (time.perf_counter() - wall) * each,
    }


def main() -> None:
    """Load what the first line describes, then measure one round for each further line."""
    from render.query import parse_channels
    from render.settings import ChannelSettings, Window

    job = json.loads(sys.stdin.readline())
    base = RenderSettings((ChannelSettings(Window(0, 65535)),) * job["count"])
    settings = parse_channels(job["channels"], base)
    places = [(x, y) for x, y in job["places"]]
    tiles = load(Path(job["path"]), job["codec"], places, settings)
    quality = job["quality"]
    if job["work"] == "decode":
        work = partial(decoded, tiles, job["codec"], quality)
    else:
        work = partial(blended, tiles, settings, quality)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(once(work, len(tiles))), flush=True)


if __name__ == "__main__":
    main()
