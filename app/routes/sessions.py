"""Signing in and out, by one-time addresses and passwords; acting as somebody else."""

import html

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth import cookie_name, drop_cookie, secret_of, session_secret
from app.context import Micrograph, micrograph_of, person_of
from app.errors import AppError, NotSignedInError, WrongPasswordError, status_of
from app.limits import read_json
from app.routes.pages import wants_html
from app.signing_in import address_of, begin, begin_claimed, hand_over
from store import audit, models, sign_in
from store.edits.acting import act_as, act_as_oneself
from store.errors import InvalidInputError, NotFoundError, StoreError
from store.queries.people import NOBODY, experimenter_by_id
from store.share_links import shown_by

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
        hand_over(response, request, micrograph, secret)
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
    body = await read_json(request, BODY_LIMIT, micrograph.settings.receive_timeout)
    user, password = body.get("user"), body.get("password")
    if not (isinstance(user, str) and isinstance(password, str)) or len(body) != 2:
        raise InvalidInputError(
            "Name or password is missing.", 'Send {"user": "…", "password": "…"}.'
        )
    address = address_of(request)
    secret = await micrograph.slots.metadata.run(
        f"password {address}", _verify, micrograph, user, password, address
    )
    response = Response(status_code=204, headers=NO_STORE)
    hand_over(response, request, micrograph, secret)
    return response


async def _close(request: Request) -> Response:
    micrograph = micrograph_of(request)
    await micrograph.slots.metadata.run(person_of(request), _forget, micrograph, request)
    response = Response(status_code=204, headers=NO_STORE)
    drop_cookie(response, cookie_name(micrograph.settings.port))
    return response


async def acting(request: Request) -> Response:
    """Act as somebody else (POST), and as oneself again (DELETE); for administrators."""
    micrograph = micrograph_of(request)
    name = None
    if request.method == "POST":
        body = await read_json(request, BODY_LIMIT, micrograph.settings.receive_timeout)
        name = body.get("user")
        if not isinstance(name, str) or len(body) != 1:
            raise InvalidInputError("The user name is missing.", 'Send {"user": "…"}.')
    await micrograph.slots.metadata.run(person_of(request), _act, micrograph, request, name)
    return Response(status_code=204, headers=NO_STORE)


def _act(micrograph: Micrograph, request: Request, user_name: str | None) -> None:
    with micrograph.viewing(request) as (_, viewer):
        secret = secret_of(request, micrograph.settings.port) or ""
    if viewer.experimenter_id == NOBODY:
        raise NotSignedInError
    with micrograph.database.writing() as writing:
        if user_name is None:
            act_as_oneself(writing, viewer, secret)
        else:
            act_as(writing, viewer, secret, user_name)


def _redeem(micrograph: Micrograph, request: Request, token: str) -> str | None:
    """Return a new session's secret, an empty text if there is a session, None if refused."""
    if is_signed_in(micrograph, request):
        return ""
    if not token or not micrograph.tokens.redeem(token):
        return None
    return begin(micrograph, micrograph.administrator_id, "one-time address", address_of(request))


def _verify(micrograph: Micrograph, user: str, password: str, address: str) -> str:
    """Return a new session's secret for the right password.

    Raises:
        ThrottledError: Too many wrong ones; the password is not even looked at.
        WrongPasswordError: It is wrong.
    """
    micrograph.throttle.check(user, address)
    secret = _opened(micrograph, user, password, address)
    if secret is None:
        micrograph.throttle.failed(user, address)
        refused(micrograph, user, address)
        raise WrongPasswordError
    micrograph.throttle.succeeded(user, address)
    return secret


def _opened(micrograph: Micrograph, user: str, password: str, address: str) -> str | None:
    """Begin a session of an account here, else of a person in the directory; None for neither."""
    with micrograph.database.reading() as reading:
        found = sign_in.verify_password(reading, user, password[: PASSWORD_LENGTH + 1])
        own = sign_in.has_password(reading, user)
    if len(password) > PASSWORD_LENGTH:
        return None
    if found is not None:
        return begin(micrograph, found, "password", address)
    # Whoever has a password here is never signed in with that of a namesake.
    claimed = (
        None if own or micrograph.directory is None else micrograph.directory.find(user, password)
    )
    return None if claimed is None else begin_claimed(micrograph, claimed, "directory", address)


def refused(micrograph: Micrograph, user: str, address: str) -> None:
    """Write into the audit log that somebody was not signed in."""
    with micrograph.database.writing() as writing:
        name = "".join(one for one in user[:255] if one.isprintable())
        audit.record(writing, None, "sign in refused", name, None, {"address": address})


def _forget(micrograph: Micrograph, request: Request) -> None:
    secret = session_secret(request, micrograph.settings.port)
    if secret is not None:
        with micrograph.database.writing() as writing:
            sign_in.close_session(writing, secret)
        micrograph.sessions.forget(secret)


def _person(micrograph: Micrograph, request: Request) -> bytes:
    settings = micrograph.settings
    told: dict[str, object] = {"user": None}
    if micrograph.openid is not None:
        told["openId"] = {"label": settings.oidc_label, "href": "/login/openid"}
    try:
        with micrograph.viewing(request) as (reading, viewer):
            person = experimenter_by_id(reading, viewer, viewer.experimenter_id)
            actor = viewer.acted_by
            acting = None if actor is None else experimenter_by_id(reading, viewer, actor)
    except (NotSignedInError, NotFoundError):
        return orjson.dumps(told | _visited(micrograph, request))
    told["user"] = {**_named(person), "administrator": viewer.administrator}
    told["actedBy"] = None if acting is None else _named(acting)
    return orjson.dumps(told)


def _named(person: models.Experimenter) -> dict[str, str]:
    return {
        "id": f"Experimenter:{person.id}",
        "userName": person.user_name,
        "firstName": person.first_name,
        "lastName": person.last_name,
    }


def _visited(micrograph: Micrograph, request: Request) -> dict[str, object]:
    """Say which share link was opened by who is not signed in."""
    try:
        with micrograph.viewing(request) as (reading, viewer):
            shown = None if viewer.link_id is None else shown_by(reading, viewer.link_id)
    except NotSignedInError:
        return {}
    if shown is None:
        return {}
    kind, key = shown.target
    return {"share": {"target": f"{kind}:{key}", "state": shown.state}}


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
    return explained(request, error)


def explained(request: Request, error: AppError | StoreError) -> Response:
    """Answer a browser that was sent here with a page that says what is wrong.

    Raises:
        AppError: It is no browser.
        StoreError: Likewise.
    """
    if not wants_html(request):
        raise error
    content = USED.format(
        title="nobody was signed in",
        message=html.escape(error.message),
        remedy=html.escape(error.remedy),
    )
    return Response(content, status_of(error), NO_STORE, media_type="text/html")
