"""What can go wrong in the store, grouped by what the reader of the error would do.

StoreError
├── NotFoundError         no such thing, or not visible to this viewer: the two are not told apart
├── NotAllowedError       visible, but this change is not permitted
├── QuotaError            more than the person or the group may have
├── ConflictError         changed meanwhile, or already there
├── InvalidInputError     the request can never work
├── UnreadableFileError   the file is damaged, missing or changed
├── UnsupportedError      a format, codec or pixel type that is not handled
└── UnavailableError      the store cannot answer now: try again later
"""

from typing import ClassVar


class StoreError(Exception):
    """Base of everything that a caller of the store can cause or repair.

    Attributes:
        code: Stable, machine-readable name of the error; part of the API.
        message: What is wrong, for a person.
        remedy: What to do about it, for a person; may be empty.
    """

    code: ClassVar[str] = "store"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class NotFoundError(StoreError, LookupError):
    """No such thing, or not visible to this viewer: the two are not told apart."""

    code = "not_found"

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(
            f"No {kind} {key}.",
            "Check the id; it may have been deleted, or you may lack the right to see it.",
        )


class NotAllowedError(StoreError):
    """Visible, but this change is not permitted."""

    code = "not_allowed"


class QuotaError(StoreError):
    """More than the person or the group may have."""

    code = "quota_exceeded"


class ConflictError(StoreError):
    """Changed meanwhile, or already there."""

    code = "conflict"


class InvalidInputError(StoreError, ValueError):
    """The request can never work."""

    code = "invalid_input"


class UnreadableFileError(StoreError):
    """The file is damaged, missing or changed since it was imported.

    Attributes:
        path: The file, for logs; never shown to people who may not see paths.
        offset: Byte offset of the damage, where known.
    """

    code = "unreadable_file"

    def __init__(
        self, message: str, remedy: str = "", *, path: str = "", offset: int | None = None
    ) -> None:
        super().__init__(message, remedy)
        self.path = path
        self.offset = offset


class UnsupportedError(StoreError):
    """A format, codec or pixel type that is not handled."""

    code = "unsupported"


class UnavailableError(StoreError):
    """The store cannot answer now: try again later."""

    code = "unavailable"


def reason(error: BaseException) -> str:
    """What an exception says, on one line and not too long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"
