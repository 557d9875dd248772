"""OME-XML documents of any release, checked and brought to release 2016-06."""

import importlib.util
import logging
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from store.documents.mapping import NAMESPACE
from store.documents.reading import read
from store.documents.records import Records
from store.errors import UnreadableFileError, UnsupportedError, reason
from store.importing import ome_xml
from store.pixels.files import identify

if TYPE_CHECKING:
    from ome_types import OME

logger = logging.getLogger(__name__)

type Element = Any  # lxml publishes no types

_RELEASE = re.compile(r"\{https?://www\.openmicroscopy\.org/Schemas/\w+/(\d{4}-\w\w)s?\}OME", re.I)
_MISSPELT = ((b"Schemas/ome/", b"Schemas/OME/"), (b"Schemas/sa/", b"Schemas/SA/"),
             (b'/2013-06s"', b'/2013-06"'))  # fmt: skip
"""Namespaces that some writers have, and what they mean."""
_NOTHING: Any = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # it is there
_REMEDY = "Convert it to OME-XML 2016-06 with other software, such as Bio-Formats."


def read_document(path: Path) -> bytes:
    """The content of an OME-XML file.

    Raises:
        UnreadableFileError: It is missing or too long.
    """
    found = identify(path)
    if found.size > ome_xml.MAX_BYTES:
        limit = ome_xml.MAX_BYTES >> 20
        raise UnreadableFileError(f"{path.name} is longer than {limit} MiB.", path=str(path))
    return path.read_bytes()


def parse_document(text: str | bytes, name: str) -> Element:
    """The root of a document, brought to release 2016-06.

    Args:
        text: The document.
        name: Name of the file it is from, for errors.

    Raises:
        UnreadableFileError: It is no OME-XML, too long, too deep, or uses a document type.
        UnsupportedError: It is of a release that cannot be brought to 2016-06.
    """
    return upgraded(ome_xml.parse(text, name), name)


def records_of(
    root: Element, name: str, images: Mapping[int, Mapping[str, str]] | Collection[int]
) -> Records | None:
    """All that the document of some files says, as far as it makes sense.

    What is wrong in it is left out: it must not keep the images out.

    Args:
        root: Of a document of any release.
        name: Name of the file it is from.
        images: Numbers of the images that the files hold; others are left out. With attributes
            of their Pixels where the files know better than the document, which is changed.

    Returns:
        The rows; none if the document cannot be brought to release 2016-06.
    """
    try:
        root = upgraded(root, name)
        if isinstance(images, Mapping):
            _correct(root, images)
        records = read(root, name, lenient=True, images=images)
    except (UnreadableFileError, UnsupportedError) as error:
        logger.warning("metadata beside images left out", extra={"why": error.message})
        return None
    if records.notes:
        facts = {"file": name, "why": records.notes[0], "more": len(records.notes) - 1}
        logger.info("parts of the metadata left out", extra=facts)
    return records


def _correct(root: Element, images: Mapping[int, Mapping[str, str]]) -> None:
    for number, image in enumerate(root.iterchildren(f"{{{NAMESPACE}}}Image")):
        for pixels in image.iterchildren(f"{{{NAMESPACE}}}Pixels"):
            pixels.attrib.update(images.get(number, {}))


def records_from(ome: "OME", name: str) -> Records | None:
    """All that a reader found in files that have no OME-XML, as rows.

    Args:
        ome: Instruments, images with channels and planes, plates, regions, annotations.
        name: Name of the file it is from, for the log.
    """
    root = ome_xml.parse(ome.to_xml(), name)
    return records_of(root, name, range(len(ome.images)))


def upgraded(root: Element, name: str) -> Element:
    """The same document in release 2016-06, by the transforms that the OME project publishes.

    Raises:
        UnsupportedError: There is no transform for its release, or it fails.
    """
    if root.tag == f"{{{NAMESPACE}}}OME":
        return root
    release = _RELEASE.fullmatch(str(root.tag))
    if release is None:
        raise UnsupportedError(
            f"The OME-XML of {name} names no release of OME: its root is {str(root.tag)[:80]}.",
            _REMEDY,
        )
    try:
        found = _transformed(root, release[1])
    except (OSError, etree.LxmlError) as error:
        raise UnsupportedError(
            f"The OME-XML of {name} is of release {release[1]}, which cannot be brought to"
            f" 2016-06: {reason(error)}.",
            _REMEDY,
        ) from error
    if found is None or found.tag != f"{{{NAMESPACE}}}OME":
        raise UnsupportedError(
            f"The OME-XML of {name} is of release {release[1]}, which cannot be brought to"
            " 2016-06.",
            _REMEDY,
        )
    return found


def _transformed(root: Element, release: str) -> Element | None:
    """Apply one transform after the other; the last result, or none if it is empty."""
    transforms = _transforms()
    text = etree.tostring(root)
    for wrong, right in _MISSPELT:
        text = text.replace(wrong, right)
    found = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    while found is not None and release in transforms:
        path, release = transforms[release]
        found = etree.XSLT(etree.parse(path), access_control=_NOTHING)(found).getroot()
    return found


@cache
def _transforms() -> dict[str, tuple[str, str]]:
    """By release: the transform that ome-types brings, and the release that it leads to.

    Found without importing ome-types, which takes most of a second.
    """
    package = importlib.util.find_spec("ome_types")
    folders = package.submodule_search_locations if package else None
    found = {}
    for path in Path(folders[0] if folders else ".").glob("transforms/*-to-*.xsl"):
        release, _, following = path.stem.partition("-to-")
        found[release] = (str(path), following)
    return found
