"""Exports on their way to a client: bounded, in turn by person, given up when nobody waits."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import quote

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectSendStream
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.context import Micrograph
from app.exporting import Export, spool_of, write_single
from app.limits import unless_gone
from store.errors import UnavailableError
from store.exporting.entries import zipped
from store.exporting.workers import Workers
from store.pixels.abandoning import AbandonedError, abandonable

logger = logging.getLogger(__name__)

_AHEAD = 4
"""Pieces that are ready before the client takes them."""
_SPARE_BYTES = 2**30
"""Disk space that exports leave."""


class Download(Response):
    """An export as a response.

    One file is made first and then sent, with its length and by ranges if wanted. Several are
    sent as a zip while they are made. Either has a slot of `WorkSlots.exports` while it is made.
    What fails before the first byte is answered as an error; after it, the connection ends.

    Args:
        micrograph: Whose images they are.
        export: Settled; nothing of an image has been read.
        workers: What makes it; closed at the end.
        person: Whose turn it takes.
    """

    def __init__(
        self, micrograph: Micrograph, export: Export, workers: Workers, person: int | str
    ) -> None:
        self._micrograph = micrograph
        self._export = export
        self._workers = workers
        self._person = person
        self.background = None
        self.status_code = 200
        name = quote(export.file_name, safe="")
        self.media_type = export.media_type
        self.body = b""
        self.init_headers(
            {
                "content-disposition": f"attachment; filename*=UTF-8''{name}",
                "cache-control": "private, no-cache",
                "vary": "cookie",
                "x-accel-buffering": "no",
            }
        )
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make and send it."""
        try:
            if scope["method"] == "HEAD":
                await send(self._start())
                await send({"type": "http.response.body", "body": b""})
            elif self._export.single:
                await self._file(scope, receive, send)
            else:
                await self._zip(receive, send)
        finally:
            # Waits for a piece that is being made, so not on the event loop.
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._workers.close)

    def _start(self) -> dict[str, object]:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        spool = spool_of(self._micrograph)
        with tempfile.TemporaryDirectory(prefix="export-", dir=spool) as folder:
            check_room(spool, self._export.largest)
            path = Path(folder) / "made"
            work = partial(write_single, self._export, path)
            slots = self._micrograph.slots.exports
            done = await unless_gone(
                Request(scope, receive), partial(slots.run, self._person, _done, work)
            )
            if done is None:  # the client has gone
                return
            headers = {key: value for key, value in self.headers.items() if key != "content-type"}
            await FileResponse(path, headers=headers, media_type=self.media_type)(
                scope, receive, send
            )

    async def _zip(self, receive: Receive, send: Send) -> None:
        check_room(spool_of(self._micrograph), self._export.largest)
        gone = Event()
        try:
            async with anyio.create_task_group() as group:
                await self._pass_on(group, gone, receive, send)
        except BaseExceptionGroup as errors:
            error: BaseException = errors
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            if not gone.is_set() and not isinstance(error, AbandonedError):
                raise error from None

    async def _pass_on(self, group: TaskGroup, gone: Event, receive: Receive, send: Send) -> None:
        """Hand pieces on from the thread that makes them, until the end or the client goes."""
        into, pieces = anyio.create_memory_object_stream[bytes](_AHEAD)

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            group.cancel_scope.cancel()

        async def make() -> None:
            with into, abandonable(gone):
                await self._micrograph.slots.exports.run(self._person, self._make, into)

        group.start_soon(watch)
        group.start_soon(make)
        started = False
        try:
            async with pieces:
                async for piece in pieces:
                    if not started:
                        started = True
                        await send(self._start())
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except BaseException:
            gone.set()
            raise
        if started and not gone.is_set():
            await send({"type": "http.response.body", "body": b""})
            group.cancel_scope.cancel()

    def _make(self, into: MemoryObjectSendStream[bytes]) -> None:
        """Make the pieces, in a thread; waits for a client that takes them slowly."""
        export = self._export
        made: Iterator[bytes] = zipped(
            export.entries, self._workers, spool_of(self._micrograph), export.comment
        )
        for piece in made:
            anyio.from_thread.run(into.send, piece)


def check_room(spool: Path, needed: int) -> None:
    """Refuse a file that the disk has no room for.

    Raises:
        UnavailableError: It has not.
    """
    with suppress(OSError):
        free = shutil.disk_usage(spool).free
        if needed + _SPARE_BYTES > free:
            raise UnavailableError(
                f"This export takes up to {needed >> 20} MiB on the server's disk, which has "
                f"{free >> 20} MiB left.",
                "Ask for a part of the image or another format, or have an administrator make room.",
            )


def _done(work: partial[None]) -> bool:
    work()
    return True
