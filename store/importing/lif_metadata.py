"""What the XML of a Leica image says of its channels, times, places and instrument."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.importing.clean import finite, originals_of_xml, positive
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)

if TYPE_CHECKING:
    from store.importing.lif import Axis, Block

_UNITS = {"m": 1e6, "mm": 1e3, "µm": 1.0, "um": 1.0, "micrometer": 1.0, "inch": 25_400.0}
_METRES_TO_UM = 1e6
_COLORS = {
    "red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "cyan": (0, 255, 255),
    "magenta": (255, 0, 255), "yellow": (255, 255, 0), "gray": (255, 255, 255),
}  # fmt: skip
_IMMERSIONS = {"DRY": "Air", "AIR": "Air", "GLYC": "Glycerol", "GLY": "Glycerol", "WATER": "Water",
               "OIL": "Oil", "IMM": "Other"}  # fmt: skip
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_TICKS = 10_000_000
"""Times count tenths of microseconds since 1601."""
_MAX_TIMES = 200_000

type Element = Any  # of xml.etree, as liffile has parsed it


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of the XML of one image that are read."""

    element: Element
    block: "Block"
    settings: Element | None
    """Of the microscope, as they were for this image."""
    times: Sequence[dt.datetime]

    def facts(self, name: str, tile: int) -> Acquired:
        """What is said of one image.

        Args:
            name: Of the image.
            tile: Number of the tile that it is.
        """
        image = self.element.find("./Data/Image")
        times = self.block.axes("T")
        depth = self.block.axes("Z")
        settings = self.settings.attrib if self.settings is not None else {}
        return Acquired(
            name=name,
            moment=self.times[0] if self.times else None,
            description=image.get("TextDescription") or None,
            size_x_um=_spacing(self.block.width),
            size_y_um=_spacing(self.block.height),
            size_z_um=_spacing(depth[-1]) if depth else None,
            interval_s=times[-1].spacing if times and times[-1].unit == "s" else None,
            bits=self._bits(),
            channels=self._channels(),
            planes=list(self._planes(tile)),
            objective=_objective(settings),
            microscope=MicroscopeFacts("Leica", settings.get("MicroscopeModel") or self._system()),
            detectors=[one.get("Name", "") for one in self._detectors()],
            originals=originals_of_xml(image),
        )

    def _system(self) -> str | None:
        found = self.element.find("./Data/Image/Attachment[@Name='HardwareSetting']")
        return found.get("SystemTypeName") if found is not None else None

    def _bits(self) -> int | None:
        bits = max(int(one.get("Resolution")) for one in self._described())
        return bits if bits < self.block.encoding.bits else None

    def _described(self) -> list[Element]:
        path = "./Data/Image/ImageDescription/Channels/ChannelDescription"
        return sorted(self.element.findall(path), key=lambda one: int(one.get("BytesInc")))

    def _detectors(self) -> list[Element]:
        """Detectors that were on."""
        if self.settings is None:
            return []
        listed = self.settings.findall(".//DetectorList/Detector")
        return [one for one in listed if one.get("IsActive") == "1"]

    def _channels(self) -> list[ChannelFacts]:
        samples = self.block.encoding.samples
        described = self._described()[::samples]
        bands = self._bands(len(described))
        found: list[ChannelFacts] = []
        for one, band in zip(described, bands, strict=True):
            channel = _channel(one, band, samples, self.settings)
            found += [channel] * self.block.size("L")
        return found

    def _bands(self, count: int) -> list[Element | None]:
        """The band of wavelengths of each channel, where detectors and channels are as many."""
        detectors = self._detectors()
        if self.settings is None or len(detectors) != count:
            return [None] * count
        bands = {one.get("Channel"): one for one in self.settings.findall(".//Spectro/MultiBand")}
        return [bands.get(one.get("Channel")) for one in detectors]

    def _planes(self, tile: int) -> Iterator[PlaneFacts]:
        size_t, size_z = self.block.size("T"), self.block.size("Z")
        groups = len(self.block.channels) * self.block.size("L")
        x, y = self._stage(tile)
        timed = len(self.times) == size_t * size_z * groups
        if not timed and x is None:
            return
        number = 0
        for t in range(size_t):
            for z in range(size_z):
                for group in range(groups):
                    delta = (self.times[number] - self.times[0]).total_seconds() if timed else None
                    yield PlaneFacts(t, group, z, delta_t_s=delta, x_um=x, y_um=y)
                    number += 1
                    if number >= _MAX_TIMES:
                        return

    def _stage(self, tile: int) -> tuple[float | None, float | None]:
        tiles = self.element.findall("./Data/Image/Attachment[@Name='TileScanInfo']/Tile")
        if tile < len(tiles):
            x, y = finite(tiles[tile].get("PosX")), finite(tiles[tile].get("PosY"))
        elif self.settings is not None:
            x = finite(self.settings.get("StagePosX"))
            y = finite(self.settings.get("StagePosY"))
        else:
            return None, None
        return (
            x * _METRES_TO_UM if x is not None else None,
            y * _METRES_TO_UM if y is not None else None,
        )


def of(element: Element, block: "Block") -> Said:
    """The parts of the XML of one image."""
    path = "./Data/Image/Attachment[@Name='HardwareSetting']"
    hardware = element.find(path)
    settings = None
    if hardware is not None:
        names = ("ATLConfocalSettingDefinition", "ATLCameraSettingDefinition")
        found = (hardware.find(f".//{name}") for name in names)
        settings = next((one for one in found if one is not None), None)
    return Said(element, block, settings, _times(element))


def _channel(
    said: Element, band: Element | None, samples: int, settings: Element | None
) -> ChannelFacts:
    properties = {
        one.findtext("Key", ""): one.findtext("Value", "") for one in said.iter("ChannelProperty")
    }
    dye = properties.get("DyeName") or (band.get("DyeName") if band is not None else "") or ""
    dye = dye.removeprefix("Leica/")
    pinhole = finite(settings.get("Pinhole")) if settings is not None else None
    emission = positive(properties.get("EmissionWavelength"))
    if emission is None and band is not None:
        left, right = finite(band.get("LeftWorld")), finite(band.get("RightWorld"))
        emission = (left + right) / 2 if left is not None and right is not None else None
    return ChannelFacts(
        name=dye or said.get("NameOfMeasuredQuantity") or None,
        color=_COLORS.get(said.get("LUTName", "").lower()) if samples == 1 else None,
        excitation_nm=positive(properties.get("ExcitationWavelength")),
        emission_nm=emission,
        fluor=dye or None,
        pinhole_um=pinhole * _METRES_TO_UM if pinhole is not None else None,
        samples=samples,
    )


def _objective(said: Any) -> ObjectiveFacts | None:
    name = " ".join((said.get("ObjectiveName") or "").split())
    if not name and not said.get("Magnification"):
        return None
    immersion = (said.get("Immersion") or "").strip().upper()
    return ObjectiveFacts(
        model=name or None,
        magnification=finite(said.get("Magnification")),
        lens_na=finite(said.get("NumericalAperture")),
        immersion=_IMMERSIONS.get(immersion, immersion),
    )


def _spacing(axis: "Axis") -> float | None:
    unit = _UNITS.get(axis.unit)
    return axis.spacing * unit if axis.spacing is not None and unit is not None else None


def _times(element: Element) -> list[dt.datetime]:
    """When each plane was taken, in the order in which they were."""
    listed = element.find("./Data/Image/TimeStampList")
    if listed is None:
        return []
    ticks: list[int] = []
    if listed.get("NumberOfTimeStamps"):
        ticks += [int(word, 16) for word in (listed.text or "").split()[:_MAX_TIMES]]
    else:
        for one in listed.findall("./TimeStamp")[:_MAX_TIMES]:
            high, low = int(one.get("HighInteger", 0)), int(one.get("LowInteger", 0))
            ticks.append((high << 32) + low)
    plausible = all(0 < tick < 2**63 for tick in ticks)
    return [_EPOCH + dt.timedelta(seconds=tick / _TICKS) for tick in ticks] if plausible else []
