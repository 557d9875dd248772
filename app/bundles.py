"""Import of bundles: checked, unpacked, parsed, and written as the graph that was exported."""

import logging
from collections.abc import Sequence
from pathlib import Path

from app.context import Micrograph
from app.importing import check_root
from store.access import Viewer
from store.edits.bundles import BundleFileset, ImportedBundle, import_bundle
from store.errors import UnreadableFileError
from store.importing.bundle import Listing, is_bundle, listing_of, unpack

logger = logging.getLogger(__name__)

FOLDER = "bundles"
"""In the data folder: what was in zips."""


def split_bundles(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Tell bundles from all else that is to be imported."""
    bundles = tuple(path for path in paths if is_bundle(path))
    return bundles, tuple(path for path in paths if path not in bundles)


def import_one_bundle(micrograph: Micrograph, viewer: Viewer, path: Path) -> ImportedBundle:
    """Import a bundle, a folder or a zip, as a graph equal to that which was exported.

    The files of a folder stay where they are. Those of a zip go into the data folder.

    Args:
        micrograph: Started.
        viewer: Who will own everything.
        path: The bundle.

    Raises:
        NotAllowedError: It is outside the folders that may be imported from.
        UnreadableFileError: A file is damaged, missing or not as it was exported.
        UnsupportedError: A later version wrote it, or a format that is not read here.
        ConflictError: Some of its files are registered already.
    """
    check_root(path, micrograph.settings.allowed_roots)
    listing = listing_of(path)
    folder = unpack(path.absolute(), listing, micrograph.settings.data / FOLDER)
    document = (folder / listing.document.path).read_bytes()
    filesets = _parsed(micrograph, folder, listing)
    with micrograph.database.writing() as session:
        made = import_bundle(session, viewer, document, filesets, listing.rendering)
    for note in made.notes:
        logger.warning("left out of a bundle", extra={"file": path.name, "what": note})
    return made


def _parsed(micrograph: Micrograph, folder: Path, listing: Listing) -> list[BundleFileset]:
    found = []
    for fileset in listing.filesets:
        scanned = micrograph.sandbox.scan([folder / fileset.folder])
        if not scanned.filesets:
            why = scanned.skipped[0].reason if scanned.skipped else "nothing is there"
            raise UnreadableFileError(
                f"{fileset.folder} of the bundle has no images: {why}.", "Export it again."
            )
        first = fileset.files[0].path
        masters = {str(one.master.relative_to(folder)): one for one in scanned.filesets}
        chosen = masters.get(first, scanned.filesets[0])
        found.append(BundleFileset(micrograph.sandbox.parse(chosen), fileset.images))
    return found
