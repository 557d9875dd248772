"""Turns what readers say of images and plates into an OME document, and indexes their chunks."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.importing.described import (
    MAX_PLANES,
    Described,
    DescribedChannel,
    DescribedField,
    DescribedPlate,
    finite,
    positive,
    text_of,
)
from store.importing.layout import image, pixel_type
from store.importing.ome_document import records_from
from store.importing.ome_tiff import is_rgb
from store.importing.parsed import ParsedFile, ParsedFileset
from store.models import enums

if TYPE_CHECKING:
    from ome_types import OME
    from ome_types import model as ome_model

logger = logging.getLogger(__name__)

ORIGINAL_METADATA = "openmicroscopy.org/OriginalMetadata"
"""Namespace of the vendor's own keys and values."""
MAX_ORIGINALS = 2_000
_BEYOND_OME = {
    enums.PixelType.HALF: "float",
    enums.PixelType.INT64: "double",
    enums.PixelType.UINT64: "double",
}


def fileset(
    kind: str,
    root: Path,
    files: Sequence[ParsedFile],
    found: Sequence[Described],
    plate: DescribedPlate | None = None,
) -> ParsedFileset:
    """Index the chunks of images and put what is said of them into an OME document.

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
    from ome_types import OME

    ome = OME()
    images = []
    for series, one in enumerate(found):
        described = _image(one, series)
        _add_instrument(ome, described, one, series)
        _add_originals(ome, described, one.originals, f"Annotation:{series}")
        ome.images.append(described)
        rgb = is_rgb(one.layout.first.page)
        own = files if one.files is None else [files[number] for number in one.files]
        images.append(image(one.layout, series, described, own, rgb))
    if plate is not None:
        _add_plate(ome, plate)
    name = files[0].path.name
    return ParsedFileset(kind, root, tuple(files), tuple(images), records_from(ome, name))


def _image(one: Described, series: int) -> "ome_model.Image":
    from ome_types.model import Image, Pixels, Pixels_DimensionOrder, PixelType

    shape = one.layout.shape
    encoding = one.layout.first.page.encoding
    found = pixel_type(encoding)
    odd = 1 < encoding.bits < 32 and encoding.bits % 8
    pixels = Pixels(
        id=f"Pixels:{series}",
        dimension_order=Pixels_DimensionOrder.XYCZT,
        type=PixelType(_BEYOND_OME.get(found, found.value)),
        significant_bits=encoding.bits if odd else None,
        size_x=shape.x,
        size_y=shape.y,
        size_z=shape.z,
        size_c=shape.c,
        size_t=shape.t,
        physical_size_x=positive(one.size_x_um),
        physical_size_y=positive(one.size_y_um),
        physical_size_z=positive(one.size_z_um),
        time_increment=positive(one.interval_s),
        channels=[_channel(one, series, group) for group in range(one.layout.groups)],
        planes=list(_planes(one)),
    )
    described = Image(id=f"Image:{series}", name=text_of(one.name)[:1000], pixels=pixels)
    if one.acquired is not None:
        described.acquisition_date = one.acquired
    if one.description:
        described.description = text_of(one.description)
    return described


def _channel(one: Described, series: int, group: int) -> "ome_model.Channel":
    from ome_types.model import Channel, Channel_ContrastMethod
    from ome_types.model.simple_types import Color

    said = one.channels[group] if group < len(one.channels) else DescribedChannel()
    channel = Channel(id=f"Channel:{series}:{group}")
    samples = one.layout.first.page.samples
    if samples > 1:
        channel.samples_per_pixel = samples
    if said.name:
        channel.name = text_of(said.name)[:255]
    if said.fluor:
        channel.fluor = text_of(said.fluor)[:255]
    if positive(said.emission_nm):
        channel.emission_wavelength = said.emission_nm
    if positive(said.excitation_nm):
        channel.excitation_wavelength = said.excitation_nm
    if said.color is not None and samples == 1:
        red, green, blue = (max(0, min(255, int(part))) for part in said.color)
        packed = (red << 24) | (green << 16) | (blue << 8) | 255
        channel.color = Color(packed - 2**32 if packed >= 2**31 else packed)
    if said.contrast:
        channel.contrast_method = Channel_ContrastMethod(said.contrast)
    return channel


def _planes(one: Described) -> Iterator["ome_model.Plane"]:
    from ome_types.model import Plane, UnitsLength

    layout = one.layout
    for said in one.planes[:MAX_PLANES]:
        if said.t >= layout.size_t or said.c >= layout.groups or said.z >= layout.size_z:
            continue
        facts: dict[str, Any] = {
            "delta_t": finite(said.delta_t_s),
            "exposure_time": finite(said.exposure_s),
        }
        for axis, place in (("x", said.x_um), ("y", said.y_um), ("z", said.z_um)):
            if finite(place) is not None:
                facts[f"position_{axis}"] = place
                facts[f"position_{axis}_unit"] = UnitsLength.MICROMETER
        if any(value is not None for value in facts.values()):
            samples = layout.first.page.samples
            yield Plane(the_t=said.t, the_c=said.c * samples, the_z=said.z, **facts)


def _add_instrument(ome: "OME", described: "ome_model.Image", one: Described, series: int) -> None:
    from ome_types.model import (
        Instrument,
        InstrumentRef,
        Microscope,
        Objective,
        Objective_Immersion,
        ObjectiveSettings,
    )

    said = one.objective
    if said is None and not (one.maker or one.microscope or one.serial):
        return
    instrument = Instrument(id=f"Instrument:{series}")
    facts = {"manufacturer": one.maker, "model": one.microscope, "serial_number": one.serial}
    known: dict[str, Any] = {name: text_of(value)[:255] for name, value in facts.items() if value}
    if known:
        instrument.microscope = Microscope(**known)
    if said is not None:
        objective = Objective(
            id=f"Objective:{series}:0",
            model=text_of(said.model)[:255] if said.model else None,
            lens_na=positive(said.na),
            nominal_magnification=positive(said.magnification),
        )
        if said.immersion:
            objective.immersion = Objective_Immersion(said.immersion)
        instrument.objectives.append(objective)
        described.objective_settings = ObjectiveSettings(id=objective.id)
    ome.instruments.append(instrument)
    described.instrument_ref = InstrumentRef(id=instrument.id)


def _add_originals(ome: "OME", holder: Any, originals: Sequence[tuple[str, str]], key: str) -> None:
    """Tie the vendor's own keys and values to an image or well."""
    from ome_types.model import AnnotationRef, Map, MapAnnotation

    kept = [(text_of(name)[:255], text_of(value)) for name, value in originals[:MAX_ORIGINALS]]
    pairs = [Map.M(k=name, value=value) for name, value in kept if name]
    if not pairs:
        return
    if len(originals) > MAX_ORIGINALS:
        facts = {"kept": MAX_ORIGINALS, "left_out": len(originals) - MAX_ORIGINALS}
        logger.info("parts of the vendor's metadata left out", extra=facts)
    note = MapAnnotation(id=key, namespace=ORIGINAL_METADATA, value=Map(ms=pairs))
    if ome.structured_annotations is None:
        from ome_types.model import StructuredAnnotations

        ome.structured_annotations = StructuredAnnotations()
    ome.structured_annotations.map_annotations.append(note)
    holder.annotation_refs.append(AnnotationRef(id=note.id))


def _add_plate(ome: "OME", said: DescribedPlate) -> None:
    from ome_types.model import Plate, PlateAcquisition, Well, WellSampleRef

    plate = Plate(
        id="Plate:0",
        name=text_of(said.name)[:1000],
        rows=said.rows,
        columns=said.columns,
        description=text_of(said.description) if said.description else None,
        external_identifier=text_of(said.identifier)[:255] if said.identifier else None,
    )
    _add_originals(ome, plate, said.originals, "Annotation:Plate:0")
    runs = [
        PlateAcquisition(id=f"PlateAcquisition:{number}", name=text_of(name)[:255])
        for number, name in enumerate(said.runs)
    ]
    for run, start in zip(runs, said.started, strict=False):
        if start is not None:
            run.start_time = start
    wells: dict[tuple[int, int], Well] = {}
    for number, one in enumerate(sorted(said.fields, key=lambda one: (one.row, one.column))):
        place = (one.row, one.column)
        if place not in wells:
            key = f"Well:{len(wells)}"
            wells[place] = Well(id=key, row=one.row, column=one.column)
            pairs = said.wells.get(place, ())
            _add_originals(ome, wells[place], pairs, f"Annotation:{key}")
        sample = _sample(one, number)
        wells[place].well_samples.append(sample)
        if one.run < len(runs):
            runs[one.run].well_sample_refs.append(WellSampleRef(id=sample.id))
    plate.wells = list(wells.values())
    plate.plate_acquisitions = runs
    ome.plates.append(plate)


def _sample(one: DescribedField, number: int) -> "ome_model.WellSample":
    from ome_types.model import ImageRef, UnitsLength, WellSample

    facts: dict[str, Any] = {}
    for axis, place in (("x", one.x_um), ("y", one.y_um)):
        if finite(place) is not None:
            facts |= {f"position_{axis}": place, f"position_{axis}_unit": UnitsLength.MICROMETER}
    return WellSample(
        id=f"WellSample:{number}",
        index=number,
        image_ref=ImageRef(id=f"Image:{one.image}"),
        **facts,
    )
