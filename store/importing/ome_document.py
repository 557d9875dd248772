"""OME-XML documents of any release, checked and brought to release 2016-06."""

import logging
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from store.documents.mapping import NAMESPACE
from store.documents.reading import read
from store.documents.records import Records
from store.errors import UnreadableFileError, UnsupportedError
from store.importing import ome_xml
from store.pixels.files import identify

if TYPE_CHECKING:
    from ome_types import OME

logger = logging.getLogger(__name__)

type Element = Any  # lxml publishes no types

_RELEASE = re.compile(r"\{https?://www\.openmicroscopy\.org/Schemas/\w+/(\d{4}-\w\w)s?\}OME", re.I)
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


def records_of(root: Element, name: str, images: Collection[int]) -> Records | None:
    """All that the document of some files says, as far as it makes sense.

    What is wrong in it is left out: it must not keep the images out.

    Args:
        root: Of a document of any release; left as it is.
        name: Name of the file it is from.
        images: Numbers of the images that the files hold; others are left out.

    Returns:
        The rows; none if the document cannot be brought to release 2016-06.
    """
    try:
        records = read(upgraded(root, name), name, lenient=True, images=images)
    except (UnreadableFileError, UnsupportedError) as error:
        logger.warning("metadata beside images left out", extra={"why": error.message})
        return None
    if records.notes:
        facts = {"file": name, "why": records.notes[0], "more": len(records.notes) - 1}
        logger.info("parts of the metadata left out", extra=facts)
    return records


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
    from ome_types._conversion import ensure_2016  # most of a second to import

    try:
        tree = ensure_2016(etree.tostring(root), as_tree=True)
        found = tree.getroot()
    except (ValueError, KeyError, AttributeError, etree.LxmlError) as error:
        raise UnsupportedError(
            f"The OME-XML of {name} is of release {release[1]}, which cannot be brought to"
            f" 2016-06: {str(error)[:200]}.",
            _REMEDY,
        ) from error
    if found is None or found.tag != f"{{{NAMESPACE}}}OME":
        raise UnsupportedError(
            f"The OME-XML of {name} is of release {release[1]}, which cannot be brought to"
            " 2016-06.",
            _REMEDY,
        )
    return found
