"""Signing in at an OpenID provider: there, and back; and being signed out by it."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth import cookie_name, drop_cookie, set_cookie
from app.context import Micrograph, micrograph_of, person_of
from app.errors import SignInFailedError
from app.limits import read_form
from app.openid import ATTEMPT_LIMIT, Attempt, Provider
from app.routes.sessions import NO_STORE, explained, refused
from app.signing_in import (
    address_of,
    begin_claimed,
    hand_over,
    is_secure,
    own_address,
    own_path,
)
from store import sign_in
from store.errors import InvalidInputError, NotAllowedError, NotFoundError, UnavailableError

BACK = "/login/openid/back"
OUT = "/login/openid/out"
LOGOUT_LIMIT = 16_384
"""Bytes of a logout token with what is around it."""
ATTEMPT_S = 600
"""How long signing in elsewhere may take."""


async def openid_login(request: Request) -> Response:
    """Send the browser to the provider; `next` says where it goes when it comes back.

    Raises:
        NotFoundError: There is no provider.
        UnavailableError: It does not answer.
    """
    micrograph = micrograph_of(request)
    provider = _provider(micrograph)
    back = own_address(request, micrograph) + BACK
    onward = own_path(request.query_params.get("next", "/"))
    try:
        address, attempt = await micrograph.slots.metadata.run(
            person_of(request), provider.begin, back, onward
        )
    except UnavailableError as error:
        return explained(request, error)
    response = RedirectResponse(address, 303, NO_STORE)
    name, secure = _cookie(micrograph), is_secure(request, micrograph)
    set_cookie(response, name, attempt.packed(), ATTEMPT_S, secure=secure)
    return response


async def openid_back(request: Request) -> Response:
    """Sign in whom the provider vouches for, and go on.

    Raises:
        NotFoundError: There is no provider.
        SignInFailedError: It vouches for nobody.
        NotAllowedError: Whom it vouches for has no account, or a closed one.
        UnavailableError: It does not answer.
    """
    micrograph = micrograph_of(request)
    provider = _provider(micrograph)
    text = request.cookies.get(_cookie(micrograph), "")
    attempt = Attempt.unpacked(text) if len(text) <= ATTEMPT_LIMIT else None
    response: Response
    try:
        secret = await micrograph.slots.metadata.run(
            person_of(request), _finish, micrograph, provider, attempt, request
        )
        response = RedirectResponse(own_path(attempt.onward if attempt else "/"), 303, NO_STORE)
        hand_over(response, request, micrograph, secret)
    except (SignInFailedError, NotAllowedError, UnavailableError) as error:
        response = explained(request, error)
    drop_cookie(response, _cookie(micrograph))
    return response


async def openid_out(request: Request) -> Response:
    """End the sessions of whom the provider says that they signed out there.

    The provider itself asks, not a browser: what is good for it is the token, signed with its key,
    and no cookie is looked at. So the rule about pages of other sites holds here without an
    exception: a provider names no origin, and a page that does is refused as everywhere.

    Raises:
        NotFoundError: There is no provider.
        MediaTypeError: The body is no form.
        InvalidInputError: The token is missing, or not good.
        UnavailableError: The provider does not tell its keys.
    """
    micrograph = micrograph_of(request)
    provider = _provider(micrograph)
    text = await read_form(request, LOGOUT_LIMIT, micrograph.settings.receive_timeout)
    given = parse_qs(text).get("logout_token", [])
    if len(given) != 1:
        raise InvalidInputError("The logout token is missing.", "Send logout_token=… once.")
    await micrograph.slots.metadata.run(person_of(request), _out, micrograph, provider, given[0])
    return Response(status_code=200, headers=NO_STORE)


def _out(micrograph: Micrograph, provider: Provider, token: str) -> None:
    left = provider.left(token)
    with micrograph.database.writing() as writing:
        sign_in.close_sessions_from(writing, left.issuer, left.subject, left.session, left.before)
    provider.spend(left)


def _finish(
    micrograph: Micrograph, provider: Provider, attempt: Attempt | None, request: Request
) -> str:
    back = own_address(request, micrograph) + BACK
    claimed = provider.finish(attempt, dict(request.query_params), back)
    try:
        return begin_claimed(micrograph, claimed, sign_in.OPENID, address_of(request))
    except NotAllowedError:
        refused(micrograph, claimed.user_name, address_of(request))
        raise


def _provider(micrograph: Micrograph) -> Provider:
    if micrograph.openid is None:
        raise NotFoundError("OpenID provider", "is set")
    return micrograph.openid


def _cookie(micrograph: Micrograph) -> str:
    return f"{cookie_name(micrograph.settings.port)}-openid"
