import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.edge import Edge
from app.settings import Settings


async def answer(request: Request) -> Response:
    return PlainTextResponse("done")


async def fail(request: Request) -> Response:
    raise RuntimeError("canary")


def client_of(settings: Settings) -> TestClient:
    app = Starlette(
        routes=[
            Route("/", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route("/fail", fail),
        ],
        middleware=[Middleware(Edge, settings=settings)],
    )
    return TestClient(app, base_url="http://127.0.0.1:8080")


@pytest.fixture
def edge() -> Iterator[TestClient]:
    with client_of(Settings()) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8080", "[::1]"]
)
def test_names_of_this_machine_are_answered(edge: TestClient, host: str) -> None:
    assert edge.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8080",
        "",
        "10.0.0.1",
        "evil.example#127.0.0.1",
        "[::1].evil",
        "@127.0.0.1",
        "2130706433",
    ],
)
def test_other_names_are_refused(edge: TestClient, host: str) -> None:
    response = edge.get("/", headers={"host": host})

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "refused"


def test_two_names_are_none(edge: TestClient) -> None:
    hosts = [("host", "127.0.0.1:8080"), ("host", "127.0.0.1:8080")]

    assert edge.get("/", headers=hosts).status_code == 403


def test_a_server_on_all_addresses_answers_to_addresses_and_its_names_only() -> None:
    settings = Settings(host="0.0.0.0", allowed_hosts=("images.example.org",))
    with client_of(settings) as client:
        status = {
            host: client.get("/", headers={"host": host}).status_code
            for host in ("192.168.1.5:8080", "images.example.org", "evil.example")
        }

    assert status == {"192.168.1.5:8080": 200, "images.example.org": 200, "evil.example": 403}


OWN = "http://127.0.0.1:8080"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"origin": OWN}, True),
        ({"origin": OWN, "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://127.0.0.1:8080.evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": OWN, "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_changes_are_taken_from_our_own_pages_only(
    edge: TestClient, method: str, headers: dict[str, str], allowed: bool
) -> None:
    response = edge.request(method, "/", headers=headers)

    assert response.status_code == (200 if allowed else 403)


def test_reading_is_open_to_links_from_elsewhere(edge: TestClient) -> None:
    headers = {"origin": "https://example.org", "sec-fetch-site": "cross-site"}

    assert edge.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/fail", "/nothing"])
def test_every_answer_has_the_security_headers(edge: TestClient, path: str) -> None:
    headers = edge.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert not {"unsafe", "data:", "blob:", "http", "*"} & set(
        re.findall(r"unsafe|data:|blob:|http|\*", headers["content-security-policy"])
    )
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert len(headers["x-request-id"]) == 16


def test_an_unexpected_error_is_masked(edge: TestClient) -> None:
    response = edge.get("/fail")

    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal"
    assert response.json()["error"]["request"] == response.headers["x-request-id"]
    assert "canary" not in response.text


def test_one_line_is_logged_for_a_request_without_its_query(
    edge: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="app.access"):
        edge.get("/?token=secret")

    (record,) = caplog.records
    assert vars(record)["status"] == 200
    assert vars(record)["bytes"] == 4
    assert "secret" not in str(vars(record))


def test_websockets_are_not_served(edge: TestClient) -> None:
    with pytest.raises(Exception) as caught, edge.websocket_connect("/"):  # noqa: PT011
        pass

    assert type(caught.value).__name__ == "WebSocketDisconnect"
