"""XML of vendors: parsed without entities, and flattened to keys and values."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from store.errors import UnreadableFileError, reason

type Element = Any  # lxml publishes no types

MAX_BYTES = 256 * 2**20
_DOCUMENT_TYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: str | bytes, name: str) -> Element:
    """The root of a document.

    Args:
        text: The document.
        name: Name of the file it is from, for errors.

    Raises:
        UnreadableFileError: It is no XML, too long, or declares a document type.
    """
    if len(text) > MAX_BYTES:
        raise _unreadable(name, f"it is longer than {MAX_BYTES >> 20} MiB")
    if isinstance(text, bytes):
        wide = text[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = text.decode("utf-16" if wide else "utf-8-sig", "replace")
    if _DOCUMENT_TYPE.search(text):
        raise _unreadable(name, "it declares a document type or entities, which are refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    body = _NOT_XML.sub("", _DECLARATION.sub("", text, count=1)).strip()
    try:
        return etree.fromstring(body.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(name, reason(error)) from error


def local(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attributes(element: Element) -> dict[str, str]:
    """Attributes of an element by their names without namespaces."""
    return {str(key).rpartition("}")[2]: str(value) for key, value in element.attrib.items()}


def all_of(element: Element, name: str) -> Iterator[Element]:
    """The elements of a name inside an element, in the order of the document."""
    return (inner for inner in element.iter() if local(inner) == name)


def first_of(element: Element, name: str) -> Element | None:
    """The first element of a name inside an element."""
    return next(all_of(element, name), None)


def text_in(element: Element, name: str) -> str:
    """Text of the first element of a name inside an element; empty if there is none."""
    found = first_of(element, name)
    return "" if found is None else (found.text or "").strip()


def flat(element: Element, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Attributes and texts of an element and those inside it, with keys that say where."""
    key = f"{prefix} {local(element)}".strip()
    for name, value in attributes(element).items():
        yield f"{key} {name}", value
    text = (element.text or "").strip()
    if text:
        yield key, text
    if depth < 12:
        for inner in element:
            yield from flat(inner, key if depth else "", depth + 1)


def _unreadable(name: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The metadata of {name} cannot be read: {why}.", "Replace it by an undamaged copy."
    )
