import dataclasses
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from app.limits import Slots
from app.main import create_app
from app.routes.pages import StaticFolder
from tests.app.conftest import BASE

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>client</title>")
    (folder / "graphiql.html").write_text("<!doctype html><title>graphiql</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets/main-1.js").write_text("export {};" * 100)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def pages(micrograph: Micrograph, built: Path) -> TestClient:
    app = create_app(micrograph)
    app.state.static = StaticFolder(built)
    return TestClient(app, base_url=BASE)


@pytest.fixture
def unbuilt(micrograph: Micrograph, tmp_path: Path) -> TestClient:
    app = create_app(micrograph)
    app.state.static = StaticFolder(tmp_path / "nothing")
    return TestClient(app, base_url=BASE)


@pytest.mark.parametrize(
    "path", ["/", "/browse", "/project/1", "/dataset/1", "/i/1", "/developer", "/a/b/c"]
)
def test_every_address_of_the_client_answers_with_its_page(pages: TestClient, path: str) -> None:
    response = pages.get(path, headers=HTML)

    assert response.status_code == 200
    assert "client" in response.text
    assert response.headers["cache-control"] == "no-cache"
    assert "script-src" not in response.headers["content-security-policy"]
    assert "unsafe-inline" not in response.headers["content-security-policy"]


def test_programs_get_no_page_where_nothing_is(pages: TestClient) -> None:
    response = pages.get("/nothing", headers={"accept": "application/json"})

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_the_root_answers_with_the_page_whatever_is_taken(pages: TestClient) -> None:
    response = pages.get("/", headers={"accept": "*/*"})

    assert response.status_code == 200
    assert "client" in response.text


def test_assets_never_change(pages: TestClient) -> None:
    response = pages.get("/assets/main-1.js")

    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["content-encoding"] == "gzip"
    assert response.text == "export {};" * 100


def test_a_page_is_not_sent_again_while_it_is_the_same(pages: TestClient, built: Path) -> None:
    tag = pages.get("/", headers=HTML).headers["etag"]

    same = pages.get("/", headers=HTML | {"if-none-match": tag})
    (built / "index.html").write_text("<!doctype html><title>rebuilt</title>")
    rebuilt = pages.get("/", headers=HTML | {"if-none-match": tag})

    assert same.status_code == 304
    assert rebuilt.status_code == 200
    assert "rebuilt" in rebuilt.text


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets//etc/passwd",
        "/assets/",
        "/assets/none.js",
        "/assets/%00",
        "/assets/" + "x" * 5000,
        "/robots.txt",
    ],
)
def test_nothing_but_the_built_files_is_served(pages: TestClient, path: str) -> None:
    response = pages.get(path)

    assert response.status_code == 404
    assert "secret" not in response.text.replace("secret.txt", "")


def test_graphiql_may_write_styles_and_nothing_else_may(
    pages: TestClient, micrograph: Micrograph
) -> None:
    nobodys = pages.get("/graphql", headers=HTML)
    pages.get("/login", params={"token": micrograph.tokens.issue()})
    response = pages.get("/graphql", headers=HTML)
    policy = response.headers["content-security-policy"]

    assert (nobodys.status_code, "Sign in" in nobodys.text) == (401, True)
    assert "graphiql" in response.text
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in pages.get("/", headers=HTML).headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/i/1", "/graphql"])
def test_without_the_built_client_a_page_says_how_to_build_it(
    unbuilt: TestClient, micrograph: Micrograph, path: str
) -> None:
    unbuilt.get("/login", params={"token": micrograph.tokens.issue()})
    response = unbuilt.get(path, headers=HTML)

    assert response.status_code == 200
    assert "make web" in response.text


def test_health_tells_versions_to_anybody(anybody: TestClient) -> None:
    answer = anybody.get("/health").json()

    assert answer["status"] == "ok"
    assert answer["version"]
    assert "SQLite" in answer["database"]


def test_health_waits_behind_nothing_else(anybody: TestClient, micrograph: Micrograph) -> None:
    release, portal = threading.Event(), anybody.portal
    assert portal is not None
    full = Slots(1, 1, hold_s=(0, 0))
    micrograph.slots = dataclasses.replace(micrograph.slots, metadata=full, render=full)
    holders = [portal.start_task_soon(full.run, who, release.wait) for who in "ab"]
    try:
        assert anybody.get("/health").status_code == 200
        assert not any(holder.done() for holder in holders)
    finally:
        release.set()
        assert [holder.result(10) for holder in holders] == [True, True]
