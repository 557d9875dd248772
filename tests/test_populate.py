import sqlalchemy as sa

from store import models
from store.database import Database
from tests.populate import LEFT_OUT, populate


def test_every_table_gets_rows_and_every_column_a_value(database_url: str) -> None:
    database = Database(database_url)
    empty = []
    with database.writing() as session:
        populate(session, 1)
        for table in models.Base.metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            counts = session.execute(sa.select(*(sa.func.count(one) for one in table.columns)))
            values = zip(table.columns, counts.one(), strict=True)
            empty += [str(column) for column, number in values if not number]
    database.close()

    assert empty == [], " ".join(empty)
