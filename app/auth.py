"""Who is asking: one-time addresses, session cookies, and the viewer behind a request."""

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from threading import Lock

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response

from store.share_links import PREFIX as LINK
from store.share_links import VISIT_PREFIX as VISIT
from store.tokens import PREFIX as TOKEN

SECRET_LENGTH = 512
"""Longest cookie value that is looked at; ours have 43 characters."""
_TELLING = frozenset({b"authorization", b"cookie"})
"""Headers that say who asks."""
_SHORT = 1_024
"""Length of what is said up to which what was read of it is kept."""
VISIT_SHAPE = re.compile(rf"{VISIT}[A-Za-z0-9_-]{{43}}")


class OneTimeTokens:
    """Tokens that sign the local administrator in once; only their hashes are remembered.

    Thread-safe. Attributes hold no token in readable form, so that nothing can be leaked by
    printing the object.
    """

    def __init__(self, lifetime_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._expiry: dict[bytes, float] = {}
        self._lock = Lock()

    def issue(self) -> str:
        """Make a token of 256 random bits that can be redeemed once within its lifetime."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._expiry[_digest(token)] = self._clock() + self._lifetime_s
        return token

    def redeem(self, token: str) -> bool:
        """Whether the token is good; it never is again."""
        digest = _digest(token[:SECRET_LENGTH])
        with self._lock:
            known = next((d for d in self._expiry if hmac.compare_digest(d, digest)), None)
            return known is not None and self._expiry.pop(known) >= self._clock()


class KnownSessions:
    """Whose a session is, as far as this process has seen: one person may have many sessions.

    For what needs to know who asks before the database was asked, and must not be told by the
    client; never a right to see anything. Thread-safe; remembers the latest `remembered` sessions,
    by the hashes of their secrets.
    """

    def __init__(self, remembered: int = 10_000) -> None:
        self._remembered = remembered
        self._people: OrderedDict[bytes, int] = OrderedDict()
        self._lock = Lock()

    def note(self, secret: str, experimenter_id: int) -> None:
        """Remember whose a session is that the database knows."""
        digest = _digest(secret)
        with self._lock:
            self._people[digest] = experimenter_id
            self._people.move_to_end(digest)
            while len(self._people) > self._remembered:
                self._people.popitem(last=False)

    def forget(self, secret: str) -> None:
        """Forget a session that the database does not know, or not any more."""
        with self._lock:
            self._people.pop(_digest(secret), None)

    def person(self, secret: str) -> int | None:
        """Return whose a session is, if it was seen."""
        return self._people.get(_digest(secret))


def cookie_name(port: int) -> str:
    """Return the cookie's name; browsers share cookies between ports, so the port is in it."""
    return f"micrograph-{port}"


def share_cookie_name(port: int) -> str:
    """Return the name of the cookie that says which share link was opened."""
    return f"{cookie_name(port)}-share"


def secret_of(request: HTTPConnection, port: int) -> str | None:
    """Return the secrets that say who asks: a bearer's token, else what the cookies hold.

    Who shows a token is asked for nothing else: a wrong one is not made good by a cookie. The
    session of who is signed in comes first, and after a space the visit by a share link. Looked for
    once in a request.
    """
    about = request.scope.setdefault("state", {})
    if "secret" not in about:
        shown = tuple(pair for pair in request.scope["headers"] if pair[0] in _TELLING)
        read = (
            _shown_secret if sum(map(len, chain(*shown))) <= _SHORT else _shown_secret.__wrapped__
        )
        about["secret"] = read(shown, port)
    secret: str | None = about["secret"]
    return secret


@lru_cache(maxsize=256)
def _shown_secret(headers: tuple[tuple[bytes, bytes], ...], port: int) -> str | None:
    request = HTTPConnection({"type": "http", "headers": headers})
    token = bearer(request.headers)
    if token is not None:
        return token
    held = (session_secret(request, port), visit_secret(request, port))
    return " ".join(filter(None, held)) or None


def visit_secret(request: HTTPConnection, port: int) -> str | None:
    """Return the secret of the visit by a share link in the cookie of a request, if any."""
    secret = request.cookies.get(share_cookie_name(port))
    return secret if secret and VISIT_SHAPE.fullmatch(secret) else None


def session_secret(request: HTTPConnection, port: int) -> str | None:
    """Return the session secret in the cookie of a request, if any."""
    secret = request.cookies.get(cookie_name(port))
    # A token in a cookie would be sent by browsers, which other sites can make do so.
    if not secret or len(secret) > SECRET_LENGTH or " " in secret:
        return None
    return None if secret.startswith((TOKEN, LINK, VISIT)) else secret


def bearer(headers: Headers) -> str | None:
    """Return what a request shows as `Authorization: Bearer …`; nothing that can be a session.

    That is a personal access token, or the secret of a share link.

    A header of another scheme, such as one that a proxy asked for, says nothing to us.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = value.strip()
    return token if token.startswith((TOKEN, LINK)) and len(token) <= SECRET_LENGTH else TOKEN


def set_cookie(response: Response, name: str, value: str, lifetime_s: int, *, secure: bool) -> None:
    """Hand a secret to the browser, out of reach for scripts and other sites.

    Args:
        response: That carries it.
        name: As `cookie_name` says.
        value: The secret.
        lifetime_s: The browser forgets it after so many seconds.
        secure: Whether it is sent back by https only.
    """
    response.set_cookie(
        name, value, max_age=lifetime_s, httponly=True, samesite="lax", secure=secure
    )


def drop_cookie(response: Response, name: str) -> None:
    """Make the browser forget a secret."""
    response.delete_cookie(name, httponly=True, samesite="lax")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
