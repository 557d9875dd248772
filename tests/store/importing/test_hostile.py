"""Damaged and malicious TIFF files, made here: each is readable or a typed error, soon."""

import contextlib
import struct
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.importing.found import FoundFileset
from store.importing.readers import parse
from store.importing.scan import scan
from store.pixels.repository import Repository
from store.pixels.source import Region
from tests.images import make_image, record_of, write_imagej, write_ome, write_rgb

type Tags = dict[int, tuple[int, list[int]]]
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 16: "Q"}


def ifd(tags: Tags, at: int, following: int = 0) -> bytes:
    """A little-endian classic IFD that starts at a place of the file, long values after it."""
    end = at + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for code, (kind, numbers) in sorted(tags.items()):
        data = struct.pack(f"<{len(numbers)}{_CODES[kind]}", *numbers)
        if len(data) <= 4:
            field = data.ljust(4, b"\0")
        else:
            field = struct.pack("<I", end + len(values))
            values += data
        entries += struct.pack("<HHI", code, kind, len(numbers)) + field
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + values


def tiff(tags: Tags, following: int = 0) -> bytes:
    return struct.pack("<2sHI", b"II", 42, 8) + ifd(tags, 8, following)


def page(width: int, height: int, **changes: tuple[int, list[int]]) -> Tags:
    """Tags of a small page of bytes without compression; changes by number as in tag273."""
    tags: Tags = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]),
        273: (4, [8]), 277: (3, [1]), 278: (4, [height]), 279: (4, [width * height]),
    }  # fmt: skip
    return tags | {int(name.removeprefix("tag")): value for name, value in changes.items()}


def loop(_: Path) -> bytes:
    return tiff(page(2, 2), following=8)


def two_page_loop(_: Path) -> bytes:
    first = tiff(page(2, 2), following=1000)
    return first.ljust(1000, b"\0") + ifd(page(2, 2), 1000, following=8)


def chain(_: Path) -> bytes:
    count = 200_000
    tags = {256: (4, [1]), 257: (4, [1])}
    size = len(ifd(tags, 0))
    pages = (ifd(tags, 8 + n * size, 8 + (n + 1) * size) for n in range(count))
    return struct.pack("<2sHI", b"II", 42, 8) + b"".join(pages)


def sub_page_loop(_: Path) -> bytes:
    return tiff(page(2, 2, tag330=(4, [8])))


def huge_strip(_: Path) -> bytes:
    return tiff(page(40_000, 40_000, tag259=(3, [8]), tag279=(4, [100])))


def huge_claim_in_tiles(_: Path) -> bytes:
    side = 16_384
    return tiff(
        page(
            2 * side, 2 * side, tag259=(3, [8]), tag322=(4, [side]), tag323=(4, [side]),
            tag324=(4, [8] * 4), tag325=(4, [20] * 4),
        )
    )  # fmt: skip


def two_billion_pixels_wide(_: Path) -> bytes:
    return tiff(page(2**31 - 1, 2**31 - 1, tag279=(4, [4])))


def beyond_the_end(_: Path) -> bytes:
    return tiff(page(100, 100, tag273=(4, [8]), tag279=(4, [10_000])))


def offsets_beyond_the_end(_: Path) -> bytes:
    return tiff(page(10, 10, tag273=(4, [2**32 - 1])))


def too_few_strips(_: Path) -> bytes:
    return tiff(page(10, 100, tag278=(4, [10])))


def no_rows_in_a_strip(_: Path) -> bytes:
    return tiff(page(10, 10, tag278=(4, [0])))


def tiles_of_no_size(_: Path) -> bytes:
    return tiff(page(10, 10, tag322=(4, [0]), tag323=(4, [0]), tag324=(4, [8]), tag325=(4, [8])))


def no_width(_: Path) -> bytes:
    return tiff(page(0, 10))


def bomb(_: Path) -> bytes:
    stored = bytes(imagecodecs.zlib_encode(bytes(2**24), level=9))
    at = 400
    tags = page(64, 64, tag259=(3, [8]), tag273=(4, [at]), tag279=(4, [len(stored)]))
    return tiff(tags).ljust(at, b"\0") + stored


def zero_bytes(_: Path) -> bytes:
    return b""


def header_alone(_: Path) -> bytes:
    return b"II*\0"


def no_pages(_: Path) -> bytes:
    return b"II*\0\0\0\0\0"


def big_header_alone(_: Path) -> bytes:
    return b"II+\0\x08\0\0\0" + b"\xff" * 8


def text(_: Path) -> bytes:
    return b"This is a letter, and no image.\n" * 100


def cut_png_named_tiff(_: Path) -> bytes:
    return bytes(imagecodecs.png_encode(np.zeros((8, 8), np.uint8)))[:20]  # in its header


def truncated(folder: Path) -> bytes:
    path = write_ome(folder / "whole.ome.tif", make_image((2, 2, 2, 50, 50)))
    return path.read_bytes()[:-300]


def truncated_at_half(folder: Path) -> bytes:
    data = write_ome(folder / "whole.ome.tif", make_image((2, 2, 2, 50, 50))).read_bytes()
    return data[: len(data) // 2]


def imagej_claims_more_planes(folder: Path) -> bytes:
    path = write_imagej(folder / "whole.tif", make_image((4, 1, 1, 20, 20)))
    return path.read_bytes().replace(b"frames=4", b"frames=9").replace(b"images=4", b"images=9")


MAKERS: list[Callable[[Path], bytes]] = [
    loop, two_page_loop, huge_strip, huge_claim_in_tiles, two_billion_pixels_wide,
    beyond_the_end, offsets_beyond_the_end, too_few_strips, no_rows_in_a_strip, tiles_of_no_size,
    no_width, bomb, zero_bytes, header_alone, no_pages, big_header_alone, text, cut_png_named_tiff,
    truncated, truncated_at_half,
]  # fmt: skip


def read_all(path: Path) -> list[str]:
    """Import one file and read a corner of each plane; the messages of what went wrong."""
    result = scan([path])
    problems = [left.reason for left in result.skipped]
    for found in result.filesets:
        try:
            fileset = parse(found)
            for image in fileset.images:
                source = Repository(path.parent / "derived").open(record_of(fileset, image))
                corner = Region(0, 0, min(64, source.shape.x), min(64, source.shape.y))
                for t, c, z in list(np.ndindex(*source.shape.sizes[:3]))[:64]:
                    source.read(0, t, c, z, corner)
        except StoreError as error:
            problems.append(error.message)
    return problems


@pytest.mark.parametrize(
    "maker",
    [*MAKERS, pytest.param(chain, marks=pytest.mark.slow)],
    ids=lambda maker: maker.__name__,
)
def test_a_hostile_file_is_a_typed_error(maker: Callable[[Path], bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.tif"
    path.write_bytes(maker(tmp_path))
    started = time.monotonic()
    tracemalloc.start()
    problems = read_all(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(problems) == 1
    assert problems[0]
    # Only a guard against hanging: five seconds, with much room for a busy machine.
    assert time.monotonic() - started < 25
    assert peak < 300 * 2**20
    with contextlib.suppress(StoreError):
        parse(FoundFileset("TIFF", path, (path,)))


@pytest.mark.parametrize("maker", [sub_page_loop, imagej_claims_more_planes])
def test_a_file_with_a_lie_that_does_not_matter_reads(
    maker: Callable[[Path], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "odd.tif"
    path.write_bytes(maker(tmp_path))

    assert read_all(path) == []


def seeds() -> list[bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = make_image((1, 2, 2, 12, 10), np.uint16)
        colours = make_image((1, 3, 1, 20, 18), np.uint8)
        tiled = folder / "tiled.tif"
        tifffile.imwrite(tiled, make_image((1, 1, 1, 40, 40))[0, 0, 0], tile=(16, 16),
                         compression="zlib", predictor=True, metadata=None)  # fmt: skip
        paths = [
            write_ome(folder / "a.ome.tif", small),
            write_ome(folder / "b.ome.tif", small, bigtiff=True, byteorder=">"),
            write_imagej(folder / "c.tif", small),
            write_rgb(folder / "d.tif", colours, compression="lzw", rowsperstrip=4),
            write_rgb(folder / "e.tif", colours, compression="jpeg", tile=(16, 16)),
            tiled,
        ]
        return [path.read_bytes() for path in paths]


SEEDS = seeds()
mutations = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
)


@pytest.mark.slow
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, len(SEEDS) - 1), changes=mutations, cut=st.none() | st.floats(0, 1))
def test_a_mutant_is_readable_or_a_typed_error(
    seed: int, changes: list[tuple[float, int]], cut: float | None, tmp_path: Path
) -> None:
    data = bytearray(SEEDS[seed])
    for place, value in changes:
        # Most of what can be got wrong is in the first kilobyte: header, IFD, metadata.
        span = len(data) if value % 2 else min(len(data), 1024)
        data[int(place * span)] = value
    if cut is not None:
        del data[int(cut * len(data)) :]
    path = tmp_path / "mutant.tif"
    path.write_bytes(data)

    assert all(read_all(path))
