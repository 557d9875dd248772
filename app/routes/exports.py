"""GET /export/…: images and containers as files, sent while they are made."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.downloads import Download
from app.exporting import Export, bundle_export, exporting, tiff_export, zarr_export
from app.routes.figures import FIGURE_KEYS, figure_export, figure_of
from app.routes.parameters import Parameters
from store.access import Viewer
from store.edits.downloads import record_export
from store.errors import InvalidInputError, NotFoundError
from store.exporting.asked import wanted_of
from store.exporting.closure import Root
from store.exporting.workers import Workers

logger = logging.getLogger(__name__)

PARTS = frozenset({"region", "level", "z", "t", "c", "compression", "pyramid"})
KEYS: Mapping[str, frozenset[str]] = {
    "ome.tiff": PARTS | {"tile", "quality"},
    "ozx": PARTS | {"chunk", "shard", "labels"},
    "crate.zip": frozenset(),
    "png": FIGURE_KEYS,
    "jpg": FIGURE_KEYS,
    "tiff": FIGURE_KEYS,
}
"""Formats, by the ending of an address, and the query keys of each."""
MOST_THINGS = 100
_THING = re.compile(r"([A-Za-z]{1,32}):([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What an address of an export asks for; checked as far as that goes without the images."""

    roots: tuple[Root, ...]
    format: str
    said: Mapping[str, str | None] = field(default_factory=dict)


async def export(request: Request) -> Response:
    """Answer with an export as a download; it ends when the client goes away.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such thing, or not visible; or no such format.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnsupportedError: There are no samples.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_export(request)
    micrograph, person = micrograph_of(request), person_of(request)
    workers = exporting()
    try:
        find = partial(prepare, micrograph, request, wanted, workers)
        found = await micrograph.slots.metadata.run(person, find)
    except BaseException:
        workers.close()
        raise
    return Download(micrograph, found, workers, person)


def parse_export(request: Request) -> ExportRequest:
    """Return what an address of an export asks for: things by commas, a dot, a format.

    Raises:
        InvalidInputError: An unknown format, a parameter that it does not have, or too many things.
        NotFoundError: A thing that cannot exist.
    """
    things, _, format_ = str(request.path_params["name"]).partition(".")
    format_ = {"jpeg": "jpg", "tif": "tiff", "ome.tif": "ome.tiff"}.get(format_, format_)
    if format_ not in KEYS:
        raise InvalidInputError(
            f"No export as {format_[:32]!r}.", f"Ask for one of {', '.join(KEYS)}."
        )
    found = Parameters(request, KEYS[format_])
    said = {key: found.text(key) for key in KEYS[format_]}
    roots = [_root(thing) for thing in things.split(",")[: MOST_THINGS + 1]]
    if len(roots) > MOST_THINGS:
        raise InvalidInputError(
            f"More than {MOST_THINGS} things are named.", "Name what contains them."
        )
    return ExportRequest(tuple(dict.fromkeys(roots)), format_, said)


def _root(thing: str) -> Root:
    match = _THING.fullmatch(thing)
    if match is None:
        raise NotFoundError("thing", thing[:64])
    return match[1], int(match[2])


def prepare(
    micrograph: Micrograph, request: Request, wanted: ExportRequest, workers: Workers
) -> Export:
    """Find everything for the viewer, settle all but the samples, and write who takes it."""
    with micrograph.viewing(request) as (session, viewer):
        export = _settled(micrograph, session, viewer, wanted, workers)
    if request.method != "HEAD":
        with micrograph.database.writing() as writing:
            record_export(writing, viewer, wanted.roots, wanted.format)
    return export


def _settled(
    micrograph: Micrograph,
    session: Session,
    viewer: Viewer,
    wanted: ExportRequest,
    workers: Workers,
) -> Export:
    from store.exporting.options import tiff_options, zarr_options

    roots, said = wanted.roots, wanted.said
    if wanted.format in ("png", "jpg", "tiff"):
        figure = figure_of(wanted.format, said)
        return figure_export(micrograph, session, viewer, roots, figure)
    if wanted.format == "crate.zip":
        return bundle_export(session, viewer, roots)
    part = wanted_of(said)
    if wanted.format == "ozx":
        return zarr_export(micrograph, session, viewer, roots, part, zarr_options(said))
    options = tiff_options(said)
    return tiff_export(micrograph, session, viewer, roots, part, options, workers)
