"""Uploaded lookup tables: who may keep them, under which names, and what is found."""

import pytest
import sqlalchemy as sa

from render.errors import LutFileError, SettingsError
from store import models
from store.access import Viewer
from store.database import Database
from store.edits import lookup_tables as edits
from store.edits.lookup_tables import add_lookup_table, remove_lookup_table, rename_lookup_table
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.queries.lookup_tables import lookup_table, lookup_tables, uploads
from tests.conftest import Statements
from tests.people import person

RAW = bytes(range(256)) * 3
OTHER = bytes(768)
COLORS = bytes(level for level in range(256) for _ in range(3))
"""What is kept of RAW, which has all reds first."""


def named(database: Database) -> dict[str, bytes]:
    with database.reading() as session:
        return {upload.table.name: upload.table.colors for upload in uploads(session)}


def test_a_table_is_kept_with_its_uploader_under_its_plain_name(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        added = add_lookup_table(session, viewer, "/luts/Our Royal.LUT", RAW)
    with database.reading() as session:
        (upload,) = uploads(session)

    assert upload.table == added
    assert (added.name, added.lut[7].tolist()) == ("our_royal", [7, 7, 7])
    assert upload.uploader_id == viewer.experimenter_id
    assert upload.uploaded.tzinfo is not None


def test_tables_are_found_by_name_in_one_statement(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        for name in ("royal", "smart", "gem"):
            add_lookup_table(session, viewer, name, RAW)

    with statements(database, 1), database.reading() as session:
        assert sorted(lookup_tables(session, ["gem", "royal", "nope"])) == ["gem", "royal"]
    with statements(database, 0), database.reading() as session:
        assert lookup_tables(session, []) == {}
    with database.reading() as session:
        assert lookup_table(session, "nope") is None


def test_a_table_is_replaced_only_when_that_is_asked_for(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        add_lookup_table(session, viewer, "royal", RAW)
    with (
        pytest.raises(ConflictError, match="a lookup table royal already"),
        database.writing() as session,
    ):
        add_lookup_table(session, viewer, "Royal.lut", OTHER)
    before = named(database)
    with database.writing() as session:
        add_lookup_table(session, viewer, "Royal.lut", OTHER, replace=True)

    assert before == {"royal": COLORS}
    assert named(database) == {"royal": OTHER}


def test_tables_of_the_program_are_never_replaced(database: Database, viewer: Viewer) -> None:
    with (
        pytest.raises(ConflictError, match="viridis comes with Micrograph"),
        database.writing() as session,
    ):
        add_lookup_table(session, viewer, "Viridis.lut", RAW, replace=True)
    with database.writing() as session:
        add_lookup_table(session, viewer, "royal", RAW)
    with pytest.raises(ConflictError, match="hilo"), database.writing() as session:
        rename_lookup_table(session, viewer, "royal", "HiLo")

    assert named(database) == {"royal": COLORS}


def test_renamed_and_removed_tables_are_gone_under_their_name(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        add_lookup_table(session, viewer, "royal", RAW)
        add_lookup_table(session, viewer, "smart", OTHER)
        assert rename_lookup_table(session, viewer, "Royal.lut", "Ours").name == "ours"
        assert rename_lookup_table(session, viewer, "ours", "ours").name == "ours"
    with pytest.raises(ConflictError, match="smart"), database.writing() as session:
        rename_lookup_table(session, viewer, "ours", "smart")
    with database.writing() as session:
        remove_lookup_table(session, viewer, "smart")

    assert named(database) == {"ours": COLORS}


def test_each_change_of_a_table_is_recorded_in_an_event_of_its_own(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        add_lookup_table(session, viewer, "royal", RAW)
        add_lookup_table(session, viewer, "royal", OTHER, replace=True)
        rename_lookup_table(session, viewer, "royal", "ours")
        rename_lookup_table(session, viewer, "ours", "ours")
        remove_lookup_table(session, viewer, "ours")

    log, event = models.EventLog, models.Event
    with database.reading() as session:
        rows = session.execute(
            sa.select(log.event_id, event.experimenter_id, event.group_id, log.action, log.changes)
            .join(event, event.id == log.event_id)
            .where(log.entity_type == "LookupTable")
            .order_by(log.id)
        ).all()
    assert [(row.action, row.changes) for row in rows] == [
        ("INSERT", {"name": [None, "royal"]}),
        ("UPDATE", {"colors": ["768 bytes", "768 bytes"]}),
        ("UPDATE", {"name": ["royal", "ours"]}),
        ("DELETE", {"name": ["ours", None]}),
    ]
    assert len({row.event_id for row in rows}) == 4
    assert {(row.experimenter_id, row.group_id) for row in rows} == {
        (viewer.experimenter_id, viewer.default_group_id)
    }


@pytest.mark.parametrize("name", ["royal", "viridis", "a\0b", "\ud800", "x" * 1000, ""])
def test_what_was_not_uploaded_cannot_be_changed(
    database: Database, viewer: Viewer, name: str
) -> None:
    with database.writing() as session:
        with pytest.raises(NotFoundError, match="No uploaded lookup table"):
            remove_lookup_table(session, viewer, name)
        with pytest.raises(NotFoundError, match="No uploaded lookup table"):
            rename_lookup_table(session, viewer, name, "other")


@pytest.mark.parametrize(
    ("name", "file", "error"),
    [
        ("", RAW, SettingsError),
        ("a,b", RAW, SettingsError),
        ("cmocean:thermal", RAW, SettingsError),
        ("x" * 65, RAW, SettingsError),
        ("a\0b", RAW, SettingsError),
        ("royal", b"", LutFileError),
        ("royal", bytes(100_000), LutFileError),
    ],
)
def test_what_is_no_table_is_not_kept(
    database: Database, viewer: Viewer, name: str, file: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error), database.writing() as session:
        add_lookup_table(session, viewer, name, file)

    assert named(database) == {}


def test_only_administrators_change_tables(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        add_lookup_table(session, viewer, "royal", RAW)
    with database.writing() as session:
        with pytest.raises(NotAllowedError, match="Only administrators"):
            add_lookup_table(session, ada, "smart", RAW)
        with pytest.raises(NotAllowedError, match="Only administrators"):
            rename_lookup_table(session, ada, "royal", "mine")
        with pytest.raises(NotAllowedError, match="Only administrators"):
            remove_lookup_table(session, ada, "nope")


def test_there_is_an_end_to_the_number_of_tables(
    database: Database, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "MOST", 2)
    with database.writing() as session:
        add_lookup_table(session, viewer, "a", RAW)
        add_lookup_table(session, viewer, "b", RAW)
        with pytest.raises(InvalidInputError, match="2 uploaded lookup tables already"):
            add_lookup_table(session, viewer, "c", RAW)
        add_lookup_table(session, viewer, "b", OTHER, replace=True)

    assert named(database) == {"a": COLORS, "b": OTHER}
