"""Experimenters, groups, memberships, and the events in which somebody changed something."""

import datetime as dt
from collections.abc import Mapping, Sequence

import strawberry

from schema.context import Context
from schema.fields import Column, Derived, One, Paged, entity, field, value
from schema.pagination import Connection, described
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.nodes import Node
from schema.types.scalars import Long
from store import audit, models
from store.access import select_visible
from store.models.enums import EventType, GroupPermissions, Privilege, TokenScope
from store.queries.usage import Amount, Most, Subject, quotas_of, usage_of

described(
    GroupPermissions,
    "What members of a group may do with each other's data.",
    {
        "PRIVATE": "See only their own.",
        "READ_ONLY": "See each other's.",
        "READ_ANNOTATE": "See and annotate each other's.",
        "READ_WRITE": "See, annotate, change and delete each other's.",
        "PUBLIC": "See each other's; everybody else sees them too, also without signing in.",
    },
)


described(
    Privilege,
    "What an administrator may do; named as OMERO names them.",
    {
        "SUDO": "Act as somebody else.",
        "WRITE_OWNED": "Change, link and annotate what is somebody else's.",
        "WRITE_FILE": "Write files for others.",
        "WRITE_MANAGED_REPO": "Import files for others.",
        "WRITE_SCRIPT_REPO": "Upload lookup tables.",
        "DELETE_OWNED": "Delete what is somebody else's.",
        "DELETE_FILE": "Delete others' files.",
        "DELETE_MANAGED_REPO": "Delete others' imported files.",
        "DELETE_SCRIPT_REPO": "Remove lookup tables.",
        "CHGRP": "Move what is somebody else's to another group.",
        "CHOWN": "Give what is somebody else's to another owner.",
        "MODIFY_GROUP": "Make and change groups.",
        "MODIFY_USER": "Make and change accounts.",
        "MODIFY_GROUP_MEMBERSHIP": "Change who is in a group.",
        "READ_SESSION": "See and end others' sessions.",
    },
)
described(
    TokenScope,
    "What a personal access token is good for.",
    {
        "READ": "See what the account sees as a member of its groups.",
        "WRITE": "Also change what the account may change as a member of its groups.",
        "ADMINISTER": "Also see everything, and do what some of its privileges are for.",
    },
)


def _listed(_id: int, privileges: str | None) -> list[Privilege]:
    return [Privilege(name) for name in (privileges or "").split()]


def _had(administrator: bool, withheld: str | None) -> list[Privilege]:
    lacking = set((withheld or "").split())
    return [one for one in Privilege if administrator and one.value not in lacking]


@value
class Usage:
    """How much there is; what is in the trash counts until it is purged."""

    images: Long = field("Images.")
    bytes: Long = field("Bytes of original files, wherever they are.")


@value
class Quota:
    """How much there may be."""

    images: Long | None = field("Images; null: any number.")
    bytes: Long | None = field("Bytes of original files; null: any number.")


def _usage(subject: Subject) -> Derived:
    def facts(context: Context, ids: Sequence[int]) -> Mapping[int, Amount]:
        with context.asking() as session:
            return usage_of(session, context.viewer, subject, ids)

    def shown(found: Amount | None) -> Usage:
        amount = found or Amount()
        return Usage(images=Long(amount.images), bytes=Long(amount.bytes))

    return Derived(facts, shown)


def _quota(subject: Subject) -> Derived:
    def facts(context: Context, ids: Sequence[int]) -> Mapping[int, Most]:
        with context.asking() as session:
            return quotas_of(session, context.viewer, subject, ids)

    def shown(found: Most | None) -> Quota | None:
        if found is None:
            return None
        return Quota(
            images=None if found.images is None else Long(found.images),
            bytes=None if found.bytes is None else Long(found.bytes),
        )

    return Derived(facts, shown)


@entity(models.Experimenter)
@annotatable
class Experimenter(Annotated):
    """A person who can sign in and own data."""

    user_name: str = field("Name to sign in with; unique.")
    first_name: str = field("First name; may be empty.")
    middle_name: str | None = field("Middle name.")
    last_name: str = field("Last name; may be empty.")
    email: str | None = field("E-mail address.")
    institution: str | None = field("Where they work.")
    administrator: bool = field("Whether they see everything.")
    privileges: list[Privilege] = field(
        "Of an administrator: what they may do.", Column(_had, "administrator", "withheld")
    )
    active: bool = field("Whether they can sign in; accounts with data are never removed.")
    default_group: lazy.ExperimenterGroup | None = field(
        "Where their new data goes unless another group is named.", One("default_group_id")
    )
    usage: Usage = field(
        "What they have, as far as you may see it; from counters, whatever it is.",
        _usage("experimenter"),
    )
    quota: Quota | None = field(
        "How much they may have; null: anything, or not yours to know.", _quota("experimenter")
    )
    memberships: Connection[lazy.Membership] = field(
        "The groups that they are in.",
        Paged(Children(models.Membership, parent="experimenter_id")),
    )


@entity(models.ExperimenterGroup)
@annotatable
class ExperimenterGroup(Annotated):
    """People who share data at one permission level."""

    name: str = field("Name; unique.")
    description: str | None = field("What the group is for.")
    permissions: GroupPermissions = field(
        "What members may do with each other's data.", Column(GroupPermissions)
    )
    usage: Usage = field(
        "What is in it, as far as you may see it; from counters, whatever it is.", _usage("group")
    )
    quota: Quota | None = field(
        "How much may be in it; null: anything, or not yours to know.", _quota("group")
    )
    memberships: Connection[lazy.Membership] = field(
        "The people in it.", Paged(Children(models.Membership, parent="group_id"))
    )


@entity(models.Membership)
class Membership(Node):
    """One experimenter in one group."""

    experimenter: Experimenter = field("Who.", One("experimenter_id"))
    group: ExperimenterGroup = field("In which group.", One("group_id"))
    leader: bool = field("Whether they lead the group.")


@entity(models.AccessToken)
class AccessToken(Node):
    """A personal access token: what a program shows instead of signing in."""

    experimenter: Experimenter = field("Whose it is.", One("experimenter_id"))
    name: str = field("What it is for.")
    scope: TokenScope = field("What it is good for.", Column(TokenScope))
    privileges: list[Privilege] = field(
        "Of a token to administer: the privileges that it has.", Column(_listed, "id", "privileges")
    )
    created: dt.datetime = field("When it was made.")
    expires: dt.datetime = field("When it ends.")
    last_used: dt.datetime | None = field("When it was last used, to the hour.")


@entity(models.SignInSession)
class SignInSession(Node):
    """A browser or program in which somebody is signed in."""

    experimenter: Experimenter = field("Who.", One("experimenter_id"))
    started: dt.datetime = field("When they signed in.")
    last_used: dt.datetime = field("When it was last used, to the hour.")
    expires: dt.datetime = field("When it ends, used or not.")
    way: str | None = field("How they signed in, such as: password.")
    address: str | None = field("Network address that they signed in from.")
    acting_as: Experimenter | None = field(
        "Whose rights it has at present, of an administrator who acts as somebody else.",
        One("acting_as_id"),
    )


@entity(models.AuditEntry)
class AuditEntry(Node):
    """What was done about people, rights and sign-ins; lines are added, and never changed."""

    time: dt.datetime = field("When.")
    actor: Experimenter | None = field(
        "Who did it; null where nobody was signed in.", One("actor_id")
    )
    acted_by: Experimenter | None = field(
        "The administrator who acted as that person.", One("acted_by_id")
    )
    action: str = field("What was done, such as: create experimenter.")
    subject: str = field("To what, such as: Experimenter:7; of failed sign-ins, the name given.")
    details: str = field("JSON: what was changed, before and after.")
    hash: str = field("SHA-256 of this line and of the hash of the line before.")


@value
class AuditCheck:
    """Whether the audit log is whole: each line seals those before it."""

    good: int = field("How many lines continue the ones before, from the first on.")
    broken: strawberry.ID | None = field(
        "The first line that does not, such as `AuditEntry:7`; null if all do."
    )
    hash: str | None = field(
        "Of the last line, if all is good: kept elsewhere, it tells of lines cut off at the end."
    )


def checked_log(context: Context) -> AuditCheck | None:
    """Check the audit log for those who may read it; None for others."""
    if not context.viewer.has(Privilege.MODIFY_USER):
        return None
    entry = models.AuditEntry
    last = select_visible(context.viewer, entry, entry.hash).order_by(entry.id.desc()).limit(1)
    with context.asking() as session:
        good, broken = audit.verify(session)
        sealed = session.scalar(last)
    if broken is not None:
        return AuditCheck(good=good, broken=strawberry.ID(f"AuditEntry:{broken}"), hash=None)
    return AuditCheck(good=good, broken=None, hash=sealed)


@entity(models.Event)
class Event(Node):
    """One change that one person made; rows point at the events that made and changed them."""

    time: dt.datetime = field("When.")
    type: EventType = field("Why.", Column(choice(EventType)))
    experimenter: Experimenter = field("Who.", One("experimenter_id"))
    acted_by: Experimenter | None = field(
        "The administrator who acted as that person.", One("acted_by_id")
    )
    group: ExperimenterGroup = field("In which group.", One("group_id"))
