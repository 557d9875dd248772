"""Opening, upgrading, checking; readers and writers at once; what errors say."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from store import models
from store.access import Viewer, select_visible
from store.database import MIGRATIONS, PLANNED_ONCE, Database, TurnLock
from store.edits.containers import create_dataset, create_project
from store.edits.counters import recount
from store.edits.links import link_images_to_dataset
from store.edits.people import first_start
from store.errors import ConflictError, InvalidInputError, UnavailableError, UnsupportedError
from store.migrations import LATEST, modelled, modelled_object
from store.queries.containers import child_counts
from tests.build import hierarchy

UPGRADE = "import sys; from store.database import Database; Database(sys.argv[1]).upgrade()"


def projects(database: Database, viewer: Viewer) -> int:
    with database.reading() as session:
        return len(session.scalars(select_visible(viewer, models.Project)).all())


def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": modelled,
                "include_object": modelled_object,
            },
        )

        assert compare_metadata(context, models.Base.metadata) == []


def test_the_latest_revision_is_the_one_that_is_named() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == LATEST


def test_upgrade_again_changes_nothing(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        create_project(session, viewer, "kept")
    database.upgrade()

    assert projects(database, viewer) == 1
    assert database.check() == []


@pytest.mark.slow
def test_downgrade_to_base_leaves_no_tables_and_upgrade_brings_them_back(
    database: Database,
) -> None:
    database.downgrade("base")
    left = sa.inspect(database.engine).get_table_names()
    database.upgrade()

    assert left == ["alembic_version"]
    assert set(sa.inspect(database.engine).get_table_names()) > {"image", "pixels"}


@pytest.mark.slow
def test_processes_that_start_at_once_upgrade_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, url], stderr=subprocess.PIPE, cwd=Path.cwd()
        )
        for _ in range(3)
    ]

    assert [process.communicate()[1].decode() for process in started] == ["", "", ""]
    assert Database(url).check() == []


@pytest.mark.slow
def test_threads_that_start_at_once_upgrade_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    databases[0].downgrade("base")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(Database.upgrade, databases))
    problems = databases[0].check()
    for database in databases:
        database.close()

    assert results == [None] * 4
    assert problems == []


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(UnavailableError, match="made by a newer Micrograph"):
        database.upgrade()
    assert "newer" in database.check()[0]


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with database.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE recipes (id INTEGER)")

    with pytest.raises(UnavailableError, match="not those of Micrograph"):
        database.upgrade()
    database.close()


def test_an_empty_database_is_said_to_need_an_upgrade(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    problems = database.check()
    with pytest.raises(UnavailableError, match="lacks tables"), database.writing() as session:
        first_start(session)
    database.close()

    assert problems == [f"The tables are not current (no tables, need {LATEST}): run an upgrade."]


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but important. " * 100)
    database = Database(f"sqlite:///{path}")

    with pytest.raises(UnavailableError, match="is not an SQLite file"):
        database.upgrade()
    assert path.read_text().startswith("Not a database")


def test_a_folder_that_is_missing_is_named_as_the_cause(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'm.db'}")

    with pytest.raises(UnavailableError, match="cannot be opened") as caught:
        database.upgrade()
    assert "folder exists" in caught.value.remedy


def test_a_damaged_page_is_found(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "damaged.db"
    data = bytearray(sqlite_template.read_bytes())
    data[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    path.write_bytes(data)
    database = Database(f"sqlite:///{path}")
    try:
        problems = database.check()
    except UnavailableError as error:
        problems = [error.message]
    finally:
        database.close()

    assert any("amaged" in problem for problem in problems)


def test_a_full_disk_is_said_so_and_leaves_what_was_there(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        first_start(session)
        viewer = Viewer(1, administrator=True, default_group_id=1)

    def fill() -> None:
        with database.writing() as session:
            pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
            hierarchy(session, viewer, images=200)

    with pytest.raises(UnavailableError, match="is full"):
        fill()
    left = projects(database, viewer)
    database.close()
    assert left == 0


def test_another_programs_lock_is_waited_for_and_then_reported(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "locked.db"
    path.write_bytes(sqlite_template.read_bytes())
    holder = Database(f"sqlite:///{path}")
    waiting = Database(f"sqlite:///{path}", busy_timeout_s=0.1)

    with (
        holder.writing(),
        pytest.raises(UnavailableError, match="locked by another program"),
        waiting.writing(),
    ):
        pytest.fail("two writers at once")
    with waiting.writing() as session:
        first_start(session)
    holder.close()
    waiting.close()


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    database = Database("postgresql://me:secret@127.0.0.1:1/nothing")

    with pytest.raises(UnavailableError, match="cannot be reached") as caught:
        database.upgrade()
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:", ""]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="database"):
        Database(url)


def test_a_missing_driver_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(UnsupportedError, match="driver of PostgreSQL") as caught:
        Database("postgresql://localhost/m")
    assert "pip install" in caught.value.remedy


@pytest.mark.slow
def test_a_missing_database_and_a_wrong_name_are_told_apart_from_a_silent_server(
    postgresql_server: sa.URL,
) -> None:
    database = Database(
        postgresql_server.set(database="absent").render_as_string(hide_password=False)
    )

    with pytest.raises(UnavailableError, match="does not exist") as caught:
        database.check()
    assert "createdb" in caught.value.remedy


def test_postgresql_compiles_no_questions(postgresql_server: sa.URL) -> None:
    database = Database(postgresql_server.render_as_string(hide_password=False))
    try:
        with database.reading() as session:
            jit = session.connection().exec_driver_sql("SHOW jit").scalar_one()
    finally:
        database.close()

    assert jit == "off"


@pytest.mark.slow
def test_postgresql_plans_once_for_many_readings_what_is_said_to_allow_it(
    postgresql_server: sa.URL,
) -> None:
    database = Database(postgresql_server.render_as_string(hide_password=False))
    for _ in range(10):
        with database.reading() as session:
            session.execute(sa.text("SELECT 42"), execution_options=PLANNED_ONCE)
            session.execute(sa.text("SELECT 43"))
    with database.reading() as session:
        prepared = session.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    database.close()

    assert prepared == ["SELECT 42"]


@pytest.mark.slow
def test_two_transactions_that_count_for_each_others_parents_both_succeed(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        first = create_dataset(session, viewer, "first").id
        second = create_dataset(session, viewer, "second").id
        built = hierarchy(session, viewer, images=10)

    def link(order: tuple[int, int]) -> None:
        for image in built.images:
            with database.writing() as session:
                link_images_to_dataset(session, viewer, [image], order[0])
                link_images_to_dataset(session, viewer, [image], order[1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(link, [(first, second)] * 4))
    with database.writing() as session:
        wrong = recount(session)
        counts = child_counts(session, viewer, "Dataset", [first, second])

    assert wrong == 0
    assert counts == dict.fromkeys((first, second), len(built.images))


def test_a_reading_session_cannot_write(database: Database, viewer: Viewer) -> None:
    with pytest.raises(UnavailableError, match="read-only"), database.reading() as session:
        create_project(session, viewer, "not here")
    assert projects(database, viewer) == 0


def test_an_error_inside_writing_leaves_nothing(database: Database, viewer: Viewer) -> None:
    def fail_after_writing() -> None:
        with database.writing() as session:
            create_project(session, viewer, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert projects(database, viewer) == 0


def test_a_broken_reference_is_a_conflict(database: Database, viewer: Viewer) -> None:
    with pytest.raises(ConflictError, match="contradicts"), database.writing() as session:
        session.add(models.Membership(experimenter_id=viewer.experimenter_id, group_id=12345))


def test_readers_go_on_while_somebody_writes_and_see_no_half(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        create_project(session, viewer, "being written")
        session.flush()
        during = projects(database, viewer)

    assert (during, projects(database, viewer)) == (0, 1)


def test_a_reading_session_sees_one_moment(database: Database, viewer: Viewer) -> None:
    statement = select_visible(viewer, models.Project, sa.func.count())
    with database.reading() as session:
        before = session.scalar(statement)
        with database.writing() as writer:
            create_project(writer, viewer, "later")
        after = session.scalar(statement)

    assert (before, after) == (0, 0)


def test_writers_in_many_threads_all_succeed(database: Database, viewer: Viewer) -> None:
    def write(number: int) -> None:
        for i in range(5):
            with database.writing() as session:
                create_project(session, viewer, f"{number}.{i}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert projects(database, viewer) == 40


def test_turns_are_taken_in_order_of_arrival() -> None:
    lock, order = TurnLock(10), []

    def take(number: int) -> None:
        with lock:
            order.append(number)

    with lock:
        threads = [threading.Thread(target=take, args=(n,)) for n in range(10)]
        for thread in threads:
            thread.start()
            time.sleep(0.01)
    for thread in threads:
        thread.join()

    assert order == list(range(10))


def test_a_turn_that_does_not_come_ends_with_a_typed_error() -> None:
    lock = TurnLock(0.05)
    caught: list[Exception] = []

    def take() -> None:
        try:
            with lock:
                pass
        except UnavailableError as error:
            caught.append(error)

    with lock:
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    with lock:
        pass

    assert len(caught) == 1


def test_writing_inside_writing_is_refused_at_once(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "m.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")

    with (
        pytest.raises(RuntimeError, match="pass the session on"),
        database.writing(),
        database.writing(),
    ):
        pytest.fail("a deadlock")
    database.close()


def test_sqlite_keeps_acknowledged_commits_and_checks_references(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "m.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        connection = session.connection()
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_server_program_is_named(database: Database) -> None:
    program, version = database.server.split(" ", 1)

    assert program in ("SQLite", "PostgreSQL")
    assert version[0].isdigit()


def test_the_state_changes_with_every_commit_of_any_process(
    database: Database, viewer: Viewer
) -> None:
    if database.dialect != "sqlite":
        assert database.state() is None
        return
    before = database.state()
    same = database.state()

    with database.writing() as session:
        create_project(session, viewer, "one")
    after = database.state()
    other = Database(database.location)
    with other.writing() as session:
        create_project(session, viewer, "two")
    other.close()

    assert before == same
    assert len({before, after, database.state()}) == 3
