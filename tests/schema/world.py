"""A small world of several people's data, with everything that may be missing missing somewhere."""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.queries.people import viewer_by_experimenter

NAMES = ["a", "b", "b", "B", "é", "", "zz"]


@dataclass
class World:
    """What was made."""

    viewers: list[Viewer] = field(default_factory=list)
    """An administrator, a leader, a member, a stranger."""
    rows: list[Any] = field(default_factory=list)

    def ids(self) -> list[str]:
        """Global ids of all rows, and some of nothing."""
        found = [f"{type(row).__name__}:{row.id}" for row in self.rows]
        return [*found, "Image:999999", "Project:999999", "Dataset:999999", "Sample:1", "nonsense"]


class _Maker:
    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.chance = random.Random(seed)
        self.world = World()
        self.owners: list[tuple[int, int, int]] = []

    def add(self, entity: Any, **values: Any) -> Any:
        row = entity(**values)
        self.session.add(row)
        self.session.flush()
        if entity not in (models.Membership, models.ProjectDatasetLink, models.DatasetImageLink):
            self.world.rows.append(row)
        return row

    def owned(self, like: Any = None) -> dict[str, int]:
        if like is not None:
            return {
                "owner_id": like.owner_id,
                "group_id": like.group_id,
                "creation_event_id": like.creation_event_id,
                "update_event_id": like.update_event_id,
            }
        owner, group, event = self.chance.choice(self.owners)
        return {
            "owner_id": owner,
            "group_id": group,
            "creation_event_id": event,
            "update_event_id": event,
            **self.maybe(0.05, deleted_event_id=event),
        }

    def maybe(self, probability: float, **values: Any) -> dict[str, Any]:
        return values if self.chance.random() < probability else {}

    def people(self) -> None:
        groups = [
            self.add(models.ExperimenterGroup, name=name, permissions=name)
            for name in ("private", "read-only")
        ]
        for name, administrator in (
            ("root", True),
            ("lead", False),
            ("member", False),
            ("x", False),
        ):
            person = self.add(models.Experimenter, user_name=name, administrator=administrator)
            for group in groups if name != "x" else []:
                values = {"leader": name == "lead", "experimenter_id": person.id}
                self.add(models.Membership, group_id=group.id, **values)
            for group in groups:
                event = self.add(
                    models.Event,
                    time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
                    type="User",
                    experimenter_id=person.id,
                    group_id=group.id,
                )
                if name in ("lead", "member"):
                    self.owners.append((person.id, group.id, event.id))
            self.world.viewers.append(viewer_by_experimenter(self.session, person.id))

    def containers(self) -> None:
        pick = self.chance.choice
        projects = [self.add(models.Project, name=pick(NAMES), **self.owned()) for _ in range(4)]
        datasets = [
            self.add(
                models.Dataset, name=pick(NAMES), description=pick([None, "d"]), **self.owned()
            )
            for _ in range(6)
        ]
        images = [self.image() for _ in range(12)]
        self.link(models.ProjectDatasetLink, projects, datasets, 0.6)
        self.link(models.DatasetImageLink, datasets, images, 0.6)

    def link(self, link: Any, parents: list[Any], children: list[Any], probability: float) -> None:
        counts: Counter[tuple[Any, ...]] = Counter()
        for parent in parents:
            for child in children:
                # As the store demands: one group, and in a private one, one owner.
                private = parent.owner_id != child.owner_id
                if parent.group_id != child.group_id or private:
                    continue
                if self.chance.random() > probability:
                    continue
                self.add(link, parent_id=parent.id, child_id=child.id, **self.owned(child))
                if child.deleted_event_id is None:
                    kinds = (type(parent).__name__, parent.id, type(child).__name__)
                    counts[(*kinds, child.group_id, child.owner_id)] += 1
        names = ("parent_type", "parent_id", "child_type", "group_id", "owner_id")
        for key, number in counts.items():
            row = models.ChildCount(**dict(zip(names, key, strict=True)), children=number)
            self.session.add(row)
        self.session.flush()

    def image(self) -> Any:
        pick = self.chance.choice
        owned = self.owned()
        fileset = self.fileset(owned) if self.chance.random() < 0.5 else None
        day = pick([None, None, 1, 1, 2])
        image = self.add(
            models.Image,
            name=pick(NAMES),
            series=pick([0, 1]),
            fileset_id=None if fileset is None else fileset.id,
            acquisition_date=None if day is None else dt.datetime(2026, 1, day, tzinfo=dt.UTC),
            **owned,
        )
        if self.chance.random() < 0.85:
            self.pixels(image, owned)
        return image

    def fileset(self, owned: dict[str, int]) -> Any:
        name = f"{self.chance.random()}"
        fileset = self.add(models.Fileset, root="/data", format="TIFF", identity=name, **owned)
        for index in range(self.chance.randint(0, 2)):
            file = self.add(
                models.OriginalFile,
                name=f"{index}.tif",
                path=f"/data/{name}/{index}.tif",
                size=2**33 + index,
                modified=dt.datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=dt.UTC),
                mtime_ns=1,
                **owned,
            )
            values = {"original_file_id": file.id, "client_path": "", **owned}
            self.session.add(models.FilesetEntry(fileset_id=fileset.id, index=-index, **values))
        return fileset

    def pixels(self, image: Any, owned: dict[str, int]) -> None:
        pick = self.chance.choice
        channels = pick([0, 1, 2, 3])
        pixels = self.add(
            models.Pixels,
            image_id=image.id,
            dimension_order=pick(["XYZCT", "XYTCZ"]),
            type=pick(["uint8", "uint16", "float", "double-complex"]),
            significant_bits=pick([None, 12]),
            size_x=pick([100, 5000]),
            size_y=pick([100, 3001]),
            size_z=pick([1, 5]),
            size_c=channels + pick([0, 1]) or 1,
            size_t=1,
            physical_size_x=pick([None, 0.5, 1]),
            physical_size_x_unit=pick([None, "nm"]),
            time_increment=pick([None, 2.5]),
            content_id="ab" * 32,
            rgb=pick([False, False, True]),
            storage=pick([{}, {"levels": [{"width": 5000, "height": 3001}]}]),
            **owned,
        )
        for index in range(channels):
            self.add(
                models.Channel,
                pixels_id=pixels.id,
                index=index,
                name=pick([None, "DAPI"]),
                color=pick([None, -1, 0x00FF00FF]),
                emission_wavelength=pick([None, 460.5]),
                emission_wavelength_unit=pick([None, "nm", "Å"]),
                global_min=pick([None, 0.0, 3]),
                global_max=pick([None, 3.0, 4000]),
                lookup_table=pick([None, "magma", "no such table"]),
                **owned,
            )
            values = {"delta_t": pick([None, 1.0]), "delta_t_unit": "ms", **owned}
            self.add(models.Plane, pixels_id=pixels.id, the_z=0, the_c=index, the_t=0, **values)


def make_world(session: Session, seed: int) -> World:
    """Make the world of a seed, in an empty database."""
    maker = _Maker(session, seed)
    maker.people()
    maker.containers()
    return maker.world
