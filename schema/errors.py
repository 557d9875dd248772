"""What goes wrong, as the errors of a GraphQL answer: typed ones as they are, others masked."""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from render.errors import RenderError
from store.errors import InvalidInputError, StoreError
from store.search import SearchSyntaxError

logger = logging.getLogger(__name__)

ERRORS_MAX = 5
"""Errors in one answer; the rest is cut, so that a bad document costs little to refuse."""


class DocumentLimitError(InvalidInputError):
    """The document asks for more than one request may.

    Attributes:
        limit: Name of the limit, as in `schema.limits.Limits`.
        maximum: The most that is allowed.
        estimate: What the document needs; a lower bound where counting stopped early.
        path: Response names of the fields that lead to the place, where there is one.
    """

    code = "document_limit"

    def __init__(
        self, limit: str, maximum: int, estimate: int, message: str, path: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, "Ask for less at a time, or split the document in several.")
        self.limit = limit
        self.maximum = maximum
        self.estimate = estimate
        self.path = path


def formatted(errors: Iterable[GraphQLError], code: str = "graphql_validation") -> list[Any]:
    """Return the form in which errors are sent.

    Args:
        errors: What graphql-core collected.
        code: `extensions.code` of errors that graphql-core found itself, in document or
            variables; their text is kept.
    """
    return [_formatted(error, code) for error in list(errors)[:ERRORS_MAX]]


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None:
        return {**error.formatted, "extensions": {"code": code, "remedy": ""}}
    place = {key: value for key, value in error.formatted.items() if key in ("locations", "path")}
    return {"message": _message(cause), **place, "extensions": _extensions(cause)}


def _message(cause: Exception) -> str:
    return cause.message if isinstance(cause, StoreError | RenderError) else "Internal error"


def _extensions(cause: Exception) -> dict[str, Any]:
    if not isinstance(cause, StoreError | RenderError):
        incident = secrets.token_hex(8)
        logger.error("unexpected error", exc_info=cause, extra={"incident": incident})
        return {
            "code": "internal",
            "remedy": "Tell the operator the incident number.",
            "incident": incident,
        }
    extensions: dict[str, Any] = {"code": cause.code, "remedy": cause.remedy}
    if isinstance(cause, DocumentLimitError):
        extensions |= {
            "limit": cause.limit,
            "maximum": cause.maximum,
            "estimate": cause.estimate,
            "path": list(cause.path),
        }
    if isinstance(cause, SearchSyntaxError):
        extensions["position"] = cause.position
    return extensions
