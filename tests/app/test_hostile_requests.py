"""Addresses, names and headers that are made to mislead: nobody is sent, or told, anything else."""

import http.client
import io
import socket
from collections.abc import Sequence
from email.parser import BytesParser
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from app.routes.sending import attachment

ELSEWHERE = "evil.example"
PLACES = (
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "/%5cevil.example", "/%2fevil.example", "//evil.example/%2f..",
    "/.evil.example", "//evil.example\\@ours", "https:evil.example", "https://evil.example",
    "http:/evil.example", "HTTPS://EVIL.EXAMPLE", "javascript:alert(1)", "data:text/html,evil.example",
    "//evil%E3%80%82example", "/\t/evil.example", "/%09/evil.example", "/%0d%0aLocation:%20//evil.example",
    "/login/..//evil.example", "/a/../../evil.example", "//127.0.0.1@evil.example", "//evil.example:80",
    "//%65vil.example", "/evil.example//", "/;@evil.example", "/?//evil.example", "/#//evil.example",
    "//evil.example?", "//evil.example#", "/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example",
    "//[::1]@evil.example", "///\\;@evil.example", "/\u2044evil.example", "/%00//evil.example", "/​/evil.example",
)  # fmt: skip
PARAMETERS = ("next", "url", "return", "redirect", "continue", "token")
HOSTS = (
    ELSEWHERE, "evil.example:8080", "127.0.0.1.evil.example", "127.0.0.1@evil.example",
    "127.0.0.1:80@evil.example", "evil.example#127.0.0.1", "evil.example?127.0.0.1", "127.0.0.1/evil",
    "127.0.0.1, evil.example", "127.0.0.1 evil.example", "127.0.0.1:8080:80", "127.0.0.1:evil", "[::1", "::1]",
    "[evil.example]", "[::1]evil.example", "", " ", "127.0.0.1\tevil", "127.0.0.1%00evil", "127.0.0.1\\evil",
    "0x7f.1", "2130706433", "127.1", "localhost.evil.example", "xn--localhost", "localhost..", "LOCALHOST.evil",
    "127.0.0.1:99999999", "..", "*", "null", "user:pw@localhost", "localhost\u0000", "l\u043ecalhost",
)  # fmt: skip
TARGETS = (
    "http://evil.example/health", "http://127.0.0.1/health", "//evil.example/health", "/health//", "*",
    "evil.example:80", "/health?host=evil.example", "/\\evil.example/health", "/health#x", "health", "",
)  # fmt: skip
NAMES = (
    "a\r\nSet-Cookie: x=1", "a\nX-Injected: 1", "a\rX-Injected: 1", 'a"; filename="b', "a%0d%0aX: 1",
    "a\u2028X: 1", "a\x00b", "../../etc/passwd", "..\\..\\win.ini", "a;b=c", "a\x0bX: 1", "a\x85X: 1",
    "\u560d\u560aX: 1", "ä\r\n\r\n<script>", "a\\\"b", " ", "", ".", "con", "a" * 5_000,
)  # fmt: skip
OURS = "127.0.0.1:8080"


def test_nobody_is_sent_to_another_place(client: TestClient, micrograph: Micrograph) -> None:
    wrong = []
    for place in PLACES:
        asked = [f"/login?token={micrograph.tokens.issue()}&next={place}"]
        asked += [f"/login?{name}={place}" for name in PARAMETERS]
        if place.startswith("/") and place.isascii():
            asked.append(place)
        for address in asked:
            raw = client.build_request("GET", f"http://{OURS}/", headers={"accept": "text/html"})
            path = "".join(
                one if "!" <= one <= "~" and one != "#" else quote(one) for one in address
            )
            raw.url = raw.url.copy_with(raw_path=path.encode())
            answer = client.send(raw)
            if answer.headers.get("location", "/") != "/" or answer.status_code >= 500:
                wrong.append((address, answer.status_code, answer.headers))

    assert wrong == []


def test_every_list_is_as_long_as_it_says() -> None:
    assert len(set(PLACES)) == 40
    assert len(set(HOSTS)) + len(set(TARGETS)) + len(SEVERAL) >= 45


SEVERAL: tuple[tuple[bytes, ...], ...] = (
    (b"Host: 127.0.0.1", b"Host: evil.example"),
    (b"Host: evil.example", b"Host: 127.0.0.1"),
    (b"Host: 127.0.0.1", b"Host: 127.0.0.1"),
    (b"Host: 127.0.0.1", b"X-Forwarded-Host: evil.example"),
    (b"X-Host: evil.example",),
)


def sent(port: int, target: bytes, headers: Sequence[bytes]) -> tuple[int, bytes]:
    """Send a request as it is; return status and all that came."""
    request = b"GET %s HTTP/1.1\r\n%s\r\nConnection: close\r\n\r\n" % (
        target,
        b"\r\n".join(headers),
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        came = b""
        while part := connection.recv(65536):
            came += part
    return int(came.split(b" ", 2)[1]), came


def test_no_host_and_no_target_misleads_the_server(port: int) -> None:
    wrong: list[tuple[object, ...]] = []
    for host in HOSTS:
        found = sent(port, b"/login?token=x", [b"Host: " + host.encode()])
        if found[0] not in (400, 403) or b"\r\nlocation" in found[1].lower():
            wrong.append((host, found))
    for target in TARGETS:
        status, came = sent(port, target.encode(), [b"Host: 127.0.0.1"])
        if status not in (200, 400, 404) or b"\r\nlocation" in came.lower():
            wrong.append((target, (status, came)))
    for headers in SEVERAL:
        status, came = sent(port, b"/health", headers)
        single = headers == (b"Host: 127.0.0.1", b"X-Forwarded-Host: evil.example")
        if (
            status != (200 if single else 403)
            or ELSEWHERE.encode() in came.partition(b"\r\n\r\n")[0]
        ):
            wrong.append((headers, (status, came)))

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_add_no_header(name: str) -> None:
    value = attachment(name)
    parsed = BytesParser().parsebytes(f"Content-Disposition: {value}\r\n\r\n".encode("latin-1"))

    assert value.isascii()
    assert value.isprintable()
    assert parsed.keys() == ["Content-Disposition"]
    assert not parsed.get_payload()
    assert "/" not in value.partition("filename*=")[0]


def test_what_is_asked_for_adds_no_header(client: TestClient, image: int) -> None:
    wrong = []
    for name in (one for one in NAMES if len(one) < 100):
        text = quote(name.encode("utf-8", "replace"), safe="")
        for address in (
            f"/{text}", f"/assets/{text}", f"/luts/{text}.png", f"/login?token={text}",
            f"/export/{text}", f"/tiles/{image}/0/0/0/0/0.png?c={text}", f"/uploads/{text}",
            f"/archive?ids={text}",
        ):  # fmt: skip
            answer = client.get(address)
            added = {"x", "x-injected"} & answer.headers.keys()
            if answer.status_code >= 500 or added or "x=1" in answer.headers.get("set-cookie", ""):
                wrong.append((address, answer.status_code, answer.headers))

    assert wrong == []


def test_what_never_becomes_a_request_has_the_security_headers_too(port: int) -> None:
    _, came = sent(port, b"/ HTTP/9.9 x", [b"Host: 127.0.0.1"])
    status, _, rest = came.partition(b"\r\n")
    headers = http.client.parse_headers(io.BytesIO(rest))

    assert b" 400 " in status
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert b'"code":"invalid_input"' in came
