"""What an OME-Zarr hierarchy says, as an OME-XML document."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from store.documents.mapping import NAMESPACE
from store.importing.layout import TYPES
from store.importing.zarr_images import ZarrImage
from store.importing.zarr_plates import Acquisition, ZarrPlate
from store.models.enums import PixelType

type Element = Any  # lxml publishes no types

LABELS = "ngff.openmicroscopy.org/labels"
"""Namespace of what is known of label images."""
_BEYOND_OME = {
    PixelType.HALF: "float",
    PixelType.INT64: "double",
    PixelType.UINT64: "double",
}
"""The type of OME-XML 2016-06 that holds the values of those it does not know."""
_BAD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document_of(
    images: Sequence[ZarrImage], plate: ZarrPlate | None, fields: Mapping[str, int]
) -> Element:
    """An OME-XML document of images and the plate that they are on.

    Args:
        images: In order of series.
        plate: If there is one.
        fields: Numbers of images by the paths of the plate's fields.
    """
    root = etree.Element(f"{{{NAMESPACE}}}OME")
    if plate is not None:
        _plate(root, plate, images, fields)
    add_images(root, images, 0)
    return root


def add_images(root: Element, images: Sequence[ZarrImage], first: int) -> None:
    """Append images to a document, with what is noted of them.

    Args:
        root: Of the document.
        images: In order of series.
        first: Number of the first.
    """
    for number, image in enumerate(images, first):
        _image(root, image, number)
    noted = [(number, image.notes) for number, image in enumerate(images, first) if image.notes]
    if noted:
        found = root.find(f"{{{NAMESPACE}}}StructuredAnnotations")
        annotations = _add(root, "StructuredAnnotations") if found is None else found
        for number, notes in noted:
            made = _add(annotations, "MapAnnotation", ID=_note(number), Namespace=LABELS)
            value = _add(made, "Value")
            for key, text in notes:
                _add(value, "M", K=key).text = _BAD.sub("?", text)


def _image(root: Element, image: ZarrImage, number: int) -> None:
    made = _add(root, "Image", ID=f"Image:{number}", Name=image.name)
    origin = {axis.upper(): (at, unit) for axis, at, unit in image.origin if axis in "zyx"}
    if origin:
        label = _add(made, "StageLabel", Name="OME-Zarr translation")
        for axis, (at, unit) in origin.items():
            label.set(axis, repr(at))
            label.set(f"{axis}Unit", unit)
    shape = image.shape
    pixels = _add(made, "Pixels", ID=f"Pixels:{number}", DimensionOrder="XYZCT")
    found = TYPES[image.array.dtype]
    pixels.set("Type", _BEYOND_OME.get(found, found.value))
    for axis, size in zip("TCZYX", shape.sizes, strict=True):
        pixels.set(f"Size{axis}", str(size))
    for axis, step, unit in image.sizes:
        name = "TimeIncrement" if axis == "t" else f"PhysicalSize{axis.upper()}"
        if axis != "c":
            pixels.set(name, repr(step))
            pixels.set(f"{name}Unit", unit)
    for index in range(shape.c):
        channel = _add(pixels, "Channel", ID=f"Channel:{number}:{index}")
        if index < len(image.channels):
            known = image.channels[index]
            if known.name is not None:
                channel.set("Name", _BAD.sub("?", known.name))
            if known.color is not None:
                channel.set("Color", str(known.color))
    _add(pixels, "MetadataOnly")
    if image.notes:
        _add(made, "AnnotationRef", ID=_note(number))


def _plate(
    root: Element, plate: ZarrPlate, images: Sequence[ZarrImage], fields: Mapping[str, int]
) -> None:
    made = _add(root, "Plate", ID="Plate:0", Name=plate.name)
    made.set("Rows", str(len(plate.rows)))
    made.set("Columns", str(len(plate.columns)))
    for names, convention in ((plate.rows, "Row"), (plate.columns, "Column")):
        kinds = {"number" if name.isdigit() else "letter" for name in names if name.isalnum()}
        if len(kinds) == 1:
            made.set(f"{convention}NamingConvention", kinds.pop())
    runs: dict[int | None, list[str]] = {}
    index = 0
    for number, well in enumerate(plate.wells):
        row = _add(made, "Well", ID=f"Well:{number}", Row=str(well.row), Column=str(well.column))
        row.set("ExternalIdentifier", well.path)
        for field in well.fields:
            sample = _add(row, "WellSample", ID=f"WellSample:{index}", Index=str(index))
            place = fields[field.path]
            for axis, at, unit in images[place].origin:
                if axis in "yx":
                    sample.set(f"Position{axis.upper()}", repr(at))
                    sample.set(f"Position{axis.upper()}Unit", unit)
            _add(sample, "ImageRef", ID=f"Image:{place}")
            runs.setdefault(field.acquisition, []).append(f"WellSample:{index}")
            index += 1
    for run in plate.acquisitions:
        _acquisition(made, run, runs.get(run.id, ()))


def _acquisition(plate: Element, run: Acquisition, samples: Sequence[str]) -> None:
    made = _add(plate, "PlateAcquisition", ID=f"PlateAcquisition:{run.id}")
    if run.name is not None:
        made.set("Name", _BAD.sub("?", run.name))
    if run.most_fields is not None:
        made.set("MaximumFieldCount", str(run.most_fields))
    for name, moment in (("StartTime", run.start), ("EndTime", run.end)):
        if moment is not None:
            made.set(name, dt.datetime.fromtimestamp(moment, dt.UTC).isoformat())
    if run.description is not None:
        _add(made, "Description").text = _BAD.sub("?", run.description)
    for sample in samples:
        _add(made, "WellSampleRef", ID=sample)


def _add(parent: Element, name: str, **attributes: str) -> Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in attributes.items():
        made.set(key, _BAD.sub("?", value))
    return made


def _note(number: int) -> str:
    return f"Annotation:Labels:{number}"
