"""Shapes that people send, checked and turned into columns, many at once."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from store.edits.geometry import GEOMETRY, NEEDED, TRANSFORM, Spec, boxes, problem, sound, uses
from store.edits.text import clean_name, clean_text
from store.errors import InvalidInputError
from store.models import enums
from store.models.places import places
from store.models.units import Dimension, unit_of

BOX = ("min_x", "max_x", "min_y", "max_y")
PLACED = (*BOX, "plane", "cell")
"""Columns that follow from the others."""
MASK_BYTES = 64 * 2**20
"""Largest mask, as it is sent."""


def _whole(name: str, least: int) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**31:
            raise InvalidInputError(
                f"{name} is {str(value)[:40]}.", f"Give a whole number from {least} to 2147483647."
            )
        return value

    return check


def _not_negative(name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= 1e300:
            raise InvalidInputError(f"{name} is {value}.", "Give a finite number, 0 or more.")
        return value

    return check


def _one_of(name: str, choices: type[StrEnum]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in [choice.value for choice in choices]:
            raise InvalidInputError(
                f"No {name} {str(value)[:40]!r}.",
                f"Choose from {', '.join(choice.value for choice in choices)}.",
            )
        return str(value)

    return check


def _length_unit(value: Any) -> Any:
    return unit_of(str(value), Dimension.LENGTH).symbol


def _dashes(value: Any) -> Any:
    text = clean_name(str(value), "stroke dash array")
    if len(text) > 255:
        raise InvalidInputError("The stroke dash array is longer than 255 characters.")
    return text


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{str(value)[:40]!r} is neither true nor false.", "Give one.")
    return value


def _bits(value: Any) -> Any:
    if not isinstance(value, bytes) or len(value) > MASK_BYTES:
        raise InvalidInputError(
            f"A mask is at most {MASK_BYTES} bytes.", "Compress it, or divide it into several."
        )
    return value


def _mask_length(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise InvalidInputError(f"mask_length is {str(value)[:40]}.", "Give a number of bytes.")
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "the_z": _whole("the_z", 0),
    "the_t": _whole("the_t", 0),
    "the_c": _whole("the_c", 0),
    "fill_color": _whole("fill_color", -(2**31)),
    "fill_rule": _one_of("fill rule", enums.FillRule),
    "stroke_color": _whole("stroke_color", -(2**31)),
    "stroke_width": _not_negative("stroke_width"),
    "stroke_width_unit": _length_unit,
    "stroke_dash_array": _dashes,
    "text": lambda value: clean_text(str(value), "text"),
    "font_family": _one_of("font family", enums.FontFamily),
    "font_size": _not_negative("font_size"),
    "font_size_unit": _length_unit,
    "font_style": _one_of("font style", enums.FontStyle),
    "locked": _flag,
    "marker_start": _one_of("marker", enums.Marker),
    "marker_end": _one_of("marker", enums.Marker),
    "mask": _bits,
    "mask_compression": _one_of("compression", enums.Compression),
    "mask_big_endian": _flag,
    "mask_length": _mask_length,
}
_MASKED = frozenset(name for name in _CHECKS if name.startswith("mask_"))
COLUMNS = frozenset({"kind", *GEOMETRY, *TRANSFORM, *_CHECKS})
"""Columns that people may send."""


def checked(specs: Sequence[Spec]) -> tuple[dict[str, list[Any]], dict[int, InvalidInputError]]:
    """Check shapes and turn them into columns.

    Args:
        specs: What people sent: by names of columns.

    Returns:
        The columns that any of them uses, as they are stored, with the boxes around them; and
        what is wrong, by number of the shape. Where anything is wrong there are no columns.
    """
    used = set().union(*specs)
    errors: dict[int, InvalidInputError] = {}
    columns = {
        name: _column(name, [spec.get(name) for spec in specs], errors)
        for name in sorted(used & COLUMNS)
    }
    if used - COLUMNS:
        _unknown(specs, errors)
    kinds: dict[Any, list[int]] = {}
    for index, spec in enumerate(specs):
        kinds.setdefault(spec.get("kind"), []).append(index)
    for kind, indices in kinds.items():
        some = [specs[index] for index in indices]
        _check_kind(kind, some, indices, used & _MASKED, errors)
    if errors:
        return {}, errors
    columns.update(_boxes(specs, kinds))
    z, t = (columns.get(name) or [None] * len(specs) for name in ("the_z", "the_t"))
    columns.update(places([columns[name] for name in BOX], z, t))
    for name in ("stroke_width", "font_size"):
        _default_unit(columns, name, "pixel" if name == "stroke_width" else "pt")
    return columns, {}


def _column(name: str, values: list[Any], errors: dict[int, InvalidInputError]) -> list[Any]:
    """Check one column; equal values once."""
    check = _CHECKS.get(name)
    if check is None:
        return values
    known: dict[Any, Any] = {}
    mixed = len(set(map(type, values)) - {type(None)}) > 1
    try:
        # With the type where there are several: 1 and True are equal.
        keys = list(zip(map(type, values), values, strict=True)) if mixed else values
        for key in set(keys):
            value = key[1] if mixed else key
            known[key] = None if value is None else _found(check, value)
    except TypeError:  # not hashable: of no type that any column has
        return _strange_types(name, values, errors)
    wrong = {key for key, value in known.items() if isinstance(value, InvalidInputError)}
    if wrong:
        for index, key in enumerate(keys):
            if key in wrong:
                errors.setdefault(index, known[key])
        return []
    return [known[key] for key in keys]


def _found(check: Callable[[Any], Any], value: Any) -> Any:
    """Return a checked value, or what is wrong with it."""
    try:
        return check(value)
    except InvalidInputError as error:
        return error


def _strange_types(
    name: str, values: Sequence[Any], errors: dict[int, InvalidInputError]
) -> list[Any]:
    for index, value in enumerate(values):
        try:
            hash(value)
        except TypeError:
            error = InvalidInputError(f"{name} has the wrong type.", "Correct it.")
            errors.setdefault(index, error)
    return []


def _unknown(specs: Sequence[Spec], errors: dict[int, InvalidInputError]) -> None:
    for index, spec in enumerate(specs):
        strange = sorted(spec.keys() - COLUMNS)
        if strange:
            errors.setdefault(
                index, InvalidInputError(f"A shape has no {strange[0]!r}.", "Leave it out.")
            )


def _check_kind(
    kind: Any,
    specs: Sequence[Spec],
    indices: Sequence[int],
    masked: set[str],
    errors: dict[int, InvalidInputError],
) -> None:
    if kind != "Mask" and uses(specs, masked):
        for index, spec in zip(indices, specs, strict=True):
            if uses([spec], masked):
                error = InvalidInputError(f"A {kind} has no mask.", "Leave it out.")
                errors.setdefault(index, error)
    if kind in NEEDED and sound(kind, specs):
        return
    for index, spec in zip(indices, specs, strict=True):
        found = problem(spec)
        if found is not None:
            errors.setdefault(index, found)


def _boxes(specs: Sequence[Spec], kinds: Mapping[Any, list[int]]) -> dict[str, list[Any]]:
    if len(kinds) == 1:
        sides = boxes(next(iter(kinds)), specs)
        return {name: side.tolist() for name, side in zip(BOX, sides, strict=True)}
    found: dict[str, list[Any]] = {name: [None] * len(specs) for name in BOX}
    for kind, indices in kinds.items():
        sides = boxes(kind, [specs[index] for index in indices])
        for name, side in zip(BOX, sides, strict=True):
            column = found[name]
            for index, value in zip(indices, side.tolist(), strict=True):
                column[index] = value
    return found


def _default_unit(columns: dict[str, list[Any]], name: str, unit: str) -> None:
    """Give numbers without a unit OME's default, and no unit where there is no number."""
    if name not in columns:
        columns.pop(f"{name}_unit", None)
        return
    units = columns.get(f"{name}_unit") or [None] * len(columns[name])
    columns[f"{name}_unit"] = [
        None if value is None else symbol or unit
        for value, symbol in zip(columns[name], units, strict=True)
    ]
