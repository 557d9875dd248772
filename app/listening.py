"""GraphQL over WebSocket, by graphql-transport-ws: subscriptions, and anything else GraphQL."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import anyio
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.asgi import GraphQL as StrawberryView
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError

from app.context import Micrograph, person_of
from app.errors import AppError, BusyError, NotSignedInError
from app.limits import LISTENING_EACH
from schema.build import Poll
from store.errors import StoreError
from store.queries.people import NOBODY

PAUSE_S = 0.4
"""How long a subscription waits before it looks again whether anything was committed."""
SUBSCRIPTIONS_MAX = 50
"""Operations at once on one connection."""
INIT_S = 10
TOO_MANY, FULL = 4429, 1013
"""Codes of closing: as HTTP's 429 and 503. Clients come back by themselves after the second."""


class _Conversation(ASGIWebSocketAdapter):
    """A WebSocket that is closed for the reason that we know, where the protocol has but one."""

    async def close(self, code: int, reason: str) -> None:
        """Close the connection."""
        code, reason = self.ws.scope["state"].get("closing", (code, reason))
        await super().close(code, reason)


class Listening(StrawberryView[HTTPConnection, None]):
    """Strawberry's protocol handler over our own execution.

    Every event is answered for the viewer of that moment: who signed out, or lost a right, hears
    no more.
    """

    websocket_adapter_class = _Conversation

    def __init__(self, micrograph: Micrograph) -> None:
        super().__init__(
            schema=_Streams(micrograph),  # type: ignore[arg-type]  # all that the handler calls
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_S),
            max_subscriptions_per_connection=SUBSCRIPTIONS_MAX,
        )
        self._micrograph = micrograph

    async def create_websocket_response(
        self, request: WebSocket, subprotocol: str | None
    ) -> WebSocket:
        """Take a connection; one that says nothing makes room for it where there are too many."""
        await super().create_websocket_response(request, subprotocol)
        crowded = self._micrograph.listeners.enter(request)
        if crowded is not None and crowded.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(WebSocketDisconnect):  # gone by itself
                await crowded.close(FULL, "Too many people are listening. Try again later.")
        return request

    async def get_context(self, request: Any, response: Any) -> HTTPConnection:
        """Hand the connection on, whose cookie says who listens."""
        return cast("HTTPConnection", request)

    async def on_ws_connect(self, context: HTTPConnection) -> Any:
        """Refuse who is not signed in, or has too many connections.

        Raises:
            ConnectionRejectionError: Nobody is, or they have.
        """
        micrograph = self._micrograph
        try:
            who = await micrograph.slots.metadata.run(
                person_of(context), _listener, micrograph, context
            )
        except NotSignedInError:
            raise ConnectionRejectionError from None
        if not micrograph.listeners.introduce(context, who):
            reason = f"You have {LISTENING_EACH} connections open. Close one, and try again."
            context.scope["state"]["closing"] = TOO_MANY, reason
            raise ConnectionRejectionError
        return await super().on_ws_connect(context)


class _Streams:
    """What the protocol handler calls a schema: gives the results of one operation."""

    def __init__(self, micrograph: Micrograph) -> None:
        self._micrograph = micrograph

    async def stream(
        self,
        query: str,
        *,
        variable_values: dict[str, Any] | None,
        context_value: HTTPConnection,
        operation_name: str | None,
        **_: Any,
    ) -> AsyncIterator[ExecutionResult | PreExecutionError]:
        kind = self._micrograph.graphql.operation_type(query, operation_name)
        arguments = (context_value, query, variable_values, operation_name)
        return self._listened(*arguments) if kind == "subscription" else self._answered(*arguments)

    async def _answered(
        self, connection: HTTPConnection, *document: Any
    ) -> AsyncIterator[ExecutionResult | PreExecutionError]:
        """Answer a query or a mutation, once."""
        answer = await self._run(_answer, connection, *document)
        yield _result(answer) if "data" in answer else _refusal(answer)

    async def _listened(
        self, connection: HTTPConnection, *document: Any
    ) -> AsyncIterator[ExecutionResult | PreExecutionError]:
        """Answer a subscription whenever something happened, until it ends."""
        commits, state = object(), None
        while True:
            try:
                commits, poll = await self._look(commits, connection, *document, state)
            except BusyError as error:  # nothing is lost by looking later
                await anyio.sleep(error.retry_after_s or PAUSE_S)
                continue
            except (AppError, StoreError) as error:
                yield _refusal({"errors": [_formatted(error)]})
                return
            if poll is not None:
                for answer in poll.answers:
                    yield _refusal(answer) if poll.refused else _result(answer)
                if poll.done:
                    return
                state = poll.state
            await anyio.sleep(PAUSE_S)

    async def _look(
        self, commits: object, connection: HTTPConnection, *arguments: Any
    ) -> tuple[object, Poll | None]:
        """Return what was committed by now, and what there is to hear if that is news."""
        found = await self._run(_commits, connection)
        if found == commits:
            return found, None
        return found, await self._run(_poll, connection, *arguments)

    async def _run(self, work: Any, connection: HTTPConnection, *arguments: Any) -> Any:
        slots = self._micrograph.slots.metadata
        return await slots.run(
            person_of(connection), work, self._micrograph, connection, *arguments
        )


def _listener(micrograph: Micrograph, connection: HTTPConnection) -> int | str:
    """Return the id of the person who listens; of nobody the address.

    Raises:
        NotSignedInError: Nobody is signed in, and nothing is public.
    """
    with micrograph.viewing(connection) as (_, viewer):
        pass
    return person_of(connection) if viewer.experimenter_id == NOBODY else viewer.experimenter_id


def _commits(micrograph: Micrograph, _connection: HTTPConnection) -> Any:
    return micrograph.database.commits()


def _answer(micrograph: Micrograph, connection: HTTPConnection, *document: Any) -> dict[str, Any]:
    with micrograph.viewing(connection) as (_, viewer):
        pass
    return micrograph.graphql.answer(viewer, *document)


def _poll(micrograph: Micrograph, connection: HTTPConnection, *document: Any) -> Poll:
    with micrograph.viewing(connection, active=False) as (_, viewer):
        pass
    return micrograph.graphql.poll(viewer, *document)


def _result(answer: dict[str, Any]) -> ExecutionResult:
    errors = [_error(error) for error in answer.get("errors", ())]
    return ExecutionResult(
        data=answer.get("data"), errors=errors or None, extensions=answer.get("extensions")
    )


def _refusal(answer: dict[str, Any]) -> PreExecutionError:
    return PreExecutionError(
        data=None, errors=[_error(error) for error in answer["errors"]], extensions=None
    )


def _error(error: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        error["message"], path=error.get("path"), extensions=error.get("extensions")
    )


def _formatted(error: AppError | StoreError) -> dict[str, Any]:
    return {
        "message": error.message,
        "extensions": {"code": error.code, "remedy": error.remedy},
    }
