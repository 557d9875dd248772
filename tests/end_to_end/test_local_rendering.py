"""The browser colours the picture itself: the same picture, and nothing asked for again."""

import base64
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Request

from tests.end_to_end.conftest import STACK, Served, import_images, serving, stack
from tests.end_to_end.test_first_light import image_named, settle
from tests.render.test_golden_planes import SIZE, TYPES, table, unpacked

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LOCAL = ("gpu", "cpu")
PHOTOGRAPH = "photograph"
EVEN = "even"
"""An image of one grey level that is larger than the window, so that any gap is seen."""
EVEN_LEVEL = 500
ZOOM = 4
# The middle of each square that an image pixel is drawn as, in the middle of the canvas.
PIXELS = """(canvas, { size, zoom }) => {
  const { width, height } = canvas;
  const left = Math.round((width - size * zoom) / 2);
  const top = Math.round((height - size * zoom) / 2);
  const shown = canvas.getContext('2d').getImageData(left, top, size * zoom, size * zoom);
  const found = [];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const at = 4 * ((y * zoom + zoom / 2) * shown.width + x * zoom + zoom / 2);
      found.push(...shown.data.slice(at, at + 3));
    }
  return found;
}"""
GO = """query => {
  history.replaceState(history.state, '', query);
  dispatchEvent(new PopStateEvent('popstate'));
}"""
# Colours of 60 places, gathered in each frame until `stopWatching` is called.
WATCH = """canvas => {
  const pen = canvas.getContext('2d');
  const seen = new Set();
  let running = true;
  const look = () => {
    for (let at = 0; at < 60; at += 1) {
      const x = Math.floor(canvas.width * (at % 10 + 0.5) / 10);
      const y = Math.floor(canvas.height * (Math.floor(at / 10) + 0.5) / 6);
      seen.add(pen.getImageData(x, y, 1, 1).data.join(' '));
    }
    if (running) requestAnimationFrame(look);
  };
  look();
  window.stopWatching = () => { running = false; return [...seen]; };
}"""
# A hand that moves to the right for a second and a half, and never waits for a picture.
RESTLESS = """({ x, y }) => new Promise(resolve => {
  const begun = performance.now();
  const move = () => {
    const passed = performance.now() - begun;
    const place = { clientX: x + passed / 25, clientY: y, pointerId: 1, pointerType: 'mouse' };
    dispatchEvent(new PointerEvent('pointermove', { ...place, bubbles: true, buttons: 1 }));
    if (passed > 1500) resolve();
    else setTimeout(move);
  };
  move();
})"""
WHOLE = "canvas => canvas.toDataURL('image/png').split(',')[1]"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the golden planes, an image for each type, and of the stack of blobs."""
    folder = tmp_path_factory.mktemp("served")
    images = folder / "Golden"
    images.mkdir()
    stack(images / "wandering.ome.tif")
    for dtype in TYPES:
        planes = unpacked(table()["planes"][dtype], dtype, (3, SIZE, SIZE))
        tifffile.imwrite(
            images / f"{dtype}.ome.tif",
            planes,
            ome=True,
            photometric="minisblack",
            metadata={"axes": "CYX", "Name": f"golden {dtype}"},
        )
    tifffile.imwrite(
        images / f"{EVEN}.ome.tif",
        np.full((1500, 2400), EVEN_LEVEL, np.uint16),
        ome=True,
        photometric="minisblack",
        metadata={"axes": "YX", "Name": EVEN},
    )
    photograph = np.add.outer(np.arange(200), np.arange(300)) % 256
    tifffile.imwrite(
        images / f"{PHOTOGRAPH}.tif",
        np.stack([photograph, 255 - photograph, photograph // 2], -1).astype(np.uint8),
        photometric="rgb",
    )
    import_images(folder / "data", images)
    with serving(folder / "data") as server:
        yield server


@pytest.fixture
def asked(page: Page) -> Iterator[list[str]]:
    """Addresses of samples and tiles that the page and its workers ask for."""
    found: list[str] = []

    def note(sent: Request) -> None:
        if urlsplit(sent.url).path.startswith(("/raw/", "/tiles/")):
            found.append(sent.url)

    # Of the context, because workers have no page.
    page.context.on("request", note)
    yield found
    page.context.remove_listener("request", note)


def canvas_pixels(page: Page) -> NDArray[np.int16]:
    """What the canvas shows of an image of 32 by 32 at 400 %, shape (32, 32, 3)."""
    canvas = page.locator("[role=application] canvas").first
    values: list[int] = canvas.evaluate(PIXELS, {"size": SIZE, "zoom": ZOOM})
    return np.array(values, np.int16).reshape(SIZE, SIZE, 3)


def whole_canvas(page: Page) -> NDArray[np.int16]:
    """All that the canvas shows, shape (Y, X, 3)."""
    png: str = page.locator("[role=application] canvas").first.evaluate(WHOLE)
    shown = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return np.asarray(shown).astype(np.int16)


def whole_picture(page: Page) -> None:
    """Wait until everything is drawn in its final form."""
    page.wait_for_selector("[role=application][aria-busy=false]")


def golden_query(case: dict[str, Any], renderer: str) -> str:
    """The address of a case, after its path."""
    place = f"xy={SIZE / 2:g},{SIZE / 2:g}&zm={ZOOM}&nav=0"
    return f"?{place}&c={quote(case['c'], safe='')}&m={case['m']}&renderer={renderer}"


@pytest.mark.parametrize("renderer", ["gpu", "cpu", "server"])
@pytest.mark.parametrize("dtype", TYPES)
def test_golden_planes_are_drawn_within_one_level(
    page: Page, served: Served, renderer: str, dtype: str
) -> None:
    page.goto(image_named(page, served, f"golden {dtype}") + f"?renderer={renderer}")
    whole_picture(page)
    for case in (each for each in table()["cases"] if each["type"] == dtype):
        page.evaluate(GO, golden_query(case, renderer))
        wanted = unpacked(case["picture"], "uint8", (SIZE, SIZE, 3)).astype(np.int16)
        for _ in range(100):
            difference = np.abs(canvas_pixels(page) - wanted).max()
            if difference <= 1:
                break
            page.wait_for_timeout(100)
        assert difference <= 1, case["name"]


@pytest.mark.parametrize("renderer", LOCAL)
def test_window_change_asks_the_server_for_nothing(
    page: Page, served: Served, asked: list[str], renderer: str
) -> None:
    page.goto(image_named(page, served, STACK) + f"?renderer={renderer}")
    before = settle(page)
    assert asked
    assert all(urlsplit(url).path.startswith("/raw/") for url in asked)
    asked.clear()

    page.get_by_role("slider", name="DAPI white point").focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    settle(page, unlike=before)

    assert asked == []


@pytest.mark.parametrize("renderer", LOCAL)
def test_picture_follows_a_hand_that_does_not_rest(
    page: Page, served: Served, renderer: str
) -> None:
    page.goto(image_named(page, served, EVEN) + f"?zm=1&c=1:0-1000.FFFFFF&renderer={renderer}")
    whole_picture(page)
    canvas = page.locator("[role=application] canvas").first
    slider = page.get_by_role("slider", name="white point")
    thumb = slider.locator("xpath=ancestor::*[contains(@class, 'thumb')][1]").bounding_box()
    assert thumb is not None
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    canvas.evaluate(WATCH)
    page.evaluate(RESTLESS, {"x": x, "y": y})
    seen = page.evaluate("stopWatching()")
    page.mouse.up()

    assert len(seen) > 5


@pytest.mark.parametrize("renderer", LOCAL)
def test_pan_after_a_window_change_shows_no_gap_and_no_flash(
    page: Page, served: Served, renderer: str
) -> None:
    address = f"?zm=1&nav=0&renderer={renderer}&c="
    page.goto(image_named(page, served, EVEN) + f"{address}1:0-1000.FFFFFF")
    whole_picture(page)
    page.wait_for_load_state("networkidle")
    canvas = page.locator("[role=application] canvas").first
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    canvas.evaluate(WATCH)

    for end in (2000, 800, 4000):
        page.evaluate(GO, f"{address}1:0-{end}.FFFFFF")
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(20):
            page.mouse.move(x - 8 * step, y - 5 * step)
        page.mouse.up()
        whole_picture(page)
    seen = {tuple(map(int, each.split())) for each in page.evaluate("stopWatching()")}

    greys = {int(EVEN_LEVEL / end * 255 + 0.5) for end in (1000, 2000, 800, 4000)}
    assert {alpha for *_, alpha in seen} == {255}
    assert {grey for grey, *_ in seen} <= {near for grey in greys for near in (grey - 1, grey, grey + 1)}  # fmt: skip


def test_browser_colours_without_being_told_to(
    page: Page, served: Served, asked: list[str]
) -> None:
    page.goto(image_named(page, served, STACK))
    settle(page)

    assert asked
    assert all(urlsplit(url).path.startswith("/raw/") for url in asked)


def test_photograph_comes_as_pictures_until_its_rendering_is_changed(
    page: Page, served: Served, asked: list[str]
) -> None:
    page.goto(image_named(page, served, f"{PHOTOGRAPH}.tif"))
    before = settle(page)
    assert asked
    assert all(urlsplit(url).path.startswith("/tiles/") for url in asked)
    asked.clear()

    page.get_by_role("checkbox", name="Show Red").uncheck(force=True)
    settle(page, unlike=before)

    assert asked
    assert all(urlsplit(url).path.startswith("/raw/") for url in asked)


@pytest.mark.parametrize("renderer", LOCAL)
def test_plane_above_is_fetched_and_shown(
    page: Page, served: Served, asked: list[str], renderer: str
) -> None:
    page.goto(image_named(page, served, STACK) + f"?z=2&renderer={renderer}")
    before = settle(page)

    page.get_by_role("slider", name="Z plane").focus()
    page.keyboard.press("ArrowRight")
    settle(page, unlike=before)

    assert any("/0/2/0/" in urlsplit(url).path for url in asked)


@pytest.mark.parametrize("renderer", LOCAL)
def test_channel_that_is_switched_on_is_all_that_is_fetched(
    page: Page, served: Served, asked: list[str], renderer: str
) -> None:
    page.goto(image_named(page, served, STACK) + f"?c=-2&renderer={renderer}")
    before = settle(page)
    assert {parse_qs(urlsplit(url).query)["c"][0] for url in asked} == {"1,3"}
    asked.clear()

    page.get_by_role("checkbox", name="Show GFP").check(force=True)
    settle(page, unlike=before)

    assert asked
    assert {parse_qs(urlsplit(url).query)["c"][0] for url in asked} == {"2"}


def test_every_renderer_draws_the_same_picture(page: Page, served: Served) -> None:
    address = image_named(page, served, STACK)
    shown: dict[str, NDArray[np.int16]] = {}
    for renderer in ("server", *LOCAL):
        # From 200 % on the server's tiles come without loss.
        page.goto(f"{address}?xy=240,160&zm=4&c=1:200-1000.4D8DFF,3:50-700&renderer={renderer}")
        whole_picture(page)
        shown[renderer] = whole_canvas(page)

    for renderer in LOCAL:
        assert np.abs(shown[renderer] - shown["server"]).max() <= 1


def test_renderer_of_the_address_stays_and_is_no_part_of_the_view(
    page: Page, served: Served
) -> None:
    page.goto(image_named(page, served, STACK) + "?renderer=cpu&z=2")
    settle(page)
    page.get_by_role("slider", name="Z plane").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"\?renderer=cpu$|\?renderer=cpu&z=3$"))

    assert page.get_by_role("alert").count() == 0
