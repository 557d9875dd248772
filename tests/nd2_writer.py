"""Writes Nikon ND2 files as small as they can be, as version 2 of the format has them."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.images import Image

_HEADER = struct.Struct("<IIQ")
_MAGIC = 0x0ABECEDA


def write_nd2(
    path: Path, image: Image, positions: int = 1, lossless: bool = False, padding: int = 0,
    missing: int | None = None, colours: bool = False, regions: dict[str, Any] | None = None,
) -> Path:  # fmt: skip
    """Write an ND2 file.

    Args:
        path: Where to.
        image: The image; each position has it plus the number of the position.
        positions: How many.
        lossless: Whether frames are compressed.
        padding: Bytes after each row.
        missing: Number of a frame that was never written.
        colours: Whether the channels are the colours of one.
        regions: What the file has drawn, as `drawn` makes it.
    """
    size_t, size_c, size_z, height, width = image.shape
    row = width * size_c * image.dtype.itemsize + padding
    attributes = {
        "uiWidth": width, "uiWidthBytes": row, "uiHeight": height, "uiComp": size_c,
        "uiBpcInMemory": 8 * image.dtype.itemsize, "uiBpcSignificant": 8 * image.dtype.itemsize,
        "uiSequenceCount": size_t * positions * size_z, "eCompression": 0 if lossless else 2,
    }  # fmt: skip
    chunks: dict[str, bytes] = {
        "ImageAttributes!": _xml(attributes),
        "ImageMetadataSeq|0!": _xml(_metadata(1 if colours else size_c)),
        "ImageMetadata!": _xml(_loops(size_t, positions, size_z)),
        "ImageTextInfo!": _xml({"TextInfoItem_5": "Camera Name: Cam 1&#10;Microscope: Ti"}),
    }
    number = 0
    for t in range(size_t):
        for position in range(positions):
            for z in range(size_z):
                frame = image[t, :, z].transpose(1, 2, 0) + image.dtype.type(position)
                raw = np.ascontiguousarray(frame).view(np.uint8).reshape(height, -1)
                data = np.pad(raw, ((0, 0), (0, padding))).tobytes()
                stored = zlib.compress(data) if lossless else data
                if number != missing:
                    chunks[f"ImageDataSeq|{number}!"] = struct.pack("<d", number) + stored
                number += 1
    chunks["CustomData|AcqTimesCache!"] = (np.arange(number) * 500.0).tobytes()
    chunks["CustomData|X!"] = (np.arange(number) + 10.0).tobytes()
    if regions is not None:
        chunks["CustomData|RoiMetadata_v1!"] = _xml({"RoiMetadata_v1": regions})
    path.write_bytes(_file(chunks))
    return path


def drawn(
    shape: int, center: tuple[float, float], size: tuple[float, float] = (0.0, 0.0),
    points: Sequence[tuple[float, float]] = (), turned: float = 0.0, label: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Describe a region as an ND2 file does, by the number of its shape."""
    corners = {
        f"m_vectBasePoints_{n}": {"m_dX": x, "m_dY": y} for n, (x, y) in enumerate(points)
    }  # fmt: skip
    place = {
        "m_dCenterX": center[0], "m_dCenterY": center[1], "m_dRotationZ": turned,
        "m_sBoxShape": {"m_dSizeX": size[0], "m_dSizeY": size[1], "m_dSizeZ": 0.0},
        "m_sExtrudedShape": {"m_vectBasePoints_Size": len(points), **corners},
    }  # fmt: skip
    about = {"m_uiShapeType": shape, "m_uiInterpType": 1, "m_sLabel": label}
    return {
        "m_uiId": 1, "m_sInfo": about, "m_vectAnimParams_Size": 1, "m_vectAnimParams_0": place,
    }  # fmt: skip


def listed(
    *everywhere: dict[str, Any], at: Mapping[int, Sequence[dict[str, Any]]]
) -> dict[str, Any]:
    """Put regions together: those of all positions, and those of some."""
    found: dict[str, Any] = {"m_vectGlobal_Size": len(everywhere)}
    found |= {f"m_vectGlobal_{number}": one for number, one in enumerate(everywhere)}
    found["m_vect2PerMPoint_Size"] = positions = 1 + max(at, default=-1)
    for position in range(positions):
        some = at.get(position, ())
        own = {f"a{number}": one for number, one in enumerate(some)}
        found[f"m_vect2PerMPoint_{position}"] = {"m_vectSize": len(some), **own}
    return found


def _metadata(planes: int) -> dict[str, Any]:
    listed = {
        f"a{number}": {
            "sDescription": f"Channel {number}", "uiColor": 0x00FF00, "uiCompCount": 1,
            "uiSampleIndex": number,
            "pFluorescentProbe": {
                "m_ExcitationSpectrum": {"pPoint": {"P0": {"dTValue": 1.0, "dWavelength": 488.0}}},
                "m_EmissionSpectrum": {"pPoint": {"P0": {"dTValue": 1.0, "dWavelength": 520.0}}},
            },
        }
        for number in range(planes)
    }  # fmt: skip
    return {
        "bCalibrated": True, "dCalibration": 0.25, "dObjectiveMag": 60.0, "dObjectiveNA": 1.4,
        "wsObjectiveName": "Plan Apo 60x", "dTimeAbsolute": 2458850.5, "dTimeMSec": 0.0,
        "sPicturePlanes": {"uiCount": planes, "sPlaneNew": listed},
    }  # fmt: skip


def _loops(size_t: int, positions: int, size_z: int) -> dict[str, Any]:
    points = {
        f"i{number:010}": {"dPosName": f"P{number}", "dPosX": 1.0 * number, "dPosY": 2.0}
        for number in range(positions)
    }
    depth = {"eType": 4, "uLoopPars": {"uiCount": size_z, "dZStep": 0.5, "iType": 2}}
    place = {
        "eType": 2,
        "uLoopPars": {"uiCount": positions, "Points": points},
        "ppNextLevelEx": {"no_name": depth},
    }
    return {
        "eType": 1,
        "uLoopPars": {"uiCount": size_t, "dStart": 0.0, "dPeriod": 500.0, "dDuration": 1000.0},
        "ppNextLevelEx": {"no_name": place},
    }


def _xml(values: dict[str, Any]) -> bytes:
    inner = "".join(_variant(name, value) for name, value in values.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><variant version="1.0">'
        f'<no_name runtype="CLxListVariant">{inner}</no_name></variant>'
    ).encode()


def _variant(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_variant(key, one) for key, one in value.items())
        return f'<{name} runtype="CLxListVariant">{inner}</{name}>'
    if isinstance(value, bool):
        return f'<{name} runtype="bool" value="{str(value).lower()}"/>'
    kind = {int: "lx_uint32", float: "double", str: "CLxStringW"}[type(value)]
    return f'<{name} runtype="{kind}" value="{value}"/>'


def _file(chunks: dict[str, bytes]) -> bytes:
    data = bytearray(_HEADER.pack(_MAGIC, 32, 64) + b"ND2 FILE SIGNATURE CHUNK NAME01!")
    data += b"Ver2.0".ljust(64, b"\0")
    places = b""
    for name, content in chunks.items():
        data += bytes(-len(data) % 4096)
        places += name.encode() + struct.pack("<QQ", len(data), len(content))
        reserve = 4096 - _HEADER.size - 8 if name.startswith("ImageDataSeq") else 40
        data += _HEADER.pack(_MAGIC, reserve, len(content)) + name.encode().ljust(reserve, b"\0")
        data += content
    data += bytes(-len(data) % 4096)
    start = len(data)
    places += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<QQ", start, 0)
    data += _HEADER.pack(_MAGIC, 32, len(places)) + b"ND2 FILEMAP SIGNATURE NAME 0001!" + places
    data += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", start)
    return bytes(data)
