"""Grants, share links and visits by them.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "access_grant",
        sa.Column("id", ID, nullable=False),
        sa.Column("target_kind", sa.String(16), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("audience", sa.String(64), nullable=False),
        sa.Column("experimenter_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("grantor_id", ID, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["experimenter_id"],
            ["experimenter.id"],
            name="fk_access_grant_experimenter_id_experimenter",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name="fk_access_grant_group_id_experimenter_group",
        ),
        sa.ForeignKeyConstraint(
            ["grantor_id"], ["experimenter.id"], name="fk_access_grant_grantor_id_experimenter"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_access_grant"),
        sa.UniqueConstraint(
            *("target_kind", "target_id", "audience"),
            name="uq_access_grant_target_kind_target_id_audience",
        ),
    )
    for column in ("audience", "group_id", "grantor_id"):
        op.create_index(f"ix_access_grant_{column}", "access_grant", [column])
    op.create_table(
        "share_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("target_kind", sa.String(16), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("creator_id", ID, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("last_used", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["experimenter.id"], name="fk_share_link_creator_id_experimenter"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_share_link"),
        sa.UniqueConstraint("secret_hash", name="uq_share_link_secret_hash"),
    )
    op.create_index("ix_share_link_creator_id", "share_link", ["creator_id"])
    op.create_index(
        "ix_share_link_target_kind_target_id", "share_link", ["target_kind", "target_id"]
    )
    op.create_table(
        "share_visit",
        sa.Column("id", ID, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("share_link_id", ID, nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["share_link_id"], ["share_link.id"], name="fk_share_visit_share_link_id_share_link"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_share_visit"),
        sa.UniqueConstraint("secret_hash", name="uq_share_visit_secret_hash"),
    )
    for column in ("share_link_id", "expires"):
        op.create_index(f"ix_share_visit_{column}", "share_visit", [column])


def downgrade() -> None:
    """Drop them, with all that was shared."""
    for table in ("share_visit", "share_link", "access_grant"):
        op.drop_table(table)
