"""Images of files without OME-XML: the little that such files say, as rows or as ome-types."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import models
from store.documents.reading import blank
from store.documents.records import Records
from store.importing.layout import Layout

if TYPE_CHECKING:
    from ome_types.model import Image


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


def new_image(series: int, facts: ImageFacts, layout: Layout) -> "Image":
    """An image as ome-types has it, for readers that find more than `ImageFacts` has room for.

    They add to it, and `store.importing.ome_document.records_from` makes rows of the whole.
    """
    from ome_types.model import Channel, Image, Pixels, Pixels_DimensionOrder, PixelType
    from ome_types.model.simple_types import Color

    shape = layout.shape
    pixels = Pixels(
        id=f"Pixels:{series}",
        dimension_order=Pixels_DimensionOrder.XYCZT,
        type=PixelType.UINT8,  # put right when the fileset is registered
        size_x=shape.x,
        size_y=shape.y,
        size_z=shape.z,
        size_c=shape.c,
        size_t=shape.t,
        physical_size_x=facts.size_x_um,
        physical_size_y=facts.size_y_um,
        physical_size_z=facts.size_z_um,
        time_increment=facts.interval_s,
    )
    colors = [*facts.colors[: layout.groups], *[None] * layout.groups][: layout.groups]
    for number, color in enumerate(colors):
        channel = Channel(id=f"Channel:{series}:{number}")
        if color is not None:
            channel.color = Color(color)
        pixels.channels.append(channel)
    image = Image(id=f"Image:{series}", name=facts.name, pixels=pixels)
    if facts.acquired is not None:
        image.acquisition_date = facts.acquired
    if facts.description:
        image.description = facts.description
    return image
