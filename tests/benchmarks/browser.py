"""The picture in a headless Chromium without graphics card: ours, and OpenSeadragon's on our tiles."""

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

from frontend.build_hook import find_node
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Server, import_files, started
from tests.benchmarks.slide import LEVELS, SIDE, TILE, slide

VERSION = "6.1.1"
PEER = f"OpenSeadragon {VERSION} on our tiles"
WIDTH, HEIGHT = 1600, 1000
ZOOM = 0.25
CHANGES, VIEWS = 24, 5
TARGET_MS = 50.0
_HOME = FOLDER / "peers" / "openseadragon"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WINDOWS = (600, 4000)
"""White points between which all three windows go to and fro."""

# The colours of 15 places, one in each tile that is seen.
_PLACES = """canvas => {
  const pen = canvas.getContext('2d');
  return Array.from({ length: 15 }, (_, at) => {
    const x = Math.floor(canvas.width * (at % 5 + 0.5) / 5);
    const y = Math.floor(canvas.height * (Math.floor(at / 5) + 0.5) / 3);
    return Array.from(pen.getImageData(x, y, 1, 1).data.slice(0, 3));
  });
}"""
# Milliseconds from a change until the picture is whole, and all places have the colours that they
# will have, save what the losses of JPEG explain.
_CHANGED = """([selector, places, change, wanted]) => new Promise((resolve, reject) => {
  const canvas = document.querySelector(selector);
  const look = eval(places);
  const begun = performance.now();
  window.changeTo(change);
  const check = () => {
    const now = look(canvas);
    const isThere = now.every((one, at) => one.every((c, k) => Math.abs(c - wanted[at][k]) <= 24));
    const passed = performance.now() - begun;
    if (isThere && window.isWhole()) resolve(passed);
    else if (passed > 20000) reject(new Error('the picture did not change: ' + JSON.stringify([now, wanted])));
    else requestAnimationFrame(check);
  };
  requestAnimationFrame(check);
})"""
_OURS = """window.isWhole = () =>
  document.querySelector('[role=application]').getAttribute('aria-busy') === 'false';
window.changeTo = query => {
  history.replaceState(history.state, '', '?' + query);
  dispatchEvent(new PopStateEvent('popstate'));
};"""
_PAGE = f"""<body style="margin:0"><div id="viewer" style="width:{WIDTH}px;height:{HEIGHT}px">
</div></body>"""
_THEIRS = """([template, side, tile, levels, zoom]) => new Promise(resolve => {
  const source = query => ({
    width: side, height: side, tileSize: tile, tileOverlap: 0, minLevel: 0, maxLevel: levels - 1,
    getLevelScale: level => 1 / 2 ** (levels - 1 - level),
    getTileUrl: (level, x, y) => template.replace('LEVEL', levels - 1 - level)
      .replace('{x}', x).replace('{y}', y) + '&' + query,
  });
  const viewer = OpenSeadragon({
    id: 'viewer', drawer: 'canvas', showNavigationControl: false, showNavigator: false,
    animationTime: 0, blendTime: 0, immediateRender: true, imageLoaderLimit: 6,
    maxZoomPixelRatio: 8, visibilityRatio: 0,
  });
  window.changeTo = query => viewer.addTiledImage({
    tileSource: source(query), replace: viewer.world.getItemCount() > 0, index: 0,
  });
  window.isWhole = () => viewer.world.getItemCount() > 0
    && viewer.world.getItemAt(0).getFullyLoaded();
  viewer.addHandler('open', () => {
    viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom(zoom), null, true);
    viewer.viewport.panTo(new OpenSeadragon.Point(0.5, 0.5), true);
    resolve();
  });
  viewer.open(source(window.first));
})"""


@dataclass
class Traffic:
    """What a page, with its workers, asked the server for."""

    page: Page
    requests: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        """Listen from now on."""
        # Of the context, because workers have no page.
        self.page.context.on("request", self._count)
        self.page.context.on("requestfinished", self._weigh)

    def _count(self, sent: Request) -> None:
        self.requests += _has_pixels(sent)

    def _weigh(self, sent: Request) -> None:
        if _has_pixels(sent):
            self.bytes += int(sent.sizes()["responseBodySize"])

    def taken(self) -> tuple[int, int]:
        """Return requests and bytes since the last time."""
        self.page.wait_for_timeout(300)
        found = self.requests, self.bytes
        self.requests = self.bytes = 0
        return found


def _has_pixels(sent: Request) -> bool:
    return urlsplit(sent.url).path.startswith(("/raw/", "/tiles/"))


@dataclass(frozen=True, slots=True)
class Found:
    """Medians of one viewer."""

    first_ms: float
    first_bytes: int
    change_ms: float
    change_requests: float
    change_bytes: float


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer in a page: how it is opened, and where it draws."""

    canvas: str
    open: Callable[[Page, str], None]
    """Shows the image in the windows that a query names; returns when it is whole."""


def run() -> Iterator[Row]:
    """Measure the first view and changes of all three windows, by processor."""
    with (
        tempfile.TemporaryDirectory(prefix="micrograph-", dir=_folder()) as folder,
        sync_playwright() as playwright,
    ):
        import_files(Path(folder), [slide("zlib")])
        with started(Path(folder)) as server, _chromium(playwright) as browser:
            yield from _rows(_measured(browser, server, _ours(server)), _peer(browser, server))


def _folder() -> Path:
    FOLDER.mkdir(exist_ok=True)
    return FOLDER


def _peer(browser: Browser, server: Server) -> Found | Exception:
    try:
        return _measured(browser, server, _theirs(server))
    except Exception as error:  # noqa: BLE001  (a peer that fails must not end the benchmark)
        return error


def _rows(ours: Found, theirs: Found | Exception) -> Iterator[Row]:
    what = f"browser, {WIDTH} x {HEIGHT}, 3 x uint16, by processor"
    note = None if isinstance(theirs, Found) else f"{PEER}: {theirs}"[:400]

    def compared(
        name: str, unit: str, figure: Callable[[Found], float], target: float | None
    ) -> Row:
        value = figure(theirs) if isinstance(theirs, Found) else None
        peer = f"{PEER}, {unit}"
        return row(f"{what}: {name}", figure(ours), unit, runs=CHANGES, target=target, peer=peer, peer_value=value, note=note)  # fmt: skip

    yield compared(
        "window change until the picture has changed", "ms", lambda f: f.change_ms, TARGET_MS
    )
    yield compared("requests for a window change", "requests", lambda f: f.change_requests, 0)
    yield compared("bytes for a window change", "MB", lambda f: f.change_bytes / 1e6, 0)
    yield compared("from address to whole first view", "ms", lambda f: f.first_ms, None)
    yield compared("samples or tiles of the first view", "MB", lambda f: f.first_bytes / 1e6, None)


def _measured(browser: Browser, server: Server, viewer: Viewer) -> Found:
    first = [_first(browser, server, viewer) for _ in range(VIEWS)]
    with _page(browser, server) as page:
        viewer.open(page, _query(_WINDOWS[1]))
        targets = {}
        for end in _WINDOWS * 2:  # twice: what is compiled on first use is not measured
            page.evaluate("change => window.changeTo(change)", _query(end))
            page.wait_for_timeout(2_000)
            targets[end] = page.locator(viewer.canvas).first.evaluate(_PLACES)
        traffic = Traffic(page)
        times = []
        for number in range(CHANGES):
            # Never the same window twice, so that nobody answers from a cache; and too close to
            # the one before the last for other colours.
            end = _WINDOWS[number % 2]
            change = _query(end + (number // 2 + 1) * 0.125)
            times.append(page.evaluate(_CHANGED, [viewer.canvas, _PLACES, change, targets[end]]))
            page.wait_for_timeout(400)
        requests, size = traffic.taken()
    return Found(
        statistics.median(ms for ms, _ in first),
        int(statistics.median(size for _, size in first)),
        statistics.median(times),
        requests / CHANGES,
        size / CHANGES,
    )


def _first(browser: Browser, server: Server, viewer: Viewer) -> tuple[float, int]:
    with _page(browser, server) as page:
        traffic = Traffic(page)
        begun = page.evaluate("performance.timeOrigin + performance.now()")
        viewer.open(page, _query(_WINDOWS[1]))
        ended = page.evaluate("performance.timeOrigin + performance.now()")
        return ended - begun, traffic.taken()[1]


def _query(end: float) -> str:
    middle = f"{SIDE / 2:g},{SIDE / 2:g}"
    windows = ",".join(f"{number}:0-{end:g}" for number in (1, 2, 3))
    return f"xy={middle}&zm={ZOOM}&c={windows}"


def _ours(server: Server) -> Viewer:
    client = server.client()
    (image,) = client.query("{ images(first: 2) { nodes { id } } }")["images"]["nodes"]
    number = image["id"].partition(":")[2]

    def open_(page: Page, query: str) -> None:
        page.add_init_script(_OURS)
        page.goto(f"http://{server.host}/i/{number}?{query}&nav=0&renderer=cpu")
        page.wait_for_selector("[role=application][aria-busy=false]", timeout=60_000)

    return Viewer("[role=application] canvas", open_)


def _theirs(server: Server) -> Viewer:
    script = _installed()
    client = server.client()
    (image,) = client.query("{ images(first: 2) { nodes { tileUrl } } }")["images"]["nodes"]
    template = image["tileUrl"].format(level="LEVEL", z=0, t=0, x="{x}", y="{y}", format="jpg")

    def open_(page: Page, query: str) -> None:
        windows = query.partition("&c=")[2]
        page.goto(f"http://{server.host}/robots.txt")
        page.set_content(_PAGE)
        page.add_script_tag(path=script)
        page.evaluate("first => { window.first = first; }", f"c={windows}")
        page.evaluate(_THEIRS, [template, SIDE, TILE, LEVELS, ZOOM])
        page.evaluate(
            "() => { const set = window.changeTo; window.changeTo = query => set('c=' + query.split('&c=')[1]); }"
        )
        page.wait_for_function("window.isWhole()", timeout=60_000)

    return Viewer("#viewer canvas", open_)


@contextmanager
def _chromium(playwright: Any) -> Iterator[Browser]:
    """Chromium, kept from calling its maker.

    Raises:
        RuntimeError: There is none on this machine.
    """
    command = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if command is None:
        raise RuntimeError("there is no Chromium on this machine")
    browser = playwright.chromium.launch(
        executable_path=command,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    )
    yield browser
    browser.close()


@contextmanager
def _page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page with an empty cache, signed in, whose picture is as large as is measured."""
    # Around our picture are panels; the peer has the whole page.
    context = browser.new_context(
        viewport={"width": WIDTH + 348, "height": HEIGHT + 44}, bypass_csp=True
    )
    name, _, value = server.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": f"http://{server.host}"}])
    yield context.new_page()
    context.close()


def _installed() -> Path:
    """The script of OpenSeadragon, from the package registry.

    Raises:
        RuntimeError: It cannot be installed.
        WebClientError: There is no Node.
    """
    script = (
        _HOME
        / "node_modules"
        / "openseadragon"
        / "build"
        / "openseadragon"
        / "openseadragon.min.js"
    )
    if script.exists():
        return script
    node = find_node()
    _HOME.mkdir(parents=True, exist_ok=True)
    (_HOME / "package.json").write_text('{"private": true}\n')
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(
        [*node.npm, "install", *options, f"openseadragon@{VERSION}"],
        cwd=_HOME,
        env={**os.environ, "PATH": f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"npm install openseadragon: {done.stderr[-300:]}")
    return script
