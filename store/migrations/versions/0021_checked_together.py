"""Whether the owners, groups and events of rows exist is checked once for all rows of a statement.

Revision: 0021, after 0020. On PostgreSQL a foreign key is looked up for each row by itself, so four
of them take a quarter of the time of loading images, wells and annotations, whose rows nearly all
have the same owner, group and event. Triggers look up what is different among the rows that a
statement writes, as those of 0003 do for shapes, and refuse to delete what rows refer to. SQLite
looks up keys cheaply and keeps them.
"""

# ruff: noqa: S608  (statements are made of names in this file)

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("image", "well", "well_sample", "annotation", "annotation_link")
REFERENCES = {
    "experimenter": ("owner_id",),
    "experimenter_group": ("group_id",),
    "event": ("creation_event_id", "update_event_id", "deleted_event_id"),
}
"""Table that is referred to → columns of each of `TABLES`."""
COLUMNS = {column: target for target, columns in REFERENCES.items() for column in columns}


def upgrade() -> None:
    """Put triggers in the place of foreign keys."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for target in REFERENCES:
        op.execute(_needs(target))
    for table in TABLES:
        drops = ", ".join(f"DROP CONSTRAINT fk_{table}_{c}_{t}" for c, t in COLUMNS.items())
        op.execute(f"ALTER TABLE {table} {drops}")
        op.execute(_checks(table))
    for target, columns in REFERENCES.items():
        op.execute(_keeps(target, columns))


def _needs(target: str) -> str:
    return f"""
CREATE FUNCTION owned_needs_{target}(keys bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- The lock of a foreign key: what is held can be changed, not deleted.
    IF (SELECT count(*) FROM (
        SELECT FROM {target} WHERE id = ANY (keys) FOR KEY SHARE) AS held) < cardinality(keys)
    THEN
        RAISE foreign_key_violation USING MESSAGE = 'a row refers to no row of {target}';
    END IF;
END $$"""


def _checks(table: str) -> str:
    """Check what all rows that a statement wrote refer to."""
    checks = "".join(
        f"PERFORM owned_needs_{target}(ARRAY({_distinct(columns)}));"
        for target, columns in REFERENCES.items()
    )
    triggers = "".join(
        f"CREATE TRIGGER {table}_owned_{event} AFTER {event.upper()} ON {table}"
        " REFERENCING NEW TABLE AS fresh"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_owned_checked();"
        for event in ("insert", "update")
    )
    return f"""
CREATE FUNCTION {table}_owned_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {checks} RETURN NULL; END $$;
{triggers}"""


def _distinct(columns: tuple[str, ...]) -> str:
    return " UNION ".join(
        f"SELECT DISTINCT {column} FROM fresh WHERE {column} IS NOT NULL" for column in columns
    )


def _keeps(target: str, columns: tuple[str, ...]) -> str:
    """Refuse to delete what rows refer to."""
    used = " OR ".join(
        f"EXISTS (SELECT FROM {table} WHERE {column} = old.id)"
        for table in TABLES
        for column in columns
    )
    return f"""
CREATE FUNCTION owned_keeps_{target}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {used} THEN
        RAISE foreign_key_violation USING MESSAGE = 'rows refer to a row of {target}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER owned_keeps_deleted AFTER DELETE ON {target}
    FOR EACH ROW EXECUTE FUNCTION owned_keeps_{target}();
CREATE TRIGGER owned_keeps_renumbered AFTER UPDATE OF id ON {target}
    FOR EACH ROW WHEN (old.id <> new.id) EXECUTE FUNCTION owned_keeps_{target}();
"""


def downgrade() -> None:
    """Put the foreign keys back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for target in REFERENCES:
        op.execute(f"DROP FUNCTION owned_keeps_{target} CASCADE")
    for table in TABLES:
        op.execute(f"DROP FUNCTION {table}_owned_checked CASCADE")
        adds = ", ".join(
            f"ADD CONSTRAINT fk_{table}_{column}_{target} FOREIGN KEY ({column})"
            f" REFERENCES {target} (id)"
            for column, target in COLUMNS.items()
        )
        op.execute(f"ALTER TABLE {table} {adds}")
    for target in REFERENCES:
        op.execute(f"DROP FUNCTION owned_needs_{target}")
