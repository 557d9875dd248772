"""By what the lists of each type can be sorted: one enumeration a type."""

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

import sqlalchemy as sa

from schema.pagination import Order, described
from store import models
from store.models.names import Named
from store.queries.sorting import KINDS, Sorting

type _Declared = Mapping[str, tuple[tuple[str, ...], bool, str, str]]
"""Name → columns, whether only lists below a parent can be sorted so, and two descriptions."""

_INDEX: _Declared = {
    "INDEX": (("index",), True, "By number, from 0.", "By number, the last first."),
}
_ORDERS: Mapping[Any, _Declared] = {
    models.Image: {
        "ACQUIRED": (
            ("acquisition_date",),
            False,
            "By acquisition date, oldest first; images without a date come last.",
            "By acquisition date, newest first; images without a date come last.",
        )
    },
    models.Well: {
        "POSITION": (
            ("row", "column"),
            True,
            "In the order of the plate: row by row, in each by column.",
            "In the opposite order of the plate: the last row first, in each the last column.",
        )
    },
    models.Plane: {
        "POSITION": (
            ("the_t", "the_c", "the_z"),
            True,
            "By time point, then channel, then section.",
            "By time point, then channel, then section; the last first.",
        )
    },
    models.Annotation: {
        "TEXT": (
            ("text_key",),
            False,
            "By text, first in the alphabet first; what has no text that is sorted comes last.",
            "By text, last in the alphabet first; what has no text that is sorted comes last.",
        )
    },
    models.Channel: _INDEX,
    models.Shape: _INDEX,
    models.WellSample: _INDEX,
    models.ProtocolStep: _INDEX,
    models.ProtocolReagent: _INDEX,
    models.TiffData: _INDEX,
}
"""Orders besides those by id and by name; each has an index whose end it is."""

_NAME = (
    ("sort_name",),
    False,
    "By name, first in the alphabet first; numbers by value, without case and accents.",
    "By name, last in the alphabet first; numbers by value, without case and accents.",
)
_ID = ((), False, "In the order of creation.", "Newest first.")


_LAST = "what has none comes last."
_OF_EVERY_LIST = "Of lists that are not too long."
_WORKED_OUT: Mapping[Any, Mapping[str, tuple[Sorting, str, str]]] = {
    models.Image: {
        "SAMPLES": (
            Sorting.SAMPLES,
            f"By number of samples, smallest first; {_LAST} {_OF_EVERY_LIST}",
            f"By number of samples, largest first; {_LAST} {_OF_EVERY_LIST}",
        ),
        "FILE_SIZE": (
            Sorting.FILE_SIZE,
            f"By bytes of the files of the fileset, smallest first; {_LAST} {_OF_EVERY_LIST}",
            f"By bytes of the files of the fileset, largest first; {_LAST} {_OF_EVERY_LIST}",
        ),
    },
    models.Dataset: {
        "IMAGES": (
            Sorting.CHILDREN,
            f"By number of images that you can see, smallest first. {_OF_EVERY_LIST}",
            f"By number of images that you can see, largest first. {_OF_EVERY_LIST}",
        )
    },
    models.Project: {
        "DATASETS": (
            Sorting.CHILDREN,
            f"By number of datasets that you can see, smallest first. {_OF_EVERY_LIST}",
            f"By number of datasets that you can see, largest first. {_OF_EVERY_LIST}",
        )
    },
}
_OF_ANNOTATIONS: Mapping[str, tuple[Sorting, str, str]] = {
    "RATING": (
        Sorting.RATING,
        f"By the mean of the ratings that you can see, lowest first; {_LAST} {_OF_EVERY_LIST}",
        f"By the mean of the ratings that you can see, highest first; {_LAST} {_OF_EVERY_LIST}",
    ),
    "KEY_VALUE": (
        Sorting.KEY_VALUE,
        "By the values of the key `orderKey`: numbers, whatever their unit, smallest first, then"
        f" texts by the alphabet, numbers in them by value; {_LAST} {_OF_EVERY_LIST}",
        "By the values of the key `orderKey`: numbers, whatever their unit, largest first, then"
        f" texts from the end of the alphabet, numbers in them by value; {_LAST} {_OF_EVERY_LIST}",
    ),
}
_ANNOTATED = (
    models.Image,
    models.Project,
    models.Dataset,
    models.Screen,
    models.Plate,
    models.Well,
)
"""What is sorted by ratings and key–values."""


def sorted_by_keys(model: Any) -> bool:
    """Tell whether lists of an entity are sorted by key–values."""
    return model in _ANNOTATED


@cache
def orders_of(model: Any) -> type[Enum]:
    """Return the enumeration of the orders of an entity; the values are `Order`s.

    Args:
        model: A class of `store.models`.
    """
    kind = sa.inspect(model).class_
    declared: dict[str, tuple[tuple[str, ...], bool, str, str]] = {}
    if issubclass(kind, Named):
        declared["NAME"] = _NAME
    declared["ID"] = _ID
    for base, found in _ORDERS.items():
        if issubclass(kind, base):
            declared |= found
    name = f"{kind.__name__}Order"
    values, texts = {}, {}
    for word, (columns, local, ascending, descending) in declared.items():
        for suffix, text in (("_ASC", ascending), ("_DESC", descending)):
            values[word + suffix] = _order(kind, word + suffix, columns, local)
            texts[word + suffix] = text
    for word, (sorting, ascending, descending) in _worked_out(kind).items():
        for suffix, text in (("_ASC", ascending), ("_DESC", descending)):
            values[word + suffix] = Order(
                name=word + suffix,
                descending=suffix == "_DESC",
                kinds=KINDS[sorting],
                sorting=sorting,
            )
            texts[word + suffix] = text
    make: Any = Enum  # type checkers read its name and values from the source, which has none
    made: type[Enum] = make(name, values)
    return described(made, f"How lists of the type {kind.__name__} are sorted.", texts)


def order_of(model: Any, name: str) -> Order:
    """Return one order of an entity by its name, such as NAME_ASC."""
    order: Order = orders_of(model)[name].value
    return order


def _worked_out(model: Any) -> Mapping[str, tuple[Sorting, str, str]]:
    of_annotations = _OF_ANNOTATIONS if sorted_by_keys(model) else {}
    return {**_WORKED_OUT.get(model, {}), **of_annotations}


def _order(model: Any, name: str, columns: tuple[str, ...], local: bool) -> Order:
    found = [sa.inspect(model).columns[column] for column in columns]
    return Order(
        name=name,
        columns=columns,
        descending=name.endswith("_DESC"),
        kinds=tuple(_kind(column.type) for column in found),
        nullable=any(column.nullable for column in found),
        local=local,
    )


def _kind(type_: sa.types.TypeEngine[Any]) -> type:
    return dt.datetime if isinstance(type_, models.UtcDateTime) else type_.python_type
