"""Writes Imaris files with h5py, as small as they can be."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.images import Image


def write_imaris(
    path: Path, image: Image, chunks: tuple[int, int, int] | None = (2, 16, 16),
    compression: str | None = "gzip", shuffle: bool = True, levels: int = 1, order: str = "<",
) -> Path:  # fmt: skip
    """Write an Imaris file; volumes are stored larger than the image.

    Args:
        path: Where to.
        image: The image.
        chunks: Sizes of a chunk along Z, Y, X; none to store volumes in one piece.
        compression: gzip or none.
        shuffle: Whether the bytes of samples lie apart.
        levels: How many, each of every other pixel of the one before.
        order: Byte order.
    """
    size_t, size_c, size_z, height, width = image.shape
    with h5py.File(path, "w") as file:
        for level in range(levels):
            part = image[..., :: 2**level, :: 2**level]
            for t, c in np.ndindex(size_t, size_c):
                name = f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}"
                group = file.create_group(name)
                volume = np.pad(part[t, c], ((0, 1), (0, 5), (0, 3)), constant_values=7)
                options: dict[str, Any] = {"chunks": chunks} if chunks else {}
                if chunks and compression:
                    options |= {"compression": compression, "shuffle": shuffle}
                stored = volume.astype(f"{order}{volume.dtype.str[1:]}")
                group.create_dataset("Data", data=stored, **options)
                for axis, size in zip("ZYX", part.shape[2:], strict=True):
                    _say(group, f"ImageSize{axis}", str(size))
        info = file.create_group("DataSetInfo")
        said = info.create_group("Image")
        for number, count in enumerate((width, height, size_z)):
            _say(said, f"ExtMin{number}", "1.0")
            _say(said, f"ExtMax{number}", str(1.0 + 0.5 * count))
        _say(said, "Unit", "um")
        _say(said, "Description", "notes")
        _say(said, "RecordingDate", "2020-01-02 03:04:05.000")
        _say(said, "LensPower", "63")
        times = info.create_group("TimeInfo")
        for t in range(size_t):
            _say(times, f"TimePoint{t + 1}", f"2020-01-02 03:04:{5 + 2 * t:02}.000")
        for c in range(size_c):
            channel = info.create_group(f"Channel {c}")
            _say(channel, "Name", f"Dye {c}")
            _say(channel, "Color", "0.0 1.0 0.0")
            _say(channel, "LSMEmissionWavelength", "520")
    return path


def _say(group: Any, name: str, text: str) -> None:
    group.attrs[name] = np.array([sign.encode() for sign in text], "S1")
