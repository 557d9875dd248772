"""OME-Zarr from import to tile: real images and plates, and what an archive and labels show."""

import dataclasses
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
import zarr
from PIL import Image as Picture
from starlette.testclient import TestClient

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.settings import Settings
from store import models
from store.access import Viewer
from store.errors import NotAllowedError
from store.importing.sandbox import Sandbox
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import import_one
from tests.images import make_image, values_of
from tests.served import Served
from tests.zarrs import write_group, write_plate, write_zarr

DATA = Path(os.environ.get("MICROGRAPH_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real test data at {DATA}")
STORES = DATA / "images" / "derived" / "zarr"


def imported(micrograph: Micrograph, viewer: Viewer, path: Path) -> tuple[int, ...]:
    filesets = find_files([path], [], micrograph.sandbox).filesets
    (outcome,) = import_filesets(micrograph, viewer, filesets, Target(), statistics=False)
    assert outcome.state == "imported", outcome.message
    return outcome.images


def asked(client: TestClient, query: str) -> Any:
    answer = client.post("/graphql", json={"query": query}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def assert_equal_to_zarr(micrograph: Micrograph, viewer: Viewer, image: int, group: Path) -> None:
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, viewer, image)
    levels = opened.stored.storage["levels"]
    assert len(levels) == 5
    for number, level in enumerate(levels):
        array: Any = zarr.open_array(str(group / level["path"]), mode="r")
        got = values_of(opened.source, number)
        np.testing.assert_array_equal(got.reshape(array.shape), array[...])


@REAL
def test_a_real_image_has_the_samples_that_zarr_reads(
    micrograph: Micrograph, administrator: Viewer, client: TestClient
) -> None:
    path = STORES / "mczs-v04.zarr"
    (image,) = imported(micrograph, administrator, path)

    assert_equal_to_zarr(micrograph, administrator, image, path)
    tile = client.get(f"/tiles/{image}/0/1/0/0/0.png", params={"size": 256})
    assert tile.status_code == 200, tile.text
    assert Picture.open(io.BytesIO(tile.content)).size == (256, 167)


@REAL
def test_a_real_plate_has_wells_and_the_samples_that_zarr_reads(
    micrograph: Micrograph, administrator: Viewer, client: TestClient
) -> None:
    path = STORES / "sbs-plate-v05.zarr"
    images = imported(micrograph, administrator, path)

    for image in images:
        assert_equal_to_zarr(micrograph, administrator, image, path)
    found = asked(
        client,
        """{ plates { edges { node { name rows columns
             wells { edges { node { row column wellSamples { edges { node { image { id } } } } } } }
             } } } }""",
    )
    (plate,) = [edge["node"] for edge in found["plates"]["edges"]]
    assert (plate["name"], plate["rows"], plate["columns"]) == ("ExampleSBS", 3, 2)
    wells = [edge["node"] for edge in plate["wells"]["edges"]]
    shown = [
        (well["row"], well["column"], *(field["node"]["image"]["id"] for field in
                                        well["wellSamples"]["edges"]))
        for well in wells
    ]  # fmt: skip
    assert shown == [(n // 2, n % 2, f"Image:{image}") for n, image in enumerate(images)]
    tile = client.get(f"/tiles/{images[3]}/0/0/0/1/1.jpg", params={"size": 256})
    assert tile.status_code == 200, tile.text


def test_labels_are_found_and_shown_like_any_image(
    micrograph: Micrograph, administrator: Viewer, client: TestClient, tmp_path: Path
) -> None:
    path = write_zarr(tmp_path / "cells.zarr", make_image((1, 2, 1, 90, 70)), zarr_format=3)
    write_group(path / "labels", {"labels": ["nuclei"]}, 3)
    write_zarr(path / "labels" / "nuclei", make_image((1, 1, 1, 90, 70)), "yx", 3)
    _, label = imported(micrograph, administrator, path)

    found = asked(client, f'{{ image(id: "Image:{label}") {{ name }} }}')

    assert found == {"image": {"name": "cells labels/nuclei"}}
    tile = client.get(f"/tiles/{label}/0/0/0/0/0.png", params={"size": 64})
    assert tile.status_code == 200, tile.text


def test_an_image_at_an_address_is_imported_by_reference(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    served = Served(tmp_path / "served")
    pixels = make_image((1, 2, 1, 90, 70))
    write_zarr(tmp_path / "served" / "cells.zarr", pixels, zarr_format=3)
    url = f"{served.root}/cells.zarr"
    micrograph = Micrograph(dataclasses.replace(settings, remote_roots=(served.root,)), sandbox)
    micrograph.start()
    try:
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        remotes = micrograph.repository.remotes
        allowed = [tmp_path / "data"]
        (found,) = find_files([Path(url)], allowed, micrograph.sandbox, remotes).filesets
        (outcome,) = import_filesets(micrograph, viewer, [found], Target())
        assert outcome.state == "imported", outcome.message
        with micrograph.database.reading() as session:
            opened = micrograph.images.find(session, viewer, outcome.images[0])
            paths = session.scalars(
                sa.select(models.OriginalFile.path)
                .where(models.OriginalFile.path.contains(":"))
                .order_by(models.OriginalFile.id)
            ).all()
    finally:
        micrograph.close()
        served.close()

    assert paths == [f"{url}/zarr.json", f"{url}/0/zarr.json"]
    assert (opened.stored.name, opened.source.shape.sizes) == ("cells", pixels.shape)


def test_addresses_that_are_not_registered_are_refused(
    micrograph: Micrograph,
) -> None:
    address = Path("https://example.org/a.zarr")
    with pytest.raises(NotAllowedError, match="MICROGRAPH_REMOTE_ROOTS"):
        find_files([address], [], micrograph.sandbox, micrograph.repository.remotes)


def test_importing_again_registers_nothing(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    path = write_plate(tmp_path / "plate.zarr", 2, 2, 2)
    first = imported(micrograph, administrator, path)
    filesets = find_files([path], [], micrograph.sandbox).filesets

    (again,) = import_filesets(micrograph, administrator, filesets, Target())

    assert (again.state, again.images) == ("already there", first)


def test_changed_metadata_is_noticed(
    micrograph: Micrograph, administrator: Viewer, client: TestClient, tmp_path: Path
) -> None:
    path = write_zarr(tmp_path / "cells.zarr", make_image((1, 1, 1, 90, 70)))
    image = import_one(micrograph, administrator, path, statistics=False)
    document = path / "0" / ".zarray"
    document.write_text(json.dumps(json.loads(document.read_text())))

    answer = client.get(f"/tiles/{image}/0/0/0/0/0.png", params={"size": 64})

    assert answer.status_code == 422
    assert "0/.zarray of cells.zarr has changed since it was imported" in answer.text
