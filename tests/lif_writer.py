"""Writes Leica LIF files as small as they can be, axes in the order wanted."""

import struct
from math import prod
from pathlib import Path

import numpy as np

from tests.images import Image

_AXES = {"X": 1, "Y": 2, "Z": 3, "T": 4, "L": 5, "M": 10}
_SETTINGS = """<Attachment Name="HardwareSetting" SystemTypeName="TCS SP8">
<ATLConfocalSettingDefinition ObjectiveName="HC PL APO 63x" Magnification="63" Immersion="OIL"
 NumericalAperture="1.4" MicroscopeModel="DMI8" Pinhole="0.0001" StagePosX="0.001" StagePosY="0.002">
<DetectorList><Detector Name="HyD 1" Channel="1" IsActive="1"/>
<Detector Name="HyD 3" Channel="3" IsActive="1"/></DetectorList>
<Spectro><MultiBand Channel="1" LeftWorld="500" RightWorld="540" DyeName="Leica/FITC"/>
<MultiBand Channel="3" LeftWorld="600" RightWorld="660" DyeName=""/></Spectro>
</ATLConfocalSettingDefinition></Attachment>"""


def write_lif(
    path: Path, image: Image, order: str = "TZCYX", colours: bool = False, padding: int = 0
) -> Path:
    """Write a LIF file of one image.

    Args:
        path: Where to.
        image: The image; with colours its channels are interleaved as blue, green, red.
        order: Axes of the samples in the file, the fastest last; L stands for wavelengths and M
            for tiles, which the image has as T.
        colours: Whether the channels are colours.
        padding: Bytes after each row, of one-byte colours.
    """
    data, memory = described(image, order, colours, padding)
    path.write_bytes(_file(_xml(data, len(memory)), memory))
    return path


def write_lof(path: Path, data: str, memory: bytes) -> Path:
    """Write the samples of one image, with what `described` says of it."""
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="cells" UniqueID="v">'
        f'{data}<Memory Size="{len(memory)}" MemoryBlockID="MemBlock_1"/></Element>'
        "</LMSDataContainerHeader>"
    )
    text, mark = xml.encode("utf-16-le"), "LMS_Object_File".encode("utf-16-le")
    head = struct.pack("<IIBI", 0x70, len(mark) + 5, 0x2A, len(mark) // 2) + mark
    block = struct.pack("<BIBIBQ", 0x2A, 2, 0x2A, 0, 0x2A, len(memory)) + memory
    path.write_bytes(
        head + block + struct.pack("<IIBI", 0x70, len(text) + 5, 0x2A, len(text) // 2) + text
    )
    return path


def described(
    image: Image, order: str = "TZCYX", colours: bool = False, padding: int = 0
) -> tuple[str, bytes]:
    """What the XML of Leica's files says of an image, and its samples; as `write_lif`."""
    axes = dict(zip("TCZYX", image.shape, strict=True))
    if "M" in order:
        axes["M"] = axes["T"]
    if "L" in order:
        axes["L"] = axes["C"]
    if colours:
        memory = _colours(image, padding)
        steps = _steps("TZYXC", axes, image.dtype.itemsize, padding)
        channels = [(tag, number) for number, tag in enumerate((3, 2, 1))]
    else:
        source = order.replace("M", "T").replace("L", "C")
        memory = image.transpose(["TCZYX".index(axis) for axis in source]).tobytes()
        steps = _steps(order, axes, image.dtype.itemsize, 0)
        channels = [(0, number * steps.get("C", 0)) for number in range(axes["C"])]
        channels = channels[:1] if "L" in order else channels
    return _data(axes, steps, channels, image.dtype), memory


def _colours(image: Image, padding: int) -> bytes:
    rows = image.transpose(0, 2, 3, 4, 1)[..., ::-1]
    flat = np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape[:3], -1)
    return np.pad(flat, [(0, 0)] * 3 + [(0, padding)]).tobytes()


def _steps(order: str, axes: dict[str, int], itemsize: int, padding: int) -> dict[str, int]:
    steps: dict[str, int] = {}
    step = itemsize
    for axis in reversed(order):
        steps[axis] = step
        step = step * axes[axis] + (padding if axis == "X" else 0)
    return steps


def _data(
    axes: dict[str, int], steps: dict[str, int], channels: list[tuple[int, int]], dtype: np.dtype
) -> str:
    kind, bits = int(dtype.kind == "f"), 8 * dtype.itemsize
    resolution = 12 if dtype == np.uint16 else bits
    listed = "".join(
        f'<ChannelDescription DataType="{kind}" ChannelTag="{tag}" Resolution="{resolution}" '
        'NameOfMeasuredQuantity="" Min="0" Max="1" Unit="" LUTName="Green" IsLUTInverted="0" '
        f'BytesInc="{step}" BitInc="0"/>'
        for tag, step in channels
    )
    units = {"T": "s", "L": "nm", "M": ""}
    dimensions = "".join(
        f'<DimensionDescription DimID="{_AXES[axis]}" NumberOfElements="{axes[axis]}" Origin="0" '
        f'Length="{(axes[axis] - 1) * (1e-7 if axis in "XYZ" else 2)}" '
        f'Unit="{units.get(axis, "m")}" BitInc="0" BytesInc="{step}"/>'
        for axis, step in steps.items()
        if axis != "C"
    )
    count = prod(axes[axis] for axis in "TCZ") if "M" not in steps and "L" not in steps else 0
    times = " ".join(f"{132223104000000000 + 5_000_000 * n:x}" for n in range(count))
    return (
        '<Data><Image TextDescription="notes">'
        f"<ImageDescription><Channels>{listed}</Channels><Dimensions>{dimensions}</Dimensions>"
        f'</ImageDescription><TimeStampList NumberOfTimeStamps="{count}">{times}</TimeStampList>'
        f"{_SETTINGS}</Image></Data>"
    )


def _xml(data: str, size: int) -> str:
    return (
        '<LMSDataContainerHeader Version="2"><Element Name="p" UniqueID="u"><Children>'
        f'<Element Name="cells" UniqueID="v">{data}'
        f'<Memory Size="{size}" MemoryBlockID="MemBlock_1"/>'
        "<Children/></Element></Children></Element></LMSDataContainerHeader>"
    )


def _file(xml: str, memory: bytes) -> bytes:
    text, name = xml.encode("utf-16-le"), "MemBlock_1".encode("utf-16-le")
    head = struct.pack("<IIBI", 0x70, len(text) + 5, 0x2A, len(text) // 2) + text
    block = struct.pack("<IIBQBI", 0x70, len(name) + 14, 0x2A, len(memory), 0x2A, len(name) // 2)
    return head + block + name + memory
