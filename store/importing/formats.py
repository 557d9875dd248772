"""The formats of images, told by their first bytes and not by their name, and what reads each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from store.importing import vendor_readings as vendor
from store.importing.readings import (
    METAXPRESS,
    OME_ZARR,
    PICTURE,
    PLATE_FOLDER,
    TIFF_FAMILY,
    YOKOGAWA,
    Reading,
)


@dataclass(frozen=True, slots=True)
class Format:
    """One format of files."""

    name: str
    starts: tuple[bytes, ...] = ()
    """What a file of it starts with."""
    inside: tuple[tuple[int, bytes], ...] = ()
    """Marks at other places: offset and bytes; one of them is enough."""
    reader: str = ""
    """Module that reads it (`store.importing.readers`); empty if none here does."""
    extra: str = ""
    """What `pip install micrograph[…]` has to name; empty if the reader is always there."""
    needs: tuple[str, ...] = ()
    """Packages that the extra brings."""
    folder_marks: tuple[str, ...] = ()
    """Files by which a folder is one image, or one plate, of this format."""
    folder_names: str = ""
    """What names of such files are like, as a regular expression."""
    mentions: tuple[bytes, ...] = ()
    """Marks anywhere in the first bytes; one of them is enough."""
    reads: tuple[Reading, ...] = ()
    """What is read of it: of a family of formats, of each."""


TIFF = "TIFF"
OME_XML = "OME-XML"
ICS = "Image Cytometry Standard"
OIF = "Olympus OIF"
PICTURES = "store.importing.pictures"
LEADING = (".xlef",)
"""Endings of files that name others in folders beside them, so that they are looked at first."""
_LEICA = b"<LMSDataContainerHeader"

FORMATS: tuple[Format, ...] = (
    Format(
        TIFF,
        (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        reader="store.importing.tiff",
        reads=TIFF_FAMILY,
    ),
    Format(OME_XML, reader="store.importing.tiff"),
    Format(
        "Yokogawa CellVoyager plate",
        reader="store.importing.yokogawa",
        folder_marks=("MeasurementData.mlf",),
        mentions=(b"<bts:MeasurementData ",),
        reads=(YOKOGAWA,),
    ),
    Format(
        "MetaXpress plate",
        (b'"HTSInfoFile"',),
        reader="store.importing.metaxpress",
        folder_names=r".+\.[Hh][Tt][Dd]",
        reads=(METAXPRESS,),
    ),
    Format(
        "Plate folder",
        reader="store.importing.plate_folder",
        folder_names=r"Channel\d{1,2}-\d{1,4}-[A-P]-\d{2}\.tiff?",
        reads=(PLATE_FOLDER,),
    ),
    Format(
        "OME-Zarr",
        (b"PK\3\4",),
        reader="store.importing.ome_zarr",
        folder_marks=("zarr.json", ".zgroup", ".zattrs", ".zarray"),
        reads=(OME_ZARR,),
    ),
    Format("Zeiss CZI", (b"ZISRAWFILE",), reader="store.importing.czi", reads=(vendor.CZI,)),
    Format(
        "Nikon ND2",
        (b"\xda\xce\xbe\x0a",),
        reader="store.importing.nikon",
        extra="nd2",
        needs=("nd2",),
        reads=(vendor.ND2,),
    ),
    Format("Leica LIF", (b"\x70\x00\x00\x00",), reader="store.importing.lif", reads=(vendor.LIF,)),
    Format(
        "Leica XLEF",
        reader="store.importing.xlef",
        mentions=(_LEICA, _LEICA.decode().encode("utf-16-le")),
        reads=(vendor.XLEF,),
    ),
    Format(
        "Olympus OIB or another compound document",
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
        reader="store.importing.olympus",
        reads=(vendor.OIB,),
    ),
    Format(OIF, reader="store.importing.olympus", reads=(vendor.OIF_SET,)),
    Format(
        "HDF5 (Imaris, BigDataViewer or others)",
        (b"\x89HDF\r\n\x1a\n",),
        reader="store.importing.imaris",
        extra="imaris",
        needs=("h5py",),
        reads=(vendor.IMARIS,),
    ),
    Format("PNG", (b"\x89PNG\r\n\x1a\n",), reader=PICTURES, reads=(PICTURE["PNG"],)),
    Format("JPEG", (b"\xff\xd8\xff",), reader=PICTURES, reads=(PICTURE["JPEG"],)),
    Format("JPEG 2000", (b"\0\0\0\x0cjP  ",), reader=PICTURES, reads=(PICTURE["JPEG 2000"],)),
    Format("GIF", (b"GIF8",), reader=PICTURES, reads=(PICTURE["GIF"],)),
    Format("BMP", (b"BM",), reader=PICTURES, reads=(PICTURE["BMP"],)),
    Format("WebP", inside=((8, b"WEBP"),), reader=PICTURES, reads=(PICTURE["WebP"],)),
    Format("AVI", inside=((8, b"AVI "),)),
    Format(
        ICS,
        (b"ics_version", b"\tics_version"),
        reader="store.importing.ics",
        reads=(vendor.ICS_PAIR,),
    ),
    Format("FITS", (b"SIMPLE  =",)),
    Format("Olympus VSI or ETS", (b"SIS",)),
    Format(
        "DICOM", inside=((128, b"DICM"),), reader="store.importing.dicom", reads=(vendor.DICOM,)
    ),
    Format("MRC", inside=((208, b"MAP "),), reader="store.importing.mrc", reads=(vendor.MRC,)),
    Format(
        "DeltaVision",
        inside=((96, b"\xa0\xc0"), (96, b"\xc0\xa0")),
        reader="store.importing.deltavision",
        reads=(vendor.DELTAVISION,),
    ),
)
"""All that are known, the first that fits is taken."""

_BY_NAME = {found.name: found for found in FORMATS}
HEAD_BYTES = 4096


def named(name: str) -> Format:
    """The format of that name."""
    return _BY_NAME[name]


def head_of(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def recognise(path: Path, head: bytes) -> Format | None:
    """The format that a file's content has, if it is a known kind of image.

    Args:
        path: The file.
        head: Its first bytes, as `head_of` gives them.
    """
    for found in FORMATS:
        if head.startswith(found.starts) and found.starts:
            return found
    for found in FORMATS:
        for offset, mark in found.inside:
            if head[offset : offset + len(mark)] == mark:
                return found
    for found in FORMATS:
        if any(mark in head for mark in found.mentions):
            return found
    if _is_ome_xml(head):
        return _BY_NAME[OME_XML]
    if path.suffix.lower() == ".oif" and head.startswith((b"\xff\xfe[\0", b"[")):
        return _BY_NAME[OIF]
    if b"ics_version" in head[:64] or _is_ics_partner(path):
        return _BY_NAME[ICS]
    return None


def recognise_folder(names: Iterable[str]) -> Format | None:
    """The format of which a folder is one image or plate, by the names of what is in it."""
    inside = frozenset(names)
    for found in FORMATS:
        if not inside.isdisjoint(found.folder_marks):
            return found
    for found in FORMATS:
        pattern = found.folder_names
        if pattern and any(re.fullmatch(pattern, name) for name in inside):
            return found
    return None


def page() -> str:
    """The text of docs/reference/formats.md: what is read of each format."""
    lines = [
        "# Formats",
        "",
        "What is read of each format of files. Files are told by their content. This page is printed"
        " from `store/importing/formats.py`.",
        "",
        "| format | comes with | metadata | pixels | pyramid | for one tile | tested with |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for found in FORMATS:
        if not found.reader:
            continue
        extra = f"`pip install 'micrograph[{found.extra}]'`" if found.extra else "Micrograph"
        for one in found.reads or (Reading(found.name),):
            cells = (one.name, extra, one.metadata, one.pixels, one.pyramid, one.tiles, one.tested)
            lines.append(f"| {' | '.join(cells)} |")
    unread = ", ".join(found.name for found in FORMATS if not found.reader)
    if unread:
        lines += ["", f"Told from files that are no images, but not read yet: {unread}."]
    return "\n".join(lines)


def _is_ics_partner(path: Path) -> bool:
    """The file has only samples, its description lying beside it."""
    return path.suffix.lower() == ".ids" and path.with_suffix(".ics").exists()


def _is_ome_xml(head: bytes) -> bool:
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return text.startswith(b"<") and (b"<OME" in text or b":OME" in text)


if __name__ == "__main__":
    print(page())  # noqa: T201  printed into the documentation
