"""Writes images in the formats of vendors, as small as they can be."""

import gzip
import struct
from pathlib import Path
from typing import Any, Literal

from tests.images import Image

type Order = Literal["<", ">"]

_DV_TYPES = {"u1": 0, "i2": 1, "f4": 2, "c8": 4, "u2": 6, "i4": 7}
_MRC_MODES = {"i1": 0, "i2": 1, "f4": 2, "c8": 4, "u2": 6, "f2": 12}


def write_dv(
    path: Path, image: Image, order: Order = "<", sequence: int = 0, sections: bool = True
) -> Path:
    """Write a DeltaVision stack, its sections in one of the three orders of axes.

    Args:
        path: Where to.
        image: The image; at most 5 channels.
        order: Byte order.
        sequence: 0 is Z fastest, then T, C; 1 is C, Z, T; 2 is Z, C, T.
        sections: Whether each section has a header with its time and place.
    """
    size_t, size_c, size_z, height, width = image.shape
    axes = {0: (1, 0, 2), 1: (0, 2, 1), 2: (0, 1, 2)}[sequence]
    planes = image.transpose(*axes, 3, 4)[..., ::-1, :]
    header = bytearray(1024)
    count = size_t * size_c * size_z
    kind = _DV_TYPES[image.dtype.str[1:]]
    struct.pack_into(f"{order}4i", header, 0, width, height, count, kind)
    struct.pack_into(f"{order}3f", header, 40, 0.1, 0.2, 0.3)
    struct.pack_into(f"{order}i", header, 92, 4 * 40 * count if sections else 0)
    struct.pack_into(f"{order}H", header, 96, 0xC0A0)
    struct.pack_into(f"{order}2h", header, 128, 8, 32)
    struct.pack_into(f"{order}2h", header, 180, size_t, sequence)
    struct.pack_into(f"{order}6h", header, 196, size_c, 450, 520, 600, 650, 700)
    header[224:229] = b"Title"
    extended = b""
    for number in range(count if sections else 0):
        said = [0, number * 1.5, 10.0 + number, 20, 30, 0, 0, 0, 0.25, 0, 488, 520, 0]
        extended += bytes(32) + struct.pack(f"{order}32f", *said, *([0.0] * 19))
    stored = planes.astype(planes.dtype.newbyteorder(order)).tobytes()
    path.write_bytes(bytes(header) + extended + stored)
    return path


def write_mrc(path: Path, image: Image, order: Order = "<") -> Path:
    """Write an MRC volume, or a stack of volumes where there are several times."""
    size_t, _, size_z, height, width = image.shape
    header = bytearray(1024)
    mode = _MRC_MODES[image.dtype.str[1:]]
    struct.pack_into(f"{order}4i", header, 0, width, height, size_z * size_t, mode)
    struct.pack_into(f"{order}3i", header, 28, width, height, size_z)
    struct.pack_into(f"{order}3f", header, 40, 2.0 * width, 3.0 * height, 4.0 * size_z)
    struct.pack_into(f"{order}i", header, 88, 401 if size_t > 1 else 1)
    struct.pack_into(f"{order}i", header, 108, 20140)
    header[208:212] = b"MAP "
    header[212:214] = b"\x44\x44" if order == "<" else b"\x11\x11"
    struct.pack_into(f"{order}i", header, 220, 1)
    header[224:229] = b"Label"
    stored = image[..., ::-1, :].astype(image.dtype.newbyteorder(order)).tobytes()
    path.write_bytes(bytes(header) + stored)
    return path


def write_ics(
    path: Path,
    image: Image,
    order: Order = "<",
    compressed: bool = False,
    interleaved: bool = False,
) -> Path:
    """Write an ICS file of version 2, its samples behind the text."""
    dtype = image.dtype
    axes = "bits x y z ch t" if not interleaved else "bits ch x y z t"
    planes = image if not interleaved else image.transpose(0, 2, 3, 4, 1)
    sizes = " ".join(str(size) for size in planes.shape[::-1])
    kind = {"f": "real", "c": "complex"}.get(dtype.kind, "integer")
    numbers = [str(number + 1) for number in range(dtype.itemsize)]
    said = [
        "ics_version\t2.0",
        f"filename\t{path.stem}",
        f"layout\torder\t{axes}",
        f"layout\tsizes\t{8 * dtype.itemsize} {sizes}",
        f"representation\tformat\t{kind}",
        f"representation\tsign\t{'signed' if dtype.kind == 'i' else 'unsigned'}",
        f"representation\tbyte_order\t{' '.join(numbers if order == '<' else numbers[::-1])}",
        f"representation\tcompression\t{'gzip' if compressed else 'uncompressed'}",
        "parameter\tscale\t1 0.1 0.2 0.3 1 5",
        "parameter\tunits\tbits micrometers micrometers micrometers undefined seconds",
        "sensor\ts_params\tLambdaEx 488 561",
        "sensor\ts_params\tLambdaEm 520 600",
        "history\tdate\t2020-01-02T03:04:05",
        "end",
    ]
    stored = planes.astype(dtype.newbyteorder(order)).tobytes()
    text = "\t\n" + "\n".join(said) + "\n"
    path.write_bytes(text.encode() + (gzip.compress(stored, mtime=0) if compressed else stored))
    return path


def write_ics_pair(path: Path, image: Image, **options: Any) -> Path:
    """Write an ICS file of version 1 and the samples beside it."""
    data = write_ics(path, image, **options).read_bytes()
    text, _, stored = data.partition(b"\nend\n")
    path = path.with_suffix(".ics")
    path.write_bytes(text.replace(b"ics_version\t2.0", b"ics_version\t1.0") + b"\n")
    path.with_suffix(".ids").write_bytes(stored)
    return path
