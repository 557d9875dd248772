"""OME-XML of any release: the one place where XML is parsed, and what maps planes to files."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.source import PixelsShape

type Element = Any  # lxml publishes no types

MAX_BYTES = 64 * 2**20
MAX_PLANES = 1_000_000

_DECLARATION = re.compile(r"^\s*(?:<\?xml[^>]*\?>)?\s*")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DOCUMENT_TYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TiffData:
    """One TiffData element: some consecutive planes and the IFDs that hold them."""

    ifd: int | None
    count: int | None
    z: int
    c: int
    t: int
    uuid: str
    """Lower case; empty if the element names no file."""
    file: str


@dataclass(frozen=True, slots=True)
class ImageOutline:
    """What an Image element says of its planes."""

    number: int
    """Of the element among all images of the document, from 0."""
    name: str
    order: str
    """The three letters after XY, fastest first."""
    type: str
    shape: PixelsShape
    samples: tuple[int, ...]
    """Samples per pixel of each channel that says it."""
    tiff_data: tuple[TiffData, ...]
    inline: bool
    """The samples are in the XML itself."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The part of a document that says where planes are."""

    uuid: str
    metadata_file: str
    """Where the metadata is, if this document only refers to it (BinaryOnly)."""
    metadata_uuid: str
    images: tuple[ImageOutline, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of files that the planes are in, each once, in order."""
        named = (data.file for image in self.images for data in image.tiff_data if data.file)
        return tuple(dict.fromkeys(named))


def is_ome_xml(text: str) -> bool:
    """The text starts like an OME-XML document."""
    start = text[:4096]
    return "<" in start[:64] and re.search(r"<(?:\w+:)?OME[\s/>]", start) is not None


def parse(text: str | bytes, name: str) -> Element:
    """The root element of an OME-XML document: the one place where XML is parsed.

    Args:
        text: The document.
        name: Name of the file it is from, for errors.

    Raises:
        UnreadableFileError: It is no OME-XML, too long, or uses a document type or entities.
    """
    if len(text) > MAX_BYTES:
        raise _unreadable(name, f"it is longer than {MAX_BYTES >> 20} MiB")
    text = _decoded(text, name)
    if _DOCUMENT_TYPE.search(text):
        raise _unreadable(name, "it declares a document type or entities, which are refused")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    body = _NOT_XML.sub("", _DECLARATION.sub("", text, count=1))
    try:
        root = etree.fromstring(body.rstrip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(name, str(error)) from error
    if _local(root) != "OME":
        raise _unreadable(name, f"its root is {_local(root)}, not OME")
    return root


def outline(root: Element, name: str) -> Outline:
    """Where a document says its planes are.

    Raises:
        UnreadableFileError: Sizes or plane numbers are missing or no numbers.
        UnsupportedError: The document claims too many planes.
    """
    only = next((child for child in root if _local(child) == "BinaryOnly"), None)
    images = tuple(
        _image(element, name, number)
        for number, element in enumerate(_children(root, "Image"))
        if any(True for _ in _children(element, "Pixels"))
    )
    return Outline(
        uuid=_uuid(root.get("UUID")),
        metadata_file="" if only is None else only.get("MetadataFile", ""),
        metadata_uuid="" if only is None else _uuid(only.get("UUID")),
        images=images,
    )


def _image(element: Element, name: str, number: int) -> ImageOutline:
    pixels = next(_children(element, "Pixels"))
    shape = PixelsShape(
        *(_whole(pixels, f"Size{axis}", name, smallest=1) or 1 for axis in ("T", "C", "Z")),
        *(_whole(pixels, f"Size{axis}", name, smallest=1) or 1 for axis in ("Y", "X")),
    )
    if shape.planes > MAX_PLANES:
        raise UnsupportedError(
            f"Image {number} of {name} claims {shape.planes} planes, "
            f"more than the {MAX_PLANES} that an image may have.",
            "Check the sizes in the file's metadata.",
        )
    order = pixels.get("DimensionOrder", "XYCZT")
    if order[:2] != "XY" or sorted(order[2:]) != ["C", "T", "Z"]:
        raise _unreadable(name, f"the order of dimensions {order!r} is none of OME's")
    samples = (_whole(channel, "SamplesPerPixel", name) for channel in _children(pixels, "Channel"))
    return ImageOutline(
        number=number,
        name=element.get("Name", ""),
        order=order[2:],
        type=pixels.get("Type", pixels.get("PixelType", "")).lower(),
        shape=shape,
        samples=tuple(count for count in samples if count),
        tiff_data=tuple(_tiff_data(found, name) for found in _children(pixels, "TiffData")),
        inline=any(True for _ in _children(pixels, "BinData")),
    )


def _tiff_data(element: Element, name: str) -> TiffData:
    uuid = next(_children(element, "UUID"), None)
    return TiffData(
        ifd=_whole(element, "IFD", name),
        count=_whole(element, "PlaneCount", name) if "PlaneCount" in element.attrib
        else _whole(element, "NumPlanes", name),
        z=_whole(element, "FirstZ", name) or 0,
        c=_whole(element, "FirstC", name) or 0,
        t=_whole(element, "FirstT", name) or 0,
        uuid="" if uuid is None else _uuid(uuid.text),
        file="" if uuid is None else uuid.get("FileName", ""),
    )  # fmt: skip


def _whole(element: Element, attribute: str, name: str, smallest: int = 0) -> int | None:
    text = element.get(attribute)
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not smallest <= value < 2**31:
        raise _unreadable(name, f"{attribute} is {text[:40]!r}")
    return value


def _decoded(text: str | bytes, name: str) -> str:
    if isinstance(text, str):
        return text.lstrip("\ufeff")
    wide = text[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return text.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise _unreadable(name, "it is not text") from error
    return text.decode("cp1252", errors="replace")


def _children(element: Element, local: str) -> Any:
    return (child for child in element if _local(child) == local)


def _local(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _uuid(text: str | None) -> str:
    return (text or "").strip().lower()


def _unreadable(name: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The OME-XML of {name} cannot be read: {why}.", "Write the file anew, or repair its XML."
    )
