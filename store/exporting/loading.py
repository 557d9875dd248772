"""The rows of one batch of top elements, with all that is in them: one statement for each table."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible
from store.documents.parts import Table
from store.documents.relations import Child, relations
from store.models.among import among

type Row = Any
type Grouped = defaultdict[int, list[Any]]


@dataclass(slots=True)
class Batch:
    """Rows by table and database id, and who is whose."""

    rows: dict[Table, dict[int, Row]] = field(default_factory=dict)
    children: dict[tuple[Table, str], Grouped] = field(default_factory=dict)
    """(table, foreign key) → parent → ids, in order."""
    links: dict[Table, Grouped] = field(default_factory=dict)
    """Table of links → parent → links, in order."""
    notes: dict[Table, Grouped] = field(default_factory=dict)
    """Annotated table → row → ids of annotations, in order."""
    pairs: Grouped = field(default_factory=lambda: defaultdict(list))
    protocols: dict[int, Row] = field(default_factory=dict)
    """By screen."""


def load(session: Session, viewer: Viewer, table: Table, keys: Collection[int]) -> Batch:
    """Load rows of a table and all that is in them, as far as the viewer may see it."""
    batch = Batch()
    _Loader(session, viewer, batch).rows(table, keys)
    return batch


@dataclass(slots=True)
class _Loader:
    session: Session
    viewer: Viewer
    batch: Batch

    def rows(self, table: Any, keys: Collection[int]) -> None:
        mine = relations()[table]
        columns = [getattr(table, name) for name in mine.columns]
        found = self.session.execute(
            select_visible(self.viewer, table, table.id, *columns)
            .where(among(table.id, keys))
            .order_by(table.id)
        ).all()
        self._keep(table, found)

    def _keep(self, table: Any, found: Any) -> None:
        mine = relations()[table]
        rows = self.batch.rows.setdefault(table, {})
        rows.update((row.id, row) for row in found)
        keys = [row.id for row in found]
        if not keys:
            return
        for child in mine.children:
            self._children(child, keys)
        for link in mine.many:
            self._links(link, keys)
        for target, column in mine.backs:
            self._pointing(target, column, keys)
        for column, target in mine.held.items():
            held = {getattr(row, column) for row in found} - {None}
            if held:
                self.rows(target, held)
        if mine.annotated:
            self._notes(table, keys)
        if mine.pairs:
            self._pairs(keys)
        if table is models.Screen:
            self._protocols(keys)

    def _children(self, child: Child, keys: Collection[int]) -> None:
        table: Any = child.table
        parent = getattr(table, child.column)
        order = [parent, getattr(table, child.index)] if child.index else []
        columns = [getattr(table, name) for name in relations()[table].columns]
        found = self.session.execute(
            select_visible(self.viewer, table, parent.label("parent"), table.id, *columns)
            .where(among(parent, keys))
            .order_by(*order, table.id)
        ).all()
        grouped: Grouped = self.batch.children.setdefault((table, child.column), defaultdict(list))
        for row in found:
            grouped[row.parent].append(row.id)
        self._keep(table, found)

    def _links(self, link: Any, keys: Collection[int]) -> None:
        order = [link.index] if hasattr(link, "index") else []
        found = self.session.scalars(
            select_visible(self.viewer, link)
            .where(among(link.parent_id, keys))
            .order_by(*order, link.id)
        )
        grouped: Grouped = self.batch.links.setdefault(link, defaultdict(list))
        for row in found:
            grouped[row.parent_id].append(row)

    def _pointing(self, table: Any, column: str, keys: Collection[int]) -> None:
        parent = getattr(table, column)
        grouped: Grouped = self.batch.children.setdefault((table, column), defaultdict(list))
        for owner, key in self.session.execute(
            select_visible(self.viewer, table, parent, table.id)
            .where(among(parent, keys))
            .order_by(table.id)
        ):
            grouped[owner].append(key)

    def _notes(self, table: Any, keys: Collection[int]) -> None:
        link = models.AnnotationLink
        grouped: Grouped = self.batch.notes.setdefault(table, defaultdict(list))
        for parent, child in self.session.execute(
            select_visible(self.viewer, link, link.parent_id, link.child_id)
            .where(link.parent_type == table.__name__, among(link.parent_id, keys))
            .order_by(link.id)
        ):
            grouped[parent].append(child)

    def _pairs(self, keys: Collection[int]) -> None:
        pair = models.MapPair
        for row in self.session.execute(
            select_visible(self.viewer, pair, pair.annotation_id, pair.key, pair.value)
            .where(among(pair.annotation_id, keys))
            .order_by(pair.annotation_id, pair.index)
        ):
            self.batch.pairs[row.annotation_id].append((row.key, row.value))

    def _protocols(self, keys: Collection[int]) -> None:
        link, protocol = models.ProtocolLink, models.Protocol
        for row in self.session.execute(
            select_visible(
                self.viewer, link, link.parent_id, protocol.identifier, protocol.description
            )
            .join(protocol, protocol.id == link.child_id)
            .where(
                visible(self.viewer, protocol),
                link.parent_type == "Screen",
                protocol.type == "screen",
                among(link.parent_id, keys),
            )
            .order_by(link.id)
        ):
            self.batch.protocols.setdefault(row.parent_id, row)
