"""Keep what the samples of each channel are like.

Revision: 0007, after 0006. What was measured before has its minimum and maximum only, until it is
measured again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel", sa.Column("statistics", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("channel", "statistics")
