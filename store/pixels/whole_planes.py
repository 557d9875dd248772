"""Reads planes that cannot be addressed in their files: some at a time, decoded as a whole."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from store.errors import StoreError, UnreadableFileError, UnsupportedError, reason
from store.pixels.cache import ByteBudgetCache
from store.pixels.files import FileHandles, check_same
from store.pixels.filled import FilledSource
from store.pixels.source import ChunkBlockRecord, FileIdentity, Level, PixelsShape, Region

type Decoder = Callable[[Sequence[FileIdentity], Mapping[str, Any], range], np.ndarray]
"""(files, storage, planes of the file) to values, shape (planes, Y, X, samples)."""

DECODERS: Mapping[str, str] = {
    "ics": "store.pixels.gzipped",
    "olympus": "store.pixels.olympus",
}
"""Module of the function `decode` of each kind; imported when first needed."""


class PlanesSource(FilledSource):
    """Pixels of one image whose planes are decoded as a whole; nothing stays open.

    The storage says, beside type and sizes: `kind` (of `DECODERS`), `samples`, `at_once` (how
    many planes are decoded together) and `strides` (from t, group of samples, z to the number of
    a plane in the files).
    """

    def __init__(
        self,
        storage: Mapping[str, Any],
        shape: PixelsShape,
        content_id: str,
        files: Sequence[FileIdentity],
        load_block: Callable[[int, int], ChunkBlockRecord],
        chunks: ByteBudgetCache[Any, Any],
        handles: FileHandles,
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(storage["dtype"])
        self.levels = (Level(shape.x, shape.y, shape.x, shape.y),)
        self.samples = int(storage["samples"])
        self._storage = storage
        self._content_id = content_id
        self._files = tuple(files)
        self._chunks = chunks

    def _fill(self, level: int, t: int, c: int, z: int, region: Region, target: np.ndarray) -> None:
        group, sample = divmod(c, self.samples)
        places = zip(self._storage["strides"], (t, group, z), strict=True)
        number = sum(stride * at for stride, at in places)
        at_once = int(self._storage["at_once"])
        first = number - number % at_once
        planes = self.shape.planes // self.samples
        wanted = range(first, min(first + at_once, planes))
        key = (self._content_id, "planes", first)
        values: np.ndarray = self._chunks.get(key, lambda: self._decoded(wanted))
        rows = slice(region.y, region.y + region.height)
        columns = slice(region.x, region.x + region.width)
        target[...] = values[number - first, rows, columns, sample]

    def _decoded(self, wanted: range) -> np.ndarray:
        for file in self._files:
            check_same(file)
        module = DECODERS.get(self._storage["kind"])
        if module is None:
            raise UnsupportedError(
                f"Planes of the kind {self._storage['kind']!r} cannot be read.",
                "Update Micrograph, or import the file again.",
            )
        name = Path(self._files[0].path).name
        try:
            decode: Decoder = import_module(module).decode
            values = decode(self._files, self._storage, wanted)
        except StoreError:
            raise
        except Exception as error:  # libraries raise twenty kinds of exceptions on hostile files
            raise UnreadableFileError(
                f"Planes of {name} are damaged: {reason(error)}.",
                "Replace the file by an undamaged copy; other planes can still be read.",
                path=self._files[0].path,
            ) from error
        wanted_shape = (len(wanted), self.shape.y, self.shape.x, self.samples)
        if values.shape != wanted_shape:
            raise UnreadableFileError(
                f"Planes of {name} have the shape {values.shape} instead of {wanted_shape}.",
                "Import the file again.",
                path=self._files[0].path,
            )
        values = np.ascontiguousarray(values, self.dtype)
        values.flags.writeable = False
        return values
