"""Registration: what a reader found becomes rows, once; and what a tile reads of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.containers import create_dataset, delete_images
from store.edits.counters import recount
from store.edits.images import (
    Registered,
    forget_statistics,
    register_fileset,
    register_filesets,
    registered_filesets,
    store_statistics,
)
from store.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from store.importing.parsed import ParsedFile, ParsedFileset
from store.models.enums import GroupPermissions
from store.pixels.source import PixelsShape
from store.queries.containers import child_counts, images_of_datasets
from store.queries.files import files_of_filesets, filesets_by_id, images_of_filesets
from store.queries.images import (
    channels_of_pixels,
    chunk_block,
    images_by_id,
    pixels_of_images,
    pixels_record,
    planes_of_pixels,
)
from tests.conftest import Statements
from tests.parsed import ACQUIRED, parsed_fileset
from tests.people import group, person

ONE = PixelsShape(t=1, c=1, z=1, y=8, x=8)

REGISTERED = {"sqlite": 26, "postgresql": 18}
"""Statements that register filesets, however many: PostgreSQL gives ids for rows in turn."""


def number_of(database: Database, viewer: Viewer, entity: type[models.Base]) -> int:
    with database.reading() as session:
        return session.scalar(select_visible(viewer, entity, sa.func.count())) or 0


def test_a_fileset_becomes_rows_in_a_dataset(database: Database, viewer: Viewer) -> None:
    parsed = parsed_fileset("a.ome.tif", "b.ome.tif", images=3)
    with database.writing() as session:
        dataset = create_dataset(session, viewer, "D").id
        made = register_fileset(session, viewer, parsed, dataset)
    with database.reading() as session:
        fileset = filesets_by_id(session, viewer, [made.fileset_id])[made.fileset_id]
        files = files_of_filesets(session, viewer, [made.fileset_id])[made.fileset_id]
        images = images_of_filesets(session, viewer, [made.fileset_id])[made.fileset_id]
        linked = images_of_datasets(session, viewer, [dataset])[dataset]
        counts = child_counts(session, viewer, "Dataset", [dataset])

    assert not made.already
    assert (fileset.format, fileset.root) == ("OME-TIFF", "/data/run 1")
    assert [file.path for file in files] == ["/data/run 1/a.ome.tif", "/data/run 1/b.ome.tif"]
    assert [image.id for image in images] == [image.id for image in linked] == [*made.image_ids]
    assert [image.name for image in images] == ["Series 0", "Series 1", "Series 2"]
    assert images[0].acquisition_date == ACQUIRED
    assert counts == {dataset: 3}


def channel(index: int, wavelength: float | None) -> dict[str, Any]:
    return {"name": f"C{index}", "samples_per_pixel": 1, "emission_wavelength": wavelength}


def test_a_record_has_all_that_a_tile_needs_in_two_statements(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    bright, dark = ([channel(c, wavelength) for c in range(2)] for wavelength in (500, None))
    with database.writing() as session:
        parsed = parsed_fileset(channels=bright)
        image = register_fileset(session, viewer, parsed).image_ids[1]
        parsed = parsed_fileset("dark.tif", channels=dark)
        other = register_fileset(session, viewer, parsed).image_ids[1]

    with database.reading() as session, statements(database, 2):
        record = pixels_record(session, viewer, image)
    with database.reading() as session, statements(database, 1):
        without = pixels_record(session, viewer, image, files=False)
    with database.reading() as session, statements(database, 3):  # and of filters and lasers
        pixels_record(session, viewer, other)
    assert (record.image_id, record.name, record.type) == (image, "Series 1", "uint16")
    assert (record.size_t, record.size_c, record.size_z, record.size_y, record.size_x) == (
        1,
        2,
        3,
        40,
        50,
    )
    assert record.storage == {"reader": "tiff", "levels": [[50, 40]]}
    assert [channel.name for channel in record.channels] == ["C0", "C1"]
    assert [(file.path, file.size, file.mtime_ns) for file in record.files] == [
        ("/data/run 1/a.ome.tif", 1000, 10**18)
    ]
    assert without.files == ()
    assert without.storage == record.storage


def test_the_block_of_a_plane_is_found_by_its_number(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        image = register_fileset(session, viewer, parsed_fileset(images=1)).image_ids[0]
        pixels = pixels_record(session, viewer, image).pixels_id

        found = [chunk_block(session, pixels, 0, plane).data for plane in range(6)]
        assert found == [b"first"] * 4 + [b"second"] * 2
        for level, plane in ((0, 6), (1, 0), (0, -1)):
            with pytest.raises(NotFoundError):
                chunk_block(session, pixels, level, plane)


def test_the_same_files_are_registered_once(database: Database, viewer: Viewer) -> None:
    parsed = parsed_fileset("a.tif", "b.tif")
    with database.writing() as session:
        first = register_fileset(session, viewer, parsed)
    with database.writing() as session:
        again = register_fileset(session, viewer, parsed)

    assert again.already
    assert (again.fileset_id, again.image_ids) == (first.fileset_id, first.image_ids)
    assert number_of(database, viewer, models.Image) == 2
    assert number_of(database, viewer, models.OriginalFile) == 2


def test_registering_again_into_a_dataset_links_what_was_there(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        first = register_fileset(session, viewer, parsed_fileset())
        dataset = create_dataset(session, viewer, "D").id
        for _ in range(2):
            register_fileset(session, viewer, parsed_fileset(), dataset)

        linked = images_of_datasets(session, viewer, [dataset])[dataset]
        assert [image.id for image in linked] == [*first.image_ids]
        assert recount(session) == 0


@pytest.mark.parametrize(
    "changed",
    [parsed_fileset("a.tif", mtime_ns=10**18 + 1), parsed_fileset("a.tif", "b.tif")],
    ids=["one file changed", "the set grew"],
)
def test_changed_files_are_a_conflict_that_says_what_to_do(
    database: Database, viewer: Viewer, changed: object
) -> None:
    assert isinstance(changed, type(parsed_fileset()))
    with database.writing() as session:
        made = register_fileset(session, viewer, parsed_fileset("a.tif"))
    with (
        pytest.raises(ConflictError, match="changed since") as caught,
        database.writing() as session,
    ):
        register_fileset(session, viewer, changed)
    with database.writing() as session:
        delete_images(session, viewer, made.image_ids)
        after = register_fileset(session, viewer, changed)

    assert f"delete the images of fileset {made.fileset_id}" in caught.value.remedy
    assert not after.already


def test_what_others_keep_private_neither_shows_nor_hinders(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        a = person(session, viewer, "a", [key])
        b = person(session, viewer, "b", [key])
        first = register_fileset(session, a, parsed_fileset())
        second = register_fileset(session, b, parsed_fileset())

        assert not second.already
        assert set(first.image_ids).isdisjoint(second.image_ids)
        assert images_by_id(session, b, first.image_ids) == {}


def test_a_dataset_that_is_closed_to_the_viewer_gets_no_images(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        a = person(session, viewer, "a", [key])
        b = person(session, viewer, "b", [key])
        dataset = create_dataset(session, a, "D").id

        with pytest.raises(NotAllowedError):
            register_fileset(session, b, parsed_fileset(), dataset)
        with pytest.raises(InvalidInputError, match="another group"):
            register_fileset(session, a, parsed_fileset(), dataset, group_id=1)
        with pytest.raises(NotFoundError):
            register_fileset(session, a, parsed_fileset(), 10**6)
    assert number_of(database, viewer, models.Fileset) == 0


def test_a_path_that_is_no_text_is_refused(database: Database, viewer: Viewer) -> None:
    parsed = parsed_fileset("odd\udcff.tif")
    with database.writing() as session, pytest.raises(InvalidInputError, match="not valid UTF-8"):
        register_fileset(session, viewer, parsed)


def test_strange_metadata_is_made_storable(database: Database, viewer: Viewer) -> None:
    channels = [{"name": "GF\0P\ud800", "samples_per_pixel": 1, "fluor": "x" * 300}]
    planes: list[dict[str, Any]] = [
        {"the_z": 0, "the_c": 0, "the_t": 0, "exposure_time": 0.1, "exposure_time_unit": "s"},
        {"the_z": 7, "the_c": 0, "the_t": 0, "exposure_time": 9},
        {"the_z": 0, "the_c": 1, "the_t": 0, "exposure_time": 9},
    ]
    parsed = parsed_fileset(images=1, shape=ONE, channels=channels, planes=planes, name="\0")
    with database.writing() as session:
        made = register_fileset(session, viewer, parsed)
        image = images_by_id(session, viewer, made.image_ids)[made.image_ids[0]]
        pixels = pixels_of_images(session, viewer, made.image_ids)[image.id]
        (channel,) = channels_of_pixels(session, viewer, [pixels.id])[pixels.id]
        stored = planes_of_pixels(session, viewer, pixels.id)

    assert image.name == "\ufffd"
    assert channel.name == "GF\ufffdP\ufffd"
    assert channel.fluor == "x" * 255
    assert [(row.delta_t, row.exposure_time, row.exposure_time_unit) for row in stored] == [
        (None, 0.1, "s")
    ]


def test_every_c_gets_one_channel_whatever_the_file_describes(
    database: Database, viewer: Viewer
) -> None:
    cases: dict[str, tuple[int, list[dict[str, Any]]]] = {
        "rgb": (3, [{"name": "Slide", "samples_per_pixel": 3, "color": -1}]),
        "too few": (3, [{"name": "A", "samples_per_pixel": 1}]),
        "too many": (1, [{"name": "A"}, {"name": "B"}]),
        "none": (2, []),
    }
    names = {}
    with database.writing() as session:
        for case, (size_c, channels) in cases.items():
            shape = PixelsShape(t=1, c=size_c, z=1, y=8, x=8)
            parsed = parsed_fileset(f"{case}.tif", images=1, shape=shape, channels=channels)
            image = register_fileset(session, viewer, parsed).image_ids[0]
            rows = pixels_record(session, viewer, image).channels
            names[case] = [(row.index, row.name, row.color) for row in rows]

    assert names == {
        "rgb": [(0, "Slide", None), (1, "Slide", None), (2, "Slide", None)],
        "too few": [(0, "A", None), (1, None, None), (2, None, None)],
        "too many": [(0, "A", None)],
        "none": [(0, None, None), (1, None, None)],
    }


def test_an_image_without_a_name_gets_its_files(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        made = register_fileset(session, viewer, parsed_fileset("x.tif", images=1, name=" "))

        assert images_by_id(session, viewer, made.image_ids)[made.image_ids[0]].name == "x.tif"


def test_a_failure_in_the_middle_leaves_nothing(database: Database, viewer: Viewer) -> None:
    parsed = parsed_fileset(images=1)
    (image,) = parsed.images
    whole = replace(parsed, images=(replace(image, blocks=image.blocks * 2),))
    with pytest.raises(ConflictError), database.writing() as session:
        register_fileset(session, viewer, whole)

    assert number_of(database, viewer, models.Fileset) == 0
    assert number_of(database, viewer, models.OriginalFile) == 0


def _summary(low: float | None, high: float | None) -> dict[str, float | None]:
    return {"low": low, "high": high}


def test_finer_statistics_replace_coarser_ones_only(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        image = register_fileset(session, viewer, parsed_fileset(images=1)).image_ids[0]
        pixels = pixels_record(session, viewer, image).pixels_id
        changed = [
            store_statistics(session, pixels, [_summary(5, 50), _summary(None, 1)], 2),
            store_statistics(session, pixels, [_summary(1, 90), _summary(2, 80)], 0),
            store_statistics(session, pixels, [_summary(6, 60), None], 1),
        ]
        channels = pixels_record(session, viewer, image).channels

    assert changed == [1, 2, 0]
    assert [(row.global_min, row.global_max, row.statistics_level) for row in channels] == [
        (1, 90, 0),
        (2, 80, 0),
    ]


def test_what_is_forgotten_is_measured_again_under_the_windows_of_before(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = register_fileset(session, viewer, parsed_fileset(images=1)).image_ids[0]
        pixels = pixels_record(session, viewer, image).pixels_id
        store_statistics(session, pixels, [_summary(1, 90), _summary(2, 80)], 0)
        forgotten = forget_statistics(session, viewer, [image])
        nothing = forget_statistics(session, viewer, [image])
        before = pixels_record(session, viewer, image).channels
        store_statistics(session, pixels, [_summary(3, 40), _summary(2, 80)], 2)
        after = pixels_record(session, viewer, image).channels

        log, event = models.EventLog, models.Event
        record = session.execute(
            sa.select(log.event_id, event.type, log.action, log.changes)
            .join(event, event.id == log.event_id)
            .where(log.entity_type == "Channel", log.action == "UPDATE")
        ).all()
        rows = session.execute(
            sa.select(models.Channel.update_event_id, models.Channel.version)
        ).all()

    assert (forgotten, nothing) == (2, 0)
    (number,) = {row.event_id for row in record}
    assert [row[1:] for row in record] == [("User", "UPDATE", {"statistics_level": [0, None]})] * 2
    assert [tuple(row) for row in rows] == [(number, 2)] * 2
    assert [(row.global_max, row.statistics_level) for row in before] == [(90, None), (80, None)]
    assert [(row.global_max, row.statistics_level) for row in after] == [(40, 2), (80, 2)]


def test_nobody_forgets_the_statistics_of_what_is_hidden(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session, pytest.raises(NotFoundError):
        forget_statistics(session, viewer, [999_999])


def test_registration_takes_as_many_statements_for_a_thousand_planes(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    shape = PixelsShape(t=100, c=2, z=5, y=8, x=8)
    planes = [
        {"the_z": z, "the_c": c, "the_t": t, "exposure_time": 0.1, "delta_t": t or None}
        for t in range(100)
        for c in range(2)
        for z in range(5)
    ]
    parsed = parsed_fileset(images=1, shape=shape, planes=planes)
    with database.writing() as session, statements(database, REGISTERED[database.dialect]):
        register_fileset(session, viewer, parsed)

    assert number_of(database, viewer, models.Plane) == 1000


def test_registration_takes_as_many_statements_for_many_filesets_as_for_one(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    plane = {"the_z": 0, "the_c": 0, "the_t": 0, "exposure_time": 0.1}
    many = [parsed_fileset(f"{n}.tif", images=2, planes=[plane]) for n in range(50)]
    with database.writing() as session, statements(database, REGISTERED[database.dialect]):
        results = register_filesets(session, viewer, many)

    made = [result for result in results if isinstance(result, Registered)]
    assert len(made) == 50
    with database.reading() as session:
        found = images_of_filesets(session, viewer, [result.fileset_id for result in made])
        names = filesets_by_id(session, viewer, [result.fileset_id for result in made])
    assert [[image.id for image in found[one.fileset_id]] for one in made] == [
        [*one.image_ids] for one in made
    ]
    assert len(names) == 50
    assert number_of(database, viewer, models.Plane) == 100


def test_one_fileset_that_cannot_be_written_does_not_stop_the_others(
    database: Database, viewer: Viewer
) -> None:
    def broken(name: str) -> ParsedFileset:
        parsed = parsed_fileset(name, images=1)
        (image,) = parsed.images
        return replace(parsed, images=(replace(image, blocks=image.blocks * 2),))

    many = [
        parsed_fileset("a.tif"),
        broken("b.tif"),
        parsed_fileset("odd\udcff.tif"),
        parsed_fileset("c.tif", "d.tif"),
        parsed_fileset("a.tif"),
        parsed_fileset("d.tif", "e.tif"),
        parsed_fileset("f.tif"),
    ]
    with database.writing() as session:
        dataset = create_dataset(session, viewer, "D").id
        results = register_filesets(session, viewer, many, dataset)
        again = register_filesets(session, viewer, [many[0], many[3]], dataset)
        linked = images_of_datasets(session, viewer, [dataset])[dataset]

        assert recount(session) == 0
    kinds = [result.code if isinstance(result, StoreError) else "" for result in results]
    assert kinds == ["", "conflict", "invalid_input", "", "", "conflict", ""]
    first, fourth, fifth, last = (results[number] for number in (0, 3, 4, 6))
    assert isinstance(first, Registered)
    assert fifth == replace(first, already=True)
    assert isinstance(fourth, Registered)
    assert isinstance(last, Registered)
    made = [first, fourth, last]
    assert not any(one.already for one in made)
    assert [image.id for image in linked] == [key for one in made for key in one.image_ids]
    assert again == [replace(first, already=True), replace(fourth, already=True)]
    assert number_of(database, viewer, models.Fileset) == 3


def test_files_that_are_as_they_were_are_known_without_opening_them(
    database: Database, viewer: Viewer, tmp_path: Path, statements: Statements
) -> None:
    for name in "abcd":
        (tmp_path / name).write_text(name)

    def found(*names: str) -> ParsedFileset:
        facts = [(tmp_path / name, (tmp_path / name).stat()) for name in names]
        files = tuple(ParsedFile(path, stat.st_size, stat.st_mtime_ns) for path, stat in facts)
        return replace(parsed_fileset(images=2), root=tmp_path, files=files)

    with database.writing() as session:
        first, second, third = register_filesets(
            session, viewer, [found("a"), found("b", "c"), found("d")]
        )
        dataset = create_dataset(session, viewer, "D").id
    (tmp_path / "d").write_text("changed")
    paths = [tmp_path / name for name in ("a", "b", "d", "e", "odd\udcff")]
    with database.writing() as session, statements(database, 5):
        known = registered_filesets(session, viewer, paths)
    assert isinstance(first, Registered)
    assert isinstance(second, Registered)
    assert isinstance(third, Registered)
    assert known == {
        tmp_path / "a": replace(first, already=True),
        tmp_path / "b": replace(second, already=True),
        tmp_path / "c": replace(second, already=True),
    }

    (tmp_path / "c").unlink()
    with database.writing() as session:
        known = registered_filesets(session, viewer, paths, dataset)
        again = registered_filesets(session, viewer, paths, dataset)
        linked = images_of_datasets(session, viewer, [dataset])[dataset]
    assert known == again == {tmp_path / "a": replace(first, already=True)}
    assert [image.id for image in linked] == [*first.image_ids]


def test_what_others_keep_private_is_not_known(
    database: Database, viewer: Viewer, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    stat = path.stat()
    file = ParsedFile(path, stat.st_size, stat.st_mtime_ns)
    parsed = replace(parsed_fileset(), root=tmp_path, files=(file,))
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        a = person(session, viewer, "a", [key])
        b = person(session, viewer, "b", [key])
        register_fileset(session, a, parsed)

        assert registered_filesets(session, a, [path]).keys() == {path}
        assert registered_filesets(session, b, [path]) == {}
