"""Numbers, texts and times as files say them, made clean; none of what makes no sense."""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from lxml import etree

from store.errors import UnreadableFileError
from store.importing import ome_xml

type Element = Any  # lxml publishes no types

MAX_VALUE = 4_000
"""Characters of a text."""
MAX_ORIGINALS = 2_000
"""Keys and values in a vendor's own words that are kept of one image, plate or well."""
_DEEPEST = 32
_DEEPEST_XML = 64
_LONGEST_LIST = 1_000
_LONGEST_ARRAY = 100
_CONTROL = re.compile("[\x7f-\x9f]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(value: Any) -> str:
    """A value as text that XML can hold, not too long."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = _CONTROL.sub("", str(value)).strip()
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def positive(value: Any) -> float | None:
    """A number above zero and below infinity, from a number or a text; none of anything else."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def finite(value: Any) -> float | None:
    """A finite number, from a number or a text; none of anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def moment(text: str, *patterns: str) -> dt.datetime | None:
    """A date and time; files say no time zone, so the instrument's clock is taken as it is."""
    for pattern in patterns:
        try:
            found = dt.datetime.strptime(text.strip(), pattern)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return None


def iso_moment(text: object) -> dt.datetime | None:
    """A date and time of ISO 8601, without a zone taken as UTC; more than microseconds are cut."""
    try:
        found = dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(text).strip()))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def one_of[E: StrEnum](values: type[E], text: str | None) -> E | None:
    """A value of an enumeration by its name, whatever its case; none if there is none."""
    wanted = (text or "").replace(" ", "").lower()
    return next((value for value in values if value.lower() == wanted), None)


def originals_of(value: Any, between: str = " ") -> Iterator[tuple[str, str]]:
    """Keys and values of nested mappings and lists, keys of inner ones behind those of outer ones.

    Values of no text, and arrays of more than 100 numbers, are left out.

    Args:
        value: A mapping.
        between: What stands between the keys.
    """
    return _nested(value, "", between, 0)


def _nested(value: Any, key: str, between: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for name, inner in value.items():
            below = f"{key}{between}{name}" if key else str(name)
            yield from _nested(inner, below, between, depth + 1)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value[:_LONGEST_LIST], 1):
            yield from _nested(inner, f"{key} {number}".strip(), between, depth + 1)
    elif not isinstance(value, Mapping) and _is_short(value):
        text = "" if value is None else text_of(value)
        if text and key:
            yield key, text


def _is_short(value: Any) -> bool:
    size = len(value) if isinstance(value, list | tuple) else getattr(value, "size", 1)
    return bool(size <= _LONGEST_ARRAY)


def originals_of_xml(root: Element) -> list[tuple[str, str]]:
    """Texts and attributes of an XML tree by their paths, as many as an image may keep."""
    found: dict[str, str] = {}
    waiting: list[tuple[Any, str, int]] = [(root, "", 0)]
    while waiting and len(found) < MAX_ORIGINALS:
        element, path, depth = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2]
        here = f"{path}|{tag}" if path else tag
        values = {f"{here}|{name}": value for name, value in element.attrib.items()}
        if element.text and element.text.strip():
            values[here] = element.text.strip()
        for name, value in values.items():
            key, number = name, 1
            while key in found and number < 64:
                number += 1
                key = f"{name} #{number}"
            found.setdefault(key, value)
        if depth < _DEEPEST_XML:
            waiting += [(child, here, depth + 1) for child in reversed(element)]
    return list(found.items())


def xml_of(text: str | bytes, name: str) -> Element:
    """The root of what a file says in XML; entities stay closed and no network is asked.

    Raises:
        UnreadableFileError: It is too long, or no XML.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    data = data.rstrip(b"\0 \r\n")
    if len(data) > ome_xml.MAX_BYTES:
        limit = ome_xml.MAX_BYTES >> 20
        raise UnreadableFileError(f"The metadata of {name} are longer than {limit} MiB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root: Element = etree.fromstring(data, parser)
    if root is None:
        raise UnreadableFileError(f"The metadata of {name} are no XML.")
    return root
