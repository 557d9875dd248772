"""Reads Nikon ND2: a frame holds all channels of a pixel together; positions are images."""

import datetime as dt
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import nd2

from store.errors import UnreadableFileError, UnsupportedError
from store.importing.clean import finite, originals_of, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)
from store.importing.found import FoundFileset
from store.importing.layout import MAX_PLANES, Layout, PlacedPlane
from store.importing.nikon_chunks import Chunks, chunks_of
from store.importing.nikon_regions import CHUNK, regions_of, turned_on
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane, check_sizes, raw_plane, whole_plane
from store.pixels.codecs import DEFLATE, NONE, Encoding
from store.pixels.files import identify

_AXES = {"XYPosLoop": "P", "ZStackLoop": "Z"}
"""All other loops count as time."""
_UNIX_EPOCH_JULIAN = 2440587.5
_DAY_S = 86_400
_LATEST_S = 4e9
"""Times after the year 2096 are none."""
_MODES = {
    "laserScanConfocal": "LaserScanningConfocalMicroscopy", "spinningDiskConfocal":
    "SpinningDiskConfocal", "multiphoton": "MultiPhotonMicroscopy", "fluorescence": "WideField",
}  # fmt: skip


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """One file holds all its positions; see `store.importing.readers.Reader`."""
    return FoundFileset(kind, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one file; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    with (
        warnings.catch_warnings(action="ignore"),
        found.master.open("rb") as data,
        nd2.ND2File(found.master) as file,
    ):
        frames = _Frames(file, chunks_of(data, identity))
        said = _Said(file, frames)
        images = [
            FoundImage(
                said.facts(frames.name_of(found.master.name, position), position),
                frames.layout(position),
                rgb=frames.samples_of_channel >= 3 and frames.channels == 1,
            )
            for position in range(frames.sizes["P"])
        ]
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], images)


class _Frames:
    """The frames of a file, by position, time and depth."""

    def __init__(self, file: Any, chunks: Chunks) -> None:
        self.chunks = chunks
        attributes = file.attributes
        self.loops: list[tuple[str, int]] = [
            (_AXES.get(loop.type, "T"), int(loop.count)) for loop in file.experiment
        ]
        if not self.loops:
            self.loops = [("T", int(attributes.sequenceCount))]
        self.loops = [(axis, count) for axis, count in self.loops if count > 0] or [("T", 1)]
        if prod(count for _, count in self.loops) > MAX_PLANES:
            raise UnsupportedError(f"The file has more than {MAX_PLANES} frames.", "Split it.")
        self.sizes = {axis: self._size(axis) for axis in "PTZ"}
        self.channels = int(attributes.channelCount or 1)
        self.samples = int(attributes.componentCount)
        self.encoding = _encoding(attributes, self.samples)
        self.height = int(attributes.heightPx)
        self.positions = next(
            (loop.parameters.points for loop in file.experiment if loop.type == "XYPosLoop"), ()
        )
        if self.samples < 1 or self.samples % self.channels:
            raise UnreadableFileError(
                f"{self.samples} samples of a pixel are not {self.channels} channels."
            )

    @property
    def samples_of_channel(self) -> int:
        """3 where a channel is coloured."""
        return self.samples // self.channels

    def name_of(self, file_name: str, position: int) -> str:
        """Name of the image at a position."""
        if self.sizes["P"] == 1:
            return file_name
        point = self.positions[position] if position < len(self.positions) else None
        return f"{file_name} [{(point.name if point else None) or f'#{position + 1}'}]"

    def number(self, position: int, t: int, z: int) -> int:
        """Number of a frame in the file."""
        left = {"P": position, "T": t, "Z": z}
        number, stride = 0, 1
        for axis, count in reversed(self.loops):
            left[axis], at = divmod(left[axis], count)
            number += at * stride
            stride *= count
        return number

    def layout(self, position: int) -> Layout:
        """Where the planes of one position lie."""
        places = [
            (t, z, self._plane(self.number(position, t, z)))
            for t in range(self.sizes["T"])
            for z in range(self.sizes["Z"])
        ]
        planes = {(t, z): plane for t, z, plane in places if plane is not None}
        if not planes:
            raise UnreadableFileError("The file has no frames.", "Check what was saved.")

        def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
            found = planes.get((t, z))
            return PlacedPlane(0, found) if found is not None else None

        first = PlacedPlane(0, next(iter(planes.values())))
        return Layout(self.sizes["T"], 1, self.sizes["Z"], first, 1, plane)

    def _size(self, axis: str) -> int:
        return prod(count for name, count in self.loops if name == axis)

    def _plane(self, number: int) -> StoredPlane | None:
        place = self.chunks.frame(number)
        if place is None:
            return None
        offset, length = place
        size = self.chunks.identity.size
        if self.encoding.compression == NONE:
            return raw_plane(number, self.height, offset, self.encoding, size)
        return whole_plane(number, self.height, offset, length, self.encoding, size)


def _encoding(attributes: Any, samples: int) -> Encoding:
    bits = int(attributes.bitsPerComponentInMemory)
    letter = "f" if attributes.pixelDataType == "float" else "u"
    width, height = int(attributes.widthPx or 0), int(attributes.heightPx)
    check_sizes(width, height)
    if bits not in (8, 16, 32, 64) or (letter == "f" and bits < 32):
        raise UnsupportedError(f"Samples of {bits} bits cannot be read.", "Convert the file.")
    if attributes.compressionType == "lossy" or attributes.tileWidthPx:
        raise UnsupportedError(
            "ND2 with lossy compression, or in tiles, cannot be read.",
            "Save the file without compression.",
        )
    padding = int(attributes.widthBytes or 0) - width * samples * bits // 8
    if padding < 0:
        raise UnreadableFileError(f"Rows of {width} pixels have {attributes.widthBytes} bytes.")
    lossless = attributes.compressionType == "lossless"
    return Encoding(
        DEFLATE if lossless else NONE, f"{letter}{bits // 8}", bits, height, width,
        samples=samples, padding=padding,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """What the file says of its images."""

    file: Any
    frames: _Frames

    def facts(self, name: str, position: int) -> Acquired:
        """What is said of the image at a position."""
        voxel = _asked(self.file.voxel_size, (None, None, None))
        text: Mapping[str, Any] = _asked(lambda: self.file.text_info, {})
        planes = list(self._planes(position))
        attributes = self.file.attributes
        bits = int(attributes.bitsPerComponentSignificant or 0)
        description = str(text.get("description", ""))
        drawn = (self._drawn(), position, self.frames.encoding.width, self.frames.height)
        return Acquired(
            name=name,
            moment=self._moment(),
            description=description or None,
            size_x_um=finite(voxel[0]),
            size_y_um=finite(voxel[1]),
            size_z_um=finite(voxel[2]) if self.frames.sizes["Z"] > 1 else None,
            interval_s=_interval(planes),
            bits=bits if 1 < bits < self.frames.encoding.bits else None,
            channels=self._channels(),
            planes=planes,
            objective=self._objective(),
            microscope=MicroscopeFacts("Nikon", _after(description, "Microscope")),
            detectors=[name for name in [_after(description, "Camera Name")] if name],
            regions=list(regions_of(*drawn)),
            originals=[*self._originals(text), *turned_on(*drawn)],
        )

    def _drawn(self) -> Mapping[str, Any]:
        # Not by `rois`, which does not say which position a region is of.
        said: Any = _asked(lambda: self.file._rdr._decode_chunk(CHUNK), {})
        return said if isinstance(said, dict) else {}

    def _listed(self) -> Sequence[Any]:
        metadata = _asked(lambda: self.file.metadata, None)
        return getattr(metadata, "channels", None) or ()

    def _channels(self) -> list[ChannelFacts]:
        samples = self.frames.samples_of_channel
        found = []
        for one in self._listed()[: self.frames.channels]:
            said, flags = one.channel, list(one.microscope.modalityFlags or ())
            found.append(
                ChannelFacts(
                    name=said.name,
                    color=tuple(said.color)[:3] if said.color and samples == 1 else None,
                    excitation_nm=said.excitationLambdaNm if samples == 1 else None,
                    emission_nm=said.emissionLambdaNm if samples == 1 else None,
                    pinhole_um=one.microscope.pinholeDiameterUm,
                    mode=next((mode for flag, mode in _MODES.items() if flag in flags), None),
                    contrast="Fluorescence" if "fluorescence" in flags else None,
                    samples=samples,
                )
            )
        missing = self.frames.channels - len(found)
        return found + [ChannelFacts(samples=samples)] * missing

    def _objective(self) -> ObjectiveFacts | None:
        said = next((one.microscope for one in self._listed()), None)
        if said is None or not (said.objectiveName or said.objectiveMagnification):
            return None
        return ObjectiveFacts(
            said.objectiveMagnification, said.objectiveNumericalAperture, said.objectiveName
        )

    def _moment(self) -> dt.datetime | None:
        frame = _asked(lambda: self.file.frame_metadata(0).channels[0].time, None)
        seconds = (frame.absoluteJulianDayNumber - _UNIX_EPOCH_JULIAN) * _DAY_S if frame else 0
        if not 0 < seconds < _LATEST_S:
            return None
        return dt.datetime.fromtimestamp(round(seconds, 3), dt.UTC)

    def _planes(self, position: int) -> Iterator[PlaneFacts]:
        """Time and place of each frame, the same for all its channels."""
        values = {name: self.frames.chunks.values(name) for name in ("X", "Y", "Z")}
        if not len(values["Z"]):
            values["Z"] = self.frames.chunks.values("Z1")
        times = self.frames.chunks.values("AcqTimesCache")
        exposures = self.frames.chunks.values("Camera_ExposureTime1")
        for t in range(self.frames.sizes["T"]):
            for z in range(self.frames.sizes["Z"]):
                number = self.frames.number(position, t, z)
                x, y, depth = (_at(values[name], number) for name in ("X", "Y", "Z"))
                time = _at(times, number)
                exposure = positive(_at(exposures, number))
                delta = time / 1000 if time is not None else None
                for c in range(self.frames.channels):
                    yield PlaneFacts(
                        t, c, z, delta, exposure / 1000 if exposure else None, x, y, depth
                    )

    def _originals(self, text: Mapping[str, Any]) -> list[tuple[str, str]]:
        found = list(originals_of({"Text": dict(text)}, "|"))
        said: Mapping[str, Any] = _asked(self.file.unstructured_metadata, {})
        for name, value in said.items():
            if not name.startswith(("ImageMetadataSeq", "CustomDataVar|LUT", "ImageTextInfo")):
                found += originals_of({name: value}, "|")
        return found


def _asked[T](ask: Callable[[], T], default: T) -> T:
    """What the library makes of the metadata: what it cannot read must not keep pixels out."""
    try:
        return ask()
    except Exception:  # noqa: BLE001  it raises twenty kinds of exceptions
        return default


def _at(values: Any, number: int) -> float | None:
    return finite(values[number]) if number < len(values) else None


def _interval(planes: Sequence[PlaneFacts]) -> float | None:
    times = [p.delta_t_s for p in planes if (p.c, p.z) == (0, 0) and p.delta_t_s is not None]
    return positive((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else None


def _after(text: str, words: str) -> str | None:
    found = re.search(rf"{words}:\s*([^\r\n]{{1,100}})", text)
    return found.group(1).strip() if found else None
