"""Builders of what readers find: filesets with their documents, without files."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from store import models
from store.documents.reading import blank
from store.documents.records import Records
from store.importing.parsed import ParsedBlock, ParsedFile, ParsedFileset, ParsedImage
from store.pixels.source import PixelsShape

ACQUIRED = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
TWO = PixelsShape(t=1, c=2, z=3, y=40, x=50)

type Columns = Mapping[str, Any]


def parsed_fileset(
    *names: str,
    images: int = 2,
    folder: str = "/data/run 1",
    mtime_ns: int = 10**18,
    shape: PixelsShape = TWO,
    channels: Sequence[Columns] | None = None,
    planes: Sequence[Columns] = (),
    name: str | None = None,
    **image: Any,
) -> ParsedFileset:
    """Describe a fileset of some files (one if not named) and images.

    Args:
        names: Of the files.
        images: How many.
        folder: Where the files are.
        mtime_ns: When they were changed.
        shape: Of each image.
        channels: What the document says of the channels of each image; one for each C if none.
        planes: What it says of planes.
        name: Of each image.
        image: Further columns of each image in the document.
    """
    root = Path(folder)
    files = tuple(
        ParsedFile(root / name, 1000 + i, mtime_ns)
        for i, name in enumerate(names or ("a.ome.tif",))
    )
    if channels is None:
        channels = [{"name": f"C{c}", "samples_per_pixel": 1} for c in range(shape.c)]
    records = Records(root=blank("OME"))
    for series in range(images):
        about = {"acquisition_date": ACQUIRED, "description": "As found"} | image
        records.add(models.Image, blank("Image") | about)
        pixels = {"image_id": series, "dimension_order": "XYZCT"}
        sizes = {"physical_size_x": 0.5, "physical_size_y": 0.5}
        units = dict.fromkeys(("physical_size_x_unit", "physical_size_y_unit"), "µm")
        records.add(models.Pixels, blank("Pixels") | pixels | sizes | units)
        for index, channel in enumerate(channels):
            row = {"pixels_id": series, "index": index, **channel}
            records.add(models.Channel, blank("Channel") | row)
        for plane in planes:
            records.add(models.Plane, blank("Plane") | {"pixels_id": series, **plane})
    found = tuple(parsed_image(series, shape, name) for series in range(images))
    return ParsedFileset("OME-TIFF", root, files, found, records)


def parsed_image(series: int = 0, shape: PixelsShape = TWO, name: str | None = None) -> ParsedImage:
    """Describe an image of two channels, or of the shape given."""
    return ParsedImage(
        series=series,
        name=f"Series {series}" if name is None else name,
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
