"""What is read of vendors' formats that are no TIFF files, in words."""

from store.importing.readings import Reading

_STRIPS = "its rows, in strips"
_STORED = "stored levels"

CZI = Reading(
    "Zeiss CZI",
    "channels, wavelengths, colours, pinhole; pixel size, objective, detectors, date; times, "
    "exposures and places of planes; regions; all keys",
    "T, Z, C; scenes as images; mosaics; colours; zstd, JPEG XR, JPEG, LZW; label, preview and "
    "thumbnail as images",
    _STORED,
    "its rows in strips, or the tiles under it",
    "3 files of aicspylibczi and czitools, files written by the tests",
)
ND2 = Reading(
    "Nikon ND2",
    "channels, wavelengths, colours, pinhole; pixel size, objective, camera, date; times, "
    "exposures and places of frames; regions, those that are turned as keys; all keys",
    "T, Z, C; positions as images; colours; without compression or lossless; none of version 1",
    "none",
    "its rows in strips; of lossless frames all of them",
    "a file of PIMS, files written by the tests",
)
LIF = Reading(
    "Leica LIF",
    "channels, dyes, bands, colours, pinhole; pixel size, objective, detectors, date; times; "
    "all keys",
    "T, Z, C; images and tiles as images; scans along X and Z; wavelengths as channels; colours",
    "none",
    _STRIPS,
    "a file of readlif, files written by the tests",
)
XLEF = Reading(
    "Leica XLEF, XLIF",
    LIF.metadata,
    f"{LIF.pixels}; of LOF files, of TIFF files with a plane in each page,"
    " and of PNG, JPEG or BMP files of a plane each",
    "none",
    "the rows of a LOF file, in strips; tiles or strips of TIFF files; whole pictures",
    "files written by the tests",
)
OIB = Reading(
    "Olympus OIB",
    "channels, dyes, wavelengths, pinhole; pixel size, objective, date; times and heights of "
    "planes; all keys",
    "T, Z, C; wavelengths as channels",
    "none",
    "its strips; its whole plane where the file holds that in pieces",
    "a file of oiffile, files written by the tests",
)
OIF_SET = Reading(
    "Olympus OIF", OIB.metadata, OIB.pixels, "none", "its strips", "files written by the tests"
)
IMARIS = Reading(
    "Imaris",
    "channels, wavelengths, colours; voxel size, objective, date; times; all keys",
    "T, Z, C, cropped to the image; gzip, shuffle, LZ4",
    "stored levels that have all sections",
    "its chunks",
    "files written by the tests",
)
DICOM = Reading(
    "DICOM",
    "pixel size, objective, maker, date, optical paths; all public keys but those of patients",
    "slides in tiles, full or sparse, of several files; label and overview as images; series as "
    "stacks; JPEG, lossless JPEG, JPEG-LS, JPEG 2000, HTJ2K, run lengths; frames in fragments",
    "stored levels, one in each file of a series",
    "its tiles or frames",
    "2 files of openslide-python, files written by pydicom",
)
ICS_PAIR = Reading(
    "Image Cytometry Standard",
    "scales, wavelengths, pinhole, aperture, date; all keys",
    "T, Z, C; versions 1 and 2; gzip",
    "none",
    "its rows, in strips; of gzip up to 64 MiB",
    "a file of DIPlib, files written by the tests",
)
MRC = Reading(
    "MRC",
    "voxel size, labels",
    "volumes and stacks of volumes, first row lowest; all types but 4 bits",
    "none",
    _STRIPS,
    "EMD-3197.map of mrcfile, files written by the tests",
)
DELTAVISION = Reading(
    "DeltaVision",
    "wavelengths, pixel size, lens; times, exposures and places of sections; titles",
    "T, Z, C in all orders, first row lowest; all types",
    "none",
    _STRIPS,
    "a file of OMERO, files written by the tests",
)
