"""OME-TIFF files of the samples: metadata by ome-types, pages by tifffile, written at once."""

import datetime
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from ome_types import model, to_xml
from ome_types.model import Color

_NAMESPACE = uuid.UUID("6f1d5a52-6d69-5372-8f67-726170680000")
_CREATOR = "Micrograph samples"
_TILE = 256


@dataclass(frozen=True, slots=True)
class Dye:
    """What is known of one channel: name, dye, colour as RRGGBB, wavelengths in nm."""

    name: str
    fluor: str
    color: str
    excitation_nm: float
    emission_nm: float
    exposure_ms: float


@dataclass(frozen=True, slots=True)
class Optics:
    """The objective that a sample seems to be taken with."""

    magnification: float
    aperture: float
    immersion: model.Objective_Immersion


@dataclass(frozen=True, slots=True)
class Facts:
    """What the metadata of one sample says, apart from its pixels.

    Attributes:
        name: Name of the image.
        description: A sentence or two about what is seen.
        acquired: Date and time of the first plane.
        pixel_um: Size of a pixel in micrometres.
        optics: The objective.
        dyes: The channels; empty for colour.
        step_um: Distance of two slices in micrometres, or None.
        interval_s: Time between two time points in seconds, or None.
        origin_um: Place of the stage, x and y in micrometres.
    """

    name: str
    description: str
    acquired: datetime.datetime
    pixel_um: float
    optics: Optics
    dyes: tuple[Dye, ...] = ()
    step_um: float | None = None
    interval_s: float | None = None
    origin_um: tuple[float, float] = field(default=(0.0, 0.0))


def write_planes(
    path: Path, facts: Facts, size: tuple[int, int, int], planes: Iterable[NDArray[np.uint16]]
) -> None:
    """Write a fluorescence image as tiles, compressed without loss.

    Args:
        path: The file; it appears when it is complete.
        facts: Metadata; one dye for each channel.
        size: Number of times, of slices, and the number of pixels of a side.
        planes: uint16, (Y, X) each, in the order z, c, t: z changes fastest.

    Raises:
        OSError: The file cannot be written.
    """
    times, slices, side = size
    pixels = _fluorescence(facts, times, slices, side)
    description: bytes | None = _document(facts, pixels)
    tile = (_TILE, _TILE) if side > _TILE else None
    with _appearing(path) as part, tifffile.TiffWriter(part) as tif:
        for plane in planes:
            tif.write(
                plane,
                description=description,
                metadata=None,
                software=False,
                photometric="minisblack",
                tile=tile,
                compression="zlib",
                compressionargs={"level": 1},
                predictor=True,
                contiguous=False,
                maxworkers=1,
            )
            description = None


def write_slide(
    path: Path,
    facts: Facts,
    size: tuple[int, int, int],
    tiles: Iterator[NDArray[np.uint8]],
    levels: Callable[[], Sequence[NDArray[np.uint8]]],
    level_count: int,
) -> None:
    """Write a colour image as JPEG tiles with its pyramid.

    Args:
        path: The file; it appears when it is complete.
        facts: Metadata.
        size: Width, height and side of a tile in pixels.
        tiles: uint8, (tile, tile, 3) each, row by row.
        levels: Gives the reduced levels, (Y, X, 3); called when the tiles are used up.
        level_count: Number of reduced levels.

    Raises:
        OSError: The file cannot be written.
    """
    width, height, tile = size
    coding: dict[str, Any] = {
        "tile": (tile, tile),
        "photometric": "rgb",
        "compression": "jpeg",
        "compressionargs": {"level": 84},
        "metadata": None,
        "software": False,
        "maxworkers": 1,
    }
    description = _document(facts, _colour(facts, width, height))
    with _appearing(path) as part, tifffile.TiffWriter(part) as tif:
        tif.write(
            tiles,
            shape=(height, width, 3),
            dtype=np.uint8,
            subifds=level_count,
            description=description,
            **coding,
        )
        for level in levels():
            tif.write(level, subfiletype=1, **coding)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Give a name to write to; what is there becomes `path` only when all went well."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        os.replace(part, path)  # noqa: PTH105 - replaces on every platform, as Path.rename does not
    finally:
        part.unlink(missing_ok=True)


def _fluorescence(facts: Facts, times: int, slices: int, side: int) -> model.Pixels:
    planes = []
    for t in range(times):
        for c, dye in enumerate(facts.dyes):
            for z in range(slices):
                before = sum(d.exposure_ms for d in facts.dyes[:c]) * slices
                seconds = (before + z * dye.exposure_ms) / 1000
                planes.append(
                    model.Plane(
                        the_z=z,
                        the_c=c,
                        the_t=t,
                        delta_t=round(t * (facts.interval_s or 0.0) + seconds, 3),
                        exposure_time=dye.exposure_ms / 1000,
                        position_x=facts.origin_um[0],
                        position_y=facts.origin_um[1],
                        position_z=round(z * (facts.step_um or 0.0), 3),
                        position_x_unit=model.UnitsLength.MICROMETER,
                        position_y_unit=model.UnitsLength.MICROMETER,
                        position_z_unit=model.UnitsLength.MICROMETER,
                    )
                )
    return model.Pixels(
        id="Pixels:0",
        dimension_order=model.Pixels_DimensionOrder.XYZCT,
        type=model.PixelType.UINT16,
        significant_bits=16,
        big_endian=False,
        size_x=side,
        size_y=side,
        size_z=slices,
        size_c=len(facts.dyes),
        size_t=times,
        physical_size_x=facts.pixel_um,
        physical_size_y=facts.pixel_um,
        physical_size_z=facts.step_um,
        time_increment=facts.interval_s,
        channels=[_channel(c, dye) for c, dye in enumerate(facts.dyes)],
        tiff_data_blocks=[model.TiffData(ifd=0, plane_count=len(planes))],
        planes=planes,
    )


def _channel(number: int, dye: Dye) -> model.Channel:
    return model.Channel(
        id=f"Channel:0:{number}",
        name=dye.name,
        fluor=dye.fluor,
        color=Color(f"#{dye.color}"),
        samples_per_pixel=1,
        illumination_type=model.Channel_IlluminationType.EPIFLUORESCENCE,
        contrast_method=model.Channel_ContrastMethod.FLUORESCENCE,
        acquisition_mode=model.Channel_AcquisitionMode.SPINNING_DISK_CONFOCAL,
        excitation_wavelength=dye.excitation_nm,
        emission_wavelength=dye.emission_nm,
    )


def _colour(facts: Facts, width: int, height: int) -> model.Pixels:
    return model.Pixels(
        id="Pixels:0",
        dimension_order=model.Pixels_DimensionOrder.XYCZT,
        type=model.PixelType.UINT8,
        significant_bits=8,
        interleaved=True,
        big_endian=False,
        size_x=width,
        size_y=height,
        size_z=1,
        size_c=3,
        size_t=1,
        physical_size_x=facts.pixel_um,
        physical_size_y=facts.pixel_um,
        channels=[
            model.Channel(
                id="Channel:0:0",
                samples_per_pixel=3,
                illumination_type=model.Channel_IlluminationType.TRANSMITTED,
                contrast_method=model.Channel_ContrastMethod.BRIGHTFIELD,
            )
        ],
        tiff_data_blocks=[model.TiffData(ifd=0, plane_count=1)],
    )


def _document(facts: Facts, pixels: model.Pixels) -> bytes:
    objective = model.Objective(
        id="Objective:0",
        nominal_magnification=facts.optics.magnification,
        lens_na=facts.optics.aperture,
        immersion=facts.optics.immersion,
    )
    image = model.Image(
        id="Image:0",
        name=facts.name,
        description=facts.description,
        acquisition_date=facts.acquired,
        instrument_ref=model.InstrumentRef(id="Instrument:0"),
        objective_settings=model.ObjectiveSettings(id="Objective:0"),
        pixels=pixels,
    )
    ome = model.OME(
        creator=_CREATOR,
        uuid=f"urn:uuid:{uuid.uuid5(_NAMESPACE, facts.name)}",
        instruments=[model.Instrument(id="Instrument:0", objectives=[objective])],
        images=[image],
    )
    # Bytes, since tifffile takes text for ASCII and the micrometre sign is none.
    return b'<?xml version="1.0" encoding="UTF-8"?>' + to_xml(ome, indent=0).encode()
