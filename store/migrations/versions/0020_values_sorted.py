"""Values of keys are sorted as names are: numbers in them by value, without case and accents.

Revision: 0020, after 0019.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from store.models.names import sort_key

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SORTED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
PAIR = sa.table(
    "map_pair",
    sa.column("id", sa.BigInteger),
    sa.column("value_key", sa.Text),
    sa.column("sort_value", sa.Text),
)
BATCH = 10_000


def upgrade() -> None:
    """Add the column, and fill it where the order is another than that of what finds a value."""
    op.add_column("map_pair", sa.Column("sort_value", SORTED, nullable=True))
    connection = op.get_bind()
    pair = PAIR.c
    key = sa.bindparam("key", type_=sa.BigInteger())
    wanted = sa.bindparam("wanted", type_=sa.String())
    change = sa.update(PAIR).where(pair.id == key).values(sort_value=wanted)
    for rows in _batches(connection):
        changed = [
            {"key": key_, "wanted": sort_value}
            for key_, value_key in rows
            if (sort_value := sort_key(value_key)) != value_key
        ]
        if changed:
            connection.execute(change, changed)


def _batches(connection: sa.Connection) -> Iterator[list[tuple[int, str]]]:
    """Yield the id and `value_key` of all pairs, in the order of their ids."""
    last = 0
    pair = PAIR.c
    found = sa.select(pair.id, pair.value_key).order_by(pair.id).limit(BATCH)
    while rows := connection.execute(found.where(pair.id > last)).all():
        last = rows[-1].id
        yield [(row.id, row.value_key) for row in rows]


def downgrade() -> None:
    """Drop it; nothing is lost."""
    op.drop_column("map_pair", "sort_value")
