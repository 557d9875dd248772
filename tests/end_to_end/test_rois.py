"""Regions of interest in the viewer: drawn, measured, changed and undone; a hundred thousand too."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from store.edits.people import first_start
from store.edits.rois import NewROI, create_rois
from store.queries.people import viewer_by_experimenter
from tests.end_to_end.conftest import STACK, Served
from tests.end_to_end.looks import LOOKS, NARROW, check_sound, looking
from tests.end_to_end.test_first_light import image_named, settle

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MANY = 100_000
"""Shapes on one image."""


def ask(page: Page, served: Served, query: str, **variables: Any) -> Any:
    """Ask the server beside the page."""
    sent = {"query": query, "variables": variables}
    answer = page.request.post(f"{served.address}/graphql", data=sent).json()
    assert "errors" not in answer, answer
    return answer["data"]


def shapes_of(page: Page, served: Served, address: str) -> list[dict[str, Any]]:
    """The shapes that the server has of the image at an address."""
    query = """query ($id: ID!) { image(id: $id) { shapes(first: 500) { nodes {
      id text theZ theT theC strokeColor roi { id }
      ... on Rectangle { x y width height } ... on Polygon { points }
      ... on Mask { bits width height } } } } }"""
    image = f"Image:{address.rsplit('/', 1)[1].split('?')[0]}"
    return list(ask(page, served, query, id=image)["image"]["shapes"]["nodes"])


@pytest.fixture
def drawing(page: Page, served: Served) -> Iterator[Page]:
    """The three-channel stack without regions, at 100 % and with its regions' panel."""
    address = image_named(page, served, STACK)
    page.goto(f"{address}?z=2&xy=240,160&zm=2&nav=0&tab=rois")
    settle(page)
    expect(page.get_by_role("toolbar", name="Drawing tools")).to_be_visible()
    expect(page.get_by_text("No regions on this image yet")).to_be_visible()
    yield page
    regions = {shape["roi"]["id"] for shape in shapes_of(page, served, address)}
    if regions:
        ask(
            page,
            served,
            "mutation ($ids: [ID!]!) { delete(ids: $ids) { applied } }",
            ids=sorted(regions),
        )


def canvas(page: Page) -> Locator:
    """What the picture is drawn on."""
    return page.locator("[role=application] canvas").first


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the image is on the page, while its middle is shown at 200 %."""
    box = canvas(page).bounding_box()
    assert box is not None
    return (
        box["x"] + box["width"] / 2 + (x - 240) * 2,
        box["y"] + box["height"] / 2 + (y - 160) * 2,
    )


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at a pixel of the image, move, and let go at another."""
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]))
    page.mouse.move(*place(page, *end))
    page.mouse.up()


def saved(page: Page) -> None:
    """Wait until the server has all changes."""
    expect(page.get_by_text("All changes are saved")).to_be_visible()


def measured(page: Page) -> dict[str, list[str]]:
    """The table of measurements: mean, smallest, largest and deviation by channel."""
    table = page.get_by_role("table", name=re.compile("Measurements of"))
    expect(table).to_be_visible()
    rows = table.locator("tbody tr").all()
    return {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").all_inner_texts()
        for row in rows
    }


def test_rectangle_is_drawn_and_measured_by_mouse(drawing: Page, served: Served) -> None:
    address = drawing.url
    drawing.get_by_role("button", name="Rectangle").click()
    drag(drawing, (200, 100), (240, 130))
    saved(drawing)

    [shape] = shapes_of(drawing, served, address)
    assert (shape["x"], shape["y"], shape["width"], shape["height"]) == pytest.approx(
        (200, 100, 40, 30), abs=1
    )
    assert (shape["theZ"], shape["theT"]) == (1, 0)
    wanted = ask(
        drawing,
        served,
        """query ($id: ID!) { node(id: $id) { ... on ROI {
          statistics(z: {first: 1, last: 1}, t: {first: 0, last: 0}) {
            channels { samples min mean } } } } }""",
        id=shape["roi"]["id"],
    )["node"]["statistics"]["channels"]
    found = measured(drawing)
    assert list(found) == ["DAPI", "GFP", "Cy5"]
    for values, channel in zip(found.values(), wanted, strict=True):
        mean, least = (float(each.replace(",", "")) for each in values[:2])
        assert mean == pytest.approx(channel["mean"], rel=1e-3)
        assert least == pytest.approx(channel["min"], rel=1e-3)
    expect(drawing.get_by_text(f"{wanted[0]['samples']:,} px")).to_be_visible()


def test_rectangle_is_drawn_placed_named_and_measured_by_keyboard_alone(
    drawing: Page, served: Served
) -> None:
    address = drawing.url
    drawing.locator("[role=application]").focus()
    drawing.keyboard.press("r")
    drawing.keyboard.press("Enter")
    drawing.keyboard.press("ArrowRight")
    drawing.keyboard.press("Shift+ArrowDown")
    drawing.keyboard.press("Enter")
    drawing.keyboard.type("cell 7")
    drawing.keyboard.press("Enter")
    for label, number in (("x", 50), ("y", 60), ("width", 20), ("height", 10)):
        drawing.get_by_role("textbox", name=label, exact=True).focus()
        drawing.keyboard.type(str(number))
        drawing.keyboard.press("Enter")
    saved(drawing)

    [shape] = shapes_of(drawing, served, address)
    assert [shape[name] for name in ("x", "y", "width", "height", "text")] == [
        50,
        60,
        20,
        10,
        "cell 7",
    ]
    expect(drawing.get_by_text("200 px")).to_be_visible()
    assert len(measured(drawing)) == 3


def test_region_is_named_by_mouse_and_from_the_list_by_keyboard(
    drawing: Page, served: Served
) -> None:
    address = drawing.url
    drawing.get_by_role("button", name="Rectangle").click()
    drag(drawing, (200, 100), (240, 130))
    saved(drawing)
    region = shapes_of(drawing, served, address)[0]["roi"]["id"]

    def name() -> Any:
        query = "query ($id: ID!) { node(id: $id) { ... on ROI { name } } }"
        return ask(drawing, served, query, id=region)["node"]["name"]

    field = drawing.get_by_label("Name of the region")
    field.fill("Nucleus")
    field.press("Enter")
    rows = drawing.get_by_role("grid", name="Regions")
    expect(rows.get_by_role("row", name="Nucleus")).to_be_visible()
    saved(drawing)
    assert name() == "Nucleus"

    rows.focus()
    drawing.keyboard.press("Home")
    drawing.keyboard.press("F2")
    expect(field).to_be_focused()
    drawing.keyboard.press("Control+a")
    drawing.keyboard.type("Cell 7")
    drawing.keyboard.press("Enter")
    expect(rows.get_by_role("row", name="Cell 7")).to_be_visible()
    saved(drawing)
    assert name() == "Cell 7"
    rows.focus()
    drawing.keyboard.press("Control+z")
    expect(rows.get_by_role("row", name="Nucleus")).to_be_visible()
    saved(drawing)
    assert name() == "Nucleus"


def test_shape_is_moved_pulled_undone_and_done_again(drawing: Page, served: Served) -> None:
    address = drawing.url
    drawing.get_by_role("button", name="Rectangle").click()
    drag(drawing, (200, 100), (240, 130))
    drag(drawing, (220, 115), (240, 135))
    drag(drawing, (260, 150), (270, 160))
    saved(drawing)
    x, width = (drawing.get_by_role("textbox", name=name, exact=True) for name in ("x", "width"))
    assert [float(each.input_value()) for each in (x, width)] == pytest.approx([220, 50], abs=1)

    drawing.keyboard.press("Control+z")
    drawing.keyboard.press("Control+z")
    expect(x).to_have_value(re.compile(r"^(199|200|201)"))
    saved(drawing)
    drawing.keyboard.press("Control+z")
    expect(drawing.get_by_role("row")).to_have_count(0)
    drawing.keyboard.press("Control+Shift+z")
    drawing.keyboard.press("Control+Shift+z")
    expect(drawing.get_by_role("row")).to_have_count(1)
    saved(drawing)

    [shape] = shapes_of(drawing, served, address)
    assert (shape["x"], shape["width"]) == pytest.approx((220, 40), abs=1)


def test_every_kind_is_drawn(drawing: Page, served: Served) -> None:
    address = drawing.url
    application = drawing.locator("[role=application]")
    for key in ("r", "e", "l", "Shift+o", "p", "Shift+l", "o", "y", "Shift+b"):
        application.focus()
        drawing.keyboard.press(key)
        drawing.keyboard.press("Enter")
    saved(drawing)

    kinds = [shape["id"].split(":")[0] for shape in shapes_of(drawing, served, address)]
    assert sorted(kinds) == sorted(
        ["Rectangle", "Ellipse", "Line", "Line", "Polygon", "Polyline", "Point", "Label", "Mask"]
    )


def test_brush_paints_a_mask_whose_pixels_are_counted(drawing: Page, served: Served) -> None:
    address = drawing.url
    drawing.get_by_role("button", name="Brush").click()
    drag(drawing, (150, 150), (190, 150))
    saved(drawing)
    [shape] = shapes_of(drawing, served, address)
    drawing.reload()
    settle(drawing)
    drawing.get_by_role("row").first.click()
    assert len(measured(drawing)) == 3

    assert shape["id"].startswith("Mask:")
    assert shape["width"] == pytest.approx(52, abs=2)


def test_copy_goes_to_another_plane_and_all_planes_can_be_chosen(
    drawing: Page, served: Served
) -> None:
    address = drawing.url
    drawing.locator("[role=application]").focus()
    drawing.keyboard.press("e")
    drawing.keyboard.press("Enter")
    drawing.keyboard.press("Control+c")
    drawing.keyboard.press(".")
    drawing.keyboard.press("Control+v")
    saved(drawing)
    assert sorted(shape["theZ"] for shape in shapes_of(drawing, served, address)) == [1, 2]

    drawing.get_by_role("combobox", name="Z", exact=True).select_option("all Z")
    saved(drawing)
    drawing.wait_for_timeout(300)
    assert {shape["theZ"] for shape in shapes_of(drawing, served, address)} == {1, None}


def test_change_by_somebody_else_is_not_overwritten(drawing: Page, served: Served) -> None:
    address = drawing.url
    drawing.locator("[role=application]").focus()
    drawing.keyboard.press("r")
    drawing.keyboard.press("Enter")
    saved(drawing)
    [shape] = shapes_of(drawing, served, address)
    ask(
        drawing,
        served,
        "mutation ($id: ID!) { updateShapes(items: [{id: $id, x: 7}]) { applied } }",
        id=shape["id"],
    )
    drawing.locator("[role=application]").focus()
    drawing.keyboard.press("ArrowRight")

    expect(drawing.get_by_role("alert")).to_contain_text("Somebody else changed")
    expect(drawing.get_by_role("textbox", name="x", exact=True)).to_have_value("7")
    assert shapes_of(drawing, served, address)[0]["x"] == 7


def test_table_is_saved_and_no_text_in_it_is_a_formula(drawing: Page) -> None:
    drawing.locator("[role=application]").focus()
    drawing.keyboard.press("r")
    drawing.keyboard.press("Enter")
    drawing.keyboard.press("Enter")
    drawing.keyboard.type("=HYPERLINK(1)")
    drawing.keyboard.press("Enter")
    saved(drawing)
    with drawing.expect_download() as waiting:
        drawing.get_by_role("button", name="Export selected as CSV").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text())))

    assert [row["Channel"] for row in rows] == ["DAPI", "GFP", "Cy5"]
    assert rows[0]["Text"] == "'=HYPERLINK(1)"
    assert float(rows[0]["Area (µm²)"]) == pytest.approx(float(rows[0]["Area (pixels)"]) / 16)
    assert float(rows[0]["Min"]) <= float(rows[0]["Mean"]) <= float(rows[0]["Max"])


def test_viewer_without_regions_asks_nothing_about_them(page: Page, served: Served) -> None:
    asked: list[str] = []

    def note(sent: Request) -> None:
        if sent.url.endswith("/graphql"):
            asked.append(re.findall(r"query (\w+)", sent.post_data or "")[0])

    page.on("request", note)
    page.goto(image_named(page, served, STACK))
    settle(page)
    assert not any("Region" in name for name in asked)
    chunks = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")

    assert not any("Roi" in name for name in chunks)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_regions_have_no_accessibility_violation(
    browser: Browser, served: Served, signed_in: str, theme: str, width: int
) -> None:
    with looking(browser, signed_in, theme, width) as page:
        address = image_named(page, served, STACK)
        page.goto(f"{address}?z=2&tab=rois")
        settle(page)
        if width == NARROW:
            page.get_by_role("button", name="Show the panel").click()
        page.get_by_role("toolbar", name="Drawing tools").wait_for()
        page.locator("[role=application]").focus()
        for key in ("e", "p"):
            page.keyboard.press(key)
            page.keyboard.press("Enter")
        saved(page)
        measured(page)

        check_sound(page, "rois", theme)

        page.keyboard.press("Control+z")
        saved(page)
        page.keyboard.press("Control+z")
        page.get_by_text("No regions").wait_for()
        saved(page)


@pytest.fixture
def crowded(page: Page, served: Served) -> Page:
    """An image with a hundred thousand rectangles, all loaded and fitted."""
    address = image_named(page, served, "field 00.tif")
    shapes = [
        {
            "kind": "Rectangle",
            **{"x": n % 400 * 0.15, "y": n // 400 * 0.16, "width": 0.1, "height": 0.1},
        }
        for n in range(MANY)
    ]
    with served.database() as database, database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        image, some = int(address.rsplit("/", 1)[1]), MANY // 10
        batches = [shapes[start : start + some] for start in range(0, MANY, some)]
        rois = [NewROI(image, each, f"batch {n}") for n, each in enumerate(batches)]
        create_rois(session, viewer, rois)
    page.goto(f"{address}?tab=rois")
    settle(page)
    return page


def test_hundred_thousand_shapes_are_one_canvas_and_a_few_rows(crowded: Page) -> None:
    expect(crowded.get_by_text("100,000 shapes")).to_be_visible(timeout=90_000)
    layer = crowded.locator("[data-roi-layer]")
    whole = layer.evaluate("each => ({ ...each.dataset })")
    assert crowded.locator("*").count() <= 600
    assert crowded.get_by_role("row").count() <= 60
    assert int(whole["shapes"]) == MANY
    assert int(whole["paths"]) <= 4000

    asked: list[str] = []
    crowded.on("request", lambda sent: asked.append(sent.url))
    box = canvas(crowded).bounding_box()
    assert box is not None
    crowded.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(12):
        crowded.mouse.wheel(0, -300)
        crowded.wait_for_timeout(30)
    expect(layer).to_have_attribute("data-shapes", re.compile(r"^\d{1,5}$"))

    assert [url for url in asked if "graphql" in url] == []
    crowded.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    last = crowded.get_by_role("grid", name="Regions of interest")
    last.focus()
    crowded.keyboard.press("End")
    expect(crowded.get_by_role("row", selected=True)).to_have_attribute("aria-rowindex", str(MANY))
