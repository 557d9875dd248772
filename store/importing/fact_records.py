"""Turns what readers say of images and plates into rows, and indexes the images' chunks."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from store import models
from store.documents.parts import Table
from store.documents.reading import blank
from store.documents.records import Records
from store.errors import UnsupportedError
from store.importing.clean import MAX_ORIGINALS, finite, one_of, positive, text_of
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    Originals,
    PlaneFacts,
    PlateFacts,
    RegionFacts,
)
from store.importing.layout import Layout, image, stored_image
from store.importing.ome_tiff import is_rgb
from store.importing.parsed import ParsedFile, ParsedFileset, ParsedImage
from store.models.enums import AcquisitionMode, ContrastMethod, IlluminationType, Immersion
from store.pixels.source import PixelsShape

logger = logging.getLogger(__name__)

ORIGINAL_METADATA = "openmicroscopy.org/OriginalMetadata"
"""Namespace of the vendor's own keys and values."""
MAX_CHANNELS = 10_000
MAX_PLANES_SAID = 100_000
"""Planes beyond these keep no times and positions of their own."""
_MAX_DETECTORS = 64
_LONGEST_NAME = 255
_SHAPES = {
    "Rectangle": ("x", "y", "width", "height"),
    "Ellipse": ("x", "y", "radius_x", "radius_y"),
    "Line": ("x1", "y1", "x2", "y2"),
    "Point": ("x", "y"),
}
"""Columns of the numbers of a region; others have points."""

type _Instruments = dict[tuple[Any, ...], tuple[int | None, int | None]]
"""Numbers of instrument and objective by what is said of them."""


def parsed_fileset(
    kind: str,
    root: Path,
    files: Sequence[ParsedFile],
    found: Sequence[FoundImage],
    plate: PlateFacts | None = None,
) -> ParsedFileset:
    """Index the chunks of images and put what is said of them into rows.

    Args:
        kind: Name of the format.
        root: Folder that all files are below.
        files: In the order that the layouts count them, the one with the metadata first.
        found: The images in their order in the files.
        plate: That they are fields of.

    Raises:
        UnreadableFileError: A plane is not like the others.
        UnsupportedError: There are too many planes or channels.
    """
    records = Records(root=blank("OME"))
    instruments: _Instruments = {}
    images = []
    for series, one in enumerate(found):
        own = files if one.files is None else [files[number] for number in one.files]
        parsed = _parsed(one, series, own)
        images.append(parsed)
        _add_image(records, one, parsed.shape, instruments)
    if plate is not None:
        _add_plate(records, plate)
    return ParsedFileset(kind, root, tuple(files), tuple(images), records)


def check_channels(count: int) -> None:
    """Refuse what no image has, before anything is built for each channel.

    Raises:
        UnsupportedError: There are more than `MAX_CHANNELS`.
    """
    if count > MAX_CHANNELS:
        raise UnsupportedError(
            f"{count} channels are claimed; at most {MAX_CHANNELS} can be kept.", "Split the file."
        )


def _parsed(one: FoundImage, series: int, files: Sequence[ParsedFile]) -> ParsedImage:
    """One image; its channels are those of the rows, however samples are interleaved."""
    name = text_of(one.facts.name)
    check_channels(one.stored.shape.c)
    if isinstance(one.stored, Layout):
        rgb = is_rgb(one.stored.first.page) if one.rgb is None else one.rgb
        return replace(image(one.stored, series, name, files, rgb), samples=None)
    return stored_image(one.stored, series, name, files, bool(one.rgb))


def _together(one: FoundImage) -> int:
    """Samples of a pixel that lie together."""
    return one.stored.first.page.samples if isinstance(one.stored, Layout) else 1


def _add(records: Records, table: Table, element: str, **said: Any) -> int:
    return records.add(table, blank(element) | said)


def _measured(
    column: str, value: Any, unit: str, check: Callable[[Any], float | None] = positive
) -> dict[str, Any]:
    """Columns of a number and its unit; none if it is not known."""
    number = check(value)
    return {} if number is None else {column: number, f"{column}_unit": unit}


def _short(text: str | None) -> str | None:
    return text_of(text)[:_LONGEST_NAME] or None if text else None


def _add_image(
    records: Records, one: FoundImage, shape: PixelsShape, instruments: _Instruments
) -> None:
    said = one.facts
    key = (said.microscope, said.objective, tuple(said.detectors))
    if key not in instruments:
        instruments[key] = _add_instrument(records, said)
    instrument, objective = instruments[key]
    number = _add(
        records,
        models.Image,
        "Image",
        name=text_of(said.name),
        acquisition_date=said.moment,
        description=text_of(said.description) if said.description else None,
        instrument_id=instrument,
    )
    if objective is not None:
        settings = {"image_id": number, "objective_id": objective}
        _add(records, models.ObjectiveSettings, "ObjectiveSettings", **settings)
    _add(
        records,
        models.Pixels,
        "Pixels",
        image_id=number,
        dimension_order="XYCZT",
        significant_bits=said.bits if said.bits and 0 < said.bits <= 64 else None,
        **_measured("physical_size_x", said.size_x_um, "µm"),
        **_measured("physical_size_y", said.size_y_um, "µm"),
        **_measured("physical_size_z", said.size_z_um, "µm"),
        **_measured("time_increment", said.interval_s, "s"),
    )
    channels = _channels(said.channels, shape.c, _together(one))
    for index, channel in enumerate(channels):
        _add_channel(records, number, index, channel)
    starts = list(accumulate((channel.samples or 1 for channel in channels[:-1]), initial=0))
    _add_planes(records, number, said.planes, shape, starts)
    for region in said.regions:
        _add_region(records, number, region)
    _add_originals(records, "Image", number, said.originals)


def _add_instrument(records: Records, said: Acquired) -> tuple[int | None, int | None]:
    """Numbers of an instrument and its objective; none of what nothing is said."""
    lens, stand = said.objective, said.microscope
    is_named = bool(stand.manufacturer or stand.model or stand.serial_number)
    if lens is None and not is_named and not said.detectors:
        return None, None
    number = records.add(models.Instrument, blank("Instrument"))
    if is_named:
        _add(
            records,
            models.Microscope,
            "Microscope",
            instrument_id=number,
            manufacturer=_short(stand.manufacturer),
            model=_short(stand.model),
            serial_number=_short(stand.serial_number),
        )
    for name in said.detectors[:_MAX_DETECTORS]:
        _add(records, models.Detector, "Detector", instrument_id=number, model=_short(name))
    if lens is None:
        return number, None
    return number, _add(
        records,
        models.Objective,
        "Objective",
        instrument_id=number,
        model=_short(lens.model),
        immersion=one_of(Immersion, lens.immersion),
        lens_na=positive(lens.lens_na),
        nominal_magnification=positive(lens.magnification),
        **_measured("working_distance", lens.working_distance_um, "µm"),
    )


def _channels(given: Sequence[ChannelFacts], count: int, together: int) -> list[ChannelFacts]:
    """Exactly as many channels as there are samples, whatever the file says of them."""
    found: list[ChannelFacts] = []
    left = count
    for facts in given:
        samples = max(1, facts.samples or together)
        if samples > left:
            break
        found.append(replace(facts, samples=samples))
        left -= samples
    samples = found[0].samples or 1 if found else together
    samples = samples if left % samples == 0 else 1
    return found + [ChannelFacts(samples=samples)] * (left // samples)


def _add_channel(records: Records, number: int, index: int, said: ChannelFacts) -> None:
    _add(
        records,
        models.Channel,
        "Channel",
        pixels_id=number,
        index=index,
        name=_short(said.name),
        fluor=_short(said.fluor),
        color=_packed(said.color),
        samples_per_pixel=None if said.samples == 1 else said.samples,
        acquisition_mode=one_of(AcquisitionMode, said.mode),
        contrast_method=one_of(ContrastMethod, said.contrast),
        illumination_type=one_of(IlluminationType, said.illumination),
        **_measured("pinhole_size", said.pinhole_um, "µm"),
        **_measured("excitation_wavelength", said.excitation_nm, "nm"),
        **_measured("emission_wavelength", said.emission_nm, "nm"),
    )


def _packed(color: tuple[int, int, int] | None) -> int | None:
    """A colour as OME has it: signed RGBA."""
    if color is None:
        return None
    red, green, blue = (max(0, min(255, int(part))) for part in color)
    packed = (red << 24) | (green << 16) | (blue << 8) | 255
    return packed - 2**32 if packed >= 2**31 else packed


def _add_planes(
    records: Records,
    number: int,
    given: Iterable[PlaneFacts],
    shape: PixelsShape,
    starts: Sequence[int],
) -> None:
    """Keep when and where planes were taken; of each channel, at its first sample."""
    inside = (
        one
        for one in given
        if 0 <= one.t < shape.t and 0 <= one.c < len(starts) and 0 <= one.z < shape.z
    )
    for said in islice(inside, MAX_PLANES_SAID):
        facts = {
            **_measured("delta_t", said.delta_t_s, "s", finite),
            **_measured("exposure_time", said.exposure_s, "s", finite),
            **_measured("position_x", said.x_um, "µm", finite),
            **_measured("position_y", said.y_um, "µm", finite),
            **_measured("position_z", said.z_um, "µm", finite),
        }
        if facts:
            place = {"the_t": said.t, "the_c": starts[said.c], "the_z": said.z}
            _add(records, models.Plane, "Plane", pixels_id=number, **place, **facts)


def _add_region(records: Records, number: int, said: RegionFacts) -> None:
    if said.kind in _SHAPES:
        places: dict[str, Any] = dict(
            zip(_SHAPES[said.kind], map(float, said.numbers), strict=True)
        )
    else:
        pairs = zip(said.numbers[::2], said.numbers[1::2], strict=True)
        places = {"points": " ".join(f"{x:g},{y:g}" for x, y in pairs)}
    roi = _add(records, models.ROI, "ROI", image_id=number)
    text = text_of(said.text) if said.text else None
    named = {"kind": said.kind, "roi_id": roi, "index": 0, "text": text}
    _add(records, models.Shape, said.kind, **named, **places)


def _add_originals(records: Records, parent: str, number: int, originals: Originals) -> None:
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


def _add_plate(records: Records, said: PlateFacts) -> None:
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
            **_measured("position_x", one.x_um, "µm", finite),
            **_measured("position_y", one.y_um, "µm", finite),
        )
