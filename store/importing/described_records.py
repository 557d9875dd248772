"""Turns what readers say of images and plates into rows, and indexes the images' chunks."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from store import models
from store.documents.parts import Table
from store.documents.reading import blank
from store.documents.records import Records
from store.importing.described import (
    MAX_PLANES,
    Described,
    DescribedPlane,
    DescribedPlate,
    finite,
    positive,
    text_of,
)
from store.importing.layout import image
from store.importing.ome_tiff import is_rgb
from store.importing.parsed import ParsedFile, ParsedFileset

logger = logging.getLogger(__name__)

ORIGINAL_METADATA = "openmicroscopy.org/OriginalMetadata"
"""Namespace of the vendor's own keys and values."""
MAX_ORIGINALS = 2_000
_LONGEST_NAME = 255

type _Instruments = dict[tuple[Any, ...], tuple[int | None, int | None]]
"""Numbers of instrument and objective by what is said of them."""


def fileset(
    kind: str,
    root: Path,
    files: Sequence[ParsedFile],
    found: Sequence[Described],
    plate: DescribedPlate | None = None,
) -> ParsedFileset:
    """Index the chunks of images and put what is said of them into rows.

    Args:
        kind: Name of the format.
        root: Folder that all files are below.
        files: In the order that the layouts count them.
        found: The images.
        plate: That they are fields of.

    Raises:
        UnreadableFileError: A plane is not like the others.
        UnsupportedError: There are too many planes.
    """
    records = Records(root=blank("OME"))
    instruments: _Instruments = {}
    images = []
    for series, one in enumerate(found):
        _add_image(records, one, instruments)
        own = files if one.files is None else [files[number] for number in one.files]
        rgb = is_rgb(one.layout.first.page)
        images.append(image(one.layout, series, text_of(one.name), own, rgb))
    if plate is not None:
        _add_plate(records, plate)
    return ParsedFileset(kind, root, tuple(files), tuple(images), records)


def _add(records: Records, table: Table, element: str, **said: Any) -> int:
    return records.add(table, blank(element) | said)


def _length(column: str, value: float | None) -> dict[str, Any]:
    """Columns of a length in micrometres; none if it is not known."""
    return {} if value is None else {column: value, f"{column}_unit": "µm"}


def _seconds(column: str, value: float | None) -> dict[str, Any]:
    return {} if value is None else {column: value, f"{column}_unit": "s"}


def _short(text: str | None) -> str | None:
    return text_of(text)[:_LONGEST_NAME] or None if text else None


def _add_image(records: Records, one: Described, instruments: _Instruments) -> None:
    said = (one.maker, one.microscope, one.serial, one.objective)
    if said not in instruments:
        instruments[said] = _add_instrument(records, one)
    instrument, objective = instruments[said]
    number = _add(
        records,
        models.Image,
        "Image",
        name=text_of(one.name),
        acquisition_date=one.acquired,
        description=text_of(one.description) if one.description else None,
        instrument_id=instrument,
    )
    if objective is not None:
        _add(
            records,
            models.ObjectiveSettings,
            "ObjectiveSettings",
            image_id=number,
            objective_id=objective,
        )
    _add(
        records,
        models.Pixels,
        "Pixels",
        image_id=number,
        dimension_order="XYCZT",
        **_length("physical_size_x", positive(one.size_x_um)),
        **_length("physical_size_y", positive(one.size_y_um)),
        **_length("physical_size_z", positive(one.size_z_um)),
        **_seconds("time_increment", positive(one.interval_s)),
    )
    for index in range(min(one.layout.groups, len(one.channels))):
        _add_channel(records, one, number, index)
    for plane in one.planes[:MAX_PLANES]:
        _add_plane(records, one, number, plane)
    _add_originals(records, "Image", number, one.originals)


def _add_instrument(records: Records, one: Described) -> tuple[int | None, int | None]:
    """Numbers of an instrument and its objective; none of what nothing is said."""
    lens = one.objective
    if lens is None and not (one.maker or one.microscope or one.serial):
        return None, None
    number = records.add(models.Instrument, blank("Instrument"))
    if one.maker or one.microscope or one.serial:
        _add(
            records,
            models.Microscope,
            "Microscope",
            instrument_id=number,
            manufacturer=_short(one.maker),
            model=_short(one.microscope),
            serial_number=_short(one.serial),
        )
    if lens is None:
        return number, None
    return number, _add(
        records,
        models.Objective,
        "Objective",
        instrument_id=number,
        model=_short(lens.model),
        immersion=lens.immersion,
        lens_na=positive(lens.na),
        nominal_magnification=positive(lens.magnification),
    )


def _add_channel(records: Records, one: Described, number: int, index: int) -> None:
    said = one.channels[index]
    waves = {
        "excitation_wavelength": positive(said.excitation_nm),
        "emission_wavelength": positive(said.emission_nm),
    }
    known = {name: value for name, value in waves.items() if value is not None}
    _add(
        records,
        models.Channel,
        "Channel",
        pixels_id=number,
        index=index,
        name=_short(said.name),
        fluor=_short(said.fluor),
        contrast_method=said.contrast,
        color=_packed(said.color),
        **known,
        **{f"{name}_unit": "nm" for name in known},
    )


def _packed(color: tuple[int, int, int] | None) -> int | None:
    """A colour as OME has it: signed RGBA."""
    if color is None:
        return None
    red, green, blue = (max(0, min(255, int(part))) for part in color)
    packed = (red << 24) | (green << 16) | (blue << 8) | 255
    return packed - 2**32 if packed >= 2**31 else packed


def _add_plane(records: Records, one: Described, number: int, said: DescribedPlane) -> None:
    layout = one.layout
    if said.t >= layout.size_t or said.c >= layout.groups or said.z >= layout.size_z:
        return
    facts = {
        **_seconds("delta_t", finite(said.delta_t_s)),
        **_seconds("exposure_time", finite(said.exposure_s)),
        **_length("position_x", finite(said.x_um)),
        **_length("position_y", finite(said.y_um)),
        **_length("position_z", finite(said.z_um)),
    }
    if facts:
        c = said.c * layout.first.page.samples
        _add(
            records,
            models.Plane,
            "Plane",
            pixels_id=number,
            the_t=said.t,
            the_c=c,
            the_z=said.z,
            **facts,
        )


def _add_originals(
    records: Records, parent: str, number: int, originals: Sequence[tuple[str, str]]
) -> None:
    """Tie the vendor's own keys and values to an image, plate or well."""
    kept = [
        (text_of(key)[:_LONGEST_NAME], text_of(value)) for key, value in originals[:MAX_ORIGINALS]
    ]
    pairs = [(key, value) for key, value in kept if key]
    if not pairs:
        return
    if len(originals) > MAX_ORIGINALS:
        facts = {"kept": MAX_ORIGINALS, "left_out": len(originals) - MAX_ORIGINALS}
        logger.info("parts of the vendor's metadata left out", extra=facts)
    note = _add(
        records,
        models.Annotation,
        "MapAnnotation",
        kind="MapAnnotation",
        namespace=ORIGINAL_METADATA,
    )
    for index, (key, value) in enumerate(pairs):
        row = {"annotation_id": note, "index": index, "key": key, "value": value}
        records.add(models.MapPair, row)
    link = {"parent_id": number, "child_id": note, "parent_type": parent}
    records.add(models.AnnotationLink, link)


def _add_plate(records: Records, said: DescribedPlate) -> None:
    plate = _add(
        records,
        models.Plate,
        "Plate",
        name=_short(said.name),
        rows=said.rows,
        columns=said.columns,
        description=text_of(said.description) if said.description else None,
        external_identifier=_short(said.identifier),
    )
    _add_originals(records, "Plate", plate, said.originals)
    starts = [*said.started, *[None] * len(said.runs)]
    runs = [
        _add(
            records,
            models.PlateAcquisition,
            "PlateAcquisition",
            plate_id=plate,
            name=_short(name),
            start_time=start,
        )
        for name, start in zip(said.runs, starts, strict=False)
    ]
    wells: dict[tuple[int, int], int] = {}
    for index, one in enumerate(sorted(said.fields, key=lambda one: (one.row, one.column))):
        place = (one.row, one.column)
        if place not in wells:
            well = {"plate_id": plate, "row": one.row, "column": one.column}
            wells[place] = _add(records, models.Well, "Well", **well)
            _add_originals(records, "Well", wells[place], said.wells.get(place, ()))
        _add(
            records,
            models.WellSample,
            "WellSample",
            well_id=wells[place],
            image_id=one.image,
            index=index,
            plate_acquisition_id=runs[one.run] if one.run < len(runs) else None,
            **_length("position_x", finite(one.x_um)),
            **_length("position_y", finite(one.y_um)),
        )
