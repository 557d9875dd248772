"""What a file is, told by its first bytes and not by its name."""

from pathlib import Path

TIFF = "TIFF"
OME_XML = "OME-XML"

_STARTS = (
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"ZISRAWFILE", "Zeiss CZI"),
    (b"\xda\xce\xbe\x0a", "Nikon ND2"),
    (b"\x70\x00\x00\x00", "Leica LIF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Olympus OIB or another compound document"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 (Imaris, BigDataViewer or others)"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"RIFF", "AVI or WebP"),
    (b"ics_version", "Image Cytometry Standard"),
    (b"\tics_version", "Image Cytometry Standard"),
    (b"SIMPLE  =", "FITS"),
    (b"SIS", "Olympus VSI or ETS"),
)
_INSIDE = (
    (128, b"DICM", "DICOM"),
    (208, b"MAP ", "MRC"),
    (96, b"\xa0\xc0", "DeltaVision"),
    (96, b"\xc0\xa0", "DeltaVision"),
)
_HEAD_BYTES = 4096


def recognise(path: Path) -> str | None:
    """Name of the format that a file's content has, if it is a known kind of image.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    for offset, mark, name in _INSIDE:
        if head[offset : offset + len(mark)] == mark:
            return name
    if _is_ome_xml(head):
        return OME_XML
    if b"ics_version" in head[:64]:
        return "Image Cytometry Standard"
    return None


def partner(path: Path) -> str | None:
    """Name of the format of a file that has only samples, its description lying beside it."""
    described = path.suffix.lower() == ".ids" and path.with_suffix(".ics").exists()
    return "Image Cytometry Standard" if described else None


def _is_ome_xml(head: bytes) -> bool:
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return text.startswith(b"<") and (b"<OME" in text or b":OME" in text)
