"""Facets and histograms: how often each value occurs among the rows of a list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.models.aliases import alias
from store.models.annotations import RATING_NAMESPACE

# What differs from one request to the next are parameters, so that a statement is made once.
KEY = sa.bindparam("counted_key", type_=sa.String())
"""The key whose values are counted, folded."""
NAMESPACE = sa.bindparam("counted_namespace", type_=sa.String())
"""Of the annotations that count."""
BINS = sa.bindparam("bins", type_=sa.Integer())
"""How many parts of equal width the range of a histogram has."""
LOW = sa.bindparam("low", type_=sa.Float())
HIGH = sa.bindparam("high", type_=sa.Float())
"""Least and greatest number that counts."""
NUMBER_MAX = 1e300
"""Numbers beyond this, in either direction, are in no histogram: their range could overflow."""


class Facet(StrEnum):
    """By what the rows of a list are counted."""

    OWNER = "owner"
    GROUP = "group"
    TAG = "tag"
    KEY = "key"
    KEY_VALUE = "key value"
    ANNOTATION_KIND = "annotation kind"
    NAMESPACE = "namespace"
    RATING = "rating"
    PIXEL_TYPE = "pixel type"
    CHANNEL = "channel"
    FORMAT = "format"
    ACQUISITION_MONTH = "acquisition month"
    DATASET = "dataset"
    PROJECT = "project"
    PLATE = "plate"
    SCREEN = "screen"


OF_ANNOTATIONS = frozenset(
    {
        Facet.TAG,
        Facet.KEY,
        Facet.KEY_VALUE,
        Facet.ANNOTATION_KIND,
        Facet.NAMESPACE,
        Facet.RATING,
    }
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows that are counted, as a viewer sees them."""

    viewer: Viewer
    model: Any
    rows: sa.Select[Any]
    """Selects `id` and `parent`; the parent is 0 in a list of everything."""
    annotated: str | None
    """`AnnotationLink.parent_type` of the rows; None if they cannot be annotated."""
    dialect: str


@dataclass(frozen=True, slots=True)
class _Grouping:
    """What rows are grouped by, and where it is."""

    by: Any
    """Column, or expression."""
    joins: Sequence[tuple[Any, Any]] = ()
    """Tables on the way to it, each with its condition."""
    value: Any = None
    """What is shown, where that is not what rows are grouped by."""
    label: Any = None
    key: Any = None
    """Id of the row that the value is of."""
    needed: Sequence[Any] = field(default=())


def facets_of(model: Any, annotated: bool) -> list[Facet]:
    """Return by what rows of an entity can be counted."""
    found = [Facet.OWNER, Facet.GROUP] if issubclass(model, models.Owned) else []
    if annotated:
        found += [facet for facet in Facet if facet in OF_ANNOTATIONS]
    return found + [facet for kind, facet in _PATHS if kind is model]


def kind_of(facet: Facet) -> str | None:
    """Return the type of the ids of a facet's values; None if they are no rows."""
    return _KINDS.get(facet)


def facet_counts(listed: Listed, facet: Facet, limit: Any, *, in_namespace: bool = False) -> Rows:
    """Count the rows of lists by a facet; of `Facet.KEY_VALUE`, by the values of `KEY`.

    Args:
        listed: The rows.
        facet: One of `facets_of`.
        limit: Most values of each list, as an expression.
        in_namespace: Only of annotations in `NAMESPACE`, of facets of annotations.

    Returns:
        parent, value, label, id of the value's row, number of rows; by parent, then those that
        occur most often first, then by value.
    """
    row, rows = alias(listed.model, "counted"), _materialized(listed)
    grouping = _grouping(listed, facet, row, in_namespace)
    shown = grouping.by if grouping.value is None else sa.func.min(_sorted(listed, grouping.value))
    label = sa.null() if grouping.label is None else sa.func.min(grouping.label)
    number = sa.func.count(sa.distinct(row.id))
    order = [number.desc(), _sorted(listed, grouping.by)]
    if grouping.key is not None:
        order.append(grouping.key)
    rank = sa.func.row_number().over(partition_by=rows.c.parent, order_by=order)
    columns = (
        rows.c.parent.label("parent"),
        shown.label("value"),
        label.label("label"),
        (sa.null() if grouping.key is None else grouping.key).label("key"),
        number.label("number"),
        rank.label("place"),
    )
    statement = select_visible(listed.viewer, row, *columns).join(rows, rows.c.id == row.id)
    for table, condition in grouping.joins:
        statement = statement.join(table, condition)
    keys = [grouping.by] if grouping.key is None else [grouping.by, grouping.key]
    counted = (
        statement.where(grouping.by.is_not(None), *grouping.needed)
        .group_by(rows.c.parent, *keys)
        .subquery("counted")
    )
    return _first(counted, limit)


def histogram_counts(
    listed: Listed,
    measure: Callable[[Any], tuple[Any, sa.ColumnElement[bool]]],
    *,
    from_low: bool = False,
    to_high: bool = False,
) -> Rows:
    """Count the numbers of `KEY`, of the rows of lists, by where in their range they are.

    Args:
        listed: The rows.
        measure: Says of an alias of `MapPair` which column holds the number, and of which pairs.
        from_low: Whether the range begins at `LOW`; else at the least of the numbers.
        to_high: Whether the range ends at `HIGH`; else at the greatest of the numbers.

    Returns:
        parent, part, numbers in it, least and greatest of them, beginning and end of the range.
    """
    row, rows = alias(listed.model, "counted"), _materialized(listed)
    pair, joins, needed = _pairs(listed, row, in_namespace=False)
    number, measured = measure(pair)
    limits = (
        number >= (LOW if from_low else -NUMBER_MAX),
        number <= (HIGH if to_high else NUMBER_MAX),
    )
    statement = select_visible(
        listed.viewer, row, rows.c.parent.label("parent"), number.label("number")
    ).join(rows, rows.c.id == row.id)
    for table, condition in joins:
        statement = statement.join(table, condition)
    found = statement.where(_has_key(pair), measured, *limits, *needed)
    bounds = (LOW if from_low else None, HIGH if to_high else None)
    return _binned(found.subquery("found"), listed.dialect, bounds)


def _materialized(listed: Listed) -> Any:
    # Read first: else planners may begin with all annotations of one type of rows.
    return listed.rows.cte("listed").prefix_with("MATERIALIZED")


def _first(counted: Any, limit: Any) -> Rows:
    """Take the first values of each list."""
    columns = [counted.c[name] for name in ("parent", "value", "label", "key", "number")]
    ordering = (counted.c.parent, counted.c.place)
    return sa.select(*columns).where(counted.c.place <= limit).order_by(*ordering)


def _binned(found: Any, dialect: str, bounds: tuple[Any, Any]) -> Rows:
    functions: tuple[Any, Any] = (sa.func.min, sa.func.max)
    low, high = (
        function(found.c.number).over(partition_by=found.c.parent) if bound is None else bound
        for bound, function in zip(bounds, functions, strict=True)
    )
    ranged = sa.select(found.c.parent, found.c.number, low.label("low"), high.label("high"))
    numbers = ranged.subquery("numbers")
    number, low, high = numbers.c.number, numbers.c.low, numbers.c.high
    if dialect == "postgresql":
        place: Any = sa.func.width_bucket(number, low, high, BINS) - 1
    else:
        place = sa.cast(BINS * ((number - low) / (high - low)), sa.Integer)
    part = sa.case((low >= high, 0), (number >= high, BINS - 1), else_=place).label("part")
    least, greatest = sa.func.min(number), sa.func.max(number)
    ends = [sa.func.min(low), sa.func.max(high)]
    return (
        sa.select(numbers.c.parent, part, sa.func.count(), least, greatest, *ends)
        .group_by(numbers.c.parent, part)
        .order_by(numbers.c.parent, part)
    )


def _sorted(listed: Listed, column: Any) -> Any:
    """Have a text sorted by code point, as SQLite does by itself."""
    if listed.dialect == "postgresql" and isinstance(column.type, sa.String):
        return column.collate("C")
    return column


def _grouping(listed: Listed, facet: Facet, row: Any, in_namespace: bool) -> _Grouping:
    if facet in OF_ANNOTATIONS:
        return _of_annotations(listed, facet, row, in_namespace)
    if facet is Facet.OWNER:
        person = alias(models.Experimenter, "counted_by")
        full = sa.func.trim(person.first_name + " " + person.last_name)
        on = person.id == row.owner_id
        return _Grouping(person.user_name, [(person, on)], label=full, key=person.id)
    if facet is Facet.GROUP:
        group = alias(models.ExperimenterGroup, "counted_by")
        return _Grouping(group.name, [(group, group.id == row.group_id)], key=group.id)
    return _PATHS[(listed.model, facet)](listed, row)


def _linked(listed: Listed, row: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Join the visible annotations of rows."""
    viewer = listed.viewer
    link = alias(models.AnnotationLink, "counted_by")
    annotation = alias(models.Annotation, "counted_by")
    # Said twice: SQLite then reads the links of these rows, not all of one type of rows.
    among_rows = link.parent_id.in_(sa.select(listed.rows.subquery().c.id))
    of_row = sa.and_(link.parent_type == listed.annotated, link.parent_id == row.id, among_rows)
    joins = [
        (link, sa.and_(of_row, visible(viewer, link))),
        (annotation, sa.and_(annotation.id == link.child_id, visible(viewer, annotation))),
    ]
    return annotation, joins


def _pairs(
    listed: Listed, row: Any, in_namespace: bool
) -> tuple[Any, list[tuple[Any, Any]], list[Any]]:
    annotation, joins = _linked(listed, row)
    pair = alias(models.MapPair, "counted_by")
    on = pair.annotation_id == annotation.id
    return pair, [*joins, (pair, on)], _named(annotation, in_namespace)


def _named(annotation: Any, in_namespace: bool) -> list[Any]:
    return [_unindexed(annotation.namespace) == NAMESPACE] if in_namespace else []


def _has_key(pair: Any) -> sa.ColumnElement[bool]:
    return sa.and_(_unindexed(pair.key_key) == KEY)


def _unindexed(column: Any) -> Any:
    # Joined to nothing, so that no index is of it: the way is from the rows to what is theirs,
    # not from all pairs of a key, or all tags, to the rows.
    return column.concat("")


def _of_annotations(listed: Listed, facet: Facet, row: Any, in_namespace: bool) -> _Grouping:
    if facet in (Facet.KEY, Facet.KEY_VALUE):
        pair, joins, needed = _pairs(listed, row, in_namespace)
        if facet is Facet.KEY:
            return _Grouping(pair.key_key, joins, value=pair.key, needed=needed)
        needed.append(_has_key(pair))
        return _Grouping(pair.value_key, joins, value=pair.value, needed=needed)
    annotation, joins = _linked(listed, row)
    needed = _named(annotation, in_namespace)
    if facet is Facet.TAG:
        needed.append(_unindexed(annotation.kind) == models.TagAnnotation.__name__)
        return _Grouping(annotation.text_value, joins, key=annotation.id, needed=needed)
    if facet is Facet.RATING:
        needed.append(_unindexed(annotation.namespace) == RATING_NAMESPACE)
        needed.append(_unindexed(annotation.kind) == models.LongAnnotation.__name__)
        return _Grouping(annotation.long_value, joins, needed=needed)
    by = annotation.kind if facet is Facet.ANNOTATION_KIND else annotation.namespace
    return _Grouping(by, joins, needed=needed)


def _pixel_type(listed: Listed, row: Any) -> _Grouping:
    pixels = alias(models.Pixels, "counted_by")
    on = sa.and_(pixels.image_id == row.id, visible(listed.viewer, pixels))
    return _Grouping(pixels.type, [(pixels, on)])


def _channel(listed: Listed, row: Any) -> _Grouping:
    pixels, channel = alias(models.Pixels, "counted_by"), alias(models.Channel, "counted_by")
    joins = [
        (pixels, sa.and_(pixels.image_id == row.id, visible(listed.viewer, pixels))),
        (channel, sa.and_(channel.pixels_id == pixels.id, visible(listed.viewer, channel))),
    ]
    return _Grouping(channel.name, joins)


def _format(listed: Listed, row: Any) -> _Grouping:
    fileset = alias(models.Fileset, "counted_by")
    on = sa.and_(fileset.id == row.fileset_id, visible(listed.viewer, fileset))
    return _Grouping(fileset.format, [(fileset, on)])


def _month(listed: Listed, row: Any) -> _Grouping:
    if listed.dialect == "postgresql":
        moment = sa.func.timezone("UTC", row.acquisition_date)
        # Text in the statement, not a parameter, so that it is grouped by what is selected.
        return _Grouping(sa.func.to_char(moment, sa.literal_column("'YYYY-MM'"), type_=sa.String))
    return _Grouping(sa.func.strftime(sa.literal_column("'%Y-%m'"), row.acquisition_date))


def _parents(*links: tuple[Any, Any]) -> Callable[[Listed, Any], _Grouping]:
    """Make the grouping by a container that is reached by links: each link and its parent."""

    def grouping(listed: Listed, row: Any) -> _Grouping:
        joins, child = [], row
        for link_model, parent_model in links:
            link, parent = alias(link_model, "counted_by"), alias(parent_model, "counted_by")
            viewer = listed.viewer
            joins.append((link, sa.and_(link.child_id == child.id, visible(viewer, link))))
            joins.append((parent, sa.and_(parent.id == link.parent_id, visible(viewer, parent))))
            child = parent
        return _Grouping(child.name, joins, key=child.id)

    return grouping


def _plate(listed: Listed, row: Any) -> _Grouping:
    sample, well, plate = (
        alias(model, "counted_by") for model in (models.WellSample, models.Well, models.Plate)
    )
    viewer = listed.viewer
    joins: list[tuple[Any, Any]] = [
        (plate, sa.and_(plate.id == well.plate_id, visible(viewer, plate)))
    ]
    if listed.model is models.Well:
        joins = [(plate, sa.and_(plate.id == row.plate_id, visible(viewer, plate)))]
    else:
        joins.insert(0, (well, sa.and_(well.id == sample.well_id, visible(viewer, well))))
        joins.insert(0, (sample, sa.and_(sample.image_id == row.id, visible(viewer, sample))))
    return _Grouping(plate.name, joins, key=plate.id)


_IN_DATASET = (models.DatasetImageLink, models.Dataset)
_IN_PROJECT = (models.ProjectDatasetLink, models.Project)
_PATHS: Mapping[tuple[Any, Facet], Callable[[Listed, Any], _Grouping]] = {
    (models.Image, Facet.PIXEL_TYPE): _pixel_type,
    (models.Image, Facet.CHANNEL): _channel,
    (models.Image, Facet.FORMAT): _format,
    (models.Image, Facet.ACQUISITION_MONTH): _month,
    (models.Image, Facet.DATASET): _parents(_IN_DATASET),
    (models.Image, Facet.PROJECT): _parents(_IN_DATASET, _IN_PROJECT),
    (models.Image, Facet.PLATE): _plate,
    (models.Dataset, Facet.PROJECT): _parents(_IN_PROJECT),
    (models.Plate, Facet.SCREEN): _parents((models.ScreenPlateLink, models.Screen)),
    (models.Well, Facet.PLATE): _plate,
}
_KINDS = {
    Facet.OWNER: "Experimenter",
    Facet.GROUP: "ExperimenterGroup",
    Facet.TAG: "TagAnnotation",
    Facet.DATASET: "Dataset",
    Facet.PROJECT: "Project",
    Facet.PLATE: "Plate",
    Facet.SCREEN: "Screen",
}
