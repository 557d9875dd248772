"""The hand-over: values that are complete already pass through graphql-core unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import located_error
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.completing import Failure, located


@dataclass(frozen=True, slots=True)
class Completed:
    """What a resolver gives whose value is the response's own form already."""

    value: Any
    """What orjson takes: dictionaries and lists, with parts that are JSON already."""
    failures: Sequence[Failure] = ()
    """Fields inside it that could not be computed."""


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    """Executes the root as always, and visits no field below a completed value."""

    def complete_value(self, *args: Any, **kwargs: Any) -> Any:
        """Return completed values as they are; complete all others field by field."""
        # The arguments are graphql-core's own: type, field nodes, info, path, result, position.
        result = args[4]
        if type(result) is Completed:
            return self._reported(result, path=args[3]) if result.failures else result.value
        return super().complete_value(*args, **kwargs)

    def _reported(self, completed: Completed, path: Path) -> Any:
        """Return the value with null for fields that failed, whose errors are told."""
        value = orjson.loads(orjson.dumps(completed.value))
        for keys, failure in located(value, completed.failures):
            place = path
            for key in keys:
                place = place.add_key(key, None)
            nodes = [detail.node for detail in failure.selection.details]
            error = located_error(failure.error, nodes, place.as_list())
            self.collected_errors.add(error, place)
        return value
