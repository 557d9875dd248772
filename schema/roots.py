"""Where reading starts: rows by global id, lists of everything, the viewer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import strawberry
from strawberry.types import Info

from schema import connections, reads
from schema.context import Context
from schema.execute import Completed
from schema.fields import (
    Argument,
    Paged,
    Source,
    load_node,
    load_pages,
    load_row,
    loaded,
    place,
    type_of,
)
from schema.ids import database_id as database_id  # names its types beside `load_node`
from schema.levels import Level, Reference, RowShape
from schema.plan import Builder, FieldPlan, Selection, entity_of
from store.errors import InvalidInputError

type Run = Callable[[Context], Any]

NODES_MAX = 500
"""Ids in one `nodes`."""


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
            context.failures = []
            return Completed(plan.run(context), context.failures)
        return self.ordinary(info, context.bound[plan.selection])

    def root(self, builder: Builder, selection: Selection) -> FieldPlan:
        """Plan the field with everything below it."""
        builder.checks = []
        builder.checking(selection, self)
        run = self.planned(builder, selection)
        return FieldPlan(selection, builder.checks, builder, run)

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
        return self._loaded(info, arguments)[0]

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the row."""
        read = self._nodes(builder, selection)
        return lambda context: read(context)[0]

    def _loaded(self, info: Info, wanted: Sequence[Reference]) -> list[Any]:
        possible = info._raw_info.schema.get_possible_types(cast("Any", type_of(info)))
        names = {type_.name for type_ in possible}
        return [load_node(info, one) if one[0] in names else None for one in wanted]

    def _nodes(self, builder: Builder, selection: Selection) -> Callable[[Context], list[Any]]:
        """Plan the rows; tables of several types are no types that an id may name."""
        nodes = builder.nodes(selection)

        def read(context: Context) -> list[Any]:
            wanted = context.bound[selection]
            return nodes.read(context, [one if one[0] in nodes.kinds else None for one in wanted])

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
        return self._loaded(info, arguments)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the rows."""
        return self._nodes(builder, selection)


class Told(Root):
    """A Python value, or a list of them, that a function finds out.

    Types made by `schema.fields.value` are completed field by field; where the type is an
    interface or that of an entity, the function gives a `Reference`, or a list of them.
    """

    def __init__(
        self,
        tell: Callable[..., Any],
        arguments: Sequence[Argument] = (),
        check: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        """Say how it is found out.

        Args:
            tell: The context of the request and the arguments by Python name → the value.
            arguments: Of the field.
            check: Checks them before anything is read.
        """
        self._tell = tell
        self._check = check
        self.arguments = arguments

    def check(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the arguments."""
        return values if self._check is None else self._check(place, values)

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Find it out, and load the rows that it names."""
        return loaded(info, self._tell(info.context, **arguments))

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Find it out, and read the rows that it names at once."""
        complete = builder.completer(selection)

        def run(context: Context) -> Any:
            value = self._tell(context, **context.bound[selection])
            return value if complete is None else complete(context, [value])[0]

        return run


class All(Root):
    """Everything of one type that the viewer may see: a Relay connection."""

    def __init__(self, children: reads.Children, order: str = "ID_ASC") -> None:
        """Say what is listed; see `Paged`."""
        self._children = children
        self._paged = Paged(children, order)
        self.arguments = self._paged.arguments
        if children.link is not None:
            orphaned = Argument(
                "orphaned",
                bool | None,
                "Only what is in no container that you can see; fields of wells are in one.",
                False,
            )
            self.arguments = [*self.arguments, orphaned]

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Check size, order and cursor of the page."""
        arguments = self._paged.check(place, values)
        if arguments.order.local:
            raise InvalidInputError(
                f"{arguments.order.name} sorts what is below one parent, not {place}.",
                "Ask for another order, or for the list of one parent.",
            )
        return arguments

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
) -> Callable[[Context, Sequence[int]], Mapping[int, Any]]:
    """Plan the completed rows of a level by id; ids that nobody may see are missing."""
    position = level.need("id")

    def read(context: Context, keys: Sequence[int]) -> Mapping[int, Any]:
        batch = level.read(context, "id", dict.fromkeys(keys))
        return dict(zip(batch.columns[position], shape.complete(batch), strict=True))

    return read
