"""`micrograph upload`: files go to a server piece by piece, and go on where they were cut off."""

import base64
import hashlib
import http.client
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from store.errors import InvalidInputError, StoreError, UnavailableError, UnreadableFileError

PIECE = 16 << 20
"""Bytes that are sent again at most after a connection was cut."""
TRIES = 8
"""How often in a row a server may fail to answer, with 1, 2, 4 … 30 seconds between."""
ASKED_TOGETHER = 100
ASKS_EVERY_S = 0.5

_TUS = {"tus-resumable": "1.0.0"}
_PIECE_TYPE = "application/offset+octet-stream"
_OFFSET_MOVED = (409, 460)
"""Somebody else sent a piece, or it arrived damaged: where the upload is has to be asked."""
_GONE = (404, 410)
_PASSING = (429, 502, 503, 504)

KNOWN = """query ($hashes: [String!]!) { knownFiles(hashes: $hashes) { hash file {
  filesets(first: 1) { nodes { originalFiles(first: 0) { totalCount } images(first: 1) {
    nodes { id } } } }
} } }"""
IMPORT = """mutation ($batch: String!, $dataset: String, $project: String) {
  importUploads(batch: $batch, dataset: $dataset, project: $project) { job { id } }
}"""
JOB = "query ($id: ID!) { node(id: $id) { ... on Job { status progress message } } }"
ITEMS = """query ($id: ID!, $after: String) { node(id: $id) { ... on Job {
  items(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { path state message }
  }
} } }"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By name in small letters."""
    body: bytes


class Server(Protocol):
    """Takes requests of a person who is signed in."""

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request.

        Raises:
            UnavailableError: Nobody answers.
        """
        ...


class HttpServer:
    """A Micrograph at an address, to which a token signs in.

    Args:
        url: Such as `https://images.example.org`.
        token: Of a person, with the scope to write.

    Raises:
        InvalidInputError: The address is none.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidInputError(f"{url} is no address.", "Give https://… of a Micrograph.")
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self._connection = kind[parts.scheme](parts.hostname, parts.port, timeout=120)
        self._below = parts.path.rstrip("/")
        self._signed = {"authorization": f"Bearer {token}"}

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; see `Server.ask`."""
        try:
            given = {**self._signed, **(headers or {})}
            self._connection.request(method, self._below + path, body, given)
            answer = self._connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise UnavailableError(
                f"{self._connection.host} does not answer: {error}.",
                "Run the same command again: it goes on where it was.",
            ) from error


@dataclass(slots=True)
class Local:
    """A file that is to be sent."""

    path: Path
    name: str
    """Below the folder that was named, that folder included."""
    size: int
    mtime_ns: int
    sha256: str = ""
    url: str = ""
    """Path of its upload on the server, once there is one."""
    sent: int = 0
    """Bytes that the server has, as far as is known."""


@dataclass(slots=True)
class Memory:
    """What has begun, kept in a file of this machine until all of it is done.

    Args:
        file: Where it is kept.
    """

    file: Path
    said: dict[str, Any] = field(default_factory=dict)

    def recall(self, files: Sequence[Local]) -> None:
        """Give files the sums and uploads that they had, as far as they have not changed."""
        try:
            self.said = json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            self.said = {}
        for file in files:
            size, mtime_ns, sha256, url = self.said.get(file.name, (None,) * 4)
            if (size, mtime_ns) == (file.size, file.mtime_ns):
                file.sha256, file.url = sha256, url

    def keep(self, file: Local) -> None:
        """Write down how far a file is."""
        self.said[file.name] = (file.size, file.mtime_ns, file.sha256, file.url)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self.said))
        part.replace(self.file)

    def forget(self) -> None:
        """Remove it."""
        self.file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of what was sent."""

    message: str
    """Of the import."""
    problems: Sequence[str]
    """Files that became no images, each with the reason."""
    failed: bool


def local_files(paths: Sequence[Path]) -> list[Local]:
    """The files that are named, and all in folders but hidden ones, by name.

    Raises:
        InvalidInputError: A path does not exist, or there is no file in any.
    """
    found: list[Local] = []
    for path in paths:
        if not path.exists():
            raise InvalidInputError(f"There is no {path}.", "Check the spelling of the path.")
        top = path.absolute().parent
        for file in _files(path.absolute()):
            status = file.stat()
            name = file.relative_to(top).as_posix()
            found.append(Local(file, name, status.st_size, status.st_mtime_ns))
    if not found:
        raise InvalidInputError("There are no files to send.", "Name files, or folders with some.")
    return sorted(found, key=lambda file: file.name)


def batch_of(address: str, files: Sequence[Local]) -> str:
    """The name of a batch: the same for the same files to the same server."""
    facts = [address, *((file.name, file.size, file.mtime_ns) for file in files)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def send_all(
    server: Server,
    files: Sequence[Local],
    batch: str,
    memory: Memory,
    say: Callable[[Local, bool], None] = lambda *_: None,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Send all files that are not on the server, each from where it was cut off.

    Args:
        server: Where to.
        files: Which.
        batch: What they are called together.
        memory: Of this batch.
        say: Told of each file when it is there, and whether it had to be sent.
        wait: Waits some seconds.

    Returns:
        How many of them are to be imported.

    Raises:
        UnavailableError: The server did not answer for some minutes.
        UnreadableFileError: A file changes while it is sent.
        StoreError: The server refuses one.
    """
    memory.recall(files)
    for file in files:
        if not file.sha256:
            file.sha256 = _sum(file.path)
            memory.keep(file)
    known = _known(server, [file for file in files if not file.url])
    for file in files:
        if file.sha256 in known and not file.url:
            say(file, False)
            continue
        _send_patiently(server, file, batch, memory, wait)
        say(file, True)
    return sum(bool(file.url) for file in files)


def import_sent(
    server: Server,
    batch: str,
    target: Mapping[str, str | None],
    wait: Callable[[float], None] = time.sleep,
) -> Said:
    """Have a batch imported, and wait for it.

    Raises:
        StoreError: It cannot be.
    """
    job = _query(server, IMPORT, {"batch": batch, **target})["importUploads"]["job"]["id"]
    while True:
        now = _patiently(lambda: _query(server, JOB, {"id": job})["node"], wait)
        if now["status"] not in ("SUBMITTED", "RUNNING"):
            break
        wait(ASKS_EVERY_S)
    return Said(now["message"] or "", list(_problems(server, job)), now["status"] != "FINISHED")


def _problems(server: Server, job: str) -> Iterator[str]:
    after = None
    while True:
        items = _query(server, ITEMS, {"id": job, "after": after})["node"]["items"]
        for item in items["nodes"]:
            if item["state"] in ("FAILED", "LEFT_OUT"):
                yield f"{item['path']}: {item['message']}"
        if not items["pageInfo"]["hasNextPage"]:
            return
        after = items["pageInfo"]["endCursor"]


def _send_patiently(
    server: Server, file: Local, batch: str, memory: Memory, wait: Callable[[float], None]
) -> None:
    """Send a file, again and again while nobody answers, as long as some of it arrives."""
    failures = 0
    while True:
        before = file.sent
        try:
            _send(server, file, batch, memory)
        except UnavailableError:
            failures = 1 if file.sent > before else failures + 1
            if failures == TRIES:
                raise
            wait(_pause_s(failures))
        else:
            return


def _patiently[Found](work: Callable[[], Found], wait: Callable[[float], None]) -> Found:
    """Do something again and again while nobody answers."""
    for failures in range(1, TRIES):
        try:
            return work()
        except UnavailableError:
            wait(_pause_s(failures))
    return work()


def _pause_s(failures: int) -> float:
    return float(min(30, 2 ** (failures - 1)))


def _send(server: Server, file: Local, batch: str, memory: Memory) -> None:
    offset = _offset(server, file) if file.url else None
    if offset is None:
        _begin(server, file, batch)
        memory.keep(file)
        offset = 0
    file.sent = offset
    with file.path.open("rb") as content, ThreadPoolExecutor(1) as ahead:
        # While one piece is sent, the next one is read and added up.
        place, coming = offset, ahead.submit(_piece, content.fileno(), offset)
        while offset < file.size:
            if place != offset:
                coming = ahead.submit(_piece, content.fileno(), offset)
            piece, digest = coming.result()
            if not piece or os.fstat(content.fileno()).st_mtime_ns != file.mtime_ns:
                raise UnreadableFileError(
                    f"{file.name} changed while it was sent.",
                    "Send it when whatever writes it has ended.",
                    path=str(file.path),
                )
            place = offset + len(piece)
            coming = ahead.submit(_piece, content.fileno(), place)
            file.sent = offset = _sent(server, file, offset, piece, digest)


def _piece(descriptor: int, offset: int) -> tuple[bytes, str]:
    """Read a piece of a file, with its SHA-256 as base64."""
    piece = os.pread(descriptor, PIECE, offset)
    return piece, base64.b64encode(hashlib.sha256(piece).digest()).decode()


def _sent(server: Server, file: Local, offset: int, piece: bytes, digest: str) -> int:
    """Send one piece, and return where the upload is then."""
    headers = {
        **_TUS,
        "content-type": _PIECE_TYPE,
        "upload-offset": str(offset),
        "upload-checksum": f"sha256 {digest}",
    }
    answer = server.ask("PATCH", file.url, piece, headers)
    if answer.status == 204:
        return int(answer.headers["upload-offset"])
    if answer.status in _OFFSET_MOVED:
        raise UnavailableError(f"A piece of {file.name} did not arrive.", "Try again.")
    raise _refusal(answer)


def _offset(server: Server, file: Local) -> int | None:
    """Where an upload is; None once it is no more."""
    answer = server.ask("HEAD", file.url, headers=_TUS)
    if answer.status in _GONE:
        return None
    if answer.status != 200:
        raise _refusal(answer)
    return int(answer.headers["upload-offset"])


def _begin(server: Server, file: Local, batch: str) -> None:
    said = {
        "relativePath": file.name,
        "batch": batch,
        "sha256": file.sha256,
        "lastModified": str(file.mtime_ns // 1_000_000),
    }
    text = ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
    )
    headers = {**_TUS, "upload-length": str(file.size), "upload-metadata": text}
    answer = server.ask("POST", "/uploads", headers=headers)
    if answer.status != 201:
        raise _refusal(answer)
    file.url = urlsplit(answer.headers["location"]).path


def _known(server: Server, files: Sequence[Local]) -> set[str]:
    """SHA-256 of the files that are images on the server already, all by themselves."""
    known: set[str] = set()
    for some in batched(files, ASKED_TOGETHER):
        hashes = list(dict.fromkeys(file.sha256 for file in some))
        for found in _query(server, KNOWN, {"hashes": hashes})["knownFiles"]:
            filesets = found["file"]["filesets"]["nodes"] if found["file"] else []
            if any(
                one["originalFiles"]["totalCount"] == 1 and one["images"]["nodes"]
                for one in filesets
            ):
                known.add(found["hash"])
    return known


def _query(server: Server, query: str, variables: Mapping[str, Any]) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = server.ask("POST", "/graphql", body, {"content-type": "application/json"})
    if answer.status != 200:
        raise _refusal(answer)
    found = json.loads(answer.body)
    if found.get("errors"):
        error = found["errors"][0]
        remedy = (error.get("extensions") or {}).get("remedy") or ""
        raise InvalidInputError(error["message"], remedy)
    return found["data"]


def _refusal(answer: Answer) -> StoreError:
    """What a server said, as an error of ours."""
    try:
        error = json.loads(answer.body)["error"]
        message, remedy = str(error["message"]), str(error.get("remedy") or "")
    except (ValueError, KeyError, TypeError):
        message, remedy = f"The server answered with status {answer.status}.", ""
    kind = UnavailableError if answer.status in _PASSING else InvalidInputError
    return kind(message, remedy)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # The documents of OME-Zarr are hidden files, and belong to it.
        wanted = (name for name in names if not name.startswith(".") or name.startswith(".z"))
        yield from (one for name in sorted(wanted) if (one := Path(folder) / name).is_file())


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
