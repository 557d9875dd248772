"""Opening, upgrading, checking; what errors say."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from store import models
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy


def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )

        assert compare_metadata(context, models.Base.metadata) == []


def test_downgrade_to_base_leaves_no_tables(database: Database) -> None:
    database.downgrade("base")

    assert sa.inspect(database.engine).get_table_names() == ["alembic_version"]


def test_hierarchy(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer)
    assert len(built.images) == 12
