"""What an import leaves ready: ranges of values, and the thumbnails that people see first."""

import logging
import time
from functools import partial

from app.context import Micrograph
from app.images import OpenedImage
from app.routes.drawing import level_for, reduced
from app.routes.looks import Look, Shown
from app.routes.pictures import job_of, kept_or_rendered
from app.statistics import SAMPLE_BYTES, STEP_ASIDE_S, measure
from render.encode import quality_for
from render.errors import RenderError
from store.access import Viewer
from store.errors import StoreError

SIZES = (144, 288)
"""Longer sides of thumbnails that lists show, on screens of one and of two pixels a point."""
FORMAT = "jpg"

logger = logging.getLogger(__name__)


def make_ready(micrograph: Micrograph, viewer: Viewer, image_id: int, *, thumbnails: bool) -> None:
    """Measure an image that is not, and make its thumbnails that are not there.

    People who look at pictures meanwhile come first. One whose samples cannot be read now is
    there all the same.

    Args:
        micrograph: Started.
        viewer: Whose settings count: the owner of the image.
        image_id: Database id.
        thumbnails: Whether they are made, too.
    """
    try:
        opened = _found(micrograph, viewer, image_id)
        if not opened.measured:
            measure(micrograph.database, opened, told=partial(give_way, micrograph))
            opened = _found(micrograph, viewer, image_id)
        if thumbnails and _small(opened):
            for size in SIZES:
                give_way(micrograph)
                _keep_thumbnail(micrograph, opened, size)
    except (StoreError, RenderError) as error:
        logger.warning("image not made ready", extra={"image": image_id, "reason": str(error)})


def give_way(micrograph: Micrograph) -> None:
    """Wait a moment while people's pictures take all that renders."""
    until = time.monotonic() + STEP_ASIDE_S
    while micrograph.slots.render.full and time.monotonic() < until:
        time.sleep(STEP_ASIDE_S / 10)


def _found(micrograph: Micrograph, viewer: Viewer, image_id: int) -> OpenedImage:
    with micrograph.database.reading() as session:
        return micrograph.images.find(session, viewer, image_id)


def _small(opened: OpenedImage) -> bool:
    """Whether its thumbnails need no level that has to be made of a large one first."""
    number = level_for(opened.source.levels, max(SIZES))
    if number < opened.stored_levels:
        return True
    last = opened.source.levels[opened.stored_levels - 1]
    samples = last.width * last.height * len(opened.settings.active_channels)
    return samples * opened.source.dtype.itemsize <= SAMPLE_BYTES


def _keep_thumbnail(micrograph: Micrograph, opened: OpenedImage, size: int) -> None:
    """Render a thumbnail as its address shows it, unless it is kept already."""
    look = Look(
        FORMAT, quality_for(FORMAT, None), named=None, channels=None, model=None, bits=None,
        projection=None, version=None, plain=True,
    )  # fmt: skip
    shown = Shown(opened, look, opened.settings)
    section = look.section(opened.source.shape, opened.view.z, opened.view.t)
    draw = partial(reduced, shown, level_for(opened.source.levels, size), section, size)
    job = job_of(micrograph, shown, ("thumbnail", section.name, size), draw)
    kept_or_rendered(micrograph.thumbnails, job)
