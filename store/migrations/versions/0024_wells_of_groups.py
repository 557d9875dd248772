"""Wells are found by their group and by their owner.

Revision: 0024, after 0023. Who sees little of a large archive was looked for among all its wells.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

LIVE: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), sa.text("deleted_event_id IS NULL")
)
INDEXES = {
    "ix_well_group_id_id": ["group_id", "id"],
    "ix_well_owner_id_id_group_id": ["owner_id", "id", "group_id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "well", columns, **LIVE)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "well")
