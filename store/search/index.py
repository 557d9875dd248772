"""The words of rows: what migration 0004 keeps for them, as parts of SQL statements."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from store import models

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
class Phrase:
    """Words that follow each other in one of some columns."""

    words: tuple[str, ...]
    prefix: bool
    columns: tuple[str, ...]
    letters: str
    """One for each column."""

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


def parameter(value: Phrase) -> sa.BindParameter[Phrase]:
    """Make the parameter: part of the text, so that PostgreSQL plans for how common it is."""
    return sa.bindparam(None, value, type_=_PhraseType(), unique=True, literal_execute=True)


class Matches(sa.ColumnElement[bool]):
    """The condition that a row's words hold a phrase."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  (the name and form that SQLAlchemy reads)
        ("column", InternalTraversal.dp_clauseelement),
        ("phrase", InternalTraversal.dp_clauseelement),
        ("table", InternalTraversal.dp_string),
        ("whole", InternalTraversal.dp_boolean),
    ]
    type = sa.Boolean()
    _is_implicitly_boolean = True

    def __init__(self, entity: Any, value: Phrase, *, whole: bool = False) -> None:
        """Say what is looked for.

        Args:
            entity: A class of `TEXTS`, or an alias of one.
            value: What to look for.
            whole: Have SQLite find all rows at once, instead of looking at one row at a time.
        """
        self.whole = whole
        self.table = str(sa.inspect(entity).mapper.class_.__tablename__)
        self.column = sa.inspection.inspect(entity.id).__clause_element__()
        self.phrase = parameter(value)

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


@compiles(Matches)
def _compile_fts5(element: Matches, compiler: Any, **options: Any) -> str:
    row = compiler.process(element.column, **options)
    value = compiler.process(element.phrase, **options)
    index = f"search_{element.table}"
    # Both are SQL that the compiler made from the tables and from a parameter.
    if element.whole:
        return f"{row} IN (SELECT {index}.rowid FROM {index} WHERE {index} MATCH {value})"  # noqa: S608
    return f"EXISTS (SELECT 1 FROM {index} WHERE {index} MATCH {value} AND {index}.rowid = {row})"  # noqa: S608


@compiles(Matches, "postgresql")
def _compile_tsquery(element: Matches, compiler: Any, **options: Any) -> str:
    row = compiler.process(element.column, **options)
    value = compiler.process(element.phrase, **options)
    return f"{row.rpartition('.')[0]}.search_words @@ CAST({value} AS tsquery)"


def rows_with(dialect: str, entity: type[models.Base], value: Phrase, most: int) -> sa.Select[int]:
    """Select the ids of rows whose words hold a phrase, whoever may see them.

    The caller joins the rows themselves as far as they are visible.

    Args:
        dialect: "sqlite" or "postgresql".
        entity: A class of `TEXTS`.
        value: What to look for.
        most: How many rows at most; the newest ones on SQLite.
    """
    name = str(entity.__tablename__)
    if dialect == "postgresql":
        table = sa.table(name, sa.column("id"), sa.column("search_words"))
        matching = table.c.search_words.op("@@")(sa.cast(parameter(value), _Tsquery()))
        return sa.select(table.c.id).where(matching).limit(most)
    index = sa.table(f"search_{name}", sa.column("rowid"), sa.column(f"search_{name}"))
    matching = index.c[f"search_{name}"].op("MATCH")(parameter(value))
    return sa.select(index.c.rowid).where(matching).order_by(index.c.rowid.desc()).limit(most)


class _Tsquery(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "tsquery"
