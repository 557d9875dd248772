"""Sphinx extension: the pictures of the guide, rendered by Micrograph while the guide is built."""

import hashlib
import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from starlette.testclient import TestClient

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.main import create_app
from app.samples import Sizes, make_samples
from app.samples.assay import PlateShape
from app.samples.living_cells import SeriesShape
from app.samples.tissue import SlideShape
from app.settings import Settings
from store.queries.people import viewer_by_experimenter

FOLDER = "_pictures"
"""Below the documentation; the pictures are made anew with every build."""
_NUMBER = re.compile(r"^(/[a-z]+/)42(?=[/.])")
"""In the guide the sample image is number 42."""
_SIZES = Sizes(SeriesShape(512, 11, 3), SlideShape(512, 512), PlateShape(1, 1, 1, 64))


class Server:
    """A Micrograph with one sample image, that begins when it is first asked."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._client: TestClient | None = None
        self._image = 0

    def get(self, address: str) -> bytes:
        """Return the picture at an address of the guide.

        Raises:
            ValueError: There is none; says what the server says.
        """
        if self._client is None:
            self._client = self._started()
        response = self._client.get(_NUMBER.sub(rf"\g<1>{self._image}", address))
        if response.status_code != 200:
            raise ValueError(f"{address}: {response.text}")
        return response.content

    def stop(self) -> None:
        """Forget the image and all that was made for it."""
        self._stack.close()
        self._client = None

    def _started(self) -> TestClient:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        micrograph = Micrograph(Settings(data=folder / "data").completed())
        micrograph.start()
        self._stack.callback(micrograph.close)
        self._image = _imported(micrograph, make_samples(folder / "samples", sizes=_SIZES)[0])
        client = TestClient(create_app(micrograph), base_url="http://127.0.0.1:8080")
        self._stack.enter_context(client)
        client.get("/login", params={"token": micrograph.tokens.issue()})
        return client


def _imported(micrograph: Micrograph, path: Path) -> int:
    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
    filesets = find_files([path], [], micrograph.sandbox).filesets
    (outcome,) = import_filesets(micrograph, viewer, filesets, Target())
    return outcome.images[0]


SERVER = Server()


class Picture(SphinxDirective):
    """`{picture} /tiles/42/…`: an address, and below it the picture that it leads to."""

    required_arguments = 1
    final_argument_whitespace = False
    option_spec = {"alt": directives.unchanged_required}  # noqa: RUF012  (docutils declares it so)

    def run(self) -> list[nodes.Node]:
        """Render the picture into a file that Sphinx copies to the site."""
        address = self.arguments[0]
        try:
            content = SERVER.get(address)
        except ValueError as error:
            raise self.error(str(error)) from None
        suffix = address.partition("?")[0].rpartition(".")[2]
        name = f"{hashlib.blake2b(address.encode(), digest_size=8).hexdigest()}.{suffix}"
        folder = Path(self.env.srcdir) / FOLDER
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        self.env.note_reread()  # a page that is not read again would miss its pictures
        shown = nodes.literal_block(address, address, language="text")
        picture = nodes.image(uri=f"/{FOLDER}/{name}", alt=self.options.get("alt", address))
        return [shown, picture]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and the server behind it."""
    app.add_directive("picture", Picture)
    app.connect("builder-inited", lambda app: shutil.rmtree(app.srcdir / FOLDER, True))
    app.connect("build-finished", lambda _app, _error: SERVER.stop())
    return {"parallel_read_safe": False}
