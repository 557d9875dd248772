"""Regions that a Nikon ND2 file has drawn on its images.

Places are fractions of half the image from its middle, sizes too, so that 2 is all of it; corners
count from the middle of the region. Source: issue 232 of the nd2 package, by Nikon.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from store.importing.clean import finite
from store.importing.facts import RegionFacts

CHUNK = b"CustomData|RoiMetadata_v1!"
_MAX_REGIONS = 100_000
_MAX_POINTS = 100_000
_MAX_TOLD = 1_000
_BOXES = {3: "Rectangle", 10: "Rectangle", 4: "Ellipse", 9: "Ellipse", 11: "Ellipse"}
"""Shapes in a box, by Nikon's number: rectangles, squares, ellipses, circles, rings by their rim."""
_LINES = {5: ("Polygon", 3), 7: ("Line", 2), 8: ("Polyline", 2)}
"""Shapes of corners, and how many they have at least."""
_POINT = 2

type Json = Mapping[str, Any]


def regions_of(said: Json, position: int, width: int, height: int) -> Iterator[RegionFacts]:
    """The regions on the image at a position, in its pixels, where they are at first.

    Those that are turned by other than quarters are left out, as it is not known which way they
    turn; `turned_on` tells of them.

    Args:
        said: What the chunk holds, with names as the nd2 package has them.
        position: Number of the image.
        width: Of the image.
        height: Of the image.
    """
    for one in _listed(said, position):
        region = _region(one, width / 2, height / 2)
        if region is not None:
            yield region


def turned_on(said: Json, position: int, width: int, height: int) -> Iterator[tuple[str, str]]:
    """What is said of the regions that are left out for being turned, as keys and values.

    Args and order as of `regions_of`.
    """
    for number, one in enumerate(_listed(said, position)[:_MAX_TOLD]):
        place = _part(one, "AnimParams_0")
        kind = _part(one, "Info").get("ShapeType")
        angle = finite(place.get("RotationZ")) or 0.0
        x, y = finite(place.get("CenterX")), finite(place.get("CenterY"))
        if not isinstance(kind, int) or angle % 360 == 0 or x is None or y is None:
            continue
        if _region(one, width / 2, height / 2) is not None:
            continue
        name = _LINES[kind][0] if kind in _LINES else _BOXES.get(kind, "Region")
        middle = f"{width / 2 * (1 + x):g}, {height / 2 * (1 + y):g}"
        box = _part(place, "BoxShape")
        across, down = finite(box.get("SizeX")) or 0.0, finite(box.get("SizeY")) or 0.0
        size = f", {width / 2 * across:g} x {height / 2 * down:g}" if across and down else ""
        yield f"Region {number + 1}", f"{name} around {middle}{size}, turned by {angle:g}°"


def _listed(said: Json, position: int) -> list[Json]:
    """The regions on all images, and those on the image at a position."""
    whole = _part(said, "RoiMetadata_v1")
    own = _part(whole, f"2PerMPoint_{position}")
    found = [_part(whole, f"Global_{number}") for number in range(_count(whole, "Global_Size"))]
    found += [_part(own, str(number)) for number in range(_count(own, "Size"))]
    return found[:_MAX_REGIONS]


def _region(said: Json, across: float, down: float) -> RegionFacts | None:
    about, place = _part(said, "Info"), _part(said, "AnimParams_0")
    kind = about.get("ShapeType")
    label = about.get("Label")
    text = label if isinstance(label, str) and label else None
    x, y = finite(place.get("CenterX")), finite(place.get("CenterY"))
    if x is None or y is None:
        return None
    middle = (across * (1 + x), down * (1 + y))
    turned = finite(place.get("RotationZ")) or 0.0
    if kind == _POINT:
        return RegionFacts("Point", middle, text)
    if kind in _BOXES:
        numbers = _box(_part(place, "BoxShape"), _BOXES[kind], middle, (across, down), turned)
        return None if numbers is None else RegionFacts(_BOXES[kind], numbers, text)
    if kind in _LINES and turned % 360 == 0:
        name, least = _LINES[kind]
        corners = _corners(_part(place, "ExtrudedShape"), middle, (across, down))
        if len(corners) < 2 * least or (name == "Line" and len(corners) != 4):
            return None
        return RegionFacts(name, corners, text)
    return None


def _box(
    said: Json, kind: str, middle: tuple[float, float], half: tuple[float, float], turned: float
) -> tuple[float, ...] | None:
    x, y = finite(said.get("SizeX")), finite(said.get("SizeY"))
    if x is None or y is None or min(x, y) <= 0:
        return None
    width, height = half[0] * x, half[1] * y
    round_ = kind == "Ellipse" and math.isclose(width, height, rel_tol=1e-3)
    if turned % 180 == 90:
        width, height = height, width
    elif turned % 180 and not round_:
        return None
    if kind == "Ellipse":
        return (*middle, width / 2, height / 2)
    return (middle[0] - width / 2, middle[1] - height / 2, width, height)


def _corners(
    said: Json, middle: tuple[float, float], half: tuple[float, float]
) -> tuple[float, ...]:
    found: list[float] = []
    for number in range(min(_count(said, "BasePoints_Size"), _MAX_POINTS)):
        pair = [finite(one) for one in _part(said, f"BasePoints_{number}").values()][:2]
        if len(pair) < 2 or pair[0] is None or pair[1] is None:
            return ()
        found += [middle[0] + half[0] * pair[0], middle[1] + half[1] * pair[1]]
    return tuple(found)


def _part(said: Json, name: str) -> Json:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _count(said: Json, name: str) -> int:
    found = said.get(name)
    return min(found, _MAX_REGIONS) if isinstance(found, int) and found > 0 else 0
