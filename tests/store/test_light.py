"""Filters and lasers give channels their colours, alike in tiles and in GraphQL."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from schema.build import GraphQL
from schema.display import defaults_of
from store import models
from store.access import Viewer
from store.database import Database
from store.queries.images import pixels_record
from tests.build import hierarchy

RED, GREEN, BLUE, WHITE = "FF0000FF", "00FF00FF", "0000FFFF", "FFFFFFFF"
COLORS = '{ image(id: "Image:1") { rendering { channels { color label } } } }'


class Bench:
    """An instrument, and channels that were taken with it."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self.session = session
        hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=2)
        session.execute(
            sa.update(models.Channel).values(
                name=None, emission_wavelength=None, emission_wavelength_unit=None
            )
        )
        image = session.get_one(models.Image, 1)
        names = ("owner_id", "group_id", "creation_event_id", "update_event_id")
        self.owned = {name: getattr(image, name) for name in names}
        self.instrument = self.add(models.Instrument)

    def add(self, entity: Any, **values: Any) -> int:
        row = entity(**values, **self.owned)
        self.session.add(row)
        self.session.flush()
        key: int = row.id
        return key

    def filter(self, cut_in: float | None, cut_out: float | None = None, unit: str = "nm") -> int:
        key = self.add(models.Filter, instrument_id=self.instrument)
        self.add(
            models.TransmittanceRange,
            filter_id=key,
            cut_in=cut_in,
            cut_in_unit=unit,
            cut_out=cut_out,
            cut_out_unit=unit,
        )
        return key

    def path(self, channel: int, *, emission: int = 0, excitation: int = 0) -> None:
        path = self.add(models.LightPath, channel_id=channel)
        for link, key in (
            (models.LightPathEmissionFilterLink, emission),
            (models.LightPathExcitationFilterLink, excitation),
        ):
            if key:
                self.add(link, parent_id=path, child_id=key)

    def filter_set(self, channel: int, *, emission: int = 0, excitation: int = 0) -> None:
        key = self.add(models.FilterSet, instrument_id=self.instrument)
        for link, one in (
            (models.FilterSetEmissionFilterLink, emission),
            (models.FilterSetExcitationFilterLink, excitation),
        ):
            if one:
                self.add(link, parent_id=key, child_id=one)
        self.session.execute(
            sa.update(models.Channel).where(models.Channel.id == channel).values(filter_set_id=key)
        )

    def laser(self, channel: int, wavelength: float, unit: str = "nm") -> None:
        key = self.add(
            models.Laser,
            instrument_id=self.instrument,
            wavelength=wavelength,
            wavelength_unit=unit,
        )
        self.add(models.LightSourceSettings, channel_id=channel, light_source_id=key)


def colors(database: Database, viewer: Viewer) -> list[str]:
    """Return the default colours, as tiles and GraphQL have them: both the same."""
    with database.reading() as session:
        stored = pixels_record(session, viewer, 1)
    form = defaults_of(stored, stored.channels, stored.lights).form()
    tiles = [channel["color"] for channel in form["channels"]]
    for planned in (True, False):
        answer = GraphQL(database).answer(viewer, COLORS, planned=planned)
        channels = answer["data"]["image"]["rendering"]["channels"]
        assert [channel["color"].removeprefix("#") for channel in channels] == tiles
    return tiles


def emission_of_path(bench: Bench) -> None:
    bench.path(1, emission=bench.filter(600, 650))
    bench.path(2, emission=bench.filter(0.5, 0.55, "µm"))


def path_before_set(bench: Bench) -> None:
    bench.path(1, emission=bench.filter(600))
    bench.filter_set(1, emission=bench.filter(400))
    bench.filter_set(2, emission=bench.filter(400))


def lasers(bench: Bench) -> None:
    bench.laser(1, 640)
    bench.laser(2, 488)


def excitation(bench: Bench) -> None:
    bench.path(1, excitation=bench.filter(None, 590))
    bench.filter_set(2, excitation=bench.filter(470, 490))


def one_without(bench: Bench) -> None:
    bench.path(1, emission=bench.filter(600))
    bench.laser(2, 488)


def nothing(_bench: Bench) -> None:
    pass


@pytest.mark.parametrize(
    ("equip", "expected"),
    [
        (emission_of_path, [RED, GREEN]),
        (path_before_set, [RED, BLUE]),
        (lasers, [RED, BLUE]),
        (excitation, [RED, BLUE]),
        (one_without, [RED, WHITE]),
        (nothing, [RED, GREEN]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_filters_and_lasers_give_channels_their_colours(
    database: Database, viewer: Viewer, equip: Any, expected: list[str]
) -> None:
    with database.writing() as session:
        equip(Bench(session, viewer))

    assert colors(database, viewer) == expected


def test_a_changed_filter_counts_at_the_next_look(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        emission_of_path(Bench(session, viewer))
    before = colors(database, viewer)

    with database.writing() as session:
        session.execute(sa.update(models.TransmittanceRange).values(cut_in=410))

    assert before == [RED, GREEN]
    assert colors(database, viewer) == [BLUE, RED]  # 410 µm is far beyond red


def test_a_deleted_filter_tells_nothing(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        bench = Bench(session, viewer)
        path_before_set(bench)
        event = bench.owned["creation_event_id"]
        session.execute(
            sa.update(models.LightPathEmissionFilterLink).values(deleted_event_id=event)
        )

    assert colors(database, viewer) == [BLUE, BLUE]
