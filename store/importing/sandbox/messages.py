"""What goes between the program and its children: plain values in frames of bounded length."""

import os
import socket
import struct
from collections.abc import Callable
from typing import Literal

import msgspec

MAX_FRAME = 256 * 2**20
"""Bytes of the longest message; that of a million planes with their metadata is shorter."""
ANSWER, STOPPED = b"A", b"S"
"""Kinds of frames: what a child found, and that it ended without an answer."""
_HEADER = struct.Struct(">cQ")


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One fileset to parse, or one file or folder to look at."""

    path: str
    """The file, or the folder, that leads."""
    files: tuple[str, ...] = ()
    """All files of the fileset."""
    format: str = ""
    reader: str = ""


class Task(msgspec.Struct, frozen=True, array_like=True):
    """What a child does: one kind of work for several items, one after the other."""

    kind: Literal["parse", "find"]
    items: tuple[Item, ...]
    readable: tuple[str, ...] = ()
    """Folders and files that all items may read; each also reads its own when parsed."""
    taken: tuple[str, ...] = ()
    """Files that are in filesets found before."""
    seconds: tuple[float, ...] = ()
    """How long each item may take."""


class Failure(msgspec.Struct, frozen=True, array_like=True, tag="failure"):
    """Why an item has no result."""

    code: str
    """As in `store.errors`."""
    message: str
    remedy: str = ""


class Stopped(msgspec.Struct, frozen=True, array_like=True):
    """How a child ended that did not answer."""

    reason: Literal["slow", "crashed", "too long"]
    signal: int = 0


def encoded(value: object) -> bytes:
    """A message as bytes."""
    return _encoder.encode(value)


def frame(kind: bytes, body: bytes) -> bytes:
    """A message that says what it is and how long."""
    return _HEADER.pack(kind, len(body)) + body


def write(descriptor: int, data: bytes) -> None:
    """Write all bytes to a pipe or socket.

    Raises:
        OSError: Nobody reads them.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_frame(
    descriptor: int, wait: Callable[[], None] = lambda: None
) -> tuple[bytes, bytes] | None:
    """The next message; none at the end.

    Args:
        descriptor: Of a pipe or socket.
        wait: Called before every read; what it raises goes through.

    Raises:
        EOFError: It is cut off.
        ValueError: It is longer than any that is sent.
    """
    header = _exactly(descriptor, _HEADER.size, wait)
    if not header:
        return None
    kind, length = _HEADER.unpack(header)
    if length > MAX_FRAME:
        raise ValueError(f"a message of {length} bytes")
    return kind, bytes(_exactly(descriptor, length, wait))


def _exactly(descriptor: int, length: int, wait: Callable[[], None]) -> bytearray:
    data = bytearray()
    while len(data) < length:
        wait()
        more = os.read(descriptor, min(length - len(data), 2**20))
        if not more and data:
            raise EOFError
        if not more:
            break
        data += more
    return data


def send_socket(connection: socket.socket, sent: socket.socket) -> None:
    """Hand a socket to the process at the other end."""
    socket.send_fds(connection, [b"+"], [sent.fileno()])


def receive_socket(connection: socket.socket) -> int | None:
    """The descriptor of a socket handed over; none when the other end is closed."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    return descriptors[0] if descriptors else None


_encoder = msgspec.msgpack.Encoder()
decode_task = msgspec.msgpack.Decoder(Task).decode
decode_stopped = msgspec.msgpack.Decoder(Stopped).decode
