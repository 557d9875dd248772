"""Writes Olympus OIF sets and OIB files as small as they can be."""

import io
import struct
from pathlib import Path

import numpy as np
import tifffile

from tests.images import Image

_SECTOR = 512
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def write_oif(path: Path, image: Image) -> Path:
    """Write a description and its folder with a file for each plane."""
    path = path.with_suffix(".oif")
    folder = path.with_name(path.name + ".files")
    folder.mkdir()
    for name, data in _members(image).items():
        (folder / name).write_bytes(data)
    path.write_bytes(_main(image))
    return path


def write_oib(path: Path, image: Image, pieces: bool = False) -> Path:
    """Write one file; with pieces the sectors of its streams lie in turns."""
    members = {"a.oif": _main(image), **_members(image)}
    listed = [f'Stream{n:05}="{name}"' for n, name in enumerate(members)]
    info = ["[OibSaveInfo]", "Name=COFAImages", "Version=2.0.0.0", "MainFileName=Stream00000"]
    streams = {"OibInfo.txt": _text([*info, *listed])}
    streams |= {f"Stream{n:05}": data for n, data in enumerate(members.values())}
    path.write_bytes(_compound(streams, pieces))
    return path


def _main(image: Image) -> bytes:
    size_t, size_c, size_z, height, width = image.shape
    sizes = {"X": width, "Y": height, "C": size_c, "Z": size_z, "T": size_t}
    lines = ["[Version Info]", 'SystemName="FV1000"', "[ProfileSaveInfo]", "Name=a", "Version=1"]
    for number, (axis, size) in enumerate(sizes.items()):
        lines += [f"[Axis {number} Parameters Common]", f'AxisCode="{axis}"', f"MaxSize={size}"]
        lines += ["Interval=500"]
    for channel in range(size_c):
        lines += [f"[Channel {channel + 1} Parameters]", f'DyeName="Dye {channel}"']
        lines += ["ExcitationWavelength=488", "EmissionWavelength=520"]
    lines += [
        "[Reference Image Parameter]", "WidthConvertValue=0.25", 'WidthUnit="um"',
        "HeightConvertValue=0.25", 'HeightUnit="um"', "ValidBitCounts=12",
        "[Acquisition Parameters Common]", "ImageCaputreDate='2020-01-02 03:04:05'",
        "[File Info]", 'UserComment="notes"',
    ]  # fmt: skip
    return _text(lines)


def _members(image: Image) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for t, c, z in np.ndindex(*image.shape[:3]):
        name = f"s_C{c + 1:03}Z{z + 1:03}T{t + 1:03}"
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, image[t, c, z], metadata=None, rowsperstrip=16)
        found[f"{name}.tif"] = buffer.getvalue()
        found[f"{name}.pty"] = _text(
            [
                "[Acquisition Parameters Common]", 'ObjectiveLens Name="UPLFLN 40X"',
                "Magnification=40.0", "ObjectiveLens NAValue=0.75", "PinholeDiameter=100000",
                "[Axis 3 Parameters]", f"AbsPositionValue={1000 * z}",
                "[Axis 4 Parameters]", f"AbsPositionValue={1500 * t}",
            ]
        )  # fmt: skip
    return found


def _text(lines: list[str]) -> bytes:
    return b"\xff\xfe" + "\r\n".join(lines).encode("utf-16-le")


def _compound(streams: dict[str, bytes], pieces: bool) -> bytes:
    """A compound document whose directory follows its allocation table."""
    counts = [-(-len(data) // _SECTOR) for data in streams.values()]
    directory = -(-(len(streams) + 1) // 4)
    total = sum(counts) + directory
    tables = -(-(total + 64) // (_SECTOR // 4 - 1))
    first = tables + directory
    chains = _chains(counts, first, pieces)
    fat = np.full(tables * _SECTOR // 4, _FREE, "<u4")
    fat[:tables] = _FAT
    fat[tables:first] = np.arange(tables + 1, first + 1)
    fat[first - 1] = _END
    sectors: dict[int, bytes] = {}
    for chain, data in zip(chains, streams.values(), strict=True):
        fat[chain] = [*chain[1:], _END]
        for number, sector in enumerate(chain):
            part = data[number * _SECTOR : (number + 1) * _SECTOR]
            sectors[sector] = part.ljust(_SECTOR, b"\0")
    entries = [_entry("Root Entry", 5, 1, _NONE, _END, 0)]
    for number, (name, data) in enumerate(streams.items(), 1):
        following = number + 1 if number < len(streams) else _NONE
        entries.append(_entry(name, 2, _NONE, following, chains[number - 1][0], len(data)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<6H4s", 0x3E, 3, 0xFFFE, 9, 6, 0, b"")
    header += struct.pack("<9I", 0, tables, tables, 0, 0, _END, 0, _END, 0)
    listed = [*range(tables), *[_FREE] * (109 - tables)]
    header += struct.pack("<109I", *listed)
    body = b"".join(sectors[sector] for sector in sorted(sectors))
    return header + fat.tobytes() + b"".join(entries).ljust(directory * _SECTOR, b"\0") + body


def _chains(counts: list[int], first: int, pieces: bool) -> list[list[int]]:
    chains: list[list[int]] = [[] for _ in counts]
    if pieces:
        order = [n for turn in range(max(counts)) for n, count in enumerate(counts) if turn < count]
    else:
        order = [n for n, count in enumerate(counts) for _ in range(count)]
    for sector, stream in enumerate(order, first):
        chains[stream].append(sector)
    return chains


def _entry(name: str, kind: int, child: int, following: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    entry += struct.pack("<3I", _NONE, following, child) + bytes(16 + 4 + 16)
    return (entry + struct.pack("<IQ", start, size)).ljust(128, b"\0")
