"""Closed sets of values: OME's enumerations and our own."""

from enum import StrEnum


class PixelType(StrEnum):
    """Sample types of OME-XML 2016-06, and three that TIFF files hold beyond it."""

    BIT = "bit"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    HALF = "half"
    FLOAT = "float"
    DOUBLE = "double"
    COMPLEX = "complex"
    DOUBLE_COMPLEX = "double-complex"


class DimensionOrder(StrEnum):
    """Order in which planes follow each other in the file, fastest first."""

    XYZCT = "XYZCT"
    XYZTC = "XYZTC"
    XYCTZ = "XYCTZ"
    XYCZT = "XYCZT"
    XYTCZ = "XYTCZ"
    XYTZC = "XYTZC"


class GroupPermissions(StrEnum):
    """What members of a group may do with each other's data."""

    PRIVATE = "private"
    READ_ONLY = "read-only"
    READ_ANNOTATE = "read-annotate"
    READ_WRITE = "read-write"


class EventType(StrEnum):
    """Why a transaction happened, as in OMERO."""

    USER = "User"
    IMPORT = "Import"
    INTERNAL = "Internal"
    TASK = "Task"
