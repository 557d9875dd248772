"""A group is administered and a link is shared: by mouse, and by keyboard only."""

import json
import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.conftest import STACK, Served
from tests.end_to_end.test_first_light import image_named

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until the thing of that name has the focus."""
    for _ in range(200):
        said = page.evaluate(
            "(document.activeElement.getAttribute('aria-label')"
            " ?? document.activeElement.labels?.[0]?.textContent"
            " ?? document.activeElement.textContent).trim()"
        )
        if said == name:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"no way to {name} by Tab")


def test_group_is_administered_by_mouse(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/admin/groups")
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("mitosis")
    dialog.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("heading", name="mitosis")).to_be_visible()
    page.get_by_label("User name").fill("root")
    page.get_by_role("button", name="Add a member").click()
    expect(page.get_by_text("root is a member")).to_be_visible()
    page.get_by_role("checkbox", name="root leads mitosis").click()
    expect(page.get_by_role("checkbox", name="root leads mitosis")).to_be_checked()
    page.get_by_role("radio", name="Private").check()
    page.get_by_role("button", name="See what changes").click()
    expect(page.get_by_text("Nothing is removed.")).to_be_visible()
    page.get_by_role("button", name="Change the level").click()

    expect(page.get_by_text("Private", exact=True).first).to_be_visible()
    expect(page.get_by_role("checkbox", name="root leads mitosis")).to_be_checked()
    page.get_by_role("link", name="Audit log").click()
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("each continues the one before")).to_be_visible()


def test_group_is_administered_by_keyboard_only(page: Page, served: Served) -> None:
    page.goto(served.address)
    expect(page.get_by_role("gridcell").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Groups")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("Make a group")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New group")).to_be_visible()
    page.keyboard.type("meiosis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="meiosis")).to_be_visible()
    tab_to(page, "User name")
    page.keyboard.type("root")
    page.keyboard.press("Enter")

    expect(page.get_by_text("root is a member")).to_be_visible()
    tab_to(page, "root leads meiosis", back=True)
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="root leads meiosis")).to_be_checked()


def test_link_is_shared_by_mouse_opens_for_a_stranger_and_is_revoked(
    page: Page, served: Served, browser: Browser
) -> None:
    page.goto(f"{image_named(page, served, STACK)}?z=2")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").fill("a reviewer")
    dialog.get_by_role("button", name="Make the link").click()
    address = dialog.locator("code").filter(has_text="/share/").first.inner_text()
    stranger = browser.new_context().new_page()
    stranger.goto(address)

    expect(stranger.get_by_role("heading", name=STACK)).to_be_visible()
    expect(stranger.get_by_role("button", name="Share")).to_have_count(0)
    dialog.get_by_role("button", name="Revoke a reviewer").click()
    expect(dialog.get_by_text("shows nothing any more")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_role("heading", name="Sign in to Micrograph")).to_be_visible()
    stranger.context.close()


def test_link_is_shared_by_keyboard_only(page: Page, served: Served) -> None:
    page.goto(image_named(page, served, STACK))
    expect(page.get_by_role("heading", name=STACK)).to_be_visible()
    page.keyboard.press("Shift+S")
    expect(page.get_by_role("button", name="Make the link")).to_be_visible()
    tab_to(page, "What for")
    page.keyboard.type("by keys")
    page.keyboard.press("Enter")

    expect(
        page.get_by_role("dialog").locator("code").filter(has_text="/share/").first
    ).to_be_visible()
    expect(page.get_by_role("cell", name="by keys", exact=True)).to_be_visible()


def test_python_and_curl_that_a_view_shows_ask_what_it_asked(page: Page, served: Served) -> None:
    made = page.request.post(
        f"{served.address}/graphql",
        data={"query": 'mutation { createAccessToken(name: "script") { secret } }'},
    ).json()
    environ = {**os.environ, "MICROGRAPH_TOKEN": made["data"]["createAccessToken"]["secret"]}
    page.goto(f"{served.address}/admin/groups")
    expect(page.get_by_role("columnheader", name="Leaders")).to_be_visible()
    page.keyboard.press("q")
    page.get_by_label("Question").select_option(label="AdminGroups")
    answers = []
    for form, command in (("Python", [sys.executable, "-c"]), ("curl", ["sh", "-c"])):
        page.get_by_role("button", name=form).click()
        text = page.get_by_role("group", name=form).inner_text()
        said = subprocess.run(
            [*command, text], env=environ, capture_output=True, text=True, check=True
        )
        answers.append(json.loads(said.stdout)["data"]["experimenterGroups"]["nodes"][0]["name"])

    assert answers[0] == answers[1] != ""
