from typing import Any

import pytest
from sqlalchemy import event

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy


@pytest.mark.parametrize("order", ["ID_ASC", "ID_DESC", "NAME_ASC", "NAME_DESC"])
def test_a_page_far_behind_is_read_from_the_index_where_it_begins(
    database: Database, viewer: Viewer, order: str
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=60, channels=0)
    graphql = GraphQL(database)
    text = f"""query ($after: String) {{ images(first: 20, after: $after, orderBy: {order}) {{
      nodes {{ id }} pageInfo {{ endCursor }} }} }}"""
    after = graphql.answer(viewer, text)["data"]["images"]["pageInfo"]["endCursor"]
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    page = graphql.answer(viewer, text, {"after": after})["data"]["images"]
    event.remove(database.engine, "before_cursor_execute", note)
    ((statement, values),) = seen
    with database.reading() as session:
        connection = session.connection()
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            # Sixty rows are sorted as quickly; of many, none are to be.
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
        explain = "EXPLAIN" if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", values)
        plan = "\n".join(str(row[-1]) for row in rows)

    assert len(page["nodes"]) == 20
    # SQLite's dialect writes every limit with an offset.
    assert values[-1] == 0 if database.dialect == "sqlite" else "OFFSET" not in statement
    assert "Sort" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    index = "Index Cond" if database.dialect == "postgresql" else "SEARCH"
    assert index in plan, plan
