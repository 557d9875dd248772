"""GraphQL: POST JSON for programs, the GraphiQL page for people, at one address."""

import zlib
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.limits import read_json
from app.routes.pages import graphiql, wants_html
from store.errors import InvalidInputError

COMPRESS_FROM = 1_000
"""Bytes from which an answer is worth compressing."""

_KEYS = frozenset({"query", "variables", "operationName", "extensions"})


async def graphql(request: Request) -> Response:
    """Answer a GraphQL document with its data and errors, as JSON.

    Raises:
        NotSignedInError: Nobody is signed in.
        InvalidInputError: The body is not of the form `{"query", "variables", "operationName"}`.
    """
    if request.method != "POST":
        return await _page(request)
    micrograph = micrograph_of(request)
    settings = micrograph.settings
    body = await read_json(request, settings.body_limit, settings.receive_timeout)
    query, variables, operation = checked(body)
    compress = "gzip" in request.headers.get("accept-encoding", "")
    content, compressed = await micrograph.slots.metadata.run(
        person_of(request), _execute, micrograph, request, query, variables, operation, compress
    )
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if compressed:
        headers["content-encoding"] = "gzip"
    return Response(content, media_type="application/json", headers=headers)


def checked(body: dict[str, Any]) -> tuple[str, dict[str, Any], str | None]:
    """Return document, variables and operation name of a request's body.

    Raises:
        InvalidInputError: A part is missing or of the wrong type.
    """
    query, variables, operation = (body.get(k) for k in ("query", "variables", "operationName"))
    remedy = 'Send {"query": "{ viewer { userName } }", "variables": {}, "operationName": null}.'
    if unknown := sorted(set(body) - _KEYS):
        raise InvalidInputError(f"Unknown key {unknown[0][:64]!r} in the body.", remedy)
    if not isinstance(query, str):
        raise InvalidInputError("The body has no text under `query`.", remedy)
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInputError("`variables` is no object.", remedy)
    if operation is not None and not isinstance(operation, str):
        raise InvalidInputError("`operationName` is no text.", remedy)
    return query, variables or {}, operation


async def _page(request: Request) -> Response:
    if wants_html(request):
        return await graphiql(request)
    raise HTTPException(405, headers={"allow": "POST"})


def _execute(
    micrograph: Micrograph,
    request: Request,
    query: str,
    variables: dict[str, Any],
    operation: str | None,
    compress: bool,
) -> tuple[bytes, bool]:
    with micrograph.viewing(request) as (_, viewer):
        pass
    content = micrograph.graphql.execute(viewer, query, variables, operation)
    if compress and len(content) > COMPRESS_FROM:
        # Level 1: a fifth of the time of the default for a tenth more bytes.
        return zlib.compress(content, 1, wbits=31), True
    return content, False
