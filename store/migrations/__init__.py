"""The history of the tables, one Alembic revision a file."""

LATEST = "0002"
"""The newest revision, known without loading Alembic; a test compares it with the files."""
