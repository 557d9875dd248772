"""What readers say of images and plates: the words that all formats' metadata are put in."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from store.importing.layout import Layout, Stored

type Originals = Sequence[tuple[str, str]]
"""Keys and values in the vendor's own words."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What a file says of one channel."""

    name: str | None = None
    color: tuple[int, int, int] | None = None
    """Red, green, blue, 0 to 255."""
    excitation_nm: float | None = None
    emission_nm: float | None = None
    fluor: str | None = None
    pinhole_um: float | None = None
    mode: str | None = None
    """A value of OME's AcquisitionMode."""
    contrast: str | None = None
    """A value of OME's ContrastMethod."""
    illumination: str | None = None
    """A value of OME's IlluminationType."""
    samples: int | None = None
    """Samples of a pixel that are this channel's, such as 3 of colours; as many as lie together
    if not given."""


@dataclass(frozen=True, slots=True)
class PlaneFacts:
    """When and where one plane was taken."""

    t: int = 0
    c: int = 0
    """Number of its channel."""
    z: int = 0
    delta_t_s: float | None = None
    """Seconds since the first plane."""
    exposure_s: float | None = None
    x_um: float | None = None
    """Place of the stage in micrometres."""
    y_um: float | None = None
    z_um: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    """The objective that an image was taken with."""

    magnification: float | None = None
    lens_na: float | None = None
    model: str | None = None
    immersion: str | None = None
    """In the vendor's words: Oil, Air, Water and the like."""
    working_distance_um: float | None = None


@dataclass(frozen=True, slots=True)
class MicroscopeFacts:
    """The microscope that an image was taken with."""

    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """One shape that the file has drawn on the image, in pixels."""

    kind: str
    """Rectangle, Ellipse, Line, Point, Polygon or Polyline."""
    numbers: tuple[float, ...]
    """x, y, width, height; x, y, rx, ry; x1, y1, x2, y2; x, y; x1, y1, x2, y2, …"""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Acquired:
    """What a file says of one image."""

    name: str
    moment: dt.datetime | None = None
    description: str | None = None
    size_x_um: float | None = None
    """Width of a pixel in micrometres."""
    size_y_um: float | None = None
    size_z_um: float | None = None
    interval_s: float | None = None
    """Time between frames in seconds."""
    bits: int | None = None
    """Significant bits of a sample, where fewer than its type has."""
    channels: Sequence[ChannelFacts] = ()
    planes: Iterable[PlaneFacts] = ()
    objective: ObjectiveFacts | None = None
    microscope: MicroscopeFacts = MicroscopeFacts()
    detectors: Sequence[str] = ()
    """Models."""
    regions: Sequence[RegionFacts] = ()
    originals: Originals = ()


@dataclass(frozen=True, slots=True)
class FoundImage:
    """One image: what is said of it and how its samples are stored."""

    facts: Acquired
    stored: Layout | Stored
    rgb: bool | None = None
    """The samples of a pixel are colours; if not given, its pages tell."""
    files: Sequence[int] | None = None
    """Numbers of the files that hold its planes; all of the fileset if not given."""


@dataclass(frozen=True, slots=True)
class FieldFacts:
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
class PlateFacts:
    """A plate whose fields are the images of a fileset."""

    name: str
    rows: int
    columns: int
    fields: Sequence[FieldFacts]
    runs: Sequence[str] = ()
    """Names of the acquisitions; none if the file speaks of none."""
    started: Sequence[dt.datetime | None] = ()
    identifier: str | None = None
    """What the vendor identifies it by, such as a barcode."""
    description: str | None = None
    originals: Originals = ()
    """Of the whole plate."""
    wells: Mapping[tuple[int, int], Originals] = field(default_factory=dict)
    """Of wells (row, column)."""
