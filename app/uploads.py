"""Uploads: pieces of files are taken, flushed, added up and completed."""

import base64
import datetime as dt
import hashlib
import re
import shutil
import threading
from collections import OrderedDict
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from app.context import Micrograph
from app.errors import ChecksumError, TooLargeError
from store.access import Viewer
from store.archiving.parts import Part, Writer
from store.edits.uploads import (
    Limits,
    Wanted,
    begin_upload,
    complete_upload,
    ended_uploads,
    forget_uploads,
    space_awaited,
    upload_by_token,
)
from store.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError

SAVED_EVERY = 8 << 20
"""Bytes that are sent again at most after the server was cut off, of a piece without a sum."""
RESERVE = 1 << 30
"""Bytes of the disk that uploads leave free."""
REMEMBERED = 256
"""Uploads whose sum so far is in memory; that of others is computed from the disk."""

_TOKEN = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, as its sender sees it."""

    token: str
    path: str
    batch: str
    size: int
    sha256: str | None
    expires: dt.datetime
    completed: bool


class Uploads:
    """The uploads of one Micrograph. Safe to share between threads and processes.

    Args:
        micrograph: Started.
    """

    def __init__(self, micrograph: Micrograph) -> None:
        self._micrograph = micrograph
        self._folder = micrograph.settings.data / "uploads"
        self._sums: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def part(self, token: str) -> Part:
        """What has come of an upload.

        Raises:
            NotFoundError: No upload can have such a name.
        """
        if not _TOKEN.fullmatch(token):
            raise NotFoundError("upload", token[:32])
        return Part(self._folder / token)

    def begin(self, viewer: Viewer, wanted: Wanted) -> Upload:
        """Begin an upload; those whose time is over are removed first.

        Raises:
            TooLargeError: The file is larger than any may be.
            InvalidInputError: Too much is on the way, or the name cannot be kept.
            UnavailableError: The disk has no room for it.
        """
        settings = self._micrograph.settings
        if wanted.size > settings.upload_limit:
            raise TooLargeError(
                f"{wanted.path[:100]} has {wanted.size} bytes.",
                f"Files may have {settings.upload_limit}.",
            )
        limits = Limits(
            settings.upload_count,
            settings.upload_limit,
            dt.timedelta(seconds=settings.upload_lifetime),
        )
        self.expire()
        with self._micrograph.database.writing() as session:
            room = shutil.disk_usage(settings.data).free - RESERVE - space_awaited(session)
            if wanted.size > room:
                raise UnavailableError(
                    f"The disk has no room for {wanted.size} bytes.", "Ask the administrator."
                )
            row = begin_upload(session, viewer, wanted, limits)
            upload = _upload(row)
            self.part(upload.token).create()
        if wanted.size == 0:
            with self.receiving(upload, 0, None) as receiving:
                receiving.end(whole=True)
        return upload

    def find(self, viewer: Viewer, token: str) -> tuple[Upload, int]:
        """Return an upload and how many bytes of it are acknowledged.

        Raises:
            NotFoundError: There is none, or it is somebody else's.
        """
        with self._micrograph.database.reading() as session:
            upload = _upload(upload_by_token(session, viewer, token))
        return upload, self.part(token).offset()

    def give_up(self, viewer: Viewer, token: str) -> None:
        """Remove an upload.

        Raises:
            NotFoundError: There is none, or it is somebody else's.
        """
        with self._micrograph.database.writing() as session:
            upload_by_token(session, viewer, token)
            forget_uploads(session, [token])
        self.part(token).remove()

    def expire(self) -> None:
        """Remove uploads whose time is over."""
        with self._micrograph.database.reading() as session:
            ended = ended_uploads(session)
        if ended:
            with self._micrograph.database.writing() as session:
                forget_uploads(session, ended)
            for token in ended:
                self.part(token).remove()

    def receiving(self, upload: Upload, offset: int, checksum: bytes | None) -> "Receiving":
        """Take the next piece of an upload: as a context, in one thread after the other.

        Args:
            upload: Which.
            offset: Where the sender says that the piece begins.
            checksum: SHA-256 of the piece, where the sender gives it.
        """
        return Receiving(self, upload, offset, checksum)

    def sum_at(self, token: str, offset: int) -> Any:
        """Return the running sum of an upload, if it is known up to there."""
        with self._lock:
            found = self._sums.pop(token, None)
        return found[1] if found is not None and found[0] == offset else None

    def keep_sum(self, token: str, offset: int, digest: Any) -> None:
        """Remember the running sum of an upload."""
        with self._lock:
            self._sums[token] = (offset, digest)
            while len(self._sums) > REMEMBERED:
                self._sums.popitem(last=False)

    def complete(self, upload: Upload, writer: Writer, digest: Any) -> None:
        """Compare the sum of the whole file, and write that it has come.

        Raises:
            ChecksumError: It is not what the sender said; the upload begins anew.
        """
        if digest is None:
            digest = hashlib.sha256()
            for piece in writer.read():
                digest.update(piece)
        found = digest.hexdigest()
        if upload.sha256 is not None and upload.sha256 != found:
            writer.go_back(0)
            raise ChecksumError(
                f"{upload.path[:200]} arrived damaged: its SHA-256 is {found}, and should be"
                f" {upload.sha256}.",
                "Send the file again, from the beginning.",
            )
        with self._micrograph.database.writing() as session:
            complete_upload(session, upload.token, found)


class Receiving(AbstractContextManager["Receiving"]):
    """One piece of an upload, while it comes; see `Uploads.receiving`.

    Raises:
        ConflictError: The piece does not begin where the last one ended, or somebody else writes.
    """

    def __init__(
        self, uploads: Uploads, upload: Upload, offset: int, checksum: bytes | None
    ) -> None:
        self._uploads = uploads
        self._upload = upload
        self._opened = uploads.part(upload.token).writing()
        self._writer = self._opened.__enter__()
        self._start = self._writer.offset
        self._unsaved = 0
        self._checksum = checksum
        self._piece = hashlib.sha256()
        if self._start != offset:
            self._opened.__exit__(None, None, None)
            raise ConflictError(
                f"{self._start} bytes have come, not {offset}.", "Go on from there."
            )
        whole = hashlib.sha256() if offset == 0 else uploads.sum_at(upload.token, offset)
        self._whole = whole
        self._before = None if whole is None else whole.copy()

    def __exit__(self, *problem: object) -> None:
        self._opened.__exit__(None, None, None)

    @property
    def offset(self) -> int:
        """How many bytes have come."""
        return self._writer.offset

    def take(self, data: bytes) -> None:
        """Write some bytes.

        Raises:
            TooLargeError: They are more than the file has.
            UnavailableError: The disk takes no more.
        """
        if self._writer.offset + len(data) > self._upload.size:
            raise TooLargeError(
                f"More than {self._upload.size} bytes came.", "Send as many as were announced."
            )
        self._writer.write(data)
        if self._checksum is not None:
            self._piece.update(data)
        if self._whole is not None:
            self._whole.update(data)
        self._unsaved += len(data)
        if self._checksum is None and self._unsaved >= SAVED_EVERY:
            self._writer.save()
            self._unsaved = 0

    def end(self, *, whole: bool) -> int:
        """Acknowledge what has come; of a piece with a sum, all or nothing.

        Args:
            whole: Whether the piece is complete, as far as its sender is concerned.

        Returns:
            How many bytes are acknowledged.

        Raises:
            ChecksumError: The piece, or the file that it completes, is not what was sent.
            UnavailableError: The disk did not take it.
        """
        token = self._upload.token
        if self._checksum is not None:
            found = self._piece.digest()
            if not whole or found != self._checksum:
                self._writer.go_back(self._start)
                self._uploads.keep_sum(token, self._start, self._before)
                if whole:
                    raise ChecksumError(
                        f"A piece of {self._upload.path[:200]} arrived damaged: its SHA-256 is"
                        f" {found.hex()}, and should be {self._checksum.hex()}.",
                        "Send the piece again.",
                    )
                return self._start
        self._writer.save()
        if self._writer.offset == self._upload.size:
            self._uploads.complete(self._upload, self._writer, self._whole)
        elif self._whole is not None:
            self._uploads.keep_sum(token, self._writer.offset, self._whole)
        return self._writer.offset


def parse_metadata(text: str, size: int) -> Wanted:
    """Read what a sender says about a file (tus: `Upload-Metadata`).

    Known are `filename`, `relativePath`, `batch`, `sha256` and `lastModified` in milliseconds; others
    are left.

    Raises:
        InvalidInputError: It cannot be read.
    """
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            raise InvalidInputError(
                f"The value of {key[:64]!r} in Upload-Metadata cannot be read.",
                "Give UTF-8 text in base64.",
            ) from None
    path = next((found[key] for key in ("relativePath", "filename", "name") if found.get(key)), "")
    sha256 = found.get("sha256", "").lower() or None
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise InvalidInputError("sha256 is no SHA-256.", "Give 64 hexadecimal digits.")
    if "\0" in path + found.get("batch", ""):
        raise InvalidInputError("The name of the file has a NUL in it.", "Leave it out.")
    modified = None
    if re.fullmatch(r"[0-9]{1,14}", found.get("lastModified", "")):
        modified = dt.datetime.fromtimestamp(int(found["lastModified"]) / 1000, dt.UTC)
    return Wanted(path, size, found.get("batch", ""), sha256, modified)


def write_metadata(upload: Upload) -> str:
    """Say what is known about a file, as `parse_metadata` reads it."""
    known = {"relativePath": upload.path, "batch": upload.batch, "sha256": upload.sha256 or ""}
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}"
        for key, value in known.items()
        if value
    )


def _upload(row: Any) -> Upload:
    return Upload(
        token=row.token,
        path=row.path,
        batch=row.batch,
        size=row.size,
        sha256=row.sha256,
        expires=row.expires,
        completed=row.completed is not None,
    )
