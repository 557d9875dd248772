"""Where files are: folders that can move, below which files have paths; sums of their content.

Revision: 0009, after 0008. All files that there are lie below the root of the file system, whose
path is empty, so that no row of theirs is written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFERENCE = "fk_original_file_storage_root_id_storage_root"


def upgrade() -> None:
    """Make the table, its first row, and the columns."""
    roots = op.create_table(
        "storage_root",
        sa.Column("id", ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_storage_root"),
        sa.UniqueConstraint("path", name="uq_storage_root_path"),
    )
    op.bulk_insert(roots, [{"path": "", "moves": 0}])
    # As text, because Alembic rebuilds a table of SQLite to add a column with a reference.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE original_file ADD COLUMN storage_root_id {kind} DEFAULT 1 NOT NULL"
        f" CONSTRAINT {REFERENCE} REFERENCES storage_root (id)"
    )
    op.add_column("original_file", sa.Column("crc32", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Write whole paths again, and drop what was made."""
    op.execute(
        "UPDATE original_file SET path = (SELECT storage_root.path FROM storage_root"
        " WHERE storage_root.id = original_file.storage_root_id) || path"
        " WHERE storage_root_id <> 1"
    )
    op.drop_column("original_file", "crc32")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("original_file", "storage_root_id")
    else:
        _drop_reference()
    op.drop_table("storage_root")


def _drop_reference() -> None:
    from store.migrations.triggers import kept_triggers

    with (
        kept_triggers(op.get_bind()),
        op.batch_alter_table("original_file", recreate="always") as table,
    ):
        table.drop_column("storage_root_id")
