"""One group of each kind, in each one row of every type, and people with every relation to them."""

import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import add_member, create_experimenter, create_group, first_start
from store.models.enums import GroupPermissions, Privilege
from store.queries.people import anonymous_viewer, viewer_by_experimenter
from tests.build import current_sqlite
from tests.permissions.oracle import LEVELS, ROLES
from tests.schema.one_of_each import make_one_of_each

SHARED = (
    *("LookupTable", "SignInSession", "IdempotentRequest", "RenderingForm", "AccessToken"),
    *("AuditEntry", "StorageRoot", "Upload", "AccessGrant", "ShareLink", "ShareVisit"),
    "Quota",
)
"""Tables without owners whose rows are unique in the database."""
ALONE = {
    "viewing": None,
    "writing": Privilege.WRITE_OWNED,
    "deleting": Privilege.DELETE_OWNED,
    "moving": Privilege.CHGRP,
    "giving": Privilege.CHOWN,
}
"""Administrators with one privilege at most."""


@dataclass
class World:
    """What was made."""

    viewers: dict[str, Viewer] = field(default_factory=dict)
    """By role; `elsewhere` is the group of those who are in no other."""
    people: dict[str, int] = field(default_factory=dict)
    """Role → id of the account, of those who have one of their own."""
    rows: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Level → name of the concrete class → ids of the owner's rows."""
    groups: dict[str, int] = field(default_factory=dict)
    """Level → id of the group."""
    elsewhere: int = 0

    def ids(self, level: str) -> Iterator[tuple[str, int]]:
        """Iterate over class and id of the first row of each type with owners."""
        for kind, keys in self.rows[level].items():
            yield kind, keys[0]


def written_world(path: Path) -> World:
    """Write the world as a database; its rows are made once in a process, its viewers each time."""
    content, world = made_world()
    path.write_bytes(content)
    database = Database(f"sqlite:///{path}")
    with database.reading() as session:
        found = replace(world, viewers=_viewers(session, world.people))
    database.close()
    return found


@functools.cache
def made_world() -> tuple[bytes, World]:
    """Make the world, without viewers; returns the file of its database too."""
    with tempfile.TemporaryDirectory(prefix="micrograph-") as folder:
        path = Path(folder) / "world.db"
        path.write_bytes(current_sqlite())
        database = Database(f"sqlite:///{path}")
        with database.writing() as session:
            world = _make(session)
        database.close()
        return path.read_bytes(), world


def _make(session: Session) -> World:
    world = World()
    root = viewer_by_experimenter(session, first_start(session))
    for level in LEVELS:
        world.groups[level] = create_group(session, root, level, GroupPermissions(level))
    world.elsewhere = create_group(session, root, "elsewhere", GroupPermissions.READ_WRITE)
    inside = list(world.groups.values())
    for role in ROLES:
        if role not in ("narrowed", "anonymous"):
            _person(session, root, world, role, inside)
    whole = viewer_by_experimenter(session, world.people["owner"])
    shared: dict[str, Any] = {}
    for level in LEVELS:
        owner = replace(whole, default_group_id=world.groups[level])
        rows = make_one_of_each(session, owner, shared)
        shared |= {name: rows.made[name] for name in SHARED}
        world.rows[level] = _owned(session, world.groups[level])
    return world


def _viewers(session: Session, people: dict[str, int]) -> dict[str, Viewer]:
    found = {role: viewer_by_experimenter(session, key) for role, key in people.items()}
    anonymous = anonymous_viewer(session)
    assert anonymous is not None
    narrowed = replace(found["owner"], read_only=True)
    return found | {"narrowed": narrowed, "anonymous": anonymous}


def _person(session: Session, root: Viewer, world: World, role: str, inside: list[int]) -> None:
    member = role in ("owner", "member", "leader", "former")
    groups = [world.elsewhere, *inside] if member else [world.elsewhere]
    key = create_experimenter(
        session,
        root,
        role,
        administrator=role in ALONE or role == "administrator",
        group_ids=groups,
    )
    for group in inside if role == "leader" else []:
        add_member(session, root, role, group, leader=True)
    if role == "former":
        link = models.Membership
        session.execute(
            sa.delete(link).where(link.experimenter_id == key, link.group_id.in_(inside))
        )
    if role in ALONE:
        left = set(Privilege) - {ALONE[role]}
        session.get_one(models.Experimenter, key).withheld = " ".join(sorted(left))
        session.flush()
    world.people[role] = key


def _owned(session: Session, group: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for mapper in models.Base.registry.mappers:
        entity: Any = mapper.class_
        if issubclass(entity, models.Owned) and not mapper.polymorphic_abstract:
            ids = session.scalars(sa.select(entity.id).where(entity.group_id == group)).all()
            found[entity.__name__] = sorted(ids)
    return found
