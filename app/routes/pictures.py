"""What every rendered picture shares: finding its image, caching headers, 304, rendering."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.limits import unless_gone
from app.routes.byte_ranges import picture_response
from app.routes.looks import Look, Shown
from render.arrays import RGB
from render.encode import FORMATS, encode

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"
UNCHANGED = frozenset({"etag", "cache-control", "vary"})
"""Headers of a 304: it says nothing of the bytes that the client has."""


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


async def answer_picture(
    request: Request,
    look: Look,
    prepare: Callable[[Micrograph, Request], Job],
    make: Callable[[Micrograph, Job], bytes],
) -> Response:
    """Answer with a picture, or with 304 before any pixel is read.

    Args:
        request: Asks for it.
        look: How its address wants it shown.
        prepare: Finds the image for the viewer and settles everything but the pixels.
        make: Returns the encoded picture, from a cache or by rendering it.

    Raises:
        Whatever `prepare` and `make` raise, and BusyError.
    """
    micrograph, person = micrograph_of(request), person_of(request)
    known = request.headers.get("if-none-match", "")
    if not known:  # no 304 to hope for: one job in one thread does it all
        whole = partial(_at_once, micrograph, request, prepare, make)
        done = await unless_gone(request, partial(micrograph.slots.render.run, person, whole))
        if done is None:  # the client has gone
            return Response(status_code=204)
        job, body = done
        if body is not None:
            return _picture(request, look, job, body)
    find = partial(prepare, micrograph, request)
    job = await micrograph.slots.metadata.run(person, find)
    if not job.shown.opened.measured and await micrograph.measurements.wait(
        job.shown.opened, person
    ):
        job = await micrograph.slots.metadata.run(person, find)
    if f'"{job.key}"' in known or known.strip() == "*":
        headers = _headers(look, job)
        kept = {name: value for name, value in headers.items() if name in UNCHANGED}
        return Response(status_code=304, headers=kept)
    body = job.body
    if body is None:
        work = partial(micrograph.slots.render.run, person, make, micrograph, job)
        body = await unless_gone(request, work)
    return _picture(request, look, job, body)


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


def _picture(request: Request, look: Look, job: Job, body: bytes | None) -> Response:
    return picture_response(request, body, FORMATS[look.format], _headers(look, job))


def _headers(look: Look, job: Job) -> dict[str, str]:
    headers = answer_headers(job.key, immutable=job.lasting and job.shown.immutable)
    headers |= {"vary": "cookie, accept"} if look.negotiated else {}
    return headers | dict(job.headers)


def answer_headers(key: str, *, immutable: bool) -> dict[str, str]:
    """Return the caching headers of a tile or thumbnail.

    Args:
        key: Name of exactly these bytes.
        immutable: The address carries the current version, so it never has other bytes.
    """
    return {
        "etag": f'"{key}"',
        "cache-control": IMMUTABLE if immutable else REVALIDATE,
        "vary": "cookie",
    }


def name_of(*parts: object) -> str:
    """Return the name of exactly the bytes that these parts lead to: 32 hexadecimal digits."""
    text = " ".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
