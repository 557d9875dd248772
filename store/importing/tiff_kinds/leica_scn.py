"""Leica SCN: a collection of scans, each with resolutions, channels and focal planes."""

import re
from typing import Any

from store.errors import UnreadableFileError
from store.importing import vendor_xml
from store.importing.clean import iso_moment, positive
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
)
from store.importing.layout import Layout, PlacedPlane
from store.importing.ome_tiff import MAX_LEVELS
from store.importing.tiff_kinds.slides import white
from store.importing.tiff_pages import Page, TiffPages

_NANOMETRES = 1e-3
_MAX_AXIS = 10_000


def read(pages: TiffPages) -> list[FoundImage]:
    """The scans of a collection in the order of the document; the macro is one of them.

    Raises:
        UnreadableFileError: The document names pages that are not there, or none.
    """
    root = vendor_xml.parse(pages.description, pages.name)
    collection = vendor_xml.first_of(root, "collection")
    scans = [] if collection is None else list(vendor_xml.all_of(collection, "image"))
    common = [] if collection is None else list(vendor_xml.attributes(collection).items())
    barcode = vendor_xml.text_in(root, "barcode")
    common += [("barcode", barcode)] if barcode else []
    found = [_scan(scan, collection, pages, common) for scan in scans]
    if not found:
        raise UnreadableFileError(f"The metadata of {pages.name} names no image.")
    return found


def _scan(
    scan: Any, collection: Any, pages: TiffPages, common: list[tuple[str, str]]
) -> FoundImage:
    layout = _layout(scan, pages)
    view = vendor_xml.first_of(scan, "view")
    sizes = {} if view is None else vendor_xml.attributes(view)
    shape = layout.shape
    magnification = positive(vendor_xml.text_in(scan, "objective"))
    aperture = positive(vendor_xml.text_in(scan, "numericalAperture"))
    device = vendor_xml.first_of(scan, "device")
    model = "" if device is None else vendor_xml.attributes(device).get("model", "")
    objective = ObjectiveFacts(magnification, aperture) if magnification or aperture else None
    return FoundImage(
        Acquired(
            _name(scan, collection, sizes, pages.name),
            moment=iso_moment(vendor_xml.text_in(scan, "creationDate")),
            size_x_um=_per_pixel(sizes.get("sizeX"), shape.x),
            size_y_um=_per_pixel(sizes.get("sizeY"), shape.y),
            size_z_um=_per_pixel(sizes.get("spacingZ"), 1),
            channels=_channels(scan),
            objective=objective,
            microscope=MicroscopeFacts("Leica", model or None),
            originals=common
            + [pair for pair in vendor_xml.flat(scan) if " dimension " not in pair[0]],
        ),
        layout,
    )


def _layout(scan: Any, pages: TiffPages) -> Layout:
    ifds: dict[tuple[int, int, int], int] = {}
    for dimension in vendor_xml.all_of(scan, "dimension"):
        said = vendor_xml.attributes(dimension)
        place = tuple(_count(said.get(axis, "0")) for axis in "rcz")
        ifds[place] = _count(said.get("ifd", ""))  # type: ignore[index]
    if (0, 0, 0) not in ifds:
        raise UnreadableFileError(f"The metadata of {pages.name} names no page of an image.")
    size_c = 1 + max(c for _, c, _ in ifds)
    size_z = 1 + max(z for _, _, z in ifds)
    count = 1
    while all((count, c, z) in ifds for c in range(size_c) for z in range(size_z)):
        count += 1
    kept: dict[int, Page] = {}

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        ifd = ifds.get((level, group, z))
        if ifd is None:
            return None
        if ifd not in kept:
            kept[ifd] = white(pages.page(ifd))
        return PlacedPlane(0, kept[ifd])

    first = plane(0, 0, 0, 0)
    assert first is not None
    return Layout(1, size_c, size_z, first, min(count, MAX_LEVELS), plane)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) >= _MAX_AXIS:
        raise UnreadableFileError(f"A Leica SCN document counts {text[:40]!r} where it must count.")
    return int(text)


def _per_pixel(text: str | None, pixels: int) -> float | None:
    size = positive(text)
    return None if size is None else size * _NANOMETRES / pixels


def _name(scan: Any, collection: Any, sizes: dict[str, str], file: str) -> str:
    """The scan's own name behind the file's; a scan of the whole slide is its macro."""
    whole = vendor_xml.attributes(collection)
    macro = all(
        sizes.get(side) and sizes.get(side) == whole.get(side) for side in ("sizeX", "sizeY")
    )
    name = vendor_xml.attributes(scan).get("name", "")
    return f"{file} [{'macro' if macro else name or 'image'}]"


def _channels(scan: Any) -> list[ChannelFacts]:
    settings = vendor_xml.first_of(scan, "channelSettings")
    if settings is None:
        return []
    found: dict[int, ChannelFacts] = {}
    for number, channel in enumerate(vendor_xml.all_of(settings, "channel")):
        said = vendor_xml.attributes(channel)
        index = said.get("index", "")
        rgb = re.fullmatch(r"#([0-9a-fA-F]{6})", said.get("rgb", ""))
        color = tuple(bytes.fromhex(rgb[1])) if rgb else None
        place = int(index) if index.isdecimal() and len(index) < 5 else number
        found[place] = ChannelFacts(
            said.get("name") or None,
            color=color,  # type: ignore[arg-type]
        )
    return [found.get(number, ChannelFacts()) for number in range(max(found, default=-1) + 1)]
