"""Reads Leica's projects in XML: XLEF, XLLF and XLCF, which name further files, and XLIF, an image.

The samples of an image lie in other files that its XML names: one LOF file, TIFF files with a plane
in each page, or a PNG, JPEG or BMP for each plane. All of them have to be below the folder of the file that is named first.
"""

import os
import struct
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from store.errors import UnreadableFileError, UnsupportedError
from store.importing import formats, lif, pictures, vendor_xml
from store.importing.fact_records import parsed_fileset
from store.importing.facts import FoundImage
from store.importing.found import FoundFileset
from store.importing.layout import Layout, PlacedPlane
from store.importing.lif import Block
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane
from store.importing.tiff_pages import open_pages
from store.pixels.beneath import is_key, open_beneath
from store.pixels.files import identify
from store.pixels.source import FileIdentity

MAX_FILES = 100_000
MAX_DEPTH = 16
"""Collections in collections."""
_TIFF = (".tif", ".tiff")
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp")
_KINDS = ("PNG", "JPEG", "BMP")
_KEPT_PAGES = 1_024
_BINARY = b"\x70\x00\x00\x00"
_LOF = "LMS_Object_File".encode("utf-16-le")

type Element = Any  # lxml publishes no types


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """The files that a project names; see `store.importing.readers.Reader`."""
    files: dict[Path, None] = {path: None}
    for member in _members(path):
        if len(files) >= MAX_FILES:
            raise UnsupportedError(f"{path.name} names more than {MAX_FILES} files.")
        files.setdefault(member)
    return FoundFileset(kind, path, tuple(files), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one project; see `store.importing.readers.Reader`."""
    project = _Project(found)
    images = list(project.images(found.master))
    if not images:
        raise UnsupportedError(f"{found.master.name} names no images.", "Check what was saved.")
    files = [ParsedFile.of(identity) for identity in project.identities]
    return parsed_fileset(found.format, found.master.parent, files, images)


def _members(master: Path) -> Iterator[Path]:
    """All files that a project names, and that these name; each perhaps several times."""
    waiting = [(master, 0)]
    seen = {master}
    while waiting:
        path, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise UnsupportedError(f"{master.name} has more than {MAX_DEPTH} levels.")
        for named in _named(_document(path)):
            member = _inside(master, path, named)
            key = member.relative_to(master.parent).as_posix()
            opened = open_beneath(master.parent, key)
            if opened is None:
                raise _missing(master, member)
            os.close(opened)
            if len(seen) > MAX_FILES:
                raise UnsupportedError(f"{master.name} names more than {MAX_FILES} files.")
            yield member
            if member not in seen and _is_xml(member):
                waiting.append((member, depth + 1))
            seen.add(member)


def _named(root: Element) -> list[str]:
    """Names of files as an XML file of Leica's has them."""
    listed = root.findall("./Element/Children/Reference") + root.findall("./Element/Memory/*")
    return [one.get("File") for one in listed if one.get("File")]


def _inside(master: Path, path: Path, named: str) -> Path:
    """The file that another names, below the folder of the project.

    Raises:
        UnreadableFileError: It is elsewhere.
    """
    plain = unquote(named).replace("\\", "/")
    folder = path.parent.relative_to(master.parent).as_posix()
    key = normpath(f"{folder}/{plain}").removeprefix("./")
    if plain.startswith("/") or ":" in plain.split("/")[0] or not is_key(key):
        raise UnreadableFileError(
            f"{path.name} names the file {named[:200]!r}, which is not in the folder of "
            f"{master.name}.",
            "Put all files of the project into its folder, as Leica's software saves them.",
            path=str(path),
        )
    return master.parent / key


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() in (".xlef", ".xllf", ".xlcf", ".xlif")


def _document(path: Path) -> Element:
    with path.open("rb") as file:
        return vendor_xml.parse(file.read(vendor_xml.MAX_BYTES + 1), path.name)


def _missing(master: Path, path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{master.name} names the file {path.name}, which is not there.",
        "Copy the whole folder of the project.",
        path=str(path),
    )


class _Project:
    """The files of a project, numbered as they were found."""

    def __init__(self, found: FoundFileset) -> None:
        self._master = found.master
        self._numbers = {path: number for number, path in enumerate(found.files)}
        self._read: set[Path] = set()
        self.identities = [identify(path) for path in found.files]

    def images(self, path: Path, inside: tuple[str, ...] = ()) -> Iterator[FoundImage]:
        """The images of a file and of those that it names, in their order.

        Args:
            path: The file.
            inside: Names of the collections that it is in.
        """
        number = self.number(path)
        if path in self._read or len(inside) > MAX_DEPTH:
            return
        self._read.add(path)
        if not _is_xml(path):
            yield from lif.images_in(path, self.identities[number], self._master.name, number)
            return
        element = _document(path).find("./Element")
        if element is None:
            raise UnreadableFileError(f"{path.name} describes nothing.", "Save the project again.")
        below = (*inside, element.get("Name") or path.stem)
        if element.find("./Data/Image") is not None:
            memory = element.find("./Memory")
            if memory is None or memory.get("Size") == "0":
                return  # an acquisition that was stopped before its first plane
            name = f"{self._master.name} [{'/'.join(below)}]"
            yield from lif.images_of(element, name, self._memory(path, memory))
            return
        for one in element.findall("./Children/Reference"):
            if one.get("File"):
                member = _inside(self._master, path, one.get("File"))
                yield from self.images(member, inside if path == self._master else below)

    def number(self, path: Path) -> int:
        """Number of a file of the set.

        Raises:
            UnreadableFileError: It is none of them.
        """
        try:
            return self._numbers[path]
        except KeyError:
            raise _missing(self._master, path) from None

    def _memory(self, path: Path, memory: Element) -> lif.Memory:
        """Where the samples of an image lie."""
        parts: list[_Part] = []
        for one in memory.iterchildren("*"):
            if not one.get("File"):
                continue
            member = _inside(self._master, path, one.get("File"))
            number = self.number(member)
            start, size = int(one.get("Offset") or 0), int(one.get("Size") or memory.get("Size"))
            parts.append(_Part(start, size, number, member, self.identities[number]))
        parts.sort(key=lambda part: part.start)
        if not parts:
            raise UnreadableFileError(
                f"{path.name} names no file with its samples.", "Save the project again."
            )
        if all(part.path.suffix.lower() in _TIFF + _PICTURES for part in parts):
            return _InPages(parts)
        (part,) = parts if len(parts) == 1 else (None,)
        if part is None or part.path.suffix.lower() != ".lof":
            raise UnsupportedError(
                f"The samples of {path.name} are in {len(parts)} files such as "
                f"{parts[0].path.name}, which cannot be read.",
                "Save the project with LOF, TIFF, PNG, JPEG or BMP files.",
            )
        return lif.InFile(part.number, _block_of(part.path), part.identity)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a block of memory, and the file that has it."""

    start: int
    """From the beginning of the block."""
    size: int
    number: int
    path: Path
    identity: FileIdentity


def _block_of(path: Path) -> int:
    """Where the samples of a LOF file start.

    Raises:
        UnreadableFileError: It is none.
    """
    with path.open("rb") as file:
        head = file.read(13 + len(_LOF) + 19)
    mark = struct.unpack_from("<IIBI", head) if len(head) >= 13 + len(_LOF) + 19 else (0,) * 4
    if head[:4] != _BINARY or mark[2] != 0x2A or head[13 : 13 + len(_LOF)] != _LOF:
        raise UnreadableFileError(
            f"{path.name} is no LOF file.", "Replace it by an undamaged copy.", path=str(path)
        )
    return len(head)


class _InPages:
    """A block of memory whose planes are pages of TIFF files, or pictures."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self._starts = [part.start for part in parts]
        self._pages: OrderedDict[tuple[Path, int], StoredPlane] = OrderedDict()

    def layout(self, block: Block, start: int) -> Layout:
        """The planes of an image; see `lif.Memory.layout`."""
        groups = len(block.channels) * block.size("L")
        sizes = (block.size("T"), block.size("Z"))
        nbytes = block.height.size * block.encoding.stored_row_bytes

        def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
            return self._plane(block, start + block.place(t, group, z), nbytes)

        return Layout(sizes[0], groups, sizes[1], plane(0, 0, 0, 0), 1, plane)

    def _plane(self, block: Block, place: int, nbytes: int) -> PlacedPlane:
        number = bisect_right(self._starts, place) - 1
        part = self._parts[max(number, 0)]
        page, rest = divmod(place - part.start, nbytes)
        if number < 0 or rest or place + nbytes > part.start + part.size + block.encoding.padding:
            raise UnreadableFileError(
                f"A plane at byte {place} of an image is no page of {part.path.name}.",
                "The files of the project do not belong together: copy all of them again.",
            )
        found = self._page(part.path, page)
        if (found.width, found.height) != (block.width.size, block.height.size):
            raise UnreadableFileError(
                f"Page {page} of {part.path.name} has {found.width} x {found.height} pixels, not "
                f"{block.width.size} x {block.height.size}.",
                "The files of the project do not belong together: copy all of them again.",
            )
        wanted = (block.encoding.samples, block.encoding.dtype)
        if (found.samples, found.encoding.dtype) != wanted:
            raise UnsupportedError(
                f"{part.path.name} has {found.samples} samples of type {found.encoding.dtype} in a "
                f"pixel, where the project says {wanted[0]} of {wanted[1]}.",
                "Save the project with LOF files.",
            )
        return PlacedPlane(part.number, found)

    def _page(self, path: Path, number: int) -> StoredPlane:
        known = self._pages.get((path, number))
        if known is None:
            if path.suffix.lower() in _PICTURES:
                known = self._pages[path, number] = _picture(path, number)
            else:
                with open_pages(path) as pages:
                    for one in range(number, min(number + _KEPT_PAGES // 2, len(pages))):
                        self._pages[path, one] = pages.page(one)
                    known = pages.page(number)
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)
        return known


def _picture(path: Path, number: int) -> StoredPlane:
    """The one page of a picture.

    Raises:
        UnreadableFileError: It is none of the kinds that projects have, or damaged, or a further
            page is asked for.
    """
    kind = formats.recognise(path, formats.head_of(path))
    if kind is None or kind.name not in _KINDS or number:
        why = "has one plane, not several" if number else "is no PNG, JPEG or BMP"
        raise UnreadableFileError(
            f"{path.name} {why}.",
            "The files of the project do not belong together: copy all of them again.",
            path=str(path),
        )
    layout, _ = pictures.picture(path, kind.name)
    return layout.first.page
