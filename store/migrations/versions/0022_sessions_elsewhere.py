"""Which session of an OpenID provider a sign-in came from, so that it ends with that.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column and its index."""
    op.add_column("sign_in_session", sa.Column("elsewhere", sa.String(64), nullable=True))
    op.create_index("ix_sign_in_session_elsewhere", "sign_in_session", ["elsewhere"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_sign_in_session_elsewhere", "sign_in_session")
    op.drop_column("sign_in_session", "elsewhere")
