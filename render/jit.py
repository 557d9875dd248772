"""The one place for compiler options: every kernel is decorated here."""

import contextlib
from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from llvmlite.binding import get_host_cpu_features

_compiler: Any = numba
"""Untyped: its decorator is taken for one that keeps the signature."""


def _leave_out_avx512() -> None:
    """Compile for all that the processor has but AVX-512, unless NUMBA_CPU_FEATURES says for what.

    Its registers slow down what runs after them, which is codecs made for SSE and AVX2: with it,
    the JPEG encoder behind a kernel takes 1.21 ms for a tile of 512 by 512 in place of 0.91, and
    the kernel itself is no faster (Ice Lake; decision 0036).
    """
    config = _compiler.config
    if config.CPU_FEATURES is None and config.ENABLE_AVX:
        with contextlib.suppress(RuntimeError):  # a processor that cannot say what it has
            has = get_host_cpu_features().flatten()
            if "+avx512" in has:
                config.CPU_FEATURES = has.replace("+avx512", "-avx512")


_leave_out_avx512()


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
    if _compiler.config.DISABLE_JIT:
        # As plain Python, for coverage: arithmetic beyond the range of doubles stays silent.
        return np.errstate(all="ignore")(function)
    compiled = _compiler.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)
