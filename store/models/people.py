"""Experimenters, groups, memberships and sign-in sessions."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime


class Experimenter(Base):
    """A person who can sign in and own data; accounts with data are deactivated, never removed."""

    __tablename__ = "experimenter"

    user_name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    first_name: Mapped[str] = mapped_column(sa.String(255), default="")
    middle_name: Mapped[str | None] = mapped_column(sa.String(255))
    last_name: Mapped[str] = mapped_column(sa.String(255), default="")
    email: Mapped[str | None] = mapped_column(sa.String(255))
    institution: Mapped[str | None] = mapped_column(sa.String(255))
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    """Argon2id, PHC string; none means that no password opens this account."""
    administrator: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    withheld: Mapped[str | None] = mapped_column(sa.Text)
    """Privileges that an administrator lacks: values of `enums.Privilege`, with spaces between;
    nothing where they have all."""
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    default_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter_group.id"))
    """Where new data of this person goes unless another group is named."""


class ExperimenterGroup(Base):
    """People who share data at one permission level."""

    __tablename__ = "experimenter_group"

    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    permissions: Mapped[str] = mapped_column(sa.String(16), default="private")
    """A value of `enums.GroupPermissions`."""


class Membership(Base):
    """One experimenter in one group (OMERO: GroupExperimenterMap)."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("experimenter_id", "group_id"),)

    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter_group.id"), index=True)
    leader: Mapped[bool] = mapped_column(sa.Boolean, default=False)


class AccessToken(Base):
    """What a program shows instead of signing in; only the SHA-256 of its secret is kept."""

    __tablename__ = "access_token"

    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    """What it is for."""
    scope: Mapped[str] = mapped_column(sa.String(16))
    """A value of `enums.TokenScope`."""
    privileges: Mapped[str | None] = mapped_column(sa.Text)
    """Of a token to administer: those that it has, with spaces between."""
    created: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_used: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SignInSession(Base):
    """A browser or client that has signed in; only the SHA-256 of its secret is kept."""

    __tablename__ = "sign_in_session"

    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    started: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_used: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    way: Mapped[str | None] = mapped_column(sa.String(32))
    """How they signed in, such as "password"."""
    address: Mapped[str | None] = mapped_column(sa.String(64))
    """Network address that they signed in from."""
    elsewhere: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    """SHA-256 of the OpenID provider and its own name of the session, if it told that."""
    acting_as_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter.id"))
    """Whose rights the session has at present, of an administrator who acts as somebody else."""


class ExternalIdentity(Base):
    """How an OpenID provider or a directory names a person who has an account here."""

    __tablename__ = "external_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(512))
    """Address of the provider or of the directory."""
    subject: Mapped[str] = mapped_column(sa.String(512))
    """What it calls the person; never given to somebody else."""
