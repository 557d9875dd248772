"""What the documentation tells people to do works, in the order in which it says so."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tifffile

from render.luts import shipped
from schema.build import GraphQL
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"^```(console|graphql|python)\n(.*?)^```$(?:\n\n```json\n(.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
"""A block that is run, and the answer that the page shows below it, if it does."""
TABLE = """path,dataset,name,cell line,dose (nM)
microscope/one.ome.tif,Treated,First cells,HeLa,50
"""
PASSWORD = "correct horse battery"
START_S = 60


def pages() -> list[Path]:
    found = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [page for page in found if "_site" not in page.parts and BLOCK.search(page.read_text())]


def write_images(folder: Path) -> None:
    """Write the folder of images, and what else the pages speak of."""
    (folder / "microscope").mkdir()
    (folder / "microscope" / "notes.txt").write_text("Two dishes, one incubator.")
    (folder / "password.txt").write_text(PASSWORD)
    (folder / "table.csv").write_text(TABLE)
    for name in ("one", "two"):
        tifffile.imwrite(
            folder / "microscope" / f"{name}.ome.tif",
            np.arange(2 * 3 * 40 * 50, dtype=np.uint16).reshape(2, 3, 40, 50),
            ome=True,
            photometric="minisblack",
            metadata={
                "axes": "CZYX",
                "Name": f"Dish {name}",
                "AcquisitionDate": "2026-05-04T10:00:00",
                "PhysicalSizeX": 0.1,
                "PhysicalSizeXUnit": "µm",
                "Channel": {"Name": ["DAPI", "GFP"]},
            },
        )


class Reader:
    """Somebody who has a folder of images and does what a page says."""

    def __init__(self, folder: Path, data: str = "data") -> None:
        self.folder = folder
        scripts = Path(sysconfig.get_path("scripts"))
        self.environ = {
            **os.environ,
            "MICROGRAPH_DATA": str(folder / data),
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, command: str, given: str | None = None) -> str:
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environ,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def console(self, block: str, shown: str) -> None:
        printed = ""
        for line in block.splitlines():
            if line.startswith("$ "):
                printed = self.run(line.removeprefix("$ "))
            elif line.strip():
                assert line.strip() in printed

    def graphql(self, document: str, shown: str) -> None:
        database = Database(f"sqlite:///{self.environ['MICROGRAPH_DATA']}/micrograph.sqlite")
        with database.writing() as session:
            viewer = viewer_by_experimenter(session, first_start(session))
        answer = json.loads(GraphQL(database).execute(viewer, document))
        database.close()
        assert "errors" not in answer, answer
        assert any(answer["data"].values())
        if shown:
            assert answer["data"] == json.loads(shown)["data"]
            return
        for change in answer["data"].values():
            if isinstance(change, dict) and "applied" in change and "dryRun: true" not in document:
                assert change["applied"], answer

    def python(self, source: str, shown: str) -> None:
        if "127.0.0.1:8080" not in source:
            self.run(f"{sys.executable} -", source)
            return
        self.run("micrograph user password root --stdin < password.txt")
        with self.served() as address:
            printed = self.run(
                f"{sys.executable} -", source.replace("http://127.0.0.1:8080", address)
            )
        assert printed.strip()

    @contextmanager
    def served(self) -> Iterator[str]:
        log = self.folder / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "app", "serve", "--port", "0"],
                cwd=ROOT,
                env=self.environ,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                deadline = time.monotonic() + START_S
                while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
                    assert time.monotonic() < deadline, log.read_text()
                    assert server.poll() is None, log.read_text()
                    time.sleep(0.1)
                yield found[0]
            finally:
                server.terminate()
                server.wait(20)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of images, which are imported, and a copy of it with all that was made by that."""
    folder = tmp_path_factory.mktemp("reader")
    write_images(folder)
    Reader(folder).run("micrograph import microscope --project Mitosis --dataset Dishes")
    return folder, shutil.copytree(folder, folder.with_name(f"{folder.name}-as-imported"))


@pytest.fixture
def folder(imported: tuple[Path, Path]) -> Path:
    """The folder of images as it was imported; at the same path, which the database names."""
    shutil.rmtree(imported[0])
    return shutil.copytree(imported[1], imported[0])


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_what_a_page_says_works(page: Path, folder: Path) -> None:
    reader = Reader(folder, "fresh" if page.stem in {"tutorial", "import"} else "data")
    for kind, block, shown in BLOCK.findall(page.read_text()):
        getattr(reader, kind)(textwrap.dedent(block), shown)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    names = re.findall(r"\{doc\}`([^`]+)`", page.read_text())

    assert [name for name in names if not (page.parent / f"{name}.md").exists()] == []


def test_the_table_of_lookup_tables_is_that_of_the_program() -> None:
    page = (DOCS / "guide" / "lookup-tables.md").read_text()

    rows = re.findall(r"^\| `(\S+)` \| (\w+) \| (.+) \|$", page, re.MULTILINE)

    assert rows == [(one.name, one.likeness, one.source or "–") for one in shipped()]


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.slow
def test_the_site_is_built_with_the_pictures_of_the_addresses_in_the_guide(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"]

    done = subprocess.run(
        [*command, "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "site" / "guide" / "tiles.html").read_text()
    shown = re.findall(r'src="(?:\.\./)*(_images/[^"]+)"', page)
    assert len(shown) == (DOCS / "guide" / "tiles.md").read_text().count("```{picture}")
    assert all((tmp_path / "site" / name).stat().st_size > 500 for name in shown)
