"""Signing in and out: one-time addresses for the local administrator, passwords for people."""

import html

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth import drop_cookie, session_secret, set_cookie
from app.context import Micrograph, micrograph_of, person_of
from app.errors import NotSignedInError, WrongPasswordError
from app.limits import read_json
from app.routes.pages import wants_html
from store import audit, sign_in
from store.errors import InvalidInputError, NotFoundError
from store.queries.people import NOBODY, experimenter_by_id

BODY_LIMIT = 4_096
PASSWORD_LENGTH = 1_024
NO_STORE = {"cache-control": "no-store"}

USED = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Micrograph: {title}</title>
<h1>{message}</h1>
<p>{remedy}</p>
<p><a href="/">Sign in with a name and a password</a></p>
</html>
"""


async def login(request: Request) -> Response:
    """Sign the local administrator in with a one-time token, and go to the first page.

    Opening the address again in a browser that is signed in just goes to the first page.

    Raises:
        NotSignedInError: The token is wrong, used or expired.
    """
    if request.method == "HEAD":  # whoever previews links must not use the token up
        return Response(headers=NO_STORE)
    micrograph = micrograph_of(request)
    token = request.query_params.get("token", "")
    secret = await micrograph.slots.metadata.run(
        person_of(request), _redeem, micrograph, request, token
    )
    if secret is None:
        return _used(request)
    response = RedirectResponse("/", 303, NO_STORE)
    if secret:
        settings = micrograph.settings
        set_cookie(response, request, settings.port, secret, settings.session_lifetime)
    return response


async def session(request: Request) -> Response:
    """Say who is signed in (GET), sign in with name and password (POST), sign out (DELETE)."""
    if request.method == "POST":
        return await _open(request)
    if request.method == "DELETE":
        return await _close(request)
    micrograph = micrograph_of(request)
    content = await micrograph.slots.metadata.run(person_of(request), _person, micrograph, request)
    return Response(content, media_type="application/json", headers=NO_STORE)


async def _open(request: Request) -> Response:
    micrograph = micrograph_of(request)
    settings = micrograph.settings
    body = await read_json(request, BODY_LIMIT, settings.receive_timeout)
    user, password = body.get("user"), body.get("password")
    if not (isinstance(user, str) and isinstance(password, str)) or len(body) != 2:
        raise InvalidInputError(
            "Name or password is missing.", 'Send {"user": "…", "password": "…"}.'
        )
    address = request.client.host if request.client else ""
    secret = await micrograph.slots.metadata.run(
        f"password {address}", _verify, micrograph, user, password, address
    )
    response = Response(status_code=204, headers=NO_STORE)
    set_cookie(response, request, settings.port, secret, settings.session_lifetime)
    return response


async def _close(request: Request) -> Response:
    micrograph = micrograph_of(request)
    await micrograph.slots.metadata.run(person_of(request), _forget, micrograph, request)
    response = Response(status_code=204, headers=NO_STORE)
    drop_cookie(response, micrograph.settings.port)
    return response


def _redeem(micrograph: Micrograph, request: Request, token: str) -> str | None:
    """Return a new session's secret, an empty text if there is a session, None if refused."""
    if is_signed_in(micrograph, request):
        return ""
    if not token or not micrograph.tokens.redeem(token):
        return None
    return _start(micrograph, micrograph.administrator_id, "one-time address")


def _verify(micrograph: Micrograph, user: str, password: str, address: str) -> str:
    """Return a new session's secret for the right password.

    Raises:
        ThrottledError: Too many wrong ones; the password is not even looked at.
        WrongPasswordError: It is wrong.
    """
    micrograph.throttle.check(user, address)
    with micrograph.database.reading() as reading:
        found = sign_in.verify_password(reading, user, password[: PASSWORD_LENGTH + 1])
    if found is None or len(password) > PASSWORD_LENGTH:
        micrograph.throttle.failed(user, address)
        with micrograph.database.writing() as writing:
            name = "".join(one for one in user[:255] if one.isprintable())
            audit.record(writing, None, "sign in refused", name, None, {"address": address})
        raise WrongPasswordError
    micrograph.throttle.succeeded(user, address)
    return _start(micrograph, found, "password")


def _start(micrograph: Micrograph, experimenter_id: int, way: str) -> str:
    with micrograph.database.writing() as writing:
        sign_in.forget_ended_sessions(writing)
        secret = sign_in.open_session(
            writing, experimenter_id, lifetime_s=micrograph.settings.session_lifetime
        )
        subject = f"Experimenter:{experimenter_id}"
        audit.record(writing, experimenter_id, "sign in", subject, None, {"by": way})
    micrograph.sessions.note(secret, experimenter_id)
    return secret


def _forget(micrograph: Micrograph, request: Request) -> None:
    secret = session_secret(request, micrograph.settings.port)
    if secret is not None:
        with micrograph.database.writing() as writing:
            sign_in.close_session(writing, secret)
        micrograph.sessions.forget(secret)


def _person(micrograph: Micrograph, request: Request) -> bytes:
    try:
        with micrograph.viewing(request) as (reading, viewer):
            person = experimenter_by_id(reading, viewer, viewer.experimenter_id)
    except (NotSignedInError, NotFoundError):
        return orjson.dumps({"user": None})
    user = {
        "id": f"Experimenter:{person.id}",
        "userName": person.user_name,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "administrator": viewer.administrator,
    }
    return orjson.dumps({"user": user})


def is_signed_in(micrograph: Micrograph, request: Request) -> bool:
    """Whether somebody is signed in; to be used in a worker thread."""
    try:
        with micrograph.viewing(request) as (_, viewer):
            return viewer.experimenter_id != NOBODY
    except NotSignedInError:
        return False


def sign_in_first() -> Response:
    """Answer a person who has to sign in to see a page."""
    error = NotSignedInError()
    content = USED.format(
        title="sign in",
        message=html.escape(error.message),
        remedy="Sign in, then open this address again.",
    )
    return Response(content, 401, NO_STORE, media_type="text/html")


def _used(request: Request) -> Response:
    error = NotSignedInError()
    error.message = "This address was used before, or it is too old."
    error.remedy = (
        "Start `micrograph serve` again: it prints a new address. Or sign in with your password."
    )
    if not wants_html(request):
        raise error
    content = USED.format(
        title="this address was used",
        message=html.escape(error.message),
        remedy=html.escape(error.remedy),
    )
    return Response(content, 401, NO_STORE, media_type="text/html")
