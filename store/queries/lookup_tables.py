"""Lookup tables that administrators uploaded, for everybody."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from render.luts import LookupTable
from store import models
from store.models.among import among


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded lookup table, and where it came from."""

    table: LookupTable
    uploader_id: int
    """Database id of an experimenter."""
    uploaded: dt.datetime


def uploads(session: Session) -> list[Upload]:
    """Load all uploaded lookup tables, ordered by name; one statement."""
    row = models.LookupTable
    statement = sa.select(row.name, row.colors, row.uploader_id, row.uploaded).order_by(row.name)
    return [
        Upload(LookupTable(name, colors), uploader_id, uploaded)
        for name, colors, uploader_id, uploaded in session.execute(statement)
    ]


def lookup_tables(session: Session, names: Iterable[str]) -> dict[str, LookupTable]:
    """Load uploaded lookup tables by name; those that do not exist are absent.

    Args:
        session: For reading.
        names: As `render.luts.plain_name` gives them; for none, no statement runs.
    """
    wanted = set(names)
    if not wanted:
        return {}
    row = models.LookupTable
    statement = sa.select(row.name, row.colors).where(among(row.name, wanted))
    return {name: LookupTable(name, colors) for name, colors in session.execute(statement)}


def lookup_table(session: Session, name: str) -> LookupTable | None:
    """Load the uploaded lookup table of a name, if there is one."""
    return lookup_tables(session, [name]).get(name)
