"""Plates of an OME-Zarr hierarchy: rows, columns, wells, fields, acquisitions."""

from dataclasses import dataclass
from typing import Any

from store.errors import UnsupportedError
from store.importing.zarr_hierarchy import Hierarchy, Json, short

MAX_WELLS = 10_000
MAX_FIELDS = 100_000


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One run of imaging a plate."""

    id: int
    name: str | None
    description: str | None
    most_fields: int | None
    start: float | None
    """Seconds since 1970."""
    end: float | None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of view of a well."""

    path: str
    acquisition: int | None
    """Id of its acquisition."""


@dataclass(frozen=True, slots=True)
class ZarrWell:
    """One well."""

    path: str
    row: int
    column: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ZarrPlate:
    """One plate."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    wells: tuple[ZarrWell, ...]
    acquisitions: tuple[Acquisition, ...]


def plate_of(tree: Hierarchy, attributes: Json, name: str) -> ZarrPlate:
    """The plate that is at the root, with all its wells; no image is looked at.

    Raises:
        UnreadableFileError: The metadata is wrong, or a well is missing.
        UnsupportedError: It has more wells or fields than any plate.
    """
    plate = attributes.get("plate")
    if not isinstance(plate, dict):
        raise tree.wrong("", f"its plate is {short(plate)}")
    tree.check_version(attributes.get("version", plate.get("version")), "")
    rows, columns = _names(tree, plate, "rows"), _names(tree, plate, "columns")
    listed = plate.get("wells")
    if not isinstance(listed, list) or not listed:
        raise tree.wrong("", f"the wells of its plate are {short(listed)}")
    if len(listed) > MAX_WELLS:
        raise UnsupportedError(f"{tree.name} has {len(listed)} wells, more than {MAX_WELLS}.")
    wells = tuple(_well(tree, well, rows, columns) for well in listed)
    if sum(len(well.fields) for well in wells) > MAX_FIELDS:
        raise UnsupportedError(f"{tree.name} has more than {MAX_FIELDS} fields.")
    own = plate.get("name")
    found = plate.get("acquisitions") or []
    if not isinstance(found, list) or len(found) > MAX_WELLS:
        raise tree.wrong("", f"the acquisitions of its plate are {short(found)}")
    acquisitions = tuple(_acquisition(tree, one) for one in found)
    return ZarrPlate(
        own if isinstance(own, str) and own else name, rows, columns, wells, acquisitions
    )


def fields_of(tree: Hierarchy, path: str, attributes: Json) -> tuple[Field, ...]:
    """The fields of a well.

    Raises:
        UnreadableFileError: The metadata is wrong.
    """
    well = attributes.get("well")
    images = well.get("images") if isinstance(well, dict) else None
    if not isinstance(images, list):
        raise tree.wrong(path, f"its well is {short(well)}")
    fields = []
    for image in images:
        if not isinstance(image, dict):
            raise tree.wrong(path, f"one of its images is {short(image)}")
        acquisition = image.get("acquisition")
        fields.append(
            Field(
                tree.check_path(image.get("path"), path),
                acquisition if isinstance(acquisition, int) else None,
            )
        )
    return tuple(fields)


def _well(tree: Hierarchy, well: Any, rows: tuple[str, ...], columns: tuple[str, ...]) -> ZarrWell:
    if not isinstance(well, dict):
        raise tree.wrong("", f"a well of its plate is {short(well)}")
    path = tree.check_path(well.get("path"), "")
    names = path.split("/")
    row, column = well.get("rowIndex"), well.get("columnIndex")
    if row is None and column is None and len(names) == 2:  # before 0.4
        row = rows.index(names[0]) if names[0] in rows else None
        column = columns.index(names[1]) if names[1] in columns else None
    if not _inside(row, len(rows)) or not _inside(column, len(columns)):
        raise tree.wrong("", f"the well {path} is in row {short(row)}, column {short(column)}")
    attributes = tree.attributes(path)
    if attributes is None:
        raise tree.wrong(path, "the well is missing")
    assert isinstance(row, int)
    assert isinstance(column, int)
    return ZarrWell(path, row, column, fields_of(tree, path, attributes))


def _inside(number: Any, count: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < count


def _names(tree: Hierarchy, plate: Json, key: str) -> tuple[str, ...]:
    listed = plate.get(key)
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_WELLS:
        raise tree.wrong("", f"the {key} of its plate are {short(listed)}")
    names = [one.get("name") if isinstance(one, dict) else None for one in listed]
    if not all(isinstance(name, str) for name in names):
        raise tree.wrong("", f"the {key} of its plate are {short(listed)}")
    return tuple(map(str, names))


def _acquisition(tree: Hierarchy, found: Any) -> Acquisition:
    if not isinstance(found, dict) or not _inside(found.get("id"), 2**31):
        raise tree.wrong("", f"an acquisition of its plate is {short(found)}")
    most = found.get("maximumfieldcount")
    return Acquisition(
        id=found["id"],
        name=_text(found.get("name")),
        description=_text(found.get("description")),
        most_fields=most if _inside(most, 2**31) and most else None,
        start=_time(found.get("starttime")),
        end=_time(found.get("endtime")),
    )


def _text(found: Any) -> str | None:
    return found[:1000] if isinstance(found, str) else None


def _time(found: Any) -> float | None:
    number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if number and 0 < found < 2**33 else None
