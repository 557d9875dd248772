"""Writes test images as OME-Zarr with the zarr library."""

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from tests.images import Image

AXES = "tczyx"
_KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


def axes_of(axes: str, units: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The axes of a multiscale image as the metadata has them."""
    known = units or {}
    return [
        {"name": axis, "type": _KINDS[axis]} | ({"unit": known[axis]} if axis in known else {})
        for axis in axes
    ]


def multiscale(
    axes: str,
    paths: Sequence[str] = ("0",),
    scale: Sequence[float] | None = None,
    units: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry of `multiscales`; each level is half as large as that before."""
    first = list(scale or [1.0] * len(axes))
    datasets = []
    for level, path in enumerate(paths):
        factors = [
            step * (2**level if axis in "yx" else 1) for axis, step in zip(axes, first, strict=True)
        ]
        steps = [{"type": "scale", "scale": factors}]
        datasets.append({"path": path, "coordinateTransformations": steps})
    return {"axes": axes_of(axes, units), "datasets": datasets, **more}


def stored_as(image: Image, axes: str) -> np.ndarray:
    """An image, shape (T, C, Z, Y, X), with its axes in another order; missing ones are of size 1."""
    missing = tuple(number for number, axis in enumerate(AXES) if axis not in axes)
    kept = [axis for axis in AXES if axis in axes]
    return np.squeeze(image, missing).transpose([kept.index(axis) for axis in axes])


def write_group(path: Path, attributes: Mapping[str, Any], zarr_format: int = 2) -> Path:
    """Write the metadata of a group."""
    path.mkdir(parents=True, exist_ok=True)
    if zarr_format == 2:
        (path / ".zgroup").write_text('{"zarr_format": 2}')
        (path / ".zattrs").write_text(json.dumps(attributes))
    else:
        own = {"ome": {"version": "0.5", **attributes}}
        document = {"zarr_format": 3, "node_type": "group", "attributes": own}
        (path / "zarr.json").write_text(json.dumps(document))
    return path


def write_zarr(
    path: Path,
    image: Image,
    axes: str = AXES,
    zarr_format: int = 2,
    levels: int = 1,
    attributes: Mapping[str, Any] | None = None,
    entry: Mapping[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Write a multiscale image; further levels take every second pixel.

    Args:
        path: Of the group.
        image: Shape (T, C, Z, Y, X).
        axes: Of the arrays.
        zarr_format: 2 for OME-Zarr 0.4, 3 for 0.5.
        levels: How many.
        attributes: More of the group.
        entry: More of its one multiscale image.
        options: Of `zarr.create_array`.
    """
    paths = [str(level) for level in range(levels)]
    found = multiscale(axes, paths, version="0.4") | dict(entry or {})
    write_group(path, {"multiscales": [found], **(attributes or {})}, zarr_format)
    for level in range(levels):
        step = 2**level
        values = stored_as(image[..., ::step, ::step], axes)
        write_array(path / str(level), values, zarr_format, **options)
    return path


def write_array(path: Path, values: np.ndarray, zarr_format: int = 2, **options: Any) -> None:
    """Write one array; options are those of `zarr.create_array`."""
    chosen = {"chunks": values.shape} | options
    chosen["chunks"] = tuple(map(min, chosen["chunks"], values.shape))
    dtype = values.dtype.newbyteorder(chosen.pop("byteorder", "="))
    create: Any = zarr.create_array  # its types know no options from a mapping
    array = create(str(path), shape=values.shape, dtype=dtype, zarr_format=zarr_format, **chosen)
    array[...] = values


def write_archive(path: Path, folder: Path, prefix: str = "", **options: Any) -> Path:
    """Pack a folder; options are those of `zipfile.ZipFile`."""
    with zipfile.ZipFile(path, "w", **options) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + str(file.relative_to(folder)))
    return path


def write_zipped(
    path: Path, image: Image, compression: int = zipfile.ZIP_STORED, **options: Any
) -> Path:
    """Write a multiscale image in an archive; options are those of `write_zarr`."""
    folder = write_zarr(path.with_name("packed.zarr"), image, **options)
    return write_archive(path, folder, compression=compression)


def write_plate(
    path: Path, rows: int, columns: int, fields: int, levels: int = 3, zarr_format: int = 3
) -> Path:
    """Write the metadata of a plate of images of two channels, without any chunk."""
    row_names = [chr(ord("A") + row) for row in range(rows)]
    column_names = [f"{column + 1:02}" for column in range(columns)]
    wells = [
        {"path": f"{row_names[row]}/{column_names[column]}", "rowIndex": row, "columnIndex": column}
        for row in range(rows)
        for column in range(columns)
    ]
    plate = {
        "name": "Assay 7",
        "rows": [{"name": name} for name in row_names],
        "columns": [{"name": name} for name in column_names],
        "wells": wells,
        "field_count": fields,
        "acquisitions": [{"id": 3, "name": "first run", "maximumfieldcount": fields}],
        "version": "0.4",
    }
    write_group(path, {"plate": plate}, zarr_format)
    for name in row_names:
        write_group(path / name, {}, zarr_format)
    images = [{"path": str(field), "acquisition": 3} for field in range(fields)]
    paths = [str(level) for level in range(levels)]
    units = {"y": "micrometer", "x": "micrometer"}
    entry = multiscale("cyx", paths, [1, 0.65, 0.65], units, version="0.4")
    for level in range(levels):
        side = 1024 >> level
        write_array(
            path / "made" / str(level), np.zeros((2, side, side), np.uint16), zarr_format,
            chunks=(1, 256, 256),
        )  # fmt: skip
    key = "zarr.json" if zarr_format == 3 else ".zarray"
    arrays = [(path / "made" / str(level) / key).read_bytes() for level in range(levels)]
    shutil.rmtree(path / "made")
    omero = {"channels": [{"label": "DNA", "color": "0000FF"}, {"label": "Tubulin"}]}
    for well in wells:
        write_group(path / str(well["path"]), {"well": {"images": images}}, zarr_format)
        for field in range(fields):
            group = path / str(well["path"]) / str(field)
            write_group(group, {"multiscales": [entry], "omero": omero}, zarr_format)
            for level, document in enumerate(arrays):
                (group / str(level)).mkdir()
                (group / str(level) / key).write_bytes(document)
    return path
