import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from app.exported import export_things
from render.errors import RenderError
from store.errors import InvalidInputError, NotFoundError
from tests.app.exported import World, imported, write_rich
from tests.images import make_image, write_ome, write_pages


@pytest.fixture
def image(world: World, tmp_path: Path) -> int:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))
    return image


def drawn(world: World, image: int, output: Path, format_: str = "png", **said: str) -> np.ndarray:
    export_things(*world, [("Image", image)], format_, said, output, lambda _: None)
    return np.asarray(Image.open(io.BytesIO(output.read_bytes())).convert("RGB")).astype(int)


def changed(one: np.ndarray, other: np.ndarray) -> tuple[slice, slice]:
    """The rectangle in which two pictures differ."""
    rows, columns = np.nonzero((one != other).any(axis=2))
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


def test_a_picture_has_a_scale_bar_of_a_round_length(
    world: World, image: int, tmp_path: Path
) -> None:
    bare = drawn(world, image, tmp_path / "a.png", bar="none")
    barred = drawn(world, image, tmp_path / "b.png")

    assert bare.shape == (700, 1100, 3)
    rows, columns = changed(bare, barred)
    # 50 µm of pixels of 0.25 µm, with a rim of 1 or 2 pixels on each side.
    assert 200 < columns.stop - columns.start <= 206
    assert rows.start > 550
    assert columns.start > 800


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_scale_bar_and_text_are_where_they_are_wanted(
    world: World, image: int, tmp_path: Path, corner: str
) -> None:
    bare = drawn(world, image, tmp_path / "a.png", bar="none")
    for said in ({"bar": corner}, {"bar": "none", "text": "{name}", "place": corner}):
        rows, columns = changed(bare, drawn(world, image, tmp_path / "b.png", **said))
        assert (rows.stop < 200) == corner.startswith("top")
        assert (columns.stop < 500) == corner.endswith("left")


@pytest.mark.parametrize("format_", ["png", "jpeg", "tiff"])
def test_a_picture_is_a_region_of_a_level_in_every_format(
    world: World, image: int, tmp_path: Path, format_: str
) -> None:
    whole = drawn(world, image, tmp_path / "a.png", level="1", bar="none", z="2", t="2")

    part = drawn(
        world, image, tmp_path / f"b.{format_}", format_,
        level="1", bar="none", z="2", t="2", region="100,50,300,200",
    )  # fmt: skip

    difference = np.abs(part - whole[50:250, 100:400])
    assert difference.max() == 0 if format_ != "jpeg" else difference.mean() < 40


def test_a_tiff_says_how_large_its_pixels_are(world: World, image: int, tmp_path: Path) -> None:
    drawn(world, image, tmp_path / "a.tiff", "tiff", level="1")

    with tifffile.TiffFile(tmp_path / "a.tiff") as file:
        assert file.pages.first.get_resolution("MICROMETER") == pytest.approx((2, 2))


def test_a_projection_and_settings_of_the_address_are_drawn(
    world: World, image: int, tmp_path: Path
) -> None:
    said = {"bar": "none", "c": "1:0-65535.FF0000,-2"}

    one = drawn(world, image, tmp_path / "a.png", z="1", **said)
    most = drawn(world, image, tmp_path / "b.png", p="max", **said)

    assert one[..., 1:].max() == 0
    assert (most[..., 0] >= one[..., 0]).all()
    assert most.sum() > one.sum()


def test_every_image_of_a_dataset_is_a_picture(world: World, tmp_path: Path) -> None:
    paths = [
        write_pages(tmp_path / f"{n}.tif", make_image((1, 1, 1, 60, 80 + n))) for n in range(3)
    ]
    imported(*world, *paths, dataset="cells")

    export_things(*world, [("Dataset", 1)], "png", {}, tmp_path / "out", lambda _: None)

    sizes = {
        path.name: Image.open(io.BytesIO(path.read_bytes())).size
        for path in (tmp_path / "out").iterdir()
    }
    assert sizes == {"0.png": (80, 60), "1.png": (81, 60), "2.png": (82, 60)}


def test_an_image_without_pixel_sizes_has_no_scale_bar(world: World, tmp_path: Path) -> None:
    (image,) = imported(*world, write_ome(tmp_path / "a.ome.tif", make_image((1, 1, 1, 300, 300))))

    bare = drawn(world, image, tmp_path / "a.png", bar="none")

    assert np.array_equal(bare, drawn(world, image, tmp_path / "b.png"))


@pytest.mark.parametrize("said", [
    {"z": "1-2"}, {"z": "4"}, {"size": "100", "level": "1"}, {"bar": "middle"}, {"level": "9"},
    {"region": "1000,0,500,10"}, {"text": "x", "place": "bottom-right"}, {"c": "7"},
])  # fmt: skip
def test_what_cannot_be_drawn_is_said(
    world: World, image: int, tmp_path: Path, said: dict[str, str]
) -> None:
    with pytest.raises((InvalidInputError, RenderError)) as caught:
        drawn(world, image, tmp_path / "out" / "a.png", **said)

    assert getattr(caught.value, "remedy", "")
    assert not (tmp_path / "out" / "a.png").exists()


def test_a_picture_of_nothing_is_not_there(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        drawn(world, 7, tmp_path / "a.png")
