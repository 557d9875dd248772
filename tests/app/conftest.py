"""Fixtures of the HTTP and command line tests: a Micrograph of its own, with images made here."""

import contextlib
import dataclasses
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.main import create_app
from app.server import listen, make_server
from app.settings import Settings
from store.access import Viewer
from store.edits.people import create_experimenter
from store.importing.sandbox import Sandbox
from store.queries.people import viewer_by_experimenter
from tests.app.exported import World, opened

BASE = "http://127.0.0.1:8080"
PASSWORD = "a few quiet words"


def make_pixels(
    t: int = 2, c: int = 3, z: int = 4, y: int = 700, x: int = 1100
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Values that tell where they come from: shape (T, C, Z, Y, X), uint16, 0 to 3,000."""
    grid = np.ix_(*(np.arange(size) for size in (t, c, z, y, x)))
    weights = (700, 450, 90, 1, 1)
    total = sum(
        (axis % 500) * weight if index > 2 else axis * weight
        for index, (axis, weight) in enumerate(zip(grid, weights, strict=True))
    )
    return np.asarray(total, np.uint16)


@pytest.fixture(scope="session")
def image_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OME-TIFF of 1100 by 700 pixels, 4 sections, 3 channels, 2 time points, tiled."""
    path = tmp_path_factory.mktemp("images") / "cells.ome.tiff"
    tifffile.imwrite(
        path,
        make_pixels(),
        metadata={
            "axes": "TCZYX",
            "Name": "cells",
            "Channel": {"Name": ["DNA", "actin", "tubulin"]},
        },
        tile=(256, 256),
        compression="zlib",
        photometric="minisblack",
    )
    return path


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Children that read files, the same for all tests: starting them takes a second."""
    with Sandbox(children=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def library(
    tmp_path_factory: pytest.TempPathFactory, image_file: Path, sandbox: Sandbox
) -> tuple[Path, int]:
    """A data folder in which `image_file` is imported and measured, and the image's id."""
    data = tmp_path_factory.mktemp("library")
    micrograph = Micrograph(Settings(data=data).completed(), sandbox)
    micrograph.start()
    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
    image = import_one(micrograph, viewer, image_file)
    micrograph.close()
    return data, image


@pytest.fixture
def settings(tmp_path: Path, library: tuple[Path, int]) -> Settings:
    """Settings of a server with a data folder of its own that holds one image."""
    shutil.copytree(library[0], tmp_path / "data")
    return Settings(data=tmp_path / "data", render_slots=2).completed()


@pytest.fixture
def micrograph(settings: Settings, sandbox: Sandbox) -> Iterator[Micrograph]:
    """A started Micrograph."""
    micrograph = Micrograph(settings, sandbox)
    micrograph.start()
    yield micrograph
    micrograph.close()


@pytest.fixture
def administrator(micrograph: Micrograph) -> Viewer:
    """The local administrator."""
    with micrograph.database.reading() as session:
        return viewer_by_experimenter(session, micrograph.administrator_id)


@pytest.fixture
def anybody(micrograph: Micrograph) -> Iterator[TestClient]:
    """A browser in which nobody is signed in."""
    with TestClient(create_app(micrograph), base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(anybody: TestClient, micrograph: Micrograph) -> TestClient:
    """A browser in which the local administrator is signed in."""
    response = anybody.get("/login", params={"token": micrograph.tokens.issue()})
    assert response.status_code == 303
    return anybody


@contextlib.contextmanager
def listening(app: ASGIApp, settings: Settings) -> Iterator[int]:
    """Serve an application by a real server in a thread; gives its port."""
    ready = threading.Event()
    with listen("127.0.0.1", 0) as taken:
        server = make_server(app, settings, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        assert ready.wait(60)
        yield taken.getsockname()[1]
        server.should_exit = True
        thread.join(60)


@pytest.fixture
def port(micrograph: Micrograph) -> Iterator[int]:
    """The port of a real server that waits one second for a request."""
    settings = dataclasses.replace(micrograph.settings, receive_timeout=1)
    micrograph.settings = settings
    with listening(create_app(micrograph), settings) as port:
        yield port


@pytest.fixture
def stranger(micrograph: Micrograph, administrator: Viewer) -> Iterator[TestClient]:
    """A browser in which somebody is signed in who may see nothing."""
    with micrograph.database.writing() as session:
        create_experimenter(session, administrator, "stranger", password=PASSWORD)
    with TestClient(create_app(micrograph), base_url=BASE) as client:
        signed = client.post("/session", json={"user": "stranger", "password": PASSWORD})
        assert signed.status_code == 204
        yield client


@pytest.fixture
def image(library: tuple[Path, int]) -> int:
    """Database id of the image in `image_file`, imported and measured."""
    return library[1]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, sandbox: Sandbox) -> Iterator[World]:
    """A Micrograph without images, to export from."""
    micrograph, viewer = opened(tmp_path / "data", sqlite_template, sandbox)
    yield micrograph, viewer
    micrograph.close()


@pytest.fixture
def other(tmp_path: Path, sqlite_template: Path, sandbox: Sandbox) -> Iterator[World]:
    """Another one, to import into what was exported."""
    micrograph, viewer = opened(tmp_path / "other", sqlite_template, sandbox)
    yield micrograph, viewer
    micrograph.close()


def import_one(
    micrograph: Micrograph, viewer: Viewer, path: Path, *, statistics: bool = True
) -> int:
    """Import a file with one image and return its id."""
    filesets = find_files([path], [], micrograph.sandbox).filesets
    (outcome,) = import_filesets(micrograph, viewer, filesets, Target(), statistics=statistics)
    assert outcome.state == "imported", outcome.message
    (image_id,) = outcome.images
    return image_id
