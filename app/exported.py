"""The command line's exports: what is named, in a format, to a file or folder."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.context import Micrograph
from app.exporting import (
    Export,
    spool_of,
    tiff_export,
    write_export,
    zarr_export,
)
from app.routes.figures import figure_export, figure_of
from store.access import Viewer
from store.errors import ConflictError
from store.exporting.asked import wanted_of
from store.exporting.closure import Root
from store.exporting.workers import Workers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FORMATS = ("ome-tiff", "ome-zarr", "png", "jpeg", "tiff")


def export_things(
    micrograph: Micrograph,
    viewer: Viewer,
    roots: Sequence[Root],
    format_: str,
    said: Mapping[str, str | None],
    output: Path | None,
    say: Callable[[str], object],
) -> None:
    """Write images and containers to a file or a folder, and say where.

    Args:
        micrograph: Started.
        viewer: Who exports.
        roots: Images and containers.
        format_: One of `FORMATS`.
        said: Options as they were typed, by name; those that the format does not have are none.
        output: Where to; the working folder and a name after what is exported if none.
        say: Prints a line.

    Raises:
        StoreError, RenderError: It cannot be exported so.
        OSError: It cannot be written.
    """
    with Workers() as workers:
        with micrograph.database.reading() as session:
            export = prepared(micrograph, session, viewer, roots, format_, said, workers)
        target = output or Path(export.name)
        if output is None and target.exists():
            raise ConflictError(f"{target} is there already.", "Name another with --output.")
        write_export(export, target, workers, spool_of(micrograph))
    say(f"Written to {target}.")


def prepared(
    micrograph: Micrograph,
    session: "Session",
    viewer: Viewer,
    roots: Sequence[Root],
    format_: str,
    said: Mapping[str, str | None],
    workers: Workers,
) -> Export:
    """Settle an export; nothing of an image is read yet."""
    from store.exporting.options import tiff_options, zarr_options

    if format_ in ("png", "jpeg", "jpg", "tiff"):
        figure = figure_of("jpg" if format_ == "jpeg" else format_, said)
        return figure_export(micrograph, session, viewer, roots, figure)
    wanted = wanted_of(said)
    if format_ == "ome-zarr":
        return zarr_export(micrograph, session, viewer, roots, wanted, zarr_options(said))
    return tiff_export(micrograph, session, viewer, roots, wanted, tiff_options(said), workers)
