"""Zarr hierarchies at https:// and s3:// addresses below registered roots, read by reference."""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.addresses import Address, allowed
from store.pixels.fetched import Fetched
from store.pixels.http_objects import HttpObjects
from store.pixels.s3_access import S3Access
from store.pixels.source import MAX_DECODED_BYTES
from store.pixels.zarr_files import Document

CHECKED_S = 60.0
"""For so long a metadata document that was looked at counts as unchanged."""


class Objects(Protocol):
    """The objects below an address."""

    def fetch(self, key: str, start: int | None, length: int) -> Fetched | None:
        """Bytes of an object; None if there is none.

        Args:
            key: Of the object, below the address.
            start: First byte; -1 for the last `length` bytes; None for all of it.
            length: How many bytes; of all, how many at most.

        Raises:
            UnreadableFileError: It is larger, or shorter, or forbidden.
            UnavailableError: It cannot be reached now.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class RemoteFolder:
    """A hierarchy at an address; see `store.pixels.zarr_files.ZarrFiles`."""

    remote = True

    def __init__(self, address: Address, objects: Objects, clock: Callable[[], float]) -> None:
        self.address = address
        self._objects = objects
        self._clock = clock
        self._checked: dict[Document, float] = {}

    def whole(self, key: str, limit: int) -> bytes | None:
        """All bytes of an object; see `ZarrFiles.whole`."""
        found = self._objects.fetch(key, None, limit)
        return None if found is None else found.data

    def part(self, key: str, offset: int, length: int) -> bytes | None:
        """Some bytes of an object; see `ZarrFiles.part`."""
        if length > MAX_DECODED_BYTES:
            raise UnreadableFileError(f"{key} of {self.address} claims parts of {length} bytes.")
        found = self._objects.fetch(key, offset, length)
        return None if found is None else found.data

    def document(self, key: str, limit: int) -> tuple[bytes, Document] | None:
        """A metadata document; see `ZarrFiles.document`."""
        found = self._objects.fetch(key, None, limit)
        if found is None:
            return None
        return found.data, Document(key, found.size, found.mtime_ns, found.etag)

    def check(self, document: Document) -> None:
        """Refuse a changed hierarchy, looking at most once a minute; see `ZarrFiles.check`."""
        now = self._clock()
        if self._checked.get(document, -CHECKED_S) + CHECKED_S > now:
            return
        found = self._objects.fetch(document.key, 0, 1)
        if found is None:
            raise UnreadableFileError(
                f"{document.key} of {self.address} is not there any more.",
                "Put it back where it was when it was imported.",
                path=str(self.address),
            )
        if Document(document.key, found.size, found.mtime_ns, found.etag) != document:
            raise UnreadableFileError(
                f"{document.key} of {self.address} has changed since it was imported.",
                "Put the original back, or import it again.",
                path=str(self.address),
            )
        self._checked[document] = now


class Remotes:
    """Opens hierarchies below the registered roots, and nothing else; thread-safe.

    Args:
        roots: Addresses such as `https://data.example.org/images` and `s3://bucket/images`.
        s3: How buckets are reached.
        clock: Seconds.
    """

    def __init__(
        self,
        roots: Sequence[str] = (),
        s3: S3Access | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.roots = tuple(roots)
        self._s3 = s3 or S3Access()
        self._clock = clock
        self._opened: dict[str, RemoteFolder] = {}
        self._objects: list[Objects] = []
        self._lock = Lock()

    def open(self, url: str) -> RemoteFolder:
        """The hierarchy at an address.

        Raises:
            NotAllowedError: It is not below a registered root.
            UnsupportedError: What reads buckets is not installed.
        """
        address = allowed(url, self.roots)
        with self._lock:
            found = self._opened.get(str(address))
            if found is None:
                objects = self._reached(address)
                self._objects.append(objects)
                found = self._opened[str(address)] = RemoteFolder(address, objects, self._clock)
                while len(self._opened) > 256:
                    del self._opened[next(iter(self._opened))]
                    self._objects.pop(0).close()
            return found

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            for objects in self._objects:
                objects.close()
            self._objects.clear()
            self._opened.clear()

    def _reached(self, address: Address) -> Objects:
        if address.scheme != "s3":
            return HttpObjects(address)
        try:
            from store.pixels.s3_objects import S3Objects
        except ImportError as error:
            raise UnsupportedError(
                "Buckets are not read here.", "pip install 'micrograph[s3]' to read them."
            ) from error
        return S3Objects(address, self._s3)
