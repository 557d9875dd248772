"""Whatever people do in whatever order, nobody sees what nobody showed them; no link crosses groups."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, given, select_visible
from store.database import Database
from store.edits import graph
from store.edits.grants import Audience, grant_access, revoke_access
from store.edits.links import Pair, link, unlink
from store.edits.people import create_experimenter, create_group, first_start
from store.edits.share_links import create_share_link, revoke_share_links
from store.errors import StoreError
from store.models.enums import GrantLevel, GroupPermissions
from store.queries.people import anonymous_viewer, viewer_by_experimenter
from store.share_links import viewer_of_link
from tests.build import hierarchy
from tests.people import person

pytestmark = pytest.mark.slow

KINDS = ("Project", "Dataset", "Image")
LINKS: dict[str, tuple[Any, str, str]] = {
    "ProjectDatasetLink": (models.ProjectDatasetLink, "Project", "Dataset"),
    "DatasetImageLink": (models.DatasetImageLink, "Dataset", "Image"),
}
LEVELS = ("private", "read-only", "read-write")
PEOPLE = ("ada", "ben", "cleo", "dan")
THING = st.tuples(st.sampled_from(KINDS), st.integers(0, 7))
SOMEBODY = st.sampled_from(PEOPLE)
Ref = tuple[str, int]


@dataclass
class Facts:
    """All rows as they are, read without any predicate."""

    owner: dict[Ref, int] = field(default_factory=dict)
    group: dict[Ref, int] = field(default_factory=dict)
    above: dict[Ref, set[Ref]] = field(default_factory=dict)
    level: dict[int, str] = field(default_factory=dict)

    def chain(self, thing: Ref) -> set[Ref]:
        """Return a thing and all that it lies in."""
        found = {thing}
        for one in self.above.get(thing, ()):
            found |= self.chain(one)
        return found

    def below(self, thing: Ref) -> set[Ref]:
        """Return a thing and all that lies in it."""
        return {one for one in self.owner if thing in self.chain(one)}

    def shares(self, who: Viewer, thing: Ref) -> bool:
        """Say whether somebody may share a thing: its owner, or a leader of an open group."""
        leads = self.group[thing] in who.leads and self.level[self.group[thing]] != "private"
        return self.owner[thing] == who.experimenter_id or leads


def facts_of(session: Session) -> Facts:
    facts = Facts()
    for kind in KINDS:
        entity: Any = getattr(models, kind)
        for row in session.execute(
            sa.select(entity.id, entity.owner_id, entity.group_id).where(
                entity.deleted_event_id.is_(None)
            )
        ):
            facts.owner[kind, row.id], facts.group[kind, row.id] = row.owner_id, row.group_id
    for table, parent, child in LINKS.values():
        live = sa.select(table.parent_id, table.child_id).where(table.deleted_event_id.is_(None))
        for row in session.execute(live):
            ends = (parent, row.parent_id), (child, row.child_id)
            assert facts.group[ends[0]] == facts.group[ends[1]], "a link crosses groups"
            facts.above.setdefault(ends[1], set()).add(ends[0])
    group = models.ExperimenterGroup
    rows = session.execute(sa.select(group.id, group.permissions))
    facts.level = {row.id: row.permissions for row in rows}
    return facts


class Sharing(RuleBasedStateMachine):
    """People who link, move, delete, share and take back."""

    prepared: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="states-"))
        shutil.copy(self.prepared, self.folder / "world.db")
        self.database = Database(f"sqlite:///{self.folder / 'world.db'}")
        self.secrets: dict[int, tuple[str, Ref]] = {}
        with self.database.reading() as session:
            rows = models.Experimenter
            names = session.execute(sa.select(rows.user_name, rows.id))
            self.ids: dict[str, int] = {row.user_name: row.id for row in names}
            everything = facts_of(session)
            self.groups = sorted(everything.level)
            self.things = {
                kind: sorted(key for one, key in everything.owner if one == kind) for kind in KINDS
            }

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def thing(self, asked: Ref) -> Ref:
        keys = self.things[asked[0]]
        return asked[0], keys[asked[1] % len(keys)]

    def viewer(self, session: Session, name: str) -> Viewer:
        return viewer_by_experimenter(session, self.ids[name])

    def attempt(self, name: str, run: Callable[[Session, Viewer], Any]) -> bool:
        """Let somebody do something, which may be refused."""
        try:
            with self.database.writing() as session:
                run(session, self.viewer(session, name))
        except StoreError:
            return False
        return True

    @rule(name=SOMEBODY, parent=THING, child=THING)
    def put(self, name: str, parent: Ref, child: Ref) -> None:
        above, below = self.thing(parent), self.thing(child)
        with self.database.reading() as session:
            facts, who = facts_of(session), self.viewer(session, name)
            shared = self._shared(session)
        done = self.attempt(name, lambda session, who: link(session, who, [Pair(above, below)]))
        new = done and above not in facts.above.get(below, ())
        if new and above in facts.owner and facts.chain(above) & shared:
            assert all(facts.shares(who, one) for one in facts.below(below)), "shared by linking"

    @rule(name=SOMEBODY, parent=THING, child=THING)
    def take_out(self, name: str, parent: Ref, child: Ref) -> None:
        pair = Pair(self.thing(parent), self.thing(child))
        self.attempt(name, lambda session, who: unlink(session, who, [pair]))

    @rule(name=SOMEBODY, thing=THING, number=st.integers(0, 9))
    def move(self, name: str, thing: Ref, number: int) -> None:
        group = self.groups[number % len(self.groups)]
        self.attempt(name, lambda s, who: graph.move_to_group(s, who, [self.thing(thing)], group))

    @rule(name=SOMEBODY, thing=THING)
    def delete(self, name: str, thing: Ref) -> None:
        self.attempt(name, lambda session, who: graph.delete(session, who, [self.thing(thing)]))

    @rule(
        name=SOMEBODY,
        thing=THING,
        to=st.sampled_from((*PEOPLE, "group", "public")),
        level=st.sampled_from(GrantLevel),
    )
    def grant(self, name: str, thing: Ref, to: str, level: GrantLevel) -> None:
        target = self.thing(thing)
        audience = (
            Audience(public=True)
            if to == "public"
            else Audience(groups=self.groups[-1:])
            if to == "group"
            else Audience([self.ids[to]])
        )
        self._shares(name, target, lambda s, who: grant_access(s, who, [target], audience, level))

    @rule(name=SOMEBODY, thing=THING)
    def make_link(self, name: str, thing: Ref) -> None:
        target = self.thing(thing)

        def make(session: Session, who: Viewer) -> None:
            new = create_share_link(session, who, target)
            self.secrets[new.id] = (new.secret, target)

        self._shares(name, target, make)

    @rule(name=SOMEBODY, number=st.integers(1, 8))
    def take_back(self, name: str, number: int) -> None:
        self.attempt(name, lambda session, who: revoke_access(session, who, [number]))
        if self.attempt(name, lambda session, who: revoke_share_links(session, who, [number])):
            secret, _ = self.secrets.pop(number)
            with self.database.reading() as session:
                assert viewer_of_link(session, secret) is None

    def _shares(self, name: str, target: Ref, run: Callable[[Session, Viewer], Any]) -> None:
        with self.database.reading() as session:
            facts, who = facts_of(session), self.viewer(session, name)
        if self.attempt(name, run):
            assert all(facts.shares(who, one) for one in facts.below(target)), "not theirs to share"

    def _shared(self, session: Session) -> set[Ref]:
        rows: set[Ref] = set()
        for table in (models.AccessGrant, models.ShareLink):
            found = session.execute(sa.select(table.target_kind, table.target_id))
            rows |= {(kind, key) for kind, key in found}
        return rows

    @invariant()
    def everybody_sees_and_changes_what_follows(self) -> None:
        with self.database.reading() as session:
            facts = facts_of(session)
            grants = session.scalars(sa.select(models.AccessGrant)).all()
            for name in PEOPLE:
                self._check(session, facts, grants, self.viewer(session, name))
            nobody = anonymous_viewer(session)
            if nobody is not None:
                self._check(session, facts, grants, nobody)
            for secret, target in self.secrets.values():
                viewer = viewer_of_link(session, secret)
                if target not in facts.owner:
                    assert viewer is None
                    continue
                assert viewer is not None
                self._check(session, facts, grants, viewer, target)

    def _check(
        self,
        session: Session,
        facts: Facts,
        grants: Any,
        who: Viewer,
        opened: Ref | None = None,
    ) -> None:
        mine = {
            (one.target_kind, one.target_id): GrantLevel(one.level)
            for one in grants
            if one.audience == "public"
            or one.experimenter_id == who.experimenter_id
            or one.group_id in who.groups
        }
        shown = {*mine, opened}
        editable = {
            (one.target_kind, one.target_id)
            for one in grants
            if one.level == "edit"
            and (one.experimenter_id == who.experimenter_id or one.group_id in who.groups)
        }
        for kind in KINDS:
            entity: Any = getattr(models, kind)
            things = [one for one in facts.owner if one[0] == kind]
            seen = set(session.scalars(select_visible(who, entity, entity.id)))
            assert seen == {one[1] for one in things if self._sees(facts, who, one, shown)}
            keys = [key for _, key in things]
            edits = given(session, who, Right.EDIT, entity, keys)
            assert edits == {one[1] for one in things if facts.chain(one) & editable}

    def _sees(self, facts: Facts, who: Viewer, thing: Ref, shown: set[Any]) -> bool:
        group = facts.group[thing]
        member = group in who.groups and facts.level[group] != "private"
        own = facts.owner[thing] == who.experimenter_id
        return own or member or group in who.leads or bool(facts.chain(thing) & shown)


@pytest.fixture(scope="module")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("states") / "world.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        root = viewer_by_experimenter(session, first_start(session))
        groups = [create_group(session, root, one, GroupPermissions(one)) for one in LEVELS]
        ada = person(session, root, "ada", groups)
        ben = person(session, root, "ben", groups)
        person(session, root, "cleo", groups, leads=True)
        away = create_group(session, root, "away", GroupPermissions.READ_ONLY)
        create_experimenter(session, root, "dan", group_ids=[away])
        for who in (ada, ben):
            for group in groups:
                hierarchy(
                    *(session, who), projects=1, datasets=1, images=1, channels=1, group_id=group
                )
    database.close()
    return path


def test_nobody_gains_a_right_that_nobody_gave(prepared: Path) -> None:
    Sharing.prepared = prepared
    run_state_machine_as_test(
        Sharing,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
