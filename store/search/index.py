"""The words of rows: what migration 0004 keeps for them, as parts of SQL statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from store import models
from store.search import literals
from store.search.limits import Limits
from store.search.texts import HOLDS

TEXTS: dict[type[models.Base], dict[str, str]] = {
    models.Project: {"name": "a", "description": "b"},
    models.Dataset: {"name": "a", "description": "b"},
    models.Image: {"name": "a", "description": "b"},
    models.Screen: {"name": "a", "description": "b"},
    models.Plate: {"name": "a", "description": "b", "external_identifier": "c"},
    models.PlateAcquisition: {"name": "a", "description": "b"},
    models.Well: {"external_description": "b", "external_identifier": "c", "type": "d"},
    models.Reagent: {"name": "a", "description": "b", "reagent_identifier": "c"},
    models.Folder: {"name": "a", "description": "b"},
    models.ROI: {"name": "a", "description": "b"},
    models.Shape: {"text": "b"},
    models.Annotation: {"text_value": "b", "description": "c"},
    models.MapPair: {"key": "a", "value": "b"},
    models.Channel: {"name": "a", "fluor": "c"},
    models.OriginalFile: {"name": "a", "path": "c"},
    models.Protocol: {"name": "a", "description": "b", "identifier": "c"},
    models.ProtocolStep: {"title": "a", "text": "b"},
    models.Run: {"name": "a", "description": "b", "software": "c"},
}
"""Columns with words, and the letters that tell them apart on PostgreSQL; as the migration has."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of the rows that hold something."""

    rows: sa.Select[int]
    """Their ids; none if there are `often` some."""
    often: sa.ColumnElement[bool]
    """Whether there are too many, without counting."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other in one of some columns."""

    words: tuple[str, ...]
    prefix: bool
    columns: tuple[str, ...]
    letters: str
    """One for each column."""

    def padded(self) -> str:
        """Write it for `holds`."""
        return f" {' '.join(self.words)}{'' if self.prefix else ' '}"

    def fts5(self) -> str:
        """Write it for SQLite; words are letters and digits and cannot end the quotation."""
        star = "*" if self.prefix else ""
        return f'{{{" ".join(self.columns)}}} : "{" ".join(self.words)}"{star}'

    def tsquery(self) -> str:
        """Write it for PostgreSQL, where each word begins with the letter of its column."""
        return " | ".join(self._within(letter) for letter in self.letters)

    def _within(self, letter: str) -> str:
        parts = " <-> ".join(f"'{letter}{word}'" for word in self.words)
        return f"({parts}{':*' if self.prefix else ''})"


def phrase(
    entity: type[models.Base], words: tuple[str, ...], prefix: bool, columns: tuple[str, ...]
) -> Phrase:
    """Say what is looked for in some columns of an entity."""
    texts = TEXTS[entity]
    return Phrase(words, prefix, columns, "".join(texts[name] for name in columns))


class _PhraseType(sa.types.TypeDecorator[Phrase]):
    """A phrase as a parameter, in the language of the database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Phrase | None, dialect: sa.Dialect) -> Any:
        """Write it down."""
        if value is None:
            return None
        return value.tsquery() if dialect.name == "postgresql" else value.fts5()

    process_literal_param = process_bind_param


class Look(StrEnum):
    """How rows are compared with a phrase."""

    EACH = "each"
    """A row at a time, without the index. Needs `store.search.texts.install` on SQLite."""
    LISTED = "listed"
    """A row at a time, on SQLite with a list of all rows that the index finds, made once.

    The index of PostgreSQL would read the rows themselves for it, all over the disk.
    """
    WHOLE = "whole"
    """All rows that the index finds, from there on."""


class Matches(sa.ColumnElement[bool]):
    """The condition that a row's words hold a phrase."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  (the name and form that SQLAlchemy reads)
        ("column", InternalTraversal.dp_clauseelement),
        ("phrase", InternalTraversal.dp_clauseelement),
        ("words", InternalTraversal.dp_clauseelement),
        ("columns", InternalTraversal.dp_string_list),
        ("table", InternalTraversal.dp_string),
        ("look", InternalTraversal.dp_string),
    ]
    type = sa.Boolean()
    _is_implicitly_boolean = True

    def __init__(self, entity: Any, value: Phrase, look: Look = Look.EACH) -> None:
        """Say what is looked for.

        Args:
            entity: A class of `TEXTS`, or an alias of one.
            value: What to look for.
            look: How.
        """
        self.look = look
        self.table = str(sa.inspect(entity).mapper.class_.__tablename__)
        self.column = sa.inspection.inspect(entity.id).__clause_element__()
        self.phrase = sa.bindparam(None, value, type_=_PhraseType(), unique=True)
        self.words = sa.bindparam(None, value.padded(), type_=sa.Text(), unique=True)
        self.columns = value.columns

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


@compiles(Matches)
def _compile_fts5(element: Matches, compiler: Any, **options: Any) -> str:
    row = compiler.process(element.column, **options)
    value = compiler.process(element.phrase, **options)
    index = f"search_{element.table}"
    # Both are SQL that the compiler made from the tables and from a parameter.
    if element.look is not Look.EACH:
        return f"{row} IN (SELECT {index}.rowid FROM {index} WHERE {index} MATCH {value})"  # noqa: S608
    exists = f"EXISTS (SELECT 1 FROM {index} WHERE {index} MATCH {value} AND {index}.rowid = {row})"  # noqa: S608
    entity = row.rpartition(".")[0]
    texts = ", ".join(f"{entity}.{compiler.preparer.quote(name)}" for name in element.columns)
    words = compiler.process(element.words, **options)
    return f"coalesce({HOLDS}({words}, {texts}), {exists})"


@compiles(Matches, "postgresql")
def _compile_tsquery(element: Matches, compiler: Any, **options: Any) -> str:
    row = compiler.process(element.column, **options)
    value = compiler.process(element.phrase, **options)
    # Planned alike for all words: statistics know neither beginnings nor where words are.
    query = f"(SELECT CAST({value} AS tsquery))"
    if element.look is Look.WHOLE:
        # A list, from which the plan goes on by indexes: without, it may begin at whole tables.
        rows = f"ARRAY(SELECT ctid FROM {element.table} WHERE search_words @@ {query})"  # noqa: S608
        return f"{row.rpartition('.')[0]}.ctid = ANY ({rows})"
    return f"({row.rpartition('.')[0]}.search_words @@ {query}) IS TRUE"


def rows_with(
    dialect: str, way: tuple[type[models.Base], Sequence[str]], place: int, limits: Limits
) -> Sample:
    """Select the ids of rows whose words hold a phrase, whoever may see them.

    The caller joins the rows themselves as far as they are visible. No index is asked for what
    the newest rows are full of: PostgreSQL would read all there is of it, and so would SQLite
    for beginnings of words.

    Args:
        dialect: "sqlite" or "postgresql".
        way: A class of `TEXTS`, and which of its columns.
        place: Tells parameters apart, as in `values`.
        limits: How many rows at most: one more than are collected; the newest ones on SQLite.
    """
    entity, columns = way
    most = literals.number(limits.probed + 1)
    name = str(entity.__tablename__)
    phrase = sa.bindparam(f"phrase_{place}", type_=_PhraseType())
    texts = ("search_words",) if dialect == "postgresql" else columns
    table = sa.table(name, *map(sa.column, ("id", *texts)))
    if dialect == "postgresql":
        query = sa.select(sa.cast(phrase, _Tsquery())).scalar_subquery()
        often = _often(table, lambda row: row.search_words.op("@@")(query), limits)
        rows = sa.select(table.c.id).where(table.c.search_words.op("@@")(query), sa.not_(often))
        return Sample(rows.limit(most), often)
    prefix = sa.bindparam(f"beginning_{place}", type_=sa.Text())
    function = getattr(sa.func, HOLDS)
    often = _often(
        table, lambda row: function(prefix, *(row[column] for column in columns)) == 1, limits
    )
    index = sa.table(f"search_{name}", sa.column("rowid"), sa.column(f"search_{name}"))
    # Not a condition of its own: SQLite would collect all beginnings before it looks at that.
    wanted = sa.case((often, sa.literal_column("'\"\"'")), else_=phrase)
    matching = index.c[f"search_{name}"].op("MATCH")(wanted)
    rows = sa.select(index.c.rowid.label("id")).where(matching)
    return Sample(rows.order_by(index.c.rowid.desc()).limit(most), often)


def values(value: Phrase, place: int, dialect: str) -> dict[str, Any]:
    """Return the parameters of `rows_with` for a phrase."""
    if dialect == "postgresql":
        return {f"phrase_{place}": value}
    # Whole words are met newest first, and need no look at the newest rows.
    return {
        f"phrase_{place}": value,
        f"beginning_{place}": value.padded() if value.prefix else None,
    }


def _often(table: Any, matches: Callable[[Any], Any], limits: Limits) -> sa.ColumnElement[bool]:
    newest = (
        table.select().order_by(table.c.id.desc()).limit(literals.number(limits.newest)).subquery()
    )
    found: Any = sa.select(sa.literal_column("1").label("one")).select_from(newest)
    found = found.where(matches(newest.c)).limit(literals.number(limits.often)).subquery()
    number = sa.select(sa.func.count().label("number")).select_from(found).cte()
    return sa.select(number.c.number).scalar_subquery() >= limits.often


class _Tsquery(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "tsquery"
