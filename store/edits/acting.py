"""Acting as somebody else, and as oneself again; both have a line in the audit log."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer
from store.acting import may_act_as
from store.edits.people import account, privileges_of, require, require_no_more
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import Privilege
from store.queries.people import viewer_by_experimenter
from store.sign_in import secret_hash


def act_as(session: Session, viewer: Viewer, secret: str, user_name: str) -> int:
    """Give a session the rights of somebody else, until it is given up or the session ends.

    Args:
        session: Of the caller's transaction.
        viewer: An administrator with the privilege Sudo and all those of the person; signed in
            without a token, as themselves.
        secret: Of the viewer's session.
        user_name: As whom.

    Returns:
        Database id of the person.

    Raises:
        NotAllowedError: The viewer lacks a privilege, came with a token, or acts as somebody.
        NotFoundError: No such account, or it was deactivated.
        InvalidInputError: It is the viewer's own account.
    """
    if viewer.acted_by is not None:
        raise NotAllowedError(
            "You act as somebody already.", "Act as yourself again, then as somebody else."
        )
    if viewer.by_token:
        raise NotAllowedError(
            "A token does not act as somebody else.", "Sign in with your name and password."
        )
    require(viewer, Privilege.SUDO, "act as somebody else")
    person = account(session, user_name)
    if person.id == viewer.experimenter_id:
        raise InvalidInputError("This is your own account.", "Choose somebody else's.")
    if not person.active:
        raise NotFoundError("user", user_name)
    require_no_more(viewer, privileges_of(person))
    assert may_act_as(viewer, viewer_by_experimenter(session, person.id))
    _set(session, secret, person.id)
    audit.record(session, viewer, "act as", f"Experimenter:{person.id}", None, {"as": user_name})
    return person.id


def act_as_oneself(session: Session, viewer: Viewer, secret: str) -> None:
    """Take the rights of somebody else from a session; none is no error.

    Args:
        session: Of the caller's transaction.
        viewer: Who acts, as whom.
        secret: Of the session.
    """
    if viewer.acted_by is None:
        return
    _set(session, secret, None)
    subject = f"Experimenter:{viewer.experimenter_id}"
    audit.record(session, viewer.acted_by, "act as oneself again", subject)


def _set(session: Session, secret: str, person_id: int | None) -> None:
    row = models.SignInSession
    changed = session.execute(
        sa.update(row)
        .where(row.secret_hash == secret_hash(secret))
        .values(acting_as_id=person_id)
        .returning(row.id)
    ).first()
    if changed is None:
        raise NotAllowedError(
            "Only a browser in which you are signed in acts as somebody else.",
            "Sign in with your name and password.",
        )
