"""Values of context variables for as long as a block runs."""

from contextvars import ContextVar


class During[Value]:
    """Context manager that gives a context variable a value, and takes it back.

    Takes less than half as long as a generator of `contextlib`: every tile runs through some.
    """

    __slots__ = ("_token", "_value", "_variable")

    def __init__(self, variable: ContextVar[Value], value: Value) -> None:
        self._variable = variable
        self._value = value

    def __enter__(self) -> None:
        self._token = self._variable.set(self._value)

    def __exit__(self, *_: object) -> None:
        self._variable.reset(self._token)
