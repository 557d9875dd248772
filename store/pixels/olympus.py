"""Decodes planes of Olympus OIB files whose streams lie in pieces, one small TIFF file each."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Self

import numpy as np
import oiffile
import tifffile

from store.pixels.source import MAX_DECODED_BYTES, FileIdentity

_NAME = re.compile(r"(.*)_((?:[A-Z]\d{3,6})+)\.tif", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"([A-Z])(\d+)")

type Place = tuple[int, int, int, int]
"""t, c, wavelength, z, from 0."""


def plane_names(names: Iterable[str]) -> dict[Place, str]:
    """The files of the planes of the main image among all files of a set, by place.

    Names end with the letters of axes and numbers from 1, as in s_C001Z002T003.tif; axes without
    a place here, such as angles, have to stay at 1.
    """
    groups: dict[str, dict[Place, str]] = {}
    for name in sorted(names):
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        at = {axis: int(number) - 1 for axis, number in _PLACE.findall(found.group(2).upper())}
        if any(number and axis not in "TCLZ" for axis, number in at.items()):
            continue
        t, c, wave, z = (at.get(axis, 0) for axis in "TCLZ")
        if min(t, c, wave, z) >= 0:
            groups.setdefault(found.group(1), {}).setdefault((t, c, wave, z), name)
    return max(groups.values(), key=len, default={})


class OibFile:
    """The files in an Olympus OIB file, by the names that they would have in a folder.

    Attributes:
        document: The compound document, which has other names for them.
        main: Name of the file with the settings.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.document = oiffile.CompoundFile(path)
        try:
            stored = {name.rpartition("/")[2]: name for name in self.document.files()}
            listed = self.document.open_file(stored["OibInfo.txt"])
            info = oiffile.SettingsFile(listed, "OibInfo.txt")["OibSaveInfo"]
            self._streams = {
                str(name): stored[stream]
                for stream, name in info.items()
                if stream.startswith("Stream") and stream in stored
            }
            self.main = str(info[info["MainFileName"]])
        except Exception:
            self.document.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.document.close()

    def names(self) -> Iterable[str]:
        """Names of all files in it."""
        return self._streams

    def open(self, name: str) -> BinaryIO:
        """The content of a file.

        Raises:
            KeyError: There is none of that name.
        """
        return self.document.open_file(self._streams[name])

    def start(self, name: str) -> int | None:
        """Where a file starts in this one; none if it lies in pieces."""
        entry = self.document.direntry(self._streams[name])
        if entry.stream_size < self.document.mini_stream_cutoff_size:
            return None
        sectors = list(self.document._chain(entry.sector_start, self.document._fat))
        if not sectors or sectors != list(range(sectors[0], sectors[0] + len(sectors))):
            return None
        return (1 + sectors[0]) * self.document.sec_size

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return int(self.document.direntry(self._streams[name]).stream_size)


def decode(files: Sequence[FileIdentity], storage: Mapping[str, Any], planes: range) -> np.ndarray:
    """Values of consecutive planes; see `store.pixels.whole_planes`.

    The storage says: `sizes` (times, channels, wavelengths, sections).

    Raises:
        ValueError, KeyError: The file is damaged.
    """
    level = storage["levels"][0]
    values = np.zeros((len(planes), level["height"], level["width"], 1), storage["dtype"])
    with OibFile(files[0].path) as file:
        names = plane_names(file.names())
        for number, plane in enumerate(planes):
            t, c, wave, z = np.unravel_index(plane, storage["sizes"])
            name = names.get((int(t), int(c), int(wave), int(z)))
            if name is not None:
                values[number, :, :, 0] = first_page(file.open(name))
    return values


def first_page(data: BinaryIO) -> np.ndarray:
    """Values of the first page of a TIFF file.

    Raises:
        ValueError: It claims more than a plane may have.
    """
    with tifffile.TiffFile(data) as tiff:
        page = tiff.pages.first
        if page.nbytes > MAX_DECODED_BYTES:
            raise ValueError(f"a plane claims {page.nbytes >> 20} MiB")
        values: np.ndarray = page.asarray()
    return values
