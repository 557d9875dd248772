"""Small TIFF files true to the form that vendors give theirs, written byte by byte."""

import io
import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import tifffile

from tests.images import Image

_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "I", 7: "B", 9: "i", 11: "f", 12: "d", 16: "Q"}

type Tag = tuple[int, int, int, bytes]
"""Code, type, count and little-endian value."""


@dataclass
class Page:
    """One IFD: its tags, and the bytes of its strips or tiles."""

    tags: list[Tag]
    data: list[bytes] = field(default_factory=list)
    tiled: bool = False
    declared: int | None = None
    """Length of the data that the page admits; the rest follows it unsaid."""
    outside: tuple[int, ...] = ()
    """Tags whose values lie elsewhere even if they would fit."""


def tag(code: int, kind: int, *values: Any) -> Tag:
    """A tag of numbers, or of one text."""
    if kind == 2:
        text = str(values[0]).encode() + b"\0"
        return code, kind, len(text), text
    count = len(values) // 2 if kind == 5 else len(values)
    return code, kind, count, struct.pack(f"<{len(values)}{_CODES[kind]}", *values)


def basic(width: int, height: int, samples: int = 1, bits: int = 8, **more: int) -> list[Tag]:
    """The tags that every page has; `more` are compression, photometric and planar."""
    return [
        tag(256, 4, width), tag(257, 4, height), tag(258, 3, *([bits] * samples)),
        tag(259, 3, more.get("compression", 1)),
        tag(262, 3, more.get("photometric", 2 if samples == 3 else 1)),
        tag(277, 3, samples), tag(278, 4, height), tag(284, 3, more.get("planar", 1)),
    ]  # fmt: skip


def write_file(path: Path, pages: Sequence[Page], wide: bool = False) -> Path:
    """Write a little-endian classic TIFF; a wide one has the 64-bit offsets of Hamamatsu."""
    out = bytearray(b"II*\0" + bytes(8 if wide else 4))
    link = 4
    for page in pages:
        offsets = [_append(out, data) for data in page.data]
        places = (324, 325) if page.tiled else (273, 279)
        lengths = [page.declared or len(data) for data in page.data]
        tags = [tag(places[0], 4, *offsets), tag(places[1], 4, *lengths)]
        tags = sorted([*page.tags, *tags], key=lambda one: one[0])
        entries = b""
        for code, kind, count, value in tags:
            inside = len(value) <= 4 and not (wide and kind == 2) and code not in page.outside
            place = value.ljust(4, b"\0") if inside else struct.pack("<I", _append(out, value))
            entries += struct.pack("<HHI", code, kind, count) + place
        start = _append(out, struct.pack("<H", len(tags)) + entries + bytes(8 if wide else 4))
        struct.pack_into("<Q" if wide else "<I", out, link, start)
        link = start + 2 + len(entries)
        if wide:
            out += bytes(4 * len(tags))
    path.write_bytes(out)
    return path


def _append(out: bytearray, data: bytes) -> int:
    out += bytes(len(out) % 2)
    start = len(out)
    out += data
    return start


def jpeg(picture: np.ndarray, blocks: int = 0) -> bytes:
    """A JPEG stream without subsampling, with a restart marker every so many blocks."""
    stream = io.BytesIO()
    PIL.Image.fromarray(picture).save(
        stream, "JPEG", quality=95, subsampling=0, restart_marker_blocks=blocks
    )
    return stream.getvalue()


def restarts(stream: bytes) -> list[int]:
    """Where the scan and each part behind a restart marker start in a JPEG stream."""
    scan = stream.index(b"\xff\xda")
    starts = [scan + 2 + int.from_bytes(stream[scan + 2 : scan + 4], "big")]
    marks = (b"\xff" + bytes([0xD0 + number]) for number in range(8))
    return starts + sorted(found.end() for mark in marks for found in re.finditer(mark, stream))


def smooth(width: int, height: int, phase: int = 0) -> np.ndarray:
    """A picture that JPEG changes little, shape (Y, X, 3), uint8."""
    y, x = np.mgrid[:height, :width]
    waves = [x + phase, y + 2 * phase, x + y]
    parts = [128 + 100 * np.sin(wave / (20 + number)) for number, wave in enumerate(waves)]
    return np.stack(parts, -1).astype(np.uint8)


def write_ndpi(path: Path, focal_planes: int = 1) -> Path:
    """A Hamamatsu slide: two levels cut at restart markers, each focal plane, and a macro."""
    pages: list[Page] = []
    for step in (1, 2):
        for z in range(focal_planes):
            picture = smooth(512, 80, z)[::step, ::step].copy()
            pages.append(_ndpi_page(picture, 40 / step, z, first=not pages))
    macro = smooth(60, 40)
    tags = [*basic(60, 40, 3, compression=7, photometric=6), tag(530, 3, 1, 1), tag(271, 2, "Hamamatsu"),
            tag(65420, 4, 1), tag(65421, 11, -1.0)]  # fmt: skip
    pages.append(Page(tags, [jpeg(macro)]))
    return write_file(path, pages, wide=True)


def _ndpi_page(picture: np.ndarray, magnification: float, z: int, first: bool) -> Page:
    height, width = picture.shape[:2]
    stream = jpeg(picture, blocks=width // 8 // 4)
    tags = [
        *basic(width, height, 3, compression=7, photometric=6),
        tag(271, 2, "Hamamatsu"), tag(272, 2, "NanoZoomer S360"), tag(305, 2, "NDP.scan"),
        tag(282, 5, round(40_000 * magnification / 40), 1), tag(283, 5, round(40_000 * magnification / 40), 1),
        tag(296, 3, 3), tag(306, 2, "2026:03:04 05:06:07"), tag(530, 3, 1, 1),
        tag(65420, 4, 1), tag(65421, 11, magnification), tag(65424, 9, 1500 * z),
        tag(65426, 4, *restarts(stream)), tag(65427, 2, "Case 7"), tag(65442, 2, "S-123"),
    ]  # fmt: skip
    if first:
        tags.append(tag(65449, 2, "Objective.Lens=UPlanSApo\r\nLamp.Age=17"))
    return Page(tags, [stream])


def write_far(path: Path, near: Path) -> Path:
    """The same Hamamatsu slide, all but its header lying behind 4 GiB that were never written."""
    stored = bytearray(near.read_bytes())
    far = 2**32
    links, place = [4], 4
    while start := struct.unpack_from("<Q", stored, place)[0]:
        (count,) = struct.unpack_from("<H", stored, start)
        entries, high = start + 2, start + 2 + 12 * count + 8
        for number in range(count):
            code, kind, values = struct.unpack_from("<HHI", stored, entries + 12 * number)
            size = values * struct.calcsize(_CODES[kind]) * (2 if kind == 5 else 1)
            outside = code == 273 or kind == 2 or size > 4
            struct.pack_into("<I", stored, high + 4 * number, int(outside))
        place = entries + 12 * count
        links.append(place)
    for link in links[:-1]:
        (start,) = struct.unpack_from("<Q", stored, link)
        struct.pack_into("<Q", stored, link, start + far)
    with path.open("wb") as out:
        out.write(stored[:12])
        out.seek(far)
        out.write(stored)
    return path


def write_fluoview(path: Path, image: Image) -> Path:
    """An Olympus FluoView stack: channels outside time outside Z."""
    size_t, size_c, size_z, height, width = image.shape
    header = np.zeros(1, np.dtype(tifffile.TIFF.MM_HEADER))
    header["Dimensions"]["Size"] = 1
    axes = (("X", width, 0.2, "um"), ("Y", height, 0.2, "um"), ("Z", size_z, 0.5, "um"),
            ("T", size_t, 2.0, "s"), ("Ch", size_c, 1.0, "ch"))  # fmt: skip
    for number, (name, size, step, unit) in enumerate(axes):
        header["Dimensions"][0, number] = (name.encode(), size, 0.0, step, unit.encode())
    pages: list[Page] = []
    for c, t, z in np.ndindex(size_c, size_t, size_z):
        tags = basic(width, height, bits=16)
        if not pages:
            tags += [(34361, 1, header.nbytes, header.tobytes()), tag(34362, 12, *range(8))]
        pages.append(Page(tags, [image[t, c, z].astype("<u2").tobytes()]))
    return write_file(path, pages)


def write_sis(path: Path, image: Image) -> Path:
    """A stack of Olympus Soft Imaging Solutions: one page for each plane, Z inside bands."""
    _, size_c, size_z, height, width = image.shape
    said = (
        f"[Dimension]\r\nZ={size_z}\r\nTime=1\r\nBand={size_c}\r\n[Z]\r\n"
        + "".join(f"ZPos{n + 1}={n * 0.5}\r\n" for n in range(size_z))
        + "[Time]\r\nTimePos1=0\r\n[Band]\r\n"
        + "".join(f"BandName{n + 1}=Dye {n + 1}\r\n" for n in range(size_c))
    )
    known = struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 6, 5, 4, 2, 126, b"Cells", 0)
    pages: list[Page] = []
    for z, c in np.ndindex(size_z, size_c):
        tags = basic(width, height, bits=16)
        if not pages:
            tags += [tag(33471, 2, said), (33560, 1, len(known), known)]
        pages.append(Page(tags, [image[0, c, z].astype("<u2").tobytes()]))
    return write_file(path, pages)


def write_stk(path: Path, image: Image, distance: int = 2) -> Path:
    """A MetaMorph stack of 16-bit planes along Z, or along time where they have no distance."""
    planes = image.reshape(-1, *image.shape[-2:]).astype("<u2")
    count = len(planes)
    height, width = planes.shape[1:]
    moments = [(distance, 1, 2_460_000, 1000 * n, 2_460_000, 1000 * n) for n in range(count)]
    times = np.array(moments, "<u4").tobytes()
    waves = np.array([(525, 1)] * count, "<u4").tobytes()
    places = np.array([[(10 + n, 1), (20 + n, 2)] for n in range(count)], "<u4").tobytes()
    # UIC1: pairs of tag and value; calibration fractions lie elsewhere, here behind a page's data.
    head = struct.pack("<IIIIII", 3, 1, 4, 0, 5, 0)
    stage = struct.pack("<H", 28) + places + b"\0\0"
    tags = [
        *basic(width, height, bits=16),
        (33628, 4, 3, head), (33629, 5, count, times), (33630, 5, count, waves), (33631, 4, count, stage),
    ]  # fmt: skip
    write_file(path, [Page(tags, [planes.tobytes()], declared=planes[0].nbytes)])
    stored = bytearray(path.read_bytes())
    fraction = len(stored)
    stored += struct.pack("<II", 65, 100)
    place = stored.index(head)
    struct.pack_into("<IIIIII", stored, place, 3, 1, 4, fraction, 5, fraction)
    units = len(stored)
    stored += struct.pack("<I", 3) + b"um\0"
    path.write_bytes(_with_units(stored, units))
    return path


def _with_units(stored: bytearray, units: int) -> bytes:
    """Add the entry for units to UIC1, which needs a place of its own."""
    head = stored.index(struct.pack("<II", 3, 1) + struct.pack("<I", 4))
    entries = bytes(stored[head : head + 24]) + struct.pack("<II", 6, units)
    moved = len(stored)
    stored += entries
    place = stored.index(struct.pack("<HHI", 33628, 4, 3))
    struct.pack_into("<HHII", stored, place, 33628, 4, 4, moved)
    return bytes(stored)


def write_lsm(path: Path, image: Image, compression: int = 1) -> Path:
    """A Zeiss confocal file: a page for each stack's slice, planar channels, thumbnails between."""
    size_t, size_c, size_z, height, width = image.shape
    info = np.zeros(1, np.dtype([(name, "<" + kind) for name, kind in tifffile.TIFF.CZ_LSMINFO]))
    info["MagicNumber"], info["StructureSize"] = 0x00400494C, info.dtype.itemsize
    for name, size in (
        ("X", width),
        ("Y", height),
        ("Z", size_z),
        ("Time", size_t),
        ("Channels", size_c),
    ):
        info[f"Dimension{name}"] = size
    info["ScanType"] = 6 if size_t > 1 else 0
    info["DataType"] = 1
    info["VoxelSizeX"], info["VoxelSizeY"], info["VoxelSizeZ"] = 1e-7, 1e-7, 5e-7
    pages: list[Page] = []
    for t in range(size_t):
        for z in range(size_z):
            channels = [image[t, c, z].astype(np.uint8) for c in range(size_c)]
            pages.append(_lsm_page(channels, compression, info if not pages else None))
            pages.append(Page([tag(254, 4, 1), *basic(8, 8, 3)], [bytes(8 * 8 * 3)]))
    write_file(path, pages)
    return _with_lsm_parts(path, info, size_t, size_c)


def _lsm_page(channels: list[np.ndarray], compression: int, info: np.ndarray | None) -> Page:
    import imagecodecs

    height, width = channels[0].shape
    data = [channel.tobytes() for channel in channels]
    if compression == 5:
        data = [bytes(imagecodecs.lzw_encode(one)) for one in data]
    tags = [
        tag(254, 4, 0),
        *basic(width, height, len(channels), compression=compression, photometric=1, planar=2),
    ]
    if info is not None:
        tags.append((34412, 1, info.nbytes, info.tobytes()))
    return Page(tags, data, outside=(258,))


def _with_lsm_parts(path: Path, info: np.ndarray, size_t: int, size_c: int) -> Path:
    """Append names, colours and times, and note where they are."""
    stored = bytearray(path.read_bytes())
    place = stored.index(info.tobytes())
    names = b"".join(struct.pack("<I", 5) + f"Ch{n}-".encode() + b"\0" for n in range(size_c))
    colours = b"".join(
        bytes([255 * (n % 3 == part) for part in range(3)] + [0]) for n in range(size_c)
    )
    info["OffsetChannelColors"] = len(stored)
    size = 24 + len(colours) + len(names)
    stored += (
        struct.pack("<IIIIII", size, size_c, size_c, 24, 24 + len(colours), 0) + colours + names
    )
    info["OffsetTimeStamps"] = len(stored)
    stored += struct.pack("<II", 8 + 8 * size_t, size_t) + struct.pack(
        f"<{size_t}d", *(100 + 2.5 * t for t in range(size_t))
    )
    info["OffsetScanInformation"] = len(stored)
    stored += _scan_information(size_c)
    stored[place : place + info.nbytes] = info.tobytes()
    path.write_bytes(stored)
    return path


def _scan_information(size_c: int) -> bytes:
    """How an LSM file was recorded: objective, date, a track with its laser for each channel."""
    objective = "Plan-Apochromat 63x/1.40 Oil DIC"
    out = _scan_entry(0x10000000) + _scan_entry(0x10000004, objective)
    out += _scan_entry(0x10000036, 46085.0 + (5 * 3600 + 6 * 60 + 7) / 86_400)
    out += _scan_entry(0x20000000)
    for number in range(size_c):
        out += _scan_entry(0x40000000) + _scan_entry(0x60000000) + _scan_entry(0x70000000)
        out += _scan_entry(0x70000026, f"Dye {number}") + _scan_entry(0xFFFFFFFF) * 2
        out += _scan_entry(0x80000000) + _scan_entry(0x90000000)
        out += _scan_entry(0x90000003, 488.0 + number) + _scan_entry(0xFFFFFFFF) * 3
    return out + _scan_entry(0xFFFFFFFF) * 2


def _scan_entry(entry: int, value: str | float | None = None) -> bytes:
    if value is None:
        return struct.pack("<III", entry, 0, 0)
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return struct.pack("<III", entry, 2, len(text)) + text
    return struct.pack("<IIId", entry, 5, 8, value)


def write_qptiff(path: Path, image: Image) -> Path:
    """An Akoya file: channels as pages, a thumbnail, a smaller level of each channel."""
    names = ("DAPI", "Opal 520", "Opal 690")
    colors = ("0,0,255", "0,255,0", "255,0,0")
    options: dict[str, Any] = {"tile": (64, 64), "metadata": None, "software": "PerkinElmer-QPI"}
    planes = image[0, :, 0]
    with tifffile.TiffWriter(path) as writer:
        for kind, step in (("FullResolution", 1), ("Thumbnail", 8), ("ReducedResolution", 2)):
            for number, plane in enumerate(planes):
                said = _qpi(kind, names[number], colors[number], 1000 * (number + 1))
                if kind == "Thumbnail":
                    small = np.ascontiguousarray(np.stack([plane[::step, ::step]] * 3, -1) >> 8)
                    writer.write(small.astype(np.uint8), photometric="rgb", description=said,
                                 metadata=None, software="PerkinElmer-QPI")  # fmt: skip
                    break
                writer.write(np.ascontiguousarray(plane[::step, ::step]), description=said,
                             subfiletype=int(step > 1), datetime="2026:03:04 05:06:07", **options)  # fmt: skip
    return path


def _qpi(kind: str, name: str, color: str, exposure: int) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><PerkinElmer-QPI-ImageDescription>'
        f"<DescriptionVersion>2</DescriptionVersion><ImageType>{kind}</ImageType>"
        f"<SlideID>Slide 3</SlideID><ExposureTime>{exposure}</ExposureTime><Name>{name}</Name>"
        f"<Color>{color}</Color><Objective>20x</Objective><PixelSizeMicrons>0.5</PixelSizeMicrons>"
        "<EmissionFilter><Bands><Band><Cuton>420</Cuton><Cutoff>460</Cutoff></Band></Bands>"
        "</EmissionFilter></PerkinElmer-QPI-ImageDescription>"
    )


def write_scn(path: Path, image: Image) -> Path:
    """A Leica slide: a macro, and a scan of two resolutions, some channels and focal planes."""
    _, size_c, size_z, height, width = image.shape
    macro = smooth(64, 32)
    dimensions: list[str] = []
    planes: list[np.ndarray] = []
    for r, step in ((0, 1), (1, 2)):
        for c in range(size_c):
            for z in range(size_z):
                plane = np.ascontiguousarray(image[0, c, z, ::step, ::step])
                dimensions.append(
                    f'<dimension sizeX="{plane.shape[1]}" sizeY="{plane.shape[0]}" r="{r}" c="{c}" z="{z}" ifd="{len(planes) + 1}"/>'
                )
                planes.append(plane)
    said = (
        '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">'
        '<collection name="c" sizeX="26000000" sizeY="13000000"><barcode>QUJD</barcode>'
        '<image name="m"><pixels sizeX="64" sizeY="32"><dimension sizeX="64" sizeY="32" r="0" ifd="0"/></pixels>'
        '<view sizeX="26000000" sizeY="13000000" offsetX="0" offsetY="0" spacingZ="0"/></image>'
        '<image name="scan 1"><creationDate>2026-03-04T05:06:07.1234567Z</creationDate>'
        '<device model="Leica SCN400F" version="1"/>'
        f'<pixels sizeX="{width}" sizeY="{height}">{"".join(dimensions)}</pixels>'
        f'<view sizeX="{width * 250}" sizeY="{height * 250}" offsetX="5" offsetY="6" spacingZ="1500"/>'
        "<scanSettings><objectiveSettings><objective>40</objective></objectiveSettings>"
        "<illuminationSettings><numericalAperture>0.65</numericalAperture></illuminationSettings>"
        '<channelSettings><channel index="0" name="DAPI" rgb="#0000ff"/>'
        '<channel index="1" name="FITC" rgb="#00ff00"/></channelSettings></scanSettings></image>'
        "</collection></scn>"
    )
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        writer.write(macro, photometric="rgb", description=said, metadata=None)
        for plane in planes:
            writer.write(plane, tile=(64, 64), metadata=None)
    return path


def write_philips(path: Path, image: Image) -> Path:
    """A Philips slide: its levels padded to whole tiles, the document knows their true sizes."""
    slide = np.ascontiguousarray(image[0, :, 0].transpose(1, 2, 0)).astype(np.uint8)
    spacings = "".join(_representation(0.00025 * step) for step in (1, 2))
    said = (
        '<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">'
        '<Attribute Name="DICOM_ACQUISITION_DATETIME" Group="0x0008" Element="0x002A" PMSVR="IString">20260304050607.000000</Attribute>'
        '<Attribute Name="DICOM_MANUFACTURER" PMSVR="IString">PHILIPS</Attribute>'
        '<Attribute Name="DICOM_DEVICE_SERIAL_NUMBER" PMSVR="IString">FMT01</Attribute>'
        f'<Attribute Name="PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE" PMSVR="IDataObjectArray"><Array>{spacings}</Array></Attribute>'
        "</DataObject>"
    )
    options: dict[str, Any] = {
        "photometric": "rgb",
        "metadata": None,
        "software": "Philips DP v1.0",
    }
    with tifffile.TiffWriter(path) as writer:
        writer.write(slide, tile=(64, 64), description=said, **options)
        half = slide[::2, ::2]
        padded = np.zeros((-(-half.shape[0] // 64) * 64, -(-half.shape[1] // 64) * 64, 3), np.uint8)
        padded[: half.shape[0], : half.shape[1]] = half
        writer.write(padded, tile=(64, 64), **options)
        writer.write(smooth(60, 40), description="Macro", **options)
        writer.write(smooth(30, 40), description="Label", **options)
    return path


def _representation(size: float) -> str:
    return (
        '<DataObject ObjectType="PixelDataRepresentation"><Attribute Name="DICOM_PIXEL_SPACING" '
        f'PMSVR="IDoubleArray">&quot;{size}&quot; &quot;{size}&quot;</Attribute></DataObject>'
    )


def write_bif(path: Path, image: Image) -> Path:
    """A Ventana slide: label, probability map, two levels, and how its tiles overlap."""
    slide = np.ascontiguousarray(image[0, :, 0].transpose(1, 2, 0)).astype(np.uint8)
    scan = b'<iScan Magnification="40" ScanRes="0.25" UnitNumber="2000515" ScannerModel="VENTANA DP 200" ScanDate="03/04/2026 05:06:07"/>'
    joints = (
        b'<EncodeInfo Ver="2"><iScan Magnification="40"/><SlideStitchInfo><ImageInfo AOIScanned="1">'
        b'<TileJointInfo FlagJoined="1" Direction="RIGHT" Tile1="1" Tile2="2" OverlapX="12" OverlapY="0"/>'
        b'<TileJointInfo FlagJoined="1" Direction="UP" Tile1="1" Tile2="3" OverlapX="0" OverlapY="9"/>'
        b"</ImageInfo></SlideStitchInfo></EncodeInfo>"
    )
    options: dict[str, Any] = {
        "photometric": "rgb",
        "metadata": None,
        "software": "ScanOutputManager 1.1",
    }
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        writer.write(
            smooth(60, 90),
            description="Label_Image",
            extratags=[(700, 1, len(scan), scan, True)],
            **options,
        )
        grey: dict[str, Any] = {
            "photometric": "minisblack",
            "metadata": None,
            "software": "ScanOutputManager 1.1",
        }
        writer.write(smooth(30, 20)[..., 0].copy(), description="Probability_Image", **grey)
        writer.write(slide, tile=(64, 64), description="level=0 mag=40 quality=95",
                     extratags=[(700, 1, len(joints), joints, True)], **options)  # fmt: skip
        writer.write(
            slide[::2, ::2].copy(),
            tile=(64, 64),
            description="level=1 mag=20 quality=95",
            **options,
        )
    return path


def write_mmstack(path: Path, image: Image, positions: Sequence[int] = (0, 1)) -> Path:
    """A Micro-Manager stack: its own index of planes, and a document for each plane."""
    size_t, size_c, size_z, height, width = image.shape
    pages, places = [], []
    for position in positions:
        for t, z, c in np.ndindex(size_t, size_z, size_c):
            said: Mapping[str, Any] = {
                "Exposure-ms": 20.0 + c, "ElapsedTime-ms": 1000.0 * t, "XPositionUm": 5.0 * position,
                "YPositionUm": 7.0, "ZPositionUm": 0.5 * z, "PositionName": f"Pos{position}",
            }  # fmt: skip
            plane = np.roll(image[t, c, z], position).astype("<u2")
            tags = [*basic(width, height, bits=16), tag(51123, 2, json.dumps(said))]
            pages.append(Page(tags, [plane.tobytes()]))
            places.append((c, z, t, position))
    write_file(path, pages)
    with tifffile.TiffFile(path) as file:
        offsets = [page.offset for page in file.pages]
    return _with_index(path, places, offsets)


def _with_index(path: Path, places: Sequence[tuple[int, ...]], offsets: Sequence[int]) -> Path:
    """Make room for Micro-Manager's header behind that of TIFF, and append its index."""
    summary = json.dumps(
        {"MicroManagerVersion": "2.0", "Prefix": "run", "Frames": 1, "ChNames": ["DAPI", "FITC"], "PixelSize_um": 0.2,
         "z-step_um": 0.5, "StartTime": "2026-03-04 05:06:07.000 +0000", "ChColors": [255, 65280]}
    ).encode()  # fmt: skip
    room = 32 + len(summary) + len(summary) % 2
    stored = bytearray(_shifted(path.read_bytes(), room))
    index = len(stored)
    stored += struct.pack("<II", 3453623, len(places))
    for place, offset in zip(places, offsets, strict=True):
        stored += struct.pack("<5I", *place, offset + room)
    struct.pack_into("<8I", stored, 8, 54773648, index, 0, 0, 0, 0, 2355492, len(summary))
    stored[40 : 40 + len(summary)] = summary
    path.write_bytes(stored)
    return path


def _shifted(stored: bytes, room: int) -> bytes:
    """The same classic TIFF with room behind its header: all offsets grow."""
    out = bytearray(stored[:8] + bytes(room) + stored[8:])
    place = 4
    while start := struct.unpack_from("<I", out, place)[0]:
        start += room
        struct.pack_into("<I", out, place, start)
        (count,) = struct.unpack_from("<H", out, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            code, kind, number = struct.unpack_from("<HHI", out, entry)
            size = number * {1: 1, 2: 1, 3: 2, 4: 4}[kind]
            if size > 4 or code == 273:
                struct.pack_into(
                    "<I", out, entry + 8, struct.unpack_from("<I", out, entry + 8)[0] + room
                )
        place = start + 2 + 12 * count
    return bytes(out)
