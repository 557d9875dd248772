"""GET /plates/…: one square of a plate, a small picture for each well."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.errors import OutOfRangeError
from app.images import changed
from app.limits import unless_gone
from app.plates import Cell, PlatePart, PlateSight, Well
from app.routes.looks import LOOK_KEYS, Look, look_of
from app.routes.parameters import Parameters
from app.routes.pictures import answer_headers, name_of
from render.arrays import RGB
from render.encode import FORMATS, encode
from render.errors import RenderError
from render.luts import Find
from render.mosaic import CELL_SIZES, blank, cross, fitted, inner_size, place
from render.settings import RenderSettings
from store.errors import InvalidInputError, StoreError
from store.pixels.source import Planes

DEFAULT_SIZE = 1024
KEYS = LOOK_KEYS - {"s", "p", "v"} | {"field", "acquisition", "windows", "size", "z", "t"}
_LARGEST = 10**6
_CHOICES = {"own": False, "common": True}


@dataclass(frozen=True, slots=True)
class PlateRequest:
    """What the address of a part of a plate asks for; checked as far as that goes without it."""

    part: PlatePart
    z: int | None
    t: int | None
    look: Look


@dataclass(frozen=True, slots=True)
class Job:
    """A part of a plate, with everything settled but the samples."""

    wanted: PlateRequest
    sight: PlateSight
    cells: tuple[Cell, ...]
    broken: tuple[tuple[int, int], ...]
    """Rows and columns of the wells that cannot be shown."""
    key: str


type Likeness = tuple[tuple[int, ...], np.dtype[Any], RenderSettings]
"""Shape and type of samples, and how they are shown: what is alike is blended together."""


class PassingError(Exception):
    """A picture that is not to be kept, because some of it could not be read."""

    def __init__(self, body: bytes) -> None:
        super().__init__("some wells could not be read")
        self.body = body


async def plate(request: Request) -> Response:
    """Answer with one square of a plate, or with 304 before any pixel is read.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such plate or run of imaging, or not visible.
        OutOfRangeError: The plate has no such level or tile.
        InvalidInputError, RenderError: A parameter that cannot be used.
        BusyError: Too much is waiting already.
    """
    wanted = parse_plate(request)
    micrograph = micrograph_of(request)
    work = partial(_answer, wanted, micrograph, request)
    done = await unless_gone(
        request, partial(micrograph.slots.render.run, person_of(request), work)
    )
    return Response(status_code=204) if done is None else done  # the client has gone


def parse_plate(request: Request) -> PlateRequest:
    """Return what the address of a part of a plate asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        OutOfRangeError: There is no such level.
        NotFoundError: The plate's id cannot exist.
    """
    found = Parameters(request, KEYS)
    level = found.place("level")
    if not 0 <= level < len(CELL_SIZES):
        raise OutOfRangeError(
            f"level={level} is outside the plate, which has {len(CELL_SIZES)} levels.",
            f"Give 0 to {len(CELL_SIZES) - 1}.",
        )
    size = found.number("size", 64, 2048, DEFAULT_SIZE)
    windows = found.text("windows") or "own"
    if windows not in _CHOICES:
        raise InvalidInputError(f"No windows {windows[:32]!r}.", "Give own or common.")
    acquisition = found.number("acquisition", 0, 2**62, -1)
    part = PlatePart(
        plate_id=found.identity("plate", "plate"),
        field=found.number("field", 0, _LARGEST, -1) if found.text("field") is not None else None,
        acquisition_id=None if acquisition < 0 else acquisition,
        cell=CELL_SIZES[level],
        x=found.place("x") * size,
        y=found.place("y") * size,
        size=size,
        common=_CHOICES[windows],
    )
    return PlateRequest(
        part=part,
        z=None if found.text("z") is None else found.number("z", 0, _LARGEST, 0),
        t=None if found.text("t") is None else found.number("t", 0, _LARGEST, 0),
        look=look_of(found),
    )


def prepare(wanted: PlateRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the images for the viewer and settle everything but the samples.

    Raises:
        RenderError: A change of settings that no image of the part can take.
    """
    sight = micrograph.find_plate(request, wanted.part)
    cells: list[Cell] = []
    broken: list[tuple[int, int]] = []
    failures: list[RenderError] = []
    known: dict[RenderSettings, RenderSettings] = {}
    for well in sight.wells:
        try:
            cell = _cell(well, wanted, known, micrograph.luts.find)
        except RenderError as error:
            failures.append(error)
            cell = None
        if cell is None:
            broken.append((well.row, well.column))
        else:
            cells.append(cell)
    if failures and not cells:
        raise failures[0]
    key = _key_of(wanted, sight, cells, broken)
    return Job(wanted, sight, tuple(cells), tuple(broken), key)


def _cell(
    well: Well,
    wanted: PlateRequest,
    known: dict[RenderSettings, RenderSettings],
    find: Find,
) -> Cell | None:
    """What a well shows; none if its image cannot be shown.

    Raises:
        RenderError: A change that the image's settings cannot take.
    """
    if well.stored is None or well.settings is None:
        return None
    settings, look = known.get(well.settings), wanted.look
    if settings is None:
        settings = changed(well.settings, look.channels, look.model, look.bits, find)
        known[well.settings] = settings
    z = well.z if wanted.z is None else wanted.z
    t = well.t if wanted.t is None else wanted.t
    return Cell(well.row, well.column, well.stored, settings, z, t)


def _key_of(
    wanted: PlateRequest,
    sight: PlateSight,
    cells: Sequence[Cell],
    broken: Sequence[tuple[int, int]],
) -> str:
    """Return the name of exactly these bytes: who asks has no part in it, what they see has."""
    part = wanted.part
    hashes: dict[RenderSettings, str] = {}
    shown = [
        (
            *(cell.row, cell.column, cell.stored.content_id, cell.z, cell.t),
            hashes.get(cell.settings) or hashes.setdefault(cell.settings, cell.settings.hash()),
        )
        for cell in cells
    ]
    where = (part.cell, part.x, part.y, sight.width, sight.height)
    return name_of("plate", where, shown, broken, wanted.look.format, wanted.look.quality)


def _answer(wanted: PlateRequest, micrograph: Micrograph, request: Request) -> Response:
    job = prepare(wanted, micrograph, request)
    headers = answer_headers(job.key, immutable=False)
    if wanted.look.negotiated:
        headers["vary"] = "cookie, authorization, accept"
    if f'"{job.key}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        body = micrograph.tiles.get(job.key, partial(render_plate, micrograph, job))
    except PassingError as passing:
        # A file that is gone may be back for the next request.
        body, headers = passing.body, {"cache-control": "no-store"}
    return Response(body, media_type=FORMATS[wanted.look.format], headers=headers)


def render_plate(micrograph: Micrograph, job: Job) -> bytes:
    """Read small samples of every image, blend them, put them into their cells and encode all.

    Raises:
        PassingError: Samples of some wells cannot be read now; carries the picture without them.
    """
    sight, part, look = job.sight, job.wanted.part, job.wanted.look
    ground = blank(len(sight.rows), len(sight.columns), part.cell)
    found = micrograph.plates.samples(sight.viewer, job.cells, inner_size(part.cell))
    unread: list[tuple[int, int]] = []
    shown: defaultdict[Likeness, list[tuple[Cell, Planes]]] = defaultdict(list)
    for cell, planes in zip(job.cells, found, strict=True):
        if isinstance(planes, StoreError | RenderError):
            unread.append((cell.row, cell.column))
        else:
            shown[planes.shape, planes.dtype, cell.settings].append((cell, planes))
    top, left = sight.rows.start, sight.columns.start
    for group in shown.values():
        for (cell, _), picture in zip(group, _pictures(group, part.cell), strict=True):
            place(ground, cell.row - top, cell.column - left, part.cell, picture)
    for row, column in (*job.broken, *unread):
        cross(ground, row - top, column - left, part.cell)
    x, y = part.x - left * part.cell, part.y - top * part.cell
    cut = ground[y : y + sight.height, x : x + sight.width]
    body = encode(cut, look.format, look.quality)
    if unread:
        raise PassingError(body)
    return body


def _pictures(group: Sequence[tuple[Cell, Planes]], cell_size: int) -> Sequence[RGB]:
    """Blend cells of one shape and one look, all at once: side by side they are one image."""
    from render.composite import composite  # loads numba, which the start does not wait for
    from render.downsample import resize_all

    count = len(group)
    channels, height, width = group[0][1].shape
    beside = np.concatenate([planes for _, planes in group], axis=2)
    if channels:
        rgb = composite(beside, group[0][0].settings)
    else:
        rgb = np.zeros((height, count * width, 3), np.uint8)
    pictures = rgb.reshape(height, count, width, 3).swapaxes(0, 1)
    return list(resize_all(pictures, *fitted(width, height, cell_size)))
