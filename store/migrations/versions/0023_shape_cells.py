"""Shapes are found by numbers of planes and cells, in an ordinary index.

Revision: 0023, after 0022. The R*Tree of 0003 took half of the time of drawing many shapes on
SQLite, and its triggers some of the rest; the index of PostgreSQL was three times as large.
"""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.models.places import places

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BOX = ("min_x", "max_x", "min_y", "max_y")
SHAPE = sa.table(
    "shape",
    sa.column("id", sa.BigInteger),
    *(sa.column(name, sa.Float) for name in BOX),
    *(sa.column(name, sa.BigInteger) for name in ("the_z", "the_t", "plane", "cell")),
)
BATCH = 50_000
before: Any = importlib.import_module("store.migrations.versions.0003_shape_place")


def upgrade() -> None:
    connection = op.get_bind()
    for name in ("plane", "cell"):
        op.add_column("shape", sa.Column(name, sa.BigInteger(), nullable=True))
    before.drop_place()
    change = sa.update(SHAPE).where(SHAPE.c.id == sa.bindparam("key"))
    change = change.values(plane=sa.bindparam("new_plane"), cell=sa.bindparam("new_cell"))
    for rows in _batches(connection):
        ids, box, (z, t) = rows[0], rows[1:5], rows[5:]
        found = places(box, z, t)
        values = zip(ids, found["plane"], found["cell"], strict=True)
        names = ("key", "new_plane", "new_cell")
        connection.execute(change, [dict(zip(names, value, strict=True)) for value in values])
    live = sa.text("deleted_event_id IS NULL")
    op.create_index(
        "ix_shape_place",
        "shape",
        ["image_id", "plane", "cell"],
        sqlite_where=live,
        postgresql_where=live,
    )


def downgrade() -> None:
    op.drop_index("ix_shape_place", "shape")
    for name in ("plane", "cell"):
        op.drop_column("shape", name)
    before.make_place()


def _batches(connection: sa.Connection) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield the columns of all shapes that have a box, in the order of their ids."""
    last = 0
    shape = SHAPE.c
    names = ("id", *BOX, "the_z", "the_t")
    found = sa.select(*(shape[name] for name in names)).where(shape.min_x.is_not(None))
    found = found.order_by(shape.id).limit(BATCH)
    while rows := connection.execute(found.where(shape.id > last)).all():
        last = rows[-1].id
        yield list(zip(*rows, strict=True))
