from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from schema.columns import ROWS
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

EVERYTHING = """{
  project(id: "Project:1") { datasetCount owner { userName } group { name } created { time }
    datasets { totalCount nodes { imageCount projects { nodes { name } }
      images(orderBy: NAME_ASC) { totalCount edges { cursor node {
        name thumbnailUrl rendering { hash } datasets { nodes { name } } fileset { id }
        pixels { levels { width } channels { name } planes { nodes { theZ } } image { name } }
      } } } } } }
}"""


@pytest.fixture
def queried(database: Database, viewer: Viewer) -> list[tuple[str, Any]]:
    """The statements of a document that uses every relation, with their parameters."""
    with database.writing() as session:
        hierarchy(session, viewer)
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, text: str, values: Any, *_: Any) -> None:
        if text.startswith("SELECT"):
            seen.append((text, values))

    graphql = GraphQL(database)
    sa.event.listen(database.engine, "before_cursor_execute", note)
    answer = graphql.answer(viewer, EVERYTHING)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    assert "errors" not in answer
    return seen


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_reads_no_table_of_data_as_a_whole(
    database: Database, queried: list[tuple[str, Any]]
) -> None:
    scans = []
    with database.reading() as session:
        for text, values in queried:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            scans += [(row[3], text) for row in plan if row[3].startswith("SCAN")]

    found = {"VIRTUAL TABLE", ROWS}  # lists of ids, and the rows of a read whose own plan is there
    read_whole = [one for one in scans if not any(name in one[0] for name in found)]
    assert read_whole == []
