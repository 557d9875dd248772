"""What the schema asks of those who can read samples; it knows no files itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from store.access import Viewer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose samples are counted, and what is told of them; None is all of the image."""

    region: tuple[int, int, int, int] | None = None
    """x, y, width and height in pixels of the full resolution."""
    z: tuple[int, int] | None = None
    """First and last section."""
    t: tuple[int, int] | None = None
    """First and last time point."""
    channels: tuple[int, ...] | None = None
    level: int | None = None
    """The finest that is not too much, if not given."""
    percents: tuple[float, ...] | None = None
    """Those that are kept of every channel, if not given."""
    bins: int | None = None
    """As many as are kept of every channel, if not given."""

    @property
    def whole(self) -> bool:
        """Whether it is what is kept of every channel."""
        parts = (self.region, self.z, self.t, self.level, self.percents, self.bins)
        return all(part is None for part in parts)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the samples of one channel are like."""

    index: int
    level: int
    """Resolution that was counted; 0 is exact."""
    summary: Mapping[str, Any]
    """As `render.summary.Summary.to_json` writes it."""


class Samples(Protocol):
    """Reads samples. Safe to share between threads; blocks."""

    def count(
        self, session: Session, viewer: Viewer, image_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count samples of an image, in the order of the channels.

        Raises:
            NotFoundError: No such image, not visible to the viewer, or without pixels.
            InvalidInputError: Nothing that the image has, or too much of it.
            UnreadableFileError: The image's file is missing, changed or damaged.
        """
        ...

    def count_roi(
        self, session: Session, viewer: Viewer, roi_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count samples inside the shapes of a region of interest, where the viewer sees them.

        Raises:
            As `count`; also NotFoundError if it is on no image.
        """
        ...

    def measure(self, viewer: Viewer, image_ids: Sequence[int], *, exact: bool) -> None:
        """Begin to measure images anew; the results go to the database."""
        ...
