from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.migrations.triggers import kept_triggers
from store.queries.people import viewer_by_experimenter
from store.search import ids
from store.search.index import TEXTS
from tests.build import hierarchy

EVENTS = ("insert", "update", "delete")
TRIGGERS = {f"search_{entity.__tablename__}_{event}" for entity in TEXTS for event in EVENTS}


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "triggers.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def triggers(connection: sa.Connection) -> set[str]:
    rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in rows}


def rebuild(connection: sa.Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("channel", recreate="always") as batch:
        batch.add_column(sa.Column("note", sa.Text()))


def test_every_table_with_text_has_its_triggers_after_all_migrations(sqlite: Database) -> None:
    with sqlite.reading() as session:
        assert triggers(session.connection()) >= TRIGGERS


def test_a_table_that_is_rebuilt_keeps_its_triggers_and_its_words(sqlite: Database) -> None:
    with sqlite.writing() as session:
        viewer: Viewer = viewer_by_experimenter(session, first_start(session))
        hierarchy(session, viewer, projects=1, datasets=1)
        connection = session.connection()
        before = triggers(connection)
        with kept_triggers(connection):
            rebuild(connection)
            lost = before - triggers(connection)
        after = triggers(connection)
    with sqlite.writing() as session:
        session.execute(sa.update(models.Channel).where(models.Channel.id == 3).values(name="far"))
    with sqlite.reading() as session:
        assert ids(session, viewer, "channel:far", "Image", 9) == [2]
    assert lost >= {f"search_channel_{event}" for event in EVENTS}
    assert after == before
