"""`python -m store.importing.sandbox.server`: forks children that read files, and watches them."""

import gc
import os
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
import tifffile

from store.errors import StoreError
from store.importing import formats, readers, scan
from store.importing.found import FoundFileset
from store.importing.sandbox import answers, child
from store.importing.sandbox.messages import (
    ANSWER,
    STOPPED,
    Stopped,
    Task,
    decode_task,
    encoded,
    frame,
    read_frame,
    receive_socket,
    write,
)


def main() -> None:
    """Fork a supervisor for each socket that comes in, until the other end is closed."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    _warm()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program that started us decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors end when their sockets do
    while (descriptor := receive_socket(connection)) is not None:
        if os.fork() == 0:
            connection.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _supervise(descriptor)
        os.close(descriptor)


def _warm() -> None:
    """Load what reads most files, and keep the collector from touching shared memory.

    A first file is read here, or each child would load what only reading loads, for 10 ms.
    """
    readers.prepare([formats.named(formats.TIFF).reader])
    with suppress(OSError, StoreError), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first.ome.tif"
        tifffile.imwrite(path, np.zeros((8, 8), np.uint16), metadata={"axes": "YX"}, ome=True)
        found = scan.look(path, frozenset())
        if isinstance(found, FoundFileset):
            answers.encode_fileset(readers.parse(found))
    child.environment_paths()
    gc.collect()
    gc.freeze()


def _supervise(connection: int) -> NoReturn:
    """Do one task after the other, each in a child of its own, until the socket is closed."""
    try:
        while (message := read_frame(connection)) is not None:
            _do(decode_task(message[1]), connection)
    except (OSError, EOFError, ValueError):
        pass  # the program is gone
    os._exit(0)


def _do(task: Task, connection: int) -> None:
    readers.prepare({item.reader for item in task.items if item.reader})
    input_, output = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            child.run(task, output)
            status = 0
        finally:
            os._exit(status)
    os.close(output)
    try:
        for seconds in task.seconds:
            answer = _answer(input_, connection, seconds)
            if isinstance(answer, bytes):
                write(connection, frame(ANSWER, answer))
                continue
            code = _end(pid)
            pid = 0
            write(connection, frame(STOPPED, encoded(Stopped(answer, code))))
            return
    finally:
        if pid:
            _end(pid)
        os.close(input_)


def _answer(
    input_: int, connection: int, seconds: float
) -> bytes | Literal["slow", "crashed", "too long"]:
    """The child's next answer, or how it failed to give one.

    Raises:
        OSError: The program that wants the answer is gone.
    """
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(input_, select.POLLIN)
    poll.register(connection, select.POLLIN)

    def wait() -> None:
        ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if connection in ready:
            raise BrokenPipeError
        if not ready:
            raise TimeoutError

    try:
        message = read_frame(input_, wait)
    except TimeoutError:
        return "slow"
    except EOFError:
        return "crashed"
    except ValueError:
        return "too long"
    return "crashed" if message is None else message[1]


def _end(pid: int) -> int:
    """End a child for certain; the signal that ended it, or 0."""
    with suppress(ProcessLookupError):
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return 0


if __name__ == "__main__":
    main()
