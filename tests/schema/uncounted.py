"""Samples of images that have no files: every channel has none."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from render.tally import Tally
from schema.samples import Counted, Wanted
from store.access import Viewer


class Uncounted:
    """Counts the samples of images whose channels have none; see `schema.samples.Samples`."""

    def __init__(self) -> None:
        self.measured: list[tuple[Sequence[int], bool]] = []
        """Images that were to be measured anew."""

    def count(
        self, session: Session, viewer: Viewer, image_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count nothing."""
        percents, bins = wanted.percents or (50.0,), wanted.bins or 4
        summary = Tally("u1").summary(percents, bins).to_json()
        return [Counted(index, 0, summary) for index in wanted.channels or (0,)]

    def count_roi(
        self, session: Session, viewer: Viewer, roi_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count nothing."""
        return self.count(session, viewer, roi_id, wanted)

    def measure(self, viewer: Viewer, image_ids: Sequence[int], *, exact: bool) -> None:
        """Note what was asked for."""
        self.measured.append((image_ids, exact))
