"""Accounts, groups, memberships, tokens and sign-ins: each change has its line in the audit log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.mutations.change import IDS_MAX, Change, Request, checked_length
from schema.mutations.payloads import CutKind
from schema.types.people import AccessToken, Experimenter, ExperimenterGroup
from schema.types.scalars import Long
from store.access import Viewer
from store.edits import groups, people
from store.edits.group_levels import change_permissions
from store.edits.quotas import set_quota
from store.models.enums import GroupPermissions, Privilege, TokenScope
from store.queries.usage import Most
from store.sign_in import end_sessions
from store.tokens import create_token, revoke_tokens

type Facts = Mapping[str, Any]


@value
class AccountResult:
    """An account that was made or changed."""

    experimenter: Experimenter | None = field("The account as it is now.", Named())


@value
class GroupResult:
    """A group that was made or changed, or would be."""

    applied: bool = field("Whether it was changed; false for dry runs.")
    group: ExperimenterGroup | None = field("The group as it is now.", Named())
    removed: list[CutKind] = field(
        "What joined things of different people, and is removed from a group that becomes private:"
        " links, regions of interest and rendering settings."
    )


@value
class TokenResult:
    """A personal access token that was made."""

    secret: str = field("What to show as `Authorization: Bearer …`; nobody is shown it again.")
    token: AccessToken | None = field("What is known of it from now on.", Named())


@value
class EndedResult:
    """Tokens, sign-ins, grants or share links that were ended."""

    ended: int = field("How many.")


@dataclass(frozen=True, slots=True)
class Account:
    """What `AccountResult` is read from."""

    experimenter: Reference


@dataclass(frozen=True, slots=True)
class Group:
    """What `GroupResult` is read from."""

    group: Reference
    removed: Sequence[CutKind] = ()
    applied: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """What `TokenResult` is read from."""

    secret: str
    token: Reference


class Act(Change):
    """A change about people, in a transaction of its own; no answer is kept for repetitions."""

    def __init__(self, run: Callable[..., Any], arguments: Sequence[Argument]) -> None:
        """Say what is done.

        Args:
            run: Does it in the session of a transaction, for a viewer, with the arguments by
                Python name.
            arguments: Of the field. Ids come to `run` as database ids.
        """
        super().__init__(lambda *_: None, arguments)  # type: ignore[arg-type]
        self._run = run
        self.arguments = list(arguments)

    def check(self, place: str, values: Mapping[str, Any]) -> Request:
        """Take ids apart."""
        given = {}
        for name, one in values.items():
            kind = _KINDS.get(name)
            if kind is None or one is None:
                given[name] = one
            elif isinstance(one, list):
                some = checked_length(place, name, one, IDS_MAX)
                given[name] = [database_id(key, kind)[1] for key in some]
            else:
                given[name] = database_id(one, kind)[1]
        return Request(given, None, "")

    def _changed(self, context: Context, request: Request) -> Any:
        with context.writing() as session:
            return self._run(session, context.viewer, **request.arguments)


_KINDS = {
    "experimenter": "Experimenter",
    "experimenters": "Experimenter",
    "group": "ExperimenterGroup",
    "groups": "ExperimenterGroup",
    "tokens": "AccessToken",
    "sessions": "SignInSession",
}
"""Types of the ids in arguments."""


def _create_experimenter(
    session: Session, viewer: Viewer, *, user_name: str, groups: list[int] | None, **facts: Any
) -> Account:
    withheld = facts.pop("withheld") or ()
    more = {name: facts.pop(name) for name in ("email", "institution") if name in facts}
    key = people.create_experimenter(
        session,
        viewer,
        user_name,
        group_ids=groups or (),
        withheld=withheld,
        password=facts.pop("password"),
        first_name=facts.pop("first_name") or "",
        last_name=facts.pop("last_name") or "",
        administrator=bool(facts.pop("administrator")),
    )
    known: Facts = {name: text for name, text in more.items() if text}
    if known:
        people.rename_person(session, viewer, user_name, known)
    return Account(("Experimenter", key))


def _update_experimenter(
    session: Session, viewer: Viewer, *, experimenter: int, **facts: Any
) -> Account:
    row = people.account_by_id(session, experimenter)
    active, administrator = facts.pop("active"), facts.pop("administrator")
    withheld = facts.pop("withheld")
    names = {name: text for name, text in facts.items() if text is not None}
    if names:
        people.rename_person(session, viewer, row.user_name, names)
    if active is not None:
        change = people.activate if active else people.deactivate
        change(session, viewer, row.user_name)
    if administrator is not None or withheld is not None:
        wanted = row.administrator if administrator is None else administrator
        kept = _withheld(row) if withheld is None else withheld
        people.set_administrator(session, viewer, row.user_name, wanted, kept)
    return Account(("Experimenter", row.id))


def _set_password(session: Session, viewer: Viewer, *, experimenter: int, password: str) -> Account:
    row = people.account_by_id(session, experimenter)
    people.set_password(session, viewer, row.user_name, password)
    return Account(("Experimenter", row.id))


def _create_group(
    session: Session,
    viewer: Viewer,
    *,
    name: str,
    permissions: GroupPermissions,
    description: str | None,
) -> Group:
    key = people.create_group(session, viewer, name, permissions, description)
    return Group(("ExperimenterGroup", key))


def _update_group(
    session: Session, viewer: Viewer, *, group: int, name: str | None, description: str | None
) -> Group:
    groups.change_group(session, viewer, group, name, description)
    return Group(("ExperimenterGroup", group))


def _set_permissions(
    session: Session, viewer: Viewer, *, group: int, permissions: GroupPermissions, dry_run: bool
) -> Group:
    report = change_permissions(session, viewer, group, permissions, dry_run=dry_run)
    removed = [CutKind(relation=kind, count=number) for kind, number in report.removed.items()]
    return Group(("ExperimenterGroup", group), removed, applied=not dry_run)


def _add_members(
    session: Session, viewer: Viewer, *, group: int, experimenters: list[int], leader: bool | None
) -> Group:
    for key in experimenters:
        name = people.account_by_id(session, key).user_name
        people.add_member(session, viewer, name, group, leader=leader)
    return Group(("ExperimenterGroup", group))


def _remove_members(
    session: Session, viewer: Viewer, *, group: int, experimenters: list[int]
) -> Group:
    for key in experimenters:
        name = people.account_by_id(session, key).user_name
        groups.remove_member(session, viewer, name, group)
    return Group(("ExperimenterGroup", group))


def _set_experimenter_quota(
    session: Session, viewer: Viewer, *, experimenter: int, **most: int | None
) -> Account:
    set_quota(session, viewer, "experimenter", experimenter, Most(**most))
    return Account(("Experimenter", experimenter))


def _set_group_quota(session: Session, viewer: Viewer, *, group: int, **most: int | None) -> Group:
    set_quota(session, viewer, "group", group, Most(**most))
    return Group(("ExperimenterGroup", group))


def _create_token(
    session: Session,
    viewer: Viewer,
    *,
    name: str,
    scope: TokenScope,
    days: int,
    privileges: list[Privilege] | None,
) -> Token:
    new = create_token(session, viewer, name, scope, days, privileges)
    return Token(new.secret, ("AccessToken", new.id))


def _revoke_tokens(session: Session, viewer: Viewer, *, tokens: list[int]) -> EndedResult:
    revoke_tokens(session, viewer, tokens)
    return EndedResult(ended=len(set(tokens)))


def _end_sessions(session: Session, viewer: Viewer, *, sessions: list[int]) -> EndedResult:
    end_sessions(session, viewer, sessions)
    return EndedResult(ended=len(set(sessions)))


def _withheld(row: Any) -> list[Privilege]:
    return [Privilege(name) for name in (row.withheld or "").split()]


_ACCOUNT = Argument("experimenter", strawberry.ID, "Whose account, such as `Experimenter:7`.")
_GROUP = Argument("group", strawberry.ID, "The group, such as `ExperimenterGroup:2`.")
_PEOPLE = Argument("experimenters", list[strawberry.ID], f"Whom: at most {IDS_MAX:,} ids.")
_NAMES = [
    Argument("first_name", str | None, "Given name.", None),
    Argument("last_name", str | None, "Family name.", None),
    Argument("email", str | None, "E-mail address.", None),
    Argument("institution", str | None, "Where they work.", None),
]
_WITHHELD = Argument(
    "withheld", list[Privilege] | None, "Privileges that an administrator does not get.", None
)

_MOST = [
    Argument("images", Long | None, "At most so many images; any number, if not given.", None),
    Argument("bytes", Long | None, "At most so many bytes of files; any, if not given.", None),
]

FIELDS: Mapping[str, tuple[type, Any]] = {
    "create_experimenter": (
        AccountResult,
        field(
            "Make an account; for administrators with the privilege MODIFY_USER.",
            Act(
                _create_experimenter,
                [
                    Argument("user_name", str, "Name to sign in with."),
                    *_NAMES,
                    Argument("password", str | None, "At least 8 characters; may follow.", None),
                    Argument("administrator", bool, "Whether they see everything.", False),
                    _WITHHELD,
                    Argument(
                        "groups",
                        list[strawberry.ID] | None,
                        "Groups to be in, the default one first; your default group if none.",
                        None,
                    ),
                ],
            ),
        ),
    ),
    "update_experimenter": (
        AccountResult,
        field(
            "Change an account: names for its person, all else for administrators with the"
            " privilege MODIFY_USER and all those of the account. What is left out stays.",
            Act(
                _update_experimenter,
                [
                    _ACCOUNT,
                    *_NAMES,
                    Argument("active", bool | None, "Whether they can sign in.", None),
                    Argument("administrator", bool | None, "Whether they see everything.", None),
                    _WITHHELD,
                ],
            ),
        ),
    ),
    "set_password": (
        AccountResult,
        field(
            "Give an account a new password, and end its sign-ins and tokens; for its person and"
            " administrators with the privilege MODIFY_USER.",
            Act(_set_password, [_ACCOUNT, Argument("password", str, "At least 8 characters.")]),
        ),
    ),
    "create_experimenter_group": (
        GroupResult,
        field(
            "Make a group without members; for administrators with the privilege MODIFY_GROUP.",
            Act(
                _create_group,
                [
                    Argument("name", str, "Name; unique."),
                    Argument(
                        "permissions",
                        GroupPermissions,
                        "What members may do with each other's data.",
                        GroupPermissions.PRIVATE,
                    ),
                    Argument("description", str | None, "What it is for.", None),
                ],
            ),
        ),
    ),
    "update_experimenter_group": (
        GroupResult,
        field(
            "Rename or describe a group; for its leaders, and administrators with the privilege"
            " MODIFY_GROUP. What is left out stays.",
            Act(
                _update_group,
                [
                    _GROUP,
                    Argument("name", str | None, "Name; unique.", None),
                    Argument("description", str | None, "What it is for.", None),
                ],
            ),
        ),
    ),
    "set_group_permissions": (
        GroupResult,
        field(
            "Change what members of a group may do with each other's data; for its leaders, and"
            " administrators with the privilege MODIFY_GROUP, who alone choose READ_WRITE and"
            " PUBLIC.",
            Act(
                _set_permissions,
                [
                    _GROUP,
                    Argument("permissions", GroupPermissions, "From now on."),
                    Argument("dry_run", bool, "Only tell what would be removed.", False),
                ],
            ),
        ),
    ),
    "add_members": (
        GroupResult,
        field(
            "Make people members of a group, or leaders, or no longer leaders; for its leaders, and"
            " administrators with the privilege MODIFY_GROUP_MEMBERSHIP.",
            Act(
                _add_members,
                [
                    _GROUP,
                    _PEOPLE,
                    Argument("leader", bool | None, "Whether they lead it; else as it is.", None),
                ],
            ),
        ),
    ),
    "remove_members": (
        GroupResult,
        field(
            "Take people out of a group; their data stays in it. For its leaders, and"
            " administrators with the privilege MODIFY_GROUP_MEMBERSHIP.",
            Act(_remove_members, [_GROUP, _PEOPLE]),
        ),
    ),
    "set_experimenter_quota": (
        AccountResult,
        field(
            "Say how much somebody may have; what is there stays. For administrators with the"
            " privilege MODIFY_USER.",
            Act(_set_experimenter_quota, [_ACCOUNT, *_MOST]),
        ),
    ),
    "set_group_quota": (
        GroupResult,
        field(
            "Say how much all people in a group may have there together; what is there stays. For"
            " administrators with the privilege MODIFY_GROUP.",
            Act(_set_group_quota, [_GROUP, *_MOST]),
        ),
    ),
    "create_access_token": (
        TokenResult,
        field(
            "Make a personal access token for yourself; not by a token.",
            Act(
                _create_token,
                [
                    Argument("name", str, "What it is for."),
                    Argument("scope", TokenScope, "What it is good for.", TokenScope.READ),
                    Argument("days", int, "It ends after so many: 1 to 366.", 90),
                    Argument(
                        "privileges",
                        list[Privilege] | None,
                        "Of a token to administer: some of your privileges; all, if not given.",
                        None,
                    ),
                ],
            ),
        ),
    ),
    "revoke_access_tokens": (
        EndedResult,
        field(
            "End personal access tokens of yours, or, as an administrator with the privilege"
            " MODIFY_USER, anybody's.",
            Act(_revoke_tokens, [Argument("tokens", list[strawberry.ID], "Which.")]),
        ),
    ),
    "end_sessions": (
        EndedResult,
        field(
            "End sign-ins of yours, or, as an administrator with the privilege READ_SESSION,"
            " anybody's.",
            Act(_end_sessions, [Argument("sessions", list[strawberry.ID], "Which.")]),
        ),
    ),
}
"""Type and declaration by Python name."""
