"""What tests of exports share: data folders with rich images, and documents to be compared."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from lxml import etree

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.settings import Settings
from store.access import Viewer
from store.exporting.ome_document import export_document
from store.importing.sandbox import Sandbox
from store.queries.people import viewer_by_experimenter
from tests.images import make_image, values_of
from tests.ome_equivalence import NAMESPACE

DATA = Path(
    os.environ.get("MICROGRAPH_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
)
SCHEMA = DATA / "ome-xml" / "schema" / "ome.xsd"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real test data at {DATA}")

RICH = f"""<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="{NAMESPACE}" Creator="a test">
  <Experimenter ID="Experimenter:0" LastName="Curie"/>
  <Instrument ID="Instrument:0"><Detector ID="Detector:0" Model="Cam"/>
    <Objective ID="Objective:0" NominalMagnification="40" LensNA="1.3" Immersion="Oil"/></Instrument>
  <Image ID="Image:0" Name="rich µ"><AcquisitionDate>2026-01-02T03:04:05</AcquisitionDate>
    <ExperimenterRef ID="Experimenter:0"/><Description>a &lt;cell&gt;</Description>
    <InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0" RefractiveIndex="1.5"/>
    <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="1100" SizeY="700" SizeZ="3"
      SizeC="2" SizeT="2" PhysicalSizeX="0.25" PhysicalSizeY="0.5" PhysicalSizeZ="2"
      TimeIncrement="30"><Channel ID="Channel:0" Name="DNA" Color="65535" EmissionWavelength="461"/>
      <Channel ID="Channel:1" Name="actin" Color="16711935">
      <DetectorSettings ID="Detector:0" Gain="2"/></Channel><TiffData/>
      <Plane TheZ="0" TheC="1" TheT="0" DeltaT="3" PositionX="7"/>
      <Plane TheZ="2" TheC="1" TheT="1" DeltaT="33"><AnnotationRef ID="Annotation:0"/></Plane>
    </Pixels>
    <ROIRef ID="ROI:0"/><ROIRef ID="ROI:1"/>
    <AnnotationRef ID="Annotation:0"/><AnnotationRef ID="Annotation:1"/>
    <AnnotationRef ID="Annotation:2"/></Image>
  <StructuredAnnotations>
    <LongAnnotation ID="Annotation:2" Namespace="openmicroscopy.org/omero/insight/rating">
      <Value>4</Value></LongAnnotation>
    <TagAnnotation ID="Annotation:0"><Value>mitosis</Value></TagAnnotation>
    <MapAnnotation ID="Annotation:1" Namespace="gene"><Value><M K="gene">CDK5RAP2</M>
      <M K="dose">3 µM</M></Value></MapAnnotation>
  </StructuredAnnotations>
  <ROI ID="ROI:0" Name="cell"><Union>
    <Rectangle ID="Shape:0" X="100" Y="200" Width="50" Height="60" TheZ="1"/>
    <Polygon ID="Shape:1" Points="110,210 120,210 115,220" TheC="1"/></Union></ROI>
  <ROI ID="ROI:1"><Union><Point ID="Shape:2" X="1000" Y="650" TheT="1"/></Union></ROI>
</OME>"""


def rich_image() -> np.ndarray:
    """Samples of the image that `RICH` describes, shape (T, C, Z, Y, X)."""
    return make_image((2, 2, 3, 700, 1100))


def write_rich(path: Path) -> Path:
    """Write an OME-TIFF that says something of everything."""
    with tifffile.TiffWriter(path, ome=False) as writer:
        for number, plane in enumerate(rich_image().reshape(-1, 700, 1100)):
            said = RICH.encode() if number == 0 else None
            writer.write(
                plane, description=said, metadata=None, tile=(256, 256), compression="zlib"
            )
    return path


type World = tuple[Micrograph, Viewer]
"""A started Micrograph with its administrator."""


def opened(folder: Path, template: Path, sandbox: Sandbox) -> World:
    """Start a Micrograph of its own, whose database begins as a copy of a current one."""
    folder.mkdir()
    shutil.copy(template, folder / "micrograph.sqlite")
    micrograph = Micrograph(Settings(data=folder).completed(), sandbox)
    micrograph.start()
    with micrograph.database.reading() as session:
        return micrograph, viewer_by_experimenter(session, micrograph.administrator_id)


def samples_of(world: World, image: int, level: int = 0) -> np.ndarray:
    """All samples of a level, shape (T, C, Z, Y, X)."""
    micrograph, viewer = world
    with micrograph.database.reading() as session:
        source = micrograph.images.find(session, viewer, image).source
    return values_of(source, level)


def imported(
    micrograph: Micrograph,
    viewer: Viewer,
    *paths: Path,
    dataset: str | None = None,
    project: str | None = None,
) -> list[int]:
    """Import files or folders and return the images' ids."""
    filesets = find_files(paths, [], micrograph.sandbox).filesets
    target = Target(dataset, project)
    outcomes = list(import_filesets(micrograph, viewer, filesets, target, statistics=False))
    assert [one.message for one in outcomes if one.state == "failed"] == []
    assert outcomes
    return [image for one in outcomes for image in one.images]


def document_of(micrograph: Micrograph, viewer: Viewer, roots: Sequence[tuple[str, int]]) -> bytes:
    """The OME-XML of some rows, as the database has them."""
    with micrograph.database.reading() as session:
        return b"".join(export_document(session, viewer, roots))


def without_storage(document: bytes) -> bytes:
    """A document without what says how samples are stored, and by which program."""
    root = etree.fromstring(document)
    for name in ("UUID", "Creator"):
        root.attrib.pop(name, "")
    for pixels in root.iter(f"{{{NAMESPACE}}}Pixels"):
        for name in ("BigEndian", "Interleaved", "DimensionOrder"):
            pixels.attrib.pop(name, "")
        for name in ("TiffData", "BinData", "MetadataOnly"):
            for node in pixels.findall(f"{{{NAMESPACE}}}{name}"):
                pixels.remove(node)
        for channel in pixels.findall(f"{{{NAMESPACE}}}Channel"):
            channel.attrib.pop("SamplesPerPixel", "")
    return etree.tostring(root)


def check_valid(document: bytes) -> None:
    """Compare a document with the schema, where that is here."""
    if SCHEMA.exists():
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(document))
