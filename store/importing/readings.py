"""What is read of the TIFF family, of ordinary pictures and of plate folders, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of files of one format, for `docs/reference/formats.md`."""

    name: str
    """As filesets are called."""
    metadata: str = "-"
    pixels: str = "-"
    pyramid: str = "-"
    tiles: str = "-"
    """What has to be read and decoded for one tile."""
    tested: str = "-"
    """With which files; real ones unless it says that they are written by the tests."""


_MADE = "files written by the tests, byte by byte in the vendor's form"
_PAGE_TILES = "its tiles or strips"

TIFF_FAMILY = (
    Reading(
        "OME-TIFF",
        "all of OME-XML of any release",
        "all types, files of one or many images, sets of files with companion documents",
        "SubIFDs",
        _PAGE_TILES,
        "11 files of Bio-Formats, viv, QuPath and webKnossos",
    ),
    Reading(
        "TIFF",
        "resolution, date",
        "grey, RGB, palette; every compression of imagecodecs; volumes",
        "SubIFDs, reduced pages",
        _PAGE_TILES,
        "67 files of imagecodecs",
    ),
    Reading(
        "ImageJ TIFF",
        "sizes, intervals, colours of channels",
        "hyperstacks, also of one directory",
        "none",
        _PAGE_TILES,
        "a file of ImageJ",
    ),
    Reading(
        "Aperio SVS",
        "pixel size, objective, scanner, date, all keys",
        "slide, focal planes; label, macro, thumbnail as images",
        "stored levels",
        _PAGE_TILES,
        "CMU-1-Small-Region.svs",
    ),
    Reading(
        "Hamamatsu NDPI",
        "pixel size, objective, scanner, date, heights of focal planes, all keys",
        "slide, focal planes; macro and map as images; larger than 4 GiB",
        "stored levels",
        "its parts between restart markers; of a page without an index all of it",
        _MADE,
    ),
    Reading(
        "Akoya QPTIFF",
        "channels with colours, filters and exposure; pixel size, objective, all keys",
        "channels; thumbnail, macro, label as images",
        "stored levels",
        _PAGE_TILES,
        _MADE,
    ),
    Reading(
        "Leica SCN",
        "channels, pixel size, spacing, objective, date, all keys",
        "all scans of a collection, channels, focal planes",
        "stored levels",
        _PAGE_TILES,
        _MADE,
    ),
    Reading(
        "Philips TIFF",
        "pixel size, scanner, date, all short keys",
        "slide; macro and label that are pages",
        "stored levels, cut to their true sizes",
        _PAGE_TILES,
        _MADE,
    ),
    Reading(
        "Ventana BIF",
        "pixel size, objective, scanner, date, overlap of tiles, all keys",
        "as stored: tiles that overlap are not stitched; label and probability as images",
        "stored levels",
        _PAGE_TILES,
        _MADE,
    ),
    Reading(
        "Zeiss LSM",
        "channels with colours, lasers and bands; voxel size, times, places, objective, all keys",
        "T, Z, C; positions as images; LZW; larger than 4 GiB",
        "none",
        "its strips",
        _MADE,
    ),
    Reading(
        "MetaMorph STK",
        "calibration, times, places, distances, wavelengths, all keys",
        "Z, time or wavelengths",
        "none",
        "its rows",
        _MADE,
    ),
    Reading(
        "Micro-Manager stack",
        "channels, pixel size, times, exposures, places, summary",
        "T, Z, C of all files of a stack; positions as images",
        "none",
        "its strips",
        _MADE,
    ),
    Reading(
        "Olympus FluoView TIFF",
        "steps of axes, all keys",
        "axes as tifffile has them",
        "none",
        "its strips",
        _MADE,
    ),
    Reading(
        "Olympus SIS TIFF",
        "pixel size, magnification, date, bands, all keys",
        "axes as tifffile has them",
        "none",
        "its strips",
        _MADE,
    ),
    Reading(
        "ScanImage TIFF",
        "spacing, period, all keys",
        "slices, frames, channels",
        "none",
        "its strips",
        "no file yet",
    ),
)

YOKOGAWA = Reading(
    "Yokogawa CellVoyager plate",
    "plate, wells, fields; channels, pixel size, objective, times and places; all keys",
    "TIFF or PNG files, T, Z, C",
    "none",
    "its strips; of a PNG all of it",
    _MADE,
)
METAXPRESS = Reading(
    "MetaXpress plate",
    "plate, wells, sites; wavelengths, calibration, objective, date; all keys",
    "TIFF files, TimePoint and ZStep folders",
    "none",
    "its strips",
    _MADE,
)
PLATE_FOLDER = Reading(
    "Plate folder",
    "plate, wells; what a table beside says of wells",
    "TIFF files named by channel, row and column",
    "none",
    "its strips",
    "ExampleSBSImages of CellProfiler",
)
OME_ZARR = Reading(
    "OME-Zarr",
    "axes, scales and units, channels with colours, plates; OME-XML of bioformats2raw",
    "0.4 (Zarr 2) and 0.5 (Zarr 3, shards); images, label images, plates; folders and archives",
    "stored levels",
    "its chunks, of a shard those inside",
    "an image and a plate written by ome-zarr, arrays of every codec written by zarr",
)


def _picture(name: str, pixels: str, tested: str, metadata: str = "-") -> tuple[str, Reading]:
    return name, Reading(name, metadata, pixels, "none", "all of it, up to 256 MiB", tested)


PICTURE = dict(
    (
        _picture("PNG", "grey, colours, alpha, palette, 8 and 16 bits",
                 "a picture of the IIIF validator", "EXIF, texts, resolution"),
        _picture("JPEG", "grey, colours", "pictures written by Pillow", "EXIF, resolution"),
        _picture("JPEG 2000", "grey, colours, 8 and 16 bits", "pictures written by imagecodecs"),
        _picture("GIF", "frames as time points", "pictures written by Pillow"),
        _picture("BMP", "grey, colours, palette", "pictures written by Pillow", "resolution"),
        _picture("WebP", "colours, alpha; no animations", "pictures written by Pillow", "EXIF"),
    )
)  # fmt: skip
