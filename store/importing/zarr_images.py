"""Multiscale images of an OME-Zarr hierarchy: axes, levels, physical sizes, channels, labels."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from store.errors import UnsupportedError
from store.importing.layout import check_planes
from store.importing.zarr_hierarchy import Hierarchy, Json, short
from store.pixels.source import PixelsShape
from store.pixels.zarr_arrays import ZarrArray
from store.pixels.zarr_files import Document

MAX_LEVELS = 64
MAX_LABELS = 1_000
_AXES = "tczyx"
_UNITS = {
    "angstrom": "Å", "attometer": "am", "centimeter": "cm", "decimeter": "dm", "exameter": "Em",
    "femtometer": "fm", "foot": "ft", "gigameter": "Gm", "hectometer": "hm", "inch": "in",
    "kilometer": "km", "megameter": "Mm", "meter": "m", "micrometer": "µm", "micron": "µm",
    "mile": "mi", "millimeter": "mm", "nanometer": "nm", "picometer": "pm", "yard": "yd",
    "centisecond": "cs", "day": "d", "femtosecond": "fs", "hour": "h", "microsecond": "µs",
    "millisecond": "ms", "minute": "min", "nanosecond": "ns", "picosecond": "ps", "second": "s",
    "um": "µm", "µm": "µm", "nm": "nm", "mm": "mm", "s": "s", "ms": "ms",
}  # fmt: skip
"""Names of units as UDUNITS-2 has them, and as people write them, to the symbols of OME."""
_TIMES = frozenset({"cs", "d", "fs", "h", "µs", "ms", "min", "ns", "ps", "s"})
_NO_NAMES = frozenset({"", "/", "image"})
"""What writers put in where nobody gave a name."""
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")


@dataclass(frozen=True, slots=True)
class ZarrLevel:
    """One resolution."""

    path: str
    array: ZarrArray
    document: Document


@dataclass(frozen=True, slots=True)
class ZarrChannel:
    """What the omero block says of a channel."""

    name: str | None
    color: int | None
    """Signed RGBA."""


@dataclass(frozen=True, slots=True)
class ZarrImage:
    """One multiscale image."""

    path: str
    """Of its group."""
    name: str
    axes: str
    """Of its arrays, among t, c, z, y, x."""
    levels: tuple[ZarrLevel, ...]
    shape: PixelsShape
    sizes: tuple[tuple[str, float, str], ...]
    """Axis, distance of two samples and unit of OME, where there is a unit."""
    origin: tuple[tuple[str, float, str], ...]
    """Axis, place of the first sample and unit of OME, where that is not 0."""
    channels: tuple[ZarrChannel, ...]
    notes: tuple[tuple[str, str], ...] = ()
    """Names and values beside the model, such as what a label image belongs to."""

    @property
    def array(self) -> ZarrArray:
        """Of full resolution."""
        return self.levels[0].array


def images_of(tree: Hierarchy, path: str, attributes: Json, name: str) -> Iterator[ZarrImage]:
    """The images of one group.

    Args:
        tree: The hierarchy.
        path: Of the group.
        attributes: Of the group, as `Hierarchy.attributes` gives them.
        name: Of the image, where the group has none.

    Raises:
        UnreadableFileError: The metadata is wrong, or an array is missing.
        UnsupportedError: It is of a kind that is not handled.
    """
    entries = attributes.get("multiscales")
    if not isinstance(entries, list) or not entries or len(entries) > MAX_LABELS:
        raise tree.wrong(path, f"its multiscales are {short(entries)}")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise tree.wrong(path, f"its multiscales are {short(entries)}")
        tree.check_version(attributes.get("version", entry.get("version")), path)
        own = entry.get("name")
        shown = own if isinstance(own, str) and own not in _NO_NAMES and not path else name
        if len(entries) > 1:
            shown = own if isinstance(own, str) and own else f"{name} #{number + 1}"
        found = _image(tree, path, entry, shown)
        yield replace(found, channels=_channels(tree, path, attributes, found.shape.c))


def labels_of(tree: Hierarchy, path: str, name: str) -> Iterator[ZarrImage]:
    """The label images beside the image of a group, in the order in which they are named."""
    group = f"{path}/labels" if path else "labels"
    names = (tree.attributes(group) or {}).get("labels", [])
    if not isinstance(names, list) or len(names) > MAX_LABELS:
        raise tree.wrong(group, f"its labels are {short(names)}")
    for label in names:
        below = tree.check_path(label, group)
        attributes = tree.attributes(below)
        if attributes is None:
            raise tree.wrong(below, "the label image is missing")
        for found in images_of(tree, below, attributes, label):
            notes = (
                ("Labels of", name),
                ("Path", below),
                *_label_notes(attributes.get("image-label")),
            )
            yield replace(found, name=f"{name} labels/{label}", notes=notes)


def _image(tree: Hierarchy, path: str, entry: Json, name: str) -> ZarrImage:
    datasets = entry.get("datasets")
    if not isinstance(datasets, list) or not 1 <= len(datasets) <= MAX_LEVELS:
        raise tree.wrong(path, f"its datasets are {short(datasets)}")
    levels: list[ZarrLevel] = []
    for dataset in datasets:
        if not isinstance(dataset, dict):
            raise tree.wrong(path, f"its datasets are {short(datasets)}")
        below = tree.check_path(dataset.get("path"), path)
        levels.append(ZarrLevel(below, *tree.array(below)))
    full = levels[0].array
    axes, units = _axes(tree, path, entry.get("axes"), len(full.shape))
    shape = _shape(axes, full.shape)
    check_planes(shape)
    scale, shift = _placed(tree, path, datasets[0], entry, len(axes))
    for dataset in datasets[1:]:
        _placed(tree, path, dataset, entry, len(axes))
    found = list(zip(axes, scale, shift, units, strict=True))
    return ZarrImage(
        path=path,
        name=name,
        axes=axes,
        levels=tuple(_smaller(tree, path, levels, axes)),
        shape=shape,
        sizes=tuple((axis, step, unit) for axis, step, _, unit in found if unit),
        origin=tuple((axis, at, unit) for axis, _, at, unit in found if unit and at),
        channels=(),
    )


def _axes(tree: Hierarchy, path: str, given: Any, count: int) -> tuple[str, list[str]]:
    """Names of the axes of an image, and the units of OME that they have; else empty texts."""
    if given is None and count == len(_AXES):
        return _AXES, [""] * count
    if not isinstance(given, list) or len(given) != count:
        raise tree.wrong(path, f"its axes are {short(given)} and its arrays have {count}")
    names: list[str] = []
    units: list[str] = []
    for axis in given:
        name = axis.get("name") if isinstance(axis, dict) else axis
        if not isinstance(name, str):
            raise tree.wrong(path, f"one of its axes is {short(axis)}")
        names.append(name.lower())
        unit = axis.get("unit") if isinstance(axis, dict) else None
        units.append(_unit(names[-1], unit))
    if len(set(names)) != count or not {"y", "x"} <= set(names):
        raise tree.wrong(path, f"its axes are {', '.join(names)[:80]}: y and x are needed, once")
    if not set(names) <= set(_AXES):
        raise UnsupportedError(
            f"{path or tree.name} has the axes {', '.join(names)[:80]}; only t, c, z, y and x"
            " are handled."
        )
    return "".join(names), units


def _unit(axis: str, unit: Any) -> str:
    found = _UNITS.get(unit.lower(), "") if isinstance(unit, str) else ""
    fits = axis in "zyx" if found not in _TIMES else axis == "t"
    return found if fits else ""


def _shape(axes: str, sizes: Sequence[int]) -> PixelsShape:
    known = dict(zip(axes, sizes, strict=True))
    return PixelsShape(*(known.get(axis, 1) for axis in _AXES))


def _smaller(
    tree: Hierarchy, path: str, levels: Sequence[ZarrLevel], axes: str
) -> Iterator[ZarrLevel]:
    """The levels that show the same image ever smaller; others are passed over."""
    full = levels[0].array
    last = _shape(axes, full.shape)
    yield levels[0]
    for level in levels[1:]:
        if len(level.array.shape) != len(axes) or level.array.dtype != full.dtype:
            raise tree.wrong(level.path, "its axes or values are of another kind than level 0 has")
        size = _shape(axes, level.array.shape)
        alike = (size.t, size.c) == (last.t, last.c) and size.z <= last.z
        if alike and size.x <= last.x and size.y <= last.y and (size.x, size.y) != (last.x, last.y):
            yield level
            last = size


def _placed(
    tree: Hierarchy, path: str, dataset: Json, entry: Json, count: int
) -> tuple[list[float], list[float]]:
    """Scale and translation of a level, those of all levels applied to its own."""
    scale, shift = [1.0] * count, [0.0] * count
    for source in (dataset, entry):
        steps = source.get("coordinateTransformations", [])
        if not isinstance(steps, list) or len(steps) > 8:
            raise tree.wrong(path, f"its coordinate transformations are {short(steps)}")
        for step in steps:
            kind = step.get("type") if isinstance(step, dict) else None
            if kind == "scale":
                factors = _numbers(tree, path, step.get("scale"), count)
                if min(factors) <= 0:
                    raise tree.wrong(path, f"a scale of it is {short(factors)}")
                scale = [old * new for old, new in zip(scale, factors, strict=True)]
                shift = [old * new for old, new in zip(shift, factors, strict=True)]
            elif kind == "translation":
                moved = _numbers(tree, path, step.get("translation"), count)
                shift = [old + new for old, new in zip(shift, moved, strict=True)]
            elif kind != "identity":
                raise tree.wrong(path, f"a coordinate transformation of it is {short(step)}")
    return scale, shift


def _numbers(tree: Hierarchy, path: str, found: Any, count: int) -> list[float]:
    if not isinstance(found, list) or len(found) != count:
        raise tree.wrong(path, f"a coordinate transformation of {count} axes is {short(found)}")
    for number in found:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise tree.wrong(path, f"a coordinate transformation is {short(found)}")
        if not math.isfinite(number) or abs(number) > 1e300:
            raise tree.wrong(path, f"a coordinate transformation is {short(found)}")
    return [float(number) for number in found]


def _channels(tree: Hierarchy, path: str, attributes: Json, count: int) -> tuple[ZarrChannel, ...]:
    omero = attributes.get("omero")
    if omero is None:
        return ()
    channels = omero.get("channels", []) if isinstance(omero, dict) else None
    if not isinstance(channels, list):
        raise tree.wrong(path, f"its omero block is {short(omero)}")
    found: list[ZarrChannel] = []
    for number, channel in enumerate(channels[:count]):
        if not isinstance(channel, dict):
            raise tree.wrong(path, f"channel {number} of its omero block is {short(channel)}")
        _check_window(tree, path, number, channel.get("window"))
        label, color = channel.get("label"), channel.get("color")
        match = _COLOR.fullmatch(color) if isinstance(color, str) else None
        if color is not None and match is None:
            raise tree.wrong(path, f"the colour of channel {number} is {short(color)}")
        found.append(
            ZarrChannel(
                name=None if label is None else str(label)[:1024],
                color=None if match is None else _signed(int(match[1], 16) << 8 | 255),
            )
        )
    return tuple(found)


def _check_window(tree: Hierarchy, path: str, number: int, window: Any) -> None:
    if window is None:
        return
    for part in ("min", "max", "start", "end"):
        found = window.get(part) if isinstance(window, dict) else None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise tree.wrong(
                path, f"the window of channel {number} in its omero block has no {part}"
            )


def _label_notes(label: Any) -> Iterator[tuple[str, str]]:
    """What is said of the values of a label image."""
    if not isinstance(label, dict):
        return
    for title, key in (("Colour of", "colors"), ("Properties of", "properties")):
        for found in (label.get(key) or [])[:MAX_LABELS]:
            if isinstance(found, dict) and "label-value" in found:
                rest = [
                    f"{name}: {value}" for name, value in found.items() if name != "label-value"
                ]
                yield f"{title} {found['label-value']}"[:255], ", ".join(rest)[:1000]


def _signed(rgba: int) -> int:
    return rgba - 2**32 if rgba >= 2**31 else rgba
