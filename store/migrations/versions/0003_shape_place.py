"""Find the shapes that lie in view: R*Tree on SQLite, GiST on PostgreSQL.

Revision: 0003, after 0002. What is found is a little more than what lies in view: bounds are
widened to whole pixels on SQLite, and both clamp what is far outside of every image. The exact
comparison is made on the row; see `store.queries.rois`.
"""

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
    INSERT INTO shape_place
    SELECT new.id, min(new.image_id, {HIGHEST}), min(new.image_id, {HIGHEST}) + 1,
        {_whole("new.min_x")}, {_whole("new.max_x", 1)},
        {_whole("new.min_y")}, {_whole("new.max_y", 1)},
        coalesce(new.the_z, 0), coalesce(new.the_z + 1, {HIGHEST}),
        coalesce(new.the_t, 0), coalesce(new.the_t + 1, {HIGHEST})
    WHERE new.image_id IS NOT NULL AND new.deleted_event_id IS NULL AND new.min_x IS NOT NULL;
"""
REMOVE = "DELETE FROM shape_place WHERE id = old.id;"
WATCHED = "image_id, deleted_event_id, the_z, the_t, min_x, max_x, min_y, max_y"

SQLITE = (
    "CREATE VIRTUAL TABLE shape_place USING rtree_i32(id, min_image, max_image,"
    " min_x, max_x, min_y, max_y, min_z, max_z, min_t, max_t)",
    f"CREATE TRIGGER shape_place_insert AFTER INSERT ON shape BEGIN {PLACE} END",
    f"CREATE TRIGGER shape_place_update AFTER UPDATE OF {WATCHED} ON shape"
    f" BEGIN {REMOVE} {PLACE} END",
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


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for statement in SQLITE:
        op.execute(statement)
    op.execute(PLACE.replace("WHERE new", "FROM shape AS new WHERE new", 1).strip().rstrip(";"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_shape_place")
        op.execute("DROP FUNCTION shape_place")
        op.execute("DROP FUNCTION shape_planes")
        return
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER shape_place_{name}")
    op.execute("DROP TABLE shape_place")
