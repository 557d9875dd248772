"""Why somebody may, or may not, see and change a thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.pagination import described
from schema.roots import Told
from schema.types.people import Experimenter
from schema.types.sharing import AccessGrant
from store import models
from store.access import (
    Right,
    Rule,
    Verdict,
    Viewer,
    given,
    group_permissions,
    owned_class,
    select_visible,
    shows,
    sight,
    verdict,
)
from store.errors import NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.grants import deciding_grant
from store.queries.people import viewer_by_experimenter


class AccessRight(Enum):
    """What somebody may want to do with a thing."""

    SEE = "see"
    EDIT = "edit"
    ANNOTATE = "annotate"
    LINK = "link"
    DELETE = "delete"
    SAVE_RENDERING_SETTINGS = "save rendering settings of"
    MOVE = "move"
    CHANGE_OWNER = "give away"
    SHARE = "share"


described(
    AccessRight,
    "What somebody may want to do with a thing.",
    {
        "SEE": "See it, and all that is asked of it.",
        "EDIT": "Change its own values.",
        "ANNOTATE": "Attach annotations, and draw on it.",
        "LINK": "Put it into others, or others into it.",
        "DELETE": "Delete it.",
        "SAVE_RENDERING_SETTINGS": "Save how it is shown, for oneself.",
        "MOVE": "Move it to another group.",
        "CHANGE_OWNER": "Give it to another member of its group.",
        "SHARE": "Show it to people outside its group.",
    },
)

RULES: Mapping[Rule, str] = {
    Rule.OWNER: "It is theirs.",
    Rule.ADMINISTRATOR_SEES: "Administrators see everything, whatever their privileges.",
    Rule.PRIVILEGE: "They are an administrator with the privilege that this takes.",
    Rule.LEADER: "They lead the group.",
    Rule.MEMBER: "They are in the group, whose level lets members do this.",
    Rule.PUBLIC_GROUP: "The group is public.",
    Rule.LEVEL: "They are in the group, but its level does not let members do this.",
    Rule.NOT_FOR_MEMBERS: "This is for the owner, leaders or administrators; not for members.",
    Rule.NOT_FOR_OWNERS: "Not even owners do this; leaders of the group and administrators do.",
    Rule.PRIVATE_GROUP: "The group is private: this is for the owner alone.",
    Rule.OUTSIDER: "They are not in the group.",
    Rule.READ_ONLY: "Their sign-in is for reading only.",
    Rule.DEACTIVATED: "Their account was closed.",
    Rule.GRANT: "It was granted to them, to a group of theirs or to everybody, with what it is in.",
    Rule.SHARE_LINK: "They opened a share link that shows it.",
}
described(Rule, "The rule that decided.", {rule.name: text for rule, text in RULES.items()})


@value
class AccessDecision:
    """Whether somebody may do one thing, and why."""

    right: AccessRight = field("What they may want to do.")
    allowed: bool = field("Whether they may.")
    rule: Rule = field("The rule that decided.")
    explanation: str = field("The rule, in a sentence.")
    grant: AccessGrant | None = field(
        "The grant that decided; null if another rule did, or it is not yours to know.", Named()
    )


@value
class AccessExplanation:
    """What somebody may do with a thing, and why."""

    user: Experimenter | None = field("Who.", Named())
    decisions: list[AccessDecision] = field("Of each right, whether they have it, and why.")


@dataclass(frozen=True, slots=True)
class Decision:
    """What `AccessDecision` is read from."""

    right: AccessRight
    allowed: bool
    rule: Rule
    explanation: str
    grant: Reference | None


@dataclass(frozen=True, slots=True)
class Explained:
    """What `AccessExplanation` is read from."""

    user: Reference
    decisions: Sequence[Decision]


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    user = values.get("user")
    return {
        "thing": database_id(values["id"]),
        "user": None if user is None else database_id(user, "Experimenter")[1],
    }


def _explain(context: Context, thing: Reference, user: int | None) -> Explained | None:
    entity = owned_class(thing[0])
    if entity is None:
        return None
    viewer = context.viewer
    found = select_visible(viewer, entity, entity.owner_id, entity.group_id)
    with context.asking() as session:
        row: Any = session.execute(found.where(entity.id == thing[1])).one_or_none()
        if row is None:
            return None
        who: Viewer | None = viewer
        if user not in (None, viewer.experimenter_id):
            _require_overview(viewer, row)
            who = _viewer(session, user)
        level = group_permissions(session, [row.group_id])[row.group_id]
        verdicts = _verdicts(session, who, entity, thing[1], row, level)
        grants = _deciding(session, who, entity, thing[1], verdicts)
    decisions = [
        Decision(
            right=right,
            allowed=verdicts[right].allowed,
            rule=verdicts[right].rule,
            explanation=RULES[verdicts[right].rule],
            grant=grants.get(right),
        )
        for right in AccessRight
    ]
    return Explained(("Experimenter", user or viewer.experimenter_id), decisions)


def _verdicts(
    session: Session,
    who: Viewer | None,
    entity: Any,
    key: int,
    row: Any,
    level: GroupPermissions,
) -> Mapping[AccessRight, Verdict]:
    if who is None:
        return dict.fromkeys(AccessRight, Verdict(False, Rule.DEACTIVATED))
    shown = False
    if who.shown:
        statement = select_visible(who, entity, entity.id).where(entity.id == key)
        shown = session.scalar(statement.where(shows(who, entity))) is not None
    found = {AccessRight.SEE: sight(who, row, level, granted=shown)}
    for right in Right:
        granted = key in given(session, who, right, entity, [key])
        found[AccessRight(right.value)] = verdict(who, right, row, level, granted=granted)
    return found


def _deciding(
    session: Session,
    who: Viewer | None,
    entity: Any,
    key: int,
    verdicts: Mapping[AccessRight, Verdict],
) -> Mapping[AccessRight, Reference]:
    found: dict[AccessRight, Reference] = {}
    for right, one in verdicts.items():
        if who is not None and one.rule is Rule.GRANT:
            wanted = None if right is AccessRight.SEE else Right(right.value)
            grant = deciding_grant(session, who, wanted, entity, key)
            if grant is not None:
                found[right] = ("AccessGrant", grant)
    return found


def _require_overview(viewer: Viewer, row: Any) -> None:
    """Refuse to tell what others may do to those who cannot know who they are."""
    mine = row.owner_id == viewer.experimenter_id
    if not (viewer.administrator or mine or row.group_id in viewer.leads):
        raise NotAllowedError(
            "Only its owner, leaders of its group and administrators ask what others may do.",
            "Leave the user out to ask about yourself.",
        )


def _viewer(session: Session, experimenter_id: int | None) -> Viewer | None:
    assert experimenter_id is not None
    try:
        return viewer_by_experimenter(session, experimenter_id)
    except NotFoundError:
        statement = select_visible(Viewer(0), models.Experimenter, models.Experimenter.id)
        if session.scalar(statement.where(models.Experimenter.id == experimenter_id)) is None:
            raise
        return None


EXPLAIN_ACCESS = Told(
    _explain,
    [
        Argument("id", strawberry.ID, "Id, such as `Image:42`."),
        Argument(
            "user",
            strawberry.ID | None,
            "About whom, such as `Experimenter:7`; yourself, if not given. For owners, leaders of"
            " the group and administrators.",
            None,
        ),
    ],
    _checked,
)
"""What somebody may do with a thing."""
