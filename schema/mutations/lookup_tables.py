"""Uploading, renaming and removing lookup tables; for administrators."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from render.lut_files import MAX_BYTES
from render.luts import LookupTable
from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.levels import Reference
from schema.mutations.change import Change, Check, Request, recorded
from schema.types.lookup_tables import Lut, Offer, offers
from schema.types.people import Event
from store.access import Viewer
from store.edits import requests
from store.edits.lookup_tables import add_lookup_table, remove_lookup_table, rename_lookup_table
from store.errors import InvalidInputError

type Alter = Callable[..., LookupTable]
"""Changes a table in the session of a transaction, for a viewer, with the arguments."""


@value
class LutResult:
    """What a change of a lookup table has done."""

    name: str = field("Name of the table that was changed.")
    event: Event | None = field(
        "The record of the change; null where nothing was changed.", Named()
    )
    luts: list[Lut] = field("All lookup tables as they are now, sorted by name.")


@dataclass(frozen=True, slots=True)
class Done:
    """Which table was changed, and the id of the event."""

    name: str
    event_id: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What `LutResult` is read from."""

    name: str
    event: Reference | None
    luts: list[Offer]


class LutChange(Change):
    """A change of one lookup table: answered by all tables as they are after it."""

    def __init__(
        self,
        alter: Alter,
        arguments: list[Argument],
        check: Check = lambda _, given: given,
    ) -> None:
        """Say what is changed; see `schema.mutations.change.Change`."""
        super().__init__(lambda *_: None, arguments, check)  # type: ignore[arg-type]
        self._alter = alter

    def _changed(self, context: Context, request: Request) -> Any:
        with context.writing() as session:
            done = self._once(session, context.viewer, request)
        event = None if done.event_id is None else ("Event", done.event_id)
        return Result(done.name, event, offers(context))

    def _once(self, session: Session, viewer: Viewer, request: Request) -> Any:
        def run() -> Done:
            table, event = recorded(
                session, lambda: self._alter(session, viewer, **request.arguments)
            )
            return Done(table.name, event)

        if request.key is None:
            return run()
        return Done(
            **requests.once(session, viewer, request.key, request.hash, lambda: asdict(run()))
        )


def _decoded(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    text: str = values["file"]
    if len(text) > MAX_BYTES * 4 // 3 + 4:
        raise InvalidInputError(
            f"`file` of {place} has {len(text):,} characters.",
            f"Files have at most {MAX_BYTES:,} bytes.",
        )
    try:
        file = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError(
            f"`file` of {place} is not base64.", "Give the bytes of the file in base64."
        ) from None
    return {**values, "file": file, "replace": bool(values.get("replace"))}


def _rename(session: Session, viewer: Viewer, *, name: str, to: str) -> LookupTable:
    return rename_lookup_table(session, viewer, name, to)


def _remove(session: Session, viewer: Viewer, *, name: str) -> LookupTable:
    return remove_lookup_table(session, viewer, name)


_NAME = Argument("name", str, "Its name.")

FIELDS: Mapping[str, Any] = {
    "upload_lut": field(
        "Keep a lookup table for everybody; for administrators. Channels are shown with it from the"
        " next request on.",
        LutChange(
            add_lookup_table,
            [
                Argument(
                    "name", str, "Name of the file; folder, case and the suffix .lut do not count."
                ),
                Argument(
                    "file",
                    str,
                    "The file in base64, as ImageJ writes it: 768 bytes, with the header of NIH"
                    " Image, or text with three or four columns; at most 64 kB.",
                ),
                Argument(
                    "replace",
                    bool,
                    "Whether it may take the place of one that was uploaded before.",
                    False,
                ),
            ],
            _decoded,
        ),
    ),
    "rename_lut": field(
        "Give an uploaded lookup table another name; for administrators. Channels that name the old"
        " one are shown in their colour then.",
        LutChange(_rename, [_NAME, Argument("to", str, "Its new name.")]),
    ),
    "remove_lut": field(
        "Remove an uploaded lookup table; for administrators. Channels that name it are shown in"
        " their colour then.",
        LutChange(_remove, [_NAME]),
    ),
}
