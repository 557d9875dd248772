"""Who may see and change what: the one place that selects data rows for a viewer."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.aliases import alias
from store.models.among import among
from store.models.base import lists_by
from store.models.enums import GroupPermissions, Privilege
from store.scopes import KINDS, NOTHING, Scope, keys_within, ways_within, within

type Rows = sa.Select[*tuple[Any, ...]]
"""A statement whose rows have any number of columns."""

_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person on whose behalf something is read or changed, with all group rights.

    A value, made once for each request by `store.queries.people.viewer_by_experimenter`; nothing
    in it grants more than its sets say, so that a half-filled one sees less, never more.
    """

    experimenter_id: int
    administrator: bool = False
    groups: frozenset[int] = frozenset()
    """Groups that the viewer is a member of."""
    leads: frozenset[int] = frozenset()
    """Groups that the viewer leads: sees all rows of them, private groups included."""
    shares: frozenset[int] = frozenset()
    """Groups that are not private, of `groups` and the public ones: every row can be seen."""
    default_group_id: int | None = None
    """Group that new rows go to unless another is named."""
    withheld: frozenset[Privilege] = frozenset()
    """Privileges that an administrator lacks; what can be seen does not depend on them."""
    read_only: bool = False
    """Whether nothing may be changed, not even what is the viewer's own."""
    by_token: bool = False
    """Whether a token was shown, which neither makes tokens nor changes passwords."""
    acted_by: int | None = None
    """The administrator who acts as this person, which neither makes tokens nor changes
    passwords."""
    shown: Scope = NOTHING
    """What grants or a share link show to the viewer, with all below it."""
    annotatable: Scope = NOTHING
    """Of `shown`, what a grant lets the viewer annotate."""
    editable: Scope = NOTHING
    """Of `annotatable`, what a grant lets the viewer change."""
    link_id: int | None = None
    """The share link that was shown; who comes by one is nobody, and sees what it shows alone."""
    link_groups: frozenset[int] = frozenset()
    """Group of what the share link shows, whose people are named beside it; none where all are."""

    @property
    def readable(self) -> frozenset[int]:
        """Groups of which the viewer sees every row."""
        return self.shares | self.leads

    def has(self, privilege: Privilege) -> bool:
        """Tell whether the viewer may do what only administrators with a privilege may."""
        return self.administrator and privilege not in self.withheld and not self.read_only


class Right(StrEnum):
    """What somebody may want to do with a row."""

    LINK = "link"
    EDIT = "edit"
    DELETE = "delete"
    ANNOTATE = "annotate"
    RENDER = "save rendering settings of"
    MOVE = "move"
    GIVE = "give away"
    SHARE = "share"


class Rule(StrEnum):
    """Which rule decided what somebody may do with a row."""

    ADMINISTRATOR_SEES = "ADMINISTRATOR_SEES"
    READ_ONLY = "READ_ONLY"
    OWNER = "OWNER"
    NOT_FOR_OWNERS = "NOT_FOR_OWNERS"
    PRIVATE_GROUP = "PRIVATE_GROUP"
    PRIVILEGE = "PRIVILEGE"
    LEADER = "LEADER"
    MEMBER = "MEMBER"
    PUBLIC_GROUP = "PUBLIC_GROUP"
    LEVEL = "LEVEL"
    NOT_FOR_MEMBERS = "NOT_FOR_MEMBERS"
    OUTSIDER = "OUTSIDER"
    DEACTIVATED = "DEACTIVATED"
    GRANT = "GRANT"
    SHARE_LINK = "SHARE_LINK"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may do something, and why."""

    allowed: bool
    rule: Rule


class Details(Protocol):
    """Owner and group of a row; all that rights depend on."""

    owner_id: Any
    group_id: Any


def visible(
    viewer: Viewer, entity: Any, *, parents: Collection[str] | None = None
) -> sa.ColumnElement[bool]:
    """Build the condition under which rows of an entity exist for a viewer.

    The shape of the statement depends on the entity and on whether the viewer is an
    administrator, never on the number of groups, so that it is compiled once.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`, or an alias of one (`sqlalchemy.orm.aliased`).
        parents: Of links of annotations: types of what they are on, if the caller looks for some
            only. Grants are then asked about those, which is less to plan.

    Returns:
        OMERO's reading filter: everything for administrators; else own rows, rows of the groups
        that the viewer leads, and rows of groups with sharing that the viewer belongs to; and what
        lies below things that were shared with the viewer. Rows that were deleted exist for
        nobody.
    """
    kind = sa.inspect(entity).mapper.class_
    if issubclass(kind, models.Owned):
        return sa.and_(entity.deleted_event_id.is_(None), _seen(viewer, entity, parents))
    if kind is models.ChildCount:
        return _counted(viewer, entity)
    if kind is models.StorageUsage:
        return _readable(viewer, entity)
    if kind in _THROUGH:
        return _through(viewer, entity, *_THROUGH[kind])
    return _SYSTEM_RULES[kind](viewer, entity)


def deleted(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    """Build the condition that a row was deleted, and would exist for a viewer if it were not."""
    return sa.and_(entity.deleted_event_id.is_not(None), _readable(viewer, entity))


def select_visible(viewer: Viewer, entity: Any, *columns: Any) -> Rows:
    """Select rows of an entity as far as the viewer may see them.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`, or an alias of one.
        columns: What to select; the whole entity if nothing is given. Columns of further tables
            need a join of the caller's, and `visible` of that table in its condition.

    Returns:
        A statement without order; the caller adds joins, conditions, order and limit.
    """
    return sa.select(*(columns or (entity,))).select_from(entity).where(visible(viewer, entity))


def select_shared(
    viewer: Viewer, entity: Any, *columns: Any, group: Any = None, first: bool = False
) -> Rows:
    """Select rows of the groups that the viewer sees whole.

    With `select_own`, another way to say `select_visible` of entities with owners, for those who
    are no administrators: by parts that have an index each.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`, or an alias of one.
        columns: What to select.
        group: Column that runs through `viewer.readable`; all of them at once where none is given.
        first: Of PostgreSQL, for a caller who sorts by the group first: written so that it does not
            know that the group is one. Else it may look for the rows of a group in the list of all
            rows, and reads all of them where they lie at its end or there are none.
    """
    if group is None:
        condition = among(entity.group_id, viewer.readable)
    elif first:
        # Of a range of groups alone it would expect few rows, and sort them all.
        place = sa.tuple_(entity.group_id, entity.id)
        condition = sa.and_(place >= sa.tuple_(group, 0), place <= sa.tuple_(group, _LAST_ID))
    else:
        condition = entity.group_id == group
    return sa.select(*columns).where(entity.deleted_event_id.is_(None), condition)


def select_own(viewer: Viewer, entity: Any, *columns: Any, alone: bool = False) -> Rows:
    """Select rows that belong to the viewer; see `select_shared`.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`, or an alias of one.
        columns: What to select.
        alone: Only those that `select_shared` does not select.
    """
    own = [entity.deleted_event_id.is_(None), entity.owner_id == viewer.experimenter_id]
    if alone:
        own.append(~among(entity.group_id, viewer.readable))
    return sa.select(*columns).where(*own)


def select_granted(viewer: Viewer, entity: Any, *columns: Any, alone: bool = False) -> Rows | None:
    """Select rows that grants or a share link show to the viewer; see `select_shared`.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`, or an alias of one.
        columns: What to select.
        alone: Only those that neither `select_shared` nor `select_own` selects.

    Returns:
        The statement; none if no row of the entity can be among them.
    """
    keys = keys_within(viewer.shown, entity)
    if keys is None:
        return None
    granted = [entity.deleted_event_id.is_(None), entity.id.in_(keys)]
    if alone:
        granted.append(~_readable(viewer, entity))
    return sa.select(*columns).where(*granted)


def visible_keys(viewer: Viewer, entity: Any) -> sa.CompoundSelect[Any]:
    """Select ids of rows: all that the viewer may see, beginning at what shows them, and others.

    For narrowing down what `select_visible` asks about: it takes as long as there are such rows,
    however many others there are, and ends where it is limited. Some come twice, and some belong
    to deleted rows.

    Args:
        viewer: Who reads; no administrator.
        entity: A class of `store.models` whose rows have owners.
    """
    if lists_by(entity, ()):
        shared = select_shared(viewer, entity, entity.id)
        readable: list[Any] = [shared, select_own(viewer, entity, entity.id)]
    else:
        live = entity.deleted_event_id.is_(None)
        readable = [sa.select(entity.id).where(live, _readable(viewer, entity))]
    return sa.union_all(*readable, *ways_within(viewer.shown, entity))


def wholly_visible(viewer: Viewer, file: Any) -> sa.ColumnElement[bool]:
    """Build the condition that a file holds no image that is hidden from a viewer.

    An original file comes whole or not at all: one image of it that is shared does not give away
    the others.

    Args:
        viewer: Who wants the content.
        file: `OriginalFile`, or an alias of it, whose rows are visible to the viewer.
    """
    if viewer.administrator or not viewer.shown:
        return sa.true()
    entry, image = alias(models.FilesetEntry, "hidden"), alias(models.Image, "hidden")
    hidden = sa.exists().where(
        entry.original_file_id == file.id,
        entry.deleted_event_id.is_(None),
        image.fileset_id == entry.fileset_id,
        image.deleted_event_id.is_(None),
        ~_seen(viewer, image),
    )
    return sa.or_(_readable(viewer, file), ~hidden)


def given(
    session: Session, viewer: Viewer, right: Right, entity: Any, keys: Collection[int]
) -> set[int]:
    """Find to which rows a grant gives the viewer a right; one statement, or none.

    Args:
        session: For reading.
        viewer: Who wants to do something.
        right: What.
        entity: A class of `store.models`.
        keys: Database ids of rows that are visible to the viewer.
    """
    name = _SCOPES.get(right)
    scope: Scope = NOTHING if name is None or viewer.read_only else getattr(viewer, name)
    if not scope or not keys:
        return set()
    below = within(scope, entity, parts=True)
    if below is None:
        return set()
    return set(session.scalars(sa.select(entity.id).where(among(entity.id, keys), below)))


def shows(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    """Build the condition that a grant or a share link shows a row to the viewer."""
    below = within(viewer.shown, entity) if viewer.shown else None
    return sa.false() if below is None else below


def visible_row[Row: models.Base](
    session: Session, viewer: Viewer, entity: type[Row], key: int, *, change: bool = False
) -> Row:
    """Load one row, for changing it.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks.
        entity: A class of `store.models`.
        key: Database id.
        change: Lock the row until the transaction ends (PostgreSQL; SQLite has one writer).

    Raises:
        NotFoundError: No such row, or not visible to this viewer.
    """
    return visible_rows(session, viewer, entity, [key], change=change)[0]


def visible_rows[Row: models.Base](
    session: Session,
    viewer: Viewer,
    entity: type[Row],
    keys: Iterable[int],
    *,
    change: bool = False,
) -> list[Row]:
    """Load rows, for changing them: all or none; one statement, in order of ids.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks.
        entity: A class of `store.models`.
        keys: Database ids; repeated ones count once.
        change: Lock the rows until the transaction ends (PostgreSQL; SQLite has one writer).

    Raises:
        NotFoundError: One of them does not exist, or is not visible to this viewer.
    """
    wanted = set(keys)
    statement = select_visible(viewer, entity).where(among(entity.id, wanted)).order_by(entity.id)
    if change:
        statement = statement.with_for_update(key_share=True)
    rows = list(session.scalars(statement))
    missing = wanted - {row.id for row in rows}
    if missing:
        raise NotFoundError(kind_of(entity), min(missing))
    return rows


def owned_class(name: str) -> Any:
    """Return the class of `store.models` of this name whose rows have owners; None without one."""
    found = getattr(models, name, None)
    if not isinstance(found, type) or not issubclass(found, models.Owned) or found is models.Owned:
        return None
    return found


def recorded_as(entity: type[models.Base]) -> str:
    """Name the class under which rows are recorded and linked: that of their table.

    >>> recorded_as(models.TagAnnotation)
    'Annotation'
    """
    return str(sa.inspect(entity).base_mapper.class_.__name__)


def kind_of(entity: type[models.Base]) -> str:
    """Name an entity as people do: "dataset image link"."""
    return str(entity.__tablename__).replace("_", " ")


def group_permissions(session: Session, group_ids: Iterable[int]) -> dict[int, GroupPermissions]:
    """Look up what members of groups may do with each other's rows."""
    group = models.ExperimenterGroup
    rows = session.execute(sa.select(group.id, group.permissions).where(among(group.id, group_ids)))
    return {key: GroupPermissions(text) for key, text in rows}


def allows(
    viewer: Viewer,
    right: Right,
    row: Details,
    permissions: GroupPermissions,
    *,
    granted: bool = False,
) -> bool:
    """Decide whether a viewer may do something with a row that is visible; see `verdict`."""
    return verdict(viewer, right, row, permissions, granted=granted).allowed


def verdict(
    viewer: Viewer,
    right: Right,
    row: Details,
    permissions: GroupPermissions,
    *,
    granted: bool = False,
) -> Verdict:
    """Decide whether a viewer may do something with a row that is visible, and say by which rule.

    Args:
        viewer: Who wants to.
        right: What.
        row: Owner and group of the row.
        permissions: Of the row's group.
        granted: Whether a grant gives the right, as `given` says.

    Source: OMERO's BasicACLVoter. In private groups nobody but the owner links, annotates or
    shares, because either would show others' rows to people who may not see them; and nobody else
    saves rendering settings there, while everywhere else all who belong to the group may.
    """
    if viewer.read_only:
        return Verdict(False, Rule.READ_ONLY)
    own = row.owner_id == viewer.experimenter_id
    if own and right is not Right.GIVE:
        return Verdict(True, Rule.OWNER)
    if permissions is GroupPermissions.PRIVATE and right in _NOT_IN_PRIVATE:
        return Verdict(False, Rule.PRIVATE_GROUP)
    if viewer.has(_PRIVILEGES[right]):
        return Verdict(True, Rule.PRIVILEGE)
    if row.group_id in viewer.leads and right is not Right.MOVE:
        return Verdict(True, Rule.LEADER)
    if granted:
        return Verdict(True, Rule.GRANT)
    if own:
        return Verdict(False, Rule.NOT_FOR_OWNERS)
    if row.group_id not in viewer.groups:
        return Verdict(False, Rule.OUTSIDER)
    if right in _NOT_FOR_MEMBERS:
        return Verdict(False, Rule.NOT_FOR_MEMBERS)
    if right in _OF_MEMBERS[permissions]:
        return Verdict(True, Rule.MEMBER)
    return Verdict(False, Rule.LEVEL)


def sight(
    viewer: Viewer, row: Details, permissions: GroupPermissions, *, granted: bool = False
) -> Verdict:
    """Say by which rule a viewer sees a row that is not deleted, or not: `visible`, explained.

    Args:
        viewer: Who looks.
        row: Owner and group of the row.
        permissions: Of the row's group.
        granted: Whether it lies in what is shown to the viewer.
    """
    if row.owner_id == viewer.experimenter_id:
        return Verdict(True, Rule.OWNER)
    if viewer.administrator:
        return Verdict(True, Rule.ADMINISTRATOR_SEES)
    if row.group_id in viewer.leads:
        return Verdict(True, Rule.LEADER)
    member = row.group_id in viewer.groups
    if row.group_id in viewer.shares:
        return Verdict(True, Rule.MEMBER if member else Rule.PUBLIC_GROUP)
    if granted:
        return Verdict(True, Rule.GRANT if viewer.link_id is None else Rule.SHARE_LINK)
    private = member and permissions is GroupPermissions.PRIVATE
    return Verdict(False, Rule.PRIVATE_GROUP if private else Rule.OUTSIDER)


def require(session: Session, viewer: Viewer, right: Right, rows: Collection[Any]) -> None:
    """Refuse unless the viewer may do something with all of these rows.

    One statement, however many rows; and one for each class, for viewers with grants.

    Raises:
        NotAllowedError: The right is missing for at least one of them.
    """
    permissions = group_permissions(session, (row.group_id for row in rows))
    kinds = {type(row) for row in rows}
    granted = {
        kind: given(session, viewer, right, kind, {row.id for row in rows if type(row) is kind})
        for kind in kinds
    }
    for row in rows:
        its = row.id in granted[type(row)]
        if not allows(viewer, right, row, permissions[row.group_id], granted=its):
            kind = kind_of(type(row))
            raise NotAllowedError(
                f"You may see this {kind}, but not {right} it.",
                "Ask its owner or a leader of its group.",
            )


def require_writer(viewer: Viewer) -> None:
    """Refuse those who may change nothing at all.

    Raises:
        NotAllowedError: The viewer signed in for reading only, or not at all.
    """
    if viewer.read_only:
        raise NotAllowedError(
            "This sign-in is for reading only.", "Sign in with your name and password."
        )


def group_for(
    viewer: Viewer, group_id: int | None, privilege: Privilege = Privilege.WRITE_OWNED
) -> int:
    """Choose the group of new rows, and refuse where the viewer may not make any.

    Args:
        viewer: Who makes them: a member of the group, or an administrator.
        group_id: The group; the viewer's default group if none.
        privilege: What an administrator needs who is no member.

    Raises:
        InvalidInputError: No group is given, and the viewer has no default group.
        NotFoundError: Not a member of the group; whether it exists is not told.
        NotAllowedError: The viewer may change nothing.
    """
    require_writer(viewer)
    group = group_id if group_id is not None else viewer.default_group_id
    if group is None:
        raise InvalidInputError("You are in no group.", "Ask an administrator to add you to one.")
    if not (viewer.has(privilege) or group in viewer.groups):
        raise NotFoundError("group", group)
    return group


def _readable(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    if viewer.administrator:
        return sa.true()
    return sa.or_(
        entity.owner_id == viewer.experimenter_id, among(entity.group_id, viewer.readable)
    )


def _seen(
    viewer: Viewer, entity: Any, parents: Collection[str] | None = None
) -> sa.ColumnElement[bool]:
    """Build the condition that a row that is not deleted can be seen."""
    readable = _readable(viewer, entity)
    if viewer.administrator or not viewer.shown:
        return readable
    below = within(viewer.shown, entity, parents=parents)
    return readable if below is None else sa.or_(readable, below)


def _counted(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    """Build the condition on counters: who is shown a thing is shown all that is in it."""
    readable = _readable(viewer, entity)
    if viewer.administrator or not viewer.shown:
        return readable
    found = [readable]
    for kind in KINDS:
        parent: Any = alias(getattr(models, kind), "of_count")
        below = within(viewer.shown, parent)
        if below is not None:
            inside = sa.exists().where(
                parent.id == entity.parent_id, parent.deleted_event_id.is_(None), below
            )
            found.append(sa.and_(entity.parent_type == kind, inside))
    return sa.or_(*found)


def _through(viewer: Viewer, entity: Any, column: str, owner: Any) -> sa.ColumnElement[bool]:
    whole = alias(owner, "of_part")
    return sa.exists().where(whole.id == getattr(entity, column), visible(viewer, whole))


def _everybody(_viewer: Viewer, _entity: Any) -> sa.ColumnElement[bool]:
    return sa.true()


def _memberships(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    if viewer.administrator:
        return sa.true()
    mine = entity.experimenter_id == viewer.experimenter_id
    return sa.or_(mine, among(entity.group_id, viewer.groups | viewer.leads))


_PRIVILEGES = {
    **dict.fromkeys(
        (Right.LINK, Right.EDIT, Right.ANNOTATE, Right.RENDER, Right.SHARE), Privilege.WRITE_OWNED
    ),
    Right.DELETE: Privilege.DELETE_OWNED,
    Right.MOVE: Privilege.CHGRP,
    Right.GIVE: Privilege.CHOWN,
}
"""What administrators need to do something with others' rows."""

_NOT_IN_PRIVATE = frozenset({Right.LINK, Right.ANNOTATE, Right.RENDER, Right.SHARE})
_NOT_FOR_MEMBERS = frozenset({Right.MOVE, Right.GIVE, Right.SHARE})
_WRITE = frozenset({Right.LINK, Right.EDIT, Right.DELETE, Right.ANNOTATE, Right.RENDER})
_OF_MEMBERS = {
    GroupPermissions.PRIVATE: frozenset[Right](),
    GroupPermissions.READ_ONLY: frozenset({Right.RENDER}),
    GroupPermissions.READ_ANNOTATE: frozenset({Right.RENDER, Right.ANNOTATE}),
    GroupPermissions.READ_WRITE: _WRITE,
    GroupPermissions.PUBLIC: frozenset({Right.RENDER}),
}
"""What members may do with each other's rows."""

_SCOPES = {
    Right.EDIT: "editable",
    **dict.fromkeys((Right.ANNOTATE, Right.RENDER), "annotatable"),
}
"""What grants can give, and where a viewer says to what they do."""

_THROUGH: dict[type[models.Base], tuple[str, type[models.Base]]] = {
    models.ChunkBlock: ("pixels_id", models.Pixels),
    models.MapPair: ("annotation_id", models.Annotation),
    models.JobItem: ("job_id", models.Job),
}
"""Tables without owners: what their rows are parts of, and the column that says of which."""


def _overseers(viewer: Viewer, _entity: Any) -> sa.ColumnElement[bool]:
    return sa.true() if viewer.has(Privilege.MODIFY_USER) else sa.false()


def _own(privilege: Privilege) -> Callable[[Viewer, Any], sa.ColumnElement[bool]]:
    """Make the rule of what belongs to accounts: for their people, and some administrators."""

    def rule(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        if viewer.has(privilege):
            return sa.true()
        return cast("sa.ColumnElement[bool]", entity.experimenter_id == viewer.experimenter_id)

    return rule


def _people(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    """Build the condition on people: who comes by a link reads names beside what it shows."""
    if not viewer.link_groups:
        return sa.true()
    member = alias(models.Membership, "of_person")
    found = [
        entity.administrator.is_(True),
        sa.exists().where(
            member.experimenter_id == entity.id, among(member.group_id, viewer.link_groups)
        ),
    ]
    for kind in (models.Image, models.Annotation, models.ROI, models.Dataset, models.Plate):
        row: Any = alias(kind, "of_person")
        mine = sa.and_(row.owner_id == entity.id, row.deleted_event_id.is_(None))
        found.append(sa.exists().where(mine, among(row.group_id, viewer.link_groups)))
    return sa.or_(*found)


def _groups(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    return among(entity.id, viewer.link_groups) if viewer.link_groups else sa.true()


def _shareable(viewer: Viewer, entity: Any, giver: Any) -> list[sa.ColumnElement[bool]]:
    """List the conditions under which somebody looks after what was shared."""
    if viewer.administrator:
        return [sa.true()]
    found = [giver == viewer.experimenter_id]
    for kind in KINDS:
        row: Any = alias(getattr(models, kind), "of_share")
        theirs = sa.or_(row.owner_id == viewer.experimenter_id, among(row.group_id, viewer.leads))
        found.append(
            sa.and_(
                entity.target_kind == kind, sa.exists().where(row.id == entity.target_id, theirs)
            )
        )
    return found


def _grants(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    if not viewer.experimenter_id:
        return sa.false()
    mine = [
        entity.experimenter_id == viewer.experimenter_id,
        among(entity.group_id, viewer.groups),
    ]
    return sa.or_(*_shareable(viewer, entity, entity.grantor_id), *mine)


def _share_links(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    if not viewer.experimenter_id:
        return sa.false()
    return sa.or_(*_shareable(viewer, entity, entity.creator_id))


def _quotas(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
    if viewer.administrator:
        return sa.true()
    mine = entity.experimenter_id == viewer.experimenter_id
    return sa.or_(mine, among(entity.group_id, viewer.groups | viewer.leads))


_SYSTEM_RULES = {
    # Names of people and groups and times of events are shown beside the rows that point at
    # them, also after somebody left a group; OMERO shows them to everybody who signed in.
    models.Experimenter: _people,
    models.ExperimenterGroup: _groups,
    models.Event: _everybody,
    # Who is in a group is for its members to know.
    models.Membership: _memberships,
    # Levels and colours without an image, under a hash that only those know who saw them.
    models.RenderingForm: _everybody,
    # Who did what about people and rights is for those who look after people.
    models.AuditEntry: _overseers,
    # How much somebody may have is for them and their groups to know.
    models.Quota: _quotas,
    models.AccessToken: _own(Privilege.MODIFY_USER),
    models.SignInSession: _own(Privilege.READ_SESSION),
    # What was shared is for those to know who shared it, own it, or lead its group; a grant also
    # for those who have it.
    models.AccessGrant: _grants,
    models.ShareLink: _share_links,
}
