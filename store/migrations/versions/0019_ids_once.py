"""No id is given twice on SQLite, as it never was on PostgreSQL.

Revision: 0019, after 0018. SQLite numbers rows from the highest id that is there, so that what was
removed for good left its id to the next row: a link, a tag of a cache or a line of the audit log
then meant something else. `AUTOINCREMENT` keeps the highest id that was ever given.

It changes nothing in the file but the text of the table, so that only that is written, as SQLite's
manual describes under "Making Other Kinds Of Table Schema Changes": rows, indexes, triggers and
words stay where they are, and a large table takes no longer than a small one.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# SQLite looks a table up from the first that is here on: those with most rows come first.
TABLES = [
    "shape",
    "tiff_data",
    "plane",
    "original_file",
    "image",
    "pixels",
    "channel",
    "fileset",
    "annotation",
    "roi",
    "well_sample",
    "well",
    "rendering_settings",
    "job_item",
    "job",
    "dataset",
    "project",
    "screen",
    "plate",
    "plate_acquisition",
    "bin_data",
    "access_grant",
    "access_token",
    "share_link",
    "sign_in_session",
    "membership",
    "experimenter",
    "experimenter_group",
    "instrument",
    "objective",
    "objective_settings",
    "detector",
    "detector_settings",
    "light_source",
    "light_source_settings",
    "light_path",
    "filter",
    "filter_set",
    "dichroic",
    "transmittance_range",
    "microscope",
    "imaging_environment",
    "stage_label",
    "experiment",
    "microbeam_manipulation",
    "person",
    "person_group",
    "folder",
    "lookup_table",
    "reagent",
    "protocol",
    "protocol_step",
    "protocol_reagent",
    "protocol_identifier",
    "run",
    "run_link",
]
"""Tables whose rows have an id that people and programs are told."""
NAMES = {"roi": "ROI"}
"""Classes of tables that are not called like them."""
PLAIN, ONCE = "PRIMARY KEY (id)", "PRIMARY KEY (id AUTOINCREMENT)"


def upgrade() -> None:
    """Keep the highest id that was given, as far as anything tells of it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    # The table of the highest ids comes with the first table that needs it.
    op.execute("CREATE TABLE ids_once (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    op.execute("DROP TABLE ids_once")
    _rewrite(connection, PLAIN, ONCE)
    connection.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"),
        [{"name": table, "seq": _highest(connection, table)} for table in TABLES],
    )


def downgrade() -> None:
    """Number from the highest id that is there again."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rewrite(connection, ONCE, PLAIN)
        op.execute("DELETE FROM sqlite_sequence")


def _rewrite(connection: sa.Connection, old: str, new: str) -> None:
    """Change how tables number their rows, and let SQLite read all tables anew."""
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    for table in TABLES:
        changed = connection.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :old, :new)"
                " WHERE type = 'table' AND name = :name AND instr(sql, :old) > 0"
            ),
            {"old": old, "new": new, "name": table},
        )
        if changed.rowcount != 1:
            msg = f"the table {table} is not as migrations before this one made it"
            raise RuntimeError(msg)
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


def _highest(connection: sa.Connection, table: str) -> int:
    """Find the highest id that rows of a table have or, as the records tell, have had."""
    name = NAMES.get(table) or "".join(part.capitalize() for part in table.split("_"))
    found: Iterable[int | None] = (
        connection.scalar(sa.text(statement), {"name": name})
        for statement in (
            f"SELECT max(id) FROM {table}",  # noqa: S608  (a name in this file)
            "SELECT max(entity_id) FROM event_log WHERE entity_type = :name",
            "SELECT max(CAST(substr(subject, length(:name) + 2) AS INTEGER)) FROM audit_entry"
            " WHERE subject GLOB :name || ':[0-9]*'",
        )
    )
    return max(one or 0 for one in found)
