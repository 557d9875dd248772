"""Search: a query's tree → objects, exactly, however rare or common its words are.

Each leaf of the tree is asked first for a bounded number of rows. What is rare enough becomes a
set of ids; what is not stays a condition on an object, so that common words are never collected
but met while walking from the newest object on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Rows, Viewer, select_visible
from store.models.among import among
from store.models.names import Named, sort_key
from store.search.findings import Finding, findings
from store.search.grammar import (
    All,
    Either,
    Field,
    Group,
    Id,
    Kind,
    Leaf,
    Node,
    Not,
    Owner,
    Pair,
    SearchSyntaxError,
    Words,
    leaves,
)
from store.search.paths import KINDS

PROBED = 2_000
"""Rows up to which what a leaf finds is collected."""

type Condition = Callable[[Any], sa.ColumnElement[bool]]
"""From an entity to a condition on it."""


@dataclass(frozen=True, slots=True)
class Few:
    """All objects that are found, as ids; some may be invisible."""

    ids: frozenset[int]

    def __call__(self, entity: Any) -> sa.ColumnElement[bool]:
        """Build the condition that an object is one of them."""
        return among(entity.id, self.ids) if self.ids else sa.false()


@dataclass(frozen=True, slots=True)
class Many:
    """Too many to collect: a condition."""

    condition: Condition

    def __call__(self, entity: Any) -> sa.ColumnElement[bool]:
        """Build the condition."""
        return self.condition(entity)


type Found = Few | Many
NONE = Few(frozenset())
EVERYTHING = Many(lambda _: sa.true())


def both(parts: Sequence[Found]) -> Found:
    """Return what is in each of several."""
    few = [part.ids for part in parts if isinstance(part, Few)]
    many = [part for part in parts if isinstance(part, Many) and part is not EVERYTHING]
    if not few:
        return Many(lambda e: sa.and_(*(part(e) for part in many))) if many else EVERYTHING
    least = Few(frozenset.intersection(*few))
    if not many or not least.ids:
        return least
    return Many(lambda e: sa.and_(least(e), *(part(e) for part in many)))


def either(parts: Sequence[Found]) -> Found:
    """Return what is in at least one of several."""
    few = Few(frozenset().union(*(part.ids for part in parts if isinstance(part, Few))))
    many = [part for part in parts if isinstance(part, Many)]
    if EVERYTHING in many:
        return EVERYTHING
    if not many:
        return few
    found: list[Found] = [*many, few] if few.ids else [*many]
    return Many(lambda e: sa.or_(*(part(e) for part in found)))


def without(part: Found) -> Found:
    """Return everything but what is in it."""
    if part is EVERYTHING:
        return NONE
    if isinstance(part, Few) and not part.ids:
        return EVERYTHING
    return Many(lambda e: sa.not_(part(e)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands in the result; sorts as the result does."""

    score: int
    """3: its name is just what is looked for; 2: its name holds it; 1: it is elsewhere."""
    kind: str
    id: int


class Search:
    """One query of one viewer, on one snapshot of the database.

    Args:
        session: Of the caller.
        viewer: Who searches; what this viewer may not see is neither found nor finds anything.
        node: What to look for.
        kinds: Of which kinds, names of `KINDS`; all if empty.

    Raises:
        SearchSyntaxError: `type:` names no kind.
    """

    def __init__(
        self, session: Session, viewer: Viewer, node: Node, kinds: Sequence[str] = ()
    ) -> None:
        self.statements = 0
        """How many were run so far."""
        self._session = session
        self._viewer = viewer
        self._node = node
        self._dialect = session.get_bind().dialect.name
        self.kinds = [kind for kind in KINDS if not kinds or kind in kinds]
        self._leaves: dict[Leaf, Mapping[str, list[tuple[Finding, Found]]]] = {}
        for leaf in leaves(node):
            if isinstance(leaf, Kind):
                _known(leaf)
            if isinstance(leaf, Words | Pair) and leaf not in self._leaves:
                self._leaves[leaf] = self._probe(leaf)

    @cached_property
    def found(self) -> Mapping[str, Found]:
        """What is found, by kind; kinds of which nothing is found are left out."""
        return self._evaluated(names=False)

    @cached_property
    def named(self) -> Mapping[str, Found]:
        """What would be found if words were looked for in names only; nothing without words."""
        bare = any(isinstance(leaf, Words) and leaf.field is None for leaf in self._leaves)
        return self._evaluated(names=True) if bare else {}

    def page(self, first: int, after: Place | None = None) -> list[Place]:
        """Return the best objects: by score, then in the order of `KINDS`, then newest first.

        At most one statement for each score.

        Args:
            first: How many.
            after: The last one of the page before.
        """
        page: list[Place] = []
        for score, parts in self._scores():
            if after is not None and score > after.score:
                continue
            if len(page) < first:
                since = after if after is not None and after.score == score else None
                page += self._scored(score, parts, first - len(page), since)
        return page

    def newest(self, kind: str, most: int) -> Rows:
        """Select ids of one kind, newest first."""
        entity = KINDS[kind]
        statement = select_visible(self._viewer, entity, entity.id)
        statement = statement.where(self.found.get(kind, NONE)(entity))
        return statement.order_by(entity.id.desc()).limit(most)

    def ids(self, kind: str, most: int) -> list[int]:
        """Return ids of one kind, newest first."""
        return [key for (key,) in self.rows(self.newest(kind, most))]

    def counts(self, most: int) -> dict[str, int]:
        """Count what is found of each kind, up to a number."""
        arms = []
        for kind, part in self.found.items():
            entity = KINDS[kind]
            inner = select_visible(self._viewer, entity, entity.id).where(part(entity))
            counted = sa.func.count().select().select_from(inner.limit(most).subquery())
            arms.append(counted.add_columns(_text(kind)))
        if not arms:
            return {}
        return {kind: number for number, kind in self.rows(sa.union_all(*arms))}

    def rows(self, statement: Any) -> Sequence[Any]:
        """Run a statement."""
        self.statements += 1
        return self._session.execute(statement).all()

    def _scores(self) -> list[tuple[int, Mapping[str, Found]]]:
        """Return what is found for each score; the three have nothing in common."""
        named, exact = self.named, self._exact()
        best: dict[str, Found] = {}
        names: dict[str, Found] = {}
        others: dict[str, Found] = {}
        for kind, found in self.found.items():
            name = named.get(kind, NONE)
            if exact is not None and name != NONE and issubclass(KINDS[kind], Named):
                is_named = Many(partial(_is_named, exact))
                best[kind] = both([name, is_named])
                names[kind] = both([name, without(is_named)])
            elif name != NONE:
                names[kind] = name
            if isinstance(found, Few) and isinstance(name, Few):
                others[kind] = Few(found.ids - name.ids)
            elif found is not name:
                others[kind] = both([found, without(name)])
        return [(3, best), (2, names), (1, others)]

    def _exact(self) -> str | None:
        """Return the sort key of a name that would be just what is looked for."""
        parts = self._node.parts if isinstance(self._node, All) else (self._node,)
        texts = []
        for part in parts:
            if not isinstance(part, Words) or part.prefix or part.field not in (None, Field.NAME):
                return None
            texts.append(part.text)
        return sort_key(" ".join(texts))

    def _scored(
        self, score: int, parts: Mapping[str, Found], first: int, after: Place | None
    ) -> list[Place]:
        order = list(KINDS)
        arms = []
        for kind, part in parts.items():
            if part == NONE or (after is not None and order.index(kind) < order.index(after.kind)):
                continue
            entity = KINDS[kind]
            columns = (_text(kind).label("kind"), _number(order.index(kind)).label("place"))
            statement = select_visible(self._viewer, entity, *columns, entity.id.label("id"))
            statement = statement.where(part(entity))
            if after is not None and after.kind == kind:
                statement = statement.where(entity.id < after.id)
            arms.append(statement.order_by(entity.id.desc()).limit(first))
        if not arms:
            return []
        ranked = self._together(arms, ("place", "id"))
        return [Place(score, kind, key) for kind, _, key in self.rows(ranked.limit(first))]

    def _together(self, arms: Sequence[Rows], order: tuple[str, str]) -> Any:
        if len(arms) == 1:
            return arms[0]
        parts = [arm.subquery() for arm in arms]
        # Each is limited on its own, which SQLite allows inside only.
        whole = sa.union_all(*(part.select() for part in parts))
        first, second = order
        return whole.order_by(whole.selected_columns[first], whole.selected_columns[second].desc())

    def _evaluated(self, *, names: bool) -> Mapping[str, Found]:
        found = {kind: self._evaluate(self._node, kind, names) for kind in self.kinds}
        return {kind: part for kind, part in found.items() if part != NONE}

    def _evaluate(self, node: Node, kind: str, names: bool) -> Found:
        match node:
            case All(parts):
                return both([self._evaluate(part, kind, names) for part in parts])
            case Either(parts):
                return either([self._evaluate(part, kind, names) for part in parts])
            case Not(inner):
                # What is not wanted is not wanted anywhere.
                return without(self._evaluate(inner, kind, names=False))
            case Words() | Pair():
                only = names and isinstance(node, Words) and node.field is None
                found = self._leaves[node].get(kind, [])
                return either([part for way, part in found if not only or way.path.label == "name"])
            case _:
                return _fact(self._viewer, node, kind)

    def _probe(self, leaf: Words | Pair) -> Mapping[str, list[tuple[Finding, Found]]]:
        """Find out what a leaf finds in each way, by one statement."""
        ways = [way for way in findings(leaf) if way.path.kinds & set(self.kinds)]
        sources: dict[Any, int] = {}
        ids: list[dict[str, set[int]]] = [{} for _ in ways]
        numbers = [0] * len(ways)
        for way in ways:
            sources.setdefault((way.path.source, way.path.columns), len(sources))
        texts: list[list[int]] = [[] for _ in sources]
        for number, kind, key in self.rows(self._probing(ways, sources)):
            if number < 0:
                texts[-1 - number].append(key)
            else:
                ids[number].setdefault(kind, set()).add(key)
                numbers[number] += 1
        found: dict[str, list[tuple[Finding, Found]]] = {}
        for position, way in enumerate(ways):
            rows = texts[sources[way.path.source, way.path.columns]]
            many = max(len(rows), numbers[position]) > PROBED
            known = rows if way.path.walk is not None and len(rows) <= PROBED else None
            for kind in way.path.kinds:
                part: Found = Few(frozenset(ids[position].get(kind, ())))
                if many:
                    part = Many(partial(way.reaches, self._viewer, kind, known))
                found.setdefault(kind, []).append((way, part))
        return found

    def _probing(self, ways: Sequence[Finding], sources: Mapping[Any, int]) -> Any:
        most = PROBED + 1
        rows = {}
        for way in ways:
            number = sources[way.path.source, way.path.columns]
            if number not in rows:
                rows[number] = way.rows(self._dialect, most).cte(f"source_{number}")
        arms: list[Any] = [
            source.select().with_only_columns(_number(-1 - number), _text(""), source.columns[0])
            for number, source in rows.items()
        ]
        for position, way in enumerate(ways):
            source = rows[sources[way.path.source, way.path.columns]]
            key = source.columns[0]
            if way.path.walk is None:
                kind = _text(way.path.source.__name__)
                arms.append(source.select().with_only_columns(_number(position), kind, key))
                continue
            # Not a join: SQLite, without statistics, would begin at the links.
            among_found = way.path.alias.id.in_(source.select())
            objects = way.path.objects(self._viewer).where(among_found)
            inner = objects.limit(most).subquery()
            columns = (_number(position), inner.c.kind, inner.c.id)
            arms.append(inner.select().with_only_columns(*columns))
        return sa.union_all(*arms)


def condition(viewer: Viewer, kind: str, entity: Any, node: Node) -> sa.ColumnElement[bool]:
    """Build the condition that an object is found, for use in another statement.

    It needs no statement of its own, unlike `Search`; in exchange the database collects all that
    each leaf finds, so that common words cost in proportion to their number.

    Args:
        viewer: Who searches.
        kind: Name of `KINDS`.
        entity: The class of that kind, or an alias of it.
        node: What to look for.
    """
    match node:
        case All(parts):
            return sa.and_(*(condition(viewer, kind, entity, part) for part in parts))
        case Either(parts):
            return sa.or_(*(condition(viewer, kind, entity, part) for part in parts))
        case Not(inner):
            return sa.not_(condition(viewer, kind, entity, inner))
        case Words() | Pair():
            ways = [way for way in findings(node) if kind in way.path.kinds]
            return sa.or_(sa.false(), *(way.contains(viewer, kind, entity) for way in ways))
        case _:
            return _fact(viewer, node, kind)(entity)


def _fact(viewer: Viewer, leaf: Id | Kind | Owner | Group, kind: str) -> Found:
    match leaf:
        case Id(number):
            return Few(frozenset({number}))
        case Kind():
            return EVERYTHING if _known(leaf) == kind else NONE
        case Owner(name):
            return Many(lambda entity: entity.owner_id.in_(_people(viewer, name)))
        case Group(name):
            return Many(lambda entity: entity.group_id.in_(_groups(viewer, name)))


def _known(leaf: Kind) -> str:
    """Return the name of the kind that is meant."""
    for kind in KINDS:
        if kind.lower() in (leaf.name, leaf.name.removesuffix("s")):
            return kind
    known = ", ".join(kind.lower() for kind in KINDS)
    raise SearchSyntaxError(
        f"{leaf.name[:40]!r} is no type that can be searched for.",
        f"Types are {known}.",
        leaf.position,
    )


def _people(viewer: Viewer, name: str) -> Rows:
    person = models.Experimenter
    names = (
        person.user_name,
        person.first_name,
        person.last_name,
        person.first_name + " " + person.last_name,
    )
    wanted = name.lower()
    return select_visible(viewer, person, person.id).where(
        sa.or_(*(sa.func.lower(column) == wanted for column in names))
    )


def _groups(viewer: Viewer, name: str) -> Rows:
    group = models.ExperimenterGroup
    return select_visible(viewer, group, group.id).where(sa.func.lower(group.name) == name.lower())


def _is_named(key: str, entity: Any) -> sa.ColumnElement[bool]:
    named: sa.ColumnElement[bool] = entity.sort_name == key
    return named


def _text(value: str) -> Any:
    return sa.literal_column(f"'{value}'", sa.String)


def _number(value: int) -> Any:
    return sa.literal_column(str(value), sa.Integer)
