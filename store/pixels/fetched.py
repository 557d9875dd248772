"""What comes from a remote place: bytes, and what they are part of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """Some bytes of an object, and what the object is like."""

    data: bytes
    size: int
    """Of the whole object."""
    etag: str
    mtime_ns: int
