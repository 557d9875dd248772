"""/uploads: files in pieces, resumable, by the tus protocol 1.0; no parser of forms touches them."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app import errors
from app.context import Micrograph, micrograph_of, person_of
from app.errors import MediaTypeError, TooLargeError, TooSlowError, VersionError
from app.uploads import Receiving, Upload, Uploads, parse_metadata, write_metadata
from store.errors import InvalidInputError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
PIECE = 1 << 20
"""Bytes that are written at once."""
AT_ONCE = 32
"""Pieces that are written at once, of everybody's uploads."""
SLOWEST = 1 << 10
"""Bytes that have to come in the time that the body of a request may take."""
MEDIA_TYPE = "application/offset+octet-stream"

_BASE = {"tus-resumable": VERSION, "cache-control": "no-store"}
_NUMBER = re.compile(r"[0-9]{1,18}")


async def uploads(request: Request) -> Response:
    """Say what is understood (OPTIONS), or begin an upload (POST).

    Raises:
        NotSignedInError: Nobody is signed in.
        InvalidInputError: A header cannot be read, or too much is on the way.
        TooLargeError: The file is too large.
        UnavailableError: The disk has no room.
    """
    micrograph = micrograph_of(request)
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=_about(micrograph))
    if (refused := _other_version(request)) is not None:
        return refused
    size = _number(request, "upload-length")
    wanted = parse_metadata(request.headers.get("upload-metadata", ""), size)
    upload: Upload = await _asking(request, lambda one, viewer: one.begin(viewer, wanted))
    headers = _headers(upload) | {"location": f"/uploads/{upload.token}"}
    if request.headers.get("content-type") == MEDIA_TYPE and size:
        offset = await _receive(request, upload, 0)
        headers["upload-offset"] = str(offset)
    return Response(status_code=201, headers=headers)


async def upload(request: Request) -> Response:
    """Say how much has come (HEAD), take more (PATCH), or give an upload up (DELETE).

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: There is none, or it is somebody else's.
        ConflictError: The piece does not begin where the last one ended.
        ChecksumError: What arrived is not what was sent.
        UnavailableError: The disk takes no more.
    """
    if (refused := _other_version(request)) is not None:
        return refused
    token = str(request.path_params["token"])
    method = request.method
    if method == "POST":
        method = request.headers.get("x-http-method-override", "").upper()
    if method == "DELETE":
        await _asking(request, lambda one, viewer: one.give_up(viewer, token))
        return Response(status_code=204, headers=_BASE)
    found, offset = await _asking(request, lambda one, viewer: one.find(viewer, token))
    if method == "HEAD":
        headers = _headers(found) | {
            "upload-offset": str(offset),
            "upload-length": str(found.size),
            "upload-metadata": write_metadata(found),
        }
        return Response(status_code=200, headers=headers)
    if method != "PATCH":
        raise InvalidInputError("This address takes HEAD, PATCH and DELETE.", "Use one of them.")
    if request.headers.get("content-type") != MEDIA_TYPE:
        raise MediaTypeError("Pieces have a type of their own.", f"Send {MEDIA_TYPE}.")
    offset = await _receive(request, found, _number(request, "upload-offset"))
    return Response(status_code=204, headers=_headers(found) | {"upload-offset": str(offset)})


async def _receive(request: Request, upload: Upload, offset: int) -> int:
    """Take one piece from the body of a request, and return what is acknowledged then.

    What came of a piece that is cut off is kept, unless it has a sum that cannot be checked.
    """
    length = request.headers.get("content-length", "")
    if _NUMBER.fullmatch(length) and offset + int(length) > upload.size:
        raise TooLargeError(
            f"{length} bytes from {offset} on are more than the {upload.size} of the file.",
            "Send as many as were announced.",
        )
    threads = _threads(request)
    checksum = _checksum(request)
    begin = partial(_uploads_of(request).receiving, upload, offset, checksum)
    receiving: Receiving = await anyio.to_thread.run_sync(begin, limiter=threads)
    problem: Exception | None = None
    acknowledged = offset
    try:
        try:
            await _take(request, receiving, threads)
        except (ClientDisconnect, TooSlowError, TooLargeError) as error:
            problem = error
        with anyio.CancelScope(shield=True):
            end = partial(receiving.end, whole=problem is None)
            acknowledged = await anyio.to_thread.run_sync(end, limiter=threads)
    finally:
        receiving.__exit__()
    if isinstance(problem, ClientDisconnect):
        raise InvalidInputError("The body ends early.", "Ask where the upload is, and go on.")
    if problem is not None:
        raise problem
    return acknowledged


async def _take(request: Request, receiving: Receiving, threads: anyio.CapacityLimiter) -> None:
    """Write what comes: while one piece is written and added up, the next one comes."""
    last: asyncio.Task[None] | None = None
    try:
        async for piece in _pieces(request):
            if last is not None:
                await last
            writing = anyio.to_thread.run_sync(receiving.take, piece, limiter=threads)
            last = asyncio.create_task(writing)
    finally:
        if last is not None:
            with anyio.CancelScope(shield=True):
                await last


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Give out the body in pieces of some size, as long as it keeps coming."""
    timeout_s = micrograph_of(request).settings.receive_timeout
    stream = request.stream()
    waiting: list[bytes] = []
    size = 0
    problem: Exception | None = None
    came, until = 0, anyio.current_time() + timeout_s
    while True:
        try:
            with anyio.fail_after(until - anyio.current_time()):
                part = await anext(stream, None)
        except TimeoutError:
            message = f"{came} bytes came in {timeout_s} seconds."
            problem = TooSlowError(message, "Go on from there.")
            break
        except ClientDisconnect as error:
            problem = error
            break
        if part is None:
            break
        waiting.append(part)
        size += len(part)
        came += len(part)
        if came >= SLOWEST:
            came, until = 0, anyio.current_time() + timeout_s
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)
    if problem is not None:
        raise problem


async def _asking(request: Request, work: Callable[[Uploads, Any], Any]) -> Any:
    micrograph = micrograph_of(request)
    found = _uploads_of(request)

    def run() -> Any:
        return work(found, micrograph.viewer(request))

    return await micrograph.slots.metadata.run(person_of(request), run)


def _about(micrograph: Micrograph) -> dict[str, str]:
    return _BASE | {
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-max-size": str(micrograph.settings.upload_limit),
        "tus-checksum-algorithm": "sha256",
    }


def _headers(upload: Upload) -> dict[str, str]:
    return _BASE | {"upload-expires": format_datetime(upload.expires, usegmt=True)}


def _other_version(request: Request) -> Response | None:
    """Refuse a client that speaks another version, and say which is spoken here."""
    given = request.headers.get("tus-resumable")
    if given == VERSION:
        return None
    error = VersionError(
        f"Tus-Resumable is {(given or 'missing')[:32]!r}.", f"Send Tus-Resumable: {VERSION}."
    )
    response = errors.answer(error, request.scope["state"]["request"])
    response.headers["tus-version"] = VERSION
    return response


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise InvalidInputError(f"{name} is no number of bytes.", "Give digits only.")
    return int(text)


def _checksum(request: Request) -> bytes | None:
    text = request.headers.get("upload-checksum")
    if text is None:
        return None
    kind, _, value = text.partition(" ")
    try:
        found = base64.b64decode(value, validate=True)
    except ValueError:
        found = b""
    if kind != "sha256" or len(found) != 32:
        raise InvalidInputError("Upload-Checksum cannot be read.", "Give sha256 and its base64.")
    return found


def _uploads_of(request: Request) -> Uploads:
    state = request.app.state
    if not hasattr(state, "uploads"):
        state.uploads = Uploads(micrograph_of(request))
        state.upload_threads = anyio.CapacityLimiter(AT_ONCE)
    found: Uploads = state.uploads
    return found


def _threads(request: Request) -> anyio.CapacityLimiter:
    _uploads_of(request)
    found: anyio.CapacityLimiter = request.app.state.upload_threads
    return found
