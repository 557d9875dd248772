import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from graphql import GraphQLError

from render.errors import RenderError
from schema.build import GraphQL
from schema.errors import ERRORS_MAX, formatted
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.outcomes import Outcome, RefusedError, Status
from store.errors import NotFoundError, StoreError
from tests.build import hierarchy


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a current SQLite database; errors are the same on both programs."""
    shutil.copy(sqlite_template, tmp_path / "micrograph.db")
    return f"sqlite:///{tmp_path / 'micrograph.db'}"


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
    return GraphQL(database)


def only_error(graphql: GraphQL, viewer: Viewer, text: str, **variables: Any) -> Any:
    (error,) = graphql.answer(viewer, text, variables)["errors"]
    return error


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("{ viewer {", "graphql_syntax", "Expected Name"),
        ("{ viewer { } }", "graphql_validation", "at least one field selected"),
        ("", "graphql_syntax", "Unexpected <EOF>"),
        ("{ nothing }", "graphql_validation", "Cannot query field 'nothing'"),
        ("{ image { id } }", "graphql_validation", "required"),
        ("query ($a: ID!) { image(id: $a) { id } }", "graphql_validation", "$a"),
        ("query A { viewer { id } } query B { viewer { id } }", "graphql_validation", "operation"),
        ('{ image(id: "42") { id } }', "invalid_input", "'42' is no id"),
        ('{ image(id: "Dataset:1") { id } }', "invalid_input", "no id of the type Image"),
        ('{ image(id: "Image:99999999999999999999") { id } }', "invalid_input", "no id"),
        ('{ node(id: "Image:0") { id } }', "invalid_input", "no id"),
        ('{ nodes(ids: ["Image:1", "x"]) { id } }', "invalid_input", "'x' is no id"),
        (
            "{ images(first: 501) { totalCount } }",
            "invalid_input",
            "`first` of Query.images is 501",
        ),
        ("{ images(first: -1) { totalCount } }", "invalid_input", "-1"),
        ('{ image(id: "Image:1") { thumbnailUrl(size: 5) } }', "invalid_input", "`size`"),
        (
            'mutation { createDatasets(items: [{name: "d"}], project: "x") { applied } }',
            "invalid_input",
            "no id",
        ),
        (
            'mutation { createDatasets(items: [{name: "d"}], project: "Project:9") { applied } }',
            "not_found",
            "9",
        ),
    ],
)
def test_what_a_person_can_do_wrong_has_a_code_and_says_what(
    graphql: GraphQL, viewer: Viewer, text: str, code: str, part: str
) -> None:
    error = only_error(graphql, viewer, text)

    assert error["extensions"]["code"] == code
    assert part in error["message"]


def test_arguments_far_inside_are_checked_before_anything_is_read(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = '{ project(id: "Project:1") { datasets { nodes { images(after: "x") { nodes { id } } } } } }'

    answer = graphql.answer(viewer, text)

    assert answer["errors"][0]["path"] == ["project"]
    assert answer["extensions"]["cost"]["statements"] == 0


def test_what_is_unknown_is_null_without_an_error(graphql: GraphQL, viewer: Viewer) -> None:
    text = """{ image(id: "Image:99") { id } dataset(id: "Dataset:99") { id }
      node(id: "Sample:1") { id } nodes(ids: ["Image:1", "Image:99", "Image:1"]) { id } }"""

    answer = graphql.answer(viewer, text)

    assert "errors" not in answer
    assert answer["data"] == {
        "image": None,
        "dataset": None,
        "node": None,
        "nodes": [{"id": "Image:1"}, None, {"id": "Image:1"}],
    }


def test_one_bad_field_leaves_the_others_their_answers(graphql: GraphQL, viewer: Viewer) -> None:
    answer = graphql.answer(viewer, '{ a: image(id: "x") { id } b: image(id: "Image:1") { id } }')

    assert answer["data"] == {"a": None, "b": {"id": "Image:1"}}
    assert [error["path"] for error in answer["errors"]] == [["a"]]


def test_anything_unexpected_is_masked_and_logged_once(
    graphql: GraphQL, database: Database, viewer: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing() as session:
        for group in session.scalars(sa.select(models.ExperimenterGroup)):
            group.permissions = "canary"

    with caplog.at_level(logging.ERROR):
        body = graphql.execute(viewer, "{ projects { nodes { group { permissions } } } }")

    (error,) = orjson.loads(body)["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "internal"
    (record,) = [record for record in caplog.records if record.name == "schema.errors"]
    assert vars(record)["incident"] == error["extensions"]["incident"]
    assert record.exc_info
    assert b"canary" not in body


def test_a_database_that_cannot_answer_is_no_mystery(
    graphql: GraphQL, database: Database, viewer: Viewer, tmp_path: Path
) -> None:
    database.close()
    for file in tmp_path.glob("micrograph.db*"):
        file.write_bytes(b"no database" * 1000)

    error = only_error(graphql, viewer, "{ viewer { userName } }")

    assert error["extensions"]["code"] == "unavailable"
    assert "micrograph.db" not in error["message"]


MADE: dict[Any, Callable[[], Any]] = {
    NotFoundError: lambda: NotFoundError("image", 1),
    RefusedError: lambda: RefusedError(
        [Outcome(0, "Image", 1, Status.FAILED, NotFoundError("image", 1))]
    ),
}
"""Errors that are made of more than message and remedy."""


def test_typed_errors_keep_message_code_and_remedy() -> None:
    kinds: list[Any] = [*StoreError.__subclasses__(), *RenderError.__subclasses__()]
    for kind in kinds:
        cause = MADE[kind]() if kind in MADE else kind("What.", "How.")
        (error,) = formatted([GraphQLError("wrapped", original_error=cause)])

        assert error["extensions"]["code"] == cause.code
        assert error["message"] == cause.message
        assert error["extensions"]["remedy"] == cause.remedy


def test_a_document_full_of_errors_is_answered_with_a_few(graphql: GraphQL, viewer: Viewer) -> None:
    answer = graphql.answer(viewer, "{ " + " ".join(f"no{n}" for n in range(100)) + " }")

    assert len(answer["errors"]) == ERRORS_MAX
