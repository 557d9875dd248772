"""What a check can find, and whether it can be put right."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A sort of inconsistency; the values are part of the output."""

    DATABASE_PAGE = "damaged page"
    REFERENCE = "broken reference"
    DANGLING_LINK = "link to nothing"
    CROSS_GROUP_LINK = "link across groups"
    CROSS_GROUP_PART = "part in another group"
    LIVING_LINK = "link of a deleted thing"
    LIVING_PART = "part of a deleted thing"
    EMPTY_FILESET = "fileset without files"
    FILESET_WITHOUT_IMAGES = "fileset without images"
    IMAGE_WITHOUT_PIXELS = "image without pixels"
    PIXELS_WITHOUT_INDEX = "pixels without places in files"
    UNUSED_FILE = "file of nothing"
    COUNTER = "wrong counter"
    USAGE = "wrong usage"
    SEARCH_INDEX = "search index"
    STUCK_JOB = "stuck job"
    MISSING_FILE = "missing file"
    BROKEN_LINK = "broken symbolic link"
    CHANGED_FILE = "changed file"
    DAMAGED_FILE = "damaged file"
    STRANGER = "file without a row"
    DERIVED = "derived levels of nothing"
    LEFTOVER = "leftover"


REPAIRS: dict[Kind, str] = {
    Kind.CROSS_GROUP_LINK: "put the link into the trash",
    Kind.LIVING_LINK: "put the link into the trash",
    Kind.DANGLING_LINK: "put the link into the trash",
    Kind.LIVING_PART: "put it into the trash, with what it is part of",
    Kind.COUNTER: "count anew",
    Kind.USAGE: "count anew",
    Kind.SEARCH_INDEX: "make the index anew",
    Kind.STUCK_JOB: "end the job as failed",
    Kind.STRANGER: "move it to lost+found",
    Kind.DERIVED: "delete them: they are made from files",
    Kind.LEFTOVER: "delete it",
}
"""What repairing does; other kinds need a person, a copy or a backup."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One inconsistency."""

    kind: Kind
    subject: str
    """What it is about: an identifier such as OriginalFile:4, a table, or a path."""
    message: str
    """What is wrong, for a person."""
    whole: int | None = None
    """Of parts of deleted things: the event of the deletion."""

    @property
    def repair(self) -> str:
        """What repairing does; empty if nothing can be done."""
        return REPAIRS.get(self.kind, "")
