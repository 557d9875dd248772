"""A client of FastCGI servers, as far as asking one after another for answers needs it."""

import socket
import struct

_BEGIN, _PARAMS, _STDIN, _STDOUT, _END = 1, 4, 5, 6, 3


def ask(host: str, port: int, parameters: dict[str, str]) -> bytes:
    """Return the body of an answer; each request has a connection of its own.

    Raises:
        RuntimeError: The answer has no image.
    """
    packed = b"".join(_pair(key, value) for key, value in parameters.items())
    with socket.create_connection((host, port), timeout=60) as connection:
        connection.sendall(
            _record(_BEGIN, struct.pack("!HB5x", 1, 0))
            + _record(_PARAMS, packed)
            + _record(_PARAMS, b"")
            + _record(_STDIN, b"")
        )
        answer = _output(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"image/" not in head.lower():
        raise RuntimeError(f"no image: {answer[:200]!r}")
    return body


def _pair(key: str, value: str) -> bytes:
    parts = key.encode(), value.encode()
    return b"".join(struct.pack("!I", len(part) | 1 << 31) for part in parts) + b"".join(parts)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def _output(connection: socket.socket) -> bytes:
    output = b""
    while True:
        _, kind, _, length, padding = struct.unpack("!BBHHBx", _exactly(connection, 8))
        content = _exactly(connection, length + padding)[:length]
        if kind == _STDOUT:
            output += content
        elif kind == _END:
            return output


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise RuntimeError("the FastCGI server closed the connection")
        data += more
    return data
