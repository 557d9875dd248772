"""The viewer beyond looking: saved renderings, lookup tables, projections, turns, image by image."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.conftest import STACK, Served
from tests.end_to_end.looks import LOOKS, NARROW, check_sound, looking
from tests.end_to_end.test_first_light import drawn, image_named, settle

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def number_of(address: str) -> str:
    """The image's number in the viewer's address."""
    return address.rsplit("/", 1)[1].split("?")[0]


def ask(page: Page, served: Served, query: str, **variables: Any) -> Any:
    """Ask the server beside the page."""
    sent = {"query": query, "variables": variables}
    answer = page.request.post(f"{served.address}/graphql", data=sent).json()
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.fixture
def viewing(page: Page, served: Served) -> Iterator[str]:
    """The address of the three-channel stack, open in `page`, with nothing saved afterwards."""
    address = image_named(page, served, STACK)
    page.goto(address)
    settle(page)
    # The further commands come after the first picture.
    expect(page.locator("output").nth(1)).to_be_attached()
    yield address
    reset = "mutation ($ids: [ID!]!) { resetRenderingSettings(to: OWNER, ids: $ids) { applied } }"
    ask(page, served, reset, ids=[f"Image:{number_of(address)}"])


def windows(page: Page, served: Served, address: str) -> list[float]:
    """The white points that the server has saved or found for an image."""
    query = "query ($id: ID!) { image(id: $id) { rendering { channels { end } } } }"
    found = ask(page, served, query, id=f"Image:{number_of(address)}")
    return [each["end"] for each in found["image"]["rendering"]["channels"]]


def test_contrast_is_adjusted_and_saved_by_keyboard_alone(
    page: Page, served: Served, viewing: str
) -> None:
    before = windows(page, served, viewing)
    page.keyboard.press("Alt+1")
    page.get_by_role("textbox", name="DAPI white point").focus()
    page.keyboard.type("777")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")

    expect(page.get_by_text("Saved: you see this image so")).to_be_visible()
    assert windows(page, served, viewing) == [777, *before[1:]]
    page.wait_for_url(re.compile(r"/i/\d+$"))
    page.reload()
    settle(page)
    expect(page.get_by_role("textbox", name="DAPI white point")).to_have_value("777")


def test_contrast_is_adjusted_saved_and_reset_by_mouse(
    page: Page, served: Served, viewing: str
) -> None:
    before = windows(page, served, viewing)
    slider = page.get_by_role("slider", name="GFP white point")
    box = slider.locator("xpath=..").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved: you see this image so")).to_be_visible()
    assert windows(page, served, viewing)[1] < before[1]

    page.get_by_role("button", name="Owner's").click()
    expect(page.get_by_text("Your rendering was reset")).to_be_visible()
    assert windows(page, served, viewing) == before


def test_rendering_is_copied_to_another_image(page: Page, served: Served, viewing: str) -> None:
    page.get_by_role("textbox", name="DAPI white point").fill("345")
    page.keyboard.press("Enter")
    page.locator("[role=application]").focus()
    page.keyboard.press("Control+Shift+C")
    expect(page.get_by_text("Rendering copied")).to_be_visible()
    page.goto(image_named(page, served, "field 03.tif"))
    settle(page)
    expect(page.locator("output").nth(1)).to_be_attached()
    page.keyboard.press("Control+Shift+V")

    page.wait_for_url(re.compile(r"c=1:[^&]*-345"))


def test_lookup_table_gamma_and_reverse_show_and_are_in_the_address(
    page: Page, viewing: str
) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    before = drawn(page)
    page.get_by_role("combobox", name="Lookup table").select_option("magma")
    tabled = settle(page, unlike=before)
    page.get_by_role("textbox", name="Gamma").fill("0.5")
    page.keyboard.press("Enter")
    curved = settle(page, unlike=tabled)
    page.get_by_role("checkbox", name="Reverse").check()
    settle(page, unlike=curved)

    page.wait_for_url(re.compile(r"c=1\.lut\(magma\)\.inv\.fam\(polynomial,0\.5\)"))


def test_projection_over_a_range_is_another_picture(page: Page, viewing: str) -> None:
    before = drawn(page)
    page.keyboard.press("Shift+Z")
    whole = settle(page, unlike=before)
    assert sum(whole) > sum(before)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("textbox", name="Last plane of the projection").fill("2")
    page.keyboard.press("Enter")
    settle(page, unlike=whole)

    page.wait_for_url(re.compile(r"p=max:1-2"))


def test_picture_is_turned_and_mirrored_and_the_cursor_knows(page: Page, viewing: str) -> None:
    area = page.locator("[role=application]")
    box = area.bounding_box()
    assert box is not None
    page.keyboard.press("t")
    page.keyboard.press("h")
    page.wait_for_url(re.compile(r"rot=90&flip=x"))
    settle(page)
    canvas = page.locator("[role=application] canvas").first
    assert canvas.evaluate("each => each.clientWidth") == pytest.approx(box["height"], abs=1)

    # Mirrored and then turned to the right, the first row runs down the right side, upwards.
    fit = min(box["height"] / 480, box["width"] / 320)
    page.mouse.move(
        box["x"] + box["width"] / 2 + 155 * fit, box["y"] + box["height"] / 2 + 235 * fit
    )
    expect(page.get_by_text(re.compile(r"^x [3-6] +y [3-6]$"))).to_be_visible()


def test_two_images_are_compared_by_keyboard_alone(
    page: Page, served: Served, viewing: str
) -> None:
    calls: list[str] = []
    page.goto(image_named(page, served, "field 03.tif"))
    settle(page)
    expect(page.locator("output").nth(1)).to_be_attached()
    page.wait_for_selector("text=/\\d+ of 31/")
    page.on("request", lambda sent: calls.append(sent.url) if "graphql" in sent.url else None)
    page.keyboard.press("w")
    page.wait_for_url(re.compile(r"/compare\?i=\d+,\d+"))
    panes = page.get_by_role("application")
    expect(panes).to_have_count(2)
    for pane in panes.all():
        expect(pane).to_have_attribute("aria-busy", "false")
    assert len(calls) <= 2
    panes.first.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")

    zooms = page.locator("text=/^[\\d,.]+ %$/")
    expect(zooms).to_have_count(2)
    expect(zooms.nth(1)).to_have_text(zooms.nth(0).inner_text())
    together = zooms.nth(1).inner_text()
    page.get_by_role("checkbox", name="View").focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(r"sync=zt"))
    panes.first.focus()
    page.keyboard.press("+")
    expect(zooms.nth(0)).not_to_have_text(together)
    expect(zooms.nth(1)).to_have_text(together)
    page.reload()
    expect(page.get_by_role("application")).to_have_count(2)


def test_image_is_added_to_a_comparison_and_taken_away_by_mouse(page: Page, served: Served) -> None:
    first, second = (number_of(image_named(page, served, name)) for name in (STACK, "field 03.tif"))
    page.goto(f"{served.address}/compare?i={first}")
    expect(page.get_by_role("application")).to_have_count(1)
    page.get_by_role("textbox", name="Number of an image").fill(second)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("application")).to_have_count(2)
    page.get_by_role("button", name=f"Take {STACK} away").click()

    expect(page.get_by_role("application")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"i={second}"))


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_tools_and_comparisons_have_no_accessibility_violation(
    browser: Browser, served: Served, signed_in: str, theme: str, width: int
) -> None:
    with looking(browser, signed_in, theme, width) as page:
        address = image_named(page, served, STACK)
        other = number_of(image_named(page, served, "field 03.tif"))
        for name, url in (
            ("tools", f"{address}?p=max:2-5"),
            ("compare", f"{served.address}/compare?i={number_of(address)},{other}"),
        ):
            page.goto(url)
            page.wait_for_load_state("networkidle")
            if name == "tools":
                if width == NARROW:
                    page.get_by_role("button", name="Show the panel").click()
                page.get_by_role("button", name="More", exact=True).click()
                page.get_by_role("combobox", name="Lookup table").wait_for()
            page.wait_for_timeout(500)

            check_sound(page, name, theme)
