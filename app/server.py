"""The listening server: uvicorn, with limits of time, size and number that uvicorn itself lacks."""

import asyncio
import http
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app import errors
from app.edge import OWN_HEADERS
from app.errors import ConfigurationError
from app.settings import Settings

KEEP_ALIVE_S = 5
SHUTDOWN_S = 10
CONNECTIONS = 1_000
HEADER_BYTES = 64 * 1024
SEND_S = 30.0
"""How long a client may take nothing of what it is sent."""
DISCARD_S = 4.0
"""How long the rest of a body may come that nobody reads, so that its sender reads the answer."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 over connections that cannot be held without a request or an answer in progress.

    A request has to arrive in time, and to end; an answer has to be taken. When there are too many
    connections, the one that has been without a request for longest makes room.
    """

    receive_timeout_s: float = 15.0
    """How long the headers of a request may take, from the connection or their first byte."""
    send_timeout_s: float = SEND_S
    connections_max: int = CONNECTIONS
    resting: "OrderedDict[Protocol, None]"
    """Connections without a request in progress, longest first; the same for all of a server."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock with the connection, and make room for it."""
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._upgraded = False
        self._unread = self._headed = 0
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            if not self.resting:
                self._refuse(503, "busy", "Too many connections are open.", "Ask again later.")
                return
            oldest, _ = self.resting.popitem(last=False)
            oldest.transport.abort()
        self.resting[self] = None
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once a request is complete enough to be served."""
        if self.transport.is_closing():
            return
        if not self._serving() and not self._discarding():
            self._unread += len(data)
        super().data_received(data)
        if self._upgraded or self._serving():
            self._unread = 0
            self._stop_clock()
            self.resting.pop(self, None)
        elif self._unread > HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")
        elif self._deadline is None:
            self._start_clock()

    def on_response_complete(self) -> None:
        """Let the connection make room for others until its next request."""
        super().on_response_complete()
        if self._discarding() and self._deadline is None:
            self._deadline = self.loop.call_later(DISCARD_S, self._expire)
        if not self._serving() and not self.transport.is_closing():
            self.resting[self] = None

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be read, in the form of all our errors."""
        self._refuse(400, "invalid_input", msg, "Send a request of HTTP/1.1.")

    def pause_writing(self) -> None:
        """Start the clock of an answer that the client does not take."""
        super().pause_writing()
        self._watch_sending(self.transport.get_write_buffer_size() + 1)

    def resume_writing(self) -> None:
        """Stop that clock."""
        super().resume_writing()
        self._stop_sending_clock()

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
        """Stop the clocks with the connection."""
        self._stop_clock()
        self._stop_sending_clock()
        self.resting.pop(self, None)
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

    def _watch_sending(self, unsent: int) -> None:
        """Give a client up that has taken nothing since `unsent` bytes were left."""
        left = self.transport.get_write_buffer_size()
        if left >= unsent:
            self.transport.abort()
            return
        self._stalled = self.loop.call_later(self.send_timeout_s, self._watch_sending, left)

    def _stop_sending_clock(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _refuse(self, status: int, code: str, message: str, remedy: str) -> None:
        """Answer what never becomes a request, and close the connection."""
        content = errors.body(code, message, remedy, "")
        headers = (
            *OWN_HEADERS,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        )
        lines = [b"%s: %s\r\n" % one for one in headers]
        first = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n".encode()
        self.transport.write(b"".join([first, *lines, b"\r\n", content]))
        self.transport.close()

    def _serving(self) -> bool:
        # None until the first request, whatever its annotation says.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _discarding(self) -> bool:
        """Whether the rest of a body comes that nobody reads, so that its sender reads the answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete and cycle.more_body


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
    options: dict[str, Any] = {
        "receive_timeout_s": float(settings.receive_timeout),
        "resting": OrderedDict(),
    }
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
