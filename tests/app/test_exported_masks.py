"""Masks that were drawn here leave in OME-XML as they are."""

import base64
import zlib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from store.edits.rois import NewROI, create_rois
from tests.app.exported import World, check_valid, document_of, imported
from tests.images import make_image, write_ome
from tests.ome_equivalence import NAMESPACE

BITS = bytes(range(8))
MASK = {"kind": "Mask", "x": 3.0, "y": 5.0, "width": 21.0, "height": 3.0}


@pytest.mark.parametrize(
    ("mask", "compression"),
    [
        ({"mask": BITS}, None),
        ({"mask": zlib.compress(BITS), "mask_compression": "zlib"}, "zlib"),
    ],
)
def test_a_mask_that_was_drawn_keeps_its_bits(
    world: World, tmp_path: Path, mask: dict[str, Any], compression: str | None
) -> None:
    (image,) = imported(*world, write_ome(tmp_path / "a.ome.tif", make_image((1, 1, 1, 9, 30))))
    micrograph, viewer = world
    with micrograph.database.writing() as session:
        create_rois(session, viewer, [NewROI(image, [MASK | mask])])

    document = document_of(*world, [("Image", image)])

    check_valid(document)
    (found,) = etree.fromstring(document).findall(f".//{{{NAMESPACE}}}Mask/{{{NAMESPACE}}}BinData")
    assert base64.b64decode(found.text or "") == mask["mask"]
    assert (found.get("Length"), found.get("Compression")) == ("8", compression)
