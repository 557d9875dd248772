"""Files that are here already, found by the hash of their content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.levels import Reference
from schema.roots import Told
from schema.types.files import OriginalFile
from store.archiving.sums import SHA256
from store.errors import InvalidInputError
from store.queries.originals import known_hashes

HASHES_MAX = 1_000
_HASH = re.compile(r"[0-9a-fA-F]{64}")


@value
class KnownFile:
    """A file that need not be sent, as it is here already."""

    hash: str = field("Its SHA-256, as it was asked for.")
    file: OriginalFile | None = field("The file; the oldest, if there are several.", Named())


@dataclass(frozen=True, slots=True)
class Row:
    """What `KnownFile` is read from."""

    hash: str
    file: Reference


def _known(context: Context, hashes: tuple[str, ...]) -> list[Row]:
    with context.asking() as session:
        found = known_hashes(session, context.viewer, hashes, SHA256)
    return [
        Row(one, ("OriginalFile", found[one.lower()])) for one in hashes if one.lower() in found
    ]


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    hashes = tuple(values["hashes"])
    if len(hashes) > HASHES_MAX:
        raise InvalidInputError(
            f"`hashes` of {place} has {len(hashes)} entries.", f"Give at most {HASHES_MAX}."
        )
    wrong = next((one for one in hashes if not _HASH.fullmatch(one)), None)
    if wrong is not None:
        raise InvalidInputError(
            f"`hashes` of {place} has {wrong[:80]!r}.", "Give SHA-256 as 64 hexadecimal digits."
        )
    return {"hashes": hashes}


KNOWN_FILES = Told(
    _known,
    [Argument("hashes", list[str], f"SHA-256 of files, at most {HASHES_MAX:,}.")],
    _checked,
)
"""The files of some hashes that the viewer may see."""
