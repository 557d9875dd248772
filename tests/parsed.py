"""Builders of what readers find: filesets with OME metadata, without files."""

import datetime as dt
from pathlib import Path
from typing import Any

from ome_types.model import Channel, Image, Pixels, Pixels_DimensionOrder, PixelType, Plane

from store.importing.parsed import ParsedBlock, ParsedFile, ParsedFileset, ParsedImage
from store.pixels.source import PixelsShape

ACQUIRED = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


def parsed_fileset(
    *names: str, images: int = 2, folder: str = "/data/run 1", mtime_ns: int = 10**18, **image: Any
) -> ParsedFileset:
    """Describe a fileset of some files (one if not named) and images."""
    root = Path(folder)
    files = tuple(
        ParsedFile(root / name, 1000 + i, mtime_ns)
        for i, name in enumerate(names or ("a.ome.tif",))
    )
    return ParsedFileset(
        format="OME-TIFF",
        root=root,
        files=files,
        images=tuple(parsed_image(series, **image) for series in range(images)),
        ome=None,
    )


def parsed_image(
    series: int = 0,
    *,
    shape: PixelsShape | None = None,
    channels: list[Channel] | None = None,
    planes: list[Plane] | None = None,
    name: str | None = None,
    **more: Any,
) -> ParsedImage:
    """Describe an image of two channels, or of the shape and channels given."""
    shape = shape or PixelsShape(t=1, c=2, z=3, y=40, x=50)
    if channels is None:
        channels = [Channel(name=f"C{c}", samples_per_pixel=1) for c in range(shape.c)]
    pixels = Pixels(
        dimension_order=Pixels_DimensionOrder.XYZCT,
        type=PixelType.UINT16,
        size_x=shape.x,
        size_y=shape.y,
        size_z=shape.z,
        size_c=shape.c,
        size_t=shape.t,
        physical_size_x=0.5,
        physical_size_y=0.5,
        channels=channels,
        planes=planes or [],
    )
    return ParsedImage(
        series=series,
        name=f"Series {series}" if name is None else name,
        ome=Image(pixels=pixels, acquisition_date=ACQUIRED, description="As found", **more),
        pixel_type="uint16",
        shape=shape,
        rgb=False,
        content_id=f"{series:064x}",
        storage={"reader": "tiff", "levels": [[50, 40]]},
        blocks=(
            ParsedBlock(level=0, first_plane=0, plane_count=4, data=b"first"),
            ParsedBlock(level=0, first_plane=4, plane_count=2, data=b"second"),
        ),
    )
