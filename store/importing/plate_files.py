"""Plates as folders of files with one plane each: which file holds which plane of which field."""

import os
import struct
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from store.errors import UnreadableFileError, UnsupportedError
from store.importing import formats, pictures
from store.importing.facts import Acquired, ChannelFacts, FieldFacts, FoundImage, PlaneFacts
from store.importing.layout import Layout, PlacedPlane
from store.importing.ome_tiff import member
from store.importing.parsed import ParsedFile
from store.importing.stored_plane import StoredPlane
from store.importing.tiff_pages import open_pages
from store.pixels.files import identify

MAX_FILES = 1_000_000
_KEPT_PAGES = 64
_OUTSIDE = {1: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4}
"""Sizes of the types of tags whose values count: texts and fractions are metadata."""


@dataclass(frozen=True, slots=True)
class PlateFile:
    """One file that holds one plane."""

    path: Path
    row: int
    column: int
    field: int
    t: int = 0
    c: int = 0
    z: int = 0
    run: int = 0
    """Number of the acquisition."""
    delta_t_s: float | None = None
    exposure_s: float | None = None
    x_um: float | None = None
    y_um: float | None = None
    z_um: float | None = None

    @property
    def place(self) -> tuple[int, int, int, int]:
        """What makes an image: acquisition, row, column, field."""
        return (self.run, self.row, self.column, self.field)


class PlateFiles:
    """The files of a plate, looked at once each; most are like one before and quick to check."""

    def __init__(self, first: Sequence[Path]) -> None:
        self._numbers: dict[Path, int] = {}
        self._identities: list[ParsedFile] = []
        self._like: OrderedDict[bytes, tuple[StoredPlane, int]] = OrderedDict()
        for path in first:
            self.number(path)

    @property
    def parsed(self) -> tuple[ParsedFile, ...]:
        """All files looked at, in the order of their numbers."""
        return tuple(self._identities)

    def plane(self, path: Path) -> PlacedPlane:
        """The one plane that a file holds.

        Raises:
            UnreadableFileError: It is missing or damaged.
            UnsupportedError: Its samples are stored in a way that is not handled.
        """
        number = self.number(path)
        return PlacedPlane(number, self._page(path, self._identities[number].size))

    def number(self, path: Path) -> int:
        """Number of a file; a new one comes behind those that are known.

        Raises:
            UnreadableFileError: It is missing.
            UnsupportedError: There are too many.
        """
        known = self._numbers.get(path)
        if known is not None:
            return known
        if len(self._numbers) >= MAX_FILES:
            raise UnsupportedError(f"The plate has more than {MAX_FILES} files.")
        found = identify(path)
        self._identities.append(ParsedFile.of(found))
        number = self._numbers[path] = len(self._numbers)
        return number

    def _page(self, path: Path, size: int) -> StoredPlane:
        mark = _mark(path)
        if mark is not None and mark in self._like and self._like[mark][1] <= size:
            self._like.move_to_end(mark)
            return self._like[mark][0]
        page = _page(path)
        if mark is not None:
            self._like[mark] = (page, size)
            if len(self._like) > _KEPT_PAGES:
                self._like.popitem(last=False)
        return page


def listed(folder: Path, name: str) -> Path | None:
    """A file in a folder by its plain name; none if it is not there or leaves the folder."""
    try:
        return member(folder, name)
    except UnreadableFileError:
        return None


def fields(
    name: str,
    found: Iterable[PlateFile],
    files: PlateFiles,
    about: Acquired,
    channels: Mapping[int, ChannelFacts],
) -> tuple[list[FoundImage], list[FieldFacts]]:
    """The images of a plate in order of acquisition, row, column and field.

    Args:
        name: Of the plate, before that of each field.
        found: Its files.
        files: Where they are numbered.
        about: What is the same for all images.
        channels: What is known of channels, by number.
    """
    images: list[FoundImage] = []
    places: list[FieldFacts] = []
    ordered = sorted(found, key=lambda one: (one.place, one.t, one.c, one.z))
    for one in ordered:
        files.number(one.path)
    channel_count = 1 + max((one.c for one in ordered), default=0)
    for (run, row, column, number), group in groupby(ordered, key=lambda one: one.place):
        members = list(group)
        layout = _layout(members, files, channel_count)
        label = f"{name} [{well_name(row, column)}, field {number + 1}]"
        said = [channels.get(c, ChannelFacts()) for c in range(channel_count)]
        planes = [
            PlaneFacts(one.t, one.c, one.z, one.delta_t_s, one.exposure_s, one.x_um, one.y_um,
                           one.z_um)
            for one in members
        ]  # fmt: skip
        own = [files.number(one.path) for one in members]
        facts = replace(about, name=label, channels=said, planes=planes)
        first = members[0]
        places.append(FieldFacts(row, column, len(images), run, first.x_um, first.y_um))
        images.append(FoundImage(facts, layout, files=own))
    return images, places


def well_name(row: int, column: int) -> str:
    """Name of a well, such as B07 or AC12; rows and columns from 0."""
    letters = chr(65 + row % 26) if row < 26 else chr(64 + row // 26) + chr(65 + row % 26)
    return f"{letters}{column + 1:02}"


def row_of(letters: str) -> int:
    """Row that letters name, from 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _layout(members: Sequence[PlateFile], files: PlateFiles, channel_count: int) -> Layout:
    held = {(one.t, one.c, one.z): one.path for one in members}
    kept: dict[tuple[int, int, int], PlacedPlane] = {}

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        place = (t, group, z)
        path = held.get(place)
        if path is not None and place not in kept:
            kept[place] = files.plane(path)
        return kept.get(place)

    first = members[0]
    placed = plane(0, first.t, first.c, first.z)
    assert placed is not None
    return Layout(
        size_t=1 + max(one.t for one in members),
        groups=channel_count,
        size_z=1 + max(one.z for one in members),
        first=placed,
        level_count=1,
        plane=plane,
    )


def _page(path: Path) -> StoredPlane:
    kind = formats.recognise(path, formats.head_of(path))
    if kind is not None and kind.reader == formats.PICTURES:
        layout, _ = pictures.picture(path, kind.name)
        return layout.first.page
    with open_pages(path) as pages:
        return pages.page(0)


def _mark(path: Path) -> bytes | None:
    """All of the first page of a little-endian TIFF that says where and how its samples lie.

    None for other files. Files of the same mark have the same page, except for its texts.
    """
    with path.open("rb") as file:
        descriptor = file.fileno()
        header = os.pread(descriptor, 8, 0)
        if header[:4] != b"II*\0" or len(header) < 8:
            return None
        (start,) = struct.unpack_from("<I", header, 4)
        counted = os.pread(descriptor, 2, start)
        if len(counted) < 2:
            return None
        count = min(struct.unpack("<H", counted)[0], 4096)
        entries = os.pread(descriptor, 12 * count, start + 2)
        parts: list[bytes] = []
        for place in range(0, len(entries) - 11, 12):
            code, kind, number, value = struct.unpack_from("<HHII", entries, place)
            size = number * _OUTSIDE.get(kind, 0)
            if not size:
                parts.append(struct.pack("<HHI", code, kind, 0))
                continue
            outside = os.pread(descriptor, min(size, 2**20), value) if size > 4 else b""
            parts.append(entries[place : place + 12] + outside)
        return b"".join(parts)
