"""The whole OME model and OMERO's additions.

Revision: 0002, after 0001.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORTED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
LIVE: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), sa.text("deleted_event_id IS NULL")
)
DELETED: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), sa.text("deleted_event_id IS NOT NULL")
)
TABLES = (
    "idempotent_request",
    "folder",
    "instrument",
    "job",
    "person",
    "person_group",
    "plate",
    "protocol",
    "screen",
    "annotation",
    "detector",
    "dichroic",
    "experiment",
    "filter",
    "light_source",
    "microscope",
    "objective",
    "person_group_member",
    "plate_acquisition",
    "protocol_file_link",
    "protocol_identifier",
    "protocol_instrument_link",
    "protocol_link",
    "protocol_reagent",
    "protocol_step",
    "reagent",
    "run",
    "screen_plate_link",
    "well",
    "annotation_link",
    "filter_set",
    "map_pair",
    "microbeam_manipulation",
    "run_link",
    "transmittance_range",
    "well_reagent_link",
    "filter_set_emission_filter_link",
    "filter_set_excitation_filter_link",
    "folder_image_link",
    "image_microbeam_manipulation_link",
    "imaging_environment",
    "objective_settings",
    "roi",
    "stage_label",
    "well_sample",
    "bin_data",
    "folder_roi_link",
    "microbeam_manipulation_roi_link",
    "rendering_settings",
    "shape",
    "tiff_data",
    "detector_settings",
    "light_path",
    "light_source_settings",
    "light_path_emission_filter_link",
    "light_path_excitation_filter_link",
)


def reference(table: str, column: str, target: str, *, nullable: bool = False) -> sa.Column[Any]:
    name = op.f(f"fk_{table}_{column}_{target}")
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


def create(table: str, *parts: sa.schema.SchemaItem) -> None:
    """Make a table; where its rows have owners, with an index of those that were deleted."""
    key = sa.Column("id", ID, nullable=False)
    op.create_table(table, key, *parts, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))
    if any(isinstance(part, sa.Column) and part.name == "deleted_event_id" for part in parts):
        op.create_index(
            op.f(f"ix_{table}_deleted_event_id"), table, ["deleted_event_id"], **DELETED
        )


def upgrade() -> None:
    make_tables()
    extend_tables()


def make_tables() -> None:
    create(
        "idempotent_request",
        reference("idempotent_request", "experimenter_id", "experimenter"),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("time", MOMENT, nullable=False),
        sa.UniqueConstraint(
            "experimenter_id", "key", name="uq_idempotent_request_experimenter_id_key"
        ),
    )
    op.create_index("ix_idempotent_request_time", "idempotent_request", ["time"])
    create(
        "folder",
        sa.Column("description", sa.Text()),
        reference("folder", "parent_id", "folder", nullable=True),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        *owned("folder"),
    )
    op.create_index("ix_folder_parent_id_sort_name", "folder", ["parent_id", "sort_name"])
    op.create_index("ix_folder_sort_name_id", "folder", ["sort_name", "id"])
    create("instrument", *owned("instrument"))
    op.create_index("ix_instrument_group_id_id", "instrument", ["group_id", "id"], **LIVE)
    op.create_index(
        "ix_instrument_owner_id_id_group_id", "instrument", ["owner_id", "id", "group_id"], **LIVE
    )
    create(
        "job",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("title", sa.String(1024), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("submitted", MOMENT, nullable=False),
        sa.Column("started", MOMENT),
        sa.Column("finished", MOMENT),
        sa.Column("parameters", sa.JSON(none_as_null=True)),
        sa.Column("result", sa.JSON(none_as_null=True)),
        *owned("job"),
    )
    op.create_index("ix_job_owner_id_id", "job", ["owner_id", "id"])
    create(
        "person",
        sa.Column("user_name", sa.String(255)),
        sa.Column("first_name", sa.String(255)),
        sa.Column("middle_name", sa.String(255)),
        sa.Column("last_name", sa.String(255)),
        sa.Column("email", sa.String(255)),
        sa.Column("institution", sa.String(255)),
        *owned("person"),
    )
    create(
        "person_group",
        sa.Column("name", sa.String(1024)),
        sa.Column("description", sa.Text()),
        *owned("person_group"),
    )
    create(
        "plate",
        sa.Column("description", sa.Text()),
        sa.Column("status", sa.String(255)),
        sa.Column("external_identifier", sa.String(255)),
        sa.Column("row_naming_convention", sa.String(64)),
        sa.Column("column_naming_convention", sa.String(64)),
        sa.Column("well_origin_x", sa.Double()),
        sa.Column("well_origin_x_unit", sa.String(16)),
        sa.Column("well_origin_y", sa.Double()),
        sa.Column("well_origin_y_unit", sa.String(16)),
        sa.Column("rows", sa.Integer()),
        sa.Column("columns", sa.Integer()),
        sa.Column("field_index", sa.Integer()),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        *owned("plate"),
    )
    op.create_index("ix_plate_group_id_id", "plate", ["group_id", "id"], **LIVE)
    op.create_index(
        "ix_plate_group_id_sort_name_id", "plate", ["group_id", "sort_name", "id"], **LIVE
    )
    op.create_index(
        "ix_plate_owner_id_id_group_id", "plate", ["owner_id", "id", "group_id"], **LIVE
    )
    op.create_index(
        "ix_plate_owner_id_sort_name_id", "plate", ["owner_id", "sort_name", "id"], **LIVE
    )
    op.create_index("ix_plate_sort_name_id", "plate", ["sort_name", "id"])
    create(
        "protocol",
        sa.Column("description", sa.Text()),
        sa.Column("label", sa.String(255)),
        sa.Column("type", sa.String(255)),
        sa.Column("identifier", sa.String(1024)),
        reference("protocol", "previous_id", "protocol", nullable=True),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        *owned("protocol"),
    )
    op.create_index("ix_protocol_previous_id", "protocol", ["previous_id"])
    op.create_index("ix_protocol_sort_name_id", "protocol", ["sort_name", "id"])
    create(
        "screen",
        sa.Column("description", sa.Text()),
        sa.Column("type", sa.String(255)),
        sa.Column("reagent_set_identifier", sa.String(255)),
        sa.Column("reagent_set_description", sa.Text()),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        *owned("screen"),
    )
    op.create_index("ix_screen_sort_name_id", "screen", ["sort_name", "id"])
    create(
        "annotation",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("namespace", sa.String(1024)),
        sa.Column("description", sa.Text()),
        reference("annotation", "person_id", "person", nullable=True),
        sa.Column("text_value", sa.Text()),
        sa.Column("text_key", SORTED),
        sa.Column("long_value", sa.BigInteger()),
        sa.Column("double_value", sa.Double()),
        sa.Column("bool_value", sa.Boolean()),
        sa.Column("time_value", MOMENT),
        reference("annotation", "file_id", "original_file", nullable=True),
        *owned("annotation"),
    )
    op.create_index("ix_annotation_file_id", "annotation", ["file_id"])
    op.create_index("ix_annotation_group_id_id", "annotation", ["group_id", "id"], **LIVE)
    op.create_index("ix_annotation_kind_namespace", "annotation", ["kind", "namespace"])
    op.create_index("ix_annotation_kind_text_key", "annotation", ["kind", "text_key", "id"])
    op.create_index(
        "ix_annotation_owner_id_id_group_id", "annotation", ["owner_id", "id", "group_id"], **LIVE
    )
    op.create_index("ix_annotation_person_id", "annotation", ["person_id"])
    create(
        "detector",
        sa.Column("type", sa.String(64)),
        sa.Column("gain", sa.Double()),
        sa.Column("voltage", sa.Double()),
        sa.Column("voltage_unit", sa.String(16)),
        sa.Column("offset", sa.Double()),
        sa.Column("zoom", sa.Double()),
        sa.Column("amplification_gain", sa.Double()),
        reference("detector", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("detector"),
    )
    op.create_index("ix_detector_instrument_id", "detector", ["instrument_id"])
    create(
        "dichroic",
        reference("dichroic", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("dichroic"),
    )
    op.create_index("ix_dichroic_instrument_id", "dichroic", ["instrument_id"])
    create(
        "experiment",
        sa.Column("type", sa.String(64)),
        sa.Column("description", sa.Text()),
        reference("experiment", "person_id", "person", nullable=True),
        reference("experiment", "protocol_id", "protocol", nullable=True),
        *owned("experiment"),
    )
    op.create_index("ix_experiment_person_id", "experiment", ["person_id"])
    op.create_index("ix_experiment_protocol_id", "experiment", ["protocol_id"])
    create(
        "filter",
        sa.Column("type", sa.String(64)),
        sa.Column("filter_wheel", sa.String(255)),
        reference("filter", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("filter"),
    )
    op.create_index("ix_filter_instrument_id", "filter", ["instrument_id"])
    create(
        "light_source",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("power", sa.Double()),
        sa.Column("power_unit", sa.String(16)),
        sa.Column("type", sa.String(64)),
        sa.Column("laser_medium", sa.String(64)),
        sa.Column("wavelength", sa.Double()),
        sa.Column("wavelength_unit", sa.String(16)),
        sa.Column("frequency_multiplication", sa.Integer()),
        sa.Column("tuneable", sa.Boolean()),
        sa.Column("pulse", sa.String(64)),
        sa.Column("pockel_cell", sa.Boolean()),
        sa.Column("repetition_rate", sa.Double()),
        sa.Column("repetition_rate_unit", sa.String(16)),
        reference("light_source", "pump_id", "light_source", nullable=True),
        sa.Column("map", sa.JSON(none_as_null=True)),
        reference("light_source", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("light_source"),
    )
    op.create_index("ix_light_source_instrument_id", "light_source", ["instrument_id"])
    op.create_index("ix_light_source_pump_id", "light_source", ["pump_id"])
    create(
        "microscope",
        reference("microscope", "instrument_id", "instrument"),
        sa.Column("type", sa.String(64)),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("microscope"),
    )
    op.create_index(
        "uq_microscope_instrument_id", "microscope", ["instrument_id"], unique=True, **LIVE
    )
    create(
        "objective",
        sa.Column("correction", sa.String(64)),
        sa.Column("immersion", sa.String(64)),
        sa.Column("lens_na", sa.Double()),
        sa.Column("nominal_magnification", sa.Double()),
        sa.Column("calibrated_magnification", sa.Double()),
        sa.Column("working_distance", sa.Double()),
        sa.Column("working_distance_unit", sa.String(16)),
        sa.Column("iris", sa.Boolean()),
        reference("objective", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("objective"),
    )
    op.create_index("ix_objective_instrument_id", "objective", ["instrument_id"])
    create(
        "person_group_member",
        reference("person_group_member", "parent_id", "person_group"),
        reference("person_group_member", "child_id", "person"),
        sa.Column("leader", sa.Boolean(), nullable=False),
        *owned("person_group_member"),
        sa.UniqueConstraint(
            "parent_id",
            "child_id",
            "leader",
            name="uq_person_group_member_parent_id_child_id_leader",
        ),
    )
    op.create_index("ix_person_group_member_child_id", "person_group_member", ["child_id"])
    create(
        "plate_acquisition",
        reference("plate_acquisition", "plate_id", "plate"),
        sa.Column("name", sa.String(1024)),
        sa.Column("description", sa.Text()),
        sa.Column("start_time", MOMENT),
        sa.Column("end_time", MOMENT),
        sa.Column("maximum_field_count", sa.Integer()),
        *owned("plate_acquisition"),
    )
    op.create_index("ix_plate_acquisition_plate_id", "plate_acquisition", ["plate_id"])
    create(
        "protocol_file_link",
        reference("protocol_file_link", "parent_id", "protocol"),
        reference("protocol_file_link", "child_id", "original_file"),
        *owned("protocol_file_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_protocol_file_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_protocol_file_link_child_id", "protocol_file_link", ["child_id"])
    create(
        "protocol_identifier",
        reference("protocol_identifier", "protocol_id", "protocol"),
        sa.Column("system", sa.String(255), nullable=False),
        sa.Column("value", sa.String(1024), nullable=False),
        *owned("protocol_identifier"),
    )
    op.create_index(
        "uq_protocol_identifier_protocol_id_system_value",
        "protocol_identifier",
        ["protocol_id", "system", "value"],
        unique=True,
        **LIVE,
    )
    create(
        "protocol_instrument_link",
        reference("protocol_instrument_link", "parent_id", "protocol"),
        reference("protocol_instrument_link", "child_id", "instrument"),
        *owned("protocol_instrument_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_protocol_instrument_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_protocol_instrument_link_child_id", "protocol_instrument_link", ["child_id"]
    )
    create(
        "protocol_link",
        sa.Column("parent_type", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        reference("protocol_link", "child_id", "protocol"),
        *owned("protocol_link"),
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_protocol_link"),
    )
    op.create_index(
        "ix_protocol_link_child", "protocol_link", ["child_id", "parent_type", "parent_id"]
    )
    create(
        "protocol_reagent",
        reference("protocol_reagent", "protocol_id", "protocol"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("identifier", sa.String(255)),
        sa.Column("supplier", sa.String(255)),
        sa.Column("amount", sa.String(255)),
        *owned("protocol_reagent"),
    )
    op.create_index(
        "uq_protocol_reagent_protocol_id_index",
        "protocol_reagent",
        ["protocol_id", "index"],
        unique=True,
        **LIVE,
    )
    create(
        "protocol_step",
        reference("protocol_step", "protocol_id", "protocol"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(1024)),
        sa.Column("text", sa.Text()),
        sa.Column("duration", sa.Double()),
        sa.Column("duration_unit", sa.String(16)),
        *owned("protocol_step"),
    )
    op.create_index(
        "uq_protocol_step_protocol_id_index",
        "protocol_step",
        ["protocol_id", "index"],
        unique=True,
        **LIVE,
    )
    create(
        "reagent",
        reference("reagent", "screen_id", "screen"),
        sa.Column("name", sa.String(1024)),
        sa.Column("description", sa.Text()),
        sa.Column("reagent_identifier", sa.String(255)),
        *owned("reagent"),
    )
    op.create_index("ix_reagent_screen_id", "reagent", ["screen_id"])
    create(
        "run",
        sa.Column("description", sa.Text()),
        reference("run", "protocol_id", "protocol", nullable=True),
        sa.Column("software", sa.String(255)),
        sa.Column("software_version", sa.String(255)),
        sa.Column("parameters", sa.JSON(none_as_null=True)),
        sa.Column("status", sa.String(64)),
        sa.Column("start_time", MOMENT),
        sa.Column("end_time", MOMENT),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        *owned("run"),
    )
    op.create_index("ix_run_protocol_id", "run", ["protocol_id"])
    op.create_index("ix_run_sort_name_id", "run", ["sort_name", "id"])
    create(
        "screen_plate_link",
        reference("screen_plate_link", "parent_id", "screen"),
        reference("screen_plate_link", "child_id", "plate"),
        *owned("screen_plate_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_screen_plate_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_screen_plate_link_child_id", "screen_plate_link", ["child_id"])
    create(
        "well",
        reference("well", "plate_id", "plate"),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("external_description", sa.Text()),
        sa.Column("external_identifier", sa.String(255)),
        sa.Column("type", sa.String(255)),
        sa.Column("status", sa.String(255)),
        sa.Column("color", sa.Integer()),
        *owned("well"),
    )
    op.create_index("ix_well_plate_id_row_column", "well", ["plate_id", "row", "column"])
    create(
        "annotation_link",
        sa.Column("parent_type", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        reference("annotation_link", "child_id", "annotation"),
        *owned("annotation_link"),
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_annotation_link"),
    )
    op.create_index(
        "ix_annotation_link_child", "annotation_link", ["child_id", "parent_type", "parent_id"]
    )
    create(
        "filter_set",
        reference("filter_set", "dichroic_id", "dichroic", nullable=True),
        reference("filter_set", "instrument_id", "instrument"),
        sa.Column("manufacturer", sa.String(255)),
        sa.Column("model", sa.String(255)),
        sa.Column("serial_number", sa.String(255)),
        sa.Column("lot_number", sa.String(255)),
        *owned("filter_set"),
    )
    op.create_index("ix_filter_set_dichroic_id", "filter_set", ["dichroic_id"])
    op.create_index("ix_filter_set_instrument_id", "filter_set", ["instrument_id"])
    create(
        "map_pair",
        reference("map_pair", "annotation_id", "annotation"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key_key", SORTED, nullable=False),
        sa.Column("value_key", SORTED, nullable=False),
        sa.Column("number", sa.Double()),
        sa.Column("unit", sa.String(16)),
        sa.Column("base_number", sa.Double()),
        sa.UniqueConstraint("annotation_id", "index", name="uq_map_pair_annotation_id_index"),
    )
    op.create_index(
        "ix_map_pair_key_key_base_number", "map_pair", ["key_key", "base_number", "annotation_id"]
    )
    op.create_index(
        "ix_map_pair_key_key_value_key", "map_pair", ["key_key", "value_key", "annotation_id"]
    )
    create(
        "microbeam_manipulation",
        reference("microbeam_manipulation", "experiment_id", "experiment"),
        sa.Column("type", sa.String(64)),
        sa.Column("description", sa.Text()),
        reference("microbeam_manipulation", "person_id", "person", nullable=True),
        *owned("microbeam_manipulation"),
    )
    op.create_index(
        "ix_microbeam_manipulation_experiment_id", "microbeam_manipulation", ["experiment_id"]
    )
    op.create_index("ix_microbeam_manipulation_person_id", "microbeam_manipulation", ["person_id"])
    create(
        "run_link",
        reference("run_link", "run_id", "run"),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        *owned("run_link"),
        sa.UniqueConstraint("run_id", "role", "object_type", "object_id", name="uq_run_link"),
    )
    op.create_index("ix_run_link_object", "run_link", ["object_type", "object_id", "role"])
    create(
        "transmittance_range",
        reference("transmittance_range", "filter_id", "filter"),
        sa.Column("cut_in", sa.Double()),
        sa.Column("cut_in_unit", sa.String(16)),
        sa.Column("cut_out", sa.Double()),
        sa.Column("cut_out_unit", sa.String(16)),
        sa.Column("cut_in_tolerance", sa.Double()),
        sa.Column("cut_in_tolerance_unit", sa.String(16)),
        sa.Column("cut_out_tolerance", sa.Double()),
        sa.Column("cut_out_tolerance_unit", sa.String(16)),
        sa.Column("transmittance", sa.Double()),
        *owned("transmittance_range"),
    )
    op.create_index(
        "uq_transmittance_range_filter_id",
        "transmittance_range",
        ["filter_id"],
        unique=True,
        **LIVE,
    )
    create(
        "well_reagent_link",
        reference("well_reagent_link", "parent_id", "well"),
        reference("well_reagent_link", "child_id", "reagent"),
        *owned("well_reagent_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_well_reagent_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_well_reagent_link_child_id", "well_reagent_link", ["child_id"])
    create(
        "filter_set_emission_filter_link",
        reference("filter_set_emission_filter_link", "parent_id", "filter_set"),
        reference("filter_set_emission_filter_link", "child_id", "filter"),
        *owned("filter_set_emission_filter_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_filter_set_emission_filter_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_filter_set_emission_filter_link_child_id",
        "filter_set_emission_filter_link",
        ["child_id"],
    )
    create(
        "filter_set_excitation_filter_link",
        reference("filter_set_excitation_filter_link", "parent_id", "filter_set"),
        reference("filter_set_excitation_filter_link", "child_id", "filter"),
        *owned("filter_set_excitation_filter_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_filter_set_excitation_filter_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_filter_set_excitation_filter_link_child_id",
        "filter_set_excitation_filter_link",
        ["child_id"],
    )
    create(
        "folder_image_link",
        reference("folder_image_link", "parent_id", "folder"),
        reference("folder_image_link", "child_id", "image"),
        *owned("folder_image_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_folder_image_link_parent_id_child_id"
        ),
    )
    op.create_index("ix_folder_image_link_child_id", "folder_image_link", ["child_id"])
    create(
        "image_microbeam_manipulation_link",
        reference("image_microbeam_manipulation_link", "parent_id", "image"),
        reference("image_microbeam_manipulation_link", "child_id", "microbeam_manipulation"),
        *owned("image_microbeam_manipulation_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_image_microbeam_manipulation_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_image_microbeam_manipulation_link_child_id",
        "image_microbeam_manipulation_link",
        ["child_id"],
    )
    create(
        "imaging_environment",
        reference("imaging_environment", "image_id", "image"),
        sa.Column("temperature", sa.Double()),
        sa.Column("temperature_unit", sa.String(16)),
        sa.Column("air_pressure", sa.Double()),
        sa.Column("air_pressure_unit", sa.String(16)),
        sa.Column("humidity", sa.Double()),
        sa.Column("co2_percent", sa.Double()),
        sa.Column("map", sa.JSON(none_as_null=True)),
        *owned("imaging_environment"),
    )
    op.create_index(
        "uq_imaging_environment_image_id", "imaging_environment", ["image_id"], unique=True, **LIVE
    )
    create(
        "objective_settings",
        reference("objective_settings", "image_id", "image"),
        reference("objective_settings", "objective_id", "objective"),
        sa.Column("correction_collar", sa.Double()),
        sa.Column("medium", sa.String(64)),
        sa.Column("refractive_index", sa.Double()),
        *owned("objective_settings"),
    )
    op.create_index("ix_objective_settings_objective_id", "objective_settings", ["objective_id"])
    op.create_index(
        "uq_objective_settings_image_id", "objective_settings", ["image_id"], unique=True, **LIVE
    )
    create(
        "roi",
        reference("roi", "image_id", "image", nullable=True),
        sa.Column("name", sa.String(1024)),
        sa.Column("description", sa.Text()),
        *owned("roi"),
    )
    op.create_index("ix_roi_group_id_id", "roi", ["group_id", "id"], **LIVE)
    op.create_index("ix_roi_image_id_id", "roi", ["image_id", "id"])
    op.create_index("ix_roi_owner_id_id_group_id", "roi", ["owner_id", "id", "group_id"], **LIVE)
    create(
        "stage_label",
        reference("stage_label", "image_id", "image"),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("x", sa.Double()),
        sa.Column("x_unit", sa.String(16)),
        sa.Column("y", sa.Double()),
        sa.Column("y_unit", sa.String(16)),
        sa.Column("z", sa.Double()),
        sa.Column("z_unit", sa.String(16)),
        *owned("stage_label"),
    )
    op.create_index("uq_stage_label_image_id", "stage_label", ["image_id"], unique=True, **LIVE)
    create(
        "well_sample",
        reference("well_sample", "well_id", "well"),
        sa.Column("index", sa.Integer(), nullable=False),
        reference("well_sample", "image_id", "image", nullable=True),
        reference("well_sample", "plate_acquisition_id", "plate_acquisition", nullable=True),
        sa.Column("position_x", sa.Double()),
        sa.Column("position_x_unit", sa.String(16)),
        sa.Column("position_y", sa.Double()),
        sa.Column("position_y_unit", sa.String(16)),
        sa.Column("timepoint", MOMENT),
        *owned("well_sample"),
    )
    op.create_index("ix_well_sample_image_id", "well_sample", ["image_id"])
    op.create_index(
        "ix_well_sample_plate_acquisition_id_index",
        "well_sample",
        ["plate_acquisition_id", "index"],
    )
    op.create_index("ix_well_sample_well_id_index", "well_sample", ["well_id", "index"])
    create(
        "bin_data",
        reference("bin_data", "pixels_id", "pixels"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("compression", sa.String(64)),
        sa.Column("big_endian", sa.Boolean(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        *owned("bin_data"),
        sa.UniqueConstraint("pixels_id", "index", name="uq_bin_data_pixels_id_index"),
    )
    create(
        "folder_roi_link",
        reference("folder_roi_link", "parent_id", "folder"),
        reference("folder_roi_link", "child_id", "roi"),
        *owned("folder_roi_link"),
        sa.UniqueConstraint("parent_id", "child_id", name="uq_folder_roi_link_parent_id_child_id"),
    )
    op.create_index("ix_folder_roi_link_child_id", "folder_roi_link", ["child_id"])
    create(
        "microbeam_manipulation_roi_link",
        reference("microbeam_manipulation_roi_link", "parent_id", "microbeam_manipulation"),
        reference("microbeam_manipulation_roi_link", "child_id", "roi"),
        *owned("microbeam_manipulation_roi_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_microbeam_manipulation_roi_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_microbeam_manipulation_roi_link_child_id",
        "microbeam_manipulation_roi_link",
        ["child_id"],
    )
    create(
        "rendering_settings",
        reference("rendering_settings", "pixels_id", "pixels"),
        sa.Column("name", sa.String(1024)),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        *owned("rendering_settings"),
    )
    op.create_index(
        "ix_rendering_settings_pixels_id_owner_id", "rendering_settings", ["pixels_id", "owner_id"]
    )
    create(
        "shape",
        reference("shape", "roi_id", "roi"),
        reference("shape", "image_id", "image", nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("the_z", sa.Integer()),
        sa.Column("the_t", sa.Integer()),
        sa.Column("the_c", sa.Integer()),
        sa.Column("fill_color", sa.Integer()),
        sa.Column("fill_rule", sa.String(64)),
        sa.Column("stroke_color", sa.Integer()),
        sa.Column("stroke_width", sa.Double()),
        sa.Column("stroke_width_unit", sa.String(16)),
        sa.Column("stroke_dash_array", sa.String(255)),
        sa.Column("text", sa.Text()),
        sa.Column("font_family", sa.String(64)),
        sa.Column("font_size", sa.Double()),
        sa.Column("font_size_unit", sa.String(16)),
        sa.Column("font_style", sa.String(64)),
        sa.Column("locked", sa.Boolean()),
        sa.Column("a00", sa.Double()),
        sa.Column("a10", sa.Double()),
        sa.Column("a01", sa.Double()),
        sa.Column("a11", sa.Double()),
        sa.Column("a02", sa.Double()),
        sa.Column("a12", sa.Double()),
        sa.Column("x", sa.Double()),
        sa.Column("y", sa.Double()),
        sa.Column("width", sa.Double()),
        sa.Column("height", sa.Double()),
        sa.Column("radius_x", sa.Double()),
        sa.Column("radius_y", sa.Double()),
        sa.Column("x1", sa.Double()),
        sa.Column("y1", sa.Double()),
        sa.Column("x2", sa.Double()),
        sa.Column("y2", sa.Double()),
        sa.Column("points", sa.Text()),
        sa.Column("marker_start", sa.String(64)),
        sa.Column("marker_end", sa.String(64)),
        sa.Column("mask", sa.LargeBinary()),
        sa.Column("mask_compression", sa.String(64)),
        sa.Column("mask_big_endian", sa.Boolean()),
        sa.Column("mask_length", sa.BigInteger()),
        sa.Column("min_x", sa.Double()),
        sa.Column("max_x", sa.Double()),
        sa.Column("min_y", sa.Double()),
        sa.Column("max_y", sa.Double()),
        *owned("shape"),
    )
    op.create_index("ix_shape_image_id_id", "shape", ["image_id", "id"])
    op.create_index("ix_shape_roi_id_index", "shape", ["roi_id", "index"])
    create(
        "tiff_data",
        reference("tiff_data", "pixels_id", "pixels"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("ifd", sa.Integer()),
        sa.Column("first_z", sa.Integer()),
        sa.Column("first_c", sa.Integer()),
        sa.Column("first_t", sa.Integer()),
        sa.Column("plane_count", sa.Integer()),
        sa.Column("uuid", sa.String(64)),
        sa.Column("file_name", sa.Text()),
        *owned("tiff_data"),
        sa.UniqueConstraint("pixels_id", "index", name="uq_tiff_data_pixels_id_index"),
    )
    create(
        "detector_settings",
        reference("detector_settings", "channel_id", "channel"),
        reference("detector_settings", "detector_id", "detector"),
        sa.Column("offset", sa.Double()),
        sa.Column("gain", sa.Double()),
        sa.Column("voltage", sa.Double()),
        sa.Column("voltage_unit", sa.String(16)),
        sa.Column("zoom", sa.Double()),
        sa.Column("read_out_rate", sa.Double()),
        sa.Column("read_out_rate_unit", sa.String(16)),
        sa.Column("binning", sa.String(64)),
        sa.Column("integration", sa.Integer()),
        *owned("detector_settings"),
    )
    op.create_index("ix_detector_settings_detector_id", "detector_settings", ["detector_id"])
    op.create_index(
        "uq_detector_settings_channel_id", "detector_settings", ["channel_id"], unique=True, **LIVE
    )
    create(
        "light_path",
        reference("light_path", "channel_id", "channel"),
        reference("light_path", "dichroic_id", "dichroic", nullable=True),
        *owned("light_path"),
    )
    op.create_index("ix_light_path_dichroic_id", "light_path", ["dichroic_id"])
    op.create_index("uq_light_path_channel_id", "light_path", ["channel_id"], unique=True, **LIVE)
    create(
        "light_source_settings",
        reference("light_source_settings", "channel_id", "channel", nullable=True),
        reference(
            "light_source_settings",
            "microbeam_manipulation_id",
            "microbeam_manipulation",
            nullable=True,
        ),
        reference("light_source_settings", "light_source_id", "light_source"),
        sa.Column("attenuation", sa.Double()),
        sa.Column("wavelength", sa.Double()),
        sa.Column("wavelength_unit", sa.String(16)),
        *owned("light_source_settings"),
    )
    op.create_index(
        "ix_light_source_settings_light_source_id", "light_source_settings", ["light_source_id"]
    )
    op.create_index(
        "ix_light_source_settings_microbeam_manipulation_id",
        "light_source_settings",
        ["microbeam_manipulation_id"],
    )
    op.create_index(
        "uq_light_source_settings_channel_id",
        "light_source_settings",
        ["channel_id"],
        unique=True,
        **LIVE,
    )
    create(
        "light_path_emission_filter_link",
        reference("light_path_emission_filter_link", "parent_id", "light_path"),
        reference("light_path_emission_filter_link", "child_id", "filter"),
        sa.Column("index", sa.Integer(), nullable=False),
        *owned("light_path_emission_filter_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_light_path_emission_filter_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_light_path_emission_filter_link_child_id",
        "light_path_emission_filter_link",
        ["child_id"],
    )
    create(
        "light_path_excitation_filter_link",
        reference("light_path_excitation_filter_link", "parent_id", "light_path"),
        reference("light_path_excitation_filter_link", "child_id", "filter"),
        sa.Column("index", sa.Integer(), nullable=False),
        *owned("light_path_excitation_filter_link"),
        sa.UniqueConstraint(
            "parent_id", "child_id", name="uq_light_path_excitation_filter_link_parent_id_child_id"
        ),
    )
    op.create_index(
        "ix_light_path_excitation_filter_link_child_id",
        "light_path_excitation_filter_link",
        ["child_id"],
    )


def extend_tables() -> None:
    with op.batch_alter_table("channel") as batch_op:
        batch_op.add_column(sa.Column("filter_set_id", ID))
        batch_op.create_index("ix_channel_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_channel_filter_set_id", ["filter_set_id"])
        batch_op.create_foreign_key(
            "fk_channel_filter_set_id_filter_set", "filter_set", ["filter_set_id"], ["id"]
        )
    with op.batch_alter_table("dataset") as batch_op:
        batch_op.add_column(sa.Column("person_id", ID))
        batch_op.add_column(sa.Column("person_group_id", ID))
        batch_op.create_index("ix_dataset_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_dataset_group_id_id", ["group_id", "id"], **LIVE)
        batch_op.create_index(
            "ix_dataset_group_id_sort_name_id", ["group_id", "sort_name", "id"], **LIVE
        )
        batch_op.create_index(
            "ix_dataset_owner_id_id_group_id", ["owner_id", "id", "group_id"], **LIVE
        )
        batch_op.create_index(
            "ix_dataset_owner_id_sort_name_id", ["owner_id", "sort_name", "id"], **LIVE
        )
        batch_op.create_index("ix_dataset_person_group_id", ["person_group_id"])
        batch_op.create_index("ix_dataset_person_id", ["person_id"])
        batch_op.create_foreign_key("fk_dataset_person_id_person", "person", ["person_id"], ["id"])
        batch_op.create_foreign_key(
            "fk_dataset_person_group_id_person_group", "person_group", ["person_group_id"], ["id"]
        )
    with op.batch_alter_table("dataset_image_link") as batch_op:
        batch_op.create_index(
            "ix_dataset_image_link_deleted_event_id", ["deleted_event_id"], **DELETED
        )
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("transaction", sa.BigInteger()))
        batch_op.create_index("ix_event_transaction", ["transaction"])
    with op.batch_alter_table("event_log") as batch_op:
        batch_op.add_column(sa.Column("changes", sa.JSON(none_as_null=True)))
    with op.batch_alter_table("fileset") as batch_op:
        batch_op.add_column(sa.Column("uuid", sa.String(64)))
        batch_op.add_column(sa.Column("creator", sa.Text()))
        batch_op.add_column(sa.Column("rights_holder", sa.Text()))
        batch_op.add_column(sa.Column("rights_held", sa.Text()))
        batch_op.add_column(sa.Column("metadata_file", sa.Text()))
        batch_op.add_column(sa.Column("metadata_uuid", sa.String(64)))
        batch_op.create_index("ix_fileset_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_fileset_group_id_id", ["group_id", "id"], **LIVE)
        batch_op.create_index(
            "ix_fileset_owner_id_id_group_id", ["owner_id", "id", "group_id"], **LIVE
        )
    with op.batch_alter_table("fileset_entry") as batch_op:
        batch_op.create_index("ix_fileset_entry_deleted_event_id", ["deleted_event_id"], **DELETED)
    with op.batch_alter_table("image") as batch_op:
        batch_op.add_column(sa.Column("instrument_id", ID))
        batch_op.add_column(sa.Column("experiment_id", ID))
        batch_op.add_column(sa.Column("person_id", ID))
        batch_op.add_column(sa.Column("person_group_id", ID))
        batch_op.create_index("ix_image_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_image_experiment_id", ["experiment_id"])
        batch_op.create_index(
            "ix_image_group_id_acquisition_date_id", ["group_id", "acquisition_date", "id"], **LIVE
        )
        batch_op.create_index("ix_image_group_id_id", ["group_id", "id"], **LIVE)
        batch_op.create_index(
            "ix_image_group_id_sort_name_id", ["group_id", "sort_name", "id"], **LIVE
        )
        batch_op.create_index("ix_image_instrument_id", ["instrument_id"])
        batch_op.create_index(
            "ix_image_owner_id_acquisition_date_id", ["owner_id", "acquisition_date", "id"], **LIVE
        )
        batch_op.create_index(
            "ix_image_owner_id_id_group_id", ["owner_id", "id", "group_id"], **LIVE
        )
        batch_op.create_index(
            "ix_image_owner_id_sort_name_id", ["owner_id", "sort_name", "id"], **LIVE
        )
        batch_op.create_index("ix_image_person_group_id", ["person_group_id"])
        batch_op.create_index("ix_image_person_id", ["person_id"])
        batch_op.create_foreign_key(
            "fk_image_person_group_id_person_group", "person_group", ["person_group_id"], ["id"]
        )
        batch_op.create_foreign_key(
            "fk_image_experiment_id_experiment", "experiment", ["experiment_id"], ["id"]
        )
        batch_op.create_foreign_key("fk_image_person_id_person", "person", ["person_id"], ["id"])
        batch_op.create_foreign_key(
            "fk_image_instrument_id_instrument", "instrument", ["instrument_id"], ["id"]
        )
    with op.batch_alter_table("original_file") as batch_op:
        batch_op.add_column(sa.Column("uri", sa.Text()))
        batch_op.add_column(sa.Column("uri_compression", sa.String(64)))
        batch_op.add_column(sa.Column("content", sa.LargeBinary()))
        batch_op.add_column(sa.Column("content_compression", sa.String(64)))
        batch_op.add_column(sa.Column("content_big_endian", sa.Boolean()))
        batch_op.add_column(sa.Column("content_length", sa.BigInteger()))
        batch_op.create_index("ix_original_file_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_original_file_group_id_id", ["group_id", "id"], **LIVE)
        batch_op.create_index(
            "ix_original_file_owner_id_id_group_id", ["owner_id", "id", "group_id"], **LIVE
        )
    with op.batch_alter_table("pixels") as batch_op:
        batch_op.add_column(sa.Column("interleaved", sa.Boolean()))
        batch_op.add_column(sa.Column("big_endian", sa.Boolean()))
        batch_op.create_index("ix_pixels_deleted_event_id", ["deleted_event_id"], **DELETED)
    with op.batch_alter_table("plane") as batch_op:
        batch_op.add_column(sa.Column("hash_sha1", sa.String(40)))
        batch_op.create_index("ix_plane_deleted_event_id", ["deleted_event_id"], **DELETED)
    with op.batch_alter_table("project") as batch_op:
        batch_op.add_column(sa.Column("person_id", ID))
        batch_op.add_column(sa.Column("person_group_id", ID))
        batch_op.create_index("ix_project_deleted_event_id", ["deleted_event_id"], **DELETED)
        batch_op.create_index("ix_project_person_group_id", ["person_group_id"])
        batch_op.create_index("ix_project_person_id", ["person_id"])
        batch_op.create_foreign_key("fk_project_person_id_person", "person", ["person_id"], ["id"])
        batch_op.create_foreign_key(
            "fk_project_person_group_id_person_group", "person_group", ["person_group_id"], ["id"]
        )
    with op.batch_alter_table("project_dataset_link") as batch_op:
        batch_op.create_index(
            "ix_project_dataset_link_deleted_event_id", ["deleted_event_id"], **DELETED
        )


def downgrade() -> None:
    with op.batch_alter_table("project_dataset_link") as batch_op:
        batch_op.drop_index("ix_project_dataset_link_deleted_event_id", **DELETED)
    with op.batch_alter_table("project") as batch_op:
        batch_op.drop_constraint("fk_project_person_group_id_person_group", type_="foreignkey")
        batch_op.drop_constraint("fk_project_person_id_person", type_="foreignkey")
        batch_op.drop_index("ix_project_person_id")
        batch_op.drop_index("ix_project_person_group_id")
        batch_op.drop_index("ix_project_deleted_event_id", **DELETED)
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")
    with op.batch_alter_table("plane") as batch_op:
        batch_op.drop_index("ix_plane_deleted_event_id", **DELETED)
        batch_op.drop_column("hash_sha1")
    with op.batch_alter_table("pixels") as batch_op:
        batch_op.drop_index("ix_pixels_deleted_event_id", **DELETED)
        batch_op.drop_column("big_endian")
        batch_op.drop_column("interleaved")
    with op.batch_alter_table("original_file") as batch_op:
        batch_op.drop_index("ix_original_file_owner_id_id_group_id", **LIVE)
        batch_op.drop_index("ix_original_file_group_id_id", **LIVE)
        batch_op.drop_index("ix_original_file_deleted_event_id", **DELETED)
        batch_op.drop_column("content_length")
        batch_op.drop_column("content_big_endian")
        batch_op.drop_column("content_compression")
        batch_op.drop_column("content")
        batch_op.drop_column("uri_compression")
        batch_op.drop_column("uri")
    with op.batch_alter_table("image") as batch_op:
        batch_op.drop_constraint("fk_image_instrument_id_instrument", type_="foreignkey")
        batch_op.drop_constraint("fk_image_person_id_person", type_="foreignkey")
        batch_op.drop_constraint("fk_image_experiment_id_experiment", type_="foreignkey")
        batch_op.drop_constraint("fk_image_person_group_id_person_group", type_="foreignkey")
        batch_op.drop_index("ix_image_person_id")
        batch_op.drop_index("ix_image_person_group_id")
        batch_op.drop_index("ix_image_owner_id_sort_name_id", **LIVE)
        batch_op.drop_index("ix_image_owner_id_id_group_id", **LIVE)
        batch_op.drop_index("ix_image_owner_id_acquisition_date_id", **LIVE)
        batch_op.drop_index("ix_image_instrument_id")
        batch_op.drop_index("ix_image_group_id_sort_name_id", **LIVE)
        batch_op.drop_index("ix_image_group_id_id", **LIVE)
        batch_op.drop_index("ix_image_group_id_acquisition_date_id", **LIVE)
        batch_op.drop_index("ix_image_experiment_id")
        batch_op.drop_index("ix_image_deleted_event_id", **DELETED)
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")
        batch_op.drop_column("experiment_id")
        batch_op.drop_column("instrument_id")
    with op.batch_alter_table("fileset_entry") as batch_op:
        batch_op.drop_index("ix_fileset_entry_deleted_event_id", **DELETED)
    with op.batch_alter_table("fileset") as batch_op:
        batch_op.drop_index("ix_fileset_owner_id_id_group_id", **LIVE)
        batch_op.drop_index("ix_fileset_group_id_id", **LIVE)
        batch_op.drop_index("ix_fileset_deleted_event_id", **DELETED)
        batch_op.drop_column("metadata_uuid")
        batch_op.drop_column("metadata_file")
        batch_op.drop_column("rights_held")
        batch_op.drop_column("rights_holder")
        batch_op.drop_column("creator")
        batch_op.drop_column("uuid")
    with op.batch_alter_table("event_log") as batch_op:
        batch_op.drop_column("changes")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index("ix_event_transaction")
        batch_op.drop_column("transaction")
    with op.batch_alter_table("dataset_image_link") as batch_op:
        batch_op.drop_index("ix_dataset_image_link_deleted_event_id", **DELETED)
    with op.batch_alter_table("dataset") as batch_op:
        batch_op.drop_constraint("fk_dataset_person_group_id_person_group", type_="foreignkey")
        batch_op.drop_constraint("fk_dataset_person_id_person", type_="foreignkey")
        batch_op.drop_index("ix_dataset_person_id")
        batch_op.drop_index("ix_dataset_person_group_id")
        batch_op.drop_index("ix_dataset_owner_id_sort_name_id", **LIVE)
        batch_op.drop_index("ix_dataset_owner_id_id_group_id", **LIVE)
        batch_op.drop_index("ix_dataset_group_id_sort_name_id", **LIVE)
        batch_op.drop_index("ix_dataset_group_id_id", **LIVE)
        batch_op.drop_index("ix_dataset_deleted_event_id", **DELETED)
        batch_op.drop_column("person_group_id")
        batch_op.drop_column("person_id")
    with op.batch_alter_table("channel") as batch_op:
        batch_op.drop_constraint("fk_channel_filter_set_id_filter_set", type_="foreignkey")
        batch_op.drop_index("ix_channel_filter_set_id")
        batch_op.drop_index("ix_channel_deleted_event_id", **DELETED)
        batch_op.drop_column("filter_set_id")
    for table in reversed(TABLES):
        op.drop_table(table)
