"""Images as ome-types has them: made for files without OME-XML, and made to fit their pixels."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.importing.layout import Layout, pixel_type
from store.models import enums

if TYPE_CHECKING:
    from ome_types.model import Channel, Image

_BEYOND_OME = {
    enums.PixelType.HALF: "float",
    enums.PixelType.INT64: "double",
    enums.PixelType.UINT64: "double",
}
"""The type of OME-XML 2016-06 that holds the values of those it does not know."""


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


def new_image(series: int, facts: ImageFacts, layout: Layout) -> "Image":
    """An OME image for a file that has no OME-XML."""
    from ome_types.model import Channel, Image, Pixels, Pixels_DimensionOrder, PixelType
    from ome_types.model.simple_types import Color

    shape = layout.shape
    pixels = Pixels(
        id=f"Pixels:{series}",
        dimension_order=Pixels_DimensionOrder.XYCZT,
        type=PixelType.UINT8,
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
    for number, color in enumerate(facts.colors[: layout.groups]):
        pixels.channels.append(Channel(id=f"Channel:{series}:{number}", color=Color(color)))
    image = Image(id=f"Image:{series}", name=facts.name, pixels=pixels)
    if facts.acquired is not None:
        image.acquisition_date = facts.acquired
    if facts.description:
        image.description = facts.description
    return fitted(image, layout, series)


def fitted(image: "Image", layout: Layout, series: int) -> "Image":
    """The image with sizes, type and channels as the file's pages really are.

    Channels end up one for each group of interleaved samples.
    """
    from ome_types.model import PixelType

    pixels, shape = image.pixels, layout.shape
    found = pixel_type(layout.first.page.encoding)
    pixels.type = PixelType(_BEYOND_OME.get(found, found.value))
    pixels.size_x, pixels.size_y, pixels.size_z = shape.x, shape.y, shape.z
    pixels.size_c, pixels.size_t = shape.c, shape.t
    bits = layout.first.page.encoding.bits
    if pixels.significant_bits is None and 1 < bits < 32 and bits % 8:
        pixels.significant_bits = bits
    pixels.channels = _channels(pixels.channels, layout, series)
    pixels.planes = [
        plane
        for plane in pixels.planes
        if plane.the_z < shape.z and plane.the_t < shape.t and plane.the_c < shape.c
    ]
    return image


def _channels(given: Sequence["Channel"], layout: Layout, series: int) -> list["Channel"]:
    from ome_types.model import Channel

    samples = layout.first.page.samples
    channels = list(given)[: layout.groups]
    for number in range(len(channels), layout.groups):
        channels.append(Channel(id=f"Channel:{series}:{number}"))
    for channel in channels:
        if samples > 1 or channel.samples_per_pixel not in (None, 1):
            channel.samples_per_pixel = samples
    return channels
