"""Files as answers: whole or in part, read in worker threads, so many at once for each person."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.context import Micrograph, micrograph_of, person_of
from app.errors import BusyError
from app.routes.byte_ranges import asked_range

AT_ONCE = 8
"""Downloads of one person at a time."""
ALL_AT_ONCE = 64
"""Downloads of everybody at a time."""

PRIVATE = {"cache-control": "private, no-cache", "vary": "cookie, authorization"}

type Read = Callable[[int, int], Iterator[bytes]]
"""Gives out the bytes from one place to another."""


class Sending:
    """How many downloads there are, of whom; belongs to one event loop."""

    def __init__(self) -> None:
        self._running: Counter[int | str] = Counter()

    def begin(self, person: int | str) -> None:
        """Count a download.

        Raises:
            BusyError: There are too many already.
        """
        if self._running[person] >= AT_ONCE or self._running.total() >= ALL_AT_ONCE:
            raise BusyError(
                f"{self._running[person]} downloads of yours are going on.",
                "Wait until one has ended.",
                retry_after_s=5,
            )
        self._running[person] += 1

    def end(self, person: int | str) -> None:
        """Count it no more."""
        self._running[person] -= 1
        if not self._running[person]:
            del self._running[person]


def attachment(name: str) -> str:
    """Return what has a browser keep an answer under a name, whatever the name (RFC 6266).

    >>> print(attachment("Zürich.tif"))
    attachment; filename="Z_rich.tif"; filename*=UTF-8''Z%C3%BCrich.tif
    """
    plain = "".join(char if " " <= char <= "~" and char not in '"\\/%' else "_" for char in name)
    full = quote(name.encode(errors="replace").decode(), safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


def unchanged(request: Request, etag: str) -> bool:
    """Whether the client has these bytes already (`If-None-Match`)."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in [
        one.strip().removeprefix("W/") for one in known.split(",")
    ]


def is_beginning(request: Request) -> bool:
    """Whether a request asks for the first byte: once for each download, if it is cut or not."""
    return request.method == "GET" and request.headers.get("range", "bytes=0-").startswith(
        "bytes=0-"
    )


def send(
    request: Request,
    length: int,
    headers: dict[str, str],
    read: Read,
    done: Callable[[], None] | None = None,
) -> Response:
    """Answer with bytes, or the one range of them that is asked for.

    Args:
        request: Asks for them.
        length: How many there are.
        headers: Of the answer, with its ETag.
        read: Gives them out; runs in worker threads.
        done: Called in a worker thread when all that was asked for is sent, or nobody waits.

    Raises:
        BusyError: Too many downloads are going on.
    """
    headers = PRIVATE | {"accept-ranges": "bytes"} | headers
    if unchanged(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    found = asked_range(request, length, headers["etag"])
    if found is not None and found.start >= found.stop:
        headers["content-range"] = f"bytes */{length}"
        return Response(status_code=416, headers=headers)
    wanted = range(length) if found is None else found
    status = 200 if found is None else 206
    if found is not None:
        headers["content-range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{length}"
    headers["content-length"] = str(len(wanted))
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return _streamed(request, partial(read, wanted.start, wanted.stop), status, headers, done)


def stream(request: Request, pieces: Iterator[bytes], headers: dict[str, str]) -> Response:
    """Answer with bytes whose number is not known ahead."""
    return _streamed(request, lambda: pieces, 200, PRIVATE | headers, None)


def _streamed(
    request: Request,
    begin: Callable[[], Iterator[bytes]],
    status: int,
    headers: dict[str, str],
    done: Callable[[], None] | None,
) -> Response:
    micrograph = micrograph_of(request)
    person = person_of(request)
    sending_of(request).begin(person)
    body = _body(request, micrograph, begin, person, done)
    return StreamingResponse(body, status, headers)


async def _body(
    request: Request,
    micrograph: Micrograph,
    begin: Callable[[], Iterator[bytes]],
    person: int | str,
    done: Callable[[], None] | None,
) -> AsyncIterator[bytes]:
    limiter = request.app.state.download_threads
    pieces = begin()

    def following() -> bytes | None:
        return next(pieces, None)

    try:
        while (piece := await anyio.to_thread.run_sync(following, limiter=limiter)) is not None:
            yield piece
    finally:
        sending_of(request).end(person)
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_finish, pieces, done)


def _finish(pieces: Iterator[bytes], done: Callable[[], None] | None) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
    if done is not None:
        done()


def sending_of(request: Request) -> Sending:
    """Return the downloads that are going on in this server."""
    state = request.app.state
    if not hasattr(state, "sending"):
        state.sending = Sending()
        state.download_threads = anyio.CapacityLimiter(ALL_AT_ONCE)
    found: Sending = state.sending
    return found
