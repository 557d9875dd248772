"""An image that is written, and what files are called."""

import re
from dataclasses import dataclass

from store.exporting.cut import Cut

_UNSAFE = re.compile(r"[^\w.+() -]+")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Chosen:
    """An image that is written."""

    image_id: int
    name: str
    content_id: str
    """Names its samples."""
    rgb: bool
    """Whether its samples are colours, not measurements."""
    cut: Cut


def safe_name(name: str, fallback: str) -> str:
    """Return a name that every file system takes, without folders and endings of images.

    >>> safe_name("../Cells: 5 µm.ome.tiff", "image")
    'Cells_ 5 µm'
    """
    last = re.split(r"[\\/]", name.strip())[-1]
    bare = re.sub(r"(?i)(\.ome)?\.(tiff?|zarr|ozx|png|jpe?g|svs|czi|nd2|lif|xml)$", "", last)
    safe = _UNSAFE.sub("_", bare).strip(" .")[:_LONGEST].strip(" .")
    return safe or fallback
