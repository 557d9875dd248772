"""Peers as processes: installed in environments of their own below .bench, started, asked."""

import fcntl
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it publishes no types

from tests.benchmarks.peers.fastcgi import ask
from tests.benchmarks.rows import FOLDER
from tests.benchmarks.server import stop

HERE = Path(__file__).parent
LARGE_IMAGE = (
    "large-image-source-ometiff==1.35.6",
    "large-image-source-tiff==1.35.6",
    "starlette>=1.3",
    "uvicorn>=0.50",
    "httptools",
    "uvloop",
)
TITILER = ("titiler.core==2.4.0", "uvicorn>=0.50", "httptools", "uvloop")
IIPSRV = Path("/usr/lib/iipimage-server/iipsrv.fcgi")
_START_S = 90.0


@dataclass(slots=True)
class Peer:
    """A running server of somebody else."""

    process: subprocess.Popen[bytes]
    port: int
    _connection: http.client.HTTPConnection | None = field(default=None)

    def get(self, path: str) -> bytes:
        """Return the body of an answer over HTTP.

        Raises:
            RuntimeError: The status is not 200.
        """
        try:
            answer = self._asked(path)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection = None  # idle for longer than the server keeps connections
            answer = self._asked(path)
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path[:100]}: {answer.status} {body[:200]!r}")
        return body

    def _asked(self, path: str) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self._connection.request("GET", path)
        return self._connection.getresponse()

    def call(self, query: str) -> bytes:
        """Return the image that a query asks of a FastCGI server."""
        return ask("127.0.0.1", self.port, {"QUERY_STRING": query, "REQUEST_METHOD": "GET"})

    def cpu_s(self) -> float:
        """Return user and system time so far, child processes included."""
        process = psutil.Process(self.process.pid)
        below = process.children(recursive=True)
        return float(sum(sum(one.cpu_times()[:2]) for one in (process, *below)))


@contextmanager
def large_image(files: dict[str, tuple[str, Path]], *, caching: bool) -> Iterator[Peer]:
    """Start large_image.

    Args:
        files: Source and path by name.
        caching: With its default caches; without them decoded tiles are forgotten at once.
    """
    python = environment("large_image", LARGE_IMAGE)
    given = [f"{name}={source}:{path}" for name, (source, path) in files.items()]
    cache = "default" if caching else "small"
    with started([str(python), str(HERE / "large_image_server.txt")], [cache, *given]) as peer:
        yield peer


@contextmanager
def titiler() -> Iterator[Peer]:
    """Start titiler on GDAL."""
    python = environment("titiler", TITILER)
    with started([str(python), str(HERE / "titiler_server.txt")], []) as peer:
        yield peer


@contextmanager
def iipsrv() -> Iterator[Peer]:
    """Start Debian's iipsrv; one process, which answers one request at a time."""
    if not IIPSRV.exists():
        _install_from_debian()
    port = _free_port()
    settings = {"JPEG_QUALITY": "85", "MAX_IMAGE_CACHE_SIZE": "0", "VERBOSITY": "0"}
    command = [str(IIPSRV), "--bind", f"127.0.0.1:{port}"]
    with _running(command, port, settings) as peer:
        yield peer


def _install_from_debian() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError("iipsrv is not installed: apt-get install iipimage-server")
    for command in (["update"], ["install", "-y", "--no-install-recommends", "iipimage-server"]):
        done = subprocess.run(
            ["apt-get", "-qq", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"apt-get {command[0]}: {done.stderr[-300:]}")


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the interpreter of an environment with packages; made if it is not there yet.

    Raises:
        RuntimeError: They cannot be installed.
    """
    folder = FOLDER / "peers" / name
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:  # several processes may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            # By the pip that there is; modules are compiled when they are first imported, for
            # most never are.
            venv.create(folder)
            pip = [sys.executable, "-m", "pip", "--python", str(python)]
            command = [*pip, "install", "--quiet", "--no-compile", *packages]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"pip install {packages[0]}: {done.stderr[-300:]}")
            (folder / "complete").touch()
    return python


@contextmanager
def started(command: Sequence[str], arguments: Sequence[str] = ()) -> Iterator[Peer]:
    """Start a server, whose command ends with the number of a port, and wait until it listens."""
    port = _free_port()
    with _running([*command, str(port), *arguments], port, {}) as peer:
        yield peer


@contextmanager
def _running(command: Sequence[str], port: int, settings: dict[str, str]) -> Iterator[Peer]:
    with tempfile.TemporaryFile("w+b") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _await_port(process, port, output)
            yield Peer(process, port)
        finally:
            stop(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int, output: Any) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            text = os.pread(output.fileno(), 1 << 16, 0).decode(errors="replace")
            raise RuntimeError(f"the peer ended: {text[-300:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the peer did not listen within {_START_S:.0f} s")
