"""What one request carries: its viewer, its snapshot of the database, what it may still read."""

import contextlib
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import sqlalchemy as sa
from graphql.execution.values import VariableValues
from sqlalchemy import event, exc
from sqlalchemy.orm import Session
from strawberry.dataloader import DataLoader

from schema.columns import Columns, unpacked
from schema.completing import Failure
from schema.errors import DocumentLimitError
from schema.imports import Imports
from schema.keeping import Keeper
from schema.limits import Limits
from schema.samples import Counted, Samples, Wanted
from schema.texts import Values
from store.access import Viewer, require_writer
from store.database import Database, explained
from store.errors import UnavailableError, UnsupportedError
from store.pixels.source import PixelSource

COUNTING_S = 30.0
"""How long one request may count samples, besides the count that goes beyond it."""

type Facts = Callable[["Context", Sequence[int]], Mapping[int, Any]]
"""Reads what derived fields need of many rows at once: ids → facts, some ids may be missing."""


class Opened(Protocol):
    """An image whose samples can be read."""

    @property
    def source(self) -> PixelSource: ...  # noqa: D102


type Open = Callable[[Session, Viewer, int], Opened]
"""Opens an image that the viewer may see, by its database id."""


class Context:
    """One request; used by one thread, to be closed by `with`.

    Attributes:
        database: Where from.
        viewer: Who asks.
        planned: Whether fields that have a plan are answered by it; else all are resolved one
            by one, as in any GraphQL server.
        plans: How to answer the fields of the operation's root, by response name.
        bound: Values of the arguments of planned fields, checked.
        failures: Fields of values that could not be computed, in the plan that is running.
        variables: Of the operation, coerced.
        objects: Rows read so far.
        statements: SQL statements that have read so far; they are limited.
        written: SQL statements of changes so far.
        estimate: Objects that the answer may have at most.
        occurrence: What happened, where a subscription is answered.
        samples: Reads samples; None where there is nobody who can.
        imports: Brings images in; None where there is nobody who can.
        keeper: Keeps files; None where there is nobody who can.
    """

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        limits: Limits,
        *,
        planned: bool,
        images: Open | None = None,
        samples: Samples | None = None,
        imports: Imports | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.database = database
        self.viewer = viewer
        self.planned = planned
        self.plans: Mapping[str, Any] = {}
        self.bound: dict[Any, Any] = {}
        self.failures: list[Failure] = []
        self.objects = 0
        self.statements = 0
        self.written = 0
        self.estimate = 0
        self.occurrence: Any = None
        self.samples = samples
        self.imports = imports
        self.keeper = keeper
        self._counted_s = 0.0
        self._began = time.perf_counter()
        self.variables = VariableValues({}, {})
        self._limits = limits
        self._images = images
        self._session: Session | None = None
        self._closing = contextlib.ExitStack()
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.refresh()

    def cost(self) -> dict[str, Any]:
        """Return what the request has cost so far, as `extensions.cost` says it."""
        return {
            "estimate": self.estimate,
            "objects": self.objects,
            "statements": self.statements + self.written,
            "milliseconds": round((time.perf_counter() - self._began) * 1e3, 1),
        }

    @property
    def session(self) -> Session:
        """One snapshot of the database, opened when first needed."""
        if self._session is None:
            self._session = self._closing.enter_context(self.database.reading())
        return self._session

    def refresh(self) -> None:
        """Let go of the snapshot, so that the next read sees what has been written since."""
        self._session = None
        self._loaders.clear()
        self._closing.close()

    @contextlib.contextmanager
    def asking(self) -> Iterator[Session]:
        """Lend the snapshot to those who run statements of their own, and count these.

        Raises:
            UnavailableError: The database cannot answer now.
        """

        def note(*_: object) -> None:
            self.statements += 1

        connection = self.session.connection()
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield self.session
        except (exc.DBAPIError, exc.TimeoutError) as error:
            self.refresh()
            raise explained(error) from error
        finally:
            event.remove(connection, "before_cursor_execute", note)

    def open_image(self, session: Session, image_id: int) -> Opened:
        """Open an image, to read its samples.

        Args:
            session: Of `asking`.
            image_id: Database id.

        Raises:
            NotFoundError: No such image, or not visible to the viewer.
            UnavailableError: There is nothing here that reads samples.
        """
        if self._images is None:
            raise UnavailableError(
                "Samples of images cannot be read here.", "Ask a running Micrograph."
            )
        return self._images(session, self.viewer, image_id)

    def count_samples(self, kind: str, key: int, wanted: Wanted) -> Sequence[Counted]:
        """Count samples of an image, or inside a region of interest.

        Args:
            kind: "image" or "roi".
            key: Database id.
            wanted: Which samples.

        Raises:
            DocumentLimitError: This request has counted for long enough.
            UnsupportedError: Samples cannot be read here.
            StoreError: As `schema.samples.Samples` says.
        """
        if self.samples is None:
            raise UnsupportedError("Samples cannot be read here.", "Ask a server that has them.")
        if self._counted_s > COUNTING_S:
            raise DocumentLimitError(
                "counting",
                int(COUNTING_S),
                int(self._counted_s),
                f"The document counts samples for more than {COUNTING_S:g} seconds.",
            )
        count = self.samples.count if kind == "image" else self.samples.count_roi
        began = time.perf_counter()
        try:
            with self.asking() as session:
                return count(session, self.viewer, key, wanted)
        finally:
            self._counted_s += time.perf_counter() - began

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Let go of the snapshot, and begin a transaction whose statements are counted.

        Raises:
            NotAllowedError: The viewer may change nothing.
        """

        def note(*_: object) -> None:
            self.written += 1

        require_writer(self.viewer)
        self.refresh()
        with self.database.writing() as session:
            # Also those of the commit: the connection is forgotten with what listens to it.
            event.listen(session.connection(), "before_cursor_execute", note)
            yield session

    def rows(self, statement: sa.Select[Any], values: Mapping[str, Any]) -> list[Any]:
        """Run a statement and count what it gives.

        Args:
            statement: With the parameter `rows_max`, unless it gives few rows by nature.
            values: Its other parameters.

        Raises:
            DocumentLimitError: More rows or statements than this request may have.
            UnavailableError: The database cannot answer now.
        """
        given = {**values, "rows_max": self._rows_max}
        return self._read(
            lambda: list(zip(*unpacked(self.session.connection(), statement, given), strict=True))
        )

    def columns(self, asked: Columns, values: Mapping[str, Any]) -> list[Values]:
        """Like `rows`, column by column."""
        given = {**values, "rows_max": self._rows_max}
        return self._read(
            lambda: asked.read(self.session.connection(), given), lambda found: len(found[0])
        )

    def named(self, statement: sa.Select[Any], values: Mapping[str, Any]) -> list[Any]:
        """Like `rows`, for the few who ask columns by name."""
        return self._read(
            lambda: list(
                self.session.connection().execute(statement, {**values, "rows_max": self._rows_max})
            )
        )

    def entities(self, statement: sa.Select[Any], values: Mapping[str, Any]) -> list[Any]:
        """Like `rows`, for statements that select whole entities."""
        return self._read(
            lambda: list(self.session.execute(statement, {**values, "rows_max": self._rows_max}))
        )

    @property
    def _rows_max(self) -> int:
        """One row more than a request may have: to know that there are too many.

        Whatever was read before, so that statements have the same text and are prepared once.
        """
        return self._limits.objects + 1

    def _read(
        self, read: Callable[[], list[Any]], number: Callable[[list[Any]], int] = len
    ) -> list[Any]:
        self._begin()
        try:
            found = read()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            self.refresh()
            raise explained(error) from error
        self._spend(number(found))
        return found

    def _begin(self) -> None:
        self.statements += 1
        if self.statements > self._limits.statements:
            raise DocumentLimitError(
                "statements",
                self._limits.statements,
                self.statements,
                f"The answer needs more than {self._limits.statements} database statements.",
            )

    def _spend(self, objects: int) -> None:
        self.objects += objects
        if self.objects > self._limits.objects:
            raise DocumentLimitError(
                "objects",
                self._limits.objects,
                self.objects,
                f"The answer would have more than {self._limits.objects:,} objects.",
            )

    def load(
        self, name: Hashable, read: Callable[[Sequence[Any]], Mapping[Any, Any]], key: Any
    ) -> Any:
        """Return what will be read for a key together with other keys: an awaitable.

        Args:
            name: Keys of the same name are read together.
            read: Keys → values; missing ones become None.
            key: Whose value.
        """
        loader = self._loaders.get(name)
        if loader is None:

            async def load(keys: list[Any]) -> list[Any]:
                found = read(keys)
                return [found.get(key) for key in keys]

            loader = self._loaders[name] = DataLoader(load_fn=load)
        return loader.load(key)
