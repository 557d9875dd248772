"""Images of files without OME-XML: the little that such files say, as rows."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import models
from store.documents.reading import blank
from store.documents.records import Records
from store.importing.layout import Layout


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a file without OME-XML says of one image."""

    name: str
    acquired: dt.datetime | None = None
    description: str | None = None
    size_x_um: float | None = None
    """Width of a pixel in micrometres."""
    size_y_um: float | None = None
    size_z_um: float | None = None
    interval_s: float | None = None
    """Time between frames in seconds."""
    colors: Sequence[int] = ()
    """Signed RGBA of each channel, if the file has any."""


def records_of_facts(images: Iterable[tuple[Layout, ImageFacts]]) -> Records:
    """What is said of images, in order of series, as rows."""
    records = Records(root=blank("OME"))
    for layout, facts in images:
        said = {
            "name": facts.name,
            "acquisition_date": facts.acquired,
            "description": facts.description,
        }
        number = records.add(models.Image, blank("Image") | said)
        pixels = blank("Pixels") | {"image_id": number, "dimension_order": "XYCZT"}
        for column, value, unit in (
            ("physical_size_x", facts.size_x_um, "µm"),
            ("physical_size_y", facts.size_y_um, "µm"),
            ("physical_size_z", facts.size_z_um, "µm"),
            ("time_increment", facts.interval_s, "s"),
        ):
            if value is not None:
                pixels |= {column: value, f"{column}_unit": unit}
        records.add(models.Pixels, pixels)
        for index, color in enumerate(facts.colors[: layout.groups]):
            channel = {"pixels_id": number, "index": index, "color": color}
            records.add(models.Channel, blank("Channel") | channel)
    return records
