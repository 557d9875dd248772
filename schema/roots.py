"""Where reading starts: rows by global id, lists of everything, the viewer."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import strawberry
from graphql import get_named_type
from strawberry.types import Info

from schema import connections, reads
from schema.context import Context
from schema.execute import Completed
from schema.fields import Argument, Paged, Source, load_pages, load_row, place, read_rows, type_of
from schema.pagination import ID_MAX
from schema.plan import Builder, FieldPlan, Level, RowShape, Selection, entity_of
from store.errors import InvalidInputError

type Run = Callable[[Context], Any]

NODES_MAX = 500
"""Ids in one `nodes`."""
_GLOBAL_ID = re.compile(r"([A-Z][A-Za-z]{0,63}):([1-9][0-9]{0,18})", re.ASCII)


def database_id(global_id: str, kind: str | None = None) -> tuple[str, int]:
    """Take a global id apart.

    Args:
        global_id: Such as "Image:42".
        kind: Type that it has to name.

    Returns:
        Name of the type and database id.

    Raises:
        InvalidInputError: Not of this form, or of another type.
    """
    found = _GLOBAL_ID.fullmatch(global_id)
    if found is None or int(found[2]) > ID_MAX:
        raise InvalidInputError(
            f"{global_id[:64]!r} is no id.", "Ids are a type and a number, such as Image:42."
        )
    if kind is not None and found[1] != kind:
        raise InvalidInputError(
            f"{global_id} is no id of the type {kind}.", f"Give one such as {kind}:42."
        )
    return found[1], int(found[2])


class Root(Source):
    """A field of the root: answered by its plan if it has one."""

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Run the plan; or resolve one by one, with the arguments checked alike."""
        context: Context = info.context
        plan: FieldPlan | None = context.plans.get(str(info.path.key))
        if plan is None:
            return self.ordinary(info, self.check(place(info), kwargs))
        plan.check(context)
        if context.planned:
            return Completed(plan.run(context))
        return self.ordinary(info, context.bound[plan.selection])

    def root(self, builder: Builder, selection: Selection) -> FieldPlan:
        """Plan the field with everything below it."""
        builder.checks = []
        builder.checking(selection, self)
        run = self.planned(builder, selection)
        return FieldPlan(selection, builder.checks, run)

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Return what the field's type is resolved from, or an awaitable of it."""
        raise NotImplementedError

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Plan the completed value."""
        raise NotImplementedError


class ById(Root):
    """The row with a global id; null if there is none that the viewer may see."""

    arguments: Sequence[Argument] = (Argument("id", strawberry.ID, "Id, such as `Image:42`."),)

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Leave the id to `key`, which knows the type."""
        return values

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Load the row."""
        type_ = type_of(info)
        return load_row(info, entity_of(type_), "id", self.key(info.context, arguments, type_.name))

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the row."""
        read = rows_by_id(*builder.rows(selection))
        name = selection.type.name

        def run(context: Context) -> Any:
            key = self.key(context, context.bound[selection], name)
            return read(context, [key]).get(key)

        return run

    def key(self, context: Context, arguments: Any, kind: str) -> int:
        """Return the database id."""
        return database_id(arguments["id"], kind)[1]


class Asking(ById):
    """The person who asks."""

    arguments: Sequence[Argument] = ()

    def key(self, context: Context, arguments: Any, kind: str) -> int:
        """Return the database id."""
        return context.viewer.experimenter_id


class NodeById(Root):
    """The row with a global id of any type; null if there is none that the viewer may see."""

    arguments: Sequence[Argument] = (Argument("id", strawberry.ID, "Id, such as `Image:42`."),)

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Take the id apart."""
        return [database_id(values["id"])]

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Load the row."""
        (wanted,) = arguments
        return _load_node(info, wanted)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the row."""
        read = self.nodes(builder, selection)
        return lambda context: read(context, context.bound[selection])[0]

    def nodes(
        self, builder: Builder, selection: Selection
    ) -> Callable[[Context, Sequence[tuple[str, int]]], list[Any]]:
        """Plan rows of any types, by type and id, one statement for each type asked for."""
        readers = {}
        for name, type_ in builder.possible(selection).items():
            level = Level(entity_of(type_))
            readers[name] = rows_by_id(level, builder.shape(level, type_, selection))

        def read(context: Context, wanted: Sequence[tuple[str, int]]) -> list[Any]:
            found: dict[tuple[str, int], Any] = {}
            for name in dict.fromkeys(name for name, _ in wanted):
                if name in readers:
                    keys = [key for kind, key in wanted if kind == name]
                    rows = readers[name](context, keys)
                    found |= {(name, key): row for key, row in rows.items()}
            return [found.get(one) for one in wanted]

        return read


class NodesById(NodeById):
    """The rows with global ids of any types, in the order asked for, null where there is none."""

    arguments = (
        Argument("ids", list[strawberry.ID], f"At most {NODES_MAX} ids, such as `Image:42`."),
    )

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Take the ids apart."""
        ids = values["ids"]
        if len(ids) > NODES_MAX:
            raise InvalidInputError(
                f"`ids` of {place} has {len(ids)} entries.", f"Ask for at most {NODES_MAX} at once."
            )
        return [database_id(one) for one in ids]

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Load the rows."""
        return [_load_node(info, wanted) for wanted in arguments]

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the rows."""
        read = self.nodes(builder, selection)
        return lambda context: read(context, context.bound[selection])


class All(Root):
    """Everything of one type that the viewer may see: a Relay connection."""

    def __init__(self, children: reads.Children, orders: Any, order: Any) -> None:
        """Say what is listed; see `Paged`."""
        self._children = children
        self._paged = Paged(children, orders, order)
        self.arguments = self._paged.arguments
        if children.link is not None:
            orphaned = Argument(
                "orphaned", bool | None, "Only what is in no container that you can see.", False
            )
            self.arguments = [*self.arguments, orphaned]

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Check size and cursor of the page."""
        return self._paged.check(place, values)

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Load the page."""
        return load_pages(info.context, self._children, arguments, None)[None]

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the page."""
        below = connections.ConnectionPlan(builder, selection)

        def run(context: Context) -> Any:
            return below.complete(context, self._children, context.bound[selection], None)[0]

        return run


def rows_by_id(
    level: Level, shape: RowShape
) -> Callable[[Context, Sequence[int]], dict[int, dict[str, Any]]]:
    """Plan the completed rows of a level by id; ids that nobody may see are missing."""
    position = level.need("id")

    def read(context: Context, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
        batch = read_rows(context, level, "id", set(keys))
        return dict(zip(batch.columns[position], shape.complete(batch), strict=True))

    return read


def _load_node(info: Info, wanted: tuple[str, int]) -> Any:
    name, key = wanted
    raw = info._raw_info
    interface = get_named_type(raw.return_type)
    for type_ in raw.schema.get_possible_types(cast("Any", interface)):
        if type_.name == name:
            return load_row(info, entity_of(type_), "id", key)
    return None
