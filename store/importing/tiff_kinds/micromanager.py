"""Micro-Manager stacks without OME-XML: positions as images, from all files of a set."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from store.errors import StoreError, UnreadableFileError
from store.importing.clean import finite, iso_moment, originals_of, positive
from store.importing.fact_records import MAX_PLANES_SAID, parsed_fileset
from store.importing.facts import Acquired, ChannelFacts, FoundImage, PlaneFacts
from store.importing.layout import MAX_PLANES, Layout, PlacedPlane
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.tiff_pages import Page, TiffPages, open_pages

KIND = "Micro-Manager stack"
MAX_FILES = 1_000
_MARK = "_MMStack"
_PLANE_TAG = 51123

type _Place = tuple[int, int, int]
"""t, c, z."""


@dataclass(slots=True)
class _Position:
    """Where the planes of one position lie: file and page of each."""

    planes: dict[_Place, tuple[int, int]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=lambda: [1, 1, 1])

    def put(self, place: _Place, held: tuple[int, int]) -> None:
        """Note one plane."""
        self.planes[place] = held
        self.sizes = [max(size, at + 1) for size, at in zip(self.sizes, place, strict=True)]


def is_stack(pages: TiffPages) -> bool:
    """The file has Micro-Manager's own index of its planes."""
    if not pages.is_kind("micromanager"):
        return False
    try:
        said = pages.library.micromanager_metadata or {}
        return isinstance(said["Summary"], Mapping) and "IndexMap" in said
    except Exception:  # noqa: BLE001  hostile files raise twenty kinds: a plain file then
        return False


def members(path: Path, taken: AbstractSet[Path]) -> list[Path]:
    """The other files of a stack: in the same folder, of the same name up to its mark."""
    prefix, mark, _ = path.name.partition(_MARK)
    if not mark:
        return []
    beside = sorted(path.parent.glob("*" + _MARK + "*.tif"))[:MAX_FILES]
    return [
        other
        for other in beside
        if other.name.startswith(prefix + _MARK) and other not in taken and other != path
        and not other.is_symlink() and _belongs(path, other)
    ]  # fmt: skip


def parse(files: Sequence[Path]) -> ParsedFileset:
    """Read a stack of one or more files.

    Raises:
        UnreadableFileError: A file is damaged, or its index does not fit its pages.
        UnsupportedError: There are too many planes.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(open_pages(path)) for path in files]
        summary = _summary(opened[0])
        positions: dict[int, _Position] = {}
        for number, pages in enumerate(opened):
            for (c, z, t, position), page in _index(pages):
                positions.setdefault(position, _Position()).put((t, c, z), (number, page))
        name = files[0].name
        found = [
            _image(
                positions[key], opened, summary, name if len(positions) == 1 else f"{name} #{n + 1}"
            )
            for n, key in enumerate(sorted(positions))
        ]
        parsed = [ParsedFile.of(p.identity) for p in opened]
        return parsed_fileset(KIND, files[0].parent, parsed, found)


def _belongs(path: Path, other: Path) -> bool:
    try:
        with open_pages(path) as own, open_pages(other) as pages:
            return is_stack(pages) and _summary(own).get("Prefix") == _summary(pages).get("Prefix")
    except (StoreError, OSError):
        return False


def _summary(pages: TiffPages) -> Mapping[str, Any]:
    found = (pages.library.micromanager_metadata or {}).get("Summary")
    return found if isinstance(found, Mapping) else {}


def _index(pages: TiffPages) -> Iterator[tuple[tuple[int, int, int, int], int]]:
    """Channel, slice, frame and position of each plane, and the number of its page."""
    table = np.asarray((pages.library.micromanager_metadata or {})["IndexMap"], np.int64)
    numbers = {offset: number for number, offset in enumerate(pages.offsets)}
    for c, z, t, position, offset in table[:MAX_PLANES].tolist():
        if offset not in numbers:
            if offset > 0:
                continue  # written after the index, or the file was cut
        elif min(c, z, t, position) >= 0 and max(c, z, t, position) < MAX_PLANES:
            yield (c, z, t, position), numbers[offset]


def _image(
    position: _Position, opened: Sequence[TiffPages], summary: Mapping[str, Any], name: str
) -> FoundImage:
    size_t, size_c, size_z = position.sizes
    kept: dict[tuple[int, int], Page] = {}

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        held = position.planes.get((t, group, z))
        if held is None:
            return None
        if held not in kept:
            kept[held] = opened[held[0]].page(held[1])
        return PlacedPlane(held[0], kept[held])

    first = plane(0, *min(position.planes)) if position.planes else None
    if first is None:
        raise UnreadableFileError(f"The index of {name} names no plane that is there.")
    said = list(_planes(position, opened))
    label = next(
        (facts.get("PositionName") for _, facts in said if facts.get("PositionName")), None
    )
    size = positive(summary.get("PixelSize_um")) or next(
        (found for _, facts in said if (found := positive(facts.get("PixelSizeUm")))), None
    )
    return FoundImage(
        Acquired(
            f"{name} [{label}]" if label and " #" in name else name,
            moment=_acquired(summary),
            size_x_um=size,
            size_y_um=size,
            size_z_um=positive(summary.get("z-step_um")) if size_z > 1 else None,
            interval_s=(positive(summary.get("Interval_ms")) or 0) / 1000 or None,
            channels=_channels(summary, size_c),
            planes=[_plane(place, facts) for place, facts in said],
            originals=[*originals_of(summary), *(originals_of(said[0][1]) if said else ())],
        ),
        Layout(size_t, size_c, size_z, first, 1, plane),
    )


def _planes(
    position: _Position, opened: Sequence[TiffPages]
) -> Iterator[tuple[_Place, Mapping[str, Any]]]:
    for place in sorted(position.planes)[:MAX_PLANES_SAID]:
        file, number = position.planes[place]
        page = opened[file].library.pages[number]
        facts = page.aspage().tags.valueof(_PLANE_TAG)
        if isinstance(facts, Mapping):
            yield place, facts


def _plane(place: _Place, facts: Mapping[str, Any]) -> PlaneFacts:
    elapsed, exposure = finite(facts.get("ElapsedTime-ms")), finite(facts.get("Exposure-ms"))
    return PlaneFacts(
        *place,
        delta_t_s=None if elapsed is None else elapsed / 1000,
        exposure_s=None if exposure is None else exposure / 1000,
        x_um=finite(facts.get("XPositionUm")),
        y_um=finite(facts.get("YPositionUm")),
        z_um=finite(facts.get("ZPositionUm")),
    )


def _channels(summary: Mapping[str, Any], count: int) -> list[ChannelFacts]:
    names, colors = summary.get("ChNames"), summary.get("ChColors")
    found: list[ChannelFacts] = []
    for number in range(count):
        name = names[number] if isinstance(names, list) and number < len(names) else None
        color = colors[number] if isinstance(colors, list) and number < len(colors) else None
        packed = color & 0xFFFFFF if isinstance(color, int) else None
        rgb = None if packed is None else (packed >> 16, packed >> 8 & 255, packed & 255)
        found.append(ChannelFacts(str(name) if name else None, color=rgb))
    return found


def _acquired(summary: Mapping[str, Any]) -> Any:
    text = str(summary.get("StartTime") or summary.get("Time") or summary.get("Date") or "")
    # "2026-03-04 05:06:07.123 +0100": the zone follows a space.
    head, _, zone = text.rpartition(" ")
    return iso_moment(head + zone if zone[:1] in "+-" and head else text)
