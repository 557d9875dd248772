"""Constants of the program in statements: written out, so that databases plan for just these."""

from typing import Any

import sqlalchemy as sa


def text(value: str) -> Any:
    """Write a text of our own, such as the name of a kind; never one that people sent."""
    return sa.literal_column(f"'{value}'", sa.String)


def number(value: int) -> Any:
    """Write a whole number."""
    return sa.literal_column(str(int(value)), sa.Integer)
