"""What lists can be sorted by that is in no column of theirs: sizes, ratings, key–values, counts."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.models.aliases import alias
from store.models.annotations import RATING_NAMESPACE

SORTED_MAX = 50_000
"""Rows of lists that are sorted by what has no index: all of them are looked at for each page."""
KEY = sa.bindparam("order_key", type_=sa.String())
"""The key whose values are sorted by, folded."""
_NUMBER_MAX = 1.7976931348623157e308
_INTEGER_MAX = 2**62
_TEXT_MAX = chr(0x10FFFF)


class Sorting(StrEnum):
    """What is worked out of each row."""

    SAMPLES = "samples"
    FILE_SIZE = "file size"
    RATING = "rating"
    KEY_VALUE = "key value"
    CHILDREN = "children"


KINDS: Mapping[Sorting, tuple[type, ...]] = {
    Sorting.SAMPLES: (int,),
    Sorting.FILE_SIZE: (int,),
    Sorting.RATING: (float,),
    Sorting.KEY_VALUE: (float, str),
    Sorting.CHILDREN: (int,),
}
"""Types of the places."""


def places(
    viewer: Viewer, model: Any, rows: Any, sorting: Sorting, *, descending: bool
) -> tuple[list[sa.ColumnElement[Any]], Any]:
    """Make the expressions that rows are sorted by, none of which is ever null.

    What has no value has one behind all others, whatever the direction.

    Args:
        viewer: Who reads: what cannot be seen makes no difference.
        model: A class of `store.models`.
        rows: Table with the `id` of the rows.
        sorting: What is worked out.
        descending: Whether the greatest come first.

    Returns:
        As many expressions as `KINDS` says: of key–values first the number, then the text, so
        that rows without a number follow those with one; of several values, the one that comes
        first. And the table, with an `id`, whose rows they need beside, as far as it has any;
        None if they need none.
    """
    ends: list[Any] = [-1 if descending else _INTEGER_MAX]
    if sorting is Sorting.KEY_VALUE:
        found = _key_values(viewer, model, rows, descending)
        ends = [-_NUMBER_MAX, ""] if descending else [_NUMBER_MAX, _TEXT_MAX]
        values: list[Any] = [found.c.number, found.c.text]
    elif sorting is Sorting.RATING:
        found = _ratings(viewer, model, rows)
        values = [found.c.mean]
    else:
        found, values = None, [_INTEGERS[sorting](viewer, model, rows.c.id)]
    kinds: list[sa.types.TypeEngine[Any]] = [_TYPES[kind]() for kind in KINDS[sorting]]
    wanted = zip(values, ends, kinds, strict=True)
    return [
        sa.func.coalesce(value, sa.literal(end, kind), type_=value.type)
        for value, end, kind in wanted
    ], found


_TYPES: Mapping[type, Callable[[], sa.types.TypeEngine[Any]]] = {
    int: sa.BigInteger,
    float: sa.Float,
    str: sa.String,
}


def _samples(viewer: Viewer, _model: Any, key: Any) -> Any:
    pixels = alias(models.Pixels, "sorted")
    sizes = (pixels.size_y, pixels.size_z, pixels.size_c, pixels.size_t)
    number: Any = sa.cast(pixels.size_x, sa.BigInteger)
    for size in sizes:
        number *= size
    found = select_visible(viewer, pixels, number).where(pixels.image_id == key)
    return found.scalar_subquery()


def _file_size(viewer: Viewer, _model: Any, key: Any) -> Any:
    image, entry = alias(models.Image, "sorted"), alias(models.FilesetEntry, "sorted")
    file = alias(models.OriginalFile, "sorted")
    total = sa.cast(sa.func.sum(file.size), sa.BigInteger)
    found = (
        select_visible(viewer, image, total)
        .join(entry, sa.and_(entry.fileset_id == image.fileset_id, visible(viewer, entry)))
        .join(file, sa.and_(file.id == entry.original_file_id, visible(viewer, file)))
        .where(image.id == key)
    )
    return found.scalar_subquery()


def _children(viewer: Viewer, model: Any, key: Any) -> Any:
    table = alias(models.ChildCount, "sorted")
    number = sa.cast(sa.func.coalesce(sa.func.sum(table.children), 0), sa.BigInteger)
    counted = (table.parent_type == model.__name__, table.parent_id == key)
    return select_visible(viewer, table, number).where(*counted).scalar_subquery()


_INTEGERS: Mapping[Sorting, Callable[[Viewer, Any, Any], Any]] = {
    Sorting.SAMPLES: _samples,
    Sorting.FILE_SIZE: _file_size,
    Sorting.CHILDREN: _children,
}


def _ratings(viewer: Viewer, model: Any, rows: Any) -> Any:
    """Make the table of the mean ratings of those rows that have any."""
    link, rating = alias(models.AnnotationLink, "sorted"), alias(models.Annotation, "sorted")
    mean = sa.cast(sa.func.avg(rating.long_value), sa.Float).label("mean")
    return (
        _annotated(viewer, model, rows, link, rating, mean)
        .where(
            # Joined to nothing, so that no index is of them: the way is from the rows.
            rating.namespace.concat("") == RATING_NAMESPACE,
            rating.kind.concat("") == models.LongAnnotation.__name__,
        )
        .subquery("ratings")
    )


def _key_values(viewer: Viewer, model: Any, rows: Any, descending: bool) -> Any:
    """Make the table of the first number and text of a key, of those rows that have it."""
    link, owner = alias(models.AnnotationLink, "sorted"), alias(models.Annotation, "sorted")
    pair = alias(models.MapPair, "sorted")
    first = sa.func.max if descending else sa.func.min
    number: Any = sa.func.coalesce(pair.base_number, pair.number)
    text: Any = sa.func.coalesce(pair.sort_value, pair.value_key)
    columns = (first(number).label("number"), first(text).label("text"))
    return (
        _annotated(viewer, model, rows, link, owner, *columns)
        .join(pair, pair.annotation_id == owner.id)
        .where(pair.key_key.concat("") == KEY)
        .subquery("key_values")
    )


def _annotated(
    viewer: Viewer, model: Any, rows: Any, link: Any, annotation: Any, *columns: Any
) -> Rows:
    """Select from the visible annotations of rows, grouped by row."""
    return (
        select_visible(viewer, link, link.parent_id.label("id"), *columns)
        .join(annotation, sa.and_(annotation.id == link.child_id, visible(viewer, annotation)))
        # Of these rows, not all of one type.
        .where(link.parent_type == model.__name__, link.parent_id.in_(sa.select(rows.c.id)))
        .group_by(link.parent_id)
    )
