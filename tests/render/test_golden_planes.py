"""The table of planes, settings and pictures that every renderer agrees on, the browser's too.

`python -m tests.render.test_golden_planes` writes the table anew, after a change that is meant.
"""

import base64
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.composite import composite
from render.luts import lut
from render.query import parse_channels, parse_model
from render.settings import ChannelSettings, RenderSettings, Window

TABLE = Path(__file__).parents[1] / "golden" / "planes.json"
SIZE = 32
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
LUTS = ("magma", "glasbey")
# Three channels with windows inside the type; each text says all that matters of each channel.
PLAIN = "1:{a}-{b}.FF0000,2:{a}-{c}.00FF00,3:{b}-{c}.0000FF"
CASES = {
    "primaries": (PLAIN, "c"),
    "mixed colours": ("1:{a}-{c}.4D8DFF,2:{a}-{b}.FFFFFF,3:{b}-{c}.93FF2A80", "c"),
    "inverted": ("1:{a}-{b}.FF8000.inv,2:{a}-{c}.00FF80,-3", "c"),
    "grey": ("-1,2:{a}-{b}.00FF00.lut(magma),3", "g"),
    "tables": ("1:{a}-{c}.FF0000.lut(magma),2:{b}-{c}.00FF00.lut(glasbey).inv,-3", "c"),
    "square": ("1:{a}-{c}.FFFFFF.fam(polynomial,2),-2,-3", "c"),
    "root": ("1:{a}-{b}.FF0000.fam(polynomial,0.5),2:{b}-{c}.00FFFF.fam(polynomial,0.5),-3", "c"),
    "logarithmic": ("-1,-2,3:{a}-{c}.FFFFFF.fam(logarithmic)", "c"),
    "exponential": ("-1,2:{a}-{b}.FFFF00.fam(exponential,0.4),3:{a}-{c}.8080FF", "c"),
    "threshold": ("1:{b}-{b}.FFFFFF,-2,-3", "c"),
    "nothing": ("-1,-2,-3", "c"),
}


def samples(name: str) -> NDArray[Any]:
    """Three planes of a type, shape (3, 32, 32): ramps, noise, ends of the type."""
    dtype = np.dtype(name)
    random = np.random.default_rng(TYPES.index(name))
    shape = (3, SIZE, SIZE)
    if dtype.kind == "f":
        planes = random.normal(0.2, 1.5, shape)
        planes[0] = np.linspace(-1, 2, SIZE * SIZE).reshape(SIZE, SIZE)
        planes[1, 0, :4] = np.nan, np.inf, -np.inf, 0
        return planes.astype(dtype)
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    values = random.integers(low, high, shape, dtype=dtype, endpoint=True)
    values[0] = np.linspace(low, high, SIZE * SIZE).astype(dtype).reshape(SIZE, SIZE)
    values[1, 0, :3] = low, high, 0
    return values


def windows(name: str) -> dict[str, str]:
    """Grey levels that the settings' texts name: dark, middle and bright ends of windows."""
    dtype = np.dtype(name)
    if dtype.kind == "f":
        return {"a": "-0.5", "b": "0.125", "c": "1.75"}
    limits = np.iinfo(dtype)
    width = int(limits.max) - int(limits.min)
    levels = (limits.min + int(width * part) for part in (0.1, 0.4, 0.9))
    return dict(zip("abc", map(str, levels), strict=True))


def settings(text: str, model: str) -> RenderSettings:
    """What a text means for three channels that are all shown."""
    base = RenderSettings(tuple(ChannelSettings(Window(0, 1)) for _ in range(3)))
    channels = parse_channels(text, base).channels
    return RenderSettings(channels, parse_model(model))


def picture(planes: NDArray[Any], text: str, model: str) -> NDArray[np.uint8]:
    """What the kernels make of planes, shape (32, 32, 3)."""
    chosen = settings(text, model)
    shown = [planes[index] for index in chosen.active_channels]
    if not shown:
        return np.zeros((SIZE, SIZE, 3), np.uint8)
    return np.asarray(composite(shown, chosen))


def packed(array: NDArray[Any]) -> str:
    """Little-endian bytes, compressed, as text."""
    plain = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return base64.b64encode(zlib.compress(plain.tobytes(), 9)).decode()


def unpacked(text: str, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Invert `packed`."""
    plain = zlib.decompress(base64.b64decode(text))
    return np.frombuffer(plain, np.dtype(dtype).newbyteorder("<")).reshape(shape)


def made() -> dict[str, Any]:
    """The whole table as the kernels make it now."""
    cases = [
        {
            "name": name,
            "type": dtype,
            "c": (text := pattern.format_map(windows(dtype))),
            "m": model,
            "picture": packed(picture(samples(dtype), text, model)),
        }
        for dtype in TYPES
        for name, (pattern, model) in CASES.items()
    ]
    return {
        "size": SIZE,
        "luts": {name: packed(lut(name)) for name in LUTS},
        "planes": {name: packed(samples(name)) for name in TYPES},
        "cases": cases,
    }


@cache
def table() -> dict[str, Any]:
    """The table that is kept."""
    kept: dict[str, Any] = json.loads(TABLE.read_text(encoding="ascii"))
    return kept


def test_table_has_every_type_and_case() -> None:
    kept = [(case["type"], case["name"]) for case in table()["cases"]]

    assert kept == [(dtype, name) for dtype in TYPES for name in CASES]


@pytest.mark.parametrize("dtype", TYPES)
def test_kernels_still_make_the_pictures_of_the_table(dtype: str) -> None:
    planes = unpacked(table()["planes"][dtype], dtype, (3, SIZE, SIZE))
    for case in table()["cases"]:
        if case["type"] == dtype:
            wanted = unpacked(case["picture"], "uint8", (SIZE, SIZE, 3))
            np.testing.assert_array_equal(
                picture(planes, case["c"], case["m"]), wanted, case["name"]
            )


@pytest.mark.parametrize("name", LUTS)
def test_lookup_tables_are_those_of_the_table(name: str) -> None:
    np.testing.assert_array_equal(unpacked(table()["luts"][name], "uint8", (256, 3)), lut(name))


if __name__ == "__main__":
    TABLE.write_text(json.dumps(made(), indent=1) + "\n", encoding="ascii")
