"""Shapes in OME-XML, moved into a part of their image: shifted, scaled, or left out."""

from dataclasses import dataclass
from typing import Any

from store.documents.mapping import NAMESPACE

type Node = Any  # lxml publishes no types

_TAG = f"{{{NAMESPACE}}}"
_ACROSS = ("X", "X1", "X2", "Width", "RadiusX")
_DOWN = ("Y", "Y1", "Y2", "Height", "RadiusY")
_SIZES = frozenset({"Width", "Height", "RadiusX", "RadiusY"})
_MATRIX = ("A00", "A10", "A01", "A11", "A02", "A12")


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of an image that is written, in pixels of the full image."""

    origin: tuple[float, float]
    """X and Y of its first pixel."""
    factors: tuple[float, float]
    """How many pixels of the full image one of its pixels stands for."""
    size: tuple[int, int]
    """Width and height, in its own pixels."""

    @property
    def moves(self) -> bool:
        """Whether positions are others than in the full image."""
        return max(self.origin) > 0 or max(self.factors) > 1


def move_shape(shape: Node, frame: Frame) -> bool:
    """Give a shape the positions that it has in a part of its image.

    Shapes with a transform, and masks on another level, get a transform that does it; all others
    new coordinates.

    Args:
        shape: An element of OME-XML; it is changed.
        frame: The part.

    Returns:
        Whether it may show there. Of shapes with a transform that is not known.
    """
    matrix = shape.find(f"{_TAG}Transform")
    kind = shape.tag.removeprefix(_TAG)
    if matrix is not None or (kind == "Mask" and frame.factors != (1, 1)):
        _transform(shape, matrix, frame)
        return True
    for names, at in ((_ACROSS, 0), (_DOWN, 1)):
        for name in names:
            if name in shape.attrib:
                shift = 0.0 if name in _SIZES else frame.origin[at]
                shape.set(name, _text((float(shape.get(name)) - shift) / frame.factors[at]))
    if "Points" in shape.attrib:
        moved = [
            ((x - frame.origin[0]) / frame.factors[0], (y - frame.origin[1]) / frame.factors[1])
            for x, y in _points(shape.get("Points"))
        ]
        shape.set("Points", " ".join(f"{_text(x)},{_text(y)}" for x, y in moved))
    return _inside(shape, frame)


def _transform(shape: Node, given: Node | None, frame: Frame) -> None:
    """Put shift and scale after the transform that a shape has."""
    old = {name: 1.0 if name in ("A00", "A11") else 0.0 for name in _MATRIX}
    matrix: Node = given
    if given is None:
        matrix = shape.makeelement(f"{_TAG}Transform", nsmap=None)
        # The schema wants it first among the parts of a shape.
        shape.insert(0, matrix)
    else:
        old = {name: float(given.get(name)) for name in _MATRIX}
    for row, at in (("0", 0), ("1", 1)):
        for column in "012":
            name = f"A{row}{column}"
            shift = frame.origin[at] if column == "2" else 0.0
            matrix.set(name, _text((old[name] - shift) / frame.factors[at]))


def _inside(shape: Node, frame: Frame) -> bool:
    """Whether the box around a shape touches the part."""
    xs, ys = _extent(shape)
    if not xs or not ys:
        return True
    across = max(xs) >= 0 and min(xs) <= frame.size[0]
    return across and max(ys) >= 0 and min(ys) <= frame.size[1]


def _extent(shape: Node) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    if "Points" in shape.attrib:
        points = _points(shape.get("Points"))
        return [x for x, _ in points], [y for _, y in points]
    for at, axis in enumerate("XY"):
        ends = [float(shape.get(name)) for name in (f"{axis}1", f"{axis}2") if name in shape.attrib]
        if axis in shape.attrib:
            start = float(shape.get(axis))
            radius = float(shape.get(f"Radius{axis}", "0"))
            length = float(shape.get("Width" if axis == "X" else "Height", "0"))
            ends += [start - radius, start + radius, start + length]
        found[at].extend(ends)
    return found


def _points(text: str) -> list[tuple[float, float]]:
    """Points as OME writes them: "x,y x,y"; empty where it is something else."""
    try:
        return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]
    except ValueError:
        return []


def _text(value: float) -> str:
    return repr(round(value, 9)) if value % 1 else str(int(value))
