"""Everybody who was granted something, or has a link, tries everything; compared with tables."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.edits.grants import Audience, grant_access
from store.edits.people import create_experimenter
from store.edits.share_links import create_share_link
from store.errors import NotAllowedError
from store.models.enums import GrantLevel
from store.queries.people import viewer_by_experimenter
from store.share_links import viewer_of_link
from tests.permissions import grants_oracle
from tests.permissions.grants_oracle import KINDS, SHOWN, SOME, may
from tests.permissions.operations import ALLOWED, HIDDEN, OPERATIONS, REFUSED, outcome
from tests.permissions.oracle import LEVELS
from tests.permissions.test_matrix import LIMITS, NODE_KINDS, Stage, Tally, tried
from tests.permissions.world import World, written_world

pytestmark = pytest.mark.slow

GRANTS = ("view", "annotate", "edit")
ACTIONS = {"save rendering settings of": "render"}
FLAGS = {
    "canEdit": "edit",
    "canAnnotate": "annotate",
    "canLink": "link",
    "canDelete": "delete",
    "canMove": "move",
    "canChangeOwner": "give",
    "canShare": "share",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The world of the matrix, with people outside who were granted one kind of thing each."""
    path = tmp_path_factory.mktemp("grants") / "world.db"
    world = written_world(path)
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        world.viewers = {
            f"{kind} {how}": viewer
            for kind in KINDS.values()
            for how, viewer in _people(session, world, kind).items()
        }
    database.close()
    return Stage(path, world, Tally())


def _people(session: Any, world: World, kind: str) -> dict[str, Viewer]:
    owner, root = world.viewers["owner"], world.viewers["administrator"]
    found: dict[str, Viewer] = {}
    for grant in GRANTS:
        name = f"{kind}-{grant}"
        key = create_experimenter(session, root, name, group_ids=[world.elsewhere])
        for level in LEVELS:
            target = (kind, world.rows[level][kind][0])
            given = GrantLevel(grant)
            if level == "private" and given is GrantLevel.ANNOTATE:
                with pytest.raises(NotAllowedError):
                    grant_access(session, owner, [target], Audience([key]), given)
                given = GrantLevel.VIEW
            grant_access(session, owner, [target], Audience([key]), given)
        found[grant] = viewer_by_experimenter(session, key)
    new = create_share_link(session, owner, (kind, world.rows["private"][kind][0]))
    viewer = viewer_of_link(session, new.secret)
    assert viewer is not None
    return found | {"link": viewer}


@pytest.fixture(scope="module")
def database(stage: Stage) -> Iterator[Database]:
    """The world; whatever is tried in it is taken back."""
    database = Database(f"sqlite:///{stage.path}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def graphql(database: Database) -> GraphQL:
    return GraphQL(database, LIMITS)


@pytest.fixture(autouse=True)
def nothing_failed(stage: Stage) -> Iterator[None]:
    """Every test fails for the cells that it found wrong."""
    stage.tally.failed.clear()
    yield
    shown = "\n".join(map(str, stage.tally.failed[:20]))
    assert not stage.tally.failed, f"{len(stage.tally.failed)} cells are wrong:\n{shown}"


def wanted(kind: str, how: str, action: str, type_: str, level: str) -> bool:
    """Say what the tables say; links were made for the private group alone."""
    if how == "link":
        if level != "private":
            return action == "view" and level == "public"
        return may(kind, "view", action, type_, level)
    return may(kind, how, ACTIONS.get(action, action), type_, level)


def cells(stage: Stage) -> list[tuple[str, str, int]]:
    """List level, type and id of one row of each type, in each group."""
    return [
        (level, type_, key)
        for level in LEVELS
        for type_, key in stage.world.ids(level)
        if type_ not in SOME
    ]


def test_every_type_is_in_the_tables(stage: Stage) -> None:
    types = set(stage.world.rows["private"])

    assert types - SHOWN.keys() - grants_oracle.HIDDEN - set(SOME) == set()


@pytest.mark.parametrize("how", [*GRANTS, "link"])
@pytest.mark.parametrize("kind", KINDS.values())
def test_rows_and_flags_are_given_as_the_tables_say(
    stage: Stage, graphql: GraphQL, kind: str, how: str
) -> None:
    viewer = stage.world.viewers[f"{kind} {how}"]
    some = [cell for cell in cells(stage) if cell[1] in NODE_KINDS]
    body = f"id ... on Owned {{ {' '.join(FLAGS)} }}"
    text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {body} }} }}"
    ids = [f"{type_}:{key}" for _, type_, key in some]
    found = [
        node
        for start in range(0, len(ids), 500)
        for node in graphql.answer(viewer, text, {"ids": ids[start : start + 500]})["data"]["nodes"]
    ]
    for (level, type_, _), node in zip(some, found, strict=True):
        seen = wanted(kind, how, "view", type_, level)
        stage.tally.check("get", f"{kind} {how}", level, type_, node is not None, seen)
        for flag, action in FLAGS.items() if node is not None and "canEdit" in node else ():
            want = wanted(kind, how, action, type_, level)
            stage.tally.check(flag, f"{kind} {how}", level, type_, node[flag], want)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("Project", "edit"), ("Image", "edit"), ("Dataset", "annotate"), ("Screen", "link")],
)
def test_attempts_end_as_the_tables_say(
    stage: Stage, database: Database, kind: str, how: str
) -> None:
    viewer = stage.world.viewers[f"{kind} {how}"]
    for name, operation in OPERATIONS.items():
        some = [cell for cell in cells(stage) if operation.takes(cell[1])]
        refs = [(type_, key) for _, type_, key in some]
        errors = tried(database, partial(_run, operation, viewer, refs))
        for (level, type_, _), error in zip(some, errors, strict=True):
            if viewer.read_only and operation.at_once:
                want = REFUSED
            elif not wanted(kind, how, "view", type_, level):
                want = HIDDEN
            else:
                right = wanted(kind, how, operation.action, type_, level)
                want = ALLOWED if right else REFUSED
            stage.tally.check(name, f"{kind} {how}", level, type_, outcome(error), want)


def _run(operation: Any, viewer: Viewer, refs: Any, session: Any) -> Any:
    return operation.run(session, viewer, refs)


@pytest.mark.parametrize(
    ("kind", "how"), [("Dataset", "view"), ("Screen", "view"), ("Project", "link")]
)
def test_lists_counts_and_searches_hold_what_the_tables_say(
    stage: Stage, graphql: GraphQL, kind: str, how: str
) -> None:
    viewer = stage.world.viewers[f"{kind} {how}"]
    lists = {
        "projects": "Project",
        "datasets": "Dataset",
        "images": "Image",
        "screens": "Screen",
        "plates": "Plate",
        "rois": "ROI",
        "tags": "TagAnnotation",
        "filesets": "Fileset",
        "originalFiles": "OriginalFile",
        "instruments": "Instrument",
        "folders": "Folder",
    }
    parts = [
        f"{name}(first: 500) {{ totalCount nodes {{ id }} facet(by: GROUP) {{ values {{ count }} }} }}"
        for name in lists
    ]
    data = graphql.answer(viewer, f"{{ {' '.join(parts)} }}")["data"]
    for name, type_ in lists.items():
        want = {
            f"{type_}:{key}"
            for level in LEVELS
            for key in stage.world.rows[level][type_]
            if wanted(kind, how, "view", type_, level)
        }
        page = data[name]
        role = f"{kind} {how}"
        stage.tally.check("list", role, "", name, {one["id"] for one in page["nodes"]}, want)
        stage.tally.check("count", role, "", name, page["totalCount"], len(want))
        total = sum(one["count"] for one in page["facet"]["values"])
        stage.tally.check("facet", role, "", name, total, len(want))
    for level in LEVELS:
        text = "query ($q: String!) { search(query: $q, first: 500) { nodes { id } } }"
        data = graphql.answer(viewer, text, {"q": f'text group:"{level}"'})["data"]
        got = {one["id"].partition(":")[0] for one in data["search"]["nodes"]}
        for type_ in got:
            seen = wanted(kind, how, "view", type_, level)
            stage.tally.check("search", f"{kind} {how}", level, type_, seen, True)
        seen = wanted(kind, how, "view", "Image", level)
        stage.tally.check("search", f"{kind} {how}", level, "Image", "Image" in got, seen)


def test_who_comes_by_a_link_knows_of_no_grants_and_no_links(
    stage: Stage, graphql: GraphQL
) -> None:
    viewer = stage.world.viewers["Project link"]
    text = """{ accessGrants { totalCount } shareLinks { totalCount }
      openedShare { target { id } state } }"""
    data = graphql.answer(viewer, text)["data"]

    assert data["accessGrants"]["totalCount"] == data["shareLinks"]["totalCount"] == 0
    project = stage.world.rows["private"]["Project"][0]
    assert data["openedShare"] == {"target": {"id": f"Project:{project}"}, "state": None}


def test_what_is_explained_names_the_grant_that_decided(stage: Stage, graphql: GraphQL) -> None:
    viewer = stage.world.viewers["Dataset edit"]
    text = """query ($id: ID!) { explainAccess(id: $id) { decisions { right allowed rule
      grant { level target { id } } } } }"""
    key = stage.world.rows["read-only"]["Channel"][0]
    decisions = {
        one["right"]: one
        for one in graphql.answer(viewer, text, {"id": f"Channel:{key}"})["data"]["explainAccess"][
            "decisions"
        ]
    }

    dataset = stage.world.rows["read-only"]["Dataset"][0]
    grant = {"level": "EDIT", "target": {"id": f"Dataset:{dataset}"}}
    for right in ("SEE", "EDIT", "ANNOTATE", "SAVE_RENDERING_SETTINGS"):
        assert decisions[right] == {
            "right": right,
            "allowed": True,
            "rule": "GRANT",
            "grant": grant,
        }
    assert decisions["DELETE"]["rule"] == "OUTSIDER"
    assert decisions["DELETE"]["grant"] is None


def test_the_tables_have_many_cells(stage: Stage) -> None:
    total = sum(stage.tally.made.values())
    print(f"{total:8,} checks of grants and links")

    assert total >= 10_000
