"""OME-TIFF: which page of which file of a set holds which plane."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError
from store.importing import ome_document, ome_xml
from store.importing.layout import Layout, PlacedPlane, image, pixel_type
from store.importing.ome_xml import ImageOutline, Outline, TiffData
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane
from store.importing.tiff_pages import Page, TiffPages, open_pages
from store.models.enums import PixelType
from store.pixels.files import identify

MAX_FILES = 100_000
MAX_LEVELS = 32
_OPEN_AT_ONCE = 32
_BEYOND_OME = {
    PixelType.HALF: "float",
    PixelType.INT64: "double",
    PixelType.UINT64: "double",
}
"""The type of OME-XML 2016-06 that holds the values of those it does not know."""
_ROOT_UUID = re.compile(r"<(?:\w+:)?OME\b[^<>]*?\bUUID\s*=\s*[\"']([^\"'<]++)[\"']")
_BINARY_ONLY = re.compile(
    r"<(?:\w+:)?BinaryOnly\b[^<>]*?\bMetadataFile\s*=\s*[\"']([^\"'<]++)[\"']"
)
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def document(master: Path) -> str | bytes:
    """The OME-XML of a TIFF file or a metadata file.

    Raises:
        UnreadableFileError: The file is damaged or too long.
    """
    if is_tiff(master):
        with open_pages(master) as pages:
            return pages.description
    if identify(master).size > ome_xml.MAX_BYTES:
        raise UnreadableFileError(
            f"{master.name} is longer than {ome_xml.MAX_BYTES >> 20} MiB.", path=str(master)
        )
    return master.read_bytes()


def is_tiff(path: Path) -> bool:
    """The file starts as a TIFF file does."""
    with path.open("rb") as file:
        return file.read(4) in _TIFF_MAGIC


def member(folder: Path, name: str) -> Path:
    """The file of that name beside the one that names it.

    Raises:
        UnreadableFileError: The name leaves the folder, or there is no such file.
    """
    plain = name not in ("", ".", "..") and not any(sign in name for sign in "/\\\0")
    path = folder / name if plain else folder
    if not plain or (path.is_symlink() and path.resolve().parent != folder.resolve()):
        raise UnreadableFileError(
            f"The metadata names the file {name!r}, which is not in the same folder.",
            "The files of a set have to lie in one folder, under their plain names.",
            path=str(folder),
        )
    if not path.is_file():
        raise UnreadableFileError(
            f"The metadata names the file {name}, which is not there.",
            "Put all files of the set into one folder.",
            path=str(path),
        )
    return path


def belongs(path: Path, uuid: str, metadata_name: str) -> bool:
    """A TIFF file carries the UUID it is named by, or points to the file that names it.

    Raises:
        UnreadableFileError: The file is damaged.
    """
    with open_pages(path) as pages:
        start = pages.description[: 2**20]
    own = _ROOT_UUID.search(start)
    only = _BINARY_ONLY.search(start)
    same = own is not None and bool(uuid) and own.group(1).strip().lower() == uuid
    return same or (only is not None and only.group(1) == metadata_name)


def parse_set(master: Path, pages: TiffPages | None = None) -> ParsedFileset:
    """Read an OME-TIFF file, or a set of them, from the file that has the metadata.

    Args:
        master: That file.
        pages: Its pages, where it is a TIFF file and open already.

    Raises:
        UnreadableFileError: A file is missing, foreign or damaged, or does not fit the metadata.
        UnsupportedError: The samples are not in TIFF files, or stored in an unknown way.
    """
    text = document(master) if pages is None else pages.description
    root = ome_xml.parse(text, master.name)
    outline = ome_xml.outline(root, master.name)
    if outline.metadata_file:
        return parse_set(_metadata_of(master, outline))
    with ExitStack() as stack:
        files = _Files(master, outline, stack, pages)
        places = [_ImagePlaces(files, found) for found in _with_places(files, outline)]
        held = [place for place in places if place.has_planes]
        if not held:
            raise UnsupportedError(
                f"The metadata of {master.name} maps no plane to a TIFF page.",
                "OME-XML with samples inside, or without any, is not read yet.",
            )
        files.freeze()
        layouts = [place.layout() for place in held]
        records = ome_document.records_of(
            root,
            master.name,
            {
                place.outline.number: _pixels_attributes(place.outline, layout)
                for place, layout in zip(held, layouts, strict=True)
            },
        )
        images = [
            image(
                layout,
                series,
                place.outline.name or _name(master, outline, place.outline),
                files.parsed,
                is_rgb(layout.first.page),
            )
            for series, (place, layout) in enumerate(zip(held, layouts, strict=True))
        ]
        return ParsedFileset("OME-TIFF", master.parent, files.parsed, tuple(images), records)


def _name(master: Path, outline: Outline, found: ImageOutline) -> str:
    """The name of an image that has none."""
    return master.name if len(outline.images) == 1 else f"{master.name} #{found.number + 1}"


def _pixels_attributes(outline: ImageOutline, layout: Layout) -> dict[str, str]:
    """The attributes of Pixels without which there are none, as the pages have them."""
    found = pixel_type(layout.first.page.encoding)
    sizes = {f"Size{axis}": str(getattr(layout.shape, axis.lower())) for axis in "XYZCT"}
    return {
        "DimensionOrder": f"XY{outline.order}",
        "Type": _BEYOND_OME.get(found, found.value),
        **sizes,
    }


def _metadata_of(master: Path, outline: Outline) -> Path:
    path = member(master.parent, outline.metadata_file)
    named = ome_xml.outline(ome_xml.parse(document(path), path.name), path.name)
    if named.metadata_file:
        raise UnreadableFileError(
            f"{path.name} should hold the metadata of {master.name} and refers to another file.",
            "Write the set anew.",
            path=str(path),
        )
    return path


def _with_places(files: "_Files", outline: Outline) -> list[ImageOutline]:
    """The images, those that say nothing of their planes following each other in the file."""
    images: list[ImageOutline] = []
    ifd = 0
    for found in outline.images:
        if found.tiff_data or found.inline or not files.in_tiff or ifd >= files.page_count(0):
            images.append(found)
            continue
        samples = files.page(0, ifd).samples
        count = min(found.shape.planes // samples or 1, files.page_count(0) - ifd)
        images.append(replace(found, tiff_data=(TiffData(ifd, count, 0, 0, 0, "", ""),)))
        ifd += count
    return images


def is_rgb(page: StoredPlane) -> bool:
    """The samples of a pixel are colours: PhotometricInterpretation RGB or YCbCr."""
    return isinstance(page, Page) and page.photometric in (2, 6) and page.samples in (3, 4)


class _Files:
    """The files of a set: found by name, checked to belong, a few of them open."""

    def __init__(
        self, master: Path, outline: Outline, stack: ExitStack, pages: TiffPages | None = None
    ) -> None:
        self.master = master
        self.parsed: tuple[ParsedFile, ...] = ()
        self._outline = outline
        self._numbers: dict[Path, int] = {}
        self._own: dict[tuple[str, str], int] = {}
        self._open: OrderedDict[int, tuple[TiffPages, ExitStack]] = OrderedDict()
        self._pages: dict[tuple[int, int], Page] = {}
        stack.callback(self._close, 0)
        self.in_tiff = pages is not None or is_tiff(master)
        self._number(master)
        if pages is not None:
            self._open[0] = (pages, ExitStack())  # who opened it closes it

    def number(self, data: TiffData) -> int:
        """Number of the file that a TiffData element means."""
        key = (data.file, data.uuid)
        known = self._own.get(key)
        if known is None:
            known = self._own[key] = self._find(data)
        return known

    def freeze(self) -> None:
        """Note the identities of all files of the set."""
        identities = [identify(path) for path in self._numbers]
        self.parsed = tuple(ParsedFile.of(found) for found in identities)

    def page_count(self, file: int) -> int:
        """Number of pages of a file."""
        return len(self._pages_of(file))

    def page(self, file: int, number: int) -> Page:
        """One page of a file."""
        key = (file, number)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = self._pages_of(file).page(number)
        return page

    def sub_page(self, file: int, page: Page, number: int) -> Page:
        """A smaller version of a page."""
        return self._pages_of(file).sub_page(page, number)

    def _find(self, data: TiffData) -> int:
        if self.in_tiff and self._means_master(data):
            return 0
        if not data.file:
            raise UnreadableFileError(
                f"The metadata of {self.master.name} does not say which file holds its planes.",
                "Write the set anew.",
                path=str(self.master),
            )
        path = member(self.master.parent, data.file)
        if path not in self._numbers:
            self._check_belongs(path, data)
        if len(self._numbers) >= MAX_FILES:
            raise UnsupportedError(f"The set has more than {MAX_FILES} files.")
        return self._number(path)

    def _means_master(self, data: TiffData) -> bool:
        if not data.file or data.file == self.master.name:
            return True
        if data.uuid and data.uuid == self._outline.uuid:
            return True
        # A single file that was renamed still names itself by its old name.
        return len(self._outline.files) <= 1 and not (self.master.parent / data.file).exists()

    def _check_belongs(self, path: Path, data: TiffData) -> None:
        if not belongs(path, data.uuid, self.master.name):
            raise UnreadableFileError(
                f"The file {path.name} is not the one that the metadata of {self.master.name} "
                "names: its UUID differs.",
                "Put the file that was written with the set in its place.",
                path=str(path),
            )

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers))

    def _pages_of(self, file: int) -> TiffPages:
        found = self._open.get(file)
        if found is None:
            stack = ExitStack()
            pages = stack.enter_context(open_pages(list(self._numbers)[file]))
            found = self._open[file] = (pages, stack)
            self._close(_OPEN_AT_ONCE)
        self._open.move_to_end(file)
        return found[0]

    def _close(self, keep: int) -> None:
        while len(self._open) > keep:
            _, (_, stack) = self._open.popitem(last=False)
            stack.close()


class _ImagePlaces:
    """Which page holds which plane of one image."""

    def __init__(self, files: _Files, outline: ImageOutline) -> None:
        self._files = files
        self.outline = outline
        self.has_planes = not outline.inline and bool(outline.tiff_data)
        if not self.has_planes:
            return
        first = outline.tiff_data[0]
        self._samples = files.page(files.number(first), first.ifd or 0).samples
        channels = outline.shape.c
        self._groups = channels // self._samples if channels % self._samples == 0 else channels
        sizes = (outline.shape.t, self._groups, outline.shape.z)
        self._file = np.full(sizes, -1, np.int32)
        self._ifd = np.full(sizes, -1, np.int32)
        for data, at in zip(outline.tiff_data, self._starts(), strict=True):
            self._place(data, at)
        self.has_planes = bool(np.any(self._file >= 0))

    def layout(self) -> Layout:
        """The planes as a layout."""
        held = np.argwhere(self._file >= 0)
        first = self._base(*(int(number) for number in held[0]))
        assert first is not None
        return Layout(
            size_t=self.outline.shape.t,
            groups=self._groups,
            size_z=self.outline.shape.z,
            first=first,
            level_count=self._level_count(first),
            plane=self._plane,
        )

    def _starts(self) -> list[tuple[int, int, int]]:
        """First t, group and z of each element, where some writers count from 1."""
        starts = np.array([(data.t, data.c, data.z) for data in self.outline.tiff_data], np.int64)
        sizes = np.array(self._file.shape)
        if self._samples > 1 and np.any(starts[:, 1] >= self._groups):
            starts[:, 1] //= self._samples
        late = (starts.min(axis=0) > 0) & (starts.max(axis=0) >= sizes)
        starts -= np.where(late, starts.min(axis=0), 0)
        return [(int(t), int(c), int(z)) for t, c, z in starts]

    def _place(self, data: TiffData, start: tuple[int, int, int]) -> None:
        file = self._files.number(data)
        ifd = data.ifd or 0
        count = data.count
        if count is None:
            count = 1 if data.ifd is not None else max(0, self._files.page_count(file) - ifd)
        positions = self._positions_from(start)
        for number, at in zip(range(ifd, ifd + count), positions, strict=False):
            self._file[at] = file
            self._ifd[at] = number

    def _positions_from(self, start: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
        """Positions (t, group, z) in the order of dimensions, from one position on."""
        sizes = dict(zip("TCZ", self._file.shape, strict=True))
        at = dict(zip("TCZ", start, strict=True))
        order = self.outline.order
        if any(at[axis] >= sizes[axis] for axis in order):
            return
        strides = {order[0]: 1, order[1]: sizes[order[0]], order[2]: 0}
        strides[order[2]] = strides[order[1]] * sizes[order[1]]
        first = sum(at[axis] * strides[axis] for axis in order)
        for number in range(first, self._file.size):
            place = {axis: number // strides[axis] % sizes[axis] for axis in order}
            yield place["T"], place["C"], place["Z"]

    def _base(self, t: int, group: int, z: int) -> PlacedPlane | None:
        file = int(self._file[t, group, z])
        if file < 0:
            return None
        return PlacedPlane(file, self._files.page(file, int(self._ifd[t, group, z])))

    def _plane(self, level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        placed = self._base(t, group, z)
        if placed is None or level == 0:
            return placed
        page = self._files.sub_page(placed.file, _page(placed), level - 1)
        return PlacedPlane(placed.file, page)

    def _level_count(self, first: PlacedPlane) -> int:
        positions: Any = product(*(range(size) for size in self._file.shape))
        bases = (self._base(*at) for at in positions)
        common = min(len(_page(placed).sub_pages) for placed in bases if placed is not None)
        larger = _page(first)
        for number in range(min(common, MAX_LEVELS)):
            smaller = self._files.sub_page(first.file, _page(first), number)
            if not is_level_of(smaller, larger):
                return number + 1
            larger = smaller
        return min(common, MAX_LEVELS) + 1


def _page(placed: PlacedPlane) -> Page:
    assert isinstance(placed.page, Page)
    return placed.page


def is_level_of(smaller: Page, larger: Page) -> bool:
    """One page is a smaller version of another: same samples, same proportions."""
    alike = (smaller.samples, smaller.encoding.dtype, smaller.depth) == (
        larger.samples,
        larger.encoding.dtype,
        larger.depth,
    )
    if not alike or smaller.width > 0.8 * larger.width + 1 or smaller.width >= larger.width:
        return False
    across, down = larger.width / smaller.width, larger.height / smaller.height
    tolerance = 0.03 + 1.5 / smaller.width + 1.5 / smaller.height
    return abs(across / down - 1) < tolerance
