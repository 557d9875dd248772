"""The hand-over: values that are complete already pass through graphql-core unchanged."""

from dataclasses import dataclass
from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


@dataclass(frozen=True, slots=True)
class Completed:
    """What a resolver gives whose value is the response's own form already."""

    value: Any


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    """Executes the root as always, and visits no field below a completed value."""

    def complete_value(self, *args: Any, **kwargs: Any) -> Any:
        """Return completed values as they are; complete all others field by field."""
        # The arguments are graphql-core's own: type, field nodes, info, path, result, position.
        result = args[4]
        if type(result) is Completed:
            return result.value
        return super().complete_value(*args, **kwargs)
