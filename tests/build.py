"""Builders of rows: many projects, datasets and images in few statements."""

import datetime as dt
import functools
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@functools.cache
def current_sqlite() -> bytes:
    """Return the file of a current SQLite database without people; made once in a process."""
    with tempfile.TemporaryDirectory(prefix="micrograph-") as folder:
        path = Path(folder) / "current.db"
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        database.close()
        return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Database ids of what was built, parents first, in order."""

    projects: range
    datasets: range
    images: range


def hierarchy(
    session: Session,
    viewer: Viewer,
    *,
    projects: int = 2,
    datasets: int = 2,
    images: int = 3,
    channels: int = 2,
    group_id: int | None = None,
) -> Hierarchy:
    """Build projects with datasets (each) with images (each) with channels (each).

    Every row belongs to the viewer; counters are right; images have pixels of 512 by 512 without
    files, and acquisition dates one minute apart. Names are "Project 0", "Dataset 0.1",
    "Image 0.1.2".

    Args:
        session: Of a transaction of the caller's.
        viewer: Owner of all rows.
        projects: How many projects.
        datasets: How many datasets in each project.
        images: How many images in each dataset.
        channels: How many channels in each image.
        group_id: Group of all rows; the viewer's default group if not given.
    """
    group = group_id or viewer.default_group_id
    assert group is not None
    event = _event(session, viewer, group)
    owned = {
        "owner_id": viewer.experimenter_id,
        "group_id": group,
        "creation_event_id": event,
        "update_event_id": event,
    }
    built = Hierarchy(
        _ids(session, models.Project, projects),
        _ids(session, models.Dataset, projects * datasets),
        _ids(session, models.Image, projects * datasets * images),
    )
    _containers(session, built, owned, datasets, images)
    _images(session, built, owned, datasets, images, channels)
    _counts(session, built, owned, datasets, images)
    advance_sequences(session, ("project", "dataset", "image", "pixels"))
    return built


def give_inside(session: Session, built: Hierarchy, person: Viewer) -> None:
    """Give the first image of the first dataset, and the first channel of the second, to somebody.

    The image stays where it is, as that does which was linked while a group was open.
    """
    his = {"owner_id": person.experimenter_id}
    image, channel, count = models.Image, models.Channel, models.ChildCount
    second = (
        sa.select(sa.func.min(channel.id))
        .join(models.Pixels)
        .where(models.Pixels.image_id == built.images[1])
    )
    session.execute(sa.update(image).where(image.id == built.images[0]).values(his))
    session.execute(sa.update(channel).where(channel.id == second.scalar_subquery()).values(his))
    counted = session.scalars(
        sa.select(count).where(count.parent_type == "Dataset", count.parent_id == built.datasets[0])
    ).one()
    counted.children -= 1
    session.add(
        count(
            parent_type="Dataset",
            parent_id=built.datasets[0],
            child_type="Image",
            group_id=counted.group_id,
            children=1,
            **his,
        )
    )
    session.flush()


def advance_sequences(session: Session, tables: Iterable[str]) -> None:
    """Let PostgreSQL number the next rows of tables after those that were given their ids."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        session.execute(
            sa.text(f"SELECT setval('{table}_id_seq', (SELECT coalesce(max(id), 1) FROM {table}))")
        )


def _containers(
    session: Session, built: Hierarchy, owned: dict[str, int], datasets: int, images: int
) -> None:
    _insert(
        session,
        models.Project,
        [{"id": key, "name": f"Project {p}", **owned} for p, key in enumerate(built.projects)],
    )
    _insert(
        session,
        models.Dataset,
        [
            {"id": key, "name": f"Dataset {n // datasets}.{n % datasets}", **owned}
            for n, key in enumerate(built.datasets)
        ],
    )
    _insert(
        session,
        models.ProjectDatasetLink,
        [
            {"parent_id": built.projects[n // datasets], "child_id": key, **owned}
            for n, key in enumerate(built.datasets)
        ],
    )


def _images(
    session: Session,
    built: Hierarchy,
    owned: dict[str, int],
    datasets: int,
    images: int,
    channels: int,
) -> None:
    pixels = _ids(session, models.Pixels, len(built.images))
    rows, links, shapes, lights = [], [], [], []
    for n, key in enumerate(built.images):
        dataset, i = divmod(n, images)
        name = f"Image {dataset // datasets}.{dataset % datasets}.{i}"
        acquired = EPOCH + dt.timedelta(minutes=n)
        rows.append({"id": key, "name": name, "acquisition_date": acquired, "series": 0, **owned})
        links.append({"parent_id": built.datasets[dataset], "child_id": key, **owned})
        shapes.append({"id": pixels[n], "image_id": key, **_shape(channels, key), **owned})
        lights += [
            {
                "pixels_id": pixels[n],
                "index": c,
                "name": f"Channel {c}",
                "emission_wavelength": 450.0 + 60 * c,
                "emission_wavelength_unit": "nm",
                "global_min": 0.0,
                "global_max": 1000.0 + c,
                "statistics_level": 0,
                **owned,
            }
            for c in range(channels)
        ]
    _insert(session, models.Image, rows)
    _insert(session, models.DatasetImageLink, links)
    _insert(session, models.Pixels, shapes)
    _insert(session, models.Channel, lights)


def _shape(channels: int, key: int) -> dict[str, Any]:
    return {
        "dimension_order": "XYZCT",
        "type": "uint16",
        "size_x": 512,
        "size_y": 512,
        "size_z": 1,
        "size_c": channels,
        "size_t": 1,
        "physical_size_x": 0.25,
        "physical_size_x_unit": "µm",
        "physical_size_y": 0.25,
        "physical_size_y_unit": "µm",
        "content_id": f"{key:016x}",
        "rgb": False,
        "storage": {},
    }


def _counts(
    session: Session, built: Hierarchy, owned: dict[str, int], datasets: int, images: int
) -> None:
    families = (
        ("Project", built.projects, "Dataset", datasets),
        ("Dataset", built.datasets, "Image", images),
    )
    _insert(
        session,
        models.ChildCount,
        [
            {
                "parent_type": parent,
                "parent_id": key,
                "child_type": child,
                "children": number,
                "group_id": owned["group_id"],
                "owner_id": owned["owner_id"],
            }
            for parent, keys, child, number in families
            for key in keys
            if number
        ],
    )


def _event(session: Session, viewer: Viewer, group_id: int) -> int:
    event = models.Event(
        time=EPOCH, type="Import", experimenter_id=viewer.experimenter_id, group_id=group_id
    )
    session.add(event)
    session.flush()
    return event.id


def _ids(session: Session, entity: type[models.Base], number: int) -> range:
    first = (session.scalar(sa.select(sa.func.max(entity.id))) or 0) + 1
    return range(first, first + number)


def _insert(session: Session, entity: type[models.Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(entity), rows)
