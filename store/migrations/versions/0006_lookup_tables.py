"""Uploaded lookup tables.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lookup_table",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("colors", sa.LargeBinary(768), nullable=False),
        sa.Column("uploader_id", ID, nullable=False),
        sa.Column("uploaded", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["experimenter.id"], name="fk_lookup_table_uploader_id_experimenter"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lookup_table"),
        sa.UniqueConstraint("name", name="uq_lookup_table_name"),
    )


def downgrade() -> None:
    """Drop it, with the tables that people uploaded."""
    op.drop_table("lookup_table")
