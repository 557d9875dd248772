"""Keep which privileges an administrator lacks.

Revision: 0012, after 0010. Administrators that there are have all of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("experimenter", sa.Column("withheld", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("experimenter", "withheld")
