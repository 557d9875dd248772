"""TIFF files without OME-XML: plain pages, ImageJ hyperstacks, stacks of tifffile, vendors'."""

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from store.errors import UnsupportedError
from store.importing import vendor_tiff
from store.importing.clean import moment, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import Acquired, ChannelFacts, FoundImage
from store.importing.layout import Layout, PlacedPlane
from store.importing.ome_tiff import MAX_LEVELS, is_level_of
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.tiff_kinds import micromanager
from store.importing.tiff_pages import Page, TiffPages, open_pages
from store.pixels.codecs import NONE

IMAGEJ = "ImageJ TIFF"
PLAIN = "TIFF"
_NOT_YET = {"eer": "Electron Event Representation"}
_MICROMETRES = {
    "nm": 0.001, "µm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "\\u00b5m": 1.0,
    "mm": 1000.0, "cm": 10_000.0, "inch": 25_400.0, "in": 25_400.0, "m": 1e6,
}  # fmt: skip
_RESOLUTION_UNITS = {2: 25_400.0, 3: 10_000.0}
_PRINTED_ABOVE_UM = 20.0
"""Larger pixels are the dots of printers and screens (1,200 dpi is 21 µm), not of microscopes."""


@dataclass(slots=True)
class _Stack:
    """Pages of the same kind, each with its smaller versions."""

    pages: list[Page]
    levels: list[list[Page]]


def format_of(pages: TiffPages) -> str:
    """Name of the format of a TIFF file without OME-XML.

    Raises:
        UnsupportedError: It is a vendor's format that plain pages do not describe.
    """
    vendor = vendor_tiff.kind_of(pages)
    if vendor is not None:
        return vendor
    if micromanager.is_stack(pages):
        return micromanager.KIND
    if pages.description.startswith("ImageJ="):
        return IMAGEJ
    for kind, name in _NOT_YET.items():
        if pages.is_kind(kind):
            raise UnsupportedError(f"{name}: not read here; see `micrograph convert`.")
    return PLAIN


def parse_file(path: Path) -> ParsedFileset:
    """Read one TIFF file without OME-XML.

    Raises:
        UnreadableFileError: The file is damaged.
        UnsupportedError: Its samples are stored in a way that is not handled.
    """
    with open_pages(path) as pages:
        kind = format_of(pages)
        if kind in vendor_tiff.NAMES:
            return vendor_tiff.parse_pages(kind, pages)
        file = ParsedFile.of(pages.identity)
        found = _imagej(pages) if kind == IMAGEJ else _plain(pages)
        return parsed_fileset(kind, path.parent, [file], found)


def _plain(pages: TiffPages) -> list[FoundImage]:
    first = pages.page(0)
    dimensions = _shaped(first, pages)
    if dimensions is not None:
        sizes, shift = dimensions
        layout = _hyperstack(pages, sizes, "TZC", shift, first)
        return [FoundImage(_facts(first, pages.name), layout)]
    stacks = _stacks(pages)
    facts = _facts(first, pages.name)
    names = [
        f"{pages.name} #{n + 1}" if len(stacks) > 1 else pages.name for n in range(len(stacks))
    ]
    return [
        FoundImage(replace(facts, name=name), _pile(stack, pages))
        for stack, name in zip(stacks, names, strict=True)
    ]


def _stacks(pages: TiffPages) -> list[_Stack]:
    """Pages sorted by size and type, in the order in which each kind appears."""
    found: dict[tuple[object, ...], _Stack] = {}
    last: _Stack | None = None
    for page in pages:
        smallest = last.levels[-1][-1] if last and last.levels[-1] else None
        if last and page.subfile_type & 1 and is_level_of(page, smallest or last.pages[-1]):
            last.levels[-1].append(page)
            continue
        key = (page.width, page.height, page.depth, page.samples, page.encoding.dtype)
        last = found.setdefault(key, _Stack([], []))
        last.pages.append(page)
        last.levels.append([])
    return list(found.values())


def _pile(stack: _Stack, pages: TiffPages) -> Layout:
    """One page for each time point, the slices of a volume page as Z."""
    levels = min(len(smaller) for smaller in stack.levels)
    if not levels:
        levels = _sub_levels(stack.pages, pages)
        smaller = [[pages.sub_page(page, n) for n in range(levels)] for page in stack.pages]
    else:
        smaller = stack.levels

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        page = smaller[t][level - 1] if level else stack.pages[t]
        return PlacedPlane(0, page, piece=z)

    return Layout(
        size_t=len(stack.pages),
        groups=1,
        size_z=stack.pages[0].depth,
        first=plane(0, 0, 0, 0),
        level_count=levels + 1,
        plane=plane,
    )


def _sub_levels(stack: Sequence[Page], pages: TiffPages) -> int:
    common = min(MAX_LEVELS, *(len(page.sub_pages) for page in stack), MAX_LEVELS)
    larger = stack[0]
    for number in range(common):
        smaller = pages.sub_page(stack[0], number)
        if not is_level_of(smaller, larger):
            return number
        larger = smaller
    return common


def _imagej(pages: TiffPages) -> list[FoundImage]:
    first = pages.page(0)
    said = _key_values(first.description)
    sizes = {
        "T": _count(said, "frames"),
        "Z": _count(said, "slices"),
        "C": _count(said, "channels"),
    }
    total = sizes["T"] * sizes["Z"] * sizes["C"]
    shift = 0
    if total != _count(said, "images"):
        return _plain_again(pages, first, said)
    if len(pages) < total and _follows(first, pages, total):
        shift = first.plane_bytes
    elif len(pages) != total:
        return _plain_again(pages, first, said)
    layout = _hyperstack(pages, sizes, "TZC", shift, first)
    return [FoundImage(_imagej_facts(first, pages.name, said), layout)]


def _plain_again(pages: TiffPages, first: Page, said: dict[str, str]) -> list[FoundImage]:
    """An ImageJ file whose description does not fit its pages."""
    count = _count(said, "images")
    if len(pages) == 1 and count > 1 and _follows(first, pages, count):
        sizes = {"T": count, "Z": 1, "C": 1}
        layout = _hyperstack(pages, sizes, "TZC", first.plane_bytes, first)
        return [FoundImage(_imagej_facts(first, pages.name, said), layout)]
    facts = _imagej_facts(first, pages.name, said)
    return [FoundImage(facts, _pile(stack, pages)) for stack in _stacks(pages)]


def _hyperstack(
    pages: TiffPages, sizes: dict[str, int], order: str, shift: int, first: Page
) -> Layout:
    """Planes that follow each other, the last axis of the order fastest."""
    strides = dict(zip(order, (sizes[order[1]] * sizes[order[2]], sizes[order[2]], 1), strict=True))
    kept: dict[int, Page] = {0: first}

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        number = t * strides["T"] + z * strides["Z"] + group * strides["C"]
        if shift:
            return PlacedPlane(0, first, shift=number * shift)
        if number not in kept:
            kept[number] = pages.page(number)
        return PlacedPlane(0, kept[number])

    return Layout(sizes["T"], sizes["C"], sizes["Z"], PlacedPlane(0, first), 1, plane)


def _follows(first: Page, pages: TiffPages, count: int) -> bool:
    """The planes after the first follow it without pages of their own."""
    whole = first.encoding.compression == NONE and not first.encoding.tiled and first.depth == 1
    stored = int(first.lengths.sum()) == first.plane_bytes
    steps = np.cumsum(first.lengths[:-1], dtype=np.uint64) + first.offsets[0]
    if not (whole and stored and np.array_equal(steps, first.offsets[1:])):
        return False
    return int(first.offsets[0]) + count * first.plane_bytes <= pages.identity.size


def _shaped(first: Page, pages: TiffPages) -> tuple[dict[str, int], int] | None:
    """Sizes of a stack as tifffile describes it: {"shape": [...], "axes": "..."}."""
    if not first.description.startswith('{"shape":') or len(first.description) > 10_000:
        return None
    try:
        said = json.loads(first.description)
        shape = [int(size) for size in said["shape"]]
    except (ValueError, TypeError, KeyError):
        return None
    inside = (2 if first.samples == 1 else 3) + (first.depth > 1)
    outer = shape[:-inside] if len(shape) > inside else []
    total = int(np.prod(outer, dtype=object)) if outer else 1
    if total < 2 or first.depth > 1 or min(outer) < 1:
        return None
    axes = str(said.get("axes", ""))[: len(outer)]
    sizes = _sizes(axes if len(axes) == len(outer) else "", outer)
    if len(pages) == total:
        return sizes, 0
    return (sizes, first.plane_bytes) if _follows(first, pages, total) else None


def _sizes(axes: str, outer: Sequence[int]) -> dict[str, int]:
    """Sizes T, Z, C of named axes in that order; all others count as time."""
    if axes and axes == "".join(axis for axis in "TZC" if axis in axes):
        return {"T": 1, "Z": 1, "C": 1} | dict(zip(axes, outer, strict=True))
    return {"T": int(np.prod(outer, dtype=object)), "Z": 1, "C": 1}


def _imagej_facts(first: Page, name: str, said: dict[str, str]) -> Acquired:
    unit = _MICROMETRES.get(said.get("unit", "").strip().lower())
    spacing = positive(said.get("spacing"))
    rate = positive(said.get("fps"))
    known = unit is not None
    return Acquired(
        name,
        moment=_acquired(first),
        size_x_um=_length(first.tags.get("XResolution"), unit) if known else None,
        size_y_um=_length(first.tags.get("YResolution"), unit) if known else None,
        size_z_um=spacing * unit if spacing and unit else None,
        interval_s=positive(said.get("finterval")) or (1 / rate if rate else None),
        channels=[ChannelFacts(color=color) for color in _imagej_colors(first, said)],
    )


def _imagej_colors(first: Page, said: dict[str, str]) -> list[tuple[int, int, int]]:
    """Brightest colour of each channel's table, where the file shows channels in colour."""
    tables = (first.tags.get("IJMetadata") or {}).get("LUTs", ())
    if said.get("mode") not in ("composite", "color") or not isinstance(tables, Sequence):
        return []
    colors: list[tuple[int, int, int]] = []
    for table in tables:
        brightest = np.asarray(table)
        if brightest.shape != (3, 256):
            return []
        red, green, blue = (int(value) for value in brightest[:, 255])
        colors.append((red, green, blue))
    return colors


def _facts(first: Page, name: str) -> Acquired:
    unit = _RESOLUTION_UNITS.get(int(first.tags.get("ResolutionUnit", 2)))
    across = _plausible(_length(first.tags.get("XResolution"), unit))
    down = _plausible(_length(first.tags.get("YResolution"), unit))
    return Acquired(
        name, moment=_acquired(first), size_x_um=across, size_y_um=down if across else None
    )


def _plausible(size_um: float | None) -> float | None:
    return size_um if size_um is not None and 1e-6 < size_um < _PRINTED_ABOVE_UM else None


def _length(resolution: Any, unit_um: float | None) -> float | None:
    """Length in micrometres of what a resolution tag counts in units."""
    try:
        top, bottom = resolution
        size = unit_um * bottom / top if unit_um else 0.0
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return float(size) if 0 < size < float("inf") else None


def _acquired(first: Page) -> dt.datetime | None:
    return moment(str(first.tags.get("DateTime", "")).strip()[:19], "%Y:%m:%d %H:%M:%S")


def _key_values(description: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in re.finditer(r"^(\w+)=(.*)$", description[: 2**20], re.MULTILINE):
        found.setdefault(match.group(1), match.group(2).strip())
    return found


def _count(said: dict[str, str], name: str) -> int:
    text = said.get(name, "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1
