import os
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.documents import ImportedDocument, import_document
from store.exporting.ome_document import export_document
from tests.conftest import Statements
from tests.ome_equivalence import NAMESPACE, differences, said
from tests.ome_generator import generate

DATA = Path(
    os.environ.get("MICROGRAPH_TEST_DATA") or Path(__file__).parents[3].parent / "shared" / "data"
)
SAMPLES = sorted((DATA / "ome-xml" / "samples").glob("*.xml"))
SCHEMA = DATA / "ome-xml" / "schema" / "ome.xsd"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema | None:
    """The schema of OME-XML, where it is there."""
    return etree.XMLSchema(etree.parse(SCHEMA)) if SCHEMA.exists() else None


def imported(database: Database, viewer: Viewer, document: bytes) -> ImportedDocument:
    with database.writing() as session:
        return import_document(session, viewer, document)


def exported(database: Database, viewer: Viewer, *roots: tuple[str, int]) -> bytes:
    with database.reading() as session:
        return b"".join(export_document(session, viewer, roots))


def round_trip(database: Database, viewer: Viewer, document: bytes) -> bytes:
    made = imported(database, viewer, document)
    assert made.notes == ()
    return exported(database, viewer, ("Fileset", made.fileset_id))


def check_valid(schema: etree.XMLSchema | None, document: bytes) -> None:
    if schema is not None:
        schema.assertValid(etree.fromstring(document))


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES, reason=f"there are no sample documents in {DATA}")
def test_every_sample_comes_back_as_an_equivalent_valid_document(
    database: Database, viewer: Viewer, schema: etree.XMLSchema | None
) -> None:
    for sample in SAMPLES:
        document = sample.read_bytes()

        got = round_trip(database, viewer, document)

        assert differences(document, got) == [], sample.name
        check_valid(schema, got)
    assert len(SAMPLES) == 32


def test_a_document_with_every_element_and_attribute_comes_back(
    database: Database, viewer: Viewer, schema: etree.XMLSchema | None
) -> None:
    document = generate(1, full=True)
    check_valid(schema, document)

    got = round_trip(database, viewer, document)

    assert differences(document, got) == []
    check_valid(schema, got)


@pytest.mark.slow
def test_any_document_comes_back(
    database: Database, viewer: Viewer, schema: etree.XMLSchema | None
) -> None:
    for seed in range(12):
        document = generate(seed)
        check_valid(schema, document)

        got = round_trip(database, viewer, document)

        assert differences(document, got) == [], seed
        check_valid(schema, got)


def test_a_change_of_an_attribute_is_a_difference() -> None:
    """The comparison that these tests rest on is no rubber stamp; some of each, by chance."""
    document = generate(2, full=True)
    before = said(document)
    root: Any = etree.fromstring(document)
    places = {
        (etree.QName(node).localname, attribute): (node, attribute)
        for node in root.iter(etree.Element)
        for attribute, text in node.items()
        if attribute != "ID" and not is_default(attribute, text)
    }
    for key in random.Random(0).sample(sorted(places), 15):
        node, attribute = places[key]
        text = node.attrib.pop(attribute)
        assert said(etree.tostring(root)) != before, key
        node.set(attribute, text)


def is_default(attribute: str, text: str) -> bool:
    return attribute.endswith("Unit") or text in ("none", "0", "-1")


@pytest.mark.parametrize("name", ["AnnotationRef", "Pump", "M", "Rectangle", "Plane", "Leader"])
def test_the_loss_of_an_element_is_a_difference(name: str) -> None:
    document = generate(3, full=True)
    root: Any = etree.fromstring(document)
    lost = next(root.iter(f"{{{NAMESPACE}}}{name}"))
    lost.getparent().remove(lost)

    assert said(etree.tostring(root)) != said(document)


def test_two_exports_of_one_import_are_the_same_bytes(database: Database, viewer: Viewer) -> None:
    made = imported(database, viewer, generate(4))
    root = ("Fileset", made.fileset_id)

    assert exported(database, viewer, root) == exported(database, viewer, root)


def test_the_number_of_statements_does_not_grow_with_the_document(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    def plate(wells: int) -> bytes:
        inside = "".join(
            f'<Well ID="Well:{n}" Row="0" Column="{n}"><AnnotationRef ID="Annotation:{n}"/></Well>'
            for n in range(wells)
        )
        notes = "".join(
            f'<TagAnnotation ID="Annotation:{n}"><Value>{n}</Value></TagAnnotation>'
            for n in range(wells)
        )
        return (
            f'<OME xmlns="{NAMESPACE}"><Plate ID="Plate:0">{inside}</Plate>'
            f"<StructuredAnnotations>{notes}</StructuredAnnotations></OME>"
        ).encode()

    imported(database, viewer, plate(3))
    for wells in (1, 200):
        # Three tables are written; PostgreSQL's COPY is no statement that is counted.
        with statements(database, 16 if database.engines[0].dialect.name == "sqlite" else 12):
            made = imported(database, viewer, plate(wells))
        with statements(database, 24):
            exported(database, viewer, ("Fileset", made.fileset_id))


def test_an_image_is_exported_with_what_it_was_made_with_and_nothing_else(
    database: Database, viewer: Viewer
) -> None:
    document = f"""<OME xmlns="{NAMESPACE}">
      <Project ID="Project:0" Name="p"><DatasetRef ID="Dataset:0"/></Project>
      <Dataset ID="Dataset:0" Name="d"><ImageRef ID="Image:0"/><ImageRef ID="Image:1"/></Dataset>
      <Instrument ID="Instrument:0"><Objective ID="Objective:0" Model="used"/></Instrument>
      <Image ID="Image:0" Name="one"><InstrumentRef ID="Instrument:0"/>
        <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="1" SizeY="1" SizeZ="1"
         SizeC="1" SizeT="1"><MetadataOnly/></Pixels><AnnotationRef ID="Annotation:0"/></Image>
      <Image ID="Image:1" Name="two">
        <Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" SizeX="1" SizeY="1" SizeZ="1"
         SizeC="1" SizeT="1"><MetadataOnly/></Pixels></Image>
      <StructuredAnnotations><TagAnnotation ID="Annotation:0"><Value>t</Value></TagAnnotation>
      </StructuredAnnotations></OME>""".encode()
    made = imported(database, viewer, document)

    root = etree.fromstring(exported(database, viewer, ("Image", made.ids["Image"][0])))

    top = [etree.QName(node).localname for node in root]
    assert top == ["Instrument", "Image", "StructuredAnnotations"]
    root = etree.fromstring(exported(database, viewer, ("Project", made.ids["Project"][0])))
    assert [node.get("Name") for node in root if node.tag.endswith("}Image")] == ["one", "two"]


def test_a_region_of_two_images_is_copied_for_each(database: Database, viewer: Viewer) -> None:
    image = (
        '<Image ID="Image:{0}"><Pixels ID="Pixels:{0}" DimensionOrder="XYZCT" Type="uint8"'
        ' SizeX="9" SizeY="9" SizeZ="1" SizeC="1" SizeT="1"><MetadataOnly/></Pixels>'
        '<ROIRef ID="ROI:0"/></Image>'
    )
    document = (
        f'<OME xmlns="{NAMESPACE}">{image.format(0)}{image.format(1)}<ROI ID="ROI:0"><Union>'
        '<Rectangle ID="Shape:0" X="1" Y="2" Width="3" Height="4"/></Union></ROI></OME>'
    ).encode()

    made = imported(database, viewer, document)

    with database.reading() as session:
        shapes = session.execute(
            sa.select(models.ROI.image_id, models.Shape.image_id, models.Shape.max_y).join(
                models.Shape, models.Shape.roi_id == models.ROI.id
            )
        ).all()
    assert sorted(shapes) == [(image, image, 6.0) for image in made.ids["Image"]]


def test_a_document_is_imported_once(database: Database, viewer: Viewer) -> None:
    document = generate(5)
    first = imported(database, viewer, document)

    again = imported(database, viewer, document)

    assert again.already
    assert again.fileset_id == first.fileset_id


def test_screens_and_experiments_make_protocols(database: Database, viewer: Viewer) -> None:
    document = (
        f'<OME xmlns="{NAMESPACE}"><Experiment ID="Experiment:0" Type="FRET TimeLapse">'
        '<Description>bleach</Description></Experiment><Screen ID="Screen:0" Name="s" '
        'ProtocolIdentifier="doi:1" ProtocolDescription="stain"/></OME>'
    ).encode()

    imported(database, viewer, document)

    with database.reading() as session:
        rows = session.execute(
            sa.select(
                models.Protocol.type, models.Protocol.name, models.Protocol.description
            ).order_by(models.Protocol.type)
        ).all()
    assert rows == [("experiment", "FRET TimeLapse", "bleach"), ("screen", "doi:1", "stain")]


def test_a_plate_alone_is_exported_without_the_reagents_of_its_screen(
    database: Database, viewer: Viewer, schema: etree.XMLSchema | None
) -> None:
    document = f"""<OME xmlns="{NAMESPACE}">
      <Plate ID="Plate:0" Name="p"><Well ID="Well:0" Row="0" Column="0"><ReagentRef ID="Reagent:0"/>
      </Well></Plate>
      <Screen ID="Screen:0" Name="s"><Reagent ID="Reagent:0" Name="r"/><PlateRef ID="Plate:0"/>
      </Screen></OME>""".encode()
    made = imported(database, viewer, document)
    alone = exported(database, viewer, ("Plate", made.ids["Plate"][0]))
    whole = exported(database, viewer, ("Screen", made.ids["Screen"][0]))

    check_valid(schema, alone)
    assert b"Reagent" not in alone
    assert whole.count(b"<ReagentRef") == 1
    assert imported(database, viewer, alone).notes == ()
