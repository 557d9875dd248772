"""Shapes as numbers: what each kind needs, whether it is sound, and the box around it."""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.documents.values import NUMBER
from store.errors import InvalidInputError

type Spec = Mapping[str, Any]
"""A shape: its kind and columns of `store.models.Shape`; what is missing is none."""
type Numbers = NDArray[np.float64]
type Box = tuple[Numbers, Numbers, Numbers, Numbers]
"""Smallest x, largest x, smallest y, largest y of some shapes."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "Rectangle": ("x", "y", "width", "height"),
    "Ellipse": ("x", "y", "radius_x", "radius_y"),
    "Point": ("x", "y"),
    "Line": ("x1", "y1", "x2", "y2"),
    "Polyline": ("points",),
    "Polygon": ("points",),
    "Label": ("x", "y"),
    "Mask": ("x", "y", "width", "height", "mask"),
}
"""Columns that a shape of a kind cannot be without."""
MARKED = frozenset({"Line", "Polyline"})
"""Kinds whose ends may have markers."""
GEOMETRY = frozenset(name for names in NEEDED.values() for name in names)
TRANSFORM = ("a00", "a10", "a01", "a11", "a02", "a12")
MARKERS = frozenset({"marker_start", "marker_end"})
SIZES = frozenset({"width", "height", "radius_x", "radius_y"})
FEWEST_POINTS = {"Polyline": 2, "Polygon": 3}
POINTS_LENGTH = 4_000_000
"""Characters of the points of one shape: some 200,000 points."""

_POINTS = re.compile(rf"\s*{NUMBER}\s*,\s*{NUMBER}(?:\s+{NUMBER}\s*,\s*{NUMBER})*\s*", re.ASCII)
_IDENTITY = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])


def parse_points(text: str, fewest: int = 1) -> Numbers:
    """Read points as OME-XML writes them: "x,y x,y …".

    Returns:
        Shape (points, 2), in pixels.

    Raises:
        InvalidInputError: Anything else, too few points, or numbers that are not finite.

    >>> parse_points("0,0 10,5.5").tolist()
    [[0.0, 0.0], [10.0, 5.5]]
    """
    if len(text) > POINTS_LENGTH:
        raise InvalidInputError(
            f"The points have {len(text)} characters; {POINTS_LENGTH} are allowed.",
            "Draw the outline with fewer points, or send a mask.",
        )
    if not _POINTS.fullmatch(text):
        raise InvalidInputError(
            f"The points {text[:40]!r} cannot be read.", 'Write them as "x,y x,y x,y".'
        )
    numbers = np.array(text.replace(",", " ").split(), dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(numbers).all():
        raise InvalidInputError("A point is not finite.", "Give numbers below 1e308.")
    if len(numbers) < fewest:
        raise InvalidInputError(
            f"{len(numbers)} points; at least {fewest} are needed.", "Give more points."
        )
    return numbers


def problem(spec: Spec) -> InvalidInputError | None:
    """Return what is wrong with the geometry of one shape; None if nothing is."""
    try:
        _check(spec)
    except InvalidInputError as error:
        return error
    return None


def boxes(kind: str, specs: Sequence[Spec]) -> Box:
    """Compute the boxes around shapes of one kind, with their transforms.

    Args:
        kind: Name of the class.
        specs: Shapes that `problem` finds nothing wrong with.

    Returns:
        Each of shape (shapes,), in pixels of the full resolution.
    """
    if kind in FEWEST_POINTS:
        return _boxes_of_points(specs)
    columns = {
        name: np.array([spec[name] for spec in specs], dtype=np.float64)
        for name in NEEDED[kind]
        if name != "mask"
    }
    return _BOXES[kind](columns, _transforms(specs))


def sound(kind: str, specs: Sequence[Spec]) -> bool:
    """Tell quickly whether nothing is wrong with any of many shapes of one kind.

    Where it says no, `problem` says what is wrong with which.
    """
    if kind not in NEEDED or kind == "Mask":
        return False
    used = set().union(*specs)
    if uses(specs, used & _strange(kind)):
        return False
    if kind in FEWEST_POINTS:
        return _sound_points(specs, FEWEST_POINTS[kind])
    for name in NEEDED[kind]:
        values = [spec.get(name) for spec in specs]
        if not set(map(type, values)) <= {float, int}:
            return False
        numbers = np.array(values, dtype=np.float64)
        if not (np.abs(numbers) <= _LARGEST).all() or (name in SIZES and (numbers < 0).any()):
            return False
    return True


def uses(specs: Sequence[Spec], names: Collection[str]) -> bool:
    """Tell whether any of the shapes has a value for any of some columns."""
    return any(spec.get(name) is not None for name in names for spec in specs)


def _strange(kind: str) -> frozenset[str]:
    """Return what shapes of a kind may not have, and transforms, which are looked at singly."""
    markers = frozenset() if kind in MARKED else MARKERS
    return (GEOMETRY - frozenset(NEEDED[kind])) | frozenset(TRANSFORM) | markers


def _sound_points(specs: Sequence[Spec], fewest: int) -> bool:
    texts = [spec.get("points") for spec in specs]
    return all(
        type(text) is str
        and len(text) <= POINTS_LENGTH
        and text.count(",") >= fewest
        and _POINTS.fullmatch(text)
        for text in texts
    ) and bool(np.isfinite(_numbers(texts)).all())


def _numbers(texts: Sequence[Any]) -> Numbers:
    """Read all numbers of texts that are points."""
    return np.array(" ".join(texts).replace(",", " ").split(), dtype=np.float64)


_LARGEST = 1e300
"""Coordinates beyond it could overflow where they are added or multiplied."""


def _check(spec: Spec) -> None:
    kind: str = spec.get("kind") or ""
    if kind not in NEEDED:
        raise InvalidInputError(f"No kind of shape {kind!r}.", f"Kinds are {', '.join(NEEDED)}.")
    for name in NEEDED[kind]:
        if spec.get(name) is None:
            raise InvalidInputError(f"A {kind} needs {name}.", "Give it.")
    for name in GEOMETRY - frozenset(NEEDED[kind]):
        if spec.get(name) is not None:
            raise InvalidInputError(f"A {kind} has no {name}.", "Leave it out.")
    for name in sorted(MARKERS):
        if spec.get(name) is not None and kind not in MARKED:
            raise InvalidInputError(f"A {kind} has no {name}.", "Leave it out.")
    for name in NEEDED[kind]:
        if name not in ("points", "mask"):
            _check_number(name, spec[name])
    _check_transform(spec)
    if kind in FEWEST_POINTS:
        parse_points(spec["points"], FEWEST_POINTS[kind])
    if kind == "Mask":
        _check_mask(spec)


def _check_number(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError(f"{name} is no number.", "Give a number.")
    if not abs(value) <= _LARGEST:  # also true of NaN
        raise InvalidInputError(f"{name} is not finite.", "Give a number below 1e300.")
    if name in SIZES and value < 0:
        raise InvalidInputError(f"{name} is {value}.", "Give 0 or more.")


def _check_transform(spec: Spec) -> None:
    values = [spec.get(name) for name in TRANSFORM]
    if all(value is None for value in values):
        return
    if any(value is None for value in values):
        raise InvalidInputError(
            "A transform has six numbers.", f"Give all of {', '.join(TRANSFORM)}, or none."
        )
    for name in TRANSFORM:
        _check_number(name, spec[name])
        # The product of a coordinate and a factor stays finite.
        if abs(spec[name]) > 1e6 and name in TRANSFORM[:4]:
            raise InvalidInputError(f"{name} is {spec[name]}.", "Give at most 1e6.")


def _check_mask(spec: Spec) -> None:
    """Check that an uncompressed mask has one bit for each pixel of its box, in whole bytes."""
    wanted = math.ceil(spec["width"] * spec["height"] / 8)
    packed = spec.get("mask_compression") not in (None, "none")
    found = spec.get("mask_length") if packed else len(spec["mask"])
    if found is not None and found != wanted:
        raise InvalidInputError(
            f"The mask has {found} bytes; {spec['width']} × {spec['height']} pixels take {wanted}.",
            "Send one bit for each pixel, rows first, without padding between rows.",
        )


def _transforms(specs: Sequence[Spec]) -> Numbers:
    """Return the transforms, shape (6, shapes), in the order of `TRANSFORM`."""
    if all(spec.get("a00") is None for spec in specs):
        return np.repeat(_IDENTITY[:, None], len(specs), axis=1)
    return np.array(
        [
            _IDENTITY if spec.get("a00") is None else [spec[name] for name in TRANSFORM]
            for spec in specs
        ]
    ).T


def _moved(transform: Numbers, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    a00, a10, a01, a11, a02, a12 = transform
    return a00 * x + a01 * y + a02, a10 * x + a11 * y + a12


def _around(transform: Numbers, corners: Sequence[tuple[Numbers, Numbers]]) -> Box:
    moved = [_moved(transform, x, y) for x, y in corners]
    xs, ys = np.array([x for x, _ in moved]), np.array([y for _, y in moved])
    return xs.min(axis=0), xs.max(axis=0), ys.min(axis=0), ys.max(axis=0)


def _point(columns: Mapping[str, Numbers], transform: Numbers) -> Box:
    return _around(transform, [(columns["x"], columns["y"])])


def _line(columns: Mapping[str, Numbers], transform: Numbers) -> Box:
    ends = [(columns["x1"], columns["y1"]), (columns["x2"], columns["y2"])]
    return _around(transform, ends)


def _rectangle(columns: Mapping[str, Numbers], transform: Numbers) -> Box:
    left, top = columns["x"], columns["y"]
    right, bottom = left + columns["width"], top + columns["height"]
    corners = [(left, top), (right, top), (left, bottom), (right, bottom)]
    return _around(transform, corners)


def _ellipse(columns: Mapping[str, Numbers], transform: Numbers) -> Box:
    """The image of an ellipse is one; half its width is the length of the transform's row."""
    x, y = _moved(transform, columns["x"], columns["y"])
    a00, a10, a01, a11, _, _ = transform
    half_x = np.hypot(a00 * columns["radius_x"], a01 * columns["radius_y"])
    half_y = np.hypot(a10 * columns["radius_x"], a11 * columns["radius_y"])
    return x - half_x, x + half_x, y - half_y, y + half_y


def _boxes_of_points(specs: Sequence[Spec]) -> Box:
    texts = [spec["points"] for spec in specs]
    lengths = [text.count(",") for text in texts]
    transform = np.repeat(_transforms(specs), lengths, axis=1)
    points = _numbers(texts).reshape(-1, 2)
    x, y = _moved(transform, points[:, 0], points[:, 1])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return (
        np.minimum.reduceat(x, starts),
        np.maximum.reduceat(x, starts),
        np.minimum.reduceat(y, starts),
        np.maximum.reduceat(y, starts),
    )


_BOXES: Mapping[str, Callable[[Mapping[str, Numbers], Numbers], Box]] = {
    "Rectangle": _rectangle,
    "Mask": _rectangle,
    "Ellipse": _ellipse,
    "Point": _point,
    "Label": _point,
    "Line": _line,
}
