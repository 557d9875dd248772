"""OME-TIFF files: tiled and pyramidal, one page for each plane, written tile by tile."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from store.exporting.cut import Cut, tiles
from store.exporting.samples import tiff_dtype
from store.exporting.tiff_tiles import TAGS, Compression, TileForm
from store.exporting.workers import Workers
from store.pixels.abandoning import go_on
from store.pixels.source import Region

CLASSIC_BYTES = 3 * 2**30
"""More samples than this go into BigTIFF: classic TIFF ends at 4 GiB, compressed or not."""


@dataclass(frozen=True, slots=True)
class TiffOptions:
    """How OME-TIFF files are written."""

    compression: Compression = "zlib"
    tile: int = 512
    """Pixels of each side of a tile: a multiple of 16."""
    quality: int = 90
    """Of JPEG, 1 to 100."""
    pyramid: bool = True
    """Whether smaller versions are written, too."""


def form_of(cut: Cut, options: TiffOptions, *, colours: bool) -> TileForm:
    """Return how tiles of an image are stored.

    Args:
        cut: What is written.
        options: How.
        colours: Whether the channels are the samples of coloured pixels.

    Raises:
        InvalidInputError: The samples cannot be stored so.
    """
    return TileForm(
        dtype=tiff_dtype(cut.dtype),
        samples=cut.shape.c if colours else 1,
        size=options.tile,
        compression=options.compression,
        quality=options.quality,
    )


def write_ome_tiff(
    path: Path,
    cut: Cut,
    document: bytes,
    options: TiffOptions,
    workers: Workers,
    *,
    colours: bool = False,
) -> None:
    """Write one image: a page for each plane in the order XYZCT, smaller versions as SubIFDs.

    Some tiles are in memory at once, whatever the size of the image.

    Args:
        path: The file; one that is there is overwritten.
        cut: What is written.
        document: OME-XML that describes it, UTF-8.
        options: How.
        workers: What reads and compresses.
        colours: Whether the channels are the samples of coloured pixels, in one page.

    Raises:
        InvalidInputError: The samples cannot be stored so.
        UnreadableFileError: The image's file is missing, changed or damaged.
        AbandonedError: Nobody waits any more.
        OSError: The file cannot be written.
    """
    import tifffile  # 3 MB that a server needs for nothing else

    form = form_of(cut, options, colours=colours)
    levels = len(cut.levels) if options.pyramid else 1
    scale = np.dtype(form.dtype).itemsize / cut.dtype.itemsize * 4 / 3
    big = cut.bytes * scale > CLASSIC_BYTES
    first = True
    with tifffile.TiffWriter(path, bigtiff=big, byteorder="<", ome=False) as writer:
        for t, c, z in _pages(cut, colours=colours):
            for level in range(levels):
                go_on()
                size = cut.levels[level].region
                writer.write(
                    _encoded(workers, cut, form, (level, t, c, z), colours=colours),
                    shape=(size.height, size.width, *([form.samples] if colours else [])),
                    description=document if first else None,
                    subifds=levels - 1 if level == 0 and levels > 1 else None,
                    subfiletype=1 if level else 0,
                    **_tags(form, colours=colours),
                )
                first = False


def _pages(cut: Cut, *, colours: bool) -> Iterator[tuple[int, int, int]]:
    """T, C and Z of each page, in the order of the file."""
    shape = cut.shape
    for t in range(shape.t):
        for c in range(1 if colours else shape.c):
            for z in range(shape.z):
                yield t, c, z


def _tags(form: TileForm, *, colours: bool) -> dict[str, Any]:
    jpeg = form.compression == "jpeg"
    return {
        "dtype": form.dtype,
        "photometric": "rgb" if colours else "minisblack",
        "planarconfig": "contig" if colours else None,
        "extrasamples": ["unassalpha"] if form.samples == 4 else None,
        "tile": (form.size, form.size),
        "compression": TAGS[form.compression],
        "subsampling": (1, 1) if jpeg else None,
        "predictor": form.predictor if form.predictor != 1 else None,
        "metadata": None,
        "software": "Micrograph",
        "contiguous": False,
    }


def _encoded(
    workers: Workers, cut: Cut, form: TileForm, place: tuple[int, int, int, int], *, colours: bool
) -> Iterator[bytes]:
    """The tiles of one level of one page, compressed, in the order of the file."""
    level, t, c, z = place

    def encode(part: Region) -> bytes:
        if colours:
            return form.encode(cut.read_colours(level, t, z, part))
        return form.encode(cut.read(level, t, c, z, part))

    size = cut.levels[level].region
    parts = tiles(size.width, size.height, form.size, form.size)
    yield from workers.in_order(encode, parts)
