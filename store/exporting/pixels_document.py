"""OME-XML that describes files with samples: images as they are cut, planes where they lie."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from lxml import etree
from sqlalchemy.orm import Session

from store.access import Viewer
from store.documents.mapping import NAMESPACE
from store.exporting.closure import Root
from store.exporting.cut import Cut
from store.exporting.moved_shapes import Frame, move_shape
from store.exporting.ome_document import export_document
from store.exporting.samples import ome_type

type Node = Any  # lxml publishes no types

_TAG = f"{{{NAMESPACE}}}"
_ORDER = "XYZCT"
_SHAPES = frozenset(
    f"{_TAG}{name}"
    for name in ("Rectangle", "Mask", "Point", "Ellipse", "Line", "Polyline", "Polygon", "Label")
)
_NAMES = uuid.UUID("5b7a4e4e-5a55-5d0c-9a0f-0d3a1d2f6c11")
"""Identifiers of files follow from what they show, so that the same export is the same file."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a set."""

    name: str
    """Without folders."""
    uuid: str
    """As OME-XML writes it: urn:uuid:…."""


class PixelsDocument:
    """A document with some rows and all that belongs to them, to be fitted to files.

    Args:
        session: For reading.
        viewer: Who exports.
        roots: Class and database id of what to begin with.
        creator: Name and version of this program.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A root is of a kind that no document has.
    """

    def __init__(
        self, session: Session, viewer: Viewer, roots: Sequence[Root], creator: str
    ) -> None:
        content = b"".join(export_document(session, viewer, roots))
        # What is in attributes and texts has no bounds that a file could exceed: it is our own.
        self.root: Node = etree.fromstring(content, etree.XMLParser(huge_tree=True))
        self.root.set("Creator", creator)
        self._images = {
            int(str(node.get("ID")).partition(":")[2]): node
            for node in self.root.iterchildren(f"{_TAG}Image")
        }
        self._regions = {node.get("ID"): node for node in self.root.iter(f"{_TAG}ROI")}

    @property
    def images(self) -> tuple[int, ...]:
        """Database ids of the images, in the order of the document."""
        return tuple(self._images)

    def colours(self, image_id: int, cut: Cut, *, rgb: bool) -> bool:
        """Whether the channels of an image are written as samples of coloured pixels.

        Args:
            image_id: Of an image of the document.
            cut: What of it is written.
            rgb: Whether its samples are colours.
        """
        pixels = self._pixels(image_id)
        groups = pixels.findall(f"{_TAG}Channel")
        whole = cut.channels == tuple(range(cut.source.shape.c))
        plain = cut.dtype.kind == "u" and cut.dtype.itemsize <= 2
        together = len(groups) == 1 and groups[0].get("SamplesPerPixel") == str(cut.shape.c)
        return rgb and whole and plain and together and cut.shape.c in (3, 4)

    def fit(
        self,
        image_id: int,
        cut: Cut,
        *,
        colours: bool = False,
        member: Member | None = None,
        pages: bool = True,
    ) -> None:
        """Have an image described as it is written.

        Args:
            image_id: Of an image of the document.
            cut: What of it is written, its planes in the order XYZCT.
            colours: Whether its channels lie in the same pages.
            member: The file that has the pages; the file of the document itself if none.
            pages: Whether there are any: the samples of other formats lie where those say.
        """
        pixels = self._pixels(image_id)
        self._describe(pixels, cut, colours=colours)
        _fit_channels(pixels, cut, colours=colours)
        for name in ("BinData", "TiffData", "MetadataOnly"):
            for node in pixels.findall(f"{_TAG}{name}"):
                pixels.remove(node)
        place = len(pixels.findall(f"{_TAG}Channel"))
        if not pages:
            pixels.insert(place, etree.Element(f"{_TAG}MetadataOnly"))
        else:
            for number, node in enumerate(_tiff_data(cut, member, colours=colours)):
                pixels.insert(place + number, node)
        _fit_planes(pixels, cut)
        if not cut.wanted.whole:
            self._fit_regions(self._images[image_id], cut)

    def to_bytes(self, uuid: str) -> bytes:
        """Return the document of a file with that identifier, UTF-8."""
        self.root.set("UUID", uuid)
        written: bytes = etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")
        return written

    def _pixels(self, image_id: int) -> Node:
        return self._images[image_id].find(f"{_TAG}Pixels")

    def _describe(self, pixels: Node, cut: Cut, *, colours: bool) -> None:
        shape = cut.shape
        sizes = {"X": shape.x, "Y": shape.y, "Z": shape.z, "C": shape.c, "T": shape.t}
        for axis, size in sizes.items():
            pixels.set(f"Size{axis}", str(size))
        pixels.set("DimensionOrder", _ORDER)
        pixels.set("BigEndian", "false")
        pixels.set("Interleaved", "true" if colours else "false")
        type_ = ome_type(cut.dtype)
        if type_.value != pixels.get("Type"):
            pixels.set("Type", type_.value)
            pixels.attrib.pop("SignificantBits", None)
        for axis, factor in zip("XY", cut.factors, strict=True):
            name = f"PhysicalSize{axis}"
            if factor != 1 and name in pixels.attrib:
                pixels.set(name, repr(float(pixels.get(name)) * factor))

    def _fit_regions(self, image: Node, cut: Cut) -> None:
        """Keep the shapes that show in what is written, at their places there."""
        frame = Frame(cut.origin, cut.factors, (cut.shape.x, cut.shape.y))
        for reference in image.findall(f"{_TAG}ROIRef"):
            region = self._regions.get(reference.get("ID"))
            union = None if region is None else region.find(f"{_TAG}Union")
            if region is None or union is None:
                continue
            for shape in [node for node in union if node.tag in _SHAPES]:
                if not _renumber(shape, cut) or (frame.moves and not move_shape(shape, frame)):
                    union.remove(shape)
            if not len(union):
                self._forget(region)

    def _forget(self, region: Node) -> None:
        """Leave out a region; one that the document cannot do without is left out with its user."""
        key = region.get("ID")
        for reference in list(self.root.iter(f"{_TAG}ROIRef")):
            if reference.get("ID") == key:
                reference.getparent().remove(reference)
        region.getparent().remove(region)
        for used in list(self.root.iter(f"{_TAG}MicrobeamManipulation")):
            if used.find(f"{_TAG}ROIRef") is None:
                for reference in list(self.root.iter(f"{_TAG}MicrobeamManipulationRef")):
                    if reference.get("ID") == used.get("ID"):
                        reference.getparent().remove(reference)
                used.getparent().remove(used)


def identifier(*parts: object) -> str:
    """Return the identifier of a file that shows exactly these parts."""
    return f"urn:uuid:{uuid.uuid5(_NAMES, repr(parts))}"


def member_document(member: Member, metadata: Member, creator: str) -> bytes:
    """Return the OME-XML of a file of a set whose metadata are in another file."""
    root: Node = etree.Element(f"{_TAG}OME", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    root.set("UUID", member.uuid)
    root.set("Creator", creator)
    etree.SubElement(
        root, f"{_TAG}BinaryOnly", MetadataFile=metadata.name, UUID=metadata.uuid
    )  # fmt: skip
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _fit_channels(pixels: Node, cut: Cut, *, colours: bool) -> None:
    """One channel for each that is written; those of several samples become several."""
    groups = pixels.findall(f"{_TAG}Channel")
    if colours:
        return
    each: list[Node] = []
    for group in groups:
        samples = max(1, int(group.get("SamplesPerPixel", "1")))
        group.set("SamplesPerPixel", "1")
        each.append(group)
        each += [_copy(group, number) for number in range(1, samples)]
        pixels.remove(group)
    wanted = [each[c] for c in cut.channels if c < len(each)]
    for number, channel in enumerate(wanted):
        pixels.insert(number, channel)


def _copy(channel: Node, number: int) -> Node:
    copy = etree.fromstring(etree.tostring(channel))
    copy.set("ID", f"{channel.get('ID')}:{number}")
    return copy


def _tiff_data(cut: Cut, member: Member | None, *, colours: bool) -> Iterator[Node]:
    pages = np.ndindex(cut.shape.t, 1 if colours else cut.shape.c, cut.shape.z)
    for page, (t, c, z) in enumerate(pages):
        node = etree.Element(
            f"{_TAG}TiffData",
            {
                "IFD": str(page),
                "FirstZ": str(z),
                "FirstT": str(t),
                "FirstC": str(c),
                "PlaneCount": "1",
            },
        )
        if member is not None:
            named = etree.SubElement(node, f"{_TAG}UUID", FileName=member.name)
            named.text = member.uuid
        yield node


def _fit_planes(pixels: Node, cut: Cut) -> None:
    for plane in pixels.findall(f"{_TAG}Plane"):
        if not _renumber(plane, cut):
            pixels.remove(plane)


def _renumber(node: Node, cut: Cut) -> bool:
    """Give a plane or shape the numbers that it has in what is written; whether it is there."""
    for axis, places in (("Z", cut.z), ("T", cut.t), ("C", cut.channels)):
        name = f"The{axis}"
        if name in node.attrib:
            old = int(node.get(name))
            if old not in places:
                return False
            node.set(name, str(places.index(old)))
    return True
