"""All that belongs into a document with some rows: found level by level, for a viewer."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Viewer, select_visible, visible
from store.documents.parts import Table
from store.documents.relations import HOLDERS, relations
from store.errors import InvalidInputError, NotFoundError
from store.models.among import among

type Root = tuple[str, int]
"""Class of a row, or the class of its kind, and its database id."""


class Closure:
    """Database ids of what is to be written, by table.

    From containers down to images, from images to what they were made with, and to annotations
    of all of these. A fileset stands for all that its import made and that still exists. The
    number of statements depends on the kinds of things and on how deep they are nested, never on
    how many there are.

    Args:
        session: For reading.
        viewer: Who exports; what the viewer may not see does not exist.
        roots: What to begin with.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A root is of a kind that no document has.
    """

    def __init__(self, session: Session, viewer: Viewer, roots: Iterable[Root]) -> None:
        self.ids: dict[Table, set[int]] = {}
        self.filesets: list[int] = []
        self._session = session
        self._viewer = viewer
        self._waiting: dict[Table, set[int]] = {}
        named = _by_table(roots)
        self.filesets = sorted(named.pop(models.Fileset, ()))
        for table, keys in named.items():
            self._waiting[table] = set(keys)
        self._fileset_roots()
        self._follow()
        self._prune()
        for table, keys in named.items():
            missing = set(keys) - self.ids.get(table, set())
            if missing:
                raise NotFoundError(table.__name__, min(missing))

    def has(self, table: Table, key: int | None) -> bool:
        """A row is to be written."""
        return key is not None and key in self.ids.get(table, ())

    def _follow(self) -> None:
        while self._waiting:
            table, keys = self._waiting.popitem()
            new = keys - self.ids.get(table, set())
            if new:
                self._visit(table, new)

    def _visit(self, table: Table, keys: set[int]) -> None:
        mine = relations()[table]
        entity: Any = table
        holder = HOLDERS.get(table)
        columns = dict(mine.ones)
        if holder is not None:
            columns[holder[0]] = holder[1]
        rows = self._session.execute(
            select_visible(self._viewer, entity, entity.id, *(getattr(entity, c) for c in columns))
            .where(among(entity.id, keys))
            .where(*_whole(self._viewer, table))
        ).all()
        found = {row.id for row in rows}
        self.ids.setdefault(table, set()).update(found)
        if not found:
            return
        for column, target in columns.items():
            self._add(target, (getattr(row, column) for row in rows))
        for child in mine.children:
            if relations()[child.table].leads_on:
                self._add(child.table, self._pointing(child.table, child.column, found))
        for target, column in mine.backs:
            self._add(target, self._pointing(target, column, found))
        for link, target in mine.many.items():
            self._add(target, self._linked(link, found))
        if mine.annotated:
            self._add(models.Annotation, self._annotations(table, found))

    def _add(self, table: Table, keys: Iterable[int | None]) -> None:
        new = {key for key in keys if key is not None} - self.ids.get(table, set())
        if new:
            self._waiting.setdefault(table, set()).update(new)

    def _pointing(self, table: Any, column: str, keys: set[int]) -> Sequence[int]:
        return self._session.scalars(
            select_visible(self._viewer, table, table.id).where(among(getattr(table, column), keys))
        ).all()

    def _linked(self, link: Any, keys: set[int]) -> Sequence[int]:
        return self._session.scalars(
            select_visible(self._viewer, link, link.child_id).where(among(link.parent_id, keys))
        ).all()

    def _annotations(self, table: Table, keys: set[int]) -> Sequence[int]:
        link = models.AnnotationLink
        return self._session.scalars(
            select_visible(self._viewer, link, link.child_id).where(
                link.parent_type == table.__name__, among(link.parent_id, keys)
            )
        ).all()

    def _fileset_roots(self) -> None:
        """Begin with what the imports of the filesets made."""
        if not self.filesets:
            return
        fileset, image, log = models.Fileset, models.Image, models.EventLog
        rows = self._session.execute(
            select_visible(self._viewer, fileset, fileset.id, fileset.creation_event_id).where(
                among(fileset.id, self.filesets)
            )
        )
        events: dict[int, int] = {row.id: row.creation_event_id for row in rows}
        missing = set(self.filesets) - events.keys()
        if missing:
            raise NotFoundError("Fileset", min(missing))
        self._add(
            image,
            self._session.scalars(
                select_visible(self._viewer, image, image.id).where(
                    among(image.fileset_id, self.filesets)
                )
            ),
        )
        by_name = {table.__name__: table for table in relations()}
        logged = sa.select(log.entity_type, log.entity_id).where(
            among(log.event_id, events.values()), log.action == "INSERT"
        )
        for kind, key in self._session.execute(logged):
            if kind in by_name:
                self._waiting.setdefault(by_name[kind], set()).add(key)

    def _prune(self) -> None:
        """Leave out what the schema has no place for: references to it are left out, too."""
        self._prune_manipulations()
        self._prune_reagents()

    def _prune_reagents(self) -> None:
        """Leave out reagents whose screen is not written: a plate does not bring its screens."""
        reagent = models.Reagent
        keys = self.ids.get(reagent, set())
        if keys:
            rows = self._session.execute(
                select_visible(self._viewer, reagent, reagent.id, reagent.screen_id).where(
                    among(reagent.id, keys)
                )
            )
            self.ids[reagent] = {key for key, screen in rows if self.has(models.Screen, screen)}

    def _prune_manipulations(self) -> None:
        """Leave out manipulations that have no person or region: the schema demands them."""
        manipulation, link = models.MicrobeamManipulation, models.MicrobeamManipulationROILink
        keys = self.ids.get(manipulation, set())
        if not keys:
            return
        rows = self._session.execute(
            select_visible(
                self._viewer, manipulation, manipulation.id, manipulation.person_id, link.child_id
            )
            .join(link, link.parent_id == manipulation.id)
            .where(visible(self._viewer, link), among(manipulation.id, keys))
        )
        self.ids[manipulation] = {
            key
            for key, person, roi in rows
            if self.has(models.Person, person) and self.has(models.ROI, roi)
        }


def _by_table(roots: Iterable[Root]) -> dict[Table, set[int]]:
    known: dict[str, Table] = {"Fileset": models.Fileset}
    for table in relations():
        known[table.__name__] = table
        known |= {kind.__name__: table for kind in table.__subclasses__()}
    named: dict[Table, set[int]] = {}
    for kind, key in roots:
        if kind not in known:
            raise InvalidInputError(
                f"A document cannot begin with a {kind[:80]}.",
                "Name images, containers, annotations or filesets.",
            )
        named.setdefault(known[kind], set()).add(key)
    return named


def _whole(viewer: Viewer, table: Table) -> list[sa.ColumnElement[bool]]:
    """The condition that a row can be written as the schema demands."""
    if table is models.ROI:
        shape = aliased(models.Shape)
        return [sa.exists().where(shape.roi_id == models.ROI.id, visible(viewer, shape))]
    if table is models.Annotation:
        note = models.Annotation
        needed = {
            "LongAnnotation": note.long_value.is_not(None),
            "DoubleAnnotation": note.double_value.is_not(None),
            "BooleanAnnotation": note.bool_value.is_not(None),
            "TimestampAnnotation": note.time_value.is_not(None) | note.text_value.is_not(None),
            "FileAnnotation": note.file_id.is_not(None),
        }
        return [sa.or_(note.kind != kind, there) for kind, there in needed.items()]
    return []
