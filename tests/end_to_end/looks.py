"""Looking at a screen: a picture of it, what axe finds, and whether it fits its window."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.end_to_end.conftest import ROOT, SCREENSHOTS

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
NARROW = 360
WIDE = 1440
LOOKS = [("dark", WIDE), ("light", WIDE), ("dark", NARROW), ("light", NARROW)]
"""Theme and width in which every screen is looked at."""


@contextmanager
def looking(browser: Browser, signed_in: str, theme: str, width: int) -> Iterator[Page]:
    """Open a signed-in page of a theme and a width, into which axe may be put."""
    context = browser.new_context(storage_state=signed_in, bypass_csp=True)
    page = context.new_page()
    turn(page, theme, width)
    try:
        yield page
    finally:
        context.close()


def turn(page: Page, theme: str, width: int) -> None:
    """Give a page another theme and width."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900 if width > NARROW else 800})


SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    const ending = document.getAnimations().filter(
        (each) => Number.isFinite(each.effect?.getComputedTiming().endTime)
    );
    await Promise.allSettled(ending.map((each) => each.finished));
}"""


def settle(page: Page) -> None:
    """Wait until whatever moves or fades has its last look: colours between two are none."""
    page.evaluate(SETTLED)


def violations(page: Page) -> dict[str, list[str]]:
    """Return what axe finds, by rule: the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return {
        each["id"]: [node["html"][:300] for node in each["nodes"]] for each in result["violations"]
    }


def check_sound(page: Page, name: str, theme: str) -> None:
    """Take a picture of a screen; it must fit the window, and axe find nothing.

    Args:
        page: What `looking` gave, settled.
        name: Of the screen, for its picture.
        theme: For the name of the picture.
    """
    size = page.viewport_size
    assert size is not None
    width = size["width"]
    settle(page)
    page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{width}.png")
    found = violations(page)
    assert found == {}, f"{name} {theme} {width}: {json.dumps(found, indent=1)}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {width}"
