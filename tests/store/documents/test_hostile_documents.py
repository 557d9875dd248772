from pathlib import Path

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.documents import import_document
from store.errors import StoreError, UnreadableFileError, UnsupportedError
from tests.ome_equivalence import NAMESPACE

PIXELS = (
    '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="1" SizeY="1" SizeZ="1"'
    ' SizeC="1" SizeT="1"><MetadataOnly/></Pixels>'
)


def document(inside: str) -> bytes:
    return f'<OME xmlns="{NAMESPACE}">{inside}</OME>'.encode()


LAUGHS = b"""<!DOCTYPE OME [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="&b;"/>"""
OUTSIDE = b"""<!DOCTYPE OME [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="&a;"/>"""
DEEP = document('<StructuredAnnotations><XMLAnnotation ID="Annotation:0"><Value>' + "<a>" * 5000)
TAG = '<TagAnnotation ID="Annotation:{0}">{1}<Value>t</Value></TagAnnotation>'

HOSTILE = {
    "no XML": (b"\x00\x01\x02 not XML", "cannot be read"),
    "empty": (b"", "cannot be read"),
    "another root": (b"<html/>", "not OME"),
    "entities in entities": (LAUGHS, "document type"),
    "a file from outside": (OUTSIDE, "document type"),
    "deep nesting": (DEEP, "cannot be read"),
    "a word for a number": (
        document(f'<Image ID="Image:0">{PIXELS.replace('SizeX="1"', 'SizeX="wide"')}</Image>'),
        "SizeX is 'wide', not a whole number",
    ),
    "a number that no column holds": (
        document('<Plate ID="Plate:0" Rows="99999999999"/>'),
        "Rows is '99999999999', not a whole number",
    ),
    "an unknown unit": (
        document('<Plate ID="Plate:0" WellOriginX="1" WellOriginXUnit="parsnip"/>'),
        "no unit like reference frame",
    ),
    "a value of no enumeration": (
        document('<Plate ID="Plate:0" RowNamingConvention="roman"/>'),
        "not one of letter, number",
    ),
    "an unknown element": (document("<Cat/>"), "no element Cat"),
    "an unknown attribute": (document('<Plate ID="Plate:0" Colour="1"/>'), "no attribute Colour"),
    "a reference to nothing": (
        document('<Project ID="Project:0"><DatasetRef ID="Dataset:7"/></Project>'),
        "there is no Dataset 'Dataset:7'",
    ),
    "a reference to another kind": (
        document('<Project ID="Project:0"><DatasetRef ID="Project:0"/></Project>'),
        "there is no Dataset 'Project:0'",
    ),
    "an ID used twice": (
        document('<Project ID="Project:0"/><Project ID="Project:0"/>'),
        "'Project:0' is used twice",
    ),
    "no ID": (document("<Project/>"), "has no ID"),
    "a folder in itself": (
        document(
            '<Folder ID="Folder:0"><FolderRef ID="Folder:1"/></Folder>'
            '<Folder ID="Folder:1"><FolderRef ID="Folder:0"/></Folder>'
        ),
        "a folder is in itself",
    ),
    "annotations on each other": (
        document(
            "<StructuredAnnotations>"
            + TAG.format(0, '<AnnotationRef ID="Annotation:1"/>')
            + TAG.format(1, '<AnnotationRef ID="Annotation:0"/>')
            + "</StructuredAnnotations>"
        ),
        "an annotation is on itself",
    ),
    "a laser that pumps itself": (
        document(
            '<Instrument ID="Instrument:0"><Laser ID="LightSource:0"><Pump ID="LightSource:0"/>'
            "</Laser></Instrument>"
        ),
        "a laser pumps itself",
    ),
    "text that is longer than its column": (
        document(f'<Experimenter ID="Experimenter:0" Email="{"x" * 300}"/>'),
        "300 characters; 255 can be kept",
    ),
    "no Base64": (
        document(f'<Image ID="Image:0">{PIXELS}</Image>').replace(
            b"<MetadataOnly/>", b'<BinData BigEndian="true" Length="1">%%%</BinData>'
        ),
        "not Base64",
    ),
    "two planes in one place": (
        document(f'<Image ID="Image:0">{PIXELS}</Image>').replace(
            b"<MetadataOnly/>", b"<MetadataOnly/>" + b'<Plane TheZ="0" TheT="0" TheC="0"/>' * 2
        ),
        "describes the same plane twice",
    ),
}


def test_documents_that_cannot_be_kept_leave_nothing(database: Database, viewer: Viewer) -> None:
    for what, (content, message) in HOSTILE.items():
        with pytest.raises(StoreError) as refusal, database.writing() as session:
            import_document(session, viewer, content)
        assert message in refusal.value.message, what
        assert refusal.value.remedy, what

    with database.reading() as session:
        for table in (models.Fileset, models.Project, models.Plate, models.Image, models.Person):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_errors_name_the_line(database: Database, viewer: Viewer) -> None:
    content = document('\n\n<Plate ID="Plate:0" Rows="0"/>')
    with pytest.raises(UnreadableFileError, match="line 3: Rows"), database.writing() as session:
        import_document(session, viewer, content)


def test_a_document_of_an_older_release_is_brought_to_the_newest(
    database: Database, viewer: Viewer
) -> None:
    older = document(f'<Image ID="Image:0" Name="old">{PIXELS}</Image>').replace(
        b"2016-06", b"2015-01"
    )
    with database.writing() as session:
        made = import_document(session, viewer, older)

    assert len(made.ids["Image"]) == 1


@pytest.mark.parametrize("release", ["1999-01", "2031-01"])
def test_a_document_of_an_unknown_release_names_it(
    database: Database, viewer: Viewer, release: str
) -> None:
    strange = document("").replace(b"2016-06", release.encode())
    with pytest.raises(UnsupportedError, match=release), database.writing() as session:
        import_document(session, viewer, strange)


def test_a_document_too_long_is_refused(database: Database, viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "long.ome.xml"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(UnreadableFileError, match="longer than"), database.writing() as session:
        import_document(session, viewer, path)
