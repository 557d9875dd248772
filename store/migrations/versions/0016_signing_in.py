"""Sign-ins of directories, acting as somebody else, and who did so.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACTING = (
    ("sign_in_session", "acting_as_id"),
    ("event", "acted_by_id"),
    ("audit_entry", "acted_by_id"),
)
"""Columns that name accounts, by table."""


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "external_identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("experimenter_id", ID, nullable=False),
        sa.Column("issuer", sa.String(512), nullable=False),
        sa.Column("subject", sa.String(512), nullable=False),
        sa.ForeignKeyConstraint(
            ["experimenter_id"],
            ["experimenter.id"],
            name="fk_external_identity_experimenter_id_experimenter",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_external_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_external_identity_issuer_subject"),
    )
    op.create_index(
        "ix_external_identity_experimenter_id", "external_identity", ["experimenter_id"]
    )
    op.add_column("sign_in_session", sa.Column("way", sa.String(32), nullable=True))
    op.add_column("sign_in_session", sa.Column("address", sa.String(64), nullable=True))
    # As text, because Alembic rebuilds a table of SQLite to add a column with a reference.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    for table, column in ACTING:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} {kind}"
            f" CONSTRAINT fk_{table}_{column}_experimenter REFERENCES experimenter (id)"
        )


def downgrade() -> None:
    """Drop what was made."""
    from store.migrations.triggers import kept_triggers

    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in ACTING:
        if not sqlite:
            op.drop_column(table, column)
            continue
        with kept_triggers(op.get_bind()), op.batch_alter_table(table, recreate="always") as made:
            made.drop_column(column)
    op.drop_column("sign_in_session", "address")
    op.drop_column("sign_in_session", "way")
    op.drop_table("external_identity")
