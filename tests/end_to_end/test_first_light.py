"""What a person does first: sign in, look around, open an image, change how it looks."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.end_to_end.conftest import STACK, Served, Watched
from tests.end_to_end.looks import LOOKS, check_sound, looking

LOADED = "all => all.filter(one => one.naturalWidth).length"

# One process runs all of them: they share a server and a browser.
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
BARS = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) for (let k = 0; k < 3; k++) sums[k] += data[i + k];
  return sums.map((sum) => Math.round((sum * 100) / (width * height)) / 100);
}"""


def drawn(page: Page) -> list[float]:
    """Mean red, green and blue of the viewer's canvas."""
    means: list[float] = page.locator("[role=application] canvas").first.evaluate(BARS)
    return means


def settle(page: Page, *, unlike: list[float] | None = None) -> list[float]:
    """Wait until the picture is whole and stops changing; its mean colours.

    With `unlike`, a picture with these means is the one before the change, and not waited for
    long enough: fails after 30 s.
    """
    page.wait_for_load_state("networkidle")
    before: list[float] = []
    for _ in range(200):
        page.wait_for_timeout(150)
        now = drawn(page)
        whole = page.locator("[role=application]").get_attribute("aria-busy") == "false"
        if whole and now == before and now != unlike and sum(now) > 0:
            return now
        before = now
    pytest.fail(f"the picture did not come to rest: {before}, before the change {unlike}")


def image_named(page: Page, served: Served, name: str) -> str:
    """The viewer's address of an image, asked of GraphQL."""
    query = "{ images(first: 100) { nodes { id name } } }"
    answer = page.request.post(f"{served.address}/graphql", data={"query": query}).json()
    ids = [each["id"] for each in answer["data"]["images"]["nodes"] if each["name"] == name]
    return f"{served.address}/i/{ids[0].split(':')[1]}"


@pytest.fixture
def viewing(page: Page, served: Served) -> str:
    """The address of the three-channel stack, open in `page`."""
    address = image_named(page, served, STACK)
    page.goto(address)
    settle(page)
    return address


def test_stranger_is_asked_to_sign_in_and_told_how(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    page.goto(served.address)

    expect(page.get_by_role("heading", name="Sign in to Micrograph")).to_be_visible()
    expect(page.get_by_text("one-time token")).to_be_visible()
    page.close()


def test_wrong_password_is_refused_in_words(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    page.goto(served.address)
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    page.close()


def test_one_time_address_works_once(browser: Browser, served: Served, signed_in: str) -> None:
    context = browser.new_context()
    answer = context.request.get(served.sign_in, max_redirects=0)

    assert answer.status in {401, 403, 302, 303}
    assert "set-cookie" not in answer.headers
    context.close()


def test_hierarchy_and_thumbnails_are_shown_in_few_calls(page: Page, served: Served) -> None:
    calls: list[str] = []
    page.on("request", lambda sent: calls.append(urlsplit(sent.url).path))
    page.goto(served.address)
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem", name="All images 31")).to_be_visible()
    expect(page.get_by_role("gridcell").first).to_be_visible()
    for _ in range(200):
        page.wait_for_timeout(100)
        if page.locator("img").evaluate_all(LOADED) >= 15:
            break
    else:
        pytest.fail("no thumbnails after 20 s")

    assert calls.count("/graphql") <= 3
    assert page.get_by_role("grid").locator("*").count() <= 300


def test_dataset_opens_from_the_tree_and_is_in_the_address(page: Page, served: Served) -> None:
    page.goto(served.address)
    project = page.get_by_role("treeitem", name="Samples")
    project.click()
    project.press("ArrowRight")
    page.get_by_role("treeitem", name="Blobs").click()

    expect(page.get_by_role("heading", name="Blobs")).to_be_visible()
    expect(page).to_have_url(re.compile("/dataset/"))


def test_last_image_of_the_set_is_reached_by_keyboard(page: Page, served: Served) -> None:
    page.goto(served.address)
    grid = page.get_by_role("grid")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    grid.focus()
    page.keyboard.press("End")

    expect(page.get_by_role("gridcell", name=STACK)).to_be_visible()


def test_double_click_opens_the_image(page: Page, served: Served) -> None:
    page.goto(served.address)
    page.get_by_role("gridcell", name="field 07.tif").dblclick()

    page.wait_for_url("**/i/*")
    expect(page.get_by_role("heading", name="field 07.tif")).to_be_visible()
    assert sum(settle(page)) > 0


def test_z_slider_changes_the_picture_and_the_address(page: Page, viewing: str) -> None:
    before = drawn(page)
    page.get_by_role("slider", name="Z plane").focus()
    page.keyboard.press("Home")
    after = settle(page, unlike=before)

    assert after != before
    page.wait_for_url("**z=1*")


def test_channel_toggle_changes_the_picture(page: Page, viewing: str) -> None:
    before = drawn(page)
    page.get_by_role("checkbox", name="Show Cy5").uncheck(force=True)
    without = settle(page, unlike=before)

    assert without[0] < before[0]
    page.wait_for_url("**c=*-3*")


def test_window_slider_changes_the_picture(page: Page, viewing: str) -> None:
    before = drawn(page)
    field = page.get_by_role("textbox", name="GFP white point")
    field.fill("900")
    field.press("Enter")
    after = settle(page, unlike=before)

    assert after[1] > before[1]
    page.wait_for_url("**c=2:*900*")


def test_address_reproduces_the_view(page: Page, context: BrowserContext, viewing: str) -> None:
    start = drawn(page)
    page.get_by_role("slider", name="Z plane").focus()
    page.keyboard.press("ArrowRight")
    moved = settle(page, unlike=start)
    page.get_by_role("checkbox", name="Show DAPI").uncheck(force=True)
    shown = settle(page, unlike=moved)
    page.wait_for_url(lambda address: "z=" in address and "-1" in address)
    other = context.new_page()
    other.goto(page.url)

    assert settle(other) == shown


def test_wheel_zooms_and_drag_pans(page: Page, viewing: str) -> None:
    canvas = page.get_by_role("application")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    page.wait_for_url("**zm=*")
    settle(page)
    zoomed = page.url
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2 + 40, steps=5)
    page.mouse.up()

    page.wait_for_url(lambda address: address != zoomed)  # the image glides on before it rests


def test_scale_bar_knows_micrometres(page: Page, viewing: str) -> None:
    expect(page.get_by_role("figure", name="Scale bar")).to_contain_text("µm")


def test_broken_address_is_explained_not_blank(page: Page, viewing: str) -> None:
    page.goto(f"{viewing}?c=9:1-2&z=400")

    expect(page.get_by_text("ignored").first).to_be_visible()
    assert sum(settle(page)) > 0


def test_unknown_image_is_a_calm_page(page: Page, served: Served, watched: Watched) -> None:
    page.goto(f"{served.address}/i/987654")

    expect(page.get_by_role("main")).to_contain_text("image")
    expect(page.get_by_role("link").first).to_be_visible()
    watched.errors.clear()


def test_graphiql_works_from_our_own_files(page: Page, served: Served) -> None:
    # Until the schema is there, the button does nothing.
    with page.expect_response(
        lambda answer: "__schema" in (answer.request.post_data or ""), timeout=60_000
    ) as described:
        page.goto(f"{served.address}/graphql")
    assert described.value.ok
    expect(page.locator(".graphiql-container")).to_be_visible(timeout=30_000)
    answer = page.locator(".graphiql-response")
    for _ in range(10):
        page.wait_for_timeout(1_500)
        if '"data"' in answer.inner_text():
            break
        page.get_by_role("button", name="Execute query").click()

    expect(answer).to_contain_text('"data"', timeout=15_000)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("screen", ["browse", "viewer"])
def test_screens_are_sound(
    browser: Browser, served: Served, signed_in: str, theme: str, width: int, screen: str
) -> None:
    with looking(browser, signed_in, theme, width) as page:
        page.goto(served.address if screen == "browse" else image_named(page, served, STACK))
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)

        check_sound(page, screen, theme)
