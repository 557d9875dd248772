"""OME-Zarr 0.5: images, sets of images and plates, as groups of Zarr 3 arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from store.exporting.chosen import Chosen
from store.exporting.entries import Entry
from store.exporting.plates import Acquisition, Plate, Well
from store.exporting.zarr_array import ZarrArray, ZarrOptions

VERSION = "0.5"
COMMENT = orjson.dumps(
    {"ome": {"version": VERSION, "zipFile": {"centralDirectory": {"jsonFirst": True}}}}
)
"""Of a zip, as the proposal for single files of OME-Zarr (RFC-9) has it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What one step along each axis is, of the full image; none where it is not known."""

    t: float | None = None
    """In seconds."""
    z: float | None = None
    """In micrometres, as the next two."""
    y: float | None = None
    x: float | None = None


@dataclass(frozen=True, slots=True)
class ZarrImage:
    """An image, and what is said of it."""

    chosen: Chosen
    scale: Scale
    omero: Mapping[str, Any]
    """How it is shown: the `omero` block."""


def image_zarr(image: ZarrImage, document: bytes, options: ZarrOptions) -> Iterator[Entry]:
    """Yield the files of one image: its levels, and the metadata of all else beside them.

    Args:
        image: The image; it is the root.
        document: OME-XML that describes it.
        options: How it is written.
    """
    yield from _in_order([*_image(image, "", options), *_ome_xml(document, None)])
    yield from _chunks([(image, "")], options)


def images_zarr(
    images: Sequence[ZarrImage], document: bytes, options: ZarrOptions
) -> Iterator[Entry]:
    """Yield the files of several images, numbered from 0 in their order.

    Args:
        images: The images.
        document: OME-XML that describes them, in the same order.
        options: How they are written.
    """
    placed = [(image, f"{number}/") for number, image in enumerate(images)]
    described = [_group("", {"bioformats2raw.layout": 3})]
    for image, prefix in placed:
        described += _image(image, prefix, options)
    described += _ome_xml(document, [prefix.rstrip("/") for _, prefix in placed])
    yield from _in_order(described)
    yield from _chunks(placed, options)


def plate_zarr(
    plate: Plate, images: Mapping[int, ZarrImage], document: bytes, options: ZarrOptions
) -> Iterator[Entry]:
    """Yield the files of a plate: rows of wells of fields, those without samples left out.

    Args:
        plate: Its layout.
        images: Of its fields, by database id.
        document: OME-XML that describes it.
        options: How it is written.
    """
    wells = [well for well in plate.wells if any(one.image_id in images for one in well.fields)]
    described = [_group("", {"plate": _plate(plate, wells, images)})]
    described += [_group(f"{plate.rows[row]}/", {}) for row in sorted({w.row for w in wells})]
    placed: list[tuple[ZarrImage, str]] = []
    for well in wells:
        path = _path(plate, well)
        fields = [field for field in well.fields if field.image_id in images]
        said: list[dict[str, Any]] = []
        for number, field in enumerate(fields):
            run = field.acquisition_id
            said.append({"path": str(number)} | ({} if run is None else {"acquisition": run}))
            placed.append((images[field.image_id], f"{path}/{number}/"))
        described.append(_group(f"{path}/", {"well": {"version": VERSION, "images": said}}))
    for image, prefix in placed:
        described += _image(image, prefix, options)
    described += _ome_xml(document, [prefix.rstrip("/") for _, prefix in placed])
    yield from _in_order(described)
    yield from _chunks(placed, options)


def _chunks(placed: Sequence[tuple[ZarrImage, str]], options: ZarrOptions) -> Iterator[Entry]:
    for image, prefix in placed:
        for level in _levels(image, options):
            yield from ZarrArray(image.chosen.cut, level, options).chunks(f"{prefix}{level}/")


def _levels(image: ZarrImage, options: ZarrOptions) -> range:
    return range(len(image.chosen.cut.levels) if options.pyramid else 1)


def _image(image: ZarrImage, prefix: str, options: ZarrOptions) -> list[Entry]:
    """The metadata of an image and its levels."""
    cut = image.chosen.cut
    levels = _levels(image, options)
    said = {"multiscales": [_multiscale(image, levels)], "omero": dict(image.omero)}
    arrays = [
        Entry(f"{prefix}{level}/zarr.json", make=ZarrArray(cut, level, options).metadata)
        for level in levels
    ]
    return [_group(prefix, said), *arrays]


def _multiscale(image: ZarrImage, levels: range) -> dict[str, Any]:
    scale = image.scale
    seconds = {"unit": "second"} if scale.t is not None else {}
    lengths = {
        axis: {"unit": "micrometer"} if getattr(scale, axis) is not None else {} for axis in "zyx"
    }
    return {
        "name": image.chosen.name,
        "type": "mean",
        "axes": [
            {"name": "t", "type": "time", **seconds},
            {"name": "c", "type": "channel"},
            *({"name": axis, "type": "space", **lengths[axis]} for axis in "zyx"),
        ],
        "datasets": [
            {"path": str(level), "coordinateTransformations": _transformations(image, level)}
            for level in levels
        ],
    }


def _transformations(image: ZarrImage, level: int) -> list[dict[str, Any]]:
    """How pixels of a level lie: their size, and where the first one is if not at the start."""
    cut, scale = image.chosen.cut, image.scale
    full, at = cut.source.levels[0], cut.levels[level]
    size = cut.source.levels[at.number]
    across, down = full.width / size.width, full.height / size.height
    x, y = scale.x or 1.0, scale.y or 1.0
    found: list[dict[str, Any]] = [
        {"type": "scale", "scale": [scale.t or 1.0, 1.0, scale.z or 1.0, y * down, x * across]}
    ]
    start = [
        cut.t.start * (scale.t or 1.0),
        0.0,
        cut.z.start * (scale.z or 1.0),
        at.region.y * down * y,
        at.region.x * across * x,
    ]
    if any(start):
        found.append({"type": "translation", "translation": start})
    return found


def _plate(plate: Plate, wells: Sequence[Well], images: Mapping[int, ZarrImage]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "version": VERSION,
        "name": plate.name,
        "rows": [{"name": name} for name in plate.rows],
        "columns": [{"name": name} for name in plate.columns],
        "wells": [
            {"path": _path(plate, well), "rowIndex": well.row, "columnIndex": well.column}
            for well in wells
        ],
        "field_count": max(
            (sum(one.image_id in images for one in well.fields) for well in wells), default=1
        ),
    }
    if plate.acquisitions:
        said["acquisitions"] = [_acquisition(run) for run in plate.acquisitions]
    return said


def _acquisition(run: Acquisition) -> dict[str, Any]:
    said: dict[str, Any] = {"id": run.id}
    if run.name:
        said["name"] = run.name
    if run.description:
        said["description"] = run.description
    if run.maximum_field_count:
        said["maximumfieldcount"] = run.maximum_field_count
    for name, moment in (("starttime", run.start_time), ("endtime", run.end_time)):
        if moment is not None:
            said[name] = int(moment.timestamp())
    return said


def _path(plate: Plate, well: Well) -> str:
    return f"{plate.rows[well.row]}/{plate.columns[well.column]}"


def _ome_xml(document: bytes, series: Sequence[str] | None) -> list[Entry]:
    """All other metadata, where readers of bioformats2raw's layout look for it."""
    said = {} if series is None else {"series": list(series)}
    return [
        _group("OME/", said),
        Entry("OME/METADATA.ome.xml", make=lambda: document),
    ]


def _group(prefix: str, said: Mapping[str, Any]) -> Entry:
    attributes = {"ome": {"version": VERSION, **said}} if said else {}
    content = orjson.dumps(
        {"zarr_format": 3, "node_type": "group", "attributes": attributes},
        option=orjson.OPT_INDENT_2,
    )
    return Entry(f"{prefix}zarr.json", make=lambda: content)


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Metadata from the root down; what is not Zarr's comes last."""
    return sorted(
        entries, key=lambda one: (not one.path.endswith("zarr.json"), one.path.count("/"))
    )
