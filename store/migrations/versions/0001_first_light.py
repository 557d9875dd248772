"""First light: people, containers, images, files, history and counters.

Revision: 0001, the first.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORTED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("deleted_event_id IS NULL")
TABLES = (
    "experimenter_group",
    "experimenter",
    "child_count",
    "event",
    "membership",
    "sign_in_session",
    "dataset",
    "event_log",
    "fileset",
    "original_file",
    "project",
    "fileset_entry",
    "image",
    "project_dataset_link",
    "dataset_image_link",
    "pixels",
    "channel",
    "chunk_block",
    "plane",
)


def key() -> sa.Column[Any]:
    return sa.Column("id", ID, nullable=False)


def reference(table: str, column: str, target: str, *, nullable: bool = False) -> sa.Column[Any]:
    name = f"fk_{table}_{column}_{target}"
    return sa.Column(column, ID, sa.ForeignKey(f"{target}.id", name=name), nullable=nullable)


def owned(table: str) -> list[sa.Column[Any]]:
    return [
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        reference(table, "owner_id", "experimenter"),
        reference(table, "group_id", "experimenter_group"),
        reference(table, "creation_event_id", "event"),
        reference(table, "update_event_id", "event"),
        reference(table, "deleted_event_id", "event", nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "experimenter_group",
        key(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("permissions", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experimenter_group"),
        sa.UniqueConstraint("name", name="uq_experimenter_group_name"),
    )
    op.create_table(
        "experimenter",
        key(),
        sa.Column("user_name", sa.String(255), nullable=False),
        sa.Column("first_name", sa.String(255), nullable=False),
        sa.Column("middle_name", sa.String(255), nullable=True),
        sa.Column("last_name", sa.String(255), nullable=False),
        sa.Column("email", sa.String(255), nullable=True),
        sa.Column("institution", sa.String(255), nullable=True),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        reference("experimenter", "default_group_id", "experimenter_group", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_experimenter"),
        sa.UniqueConstraint("user_name", name="uq_experimenter_user_name"),
    )
    op.create_table(
        "child_count",
        key(),
        sa.Column("parent_type", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("child_type", sa.String(32), nullable=False),
        reference("child_count", "group_id", "experimenter_group"),
        reference("child_count", "owner_id", "experimenter"),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_child_count"),
        sa.UniqueConstraint(
            "parent_type",
            "parent_id",
            "child_type",
            "group_id",
            "owner_id",
            name="uq_child_count_parent_child_owner",
        ),
    )
    op.create_table(
        "event",
        key(),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        reference("event", "experimenter_id", "experimenter"),
        reference("event", "group_id", "experimenter_group"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_table(
        "membership",
        key(),
        reference("membership", "experimenter_id", "experimenter"),
        reference("membership", "group_id", "experimenter_group"),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.UniqueConstraint(
            "experimenter_id", "group_id", name="uq_membership_experimenter_id_group_id"
        ),
    )
    op.create_index("ix_membership_group_id", "membership", ["group_id"])
    op.create_table(
        "sign_in_session",
        key(),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        reference("sign_in_session", "experimenter_id", "experimenter"),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("last_used", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_session"),
        sa.UniqueConstraint("secret_hash", name="uq_sign_in_session_secret_hash"),
    )
    op.create_index("ix_sign_in_session_experimenter_id", "sign_in_session", ["experimenter_id"])
    op.create_table(
        "dataset",
        key(),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        *owned("dataset"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset"),
    )
    op.create_index("ix_dataset_sort_name_id", "dataset", ["sort_name", "id"])
    op.create_table(
        "event_log",
        key(),
        reference("event_log", "event_id", "event"),
        sa.Column("entity_type", sa.String(64), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_log"),
    )
    op.create_index("ix_event_log_entity_type_entity_id", "event_log", ["entity_type", "entity_id"])
    op.create_index("ix_event_log_event_id", "event_log", ["event_id"])
    op.create_table(
        "fileset",
        key(),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("format", sa.String(64), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        *owned("fileset"),
        sa.PrimaryKeyConstraint("id", name="pk_fileset"),
    )
    op.create_index(
        "uq_fileset_identity_group_id_owner_id",
        "fileset",
        ["identity", "group_id", "owner_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "original_file",
        key(),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", MOMENT, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=True),
        sa.Column("hasher", sa.String(16), nullable=True),
        sa.Column("mimetype", sa.String(128), nullable=True),
        *owned("original_file"),
        sa.PrimaryKeyConstraint("id", name="pk_original_file"),
    )
    op.create_index("ix_original_file_path", "original_file", ["path"])
    op.create_table(
        "project",
        key(),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        *owned("project"),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
    )
    op.create_index("ix_project_sort_name_id", "project", ["sort_name", "id"])
    op.create_table(
        "fileset_entry",
        key(),
        reference("fileset_entry", "fileset_id", "fileset"),
        sa.Column("index", sa.Integer(), nullable=False),
        reference("fileset_entry", "original_file_id", "original_file"),
        sa.Column("client_path", sa.Text(), nullable=False),
        *owned("fileset_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_fileset_entry"),
        sa.UniqueConstraint("fileset_id", "index", name="uq_fileset_entry_fileset_id_index"),
    )
    op.create_index("ix_fileset_entry_original_file_id", "fileset_entry", ["original_file_id"])
    op.create_table(
        "image",
        key(),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("acquisition_date", MOMENT, nullable=True),
        reference("image", "fileset_id", "fileset", nullable=True),
        sa.Column("series", sa.Integer(), nullable=False),
        *owned("image"),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
    )
    op.create_index("ix_image_acquisition_date_id", "image", ["acquisition_date", "id"])
    op.create_index("ix_image_fileset_id_series", "image", ["fileset_id", "series"])
    op.create_index("ix_image_sort_name_id", "image", ["sort_name", "id"])
    op.create_table(
        "project_dataset_link",
        key(),
        reference("project_dataset_link", "parent_id", "project"),
        reference("project_dataset_link", "child_id", "dataset"),
        *owned("project_dataset_link"),
        sa.PrimaryKeyConstraint("id", name="pk_project_dataset_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_project_dataset_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_project_dataset_link_child_id", "project_dataset_link", ["child_id"])
    op.create_table(
        "dataset_image_link",
        key(),
        reference("dataset_image_link", "parent_id", "dataset"),
        reference("dataset_image_link", "child_id", "image"),
        *owned("dataset_image_link"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_image_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_dataset_image_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_dataset_image_link_child_id", "dataset_image_link", ["child_id"])
    op.create_table(
        "pixels",
        key(),
        reference("pixels", "image_id", "image"),
        sa.Column("dimension_order", sa.String(5), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("significant_bits", sa.Integer(), nullable=True),
        sa.Column("size_x", sa.Integer(), nullable=False),
        sa.Column("size_y", sa.Integer(), nullable=False),
        sa.Column("size_z", sa.Integer(), nullable=False),
        sa.Column("size_c", sa.Integer(), nullable=False),
        sa.Column("size_t", sa.Integer(), nullable=False),
        sa.Column("physical_size_x", sa.Float(), nullable=True),
        sa.Column("physical_size_x_unit", sa.String(16), nullable=True),
        sa.Column("physical_size_y", sa.Float(), nullable=True),
        sa.Column("physical_size_y_unit", sa.String(16), nullable=True),
        sa.Column("physical_size_z", sa.Float(), nullable=True),
        sa.Column("physical_size_z_unit", sa.String(16), nullable=True),
        sa.Column("time_increment", sa.Float(), nullable=True),
        sa.Column("time_increment_unit", sa.String(16), nullable=True),
        sa.Column("content_id", sa.String(64), nullable=False),
        sa.Column("rgb", sa.Boolean(), nullable=False),
        sa.Column("storage", sa.JSON(), nullable=False),
        *owned("pixels"),
        sa.PrimaryKeyConstraint("id", name="pk_pixels"),
        sa.UniqueConstraint("image_id", name="uq_pixels_image_id"),
    )
    op.create_table(
        "channel",
        key(),
        reference("channel", "pixels_id", "pixels"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(1024), nullable=True),
        sa.Column("samples_per_pixel", sa.Integer(), nullable=True),
        sa.Column("illumination_type", sa.String(32), nullable=True),
        sa.Column("acquisition_mode", sa.String(64), nullable=True),
        sa.Column("contrast_method", sa.String(32), nullable=True),
        sa.Column("excitation_wavelength", sa.Float(), nullable=True),
        sa.Column("excitation_wavelength_unit", sa.String(16), nullable=True),
        sa.Column("emission_wavelength", sa.Float(), nullable=True),
        sa.Column("emission_wavelength_unit", sa.String(16), nullable=True),
        sa.Column("fluor", sa.String(255), nullable=True),
        sa.Column("nd_filter", sa.Float(), nullable=True),
        sa.Column("pinhole_size", sa.Float(), nullable=True),
        sa.Column("pinhole_size_unit", sa.String(16), nullable=True),
        sa.Column("pockel_cell_setting", sa.Integer(), nullable=True),
        sa.Column("color", sa.Integer(), nullable=True),
        sa.Column("lookup_table", sa.String(255), nullable=True),
        sa.Column("global_min", sa.Float(), nullable=True),
        sa.Column("global_max", sa.Float(), nullable=True),
        sa.Column("statistics_level", sa.Integer(), nullable=True),
        *owned("channel"),
        sa.PrimaryKeyConstraint("id", name="pk_channel"),
        sa.UniqueConstraint("pixels_id", "index", name="uq_channel_pixels_id_index"),
    )
    op.create_table(
        "chunk_block",
        key(),
        reference("chunk_block", "pixels_id", "pixels"),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("first_plane", sa.Integer(), nullable=False),
        sa.Column("plane_count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chunk_block"),
        sa.UniqueConstraint(
            "pixels_id", "level", "first_plane", name="uq_chunk_block_pixels_id_level_first_plane"
        ),
    )
    op.create_table(
        "plane",
        key(),
        reference("plane", "pixels_id", "pixels"),
        sa.Column("the_z", sa.Integer(), nullable=False),
        sa.Column("the_c", sa.Integer(), nullable=False),
        sa.Column("the_t", sa.Integer(), nullable=False),
        sa.Column("delta_t", sa.Float(), nullable=True),
        sa.Column("delta_t_unit", sa.String(16), nullable=True),
        sa.Column("exposure_time", sa.Float(), nullable=True),
        sa.Column("exposure_time_unit", sa.String(16), nullable=True),
        sa.Column("position_x", sa.Float(), nullable=True),
        sa.Column("position_x_unit", sa.String(16), nullable=True),
        sa.Column("position_y", sa.Float(), nullable=True),
        sa.Column("position_y_unit", sa.String(16), nullable=True),
        sa.Column("position_z", sa.Float(), nullable=True),
        sa.Column("position_z_unit", sa.String(16), nullable=True),
        *owned("plane"),
        sa.PrimaryKeyConstraint("id", name="pk_plane"),
        sa.UniqueConstraint(
            "pixels_id", "the_t", "the_c", "the_z", name="uq_plane_pixels_id_the_t_the_c_the_z"
        ),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
