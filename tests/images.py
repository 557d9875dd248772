"""Makes test images whose every value tells its own position, and writes them as TIFF files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from store.documents.parts import Table
from store.documents.records import Row
from store.edits.described import described
from store.importing.parsed import ParsedFileset, ParsedImage
from store.importing.readers import parse
from store.importing.scan import scan
from store.pixels.repository import PixelsRecord, Repository
from store.pixels.source import ChunkBlockRecord, FileIdentity, PixelSource

type Image = np.ndarray[tuple[int, int, int, int, int], np.dtype[Any]]
"""Shape (T, C, Z, Y, X)."""


def make_image(shape: tuple[int, int, int, int, int], dtype: Any = np.uint16) -> Image:
    """An image, shape (T, C, Z, Y, X), in which each value encodes its own t, c, z, y, x.

    Neighbours along every axis differ, so a wrong plane, a flipped or a swapped axis shows.
    Values wrap at the largest prime that the type holds; floating types add a fraction, complex
    ones an imaginary part, booleans keep one bit.
    """
    wanted = np.dtype(dtype)
    t, c, z, y, x = np.indices(shape, sparse=True)
    code = 1 + x + 7 * y + 101 * z + 1009 * c + 10007 * t + (x * y) % 5
    if wanted.kind == "b":
        return (code // 3 % 2).astype(wanted)
    if wanted.kind in "iu":
        limits = np.iinfo(wanted)
        primes = {1: 251, 2: 65521, 4: 4294967291, 8: 4294967291}
        return (code * 2654435761 % primes[wanted.itemsize] + limits.min).astype(wanted)
    real = code % 2039 + code % 3 / 4
    return (real + 1j * (code % 97) if wanted.kind == "c" else real).astype(wanted)


def write_ome(path: Path, image: Image, **options: Any) -> Path:
    """Write an OME-TIFF with tifffile; options are those of `tifffile.imwrite`."""
    tifffile.imwrite(path, image, ome=True, metadata={"axes": "TCZYX"}, **options)
    return path


def write_imagej(path: Path, image: Image, **options: Any) -> Path:
    """Write an ImageJ hyperstack (T, Z, C, Y, X in the file); uint8, uint16 or float32."""
    stack = image.transpose(0, 2, 1, 3, 4)
    tifffile.imwrite(path, stack, imagej=True, metadata={"axes": "TZCYX"}, **options)
    return path


def write_pages(path: Path, image: Image, **options: Any) -> Path:
    """Write plain pages, one for each time point; the image has one channel and slice."""
    with tifffile.TiffWriter(path, ome=False, **_file_options(options)) as writer:
        for plane in image[:, 0, 0]:
            writer.write(plane, metadata=None, **options)
    return path


def write_rgb(path: Path, image: Image, planar: bool = False, **options: Any) -> Path:
    """Write colour pages, one for each time point; the channels are the samples of a pixel."""
    with tifffile.TiffWriter(path, ome=False, **_file_options(options)) as writer:
        for stack in image[:, :, 0]:
            samples = stack if planar else np.ascontiguousarray(stack.transpose(1, 2, 0))
            config = "separate" if planar else "contig"
            writer.write(samples, photometric="rgb", planarconfig=config, metadata=None, **options)
    return path


def _file_options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options.pop(name) for name in ("bigtiff", "byteorder") if name in options}


def parse_path(path: Path) -> ParsedFileset:
    """Scan one path and parse the one fileset found there."""
    result = scan([path])
    assert len(result.filesets) == 1, result
    return parse(result.filesets[0])


def rows_of(fileset: ParsedFileset, table: Table) -> list[Row]:
    """What the database would keep of a table; foreign keys are numbers of rows."""
    return described(fileset).of(table)


def record_of(fileset: ParsedFileset, image: ParsedImage) -> PixelsRecord:
    """What the database would know of an image's pixels."""

    def load_block(level: int, plane: int) -> ChunkBlockRecord:
        for block in image.blocks:
            inside = block.first_plane <= plane < block.first_plane + block.plane_count
            if block.level == level and inside:
                return ChunkBlockRecord(block.first_plane, block.plane_count, block.data)
        raise LookupError((level, plane))

    files = tuple(FileIdentity(str(file.path), file.size, file.mtime_ns) for file in fileset.files)
    return PixelsRecord(
        image.series, image.content_id, image.shape, image.pixel_type, image.storage, files,
        load_block,
    )  # fmt: skip


def open_images(path: Path, repository: Repository) -> list[PixelSource]:
    """Import a path without a database and open its images."""
    fileset = parse_path(path)
    return [repository.open(record_of(fileset, image)) for image in fileset.images]


def values_of(source: PixelSource, level: int = 0) -> np.ndarray:
    """All values of a level, shape (T, C, Z, Y, X), plane by plane."""
    from store.pixels.source import Region

    size, shape = source.levels[level], source.shape
    whole = Region(0, 0, size.width, size.height)
    values = np.empty((*shape.sizes[:3], size.height, size.width), source.dtype)
    for t, c, z in np.ndindex(*shape.sizes[:3]):
        source.read(level, t, c, z, whole, out=values[t, c, z])
    return values


def regions(width: int, height: int, seeds: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Some rectangles (x, y, width, height) inside a plane, among them whole and single pixels."""
    random = np.random.default_rng(list(seeds))
    found = [(0, 0, width, height), (width - 1, height - 1, 1, 1)]
    for _ in range(6):
        x, y = int(random.integers(width)), int(random.integers(height))
        found.append(
            (x, y, int(random.integers(1, width - x + 1)), int(random.integers(1, height - y + 1)))
        )
    return found
