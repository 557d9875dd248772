"""Files that are dropped on the page become images that are shown."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.conftest import STACK, Served, stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { lastModified: 1 }));
  const about = { dataTransfer: transfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent('dragover', about));
  document.body.dispatchEvent(new DragEvent('drop', about));
}"""


@pytest.fixture
def home(page: Page, served: Served) -> Page:
    """The first screen of a server that takes uploads."""
    page.goto(served.address)
    if page.request.fetch(f"{served.address}/uploads", method="OPTIONS").status != 204:
        pytest.skip("this server takes no uploads")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    return page


def drop(page: Page, path: Path) -> None:
    """Drop a file on the page, as a hand does."""
    page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])


def test_dropped_file_is_imported_shown_and_known_when_dropped_again(
    home: Page, tmp_path: Path
) -> None:
    path = tmp_path / "dropped.ome.tif"
    stack(path)
    drop(home, path)
    home.get_by_role("combobox", name="Dataset", exact=True).fill("Dropped")
    home.get_by_role("button", name="Import 1 file").click()
    tray = home.get_by_role("dialog", name="Uploads and jobs")
    expect(tray.get_by_text("1 image imported")).to_be_visible(timeout=60_000)
    tray.get_by_role("link", name=f"Open {STACK}").first.click()

    expect(home.get_by_role("heading", name=STACK)).to_be_visible()

    drop(home, path)
    home.get_by_role("button", name="Import 1 file").click()

    expect(tray.get_by_text("Everything is here already")).to_be_visible(timeout=60_000)


def test_import_opens_by_key_and_closes_by_key(home: Page) -> None:
    home.keyboard.press("u")
    expect(home.get_by_role("dialog", name="Import images")).to_be_visible()
    home.keyboard.press("Escape")

    expect(home.get_by_role("dialog")).to_have_count(0)
