"""The schema put together: answers documents; `python -m schema.build` prints it."""

import asyncio
import functools
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError, OperationType
from graphql.execution import execute
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.schema.config import StrawberryConfig

from schema import documents
from schema.context import Context, Open
from schema.documents import Document, Plans, RefusedError
from schema.encoding import encoded
from schema.errors import ERRORS_MAX, formatted
from schema.execute import PlannedExecution
from schema.imports import Imports
from schema.keeping import Keeper
from schema.limits import Limits
from schema.mutation import Mutation
from schema.plan import source_of
from schema.query import Query
from schema.samples import Samples
from schema.subscription import Occurring, Subscription
from schema.types import every
from schema.types.scalars import Color, Long
from store.access import Viewer
from store.database import Database
from store.errors import InvalidInputError, NotAllowedError, StoreError
from store.queries.people import NOBODY

DOCUMENTS_KEPT = 128
"""Documents of which tree and plans are kept; the largest that is allowed takes a megabyte."""

_SUGGESTION = re.compile(r" Did you mean .*", re.DOTALL)
_ABOUT_TYPES_REFUSED = NotAllowedError(
    "Only who is signed in asks about the schema itself.",
    "Sign in; the schema is in the documentation, too.",
)

ABOUT_TYPES_KEPT = 4
"""Answers about the schema itself that are kept; tools ask for one or two."""

NODES = every.NODES
"""Types that `node` can give."""


@functools.cache
def build() -> strawberry.Schema:
    """Make the schema of all types; once, as it takes most of a second."""
    color = strawberry.scalar(
        name="Color",
        description="A colour with its opacity: #RRGGBBAA.",
        serialize=str,
        parse_value=str,
    )
    long = strawberry.scalar(
        name="Long",
        description="A whole number of 64 bits: beyond 2^53, read it with care in JavaScript.",
        serialize=int,
        parse_value=int,
    )
    return strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=NODES,
        execution_context_class=PlannedExecution,
        config=StrawberryConfig(scalar_map={Color: color, Long: long}),
    )


def printed() -> str:
    """Return the schema in the schema definition language."""
    return build().as_str() + "\n"


@dataclass(frozen=True, slots=True)
class Poll:
    """What a subscription gives at one moment."""

    answers: Sequence[dict[str, Any]]
    """In the form of `GraphQL.answer`, oldest first."""
    state: Any
    """Give it to the next poll."""
    done: bool
    """Nothing more will come."""
    refused: bool = False
    """The one answer says why the subscription cannot begin."""


class GraphQL:
    """Answers GraphQL documents over one database. Safe to share between threads.

    Args:
        database: Where from.
        limits: What one document may ask for.
        schema: Its types; those of `build` unless others are given.
        images: Opens images for fields that look at samples; without, these say that they cannot.
        samples: Reads samples; without, fields that need it say so.
        imports: Brings images in; without, changes that need it say so.
        keeper: Keeps files; without, changes that need it say so.
    """

    def __init__(
        self,
        database: Database,
        limits: Limits | None = None,
        schema: strawberry.Schema | None = None,
        images: Open | None = None,
        samples: Samples | None = None,
        imports: Imports | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._database = database
        self._images = images
        self._limits = limits or Limits()
        self._samples = samples
        self._imports = imports
        self._keeper = keeper
        self._schema = (schema or build())._schema  # graphql-core's; Strawberry offers no other
        self._about_types: dict[str, bytes] = {}
        # A document that is refused is not kept: the next one is checked anew.
        self._document = functools.lru_cache(maxsize=DOCUMENTS_KEPT)(self._checked)

    def execute(
        self,
        viewer: Viewer,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        planned: bool = True,
    ) -> bytes:
        """Answer a document; blocks, so call it in a worker thread.

        Args:
            viewer: Who asks.
            query: The document.
            variables: By name.
            operation_name: Which operation, where the document has several.
            planned: False resolves every field on its own, with data loaders: the same answer
                by the ordinary way, to compare with.

        Returns:
            JSON with `data`, `errors` and `extensions`, as GraphQL defines them. Never raises
            for anything that a document or the stored data may contain.
        """
        known = self._about_types.get(query)
        if known is not None and viewer.experimenter_id != NOBODY:
            return known
        found = self._found(viewer, query, variables, operation_name, planned)
        cost = found.get("extensions", {}).get("cost", {})
        answer = encoded(found, cost.get("objects", 0))
        document = self._read(query) if "__schema" in query else None
        if isinstance(document, Document) and document.about_types and "data" in found:
            # Half a second of graphql-core's time, for the same megabyte each time.
            if len(self._about_types) >= ABOUT_TYPES_KEPT:
                self._about_types.clear()
            self._about_types[query] = answer
        return answer

    def answer(
        self,
        viewer: Viewer,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        planned: bool = True,
    ) -> dict[str, Any]:
        """Answer a document as `execute` does, with dictionaries and lists."""
        answer: dict[str, Any] = orjson.loads(
            self.execute(viewer, query, variables, operation_name, planned=planned)
        )
        return answer

    def _found(
        self,
        viewer: Viewer,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        planned: bool,
    ) -> dict[str, Any]:
        """Answer a document with what orjson takes: parts may be JSON already."""
        nobody = viewer.experimenter_id == NOBODY
        document = self._read(query)
        if isinstance(document, dict):
            found = document
        elif nobody and document.asks_about_types:
            found = _refused(_ABOUT_TYPES_REFUSED)
        else:
            found = self._run(viewer, document, dict(variables or {}), operation_name, planned)
        return _without_suggestions(found) if nobody and "errors" in found else found

    def poll(
        self,
        viewer: Viewer,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        state: Any = None,
    ) -> Poll:
        """Answer what happened since a subscription was last asked; blocks, as `execute` does.

        Args:
            viewer: Who listens, as of now: somebody who lost a right hears no more.
            query: The document.
            variables: By name.
            operation_name: Which operation, where the document has several.
            state: Of the last poll of the same subscription; None the first time.
        """
        prepared = self._prepared(query, variables, operation_name)
        if isinstance(prepared, dict):
            if viewer.experimenter_id == NOBODY:
                prepared = _without_suggestions(prepared)
            return Poll((prepared,), None, done=True, refused=True)
        document, values, plans = prepared
        (plan,) = plans.fields.values()
        source: Occurring = source_of(plan.selection)
        try:
            with self._context(viewer, plans, values) as context:
                plan.check(context)
                found = source.find(context, context.bound[plan.selection], state)
        except StoreError as error:
            return Poll((_refused(error),), None, done=True, refused=state is None)
        answers = []
        for occurrence in found.occurrences:
            with self._context(viewer, plans, values) as context:
                context.occurrence = occurrence
                given = dict(variables or {})
                result = self._executed(document, context, given, operation_name, at_once=True)
                answers.append(orjson.loads(orjson.dumps(_answer(result, context, plans))))
        return Poll(answers, found.state, found.done)

    def _prepared(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> tuple[Document, VariableValues, Plans] | dict[str, Any]:
        """Check and plan a subscription, or say why it is refused."""
        document = self._read(query)
        if isinstance(document, dict):
            return document
        operation = document.operation(operation_name)
        if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
            return _refused(
                InvalidInputError("This is no subscription.", "Send queries and changes by POST.")
            )
        values = get_variable_values(
            self._schema, operation.variable_definitions or (), dict(variables or {}), ERRORS_MAX
        )
        if isinstance(values, list):
            return {"errors": formatted(values)}
        try:
            document.estimate(operation, values, self._limits.estimate)
        except StoreError as error:
            return _refused(error)
        return document, values, document.plans(operation, values)

    def _context(self, viewer: Viewer, plans: Plans, values: VariableValues) -> Context:
        context = self._new_context(viewer, planned=True)
        context.plans, context.variables = plans.fields, values
        return context

    def _new_context(self, viewer: Viewer, *, planned: bool) -> Context:
        return Context(
            self._database,
            viewer,
            self._limits,
            planned=planned,
            images=self._images,
            samples=self._samples,
            imports=self._imports,
            keeper=self._keeper,
        )

    def operation_type(self, query: str, operation_name: str | None) -> str | None:
        """Return "query", "mutation" or "subscription"; None where the document is refused."""
        document = self._read(query)
        operation = None if isinstance(document, dict) else document.operation(operation_name)
        return None if operation is None else operation.operation.value

    def _read(self, query: str) -> Document | dict[str, Any]:
        """Return the checked document, or the answer that says why it is refused."""
        try:
            return self._document(query)
        except GraphQLSyntaxError as error:
            return {"errors": formatted([error], "graphql_syntax")}
        except RefusedError as refused:
            return {"errors": formatted(refused.errors)}
        except StoreError as error:
            return _refused(error)

    def _checked(self, query: str) -> Document:
        return documents.document(self._schema, query, self._limits)

    def _run(
        self,
        viewer: Viewer,
        document: Document,
        variables: dict[str, Any],
        operation_name: str | None,
        planned: bool,
    ) -> dict[str, Any]:
        plans = Plans({}, ())
        with self._new_context(viewer, planned=planned) as context:
            operation = document.operation(operation_name)
            if operation is not None:
                values = get_variable_values(
                    self._schema, operation.variable_definitions or (), variables, ERRORS_MAX
                )
                if isinstance(values, list):
                    return {"errors": formatted(values)}
                try:
                    context.estimate = document.estimate(operation, values, self._limits.estimate)
                    plans = document.plans(operation, values)
                except StoreError as error:
                    return _refused(error)
                context.plans, context.variables = plans.fields, values
            result = self._executed(
                document, context, variables, operation_name, planned and not plans.fallback
            )
            return _answer(result, context, plans if planned else None)

    def _executed(
        self,
        document: Document,
        context: Context,
        variables: dict[str, Any],
        operation_name: str | None,
        at_once: bool,
    ) -> ExecutionResult:
        def run() -> Any:
            return execute(
                self._schema,
                document.tree,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
                executor_class=PlannedExecution,
            )

        async def looped() -> Any:
            result = run()
            result = await result if inspect.isawaitable(result) else result
            # What an error elsewhere made useless is let finish, not dropped half-way.
            while left := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(left)
            return result

        # Plans await nothing; only ordinary resolvers, whose data loaders wait for each other,
        # need the loop.
        result: ExecutionResult = run() if at_once else asyncio.run(looped())
        return result


def _without_suggestions(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out which names graphql-core thinks were meant: they would tell the schema."""
    errors = [
        {**error, "message": _SUGGESTION.sub("", error["message"])} for error in answer["errors"]
    ]
    return {**answer, "errors": errors}


def _refused(error: StoreError) -> dict[str, Any]:
    return {"errors": formatted([GraphQLError(error.message, original_error=error)])}


def _answer(result: ExecutionResult, context: Context, plans: Plans | None) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        answer["data"] = result.data
    if result.errors:
        answer["errors"] = formatted(sorted(result.errors, key=_place))
    extensions: dict[str, Any] = {"cost": context.cost()}
    if plans is not None and plans.fallback:
        extensions["fallback"] = list(plans.fallback)
    answer["extensions"] = extensions
    return answer


def _place(error: GraphQLError) -> list[str]:
    """Return what errors are sorted by: fields by name, elements of lists by number."""
    return [f"{key:09}" if isinstance(key, int) else key for key in error.path or ()]


if __name__ == "__main__":
    sys.stdout.write(printed())
