"""Answers written in pieces are the bytes that they would be as a whole."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.encoding import LARGE, PIECE, encoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=50,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(), VALUES), st.sampled_from([0, LARGE, 50 * LARGE, 10**9]))
def test_pieces_are_what_the_whole_would_be(answer: dict[str, Any], objects: int) -> None:
    assert encoded(answer, objects) == orjson.dumps(answer)


def test_long_lists_of_lists_are_what_they_would_be() -> None:
    row = [{"id": f"Image:{n}", "channels": [{"name": "é"}] * 3} for n in range(2 * PIECE + 1)]
    answer = {"data": {"nodes": [{"images": {"nodes": row}}] * 3, "none": [], "empty": {}}}

    assert encoded(answer, 12 * len(row)) == orjson.dumps(answer)
