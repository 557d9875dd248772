"""Objects of an HTTP server: no redirects, no private addresses, no waiting for ever."""

import email.utils
import http.client
import ipaddress
import queue
import socket
import ssl
import urllib.parse
from typing import Any

from store.errors import UnavailableError, UnreadableFileError
from store.pixels.addresses import Address, is_named_here
from store.pixels.fetched import Fetched
from store.pixels.source import MAX_DECODED_BYTES

CONNECT_S = 5.0
READ_S = 30.0
_KEPT = 8
"""Connections that are kept open."""
_GONE = frozenset({404, 410})


class HttpObjects:
    """The objects below an address; thread-safe."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue(_KEPT)

    def fetch(self, key: str, start: int | None, length: int) -> Fetched | None:
        """Bytes of an object; see `store.pixels.remote.Objects.fetch`."""
        wanted = {} if start is None else {"Range": _range(start, length)}
        connection, answer = self._asked(key, wanted)
        try:
            found = self._read(key, answer, start, length)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unavailable(key, error) from error
        except BaseException:
            connection.close()
            raise
        self._keep(connection)
        return found

    def close(self) -> None:
        """Close idle connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _asked(
        self, key: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send a request; once more where a kept connection was closed meanwhile."""
        path = "/" + urllib.parse.quote("/".join(filter(None, (self._address.path, key))))
        headers = {"User-Agent": "micrograph", "Accept-Encoding": "identity", **headers}
        while True:
            connection, kept = self._connection()
            try:
                connection.request("GET", path, headers=headers)
                return connection, connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not kept:
                    raise self._unavailable(key, error) from error

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        try:
            return self._idle.get_nowait(), True
        except queue.Empty:
            return _Connection(self._address), False

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()

    def _read(
        self, key: str, answer: http.client.HTTPResponse, start: int | None, length: int
    ) -> Fetched | None:
        if answer.status in _GONE:
            answer.read(2**16)
            if not answer.isclosed():
                raise http.client.HTTPException("an endless answer")
            return None
        if answer.status >= 500 or answer.status == 429:
            raise http.client.HTTPException(f"answer {answer.status}")
        if answer.status not in (200, 206):
            raise self._unreadable(key, f"the server answers {answer.status}")
        most = length if start is None or answer.status == 206 else MAX_DECODED_BYTES
        data = answer.read(most + 1)
        if len(data) > most:
            raise self._unreadable(key, f"it has more than {most} bytes")
        size = len(data)
        if answer.status == 206:
            size = int(answer.headers.get("Content-Range", "").rpartition("/")[2] or 0)
        elif start is not None:
            data = data[-length:] if start < 0 else data[start : start + length]
        if start is not None and len(data) != length:
            raise self._unreadable(key, f"{len(data)} bytes came instead of {length}")
        etag = answer.headers.get("ETag", "")[:200]
        return Fetched(data, size, etag, _moment(answer.headers.get("Last-Modified")))

    def _unreadable(self, key: str, why: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{key} of {self._address} cannot be read: {why}.", path=str(self._address)
        )

    def _unavailable(self, key: str, error: Exception) -> UnavailableError:
        why = str(error) or type(error).__name__
        return UnavailableError(
            f"{key} of {self._address} cannot be reached: {why}.", "Try again later."
        )


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at before it is connected to."""

    def __init__(self, address: Address) -> None:
        port = address.port or (443 if address.scheme == "https" else 80)
        super().__init__(address.host.strip("[]"), port, timeout=READ_S)
        self._secure = address.scheme == "https"
        self._here = is_named_here(address.host)

    def connect(self) -> None:
        """Resolve the name once, refuse private addresses, and connect to one of the others."""
        self.sock = self._opened()
        self.sock.settimeout(READ_S)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def _opened(self) -> socket.socket:
        failed: Exception = OSError("the name leads nowhere")
        for family, kind, protocol, _, place in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            if not self._here and not is_public(str(place[0])):
                raise OSError("the name leads to a private address")
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(CONNECT_S)
                opened.connect(place)
            except OSError as error:
                opened.close()
                failed = error
                continue
            return opened
        raise failed


def is_public(text: str) -> bool:
    """Whether an address of the internet protocol belongs to anybody else than to a local network.

    Addresses of version 4 that are written in version 6 count as what they lead to.
    """
    address: Any = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 6:
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return bool(address.is_global and not address.is_multicast)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _range(start: int, length: int) -> str:
    return f"bytes=-{length}" if start < 0 else f"bytes={start}-{start + length - 1}"


def _moment(text: str | None) -> int:
    """A date of HTTP in nanoseconds since 1970; 0 if it is none."""
    try:
        return int(email.utils.parsedate_to_datetime(text or "").timestamp()) * 10**9
    except (ValueError, TypeError, OverflowError):
        return 0
