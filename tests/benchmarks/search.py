"""Search on a database of any size: the first page of a mix of queries, 95th percentile.

As a benchmark it fills a database of its own; `python -m tests.benchmarks.search URL` measures a
given one, with words that it finds there.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.people import first_start
from store.models.pairs import pair_row
from store.queries.people import viewer_by_experimenter
from store.search import Search, parse
from tests.benchmarks.rows import FOLDER, Row, row
from tests.build import hierarchy

TARGET = 100.0
ROUNDS = 20
PAGE = 50


def run() -> list[Row]:
    """Measure on SQLite: 20,000 images with a key–value and a tag for some."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        database = Database(f"sqlite:///{Path(folder) / 'search.db'}")
        try:
            return measured(database, _filled(database))
        finally:
            database.close()


def measured(database: Database, viewer: Viewer) -> list[Row]:
    """Measure each kind of query on a database."""
    with database.reading() as session:
        queries = _queries(session, viewer)
        size = session.scalar(select_visible(viewer, models.Image, sa.func.count()))
    found = []
    for what, text in queries.items():
        times = sorted(_timed(database, viewer, text) for _ in range(ROUNDS))
        what = f"search: {what}, {size:,} images, {database.dialect}"
        late = times[int(0.95 * (ROUNDS - 1))]
        found.append(row(f"{what}: p95", late, "ms", target=TARGET, runs=ROUNDS))
        found.append(row(f"{what}: median", statistics.median(times), "ms", runs=ROUNDS))
    return found


def _timed(database: Database, viewer: Viewer, text: str) -> float:
    start = time.perf_counter()
    with database.reading() as session:
        Search(session, viewer, parse(text), ["Image"]).page(PAGE)
    return (time.perf_counter() - start) * 1e3


def _queries(session: Session, viewer: Viewer) -> dict[str, str]:
    """Make queries of words that are in the database."""
    image, pair = models.Image, models.MapPair
    name = session.scalar(select_visible(viewer, image, image.name).limit(1)) or "image"
    common = name.split()[0]
    found = session.execute(select_visible(viewer, pair, pair.key, pair.value).limit(200)).all()
    key, value = max(found, key=lambda one: len(set(one[1]))) if found else ("key", "value")
    tagged = models.TagAnnotation
    tag = session.scalar(select_visible(viewer, tagged, tagged.text_value).limit(1)) or "tag"
    return {
        "a rare word": f'"{value}"',
        "a common word": common,
        "key:value": f'"{key}":"{value}"',
        "tag AND word": f'tag:"{tag}" AND {common}',
        "a beginning": f"{common[:3]}*",
        "nothing": "xyzzyplugh",
    }


def _filled(database: Database) -> Viewer:
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        built = hierarchy(session, viewer, projects=10, datasets=20, images=100, channels=2)
        event = session.scalar(select_visible(viewer, models.Image, models.Image.creation_event_id))
        owned = {
            "owner_id": viewer.experimenter_id,
            "group_id": viewer.default_group_id,
            "creation_event_id": event,
            "update_event_id": event,
        }
        tag = models.TagAnnotation(text_value="mitosis", **owned)
        session.add(tag)
        session.flush()
        _annotate(session, owned, list(built.images), tag.id)
    return viewer


def _annotate(session: Session, owned: dict[str, int | None], images: list[int], tag: int) -> None:
    annotations, links, pairs = [], [], []
    for key in images:
        annotations.append({"id": tag + key, **owned})
        links.append({"parent_type": "Image", "parent_id": key, "child_id": tag + key, **owned})
        gene = pair_row("Gene", f"gene{key % 5_000:04}")
        pairs.append({"annotation_id": tag + key, "index": 0, **gene})
        if key % 100 == 0:
            links.append({"parent_type": "Image", "parent_id": key, "child_id": tag, **owned})
    session.execute(sa.insert(models.MapAnnotation), annotations)
    session.execute(sa.insert(models.AnnotationLink), links)
    session.execute(sa.insert(models.MapPair), pairs)


if __name__ == "__main__":
    given = Database(sys.argv[1])
    with given.writing() as opened:
        administrator = viewer_by_experimenter(opened, first_start(opened))
    for line in measured(given, administrator):
        print(f"{line['name']}: {line['value']:.1f} ms")
