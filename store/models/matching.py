"""Whether a text contains or begins with another, without case, alike on every database."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from store.models.names import SORT_LENGTH, pieces_in_sort_key

_WILD = re.compile(r"[%_\\]")


class Pattern(sa.types.TypeDecorator[tuple[str, bool]]):
    """A text that is looked for, and whether texts have to begin with it: one parameter.

    PostgreSQL gets a regular expression and SQLite a glob, both made of the letters themselves:
    LIKE folds case by the language of the server on one, and only of ASCII on the other.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, bool] | None, dialect: sa.Dialect) -> Any:
        """Write the pattern as the database wants it."""
        if value is None:
            return None
        text, prefix = value
        if dialect.name == "postgresql":
            letters = "".join(_regular(letter) for letter in text)
            return f"^{letters}" if prefix else letters
        letters = "".join(_glob(letter) for letter in text)
        return f"{letters}*" if prefix else f"*{letters}*"


class Matches(sa.ColumnElement[bool]):
    """The SQL condition that `matches` makes."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  (the name and form that SQLAlchemy reads)
        ("column", InternalTraversal.dp_clauseelement),
        ("pattern", InternalTraversal.dp_clauseelement),
    ]
    type = sa.Boolean()
    # Else SQLite gets "… GLOB … = 1".
    _is_implicitly_boolean = True

    def __init__(self, column: Any, pattern: sa.BindParameter[Any]) -> None:
        self.column = sa.inspection.inspect(column).__clause_element__()
        self.pattern = pattern

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


def matches(column: Any, text: str, *, prefix: bool = False) -> sa.ColumnElement[bool]:
    """Build the condition that a column contains a text, whatever the case of its letters.

    Args:
        column: A column of text.
        text: Taken letter by letter; nothing in it is a wildcard.
        prefix: The column has to begin with it.
    """
    return Matches(column, sa.bindparam(None, (text, prefix), type_=Pattern(), unique=True))


def may_match(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Build a condition on sort keys that holds wherever the name contains a text.

    It is in an index, and quicker than the name itself is looked up and compared.

    Args:
        column: With the keys that `names.sort_key` makes.
        text: That names are asked for.
    """
    pieces = pieces_in_sort_key(text)
    if not pieces:
        return sa.true()
    escaped = (_WILD.sub(r"\\\g<0>", piece) for piece in pieces)
    like = column.like("%" + "%".join(escaped) + "%", escape="\\")
    # What the key of a long name leaves out may have the rest of the text.
    return sa.or_(like, sa.func.length(column) >= SORT_LENGTH)


def after_prefix(text: str) -> str | None:
    """Return the least text that sorts, by code point, behind all that begin with a text.

    >>> after_prefix("cell")
    'celm'
    """
    for place in range(len(text) - 1, -1, -1):
        code = ord(text[place]) + 1
        if code <= 0x10FFFF:
            return text[:place] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
    return None


def _cases(letter: str) -> str:
    forms = {letter, letter.lower(), letter.upper(), letter.title(), letter.casefold()}
    # Of one letter, and the same when folded: the capital of a dotless i is not its capital.
    return "".join(
        sorted(one for one in forms if len(one) == 1 and one.casefold() == letter.casefold())
    )


def _glob(letter: str) -> str:
    cases = _cases(letter)
    return f"[{cases}]" if len(cases) > 1 or letter in "*?[" else letter


def _regular(letter: str) -> str:
    cases = _cases(letter)
    return f"[{cases}]" if len(cases) > 1 else re.escape(letter)


@compiles(Matches)
def _compile_glob(element: Matches, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} GLOB {compiler.process(element.pattern, **options)}"


@compiles(Matches, "postgresql")
def _compile_regular(element: Matches, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} ~ {compiler.process(element.pattern, **options)}"
