"""The light of channels as filters and lasers tell of it, for colours where nothing else does."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.models.among import IdList, among

type Length = tuple[float | None, str | None]
"""A number and its unit."""


@dataclass(frozen=True, slots=True)
class ChannelLight:
    """What filters and lasers tell of the light of one channel; units as in OME."""

    emission_cut_in: Length = (None, None)
    """Where the emission filter begins to let light through."""
    laser: Length = (None, None)
    excitation_cut_in: Length = (None, None)
    excitation_cut_out: Length = (None, None)


def needs_light(rgb: bool, channels: Sequence[Any]) -> bool:
    """Whether colours follow from filters and lasers, because a channel has nothing better.

    Args:
        rgb: Whether the channels are red, green and blue colours.
        channels: All of an image, with the columns of `store.models.Channel`.
    """
    if rgb or len(channels) < 2:  # red, green, blue; or grey
        return False
    return any(one.color is None and one.emission_wavelength is None for one in channels)


@functools.lru_cache(64)
def light_of_channels(viewer: Viewer) -> sa.CompoundSelect[Any]:
    """Select what filters and lasers tell of the channels `:keys`; see `lights`.

    Kept for each viewer: building it takes longer than running it.
    """
    channel, path = models.Channel, models.LightPath
    ways = (
        (path, path.channel_id, path.id, models.LightPathEmissionFilterLink),
        (channel, channel.id, channel.filter_set_id, models.FilterSetEmissionFilterLink),
        (path, path.channel_id, path.id, models.LightPathExcitationFilterLink),
        (channel, channel.id, channel.filter_set_id, models.FilterSetExcitationFilterLink),
    )
    filters = [_filters(viewer, rank, *way) for rank, way in enumerate(ways)]
    return sa.union_all(*filters, _lasers(viewer, len(ways)))


def lights(rows: Iterable[Sequence[Any]]) -> Mapping[int, ChannelLight]:
    """Read what `light_of_channels` found, by channel: light paths count before filter sets."""
    found: defaultdict[int, dict[int, Any]] = defaultdict(dict)
    for rank, _, channel, *lengths in sorted(rows, key=lambda row: (row[0], row[1])):
        found[channel].setdefault(rank, lengths)
    return {key: _light(ranks) for key, ranks in found.items()}


def _light(ranks: Mapping[int, Sequence[Any]]) -> ChannelLight:
    nothing: Sequence[Any] = (None,) * 4
    emission = ranks.get(0) or ranks.get(1) or nothing
    excitation = ranks.get(2) or ranks.get(3) or nothing
    laser = ranks.get(4) or nothing
    return ChannelLight(
        (emission[0], emission[1]),
        (laser[0], laser[1]),
        (excitation[0], excitation[1]),
        (excitation[2], excitation[3]),
    )


def _filters(viewer: Viewer, rank: int, whole: Any, channel: Any, holder: Any, link: Any) -> Rows:
    """Select the ranges of the filters of one sort, with their places among them."""
    range_ = models.TransmittanceRange
    return (
        select_visible(
            viewer,
            whole,
            sa.literal(rank).label("rank"),
            link.id.label("place"),
            channel.label("channel_id"),
            range_.cut_in,
            range_.cut_in_unit,
            range_.cut_out,
            range_.cut_out_unit,
        )
        .join(link, sa.and_(link.parent_id == holder, visible(viewer, link)))
        .join(range_, sa.and_(range_.filter_id == link.child_id, visible(viewer, range_)))
        .where(among(channel, sa.bindparam("keys", type_=IdList())))
    )


def _lasers(viewer: Viewer, rank: int) -> Rows:
    used, laser = models.LightSourceSettings, models.Laser
    none: Any = sa.null()
    return (
        select_visible(
            viewer,
            used,
            sa.literal(rank),
            used.id,
            used.channel_id,
            laser.wavelength,
            laser.wavelength_unit,
            sa.cast(none, sa.Float),
            sa.cast(none, sa.String),
        )
        .join(laser, sa.and_(laser.id == used.light_source_id, visible(viewer, laser)))
        .where(among(used.channel_id, sa.bindparam("keys", type_=IdList())))
    )
