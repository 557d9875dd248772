"""The formats of images, told by their first bytes and not by their name, and what reads each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


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


TIFF = "TIFF"
OME_XML = "OME-XML"
ICS = "Image Cytometry Standard"
OIF = "Olympus OIF"

FORMATS: tuple[Format, ...] = (
    Format(TIFF, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), reader="store.importing.tiff"),
    Format(OME_XML, reader="store.importing.tiff"),
    Format("OME-Zarr", folder_marks=("zarr.json", ".zgroup", ".zattrs", ".zarray")),
    Format("Zeiss CZI", (b"ZISRAWFILE",), reader="store.importing.czi"),
    Format(
        "Nikon ND2",
        (b"\xda\xce\xbe\x0a",),
        reader="store.importing.nikon",
        extra="nd2",
        needs=("nd2",),
    ),
    Format("Leica LIF", (b"\x70\x00\x00\x00",), reader="store.importing.lif"),
    Format(
        "Olympus OIB or another compound document",
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
        reader="store.importing.olympus",
    ),
    Format(OIF, reader="store.importing.olympus"),
    Format(
        "HDF5 (Imaris, BigDataViewer or others)",
        (b"\x89HDF\r\n\x1a\n",),
        reader="store.importing.imaris",
        extra="imaris",
        needs=("h5py",),
    ),
    Format("PNG", (b"\x89PNG\r\n\x1a\n",)),
    Format("JPEG", (b"\xff\xd8\xff",)),
    Format("JPEG 2000", (b"\0\0\0\x0cjP  ",)),
    Format("GIF", (b"GIF8",)),
    Format("BMP", (b"BM",)),
    Format("AVI or WebP", (b"RIFF",)),
    Format(ICS, (b"ics_version", b"\tics_version"), reader="store.importing.ics"),
    Format("FITS", (b"SIMPLE  =",)),
    Format("Olympus VSI or ETS", (b"SIS",)),
    Format("DICOM", inside=((128, b"DICM"),), reader="store.importing.dicom"),
    Format("MRC", inside=((208, b"MAP "),), reader="store.importing.mrc"),
    Format(
        "DeltaVision",
        inside=((96, b"\xa0\xc0"), (96, b"\xc0\xa0")),
        reader="store.importing.deltavision",
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
    return None


def _is_ics_partner(path: Path) -> bool:
    """The file has only samples, its description lying beside it."""
    return path.suffix.lower() == ".ids" and path.with_suffix(".ics").exists()


def _is_ome_xml(head: bytes) -> bool:
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return text.startswith(b"<") and (b"<OME" in text or b":OME" in text)
