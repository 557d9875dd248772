"""Rows of many kinds, rows of any type, and computed fields, on a small schema of their own."""

from enum import Enum
from typing import Any

import pytest
import strawberry

from schema.build import GraphQL
from schema.context import Context
from schema.execute import PlannedExecution
from schema.fields import (
    AnyOf,
    Argument,
    Column,
    Computed,
    Derived,
    Many,
    Named,
    One,
    Paged,
    entity,
    field,
    interface,
    named,
    value,
)
from schema.pagination import Connection, described
from schema.reads import Children
from schema.roots import All, NodeById, NodesById, Told
from schema.types.nodes import Node
from store import models
from store.access import Viewer
from store.database import Database
from store.errors import InvalidInputError
from tests.build import hierarchy

pytestmark = pytest.mark.usefixtures("large")

LINKS = Children(models.AnnotationLink, parent="child_id")


class Part(Enum):
    """Parts of a sample."""

    WHOLE = 1
    HALF = 2
    NONE = 0


described(Part, "Parts.", {"WHOLE": "All.", "HALF": "Half.", "NONE": "None of it."})


def divided(share: Any, part: Part) -> float:
    """Divide a share."""
    if part.value == 0:
        raise InvalidInputError(f"{share.number} cannot be divided by nothing.", "Take a half.")
    return float(share.number) / part.value


@value
class Share:
    """A number."""

    number: int = field("It.")
    by: float | None = field(
        "Divided.", Computed(divided, [Argument("part", Part, "By what.")]), init=False
    )


@value
class Mention:
    """A row that is mentioned."""

    text: str = field("How.")
    node: Node | None = field("What.", Named())
    others: list[Node | None] = field("What else.", Named())
    tag: "TagAnnotation | None" = field("If it is a tag.", Named())


def usages(context: Context, ids: Any) -> dict[int, Any]:
    """Mention each annotation itself, and image 1."""
    return {
        key: Mention(
            text=f"no. {key}",
            node=named("Annotation", key),
            others=[named("Image", 1), None, named("Image", 999), named("Annotation", key)],
            tag=named("Annotation", key),
        )
        for key in ids
    }


@entity(models.Experimenter)
class Experimenter(Node):
    """A person."""

    user_name: str | None = field("Account.")
    first_name: str | None = field("First name.")


@entity(models.Event)
class Event(Node):
    """An event."""

    type: str = field("What it was.")


@interface(models.Annotation)
class Annotation(Node):
    """An annotation."""

    namespace: str | None = field("Namespace.")
    owner: Experimenter = field("Whose it is.", One("owner_id"))
    links: Connection["AnnotationLink"] = field("Where it is.", Paged(LINKS))
    usage: Mention = field("Where.", Derived(usages, lambda found: found))
    share: Share = field("Its number.", Column(lambda key: Share(number=key), "id"))
    any: Node | None = field("Itself.", Derived(usages, lambda found: found.node))


@entity(models.TagAnnotation)
class TagAnnotation(Annotation):
    """A tag."""

    text_value: str | None = field("Text.")


@entity(models.CommentAnnotation)
class CommentAnnotation(Annotation):
    """A comment."""

    text_value: str | None = field("Text.")
    created: Event = field("When.", One("creation_event_id"))


@entity(models.AnnotationLink)
class AnnotationLink(Node):
    """A link."""

    annotation: Annotation = field("What.", One("child_id"))
    parent: Node | None = field("Where.", AnyOf("parent_type", "parent_id"))


OF_IMAGES = (("parent_type", "Image"),)


@entity(models.Image)
class Image(Node):
    """An image."""

    name: str = field("Name.")
    annotations: list[Annotation] = field(
        "All.", Many(Children(models.Annotation, models.AnnotationLink, where=OF_IMAGES), "id")
    )
    tags: Connection[TagAnnotation] = field(
        "Tags.", Paged(Children(models.TagAnnotation, models.AnnotationLink, where=OF_IMAGES))
    )


@strawberry.type(description="Root.")
class Query:
    """Root."""

    node: Node | None = field("One.", NodeById())
    nodes: list[Node | None] = field("Many.", NodesById())
    images: Connection[Image] = field("Images.", All(Children(models.Image)))
    annotations: Connection[Annotation] = field("All.", All(Children(models.Annotation)))
    told: list[Mention] = field(
        "Some.", Told(lambda context: list(usages(context, [1, 2, 99]).values()))
    )
    promised: list[Node] = field("Some.", Told(lambda _: [named("Image", 1), named("Image", 999)]))
    found: list[Node | None] = field(
        "Some.", Told(lambda _: [("Image", 2), None, ("TagAnnotation", 1), ("TagAnnotation", 2)])
    )


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    """Images 1 to 12; a tag on all, a comment on the first three and on dataset 1."""
    with database.writing() as session:
        hierarchy(session, viewer)
        image = session.get_one(models.Image, 1)
        names = ("owner_id", "group_id", "creation_event_id", "update_event_id")
        owned = {name: getattr(image, name) for name in names}
        tag = models.TagAnnotation(text_value="mitosis", **owned)
        comment = models.CommentAnnotation(text_value="look", namespace="n", **owned)
        session.add_all([tag, comment])
        session.flush()
        places = [("Image", key, tag.id) for key in range(1, 13)]
        places += [("Image", key, comment.id) for key in range(1, 4)]
        places += [("Image", 999, comment.id), ("Dataset", 1, comment.id)]
        for kind, key, child in places:
            values = {"parent_type": kind, "parent_id": key, "child_id": child}
            session.add(models.AnnotationLink(**values, **owned))
    types = [TagAnnotation, CommentAnnotation, Image]
    made = strawberry.Schema(Query, types=types, execution_context_class=PlannedExecution)
    return GraphQL(database, schema=made)


def answered(graphql: GraphQL, viewer: Viewer, text: str, statements: int | None = None) -> Any:
    """Answer a document in both ways, which must agree."""
    planned = graphql.answer(viewer, text)
    ordinary = graphql.answer(viewer, text, planned=False)
    assert "fallback" not in planned["extensions"]
    assert planned.get("errors") == ordinary.get("errors")
    assert planned["data"] == ordinary["data"]
    assert str(planned["data"]) == str(ordinary["data"])
    if statements is not None:
        assert planned["extensions"]["cost"]["statements"] == statements
    return planned


def test_rows_of_two_kinds_are_one_list_read_at_once(graphql: GraphQL, viewer: Viewer) -> None:
    text = """{ images { nodes { annotations { __typename id namespace
      ... on TagAnnotation { tag: textValue }
      ... on CommentAnnotation { textValue created { type } owner { firstName } }
      owner { userName } } } } }"""

    data = answered(graphql, viewer, text, 5)["data"]

    first, *_, last = (image["annotations"] for image in data["images"]["nodes"])
    assert [one["__typename"] for one in first] == ["TagAnnotation", "CommentAnnotation"]
    assert list(first[1]) == ["__typename", "id", "namespace", "textValue", "created", "owner"]
    assert last == first[:1]


def test_fields_of_the_interface_are_read_once_for_all_kinds(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = "{ annotations { nodes { owner { userName } links { totalCount nodes { id } } } } }"

    nodes = answered(graphql, viewer, text, 4)["data"]["annotations"]["nodes"]

    assert [one["links"]["totalCount"] for one in nodes] == [12, 5]


def test_the_cursor_of_an_interface_field_serves_all_kinds(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = "{ annotations { nodes { links(first: 2%s) { edges { cursor } } } } }"
    nodes = answered(graphql, viewer, text % "")["data"]["annotations"]["nodes"]
    cursor = nodes[1]["links"]["edges"][0]["cursor"]

    after = answered(graphql, viewer, text % f', after: "{cursor}"')["data"]["annotations"]

    assert [len(one["links"]["edges"]) for one in after["nodes"]] == [0, 2]


def test_ids_name_the_kind_of_a_row(graphql: GraphQL, viewer: Viewer) -> None:
    text = """{ nodes(ids: ["TagAnnotation:1", "CommentAnnotation:2", "TagAnnotation:2",
      "Annotation:1", "Image:1", "TagAnnotation:99"]) { id } }"""

    nodes = answered(graphql, viewer, text, 2)["data"]["nodes"]

    ids = [one and one["id"] for one in nodes]
    assert ids == ["TagAnnotation:1", "CommentAnnotation:2", None, None, "Image:1", None]


def test_a_page_of_one_kind_leaves_out_the_others(graphql: GraphQL, viewer: Viewer) -> None:
    text = "{ images { nodes { tags { totalCount nodes { textValue } } } } }"

    nodes = answered(graphql, viewer, text, 3)["data"]["images"]["nodes"]

    assert [one["tags"]["totalCount"] for one in nodes] == [1] * 12


def test_links_to_any_type_are_read_by_one_statement_a_table(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = """{ annotations { nodes { links { nodes { annotation { id }
      parent { id ... on Image { name } } } } } } }"""

    data = answered(graphql, viewer, text, 4)["data"]

    links = data["annotations"]["nodes"][1]["links"]["nodes"]
    found = [one["parent"] and one["parent"]["id"] for one in links]
    # Image 999 does not exist; datasets are no type of this schema.
    assert found == ["Image:1", "Image:2", "Image:3", None, None]


def test_values_name_rows_that_are_read_at_once(graphql: GraphQL, viewer: Viewer) -> None:
    text = """{ annotations { nodes { usage { text node { id } tag { textValue }
      others { __typename ... on Image { name } } } any { id } } } }"""

    nodes = answered(graphql, viewer, text, 6)["data"]["annotations"]["nodes"]

    assert [one["usage"]["node"]["id"] for one in nodes] == [one["any"]["id"] for one in nodes]
    image = {"__typename": "Image", "name": "Image 0.0.0"}
    assert nodes[1]["usage"]["others"] == [image, None, None, {"__typename": "CommentAnnotation"}]
    assert [one["usage"]["tag"] for one in nodes] == [{"textValue": "mitosis"}, None]


def test_roots_may_tell_values_and_rows(graphql: GraphQL, viewer: Viewer) -> None:
    text = "{ told { text node { id } others { id } } found { id } }"

    data = answered(graphql, viewer, text, 5)["data"]

    assert [one and one["id"] for one in data["found"]] == [
        *("Image:2", None, "TagAnnotation:1", None)
    ]
    assert data["told"][2]["node"] is None


def test_values_compute_fields_from_arguments(graphql: GraphQL, viewer: Viewer) -> None:
    text = "query ($part: Part! = HALF) { annotations { nodes { share { by(part: $part) } } } }"

    nodes = answered(graphql, viewer, text)["data"]["annotations"]["nodes"]

    assert [one["share"]["by"] for one in nodes] == [0.5, 1.0]


def test_what_cannot_be_computed_is_null_with_an_error_at_its_place(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = """{ annotations { nodes { ...A } } again: annotations { nodes { share { number } } } }
      fragment A on Annotation { share { number half: by(part: HALF) none: by(part: NONE) } }"""

    answer = answered(graphql, viewer, text)

    assert [error["path"] for error in answer["errors"]] == [
        ["annotations", "nodes", row, "share", "none"] for row in (0, 1)
    ]
    assert answer["errors"][0]["extensions"]["code"] == "invalid_input"
    shares = [one["share"] for one in answer["data"]["annotations"]["nodes"]]
    assert shares[1] == {"number": 2, "half": 1.0, "none": None}


@pytest.mark.parametrize("planned", [True, False])
def test_rows_that_are_promised_are_never_null(
    graphql: GraphQL, viewer: Viewer, planned: bool
) -> None:
    answer = graphql.answer(viewer, "{ promised { id } }", planned=planned)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["internal"]
    assert answer["data"] is None
