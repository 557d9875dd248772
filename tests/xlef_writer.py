"""Writes projects of Leica in XML: an experiment, a collection and an image, with its samples."""

from functools import partial
from pathlib import Path
from typing import Any, Literal

import imagecodecs
import numpy as np
import tifffile

from tests.images import Image
from tests.lif_writer import described, write_lof

type Samples = Literal["lof", "pages", "files", "png", "jpg", "bmp"]


def write_xlef(
    path: Path,
    image: Image,
    samples: Samples = "lof",
    encoding: str = "utf-8",
    order: str = "TZCYX",
    colours: bool = False,
) -> Path:
    """Write an experiment of one image into a collection in a folder.

    Args:
        path: Where the experiment goes; the collection and all else are in a folder beside it.
        image: The image.
        samples: Whether these are in a LOF file, in the pages of a TIFF file, or in a TIFF file, or
            a picture of a kind, for each plane.
        encoding: Of the XML.
        order: Axes of the samples, the fastest last; see `tests.lif_writer.write_lif`.
        colours: Whether the channels are the colours of each plane; of pictures.
    """
    path = path.with_suffix(".xlef")
    folder = path.parent / "made of"
    folder.mkdir()
    data, memory = described(image, order, colours)
    if samples == "lof":
        write_lof(folder / "cells.lof", data, memory)
        parts = [("cells.lof", 0, len(memory))]
    elif samples in ("png", "jpg", "bmp"):
        parts = _write_pictures(folder, image, order, samples, colours)
    else:
        parts = _write_tiff(folder, image, order, in_one=samples == "pages")
    blocks = "".join(
        f'<Frame File="{name}" Offset="{offset}" Size="{size}" UUID="w"/>'
        for name, offset, size in parts
    )
    held = f'{data}<Memory Size="{len(memory)}" MemoryBlockID="MemBlock_1">{blocks}</Memory>'
    _write(folder / "cells.xlif", "cells", held, encoding)
    named = '<Data><Collection/></Data><Children><Reference File="cells.xlif" UUID="v"/></Children>'
    _write(folder / "Set.xlcf", "Set", named, encoding)
    named = r"<Data><Experiment/></Data><Children>" + (
        r'<Reference File="made%20of\Set.xlcf" UUID="u"/></Children>'
    )
    _write(path, path.stem, named, encoding)
    return path


def _write_tiff(folder: Path, image: Image, order: str, in_one: bool) -> list[tuple[str, int, int]]:
    planes = image.transpose(["TCZYX".index(axis) for axis in order]).reshape(-1, *image.shape[3:])
    if in_one:
        tifffile.imwrite(folder / "cells.tif", planes, photometric="minisblack", metadata=None)
        return [("cells.tif", 0, planes.nbytes)]
    parts = []
    for number, plane in enumerate(planes):
        tifffile.imwrite(folder / f"cells_{number}.tif", plane, compression="lzw", metadata=None)
        parts.append((f"cells_{number}.tif", number * plane.nbytes, plane.nbytes))
    return parts


def _write_pictures(
    folder: Path, image: Image, order: str, kind: str, colours: bool
) -> list[tuple[str, int, int]]:
    axes = ["TCZYX".index(axis) for axis in ("TZYXC" if colours else order)]
    turned = image.transpose(axes)
    planes = turned.reshape(-1, *turned.shape[2 if colours else 3 :])
    encode: Any = {
        "png": imagecodecs.png_encode,
        "jpg": partial(imagecodecs.jpeg8_encode, level=100, subsampling="444"),
        "bmp": imagecodecs.bmp_encode,
    }[kind]
    parts = []
    for number, plane in enumerate(planes):
        (folder / f"cells_{number}.{kind}").write_bytes(encode(np.ascontiguousarray(plane)))
        parts.append((f"cells_{number}.{kind}", number * plane.nbytes, plane.nbytes))
    return parts


def _write(path: Path, name: str, inside: str, encoding: str) -> None:
    text = (
        f'<?xml version="1.0"?><LMSDataContainerHeader Version="2"><Element Name="{name}" '
        f'UniqueID="{name}">{inside}</Element></LMSDataContainerHeader>'
    )
    path.write_bytes(text.encode(encoding))
