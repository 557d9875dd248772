"""A person makes a figure, keeps it, opens it again, and takes it away; pixels are compared."""

import io
import re
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from render.settings import ChannelSettings, RenderSettings, Window
from tests import reference
from tests.end_to_end.conftest import STACK, Served, stack
from tests.end_to_end.looks import LOOKS, check_sound, looking
from tests.end_to_end.test_first_light import image_named

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

C = "1:100-2000.FF0000,2:100-2500.00FF00,3:100-3000.0000FF"


def number_of(page: Page, served: Served) -> str:
    return image_named(page, served, STACK).rsplit("/", 1)[1]


def samples(tmp_path: Path) -> NDArray[np.uint16]:
    """What the stack's file holds: shape (T, C, Z, Y, X)."""
    stack(tmp_path / "again.ome.tif")
    values: NDArray[np.uint16] = tifffile.imread(tmp_path / "again.ome.tif")
    return values


def merged(values: NDArray[np.uint16], z: int) -> NDArray[np.uint8]:
    windows = [(2000, (255, 0, 0, 255)), (2500, (0, 255, 0, 255)), (3000, (0, 0, 255, 255))]
    channels = tuple(ChannelSettings(Window(100, end), color=color) for end, color in windows)
    return reference.composite(list(values[0, :, z]), RenderSettings(channels))


def exported(page: Page, format_: str, dpi: int) -> bytes:
    """Export the open figure by its window."""
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_label("Format").select_option(format_)
    field = page.get_by_label("Dots per inch")
    field.fill(str(dpi))
    field.press("Tab")
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()
    content = Path(coming.value.path()).read_bytes()
    page.keyboard.press("Escape")
    return content


def test_channels_are_split_and_printed_from_the_original_pixels(
    page: Page, served: Served, tmp_path: Path
) -> None:
    calls: list[str] = []
    page.on("request", lambda sent: calls.append(urlsplit(sent.url).path))
    page.goto(f"{served.address}/figure?split={number_of(page, served)}&z=3&t=1&c={C}")
    panels = page.get_by_role("button", name="Panel ")
    expect(page.locator("svg [role=button]")).to_have_count(4)
    page.wait_for_load_state("networkidle")
    assert calls.count("/graphql") <= 3

    # 48 millimetres at 254 dots per inch are 480 pixels: one for each of the image.
    page.locator("svg [role=button]").nth(3).click()
    for label, value in (
        ("From the left", "0"),
        ("From above", "0"),
        ("Width", "48"),
        ("Height", "32"),
    ):
        field = page.get_by_label(label, exact=True).first
        field.fill(value)
        field.press("Enter")
    page.get_by_role("checkbox", name="Scale bar", exact=True).uncheck()
    page.get_by_role("button", name="Remove the label").click()
    for _ in range(3):
        page.locator("svg [role=button]").first.focus()
        page.keyboard.press("Delete")
    expect(page.locator("svg [role=button]")).to_have_count(1)
    picture = np.asarray(Image.open(io.BytesIO(exported(page, "png", 254))).convert("RGB"))

    assert np.array_equal(picture[:320, :480], merged(samples(tmp_path), 2))
    assert (picture[:320, 480:] == 255).all()
    assert panels is not None


def test_a_figure_is_made_kept_and_opened_again_by_keyboard(page: Page, served: Served) -> None:
    number = number_of(page, served)
    page.goto(f"{served.address}/i/{number}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Alt+f")
    page.wait_for_url("**/figure?i=*")
    panel = page.locator("svg [role=button]").first
    expect(panel).to_be_visible()
    page.keyboard.press("]")
    expect(panel).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("+")
    expect(page.get_by_label("From the left")).to_have_value("22")
    page.keyboard.press("Control+d")
    expect(page.locator("svg [role=button]")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator("svg [role=button]")).to_have_count(1)
    page.keyboard.press("Control+s")
    page.wait_for_url("**/figure/*")
    expect(page.get_by_text("Saved").first).to_be_visible()

    page.reload()
    expect(page.get_by_label("From the left").or_(panel).first).to_be_visible()
    panel.focus()
    expect(page.get_by_label("From the left")).to_have_value("22")
    page.goto(f"{served.address}/figures")
    expect(page.get_by_role("link", name="New figure").first).to_be_visible()


def test_an_inset_is_framed_and_the_page_is_a_pdf(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/figure?i={number_of(page, served)}")
    page.locator("svg [role=button]").first.click()
    page.get_by_role("button", name="Add an inset").click()
    expect(page.locator("svg [role=button]")).to_have_count(2)
    page.get_by_role("button", name="Add a label").click()
    content = exported(page, "pdf", 150)

    assert content.startswith(b"%PDF-")


def test_an_export_is_made_as_a_job_and_fetched_from_the_tray(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/i/{number_of(page, served)}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Shift+e")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Format").select_option("ome.tiff")
    dialog.get_by_role("button", name="Make it in the background").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Show jobs").click()
    link = page.get_by_role("link", name=re.compile("^Download")).first
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as fetched:
        link.click()
    content = Path(fetched.value.path()).read_bytes()

    assert content[:4] in (b"II*\0", b"II+\0", b"MM\0*", b"MM\0+")


def test_the_part_that_a_panel_shows_is_drawn_by_mouse_and_by_keyboard(
    page: Page, served: Served
) -> None:
    page.goto(f"{served.address}/figure?i={number_of(page, served)}")
    panel = page.locator("svg [role=button]").first
    panel.click()
    page.get_by_role("button", name="Draw", exact=False).click()
    frame = page.get_by_role("application", name="Part of the image")
    expect(frame).to_be_focused()
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.move(box["x"] + box["width"], box["y"] + box["height"], steps=4)
    page.mouse.up()
    expect(frame).to_have_count(0)
    for label, value in (("Left", 240), ("Top", 160), ("Width", 240), ("Height", 160)):
        near = page.get_by_label(label, exact=True).last.input_value()
        assert abs(float(near) - value) <= 2, (label, near)

    page.keyboard.press("Control+z")
    panel.focus()
    page.keyboard.press("c")
    expect(frame).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(frame).to_have_count(0)
    expect(panel).to_be_focused()
    for label, value in (("Left", 96), ("Top", 80), ("Width", 264), ("Height", 160)):
        near = page.get_by_label(label, exact=True).last.input_value()
        assert abs(float(near) - value) <= 1, (label, near)
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    expect(frame).to_have_count(0)


def test_images_are_exported_from_the_viewer(page: Page, served: Served) -> None:
    page.goto(f"{image_named(page, served, STACK)}?z=3&c={C}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Shift+e")
    dialog = page.get_by_role("dialog", name="Export 1 image")
    dialog.get_by_label("Scale bar").select_option("none")
    with page.expect_download(timeout=60_000) as coming:
        dialog.get_by_role("button", name="Export").click()
    picture = np.asarray(Image.open(coming.value.path()).convert("RGB"))

    assert picture.shape == (320, 480, 3)


def test_regions_become_label_images_as_the_dialog_says(page: Page, served: Served) -> None:
    number = number_of(page, served)
    shape = {"kind": "RECTANGLE", "x": 10, "y": 20, "width": 30, "height": 40}
    made = page.request.post(
        f"{served.address}/graphql",
        data={
            "query": "mutation ($items: [ROIInput!]!) { createRois(items: $items) { applied } }",
            "variables": {"items": [{"image": f"Image:{number}", "shapes": [shape]}]},
        },
    ).json()
    assert made["data"]["createRois"]["applied"], made
    page.goto(f"{served.address}/i/{number}")
    page.wait_for_selector("[role=application][aria-busy=false]")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Shift+e")
    dialog = page.get_by_role("dialog", name="Export 1 image")
    expect(dialog.get_by_label("Format")).to_be_visible()
    choice = dialog.get_by_label("Regions as label images")
    expect(choice).to_have_count(0)
    dialog.get_by_label("Format").select_option("ozx")
    expect(choice).to_have_value("masks")
    found = {}
    for labels in ("shapes", "no"):
        choice.select_option(labels)
        with page.expect_download(timeout=60_000) as coming:
            dialog.get_by_role("button", name="Export", exact=True).click()
        with zipfile.ZipFile(coming.value.path()) as archive:
            found[labels] = any("labels/" in name for name in archive.namelist())

    assert found == {"shapes": True, "no": False}


def test_a_selection_becomes_a_figure(page: Page, served: Served) -> None:
    page.goto(served.address)
    grid = page.get_by_role("grid")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    grid.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=gridcell][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 selected of 31")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Figure").click()

    page.wait_for_url("**/figure?i=*")
    expect(page.locator("svg [role=button]")).to_have_count(2)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_the_editor_has_no_accessibility_violation(
    browser: Browser, served: Served, signed_in: str, page: Page, theme: str, width: int
) -> None:
    number = number_of(page, served)
    with looking(browser, signed_in, theme, width) as look:
        look.goto(f"{served.address}/figure?split={number}")
        look.locator("svg [role=button]").nth(1).focus()
        look.wait_for_load_state("networkidle")
        look.wait_for_timeout(500)

        check_sound(look, "figure", theme)
