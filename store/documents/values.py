"""Values of OME-XML as text and as what the database keeps: the same rule in both directions."""

import base64
import binascii
import datetime as dt
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from store.documents.parts import Kind, Value
from store.models import units

MAX_TEXT = 10_000_000
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_TIME = re.compile(r"(-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_SPECIAL = {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
NUMBER = r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?"
"""A number, as an expression that takes linear time."""
_NUMBER = re.compile(NUMBER, re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,20}", re.ASCII)
# What no database keeps or no terminal shows; XML allows only these of them.
_CONTROLS = dict.fromkeys((*range(127, 160), *range(55296, 57344)), "�")
_SEPARATOR = re.compile(r"[\x7f-\x9f\ud800-\udfff]")
_ALIASES = {"EM-CCD": "EMCCD"}


class WrongValueError(ValueError):
    """A text is no value of its kind; says what would be one."""


def parsed(value: Value, text: str) -> Any:
    """Return what the database keeps for the text of a value.

    Returns:
        None where the text says that nothing is known, such as NaN.

    Raises:
        WrongValueError: The text is no such value.
    """
    return _PARSERS[value.kind](value, text)


def written(value: Value, kept: Any) -> str | None:
    """Return the text of OME-XML for a value that the database keeps.

    Returns:
        None for what OME-XML has no text for: nothing is written then.
    """
    if kept is None or kept == value.missing:
        return None
    return _WRITERS[value.kind](value, kept)


def parsed_unit(value: Value, text: str) -> str:
    """Return the symbol of a unit that fits a value.

    Raises:
        WrongValueError: It is no unit, or of another dimension.
    """
    symbols = _symbols(value.unit)
    if text in symbols:
        return text
    found = units.find_unit(text)
    if found is not None and found.symbol in symbols:
        return found.symbol
    raise WrongValueError(f"no unit like {value.unit}")


def writable_unit(value: Value, symbol: str | None) -> bool:
    """A unit may stand in OME-XML beside a value."""
    return symbol is None or symbol in _symbols(value.unit)


def plain(text: str) -> str:
    """Text as it is kept: what databases and terminals cannot hold is replaced."""
    return text.translate(_CONTROLS) if _SEPARATOR.search(text) else text


@cache
def _symbols(unit: str) -> frozenset[str]:
    return frozenset(units.units_of(units.UNITS[unit].dimension))


def _text(_value: Value, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise WrongValueError(f"text of at most {MAX_TEXT} characters")
    return plain(text)


def _integer(value: Value, text: str) -> int:
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped) or not value.limits.allow(int(stripped)):
        raise WrongValueError(f"a whole number{_range(value)}")
    return int(stripped)


def _number(value: Value, text: str) -> float | None:
    stripped = text.strip()
    found = _SPECIAL.get(stripped)
    if found is None:
        if not _NUMBER.fullmatch(stripped):
            raise WrongValueError(f"a number{_range(value)}")
        found = float(stripped)
    # JSON has no NaN and no infinity, SQLite no NaN: all mean "unknown" here.
    if not math.isfinite(found):
        return None
    if not value.limits.allow(found):
        raise WrongValueError(f"a number{_range(value)}")
    return found


def _range(value: Value) -> str:
    limits = value.limits
    parts = [
        f" {word} {limit:g}"
        for word, limit in (
            ("from", limits.least), ("above", limits.above), ("up to", limits.most),
        )
        if limit is not None
    ]  # fmt: skip
    return "".join(parts)


def _flag(_value: Value, text: str) -> bool:
    found = _FLAGS.get(text.strip())
    if found is None:
        raise WrongValueError("true or false")
    return found


def _moment(_value: Value, text: str) -> dt.datetime:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise WrongValueError("a time such as 2026-01-31T23:59:59Z")
    base, fraction, zone = found.groups()
    try:
        moment = dt.datetime.fromisoformat(base + (zone or "+00:00").replace("Z", "+00:00"))
        moment = moment.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise WrongValueError("a time between the years 1 and 9999") from error


def is_time(text: str) -> bool:
    """The text is a time of XML, of any year."""
    return _TIME.fullmatch(text.strip()) is not None


def is_exact(text: str) -> bool:
    """The database keeps all of a time."""
    found = _TIME.fullmatch(text.strip())
    return found is not None and len((found[2] or "").rstrip("0")) <= 6


def _choice(value: Value, text: str) -> str:
    assert value.choices is not None
    stripped = _ALIASES.get(text.strip(), text.strip())
    if stripped not in _values(value.choices):
        raise WrongValueError(f"one of {', '.join(sorted(_values(value.choices)))}")
    return stripped


def _choices(value: Value, text: str) -> str | None:
    return " ".join(_choice(value, word) for word in text.split()) or None


@cache
def _values(choices: Any) -> frozenset[str]:
    return frozenset(member.value for member in choices)


def _binary(_value: Value, text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongValueError("Base64") from error


def _hex(_value: Value, text: str) -> str:
    stripped = text.strip()
    if len(stripped) != 40 or not _HEX.fullmatch(stripped):
        raise WrongValueError("40 hexadecimal digits")
    return stripped.upper()


def _uuid(_value: Value, text: str) -> str:
    stripped = text.strip()
    if not _UUID.fullmatch(stripped):
        raise WrongValueError("a UUID such as urn:uuid:00000000-0000-0000-0000-000000000000")
    return stripped


def _write_number(value: Value, kept: Any) -> str | None:
    if not math.isfinite(kept) or not value.limits.allow(kept):
        return None
    return repr(float(kept))


def _write_integer(value: Value, kept: Any) -> str | None:
    whole = int(kept)
    return str(whole) if whole == kept and value.limits.allow(whole) else None


def _write_choice(value: Value, kept: Any) -> str | None:
    assert value.choices is not None
    text = value.instead.get(kept, _ALIASES.get(kept, kept))
    return text if text in _values(value.choices) else None


def _write_choices(value: Value, kept: Any) -> str | None:
    words = [_write_choice(value, word) for word in kept.split()]
    return " ".join(word for word in words if word) or None


def _write_moment(_value: Value, kept: Any) -> str:
    moment = kept.astimezone(dt.UTC).replace(tzinfo=None)
    # Not strftime, which writes years before 1000 with fewer digits on some systems.
    return f"{moment.isoformat()}Z"


def _write_uuid(_value: Value, kept: Any) -> str | None:
    text = kept if kept.startswith("urn:uuid:") else f"urn:uuid:{kept}"
    return text if _UUID.fullmatch(text) else None


_PARSERS: dict[Kind, Callable[[Value, str], Any]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.TIME: _moment,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.BINARY: _binary,
    Kind.HEX: _hex,
    Kind.UUID: _uuid,
}
_WRITERS: dict[Kind, Callable[[Value, Any], str | None]] = {
    Kind.TEXT: lambda _value, kept: writable(str(kept)),
    Kind.INTEGER: _write_integer,
    Kind.NUMBER: _write_number,
    Kind.FLAG: lambda _value, kept: "true" if kept else "false",
    Kind.TIME: _write_moment,
    Kind.CHOICE: _write_choice,
    Kind.CHOICES: _write_choices,
    Kind.BINARY: lambda _value, kept: base64.b64encode(kept).decode(),
    Kind.HEX: lambda _value, kept: kept if len(kept) == 40 and _HEX.fullmatch(kept) else None,
    Kind.UUID: _write_uuid,
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
