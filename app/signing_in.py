"""Signing in, whatever the way: the session that begins, and where the browser goes then."""

import datetime as dt
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.auth import cookie_name, set_cookie
from app.context import Micrograph
from store import audit, sign_in
from store.edits.external import Claimed, Rules, account_of


def begin(
    micrograph: Micrograph,
    experimenter_id: int,
    way: str,
    address: str,
    elsewhere: str | None = None,
) -> str:
    """Begin a session of a person, in a worker thread, with a line in the audit log.

    Args:
        micrograph: Started.
        experimenter_id: Whose; the caller has made sure that it is this person.
        way: How they signed in, such as "password".
        address: Network address that they signed in from.
        elsewhere: As of `store.sign_in.open_session`.

    Returns:
        The secret of the session.
    """
    settings = micrograph.settings
    with micrograph.database.writing() as writing:
        sign_in.forget_ended_sessions(writing, idle=dt.timedelta(seconds=settings.session_idle))
        secret = sign_in.open_session(
            writing,
            experimenter_id,
            way=way,
            address=address,
            elsewhere=elsewhere,
            lifetime_s=settings.session_lifetime,
        )
        subject = f"Experimenter:{experimenter_id}"
        audit.record(
            writing, experimenter_id, "sign in", subject, None, {"by": way, "address": address}
        )
    micrograph.sessions.note(secret, experimenter_id)
    return secret


def begin_claimed(micrograph: Micrograph, claimed: Claimed, way: str, address: str) -> str:
    """Begin a session of whom a provider or a directory vouches for; see `begin`.

    Raises:
        NotAllowedError: The person has no account, and none is made; or it was closed.
    """
    settings = micrograph.settings
    rules = Rules(settings.external_accounts == "create", settings.external_groups)
    with micrograph.database.writing() as writing:
        person = account_of(writing, claimed, rules)
    named = sign_in.session_elsewhere(claimed.issuer, claimed.session) if claimed.session else None
    return begin(micrograph, person, way, address, named)


def hand_over(response: Response, request: Request, micrograph: Micrograph, secret: str) -> None:
    """Give the browser the cookie of a session."""
    settings = micrograph.settings
    name, secure = cookie_name(settings.port), is_secure(request, micrograph)
    set_cookie(response, name, secret, settings.session_lifetime, secure=secure)


def is_secure(request: Request, micrograph: Micrograph) -> bool:
    """Whether people reach this server by https."""
    public = micrograph.settings.public_url
    if public.startswith("https:") or request.scope["scheme"] == "https":
        return True
    # A proxy speaks TLS with the browser, which says so; the edge has compared the rest of it.
    return request.headers.get("origin", "").lower().startswith("https://")


def own_address(request: Request, micrograph: Micrograph) -> str:
    """Return the address of this server as the browser knows it, without a slash at the end."""
    public = micrograph.settings.public_url
    return public or f"{request.scope['scheme']}://{request.headers['host']}"


def own_path(text: str) -> str:
    r"""Return a path of ours that somebody wants to go on to; the first page for anything else.

    >>> own_path("/browse?project=3"), own_path("//example.org"), own_path("/\\example.org")
    ('/browse?project=3', '/', '/')
    """
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= 2_000
    if not plain or not text.startswith("/") or text.startswith("//"):
        return "/"
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else "/"


def address_of(request: Request) -> str:
    """Return the network address that a request comes from."""
    return request.client.host if request.client else ""
