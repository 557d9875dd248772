"""Which pixel types files can hold, and what becomes of the others."""

from typing import Any

import numpy as np

from store.models.enums import PixelType

_OME: dict[str, tuple[str, PixelType]] = {
    "b1": ("bool", PixelType.BIT),
    "i1": ("int8", PixelType.INT8),
    "i2": ("int16", PixelType.INT16),
    "i4": ("int32", PixelType.INT32),
    "u1": ("uint8", PixelType.UINT8),
    "u2": ("uint16", PixelType.UINT16),
    "u4": ("uint32", PixelType.UINT32),
    "f2": ("float32", PixelType.FLOAT),
    "f4": ("float32", PixelType.FLOAT),
    "f8": ("float64", PixelType.DOUBLE),
    "i8": ("float64", PixelType.DOUBLE),
    "u8": ("float64", PixelType.DOUBLE),
    "c8": ("complex64", PixelType.COMPLEX),
    "c16": ("complex128", PixelType.DOUBLE_COMPLEX),
}
"""By kind and bytes of a sample: the type that OME-XML has a name for, and the name."""


def ome_type(dtype: np.dtype[Any]) -> PixelType:
    """Name the type in which samples are written to OME-TIFF.

    >>> str(ome_type(np.dtype(np.float16)))
    'float'
    """
    return _OME[dtype.str[1:]][1]


def tiff_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which samples are written to OME-TIFF, little-endian.

    OME-XML has no name for half floats, which become single ones, and for integers of 64 bits,
    which become doubles: exact up to 2^53.
    """
    return np.dtype(_OME[dtype.str[1:]][0]).newbyteorder("<")


def zarr_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in which samples are written to OME-Zarr, little-endian: the same.

    Booleans too: Zarr keeps one in a byte.
    """
    return dtype.newbyteorder("<")
