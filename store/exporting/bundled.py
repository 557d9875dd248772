"""What goes into a bundle beside the document: files of imports, and how images are shown."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible
from store.errors import StoreError, UnreadableFileError, UnsupportedError
from store.exporting.bundle import BundledFile, BundledFileset
from store.models.among import among
from store.pixels.files import identify

_WHOLE = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
"""What lies in folders that are Zarr hierarchies."""
NO_SAMPLES = "OME-XML"
"""Format of filesets that are only a document: the bundle's own says the same."""


def bundled_filesets(
    session: Session, viewer: Viewer, image_ids: Sequence[int]
) -> list[BundledFileset]:
    """Find the original files of images; three statements.

    Args:
        session: For reading.
        viewer: Who exports.
        image_ids: Database ids.

    Returns:
        One for each import that brought samples, in order of ids.

    Raises:
        UnreadableFileError: A file is missing, or has changed since it was imported.
    """
    images: defaultdict[int, dict[int, int]] = defaultdict(dict)
    image = models.Image
    for key, fileset_id, series in session.execute(
        select_visible(viewer, image, image.id, image.fileset_id, image.series)
        .where(among(image.id, image_ids), image.fileset_id.is_not(None))
        .order_by(image.fileset_id, image.series)
    ):
        images[fileset_id][key] = series
    fileset = models.Fileset
    rows = session.execute(
        select_visible(viewer, fileset, fileset.id, fileset.format, fileset.root)
        .where(among(fileset.id, images), fileset.format != NO_SAMPLES)
        .order_by(fileset.id)
    ).all()
    files = _files(session, viewer, [row.id for row in rows])
    return [
        BundledFileset(number, row.format, _bundled(files[row.id], row.root), images[row.id])
        for number, row in enumerate(rows, 1)
    ]


def _files(
    session: Session, viewer: Viewer, fileset_ids: Iterable[int]
) -> defaultdict[int, list[Any]]:
    entry, file = models.FilesetEntry, models.OriginalFile
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.execute(
        select_visible(
            viewer,
            entry,
            entry.fileset_id,
            file.name,
            file.location.label("path"),
            file.size,
            file.mtime_ns,
        )
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), among(entry.fileset_id, fileset_ids))
        .order_by(entry.fileset_id, entry.index)
    ):
        found[row.fileset_id].append(row)
    return found


def _bundled(rows: Sequence[Any], root: str) -> tuple[BundledFile, ...]:
    if any("://" in row.path for row in rows):
        raise UnsupportedError(
            "Some samples are in a remote store, and a bundle takes files of this machine.",
            "Leave their images out, or export them as OME-Zarr.",
        )
    for row in rows:
        _check_unchanged(row)
    folder = Path(root)
    # Of a folder that is one image as a whole, only what describes it is listed.
    if folder.is_dir() and any((folder / name).is_file() for name in _WHOLE):
        return _all_of(folder)
    return tuple(BundledFile(Path(row.path), _below(Path(row.path), folder), row.size)
                 for row in rows)  # fmt: skip


def _all_of(folder: Path) -> tuple[BundledFile, ...]:
    """All files below a folder, but for links that lead out of it; its own name in front."""
    real = folder.resolve()
    inside = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(real)
    )
    return tuple(
        BundledFile(path, _below(path, folder.parent), path.stat().st_size) for path in inside
    )


def _check_unchanged(row: Any) -> None:
    try:
        now = identify(Path(row.path))
        if (now.size, now.mtime_ns) == (row.size, row.mtime_ns):
            return
        what = "has changed since it was imported"
    except (OSError, StoreError):
        what = "is not there"
    raise UnreadableFileError(
        f"{row.name} {what}.", "Put it back, or leave out its images.", path=row.path
    )


def _below(path: Path, root: Path) -> str:
    """The path below the folder of a fileset; the name alone of what is elsewhere."""
    inside = path.relative_to(root) if path.is_relative_to(root) else PurePath(path.name)
    return inside.as_posix()


def rendering_of_images(
    session: Session, viewer: Viewer, image_ids: Sequence[int]
) -> list[dict[str, Any]]:
    """Load how people see images, as JSON; one statement.

    Of the settings without a name those of the viewer, or else the owner's; of each name one.
    """
    saved, pixels = models.RenderingSettings, models.Pixels
    rows = session.execute(
        select_visible(
            viewer, saved, saved.image_id, saved.name, saved.settings, saved.default_z,
            saved.default_t, saved.projection, saved.owner_id, pixels.owner_id.label("theirs"),
        )
        .join(pixels, pixels.id == saved.pixels_id)
        .where(visible(viewer, pixels), among(saved.image_id, image_ids))
        .order_by(saved.image_id, saved.id)
    )  # fmt: skip
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        mine, owners = row.owner_id == viewer.experimenter_id, row.owner_id == row.theirs
        key = (row.image_id, row.name)
        if mine or ((owners or row.name) and key not in found):
            found[key] = {
                "image": f"Image:{row.image_id}",
                "name": row.name,
                "settings": row.settings,
                "default_z": row.default_z,
                "default_t": row.default_t,
                "projection": row.projection,
            }
    return list(found.values())
