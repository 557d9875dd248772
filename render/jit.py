"""The one place for compiler options: every kernel is decorated here."""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np


def kernel[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function on arrays at its first call, and keep the machine code on disk.

    The compiled function releases the interpreter lock and follows NumPy in arithmetic: a
    division by zero gives infinity or NaN. Re-ordering of floating-point operations stays
    forbidden, so that results equal those of the plain NumPy reference.

    Args:
        function: A function that checks nothing, raises nothing and calls only other kernels.

    Returns:
        The compiled function, under the types of the plain one.
    """
    # numba is untyped: its decorator is taken for one that keeps the signature.
    compiler: Any = numba
    if compiler.config.DISABLE_JIT:
        # As plain Python, for coverage: arithmetic beyond the range of doubles stays silent.
        return np.errstate(all="ignore")(function)
    compiled = compiler.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)
