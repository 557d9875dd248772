"""One row of every table, each linked to the others in every way that the tables allow."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.models.annotations import RATING_NAMESPACE

ANNOTATED = (
    *("Project", "Dataset", "Folder", "Image", "Channel", "Plane", "ROI", "Shape", "Screen"),
    *("Plate", "PlateAcquisition", "Well", "Reagent", "Instrument", "Objective", "Detector"),
    *("LightSource", "Filter", "Dichroic", "LightPath", "Fileset", "OriginalFile"),
    *("Experimenter", "ExperimenterGroup", "Protocol", "Run", "Annotation"),
)
"""Names of the tables' classes that annotations may be on."""
_BY_PROTOCOLS = ("Project", "Dataset", "Screen", "Plate", "Image")
_IN_RUNS = ("Dataset", "Image", "OriginalFile", "ROI", "Annotation")
_TEXTS: dict[str, str] = {
    "dimension_order": "XYZCT",
    "permissions": "private",
    "scope": "read",
    "privileges": "Sudo",
    "correction": "PlanApo",
    "immersion": "Oil",
    "medium": "Air",
    "binning": "2x2",
    "laser_medium": "HeNe",
    "pulse": "CW",
    "acquisition_mode": "SPIM",
    "contrast_method": "DIC",
    "illumination_type": "Oblique",
    "compression": "zlib",
    "mask_compression": "zlib",
    "row_naming_convention": "letter",
    "column_naming_convention": "number",
    "fill_rule": "NonZero",
    "font_family": "serif",
    "font_style": "Bold",
    "marker_start": "Arrow",
    "marker_end": "Arrow",
    "status": "Running",
    "state": "imported",
    "role": "input",
    "points": "1,2 3,4",
    "target_kind": "Image",
    "level": "view",
    "audience": "Experimenter:1",
    "temperature_unit": "°C",
    "air_pressure_unit": "mbar",
    "voltage_unit": "V",
    "power_unit": "mW",
    "repetition_rate_unit": "Hz",
    "read_out_rate_unit": "MHz",
    "delta_t_unit": "s",
    "exposure_time_unit": "s",
    "time_increment_unit": "s",
    "duration_unit": "min",
    "namespace": RATING_NAMESPACE,
}
_TYPES = {
    "Pixels": "uint16",
    "Microscope": "Upright",
    "Detector": "CMOS",
    "Filter": "LongPass",
    "Laser": "Gas",
    "Arc": "Hg",
    "Filament": "Halogen",
    "Experiment": "FRET FISH",
    "MicrobeamManipulation": "FRAP",
}
STATISTICS: dict[str, Any] = {
    **{"samples": 4, "low": 0.5, "high": 9.0, "mean": 3.25, "deviation": 1.5, "precision": 0.0},
    **{"percents": [0.0, 50.0], "values": [0.5, 2.0], "counts": [3, 0, 1], "level": 0},
}
"""What the samples of a channel may be like."""

_JSON: dict[str, Any] = {
    "Pixels.storage": {},
    "Channel.statistics": STATISTICS,
    "RenderingSettings.settings": {
        "channels": [{"active": True, "color": "FF0000FF", "window": [0, 9]}],
        "model": "rgb",
    },
}


class Rows:
    """The rows, by class; made when first needed."""

    def __init__(
        self, session: Session, viewer: Viewer, shared: Mapping[str, Any] | None = None
    ) -> None:
        self.session = session
        self.made: dict[str, Any] = dict(shared or {})
        group = viewer.default_group_id
        event = models.Event(
            time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            type="User",
            experimenter_id=viewer.experimenter_id,
            acted_by_id=viewer.experimenter_id,
            group_id=group,
        )
        self._add(event)
        person = session.get_one(models.Experimenter, viewer.experimenter_id)
        person.middle_name = person.email = person.institution = "text"
        self.made["Experimenter"] = person
        self.made["ExperimenterGroup"] = session.get_one(models.ExperimenterGroup, group)
        self.made["Membership"] = session.scalars(
            sa.select(models.Membership).where(
                models.Membership.experimenter_id == person.id, models.Membership.group_id == group
            )
        ).one()

    def of(self, kind: Any) -> Any:
        """Return the row of a class; of a class with kinds, the row of the first of them."""
        concrete = kind.__subclasses__()[0] if _has_kinds(kind) else kind
        name = concrete.__name__
        return self.made[name] if name in self.made else self.add(concrete)

    def kinds(self, name: str) -> list[Any]:
        """Return the rows of all kinds of a table."""
        kind = getattr(models, name)
        return [self.of(one) for one in (kind.__subclasses__() if _has_kinds(kind) else [kind])]

    def add(self, kind: Any, **given: Any) -> Any:
        """Make a row: columns by their types and names, references to the rows of all tables."""
        values: dict[str, Any] = {}
        later = []
        for column in sa.inspect(kind).columns:
            name = column.key
            if name in ("id", "deleted_event_id", "version", "storage_root_id", *given):
                continue
            if not isinstance(column, sa.Column):  # made of others
                continue
            if column is sa.inspect(kind).polymorphic_on:
                continue
            references = list(column.foreign_keys)
            if not references:
                values[name] = _value(kind, column)
                continue
            target = _class_of(references[0].column.table)
            if target in (kind, *kind.__bases__):
                later.append(name)
            else:
                values[name] = self.of(target).id
        row = self._add(kind(**{**values, **given}))
        for name in later:
            setattr(row, name, row.id)
        self.session.flush()
        return row

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return self.made.setdefault(type(row).__name__, row)


def make_one_of_each(
    session: Session, viewer: Viewer, shared: Mapping[str, Any] | None = None
) -> Rows:
    """Make the rows, owned by the viewer in the viewer's default group.

    Args:
        session: Of the caller's transaction.
        viewer: Whose they are.
        shared: Rows to use again, by class: those that there can be once only.
    """
    rows = Rows(session, viewer, shared)
    skipped = {models.AnnotationLink, models.ProtocolLink, models.RunLink, models.Membership}
    # Counted by triggers; of which each person has one.
    skipped |= {models.StorageUsage, models.Quota, models.ExternalIdentity}
    for mapper in models.Base.registry.mappers:
        if not _has_kinds(mapper.class_) and mapper.class_ not in skipped:
            rows.of(mapper.class_)
    if "Quota" not in rows.made:
        rows.add(models.Quota, images=10**9, bytes=10**15)
    rows.add(models.PersonGroupMember, leader=False)
    rows.add(models.MapPair, annotation_id=rows.of(models.MapAnnotation).id)
    for source in rows.kinds("LightSource")[1:]:
        rows.add(models.LightSourceSettings, light_source_id=source.id, channel_id=None)
        rows.add(models.Laser, pump_id=source.id)
    annotations = rows.kinds("Annotation")
    for name in ANNOTATED:
        for parent in rows.kinds(name):
            for child in annotations:
                link = {"parent_type": name, "parent_id": parent.id, "child_id": child.id}
                rows.add(models.AnnotationLink, **link)
    for name in _BY_PROTOCOLS:
        rows.add(models.ProtocolLink, parent_type=name, parent_id=rows.kinds(name)[0].id)
    for name in _IN_RUNS:
        for row in rows.kinds(name):
            for role in ("input", "output"):
                rows.add(models.RunLink, object_type=name, object_id=row.id, role=role)
    return rows


def _has_kinds(kind: Any) -> bool:
    return bool(sa.inspect(kind).polymorphic_abstract)


def _class_of(table: sa.FromClause) -> Any:
    found = [m.class_ for m in models.Base.registry.mappers if m.local_table is table]
    return min(found, key=lambda kind: len(kind.__mro__))


def _value(kind: Any, column: Any) -> Any:
    name = kind.__name__
    if isinstance(column.type, sa.JSON):
        return _JSON.get(f"{name}.{column.key}", [["temperature", "37 °C"]])
    if isinstance(column.type, models.UtcDateTime):
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    if column.key == "type" and name in _TYPES:
        return _TYPES[name]
    python = column.type.python_type
    if column.key == "colors":
        return bytes(768)
    if python is str:
        unit = "µm" if column.key.endswith("_unit") else "text"
        return _TEXTS.get(column.key, unit)[: column.type.length]
    plain: dict[type, Any] = {int: 1, float: 1.0, bool: True, bytes: b"\0"}
    return plain[python]
