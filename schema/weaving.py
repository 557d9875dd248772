"""Kernels that put JSON texts together: where the elements of a list are, and rows of many columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.jit import kernel

type Text = NDArray[np.uint8]
"""Shape (bytes,): JSON without white space, in UTF-8."""
type Places = NDArray[np.int64]
"""Where texts begin or end in a longer one."""

_QUOTE, _BACKSLASH, _COMMA = ord('"'), ord("\\"), ord(",")
_place = np.uint64
"""Of a sign in a text. With numbers that may be negative, which mean places from the end, copying
is no longer one move of memory and takes five times as long."""
_OPENING, _CLOSING = (ord("["), ord("{")), (ord("]"), ord("}"))


@kernel
def find_elements(text: Text, starts: Places, stops: Places) -> int:
    """Find the elements of a list.

    Args:
        text: The list.
        starts: Shape (elements,): where each begins is written here.
        stops: Shape (elements,): where each ends is written here.

    Returns:
        How many elements there are; no more are written than there is room for.
    """
    found, depth, quoted = 0, 0, False
    start, at, last = 1, 1, text.size - 1
    if last <= 1:
        return 0
    while at <= last:
        sign = text[at]
        if quoted:
            if sign == _BACKSLASH:
                at += 1
            elif sign == _QUOTE:
                quoted = False
        elif sign == _QUOTE:
            quoted = True
        elif sign == _OPENING[0] or sign == _OPENING[1]:
            depth += 1
        elif depth == 0 and (sign == _COMMA or at == last):
            if found < starts.size:
                starts[found], stops[found] = start, at
            found += 1
            start = at + 1
        elif sign == _CLOSING[0] or sign == _CLOSING[1]:
            depth -= 1
        at += 1
    return found


@kernel
def number_elements(
    text: Text, starts: Places, stops: Places, slots: Places, numbers: Places, firsts: Places
) -> int:
    """Number the different ones among texts, in the order in which they come.

    Args:
        text: Has all texts.
        starts: Shape (texts,): where each begins.
        stops: Shape (texts,): where each ends.
        slots: Shape (a power of two, more than different texts): all -1.
        numbers: Shape (texts,): the number of each text is written here.
        firsts: Shape (different texts): where each comes first is written here.

    Returns:
        How many are different; -1 if there is no room for more.
    """
    mask, found = _place(slots.size - 1), 0
    for element in range(starts.size):
        begin, end = _place(starts[element]), _place(stops[element])
        slot = hashed(text, begin, end) & mask
        number = slots[slot]
        while number >= 0 and not same(text, begin, end, starts, stops, firsts[number]):
            slot = (slot + _place(1)) & mask
            number = slots[slot]
        if number < 0:
            if found == firsts.size:
                return -1
            slots[slot] = number = found
            firsts[found] = element
            found += 1
        numbers[element] = number
    return found


@kernel
def hashed(text: Text, begin: np.uint64, end: np.uint64) -> np.uint64:
    """Return a number that is rarely equal for different texts.

    Source: http://www.isthe.com/chongo/tech/comp/fnv/ (FNV-1a, 64 bits).
    """
    number = _place(0xCBF29CE484222325)
    for sign in range(end - begin):
        number = (number ^ _place(text[begin + _place(sign)])) * _place(0x100000001B3)
    return number ^ (number >> _place(32))


@kernel
def same(
    text: Text, begin: np.uint64, end: np.uint64, starts: Places, stops: Places, other: Any
) -> bool:
    """Whether a text is equal to another one."""
    there = _place(starts[other])
    if _place(stops[other]) - there != end - begin:
        return False
    for sign in range(end - begin):
        if text[begin + _place(sign)] != text[there + _place(sign)]:
            return False
    return True


@kernel
def weave(
    text: Text,
    starts: Places,
    stops: Places,
    signs: Text,
    bounds: Places,
    out: Text,
    begin: int,
    out_starts: Places,
    out_stops: Places,
) -> None:
    """Write rows one behind the other: what all have in common, and between it their own values.

    Args:
        text: Has all values.
        starts: Shape (columns, rows): where each value begins.
        stops: Shape (columns, rows): where each value ends.
        signs: What all rows have before the first value, between two, and behind the last.
        bounds: Shape (columns + 2,): where each of these begins and, at last, ends.
        out: Rows are written here, a comma between two.
        begin: Where in it the first row begins.
        out_starts: Shape (rows,): where each row begins.
        out_stops: Shape (rows,): where each row ends.
    """
    columns, rows = starts.shape
    at = _place(begin)
    for row in range(rows):
        out_starts[row] = at
        for column in range(columns):
            at = copy(signs, bounds[column], bounds[column + 1], out, at)
            at = copy(text, starts[column, row], stops[column, row], out, at)
        at = copy(signs, bounds[columns], bounds[columns + 1], out, at)
        out_stops[row] = at
        out[at] = _COMMA
        at += _place(1)


@kernel
def copy(text: Text, start: Any, stop: Any, out: Text, at: np.uint64) -> np.uint64:
    """Write a part of a text at a place of another, and return the place behind it."""
    begin = _place(start)
    length = _place(stop) - begin
    for sign in range(length):
        out[at + _place(sign)] = text[begin + _place(sign)]
    return at + length
