"""Uploading, renaming and removing lookup tables; for administrators."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session
from strawberry.types import Info

from render.lut_files import MAX_BYTES
from render.luts import LookupTable
from schema.context import Context
from schema.fields import Argument, field, value
from schema.plan import Builder, Selection
from schema.roots import Root, Run
from schema.types.lookup_tables import Lut, Offer, offers
from store.access import Viewer
from store.edits.lookup_tables import add_lookup_table, remove_lookup_table, rename_lookup_table
from store.errors import InvalidInputError

type Write = Callable[..., LookupTable]
"""Changes a table in the session of a transaction, for a viewer, with the arguments."""


@value
class LutResult:
    """What a change of a lookup table has done."""

    name: str = field("Name of the table that was changed.")
    luts: list[Lut] = field("All lookup tables as they are now, sorted by name.")


class Result:
    """What `LutResult` is read from."""

    def __init__(self, name: str, luts: list[Offer]) -> None:
        self.name = name
        self.luts = luts


class LutChange(Root):
    """A change of one lookup table, in a transaction of its own."""

    def __init__(
        self,
        write: Write,
        arguments: list[Argument],
        check: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda _, given: given,
    ) -> None:
        """Say what is written; see `schema.mutations.change.Change`."""
        self._write = write
        self._check = check
        self.arguments = arguments

    def check(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the arguments."""
        return self._check(place, values)

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Change it."""
        return self._changed(info.context, arguments)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Change it, then list what there is."""
        complete = builder.completer(selection)
        assert complete is not None

        def run(context: Context) -> Any:
            return complete(context, [self._changed(context, context.bound[selection])])[0]

        return run

    def _changed(self, context: Context, arguments: Mapping[str, Any]) -> Result:
        with context.writing() as session:
            name = self._write(session, context.viewer, **arguments).name
        return Result(name, offers(context))


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
