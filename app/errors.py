"""Errors of the HTTP edge and the command line, and the one table from error to HTTP status.

AppError
├── ConfigurationError     a setting that cannot be used; names the variable and the remedy
├── NotSignedInError       nobody is signed in, or the sign-in has ended
├── WrongPasswordError     name and password do not belong together, or the account is closed
├── SignInFailedError      a provider's answer does not sign anybody in
├── RefusedError           the request comes from, or asks for, a place that is not allowed
├── OutOfRangeError        a level, section, time point or tile that the image does not have
├── TooLargeError          the body is larger than what this address takes
├── TooSlowError           the body did not arrive in time
├── ChecksumError          what arrived is not what was sent
├── VersionError           the client speaks another version of a protocol
├── MediaTypeError         the body is not of the type that this address takes
├── NotAcceptableError     the client takes none of the formats that there are
├── BusyError              more work is waiting than can be done soon
└── ThrottledError         too many wrong passwords; wait
"""

import logging
import secrets
from typing import ClassVar

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

import render.errors
import store.edits.outcomes
import store.errors

logger = logging.getLogger(__name__)


class AppError(Exception):
    """Base of the errors that the edge itself raises.

    Attributes:
        code: Stable, machine-readable name of the error; part of the API.
        message: What is wrong, for a person.
        remedy: What to do about it, for a person; may be empty.
        retry_after_s: When asking again may succeed; None if waiting does not help.
    """

    code: ClassVar[str] = "app"

    def __init__(self, message: str, remedy: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
        self.retry_after_s = retry_after_s


class ConfigurationError(AppError):
    """A setting that cannot be used."""

    code = "configuration"


class NotSignedInError(AppError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__(
            "Nobody is signed in.",
            "Sign in with your name and password, or open the address that `micrograph serve` printed.",
        )


class WrongPasswordError(AppError):
    """Name and password do not belong together, or the account is closed."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__(
            "Name and password do not belong to an open account.",
            "Check both; an administrator sets a new one with `micrograph user password NAME`.",
        )


class SignInFailedError(AppError):
    """A provider's answer does not sign anybody in."""

    code = "sign_in_failed"


class RefusedError(AppError):
    """The request comes from, or asks for, a place that is not allowed."""

    code = "refused"


class OutOfRangeError(AppError):
    """A level, section, time point or tile that the image does not have."""

    code = "out_of_range"


class TooLargeError(AppError):
    """The body is larger than what this address takes."""

    code = "too_large"


class TooSlowError(AppError):
    """The body did not arrive in time."""

    code = "too_slow"


class ChecksumError(AppError):
    """What arrived is not what was sent."""

    code = "checksum"


class VersionError(AppError):
    """The client speaks another version of a protocol."""

    code = "version"


class MediaTypeError(AppError):
    """The body is not of the type that this address takes."""

    code = "unsupported_media_type"


class NotAcceptableError(AppError):
    """The client takes none of the formats that there are."""

    code = "not_acceptable"


class BusyError(AppError):
    """More work is waiting than can be done soon."""

    code = "busy"


class ThrottledError(AppError):
    """Too many wrong passwords; wait."""

    code = "throttled"


Known = AppError | store.errors.StoreError | render.errors.RenderError

KNOWN: tuple[type[Exception], ...] = (
    AppError,
    store.errors.StoreError,
    render.errors.RenderError,
)

STATUS: dict[type[Exception], int] = {
    ConfigurationError: 500,
    NotSignedInError: 401,
    WrongPasswordError: 401,
    SignInFailedError: 401,
    RefusedError: 403,
    OutOfRangeError: 404,
    TooLargeError: 413,
    TooSlowError: 408,
    ChecksumError: 460,
    VersionError: 412,
    MediaTypeError: 415,
    NotAcceptableError: 406,
    BusyError: 503,
    ThrottledError: 429,
    store.errors.NotFoundError: 404,
    store.errors.NotAllowedError: 403,
    store.errors.QuotaError: 413,
    store.errors.ConflictError: 409,
    store.edits.outcomes.RefusedError: 409,
    store.errors.InvalidInputError: 400,
    store.errors.UnreadableFileError: 422,
    store.errors.UnsupportedError: 422,
    store.errors.UnavailableError: 503,
    render.errors.WindowError: 400,
    render.errors.UnknownLutError: 400,
    render.errors.LutFileError: 400,
    render.errors.ChannelCountError: 400,
    render.errors.UnsupportedPixelTypeError: 422,
    render.errors.UnsupportedFormatError: 415,
    render.errors.SettingsError: 400,
}
"""HTTP status of each error type; a subclass that is not named has its base's status."""

HTTP_PROBLEMS = {
    404: ("not_found", "There is nothing at this address.", "Check the address."),
    405: ("method_not_allowed", "This address does not take that method.", "See the Allow header."),
}


def status_of(error: Exception) -> int:
    """Return the HTTP status for an error: the nearest of its types in STATUS, else 500."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def body(code: str, message: str, remedy: str, request: str) -> bytes:
    """Return the one JSON form in which every error leaves the server."""
    error = {"code": code, "message": message, "remedy": remedy, "request": request}
    return orjson.dumps({"error": error})


def answer(error: Exception, request: str) -> Response:
    """Turn an error into a response: known ones say cause and remedy, others are masked.

    Args:
        error: What a route raised.
        request: Id of the request, repeated in the body so that a person can quote it.

    Returns:
        A JSON response. An unknown error is logged once, with its traceback and an incident id
        that is all the client learns.
    """
    if isinstance(error, AppError | store.errors.StoreError | render.errors.RenderError):
        status = status_of(error)
        content = body(error.code, error.message, error.remedy, request)
        return _json(content, status, _retry_after(error, status))
    if isinstance(error, HTTPException):
        code, message, remedy = HTTP_PROBLEMS.get(
            error.status_code, ("invalid_input", "This request cannot be answered.", "Check it.")
        )
        content = body(code, message, remedy, request)
        return _json(content, error.status_code, dict(error.headers or {}))
    return _json(masked(error, request), 500, {})


def masked(error: Exception, request: str) -> bytes:
    """Log an unexpected error under a fresh incident id and return the body that names only it."""
    incident = secrets.token_hex(6)
    logger.error("unexpected error", exc_info=error, extra={"incident": incident})
    return body(
        "internal",
        f"Something went wrong inside Micrograph (incident {incident}).",
        "Try again; if it stays, send the incident number to the administrator, whose log explains it.",
        request,
    )


def _retry_after(error: Known, status: int) -> dict[str, str]:
    """Say when to come back, where waiting helps."""
    seconds = error.retry_after_s if isinstance(error, AppError) else None
    if seconds is None and status == 503:
        seconds = 1
    return {} if seconds is None else {"retry-after": str(seconds)}


def _json(content: bytes, status: int, headers: dict[str, str]) -> Response:
    headers = {"cache-control": "no-store", **headers}
    return Response(content, status, headers, media_type="application/json")
