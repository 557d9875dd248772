"""A database like that of a public archive: many groups, plates of key–values, a million images."""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.bulk import insert_columns, new_ids
from store.edits.people import create_experimenter, create_group, first_start
from store.models.annotations import CLIENT_MAP_NAMESPACE
from store.models.enums import GroupPermissions
from store.models.names import sort_key
from store.queries.people import viewer_by_experimenter

IMAGES_IN_DATASET = 200
DATASETS_IN_PROJECT = 10
PAIRS = 5
"""Key–values of each image."""
GROUPS = 20
DATASETS_AT_ONCE = 50
"""Datasets that one transaction writes, so that memory stays flat."""
SEED = 20260522
START = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)

_ORGANISMS = ("Homo sapiens", "Mus musculus", "Danio rerio", "Saccharomyces cerevisiae")
_CELL_LINES = ("HeLa", "U2OS", "A549", "MCF10A", "RPE1", "HEK293", "iPSC", "NIH3T3")
_PHENOTYPES = ("mitotic arrest", "binucleate", "apoptosis", "large nuclei", "polylobed", "none")
_STAINS = ("DAPI", "Hoechst 33342", "phalloidin", "tubulin", "WGA", "MitoTracker")
_GENES = 20_000
_RARE = 1_000
"""One image in so many has a word of its own in its description."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What was made."""

    images: range
    datasets: range
    projects: range
    administrator: int
    member: int
    """A person in one small group only."""


def fill(database: Database, images: int) -> Archive:
    """Fill an empty, current database.

    Images have pixels and one channel each, a dataset each, a map annotation of five pairs each,
    and every tenth a tag. Genes and phenotypes are as unevenly common as in real screens.

    Args:
        database: Without any rows.
        images: How many; a multiple of 2,000.
    """
    with database.writing() as session:
        administrator = first_start(session)
        viewers = list(_people(session, administrator))
    datasets = images // IMAGES_IN_DATASET
    rng = np.random.default_rng(SEED)
    with database.writing() as session:
        owned = [_owned(session, viewer) for viewer in viewers]
        projects = _projects(session, owned, datasets // DATASETS_IN_PROJECT)
        tags = _tags(session, owned)
    for first in range(0, datasets, DATASETS_AT_ONCE):
        numbers = range(first, min(first + DATASETS_AT_ONCE, datasets))
        with database.writing() as session:
            _datasets(session, owned, projects, numbers, rng, tags)
    return Archive(
        range(1, images + 1),
        range(1, datasets + 1),
        range(projects[0], projects[-1] + 1),
        administrator,
        viewers[-1].experimenter_id,
    )


def _people(session: Session, administrator: int) -> Iterator[Viewer]:
    """Make one person and one group of each for every group; a third of the groups is private."""
    root = viewer_by_experimenter(session, administrator)
    for number in range(GROUPS):
        permissions = GroupPermissions.PRIVATE if number % 3 == 2 else GroupPermissions.READ_ONLY
        group = create_group(session, root, f"lab-{number}", permissions)
        person = create_experimenter(session, root, f"user-{number}", group_ids=[group])
        yield viewer_by_experimenter(session, person)


def _owned(session: Session, viewer: Viewer) -> dict[str, Any]:
    assert viewer.default_group_id is not None
    event = models.Event(
        time=START,
        type="Import",
        experimenter_id=viewer.experimenter_id,
        group_id=viewer.default_group_id,
    )
    session.add(event)
    session.flush()
    return {
        "owner_id": viewer.experimenter_id,
        "group_id": viewer.default_group_id,
        "creation_event_id": event.id,
        "update_event_id": event.id,
    }


def _projects(session: Session, owned: list[dict[str, Any]], number: int) -> Sequence[int]:
    ids = new_ids(session, models.Project, number)
    names = [f"idr{n:04}-screen{'ABC'[n % 3]}" for n in range(number)]
    columns = {
        "id": ids,
        "name": names,
        "sort_name": [sort_key(name) for name in names],
        "description": [f"A study of {_PHENOTYPES[n % 5]} in {_CELL_LINES[n % 8]}" for n in ids],
        **_spread(owned, [n % len(owned) for n in range(number)]),
    }
    insert_columns(session, models.Project, number, columns)
    return ids


def _tags(session: Session, owned: list[dict[str, Any]]) -> list[Sequence[int]]:
    """Make the same ten tags in each group; by group."""
    made = []
    for one in owned:
        ids = new_ids(session, models.TagAnnotation, 10)
        texts = [f"{word} {n}" for n, word in enumerate(("reviewed", "blurred") * 5)]
        columns = {"id": ids, "kind": "TagAnnotation", "text_value": texts}
        columns["text_key"] = [sort_key(text) for text in texts]
        insert_columns(session, models.TagAnnotation, len(ids), {**columns, **one})
        made.append(ids)
    return made


def _datasets(
    session: Session,
    owned: list[dict[str, Any]],
    projects: Sequence[int],
    numbers: range,
    rng: np.random.Generator,
    tags: list[Sequence[int]],
) -> None:
    """Write some datasets with their images; all of one project have the same owner."""
    whose = [number // DATASETS_IN_PROJECT % len(owned) for number in numbers]
    ids = new_ids(session, models.Dataset, len(numbers))
    names = [f"plate {number:05} field 1" for number in numbers]
    theirs = _spread(owned, whose)
    insert_columns(
        session,
        models.Dataset,
        len(ids),
        {"id": ids, "name": names, "sort_name": [sort_key(name) for name in names], **theirs},
    )
    parents = [projects[number // DATASETS_IN_PROJECT] for number in numbers]
    links = {"parent_id": parents, "child_id": list(ids), **theirs}
    insert_columns(session, models.ProjectDatasetLink, len(ids), links)
    _count(session, "Project", "Dataset", sorted(set(zip(parents, whose, strict=True))), owned,
           DATASETS_IN_PROJECT)  # fmt: skip
    _images(session, owned, whose, ids, numbers, rng, tags)
    _count(session, "Dataset", "Image", list(zip(ids, whose, strict=True)), owned,
           IMAGES_IN_DATASET)  # fmt: skip


def _images(
    session: Session,
    owned: list[dict[str, Any]],
    of_datasets: list[int],
    datasets: Sequence[int],
    numbers: range,
    rng: np.random.Generator,
    tags: list[Sequence[int]],
) -> None:
    size = len(datasets) * IMAGES_IN_DATASET
    whose = [one for one in of_datasets for _ in range(IMAGES_IN_DATASET)]
    theirs = _spread(owned, whose)
    ids = new_ids(session, models.Image, size)
    base = numbers.start * IMAGES_IN_DATASET
    names = [
        f"plate {(base + n) // IMAGES_IN_DATASET:05} well {'ABCDEFGHIJ'[n // 20 % 10]}{n % 20 + 1}.tif"
        for n in range(size)
    ]
    rare = rng.integers(0, _RARE, size)
    insert_columns(
        session,
        models.Image,
        size,
        {
            "id": ids,
            "name": names,
            "sort_name": [sort_key(name) for name in names],
            "description": [f"unusual{base + n}" if rare[n] == 0 else None for n in range(size)],
            "acquisition_date": [START + dt.timedelta(minutes=base + n) for n in range(size)],
            "series": 0,
            **theirs,
        },
    )
    parents = [one for one in datasets for _ in range(IMAGES_IN_DATASET)]
    links = {"parent_id": parents, "child_id": ids, **theirs}
    insert_columns(session, models.DatasetImageLink, size, links)
    _pixels(session, ids, theirs)
    _key_values(session, ids, theirs, rng)
    tagged = range(0, size, 10)
    chosen = rng.integers(0, 10, len(tagged))
    _link(
        session,
        [ids[n] for n in tagged],
        [tags[whose[n]][chosen[i]] for i, n in enumerate(tagged)],
        {name: [values[n] for n in tagged] for name, values in theirs.items()},
    )


def _pixels(session: Session, images: Sequence[int], theirs: dict[str, list[int]]) -> None:
    size = len(images)
    ids = new_ids(session, models.Pixels, size)
    shape = {"size_x": 1344, "size_y": 1024, "size_z": 1, "size_c": 1, "size_t": 1}
    insert_columns(
        session,
        models.Pixels,
        size,
        {
            "id": ids,
            "image_id": images,
            "dimension_order": "XYZCT",
            "type": "uint16",
            "content_id": [f"{key:064x}" for key in images],
            "rgb": False,
            "storage": {},
            "physical_size_x": 0.323,
            "physical_size_x_unit": "µm",
            **shape,
            **theirs,
        },
    )
    stains = [_STAINS[key % len(_STAINS)] for key in images]
    columns = {"pixels_id": ids, "index": 0, "name": stains, "emission_wavelength": 525.0}
    insert_columns(session, models.Channel, size, {**columns, **theirs})


def _key_values(
    session: Session,
    images: Sequence[int],
    theirs: dict[str, list[int]],
    rng: np.random.Generator,
) -> None:
    size = len(images)
    ids = new_ids(session, models.MapAnnotation, size)
    columns = {"id": ids, "kind": "MapAnnotation", "namespace": CLIENT_MAP_NAMESPACE}
    insert_columns(session, models.MapAnnotation, size, {**columns, **theirs})
    _link(session, images, ids, theirs)
    genes = np.minimum(rng.zipf(1.3, size), _GENES)
    common = rng.integers(0, 1 << 30, (size, 4))
    values = [
        (
            _ORGANISMS[(a % 16) // 5],
            _CELL_LINES[b % len(_CELL_LINES)],
            f"GENE{gene}",
            _PHENOTYPES[(c % 100) // 17],
            f"{20 + d % 200 / 10:.1f} °C",
        )
        for gene, (a, b, c, d) in zip(genes.tolist(), common.tolist(), strict=True)
    ]
    flat = list(itertools.chain.from_iterable(values))
    keys = ("Organism", "Cell Line", "Gene Symbol", "Phenotype", "Temperature")
    numbers = [
        float(text.partition(" ")[0]) if n % PAIRS == PAIRS - 1 else None
        for n, text in enumerate(flat)
    ]
    insert_columns(
        session,
        models.MapPair,
        size * PAIRS,
        {
            "annotation_id": [key for key in ids for _ in range(PAIRS)],
            "index": list(range(PAIRS)) * size,
            "key": list(keys) * size,
            "value": flat,
            "key_key": [key.casefold() for key in keys] * size,
            "value_key": [text.casefold() for text in flat],
            "sort_value": [sort_key(text) for text in flat],
            "number": numbers,
            "unit": [None if number is None else "°C" for number in numbers],
            "base_number": [None if number is None else number + 273.15 for number in numbers],
        },
    )


def _link(
    session: Session,
    parents: Sequence[int],
    children: Sequence[int],
    theirs: dict[str, list[int]],
) -> None:
    columns = {"parent_type": "Image", "parent_id": parents, "child_id": children, **theirs}
    insert_columns(session, models.AnnotationLink, len(parents), columns)


def _count(
    session: Session,
    parent_type: str,
    child_type: str,
    parents: list[tuple[int, int]],
    owned: list[dict[str, Any]],
    children: int,
) -> None:
    """Write the counters of containers, given with whose they are."""
    insert_columns(
        session,
        models.ChildCount,
        len(parents),
        {
            "parent_type": parent_type,
            "parent_id": [parent for parent, _ in parents],
            "child_type": child_type,
            "group_id": [owned[whose]["group_id"] for _, whose in parents],
            "owner_id": [owned[whose]["owner_id"] for _, whose in parents],
            "children": children,
        },
    )


def _spread(owned: list[dict[str, Any]], whose: Sequence[int]) -> dict[str, list[int]]:
    """Return the columns of `Owned` for rows of different owners."""
    return {name: [owned[one][name] for one in whose] for name in owned[0]}
