"""Files are found by where they came from, and copies by their SHA-256.

Revision: 0018, after 0017.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, and name sums of 64 digits what they are: copies had them under a wrong name."""
    op.create_index("ix_fileset_entry_client_path", "fileset_entry", ["client_path"])
    op.execute(
        "UPDATE original_file SET hasher = 'SHA-256'"
        " WHERE hasher = 'SHA1-160' AND length(hash) = 64"
    )


def downgrade() -> None:
    """Drop it; nothing is lost."""
    op.drop_index("ix_fileset_entry_client_path", "fileset_entry")
