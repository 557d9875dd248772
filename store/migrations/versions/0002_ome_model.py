"""The whole OME model and OMERO's additions.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORTED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "idempotent_request",
        sa.Column("experimenter_id", ID, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["experimenter_id"],
            ["experimenter.id"],
            name=op.f("fk_idempotent_request_experimenter_id_experimenter"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_request")),
        sa.UniqueConstraint(
            "experimenter_id", "key", name=op.f("uq_idempotent_request_experimenter_id_key")
        ),
    )
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotent_request_time"), ["time"], unique=False)

    op.create_table(
        "folder",
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_folder_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_folder_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_folder_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_folder_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["folder.id"], name=op.f("fk_folder_parent_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_folder_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
    )
    with op.batch_alter_table("folder", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_folder_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_folder_parent_id_sort_name"), ["parent_id", "sort_name"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_folder_sort_name_id"), ["sort_name", "id"], unique=False
        )

    op.create_table(
        "instrument",
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_instrument_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_instrument_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_instrument_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_instrument_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_instrument_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
    )
    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instrument_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_instrument_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_instrument_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("submitted", MOMENT, nullable=False),
        sa.Column("started", MOMENT, nullable=True),
        sa.Column("finished", MOMENT, nullable=True),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_job_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_job_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["experimenter_group.id"], name=op.f("fk_job_group_id_experimenter_group")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_job_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_job_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_job_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_job_owner_id_id"), ["owner_id", "id"], unique=False)

    op.create_table(
        "person",
        sa.Column("user_name", sa.String(length=255), nullable=True),
        sa.Column("first_name", sa.String(length=255), nullable=True),
        sa.Column("middle_name", sa.String(length=255), nullable=True),
        sa.Column("last_name", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("institution", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_person_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_person_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_person_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_person_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_person_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "person_group",
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_person_group_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_person_group_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_person_group_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_person_group_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_person_group_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_group")),
    )
    with op.batch_alter_table("person_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_group_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "plate",
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=255), nullable=True),
        sa.Column("external_identifier", sa.String(length=255), nullable=True),
        sa.Column("row_naming_convention", sa.String(length=64), nullable=True),
        sa.Column("column_naming_convention", sa.String(length=64), nullable=True),
        sa.Column("well_origin_x", sa.Double(), nullable=True),
        sa.Column("well_origin_x_unit", sa.String(length=16), nullable=True),
        sa.Column("well_origin_y", sa.Double(), nullable=True),
        sa.Column("well_origin_y_unit", sa.String(length=16), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("field_index", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_plate_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_plate_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_plate_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_plate_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_plate_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
    )
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plate_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_group_id_sort_name_id"),
            ["group_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_owner_id_sort_name_id"),
            ["owner_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_sort_name_id"), ["sort_name", "id"], unique=False
        )

    op.create_table(
        "protocol",
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("label", sa.String(length=255), nullable=True),
        sa.Column("type", sa.String(length=255), nullable=True),
        sa.Column("identifier", sa.String(length=1024), nullable=True),
        sa.Column("previous_id", ID, nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_protocol_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_protocol_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_protocol_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["protocol.id"], name=op.f("fk_protocol_previous_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_protocol_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol")),
    )
    with op.batch_alter_table("protocol", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_protocol_previous_id"), ["previous_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_protocol_sort_name_id"), ["sort_name", "id"], unique=False
        )

    op.create_table(
        "screen",
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.String(length=255), nullable=True),
        sa.Column("reagent_set_identifier", sa.String(length=255), nullable=True),
        sa.Column("reagent_set_description", sa.Text(), nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_screen_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_screen_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_screen_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_screen_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_screen_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen")),
    )
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_screen_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_screen_sort_name_id"), ["sort_name", "id"], unique=False
        )

    op.create_table(
        "annotation",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("namespace", sa.String(length=1024), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column("text_key", SORTED, nullable=True),
        sa.Column("long_value", sa.BigInteger(), nullable=True),
        sa.Column("double_value", sa.Double(), nullable=True),
        sa.Column("bool_value", sa.Boolean(), nullable=True),
        sa.Column("time_value", MOMENT, nullable=True),
        sa.Column("file_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_annotation_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_annotation_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["original_file.id"], name=op.f("fk_annotation_file_id_original_file")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_annotation_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_annotation_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_annotation_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_annotation_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_annotation_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_annotation_file_id"), ["file_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_annotation_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index("ix_annotation_kind_namespace", ["kind", "namespace"], unique=False)
        batch_op.create_index(
            "ix_annotation_kind_text_key", ["kind", "text_key", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_annotation_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_annotation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "detector",
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("gain", sa.Double(), nullable=True),
        sa.Column("voltage", sa.Double(), nullable=True),
        sa.Column("voltage_unit", sa.String(length=16), nullable=True),
        sa.Column("offset", sa.Double(), nullable=True),
        sa.Column("zoom", sa.Double(), nullable=True),
        sa.Column("amplification_gain", sa.Double(), nullable=True),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_detector_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_detector_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_detector_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_detector_instrument_id_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_detector_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_detector_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detector")),
    )
    with op.batch_alter_table("detector", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_detector_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_detector_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "dichroic",
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_dichroic_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_dichroic_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_dichroic_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_dichroic_instrument_id_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_dichroic_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_dichroic_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dichroic")),
    )
    with op.batch_alter_table("dichroic", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dichroic_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dichroic_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "experiment",
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("protocol_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_experiment_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_experiment_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_experiment_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_experiment_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_experiment_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["protocol.id"], name=op.f("fk_experiment_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_experiment_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
    )
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_experiment_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_experiment_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_experiment_protocol_id"), ["protocol_id"], unique=False
        )

    op.create_table(
        "filter",
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("filter_wheel", sa.String(length=255), nullable=True),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_filter_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_filter_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_filter_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_filter_instrument_id_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_filter_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_filter_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter")),
    )
    with op.batch_alter_table("filter", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filter_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_filter_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "light_source",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("power", sa.Double(), nullable=True),
        sa.Column("power_unit", sa.String(length=16), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("laser_medium", sa.String(length=64), nullable=True),
        sa.Column("wavelength", sa.Double(), nullable=True),
        sa.Column("wavelength_unit", sa.String(length=16), nullable=True),
        sa.Column("frequency_multiplication", sa.Integer(), nullable=True),
        sa.Column("tuneable", sa.Boolean(), nullable=True),
        sa.Column("pulse", sa.String(length=64), nullable=True),
        sa.Column("pockel_cell", sa.Boolean(), nullable=True),
        sa.Column("repetition_rate", sa.Double(), nullable=True),
        sa.Column("repetition_rate_unit", sa.String(length=16), nullable=True),
        sa.Column("pump_id", ID, nullable=True),
        sa.Column("map", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_light_source_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_light_source_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_light_source_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_light_source_instrument_id_instrument"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_light_source_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["pump_id"], ["light_source.id"], name=op.f("fk_light_source_pump_id_light_source")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_light_source_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_source")),
    )
    with op.batch_alter_table("light_source", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_light_source_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_light_source_instrument_id"), ["instrument_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_light_source_pump_id"), ["pump_id"], unique=False)

    op.create_table(
        "microscope",
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_microscope_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_microscope_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_microscope_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_microscope_instrument_id_instrument"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_microscope_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_microscope_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_microscope")),
    )
    with op.batch_alter_table("microscope", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_microscope_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_microscope_instrument_id",
            ["instrument_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "objective",
        sa.Column("correction", sa.String(length=64), nullable=True),
        sa.Column("immersion", sa.String(length=64), nullable=True),
        sa.Column("lens_na", sa.Double(), nullable=True),
        sa.Column("nominal_magnification", sa.Double(), nullable=True),
        sa.Column("calibrated_magnification", sa.Double(), nullable=True),
        sa.Column("working_distance", sa.Double(), nullable=True),
        sa.Column("working_distance_unit", sa.String(length=16), nullable=True),
        sa.Column("iris", sa.Boolean(), nullable=True),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_objective_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_objective_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_objective_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_objective_instrument_id_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_objective_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_objective_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
    )
    with op.batch_alter_table("objective", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_objective_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_objective_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "person_group_member",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["person.id"], name=op.f("fk_person_group_member_child_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_person_group_member_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_person_group_member_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_person_group_member_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_person_group_member_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["person_group.id"],
            name=op.f("fk_person_group_member_parent_id_person_group"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_person_group_member_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_group_member")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            "leader",
            name=op.f("uq_person_group_member_parent_id_child_id_leader"),
        ),
    )
    with op.batch_alter_table("person_group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_group_member_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_person_group_member_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "plate_acquisition",
        sa.Column("plate_id", ID, nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("start_time", MOMENT, nullable=True),
        sa.Column("end_time", MOMENT, nullable=True),
        sa.Column("maximum_field_count", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_plate_acquisition_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_plate_acquisition_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_plate_acquisition_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_plate_acquisition_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["plate_id"], ["plate.id"], name=op.f("fk_plate_acquisition_plate_id_plate")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_plate_acquisition_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_acquisition")),
    )
    with op.batch_alter_table("plate_acquisition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plate_acquisition_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_plate_acquisition_plate_id"), ["plate_id"], unique=False
        )

    op.create_table(
        "protocol_file_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["original_file.id"],
            name=op.f("fk_protocol_file_link_child_id_original_file"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_file_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_file_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_file_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_protocol_file_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["protocol.id"], name=op.f("fk_protocol_file_link_parent_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_file_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_file_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_protocol_file_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("protocol_file_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_file_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_protocol_file_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "protocol_identifier",
        sa.Column("protocol_id", ID, nullable=False),
        sa.Column("system", sa.String(length=255), nullable=False),
        sa.Column("value", sa.String(length=1024), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_identifier_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_identifier_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_identifier_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_protocol_identifier_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"],
            ["protocol.id"],
            name=op.f("fk_protocol_identifier_protocol_id_protocol"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_identifier_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_identifier")),
    )
    with op.batch_alter_table("protocol_identifier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_identifier_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_protocol_identifier_protocol_id_system_value",
            ["protocol_id", "system", "value"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "protocol_instrument_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["instrument.id"],
            name=op.f("fk_protocol_instrument_link_child_id_instrument"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_instrument_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_instrument_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_instrument_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_protocol_instrument_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["protocol.id"],
            name=op.f("fk_protocol_instrument_link_parent_id_protocol"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_instrument_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_instrument_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_protocol_instrument_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("protocol_instrument_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_instrument_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_protocol_instrument_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "protocol_link",
        sa.Column("parent_type", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["protocol.id"], name=op.f("fk_protocol_link_child_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_protocol_link_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_protocol_link_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_protocol_link_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_link")),
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_protocol_link"),
    )
    with op.batch_alter_table("protocol_link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_protocol_link_child", ["child_id", "parent_type", "parent_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_protocol_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "protocol_reagent",
        sa.Column("protocol_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("identifier", sa.String(length=255), nullable=True),
        sa.Column("supplier", sa.String(length=255), nullable=True),
        sa.Column("amount", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_reagent_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_reagent_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_reagent_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_protocol_reagent_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["protocol.id"], name=op.f("fk_protocol_reagent_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_reagent_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_reagent")),
    )
    with op.batch_alter_table("protocol_reagent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_reagent_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_protocol_reagent_protocol_id_index",
            ["protocol_id", "index"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "protocol_step",
        sa.Column("protocol_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("duration_unit", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_protocol_step_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_protocol_step_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_protocol_step_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_protocol_step_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["protocol.id"], name=op.f("fk_protocol_step_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_protocol_step_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_step")),
    )
    with op.batch_alter_table("protocol_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_protocol_step_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_protocol_step_protocol_id_index",
            ["protocol_id", "index"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "reagent",
        sa.Column("screen_id", ID, nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("reagent_identifier", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_reagent_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_reagent_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_reagent_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_reagent_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["screen_id"], ["screen.id"], name=op.f("fk_reagent_screen_id_screen")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_reagent_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reagent")),
    )
    with op.batch_alter_table("reagent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reagent_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_reagent_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("protocol_id", ID, nullable=True),
        sa.Column("software", sa.String(length=255), nullable=True),
        sa.Column("software_version", sa.String(length=255), nullable=True),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=True),
        sa.Column("start_time", MOMENT, nullable=True),
        sa.Column("end_time", MOMENT, nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_run_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_run_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["experimenter_group.id"], name=op.f("fk_run_group_id_experimenter_group")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_run_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["protocol.id"], name=op.f("fk_run_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_run_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_run_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_run_protocol_id"), ["protocol_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_sort_name_id"), ["sort_name", "id"], unique=False)

    op.create_table(
        "screen_plate_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["plate.id"], name=op.f("fk_screen_plate_link_child_id_plate")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_screen_plate_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_screen_plate_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_screen_plate_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_screen_plate_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["screen.id"], name=op.f("fk_screen_plate_link_parent_id_screen")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_screen_plate_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_plate_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_screen_plate_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("screen_plate_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_screen_plate_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_screen_plate_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "well",
        sa.Column("plate_id", ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("external_description", sa.Text(), nullable=True),
        sa.Column("external_identifier", sa.String(length=255), nullable=True),
        sa.Column("type", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=255), nullable=True),
        sa.Column("color", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_well_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_well_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_well_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_well_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_well_plate_id_plate")),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_well_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_well")),
    )
    with op.batch_alter_table("well", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_well_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_well_plate_id_row_column", ["plate_id", "row", "column"], unique=False
        )

    op.create_table(
        "annotation_link",
        sa.Column("parent_type", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["annotation.id"], name=op.f("fk_annotation_link_child_id_annotation")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_annotation_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_annotation_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_annotation_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_annotation_link_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_annotation_link_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation_link")),
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_annotation_link"),
    )
    with op.batch_alter_table("annotation_link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_annotation_link_child", ["child_id", "parent_type", "parent_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_annotation_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "filter_set",
        sa.Column("dichroic_id", ID, nullable=True),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("manufacturer", sa.String(length=255), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("serial_number", sa.String(length=255), nullable=True),
        sa.Column("lot_number", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_filter_set_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_filter_set_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["dichroic_id"], ["dichroic.id"], name=op.f("fk_filter_set_dichroic_id_dichroic")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_filter_set_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_filter_set_instrument_id_instrument"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_filter_set_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_filter_set_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_set")),
    )
    with op.batch_alter_table("filter_set", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filter_set_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_filter_set_dichroic_id"), ["dichroic_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_filter_set_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "map_pair",
        sa.Column("annotation_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key_key", SORTED, nullable=False),
        sa.Column("value_key", SORTED, nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("base_number", sa.Double(), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_map_pair_annotation_id_annotation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_pair")),
        sa.UniqueConstraint("annotation_id", "index", name=op.f("uq_map_pair_annotation_id_index")),
    )
    with op.batch_alter_table("map_pair", schema=None) as batch_op:
        batch_op.create_index(
            "ix_map_pair_key_key_base_number",
            ["key_key", "base_number", "annotation_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_map_pair_key_key_value_key", ["key_key", "value_key", "annotation_id"], unique=False
        )

    op.create_table(
        "microbeam_manipulation",
        sa.Column("experiment_id", ID, nullable=False),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiment.id"],
            name=op.f("fk_microbeam_manipulation_experiment_id_experiment"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_microbeam_manipulation_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_microbeam_manipulation_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_microbeam_manipulation_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_microbeam_manipulation")),
    )
    with op.batch_alter_table("microbeam_manipulation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_microbeam_manipulation_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_microbeam_manipulation_experiment_id"), ["experiment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_microbeam_manipulation_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "run_link",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_run_link_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_run_link_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_run_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_run_link_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_link_run_id_run")),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_run_link_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_link")),
        sa.UniqueConstraint("run_id", "role", "object_type", "object_id", name="uq_run_link"),
    )
    with op.batch_alter_table("run_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_run_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_run_link_object", ["object_type", "object_id", "role"], unique=False
        )

    op.create_table(
        "transmittance_range",
        sa.Column("filter_id", ID, nullable=False),
        sa.Column("cut_in", sa.Double(), nullable=True),
        sa.Column("cut_in_unit", sa.String(length=16), nullable=True),
        sa.Column("cut_out", sa.Double(), nullable=True),
        sa.Column("cut_out_unit", sa.String(length=16), nullable=True),
        sa.Column("cut_in_tolerance", sa.Double(), nullable=True),
        sa.Column("cut_in_tolerance_unit", sa.String(length=16), nullable=True),
        sa.Column("cut_out_tolerance", sa.Double(), nullable=True),
        sa.Column("cut_out_tolerance_unit", sa.String(length=16), nullable=True),
        sa.Column("transmittance", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_transmittance_range_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_transmittance_range_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name=op.f("fk_transmittance_range_filter_id_filter")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_transmittance_range_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_transmittance_range_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_transmittance_range_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmittance_range")),
    )
    with op.batch_alter_table("transmittance_range", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_transmittance_range_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_transmittance_range_filter_id",
            ["filter_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "well_reagent_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["reagent.id"], name=op.f("fk_well_reagent_link_child_id_reagent")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_well_reagent_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_well_reagent_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_well_reagent_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_well_reagent_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["well.id"], name=op.f("fk_well_reagent_link_parent_id_well")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_well_reagent_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_well_reagent_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_well_reagent_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("well_reagent_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_well_reagent_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_well_reagent_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "filter_set_emission_filter_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["filter.id"],
            name=op.f("fk_filter_set_emission_filter_link_child_id_filter"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_emission_filter_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_emission_filter_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_filter_set_emission_filter_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_filter_set_emission_filter_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["filter_set.id"],
            name=op.f("fk_filter_set_emission_filter_link_parent_id_filter_set"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_emission_filter_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_set_emission_filter_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_filter_set_emission_filter_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("filter_set_emission_filter_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filter_set_emission_filter_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_filter_set_emission_filter_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "filter_set_excitation_filter_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["filter.id"],
            name=op.f("fk_filter_set_excitation_filter_link_child_id_filter"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_excitation_filter_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_excitation_filter_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_filter_set_excitation_filter_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_filter_set_excitation_filter_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["filter_set.id"],
            name=op.f("fk_filter_set_excitation_filter_link_parent_id_filter_set"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_filter_set_excitation_filter_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_set_excitation_filter_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_filter_set_excitation_filter_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("filter_set_excitation_filter_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filter_set_excitation_filter_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_filter_set_excitation_filter_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "folder_image_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["image.id"], name=op.f("fk_folder_image_link_child_id_image")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_folder_image_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_folder_image_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_folder_image_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_folder_image_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["folder.id"], name=op.f("fk_folder_image_link_parent_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_folder_image_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder_image_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_folder_image_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("folder_image_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_folder_image_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_folder_image_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "image_microbeam_manipulation_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["microbeam_manipulation.id"],
            name=op.f("fk_image_microbeam_manipulation_link_child_id_microbeam_manipulation"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_image_microbeam_manipulation_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_image_microbeam_manipulation_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_image_microbeam_manipulation_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_image_microbeam_manipulation_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["image.id"],
            name=op.f("fk_image_microbeam_manipulation_link_parent_id_image"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_image_microbeam_manipulation_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_microbeam_manipulation_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_image_microbeam_manipulation_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("image_microbeam_manipulation_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_image_microbeam_manipulation_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_image_microbeam_manipulation_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "imaging_environment",
        sa.Column("image_id", ID, nullable=False),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("temperature_unit", sa.String(length=16), nullable=True),
        sa.Column("air_pressure", sa.Double(), nullable=True),
        sa.Column("air_pressure_unit", sa.String(length=16), nullable=True),
        sa.Column("humidity", sa.Double(), nullable=True),
        sa.Column("co2_percent", sa.Double(), nullable=True),
        sa.Column("map", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_imaging_environment_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_imaging_environment_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_imaging_environment_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_imaging_environment_image_id_image")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_imaging_environment_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_imaging_environment_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imaging_environment")),
    )
    with op.batch_alter_table("imaging_environment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_imaging_environment_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_imaging_environment_image_id",
            ["image_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "objective_settings",
        sa.Column("image_id", ID, nullable=False),
        sa.Column("objective_id", ID, nullable=False),
        sa.Column("correction_collar", sa.Double(), nullable=True),
        sa.Column("medium", sa.String(length=64), nullable=True),
        sa.Column("refractive_index", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_objective_settings_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_objective_settings_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_objective_settings_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_objective_settings_image_id_image")
        ),
        sa.ForeignKeyConstraint(
            ["objective_id"],
            ["objective.id"],
            name=op.f("fk_objective_settings_objective_id_objective"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_objective_settings_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_objective_settings_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective_settings")),
    )
    with op.batch_alter_table("objective_settings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_objective_settings_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_objective_settings_objective_id"), ["objective_id"], unique=False
        )
        batch_op.create_index(
            "uq_objective_settings_image_id",
            ["image_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "roi",
        sa.Column("image_id", ID, nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_roi_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_roi_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["experimenter_group.id"], name=op.f("fk_roi_group_id_experimenter_group")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_roi_image_id_image")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_roi_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_roi_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roi")),
    )
    with op.batch_alter_table("roi", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_roi_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_roi_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_roi_image_id_id"), ["image_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_roi_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "stage_label",
        sa.Column("image_id", ID, nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("x_unit", sa.String(length=16), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("y_unit", sa.String(length=16), nullable=True),
        sa.Column("z", sa.Double(), nullable=True),
        sa.Column("z_unit", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_stage_label_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_stage_label_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_stage_label_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_stage_label_image_id_image")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_stage_label_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_stage_label_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_label")),
    )
    with op.batch_alter_table("stage_label", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stage_label_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_stage_label_image_id",
            ["image_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "well_sample",
        sa.Column("well_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("image_id", ID, nullable=True),
        sa.Column("plate_acquisition_id", ID, nullable=True),
        sa.Column("position_x", sa.Double(), nullable=True),
        sa.Column("position_x_unit", sa.String(length=16), nullable=True),
        sa.Column("position_y", sa.Double(), nullable=True),
        sa.Column("position_y_unit", sa.String(length=16), nullable=True),
        sa.Column("timepoint", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_well_sample_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_well_sample_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_well_sample_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_well_sample_image_id_image")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_well_sample_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["plate_acquisition_id"],
            ["plate_acquisition.id"],
            name=op.f("fk_well_sample_plate_acquisition_id_plate_acquisition"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_well_sample_update_event_id_event")
        ),
        sa.ForeignKeyConstraint(["well_id"], ["well.id"], name=op.f("fk_well_sample_well_id_well")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_well_sample")),
    )
    with op.batch_alter_table("well_sample", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_well_sample_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_well_sample_image_id"), ["image_id"], unique=False)
        batch_op.create_index(
            "ix_well_sample_plate_acquisition_id_index",
            ["plate_acquisition_id", "index"],
            unique=False,
        )
        batch_op.create_index("ix_well_sample_well_id_index", ["well_id", "index"], unique=False)

    op.create_table(
        "bin_data",
        sa.Column("pixels_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("compression", sa.String(length=64), nullable=True),
        sa.Column("big_endian", sa.Boolean(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_bin_data_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_bin_data_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_bin_data_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_bin_data_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["pixels_id"], ["pixels.id"], name=op.f("fk_bin_data_pixels_id_pixels")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_bin_data_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bin_data")),
        sa.UniqueConstraint("pixels_id", "index", name=op.f("uq_bin_data_pixels_id_index")),
    )
    with op.batch_alter_table("bin_data", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bin_data_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "folder_roi_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["roi.id"], name=op.f("fk_folder_roi_link_child_id_roi")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_folder_roi_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_folder_roi_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_folder_roi_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_folder_roi_link_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["folder.id"], name=op.f("fk_folder_roi_link_parent_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_folder_roi_link_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder_roi_link")),
        sa.UniqueConstraint(
            "parent_id", "child_id", name=op.f("uq_folder_roi_link_parent_id_child_id")
        ),
    )
    with op.batch_alter_table("folder_roi_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_folder_roi_link_child_id"), ["child_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_folder_roi_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "microbeam_manipulation_roi_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["roi.id"], name=op.f("fk_microbeam_manipulation_roi_link_child_id_roi")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["microbeam_manipulation.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_parent_id_microbeam_manipulation"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_microbeam_manipulation_roi_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_microbeam_manipulation_roi_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_microbeam_manipulation_roi_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("microbeam_manipulation_roi_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_microbeam_manipulation_roi_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_microbeam_manipulation_roi_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "rendering_settings",
        sa.Column("pixels_id", ID, nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_rendering_settings_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_rendering_settings_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_rendering_settings_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_rendering_settings_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["pixels_id"], ["pixels.id"], name=op.f("fk_rendering_settings_pixels_id_pixels")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_rendering_settings_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendering_settings")),
    )
    with op.batch_alter_table("rendering_settings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rendering_settings_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_rendering_settings_pixels_id_owner_id"),
            ["pixels_id", "owner_id"],
            unique=False,
        )

    op.create_table(
        "shape",
        sa.Column("roi_id", ID, nullable=False),
        sa.Column("image_id", ID, nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("the_z", sa.Integer(), nullable=True),
        sa.Column("the_t", sa.Integer(), nullable=True),
        sa.Column("the_c", sa.Integer(), nullable=True),
        sa.Column("fill_color", sa.Integer(), nullable=True),
        sa.Column("fill_rule", sa.String(length=64), nullable=True),
        sa.Column("stroke_color", sa.Integer(), nullable=True),
        sa.Column("stroke_width", sa.Double(), nullable=True),
        sa.Column("stroke_width_unit", sa.String(length=16), nullable=True),
        sa.Column("stroke_dash_array", sa.String(length=255), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("font_family", sa.String(length=64), nullable=True),
        sa.Column("font_size", sa.Double(), nullable=True),
        sa.Column("font_size_unit", sa.String(length=16), nullable=True),
        sa.Column("font_style", sa.String(length=64), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=True),
        sa.Column("a00", sa.Double(), nullable=True),
        sa.Column("a10", sa.Double(), nullable=True),
        sa.Column("a01", sa.Double(), nullable=True),
        sa.Column("a11", sa.Double(), nullable=True),
        sa.Column("a02", sa.Double(), nullable=True),
        sa.Column("a12", sa.Double(), nullable=True),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("width", sa.Double(), nullable=True),
        sa.Column("height", sa.Double(), nullable=True),
        sa.Column("radius_x", sa.Double(), nullable=True),
        sa.Column("radius_y", sa.Double(), nullable=True),
        sa.Column("x1", sa.Double(), nullable=True),
        sa.Column("y1", sa.Double(), nullable=True),
        sa.Column("x2", sa.Double(), nullable=True),
        sa.Column("y2", sa.Double(), nullable=True),
        sa.Column("points", sa.Text(), nullable=True),
        sa.Column("marker_start", sa.String(length=64), nullable=True),
        sa.Column("marker_end", sa.String(length=64), nullable=True),
        sa.Column("mask", sa.LargeBinary(), nullable=True),
        sa.Column("mask_compression", sa.String(length=64), nullable=True),
        sa.Column("mask_big_endian", sa.Boolean(), nullable=True),
        sa.Column("mask_length", sa.BigInteger(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_shape_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_shape_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_shape_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_shape_image_id_image")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_shape_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(["roi_id"], ["roi.id"], name=op.f("fk_shape_roi_id_roi")),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_shape_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shape")),
    )
    with op.batch_alter_table("shape", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shape_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_shape_image_id_id"), ["image_id", "id"], unique=False)
        batch_op.create_index("ix_shape_roi_id_index", ["roi_id", "index"], unique=False)

    op.create_table(
        "tiff_data",
        sa.Column("pixels_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("ifd", sa.Integer(), nullable=True),
        sa.Column("first_z", sa.Integer(), nullable=True),
        sa.Column("first_c", sa.Integer(), nullable=True),
        sa.Column("first_t", sa.Integer(), nullable=True),
        sa.Column("plane_count", sa.Integer(), nullable=True),
        sa.Column("uuid", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_tiff_data_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_tiff_data_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_tiff_data_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_tiff_data_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["pixels_id"], ["pixels.id"], name=op.f("fk_tiff_data_pixels_id_pixels")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_tiff_data_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiff_data")),
        sa.UniqueConstraint("pixels_id", "index", name=op.f("uq_tiff_data_pixels_id_index")),
    )
    with op.batch_alter_table("tiff_data", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tiff_data_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "detector_settings",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("detector_id", ID, nullable=False),
        sa.Column("offset", sa.Double(), nullable=True),
        sa.Column("gain", sa.Double(), nullable=True),
        sa.Column("voltage", sa.Double(), nullable=True),
        sa.Column("voltage_unit", sa.String(length=16), nullable=True),
        sa.Column("zoom", sa.Double(), nullable=True),
        sa.Column("read_out_rate", sa.Double(), nullable=True),
        sa.Column("read_out_rate_unit", sa.String(length=16), nullable=True),
        sa.Column("binning", sa.String(length=64), nullable=True),
        sa.Column("integration", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_detector_settings_channel_id_channel")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_detector_settings_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_detector_settings_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["detector_id"], ["detector.id"], name=op.f("fk_detector_settings_detector_id_detector")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_detector_settings_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_detector_settings_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_detector_settings_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detector_settings")),
    )
    with op.batch_alter_table("detector_settings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_detector_settings_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_detector_settings_detector_id"), ["detector_id"], unique=False
        )
        batch_op.create_index(
            "uq_detector_settings_channel_id",
            ["channel_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "light_path",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("dichroic_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_light_path_channel_id_channel")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"], ["event.id"], name=op.f("fk_light_path_creation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"], ["event.id"], name=op.f("fk_light_path_deleted_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["dichroic_id"], ["dichroic.id"], name=op.f("fk_light_path_dichroic_id_dichroic")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_light_path_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["experimenter.id"], name=op.f("fk_light_path_owner_id_experimenter")
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"], ["event.id"], name=op.f("fk_light_path_update_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_path")),
    )
    with op.batch_alter_table("light_path", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_light_path_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_light_path_dichroic_id"), ["dichroic_id"], unique=False
        )
        batch_op.create_index(
            "uq_light_path_channel_id",
            ["channel_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "light_source_settings",
        sa.Column("channel_id", ID, nullable=True),
        sa.Column("microbeam_manipulation_id", ID, nullable=True),
        sa.Column("light_source_id", ID, nullable=False),
        sa.Column("attenuation", sa.Double(), nullable=True),
        sa.Column("wavelength", sa.Double(), nullable=True),
        sa.Column("wavelength_unit", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_light_source_settings_channel_id_channel")
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_light_source_settings_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_light_source_settings_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_light_source_settings_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["light_source_id"],
            ["light_source.id"],
            name=op.f("fk_light_source_settings_light_source_id_light_source"),
        ),
        sa.ForeignKeyConstraint(
            ["microbeam_manipulation_id"],
            ["microbeam_manipulation.id"],
            name=op.f("fk_light_source_settings_microbeam_manipulation_id_microbeam_manipulation"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_light_source_settings_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_light_source_settings_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_source_settings")),
    )
    with op.batch_alter_table("light_source_settings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_light_source_settings_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_light_source_settings_light_source_id"),
            ["light_source_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_light_source_settings_microbeam_manipulation_id"),
            ["microbeam_manipulation_id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_light_source_settings_channel_id",
            ["channel_id"],
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    op.create_table(
        "light_path_emission_filter_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["filter.id"],
            name=op.f("fk_light_path_emission_filter_link_child_id_filter"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_emission_filter_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_emission_filter_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_light_path_emission_filter_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_light_path_emission_filter_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["light_path.id"],
            name=op.f("fk_light_path_emission_filter_link_parent_id_light_path"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_emission_filter_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_path_emission_filter_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_light_path_emission_filter_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("light_path_emission_filter_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_light_path_emission_filter_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_light_path_emission_filter_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.create_table(
        "light_path_excitation_filter_link",
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("child_id", ID, nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("creation_event_id", ID, nullable=False),
        sa.Column("update_event_id", ID, nullable=False),
        sa.Column("deleted_event_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["filter.id"],
            name=op.f("fk_light_path_excitation_filter_link_child_id_filter"),
        ),
        sa.ForeignKeyConstraint(
            ["creation_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_excitation_filter_link_creation_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["deleted_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_excitation_filter_link_deleted_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["experimenter_group.id"],
            name=op.f("fk_light_path_excitation_filter_link_group_id_experimenter_group"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["experimenter.id"],
            name=op.f("fk_light_path_excitation_filter_link_owner_id_experimenter"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["light_path.id"],
            name=op.f("fk_light_path_excitation_filter_link_parent_id_light_path"),
        ),
        sa.ForeignKeyConstraint(
            ["update_event_id"],
            ["event.id"],
            name=op.f("fk_light_path_excitation_filter_link_update_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_path_excitation_filter_link")),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            name=op.f("uq_light_path_excitation_filter_link_parent_id_child_id"),
        ),
    )
    with op.batch_alter_table("light_path_excitation_filter_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_light_path_excitation_filter_link_child_id"), ["child_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_light_path_excitation_filter_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filter_set_id", ID, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_channel_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_channel_filter_set_id"), ["filter_set_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_channel_filter_set_id_filter_set"),
            "filter_set",
            ["filter_set_id"],
            ["id"],
        )

    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", ID, nullable=True))
        batch_op.add_column(sa.Column("person_group_id", ID, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_dataset_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dataset_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dataset_group_id_sort_name_id"),
            ["group_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dataset_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dataset_owner_id_sort_name_id"),
            ["owner_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_dataset_person_group_id"), ["person_group_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_dataset_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_dataset_person_group_id_person_group"),
            "person_group",
            ["person_group_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_dataset_person_id_person"), "person", ["person_id"], ["id"]
        )

    with op.batch_alter_table("dataset_image_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dataset_image_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("transaction", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_event_transaction"), ["transaction"], unique=False)

    with op.batch_alter_table("event_log", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("fileset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uuid", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("creator", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("rights_holder", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("rights_held", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("metadata_file", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("metadata_uuid", sa.String(length=64), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_fileset_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_fileset_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_fileset_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    with op.batch_alter_table("fileset_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fileset_entry_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.add_column(sa.Column("instrument_id", ID, nullable=True))
        batch_op.add_column(sa.Column("experiment_id", ID, nullable=True))
        batch_op.add_column(sa.Column("person_id", ID, nullable=True))
        batch_op.add_column(sa.Column("person_group_id", ID, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_image_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_image_experiment_id"), ["experiment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_image_group_id_acquisition_date_id"),
            ["group_id", "acquisition_date", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_image_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_image_group_id_sort_name_id"),
            ["group_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_image_instrument_id"), ["instrument_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_image_owner_id_acquisition_date_id"),
            ["owner_id", "acquisition_date", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_image_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_image_owner_id_sort_name_id"),
            ["owner_id", "sort_name", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_image_person_group_id"), ["person_group_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_image_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_image_experiment_id_experiment"), "experiment", ["experiment_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_image_person_group_id_person_group"),
            "person_group",
            ["person_group_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_image_person_id_person"), "person", ["person_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_image_instrument_id_instrument"), "instrument", ["instrument_id"], ["id"]
        )

    with op.batch_alter_table("original_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uri", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("uri_compression", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("content", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("content_compression", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("content_big_endian", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("content_length", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_original_file_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_original_file_group_id_id"),
            ["group_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_original_file_owner_id_id_group_id"),
            ["owner_id", "id", "group_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )

    with op.batch_alter_table("pixels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("interleaved", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("big_endian", sa.Boolean(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_pixels_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("plane", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hash_sha1", sa.String(length=40), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_plane_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", ID, nullable=True))
        batch_op.add_column(sa.Column("person_group_id", ID, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_project_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_project_person_group_id"), ["person_group_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_project_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_project_person_group_id_person_group"),
            "person_group",
            ["person_group_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_project_person_id_person"), "person", ["person_id"], ["id"]
        )

    with op.batch_alter_table("project_dataset_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_dataset_link_deleted_event_id"),
            ["deleted_event_id"],
            unique=False,
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("project_dataset_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_project_dataset_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_project_person_id_person"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_project_person_group_id_person_group"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_project_person_id"))
        batch_op.drop_index(batch_op.f("ix_project_person_group_id"))
        batch_op.drop_index(
            batch_op.f("ix_project_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("plane", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_plane_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("hash_sha1")

    with op.batch_alter_table("pixels", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_pixels_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("big_endian")
        batch_op.drop_column("interleaved")

    with op.batch_alter_table("original_file", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_original_file_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_original_file_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_original_file_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("content_length")
        batch_op.drop_column("content_big_endian")
        batch_op.drop_column("content_compression")
        batch_op.drop_column("content")
        batch_op.drop_column("uri_compression")
        batch_op.drop_column("uri")

    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_image_instrument_id_instrument"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_image_person_id_person"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_image_person_group_id_person_group"), type_="foreignkey"
        )
        batch_op.drop_constraint(
            batch_op.f("fk_image_experiment_id_experiment"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_image_person_id"))
        batch_op.drop_index(batch_op.f("ix_image_person_group_id"))
        batch_op.drop_index(
            batch_op.f("ix_image_owner_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_image_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_image_owner_id_acquisition_date_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_image_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_image_group_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_image_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_image_group_id_acquisition_date_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_image_experiment_id"))
        batch_op.drop_index(
            batch_op.f("ix_image_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")
        batch_op.drop_column("experiment_id")
        batch_op.drop_column("instrument_id")

    with op.batch_alter_table("fileset_entry", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_fileset_entry_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("fileset", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_fileset_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_fileset_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_fileset_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("metadata_uuid")
        batch_op.drop_column("metadata_file")
        batch_op.drop_column("rights_held")
        batch_op.drop_column("rights_holder")
        batch_op.drop_column("creator")
        batch_op.drop_column("uuid")

    with op.batch_alter_table("event_log", schema=None) as batch_op:
        batch_op.drop_column("changes")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_transaction"))
        batch_op.drop_column("transaction")

    with op.batch_alter_table("dataset_image_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_dataset_image_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_dataset_person_id_person"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_dataset_person_group_id_person_group"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_dataset_person_id"))
        batch_op.drop_index(batch_op.f("ix_dataset_person_group_id"))
        batch_op.drop_index(
            batch_op.f("ix_dataset_owner_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_dataset_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_dataset_group_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_dataset_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_dataset_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_channel_filter_set_id_filter_set"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_channel_filter_set_id"))
        batch_op.drop_index(
            batch_op.f("ix_channel_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_column("filter_set_id")

    with op.batch_alter_table("light_path_excitation_filter_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_light_path_excitation_filter_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_light_path_excitation_filter_link_child_id"))

    op.drop_table("light_path_excitation_filter_link")
    with op.batch_alter_table("light_path_emission_filter_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_light_path_emission_filter_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_light_path_emission_filter_link_child_id"))

    op.drop_table("light_path_emission_filter_link")
    with op.batch_alter_table("light_source_settings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_light_source_settings_channel_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_light_source_settings_microbeam_manipulation_id"))
        batch_op.drop_index(batch_op.f("ix_light_source_settings_light_source_id"))
        batch_op.drop_index(
            batch_op.f("ix_light_source_settings_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("light_source_settings")
    with op.batch_alter_table("light_path", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_light_path_channel_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_light_path_dichroic_id"))
        batch_op.drop_index(
            batch_op.f("ix_light_path_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("light_path")
    with op.batch_alter_table("detector_settings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_detector_settings_channel_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_detector_settings_detector_id"))
        batch_op.drop_index(
            batch_op.f("ix_detector_settings_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("detector_settings")
    with op.batch_alter_table("tiff_data", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_tiff_data_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("tiff_data")
    with op.batch_alter_table("shape", schema=None) as batch_op:
        batch_op.drop_index("ix_shape_roi_id_index")
        batch_op.drop_index(batch_op.f("ix_shape_image_id_id"))
        batch_op.drop_index(
            batch_op.f("ix_shape_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("shape")
    with op.batch_alter_table("rendering_settings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendering_settings_pixels_id_owner_id"))
        batch_op.drop_index(
            batch_op.f("ix_rendering_settings_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("rendering_settings")
    with op.batch_alter_table("microbeam_manipulation_roi_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_microbeam_manipulation_roi_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_microbeam_manipulation_roi_link_child_id"))

    op.drop_table("microbeam_manipulation_roi_link")
    with op.batch_alter_table("folder_roi_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_folder_roi_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_folder_roi_link_child_id"))

    op.drop_table("folder_roi_link")
    with op.batch_alter_table("bin_data", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_bin_data_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("bin_data")
    with op.batch_alter_table("well_sample", schema=None) as batch_op:
        batch_op.drop_index("ix_well_sample_well_id_index")
        batch_op.drop_index("ix_well_sample_plate_acquisition_id_index")
        batch_op.drop_index(batch_op.f("ix_well_sample_image_id"))
        batch_op.drop_index(
            batch_op.f("ix_well_sample_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("well_sample")
    with op.batch_alter_table("stage_label", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_stage_label_image_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_stage_label_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("stage_label")
    with op.batch_alter_table("roi", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_roi_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_roi_image_id_id"))
        batch_op.drop_index(
            batch_op.f("ix_roi_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_roi_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("roi")
    with op.batch_alter_table("objective_settings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_objective_settings_image_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_objective_settings_objective_id"))
        batch_op.drop_index(
            batch_op.f("ix_objective_settings_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("objective_settings")
    with op.batch_alter_table("imaging_environment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_imaging_environment_image_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_imaging_environment_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("imaging_environment")
    with op.batch_alter_table("image_microbeam_manipulation_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_image_microbeam_manipulation_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_image_microbeam_manipulation_link_child_id"))

    op.drop_table("image_microbeam_manipulation_link")
    with op.batch_alter_table("folder_image_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_folder_image_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_folder_image_link_child_id"))

    op.drop_table("folder_image_link")
    with op.batch_alter_table("filter_set_excitation_filter_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_filter_set_excitation_filter_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_filter_set_excitation_filter_link_child_id"))

    op.drop_table("filter_set_excitation_filter_link")
    with op.batch_alter_table("filter_set_emission_filter_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_filter_set_emission_filter_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_filter_set_emission_filter_link_child_id"))

    op.drop_table("filter_set_emission_filter_link")
    with op.batch_alter_table("well_reagent_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_well_reagent_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_well_reagent_link_child_id"))

    op.drop_table("well_reagent_link")
    with op.batch_alter_table("transmittance_range", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_transmittance_range_filter_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_transmittance_range_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("transmittance_range")
    with op.batch_alter_table("run_link", schema=None) as batch_op:
        batch_op.drop_index("ix_run_link_object")
        batch_op.drop_index(
            batch_op.f("ix_run_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("run_link")
    with op.batch_alter_table("microbeam_manipulation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_microbeam_manipulation_person_id"))
        batch_op.drop_index(batch_op.f("ix_microbeam_manipulation_experiment_id"))
        batch_op.drop_index(
            batch_op.f("ix_microbeam_manipulation_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("microbeam_manipulation")
    with op.batch_alter_table("map_pair", schema=None) as batch_op:
        batch_op.drop_index("ix_map_pair_key_key_value_key")
        batch_op.drop_index("ix_map_pair_key_key_base_number")

    op.drop_table("map_pair")
    with op.batch_alter_table("filter_set", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filter_set_instrument_id"))
        batch_op.drop_index(batch_op.f("ix_filter_set_dichroic_id"))
        batch_op.drop_index(
            batch_op.f("ix_filter_set_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("filter_set")
    with op.batch_alter_table("annotation_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_annotation_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_annotation_link_child")

    op.drop_table("annotation_link")
    with op.batch_alter_table("well", schema=None) as batch_op:
        batch_op.drop_index("ix_well_plate_id_row_column")
        batch_op.drop_index(
            batch_op.f("ix_well_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("well")
    with op.batch_alter_table("screen_plate_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_screen_plate_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_screen_plate_link_child_id"))

    op.drop_table("screen_plate_link")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_sort_name_id"))
        batch_op.drop_index(batch_op.f("ix_run_protocol_id"))
        batch_op.drop_index(
            batch_op.f("ix_run_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("run")
    with op.batch_alter_table("reagent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reagent_screen_id"))
        batch_op.drop_index(
            batch_op.f("ix_reagent_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("reagent")
    with op.batch_alter_table("protocol_step", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_protocol_step_protocol_id_index",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_protocol_step_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("protocol_step")
    with op.batch_alter_table("protocol_reagent", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_protocol_reagent_protocol_id_index",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_protocol_reagent_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("protocol_reagent")
    with op.batch_alter_table("protocol_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_protocol_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_protocol_link_child")

    op.drop_table("protocol_link")
    with op.batch_alter_table("protocol_instrument_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_protocol_instrument_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_protocol_instrument_link_child_id"))

    op.drop_table("protocol_instrument_link")
    with op.batch_alter_table("protocol_identifier", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_protocol_identifier_protocol_id_system_value",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_protocol_identifier_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("protocol_identifier")
    with op.batch_alter_table("protocol_file_link", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_protocol_file_link_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_protocol_file_link_child_id"))

    op.drop_table("protocol_file_link")
    with op.batch_alter_table("plate_acquisition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plate_acquisition_plate_id"))
        batch_op.drop_index(
            batch_op.f("ix_plate_acquisition_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("plate_acquisition")
    with op.batch_alter_table("person_group_member", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_person_group_member_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_person_group_member_child_id"))

    op.drop_table("person_group_member")
    with op.batch_alter_table("objective", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objective_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_objective_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("objective")
    with op.batch_alter_table("microscope", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_microscope_instrument_id",
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_microscope_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("microscope")
    with op.batch_alter_table("light_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_light_source_pump_id"))
        batch_op.drop_index(batch_op.f("ix_light_source_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_light_source_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("light_source")
    with op.batch_alter_table("filter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filter_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_filter_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("filter")
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_experiment_protocol_id"))
        batch_op.drop_index(batch_op.f("ix_experiment_person_id"))
        batch_op.drop_index(
            batch_op.f("ix_experiment_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("experiment")
    with op.batch_alter_table("dichroic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dichroic_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_dichroic_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("dichroic")
    with op.batch_alter_table("detector", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_detector_instrument_id"))
        batch_op.drop_index(
            batch_op.f("ix_detector_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("detector")
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_annotation_person_id"))
        batch_op.drop_index(
            batch_op.f("ix_annotation_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index("ix_annotation_kind_text_key")
        batch_op.drop_index("ix_annotation_kind_namespace")
        batch_op.drop_index(
            batch_op.f("ix_annotation_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_annotation_file_id"))
        batch_op.drop_index(
            batch_op.f("ix_annotation_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("annotation")
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screen_sort_name_id"))
        batch_op.drop_index(
            batch_op.f("ix_screen_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("screen")
    with op.batch_alter_table("protocol", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_protocol_sort_name_id"))
        batch_op.drop_index(batch_op.f("ix_protocol_previous_id"))
        batch_op.drop_index(
            batch_op.f("ix_protocol_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("protocol")
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plate_sort_name_id"))
        batch_op.drop_index(
            batch_op.f("ix_plate_owner_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_plate_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_plate_group_id_sort_name_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_plate_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_plate_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("plate")
    with op.batch_alter_table("person_group", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_person_group_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("person_group")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_person_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("person")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_owner_id_id"))
        batch_op.drop_index(
            batch_op.f("ix_job_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("job")
    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_instrument_owner_id_id_group_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_instrument_group_id_id"),
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_instrument_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("instrument")
    with op.batch_alter_table("folder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_folder_sort_name_id"))
        batch_op.drop_index(batch_op.f("ix_folder_parent_id_sort_name"))
        batch_op.drop_index(
            batch_op.f("ix_folder_deleted_event_id"),
            sqlite_where=sa.text("deleted_event_id IS NOT NULL"),
            postgresql_where=sa.text("deleted_event_id IS NOT NULL"),
        )

    op.drop_table("folder")
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_request_time"))

    op.drop_table("idempotent_request")
