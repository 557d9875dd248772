"""Exports: what is asked for is found for a viewer, checked, and made into files."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.context import Micrograph
from app.images import OpenedImage
from app.version import version
from store.access import Viewer
from store.errors import InvalidInputError, UnsupportedError
from store.exporting.chosen import Chosen, safe_name
from store.exporting.closure import Root
from store.exporting.cut import Cut, Wanted
from store.exporting.entries import Entry, write_folder, write_whole, zipped
from store.exporting.plates import Plate, plate
from store.exporting.workers import Workers
from store.queries.rendering import CONTAINERS, images_of

if TYPE_CHECKING:  # loads tifffile, which the start does not wait for
    from store.exporting.ome_tiff import TiffOptions

MOST_IMAGES = 100_000
"""Images that one export has."""


@dataclass(frozen=True, slots=True)
class Export:
    """Files that are ready to be made; nothing of an image has been read."""

    name: str
    """Of the file, or of the folder without an ending."""
    entries: Sequence[Entry]
    """One for a single file; otherwise what is in the folder."""
    single: bool = False
    """Whether it is one file."""
    suffix: str = ".zip"
    """Of the folder as one file."""
    media_type: str = "application/zip"
    comment: bytes = b""
    """Of the folder as one file."""

    @property
    def file_name(self) -> str:
        """What it is called as one file."""
        return self.name if self.single else f"{self.name}{self.suffix}"


def creator() -> str:
    """Return what files say they were written by."""
    return f"Micrograph {version()}"


def spool_of(micrograph: Micrograph) -> Path:
    """Return the folder for files that cannot be sent while they are written."""
    return micrograph.settings.data / "exports"


@contextmanager
def exporting(count: int | None = None) -> Iterator[Workers]:
    """Threads for one export."""
    with Workers(count) as workers:
        yield workers


def chosen_images(
    micrograph: Micrograph,
    session: Session,
    viewer: Viewer,
    roots: Sequence[Root],
    wanted: Wanted,
) -> list[tuple[Chosen, OpenedImage]]:
    """Find the images of an export; those without samples are left out of containers.

    Args:
        micrograph: Opens them.
        session: For reading.
        viewer: Who asks.
        roots: Images and containers.
        wanted: What of each.

    Returns:
        In order, each once.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A root that contains no images, or an image without such a part.
        UnsupportedError: There are no samples to be written.
    """
    found: dict[int, tuple[Chosen, OpenedImage]] = {}
    for kind, key in roots:
        for image_id in _images_of(session, viewer, kind, key):
            if image_id in found:
                continue
            opened = _opened(micrograph, session, viewer, image_id, named=kind == "Image")
            if opened is not None:
                stored = opened.stored
                cut = Cut(opened.source, wanted)
                chosen = Chosen(image_id, stored.name, stored.content_id, stored.rgb, cut)
                found[image_id] = (chosen, opened)
    if not found:
        raise UnsupportedError(
            "There are no samples in what was named.", "Name images, or what contains some."
        )
    return list(found.values())


def _opened(
    micrograph: Micrograph, session: Session, viewer: Viewer, image_id: int, *, named: bool
) -> OpenedImage | None:
    try:
        return micrograph.images.find(session, viewer, image_id)
    except UnsupportedError:  # only a document describes it
        if named:
            raise
        return None


def _images_of(session: Session, viewer: Viewer, kind: str, key: int) -> list[int]:
    if kind != "Image" and kind not in CONTAINERS:
        raise InvalidInputError(
            f"A {kind[:80]} contains no images.",
            f"Name an Image, or one of {', '.join(CONTAINERS)}.",
        )
    found = images_of(session, viewer, kind, [key], MOST_IMAGES)
    if key not in found:
        from store.errors import NotFoundError

        raise NotFoundError(kind, key)
    if len(found[key]) > MOST_IMAGES:
        raise InvalidInputError(
            f"{kind} {key} has more than {MOST_IMAGES} images.", "Export it in parts."
        )
    return found[key]


def name_of_roots(session: Session, viewer: Viewer, roots: Sequence[Root]) -> str:
    """Return what an export of these is called: as the first of them, if it has a name."""
    from store import models
    from store.access import select_visible

    kind, key = roots[0]
    entity = getattr(models, kind)
    name = session.scalars(
        select_visible(viewer, entity, entity.name).where(entity.id == key)
    ).one_or_none() if hasattr(entity, "name") else None  # fmt: skip
    return safe_name(name or "", f"{kind.lower()}-{key}")


def tiff_export(
    micrograph: Micrograph,
    session: Session,
    viewer: Viewer,
    roots: Sequence[Root],
    wanted: Wanted,
    options: "TiffOptions",
    workers: Workers,
) -> Export:
    """Settle an export as OME-TIFF: one file for one image, a set of files otherwise.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A part that an image does not have, or samples that cannot be stored so.
        UnsupportedError: There are no samples to be written.
    """
    from store.exporting.pixels_document import PixelsDocument
    from store.exporting.tiff_set import one_tiff, tiff_set

    images = [one for one, _ in chosen_images(micrograph, session, viewer, roots, wanted)]
    document = PixelsDocument(session, viewer, roots, creator())
    name = name_of_roots(session, viewer, roots)
    if len(roots) == 1 and roots[0][0] == "Image":
        write = one_tiff(document, images[0], options, workers)
        file_name = f"{name}.ome.tiff"
        entry = Entry(file_name, write=write)
        return Export(file_name, [entry], single=True, media_type="image/tiff")
    labels = _labels([plate(session, viewer, key) for kind, key in roots if kind == "Plate"])
    entries = tiff_set(
        document, images, options, workers, name=name, creator=creator(), labels=labels
    )
    return Export(name, entries)


def _labels(plates: Sequence[Plate]) -> Mapping[int, str]:
    """What files of fields are called: well and number of the field, such as B03_2."""
    labels: dict[int, str] = {}
    for found in plates:
        prefix = f"{found.id}_" if len(plates) > 1 else ""
        for well in found.wells:
            for number, field in enumerate(well.fields, 1):
                labels.setdefault(field.image_id, f"{prefix}{found.well_name(well)}_{number}")
    return labels


def write_export(export: Export, output: Path, workers: Workers, spool: Path) -> None:
    """Write an export to a file or a folder; it appears when it is complete.

    Args:
        export: What to write.
        output: The file; of several files a folder, or a zip by its ending.
        workers: What makes it.
        spool: Folder for files on their way into a zip.

    Raises:
        ConflictError: The folder exists.
        OSError: It cannot be written.
    """
    if export.single:
        (entry,) = export.entries
        write_whole(output, partial(_written, entry))
    elif output.suffix.lower() in (".zip", ".ozx"):
        pieces = zipped(export.entries, workers, spool, export.comment)
        write_whole(output, partial(_piecewise, pieces))
    else:
        write_folder(export.entries, output, workers)


def _written(entry: Entry, path: Path) -> None:
    if entry.write is not None:
        entry.write(path)
    elif entry.make is not None:
        path.write_bytes(entry.make() or b"")


def _piecewise(pieces: Iterator[bytes], path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
