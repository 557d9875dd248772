"""Search: a query's tree → objects, exactly, however rare or common its words are.

Each leaf of the tree is asked first for a bounded number of rows. What is rare enough becomes a
set of ids. What is not becomes a condition on an object: if the newest objects are full of it, one
that looks at each object while walking from the newest on; else one that collects all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Rows, Viewer, select_visible
from store.database import PLANNED_ONCE
from store.models.limits import at_most
from store.models.names import Named, sort_key
from store.search import literals
from store.search.findings import findings
from store.search.found import EVERYTHING, NONE, Few, Found, Many, both, either, without
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
from store.search.limits import LIMITS, Limits
from store.search.paths import KINDS
from store.search.probes import Probe, Ways
from store.search.texts import install
from store.search.ways import (
    Chosen,
    Common,
    asked,
    choose,
    choose_by,
    counts,
    survey,
    surveyed,
)


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
        limits: What the search is fast for.

    Raises:
        SearchSyntaxError: `type:` names no kind.
    """

    def __init__(
        self,
        session: Session,
        viewer: Viewer,
        node: Node,
        kinds: Sequence[str] = (),
        limits: Limits = LIMITS,
    ) -> None:
        self.statements = 0
        """How many were run so far."""
        self._session, self._limits = session, limits
        install(session.connection())
        self._viewer = viewer
        self._node = node
        self._dialect = session.get_bind().dialect.name
        self.kinds = [kind for kind in KINDS if not kinds or kind in kinds]
        wanted: list[Words | Pair] = []
        for leaf in leaves(node):
            if isinstance(leaf, Kind):
                _known(leaf)
            if isinstance(leaf, Words | Pair) and leaf not in wanted:
                wanted.append(leaf)
        self._seen: Mapping[str, Few] = {}
        self._leaves = self._probed(wanted)

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

        One statement for each score and kind, until the page is full: the next ones cost nothing.

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
        return self._newest(kind, self.found.get(kind, NONE), most)

    def ids(self, kind: str, most: int) -> list[int]:
        """Return ids of one kind, newest first."""
        return [key for (key,) in self.rows(self.newest(kind, most))]

    def counts(self, most: int) -> dict[str, int]:
        """Count what is found of each kind, up to a number."""
        arms = []
        for kind, part in self.found.items():
            inner = self._found(kind, part).limit(at_most(most)).subquery()
            counted = sa.func.count().select().select_from(inner)
            arms.append(counted.add_columns(literals.text(kind)))
        if not arms:
            return {}
        return {kind: number for number, kind in self.rows(sa.union_all(*arms))}

    def rows(self, statement: Any, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Run a statement."""
        self.statements += 1
        found = self._session.connection().execute(
            statement, values, execution_options=PLANNED_ONCE
        )
        return found.all()

    def _probed(self, wanted: Sequence[Words | Pair]) -> Mapping[Leaf, Ways]:
        """Find out what leaves find: two statements for each, and three for all common ones."""
        probes = {
            leaf: Probe(self._viewer, self._dialect, leaf, self.kinds, self._limits)
            for leaf in wanted
        }
        for probe in probes.values():
            statement, values = probe.statement()
            probe.read(self.rows(statement, values))
            if (statement := probe.reaching()) is not None:
                probe.reached(self.rows(statement))
        common = [way for probe in probes.values() for way in probe.common()]
        chosen = self._chosen(common) if common else {}
        return {leaf: probe.found(chosen) for leaf, probe in probes.items()}

    def _chosen(self, common: Sequence[Common]) -> Chosen:
        """Choose how what is too common to collect is found: the cheap questions first."""
        rows = self.rows(survey(self._viewer, common, self._limits))
        known = surveyed(common, rows, self._limits)
        self._seen, chosen = known.seen, choose(common, known, self._limits)
        rest = [one for one in common if (one.finding, one.kind) not in chosen]
        questions = asked(rest, known, self._limits)
        while questions:
            rows = self.rows(counts(self._viewer, questions, self._limits))
            answered, questions = choose_by(questions, rows, self._limits)
            chosen |= answered
        return chosen

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
        places: list[Place] = []
        for kind, part in parts.items():
            if part == NONE or (after is not None and order.index(kind) < order.index(after.kind)):
                continue
            since = after if after is not None and after.kind == kind else None
            rows = self.rows(self._newest(kind, part, first - len(places), since))
            places += [Place(score, kind, key) for (key,) in rows]
            if len(places) == first:
                break
        return places

    def _newest(self, kind: str, part: Found, most: int, after: Place | None = None) -> Rows:
        ids = self._found(kind, part)
        (key,) = ids.selected_columns
        rows = ids if after is None else ids.where(key < after.id)
        return rows.order_by(key.desc()).limit(at_most(most))

    def _found(self, kind: str, part: Found) -> Rows:
        """Select the ids of what is found and visible."""
        if isinstance(part, Many) and part.ids is not None:
            return part.ids()
        return _visible(self._viewer, kind).where(part(KINDS[kind]))

    def _evaluated(self, *, names: bool) -> Mapping[str, Found]:
        found = {
            kind: both([self._evaluate(self._node, kind, names), self._seen.get(kind, EVERYTHING)])
            for kind in self.kinds
        }
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
                return either([part for path, part in found if not only or path.label == "name"])
            case _:
                return _fact(self._viewer, node, kind)


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
            return sa.or_(sa.false(), *(way.contains(viewer, kind, None, entity) for way in ways))
        case _:
            return _fact(viewer, node, kind)(entity)


@lru_cache(maxsize=1024)
def _visible(viewer: Viewer, kind: str) -> Rows:
    """Select the ids of the objects of a kind that a viewer may see.

    Built once for each viewer: with grants, that takes longer than most searches.
    """
    entity = KINDS[kind]
    return select_visible(viewer, entity, entity.id)


def _fact(viewer: Viewer, leaf: Id | Kind | Owner | Group, kind: str) -> Found:
    match leaf:
        case Id(number):
            return Few(frozenset({number}))
        case Kind():
            return EVERYTHING if _known(leaf) == kind else NONE
        case Owner(name):
            return Many(lambda entity: entity.owner_id.in_(people_named(viewer, name)))
        case Group(name):
            return Many(lambda entity: entity.group_id.in_(groups_named(viewer, name)))


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


def people_named(viewer: Viewer, name: str) -> Rows:
    """Select the ids of people with a user name, or a first and last name, in any case."""
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


def groups_named(viewer: Viewer, name: str) -> Rows:
    """Select the ids of groups with a name, in any case."""
    group = models.ExperimenterGroup
    return select_visible(viewer, group, group.id).where(sa.func.lower(group.name) == name.lower())


def _is_named(key: str, entity: Any) -> sa.ColumnElement[bool]:
    named: sa.ColumnElement[bool] = entity.sort_name == key
    return named
