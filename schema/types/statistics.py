"""What samples are like: of channels as they are kept, of parts of images when asked for."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import strawberry

from schema.context import Context
from schema.fields import Argument, Computed, Derived, field, value
from schema.samples import Counted, Wanted
from schema.types.scalars import Long
from store.errors import InvalidInputError

CHANNELS_MAX = 512
PERCENTS_MAX = 100
BINS = range(1, 4097)


@value
class Percentile:
    """A sample below which a given part of all samples lies."""

    percent: float = field("The part, 0 to 100.")
    value: float | None = field(
        "The sample, on a line between two where none fits; null where nothing was counted."
    )


@value
class SampleHistogram:
    """How often samples occur in equal ranges from the smallest to the largest."""

    min: float | None = field("Lower edge of the first bin: the smallest sample.")
    max: float | None = field("Upper edge of the last bin, which belongs to it.")
    counts: list[Long] = field("Samples in each bin.")


@value
class ChannelStatistics:
    """What the samples of one channel are like; NaN and infinities do not count.

    Complex samples count by their magnitude.
    """

    index: int | None = field("Number of the channel, from 0; null where the channel is asked.")
    level: int = field("Resolution that was counted: 0 is full. Coarser samples are means.")
    exact: bool = field("Whether every sample of the full resolution was counted.")
    samples: Long = field("How many samples were counted.")
    min: float | None = field("Smallest; null where nothing was counted, as are the following.")
    max: float | None = field("Largest.")
    mean: float | None = field("Mean.")
    standard_deviation: float | None = field(
        "Standard deviation of these samples: divided by their number."
    )
    precision: float = field(
        "How far percentiles and edges of the histogram may be off, as a part of the distance to"
        " the median: 0 for samples of 8 and 16 bits."
    )
    percentiles: list[Percentile] = field("Percentiles, in the order asked for.")
    histogram: SampleHistogram = field("How often they occur.")


def kept(statistics: Mapping[str, Any]) -> ChannelStatistics | None:
    """Show what is kept of a channel; None where it is of a form that is not known."""
    if "samples" not in statistics:
        return None
    return shown(None, statistics["level"], statistics)


def shown(index: int | None, level: int, summary: Mapping[str, Any]) -> ChannelStatistics:
    """Show a summary in the form of `render.summary.Summary.to_json`."""
    return ChannelStatistics(
        index=index,
        level=level,
        exact=level == 0,
        samples=Long(summary["samples"]),
        min=summary["low"],
        max=summary["high"],
        mean=summary["mean"],
        standard_deviation=summary["deviation"],
        precision=summary["precision"],
        percentiles=[
            Percentile(percent=percent, value=found)
            for percent, found in zip(summary["percents"], summary["values"], strict=True)
        ],
        histogram=SampleHistogram(
            min=summary["low"],
            max=summary["high"],
            counts=[Long(number) for number in summary["counts"]],
        ),
    )


def _counted(statistics: "Statistics") -> list[ChannelStatistics]:
    return [shown(one.index, one.level, one.summary) for one in statistics.count()]


@value
class Statistics:
    """What the samples of a part of an image are like."""

    count: strawberry.Private[Callable[[], Sequence[Counted]]]
    channels: list[ChannelStatistics] | None = field(
        "One for each channel, in the order asked for; null where they cannot be read.",
        Computed(_counted),
        init=False,
    )


@strawberry.input(description="A rectangle of an image, in pixels of the full resolution.")
class RegionInput:
    """A rectangle of an image, in pixels of the full resolution."""

    x: int = strawberry.field(description="Left column, from 0.")
    y: int = strawberry.field(description="Upper row, from 0.")
    width: int = strawberry.field(description="Columns.")
    height: int = strawberry.field(description="Rows.")


@strawberry.input(description="Consecutive planes.")
class RangeInput:
    """Consecutive planes."""

    first: int = strawberry.field(description="The first, from 0.")
    last: int = strawberry.field(description="The last, which belongs to them.")


_REGION = Argument("region", RegionInput | None, "Only this part of each plane.", None)
_ARGUMENTS = [
    Argument("z", RangeInput | None, "Only these sections.", None),
    Argument("t", RangeInput | None, "Only these time points.", None),
    Argument("channels", list[int] | None, "Only these channels, by number.", None),
    Argument(
        "level",
        int | None,
        "Resolution to count; without, the finest that is not above 64 MiB.",
        None,
    ),
    Argument(
        "percentiles",
        list[float] | None,
        f"Percentiles wanted, 0 to 100: at most {PERCENTS_MAX}. Without, those that are kept of"
        " every channel.",
        None,
    ),
    Argument("bins", int | None, f"Bins of the histograms: {BINS[0]} to {BINS[-1]}; 256.", None),
]


def check(place: str, values: Mapping[str, Any]) -> Mapping[str, Wanted]:
    """Check which samples are wanted, as far as no image need be asked."""
    channels, percents = values.get("channels"), values.get("percentiles")
    bins, region = values.get("bins"), values.get("region")
    for name, given, most in (
        ("channels", channels, CHANNELS_MAX),
        ("percentiles", percents, PERCENTS_MAX),
    ):
        if given is not None and len(given) > most:
            raise InvalidInputError(
                f"`{name}` of {place} has {len(given):,} entries.", f"Give at most {most}."
            )
    if percents is not None and not all(0 <= percent <= 100 for percent in percents):
        raise InvalidInputError(
            f"`percentiles` of {place} are no percents.", "Give numbers from 0 to 100."
        )
    if bins is not None and bins not in BINS:
        raise InvalidInputError(f"`bins` of {place} is {bins}.", f"Give {BINS[0]} to {BINS[-1]}.")
    wanted = Wanted(
        region=None if region is None else (region.x, region.y, region.width, region.height),
        z=_range(values.get("z")),
        t=_range(values.get("t")),
        channels=None if channels is None else tuple(channels),
        level=values.get("level"),
        percents=None if percents is None else tuple(map(float, percents)),
        bins=bins,
    )
    return {"wanted": wanted}


def _range(given: RangeInput | None) -> tuple[int, int] | None:
    return None if given is None else (given.first, given.last)


def _of_images(context: Context, ids: Sequence[int]) -> Mapping[int, Any]:
    return {key: partial(context.count_samples, "image", key) for key in ids}


def _of_rois(context: Context, ids: Sequence[int]) -> Mapping[int, Any]:
    return {key: partial(context.count_samples, "roi", key) for key in ids}


def _statistics(count: Callable[[Wanted], Sequence[Counted]], wanted: Wanted) -> Statistics:
    return Statistics(count=partial(count, wanted))


OF_IMAGE = Derived(_of_images, _statistics, [_REGION, *_ARGUMENTS], check)
"""Source of a field of images."""
OF_ROI = Derived(_of_rois, _statistics, _ARGUMENTS, check)
"""Source of a field of regions of interest."""
