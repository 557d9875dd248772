"""After warming up nothing is compiled any more, and every index stays inside its array."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target

from render import kernels
from render.composite import composite
from render.downsample import halve, resize_to
from render.packing import Companding, preview, shuffled
from render.settings import FAMILIES, ChannelSettings, Codomain, RenderSettings, Window
from render.statistics import extremes, histogram
from render.tally import Tally
from render.warmup import warm
from tests.render.planes import DTYPES

ROOT = Path(__file__).parents[2]


def compiled() -> dict[str, int]:
    """Number of compiled variants of each kernel."""
    found: dict[str, Any] = vars(kernels)
    return {
        name: len(value.signatures)
        for name, value in found.items()
        if isinstance(value, Dispatcher)
    }


@pytest.mark.slow
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled at all")
def test_nothing_is_compiled_after_warming_up() -> None:
    warm()
    before = compiled()

    for dtype in DTYPES.split():
        plane = np.ones((6, 8), dtype)
        frozen = np.ones((12, 8), dtype)[::2]
        frozen.flags.writeable = False
        unaligned = np.frombuffer(b"\1" + plane.tobytes(), dtype, plane.size, 1).reshape(6, 8)
        for samples in (plane, frozen, unaligned, plane[:, 1:], plane.T, plane[:1, :1]):
            for family in FAMILIES:
                for window in (Window(0, 9), Window(0, 0), Window(1, 50022), Window(-1e9, 1e9)):
                    channel = ChannelSettings(window, family=family, lut="fire", inverted=True)
                    composite([samples], RenderSettings((channel,)))
                    composite([samples], RenderSettings((channel,), "greyscale"))
                    composite([samples], RenderSettings((channel,), "rgb", Codomain(9, 99, 7)))
                    straight = ChannelSettings(window, family=family)
                    for count in (1, 8, 9, 20):
                        composite([samples] * count, RenderSettings((straight,) * count))
            halve(samples)
            resize_to(np.ones((4, 6, 3), np.uint8)[1:], 2, 9)
            extremes(samples)
            histogram(samples, 7, 0, 5.5)
            preview([samples], [Companding(-2, 9.5)])
            shuffled([samples])
            Tally(samples.dtype).add(samples)

    assert compiled() == before
    assert sum(before.values()) > 20


@pytest.mark.slow
def test_every_index_stays_inside_its_array(tmp_path: Path) -> None:
    # Machine code on disk does not know about the checks, so they get a cache of their own.
    checked = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    parts = ["areas", "composite", "downsample", "packing", "projection", "statistics", "tally"]
    files = [*(f"tests/render/test_{part}.py" for part in parts), "tests/schema/test_texts.py"]

    got = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT, env=checked, capture_output=True, text=True,
    )  # fmt: skip

    assert got.returncode == 0, got.stdout[-3000:]


@pytest.mark.skipif("NUMBA_CPU_FEATURES" in os.environ, reason="somebody says for what to compile")
def test_kernels_leave_registers_of_avx512_alone() -> None:
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    assert "+avx512" not in features
