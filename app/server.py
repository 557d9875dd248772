"""The listening server: uvicorn, with limits for headers that uvicorn itself lacks."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.errors import ConfigurationError
from app.settings import Settings

KEEP_ALIVE_S = 5
SHUTDOWN_S = 10
CONNECTIONS = 1_000
HEADER_BYTES = 64 * 1024


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that closes a connection whose request does not arrive in time, or has no end."""

    receive_timeout_s: float = 15.0
    """How long the headers of a request may take, from the connection or their first byte."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock with the connection."""
        self._deadline: asyncio.TimerHandle | None = None
        self._upgraded = False
        self._unread = self._headed = 0
        super().connection_made(transport)
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once a request is complete enough to be served."""
        if not self._serving():
            self._unread += len(data)
        super().data_received(data)
        if self._upgraded or self._serving():
            self._unread = 0
            self._stop_clock()
        elif self._unread > HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")
        elif self._deadline is None:
            self._start_clock()

    def on_message_begin(self) -> None:
        """Count the headers of each request anew."""
        self._headed = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header while all of them are short enough; the parser answers errors with 400."""
        self._headed += len(name) + len(value)
        if self._headed > HEADER_BYTES:
            raise ValueError("headers too long")
        super().on_header(name, value)

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the WebSocket, which has clocks of its own."""
        self._upgraded = True
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock with the connection."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(self.receive_timeout_s, self._expire)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        if not self._serving():
            self.transport.close()

    def _serving(self) -> bool:
        # None until the first request, whatever its annotation says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete


class Server(uvicorn.Server):
    """uvicorn's server that says when it can be reached."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()


def make_server(
    app: ASGIApp, settings: Settings, ready: Callable[[], None] | None = None
) -> Server:
    """Configure a server; its `run(sockets=[...])` serves until a signal.

    Args:
        app: The application.
        settings: Log level and time limits; the socket comes from `listen`.
        ready: Called once requests are taken.
    """
    options: dict[str, Any] = {"receive_timeout_s": float(settings.receive_timeout)}
    config = uvicorn.Config(
        app,
        loop="auto",  # uvloop where it is installed: half of what a small answer costs
        http=type("Protocol", (Protocol,), options),
        ws="websockets-sansio",
        ws_max_size=settings.body_limit,
        ws_max_queue=32,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
        limit_concurrency=CONNECTIONS,
    )
    return Server(config, ready)


def listen(host: str, port: int) -> socket.socket:
    """Take the address that the server will serve at.

    Raises:
        ConfigurationError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio does not switch Nagle's algorithm off, and every answer waits 40 ms
    # for the acknowledgement of its headers.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(2048)
    except OSError as error:
        taken.close()
        raise ConfigurationError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
            "End what uses the port, or choose another: micrograph serve --port 8081.",
        ) from None
    taken.set_inheritable(True)
    return taken
