"""No id is given twice, whatever was removed, also after an upgrade of rows of old."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import GraphQLInterfaceType
from sqlalchemy.orm import Session

from schema.build import build
from schema.plan import entity_of
from store import audit, models
from store.access import Viewer
from store.database import Database
from store.edits.bulk import new_ids
from store.edits.grants import Audience, grant_access, revoke_access
from store.edits.graph import delete
from store.edits.history import begin_event, log_change
from store.edits.images import register_fileset
from store.edits.people import first_start
from store.edits.purging import old_deletions, purge_deletion
from store.edits.rois import NewROI, create_rois
from store.edits.share_links import create_share_link, revoke_share_links
from store.models.enums import GroupPermissions, TokenScope
from store.queries.people import viewer_by_experimenter
from store.search import ids as found
from store.sign_in import close_sessions_of, open_session
from store.tokens import create_token, revoke_tokens
from tests.build import hierarchy
from tests.parsed import parsed_fileset
from tests.people import group, person
from tests.populate import populate

NEVER_REMOVED = {models.AuditEntry, models.Event}
"""What has an id in the API and stays for ever, so that its id cannot be given again."""


def ids(session: Session, entity: Any) -> set[int]:
    return set(session.scalars(sa.select(entity.__table__.c.id)))


def numbered_once() -> set[str]:
    return {
        table.name
        for table in models.Base.metadata.sorted_tables
        if table.dialect_options["sqlite"]["autoincrement"]
    }


def texts(connection: sa.Connection) -> dict[str, str | None]:
    """Read how SQLite was told to make everything."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    )
    return {row[0]: row[1] for row in rows}


def contents(connection: sa.Connection) -> dict[str, list[Any]]:
    return {
        name: list(map(tuple, connection.exec_driver_sql(f'SELECT * FROM "{name}" ORDER BY 1')))
        for name, text in texts(connection).items()
        if name != "alembic_version" and (text or "").startswith("CREATE TABLE")
    }


def purge_all(session: Session, viewer: Viewer) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for event in old_deletions(session, viewer, later):
        purge_deletion(session, viewer, event)


@pytest.mark.parametrize("files", [1, 3])
def test_what_is_imported_after_a_purge_gets_no_id_of_what_was_purged(
    database: Database, viewer: Viewer, files: int
) -> None:
    kinds = (models.Image, models.Pixels, models.Channel, models.Fileset, models.OriginalFile)
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset(*map(str, range(files))))
        before = {kind: ids(session, kind) for kind in kinds}
        delete(session, viewer, [("Image", one) for one in ids(session, models.Image)])
        purge_all(session, viewer)
        left = {kind: ids(session, kind) for kind in kinds}
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset(*map(str, range(files))))
        after = {kind: ids(session, kind) for kind in kinds}

    assert all(before.values())
    assert not any(left.values())
    assert all(after[kind] and not after[kind] & before[kind] for kind in kinds)


def test_what_is_drawn_after_a_purge_gets_no_id_of_what_was_purged(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        (image, *_) = hierarchy(session, viewer, projects=1, datasets=1, images=1).images

        def drawn() -> tuple[set[int], set[int]]:
            create_rois(
                session, viewer, [NewROI(image, [{"kind": "Point", "x": 1.0, "y": 2.0}])] * 2
            )
            return ids(session, models.ROI), ids(session, models.Shape)

        before = drawn()
        delete(session, viewer, [("ROI", one) for one in before[0]])
        purge_all(session, viewer)
        left = ids(session, models.ROI) | ids(session, models.Shape)
        after = drawn()

    assert not left
    assert not after[0] & before[0]
    assert not after[1] & before[1]


def test_what_opens_something_gets_no_id_of_what_was_ended(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [group(session, viewer, GroupPermissions.PRIVATE)])
        (project, *_) = hierarchy(session, viewer, projects=1).projects
        audience = Audience([ada.experimenter_id])
        kinds = (models.AccessToken, models.SignInSession, models.AccessGrant, models.ShareLink)

        def opened() -> list[set[int]]:
            create_token(session, viewer, "a", TokenScope.READ, 1)
            open_session(session, viewer.experimenter_id)
            grant_access(session, viewer, [("Project", project)], audience)
            create_share_link(session, viewer, ("Project", project))
            return [ids(session, kind) for kind in kinds]

        before = opened()
        revoke_tokens(session, viewer, before[0])
        close_sessions_of(session, viewer.experimenter_id)
        revoke_access(session, viewer, before[2])
        revoke_share_links(session, viewer, before[3])
        left = [ids(session, kind) for kind in kinds]
        after = opened()

    assert [len(one) for one in before] == [1, 1, 1, 1]
    assert not any(left)
    assert [one & other for one, other in zip(before, after, strict=True)] == [set()] * 4


def test_reserved_ids_are_none_that_were_given(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=3)
        last = built.datasets[-1]
        session.execute(sa.delete(models.ProjectDatasetLink))
        links = new_ids(session, models.ProjectDatasetLink, 1)
        session.add(
            models.Dataset(
                **dict.fromkeys(("owner_id", "group_id"), 1),
                name="x",
                sort_name="x",
                creation_event_id=1,
                update_event_id=1,
            )
        )
        session.flush()
        newest = max(ids(session, models.Dataset))
        session.execute(sa.delete(models.Dataset).where(models.Dataset.id == newest))

        assert newest > last
        assert min(new_ids(session, models.Dataset, 2)) > newest
        assert len(links) == 1


def test_every_type_with_an_id_is_numbered_once() -> None:
    schema = build()._schema
    node = schema.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    types = schema.get_possible_types(node)
    known = {entity_of(type_).__table__.name for type_ in types}

    assert len(types) > 70
    assert known - numbered_once() == {one.__tablename__ for one in NEVER_REMOVED}


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "ids.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def test_sqlite_numbers_as_the_models_say(sqlite: Database) -> None:
    with sqlite.reading() as session:
        made = texts(session.connection())

    assert {
        name for name, text in made.items() if "AUTOINCREMENT" in (text or "")
    } == numbered_once()


@pytest.mark.slow
def test_an_upgrade_changes_nothing_but_what_it_is_for(sqlite: Database) -> None:
    def all_of_it() -> tuple[dict[str, str | None], dict[str, list[Any]]]:
        with sqlite.reading() as session:
            return texts(session.connection()), contents(session.connection())

    with sqlite.writing() as session:
        populate(session, 19)
        viewer = viewer_by_experimenter(session, first_start(session))
        (image, *_) = hierarchy(session, viewer, projects=1, datasets=1, images=1).images
    sqlite.downgrade("0019")
    made, rows = all_of_it()
    sqlite.downgrade("0018")
    plain, kept = all_of_it()
    sqlite.upgrade()
    with sqlite.reading() as session:
        whole = session.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
    problems = sqlite.check()
    sqlite.downgrade("0019")
    again, same = all_of_it()
    sqlite.upgrade()

    assert {name for name in made if made[name] != plain[name]} == numbered_once()
    assert again == made
    assert rows == kept == same
    assert (whole, problems) == (["ok"], [])
    with sqlite.writing() as session:
        session.execute(sa.update(models.Image).where(models.Image.id == image).values(name="anew"))
    with sqlite.reading() as session:
        assert found(session, viewer, "name:anew", "Image", 9) == [image]


def test_an_upgrade_knows_from_the_records_which_ids_were_given(sqlite: Database) -> None:
    with sqlite.writing() as session:
        administrator = viewer_by_experimenter(session, first_start(session))
        assert administrator.default_group_id is not None
        event = begin_event(session, administrator, administrator.default_group_id)
        for entity, key in ((models.ROI, 41), (models.TagAnnotation, 57), (models.Image, 77)):
            log_change(session, event, entity, [key], "INSERT")
        for subject in ("AccessToken:9", "AccessToken:23", "AccessTokens:99", "ShareLink:x"):
            audit.record(session, administrator, "end", subject)
    sqlite.downgrade("0018")
    sqlite.upgrade()
    with sqlite.reading() as session:
        rows = session.execute(sa.text("SELECT name, seq FROM sqlite_sequence WHERE seq > 1"))
        given = {row.name: row.seq for row in rows}

        assert given == {"roi": 41, "annotation": 57, "image": 77, "access_token": 23}
        assert new_ids(session, models.Image, 2) == range(78, 80)
