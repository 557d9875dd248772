"""Planes of every type for property tests."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

DTYPES = "? u1 i1 <u2 >u2 <i2 >i2 <u4 >u4 <i4 >i4 <u8 >i8 <f2 <f4 >f4 <f8 >f8 <c8 >c8 <c16"


def planes(dtypes: str = DTYPES, low: int = 1, high: int = 19) -> st.SearchStrategy[NDArray[Any]]:
    """One plane of any of the types, of odd and even sizes."""
    side = st.integers(low, high)
    return st.tuples(st.sampled_from(dtypes.split()).map(np.dtype), st.tuples(side, side)).flatmap(
        lambda pair: hnp.arrays(*pair)
    )
