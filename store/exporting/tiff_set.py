"""Images as OME-TIFF: one with its metadata inside, many beside one file of metadata."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from store.exporting.chosen import Chosen, safe_name
from store.exporting.entries import Entry
from store.exporting.ome_tiff import TiffOptions, form_of, write_ome_tiff
from store.exporting.pixels_document import (
    Member,
    PixelsDocument,
    identifier,
    member_document,
)
from store.exporting.workers import Workers


def one_tiff(
    document: PixelsDocument, chosen: Chosen, options: TiffOptions, workers: Workers
) -> Callable[[Path], None]:
    """Settle how one image becomes one file, with the whole document inside.

    Args:
        document: Of the image; it is changed.
        chosen: The image.
        options: How it is written.
        workers: What will read and compress.

    Returns:
        Writes the file to a path.

    Raises:
        InvalidInputError: The samples cannot be stored so.
    """
    colours = document.colours(chosen.image_id, chosen.cut, rgb=chosen.rgb)
    form_of(chosen.cut, options, colours=colours)
    document.fit(chosen.image_id, chosen.cut, colours=colours)
    xml = document.to_bytes(identifier(chosen.content_id, chosen.cut.wanted, options))

    def write(path: Path) -> None:
        write_ome_tiff(path, chosen.cut, xml, options, workers, colours=colours)

    return write


def tiff_set(
    document: PixelsDocument,
    images: Sequence[Chosen],
    options: TiffOptions,
    workers: Workers,
    *,
    name: str,
    creator: str,
    labels: Mapping[int, str] | None = None,
) -> list[Entry]:
    """Settle how many images become a set: one file each, and one with all metadata.

    Args:
        document: Of all of them and what contains them; it is changed.
        images: In order.
        options: How they are written.
        workers: What will read and compress.
        name: Of the set.
        creator: Name and version of this program.
        labels: What files are called, by image; otherwise after their images.

    Returns:
        The files, that with the metadata first.

    Raises:
        InvalidInputError: The samples of an image cannot be stored so.
    """
    stem = safe_name(name, "images")
    whole = identifier(*(image.content_id for image in images), images[0].cut.wanted, options)
    metadata = Member(f"{stem}.companion.ome", whole)
    files: list[Entry] = []
    for chosen, file_name in zip(images, _file_names(images, labels or {}), strict=True):
        colours = document.colours(chosen.image_id, chosen.cut, rgb=chosen.rgb)
        form_of(chosen.cut, options, colours=colours)
        member = Member(file_name, identifier(chosen.image_id, chosen.content_id, whole))
        document.fit(chosen.image_id, chosen.cut, colours=colours, member=member)
        inside = member_document(member, metadata, creator)
        write = partial(_write, chosen, inside, options, workers, colours)
        files.append(Entry(member.name, write=write))
    return [Entry(metadata.name, make=partial(document.to_bytes, whole)), *files]


def _write(
    chosen: Chosen,
    document: bytes,
    options: TiffOptions,
    workers: Workers,
    colours: bool,
    path: Path,
) -> None:
    write_ome_tiff(path, chosen.cut, document, options, workers, colours=colours)


def _file_names(images: Sequence[Chosen], labels: Mapping[int, str]) -> Iterator[str]:
    """Names of the files, all different, also where case does not count."""
    taken: set[str] = set()
    for chosen in images:
        stem = labels.get(chosen.image_id) or safe_name(chosen.name, "image")
        if stem.casefold() in taken:
            stem = f"{stem}_{chosen.image_id}"
        taken.add(stem.casefold())
        yield f"{stem}.ome.tiff"
