"""What the computed fields of types say: units, labels of wells, pairs, ratings, tag sets, runs."""

from typing import Any

import pytest

from schema.build import GraphQL
from schema.types.screens import well_label
from store import models
from store.access import Viewer
from store.database import Database
from store.models.annotations import RATING_NAMESPACE, TAG_SET_NAMESPACE
from tests.build import hierarchy

pytestmark = pytest.mark.usefixtures("large")


@pytest.fixture
def owned(database: Database, viewer: Viewer) -> dict[str, int]:
    """Columns of rows that belong as the rows of a small hierarchy do."""
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=1)
        image = session.get_one(models.Image, 1)
        names = ("owner_id", "group_id", "creation_event_id", "update_event_id")
        return {name: getattr(image, name) for name in names}


def answered(database: Database, viewer: Viewer, text: str) -> Any:
    """Answer a document in both ways; they must agree."""
    graphql = GraphQL(database)
    planned = graphql.answer(viewer, text)
    ordinary = graphql.answer(viewer, text, planned=False)
    assert planned["data"] == ordinary["data"]
    places = [
        sorted((error["message"], error["path"]) for error in answer.get("errors", ()))
        for answer in (planned, ordinary)
    ]
    assert places[0] == places[1]
    return planned


def attach(session: Any, owned: dict[str, int], annotation: Any, kind: str, key: int) -> Any:
    """Put an annotation on an object."""
    session.add(annotation)
    session.flush()
    link = models.AnnotationLink(parent_type=kind, parent_id=key, child_id=annotation.id, **owned)
    session.add(link)
    return annotation


def test_quantities_are_given_in_the_unit_that_is_asked_for(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        pixels = session.get_one(models.Pixels, 1)
        pixels.physical_size_x, pixels.physical_size_x_unit = 0.065, "µm"
        session.add(
            models.ImagingEnvironment(image_id=1, temperature=37, temperature_unit="°C", **owned)
        )

    image = answered(
        database,
        viewer,
        """{ image(id: "Image:1") {
          pixels { physicalSizeX { value unit in(unit: NANOMETER) inch: in(unit: INCH) } }
          imagingEnvironment { temperature { value in(unit: FAHRENHEIT) } } } }""",
    )["data"]["image"]

    assert image["pixels"]["physicalSizeX"] == {
        "value": 0.065,
        "unit": "µm",
        "in": 65.0,
        "inch": pytest.approx(0.065e-3 / 25.4),
    }
    assert image["imagingEnvironment"]["temperature"] == {"value": 37.0, "in": 98.6}


def test_a_length_in_pixels_is_no_length_in_micrometres(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        pixels = session.get_one(models.Pixels, 1)
        pixels.physical_size_x, pixels.physical_size_x_unit = 2, "pixel"

    answer = answered(
        database,
        viewer,
        """{ image(id: "Image:1") { pixels { physicalSizeX { value in(unit: MICROMETER) } } } }""",
    )

    assert answer["data"]["image"]["pixels"]["physicalSizeX"] == {"value": 2.0, "in": None}
    (error,) = answer["errors"]
    assert error["path"] == ["image", "pixels", "physicalSizeX", "in"]
    assert error["extensions"]["code"] == "invalid_input"
    assert "pixel cannot be converted to µm" in error["message"]


@pytest.mark.parametrize(
    ("row", "column", "rows", "columns", "label"),
    [
        (0, 0, None, None, "A01"),
        (1, 6, "letter", "number", "B07"),
        (26, 47, "letter", "number", "AA48"),
        (1, 6, "number", "number", "2-7"),
        (1, 6, "number", "letter", "2G"),
        (1, 6, "letter", "letter", "B-G"),
    ],
)
def test_wells_are_called_by_the_conventions_of_their_plate(
    row: int, column: int, rows: str | None, columns: str | None, label: str
) -> None:
    assert well_label(row, column, rows, columns) == label


def test_wells_of_several_plates_are_called_by_the_conventions_of_their_own(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        for convention in ("letter", "number"):
            plate = models.Plate(name="p", row_naming_convention=convention, **owned)
            session.add(plate)
            session.flush()
            session.add(models.Well(plate_id=plate.id, row=2, column=3, **owned))

    plates = answered(
        database, viewer, "{ plates { nodes { wellCount wells { nodes { label } } } } }"
    )["data"]["plates"]["nodes"]

    labels = [[well["label"] for well in plate["wells"]["nodes"]] for plate in plates]
    assert labels == [["C04"], ["3-4"]]


def test_pairs_of_all_map_annotations_are_listed_with_their_numbers(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        for namespace, value in (("a", "37 °C"), ("b", "none")):
            made = models.MapAnnotation(namespace=namespace, **owned)
            attach(session, owned, made, "Image", 1)
            pair = models.MapPair(annotation_id=made.id, index=0, key="T", value=value)
            pair.key_key, pair.value_key = "t", value
            pair.number, pair.unit = (37.0, "°C") if namespace == "a" else (None, None)
            session.add(pair)

    image = answered(
        database,
        viewer,
        """{ image(id: "Image:1") { keyValues {
          key value number unit namespace annotation { id pairs { value } } } } }""",
    )["data"]["image"]

    first, second = image["keyValues"]
    assert first == {
        "key": "T",
        "value": "37 °C",
        "number": 37.0,
        "unit": "°C",
        "namespace": "a",
        "annotation": {"id": "MapAnnotation:1", "pairs": [{"value": "37 °C"}]},
    }
    assert (second["number"], second["unit"], second["namespace"]) == (None, None, "b")


def test_ratings_are_counted_and_averaged_and_ones_own_is_told(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        other = models.Experimenter(user_name="other")
        session.add(other)
        session.flush()
        for stars, owner in ((2, viewer.experimenter_id), (5, other.id)):
            values = {**owned, "owner_id": owner}
            made = models.LongAnnotation(namespace=RATING_NAMESPACE, long_value=stars, **values)
            attach(session, values, made, "Image", 1)
        attach(session, owned, models.LongAnnotation(long_value=1000, **owned), "Image", 1)

    text = """{ image(id: "Image:1") { rating { mine average count } }
      project(id: "Project:1") { rating { mine average count } } }"""
    data = answered(database, viewer, text)["data"]

    assert data["image"]["rating"] == {"mine": 2, "average": 3.5, "count": 2}
    assert data["project"]["rating"] == {"mine": None, "average": None, "count": 0}


def test_a_tag_set_lists_its_tags_and_a_tag_its_sets(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        tags = models.TagAnnotation(namespace=TAG_SET_NAMESPACE, text_value="phases", **owned)
        session.add(tags)
        session.flush()
        tag = models.TagAnnotation(text_value="mitosis", **owned)
        attach(session, owned, tag, "Annotation", tags.id)
        session.add(
            models.AnnotationLink(parent_type="Image", parent_id=1, child_id=tag.id, **owned)
        )

    image = answered(
        database,
        viewer,
        """{ image(id: "Image:1") { tags { textValue isTagSet linkCount images { nodes { id } }
          tagSets { textValue isTagSet tags { textValue } } } } }""",
    )["data"]["image"]

    assert image["tags"] == [
        {
            "textValue": "mitosis",
            "isTagSet": False,
            "linkCount": 2,
            "images": {"nodes": [{"id": "Image:1"}]},
            "tagSets": [
                {"textValue": "phases", "isTagSet": True, "tags": [{"textValue": "mitosis"}]}
            ],
        }
    ]


def test_a_run_names_what_it_read_and_made_of_any_type(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        run = models.Run(name="segment", parameters=[["sigma", "2 µm"]], **owned)
        roi = models.ROI(image_id=1, **owned)
        tag = models.TagAnnotation(text_value="done", **owned)
        session.add_all([run, roi, tag])
        session.flush()
        for role, kind, key in (
            ("input", "Image", 1),
            ("output", "ROI", roi.id),
            ("output", "Annotation", tag.id),
            ("output", "Image", 999),
        ):
            values = {"run_id": run.id, "role": role, "object_type": kind, "object_id": key}
            session.add(models.RunLink(**values, **owned))

    data = answered(
        database,
        viewer,
        """{ runs { nodes { parameters { key number unit }
          inputs { nodes { object { id } } } outputs { nodes { role object { id } } } } }
          image(id: "Image:1") { usedBy { nodes { name } } wasGeneratedBy { totalCount }
            rois { nodes { wasGeneratedBy { nodes { name } } } } } }""",
    )["data"]

    (run_,) = data["runs"]["nodes"]
    assert run_["parameters"] == [{"key": "sigma", "number": 2.0, "unit": "µm"}]
    assert [link["object"]["id"] for link in run_["inputs"]["nodes"]] == ["Image:1"]
    made = [link["object"] for link in run_["outputs"]["nodes"]]
    assert made == [{"id": "ROI:1"}, {"id": "TagAnnotation:1"}, None]
    assert data["image"]["usedBy"]["nodes"] == [{"name": "segment"}]
    assert data["image"]["wasGeneratedBy"]["totalCount"] == 0
    assert data["image"]["rois"]["nodes"] == [{"wasGeneratedBy": {"nodes": [{"name": "segment"}]}}]


def test_members_of_a_group_are_shown_to_members_only(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    stranger = Viewer(experimenter_id=999)
    text = "{ experimenterGroups { nodes { memberships { totalCount nodes { leader } } } } }"

    mine = answered(database, viewer, text)["data"]["experimenterGroups"]["nodes"]
    theirs = answered(database, stranger, text)["data"]["experimenterGroups"]["nodes"]

    assert mine[0]["memberships"]["totalCount"] == len(mine[0]["memberships"]["nodes"]) == 1
    assert [group["memberships"]["totalCount"] for group in theirs] == [0] * len(theirs)


def test_what_a_file_says_beyond_the_enumerations_is_other_or_unknown(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        channel = session.get_one(models.Channel, 1)
        channel.contrast_method, channel.acquisition_mode = "Holography", "SPIM"
        session.add(models.Experiment(type="FRET Telepathy", **owned))
        session.add(models.Plate(name="p", row_naming_convention="emoji", **owned))

    data = answered(
        database,
        viewer,
        """{ image(id: "Image:1") { pixels { channels { contrastMethod acquisitionMode } } }
          experiments { nodes { types } } plates { nodes { rowNamingConvention } } }""",
    )["data"]

    (channel_,) = data["image"]["pixels"]["channels"]
    assert channel_ == {"contrastMethod": "OTHER", "acquisitionMode": "SPIM"}
    assert data["experiments"]["nodes"] == [{"types": ["FRET", "OTHER"]}]
    assert data["plates"]["nodes"] == [{"rowNamingConvention": None}]
