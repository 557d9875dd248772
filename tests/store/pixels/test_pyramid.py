import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from render.downsample import halve
from store.errors import InvalidInputError
from store.pixels.derived import CHUNK, ChunkPlace, DerivedArray, DerivedStore
from store.pixels.pyramid import derived_levels
from store.pixels.repository import Repository
from store.pixels.source import Level, PixelsShape, Region
from tests.images import make_image, open_images, values_of, write_ome, write_pages


def halved(image: np.ndarray, times: int) -> np.ndarray:
    for _ in range(times):
        planes = image.reshape(-1, *image.shape[3:])
        halves = [halve(plane) for plane in planes]
        image = np.stack(halves).reshape(*image.shape[:3], *halves[0].shape)
    return image


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((512, 512), []),
        ((513, 100), [(257, 50)]),
        ((3000, 1001), [(1500, 501), (750, 251), (375, 126)]),
        ((1, 1), []),
    ],
)
def test_levels_are_halved_until_they_are_thumbs(
    size: tuple[int, int], wanted: Sequence[tuple[int, int]]
) -> None:
    levels = derived_levels(Level(*size, 64, 64))

    assert [(level.width, level.height) for level in levels] == wanted


@pytest.mark.parametrize(
    "options",
    [{"tile": (64, 64), "compression": "zlib"}, {"rowsperstrip": 1, "compression": "zlib"}],
    ids=["tiles", "strips of a row"],
)
@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_derived_levels_are_means_of_the_level_above(
    dtype: str, options: dict[str, Any], tmp_path: Path
) -> None:
    image = make_image((1, 2, 2, 1100, 1300), dtype)
    path = write_ome(tmp_path / "large.ome.tif", image, **options)
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    assert len(source.levels) == 3
    for level in (2, 1):
        np.testing.assert_array_equal(values_of(source, level), halved(image, level))


def test_a_wide_image_in_strips_is_halved_by_bands(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 300, 5000), np.uint16)
    path = write_pages(tmp_path / "wide.tif", image, rowsperstrip=16, compression="zlib")
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source, 1), halved(image, 1))
    np.testing.assert_array_equal(values_of(source, 4), halved(image, 4))


def test_derived_levels_are_kept_as_zarr(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 700, 1100), np.uint16)
    path = write_pages(tmp_path / "large.tif", image)
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    values_of(source, 1)
    (described,) = (tmp_path / "derived").glob("*/1/zarr.json")
    array: Any = zarr.open_array(described.parent, mode="r")

    assert array.shape == (1, 1, 1, 350, 550)
    np.testing.assert_array_equal(np.asarray(array[...]), halved(image, 1))
    assert json.loads(described.read_text())["dimension_names"] == ["t", "c", "z", "y", "x"]


@pytest.mark.parametrize("dtype", ["u1", "i8", "f2", "f8", "c8", "c16"])
def test_every_type_is_kept_as_zarr(dtype: str, tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 40, 600), dtype)
    path = write_pages(tmp_path / "large.tif", image)
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    values = values_of(source, 1)
    (described,) = (tmp_path / "derived").glob("*/1/zarr.json")

    np.testing.assert_array_equal(np.asarray(zarr.open_array(described.parent)[...]), values)


def test_what_was_kept_is_not_made_again(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 600, 600), np.uint16)
    path = write_pages(tmp_path / "large.tif", image)
    (first,) = open_images(path, Repository(tmp_path / "derived"))
    wanted = values_of(first, 1)
    (again,) = open_images(path, Repository(tmp_path / "derived"))
    path.rename(tmp_path / "elsewhere.tif")

    np.testing.assert_array_equal(values_of(again, 1), wanted)


@pytest.mark.parametrize("damage", [b"", b"damaged", b"\x28\xb5\x2f\xfd" + bytes(20)])
def test_a_damaged_derived_chunk_is_made_again(damage: bytes, tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 600, 600), np.uint16)
    path = write_pages(tmp_path / "large.tif", image)
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    wanted = values_of(source, 1)
    (chunk,) = (tmp_path / "derived").glob("*/1/c/0/0/0/0/0")
    chunk.write_bytes(damage)
    (again,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(again, 1), wanted)


def test_levels_are_served_when_they_cannot_be_kept(tmp_path: Path) -> None:
    image = make_image((1, 1, 1, 600, 600), np.uint16)
    path = write_pages(tmp_path / "large.tif", image)
    (tmp_path / "derived").write_text("a file where the folder should be")
    (source,) = open_images(path, Repository(tmp_path / "derived"))

    np.testing.assert_array_equal(values_of(source, 1), halved(image, 1))


def test_the_longest_unused_chunks_go_when_the_disk_budget_is_used_up(tmp_path: Path) -> None:
    store = DerivedStore(tmp_path, budget_bytes=3_000_000)
    shape = PixelsShape(1, 1, 9, 1024, 1024)
    array = DerivedArray("id", 1, Level(512, 512, CHUNK, CHUNK), shape, np.dtype("u2"))
    noise = np.random.default_rng(1).integers(0, 65536, (CHUNK, CHUNK), np.uint16)
    for z in range(9):
        store.write(array, ChunkPlace(0, 0, z, 0, 0), noise)
    kept = [z for z in range(9) if store.read(array, ChunkPlace(0, 0, z, 0, 0)) is not None]

    assert 2 <= len(kept) <= 5
    assert kept == list(range(9 - len(kept), 9))


def test_what_is_being_built_stays_whatever_the_budget(tmp_path: Path) -> None:
    store = DerivedStore(tmp_path, budget_bytes=1_000_000)
    shape = PixelsShape(1, 1, 9, 1024, 1024)
    array = DerivedArray("id", 1, Level(512, 512, CHUNK, CHUNK), shape, np.dtype("u2"))
    noise = np.random.default_rng(1).integers(0, 65536, (CHUNK, CHUNK), np.uint16)
    first = ChunkPlace(0, 0, 0, 0, 0)
    with store.building("id", first):
        for z in range(9):
            store.write(array, ChunkPlace(0, 0, z, 0, 0), noise)

        assert store.read(array, first) is not None
    for z in range(9):
        store.write(array, ChunkPlace(0, 0, z, 0, 0), noise)

    assert store.read(array, first) is None
    assert sum(path.stat().st_size for path in tmp_path.rglob("c/**/*") if path.is_file()) < 2**20


def test_many_threads_ask_for_derived_levels_at_once(tmp_path: Path) -> None:
    image = make_image((1, 3, 1, 1500, 1500), np.uint8)
    path = write_ome(tmp_path / "large.ome.tif", image, tile=(256, 256))
    (source,) = open_images(path, Repository(tmp_path / "derived", chunk_budget_bytes=2**20))
    wanted = {level: halved(image, level) for level in (1, 2)}

    def is_right(number: int) -> bool:
        level, c = 2 - number % 2, number % 3
        size = source.levels[level]
        got = source.read_channels(level, 0, [c], 0, Region(0, 0, size.width, size.height))
        return np.array_equal(got[0], wanted[level][0, c, 0])

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(is_right, range(18)))


def test_a_region_of_a_derived_level_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "large.tif", make_image((1, 1, 1, 600, 600), np.uint8))
    (source,) = open_images(path, Repository(tmp_path / "derived"))
    with pytest.raises(InvalidInputError):
        source.read(1, 0, 0, 0, Region(0, 0, 301, 300))
    with pytest.raises(InvalidInputError):
        source.read(1, 0, 0, 1, Region(0, 0, 300, 300))
    with pytest.raises(InvalidInputError):
        source.read(1, 0, 0, 0, Region(0, 0, 300, 300), out=np.empty((1, 1), np.uint8))
