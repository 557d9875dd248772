"""Damaged files of vendors' formats: each is readable or a typed error, soon."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.czi_writer import write_czi
from tests.dicom_writer import write_dicom, write_slide
from tests.images import make_image
from tests.imaris_writer import write_imaris
from tests.lif_writer import write_lif
from tests.nd2_writer import write_nd2
from tests.olympus_writer import write_oib
from tests.store.importing.test_hostile import read_all
from tests.vendors import write_dv, write_ics, write_mrc

type Seed = Callable[[Path], object]

SMALL = (2, 2, 2, 12, 10)
SEEDS: dict[str, list[Seed]] = {
    "DeltaVision": [lambda path: write_dv(path, make_image(SMALL))],
    "MRC": [lambda path: write_mrc(path, make_image((2, 1, 2, 12, 10)))],
    "CZI": [
        lambda path: write_czi(path, make_image((1, 2, 1, 12, 10)), pyramid=True),
        lambda path: write_czi(path, make_image((1, 1, 1, 40, 30)), tile=20, codec="hilo"),
        lambda path: write_czi(path, make_image((1, 1, 1, 40, 30)), tile=20, codec="jpegxr"),
    ],
    "LIF": [
        lambda path: write_lif(path, make_image(SMALL)),
        lambda path: write_lif(path, make_image((1, 3, 1, 12, 10), np.uint8), colours=True),
    ],
    "ND2": [
        lambda path: write_nd2(path, make_image((1, 2, 1, 12, 10)), positions=2, padding=4),
        lambda path: write_nd2(path, make_image((2, 1, 1, 12, 10)), lossless=True),
    ],
    "DICOM": [
        lambda path: write_dicom(path, make_image((1, 1, 3, 12, 10))),
        lambda path: write_dicom(path, make_image((1, 3, 2, 12, 10), np.uint8), codec="rle"),
        lambda path: write_slide(path, make_image((1, 3, 1, 40, 30), np.uint8), sparse=True),
        lambda path: write_dicom(path, make_image((1, 1, 3, 12, 10)), codec="j2k", fragments=2),
    ],
    "OIB": [
        lambda path: write_oib(path, make_image((1, 2, 1, 12, 10))),
        lambda path: write_oib(path, make_image((1, 2, 1, 12, 10)), pieces=True),
    ],
    "Imaris": [
        lambda path: write_imaris(path, make_image((1, 2, 2, 20, 18))),
        lambda path: write_imaris(path, make_image((1, 1, 2, 12, 10)), chunks=None),
    ],
    "ICS": [
        lambda path: write_ics(path, make_image(SMALL)),
        lambda path: write_ics(path, make_image(SMALL), compressed=True),
    ],
}
MUTANTS = 300


def mutant(data: bytes, random: np.random.Generator) -> bytes:
    """The bytes with up to six of them changed, most in the first kilobytes; some cut short."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 7))):
        span = len(data) if random.random() < 0.5 else min(len(data), 2048)
        value = int(random.choice([0, 1, 127, 128, 255, random.integers(256)]))
        changed[int(random.integers(span))] = value
    if random.random() < 0.2:
        del changed[int(random.integers(len(data))) :]
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_a_mutant_is_readable_or_a_typed_error(name: str, tmp_path: Path) -> None:
    seeds = []
    for number, seed in enumerate(SEEDS[name]):
        path = tmp_path / f"seed{number}"
        seed(path)
        seeds.append(path.read_bytes())
    random = np.random.default_rng(20_26)
    for number in range(MUTANTS):
        path = tmp_path / "mutant"
        path.write_bytes(mutant(seeds[number % len(seeds)], random))
        started = time.monotonic()

        assert all(read_all(path))
        # Only a guard against hanging, with much room for a busy machine.
        assert time.monotonic() - started < 25
