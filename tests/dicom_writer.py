"""Writes DICOM files with pydicom: stacks, and slides of several files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.images import Image

_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_SYNTAXES: dict[str, Any] = {
    "raw": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "big": ExplicitVRBigEndian,
    "rle": RLELossless,
    "j2k": JPEG2000Lossless,
    "jpegls": JPEGLSLossless,
    "ljpeg": JPEGLosslessSV1,
}
_ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "j2k": lambda frame: bytes(
        imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, level=0)
    ),
    "jpegls": lambda frame: bytes(imagecodecs.jpegls_encode(frame)),
    "ljpeg": lambda frame: bytes(imagecodecs.ljpeg_encode(frame)),
    "rle": lambda frame: _rle(frame),
}


def write_dicom(
    path: Path, image: Image, codec: str = "raw", planar: bool = False, fragments: int = 1,
    table: str = "basic",
) -> Path:  # fmt: skip
    """Write a file of several frames, along time if there are several times, else along Z.

    Args:
        path: Where to.
        image: The image; its channels are the colours of a pixel.
        codec: raw, implicit, big, rle, j2k, jpegls or ljpeg.
        planar: Whether the colours of a pixel are in planes of their own.
        fragments: Into how many parts each compressed frame is cut.
        table: What says where frames begin: basic, extended, or none.
    """
    frames = [_frame(image, t, z) for t in range(image.shape[0]) for z in range(image.shape[2])]
    said = _said(frames, codec, planar, fragments, table)
    if image.shape[0] > 1:
        said.FrameTime = "50"
    said.PixelSpacing = [0.002, 0.001]
    said.SpacingBetweenSlices = "0.003"
    said.AcquisitionDateTime = "20200102030405"
    said.PatientName = "Doe^Jane"
    said.Manufacturer = "Maker"
    _save(path, said, codec)
    return path


def write_series(path: Path, image: Image) -> Path:
    """Write one file for each section into a folder; the numbers of files say their order."""
    for z in range(image.shape[2]):
        said = _said([_frame(image, 0, z)], "raw", False)
        said.InstanceNumber = str(z + 1)
        said.SeriesInstanceUID = "1.2.3"
        _save(path.with_name(f"s{image.shape[2] - z}.dcm"), said, "raw")
    return path.with_name("s1.dcm")


def write_slide(
    path: Path, image: Image, tile: int = 16, codec: str = "raw", sparse: bool = False,
    shift: int = 0, levels: int = 1, fragments: int = 1, table: str = "basic",
) -> Path:  # fmt: skip
    """Write a slide, a file for each level, each of every other pixel of the one before.

    Args:
        path: Of the file of the full resolution; others lie beside it.
        image: Channels are the colours of a pixel; one time and section.
        tile: Side of a tile.
        codec: As in `write_dicom`.
        sparse: Whether each frame says where it lies, the last tile being left out.
        shift: Pixels that tiles lie off the grid.
        levels: How many.
        fragments: As in `write_dicom`, as the next.
        table: As there.
    """
    picture = image[0, :, 0].transpose(1, 2, 0)
    for level in range(levels):
        name = path if level == 0 else path.with_name(f"{path.name}.{level}")
        smaller = picture[:: 2**level, :: 2**level]
        _save(name, _tiled(smaller, tile, codec, sparse, shift, fragments, table), codec)
    return path


def _tiled(
    picture: np.ndarray, tile: int, codec: str, sparse: bool, shift: int, fragments: int,
    table: str,
) -> Dataset:  # fmt: skip
    height, width = picture.shape[:2]
    starts = [
        (y, x) for y in range(-shift, height, tile) for x in range(-shift, width, tile)
    ]  # fmt: skip
    starts = starts[: len(starts) - sparse]
    padded = np.pad(picture, ((shift, 2 * tile), (shift, 2 * tile), (0, 0)))
    frames = [padded[y + shift :, x + shift :][:tile, :tile] for y, x in starts]
    frames = [frame if frame.shape[2] > 1 else frame[..., 0] for frame in frames]
    whole = [np.ascontiguousarray(frame) for frame in frames]
    said = _said(whole, codec, False, fragments, table)
    said.SOPClassUID = _SLIDE
    said.SeriesInstanceUID = "1.2.3.4"
    said.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    said.TotalPixelMatrixColumns, said.TotalPixelMatrixRows = width, height
    said.DimensionOrganizationType = "TILED_SPARSE" if sparse or shift else "TILED_FULL"
    measures, optics, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.0005, 0.0005]
    shared.PixelMeasuresSequence = [measures]
    said.SharedFunctionalGroupsSequence = [shared]
    optics.OpticalPathIdentifier, optics.ObjectiveLensPower = "1", 20
    optics.OpticalPathDescription = "Brightfield"
    said.OpticalPathSequence = [optics]
    if sparse or shift:
        said.PerFrameFunctionalGroupsSequence = [_placed(y, x) for y, x in starts]
    return said


def _placed(y: int, x: int) -> Dataset:
    place, groups = Dataset(), Dataset()
    place.ColumnPositionInTotalImagePixelMatrix = x + 1
    place.RowPositionInTotalImagePixelMatrix = y + 1
    place.ZOffsetInSlideCoordinateSystem = "0"
    groups.PlanePositionSlideSequence = [place]
    return groups


def _frame(image: Image, t: int, z: int) -> np.ndarray:
    frame = image[t, :, z].transpose(1, 2, 0)
    return np.ascontiguousarray(frame if frame.shape[2] > 1 else frame[..., 0])


def _said(
    frames: list[np.ndarray], codec: str, planar: bool, fragments: int = 1, table: str = "basic"
) -> Dataset:
    like = frames[0]
    said = Dataset()
    said.SOPClassUID, said.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4.5"
    said.Rows, said.Columns = like.shape[:2]
    said.SamplesPerPixel = 1 if like.ndim == 2 else like.shape[2]
    said.PhotometricInterpretation = "RGB" if like.ndim == 3 else "MONOCHROME2"
    if like.ndim == 3:
        said.PlanarConfiguration = int(planar)
    said.BitsAllocated = said.BitsStored = 8 * like.dtype.itemsize
    said.HighBit = said.BitsStored - 1
    said.PixelRepresentation = int(like.dtype.kind == "i")
    said.NumberOfFrames = len(frames)
    if codec in _ENCODERS:
        encoded = [_ENCODERS[codec](frame) for frame in frames]
        if table == "extended":
            said.PixelData, said.ExtendedOffsetTable, said.ExtendedOffsetTableLengths = (
                encapsulate_extended(encoded)
            )
        else:
            said.PixelData = encapsulate(encoded, fragments, has_bot=table == "basic")
    else:
        order = ">" if codec == "big" else "<"
        stored = [frame.transpose(2, 0, 1) if planar else frame for frame in frames]
        data = b"".join(np.ascontiguousarray(one).astype(f"{order}{one.dtype.str[1:]}").tobytes()
                        for one in stored)  # fmt: skip
        said.PixelData = data + b"\0" * (len(data) % 2)
    said["PixelData"].VR = "OW" if like.dtype.itemsize > 1 else "OB"
    return said


def _save(path: Path, said: Dataset, codec: str) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = said.SOPClassUID
    meta.MediaStorageSOPInstanceUID = said.SOPInstanceUID
    meta.TransferSyntaxUID = _SYNTAXES[codec]
    said.file_meta = meta
    if codec in _ENCODERS:
        said["PixelData"].is_undefined_length = True
        said["PixelData"].VR = "OB"
    said.save_as(path, enforce_file_format=True)


def _rle(frame: np.ndarray) -> bytes:
    samples = 1 if frame.ndim == 2 else frame.shape[2]
    bits = 8 * frame.dtype.itemsize
    return bytes(
        RLELosslessEncoder.encode(
            frame, rows=frame.shape[0], columns=frame.shape[1], number_of_frames=1,
            samples_per_pixel=samples, bits_allocated=bits, bits_stored=bits,
            pixel_representation=int(frame.dtype.kind == "i"),
            photometric_interpretation="RGB" if samples == 3 else "MONOCHROME2",
            planar_configuration=0 if samples == 3 else None,
        )
    )  # fmt: skip
