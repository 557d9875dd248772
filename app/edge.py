"""The edge of the server: what holds for every request, before and after its route.

Refuses names and origins that are not ours, gives every request an id, every answer its security
headers, every failure its one JSON form, and the log one line.
"""

import ipaddress
import itertools
import logging
import re
import secrets
import socket
import time
from functools import lru_cache
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors, log
from app.auth import bearer
from app.errors import RefusedError
from app.settings import Settings
from store.share_links import PREFIX as LINK

logger = logging.getLogger("app.access")

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
"""What a page of ours may load: our own files."""

CONTENT_POLICY_GRAPHIQL = (
    f"{CONTENT_POLICY}; img-src 'self' data:; font-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'"
)
"""GraphiQL's editor writes styles into its page while it runs; its scripts are our own files too."""

_POLICY_NAME = b"content-security-policy"
_POLICY = (_POLICY_NAME, CONTENT_POLICY.encode())
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
_SECRET = re.compile(r"/share/[^/]+")
_SHARED = re.compile(rf"/share/({LINK}[A-Za-z0-9_-]{{43}})(/.+)")
OWN_HEADERS = (*_SECURITY_HEADERS, _POLICY)
"""Headers of an answer to what never becomes a request, as those of all others."""
_PROCESS, _NUMBER = secrets.token_hex(4), itertools.count()


class Edge:
    """ASGI middleware around all routes; see the module."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = _own_names(settings)
        self._any_address = settings.host in {"0.0.0.0", "::", ""}  # noqa: S104  (compared, not bound)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one WebSocket for as long as it is open."""
        match scope["type"]:
            case "http":
                await self._serve(scope, receive, send)
            case "websocket":
                await self._converse(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = _new_id()
        scope["state"] = {**scope.get("state", {}), "request": request}
        token = log.request_id.set(request)
        answer = _Answer(send, request.encode())
        _show_link(scope)
        try:
            self._check(scope)
            await self._app(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001  (the one place where all errors end)
            await _fail(error, request, answer, scope, receive)
        finally:
            _log(scope, answer, time.perf_counter() - started)
            log.request_id.reset(token)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a WebSocket that one of our own pages, or a program, opens under our own name."""
        connection = _new_id()
        scope["state"] = {**scope.get("state", {}), "request": connection}
        token = log.request_id.set(connection)
        started = time.perf_counter()
        try:
            headers = Headers(scope=scope)
            self._check_host(headers.get("host", ""))
            if bearer(headers) is None:
                check_origin(headers, headers.get("host", ""))
            await self._app(scope, receive, send)
        except RefusedError as error:
            logger.warning("websocket refused", extra={"reason": str(error)})
            await send({"type": "websocket.close", "code": 1008})
        except Exception:  # the one place where all errors of conversations end
            logger.exception("websocket failed")
            await send({"type": "websocket.close", "code": 1011})
        finally:
            seconds = round(time.perf_counter() - started, 1)
            viewer = scope["state"].get("viewer")
            logger.info("websocket closed", extra={"viewer": viewer, "seconds": seconds})
            log.request_id.reset(token)

    def _check(self, scope: Scope) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        # Two readers may each take another of two names.
        host = hosts[0] if len(hosts) == 1 else b""
        self._check_host(host.decode("latin-1"))
        if scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if bearer(headers) is None:  # a token is shown by programs, never by a browser itself
                check_origin(headers, host.decode("latin-1"))

    def _check_host(self, host: str) -> None:
        if not self._is_ours(host):
            raise RefusedError(
                f"This server does not answer to the name {host[:100]!r}.",
                "Use the address that it printed, or add the name to MICROGRAPH_ALLOWED_HOSTS.",
            )

    def _is_ours(self, host: str) -> bool:
        """Whether the Host header is a name of this server, whatever the port.

        A page of another site can make a browser reach us under that site's own name (DNS
        rebinding), never under an IP address; so addresses are fine where we listen on all.
        """
        name = host_name(host)
        if name in self._names:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class _Answer:
    """Sends a response on, with our headers, and remembers what the log wants to know."""

    def __init__(self, send: Send, request: bytes) -> None:
        self._send = send
        self._request = request
        self.status = 0
        self.size = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.get("headers", ())
            headers = [*own, *_SECURITY_HEADERS, (b"x-request-id", self._request)]
            if _POLICY_NAME not in dict(own):
                headers.append(_POLICY)
            message["headers"] = headers
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


def _show_link(scope: Scope) -> None:
    """Take the secret of a share link out of an address such as /share/mgs_…/tiles/… .

    For programs that can be given an address and no headers: the rest is what they ask for, as if
    they had shown the secret as a bearer. Whatever else says who asks is left out.
    """
    found = _SHARED.match(scope["path"])
    if found is None:
        return
    secret, rest = found.groups()
    headers = [one for one in scope["headers"] if one[0] not in {b"authorization", b"cookie"}]
    scope["headers"] = [*headers, (b"authorization", f"Bearer {secret}".encode())]
    scope["path"] = rest
    scope["raw_path"] = quote(rest).encode()


def _new_id() -> str:
    """Name a request, unlike those of other processes and of other days: no secret."""
    return f"{_PROCESS}{next(_NUMBER):08x}"


def check_origin(headers: Headers, host: str) -> None:
    """Refuse a change that another site's page asks a browser to make.

    Browsers say where a request comes from; programs without a browser say nothing and are let
    through, since they hold no cookie that somebody else could use.

    Raises:
        RefusedError: The request comes from another site.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    foreign = site is not None and site not in {"same-origin", "none"}
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        foreign = True
    if foreign:
        raise RefusedError(
            "This change was asked for by a page of another site.",
            "Open Micrograph itself and make the change there.",
        )


@lru_cache(maxsize=64)
def host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets, in lower case; or nothing."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else ""


def _own_names(settings: Settings) -> frozenset[str]:
    names = {"localhost", "127.0.0.1", "::1", settings.host.lower(), *settings.allowed_hosts}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).hostname or "")
    if not settings.loopback:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return frozenset(names)


async def _fail(
    error: Exception, request: str, answer: _Answer, scope: Scope, receive: Receive
) -> None:
    response = errors.answer(error, request)
    if answer.status == 0:
        await response(scope, receive, answer.send)


def _log(scope: Scope, answer: _Answer, seconds: float) -> None:
    """Write one line; the query string is left out, for it may hold a sign-in token."""
    if not logger.isEnabledFor(logging.INFO):
        return
    facts = {
        "method": scope["method"],
        "path": _SECRET.sub("/share/…", scope["path"])[:500],
        "status": answer.status or 499,
        "ms": round(seconds * 1000, 1),
        "bytes": answer.size,
        "viewer": scope["state"].get("viewer"),
        "request": scope["state"]["request"],
    }
    logger.handle(log.Facts(logger.name, logging.INFO, "request", facts))
