"""Values as JSON texts, put together without a Python object for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schema.weaving import Places, Text

type Numbers = NDArray[np.int64]
"""Whole numbers, of any shape."""
type Values = Sequence[Any]
"""One value for each row, in the order of the rows."""

LARGE = 1_500
"""Values from which rows are written as text. The kernels are loaded with the first that are, which
takes a quarter of a second; small answers are quicker as objects."""
_NULL = b"null,"
_FEW = 1_000
"""Different values of a column up to which they are told apart as texts."""


def are_many(values: int) -> bool:
    """Whether so many values are put together as texts, or told apart as such."""
    return values >= LARGE


class Packed(Sequence[Any]):
    """Values that are one JSON text; Python objects are made of them if somebody asks for one."""

    __slots__ = ("_few", "_size", "_values", "text")

    def __init__(self, text: bytes, size: int) -> None:
        """Take a text.

        Args:
            text: A list, in JSON without white space.
            size: How many elements it has.
        """
        self.text = text
        self._size = size
        self._values: list[Any] | None = None
        self._few: tuple[list[Any], Numbers] | None = None

    @property
    def values(self) -> list[Any]:
        """The values, as Python objects."""
        values = self._values
        if values is None:
            values = self._values = orjson.loads(self.text)
        return values

    def few(self) -> tuple[list[Any], Numbers] | None:
        """Return the different values, and which each one is; None if it is better looked up."""
        if self._few is None and self._values is None and are_many(self._size):
            from schema.weaving import number_elements

            text, starts, stops = _elements(self.text, self._size)
            numbers, firsts = np.empty(self._size, np.int64), np.empty(_FEW, np.int64)
            slots = np.full(4 * 1_024, -1, np.int64)
            found = number_elements(text, starts, stops, slots, numbers, firsts)
            if found >= 0:
                chosen = Texts(text, starts, stops).take(firsts[:found])
                self._few = orjson.loads(orjson.dumps(list(chosen))), numbers
        return self._few

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)


class Mapped(Sequence[Any]):
    """Values of which many are equal: keys, and what each key stands for."""

    __slots__ = ("_keys", "_known")

    def __init__(self, known: Mapping[Any, Any], keys: Sequence[Any]) -> None:
        """Take the values.

        Args:
            known: By key.
            keys: One for each row; all are known.
        """
        self._known = known
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._known[key] for key in self._keys[place]]
        return self._known[self._keys[place]]

    def __iter__(self) -> Iterator[Any]:
        return map(self._known.__getitem__, self._keys)

    def numbered(self) -> tuple[list[Any], Numbers]:
        """Return the different values, and of each row which of them it has."""
        few = self._keys.few() if isinstance(self._keys, Packed) else None
        if few is not None:
            return [self._known[key] for key in few[0]], few[1]
        numbers = {key: number for number, key in enumerate(self._known)}
        chosen = np.fromiter(map(numbers.__getitem__, self._keys), np.int64, len(self._keys))
        return list(self._known.values()), chosen


class Texts(Sequence[Any]):
    """Completed values, each a part of one JSON text; to whoever asks for one, a `Fragment`."""

    __slots__ = ("_starts", "_stops", "_text", "listed")

    def __init__(self, text: Text, starts: Places, stops: Places, *, listed: bool = False) -> None:
        """Take a text.

        Args:
            text: Begins with null.
            starts: Shape (values,): where each begins.
            stops: Shape (values,): where each ends.
            listed: Whether each is a list, and the brackets around it are left out of the text.
        """
        self._text = text
        self._starts = starts
        self._stops = stops
        self.listed = listed

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        text = self._text[self._starts[place] : self._stops[place]].tobytes()
        return orjson.Fragment(b"[%b]" % text if self.listed else text)

    def __contains__(self, value: object) -> bool:
        # Only null is at the beginning; lists that are empty are, too.
        return value is None and not self.listed and not self._starts.all()

    def parts(self) -> tuple[Text, Places, Places]:
        """Return the text, and where each value in it begins and ends."""
        return self._text, self._starts, self._stops

    def take(self, places: Sequence[int] | Numbers) -> Texts:
        """Return some of the values; see `taken`."""
        assert not self.listed
        # One more, for the place -1: the null at the beginning.
        starts, stops = np.append(self._starts, 0), np.append(self._stops, len("null"))
        chosen = np.array(places, np.int64)
        return Texts(self._text, starts[chosen], stops[chosen])

    def lists(self, bounds: Numbers) -> Texts:
        """Return lists of values; see `listed`."""
        assert not self.listed
        # One more, for lists that are empty: nothing. Between two rows is only a comma.
        starts, stops = np.append(self._starts, 0), np.append(self._stops, 0)
        first, last = np.where(bounds[0] < bounds[1], bounds - [[0], [1]], -1)
        return Texts(self._text, starts[first], stops[last], listed=True)


def different(values: Values) -> list[Any]:
    """Return the different ones among values, in the order in which they come."""
    few = values.few() if isinstance(values, Packed) else None
    return list(dict.fromkeys(values)) if few is None else few[0]


def taken(values: Values, places: Sequence[int]) -> Values:
    """Return the values at some places, repetitions allowed; None for the place -1."""
    if isinstance(values, Texts):
        return values.take(places)
    return [None if place < 0 else values[place] for place in places]


def listed(values: Values, bounds: Numbers) -> Values:
    """Return lists of values that follow each other.

    Args:
        values: Of all lists.
        bounds: Shape (2, lists): where each begins and ends among the values.
    """
    if isinstance(values, Texts):
        return values.lists(bounds)
    return [values[start:end] for start, end in bounds.T.tolist()]


def numbers_of(values: Values) -> Numbers:
    """Return whole numbers as an array."""
    if isinstance(values, Packed):
        return np.fromstring(values.text[1:-1], np.int64, sep=",")
    return np.array(values, np.int64)


def written(names: Sequence[str], columns: Sequence[Values], size: int) -> Texts:
    """Write the objects of many rows.

    Args:
        names: Of the fields, at least one; none needs an escape.
        columns: The completed values of each field.
        size: How many rows there are.
    """
    from schema.weaving import weave

    starts = np.empty((len(columns), size), np.int64)
    stops = np.empty_like(starts)
    texts: list[Text] = []
    at = 0
    for number, column in enumerate(columns):
        text, starts[number], stops[number] = _located(column)
        starts[number] += at
        stops[number] += at
        texts.append(text)
        at += len(text)
    signs = list(_signs(names, columns))
    bounds = np.cumsum([0, *map(len, signs)])
    length = len(_NULL) + int((stops - starts).sum()) + size * (int(bounds[-1]) + 1)
    out = np.empty(length, np.uint8)
    out[: len(_NULL)] = _bytes_of(_NULL)
    out_starts, out_stops = np.empty((2, size), np.int64)
    inner, outer = _bytes_of(b"".join(texts)), _bytes_of(b"".join(signs))
    weave(inner, starts, stops, outer, bounds, out, len(_NULL), out_starts, out_stops)
    return Texts(out, out_starts, out_stops)


def _signs(names: Sequence[str], columns: Sequence[Values]) -> Iterator[bytes]:
    """Iterate over what all rows have in common: before the first value, between two, behind."""
    behind = b"{"
    for name, column in zip(names, columns, strict=True):
        in_list = isinstance(column, Texts) and column.listed
        yield b'%b"%b":%b' % (behind, name.encode(), b"[" if in_list else b"")
        behind = b"]," if in_list else b","
    yield behind.replace(b",", b"}")


def _located(column: Values) -> tuple[Text, Places, Places]:
    """Return a text with the values of a column, and where each begins and ends."""
    if isinstance(column, Texts):
        return column.parts()
    if isinstance(column, Mapped):
        values, numbers = column.numbered()
        text, starts, stops = _elements(packed(values), len(values))
        return text, starts[numbers], stops[numbers]
    return _elements(packed(column), len(column))


def _elements(text: bytes, size: int) -> tuple[Text, Places, Places]:
    """Return a list of so many values as an array, and where each begins and ends."""
    from schema.weaving import find_elements

    starts, stops = np.empty((2, size), np.int64)
    signs = _bytes_of(text)
    found = find_elements(signs, starts, stops)
    if found != size:
        raise ValueError(f"{found} values for {size} rows")
    return signs, starts, stops


def _bytes_of(text: bytes) -> Text:
    return np.frombuffer(text, np.uint8)


def packed(column: Values) -> bytes:
    """Return values as one JSON text."""
    if isinstance(column, Packed):
        return column.text
    return orjson.dumps(column if isinstance(column, list | tuple) else list(column))


def warm() -> None:
    """Load the kernels, or compile them where none are kept yet."""
    few = Packed(b"[%b]" % b",".join([b"0"] * LARGE), LARGE)
    written(["value"], [Mapped({0: 0}, few)], LARGE)
