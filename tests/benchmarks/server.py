"""A real server as a process of its own, and clients that keep their connections."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it publishes no types

ROOT = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-m", "app")
PASSWORD = "a few quiet words"
_START_S = 60.0


class Client:
    """One connection to the server, signed in."""

    def __init__(self, host: str, cookie: str, timeout_s: float = 60) -> None:
        self._host = host
        self._headers = {"Cookie": cookie}
        self._connection = http.client.HTTPConnection(host, timeout=timeout_s)

    def get(self, path: str) -> bytes:
        """Return the body of an answer.

        Raises:
            RuntimeError: The status is not 200.
        """
        return self._retried("GET", path)

    def query(self, text: str, **variables: Any) -> Any:
        """Return the data of a GraphQL query.

        Raises:
            RuntimeError: The answer has errors.
        """
        answer = json.loads(self.answer(text, **variables))
        if answer.get("errors"):
            raise RuntimeError(f"GraphQL: {answer['errors']}")
        return answer["data"]

    def answer(self, text: str, **variables: Any) -> bytes:
        """Return the answer to a GraphQL query as it comes.

        Raises:
            RuntimeError: The status is not 200.
        """
        body = json.dumps({"query": text, "variables": variables})
        return self._retried("POST", "/graphql", body)

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()

    def _retried(self, method: str, path: str, body: str | None = None) -> bytes:
        try:
            return self._ask(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()  # idle for longer than the server keeps connections
            return self._ask(method, path, body)

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        kind = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, path, body, {**self._headers, **kind})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
        return data


@dataclass(slots=True)
class Server:
    """A running Micrograph."""

    process: subprocess.Popen[bytes]
    host: str
    cookie: str
    clients: list[Client] = field(default_factory=list)

    def client(self, timeout_s: float = 60) -> Client:
        """Return a new connection; closed with the server."""
        client = Client(self.host, self.cookie, timeout_s)
        self.clients.append(client)
        return client

    def signed_in(self, name: str) -> str:
        """Return the cookie of a new session of somebody whose password is `PASSWORD`.

        Raises:
            RuntimeError: The server lets nobody in.
        """
        connection = http.client.HTTPConnection(self.host, timeout=60)
        body = json.dumps({"user": name, "password": PASSWORD})
        connection.request("POST", "/session", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        connection.close()
        if not cookie:
            raise RuntimeError(f"signing in: {answer.status} without a cookie")
        return cookie

    def cpu_s(self) -> float:
        """Return user and system time of the server so far, its child processes included."""
        server = psutil.Process(self.process.pid)
        total = 0.0
        for process in (server, *server.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
        return total

    def memory_mb(self) -> float:
        """Return the resident memory of the server."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 1e6)


def import_files(data: Path, paths: Sequence[Path]) -> None:
    """Import files into a data folder, as a process of its own.

    Raises:
        RuntimeError: The import ended with an error.
    """
    command = [*COMMAND, "--data", str(data), "import", *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"import: {done.stdout[-500:]} {done.stderr[-500:]}")


def add_people(data: Path, names: Sequence[str]) -> None:
    """Add accounts that see everything, with `PASSWORD`; one process for each.

    Raises:
        RuntimeError: An account was not added.
    """
    for name in names:
        command = [*COMMAND, "--data", str(data), "user", "add", name, "--administrator", "--stdin"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(),
            input=f"{PASSWORD}\n",
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"user add: {done.stdout[-500:]} {done.stderr[-500:]}")


def environment() -> dict[str, str]:
    """Return the environment without settings of the person who runs the benchmark."""
    return {name: text for name, text in os.environ.items() if not name.startswith("MICROGRAPH_")}


@contextmanager
def started(
    data: Path,
    *,
    quiet_s: float = 3.0,
    database: str | None = None,
    command: Sequence[str] = COMMAND,
) -> Iterator[Server]:
    """Serve a data folder with default settings at a free port of this machine.

    Args:
        data: The data folder.
        database: Address of the database, unless it is the one in the data folder.
        quiet_s: How long to let the server compile and warm up behind its first answer.
        command: What to run.
    """
    with tempfile.TemporaryFile("w+b") as output:
        process = subprocess.Popen(
            [*command, "--data", str(data), "serve", "--port", "0"],
            cwd=ROOT,
            env=environment() | ({"MICROGRAPH_DATABASE": database} if database else {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            server = _signed_in(process, _printed(process, output))
            _settle(server, quiet_s)
            try:
                yield server
            finally:
                for client in server.clients:
                    client.close()
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def printed_address(process: subprocess.Popen[bytes], output: Any) -> str | None:
    """Return the one-time address once the server has printed it."""
    text = os.pread(output.fileno(), 1 << 16, 0).decode(errors="replace")
    found = re.search(r"http://127\.0\.0\.1:\d+/login\?token=[\w-]+", text)
    if found is None and process.poll() is not None:
        raise RuntimeError(f"the server ended: {text[-500:]}")
    return found[0] if found else None


def _printed(process: subprocess.Popen[bytes], output: Any) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        address = printed_address(process, output)
        if address:
            return address
        time.sleep(0.05)
    raise RuntimeError(f"the server printed no address in {_START_S:.0f} s")


def _signed_in(process: subprocess.Popen[bytes], address: str) -> Server:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    if not cookie:
        raise RuntimeError(f"signing in: {answer.status} without a cookie")
    return Server(process, parts.netloc, cookie)


def _settle(server: Server, quiet_s: float) -> None:
    """Wait until the server has stopped computing on its own."""
    deadline = time.monotonic() + _START_S
    quiet_since, before = time.monotonic(), server.cpu_s()
    while time.monotonic() < deadline and time.monotonic() - quiet_since < quiet_s:
        time.sleep(0.25)
        now = server.cpu_s()
        if now - before > 0.02:
            quiet_since = time.monotonic()
        before = now
