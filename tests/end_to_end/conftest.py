"""A real server with real images, and a real Chromium."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from store.database import Database

ROOT = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-m", "app")
SCREENSHOTS = Path(__file__).parent / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
START_S = 60
STACK = "Wandering blobs"
# A server that has just started builds its schema and compiles its kernels behind the first
# answers, on cores that are shared with other tests.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where no Chromium is."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))
            elif not (ROOT / "app" / "static" / "index.html").exists():
                item.add_marker(pytest.mark.skip(reason="the web client is not built: make web"))


@dataclass(frozen=True, slots=True)
class Served:
    """A running Micrograph."""

    address: str
    """Such as http://127.0.0.1:49152."""
    sign_in: str
    """The one-time address that it printed."""
    data: Path
    """Its data directory."""

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Its database, beside it."""
        database = Database(f"sqlite:///{self.data / 'micrograph.sqlite'}")
        yield database
        database.close()


def stack(path: Path) -> None:
    """Write three channels of six planes and four time points: blobs that wander."""
    t, c, z, y, x = np.ogrid[:4, :3, :6, :320, :480]
    near = (x - 120 - 60 * c - 20 * t) ** 2 + (y - 100 - 40 * c) ** 2 + 900 * (z - 1 - c) ** 2
    values = 100 + 4000 * np.exp(-near / 3000.0) + (x + y) / 10
    tifffile.imwrite(
        path,
        values.astype(np.uint16),
        ome=True,
        photometric="minisblack",
        tile=(128, 128),
        compression="zlib",
        metadata={
            "axes": "TCZYX",
            "Name": STACK,
            "PhysicalSizeX": 0.25,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": 0.25,
            "PhysicalSizeYUnit": "µm",
            "Channel": {
                "Name": ["DAPI", "GFP", "Cy5"],
                "EmissionWavelength": [461, 509, 670],
                "EmissionWavelengthUnit": ["nm"] * 3,
            },
        },
    )


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of a dataset of 31 images, to be copied; imported once."""
    folder = tmp_path_factory.mktemp("imported")
    images = folder / "Blobs"
    images.mkdir()
    stack(images / "wandering.ome.tif")
    for number in range(30):
        grey = np.full((40, 60), number * 8, np.uint8)
        grey[10:30, 10 + number : 20 + number] = 255
        tifffile.imwrite(images / f"field {number:02}.tif", grey)
    import_images(folder / "data", images)
    return folder / "data"


# Module scope: Playwright keeps an event loop running in this thread, which other tests forbid.
@pytest.fixture(scope="module")
def served(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of a dataset of images, as a process of its own, on a free port."""
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(imported, data)
    with serving(data) as server:
        yield server


def import_images(data: Path, images: Path) -> None:
    """Import a folder of images into a new data directory, as a dataset of that name."""
    subprocess.run(
        [*COMMAND, "import", str(images), "--dataset", images.name, "--project", "Samples"],
        env={**os.environ, "MICROGRAPH_DATA": str(data)},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Served]:
    """Serve a data directory meanwhile, with settings by the names of their variables."""
    log = data.parent / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            env={**os.environ, "MICROGRAPH_DATA": str(data), **settings},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Served(*printed(server, log), data)
        finally:
            server.terminate()
            server.wait(20)


def printed(server: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """Wait for the address that the server prints; return it without and with its token."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        found = re.search(r"(http://127\.0\.0\.1:\d+)/login\?token=[\w-]+", log.read_text())
        if found:
            return found[1], found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window, kept from calling its maker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--enable-unsafe-swiftshader",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Cookies of a browser that opened the one-time address, as a file for new contexts."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.sign_in)
    state = tmp_path_factory.mktemp("browser") / "signed-in.json"
    context.storage_state(path=state)
    context.close()
    return str(state)


@dataclass(slots=True)
class Watched:
    """What a page did that it should not have done."""

    foreign: list[str]
    errors: list[str]


@pytest.fixture
def context(browser: Browser, signed_in: str) -> Iterator[BrowserContext]:
    """A signed-in browser of 1440 × 900 pixels that sees the dark theme."""
    context = browser.new_context(
        storage_state=signed_in, viewport={"width": 1440, "height": 900}, color_scheme="dark"
    )
    yield context
    context.close()


@pytest.fixture
def watched() -> Watched:
    """Collects foreign requests and errors of `page`."""
    return Watched([], [])


@pytest.fixture
def page(context: BrowserContext, served: Served, watched: Watched) -> Iterator[Page]:
    """A page that may talk to its own server only and must not log an error."""
    page = context.new_page()
    own = (served.address, "data:", "blob:")
    page.on(
        "request",
        lambda sent: watched.foreign.append(sent.url) if not sent.url.startswith(own) else None,
    )
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on(
        "console",
        lambda said: watched.errors.append(said.text) if said.type == "error" else None,
    )
    yield page
    assert watched.foreign == []
    assert watched.errors == []
