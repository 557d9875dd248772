"""Parts of images leave as images of their own, and come back as these."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

from app.exported import export_things
from tests.app.exported import (
    World,
    document_of,
    imported,
    rich_image,
    samples_of,
    write_rich,
)
from tests.ome_equivalence import NAMESPACE

PART = {"region": "90,190,600,100", "z": "2-3", "t": "2", "c": "2"}


def said(root: Any, name: str) -> list[dict[str, str]]:
    return [dict(node.attrib) for node in root.iter(f"{{{NAMESPACE}}}{name}")]


@pytest.mark.parametrize(
    ("format_", "name"),
    [("ome-tiff", "o.ome.tiff"), ("ome-zarr", "o.ome.zarr"), ("ome-zarr", "o.ozx")],
)
def test_a_part_is_imported_again_as_what_it_is(
    world: World, other: World, tmp_path: Path, format_: str, name: str
) -> None:
    (image,) = imported(*world, write_rich(tmp_path / "rich.ome.tif"))
    export_things(*world, [("Image", image)], format_, PART, tmp_path / name, lambda _: None)

    (back,) = imported(*other, tmp_path / name)

    np.testing.assert_array_equal(
        samples_of(other, back), rich_image()[1:2, 1:2, 1:3, 190:290, 90:690]
    )
    root = etree.fromstring(document_of(*other, [("Image", back)]))
    (pixels,) = said(root, "Pixels")
    assert [pixels[f"Size{axis}"] for axis in "XYZCT"] == ["600", "100", "2", "1", "1"]
    assert [float(pixels[f"PhysicalSize{axis}"]) for axis in "XYZ"] == [0.25, 0.5, 2]
    assert [channel["Name"] for channel in said(root, "Channel")] == ["actin"]
    (rectangle,) = said(root, "Rectangle")
    assert [float(rectangle[key]) for key in ("X", "Y", "Width", "Height")] == [10, 10, 50, 60]
    assert rectangle["TheZ"] == "0"
    assert [shape["Points"] for shape in said(root, "Polygon")] == ["20,20 30,20 25,30"]
    assert said(root, "Point") == []
    (plane,) = said(root, "Plane")
    assert (plane["TheZ"], plane["TheC"], plane["TheT"]) == ("1", "0", "0")
    assert float(plane["DeltaT"]) == 33
