"""Lookup tables that channels can be shown with."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from render.luts import Listed, digest_of, listing
from schema.context import Context
from schema.fields import Named, field, value
from schema.levels import Reference
from schema.pagination import described
from schema.types.people import Experimenter
from schema.types.scalars import Color, color
from store.queries.lookup_tables import Upload, uploads

SWATCH = range(8, 256, 16)
"""Levels whose colours stand for a table."""


class LutOrigin(Enum):
    """Where a lookup table comes from."""

    SAME = "same"
    SIMILAR = "similar"
    UPLOADED = "uploaded"
    MISSING = "missing"


described(
    LutOrigin,
    "Where a lookup table comes from.",
    {
        "SAME": "It comes with the program and is the one that OMERO has under this name.",
        "SIMILAR": "It comes with the program and does what the name says, but may differ from"
        " OMERO's. An uploaded table takes its place.",
        "UPLOADED": "An administrator uploaded it.",
        "MISSING": "OMERO has it; here it is a name until an administrator uploads its file.",
    },
)


@value
class Lut:
    """A lookup table: the colour of each of the 256 levels of a channel."""

    name: str = field("Name, as channels give it.")
    folder: str = field("Where OMERO keeps it; empty for its root and for names of your own.")
    origin: LutOrigin = field("Where it comes from.")
    available: bool = field("Whether channels can be shown with it.")
    source: str = field(
        "Library that has it, or its rule in words; empty for missing and uploaded ones."
    )
    swatch: list[Color] = field("Sixteen colours from dark to bright; none of a missing one.")
    colors: list[int] = field(
        "The colour of each level as 65536 · red + 256 · green + blue; none of a missing one."
    )
    image_url: str | None = field(
        "Address of a picture of it, 256 pixels wide; null for a missing one."
    )
    uploader: Experimenter | None = field("Who uploaded it.", Named())
    uploaded: dt.datetime | None = field("When it was uploaded.")


@dataclass(frozen=True)
class Offer:
    """What `Lut` is read from."""

    listed: Listed
    upload: Upload | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.listed.name

    @property
    def folder(self) -> str:
        """Where OMERO keeps it."""
        return self.listed.folder

    @property
    def origin(self) -> LutOrigin:
        """Where it comes from."""
        return LutOrigin(self.listed.origin)

    @property
    def available(self) -> bool:
        """Whether there are colours."""
        return self.listed.origin != "missing"

    @property
    def source(self) -> str:
        """Library or rule."""
        return self.listed.source

    @property
    def swatch(self) -> list[Color]:
        """Some colours."""
        lut = self.listed.lut
        if lut is None:
            return []
        red, green, blue = (lut[SWATCH, part].tolist() for part in range(3))
        return [color((*one, 255)) for one in zip(red, green, blue, strict=True)]

    @property
    def colors(self) -> list[int]:
        """All colours."""
        lut = self.listed.lut
        packed: list[int] = [] if lut is None else (lut @ [1 << 16, 1 << 8, 1]).tolist()
        return packed

    @property
    def image_url(self) -> str | None:
        """Address of a picture, which changes with the colours."""
        lut = self.listed.lut
        if lut is None:
            return None
        return f"/luts/{quote(self.name)}.png?v={digest_of(lut.tobytes())}"

    @property
    def uploader(self) -> Reference | None:
        """Who uploaded it."""
        return None if self.upload is None else ("Experimenter", self.upload.uploader_id)

    @property
    def uploaded(self) -> dt.datetime | None:
        """When it was uploaded."""
        return None if self.upload is None else self.upload.uploaded


def offers(context: Context) -> list[Offer]:
    """Return all lookup tables, sorted by name; one statement."""
    with context.asking() as session:
        return offered(uploads(session))


def offered(found: list[Upload]) -> list[Offer]:
    """Return the lookup tables that come with the program, and uploaded ones."""
    by_name = {upload.table.name: upload for upload in found}
    tables = listing(upload.table for upload in found)
    return [Offer(one, by_name[one.name] if one.table else None) for one in tables]
