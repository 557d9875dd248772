"""Every screen in both themes and at 360 pixels: a picture of each, and no violation that axe finds.

The states that are hard to come by as well: a server that is away or slow, a session that ends in
the middle of an edit, hostile names, addresses of nothing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.end_to_end.conftest import STACK, Served, Watched
from tests.end_to_end.looks import LOOKS, check_sound, turn
from tests.end_to_end.test_first_light import image_named

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOSTILE = (
    '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>',
    "\u202egnp.exe\u202c turned round",
    "n" * 250,
)
CREATE_USER = """mutation ($name: String!, $first: String) {
  createExperimenter(userName: $name, firstName: $first, password: "some quiet words") {
    experimenter { id } } }"""
CREATE_GROUP = """mutation ($name: String!) {
  createExperimenterGroup(name: $name, description: $name) { group { id } } }"""


@pytest.fixture(scope="module")
def names(browser: Browser, served: Served, signed_in: str) -> None:
    """People and groups with hostile names, and a plain account."""
    context = browser.new_context(storage_state=signed_in)
    for number, name in enumerate(HOSTILE):
        ask(context, served, CREATE_USER, name=f"person{number}", first=name)
        ask(context, served, CREATE_GROUP, name=name)
    ask(context, served, CREATE_USER, name="plain", first="Plain")
    context.close()


def ask(context: BrowserContext, served: Served, query: str, **variables: Any) -> Any:
    """Ask GraphQL as the person of a browser; its data."""
    body = {"query": query, "variables": variables}
    answer = context.request.post(f"{served.address}/graphql", data=body).json()
    assert "errors" not in answer, answer
    return answer["data"]


def seen(page: Page, name: str) -> None:
    """Look at a screen in both themes, wide and narrow."""
    for theme, width in LOOKS:
        turn(page, theme, width)
        page.wait_for_timeout(150)
        check_sound(page, name, theme)


@pytest.fixture
def free(browser: Browser, served: Served, signed_in: str, names: None) -> Iterator[Page]:
    """A signed-in page into which axe may be put, that must not call elsewhere."""
    context = browser.new_context(storage_state=signed_in, bypass_csp=True)
    page = context.new_page()
    foreign: list[str] = []
    own = (served.address, "data:", "blob:")
    page.on("request", lambda one: None if one.url.startswith(own) else foreign.append(one.url))
    yield page
    assert page.evaluate("window.hurt") is None
    context.close()
    assert foreign == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("users", "/admin/users"),
        ("user", "/admin/users/2"),
        ("groups", "/admin/groups"),
        ("group", "/admin/groups/3"),
        ("storage", "/admin/storage"),
        ("audit", "/admin/audit"),
        ("jobs", "/admin/jobs"),
        ("account", "/account"),
        ("welcome", "/welcome"),
        ("search", "/search"),
        ("trash", "/trash"),
        ("plates", "/plates"),
        ("figures", "/figures"),
        ("missing", "/nowhere/at/all"),
        ("user-missing", "/admin/users/987654"),
        ("users-nothing", "/admin/users?q=nobodyatall"),
    ],
)
def test_screen_is_sound_in_both_themes_and_narrow(
    free: Page, served: Served, name: str, path: str
) -> None:
    free.goto(f"{served.address}{path}")
    expect(free.get_by_role("main")).to_be_visible()
    free.wait_for_load_state("networkidle")

    seen(free, name)


def test_dialogs_are_sound_in_both_themes_and_narrow(free: Page, served: Served) -> None:
    free.goto(image_named(free, served, STACK))
    expect(free.get_by_role("heading", name=STACK)).to_be_visible()
    free.keyboard.press("Shift+S")
    expect(free.get_by_role("button", name="Make the link")).to_be_visible()
    seen(free, "share")
    free.keyboard.press("Escape")
    free.keyboard.press("q")
    expect(free.get_by_role("button", name="Python")).to_be_visible()

    seen(free, "query")


def test_plain_account_is_told_that_a_page_is_for_administrators(
    browser: Browser, served: Served, names: None
) -> None:
    context = browser.new_context(bypass_csp=True)
    body = {"user": "plain", "password": "some quiet words"}
    context.request.post(f"{served.address}/session", data=body)
    page = context.new_page()
    page.goto(f"{served.address}/admin/audit")

    expect(page.get_by_role("heading", name="This is for administrators")).to_be_visible()
    seen(page, "denied")
    context.close()


def test_server_that_is_away_is_said_to_be_away_and_found_again(
    page: Page, served: Served, watched: Watched
) -> None:
    page.goto(f"{served.address}/admin/users")
    expect(page.get_by_role("link", name="root")).to_be_visible()
    page.route("**/graphql", lambda route: route.abort())
    page.get_by_role("link", name="Groups", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/graphql")

    expect(page.get_by_role("columnheader", name="Leaders")).to_be_visible()
    watched.errors.clear()


def test_slow_server_shows_that_something_comes(page: Page, served: Served) -> None:
    held: list[Route] = []
    is_slow = True
    page.route("**/graphql", lambda route: held.append(route) if is_slow else route.continue_())
    page.goto(f"{served.address}/admin/groups")
    expect(page.get_by_role("status", name="Loading")).to_be_visible()
    is_slow = False
    for route in held:
        route.continue_()

    expect(page.get_by_role("columnheader", name="Leaders")).to_be_visible()


def test_edit_survives_a_session_that_ends_under_it(
    browser: Browser, served: Served, names: None
) -> None:
    context = browser.new_context()
    body = {"user": "plain", "password": "some quiet words"}
    context.request.post(f"{served.address}/session", data=body)
    page = context.new_page()
    page.goto(f"{served.address}/account")
    page.get_by_label("Institution").fill("Institute of quiet words")
    context.request.delete(f"{served.address}/session")
    page.get_by_role("button", name="Save").first.click()
    again = page.get_by_role("dialog", name="Your session has ended")
    again.get_by_label("Password").fill("some quiet words")
    again.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    expect(page.get_by_label("Institution")).to_have_value("Institute of quiet words")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved")).to_be_visible()
    context.close()


def test_broken_filters_in_an_address_are_no_blank_page(free: Page, served: Served) -> None:
    free.goto(f"{served.address}/admin/audit?from=never&to=%00&q=%3Cscript%3E&by={'x' * 600}")

    expect(free.get_by_role("heading", name="Audit log")).to_be_visible()
    expect(free.get_by_text("Nothing fits the filter.")).to_be_visible()


def test_hostile_names_stay_text(free: Page, served: Served) -> None:
    free.goto(f"{served.address}/admin/groups")
    row = free.get_by_role("row").filter(has_text="onerror")

    expect(row.get_by_role("link").first).to_have_text(re.compile("^<img src=x"))
    assert free.evaluate("document.documentElement.scrollWidth") <= 1280


def test_pictures_are_kept_out_of_the_repository() -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8")

    assert "screenshots" in ignored
