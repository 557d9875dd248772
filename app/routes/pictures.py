"""What every rendered picture shares: finding its image, caching headers, 304, rendering."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.context import Micrograph, micrograph_of, person_of
from app.limits import unless_gone
from app.picture_store import PictureStore
from app.routes.byte_ranges import picture_response
from app.routes.looks import Look, Shown
from app.sights import KnownPicture
from render.arrays import RGB
from render.encode import FORMATS, encode

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"
UNCHANGED = frozenset({b"etag", b"cache-control", b"vary"})
"""Headers of a 304: it says nothing of the bytes that the client has."""
type RawHeaders = tuple[tuple[bytes, bytes], ...]

PICTURES = ("/tiles/", "/regions/", "/planes/", "/thumbnails/")
"""What addresses of pictures begin with that are remembered."""
LONGEST_KNOWN = 2_048
"""Longest address, with who asks for it, whose answer is remembered."""


@dataclass(frozen=True, slots=True)
class Job:
    """A picture that this viewer may see: everything is settled but the pixels."""

    shown: Shown
    """Where its pixels are, and how they are shown."""
    key: str
    """Name of exactly these bytes."""
    body: bytes | None
    """The encoded picture, if it was in memory."""
    render: Callable[[], bytes]
    """Reads, blends and encodes it."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What its headers say that those of other pictures do not."""
    lasting: bool = True
    """Whether address and version alone settle what it shows."""
    stored: Callable[..., bytes | None] | None = None
    """Reads it as the file has it; takes `at_once`, see `PixelSource.stored_jpeg`."""


def job_of(
    micrograph: Micrograph,
    shown: Shown,
    place: tuple[object, ...],
    draw: Callable[[], RGB],
    *,
    lasting: bool = True,
) -> Job:
    """Return the picture of a place in an image, out of memory if it is there.

    Args:
        micrograph: Keeps encoded pictures in memory.
        shown: Where its pixels are, and how they are shown.
        place: What tells it from other pictures of the same image and look; begins with its kind.
        draw: Reads and blends it.
        lasting: Whether address and version alone settle what it shows.
    """
    look = shown.look
    samples = (shown.opened.stored.content_id, shown.settings.hash())
    key = name_of(*samples, *place, look.format, look.quality)
    return Job(
        shown, key, micrograph.tiles.peek(key), partial(_encoded, look, draw), lasting=lasting
    )


def _encoded(look: Look, draw: Callable[[], RGB]) -> bytes:
    return encode(draw(), look.format, look.quality)


class KnownPictures:
    """ASGI middleware that answers addresses of pictures whose answer is known, before all routes.

    With the picture, or 304, that the address led to for the same person just before: only while
    nothing was committed since, so that whoever may not see it any more is asked for anew, and
    only if the picture is in memory. Takes no thread, no statement and no parsing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or leave it to the routes."""
        known = None
        if scope["type"] == "http" and scope["method"] == "GET":
            known = _known(scope) if scope["path"].startswith(PICTURES) else None
        if known is None:
            await self._app(scope, receive, send)
            return
        status, headers, body = known
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _known(scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
    """Return status, headers and body of what an address led to just before."""
    headers = _first_of_each(scope)
    if b"range" in headers:
        return None
    micrograph: Micrograph = scope["app"].state.micrograph
    scope["state"]["asked"] = asked = _asked(scope, headers)
    found = micrograph.pictures.find(micrograph.state_at(scope), asked)
    if found is None:
        return None
    if _names(headers.get(b"if-none-match", b"").decode("latin-1"), found.key):
        body = None
    elif (body := micrograph.tiles.peek(found.key)) is None:
        return None
    scope["state"]["viewer"] = found.viewer
    return _encoded_answer(found.headers, body)


def has_already(request: Request, key: str) -> bool:
    """Whether the client says that it has exactly these bytes."""
    return _names(request.headers.get("if-none-match", ""), key)


def _names(tags: str, key: str) -> bool:
    return f'"{key}"' in tags or tags.strip() == "*"


class _Encoded(Response):
    """A picture, or 304 in its place, whose headers are made already."""

    def __init__(self, headers: RawHeaders, body: bytes | None) -> None:
        self.background = None
        self.status_code, self.raw_headers, self.body = _encoded_answer(headers, body)


def _encoded_answer(
    headers: RawHeaders, body: bytes | None
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body; of None, those of 304."""
    if body is None:
        return 304, [pair for pair in headers if pair[0] in UNCHANGED], b""
    return 200, [*headers, (b"content-length", str(len(body)).encode())], body


def _first_of_each(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of a request by name; of several, the one that `Request.headers` gives."""
    return dict(reversed(scope["headers"]))


def _asked(scope: Scope, headers: Mapping[bytes, bytes]) -> tuple[str | bytes, ...]:
    """Return all that an answer depends on: who asks, for what, and which forms they take."""
    get = headers.get
    told = get(b"cookie", b""), get(b"authorization", b"")
    taken = get(b"accept", b""), get(b"accept-encoding", b"")
    return scope["path"], scope["query_string"], *told, *taken


def answered(request: Request, job: Job, body: bytes | None) -> Response:
    """Answer with an encoded picture, or 304 for none, and remember what the address led to.

    Args:
        request: Asks for it.
        job: The picture.
        body: Its bytes; None if the client has them.
    """
    headers, about = _headers_of(job), request.scope["state"]
    asked = about.get("asked") or _asked(request.scope, _first_of_each(request.scope))
    if job.shown.opened.measured and sum(map(len, asked)) <= LONGEST_KNOWN:
        micrograph = micrograph_of(request)
        known = KnownPicture(job.key, headers, about["viewer"])
        # Of the time when the request came: a commit since then is seen.
        micrograph.pictures.keep(micrograph.state_at(request.scope), asked, known)
    return _handed_out(request, job, headers, body)


def handed_out(request: Request, job: Job, body: bytes | None) -> Response:
    """Answer as `answered` does, with what is as quickly found again as remembered."""
    return _handed_out(request, job, _headers_of(job), body)


def _handed_out(request: Request, job: Job, headers: RawHeaders, body: bytes | None) -> Response:
    if body is not None and "range" in request.headers:
        look = job.shown.look
        return picture_response(request, body, FORMATS[look.format], _headers(job))
    return _Encoded(headers, body)


def _headers_of(job: Job) -> RawHeaders:
    look, immutable = job.shown.look, job.lasting and job.shown.immutable
    headers = _common_headers(look.format, immutable, look.negotiated)
    headers = headers | {b"etag": f'"{job.key}"'.encode()}
    if job.headers:
        headers |= _raw(job.headers)
    return tuple(headers.items())


@lru_cache(maxsize=64)
def _common_headers(format_: str, immutable: bool, negotiated: bool) -> dict[bytes, bytes]:
    """Return those headers of pictures that many have in common; not to be changed."""
    named = {"content-type": FORMATS[format_], "accept-ranges": "bytes"}
    return _raw(named | _cached(immutable=immutable) | _varied(negotiated))


def _raw(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def _varied(negotiated: bool) -> dict[str, str]:
    return {"vary": "cookie, authorization, accept"} if negotiated else {}


def _headers(job: Job) -> dict[str, str]:
    headers = answer_headers(job.key, immutable=job.lasting and job.shown.immutable)
    return headers | _varied(job.shown.look.negotiated) | dict(job.headers)


async def answer_picture(
    request: Request,
    prepare: Callable[[Micrograph, Request], Job],
    make: Callable[[Micrograph, Job], bytes],
    turn: int | str | None = None,
) -> Response:
    """Answer with a picture, or with 304 before any pixel is read.

    Args:
        request: Asks for it.
        prepare: Finds the image for the viewer and settles everything but the pixels.
        make: Returns the encoded picture, from a cache or by rendering it.
        turn: Whose turn it takes, where that is known already; see `person_of`.

    Raises:
        Whatever `prepare` and `make` raise, and BusyError.
    """
    micrograph = micrograph_of(request)
    person = person_of(request) if turn is None else turn
    micrograph.state_at(request.scope)  # before the database is asked anything, for `answered`
    if "if-none-match" not in request.headers:
        # No 304 to hope for: one job in one thread does it all.
        whole = partial(_at_once, micrograph, request, prepare, make)
        done = await unless_gone(request, partial(micrograph.slots.render.run, person, whole))
        if done is None:  # the client has gone
            return Response(status_code=204)
        job, body = done
        if body is not None:
            return answered(request, job, body)
    find = partial(prepare, micrograph, request)
    job = await micrograph.slots.metadata.run(person, find)
    if not job.shown.opened.measured and await micrograph.measurements.wait(
        job.shown.opened, person
    ):
        job = await micrograph.slots.metadata.run(person, find)
    if has_already(request, job.key):
        return answered(request, job, None)
    body = job.body
    if body is None:
        work = partial(micrograph.slots.render.run, person, make, micrograph, job)
        body = await unless_gone(request, work)
        if body is None:  # the client has gone
            return Response(status_code=204)
    return answered(request, job, body)


def _at_once(
    micrograph: Micrograph,
    request: Request,
    prepare: Callable[[Micrograph, Request], Job],
    make: Callable[[Micrograph, Job], bytes],
) -> tuple[Job, bytes | None]:
    """Find an image and make its picture; no picture before the image's range is measured."""
    job = prepare(micrograph, request)
    if not job.shown.opened.measured:
        return job, None
    return job, make(micrograph, job) if job.body is None else job.body


def cached(micrograph: Micrograph, job: Job) -> bytes:
    """Return the encoded picture from memory, rendering it if nobody has."""
    return micrograph.tiles.get(job.key, job.render)


def kept(micrograph: Micrograph, job: Job) -> bytes:
    """Return the encoded picture from memory or disk, rendering it if nobody has.

    Kept on disk are pictures that everybody gets who has not touched the settings; one of
    thousands that come while somebody drags a window is never asked for again.
    """
    if not job.shown.look.untouched or job.stored is not None:
        return cached(micrograph, job)
    return micrograph.tiles.get(job.key, partial(kept_or_rendered, micrograph.kept_tiles, job))


def kept_or_rendered(store: PictureStore, job: Job) -> bytes:
    """Return the encoded picture from disk, rendering and keeping it if it is not there."""
    content = store.find(job.key)
    if content is None:
        content = job.render()
        store.keep(job.key, content)
    return content


def answer_headers(key: str, *, immutable: bool) -> dict[str, str]:
    """Return the caching headers of a tile or thumbnail.

    Args:
        key: Name of exactly these bytes.
        immutable: The address carries the current version, so it never has other bytes.
    """
    return {"etag": f'"{key}"'} | _cached(immutable=immutable)


def _cached(*, immutable: bool) -> dict[str, str]:
    return {
        "cache-control": IMMUTABLE if immutable else REVALIDATE,
        "vary": "cookie, authorization",
    }


def name_of(*parts: object) -> str:
    """Return the name of exactly the bytes that these parts lead to: 32 hexadecimal digits."""
    text = " ".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
