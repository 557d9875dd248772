"""Find the shapes that lie in view: R*Tree on SQLite, GiST on PostgreSQL.

Revision: 0003, after 0002; 0023 replaces both by an ordinary index. What is found is a little more
than what lies in view: bounds are widened to whole pixels on SQLite, and both clamp what is far
outside of every image. The exact comparison is made on the row.

References from shapes are checked once for all shapes of an INSERT on PostgreSQL, instead of seven
times a shape, which would take most of the time of drawing many.
"""

# ruff: noqa: S608  (statements are made of names in this file)

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LOWEST, HIGHEST = -(2**31), 2**31 - 2


def _whole(value: str, more: int = 0) -> str:
    """Write the largest whole number that is not above a value, plus some, within 32 bits."""
    number = f"CAST({value} AS INTEGER)"
    return f"max({LOWEST}, min({HIGHEST}, {number} - ({value} < {number}))) + {more}"


# Every interval is half open and at least 1 wide: the tree chooses branches by their volume,
# which would be 0 for all of them if all shapes had one image or plane as a point.
PLACE = f"""
    SELECT new.id AS id, min(new.image_id, {HIGHEST}), min(new.image_id, {HIGHEST}) + 1,
        {_whole("new.min_x")}, {_whole("new.max_x", 1)},
        {_whole("new.min_y")}, {_whole("new.max_y", 1)},
        coalesce(new.the_z, 0), coalesce(new.the_z + 1, {HIGHEST}),
        coalesce(new.the_t, 0), coalesce(new.the_t + 1, {HIGHEST})
    WHERE new.image_id IS NOT NULL AND new.deleted_event_id IS NULL AND new.min_x IS NOT NULL
"""
ADD = f"INSERT INTO shape_place {PLACE};"
REMOVE = "DELETE FROM shape_place WHERE id = old.id;"
WATCHED = "image_id, deleted_event_id, the_z, the_t, min_x, max_x, min_y, max_y"

# Who writes many shapes names their ids in `shape_place_later` first, and afterwards puts them
# into the tree neighbour by neighbour, which takes half the time.
SQLITE = (
    "CREATE VIRTUAL TABLE shape_place USING rtree_i32(id, min_image, max_image,"
    " min_x, max_x, min_y, max_y, min_z, max_z, min_t, max_t)",
    f"CREATE VIEW shape_place_of AS {PLACE.replace('WHERE new', 'FROM shape AS new WHERE new', 1)}",
    "CREATE TABLE shape_place_later (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
    f"CREATE TRIGGER shape_place_insert AFTER INSERT ON shape WHEN NOT EXISTS (SELECT 1 FROM"
    f" shape_place_later WHERE new.id BETWEEN first AND last) BEGIN {ADD} END",
    f"CREATE TRIGGER shape_place_update AFTER UPDATE OF {WATCHED} ON shape"
    f" BEGIN {REMOVE} {ADD} END",
    f"CREATE TRIGGER shape_place_delete AFTER DELETE ON shape BEGIN {REMOVE} END",
)
# One box for image and place: images are strips of 2^24 pixels side by side. Rounding and
# clamping keep the order of numbers, so that nothing in view is missed.
POSTGRESQL = """
CREATE FUNCTION shape_place(image bigint, x1 float8, y1 float8, x2 float8, y2 float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN box(
    point(image::float8 * 16777216 + greatest(-8388608, least(8388607, x1)), y1),
    point(image::float8 * 16777216 + greatest(-8388608, least(8388607, x2)), y2));
CREATE FUNCTION shape_planes(z integer, t integer)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN box(
    point(coalesce(z, -1), coalesce(t, -1)),
    point(coalesce(z, 2147483647), coalesce(t, 2147483647)));
CREATE INDEX ix_shape_place ON shape USING gist (
    shape_place(image_id, min_x, min_y, max_x, max_y), shape_planes(the_z, the_t))
    WHERE deleted_event_id IS NULL;
"""

REFERENCES = {
    "owner_id": "experimenter",
    "group_id": "experimenter_group",
    "creation_event_id": "event",
    "update_event_id": "event",
    "deleted_event_id": "event",
    "roi_id": "roi",
    "image_id": "image",
}
"""Column of shapes → table that it points into."""


def _drop_keys() -> str:
    drops = ", ".join(f"DROP CONSTRAINT fk_shape_{c}_{t}" for c, t in REFERENCES.items())
    return f"ALTER TABLE shape {drops}"


def _add_keys() -> str:
    adds = ", ".join(
        f"ADD CONSTRAINT fk_shape_{column}_{table} FOREIGN KEY ({column}) REFERENCES {table} (id)"
        for column, table in REFERENCES.items()
    )
    return f"ALTER TABLE shape {adds}"


def _guards(table: str) -> str:
    """Keep what shapes need: hold it as they come, and refuse to delete it while they are there."""
    columns = [column for column, its in REFERENCES.items() if its == table]
    used = " OR ".join(f"EXISTS (SELECT FROM shape WHERE {column} = old.id)" for column in columns)
    return f"""
CREATE FUNCTION shape_needs_{table}(keys bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- The lock of a foreign key: what is held can be changed, not deleted.
    IF (SELECT count(*) FROM (
        SELECT FROM {table} WHERE id = ANY (keys) FOR KEY SHARE) AS held) < cardinality(keys)
    THEN
        RAISE foreign_key_violation USING MESSAGE = 'a shape refers to no row of {table}';
    END IF;
END $$;
CREATE FUNCTION shape_keeps_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {used} THEN
        RAISE foreign_key_violation USING MESSAGE = 'shapes refer to a row of {table}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shape_keeps_deleted AFTER DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION shape_keeps_{table}();
CREATE TRIGGER shape_keeps_renumbered AFTER UPDATE OF id ON {table}
    FOR EACH ROW WHEN (old.id <> new.id) EXECUTE FUNCTION shape_keeps_{table}();
"""


def _checks() -> str:
    """Check the references of all shapes of an INSERT at once, and of each shape that changes."""
    distinct = {
        table: " UNION ".join(
            f"SELECT {column} FROM fresh WHERE {column} IS NOT NULL"
            for column, its in REFERENCES.items()
            if its == table
        )
        for table in REFERENCES.values()
    }
    inserted = "".join(
        f"PERFORM shape_needs_{table}(ARRAY(SELECT DISTINCT * FROM ({keys}) AS keys));"
        for table, keys in distinct.items()
    )
    updated = "".join(
        f"IF new.{column} IS DISTINCT FROM old.{column} AND new.{column} IS NOT NULL THEN"
        f" PERFORM shape_needs_{table}(ARRAY[new.{column}]); END IF;"
        for column, table in REFERENCES.items()
    )
    return f"""
CREATE FUNCTION shape_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {inserted} RETURN NULL; END $$;
CREATE FUNCTION shape_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {updated} RETURN NULL; END $$;
CREATE TRIGGER shape_inserted AFTER INSERT ON shape REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION shape_inserted();
CREATE TRIGGER shape_updated AFTER UPDATE OF {", ".join(REFERENCES)} ON shape
    FOR EACH ROW EXECUTE FUNCTION shape_updated();
"""


def make_place() -> None:
    """Make the index, of all shapes that there are."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for statement in SQLITE:
        op.execute(statement)
    op.execute("INSERT INTO shape_place SELECT * FROM shape_place_of")


def drop_place() -> None:
    """Remove the index and what keeps it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_shape_place")
        op.execute("DROP FUNCTION shape_place")
        op.execute("DROP FUNCTION shape_planes")
        return
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER shape_place_{name}")
    for kind, name in (("TABLE", "later"), ("VIEW", "of")):
        op.execute(f"DROP {kind} shape_place_{name}")
    op.execute("DROP TABLE shape_place")


def upgrade() -> None:
    make_place()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_drop_keys())
        for table in dict.fromkeys(REFERENCES.values()):
            op.execute(_guards(table))
        op.execute(_checks())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION shape_inserted, shape_updated CASCADE")
        for table in dict.fromkeys(REFERENCES.values()):
            op.execute(f"DROP FUNCTION shape_needs_{table}, shape_keeps_{table} CASCADE")
        op.execute(_add_keys())
    drop_place()
