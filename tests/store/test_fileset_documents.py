import os
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from lxml import etree

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.images import register_fileset
from store.exporting.ome_document import export_document
from store.importing.readers import parse
from store.importing.scan import scan
from tests.ome_equivalence import NAMESPACE

DATA = Path(
    os.environ.get("MICROGRAPH_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
)
DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="{NAMESPACE}" Creator="a test">
  <Plate ID="Plate:0" Name="P"><Well ID="Well:0" Row="0" Column="1">
    <WellSample ID="WellSample:0" Index="0"><ImageRef ID="Image:0"/></WellSample></Well></Plate>
  <Experimenter ID="Experimenter:0" LastName="Curie"/>
  <Instrument ID="Instrument:0"><Detector ID="Detector:0" Model="Cam"/></Instrument>
  <Image ID="Image:0" Name="made"><ExperimenterRef ID="Experimenter:0"/>
    <InstrumentRef ID="Instrument:0"/>
    <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="8" SizeZ="1"
      SizeC="2" SizeT="1" PhysicalSizeX="wide"><Channel ID="Channel:0"/><Channel ID="Channel:1">
      <DetectorSettings ID="Detector:0" Gain="2"/></Channel><TiffData/>
      <Plane TheZ="0" TheC="0" TheT="0"/><Plane TheZ="0" TheC="1" TheT="0" DeltaT="3">
      <AnnotationRef ID="Annotation:0"/></Plane></Pixels>
    <ROIRef ID="ROI:0"/><ROIRef ID="ROI:missing"/><AnnotationRef ID="Annotation:0"/></Image>
  <StructuredAnnotations><TagAnnotation ID="Annotation:0"><Value>t</Value></TagAnnotation>
  </StructuredAnnotations>
  <ROI ID="ROI:0"><Union><Point ID="Shape:0" X="1" Y="2"/></Union></ROI>
</OME>"""


def register(database: Database, viewer: Viewer, path: Path) -> list[int]:
    (found,) = scan([path]).filesets
    with database.writing() as session:
        return list(register_fileset(session, viewer, parse(found)).image_ids)


def test_an_ome_tiff_brings_all_that_its_document_says(
    database: Database, viewer: Viewer, tmp_path: Path
) -> None:
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=False) as writer:
        for number in range(2):
            said = DOCUMENT.encode() if number == 0 else None
            writer.write(np.zeros((8, 8), np.uint8), description=said, metadata=None)

    (image_id,) = register(database, viewer, path)

    with database.reading() as session:
        image = session.scalars(sa.select(models.Image)).one()
        person = session.scalars(sa.select(models.Person)).one()
        settings = session.scalars(sa.select(models.DetectorSettings)).one()
        channel = session.scalars(sa.select(models.Channel).where(models.Channel.index == 1)).one()
        shape = session.scalars(sa.select(models.Shape)).one()
        sample = session.scalars(sa.select(models.WellSample)).one()
        plane = session.scalars(sa.select(models.Plane)).one()
        links = session.scalars(sa.select(models.AnnotationLink)).all()
        fileset = session.scalars(sa.select(models.Fileset)).one()
    assert (image.id, image.person_id, person.last_name) == (image_id, person.id, "Curie")
    assert image.instrument_id is not None
    assert (settings.channel_id, settings.gain) == (channel.id, 2.0)
    assert shape.image_id == image_id
    assert sample.image_id == image_id
    assert (plane.the_c, plane.delta_t) == (1, 3.0)
    assert {(link.parent_type, link.parent_id) for link in links} == {
        ("Image", image_id),
        ("Plane", plane.id),
    }
    assert fileset.creator == "a test"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real test data at {DATA}")
def test_real_files_are_exported_as_valid_documents(database: Database, viewer: Viewer) -> None:
    schema = etree.XMLSchema(etree.parse(DATA / "ome-xml" / "schema" / "ome.xsd"))
    folder = DATA / "images" / "bf-generated"
    for name, table, number in (
        ("rois-all-shapes.ome.tiff", models.Shape, 8),
        ("annotations.ome.tiff", models.Annotation, 3),
        ("spw-1plate-3x4-2fields-2c.ome.tiff", models.WellSample, 24),
    ):
        images = register(database, viewer, folder / name)
        with database.reading() as session:
            rows = session.scalar(sa.select(sa.func.count()).select_from(table))
            document = b"".join(
                export_document(session, viewer, [("Image", image) for image in images])
            )
        assert rows is not None
        assert rows >= number, name
        schema.assertValid(etree.fromstring(document))
