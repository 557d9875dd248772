import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from store import audit, models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.people import deactivate
from store.errors import StoreError
from tests.people import person

LINES = 10_000


def test_what_is_done_about_people_leaves_a_line(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        deactivate(session, viewer, "ada")

        entry = models.AuditEntry
        rows = session.execute(sa.select(entry.actor_id, entry.action, entry.subject)).all()
        subject = f"Experimenter:{ada.experimenter_id}"
        assert [tuple(row) for row in rows] == [
            (viewer.experimenter_id, "create experimenter", subject),
            (viewer.experimenter_id, "deactivate experimenter", subject),
        ]
        assert audit.verify(session) == (2, None)
        assert session.scalars(select_visible(ada, entry)).all() == []


def test_lines_are_neither_changed_nor_taken_out(database: Database, viewer: Viewer) -> None:
    for change in ("UPDATE audit_entry SET subject = 'x'", "DELETE FROM audit_entry"):
        with database.writing() as session:
            audit.record(session, None, "sign in refused", "ada")
        with (
            pytest.raises((StoreError, DBAPIError)),  # the database's own refusal
            database.writing() as session,
        ):
            session.execute(sa.text(change))
    with database.reading() as session:
        assert audit.verify(session) == (2, None)


@pytest.mark.slow
def test_one_changed_line_of_ten_thousand_is_found(database: Database) -> None:
    with database.writing() as session:
        for number in range(LINES):
            audit.record(session, None, "sign in refused", f"somebody {number}")
        assert audit.verify(session) == (LINES, None)
        _unguarded(session)
        session.execute(sa.text("UPDATE audit_entry SET subject = 'somebody else' WHERE id = 7000"))

        assert audit.verify(session) == (6_999, 7_000)


def test_a_line_that_is_taken_out_or_put_between_is_found(database: Database) -> None:
    with database.writing() as session:
        for number in range(10):
            audit.record(session, None, "sign in refused", f"somebody {number}")
        _unguarded(session)
        session.execute(sa.text("DELETE FROM audit_entry WHERE id = 4"))

        assert audit.verify(session) == (3, 5)


def _unguarded(session: object) -> None:
    """Take the guards away, as somebody who owns the database can."""
    connection = session.connection()  # type: ignore[attr-defined]
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP TRIGGER audit_entry_guard ON audit_entry")
        return
    for change in ("update", "delete"):
        connection.exec_driver_sql(f"DROP TRIGGER audit_entry_no_{change}")
