"""GraphQL: POST JSON for programs, the GraphiQL page for people, at one address."""

import re
import zlib
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.limits import read_json
from app.routes.pages import graphiql, wants_html
from app.routes.sessions import is_signed_in, sign_in_first
from store.errors import InvalidInputError

_QUALITY = re.compile(r"(?:^|;)\s*q=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)")
COMPRESS_FROM = 1_000
"""Bytes from which an answer is worth compressing."""

_KEYS = frozenset({"query", "variables", "operationName", "extensions"})
PLAIN, OWN = "application/json", "application/graphql-response+json"
"""Types of answers. The second says by its status, too, whether a document could be run."""


async def graphql(request: Request) -> Response:
    """Answer a GraphQL document with its data and errors, as JSON: GraphQL over HTTP.

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
    content, compressed, ran = await micrograph.slots.metadata.run(
        person_of(request), _execute, micrograph, request, query, variables, operation, compress
    )
    headers = {"cache-control": "no-store", "vary": "accept, accept-encoding"}
    if compressed:
        headers["content-encoding"] = "gzip"
    media_type = answered_type(request.headers.get("accept", ""))
    status = 200 if media_type == PLAIN or ran else 400
    return Response(content, status, media_type=media_type, headers=headers)


def answered_type(accept: str) -> str:
    """Return the type of an answer that a client likes best; JSON unless it says otherwise.

    >>> answered_type("application/graphql-response+json, application/json;q=0.9")
    'application/graphql-response+json'
    >>> answered_type("*/*")
    'application/json'
    """
    liked: dict[str, float] = {}
    for part in accept[:1_000].lower().split(","):
        name, _, rest = part.partition(";")
        found = _QUALITY.search(rest)
        liked[name.strip()] = float(found[1]) if found else 1.0
    own = liked.get(OWN, 0.0)
    return OWN if own > 0 and own >= liked.get(PLAIN, 0.0) else PLAIN


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
    if not isinstance(body.get("extensions"), dict | None):
        raise InvalidInputError("`extensions` is no object.", remedy)
    if operation is not None and not isinstance(operation, str):
        raise InvalidInputError("`operationName` is no text.", remedy)
    return query, variables or {}, operation


async def _page(request: Request) -> Response:
    """Answer with GraphiQL, for those who are signed in: nobody else may ask about the schema."""
    if wants_html(request):
        micrograph = micrograph_of(request)
        person = person_of(request)
        known = await micrograph.slots.metadata.run(person, is_signed_in, micrograph, request)
        return await graphiql(request) if known else sign_in_first()
    raise HTTPException(405, headers={"allow": "POST"})


def _execute(
    micrograph: Micrograph,
    request: Request,
    query: str,
    variables: dict[str, Any],
    operation: str | None,
    compress: bool,
) -> tuple[bytes, bool, bool]:
    """Return the answer, whether it is compressed, and whether the document was run at all."""
    content = micrograph.graphql.execute(micrograph.viewer(request), query, variables, operation)
    ran = content.startswith(b'{"data"')
    if compress and len(content) > COMPRESS_FROM:
        # Level 1: a fifth of the time of the default for a tenth more bytes.
        return zlib.compress(content, 1, wbits=31), True, ran
    return content, False, ran
