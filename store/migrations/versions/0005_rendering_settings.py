"""Saved rendering settings: one without a name for each person and image, and settings by hash.

Revision: 0005, after 0004. Until now nothing wrote rendering settings; rows that stand there all
the same keep their place, the newest of equal ones.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from store.migrations.triggers import kept_triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), sa.text("deleted_event_id IS NULL")
)
UNIQUE = "uq_rendering_settings_pixels_id_owner_id_name"
FOREIGN = "fk_rendering_settings_image_id_image"

IMAGES = """UPDATE rendering_settings SET name = coalesce(name, ''), image_id =
    (SELECT image_id FROM pixels WHERE pixels.id = rendering_settings.pixels_id)"""
OLDER = """DELETE FROM rendering_settings WHERE deleted_event_id IS NULL AND id NOT IN
    (SELECT max(id) FROM rendering_settings WHERE deleted_event_id IS NULL
    GROUP BY pixels_id, owner_id, name)"""


def upgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        "rendering_form",
        sa.Column("id", ID, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendering_form")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_rendering_form_content_hash")),
    )
    for column in (
        sa.Column("image_id", ID),
        sa.Column("default_z", sa.Integer()),
        sa.Column("default_t", sa.Integer()),
        sa.Column("projection", sa.String(32)),
    ):
        op.add_column("rendering_settings", column)
    connection.exec_driver_sql(IMAGES)
    connection.exec_driver_sql(OLDER)
    with kept_triggers(connection), op.batch_alter_table("rendering_settings") as batch_op:
        batch_op.alter_column("image_id", existing_type=ID, nullable=False)
        batch_op.alter_column(
            "name",
            existing_type=sa.String(1024),
            nullable=False,
            server_default=sa.text("''"),
        )
        batch_op.create_foreign_key(FOREIGN, "image", ["image_id"], ["id"])
    op.create_index("ix_rendering_settings_image_id", "rendering_settings", ["image_id"])
    columns = ["pixels_id", "owner_id", "name"]
    op.create_index(UNIQUE, "rendering_settings", columns, unique=True, **LIVE)


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_index(UNIQUE, "rendering_settings")
    op.drop_index("ix_rendering_settings_image_id", "rendering_settings")
    with kept_triggers(connection), op.batch_alter_table("rendering_settings") as batch_op:
        batch_op.drop_constraint(FOREIGN, type_="foreignkey")
        for column in ("image_id", "default_z", "default_t", "projection"):
            batch_op.drop_column(column)
        batch_op.alter_column(
            "name", existing_type=sa.String(1024), nullable=True, server_default=None
        )
    connection.exec_driver_sql("UPDATE rendering_settings SET name = NULL WHERE name = ''")
    op.drop_table("rendering_form")
