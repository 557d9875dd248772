"""Keep what becomes of each fileset of an import.

Revision: 0008, after 0007. Imports of before have no such items.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "job_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("code", sa.String(32), nullable=True),
        sa.Column("fileset_id", ID, nullable=True),
        sa.Column("images", sa.JSON(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job_item"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_item_job_id_job"),
        sa.ForeignKeyConstraint(
            ["fileset_id"],
            ["fileset.id"],
            name="fk_job_item_fileset_id_fileset",
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint("job_id", "index", name="uq_job_item_job_id_index"),
    )
    op.create_index("ix_job_item_fileset_id", "job_item", ["fileset_id"])
    op.create_index("ix_job_item_job_id_state_index", "job_item", ["job_id", "state", "index"])


def downgrade() -> None:
    op.drop_table("job_item")
