"""A person walks a plate: by mouse, and by keyboard only; requests are counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Page, expect

from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.end_to_end.conftest import Served, import_images, serving
from tests.end_to_end.looks import LOOKS, check_sound, looking
from tests.plates import make_plate

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROWS, COLUMNS = 16, 24
LEVELS = 8
SLOW_MS = 120_000
"""A server that has just started builds its schema behind the first answer."""


@dataclass(slots=True)
class Counted:
    """What a page asked its server for."""

    graphql: int = 0
    pictures: int = 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of a plate of 384 wells but one, each with two fields of eight grey images."""
    folder = tmp_path_factory.mktemp("plates")
    images = folder / "Greys"
    images.mkdir()
    for number in range(LEVELS):
        tifffile.imwrite(
            images / f"grey {number}.tif", np.full((60, 80), 40 + number * 20, np.uint8)
        )
    import_images(folder / "data", images)
    with serving(folder / "data") as server:
        lay_out(folder / "data")
        yield server


def lay_out(data: Path) -> None:
    """Put the images into wells, with a dose on all but the last column."""
    database = Database(f"sqlite:///{data / 'micrograph.sqlite'}")
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        wells = {
            (row, column): [1 + (row + column) % LEVELS, 1 + row % LEVELS]
            for row in range(ROWS)
            for column in range(COLUMNS)
            if (row, column) != (2, 3)
        }
        make_plate(session, viewer, wells, rows=ROWS, columns=COLUMNS, runs=2)
    database.close()


@pytest.fixture
def plate(page: Page, served: Served) -> str:
    """The address of the plate, whose wells have a dose by column."""
    ask = {
        "query": "{ plates(first: 1) { nodes { id wells(first: 500) { nodes { id column } } } } }"
    }
    answer = page.request.post(f"{served.address}/graphql", data=ask, timeout=SLOW_MS).json()
    (found,) = answer["data"]["plates"]["nodes"]
    by_column: dict[int, list[str]] = {}
    for well in found["wells"]["nodes"]:
        by_column.setdefault(well["column"], []).append(well["id"])
    mutation = (
        "mutation($ids: [ID!], $value: String!) { setKeyValues(ids: $ids, mode: REPLACE_KEYS, "
        'pairs: [{ key: "dose", value: $value }]) { applied } }'
    )
    for column in (0, 1, 2):
        variables = {"ids": by_column[column], "value": f"{column * 10} nM"}
        done = page.request.post(
            f"{served.address}/graphql",
            data={"query": mutation, "variables": variables},
            timeout=SLOW_MS,
        ).json()
        assert done["data"]["setKeyValues"]["applied"]
    return f"{served.address}/plate/{found['id'].split(':')[1]}"


def counted(page: Page) -> Counted:
    counts = Counted()

    def count(url: str) -> None:
        path = urlsplit(url).path
        counts.graphql += path == "/graphql"
        counts.pictures += path.startswith("/plates/")

    page.on("request", lambda sent: count(sent.url))
    return counts


def grey_at(page: Page, row: int, column: int) -> int:
    """What the canvas shows in a well, below its middle, where no words are."""
    value: int = page.locator("[role=grid] canvas").evaluate(
        f"""canvas => {{
          const [w, h] = [canvas.width / {COLUMNS}, canvas.height / {ROWS}];
          const at = [({column} + 0.5) * w, ({row} + 0.7) * h].map(Math.floor);
          return canvas.getContext('2d').getImageData(...at, 1, 1).data[0];
        }}"""
    )
    return value


def shown(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("grid")).to_be_visible()
    drawn = page.locator("[role=grid] canvas")
    expect(drawn).to_have_attribute("data-drawn", re.compile("[1-9]"))


def test_a_plate_of_384_wells_takes_three_requests(page: Page, plate: str) -> None:
    counts = counted(page)
    page.goto(plate)
    shown(page)

    assert counts.graphql <= 2  # one of them asks who is signed in
    assert counts.graphql + counts.pictures <= 3
    assert page.get_by_role("grid").locator("*").count() <= 300
    assert grey_at(page, 0, 0) != grey_at(page, 0, 1)


def test_a_plate_is_walked_by_mouse(page: Page, plate: str) -> None:
    page.goto(plate)
    shown(page)
    box = page.locator("[role=grid] canvas").bounding_box()
    assert box is not None
    cell = box["width"] / COLUMNS
    page.mouse.click(box["x"] + 4.5 * cell, box["y"] + 1.5 * cell)
    inspector = page.get_by_role("complementary", name="Well")
    expect(inspector.get_by_role("heading", name="B5")).to_be_visible()
    expect(inspector.get_by_role("link")).to_have_count(2)
    expect(page).to_have_url(re.compile("well=B5"))

    page.get_by_role("button", name="Select row C").click()
    expect(page.get_by_text("23 wells selected")).to_be_visible()
    page.get_by_role("button", name="Next field").click()
    expect(page.get_by_text("Field 2 of 2")).to_be_visible()
    expect(page).to_have_url(re.compile("field=2"))

    page.mouse.click(box["x"] + 4.5 * cell, box["y"] + 1.5 * cell)
    inspector.get_by_role("link", name="Open field 1 of B5").click()
    page.wait_for_url("**/i/*")
    expect(page.get_by_text(f"of {ROWS * COLUMNS - 1}")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/plate/*well=B5*")


def test_a_plate_is_walked_by_keyboard_only(page: Page, plate: str) -> None:
    page.goto(plate)
    shown(page)
    while page.evaluate("document.activeElement.getAttribute('role')") != "grid":
        page.keyboard.press("F6")
    grid = page.get_by_role("grid")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.get_by_text("4 wells selected")).to_be_visible()
    expect(page).to_have_url(re.compile("wells=B2-B3,C2-C3"))
    expect(grid.get_by_role("gridcell", name="C3")).to_have_attribute("aria-selected", "true")

    page.keyboard.press("ArrowRight")
    expect(grid.get_by_role("gridcell", name="C4, no well")).to_be_attached()
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text("23 wells selected")).to_be_visible()
    page.keyboard.press("Shift+T")
    expect(page.get_by_role("dialog", name="Tag 23 wells")).to_be_visible()
    page.keyboard.type("row three")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Written on 23 wells.")).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Taken back.")).to_be_visible()

    grid.focus()
    page.keyboard.press("]")
    page.wait_for_url("**field=2*")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/i/*")


def test_wells_are_coloured_by_a_key_and_those_without_are_hatched(page: Page, plate: str) -> None:
    page.goto(plate)
    shown(page)
    page.get_by_role("button", name="Colour by").click()
    page.get_by_role("button", name="dose 48 values").click()
    legend = page.get_by_role("region", name="Legend: dose")
    expect(legend).to_contain_text("0 nM")
    expect(legend).to_contain_text("20 nM")
    expect(legend).to_contain_text(f"No value {ROWS * (COLUMNS - 3) - 1}")
    page.wait_for_url("**by=kv:dose*")
    counts = counted(page)
    page.keyboard.press("Shift+3")
    page.wait_for_url("**show=values*")
    expect(page.get_by_role("button", name="Heat map")).to_be_visible()
    low, high = (grey_at(page, 1, column) for column in (0, 2))

    assert (low, high) == (68, 253)  # red of viridis' two ends
    assert counts.graphql + counts.pictures == 0


def test_the_address_is_the_view(page: Page, plate: str) -> None:
    page.goto(f"{plate}?field=2&by=kv:dose&show=values&well=B2&wells=B2-B3")

    expect(page.get_by_text("2 wells selected")).to_be_visible()
    expect(page.get_by_text("Field 2 of 2")).to_be_visible()
    expect(page.get_by_role("button", name="Colour by dose")).to_be_visible()


def test_a_plate_that_is_not_there_is_a_calm_page(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/plate/987654")

    expect(page.get_by_role("heading", name="There is no plate 987654")).to_be_visible()


def test_plates_are_listed(page: Page, served: Served, plate: str) -> None:
    page.goto(served.address)
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/plates")
    page.get_by_role("link", name="383 wells").click()

    page.wait_for_url("**/plate/*")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_a_plate_has_no_accessibility_violation(
    browser: Browser, served: Served, signed_in: str, page: Page, plate: str, theme: str, width: int
) -> None:
    with looking(browser, signed_in, theme, width) as look:
        for name, query in (
            ("plate", "?by=kv:dose&well=B2&wells=B2-B5"),
            ("heat", "?by=kv:dose&show=values"),
        ):
            look.goto(plate + query)
            look.wait_for_load_state("networkidle")
            look.wait_for_timeout(500)

            check_sound(look, name, theme)
