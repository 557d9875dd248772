"""All changes: nothing half-written, nothing for those without rights, errors item by item."""

import contextlib
import hashlib
import itertools
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter
from tests import people
from tests.build import hierarchy
from tests.conftest import BOTH, copied
from tests.schema.changes import (
    ABOUT_PEOPLE,
    FOR_ADMINISTRATORS,
    MUTATIONS,
    Case,
    Samples,
    case_of,
    made_world,
)


@pytest.fixture
def graphql(database: Database) -> GraphQL:
    return GraphQL(database)


@dataclass(frozen=True)
class World:
    """One of everything in a group whose members may only look, for tests that change nothing."""

    database: Database
    graphql: GraphQL
    samples: Samples
    administrator: Viewer
    owner: Viewer
    """Made all of it."""
    reader: Viewer
    """Of the same group."""
    stranger: Viewer
    """Of another group."""


@pytest.fixture(scope="module", params=BOTH)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One world for all tests that leave it as it is."""
    with copied(request, tmp_path_factory.mktemp("world")) as url:
        database = Database(url)
        with database.writing() as session:
            administrator = viewer_by_experimenter(session, first_start(session))
            shown = people.group(session, administrator, GroupPermissions.READ_ONLY)
            second = people.group(session, administrator, GroupPermissions.PRIVATE)
            other = people.group(session, administrator, GroupPermissions.READ_WRITE)
            members = {"owner": [shown, second], "reader": [shown], "stranger": [other]}
            persons = [
                people.person(session, administrator, name, groups)
                for name, groups in members.items()
            ]
        samples = made_world(database, persons[0], administrator)
        samples.add(f"ExperimenterGroup:{second}")
        yield World(database, GraphQL(database), samples, administrator, *persons)
        database.close()


def digest(database: Database) -> dict[str, str]:
    """Return a hash over all rows of each table."""
    found = {}
    with database.reading() as session:
        for table in models.Base.metadata.sorted_tables:
            rows = session.execute(sa.select(table).order_by(table.c.id))
            text = "\n".join(map(repr, rows))
            found[table.name] = hashlib.sha256(text.encode()).hexdigest()
    return found


def events_in(database: Database) -> int | None:
    """Count what happened: less than `digest` sees, but at once."""
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count(models.Event.id)))


class InjectedError(Exception):
    """What a test makes fail."""


@contextlib.contextmanager
def failing(database: Database, number: int) -> Iterator[list[str]]:
    """Fail before a statement, counted from 0, or at the commit; note where it was."""
    left = itertools.count()
    fired: list[str] = []

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not fired and next(left) == number:
            fired.append(statement)
            raise InjectedError

    def commit(_connection: Any) -> None:
        if not fired:
            fired.append("COMMIT")
            raise InjectedError

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "commit", commit)
    try:
        yield fired
    finally:
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", before)
            sa.event.remove(engine, "commit", commit)


@pytest.mark.slow
def test_a_failure_anywhere_in_any_change_leaves_everything_as_it_was(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # to format a thousand tracebacks takes most of the time
    before, events = digest(world.database), events_in(world.database)
    for name in MUTATIONS:
        sample = case_of(name, world.samples)
        key = {} if name in ABOUT_PEOPLE else {"idempotencyKey": f"key of {name}"}
        case = Case(name, {**sample.variables, **key})
        statements = list(interrupted(world, case))

        assert statements[-1] == "COMMIT", name
        assert any(map(WRITES.match, statements)), name
        recorded = any(one.startswith("INSERT INTO event") for one in statements)
        assert recorded is (name not in UNRECORDED), name
        assert events_in(world.database) == events, name
    assert digest(world.database) == before


WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (?!idempotent_request)")
UNRECORDED = {
    "shareRenderings": "a form is named by its content, and nobody's",
    **dict.fromkeys(ABOUT_PEOPLE - {"setGroupPermissions"}, "the audit log tells of it"),
}
"""Changes of which the history tells nothing, and why."""


def interrupted(world: World, case: Case) -> Iterator[str]:
    """Make a change fail before each of its statements in turn, and at its commit.

    Yields:
        Where it failed.
    """
    viewer = world.administrator if case.name in FOR_ADMINISTRATORS else world.owner
    for number in itertools.count():
        with failing(world.database, number) as fired:
            answer = case.run(world.graphql, viewer)
        assert fired, (case.name, answer)
        assert answer["errors"][0]["extensions"]["code"] == "internal", (case.name, answer)
        yield fired[0]
        if fired == ["COMMIT"]:
            return


def normalised(answer: Any) -> str:
    """Return an answer as text, without ids and what it cost."""
    text = repr({key: answer[key] for key in ("data", "errors") if key in answer})
    return re.sub(r"\d+", "#", text)


@pytest.mark.slow
def test_what_is_hidden_answers_every_change_as_what_does_not_exist(world: World) -> None:
    before = digest(world.database)

    for name, case in naming_things(world.samples):
        hidden = case.run(world.graphql, world.stranger)
        nothing = moved(case).run(world.graphql, world.stranger)

        assert normalised(hidden) == normalised(nothing), name
        # Taking apart what is not together changes nothing, and tells nothing.
        assert ("UNCHANGED" if name == "unlink" else "not_found") in repr(hidden), (name, hidden)
    assert digest(world.database) == before


def naming_things(samples: Samples) -> Iterator[tuple[str, Case]]:
    """Make a good use of every mutation that names a thing that exists."""
    cases = [(name, case_of(name, samples)) for name in MUTATIONS if name not in ABOUT_PEOPLE]
    return (one for one in cases if re.search(r"[A-Za-z]+:\d+", repr(one[1].variables)))


def moved(case: Case) -> Case:
    """Make the same use of a mutation with ids of nothing."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one) for one in value]
        if isinstance(value, str) and re.fullmatch(r"[A-Z][A-Za-z]+:\d+", value):
            return f"{value}00000"
        return value

    return Case(case.name, walk(dict(case.variables)))


FOR_LOOKERS = frozenset(
    {
        *("saveRenderingSettings", "applyRenderingSettings", "resetRenderingSettings"),
        "shareRenderings",
    }
)
"""Changes of what is the viewer's own, for all who see a thing."""


@pytest.mark.slow
def test_who_may_only_look_changes_nothing(world: World) -> None:
    before = digest(world.database)
    everybodys = {"changeOwner", "createAccessToken"}
    tables = [
        (name, case_of(name, world.samples)) for name in sorted(FOR_ADMINISTRATORS - everybodys)
    ]

    for name, case in [*naming_things(world.samples), *tables]:
        if name in FOR_LOOKERS:
            continue
        answer = case.run(world.graphql, world.reader)

        assert "not_allowed" in repr(answer) or "not_found" in repr(answer), (name, answer)
    assert digest(world.database) == before


CREATE = """mutation ($items: [ProjectInput!]!, $key: String, $partial: Boolean! = false) {
  createProjects(items: $items, idempotencyKey: $key, partial: $partial) {
    applied items { index status id error { code path } } event { id }
    counts { done unchanged failed notDone }
  }
}"""


def test_a_request_repeated_with_its_key_is_done_once(
    viewer: Viewer, database: Database, graphql: GraphQL
) -> None:
    variables = {"items": [{"name": "a"}, {"name": ""}], "key": "k", "partial": True}

    first = graphql.answer(viewer, CREATE, variables)
    again = graphql.answer(viewer, CREATE, variables)

    assert first["data"]["createProjects"]["counts"]["done"] == 1
    assert again["data"] == first["data"]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(models.Project)) == 1


def test_a_key_used_for_another_request_is_refused(viewer: Viewer, graphql: GraphQL) -> None:
    graphql.answer(viewer, CREATE, {"items": [{"name": "a"}], "key": "k"})

    answer = graphql.answer(viewer, CREATE, {"items": [{"name": "b"}], "key": "k"})

    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("conflict", ["createProjects"])


def test_a_key_of_a_request_that_failed_can_be_used_again(viewer: Viewer, graphql: GraphQL) -> None:
    failed = graphql.answer(viewer, CREATE, {"items": [{"name": ""}], "key": "k"})
    done = graphql.answer(viewer, CREATE, {"items": [{"name": "b"}], "key": "k"})

    assert failed["data"]["createProjects"]["applied"] is False
    assert done["data"]["createProjects"]["applied"] is True


@pytest.mark.parametrize("planned", [True, False])
def test_one_bad_item_keeps_the_others_back_unless_they_are_wanted_alone(
    viewer: Viewer, graphql: GraphQL, planned: bool
) -> None:
    items = [{"name": "a"}, {"name": " "}, {"name": "c"}]

    whole = graphql.answer(viewer, CREATE, {"items": items}, planned=planned)
    partial = graphql.answer(viewer, CREATE, {"items": items, "partial": True}, planned=planned)

    changed = whole["data"]["createProjects"]
    assert (changed["applied"], changed["event"]) == (False, None)
    assert [item["status"] for item in changed["items"]] == ["NOT_DONE", "FAILED", "NOT_DONE"]
    assert changed["items"][1]["error"] == {"code": "invalid_input", "path": ["items", "1"]}
    changed = partial["data"]["createProjects"]
    assert [item["id"] for item in changed["items"]] == ["Project:1", None, "Project:2"]
    assert changed["counts"] == {"done": 2, "unchanged": 0, "failed": 1, "notDone": 0}
    assert changed["event"] is not None


UPDATE = """mutation ($items: [DatasetUpdate!]!) { updateDatasets(items: $items) {
  items { status error { code message path } node { ... on Dataset { name description version } } }
} }"""


def test_a_change_of_a_version_that_is_past_is_a_conflict(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=0)
    change = {"id": "Dataset:1", "version": 1, "name": "mine", "description": "d"}

    first = graphql.answer(viewer, UPDATE, {"items": [change]})
    late = graphql.answer(viewer, UPDATE, {"items": [change | {"name": "yours"}]})

    (item,) = first["data"]["updateDatasets"]["items"]
    assert item["node"] == {"name": "mine", "description": "d", "version": 2}
    (item,) = late["data"]["updateDatasets"]["items"]
    assert (item["status"], item["error"]["code"]) == ("FAILED", "conflict")
    assert item["node"]["name"] == "mine"


def test_null_clears_and_what_is_left_out_stays(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=0)
    for change in ({"description": "d"}, {"name": "n"}, {"description": None}, {"name": None}):
        answer = graphql.answer(viewer, UPDATE, {"items": [{"id": "Dataset:1", **change}]})
        (item,) = answer["data"]["updateDatasets"]["items"]
        if change == {"name": "n"}:
            assert item["node"]["description"] == "d"
        if change == {"description": None}:
            assert item["node"] == {"name": "n", "description": None, "version": 4}

    assert item["error"] == {
        "code": "invalid_input",
        "message": "`name` cannot be null.",
        "path": ["items", "0", "name"],
    }


BAD = [
    ('createWells(items: [{plate: "Plate:9", row: 0, column: 0}])', "not_found", ["items", "0"]),
    (
        'createWells(items: [{plate: "Image:1", row: 0, column: 0}])',
        "invalid_input",
        ["items", "0", "plate"],
    ),
    ('createWells(items: [{plate: "x", row: 0, column: 0}])', "invalid_input", None),
    ('createWells(items: [{plate: "Plate:1", row: -1, column: 0}])', "invalid_input", None),
    (
        'createWells(items: [{plate: "Plate:1", row: 0, column: 0, color: "red"}])',
        "invalid_input",
        ["items", "0", "color"],
    ),
    ('createProjects(items: [{name: "a\\u0000b"}])', "invalid_input", ["items", "0"]),
    (f'createProjects(items: [{{name: "{"x" * 1025}"}}])', "invalid_input", ["items", "0"]),
    (
        'updateFolders(items: [{id: "Folder:1", parent: "Folder:2"}])',
        "invalid_input",
        ["items", "0"],
    ),
    ('link(parents: ["Folder:2"], children: ["Folder:1"])', "invalid_input", ["children", "0"]),
    ('link(parents: ["Image:1"], children: ["Project:1"])', "invalid_input", ["children", "0"]),
    ('link(parents: ["Folder:3"], children: ["Image:1"])', "invalid_input", ["children", "0"]),
    ('move(ids: ["Image:1"], to: "Dataset:77")', "not_found", ["ids", "0"]),
    ('delete(ids: ["Image:77"])', "not_found", ["ids", "0"]),
    ('delete(ids: ["Pixels:1"])', "invalid_input", ["ids", "0"]),
    ('restore(ids: ["Image:1"])', "not_found", ["ids", "0"]),
]
"""Changes of which one item can never work: the code, and where in the arguments it is."""


def test_what_cannot_work_is_told_item_by_item(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
        other = people.group(session, viewer, GroupPermissions.READ_WRITE)
    setup = f"""mutation {{ createPlates(items: [{{name: "p"}}]) {{ applied }}
      a: createFolders(items: [{{name: "1"}}]) {{ applied }}
      b: createFolders(items: [{{name: "2", parent: "Folder:1"}}]) {{ applied }}
      c: createFolders(items: [{{name: "3"}}], group: "ExperimenterGroup:{other}") {{ applied }}
    }}"""
    assert "errors" not in graphql.answer(viewer, setup)
    before = digest(database)

    for text, code, path in BAD:
        name = text.partition("(")[0]
        document = f"mutation {{ {text} {{ applied items {{ error {{ code path }} }} }} }}"
        answer = graphql.answer(viewer, document)
        assert "errors" not in answer, (text, answer)
        (item,) = answer["data"][name]["items"]
        assert item["error"]["code"] == code, (text, item)
        assert path is None or item["error"]["path"] == path, (text, item)
        assert answer["data"][name]["applied"] is False, text

    assert digest(database) == before


REFUSED: list[tuple[str, dict[str, tuple[str, Any]]]] = [
    ("createProjects(items: $many)", {"many": ("[ProjectInput!]!", [{"name": "x"}] * 1001)}),
    ("createInstruments(number: 1001)", {}),
    ("createInstruments(number: 0)", {}),
    ('createProjects(items: [], group: "Image:1")', {}),
    ("delete(ids: $ids)", {"ids": ("[ID!]!", ["Image:1"] * 10_001)}),
    ('delete(ids: ["Image:1", "Image:1"])', {}),
    ('delete(ids: ["nonsense"])', {}),
    ("link(parents: $ids, children: $ids)", {"ids": ("[ID!]!", ["Image:1"] * 101)}),
    ('delete(ids: ["Image:1"], include: ["Image"])', {}),
    ('createProjects(items: [{name: "a"}], idempotencyKey: "")', {}),
    ("createProjects(items: $s)", {"s": ("[ProjectInput!]!", [{"name": "a"}])}),
]
"""Whole requests that can never work, with their variables; the last one can."""


def test_requests_that_can_never_work_are_errors_with_code_and_path(
    viewer: Viewer, graphql: GraphQL
) -> None:
    for text, variables in REFUSED:
        head = ", ".join(f"${name}: {kind}" for name, (kind, _) in variables.items())
        head = f"({head})" if head else ""
        values = {name: value for name, (_, value) in variables.items()}
        answer = graphql.answer(viewer, f"mutation {head} {{ {text} {{ applied }} }}", values)
        codes = [(e["extensions"]["code"], e["path"]) for e in answer.get("errors", ())]
        good = (text, variables) == REFUSED[-1]

        assert codes == ([] if good else [("invalid_input", [text.partition("(")[0]])]), answer


def test_halves_of_surrogate_pairs_are_refused(viewer: Viewer, graphql: GraphQL) -> None:
    answer = graphql.answer(viewer, CREATE, {"items": [{"name": "a\ud800"}], "key": None})

    (item,) = answer["data"]["createProjects"]["items"]
    assert item["error"]["code"] == "invalid_input"


COUNTED: list[tuple[str, Callable[[int], dict[str, Any]]]] = [
    ("createProjects", lambda n: {"items": [{"name": f"p{i}"} for i in range(n)]}),
    ("createDatasets", lambda n: {"items": [{"name": "d"}] * n, "project": "Project:1"}),
    (
        "createLasers",
        lambda n: {
            "items": [
                {"instrument": "Instrument:1", "power": {"value": i, "unit": "mW"}}
                for i in range(n)
            ]
        },
    ),
    (
        "updateImages",
        lambda n: {"items": [{"id": f"Image:{i + 1}", "name": f"n{n}"} for i in range(n)]},
    ),
    (
        "link",
        lambda n: {"parents": ["Dataset:2"], "children": [f"Image:{i + 1}" for i in range(n)]},
    ),
    (
        "move",
        lambda n: {
            "ids": [f"Image:{i + 1}" for i in range(n)],
            "from": "Dataset:2",
            "to": "Dataset:3",
        },
    ),
    (
        "unlink",
        lambda n: {"parents": ["Dataset:3"], "children": [f"Image:{i + 1}" for i in range(n)]},
    ),
    ("delete", lambda n: {"ids": [f"Image:{i + 1 + n}" for i in range(n)]}),
    ("restore", lambda n: {"ids": [f"Image:{i + 1 + n}" for i in range(n)]}),
]


@pytest.mark.slow
def test_a_change_runs_as_many_statements_for_many_items_as_for_one(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=211, channels=1)
    setup = """mutation { createInstruments(number: 1) { applied }
      createDatasets(items: [{name: "a"}, {name: "b"}]) { applied } }"""
    assert "errors" not in graphql.answer(viewer, setup)
    numbers: dict[str, list[int]] = {}
    for size in (1, 10, 100):
        for name, variables in COUNTED:
            numbers.setdefault(name, []).append(
                counted(database, Case(name, variables(size)), graphql, viewer)
            )

    assert {name: len(set(found)) for name, found in numbers.items()} == dict.fromkeys(
        numbers, 1
    ), numbers


def counted(database: Database, case: Case, graphql: GraphQL, viewer: Viewer) -> int:
    """Return how many statements a change runs, which must succeed and say as many."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        answer = case.run(graphql, viewer)
    finally:
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", note)
    assert answer["data"][case.name]["applied"], answer
    assert answer["extensions"]["cost"]["statements"] == len(seen)
    return len(seen)


DELETE = """mutation ($dry: Boolean!) { delete(ids: ["Dataset:1"], dryRun: $dry) {
  applied dryRun event { id } items { status node { id } }
  report {
    goes { kind count ids nodes { id } } stays { kind count ids }
    unlinked { relation count } links { parent { id } child { id } }
  }
} }"""


@pytest.mark.parametrize("planned", [True, False])
def test_a_dry_run_tells_what_a_deletion_does_and_changes_nothing(
    database: Database, viewer: Viewer, graphql: GraphQL, planned: bool
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=2, channels=1)
    shared = 'mutation { link(parents: ["Dataset:2"], children: ["Image:1"]) { applied } }'
    graphql.answer(viewer, shared)
    before = digest(database)

    dry = graphql.answer(viewer, DELETE, {"dry": True}, planned=planned)["data"]["delete"]
    unchanged = digest(database)
    done = graphql.answer(viewer, DELETE, {"dry": False}, planned=planned)["data"]["delete"]

    assert unchanged == before
    goes = {one["kind"]: one["ids"] for one in dry["report"]["goes"]}
    assert goes["Dataset"] == ["Dataset:1"]
    assert goes["Image"] == ["Image:2"]
    assert dry["report"]["stays"] == [{"kind": "Image", "count": 1, "ids": ["Image:1"]}]
    assert (dry["applied"], dry["dryRun"], dry["event"]) == (False, True, None)
    assert dry["items"][0]["status"] == "NOT_DONE"
    assert [one["kind"] for one in done["report"]["goes"]] == list(goes)
    assert done["applied"] is True
    assert done["event"] is not None
    assert done["items"] == [{"status": "DONE", "node": None}]
    assert {"relation": "Dataset–Image", "count": 1} in done["report"]["unlinked"]


def test_what_was_deleted_comes_back(database: Database, viewer: Viewer, graphql: GraphQL) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=2, channels=1)
    count = '{ dataset(id: "Dataset:1") { imageCount images { nodes { id } } } }'
    before = graphql.answer(viewer, count)["data"]

    graphql.answer(viewer, DELETE, {"dry": False})
    gone = graphql.answer(viewer, count)["data"]
    text = 'mutation { restore(ids: ["Dataset:1"]) { applied items { node { id } } } }'
    restored = graphql.answer(viewer, text)["data"]["restore"]

    assert gone == {"dataset": None}
    assert restored == {"applied": True, "items": [{"node": {"id": "Dataset:1"}}]}
    assert graphql.answer(viewer, count)["data"] == before
