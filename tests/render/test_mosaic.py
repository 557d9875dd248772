import numpy as np
import pytest

from render.downsample import halve, reduced, resize_all, resize_to
from render.errors import SettingsError, UnsupportedPixelTypeError
from render.mosaic import BROKEN, CELL_SIZES, EMPTY, GROUND, blank, cross, fitted, inner_size, place


@pytest.mark.parametrize("cell", CELL_SIZES)
def test_cells_are_marked_and_parted_by_gaps(cell: int) -> None:
    ground = blank(2, 3, cell)
    inner = inner_size(cell)

    assert ground.shape == (2 * cell, 3 * cell, 3)
    assert 0 < cell - inner <= max(1, cell // 64)
    assert (ground[:inner, cell : cell + inner] == EMPTY).all()
    assert (ground[:, inner:cell] == GROUND).all()


@pytest.mark.parametrize("size", [(1, 1), (512, 512), (100, 80), (3, 5000), (40_000, 1)])
@pytest.mark.parametrize("cell", CELL_SIZES)
def test_a_picture_fills_its_cell_and_stays_inside(size: tuple[int, int], cell: int) -> None:
    width, height = fitted(*size, cell)
    ground = blank(2, 2, cell)
    before = ground.copy()
    place(ground, 1, 0, cell, np.full((height, width, 3), 255, np.uint8))
    inner = inner_size(cell)
    inside = ground[cell : cell + inner, :inner]

    assert max(width, height) == inner
    assert (inside == 255).all(axis=2).sum() == width * height
    inside[...] = before[cell : cell + inner, :inner]
    assert np.array_equal(ground, before)


@pytest.mark.parametrize("cell", CELL_SIZES)
def test_a_cross_stays_inside_its_cell(cell: int) -> None:
    ground = blank(2, 2, cell)
    before = ground.copy()
    cross(ground, 0, 1, cell)
    inner = inner_size(cell)
    inside = ground[:inner, cell : cell + inner]

    assert (inside == BROKEN).all(axis=2).sum() >= inner // 2
    assert ((inside == BROKEN).all(axis=2) | (inside == GROUND).all(axis=2)).all()
    inside[...] = before[:inner, cell : cell + inner]
    assert np.array_equal(ground, before)


@pytest.mark.parametrize("size", [(31, 31), (7, 40), (100, 3)])
def test_many_images_are_resized_as_each_alone(size: tuple[int, int]) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (5, 33, 47, 3), np.uint8)
    alone = np.stack([resize_to(picture, *size) for picture in pictures])

    assert np.array_equal(resize_all(pictures, *size), alone)


def test_no_images_cannot_be_resized() -> None:
    with pytest.raises(UnsupportedPixelTypeError):
        resize_all(np.empty((0, 4, 4, 3), np.uint8), 2, 2)
    with pytest.raises(SettingsError):
        resize_all(np.empty((1, 4, 4, 3), np.uint8), 0, 2)


@pytest.mark.parametrize(("side", "size", "times"), [(512, 64, 3), (127, 64, 0), (128, 64, 1)])
def test_a_plane_is_halved_while_it_stays_large_enough(side: int, size: int, times: int) -> None:
    plane = np.random.default_rng(1).integers(0, 65536, (side, side // 3), np.uint16)
    wanted = plane
    for _ in range(times):
        wanted = halve(wanted)

    assert np.array_equal(reduced(plane, size), wanted)
