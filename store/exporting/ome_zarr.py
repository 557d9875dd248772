"""OME-Zarr 0.5: images, sets of images and plates, as groups of Zarr 3 arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from store.exporting.chosen import Chosen
from store.exporting.entries import Entry
from store.exporting.labels import DrawnRegion, Label, LabelImage, label_images
from store.exporting.plates import Acquisition, Plate, Well
from store.exporting.zarr_array import Samples, ZarrArray, ZarrOptions

VERSION = "0.5"
COMMENT = orjson.dumps(
    {"ome": {"version": VERSION, "zipFile": {"centralDirectory": {"jsonFirst": True}}}}
)
"""Of a zip, as the proposal for single files of OME-Zarr (RFC-9) has it."""
_SHOWN = (255, 209, 102, 255)
"""Red, green, blue and alpha in which regions without a colour are shown here; readers demand one."""


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
    regions: tuple[DrawnRegion, ...] = ()
    """What becomes label images."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An image, where its group is, and its label images by their names."""

    image: ZarrImage
    prefix: str
    labels: Mapping[str, LabelImage]

    @property
    def groups(self) -> Iterator[tuple[str, Samples]]:
        """Of the image and its label images, with a slash at the end."""
        yield self.prefix, self.image.chosen.cut
        for name, label in self.labels.items():
            yield f"{self.prefix}labels/{name}/", label


def _placed(image: ZarrImage, prefix: str) -> _Placed:
    found = label_images(image.regions, image.chosen.cut)
    names = [
        "regions" if number == 1 else f"regions-{number}" for number in range(1, len(found) + 1)
    ]
    return _Placed(image, prefix, dict(zip(names, found, strict=True)))


def image_zarr(image: ZarrImage, document: bytes, options: ZarrOptions) -> Iterator[Entry]:
    """Yield the files of one image: its levels, and the metadata of all else beside them.

    Args:
        image: The image; it is the root.
        document: OME-XML that describes it.
        options: How it is written.
    """
    placed = _placed(image, "")
    yield from _in_order([*_image(placed, options), *_ome_xml(document, None)])
    yield from _chunks([placed], options)


def images_zarr(
    images: Sequence[ZarrImage], document: bytes, options: ZarrOptions
) -> Iterator[Entry]:
    """Yield the files of several images, numbered from 0 in their order.

    Args:
        images: The images.
        document: OME-XML that describes them.
        options: How they are written.
    """
    placed = [_placed(image, f"{number}/") for number, image in enumerate(images)]
    described = [_group("", {"bioformats2raw.layout": 3})]
    for one in placed:
        described += _image(one, options)
    described += _ome_xml(document, _series(placed))
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
    described = [_group("", {"bioformats2raw.layout": 3, "plate": _plate(plate, wells, images)})]
    described += [_group(f"{plate.rows[row]}/", {}) for row in sorted({w.row for w in wells})]
    placed: list[_Placed] = []
    for well in wells:
        path = _path(plate, well)
        fields = [field for field in well.fields if field.image_id in images]
        said: list[dict[str, Any]] = []
        for number, field in enumerate(fields):
            run = field.acquisition_id
            said.append({"path": str(number)} | ({} if run is None else {"acquisition": run}))
            placed.append(_placed(images[field.image_id], f"{path}/{number}/"))
        described.append(_group(f"{path}/", {"well": {"version": VERSION, "images": said}}))
    for one in placed:
        described += _image(one, options)
    described += _ome_xml(document, _series(placed))
    yield from _in_order(described)
    yield from _chunks(placed, options)


def _series(placed: Sequence[_Placed]) -> list[str]:
    """Paths of images in the order of the document, which is that of their ids."""
    return [
        one.prefix.rstrip("/") for one in sorted(placed, key=lambda one: one.image.chosen.image_id)
    ]


def _chunks(placed: Sequence[_Placed], options: ZarrOptions) -> Iterator[Entry]:
    for one in placed:
        for prefix, samples in one.groups:
            for level in _levels(samples, options):
                yield from ZarrArray(samples, level, options).chunks(f"{prefix}{level}/")


def _levels(samples: Samples, options: ZarrOptions) -> range:
    return range(len(samples.levels) if options.pyramid else 1)


def _image(placed: _Placed, options: ZarrOptions) -> list[Entry]:
    """The metadata of an image and its levels, and of its label images."""
    image, prefix = placed.image, placed.prefix
    levels = _levels(image.chosen.cut, options)
    multiscale = _multiscale(image, levels, image.chosen.name) | {"type": "mean"}
    found = [_group(prefix, {"multiscales": [multiscale], "omero": dict(image.omero)})]
    if placed.labels:
        found.append(_group(f"{prefix}labels/", {"labels": list(placed.labels)}))
    for name, label in placed.labels.items():
        said = {
            "multiscales": [_multiscale(image, levels, name)],
            "image-label": _image_label(label),
        }
        found.append(_group(f"{prefix}labels/{name}/", said))
    for group, samples in placed.groups:
        found += [
            Entry(f"{group}{level}/zarr.json", make=ZarrArray(samples, level, options).metadata)
            for level in levels
        ]
    return found


def _image_label(label: LabelImage) -> dict[str, Any]:
    """What the numbers of a label image stand for: regions of interest, with their colours."""
    return {
        "version": VERSION,
        "colors": [_color(one) for one in label.labels],
        "properties": [_properties(one) for one in label.labels],
        "source": {"image": "../../"},
    }


def _color(label: Label) -> dict[str, Any]:
    color = label.region.color
    rgba = _SHOWN if color is None else tuple((color % 2**32).to_bytes(4))
    return {"label-value": label.value, "rgba": list(rgba)}


def _properties(label: Label) -> dict[str, Any]:
    name = {"name": label.region.name} if label.region.name else {}
    return {"label-value": label.value, "roi": f"ROI:{label.region.roi_id}", **name}


def _multiscale(image: ZarrImage, levels: range, name: str) -> dict[str, Any]:
    scale = image.scale
    seconds = {"unit": "second"} if scale.t is not None else {}
    lengths = {
        axis: {"unit": "micrometer"} if getattr(scale, axis) is not None else {} for axis in "zyx"
    }
    return {
        "name": name,
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
