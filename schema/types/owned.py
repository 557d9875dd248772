"""What data rows have besides their id: owner, group, history, version, and what may be done."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from strawberry.types import Info

from schema.context import Context
from schema.fields import One, Source, field
from schema.levels import Batch, Level, Producer
from schema.plan import Builder, Selection
from schema.texts import Values
from schema.types.nodes import Node
from schema.types.people import Event, Experimenter, ExperimenterGroup
from store.access import Right, allows, given, group_permissions
from store.models.enums import GroupPermissions


class Allowed(Source):
    """Whether the viewer may do something with a row; one statement for all rows of a level."""

    def __init__(self, right: Right) -> None:
        self._right = right

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Decide for one row, with the level of its group loaded together with others."""
        context: Context = info.context

        async def decide() -> bool:
            level = await context.load(_levels, lambda ids: _levels(context, ids), source.group_id)
            kind = type(source)

            def granted(ids: Sequence[int]) -> Mapping[int, bool]:
                return dict.fromkeys(self._given(context, kind, ids), True)

            its = bool(await context.load((self, kind), granted, source.id))
            return allows(context.viewer, self._right, source, level, granted=its)

        return decide()

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Decide for all rows."""
        owners, groups = level.need("owner_id"), level.need("group_id")
        position, entity = level.need("id"), level.entity

        def produce(batch: Batch) -> Values:
            viewer, known = batch.context.viewer, batch.columns[groups]
            levels = batch.facts(_levels, known)
            keys = batch.columns[position]
            its = self._given(batch.context, entity, keys)
            rows = [
                (owner, group, key in its)
                for owner, group, key in zip(batch.columns[owners], known, keys, strict=True)
            ]
            decided = {
                (owner, group, granted): allows(
                    *(viewer, self._right, _Pair(owner, group), levels[group]), granted=granted
                )
                for owner, group, granted in set(rows)
            }
            return [decided[row] for row in rows]

        return produce

    def _given(self, context: Context, entity: Any, keys: Sequence[int]) -> set[int]:
        """Find to which rows a grant gives the right: nothing is asked for viewers without."""
        if not context.viewer.annotatable:
            return set()
        with context.asking() as session:
            return given(session, context.viewer, self._right, entity, keys)


class _Pair:
    """Owner and group of a row."""

    __slots__ = ("group_id", "owner_id")

    def __init__(self, owner_id: int, group_id: int) -> None:
        self.owner_id, self.group_id = owner_id, group_id


def _levels(context: Context, ids: Sequence[int]) -> Mapping[int, GroupPermissions]:
    with context.asking() as session:
        return group_permissions(session, ids)


@strawberry.interface(description="A row with owner, group and history.")
class Owned(Node):
    """What every data row has besides its id."""

    owner: Experimenter = field("Whose it is.", One("owner_id"))
    group: ExperimenterGroup = field("Whose permissions it has.", One("group_id"))
    created: Event = field("When and by whom it was made.", One("creation_event_id"))
    updated: Event = field("When and by whom it was changed last.", One("update_event_id"))
    version: int = field("Counts its changes, from 1.")
    can_edit: bool = field("Whether you may change it.", Allowed(Right.EDIT))
    can_annotate: bool = field("Whether you may annotate it.", Allowed(Right.ANNOTATE))
    can_link: bool = field(
        "Whether you may put it into others, or others into it.", Allowed(Right.LINK)
    )
    can_delete: bool = field("Whether you may delete it.", Allowed(Right.DELETE))
    can_move: bool = field("Whether you may move it to another group.", Allowed(Right.MOVE))
    can_change_owner: bool = field(
        "Whether you may give it to another member of its group.", Allowed(Right.GIVE)
    )
    can_share: bool = field(
        "Whether you may show it to people outside its group.", Allowed(Right.SHARE)
    )
