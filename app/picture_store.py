"""Encoded pictures on disk, within a number of bytes: the least recently used go first."""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from threading import Lock

_KEY = re.compile(r"[0-9a-f]{16,64}")
_SHARE_KEPT = 0.9
"""Share of the budget that is left after making room, so that not every write makes room."""

_DIGEST_BYTES = 16


class PictureStore:
    """Files named by the hash of what they show. Thread-safe; several processes may share one.

    Names and contents say nothing of users: who may see a picture is asked before. Losing files,
    or all of them, costs time only: whatever goes wrong on disk, and a file that is not what was
    written, is treated as a file that is not there.
    """

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self._folder = folder
        self._budget_bytes = budget_bytes
        self._bytes: int | None = None
        self._lock = Lock()

    def find(self, key: str) -> bytes | None:
        """Return what is kept under a key, None if nothing is.

        Args:
            key: Hexadecimal digits.
        """
        path = self._path(key)
        with contextlib.suppress(OSError):
            stored = path.read_bytes()
            digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
            if digest != _digest(content):
                return None
            os.utime(path)
            return content
        return None

    def keep(self, key: str, content: bytes) -> None:
        """Keep a picture; it is whole or absent, never half written."""
        path = self._path(key)
        stored = _digest(content) + content
        if len(stored) > self._budget_bytes:
            return
        with contextlib.suppress(OSError), self._lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, stored)
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in self._files())
            else:
                self._bytes += len(stored)
            if self._bytes > self._budget_bytes:
                self._bytes = self._make_room()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            msg = f"not a key: {key!r}"
            raise ValueError(msg)
        return self._folder / key[:2] / key

    def _write(self, path: Path, content: bytes) -> None:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size and path of every file, oldest first."""
        found = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _make_room(self) -> int:
        """Remove the least recently used files; return how many bytes are left."""
        files = self._files()
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self._budget_bytes * _SHARE_KEPT:
                break
            path.unlink(missing_ok=True)
            total -= size
        return total


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
