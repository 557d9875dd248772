"""A random world of texts, and a search of it in plain Python that knows no index."""

import random
import re
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.models.enums import GroupPermissions
from store.models.names import Named, sort_key
from store.models.pairs import pair_row
from store.scopes import Scope
from store.search import KINDS, Node
from store.search.grammar import All, Either, Field, Group, Id, Kind, Not, Owner, Pair, Words
from tests.people import group, person
from tests.store.search.values import compared

VOCABULARY = ["ab", "abc", "Bc", "c1", "x-y", "é", "ab c1", "7e5"]
KEYS = ["Cell Line", "dose"]
VALUES = ["HeLa", "hela b", "5", "3.5", "20 nm", "7 µm"]
SELF = (
    *("name", "title", "text", "description", "external_description", "type", "software"),
    *("external_identifier", "identifier"),
)


@dataclass
class World:
    """What was made."""

    viewers: list[Viewer] = field(default_factory=list)
    owners: list[tuple[Viewer, int]] = field(default_factory=list)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    accounts: dict[int, str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)


class _Maker:
    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance, self.world = session, random.Random(seed), World()

    def add(self, entity: Any, **values: Any) -> Any:
        viewer, group_id = self.chance.choice(self.world.owners)
        owned = {
            "owner_id": viewer.experimenter_id,
            "group_id": group_id,
            "creation_event_id": self.event,
            "update_event_id": self.event,
            "deleted_event_id": self.event if self.chance.random() < 0.1 else None,
        }
        row = entity(**values) if entity is models.MapPair else entity(**values, **owned)
        self.session.add(row)
        self.session.flush()
        self.world.rows.setdefault(entity.__tablename__, []).append(row)
        return row

    def text(self, *, often: float = 0.7) -> str | None:
        if self.chance.random() > often:
            return None
        return " ".join(self.chance.choices(VOCABULARY, k=self.chance.randint(1, 3)))

    def people(self, administrator: Viewer) -> None:
        private = group(self.session, administrator, GroupPermissions.PRIVATE)
        shared = group(self.session, administrator, GroupPermissions.READ_ONLY)
        names = {"ada": [private, shared], "bob": [private, shared], "eve": []}
        made = [person(self.session, administrator, name, keys) for name, keys in names.items()]
        event = models.Event(
            time=_moment(), type="User", experimenter_id=made[0].experimenter_id, group_id=private
        )
        self.session.add(event)
        self.session.flush()
        self.event = event.id
        self.world.viewers = [administrator, *made]
        self.world.owners = [(one, key) for one in made[:2] for key in (private, shared)]
        self.world.accounts = {
            one.experimenter_id: name for one, name in zip(made, names, strict=True)
        }
        self.world.groups = {private: "a private group", shared: "a read-only group"}

    def some(self, entity: Any, number: int, **columns: Any) -> list[Any]:
        return [
            self.add(entity, **{name: make() for name, make in columns.items()})
            for _ in range(number)
        ]

    def objects(self) -> None:
        pick, named = self.chance.choice, {"name": lambda: self.text(often=1)}
        texts = {**named, "description": self.text}
        for entity in (models.Project, models.Dataset, models.Screen, models.Plate, models.Folder):
            self.some(entity, 3, **texts)
        self.some(models.Run, 3, **texts, software=self.text)
        filesets = self.some(models.Fileset, 3, root=str, format=str, identity=self.unique)
        images = self.some(
            models.Image, 12, **texts, fileset_id=lambda: pick([None, pick(filesets).id])
        )
        plates, screens = self.world.rows["plate"], self.world.rows["screen"]
        acquired = self.some(models.PlateAcquisition, 2, **texts, plate_id=lambda: pick(plates).id)
        assert acquired
        wells = [
            self.add(models.Well, plate_id=pick(plates).id, row=0, column=column, type=self.text())
            for column in range(4)
        ]
        reagents = self.some(models.Reagent, 3, **texts, screen_id=lambda: pick(screens).id)
        for _ in range(4):
            self.link(models.WellReagentLink, pick(wells), pick(reagents))
        self.parts(images, filesets)

    def unique(self) -> str:
        return f"{self.chance.random()}"

    def link(self, entity: Any, parent: Any, child: Any) -> None:
        links = self.world.rows.get(entity.__tablename__, [])
        if not any((one.parent_id, one.child_id) == (parent.id, child.id) for one in links):
            self.add(entity, parent_id=parent.id, child_id=child.id)

    def parts(self, images: list[Any], filesets: list[Any]) -> None:
        pick = self.chance.choice
        for image in images[:8]:
            pixels = self.add(models.Pixels, image_id=image.id, **_SHAPE)
            for index in range(2):
                texts = {"name": self.text(), "fluor": self.text(often=0.3)}
                self.add(models.Channel, pixels_id=pixels.id, index=index, **texts)
        files = [self.file() for _ in range(5)]
        for index in range(5):
            values = {"index": index, "client_path": "", "original_file_id": pick(files).id}
            self.add(models.FilesetEntry, fileset_id=pick(filesets).id, **values)
        rois = [
            self.add(models.ROI, image_id=pick([None, pick(images).id]), name=self.text())
            for _ in range(5)
        ]
        for _ in range(5):
            self.add(models.Label, roi_id=pick(rois).id, text=self.text())
        protocols = self.some(models.Protocol, 2, name=lambda: self.text(often=1))
        for index in range(3):
            step = {"protocol_id": pick(protocols).id, "index": index, "text": self.text()}
            self.add(models.ProtocolStep, **step)
        self.annotations(files)

    def grants(self) -> None:
        """Show some things to who is in no group, and to who is in two."""
        things = [
            (kind, row.id)
            for kind in ("Plate", "Dataset", "Image", "Image", "Image")
            for row in self.chance.sample(self.world.rows[kind.lower()], 2)
        ]
        for one in (self.world.viewers[-1], self.world.viewers[1]):
            self.world.viewers.append(replace(one, shown=Scope.of(things)))

    def file(self) -> Any:
        values = {"size": 1, "modified": _moment(), "mtime_ns": 1}
        return self.add(
            models.OriginalFile, name=self.text(often=1), path="/" + str(self.text()), **values
        )

    def annotations(self, files: list[Any]) -> None:
        pick = self.chance.choice
        made = []
        for _ in range(25):
            kind = pick([models.TagAnnotation, models.CommentAnnotation, models.MapAnnotation])
            if self.chance.random() < 0.15:
                made.append(self.add(models.FileAnnotation, file_id=pick(files).id))
                continue
            pairs = kind is models.MapAnnotation
            annotation = self.add(kind, text_value=None if pairs else self.text(often=1))
            for index in range(2 if pairs else 0):
                row = pair_row(pick(KEYS), pick(VALUES))
                self.add(models.MapPair, annotation_id=annotation.id, index=index, **row)
            made.append(annotation)
        seen = set()
        for annotation in made * 2:
            name = pick([*KINDS, "Image", "Image", "Image"])
            target = pick(self.world.rows[KINDS[name].__tablename__])
            if (name, target.id, annotation.id) not in seen:
                seen.add((name, target.id, annotation.id))
                values = {"parent_type": name, "parent_id": target.id}
                self.add(models.AnnotationLink, child_id=annotation.id, **values)


_SHAPE: dict[str, Any] = {
    "dimension_order": "XYZCT",
    "type": "uint8",
    **{f"size_{axis}": 1 for axis in "xyzct"},
    "content_id": "",
    "storage": {},
}


def _moment() -> Any:
    import datetime as dt

    return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def make_world(session: Session, administrator: Viewer, seed: int) -> World:
    """Make the world of a seed."""
    maker = _Maker(session, seed)
    maker.people(administrator)
    maker.objects()
    maker.grants()
    return maker.world


class Reference:
    """Searches the world by looking at every row.

    Args:
        world: What there is.
        viewer: Who searches.
        session: To ask what grants show, which is not what is tested here.
    """

    def __init__(self, world: World, viewer: Viewer, session: Session) -> None:
        self._world, self._viewer = world, viewer
        self._shown = {
            table: set(session.scalars(select_visible(viewer, entity, entity.id)))
            for table, rows in world.rows.items()
            if viewer.shown
            and issubclass(entity := inspect(type(rows[0])).mapper.base_mapper.class_, models.Owned)
        }
        self._rows: dict[str, list[Any]] = {}
        self._known: dict[tuple[str, int], list[tuple[str, str | None]]] = {}
        annotations = {one.id for one in self._all("annotation")}
        self._rows["map_pair"] = [
            pair for pair in world.rows["map_pair"] if pair.annotation_id in annotations
        ]

    def _all(self, table: str) -> list[Any]:
        if table not in self._rows:
            rows = self._world.rows.get(table, [])
            self._rows[table] = [row for row in rows if self._sees(row)]
        return self._rows[table]

    def _sees(self, row: Any) -> bool:
        if row.deleted_event_id is not None:
            return False
        viewer = self._viewer
        if viewer.shown:
            return row.id in self._shown[row.__tablename__]
        mine = row.owner_id == viewer.experimenter_id
        return viewer.administrator or mine or row.group_id in viewer.readable

    def found(self, node: Node) -> dict[tuple[str, int], int]:
        """Return what is found, with its score."""
        exact = _exact(node)
        found = {}
        for kind, entity in KINDS.items():
            for row in self._all(entity.__tablename__):
                if not self._matches(node, kind, row, names=False):
                    continue
                score = 1
                if _bare(node) and self._matches(node, kind, row, names=True):
                    named = isinstance(row, Named) and exact == row.sort_name
                    score = 3 if named else 2
                found[kind, row.id] = score
        return found

    def _matches(self, node: Node, kind: str, row: Any, *, names: bool) -> bool:
        match node:
            case All(parts):
                return all(self._matches(part, kind, row, names=names) for part in parts)
            case Either(parts):
                return any(self._matches(part, kind, row, names=names) for part in parts)
            case Not(inner):
                return not self._matches(inner, kind, row, names=False)
            case Words(words, prefix, place):
                only = Field.NAME if names and place is None else place
                return any(
                    _holds(text, words, prefix)
                    for label, text in self._texts(kind, row)
                    if text and (only is None or label == only.value)
                )
            case Pair():
                return any(compared(pair, node) for pair in self._pairs(kind, row))
            case Id(number):
                return bool(row.id == number)
            case Kind(name):
                return kind.lower() == name
            case Owner(name):
                return self._world.accounts.get(row.owner_id) == name
            case Group(name):
                return self._world.groups.get(row.group_id) == name

    def _linked(self, kind: str, row: Any) -> list[Any]:
        return [
            one
            for link in self._all("annotation_link")
            if (link.parent_type, link.parent_id) == (kind, row.id)
            for one in self._all("annotation")
            if one.id == link.child_id
        ]

    def _pairs(self, kind: str, row: Any) -> list[Any]:
        found = {one.id for one in self._linked(kind, row)}
        return [pair for pair in self._all("map_pair") if pair.annotation_id in found]

    def _texts(self, kind: str, row: Any) -> list[tuple[str, str | None]]:
        """List the texts that an object is found by, with the field of the query's language."""
        if (kind, row.id) not in self._known:
            self._known[kind, row.id] = self._read(kind, row)
        return self._known[kind, row.id]

    def _read(self, kind: str, row: Any) -> list[tuple[str, str | None]]:
        texts = [
            ("name" if name == "name" else "description", getattr(row, name, None)) for name in SELF
        ]
        for one in self._linked(kind, row):
            label = {"TagAnnotation": "tag", "CommentAnnotation": "comment"}.get(one.kind, "")
            texts.append((label, one.text_value))
            for file in self._all("original_file"):
                texts += [
                    ("file", text) for text in (file.name, file.path) if file.id == one.file_id
                ]
        for pair in self._pairs(kind, row):
            texts += [("", pair.key), ("", pair.value)]
        return texts + self._parts(kind, row)

    def _parts(self, kind: str, row: Any) -> list[tuple[str, str | None]]:
        texts: list[tuple[str, str | None]] = []
        if kind == "Image":
            for channel in self._below("pixels", "image_id", [row], "channel", "pixels_id"):
                texts += [("channel", channel.name), ("channel", channel.fluor)]
            for roi in self._all("roi"):
                texts += [("", roi.name)] if roi.image_id == row.id else []
            for shape in self._below("roi", "image_id", [row], "shape", "roi_id"):
                texts.append(("", shape.text))
            filesets = [one for one in self._all("fileset") if one.id == row.fileset_id]
            for entry in self._of("fileset_entry", "fileset_id", filesets):
                for file in self._all("original_file"):
                    if file.id == entry.original_file_id:
                        texts += [("file", file.name), ("file", file.path)]
        elif kind == "ROI":
            texts += [("", shape.text) for shape in self._of("shape", "roi_id", [row])]
        elif kind == "Protocol":
            steps = self._of("protocol_step", "protocol_id", [row])
            texts += [("", text) for step in steps for text in (step.title, step.text)]
        elif kind == "Well":
            links = self._of("well_reagent_link", "parent_id", [row])
            for reagent in self._all("reagent"):
                if any(link.child_id == reagent.id for link in links):
                    texts += [("", reagent.name), ("", reagent.description)]
        return texts

    def _of(self, table: str, column: str, parents: list[Any]) -> list[Any]:
        keys = {parent.id for parent in parents}
        return [row for row in self._all(table) if getattr(row, column) in keys]

    def _below(
        self, table: str, column: str, parents: list[Any], inner: str, inner_column: str
    ) -> list[Any]:
        return self._of(inner, inner_column, self._of(table, column, parents))


def _holds(text: str, words: tuple[str, ...], prefix: bool) -> bool:
    found = re.findall("[a-z0-9µμ]+", text.lower().replace("é", "e"))
    found = [word.replace("µ", "μ") for word in found]
    for start in range(len(found) - len(words) + 1):
        *firsts, last = found[start : start + len(words)]
        if tuple(firsts) != words[:-1]:
            continue
        if last == words[-1] or (prefix and last.startswith(words[-1])):
            return True
    return False


def _bare(node: Node) -> bool:
    match node:
        case All(parts) | Either(parts):
            return any(_bare(part) for part in parts)
        case Not(inner):
            return _bare(inner)
        case _:
            return isinstance(node, Words) and node.field is None


def _exact(node: Node) -> str | None:
    parts = node.parts if isinstance(node, All) else (node,)
    if all(isinstance(p, Words) and not p.prefix and p.field in (None, Field.NAME) for p in parts):
        return sort_key(" ".join(part.text for part in parts if isinstance(part, Words)))
    return None
