"""What readers of files without OME-XML say of images and plates, and its text made clean."""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.importing.layout import Layout

MAX_VALUE = 4_000
MAX_PLANES = 50_000
"""Planes of one image of which times and places are kept."""
_CONTROL = re.compile("[\x7f-\x9f]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class DescribedChannel:
    """What a file says of one channel."""

    name: str | None = None
    emission_nm: float | None = None
    excitation_nm: float | None = None
    color: tuple[int, int, int] | None = None
    """Red, green, blue, 0 to 255."""
    fluor: str | None = None
    contrast: str | None = None
    """A value of OME's ContrastMethod."""


@dataclass(frozen=True, slots=True)
class DescribedPlane:
    """What a file says of one plane."""

    t: int = 0
    c: int = 0
    z: int = 0
    delta_t_s: float | None = None
    exposure_s: float | None = None
    x_um: float | None = None
    """Place of the stage in micrometres."""
    y_um: float | None = None
    z_um: float | None = None


@dataclass(frozen=True, slots=True)
class DescribedObjective:
    """The objective that an image was taken with."""

    magnification: float | None = None
    na: float | None = None
    model: str | None = None
    immersion: str | None = None
    """A value of OME's Immersion."""


@dataclass(frozen=True, slots=True)
class Described:
    """One image: where its planes lie, and what the file says of it."""

    layout: Layout
    name: str
    acquired: dt.datetime | None = None
    description: str | None = None
    size_x_um: float | None = None
    """Width of a pixel in micrometres."""
    size_y_um: float | None = None
    size_z_um: float | None = None
    interval_s: float | None = None
    """Time between frames in seconds."""
    channels: Sequence[DescribedChannel] = ()
    planes: Sequence[DescribedPlane] = ()
    objective: DescribedObjective | None = None
    maker: str | None = None
    """Who made the microscope."""
    microscope: str | None = None
    """Its model."""
    serial: str | None = None
    originals: Sequence[tuple[str, str]] = ()
    """The vendor's own keys and values."""
    files: Sequence[int] | None = None
    """Numbers of the files that hold its planes; all of the fileset if not given."""


@dataclass(frozen=True, slots=True)
class DescribedField:
    """One field of a well."""

    row: int
    column: int
    image: int
    """Number of its image in the fileset."""
    run: int = 0
    """Number of its acquisition."""
    x_um: float | None = None
    y_um: float | None = None


@dataclass(frozen=True, slots=True)
class DescribedPlate:
    """A plate whose fields are the images of a fileset."""

    name: str
    rows: int
    columns: int
    fields: Sequence[DescribedField]
    runs: Sequence[str] = ()
    """Names of the acquisitions; none if the file speaks of none."""
    started: Sequence[dt.datetime | None] = ()
    identifier: str | None = None
    """What the vendor identifies it by, such as a barcode."""
    description: str | None = None
    originals: Sequence[tuple[str, str]] = ()
    """The vendor's own keys and values of the whole plate."""
    wells: Mapping[tuple[int, int], Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Keys and values of wells (row, column)."""


def text_of(value: Any) -> str:
    """A value as text that XML can hold, not too long."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = _CONTROL.sub("", str(value)).strip()
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def originals_of(value: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Keys and values of nested mappings and lists, keys of inner ones behind those of outer ones.

    Values of no text, and arrays of more than 100 numbers, are left out.
    """
    if isinstance(value, Mapping) and depth < 12:
        for key, inner in value.items():
            yield from originals_of(inner, f"{prefix} {key}".strip(), depth + 1)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value[:1000], 1):
            yield from originals_of(inner, f"{prefix} {number}".strip(), depth + 1)
    elif getattr(value, "size", 1) <= 100 and not (isinstance(value, list) and len(value) > 100):
        text = text_of(value)
        if text and prefix:
            yield prefix, text


def positive(value: Any) -> float | None:
    """A number above zero and below infinity; none of anything else."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def finite(value: Any) -> float | None:
    """A finite number; none of anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError):
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


def iso_moment(text: str | None) -> dt.datetime | None:
    """A date and time of ISO 8601, more digits of seconds than six cut."""
    try:
        found = dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", (text or "").strip()))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
