"""What children find, as bytes; and back, with everything checked that they could lie about."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from store import models
from store.documents.mapping import ELEMENTS
from store.documents.parts import Table
from store.documents.reading import columns_of
from store.documents.records import TABLES, Records, Row, foreign_keys
from store.importing.found import FoundFileset, Skipped
from store.importing.parsed import ParsedBlock, ParsedFile, ParsedFileset, ParsedImage
from store.importing.sandbox.messages import Failure, encoded
from store.models.base import UtcDateTime
from store.models.enums import PixelType
from store.pixels.source import PixelsShape


class WrongAnswerError(ValueError):
    """A child said what no honest one says."""


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    table: str
    columns: tuple[str, ...]
    values: tuple[list[Any], ...]
    """Of each column."""
    more: list[dict[str, Any]] | None = None
    """Rows whose columns are not all the same."""


class _Image(msgspec.Struct, frozen=True, array_like=True):
    name: str
    pixel_type: str
    shape: tuple[int, int, int, int, int]
    rgb: bool
    content_id: str
    storage: dict[str, Any]
    blocks: tuple[tuple[int, int, int, bytes], ...]
    samples: int | None
    significant_bits: int | None


class _Fileset(msgspec.Struct, frozen=True, array_like=True, tag="fileset"):
    format: str
    root: str
    files: tuple[tuple[str, int, int], ...]
    images: tuple[_Image, ...]
    fileset: dict[str, Any] | None
    rows: tuple[_Rows, ...]
    notes: tuple[str, ...]


class _Found(msgspec.Struct, frozen=True, array_like=True, tag="found"):
    format: str
    master: str
    files: tuple[str, ...]
    reader: str


class _Skipped(msgspec.Struct, frozen=True, array_like=True, tag="skipped"):
    path: str
    reason: str
    damaged: bool


class _Nothing(msgspec.Struct, frozen=True, array_like=True, tag="nothing"):
    pass


def encode_fileset(parsed: ParsedFileset) -> bytes:
    """What a reader found, as bytes."""
    document = parsed.document
    return encoded(
        _Fileset(
            parsed.format,
            str(parsed.root),
            tuple((str(file.path), file.size, file.mtime_ns) for file in parsed.files),
            tuple(map(_image, parsed.images)),
            None if document is None else document.root,
            () if document is None else tuple(_rows(*pair) for pair in document.rows.items()),
            () if document is None else tuple(document.notes),
        )
    )


def encode_found(found: FoundFileset | Skipped | None) -> bytes:
    """What a look at a file found, as bytes; none if it had been found before."""
    if found is None:
        return encoded(_Nothing())
    if isinstance(found, Skipped):
        return encoded(_Skipped(str(found.path), found.reason, found.damaged))
    files = tuple(map(str, found.files))
    return encoded(_Found(found.format, str(found.master), files, found.reader))


def decode_fileset(data: bytes, files: Sequence[Path]) -> ParsedFileset | Failure:
    """What a child found in a fileset.

    Args:
        data: Its answer.
        files: The files, and folders, that it may speak of.

    Raises:
        WrongAnswerError: The answer is none, or speaks of other files, or of values that no
            column holds.
    """
    try:
        answer = _decode_fileset(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WrongAnswerError(str(error)[:200]) from error
    if isinstance(answer, Failure):
        return answer
    allowed = set(map(str, files))
    for path, _, _ in answer.files:
        inside = path in allowed or any(
            _below(path, str(folder)) for folder in files if folder.is_dir()
        )
        _require(inside, "a file of another fileset")
    _require(bool(answer.files) and bool(answer.images), "a fileset without files or images")
    images = tuple(_parsed_image(*pair) for pair in enumerate(answer.images))
    return ParsedFileset(
        _text(answer.format, 64),
        Path(answer.root),
        tuple(ParsedFile(Path(path), size, mtime) for path, size, mtime in answer.files),
        images,
        _records(answer) if answer.fileset is not None else None,
    )


def decode_found(data: bytes, folders: Sequence[Path]) -> FoundFileset | Skipped | Failure | None:
    """What a child's look at a file found; none if it had been found before.

    Args:
        data: Its answer.
        folders: All files are below one of them.

    Raises:
        WrongAnswerError: The answer is none, or speaks of files elsewhere.
    """
    try:
        answer = _decode_found(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WrongAnswerError(str(error)[:200]) from error
    if isinstance(answer, Failure):
        return answer
    if isinstance(answer, _Nothing):
        return None
    if isinstance(answer, _Skipped):
        return Skipped(Path(answer.path), answer.reason[:1000], answer.damaged)
    for path in {answer.master, *answer.files}:
        _require(any(_below(path, str(folder)) for folder in folders), "a file from elsewhere")
    files = tuple(map(Path, answer.files))
    return FoundFileset(answer.format[:64], Path(answer.master), files, answer.reader)


def _below(path: str, folder: str) -> bool:
    inside = path == folder or path.startswith(folder.rstrip("/") + "/")
    return inside and ".." not in path.split("/")


def _image(image: ParsedImage) -> _Image:
    return _Image(
        image.name,
        image.pixel_type,
        image.shape.sizes,
        image.rgb,
        image.content_id,
        image.storage,
        tuple((one.level, one.first_plane, one.plane_count, one.data) for one in image.blocks),
        image.samples,
        image.significant_bits,
    )


def _parsed_image(series: int, image: _Image) -> ParsedImage:
    _require(image.pixel_type in _PIXEL_TYPES, "a type of pixels that is none")
    _require(all(0 < size < 2**31 for size in image.shape), "sizes that no image has")
    for block in image.blocks:
        _require(all(0 <= number < 2**31 for number in block[:3]), "planes that no image has")
    return ParsedImage(
        series=series,
        name=image.name,
        pixel_type=image.pixel_type,
        shape=PixelsShape(*image.shape),
        rgb=image.rgb,
        content_id=_text(image.content_id, 64),
        storage=image.storage,
        blocks=tuple(ParsedBlock(*block) for block in image.blocks),
        samples=image.samples,
        significant_bits=image.significant_bits,
    )


def _rows(table: Table, rows: list[Row]) -> _Rows:
    if not rows or not rows[0] or any(row.keys() != rows[0].keys() for row in rows):
        return _Rows(table.__name__, (), (), rows)
    names = tuple(rows[0])
    return _Rows(table.__name__, names, tuple([row[name] for row in rows] for name in names))


def _records(answer: _Fileset) -> Records:
    assert answer.fileset is not None
    root = answer.fileset
    known = columns_of(models.Fileset)
    _require(set(root) <= set(known), "columns that a fileset does not have")
    for name, value in root.items():
        _check(models.Fileset, name, [value])
    rows: dict[Table, list[Row]] = {}
    for part in answer.rows:
        table = _TABLES.get(part.table)
        if table is None or table in rows:
            raise WrongAnswerError(f"rows of {part.table[:80]}")
        rows[table] = _checked_rows(table, part)
    _check_references(rows)
    return Records(rows, root, notes=list(answer.notes))


def _checked_rows(table: Table, part: _Rows) -> list[Row]:
    if part.more is not None:
        _require(not part.columns, "rows of two kinds")
        names = {name for row in part.more for name in row}
        columns = {name: [row.get(name) for row in part.more] for name in names}
        made = part.more
    else:
        _require(len(part.columns) == len(part.values), "columns without values")
        _require(len({len(values) for values in part.values}) <= 1, "columns of several lengths")
        columns = dict(zip(part.columns, part.values, strict=True))
        made = [dict(zip(part.columns, row, strict=True)) for row in zip(*part.values, strict=True)]
    checks = _checks(table)
    for name, values in columns.items():
        if name not in checks:
            raise WrongAnswerError(f"{table.__name__} has no {name[:80]}")
        checks[name](values)
    return made


@cache
def _columns(table: Table) -> frozenset[str]:
    """What a row of a document may say; nothing of owners, groups and events."""
    if table in _LINKS:
        own = {column.name for column in table.__table__.columns}
        return frozenset(own & {"parent_id", "child_id", "parent_type", "index", "leader"})
    if table is models.MapPair:
        return frozenset({"annotation_id", "index", "key", "value"})
    extra = {"protocol"} if table is models.Screen else set()
    return frozenset(columns_of(table)) | extra


@cache
def _checks(table: Table) -> Mapping[str, Callable[[list[Any]], None]]:
    """Of each column that a row of a document may have: what refuses values that it cannot keep."""
    found = {name: partial(_check, table, name) for name in _columns(table) - {"protocol"}}
    return found | ({"protocol": _anything_goes} if table is models.Screen else {})


def _check(table: Table, name: str, values: list[Any]) -> None:
    kinds = set(map(type, values))
    if kinds == _NONE:
        return
    allowed, holds, column = _rule(table, name)
    if not kinds <= allowed:
        raise WrongAnswerError(f"{table.__name__}.{name} of type {kinds}")
    present = [value for value in values if value is not None] if kinds > _NONE else values
    if not present:
        return
    _require(holds(column, present), f"{table.__name__}.{name} that cannot be kept")
    if name == "kind":
        _require(set(present) <= _kinds(table), f"a kind of {table.__name__} that is none")


def _anything_goes(values: list[Any]) -> None:
    """Values that are told apart where they are used."""


@cache
def _rule(table: Table, name: str) -> tuple[frozenset[type], Callable[[Any, list[Any]], bool], Any]:
    column = table.__table__.c[name]
    for type_, kinds, holds in _CHECKS:
        if isinstance(column.type, type_):
            return frozenset(kinds | _NONE), holds, column
    raise WrongAnswerError(f"{table.__name__}.{name}, which no document fills")


_NONE = {type(None)}


@cache
def _kinds(table: Table) -> frozenset[str]:
    return frozenset(name for name, element in ELEMENTS.items() if element.table is table)


def _whole(bits: int) -> Callable[[Any, list[Any]], bool]:
    return lambda _, values: -(2 ** (bits - 1)) <= min(values) and max(values) < 2 ** (bits - 1)


def _finite(_: Any, values: list[Any]) -> bool:
    return all(map(math.isfinite, values))


def _short(column: Any, values: list[Any]) -> bool:
    length = column.type.length
    return all("\0" not in value for value in values) and (
        length is None or max(map(len, values)) <= length
    )


def _anything(_: Any, __: list[Any]) -> bool:
    return True


def _aware(_: Any, values: list[Any]) -> bool:
    return all(value.tzinfo is not None for value in values)


_CHECKS: tuple[tuple[type, set[type], Callable[[Any, list[Any]], bool]], ...] = (
    (sa.Boolean, {bool}, _anything),
    (sa.BigInteger, {int}, _whole(64)),
    (sa.Integer, {int}, _whole(32)),
    (sa.Float, {float, int}, _finite),
    (sa.String, {str}, _short),
    (sa.LargeBinary, {bytes}, _anything),
    (sa.JSON, {list, dict}, _anything),
    (UtcDateTime, {dt.datetime}, _aware),
)
"""Of the types of columns, the first that fits: what values are, and which of them it keeps."""
_PIXEL_TYPES = frozenset(kind.value for kind in PixelType)


def _check_references(rows: Mapping[Table, list[Row]]) -> None:
    """Rows refer to rows of the same document alone."""
    for table, found in rows.items():
        for name, target in foreign_keys(table):
            count = len(rows.get(target, ()))
            for row in found:
                number = row.get(name)
                _require(number is None or 0 <= number < count, f"{table.__name__}.{name}")
        if found and "parent_type" in found[0]:
            for row in found:
                parent = _TABLES.get(row["parent_type"])
                count = len(rows.get(parent, ())) if parent is not None else 0
                _require(0 <= row["parent_id"] < count, f"the parent of {table.__name__}")


def _text(text: str, limit: int) -> str:
    _require(len(text) <= limit and "\0" not in text, "a text that is too long")
    return text


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise WrongAnswerError(what)


def _is_link(table: Table) -> bool:
    return {"parent_id", "child_id"} <= set(table.__table__.columns.keys())


_LINKS = frozenset(table for table in TABLES if _is_link(table))
_DESCRIBED = {element.table for element in ELEMENTS.values()}
_TABLES: Mapping[str, Table] = {
    table.__name__: table
    for table in TABLES
    if table in _LINKS or table is models.MapPair or table in _DESCRIBED
}
_decode_fileset = msgspec.msgpack.Decoder(_Fileset | Failure).decode
_decode_found = msgspec.msgpack.Decoder(_Found | _Skipped | _Nothing | Failure).decode
