"""Engines, transactions and upgrades of the metadata database: SQLite or PostgreSQL."""

import contextlib
import importlib
import importlib.util
import logging
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import Session, sessionmaker

from store.errors import (
    ConflictError,
    InvalidInputError,
    StoreError,
    UnavailableError,
    UnsupportedError,
)
from store.migrations import LATEST

if TYPE_CHECKING:  # only upgrades need Alembic; a start with current tables is quicker without
    from alembic.config import Config
    from alembic.script import ScriptDirectory

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x6D6963726F  # any constant: key of PostgreSQL's advisory lock around upgrades
_ONCE = "planned_once"
PLANNED_ONCE = {_ONCE: True}
"""Execution options of readings whose plan does not depend on the values of parameters.

PostgreSQL keeps their plans for each connection, which spares most of the time of small questions.
Others are planned each time: what a filter finds may be a few rows or half of them.
"""
_WRITTEN = 5
"""How often a statement runs on a connection that writes before it is prepared; as psycopg has it."""
SAFE_WAL = (3, 51, 3)
"""First SQLite release without the WAL-reset bug, which can lose committed pages."""


class TurnLock:
    """A mutual exclusion that serves waiting threads in the order in which they came.

    `threading.Lock` lets a newcomer overtake: under load one writer of 32 was measured to get a
    thousandth of the commits of another.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner is None:
                self._owner = me
                return
            if self._owner == me:
                msg = "writing() inside writing(): pass the session on instead"
                raise RuntimeError(msg)
            turn = threading.Event()
            self._waiting.append(turn)
        if not turn.wait(self._timeout_s):
            with self._guard:
                if not turn.is_set():
                    self._waiting.remove(turn)
                    raise UnavailableError("The database is busy.", "Try again in a moment.")
        self._owner = me

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                # The next owner is named by itself; until then nobody can take the lock,
                # because the owner is not None.
                self._owner = -1
                self._waiting.popleft().set()
            else:
                self._owner = None


class Database:
    """One metadata database: how to read it, write it, upgrade it and check it.

    Safe to share between threads. Sessions are not: one per unit of work, from `reading` or
    `writing`.

    Attributes:
        engine: Where reads go.
        dialect: "sqlite" or "postgresql".

    Raises:
        InvalidInputError: The URL is not one of SQLite or PostgreSQL.
        UnsupportedError: The driver of PostgreSQL is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        pool_overflow: int = 32,
        busy_timeout_s: float = 30.0,
    ) -> None:
        self._url = _parsed(url)
        self._busy_timeout_s = busy_timeout_s
        self.dialect = self._url.get_backend_name()
        pool = {"pool_size": pool_size, "max_overflow": pool_overflow, "pool_timeout": 30}
        self._turn: AbstractContextManager[None] = contextlib.nullcontext()
        if self.dialect == "sqlite":
            self._driver = sqlite_module()
            self._turn = TurnLock(busy_timeout_s)
            # A connection that never writes: what it sees change, others have committed.
            self._watch: Any = None
            self._watch_lock = threading.Lock()
            self.engine = self._sqlite_engine("BEGIN", query_only=True, **pool)
            self._write_engine = self._sqlite_engine(
                "BEGIN IMMEDIATE", query_only=False, pool_size=1, max_overflow=0, pool_timeout=30
            )
        else:
            base = self._postgresql_engine(**pool)
            # One snapshot for all statements of a read, as SQLite's transactions give it.
            self.engine = base.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._write_engine = base
        self._read_sessions = sessionmaker(self.engine, autoflush=False, expire_on_commit=False)
        self._write_sessions = sessionmaker(self._write_engine, expire_on_commit=False)

    @property
    def engines(self) -> tuple[sa.Engine, ...]:
        """The engines whose events tell of every statement, for those who count them."""
        # On PostgreSQL the reading engine is a view of the other and shares pool and events.
        return (self._write_engine, self.engine)[: 2 if self.dialect == "sqlite" else 1]

    @property
    def location(self) -> str:
        """The URL without its password, for messages to the operator."""
        return self._url.render_as_string(hide_password=True)

    @property
    def server(self) -> str:
        """Name and version of the database program, such as "SQLite 3.53.4"."""
        if self.dialect == "sqlite":
            return f"SQLite {self._driver.sqlite_version}"
        with self.reading() as session:
            return f"PostgreSQL {session.connection().exec_driver_sql('SHOW server_version').scalar_one()}"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one snapshot and cannot write; never waits for a writer."""
        # Committed, for psycopg forgets what is `PLANNED_ONCE` when it rolls back.
        with self._explaining(), self._read_sessions.begin() as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session whose changes are committed at the end, or not at all after an error.

        On SQLite one thread of a process writes at a time, in order of arrival, and other
        processes are waited for. When it returns, the changes survive a power failure.

        Raises:
            UnavailableError: Locked for too long, read-only, full, or not reachable.
            ConflictError: A rule of the database (uniqueness, a reference) was broken.
        """
        with self._explaining(), self._turn, self._write_sessions.begin() as session:
            session.connection()  # takes the lock now, so that it is missed before any work
            yield session

    def state(self) -> int | None:
        """Tell whether anything was committed: equal numbers mean that nothing was in between.

        Costs some microseconds, so that what was read for a viewer can be kept while it is still
        true, whoever may have written.

        Returns:
            A number that changes with every commit of any thread or process; none where the
            database cannot tell (PostgreSQL, or SQLite while it is locked).
        """
        if self.dialect != "sqlite":
            return None
        with self._watch_lock:
            try:
                if self._watch is None:
                    self._watch = self._driver.connect(
                        self._url.database, check_same_thread=False, isolation_level=None, timeout=0
                    )
                return int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            except self._driver.Error:
                return None

    def commits(self) -> object:
        """Tell whether anything was committed, on either database: equal answers mean that not.

        On PostgreSQL it takes a statement; on SQLite see `state`.

        Raises:
            UnavailableError: The database cannot answer now.
        """
        if self.dialect == "sqlite":
            state = self.state()
            return object() if state is None else state
        with self.reading() as session:
            # Transactions that wrote nothing have no number, so that only writers change this.
            return session.scalar(sa.text("SELECT pg_current_snapshot()::text"))

    def close(self) -> None:
        """Close all idle connections; the object can be used again afterwards."""
        for engine in self.engines:
            engine.dispose()
        if self.dialect == "sqlite":
            with self._watch_lock:
                if self._watch is not None:
                    self._watch.close()
                self._watch = None

    def upgrade(self, revision: str = "head") -> None:
        """Create or upgrade the tables; does nothing where they are current.

        Several processes may call it at once: one works, the others wait and find it done.

        Raises:
            UnavailableError: Not reachable, not a database of Micrograph, or made by a newer one.
        """
        with self._explaining(located=True):
            if revision == "head" and self._is_latest():
                return
        from alembic import command

        with self._explaining(located=True), self._turn, self._migrating() as connection:
            current = self._revision(connection)
            self._refuse_newer(current)
            if current != self._head() or revision != "head":
                command.upgrade(_alembic(connection), revision)
                logger.info("database upgraded", extra={"was": current, "is": self._head()})

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an older revision; "base" removes them with all data."""
        from alembic import command

        with self._explaining(located=True), self._turn, self._migrating() as connection:
            command.downgrade(_alembic(connection), revision)

    def check(self) -> list[str]:
        """Look for what an operator should know; an empty list means that all is well.

        Compares the revision, and on SQLite lets the database check its pages and references.

        Raises:
            UnavailableError: The database cannot be opened at all.
        """
        with self._explaining(located=True), self.engine.connect() as connection:
            problems = self._revision_problems(self._revision(connection))
            if self.dialect == "sqlite":
                problems += self._sqlite_problems(connection)
        return problems

    @contextlib.contextmanager
    def inspecting(self) -> Iterator[Any]:
        """Open a connection of SQLite's own for looking at the file; it may make passing tables.

        Of the driver, outside of all transactions; never for writing to the database.
        """
        with self._explaining(located=True):
            connection = self._driver.connect(self._url.database, isolation_level=None)
            try:
                connection.execute(f"PRAGMA busy_timeout={int(self._busy_timeout_s * 1000)}")
                connection.execute("PRAGMA temp_store=FILE")
                yield connection
            finally:
                connection.close()

    def _postgresql_engine(self, **pool: int) -> sa.Engine:
        engine = sa.create_engine(self._url, pool_pre_ping=True, **pool)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            # What is meant for long reports takes seconds to compile questions of milliseconds.
            connection.execute("SET jit = off")
            connection.commit()

        @event.listens_for(engine, "before_cursor_execute")
        def keep(*args: Any) -> None:
            cursor, options = args[1], args[4].execution_options
            if _ONCE in options:
                cursor.connection.prepare_threshold = 1
            else:
                reading = options.get("postgresql_readonly")
                cursor.connection.prepare_threshold = None if reading else _WRITTEN

        return engine

    def _sqlite_engine(self, begin: str, *, query_only: bool, **pool: int) -> sa.Engine:
        engine = sa.create_engine(
            self._url,
            module=self._driver,
            poolclass=sa.QueuePool,
            connect_args={"check_same_thread": False, "timeout": self._busy_timeout_s},
            **pool,
        )
        safe = wal_is_safe(self._driver)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            # The driver's own implicit BEGIN is deferred and would let two writers collide.
            connection.isolation_level = None
            _retry_locked(lambda: _set_pragmas(connection, safe, query_only), self._busy_timeout_s)

        @event.listens_for(engine, "begin")
        def start(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    @contextlib.contextmanager
    def _migrating(self) -> Iterator[sa.Connection]:
        with self._write_engine.connect() as connection:
            if self.dialect == "sqlite":
                # Rebuilding a table would fire its references; they are checked at the end.
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    if self.dialect == "postgresql":
                        connection.exec_driver_sql(
                            f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
                        )
                    yield connection
            finally:
                if self.dialect == "sqlite":
                    connection.invalidate()

    def _is_latest(self) -> bool:
        """Whether the tables are this program's; without Alembic, which takes long to import."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return False
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
            return list(found) == [LATEST]

    def _revision(self, connection: sa.Connection) -> str | None:
        from alembic.runtime.migration import MigrationContext

        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None and sa.inspect(connection).get_table_names() not in (
            [],
            ["alembic_version"],
        ):
            raise UnavailableError(
                f"{self.location} holds tables, but not those of Micrograph.",
                "Give the address of an empty database or of one that Micrograph made.",
            )
        return revision

    def _head(self) -> str:
        head = _scripts().get_current_head()
        assert head is not None
        return head

    def _refuse_newer(self, revision: str | None) -> None:
        known = {script.revision for script in _scripts().walk_revisions()}
        if revision is not None and revision not in known:
            raise UnavailableError(
                f"The database {self.location} was made by a newer Micrograph"
                f" (revision {revision}; this program knows up to {self._head()}).",
                "Install that version or a later one; a database is never downgraded by itself.",
            )

    def _revision_problems(self, revision: str | None) -> list[str]:
        try:
            self._refuse_newer(revision)
        except UnavailableError as error:
            return [str(error)]
        if revision == self._head():
            return []
        found = revision or "no tables"
        return [f"The tables are not current ({found}, need {self._head()}): run an upgrade."]

    def _sqlite_problems(self, connection: sa.Connection) -> list[str]:
        problems = []
        if not wal_is_safe(self._driver):
            problems.append(
                f"SQLite {self._driver.sqlite_version} has a bug in its write-ahead log, so the"
                " log is off and readers wait for writers: install the package pysqlite3."
            )
        for (text,) in connection.exec_driver_sql("PRAGMA quick_check(10)"):
            if text != "ok":
                problems.append(f"Damaged page: {text}. Restore a backup.")
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)
        problems += [f"Row {row[1]} of {row[0]} refers to a missing {row[2]}." for row in orphans]
        return problems

    @contextlib.contextmanager
    def _explaining(self, *, located: bool = False) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise explained(error, self.location if located else "") from error


def sqlite_module() -> ModuleType:
    """Choose the SQLite to use: the first safe one of the standard library's and pysqlite3's.

    Returns:
        A DB-API module; the newer of both where neither has a safe write-ahead log.
    """
    candidates: list[ModuleType] = [sqlite3]
    with contextlib.suppress(ImportError):
        candidates.append(importlib.import_module("pysqlite3"))
    for module in candidates:
        if wal_is_safe(module):
            return module
    return max(candidates, key=lambda module: tuple(_version(module)))


def explained(error: exc.DBAPIError | exc.TimeoutError, location: str = "") -> StoreError:
    """Turn an error of a driver into one that says what is wrong and what to do.

    Args:
        error: What SQLAlchemy raised.
        location: URL without password to name in the message, where the operator reads it.
    """
    where = f" {location}" if location else ""
    if isinstance(error, exc.TimeoutError):
        return UnavailableError("Too many readers at once.", "Try again in a moment.")
    if isinstance(error, exc.IntegrityError):
        return ConflictError(
            "The change contradicts what is stored: it exists already, or what it refers to is"
            " gone.",
            "Load the current state and try again.",
        )
    if isinstance(error, exc.DataError):
        return InvalidInputError("The database cannot hold such a value.", "Send a smaller one.")
    reason = _sqlite_reason(error.orig) or _postgresql_reason(error.orig)
    if reason is None:
        # A programming error: not explained, so that it is logged with its traceback.
        raise error
    message, remedy = reason
    return UnavailableError(f"The database{where} {message}.", remedy)


_NO_TABLES = ("lacks tables", "Run: micrograph db upgrade")

_SQLITE_REASONS = {
    5: ("is locked by another program", "Close that program or try again in a moment."),
    6: ("is locked by another program", "Close that program or try again in a moment."),
    8: ("is read-only", "Give the server's user the right to write the file and its folder."),
    10: ("cannot be read or written", "Check the disk that holds it."),
    11: ("is damaged", "Restore a backup."),
    13: ("is full", "Free space on the disk that holds it."),
    14: ("cannot be opened", "Check that its folder exists and that the user may write there."),
    26: ("is not an SQLite file", "Give the address of a database of Micrograph."),
}

_POSTGRESQL_REASONS = {
    "08": ("cannot be reached", "Check that the server runs and that the address is right."),
    "25": ("is read-only", "Connect to the primary server."),
    "28": ("refused the user name or password", "Check the database's address."),
    "3D": ("does not exist", "Create it with createdb, or check the address."),
    "42P01": _NO_TABLES,
    "40": ("had to end one of two clashing changes", "Try again."),
    "53": ("is out of space or connections", "Free space, or allow more connections."),
    "55": ("is locked by another program", "Try again in a moment."),
    "57": ("is shutting down", "Try again when the server is back."),
}


def _sqlite_reason(error: BaseException | None) -> tuple[str, str] | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return _NO_TABLES if "no such table" in str(error) else _SQLITE_REASONS.get(code & 0xFF)


def _postgresql_reason(error: BaseException | None) -> tuple[str, str] | None:
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _POSTGRESQL_REASONS.get(state) or _POSTGRESQL_REASONS.get(state[:2])
    # A failed connection carries no state, only libpq's text.
    text = str(error)
    if type(error).__name__ != "OperationalError" or hasattr(error, "sqlite_errorcode"):
        return None
    if "does not exist" in text:
        return _POSTGRESQL_REASONS["3D"]
    return _POSTGRESQL_REASONS["28" if "authentication failed" in text else "08"]


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise InvalidInputError(
            "The database address is not a URL.",
            "Use sqlite:///FILE or postgresql://USER@HOST/NAME.",
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    if backend == "postgresql":
        if importlib.util.find_spec("psycopg") is None:
            raise UnsupportedError(
                "The driver of PostgreSQL is not installed.",
                f'Run: {sys.executable} -m pip install "psycopg[binary]"',
            )
        return parsed.set(drivername="postgresql+psycopg")
    raise InvalidInputError(
        f"No database can be opened at {parsed.render_as_string(hide_password=True)}.",
        "Use sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )


def _version(module: ModuleType) -> list[int]:
    return [int(part) for part in str(module.sqlite_version).split(".")]


def wal_is_safe(module: ModuleType) -> bool:
    """Whether a SQLite may keep a write-ahead log; see `SAFE_WAL`."""
    return tuple(_version(module)) >= SAFE_WAL


def _set_pragmas(connection: Any, wal: bool, query_only: bool) -> None:
    if not query_only:
        connection.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}").fetchall()
    for pragma in (
        "foreign_keys=ON",
        "synchronous=FULL",  # a commit that was acknowledged survives a power failure
        "fullfsync=ON",  # macOS: fsync alone leaves data in the drive's cache
        "cache_size=-16000",
        "temp_store=MEMORY",
        f"query_only={'ON' if query_only else 'OFF'}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _retry_locked(action: Any, timeout_s: float) -> None:
    # Switching to WAL takes an exclusive lock without asking the busy handler.
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            action()
        except Exception as error:
            locked = _sqlite_reason(error) == _SQLITE_REASONS[5]
            if not locked or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _alembic(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS))
