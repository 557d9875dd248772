"""Everybody tries everything with everything; compared with tables typed by hand."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from schema.build import NODES, GraphQL, build
from schema.limits import Limits
from store.access import Viewer
from store.database import Database
from store.edits.relations import class_named
from tests.permissions import operations
from tests.permissions.operations import ALLOWED, HIDDEN, OPERATIONS, REFUSED, outcome
from tests.permissions.oracle import LEVELS, ROLES, may
from tests.permissions.world import World, written_world

pytestmark = [pytest.mark.slow]

FEWEST = 50_000
"""Checks that the matrix has at least."""
ABSENT = 2**40
"""An id that nothing has."""
LIMITS = Limits(tokens=50_000, fields=50_000, aliases=5_000, statements=5_000, estimate=10**18)
NODE_KINDS = tuple(one.__name__ for one in NODES)
APART = ("Project", "Folder", "Screen", "Dataset", "Person", "PersonGroup")
"""Types that are no parts of others."""
MILLISECONDS = re.compile(rb'"milliseconds":[0-9.]+')
NUMBER = re.compile(r"[0-9]+")


@dataclass
class Tally:
    """The checks that were made, and those that failed."""

    made: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[Any, ...]] = field(default_factory=list)

    def check(self, operation: str, role: str, level: str, what: str, got: Any, want: Any) -> None:
        """Compare one cell."""
        self.made[operation] += 1
        if got != want:
            self.failed.append((operation, role, level, what, f"got {got}", f"want {want}"))


@dataclass
class Stage:
    """A world in a database, and what was found out about it."""

    path: Path
    world: World
    tally: Tally


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    path = tmp_path_factory.mktemp("matrix") / "world.db"
    return Stage(path, written_world(path), Tally())


@pytest.fixture
def database(stage: Stage, tmp_path: Path) -> Iterator[Database]:
    """A copy of the world that may be changed."""
    shutil.copy(stage.path, tmp_path / "world.db")
    database = Database(f"sqlite:///{tmp_path / 'world.db'}")
    yield database
    database.close()


@pytest.fixture
def graphql(database: Database) -> GraphQL:
    return GraphQL(database, LIMITS)


@pytest.fixture(autouse=True)
def nothing_failed(stage: Stage) -> Iterator[None]:
    """Every test fails for the cells that it found wrong."""
    stage.tally.failed.clear()
    yield
    shown = "\n".join(map(str, stage.tally.failed[:20]))
    assert not stage.tally.failed, f"{len(stage.tally.failed)} cells are wrong:\n{shown}"


def nodes_of(stage: Stage) -> list[tuple[str, str, int]]:
    """List level, type and id of one row of each type that GraphQL gives, in each group."""
    return [
        (level, kind, key)
        for level in LEVELS
        for kind, key in stage.world.ids(level)
        if kind in NODE_KINDS
    ]


def wanted(role: str, action: str, level: str) -> str:
    """Say how an attempt has to end: what cannot be seen is not there."""
    if not may(role, "view", level):
        return HIDDEN
    return ALLOWED if may(role, action, level) else REFUSED


@pytest.mark.parametrize("role", ROLES)
def test_attempts_at_rows_end_as_the_tables_say(
    stage: Stage, database: Database, role: str
) -> None:
    viewer = stage.world.viewers[role]
    for name, operation in OPERATIONS.items():
        refs = [
            (level, (kind, key))
            for level in LEVELS
            for kind, key in stage.world.ids(level)
            if operation.takes(kind)
        ]
        kinds = list(dict.fromkeys(kind for _, (kind, _) in refs))
        absent = [(kind, ABSENT) for kind in kinds]
        tries = [*(ref for _, ref in refs), *absent]
        errors = tried(database, partial(_run, operation, viewer, tries))
        unknown = {kind: told(one) for kind, one in zip(kinds, errors[len(refs) :], strict=True)}
        for (level, (kind, _)), error in zip(refs, errors, strict=False):
            want = wanted(role, operation.action, level)
            if viewer.read_only and operation.at_once:
                want = REFUSED  # before anything is looked at
            stage.tally.check(name, role, level, kind, outcome(error), want)
            if want == HIDDEN:
                stage.tally.check(f"{name}: hidden", role, level, kind, told(error), unknown[kind])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "action"), [("link", "link"), ("unlink", "delete")])
def test_attempts_at_links_end_as_the_tables_say(
    stage: Stage, database: Database, role: str, name: str, action: str
) -> None:
    viewer, run = stage.world.viewers[role], getattr(operations, name)
    for level in LEVELS:
        pairs = operations.relation_pairs(stage.world.rows[level])
        if name == "unlink":
            pairs = apart(database, stage.world.viewers["owner"], pairs)
        errors = tried(database, partial(run, viewer=viewer, pairs=[pair for _, pair in pairs]))
        for (relation, _), error in zip(pairs, errors, strict=True):
            want, got = wanted(role, _action(relation, action), level), outcome(error)
            if name == "unlink" and want == HIDDEN:
                want = ALLOWED  # what cannot be seen is in nothing: there is nothing to be done
            stage.tally.check(name, role, level, relation.name, got, want)


def _run(
    operation: operations.Operation, viewer: Viewer, refs: Sequence[Any], session: Session
) -> Sequence[Any]:
    return operation.run(session, viewer, refs)


def _action(relation: Any, action: str) -> str:
    if relation.link is None and action == "delete":
        return "edit"
    return "annotate" if relation.annotates and action == "link" else action


def apart(database: Database, owner: Viewer, pairs: Sequence[Any]) -> list[Any]:
    """Leave out the pairs that are not linked."""
    found = tried(database, lambda s: operations.linked(s, owner, [pair for _, pair in pairs]))
    return [one for one, is_linked in zip(pairs, found, strict=True) if is_linked]


def tried(database: Database, run: Callable[[Session], Sequence[Any]]) -> Sequence[Any]:
    """Do something and take it back."""
    errors: list[Any] = []
    try:
        with database.writing() as session:
            errors += run(session)
            raise _TakeBackError
    except _TakeBackError:
        return errors


class _TakeBackError(Exception):
    """Ends a transaction whose work is not wanted."""


def told(error: Any) -> Any:
    """Return what a person learns from an error, apart from the number that was asked for."""
    return None if error is None else (error.code, NUMBER.sub("", error.message), error.remedy)


@pytest.mark.parametrize("role", ROLES)
def test_rows_are_given_by_id_as_the_tables_say(stage: Stage, graphql: GraphQL, role: str) -> None:
    viewer, cells = stage.world.viewers[role], nodes_of(stage)
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [f"{kind}:{key}" for _, kind, key in cells]
    found = [
        node
        for start in range(0, len(ids), 500)
        for node in graphql.answer(viewer, text, {"ids": ids[start : start + 500]})["data"]["nodes"]
    ]
    for (level, kind, _), node in zip(cells, found, strict=True):
        stage.tally.check("get", role, level, kind, node is not None, may(role, "view", level))


FLAGS = {
    "canEdit": "edit",
    "canAnnotate": "annotate",
    "canLink": "link",
    "canDelete": "delete",
    "canMove": "move",
    "canChangeOwner": "give",
    "canShare": "share",
}


@pytest.mark.parametrize("role", ROLES)
def test_rows_tell_what_may_be_done_with_them_as_the_tables_say(
    stage: Stage, graphql: GraphQL, role: str
) -> None:
    viewer = stage.world.viewers[role]
    cells = [cell for cell in nodes_of(stage) if may(role, "view", cell[0])]
    body = " ".join(FLAGS)
    text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Owned {{ {body} }} }} }}"
    ids = [f"{kind}:{key}" for _, kind, key in cells]
    found = graphql.answer(viewer, text, {"ids": ids})["data"]["nodes"] if ids else []
    for (level, kind, _), node in zip(cells, found, strict=True):
        for name, action in FLAGS.items():
            stage.tally.check(name, role, level, kind, node[name], may(role, action, level))


@pytest.mark.parametrize("role", ROLES)
def test_what_is_explained_is_what_the_tables_say(
    stage: Stage, graphql: GraphQL, role: str
) -> None:
    text = """query ($id: ID!, $user: ID) { explainAccess(id: $id, user: $user) {
      decisions { right allowed rule explanation } } }"""
    viewer, root = stage.world.viewers[role], stage.world.viewers["administrator"]
    user = f"Experimenter:{viewer.experimenter_id}"
    for level in LEVELS:
        values = {"id": f"Image:{stage.world.rows[level]['Image'][0]}"}
        own = graphql.answer(viewer, text, values)["data"]["explainAccess"]
        stage.tally.check("explain", role, level, "", own is not None, may(role, "view", level))
        if not viewer.read_only:
            about = graphql.answer(root, text, values | {"user": user})["data"]["explainAccess"]
            assert own is None or own == about
            own = about
        for one in own["decisions"] if own else ():
            want = may(role, RIGHTS[one["right"]], level)
            stage.tally.check("explain", role, level, one["right"], one["allowed"], want)


RIGHTS = {
    "SEE": "view",
    "EDIT": "edit",
    "ANNOTATE": "annotate",
    "LINK": "link",
    "DELETE": "delete",
    "SAVE_RENDERING_SETTINGS": "save rendering settings of",
    "MOVE": "move",
    "CHANGE_OWNER": "give",
    "SHARE": "share",
}


@pytest.mark.parametrize("role", ROLES)
def test_the_hidden_and_the_unknown_give_the_same_bytes(
    stage: Stage, graphql: GraphQL, role: str
) -> None:
    viewer = stage.world.viewers[role]
    text = "query ($id: ID!) { node(id: $id) { id } history(id: $id) { nodes { action } } }"

    def said(key: str) -> bytes:
        return MILLISECONDS.sub(b"", graphql.execute(viewer, text, {"id": key}))

    unknown = {kind: said(f"{kind}:{ABSENT}") for kind in NODE_KINDS}
    for level, kind, key in nodes_of(stage):
        same = said(f"{kind}:{key}") == unknown[kind]
        stage.tally.check("node", role, level, kind, same, not may(role, "view", level))


@pytest.mark.parametrize("role", ROLES)
def test_lists_and_counts_hold_what_the_tables_say(
    stage: Stage, graphql: GraphQL, role: str
) -> None:
    viewer = stage.world.viewers[role]
    for name, kinds in LISTS.items():
        answer = graphql.answer(viewer, f"{{ {name}(first: 500) {{ totalCount nodes {{ id }} }} }}")
        page = answer["data"][name]
        listed = Counter(node["id"] for node in page["nodes"])
        expected = 0
        for level in LEVELS:
            for kind in kinds:
                keys = stage.world.rows[level][kind]
                seen = may(role, "view", level)
                expected += len(keys) if seen else 0
                got = sum(listed[f"{kind}:{key}"] for key in keys)
                stage.tally.check("list", role, level, kind, got, len(keys) if seen else 0)
        stage.tally.check("count", role, "all", name, page["totalCount"], expected)


@pytest.mark.parametrize("role", ROLES)
def test_facets_count_what_the_tables_say(stage: Stage, graphql: GraphQL, role: str) -> None:
    viewer = stage.world.viewers[role]
    for name, kinds in LISTS.items():
        text = f"{{ {name} {{ facet(by: GROUP) {{ values {{ label count }} }} }} }}"
        answer = graphql.answer(viewer, text)
        if "errors" in answer:
            continue  # no list that can be counted by group
        counts = {one["label"]: one["count"] for one in answer["data"][name]["facet"]["values"]}
        for level in LEVELS:
            number = sum(len(stage.world.rows[level][kind]) for kind in kinds)
            want = number if may(role, "view", level) else 0
            stage.tally.check("facet", role, level, name, counts.get(level, 0), want)


@pytest.mark.parametrize("role", ROLES)
def test_searches_find_what_the_tables_say(stage: Stage, graphql: GraphQL, role: str) -> None:
    viewer = stage.world.viewers[role]
    text = """query ($q: String!) { search(query: $q, first: 500) { nodes { id }
      facet(by: GROUP) { value count } } }"""
    for level in LEVELS:
        for query in (
            f'group:"{level}"',
            f'text group:"{level}"',
            f'text owner:owner group:"{level}"',
        ):
            data = graphql.answer(viewer, text, {"q": query})["data"]["search"]
            got = (bool(data["nodes"]), level in {one["value"] for one in data["facet"]})
            seen = may(role, "view", level)
            stage.tally.check("search", role, level, query.split()[0], got, (seen, seen))
    data = graphql.answer(viewer, text, {"q": "text"})["data"]["search"]
    values = {one["value"] for one in data["facet"]}
    for level in LEVELS:
        stage.tally.check("suggest", role, level, "", level in values, may(role, "view", level))


@pytest.mark.parametrize("role", ROLES)
def test_listening_begins_where_the_tables_say(stage: Stage, graphql: GraphQL, role: str) -> None:
    viewer = stage.world.viewers[role]
    text = "subscription ($id: ID!) { changes(below: $id) { count } }"
    job = "subscription ($id: ID!) { job(id: $id) { id } }"
    for level, kind, key in nodes_of(stage):
        poll = graphql.poll(viewer, text, {"id": f"{kind}:{key}"}, None)
        want = may(role, "view", level)
        stage.tally.check("subscribe", role, level, kind, not poll.refused, want)
        if kind == "Job":
            poll = graphql.poll(viewer, job, {"id": f"{kind}:{key}"}, None)
            stage.tally.check("subscribe to jobs", role, level, kind, not poll.refused, want)


@pytest.mark.parametrize("role", ["owner", "member", "leader", "stranger"])
def test_no_field_of_any_row_leads_to_rows_that_are_hidden(
    stage: Stage, database: Database, graphql: GraphQL, role: str
) -> None:
    viewer, owners = stage.world.viewers[role], mixed(database, stage.world)
    for type_ in node_types():
        texts = " ".join(shown(type_))
        document = (
            f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_.name} {{ {texts} }} }} }}"
        )
        ids = [one for one in owners if one.partition(":")[0] == type_.name][:500]
        if not ids:
            continue
        answer = graphql.answer(viewer, document, {"ids": ids})
        assert "fallback" not in answer["extensions"], type_.name
        for path, key in ids_in(answer["data"]["nodes"]):
            if key in owners:
                seen = role == "leader" or owners[key] == viewer.experimenter_id
                stage.tally.check("fields", role, "private", f"{type_.name}.{path}", seen, True)


def mixed(database: Database, world: World) -> dict[str, int]:
    """Give every second row of the private group that is no part of another to the member.

    Returns:
        The owner of each row, by its id.
    """
    owners: dict[str, int] = {}
    member = world.viewers["member"].experimenter_id
    with database.writing() as session:
        for kind, keys in world.rows["private"].items():
            entity: Any = class_named(kind)
            if kind in APART or kind in operations.LINKS or kind.endswith("Annotation"):
                given = [key for key in keys if len(keys) == 1 or key % 2]
                session.execute(
                    sa.update(entity).where(entity.id.in_(given)).values(owner_id=member)
                )
            rows = session.execute(sa.select(entity.id, entity.owner_id).where(entity.id.in_(keys)))
            owners |= {f"{kind}:{row.id}": row.owner_id for row in rows}
    return owners


def ids_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Iterate over all ids in an answer, with the fields that led there."""
    if isinstance(value, list):
        for one in value:
            yield from ids_in(one, path)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if name == "id":
                yield path, one
            else:
                yield from ids_in(one, f"{path}.{name}")


def node_types() -> Iterator[Any]:
    """Iterate over the types of rows with owners."""
    for name in NODE_KINDS:
        yield SCHEMA.type_map[name]


def shown(type_: Any) -> Iterator[str]:
    """Say how each field of a type is asked for that leads to rows; lists also count."""
    from graphql import get_named_type, is_composite_type

    for name, declared in type_.fields.items():
        target = get_named_type(declared.type)
        if any(str(one.type).endswith("!") for one in declared.args.values()):
            continue
        if not is_composite_type(target):
            continue
        if target.name.endswith("Connection"):
            yield f"{name} {{ nodes {{ id }} }}"
        elif "id" in getattr(target, "fields", {}):
            yield f"{name} {{ id }}"
    yield "id"


SCHEMA = build()._schema
LISTS: Mapping[str, Sequence[str]] = {}


_OF_PEOPLE = ("Experimenter", "ExperimenterGroup", "AccessToken", "SignInSession", "AuditEntry")
_OF_SHARING = ("AccessGrant", "ShareLink")
"""Rows of no group; `tests/permissions/test_coverage.py` says what tries them."""


def _lists() -> Mapping[str, Sequence[str]]:
    from graphql import get_named_type, is_interface_type

    assert SCHEMA.query_type is not None
    found = {}
    for name, declared in SCHEMA.query_type.fields.items():
        target = get_named_type(declared.type)
        if target.name.endswith("Connection") and target.name != "SearchConnection":
            node = get_named_type(target.fields["nodes"].type)
            kinds = (
                [one.name for one in SCHEMA.get_possible_types(node)]
                if is_interface_type(node)
                else [node.name]
            )
            if node.name not in (*_OF_PEOPLE, *_OF_SHARING):
                found[name] = kinds
    return found


LISTS = _lists()
"""Lists of everything: field of the root → types of its rows."""


def test_the_matrix_has_enough_checks(stage: Stage) -> None:
    total = sum(stage.tally.made.values())
    for name, number in sorted(stage.tally.made.items()):
        print(f"{number:8,} {name}")
    print(f"{total:8,} checks of permissions")

    assert total >= FEWEST
