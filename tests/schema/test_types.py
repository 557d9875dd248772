"""Every table has its type, and every row is reached from both ends of every link."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from graphql.type import GraphQLField
from sqlalchemy.orm import Session

from schema.build import NODES, GraphQL, build
from schema.fields import AnyOf, Many, One, Paged
from schema.levels import table_of
from schema.plan import Selection, entity_of, source_of
from store import models
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy
from tests.schema.one_of_each import ANNOTATED, make_one_of_each
from tests.schema.uncounted import Uncounted

SCHEMA = build()._schema
UNIQUE = (sa.UniqueConstraint, sa.PrimaryKeyConstraint)
PARTS_OF_LISTS = "shown by lists: its fields say what the link says"
WITHOUT_TYPE = {
    **dict.fromkeys(
        (
            *("ProjectDatasetLink", "DatasetImageLink", "FolderImageLink", "FolderROILink"),
            *("ScreenPlateLink", "WellReagentLink", "PersonGroupMember", "FilesetEntry"),
            *("AnnotationLink", "ProtocolLink", "ProtocolInstrumentLink", "ProtocolFileLink"),
            *("FilterSetExcitationFilterLink", "FilterSetEmissionFilterLink"),
            *("LightPathExcitationFilterLink", "LightPathEmissionFilterLink"),
            *("ImageMicrobeamManipulationLink", "MicrobeamManipulationROILink"),
        ),
        PARTS_OF_LISTS,
    ),
    "MapPair": "shown as pairs of their annotation, without ids",
    "ChildCount": "shown as counts of the parents",
    "RenderingForm": "settings by their hash; reached by addresses and by those who know it",
    "ChunkBlock": "where samples lie in files; for readers of pixels",
    "EventLog": "shown as the history of the row",
    "StorageRoot": "a part of the paths of files",
    "Upload": "not there yet: asked for at /uploads by whoever sends it",
    "LookupTable": "nobody's and everybody's: shown as `luts`",
    "StorageUsage": "shown as the usage of people and groups",
    "Quota": "shown as the quota of people and groups",
    "ExternalIdentity": "what others call people, for signing in",
    "ShareVisit": "a browser that opened a link, known by its cookie",
    "IdempotentRequest": "answers kept for repetitions",
}
EVERYWHERE = {"owner_id", "group_id", "creation_event_id", "update_event_id", "deleted_event_id"}
"""References of all data rows, whose other end is found by filters and by the history."""
ONE_WAY = {
    "audit_entry.actor_id": "found by filters",
    "audit_entry.acted_by_id": "found by filters",
    "event.acted_by_id": "found by the history",
    "sign_in_session.acting_as_id": "as long as it lasts",
    "access_token.experimenter_id": "listed for whom they are by the root",
    "sign_in_session.experimenter_id": "listed for whom they are by the root",
    "access_grant.experimenter_id": "listed for whom they are by the root",
    "access_grant.grantor_id": "listed for whom they are by the root",
    "share_link.creator_id": "listed for whom they are by the root",
    "experimenter.default_group_id": "found by filters",
    "event.experimenter_id": "found by the history",
    "event.group_id": "found by the history",
    "job_item.fileset_id": "what became of an import; of the fileset, its history tells it",
    "shape.image_id": "of the ROI, repeated for finding shapes by place",
    "original_file.storage_root_id": "a part of the path",
}


OF_SOME = {
    "Mask.bits": "of masks whose bits are as many as their pixels",
    "Job.downloadUrl": "of exports that are done",
}
"""Fields that a row that means nothing cannot have."""


def types() -> dict[str, GraphQLObjectType]:
    """All types whose rows have ids."""
    found = {}
    for node in NODES:
        type_ = SCHEMA.type_map[node.__name__]
        assert isinstance(type_, GraphQLObjectType)
        found[node.__name__] = type_
    return found


def sources(type_: GraphQLObjectType) -> dict[str, Any]:
    """Where the values of a type's fields come from."""
    return {
        name: source_of(Selection(name, type_, field, [])) for name, field in type_.fields.items()
    }


def test_every_table_has_a_type_or_a_reason_for_having_none() -> None:
    kinds = {mapper.class_ for mapper in models.Base.registry.mappers}
    shown = set(types()) | {"Annotation", "Shape", "LightSource"}

    assert {kind.__name__ for kind in kinds} - shown == set(WITHOUT_TYPE)
    assert shown <= {kind.__name__ for kind in kinds}


def test_every_reference_is_a_field_of_the_row_that_has_it() -> None:
    missing = []
    for name, type_ in types().items():
        found = sources(type_).values()
        shown = {source._mine for source in found if isinstance(source, One)}
        shown |= {source._key for source in found if isinstance(source, AnyOf)}
        for column in sa.inspect(getattr(models, name)).columns:
            if not isinstance(column, sa.Column):  # made of others
                continue
            own = column.table.name not in ("annotation", "light_source")
            event = column.key in ("deleted_event_id", "storage_root_id")
            if column.foreign_keys and column.key not in shown and own and not event:
                missing.append(f"{name}.{column.key}")

    assert missing == []


def test_every_reference_and_link_is_found_from_its_other_end() -> None:
    lists = set()
    for type_ in types().values():
        for name, source in sources(type_).items():
            if isinstance(source, Many | Paged):
                children = source.children if isinstance(source, Paged) else source._children
                table = sa.inspect(children.link or children.entity).local_table
                lists.add(f"{table.name}.{children.parent}")
            elif isinstance(source, One) and source._theirs != "id":
                theirs = entity_of(get_named_type(type_.fields[name].type))
                lists.add(f"{sa.inspect(theirs).local_table.name}.{source._theirs}")
    missing = []
    for table in models.Base.metadata.tables.values():
        kind = next(m.class_ for m in models.Base.registry.mappers if m.local_table is table)
        for column in table.columns:
            hidden = WITHOUT_TYPE.get(kind.__name__, PARTS_OF_LISTS) != PARTS_OF_LISTS
            if not column.foreign_keys or column.name in EVERYWHERE or hidden:
                continue
            name = f"{table.name}.{column.name}"
            if name not in lists and name not in ONE_WAY:
                missing.append(name)

    assert missing == []


def indexed(table: Any, column: str, constant: set[str]) -> bool:
    """Whether an index finds the rows of one value, beside columns of constant value."""
    indexes = [list(index.columns) for index in table.indexes]
    indexes += [list(one.columns) for one in table.constraints if isinstance(one, UNIQUE)]
    for columns in indexes:
        names = [one.name for one in columns]
        before = names[: names.index(column)] if column in names else ["none"]
        if set(before) <= constant:
            return True
    return False


def test_every_list_of_a_row_is_found_by_an_index() -> None:
    bare = set()
    for type_ in types().values():
        for name, source in sources(type_).items():
            if isinstance(source, Many | Paged):
                children = source.children if isinstance(source, Paged) else source._children
                entity, column = children.link or children.entity, children.parent
                constant = {key for key, _ in children.where}
            elif isinstance(source, One) and source._theirs != "id":
                entity = entity_of(get_named_type(type_.fields[name].type))
                column, constant = source._theirs, set()
            else:
                continue
            table = sa.inspect(entity).local_table
            if not indexed(table, column, constant):
                bare.add(f"{table.name}.{column}")

    assert bare == set()


def test_every_type_is_reached_from_the_roots_without_its_id() -> None:
    query = SCHEMA.query_type
    assert query is not None
    found: set[str] = set()
    waiting: list[Any] = [
        field.type for name, field in query.fields.items() if name not in ("node", "nodes")
    ]
    while waiting:
        type_ = get_named_type(waiting.pop())
        if type_.name in found or type_.name == "Node" or not is_composite_type(type_):
            continue
        found.add(type_.name)
        if isinstance(type_, GraphQLInterfaceType):
            waiting += SCHEMA.get_possible_types(type_)
        waiting += [field.type for field in type_.fields.values()]  # type: ignore[union-attr]

    assert set(types()) - found == set()


def selected(name: str, field: GraphQLField) -> str | None:
    """Write the selection of one field with everything below it that is no row."""
    if any(is_required_argument(argument) for argument in field.args.values()):
        return None
    type_ = get_named_type(field.type)
    if not is_composite_type(type_):
        return name
    fields = type_.fields  # type: ignore[union-attr]
    if "id" in fields:
        return f"{name} {{ __typename id }}"
    if "pageInfo" in fields:
        return f"{name} {{ totalCount nodes {{ __typename id }} }}"
    below = [selected(inner, field) for inner, field in fields.items()]
    return f"{name} {{ {' '.join(one for one in below if one)} }}"


def documents() -> dict[str, str]:
    """Ask for all fields of each type, by id; for what the kinds of a table share, of one only."""
    found, asked = {}, set()
    for name, type_ in types().items():
        table = table_of(getattr(models, name)).__name__
        fields = []
        for key, field in type_.fields.items():
            interface = SCHEMA.type_map[table]
            shared = interface.fields if isinstance(interface, GraphQLInterfaceType) else {}
            if key not in shared or (table, key) not in asked:
                fields.append(selected(key, field))
            asked.add((table, key))
        text = " ".join(one for one in fields if one)
        found[name] = f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ id {text} }} }} }}"
    return found


def nothing(value: Any) -> bool:
    """Whether a value says that there is nothing."""
    return value in (None, []) or (isinstance(value, dict) and not value.get("nodes", True))


@pytest.mark.slow
@pytest.mark.usefixtures("large")
def test_every_field_of_every_type_gives_what_the_row_has(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        rows = make_one_of_each(session, viewer)
        ids = {name: f"{name}:{row.id}" for name, row in rows.made.items()}
        for name in ("Project", "Dataset", "Screen", "Plate"):
            share(session, viewer, name, rows.made[name].id)
    graphql = GraphQL(database, samples=Uncounted())
    empty = []
    for name, text in documents().items():
        planned = graphql.answer(viewer, text, {"id": ids[name]})
        assert "errors" not in planned, (name, planned["errors"])
        assert "fallback" not in planned["extensions"], name
        if database.dialect == "sqlite":
            ordinary = graphql.answer(viewer, text, {"id": ids[name]}, planned=False)
            assert planned["data"] == ordinary["data"]
        found = planned["data"]["node"]
        assert found is not None, name
        empty += [f"{name}.{field}" for field, value in found.items() if nothing(value)]

    assert [one for one in empty if one not in OF_SOME] == []


def share(session: Session, viewer: Viewer, kind: str, key: int) -> None:
    """Grant something to everybody, and make a link to it."""
    now = datetime.now(UTC)
    target = {"target_kind": kind, "target_id": key, "created": now, "expires": now.replace(9999)}
    person = viewer.experimenter_id
    session.add(models.AccessGrant(level="view", audience="public", grantor_id=person, **target))
    link = models.ShareLink(secret_hash=f"{kind} {key}", creator_id=person, **target)
    session.add(link)


def test_what_can_be_annotated_is_what_annotations_list() -> None:
    interface = SCHEMA.type_map["Annotated"]
    assert isinstance(interface, GraphQLInterfaceType)
    tables = {
        sa.inspect(getattr(models, type_.name)).base_mapper.class_.__name__
        for type_ in SCHEMA.get_possible_types(interface)
    }

    assert tables == set(ANNOTATED)


@pytest.mark.parametrize("kind", [node.__name__ for node in NODES])
def test_data_rows_say_whose_they_are(kind: str) -> None:
    owned = issubclass(getattr(models, kind), models.Owned)
    interfaces = {interface.name for interface in types()[kind].interfaces}

    assert ("Owned" in interfaces) == owned


def test_lists_of_anything_that_can_be_annotated_take_pages_and_filters(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
    graphql = GraphQL(database)
    graphql.answer(
        viewer,
        """mutation { a: addTags(tags: ["a", "b"], ids: ["Image:1", "Dataset:1"]) { applied }
          b: comment(text: "seen", ids: ["Image:1"]) { applied } }""",
    )
    text = """{ nodes(ids: ["Image:1", "Dataset:1"]) { ... on Annotated {
      annotations(first: 1, orderBy: ID_DESC, filter: { kind: { eq: TAG_ANNOTATION } }) {
        totalCount nodes { ... on TagAnnotation { textValue } } }
      comments(first: 1) { nodes { textValue } } } } }"""

    planned, ordinary = (graphql.answer(viewer, text, planned=way) for way in (True, False))

    assert planned["data"] == ordinary["data"]
    tags = {"totalCount": 2, "nodes": [{"textValue": "b"}]}
    assert planned["data"]["nodes"] == [
        {"annotations": tags, "comments": {"nodes": [{"textValue": "seen"}]}},
        {"annotations": tags, "comments": {"nodes": []}},
    ]


def test_the_files_of_a_set_come_all_at_once_or_in_pages(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        rows = make_one_of_each(session, viewer)
        fileset = rows.made["Fileset"].id
    text = f"""{{ node(id: "Fileset:{fileset}") {{ ... on Fileset {{ files {{ id }}
      originalFiles(first: 10) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage }} }} }} }} }}"""

    found = GraphQL(database).answer(viewer, text)["data"]["node"]

    assert found["files"]
    assert found["originalFiles"]["nodes"] == found["files"]
    assert found["originalFiles"]["totalCount"] == len(found["files"])
