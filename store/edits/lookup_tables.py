"""Uploading, renaming and removing lookup tables; for administrators.

Tables are nobody's: each change is recorded in the default group of who makes it, with the names
of what comes and goes, which no row tells of afterwards.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from render.lut_files import parse_lut
from render.luts import LookupTable, plain_name, replaceable
from store import models
from store.access import Viewer, group_for
from store.edits.history import Action, begin_event, log_change
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import Privilege

MOST = 1_000
"""Uploaded lookup tables that there may be."""


def add_lookup_table(
    session: Session, viewer: Viewer, name: str, file: bytes, *, replace: bool = False
) -> LookupTable:
    """Keep the table of a file, for everybody from the next request on; for administrators.

    Args:
        session: Of the caller's transaction.
        viewer: Who uploads it.
        name: Name of the file; folder, case and the suffix `.lut` are dropped.
        file: Its bytes, in one of the formats of `render.lut_files.parse_lut`.
        replace: Whether it may take the place of one that was uploaded before.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        LutFileError: The file holds no table.
        SettingsError: The name cannot be one.
        ConflictError: There is a table of that name.
        InvalidInputError: There are too many tables, or the viewer is in no group.
    """
    _require(viewer, Privilege.WRITE_SCRIPT_REPO)
    table = LookupTable(plain_name(name), parse_lut(file))
    _require_free(table.name)
    row = session.scalar(_named(table.name))
    if row is not None and not replace:
        raise ConflictError(
            f"There is a lookup table {table.name} already.", "Replace it, or choose another name."
        )
    made = row is None
    if row is None:
        _require_room(session)
        row = models.LookupTable(name=table.name)
        session.add(row)
    changes = {"name": [None, row.name]} if made else {"colors": [row.colors, table.colors]}
    row.colors = table.colors
    row.uploader_id = viewer.experimenter_id
    row.uploaded = dt.datetime.now(dt.UTC)
    session.flush()
    _record(session, viewer, row, "INSERT" if made else "UPDATE", changes)
    return table


def rename_lookup_table(session: Session, viewer: Viewer, name: str, to: str) -> LookupTable:
    """Give an uploaded table another name; for administrators.

    Channels that name the old one are shown in their colour then.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        NotFoundError: No table of that name was uploaded.
        SettingsError: The new name cannot be one.
        ConflictError: There is a table of the new name.
    """
    _require(viewer, Privilege.WRITE_SCRIPT_REPO)
    row = _uploaded(session, name)
    table = LookupTable(plain_name(to), row.colors)
    _require_free(table.name)
    if table.name == row.name:
        return table
    if session.scalar(_named(table.name)) is not None:
        raise ConflictError(
            f"There is a lookup table {table.name} already.", "Choose another name."
        )
    _record(session, viewer, row, "UPDATE", {"name": [row.name, table.name]})
    row.name = table.name
    session.flush()
    return table


def remove_lookup_table(session: Session, viewer: Viewer, name: str) -> LookupTable:
    """Remove an uploaded table; for administrators.

    Channels that name it are shown in their colour then, or through a similar table that comes
    with the program.

    Returns:
        What was removed.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        NotFoundError: No table of that name was uploaded.
    """
    _require(viewer, Privilege.DELETE_SCRIPT_REPO)
    row = _uploaded(session, name)
    table = LookupTable(row.name, row.colors)
    _record(session, viewer, row, "DELETE", {"name": [row.name, None]})
    session.delete(row)
    session.flush()
    return table


def _record(
    session: Session,
    viewer: Viewer,
    row: models.LookupTable,
    action: Action,
    changes: dict[str, list[Any]],
) -> None:
    event = begin_event(session, viewer, group_for(viewer, None))
    log_change(session, event, models.LookupTable, [row.id], action, {row.id: changes})


def _named(name: str) -> sa.Select[models.LookupTable]:
    return sa.select(models.LookupTable).where(models.LookupTable.name == name)


def _uploaded(session: Session, name: str) -> models.LookupTable:
    plain = plain_name(name)
    row = session.scalar(_named(plain)) if plain.isprintable() else None
    if row is None:
        raise NotFoundError("uploaded lookup table", repr(plain[:64]))
    return row


def _require(viewer: Viewer, privilege: Privilege) -> None:
    if not viewer.has(privilege):
        raise NotAllowedError("Only administrators change lookup tables.", "Ask one of them.")


def _require_free(name: str) -> None:
    if not replaceable(name):
        raise ConflictError(
            f"The lookup table {name} comes with Micrograph.", "Choose another name."
        )


def _require_room(session: Session) -> None:
    if (session.scalar(sa.select(sa.func.count(models.LookupTable.id))) or 0) >= MOST:
        raise InvalidInputError(
            f"There are {MOST:,} uploaded lookup tables already.", "Remove some first."
        )
