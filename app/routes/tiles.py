"""GET /tiles/…: one square of an image, rendered."""

from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.routes.drawing import rendered
from app.routes.looks import LOOK_KEYS, Look, Section, Shown, find_shown, look_of
from app.routes.parameters import DIGITS, Parameters, within
from app.routes.pictures import (
    LONGEST_KNOWN,
    Job,
    answer_picture,
    handed_out,
    has_already,
    job_of,
    kept,
)
from app.routes.squares import Square, region_of, square_of

KEYS = LOOK_KEYS | {"size"}


@dataclass(frozen=True, slots=True)
class TileRequest:
    """What a tile's address asks for; checked as far as that goes without the image."""

    square: Square
    look: Look


async def tile(request: Request) -> Response:
    """Answer with one square of one plane, rendered and encoded.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level, plane or tile.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    micrograph = micrograph_of(request)
    known = known_tile(micrograph, request)
    if known is not None:
        return await answer_known(micrograph, request, *known)
    wanted = parse_tile(request)
    if wanted.look.plain and (stored := stored_tile(request, wanted)) is not None:
        return stored
    return await answer_picture(request, partial(prepare, wanted), kept)


@dataclass(frozen=True, slots=True)
class KnownPlane:
    """One plane of an image as somebody sees it: all about its tiles but which, and their pixels."""

    shown: Shown
    section: Section
    level: int
    size: int
    kind: str
    """`stored` where pictures that the file has may be the answer, else `tile`."""
    viewer: int | None
    """Database id of who sees it; none where nobody signed in."""
    turn: int | str
    """Whose turn its tiles take; see `person_of`."""

    def job(self, micrograph: Micrograph, x: int, y: int) -> Job:
        """Settle everything about one tile but the pixels.

        Args:
            micrograph: Keeps encoded pictures in memory.
            x: Column in the grid of tiles.
            y: Row in the grid of tiles.

        Raises:
            OutOfRangeError: The level has no such tile.
        """
        shown, level, section, size = self.shown, self.level, self.section, self.size
        source = shown.opened.source
        region = region_of(source.levels[level], size, x, y)
        draw = partial(rendered, shown, level, section, region)
        job = job_of(micrograph, shown, (self.kind, section.name, level, x, y, size), draw)
        if self.kind == "tile":
            return job
        stored = partial(source.stored_jpeg, level, section.t, section.z, region)
        return replace(job, render=lambda: stored() or job.render(), stored=stored)


def known_tile(micrograph: Micrograph, request: Request) -> tuple[KnownPlane, int, int] | None:
    """Return the plane of a tile, and its column and row, if a neighbour was asked for just before.

    By the same person in the same way, and nothing was committed since; for the event loop.
    """
    asked = address_of(request)
    if asked is None:
        return None
    plane, x, y = asked
    if not (DIGITS.fullmatch(x) and DIGITS.fullmatch(y)):
        return None
    known: KnownPlane | None = micrograph.planes.find(micrograph.state_at(request.scope), plane)
    return None if known is None else (known, int(x), int(y))


def address_of(request: Request) -> tuple[tuple[str | bytes, ...], str, str] | None:
    """Return what the addresses of all tiles of a plane have in common, and column and row of one.

    With everything else that an answer depends on; none for addresses too long to be kept.
    """
    asked = request.scope["state"].get("asked")
    if asked is None or sum(map(len, asked)) > LONGEST_KNOWN:
        return None
    before, x, last = asked[0].rsplit("/", 2)
    y, _, suffix = last.partition(".")
    return (before, suffix, *asked[1:]), x, y


async def answer_known(
    micrograph: Micrograph, request: Request, plane: KnownPlane, x: int, y: int
) -> Response:
    """Answer with a tile of a plane of which a neighbour was asked for just before."""
    request.scope["state"]["viewer"] = plane.viewer
    if plane.kind == "stored":
        stored = without_waiting(request, plane.job(micrograph, x, y))
        if stored is not None:
            return stored

    def prepare_again(micrograph: Micrograph, request: Request) -> Job:
        scope = request.scope
        if micrograph.recent_state(scope) == micrograph.state_at(scope):
            return plane.job(micrograph, x, y)
        return prepare(parse_tile(request), micrograph, request)

    return await answer_picture(request, prepare_again, kept, plane.turn)


def parse_tile(request: Request) -> TileRequest:
    """Return what a tile's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    return TileRequest(square_of(found), look_of(found))


def prepare(wanted: TileRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.square.image, wanted.look)
    return plane_of(shown, wanted, micrograph, request).job(
        micrograph, wanted.square.x, wanted.square.y
    )


def plane_of(
    shown: Shown, wanted: TileRequest, micrograph: Micrograph, request: Request
) -> KnownPlane:
    """Return the plane of an image that a tile is of, and keep it for neighbours of the tile.

    Raises:
        OutOfRangeError: The image has no such level or plane.
    """
    source, square = shown.opened.source, wanted.square
    plane = KnownPlane(
        shown=shown,
        section=wanted.look.section(source.shape, square.z, square.t),
        level=within("level", square.level, len(source.levels), "levels"),
        size=square.size,
        kind="stored" if shows_as_stored(shown) else "tile",
        viewer=request.scope["state"]["viewer"],
        turn=person_of(request),
    )
    asked = address_of(request)
    if asked is not None and shown.opened.measured:
        # Of the time when the request came: a commit since then is seen.
        micrograph.planes.keep(micrograph.state_at(request.scope), asked[0], plane)
    return plane


def shows_as_stored(shown: Shown) -> bool:
    """Whether pictures that the file has of an image may be the answer as they are.

    Where the address asks for JPEG and nothing else, and the image is shown as a photograph: red,
    green and blue without window, curve or other colours.
    """
    return shown.look.plain and shown.look.format == "jpg" and shown.settings.keeps_photographs


def stored_tile(request: Request, wanted: TileRequest) -> Response | None:
    """Answer with a picture as the file has it, if that needs no waiting; for the event loop.

    A tenth of what the way through a thread costs. None where anything is to be waited for: what
    the viewer may see is not known, or the file's bytes are not in the system's memory.

    Raises:
        OutOfRangeError: The image has no such level, plane or tile.
        UnreadableFileError: The file has changed.
    """
    micrograph = micrograph_of(request)
    opened = micrograph.known_image(request, wanted.square.image, wanted.look.named)
    if opened is None or not opened.measured:
        return None
    shown = Shown(opened, wanted.look, opened.settings)
    if not shows_as_stored(shown):
        return None
    plane = plane_of(shown, wanted, micrograph, request)
    return without_waiting(request, plane.job(micrograph, wanted.square.x, wanted.square.y))


def without_waiting(request: Request, job: Job) -> Response | None:
    """Answer with a picture as the file has it, if nothing is to be waited for."""
    if has_already(request, job.key):
        return handed_out(request, job, None)
    body = job.body or (job.stored and job.stored(at_once=True))
    return handed_out(request, job, body) if body else None
