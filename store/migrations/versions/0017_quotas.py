"""How much people have in groups, counted by triggers, and how much they may have.

Revision: 0017, after 0016. What there is is counted once.
"""

# ruff: noqa: S608  (statements are made of names in this file)

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = {"image": ("1", "0"), "original_file": ("0", "{row}.size")}
"""What one row of a table counts for, as images and bytes."""


def upgrade() -> None:
    """Make the tables, count, and make the triggers."""
    op.create_table(
        "storage_usage",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name="fk_storage_usage_owner_id_experimenter"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name="fk_storage_usage_group_id_experimenter_group",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_storage_usage"),
        sa.UniqueConstraint("owner_id", "group_id", name="uq_storage_usage_owner_id_group_id"),
    )
    op.create_index("ix_storage_usage_group_id", "storage_usage", ["group_id"])
    op.create_table(
        "quota",
        sa.Column("id", ID, nullable=False),
        sa.Column("experimenter_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("images", sa.BigInteger(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experimenter_id"], ["experimenter.id"], name="fk_quota_experimenter_id_experimenter"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["experimenter_group.id"], name="fk_quota_group_id_experimenter_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quota"),
        sa.UniqueConstraint("experimenter_id", name="uq_quota_experimenter_id"),
        sa.UniqueConstraint("group_id", name="uq_quota_group_id"),
    )
    op.execute(
        "INSERT INTO storage_usage (owner_id, group_id, images, bytes)"
        " SELECT owner_id, group_id, sum(images), sum(bytes) FROM ("
        " SELECT owner_id, group_id, 1 AS images, 0 AS bytes FROM image UNION ALL"
        " SELECT owner_id, group_id, 0, size FROM original_file) AS counted"
        " GROUP BY owner_id, group_id"
    )
    make = _on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite
    for table in COUNTED:
        make(table)


def _on_sqlite(table: str) -> None:
    changed = "OF owner_id, group_id" + (", size" if table == "original_file" else "")
    for name, event, steps in (
        ("insert", "INSERT", [("NEW", "+")]),
        ("delete", "DELETE", [("OLD", "-")]),
        ("update", f"UPDATE {changed}", [("OLD", "-"), ("NEW", "+")]),
    ):
        body = " ".join(_step(table, row, sign) for row, sign in steps)
        op.execute(f"CREATE TRIGGER {table}_usage_{name} AFTER {event} ON {table} BEGIN {body} END")


def _step(table: str, row: str, sign: str) -> str:
    images, size = (one.format(row=row) for one in COUNTED[table])
    return (
        "INSERT INTO storage_usage (owner_id, group_id, images, bytes)"
        f" VALUES ({row}.owner_id, {row}.group_id, {sign}{images}, {sign}{size})"
        " ON CONFLICT (owner_id, group_id) DO UPDATE SET"
        " images = storage_usage.images + excluded.images,"
        " bytes = storage_usage.bytes + excluded.bytes;"
    )


def _on_postgresql(table: str) -> None:
    """Count once for each statement, in order, so that statements never wait in a circle."""
    plus = f"SELECT owner_id, group_id, {_facts(table, '+')} FROM made"
    minus = f"SELECT owner_id, group_id, {_facts(table, '-')} FROM gone"
    new, old = "NEW TABLE AS made", "OLD TABLE AS gone"
    for name, rows, counted in (
        ("insert", new, plus),
        ("delete", old, minus),
        ("update", f"{old} {new}", f"{minus} UNION ALL {plus}"),
    ):
        op.execute(
            f"CREATE FUNCTION {table}_usage_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO storage_usage (owner_id, group_id, images, bytes)"
            " SELECT owner_id, group_id, sum(images), sum(bytes)"
            f" FROM ({counted}) AS counted GROUP BY owner_id, group_id"
            " HAVING sum(images) <> 0 OR sum(bytes) <> 0 ORDER BY owner_id, group_id"
            " ON CONFLICT (owner_id, group_id) DO UPDATE SET"
            " images = storage_usage.images + excluded.images,"
            " bytes = storage_usage.bytes + excluded.bytes;"
            " RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_usage_{name} AFTER {name.upper()} ON {table}"
            f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {table}_usage_{name}()"
        )


def _facts(table: str, sign: str) -> str:
    images, size = (one.format(row="x").replace("x.", "") for one in COUNTED[table])
    return f"{sign}{images} AS images, {sign}{size} AS bytes"


def downgrade() -> None:
    """Drop what was made."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in COUNTED:
        for name in ("insert", "delete", "update"):
            if postgresql:
                op.execute(f"DROP TRIGGER {table}_usage_{name} ON {table}")
                op.execute(f"DROP FUNCTION {table}_usage_{name}()")
            else:
                op.execute(f"DROP TRIGGER {table}_usage_{name}")
    op.drop_table("quota")
    op.drop_table("storage_usage")
