"""What every table shares: naming of constraints, identity, ownership and history."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64-bit identity; SQLite numbers rows by itself only for INTEGER PRIMARY KEY."""


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """A point in time: aware on the Python side, UTC in the database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        """Refuse naive times and convert the rest to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"naive datetime {value!r}; give it a time zone"
            raise ValueError(msg)
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Return UTC; SQLite keeps no zone, so it is put back."""
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Declarative base of all tables; constraint names are deterministic for migrations."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)


_LISTED: dict[str, frozenset[tuple[str, ...]]] = {}
"""Orders that `index_lists` was called for, by table."""


def unique_while_live(table: str, *columns: str) -> sa.Index:
    """Make an index that keeps rows unique among those that are not deleted.

    A deleted row keeps its values for a restoration, and must not be in the way of another.
    """
    return index_while_live(f"uq_{table}_{'_'.join(columns)}", *columns, unique=True)


def index_while_live(name: str, *columns: str, unique: bool = False) -> sa.Index:
    """Make an index of the rows that are not deleted."""
    live = sa.text("deleted_event_id IS NULL")
    return sa.Index(name, *columns, unique=unique, sqlite_where=live, postgresql_where=live)


class Owned:
    """Owner, group and history of a data row, as OMERO's details.

    Every table that carries scientific data mixes this in; `store.access` turns these columns
    into the visibility predicate. `deleted_event_id` is the tombstone: a deleted row stays
    until a purge and is visible to nobody.
    """

    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    """Counts the changes of the row."""
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    """The experimenter that the row belongs to."""
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter_group.id"))
    """The group whose permissions the row has."""
    creation_event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    """The event that made the row."""
    update_event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    """The event that changed the row last."""
    deleted_event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"))
    """The event that deleted the row, if it is deleted."""


def number_once(*passing: type[Base]) -> None:
    """Let SQLite give no id of a table twice, not even of a row that was removed for good.

    PostgreSQL never does. It costs a little at every insertion.

    Args:
        passing: Classes whose rows nobody outside knows by id, or that are never removed: for
            them it is not worth that.
    """
    for mapper in Base.registry.mappers:
        table: Any = mapper.local_table
        if mapper.class_ not in passing:
            table.dialect_options["sqlite"]["autoincrement"] = True


def index_deleted() -> None:
    """Give every table with owners an index of its deleted rows alone.

    It finds what one deletion took, and costs nothing while rows live.
    """
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if mapper.inherits is None and "deleted_event_id" in table.columns:
            dead = table.columns["deleted_event_id"].is_not(None)
            column = table.columns["deleted_event_id"]
            sa.Index(None, column, sqlite_where=dead, postgresql_where=dead)


def index_lists(entity: type[Base], *orders: tuple[str, ...]) -> None:
    """Give a table what lists of everything need for people who see little of it.

    For each order, one index of the rows of each group and one of the rows of each owner. By id
    alone they also count the rows.

    Args:
        entity: A class with owners whose rows may be very many.
        orders: Columns that the lists are sorted by, before the id.
    """
    table: Any = entity.__table__
    live = sa.text("deleted_event_id IS NULL")
    for order in orders:
        # Own rows are counted as far as they are in no group that counts already.
        parts = (
            ("group_id", *order, "id"),
            ("owner_id", *order, "id", *(() if order else ("group_id",))),
        )
        for names in parts:
            columns = [table.columns[name] for name in names]
            sa.Index(None, *columns, sqlite_where=live, postgresql_where=live)
    _LISTED[table.name] = frozenset(orders)


def lists_by(entity: Any, order: tuple[str, ...]) -> bool:
    """Tell whether `index_lists` was called for a class and an order.

    Not for the kinds of a table: indexes of all its rows do not find those of one kind.
    """
    mapper = sa.inspect(entity).mapper
    return mapper.inherits is None and order in _LISTED.get(mapper.local_table.name, ())
