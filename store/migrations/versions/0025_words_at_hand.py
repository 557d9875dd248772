"""What PostgreSQL has not sorted into the indexes of words yet, and reads whole, is little.

Revision: 0025, after 0024. Each search read up to 4 MB of it for each table, which took longer than
all else; with a sixteenth, rows of words are written faster, too (500,000 in 1.3 seconds where
they took 2.2; without any, 13.3). Nothing to do on SQLite.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "annotation",
    "channel",
    "dataset",
    "folder",
    "image",
    "map_pair",
    "original_file",
    "plate",
    "plate_acquisition",
    "project",
    "protocol",
    "protocol_step",
    "reagent",
    "roi",
    "run",
    "screen",
    "shape",
    "well",
)
KILOBYTES = 256


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            index = f"ix_search_{table}"
            connection.exec_driver_sql(
                f"ALTER INDEX {index} SET (gin_pending_list_limit = {KILOBYTES})"
            )
            connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{index}')")


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            connection.exec_driver_sql(
                f"ALTER INDEX ix_search_{table} RESET (gin_pending_list_limit)"
            )
