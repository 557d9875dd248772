"""Exports: what is asked for is found for a viewer, checked, and made into files."""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.context import Micrograph
from app.images import OpenedImage
from app.version import version
from render.defaults import pixel_type_range
from store.access import Viewer
from store.errors import InvalidInputError, UnsupportedError
from store.exporting.bundled import bundled_filesets, rendering_of_images
from store.exporting.chosen import Chosen, safe_name
from store.exporting.closure import Root
from store.exporting.cut import Cut, Wanted
from store.exporting.entries import Entry, write_folder, write_whole, zipped
from store.exporting.ome_document import export_document
from store.exporting.plates import Plate, plate
from store.exporting.workers import Workers
from store.models.units import convert, convertible
from store.queries.images import pixels_of_images
from store.queries.rendering import CONTAINERS, images_of

if TYPE_CHECKING:  # loads tifffile, which the start does not wait for
    from store.exporting.labels import DrawnRegion
    from store.exporting.ome_tiff import TiffOptions
    from store.exporting.ome_zarr import ZarrImage
    from store.exporting.zarr_array import ZarrOptions

LEFT_S = 86_400
"""Age of files that nobody works on any more."""
MOST_IMAGES = 100_000
"""Images that one export has."""


@dataclass(frozen=True, slots=True)
class Export:
    """Files that are ready to be made; nothing of an image has been read."""

    name: str
    """Of the file, or of the folder without an ending."""
    entries: Iterable[Entry]
    """One for a single file; otherwise what is in the folder."""
    single: bool = False
    """Whether it is one file."""
    suffix: str = ".zip"
    """Of the folder as one file."""
    media_type: str = "application/zip"
    comment: bytes = b""
    """Of the folder as one file."""
    largest: int = 0
    """About how many bytes of disk its largest file takes while it is made."""

    @property
    def file_name(self) -> str:
        """What it is called as one file."""
        return self.name if self.single else f"{self.name}{self.suffix}"


def creator() -> str:
    """Return what files say they were written by."""
    return f"Micrograph {version()}"


def spool_of(micrograph: Micrograph) -> Path:
    """Return the folder for files that cannot be sent while they are written; it is there.

    What a process that was killed has left in it is removed after a day.
    """
    spool = micrograph.settings.data / "exports"
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in spool.iterdir():
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_S:
                shutil.rmtree(left)
    return spool


def exporting() -> Workers:
    """Return threads for one export of a server: half of the processors stay for pictures."""
    return Workers(max(1, (os.cpu_count() or 1) // 2))


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
        return Export(
            file_name, [entry], single=True, media_type="image/tiff", largest=_room(images)
        )
    labels = _labels([plate(session, viewer, key) for kind, key in roots if kind == "Plate"])
    entries = tiff_set(
        document, images, options, workers, name=name, creator=creator(), labels=labels
    )
    return Export(name, entries, largest=_room(images))


def _room(images: Iterable[Chosen]) -> int:
    """Bytes of the largest image with its smaller levels, uncompressed."""
    return max(chosen.cut.bytes for chosen in images) * 4 // 3


def zarr_export(
    micrograph: Micrograph,
    session: Session,
    viewer: Viewer,
    roots: Sequence[Root],
    wanted: Wanted,
    options: "ZarrOptions",
) -> Export:
    """Settle an export as OME-Zarr: of an image, a plate, or all images of something else.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A part that an image does not have.
        UnsupportedError: There are no samples to be written.
    """
    from store.exporting.ome_zarr import COMMENT, image_zarr, images_zarr, plate_zarr
    from store.exporting.pixels_document import PixelsDocument, identifier

    found = chosen_images(micrograph, session, viewer, roots, wanted)
    document = PixelsDocument(session, viewer, roots, creator())
    for chosen, _ in found:
        document.fit(chosen.image_id, chosen.cut, pages=False)
    xml = document.to_bytes(
        identifier("zarr", *(chosen.content_id for chosen, _ in found), wanted, options)
    )
    times = time_increments(session, viewer, [chosen.image_id for chosen, _ in found])
    regions = _regions(session, viewer, [chosen.image_id for chosen, _ in found], options)
    images = [
        _zarr_image(chosen, opened, times, regions.get(chosen.image_id, ()))
        for chosen, opened in found
    ]
    if len(roots) == 1 and roots[0][0] == "Image":
        entries = image_zarr(images[0], xml, options)
    elif len(roots) == 1 and roots[0][0] == "Plate":
        by_id = {image.chosen.image_id: image for image in images}
        entries = plate_zarr(plate(session, viewer, roots[0][1]), by_id, xml, options)
    else:
        entries = images_zarr(images, xml, options)
    name = f"{name_of_roots(session, viewer, roots)}.ome.zarr"
    return Export(name, entries, suffix=".ozx", media_type="application/zip", comment=COMMENT)


def bundle_export(session: Session, viewer: Viewer, roots: Sequence[Root]) -> Export:
    """Settle a bundle: original files with all metadata and an RO-Crate.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A root is of a kind that no document has.
        UnreadableFileError: An original file is missing, or has changed since it was imported.
    """
    from store.exporting.bundle import Bundle
    from store.exporting.pixels_document import image_ids

    document = b"".join(export_document(session, viewer, roots))
    images = image_ids(document)
    name = name_of_roots(session, viewer, roots)
    bundle = Bundle(
        name,
        document,
        bundled_filesets(session, viewer, images),
        rendering_of_images(session, viewer, images),
        creator(),
    )
    return Export(f"{name}.crate", bundle.entries())


def _regions(
    session: Session, viewer: Viewer, image_ids: Sequence[int], options: "ZarrOptions"
) -> Mapping[int, tuple["DrawnRegion", ...]]:
    """What becomes label images."""
    from store.queries.areas import AREAS, drawn_regions

    if options.labels == "no":
        return {}
    kinds = ["Mask"] if options.labels == "masks" else list(AREAS)
    return drawn_regions(session, viewer, image_ids, kinds)


def _zarr_image(
    chosen: Chosen,
    opened: OpenedImage,
    times: Mapping[int, float],
    regions: tuple["DrawnRegion", ...],
) -> "ZarrImage":
    from store.exporting.ome_zarr import Scale, ZarrImage

    stored = opened.stored
    scale = Scale(
        times.get(chosen.image_id),
        micrometres(stored.physical_size_z, stored.physical_size_z_unit),
        micrometres(stored.physical_size_y, stored.physical_size_y_unit),
        micrometres(stored.physical_size_x, stored.physical_size_x_unit),
    )
    return ZarrImage(chosen, scale, omero_block(opened, chosen.cut), regions)


def micrometres(value: float | None, unit: str | None) -> float | None:
    """Return a length in micrometres; none if it is not known, or counted in pixels."""
    if value is None or unit is None or not convertible(unit, "µm"):
        return None
    return convert(value, unit, "µm")


def time_increments(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> dict[int, float]:
    """Load the seconds between time points, by image, where they are known."""
    rows = pixels_of_images(session, viewer, image_ids)
    return {
        image_id: convert(row.time_increment, row.time_increment_unit, "s")
        for image_id, row in rows.items()
        if row.time_increment is not None
        and row.time_increment_unit is not None
        and convertible(row.time_increment_unit, "s")
    }


def omero_block(opened: OpenedImage, cut: Cut) -> dict[str, Any]:
    """Return how an image is shown, as the `omero` block of OME-Zarr says it.

    Args:
        opened: The image.
        cut: What of it is written.
    """
    settings, stored = opened.settings, opened.stored
    active = set(settings.active_channels)
    channels = []
    for index in cut.channels:
        shown, known = settings.channels[index], stored.channels[index]
        low, high = pixel_type_range(stored.type, stored.significant_bits)
        if known.global_min is not None and known.global_max is not None:
            low, high = known.global_min, known.global_max
        channels.append(
            {
                "label": known.name or f"Channel {index + 1}",
                "color": "".join(f"{part:02X}" for part in shown.color[:3]),
                "active": index in active,
                "family": shown.family,
                "coefficient": shown.coefficient,
                "inverted": shown.inverted,
                "window": {
                    "min": low,
                    "max": high,
                    "start": shown.window.start,
                    "end": shown.window.end,
                },
            }
            | ({"lut": shown.lut} if shown.lut else {})
        )
    return {
        "name": stored.name,
        "channels": channels,
        "rdefs": {
            "defaultT": _place(opened.view.t, cut.t),
            "defaultZ": _place(opened.view.z, cut.z),
            "model": "color" if settings.model == "rgb" else "greyscale",
        },
    }


def _place(shown: int, span: range) -> int:
    return span.index(shown) if shown in span else len(span) // 2


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
        write_whole(output, partial(write_single, export))
    elif output.suffix.lower() in (".zip", ".ozx"):
        pieces = zipped(export.entries, workers, spool, export.comment)
        write_whole(output, partial(_piecewise, pieces))
    else:
        write_folder(export.entries, output, workers)


def write_single(export: Export, path: Path) -> None:
    """Write an export of one file to a path."""
    (entry,) = export.entries
    if entry.write is not None:
        entry.write(path)
    elif entry.make is not None:
        path.write_bytes(entry.make() or b"")


def _piecewise(pieces: Iterator[bytes], path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
