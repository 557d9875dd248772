"""Signing in at an OpenID provider, and acting as somebody else, in a browser."""

from collections.abc import Iterator

import httpx2
import oidc_provider_mock
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.conftest import Served, serving
from tests.end_to_end.looks import NARROW, check_sound, turn

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server without images whose people sign in at a provider."""
    folder = tmp_path_factory.mktemp("provided")
    with oidc_provider_mock.run_server_in_thread() as provider:
        issuer = f"http://localhost:{provider.server_port}"
        told = {"preferred_username": "ada", "given_name": "Ada", "family_name": "Rossi"}
        httpx2.put(f"{issuer}/users/2482", json=told).raise_for_status()
        options = {
            "MICROGRAPH_OIDC_ISSUER": issuer,
            "MICROGRAPH_OIDC_LABEL": "Example University",
        }
        with serving(folder / "data", **options) as server:
            yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True) as context:
        yield context.new_page()


def check_narrow(page: Page, name: str) -> None:
    """Look at a narrow page in both themes."""
    for theme in ("dark", "light"):
        turn(page, theme, NARROW)
        check_sound(page, name, theme)


def sign_in_elsewhere(page: Page) -> None:
    """Go on at the provider as Ada Rossi, from a page that asks who one is."""
    page.get_by_role("link", name="Sign in with Example University").click()
    page.get_by_label("Subject").fill("2482")
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_somebody_signs_in_elsewhere_and_is_back_where_they_were(
    page: Page, provided: Served
) -> None:
    page.goto(f"{provided.address}/orphaned")
    primary = page.get_by_role("button", name="Sign in", exact=True)
    # White on blue in both themes: no sheet of a shared chunk outranks the parts.
    expect(primary).to_have_css("color", "rgb(255, 255, 255)")
    sign_in_elsewhere(page)

    page.wait_for_url(f"{provided.address}/orphaned")

    expect(page.get_by_role("button", name="AR Ada Rossi")).to_be_visible()


def test_an_administrator_acts_as_somebody_and_stops(
    browser: Browser, page: Page, provided: Served
) -> None:
    with browser.new_context() as elsewhere:
        first = elsewhere.new_page()
        first.goto(f"{provided.address}/orphaned")
        sign_in_elsewhere(first)
        first.wait_for_url(f"{provided.address}/orphaned")
    page.goto(provided.sign_in)
    page.wait_for_url(f"{provided.address}/")
    page.goto(f"{provided.address}/admin/users")
    page.get_by_role("link", name="ada", exact=True).click()
    expect(page.get_by_role("button", name="Act as Ada Rossi")).to_be_visible()
    check_narrow(page, "act-as")
    page.get_by_role("button", name="Act as Ada Rossi").click()
    page.wait_for_url(f"{provided.address}/")

    banner = page.get_by_label("Acting as somebody else")
    expect(banner).to_contain_text("Local Administrator, you are acting as Ada Rossi.")
    expect(page.get_by_role("button", name="AR Ada Rossi")).to_be_visible()
    check_narrow(page, "acting")
    for path in ("/admin", "/search", "/figures", "/trash"):
        page.goto(f"{provided.address}{path}")
        expect(banner).to_contain_text("you are acting as Ada Rossi")
    expect(page.get_by_role("button", name="Act as")).to_have_count(0)
    banner.get_by_role("button", name="Stop acting").click()

    expect(page.get_by_role("button", name="LA Local Administrator")).to_be_visible()
    expect(banner).to_be_hidden()
