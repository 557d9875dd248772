"""Missing levels of large flat images: what is read, who waits, and what stays when it breaks."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from render.downsample import halve
from store.errors import UnavailableError, UnreadableFileError, UnsupportedError
from store.pixels import pyramid
from store.pixels.files import FileHandles, FileReader
from store.pixels.passes import LevelsBeingMadeError, Pass, Passes, leaving
from store.pixels.repository import Repository
from store.pixels.source import FileIdentity, PixelSource, Region
from tests.images import make_image, open_images, parse_path, write_pages, write_rgb

SIDE = 8192


class CountingHandles(FileHandles):
    """Counts the bytes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()
        self.allowed = threading.Event()
        self.allowed.set()

    def reader(self) -> FileReader:
        return CountingReader(self)


class CountingReader(FileReader):
    """Counts what it reads, once that is allowed."""

    def __init__(self, handles: CountingHandles) -> None:
        super().__init__(handles)
        self._counting = handles

    def read(self, file: FileIdentity, offset: int, length: int) -> memoryview:
        assert self._counting.allowed.wait(60)
        self._counting.counted[file.path] += length
        return super().read(file, offset, length)


@pytest.fixture
def handles() -> CountingHandles:
    return CountingHandles()


@pytest.fixture
def repository(tmp_path: Path, handles: CountingHandles) -> Iterator[Repository]:
    repository = Repository(tmp_path / "derived", handles=handles)
    yield repository
    handles.allowed.set()
    repository.close()


def write_large(path: Path, **options: Any) -> Path:
    """Write an image of 8,192 by 8,192 uint16 in which every place tells its row and column."""
    y, x = np.indices((SIDE, SIDE), np.uint16, sparse=True)
    tifffile.imwrite(path, (y * 7 + x).astype(np.uint16), metadata=None, **options)
    return path


def one(path: Path, repository: Repository) -> PixelSource:
    (source,) = open_images(path, repository)
    return source


def overview(source: PixelSource, c: int = 0, z: int = 0) -> np.ndarray:
    top = len(source.levels) - 1
    level = source.levels[top]
    return source.read(top, 0, c, z, Region(0, 0, level.width, level.height))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"rowsperstrip": SIDE},
        {"rowsperstrip": 13},
        {"rowsperstrip": 24, "compression": "zlib"},
        {"rowsperstrip": 1000, "compression": "lzw", "predictor": 2},
        {"tile": (256, 256), "compression": "zlib"},
        {"tile": (208, 304), "compression": "zlib"},
    ],
    ids=["one strip", "strips", "zlib strips", "large lzw strips", "tiles", "odd tiles"],
)
def test_an_overview_and_the_middle_read_the_file_once(
    options: dict[str, Any], tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    path = write_large(tmp_path / "large.tif", **options)
    source = one(path, repository)
    small = overview(source)
    size = path.stat().st_size
    assert 0.9 * size < handles.counted[str(path)] <= size

    middle = source.read(0, 0, 0, 0, Region(SIDE // 2, SIDE // 2, 256, 256))

    # One strip of a thousand rows is an eighth of the file.
    most = 1.13 if options.get("rowsperstrip") == 1000 else 1.05
    assert handles.counted[str(path)] <= most * size
    y, x = np.indices((256, 256))
    assert np.array_equal(middle, ((SIDE // 2 + y) * 7 + SIDE // 2 + x) % 65536)
    wanted = tifffile.imread(path)
    for _ in range(4):
        wanted = halve(wanted)
    assert np.array_equal(small, wanted)
    before = handles.counted[str(path)]
    for level in range(1, len(source.levels) - 1):
        source.read(level, 0, 0, 0, Region(0, 0, 512, 512))
    assert handles.counted[str(path)] == before


def test_interleaved_colours_are_read_once_for_all_channels(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 3, 1, 1200, 1100), np.uint8)
    path = write_rgb(tmp_path / "colours.tif", image, compression="zlib", rowsperstrip=10)
    source = one(path, repository)
    small = [overview(source, c) for c in range(3)]

    assert handles.counted[str(path)] <= path.stat().st_size
    for c in range(3):
        assert np.array_equal(small[c], halve(halve(image[0, c, 0])))


def test_only_the_plane_asked_for_is_made(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((20, 1, 1, 700, 700), np.uint16)
    path = write_pages(tmp_path / "stack.tif", image)
    source = one(path, repository)
    source.read(1, 7, 0, 0, Region(0, 0, 350, 350))
    made = {chunk.parts[-5] for chunk in (tmp_path / "derived").rglob("c/*/*/*/*/*")}

    assert made == {"7"}
    assert handles.counted[str(path)] <= path.stat().st_size / 20


def test_a_tile_of_an_upper_level_is_made_from_its_own_rows(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 4096, 1024), np.uint16)
    path = write_pages(tmp_path / "tall.tif", image, rowsperstrip=16)
    source = one(path, repository)
    source.read(1, 0, 0, 0, Region(0, 1024, 512, 512))

    assert handles.counted[str(path)] <= path.stat().st_size / 4 + 2**20


@pytest.fixture
def long_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every pass for a long one."""
    monkeypatch.setattr(pyramid, "LONG_BYTES", 0)


@pytest.mark.usefixtures("long_passes")
def test_who_can_leave_is_told_and_the_full_resolution_is_never_held_up(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 1500, 1500), np.uint16)
    path = write_pages(tmp_path / "large.tif", image, compression="zlib", rowsperstrip=16)
    source = one(path, repository)
    source.read(0, 0, 0, 0, Region(0, 0, 16, 16))
    handles.allowed.clear()
    with leaving(frozenset()):
        with pytest.raises(LevelsBeingMadeError) as overview_made:
            overview(source)
        with pytest.raises(LevelsBeingMadeError) as neighbour:
            source.read(1, 0, 0, 0, Region(600, 600, 10, 10))

        assert source.read(0, 0, 0, 0, Region(3, 3, 9, 9)).shape == (9, 9)
        assert not overview_made.value.made.done()
        assert not overview_made.value.made.cancel()
        handles.allowed.set()
        overview_made.value.made.result(60)
        neighbour.value.made.result(60)
        assert np.array_equal(overview(source), halve(halve(image[0, 0, 0])))
        source.read(1, 0, 0, 0, Region(600, 600, 10, 10))

    # The first strips were read once more, for full resolution.
    assert handles.counted[str(path)] <= 1.1 * path.stat().st_size


@pytest.mark.usefixtures("long_passes")
def test_who_waited_in_vain_makes_it_in_place(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 700, 700), np.uint16)
    path = write_pages(tmp_path / "large.tif", image)
    (tmp_path / "derived").write_text("a file where the folder should be")
    source = one(path, Repository(tmp_path / "derived"))
    with leaving(frozenset()), pytest.raises(LevelsBeingMadeError) as unmade:
        overview(source)
    unmade.value.made.result(60)

    with leaving(frozenset({unmade.value.name})):
        assert np.array_equal(overview(source), halve(image[0, 0, 0]))


@pytest.mark.usefixtures("long_passes")
def test_who_cannot_leave_waits_beside_somebody_who_left(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 1500, 1500), np.uint16)
    path = write_pages(tmp_path / "large.tif", image, compression="zlib", rowsperstrip=16)
    source = one(path, repository)
    handles.allowed.clear()
    with ThreadPoolExecutor(1) as pool, leaving(frozenset()):
        for _ in range(20):
            with pytest.raises(LevelsBeingMadeError):
                overview(source)
        patient = pool.submit(overview, source)
        for _ in range(20):
            with pytest.raises(LevelsBeingMadeError):
                overview(source)
        handles.allowed.set()

        assert np.array_equal(patient.result(60), halve(halve(image[0, 0, 0])))


@pytest.mark.usefixtures("long_passes")
def test_many_threads_share_one_pass(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 2048, 2048), np.uint16)
    path = write_pages(tmp_path / "large.tif", image, compression="zlib", rowsperstrip=16)
    source = one(path, repository)
    handles.allowed.clear()
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(overview, source)
        while not repository.passes.running:
            pass
        places = [(x, y) for y in (0, 512) for x in (0, 512)]
        others = [pool.submit(source.read, 1, 0, 0, 0, Region(x, y, 512, 512)) for x, y in places]
        handles.allowed.set()
        small = first.result(60)
        for (x, y), other in zip(places, others, strict=True):
            wanted = halve(image[0, 0, 0])[y : y + 512, x : x + 512]
            assert np.array_equal(other.result(60), wanted)

    assert np.array_equal(small, halve(halve(image[0, 0, 0])))
    assert handles.counted[str(path)] <= path.stat().st_size


def test_what_an_interrupted_pass_has_made_is_not_made_again(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 4096, 1024), np.uint16)
    path = write_pages(tmp_path / "large.tif", image, compression="zlib", rowsperstrip=64)
    with tifffile.TiffFile(path) as file:
        offsets, lengths = file.pages.first.dataoffsets, file.pages.first.databytecounts
    undamaged = path.read_bytes()
    with path.open("r+b") as stream:
        stream.seek(offsets[40])
        stream.write(bytes(lengths[40]))
    damaged = one(path, repository)
    with pytest.raises(UnreadableFileError):
        overview(damaged)
    first = handles.counted[str(path)]
    with pytest.raises(UnreadableFileError):
        overview(damaged)

    assert handles.counted[str(path)] - first < path.stat().st_size / 3
    assert damaged.read(0, 0, 0, 0, Region(0, 0, 9, 9)).shape == (9, 9)
    path.write_bytes(undamaged)
    assert np.array_equal(overview(one(path, repository)), halve(halve(halve(image[0, 0, 0]))))


@pytest.mark.usefixtures("long_passes")
def test_closing_ends_a_pass(
    tmp_path: Path, repository: Repository, handles: CountingHandles
) -> None:
    image = make_image((1, 1, 1, 4096, 1024), np.uint16)
    path = write_pages(tmp_path / "large.tif", image, compression="zlib", rowsperstrip=64)
    source = one(path, repository)
    handles.allowed.clear()
    with leaving(frozenset()), pytest.raises(LevelsBeingMadeError) as unmade:
        overview(source)
    closing = threading.Thread(target=repository.close)
    closing.start()
    while not all(found.stopped for found in repository.passes.running):
        pass
    handles.allowed.set()
    closing.join(60)

    with pytest.raises(UnavailableError):
        unmade.value.made.result(60)
    assert handles.counted[str(path)] < path.stat().st_size
    assert np.array_equal(overview(source), halve(halve(halve(image[0, 0, 0]))))


def test_an_error_of_a_pass_is_for_those_who_began_it() -> None:
    passes = Passes()
    begun, free = threading.Event(), threading.Event()

    def fail(_: Pass) -> np.ndarray:
        begun.set()
        assert free.wait(60)
        raise UnreadableFileError("damaged")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(passes.make, "plane", "a", "mark", fail, long=False)
        assert begun.wait(60)
        second = pool.submit(passes.make, "plane", "b", "mark", fail, long=False)
        free.set()

        assert second.result(60) is None
        with pytest.raises(UnreadableFileError):
            first.result(60)


def test_samples_in_very_many_tiny_chunks_are_refused(
    tmp_path: Path, repository: Repository
) -> None:
    path = write_pages(
        tmp_path / "tiny.tif", np.zeros((1, 1, 1, 2064, 2064), np.uint8), tile=(16, 16)
    )
    source = one(path, repository)
    with pytest.raises(UnsupportedError, match="16 x 16"):
        overview(source)

    assert source.read(0, 0, 0, 0, Region(0, 0, 512, 512)).shape == (512, 512)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((40, 100_000), {"rowsperstrip": 1, "compression": "zlib"}),
        ((40, 100_000), {"rowsperstrip": 1}),
        ((100_000, 40), {"rowsperstrip": 1, "compression": "zlib"}),
        ((100_000, 1), {"rowsperstrip": 1}),
        ((1, 100_000), {"rowsperstrip": 1}),
        ((1500, 1500), {"tile": (16, 16), "compression": "zlib"}),
        ((1500, 1500), {"tile": (16, 4096), "compression": "zlib"}),
        ((1500, 1500), {"tile": (4096, 16), "compression": "zlib"}),
        ((1500, 1500), {"rowsperstrip": 1500, "compression": "zlib"}),
        ((1500, 1500), {"rowsperstrip": 1}),
    ],
)
def test_odd_layouts_are_read_at_every_level(
    shape: tuple[int, int], options: dict[str, Any], tmp_path: Path, repository: Repository
) -> None:
    image = make_image((1, 1, 1, *shape), np.uint16)
    path = write_pages(tmp_path / "odd.tif", image, **options)
    source = one(path, repository)
    wanted = image[0, 0, 0]
    for number, level in enumerate(source.levels):
        region = Region(0, 0, min(512, level.width), min(512, level.height))
        got = source.read(number, 0, 0, 0, region)

        assert np.array_equal(got, wanted[: region.height, : region.width])
        wanted = halve(wanted)


def test_one_huge_strip_without_compression_is_imported_and_one_with_it_is_refused(
    tmp_path: Path, repository: Repository
) -> None:
    flat = tmp_path / "flat.tif"
    values = tifffile.memmap(flat, shape=(9000, 16_000), dtype=np.uint16)
    values[4500, 7000:7010] = 77
    values.flush()
    source = one(flat, repository)

    assert source.read(0, 0, 0, 0, Region(7000, 4500, 10, 1)).tolist() == [[77] * 10]
    packed = tmp_path / "packed.tif"
    strip = bytes(imagecodecs.zlib_encode(np.zeros((9000, 16_000), np.uint16).tobytes(), 1))
    tifffile.imwrite(
        packed,
        iter([strip]),
        shape=(9000, 16_000),
        dtype=np.uint16,
        compression="zlib",
        rowsperstrip=9000,
    )
    with pytest.raises(UnsupportedError, match="tiled"):
        parse_path(packed)
