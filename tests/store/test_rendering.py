"""Saved rendering settings in the database: what the migration makes of old rows, and uniqueness."""

import pytest
import sqlalchemy as sa

from render.settings import ChannelSettings, RenderSettings, Window
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.rendering import Saving, keep_forms, save
from store.errors import NotFoundError
from store.queries.images import pixels_record
from store.queries.rendering import images_of, rendering_form
from tests.build import hierarchy

PLAIN = ChannelSettings(Window(0, 9))
SETTINGS = RenderSettings((PLAIN, PLAIN))
OLD = """INSERT INTO rendering_settings (id, pixels_id, name, settings, content_hash, owner_id,
    group_id, creation_event_id, update_event_id, deleted_event_id)
    SELECT {id}, 1, {name}, '{{}}', 'x', owner_id, group_id, creation_event_id, update_event_id,
    {deleted} FROM pixels WHERE id = 1"""


@pytest.mark.slow
def test_old_rows_get_their_image_and_the_newest_of_equal_ones_stays(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
    database.downgrade("0004")
    rows = [(1, "NULL", "NULL"), (2, "NULL", "NULL"), (3, "'a'", "NULL"), (4, "NULL", "1")]
    with database.writing() as session:
        for key, name, deleted in rows:
            statement = OLD.format(id=key, name=name, deleted=deleted)
            session.connection().exec_driver_sql(statement)

    database.upgrade()

    saved = models.RenderingSettings
    columns = (saved.id, saved.image_id, saved.name)
    with database.reading() as session:
        found = session.execute(sa.select(*columns).order_by(saved.id)).all()
    image = built.images[0]
    assert [tuple(row) for row in found] == [(2, image, ""), (3, image, "a"), (4, image, "")]
    database.downgrade("0004")
    with database.reading() as session:
        names = session.connection().exec_driver_sql(
            "SELECT name FROM rendering_settings ORDER BY id"
        )
        assert [name for (name,) in names] == [None, "a", None]


def test_the_record_of_a_tile_has_what_the_viewer_and_the_owner_saved(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=2)
        before = pixels_record(session, viewer, 1)
        save(session, viewer, [Saving(1, SETTINGS, default_z=0), Saving(1, SETTINGS, name="a")])

    with database.reading() as session:
        record = pixels_record(session, viewer, 1)
        other = pixels_record(session, viewer, 2)

    assert before.saved == other.saved == ()
    assert [one.settings for one in record.saved] == [SETTINGS.form()] * 2
    assert record.saved[0].default_z == 0
    assert record == before  # the image itself has not changed


def test_forms_are_kept_once(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        keep_forms(session, [SETTINGS])
        keep_forms(session, [SETTINGS, SETTINGS])

    with database.reading() as session:
        assert rendering_form(session, viewer, SETTINGS.hash()) == SETTINGS.form()
        assert session.scalar(sa.select(sa.func.count(models.RenderingForm.id))) == 1
        with pytest.raises(NotFoundError, match="'0000"):
            rendering_form(session, viewer, "0" * 16)


def test_images_are_found_in_every_kind_of_container(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=2)
        image = session.get_one(models.Image, 1)
        names = ("owner_id", "group_id", "creation_event_id", "update_event_id")
        owned = {name: getattr(image, name) for name in names}
        screen = models.Screen(name="s", sort_name="s", **owned)
        plate = models.Plate(name="p", sort_name="p", **owned)
        folder = models.Folder(name="f", sort_name="f", **owned)
        session.add_all([screen, plate, folder])
        session.flush()
        well = models.Well(plate_id=plate.id, row=0, column=0, **owned)
        run = models.PlateAcquisition(plate_id=plate.id, **owned)
        session.add_all([well, run])
        session.flush()
        session.add_all(
            [
                models.ScreenPlateLink(parent_id=screen.id, child_id=plate.id, **owned),
                models.FolderImageLink(parent_id=folder.id, child_id=4, **owned),
                models.WellSample(well_id=well.id, index=0, image_id=3, **owned),
                models.WellSample(
                    well_id=well.id, index=1, image_id=2, plate_acquisition_id=run.id, **owned
                ),
            ]
        )

    with database.reading() as session:
        found = {
            kind: images_of(session, viewer, kind, [1, 99], 100)
            for kind in ("Image", "Dataset", "Project", "Folder", "Well", "Plate", "Screen")
        }
        runs = images_of(session, viewer, "PlateAcquisition", [1], 100)
        few = images_of(session, viewer, "Project", [1], 2)

    assert found == {
        "Image": {1: [1]},
        "Dataset": {1: [1, 2]},
        "Project": {1: [1, 2, 3, 4]},
        "Folder": {1: [4]},
        "Well": {1: [2, 3]},
        "Plate": {1: [2, 3]},
        "Screen": {1: [2, 3]},
    }
    assert runs == {1: [2]}
    assert few == {1: [1, 2, 3]}
