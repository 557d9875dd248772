"""Texts that are scripts, in every field that the client shows: they are shown, and do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from playwright.sync_api import Browser, Page

from store import models
from store.database import Database
from tests.end_to_end.conftest import Served, import_images, serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DO = "window.__done=1"
PAYLOADS = (
    f"<script>{DO}</script>", f"<img src=x onerror={DO}>", f"<svg onload={DO}>", f"<svg/onload={DO}//",
    f'"><img src=x onerror={DO}>', f"'><img src=x onerror={DO}>", f"</title><script>{DO}</script>",
    f"</textarea><script>{DO}</script>", "<iframe srcdoc='<script>parent.__done=1</script>'></iframe>",
    f"javascript:{DO}", f"<a href='javascript:{DO}' autofocus onfocus={DO}>x</a>", "{{constructor.constructor('__done=1')()}}",
    f"${{{DO}}}", f"<style>@import 'https://evil.example/x.css';</style><img src=x onerror={DO}>",
    f"<input autofocus onfocus={DO}>", f"<details open ontoggle={DO}>", f"<math><mtext><img src=x onerror={DO}>",
    f"<template><script>{DO}</script></template><img src=x onerror={DO}>", f"<base href=https://evil.example/><script>{DO}</script>",
    f"<link rel=stylesheet href=https://evil.example/x.css onerror={DO}>",
)  # fmt: skip
SHOWN = frozenset(
    {"name", "description", "first_name", "middle_name", "last_name", "institution", "email"}
    | {"text", "text_value", "namespace", "model", "manufacturer", "lot_number", "fluor"}
    | {"key", "value", "title", "message"}
)
"""Columns of free text, of whatever table."""
APART = ("idempotent_request", "storage_root", "upload")
"""Tables whose texts are names of the program's own, not of people."""


def poison(database: Database) -> int:
    """Put a payload into each text of each row; returns how many."""
    written = 0
    with database.writing() as session:
        for mapper in models.Base.registry.mappers:
            table: Any = mapper.local_table
            names = [
                one.name for one in table.columns
                if one.name in SHOWN and isinstance(one.type, sa.String | sa.Text)
                and not isinstance(one.type, sa.Enum)
            ]  # fmt: skip
            if not names or table.name in APART or mapper.inherits is not None:
                continue
            for row, key in enumerate(session.scalars(sa.select(table.c.id)).all()):
                # Twenty rows of a list show twenty payloads, whatever column it is.
                values = {
                    name: PAYLOADS[(row + column) % len(PAYLOADS)]
                    for column, name in enumerate(names)
                }
                written += len(values)
                session.execute(sa.update(table).where(table.c.id == key).values(values))
    return written


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    images = folder / "images"
    images.mkdir()
    for number in range(20):
        tifffile.imwrite(images / f"{number:02}.tif", np.full((32, 32), number * 9, np.uint8))
    import_images(folder / "data", images)
    with serving(folder / "data") as server:
        with server.database() as database:
            assert poison(database) >= 60
        yield server


@dataclass(slots=True)
class Visit:
    """A page, and what it did that it should not have done."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    """Requests to others, and dialogs."""
    refused: list[str] = field(default_factory=list)
    """What the policy alone kept it from."""


@pytest.fixture
def visit(browser: Browser, hostile: Served) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = Visit(context.new_page())
    own = (hostile.address, "data:", "blob:")

    def asked(url: str) -> None:
        if not url.startswith(own):
            found.foreign.append(url)

    def said(text: str) -> None:
        if "Content Security Policy" in text:
            found.refused.append(text)

    found.page.on("dialog", lambda dialog: found.foreign.append(dialog.message))
    found.page.on("request", lambda sent: asked(sent.url))
    found.page.on("console", lambda message: said(message.text))
    found.page.goto(hostile.sign_in)
    yield found
    context.close()


def harmless(visit: Visit) -> None:
    """Fail if any text did something, or tried to and was only kept from it by the policy."""
    page = visit.page
    page.wait_for_timeout(300)
    assert page.evaluate("window.__done") is None, page.url
    assert page.locator("iframe, base, img[src=x], [onerror], [onload], [onfocus]").count() == 0
    assert visit.foreign == []
    assert visit.refused == []


def texts(page: Page) -> str:
    """Return all that a page says, in its text, its names and its title."""
    named = page.locator("[title], [aria-label], [alt]").evaluate_all(
        "all => all.map(e => `${e.title} ${e.ariaLabel} ${e.alt}`).join(' ')"
    )
    return f"{page.locator('body').inner_text()} {named} {page.title()}"


def shown(page: Page) -> set[str]:
    """Wait until a page shows some of the payloads, and return which."""
    found: set[str] = set()
    for _ in range(60):
        text = texts(page)
        more = {one for one in PAYLOADS if one in text}
        if more and more == found:
            return found
        found = more
        page.wait_for_timeout(1_000)
    return found


def test_texts_that_are_scripts_are_only_shown(visit: Visit, hostile: Served) -> None:
    page = visit.page
    page.set_default_timeout(120_000)
    seen: set[str] = set()
    for path in ("/", "/project/1", "/dataset/1", "/i/1", "/i/2", "/i/3", "/i/4", "/i/7"):
        page.goto(f"{hostile.address}{path}")
        found = shown(page)
        assert found, path
        seen |= found
        harmless(visit)
    page.keyboard.press("Control+k")
    for payload in PAYLOADS[:6]:
        page.keyboard.insert_text(payload)
        page.wait_for_timeout(150)
        page.keyboard.press("Control+a")
    harmless(visit)

    assert len(seen) >= 6, sorted(set(PAYLOADS) - seen)


def test_addresses_that_are_scripts_are_only_shown(visit: Visit, hostile: Served) -> None:
    for payload in PAYLOADS:
        for path in (f"/{quote(payload, safe='')}", f"/browse?q={quote(payload)}#{quote(payload)}"):
            visit.page.goto(f"{hostile.address}{path}")
    harmless(visit)
