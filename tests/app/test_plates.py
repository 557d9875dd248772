import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from app.plates import Cell, PlatePart
from render.mosaic import BROKEN, CELL_SIZES, EMPTY, GROUND
from store import models
from store.access import Viewer
from tests.app.conftest import import_one
from tests.conftest import Statements
from tests.plates import make_plate

type Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
type Grey = Callable[[int], int]

CELL = 64
LEVEL = CELL_SIZES.index(CELL)
GREYS = (40, 90, 140, 190)


@pytest.fixture
def grey(micrograph: Micrograph, administrator: Viewer, tmp_path: Path) -> Grey:
    """Import an image of 100 by 80 pixels that is grey all over, and return its id."""

    def imported(value: int) -> int:
        path = tmp_path / f"grey-{value}.tif"
        tifffile.imwrite(path, np.full((80, 100), value, np.uint8))
        return import_one(micrograph, administrator, path)

    return imported


@pytest.fixture
def images(grey: Grey) -> list[int]:
    return [grey(value) for value in GREYS]


def made(
    micrograph: Micrograph,
    viewer: Viewer,
    fields: Mapping[tuple[int, int], Sequence[int | None]],
    **more: int,
) -> tuple[int, list[int]]:
    with micrograph.database.writing() as session:
        return make_plate(session, viewer, fields, **more)


def picture_of(client: TestClient, plate: int, level: int = LEVEL, **query: str | int) -> Picture:
    response = client.get(f"/plates/{plate}/{level}/0/0.png", params=query)
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)).convert("RGB"))


def middles(picture: Picture, cell: int = CELL) -> list[list[int]]:
    """Red of the middle of each cell."""
    half = cell // 2
    values: list[list[int]] = picture[half::cell, half::cell, 0].tolist()
    return values


def test_each_image_is_where_its_well_is(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    a, b, c, d = images
    wells = {(0, 0): [a], (0, 2): [b], (1, 1): [c], (1, 2): [d]}
    plate, _ = made(micrograph, administrator, wells)
    picture = picture_of(client, plate)

    assert picture.shape == (2 * CELL, 3 * CELL, 3)
    assert middles(picture) == [[40, EMPTY[0], 90], [EMPTY[0], 140, 190]]


def test_an_image_keeps_its_proportions(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[3:]})
    picture = picture_of(client, plate)
    lit = (picture == 190).all(axis=2)

    assert lit.sum() == 63 * 50
    assert lit[6:56, :63].all()
    assert tuple(picture[2, 30].tolist()) == GROUND
    assert tuple(picture[30, 63].tolist()) == GROUND


@pytest.mark.parametrize("level", range(len(CELL_SIZES)))
def test_every_level_shows_the_same_wells(
    level: int,
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    images: list[int],
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 1): images[:1], (1, 0): images[1:2]})
    picture = picture_of(client, plate, level, size=2048)

    assert middles(picture, CELL_SIZES[level]) == [[EMPTY[0], 40], [90, EMPTY[0]]]


def test_tiles_that_cut_through_wells_fit_together(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    wells = {(row, column): [images[row * 2 + column]] for row in range(2) for column in range(2)}
    plate, _ = made(micrograph, administrator, wells, rows=2, columns=3)
    whole = picture_of(client, plate)
    for y in (0, 1):
        for x in (0, 1):
            part = client.get(f"/plates/{plate}/{LEVEL}/{x}/{y}.png", params={"size": 100})
            got = np.asarray(Image.open(io.BytesIO(part.content)))

            assert np.array_equal(got, whole[y * 100 : y * 100 + 100, x * 100 : x * 100 + 100])


def test_the_rows_and_columns_that_a_plate_states_are_shown(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(5, 1): images[:1]}, rows=4, columns=6)

    assert picture_of(client, plate).shape == (6 * CELL, 6 * CELL, 3)


def test_a_field_is_counted_within_its_well(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    wells = {(0, 0): images[:2], (0, 1): images[2:]}
    plate, _ = made(micrograph, administrator, wells, field_index=1)

    assert middles(picture_of(client, plate, field=0)) == [[40, 140]]
    assert middles(picture_of(client, plate, field=1)) == [[90, 190]]
    assert middles(picture_of(client, plate)) == [[90, 190]]
    assert middles(picture_of(client, plate, field=2)) == [[EMPTY[0], EMPTY[0]]]


def test_fields_of_one_acquisition_are_shown_alone(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    wells = {(0, 0): images[:2], (0, 1): images[2:]}
    plate, (first, second) = made(micrograph, administrator, wells, runs=2)
    other, (foreign,) = made(micrograph, administrator, {(0, 0): images[:1]}, runs=1)

    assert middles(picture_of(client, plate, acquisition=first)) == [[40, 140]]
    assert middles(picture_of(client, plate, acquisition=second)) == [[90, 190]]
    response = client.get(f"/plates/{plate}/3/0/0.jpg?acquisition={foreign}")
    assert response.status_code == 404
    assert other != plate


def test_a_file_that_is_gone_leaves_a_cross_until_it_is_back(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    images: list[int],
    tmp_path: Path,
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1], (0, 1): images[1:2]})
    path = tmp_path / f"grey-{GREYS[0]}.tif"
    path.rename(tmp_path / "elsewhere")
    micrograph.repository.close()
    broken = client.get(f"/plates/{plate}/{LEVEL}/0/0.png")
    picture = np.asarray(Image.open(io.BytesIO(broken.content)))
    (tmp_path / "elsewhere").rename(path)

    assert broken.headers["cache-control"] == "no-store"
    assert "etag" not in broken.headers
    assert tuple(picture[31, 31].tolist()) == BROKEN
    assert picture[32, 64 + 32, 0] == 90
    assert middles(picture_of(client, plate)) == [[40, 90]]


def test_an_image_without_pixels_leaves_a_cross(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1], (0, 1): images[1:2]})
    with micrograph.database.writing() as session:
        pixels = models.Pixels
        session.execute(
            sa.update(pixels).where(pixels.image_id == images[0]).values(storage={"reader": "none"})
        )

    picture = picture_of(client, plate)

    assert tuple(picture[31, 31].tolist()) == BROKEN
    assert picture[32, 64 + 32, 0] == 90


def test_what_was_shown_once_is_shown_under_other_windows_without_its_file(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    images: list[int],
    tmp_path: Path,
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1], (0, 1): images[1:2]})
    picture_of(client, plate)
    micrograph.repository.close()
    for path in tmp_path.glob("grey-*.tif"):
        path.unlink()

    assert middles(picture_of(client, plate, c="1:0-128")) == [[80, 179]]
    assert middles(picture_of(client, plate, LEVEL + 1, c="1.inv"), CELL // 2) == [[215, 165]]


def test_a_damaged_kept_sample_is_made_again(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1]})
    picture_of(client, plate)
    kept = list((micrograph.settings.data / "thumbnails").glob("*/*"))
    for damage in (b"", b"u2", kept[0].read_bytes()[:20], b"u1\0\0" + b"\xff" * 12):
        kept[0].write_bytes(damage)
        micrograph.repository.close()
        micrograph.tiles.clear()

        assert middles(picture_of(client, plate)) == [[40]]


def test_common_windows_span_the_samples_of_all_wells(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    wells: dict[tuple[int, int], Sequence[int | None]] = {}
    for column, top in enumerate((100, 200)):
        path = tmp_path / f"ramp-{top}.tif"
        ramp = np.repeat(np.arange(0, top + 1, dtype=np.uint16)[None], 64, axis=0)
        tifffile.imwrite(path, ramp)
        wells[0, column] = [import_one(micrograph, administrator, path)]
    plate, _ = made(micrograph, administrator, wells)
    own, common = (picture_of(client, plate, 0, windows=windows) for windows in ("own", "common"))
    brightest = [[int(half.max()) for half in np.split(one, 2, axis=1)] for one in (own, common)]

    assert brightest == [[255, 255], [pytest.approx(127, abs=2), 255]]


def test_a_channel_that_no_image_has_is_refused_and_one_that_some_have_is_not(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    images: list[int],
    image: int,
) -> None:
    alone, _ = made(micrograph, administrator, {(0, 0): images[:1]})
    mixed, _ = made(micrograph, administrator, {(0, 0): images[:1], (0, 1): [image]})

    assert client.get(f"/plates/{alone}/3/0/0.jpg?c=2").status_code == 400
    picture = picture_of(client, mixed, c="2")
    assert tuple(picture[31, 31].tolist()) == BROKEN
    assert tuple(picture[31, 64 + 31].tolist()) != BROKEN


def test_channels_that_are_all_off_are_black(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1]})

    assert middles(picture_of(client, plate, c="-1")) == [[0]]


def test_sections_and_times_can_be_chosen(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): [image]})
    middle = picture_of(client, plate)

    assert np.array_equal(middle, picture_of(client, plate, z=2, t=0))
    assert not np.array_equal(middle, picture_of(client, plate, z=0))
    assert not np.array_equal(middle, picture_of(client, plate, t=1))
    assert tuple(picture_of(client, plate, z=9)[31, 31].tolist()) == BROKEN


def test_a_known_picture_is_not_sent_again_and_a_change_is(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1]})
    address = f"/plates/{plate}/{LEVEL}/0/0.jpg"
    tag = client.get(address).headers["etag"]

    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    with micrograph.database.writing() as session:
        session.execute(sa.update(models.WellSample).values(image_id=images[1]))
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


def test_a_deleted_image_leaves_its_well_empty(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1], (0, 1): images[1:2]})
    with micrograph.database.writing() as session:
        event = session.scalar(sa.select(sa.func.max(models.Event.id)))
        rows = sa.update(models.Image).where(models.Image.id == images[0])
        session.execute(rows.values(deleted_event_id=event))

    assert middles(picture_of(client, plate)) == [[EMPTY[0], 90]]


def test_a_plate_that_somebody_may_not_see_does_not_exist(
    stranger: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1]})

    assert stranger.get(f"/plates/{plate}/3/0/0.jpg").status_code == 404
    assert stranger.get("/plates/999999/3/0/0.jpg").status_code == 404


def test_nobody_sees_a_plate(
    anybody: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): images[:1]})

    assert anybody.get(f"/plates/{plate}/3/0/0.jpg").status_code == 401


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("{plate}/6/0/0.jpg", 404),
        ("{plate}/-1/0/0.jpg", 404),
        ("{plate}/3/1/0.jpg", 404),
        ("{plate}/3/0/-1.jpg", 404),
        ("{plate}/3/0/999999999999999999.jpg", 404),
        ("{plate}/x/0/0.jpg", 400),
        ("{plate}/3/0/0.bmp", 415),
        ("x/3/0/0.jpg", 404),
        ("{plate}/3/0/0.jpg?size=63", 400),
        ("{plate}/3/0/0.jpg?size=2049", 400),
        ("{plate}/3/0/0.jpg?field=-1", 400),
        ("{plate}/3/0/0.jpg?field=x", 400),
        ("{plate}/3/0/0.jpg?z=-1", 400),
        ("{plate}/3/0/0.jpg?t=x", 400),
        ("{plate}/3/0/0.jpg?acquisition=x", 400),
        ("{plate}/3/0/0.jpg?acquisition=999999", 404),
        ("{plate}/3/0/0.jpg?windows=shared", 400),
        ("{plate}/3/0/0.jpg?c=1:5-1", 400),
        ("{plate}/3/0/0.jpg?m=x", 400),
        ("{plate}/3/0/0.jpg?q=0", 400),
        ("{plate}/3/0/0.jpg?level=1", 400),
    ],
)
def test_bad_parameters_are_refused(
    address: str,
    status: int,
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    image: int,
) -> None:
    plate, _ = made(micrograph, administrator, {(0, 0): [image]})
    response = client.get(f"/plates/{address.format(plate=plate)}")

    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_a_plate_without_wells_has_no_tiles(
    client: TestClient, micrograph: Micrograph, administrator: Viewer
) -> None:
    plate, _ = made(micrograph, administrator, {})

    assert client.get(f"/plates/{plate}/3/0/0.jpg").status_code == 404


def test_too_many_wells_in_one_picture_are_refused(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, images: list[int]
) -> None:
    wells = {(row, column): images[:1] for row in range(33) for column in range(63)}
    plate, _ = made(micrograph, administrator, wells)

    refused = client.get(f"/plates/{plate}/5/0/0.jpg?size=2048")
    assert refused.status_code == 400
    assert "2048 wells" in refused.json()["error"]["message"]
    assert client.get(f"/plates/{plate}/4/0/0.jpg?size=512").status_code == 200


def test_more_wells_need_no_more_statements(
    micrograph: Micrograph,
    administrator: Viewer,
    images: list[int],
    statements: Statements,
) -> None:
    for number, side in enumerate((1, 12)):
        wells = {(row, column): images for row in range(side) for column in range(side)}
        plate, (run,) = made(micrograph, administrator, wells, runs=1)
        part = PlatePart(plate, number, run, 16, 0, 0, 512, common=True)
        with statements(micrograph.database, 7), micrograph.database.reading() as session:
            sight = micrograph.plates.look(session, administrator, part)
            cells = [
                Cell(well.row, well.column, well.stored, well.settings, 0, 0)
                for well in sight.wells
                if well.stored is not None and well.settings is not None
            ]
            found = micrograph.plates.samples(administrator, cells, 15)

        assert len(found) == side * side
