"""Short names for the column types that many tables use."""

from typing import Annotated

import sqlalchemy as sa
from sqlalchemy.orm import mapped_column

Unit = Annotated[str | None, mapped_column(sa.String(16))]
"""Symbol of the unit of the column of the same name, as in OME-XML; see `store.models.units`."""
ShortText = Annotated[str | None, mapped_column(sa.String(255))]
"""A word or a short phrase."""
LongText = Annotated[str | None, mapped_column(sa.Text)]
"""Any number of lines."""
Choice = Annotated[str | None, mapped_column(sa.String(64))]
"""A value of one of `store.models.enums`."""
