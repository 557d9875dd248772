"""`micrograph statistics`: images measured one after another, and what is known of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.context import Micrograph
from app.images import OpenedImage
from app.statistics import measure
from render.errors import RenderError
from store.access import Viewer
from store.edits.images import forget_statistics
from store.errors import StoreError
from store.queries.images import images_to_measure, kept_statistics

_SHOWN = (1.0, 50.0, 99.0)
_WIDTH = 12


def measure_images(
    micrograph: Micrograph,
    viewer: Viewer,
    images: Sequence[int],
    echo: Callable[[str], None],
    *,
    again: bool,
    exact: bool,
) -> int:
    """Measure images, and print what is known of them.

    Args:
        micrograph: Started.
        viewer: Who asks.
        images: Database ids; none for all of which something is not known.
        echo: Prints a line.
        again: Also where everything is known.
        exact: Count every sample. What is interrupted goes on the next time.

    Returns:
        How many could not be read.

    Raises:
        NotFoundError: An image that was named is not there.
        NotAllowedError: It is to be measured again, and closed to the viewer.
    """
    if again and images:
        with micrograph.database.writing() as session:
            forget_statistics(session, viewer, images)
    failed = measured = 0
    for image in images or _lacking(micrograph, viewer, exact=exact):
        opened = None
        try:
            opened = _opened(micrograph, viewer, image)
            known = _known(micrograph, opened)
            if len(known) < opened.source.shape.c or (exact and not _exact(known)):
                folder = micrograph.settings.data / "measurements"
                measure(micrograph.database, opened, exact=exact, folder=folder)
                measured += 1
        except (StoreError, RenderError) as error:
            failed += 1
            echo(f"Image:{image}  {error}")
        if images and opened is not None:
            _print(image, _known(micrograph, opened), echo)
    echo(f"Measured {measured}, {failed} could not be read.")
    return failed


def _lacking(micrograph: Micrograph, viewer: Viewer, *, exact: bool) -> Iterator[int]:
    """Iterate over the images of which something is not known; each comes once."""
    after = 0
    while True:
        with micrograph.database.reading() as session:
            found = images_to_measure(session, viewer, after, exact=exact)
        if not found:
            return
        yield from found
        after = found[-1]


def _opened(micrograph: Micrograph, viewer: Viewer, image: int) -> OpenedImage:
    with micrograph.database.reading() as session:
        return micrograph.images.find(session, viewer, image)


def _known(micrograph: Micrograph, opened: OpenedImage) -> dict[int, dict[str, Any]]:
    with micrograph.database.reading() as session:
        return kept_statistics(session, opened.stored.pixels_id)


def _exact(known: dict[int, dict[str, Any]]) -> bool:
    return all(summary["level"] == 0 for summary in known.values())


def _print(image: int, known: dict[int, dict[str, Any]], echo: Callable[[str], None]) -> None:
    titles = ["min", "1 %", "median", "99 %", "max", "mean", "deviation"]
    echo(f"Image:{image}".ljust(_WIDTH) + "".join(title.rjust(_WIDTH) for title in titles))
    for index, summary in known.items():
        percentiles = dict(zip(summary["percents"], summary["values"], strict=True))
        numbers = [
            summary["low"],
            *(percentiles.get(percent) for percent in _SHOWN),
            *(summary[name] for name in ("high", "mean", "deviation")),
        ]
        cells = ["–" if number is None else f"{number:.6g}" for number in numbers]
        level = "exact" if summary["level"] == 0 else f"level {summary['level']}"
        line = f"channel {index}".ljust(_WIDTH) + "".join(cell.rjust(_WIDTH) for cell in cells)
        echo(f"{line}  {level}, {summary['samples']:,} samples")
