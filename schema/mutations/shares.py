"""Sharing beyond the group: grants and share links; each change has its line in the audit log."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.mutations.change import Request, checked_length
from schema.mutations.people import Act, EndedResult
from schema.types.sharing import AccessGrant, ShareLink
from store.access import Viewer
from store.edits import grants, share_links
from store.edits.grants import MOST, Audience
from store.models.enums import GrantLevel

ADDRESS = "/share/"
"""What addresses of links begin with, after the name of the server."""


@value
class GrantResult:
    """Grants that were given."""

    grants: list[AccessGrant] = field(
        "The grants as they are now: by thing, then people, groups, everybody.", Named()
    )


@value
class ShareLinkResult:
    """A share link that was made."""

    address: str = field(
        "Path of its address, below the name of the server; nobody is shown it again."
    )
    secret: str = field(
        "What programs show as `Authorization: Bearer …`, if it can be opened any number of times."
    )
    link: ShareLink | None = field("What is known of it from now on.", Named())


@dataclass(frozen=True, slots=True)
class Granted:
    """What `GrantResult` is read from."""

    grants: list[Reference]


@dataclass(frozen=True, slots=True)
class Linked:
    """What `ShareLinkResult` is read from."""

    address: str
    secret: str
    link: Reference


class Sharing(Act):
    """A change of who is shown what, in a transaction of its own."""

    def check(self, place: str, values: Mapping[str, Any]) -> Request:
        """Take ids apart."""
        given = dict(values)
        for name, one in values.items():
            if name == "target":
                given[name] = database_id(one)
            elif name == "targets":
                given[name] = [database_id(key) for key in checked_length(place, name, one, MOST)]
            elif name in _KINDS:
                some = checked_length(place, name, one or (), MOST)
                given[name] = [database_id(key, _KINDS[name])[1] for key in some]
        return Request(given, None, "")


_KINDS = {
    "users": "Experimenter",
    "groups": "ExperimenterGroup",
    "grants": "AccessGrant",
    "links": "ShareLink",
}
"""Types of the ids in arguments."""


def _grant(
    session: Session,
    viewer: Viewer,
    *,
    targets: Sequence[Reference],
    users: Sequence[int] = (),
    groups: Sequence[int] = (),
    public: bool = False,
    level: GrantLevel = GrantLevel.VIEW,
    expires: dt.datetime | None = None,
) -> Granted:
    audience = Audience(users, groups, public)
    ids = grants.grant_access(session, viewer, targets, audience, level, expires)
    return Granted([("AccessGrant", key) for key in ids])


def _revoke(session: Session, viewer: Viewer, *, grants: Sequence[int]) -> EndedResult:
    return EndedResult(ended=_revoked(session, viewer, grants))


def _revoked(session: Session, viewer: Viewer, ids: Sequence[int]) -> int:
    return grants.revoke_access(session, viewer, ids)


def _create_link(
    session: Session,
    viewer: Viewer,
    *,
    target: Reference,
    name: str | None = None,
    state: str | None = None,
    expires: dt.datetime | None = None,
    max_uses: int | None = None,
) -> Linked:
    new = share_links.create_share_link(
        *(session, viewer, target), name=name, state=state, expires=expires, max_uses=max_uses
    )
    return Linked(f"{ADDRESS}{new.secret}", new.secret, ("ShareLink", new.id))


def _revoke_links(session: Session, viewer: Viewer, *, links: Sequence[int]) -> EndedResult:
    return EndedResult(ended=share_links.revoke_share_links(session, viewer, links))


_ENDS = Argument(
    "expires", dt.datetime | None, "When it ends; without, it lasts until it is revoked.", None
)

FIELDS: Mapping[str, tuple[type, Any]] = {
    "grant_access": (
        GrantResult,
        field(
            "Let people, groups or everybody see, annotate or change things and all below them; for"
            " who has `canShare` of all of it. What they had of a thing is replaced.",
            Sharing(
                _grant,
                [
                    Argument(
                        "targets",
                        list[strawberry.ID],
                        "Projects, datasets, screens, plates and images.",
                    ),
                    Argument("users", list[strawberry.ID] | None, "People.", None),
                    Argument("groups", list[strawberry.ID] | None, "Members of groups.", None),
                    Argument(
                        "public",
                        bool,
                        "Everybody, also without signing in: to view, and no more.",
                        False,
                    ),
                    Argument("level", GrantLevel, "What they may do.", GrantLevel.VIEW),
                    _ENDS,
                ],
            ),
        ),
    ),
    "revoke_access": (
        EndedResult,
        field(
            "Take back grants: from the next request on they give nothing. For who gave them, who"
            " has them, owners of the things, leaders of their groups, and administrators with the"
            " privilege WRITE_OWNED. All or none.",
            Sharing(_revoke, [Argument("grants", list[strawberry.ID], "Which.")]),
        ),
    ),
    "create_share_link": (
        ShareLinkResult,
        field(
            "Make an address that shows a thing and all below it to whoever has it, for reading;"
            " for who has `canShare` of all of it.",
            Sharing(
                _create_link,
                [
                    Argument(
                        "target", strawberry.ID, "A project, dataset, screen, plate or image."
                    ),
                    Argument("name", str | None, "What it is for.", None),
                    Argument(
                        "state",
                        str | None,
                        "How the client shows it at first: the query of its address.",
                        None,
                    ),
                    _ENDS,
                    Argument(
                        "max_uses",
                        int | None,
                        "How often it can be opened; without, any number of times.",
                        None,
                    ),
                ],
            ),
        ),
    ),
    "revoke_share_links": (
        EndedResult,
        field(
            "End share links: from the next request on they show nothing. For who made them, owners"
            " of what they show, leaders of its group, and administrators with the privilege"
            " WRITE_OWNED. All or none.",
            Sharing(_revoke_links, [Argument("links", list[strawberry.ID], "Which.")]),
        ),
    ),
}
"""Type and declaration by Python name."""
