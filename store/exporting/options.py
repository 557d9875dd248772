"""Texts that say how files are written, as people give them."""

from collections.abc import Mapping

from store.errors import InvalidInputError
from store.exporting.ome_tiff import TiffOptions
from store.exporting.tiff_tiles import COMPRESSIONS
from store.exporting.zarr_array import CODECS, LABELS, ZarrOptions


def tiff_options(said: Mapping[str, str | None]) -> TiffOptions:
    """Return how OME-TIFF files are written.

    Args:
        said: Texts by name, none where nothing is said: `compression`, `tile`, `quality`,
            `pyramid` (yes or no).

    Raises:
        InvalidInputError: One of them is something else; quotes it.

    >>> tiff_options({"compression": "zstd", "pyramid": "no"})
    TiffOptions(compression='zstd', tile=512, quality=90, pyramid=False)
    """
    compression = said.get("compression") or "zlib"
    if compression not in COMPRESSIONS:
        raise InvalidInputError(
            f"No compression {compression[:32]!r} of TIFF.",
            f"Give one of {', '.join(COMPRESSIONS)}.",
        )
    return TiffOptions(
        compression=compression,
        tile=number(said, "tile", 512),
        quality=number(said, "quality", 90),
        pyramid=yes(said, "pyramid", default=True),
    )


def zarr_options(said: Mapping[str, str | None]) -> ZarrOptions:
    """Return how OME-Zarr is written.

    Args:
        said: Texts by name, none where nothing is said: `compression`, `chunk`, `shard`,
            `pyramid` (yes or no), `labels` (masks, shapes or no).

    Raises:
        InvalidInputError: One of them is something else; quotes it.
    """
    codec = said.get("compression") or "blosc"
    if codec not in CODECS:
        raise InvalidInputError(
            f"No compression {codec[:32]!r} of Zarr.", f"Give one of {', '.join(CODECS)}."
        )
    labels = said.get("labels") or "masks"
    if labels not in LABELS:
        raise InvalidInputError(
            f"No label images of {labels[:32]!r}.", f"Give one of {', '.join(LABELS)}."
        )
    return ZarrOptions(
        codec=codec,
        chunk=number(said, "chunk", 1024),
        shard=number(said, "shard", 1),
        pyramid=yes(said, "pyramid", default=True),
        labels=labels,
    )


def number(said: Mapping[str, str | None], name: str, default: int) -> int:
    """Return a whole number.

    Raises:
        InvalidInputError: It is none.
    """
    text = said.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInputError(f"{name}={text[:32]!r} is no whole number.", "Give digits only.")
    return int(text)


def yes(said: Mapping[str, str | None], name: str, *, default: bool) -> bool:
    """Return what was answered with yes or no.

    Raises:
        InvalidInputError: It was neither.
    """
    text = said.get(name)
    if text not in (None, "yes", "no"):
        raise InvalidInputError(f"{name}={str(text)[:32]!r} is neither.", "Give yes or no.")
    return default if text is None else text == "yes"
