"""Chunks of derived levels on disk, as Zarr v3 arrays that other programs can read too."""

import json
import logging
import os
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from render.memory import RECYCLED
from store.pixels.source import Level, PixelsShape, Plane

logger = logging.getLogger(__name__)

CHUNK = 512
"""Width and height of a derived chunk in pixels."""

_KEPT_AFTER_EVICTION = 0.8
_EFFORT = 1
"""Of zstd: 3 makes noise of a camera 7 % smaller in twice the time, most of that of a pass."""


@dataclass(frozen=True, slots=True)
class DerivedArray:
    """One derived level of one image."""

    content_id: str
    level: int
    size: Level
    shape: PixelsShape
    """Sizes of the full image: T, C and Z are those of the level."""
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class ChunkPlace:
    """Which chunk of a derived level."""

    t: int
    c: int
    z: int
    row: int
    column: int


class DerivedStore:
    """Keeps derived chunks below one folder, within a number of bytes; safe for threads.

    What is here can always be made again: a chunk that cannot be read counts as missing, and one
    that cannot be written is only made again later.

    Attributes:
        root: Folder of `<content id>/<level>/zarr.json` and `…/c/t/c/z/row/column`.
        budget_bytes: When the files together exceed it, the longest unused ones are deleted.
    """

    def __init__(self, root: Path, budget_bytes: int) -> None:
        self.root = root
        self.budget_bytes = budget_bytes
        self._bytes: int | None = None
        self._full_at = budget_bytes
        """When to make room next; more than the budget while what is being built exceeds it."""
        self._building: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def building(self, content_id: str, place: ChunkPlace) -> Iterator[None]:
        """Keep all levels of a plane from being deleted while they are made, whatever the budget.

        Args:
            content_id: Names the samples.
            place: Any chunk of the plane.
        """
        plane = (content_id, str(place.t), str(place.z))
        with self._lock:
            self._building[plane] += 1
        try:
            yield
        finally:
            with self._lock:
                self._building[plane] -= 1
                self._building += Counter()  # leaves out what is 0
                self._full_at = self.budget_bytes

    def read(self, array: DerivedArray, place: ChunkPlace) -> Plane | None:
        """One chunk, shape (CHUNK, CHUNK), or none if it is not there or damaged."""
        path = self._path(array, place)
        try:
            data = path.read_bytes()
            values = RECYCLED.empty((CHUNK, CHUNK), array.dtype.newbyteorder("<"))
            filled = imagecodecs.zstd_decode(
                data, out=memoryview(values.reshape(-1).view(np.uint8))
            )
            if len(filled) != values.nbytes:
                raise ValueError("the chunk is too short")
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, ValueError) as error:
            logger.warning("derived chunk unreadable", extra={"why": str(error)})
            return None
        native: Plane = values.astype(array.dtype, copy=False)
        return native

    def write(self, array: DerivedArray, place: ChunkPlace, values: Plane) -> None:
        """Keep one chunk; smaller than CHUNK at the right and bottom edges of the level."""
        padded = np.zeros((CHUNK, CHUNK), array.dtype.newbyteorder("<"))
        padded[: values.shape[0], : values.shape[1]] = values
        data = bytes(imagecodecs.zstd_encode(padded.tobytes(), level=_EFFORT))
        try:
            self._describe(array)
            _write_whole(self._path(array, place), data)
        except OSError as error:
            logger.warning("derived chunk not kept", extra={"why": str(error)})
            return
        self._count(len(data))

    def _folder(self, array: DerivedArray) -> Path:
        return self.root / array.content_id / str(array.level)

    def _path(self, array: DerivedArray, place: ChunkPlace) -> Path:
        names = (place.t, place.c, place.z, place.row, place.column)
        return self._folder(array).joinpath("c", *(str(name) for name in names))

    def _describe(self, array: DerivedArray) -> None:
        path = self._folder(array) / "zarr.json"
        if not path.exists():
            _write_whole(path, json.dumps(_zarr_json(array), indent=2).encode())

    def _count(self, added: int) -> None:
        with self._lock:
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in _chunk_files(self.root))
            else:
                self._bytes += added
            if self._bytes > self._full_at:
                self._bytes = self._evict()
                self._full_at = max(self.budget_bytes, self._bytes + self.budget_bytes // 16)

    def _evict(self) -> int:
        files = sorted(_chunk_files(self.root))
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self.budget_bytes * _KEPT_AFTER_EVICTION:
                break
            if _plane_of(path) in self._building:
                continue
            path.unlink(missing_ok=True)
            left -= size
        return left


def _plane_of(path: Path) -> tuple[str, ...]:
    """Content, T and Z of a chunk's path; channels are built together."""
    parts = path.parts[-8:]
    return (parts[0], parts[3], parts[5]) if len(parts) == 8 else ()


def _chunk_files(root: Path) -> Iterator[tuple[int, int, Path]]:
    """Last use in nanoseconds, size in bytes and path of each chunk."""
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".json"):
                continue
            path = Path(folder, name)
            try:
                found = path.stat()
            except OSError:
                continue
            yield found.st_mtime_ns, found.st_size, path


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _zarr_json(array: DerivedArray) -> dict[str, Any]:
    shape = array.shape
    zero: Any = [0.0, 0.0] if array.dtype.kind == "c" else array.dtype.type(0).item()
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [shape.t, shape.c, shape.z, array.size.height, array.size.width],
        "data_type": array.dtype.name,
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": [1, 1, 1, CHUNK, CHUNK]},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": zero,
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "zstd", "configuration": {"level": _EFFORT, "checksum": False}},
        ],
        "dimension_names": ["t", "c", "z", "y", "x"],
        "attributes": {},
    }
