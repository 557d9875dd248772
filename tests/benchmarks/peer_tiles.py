"""Tiles over HTTP: ours and those of large_image, titiler and iipsrv, in one run."""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from tests.benchmarks.peers.servers import Peer, iipsrv, large_image, titiler
from tests.benchmarks.pictures import EIGHT_SIDE, PHOTO_TILE, eight_channels, photograph, rgb16
from tests.benchmarks.rows import FOLDER, Row, failed, row
from tests.benchmarks.server import Client, Server, import_files, started
from tests.benchmarks.slide import SIDE, TILE, slide

ROUNDS = 5
FEW = 12
"""Tiles whose chunks every server keeps, when only the window changes."""
PHOTOS = 400
COLORS = ("4D8DFF", "3DDC84", "FF4FA3", "FFD166", "9B5DE5", "00BBF9", "F15BB5", "FFFFFF")
TOP = 4
"""Zoom of the web's map at which a tile of 512² is one of the file's."""

_ROUND = count(1)
"""Numbers of rounds: no two contests share one, or tiles came from memory."""

type Ask = Callable[[tuple[int, int], int], bytes]


class Counting(Protocol):
    """Something whose processor time is known."""

    def cpu_s(self) -> float:
        """Return seconds so far."""
        ...


@dataclass(frozen=True, slots=True)
class Contest:
    """One kind of work, by ours and by a peer."""

    name: str
    peer: str
    target: float
    places: list[tuple[int, int]]
    ours: tuple[Counting, Ask]
    theirs: tuple[Counting, Ask]


def run() -> Iterator[Row]:
    """Compare with each peer; one that cannot be started is a row that says why."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder,
        ExitStack() as stack,
    ):
        files = [slide("zlib"), eight_channels(), photograph()]
        import_files(Path(folder), files)
        server = stack.enter_context(started(Path(folder)))
        ours = Ours(server)
        for peer, contests in (
            ("large_image", _against_large_image),
            ("titiler", _against_titiler),
            ("iipsrv", _against_iipsrv),
        ):
            try:
                for contest in contests(ours, stack):
                    yield from _rows(contest)
            except Exception as error:  # noqa: BLE001  (a peer that fails must not end the others)
                yield failed(f"tiles against {peer}", error)


class Ours:
    """Our server and the addresses of its images."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: Client = server.client()
        found = self.client.query("{ images(first: 20) { nodes { name tileUrl } } }")
        self._addresses = {image["name"]: image["tileUrl"] for image in found["images"]["nodes"]}

    def asking(self, part: str, channels: int, *, size: int = TILE) -> Ask:
        """Return how to ask for a tile of the image whose name has this part."""
        template = next(url for name, url in self._addresses.items() if part in name)

        def ask(place: tuple[int, int], number: int) -> bytes:
            filled = template.format(level=0, z=0, t=0, x=place[0], y=place[1], format="jpg")
            mark = "&" if "?" in filled else "?"
            return self.client.get(
                f"{filled}{mark}size={size}&q=85&m=c&c={_channels(channels, number)}"
            )

        return ask


def window_end(channel: int, number: int) -> int:
    """Return the white point of a channel in one round: never the same twice."""
    return 1500 + 100 * channel + number


def _channels(channels: int, number: int) -> str:
    if channels == 0:  # a photograph: one level less than white, which is not the default
        return f"1:0-{254 - number % 100}"
    return ",".join(f"{c + 1}:100-{window_end(c, number)}.{COLORS[c]}" for c in range(channels))


def _against_large_image(ours: Ours, stack: ExitStack) -> Iterator[Contest]:
    files = {"three": ("ometiff", slide("zlib")), "eight": ("ometiff", eight_channels())}
    name = "large_image 1.35, ometiff"
    cold = stack.enter_context(large_image(files, caching=False))
    warm = stack.enter_context(large_image(files, caching=True))
    for part, label, number, side in (
        ("zlib", "three", 3, SIDE),
        ("Eight", "eight", 8, EIGHT_SIDE),
    ):
        mine, theirs = ours.asking(part, number), _styled(cold, label, number)
        places = _places(side, TILE)
        yield Contest(f"{number} channels, chunks not cached", name, 4, places,
                      (ours.server, mine), (cold, theirs))  # fmt: skip
        yield Contest(f"{number} channels, only the window changed", name, 10, places[:FEW],
                      (ours.server, mine), (warm, _styled(warm, label, number)))  # fmt: skip


def _styled(peer: Peer, name: str, channels: int) -> Ask:
    def ask(place: tuple[int, int], number: int) -> bytes:
        bands = [
            {
                "frame": c,
                "min": 100,
                "max": window_end(c, number),
                "palette": ["#000000", f"#{COLORS[c]}"],
                "composite": "lighten",
            }
            for c in range(channels)
        ]
        style = quote(json.dumps({"bands": bands}))
        return peer.get(f"/{name}/0/{place[0]}/{place[1]}?style={style}")

    return ask


def _against_titiler(ours: Ours, stack: ExitStack) -> Iterator[Contest]:
    peer = stack.enter_context(titiler())
    path = quote(str(rgb16()))

    def ask(place: tuple[int, int], number: int) -> bytes:
        scales = "".join(f"&rescale=100,{window_end(c, number)}" for c in range(3))
        where = f"{TOP}/{place[0]}/{place[1]}"
        return peer.get(f"/tiles/WebMercatorQuad/{where}.jpg?url={path}&tilesize={TILE}{scales}")

    places = _places(SIDE, TILE)
    yield Contest("3 channels, chunks not cached", "titiler 2.4 (GDAL; red, green, blue only)", 6,
                  places, (ours.server, ours.asking("zlib", 3)), (peer, ask))  # fmt: skip


def _against_iipsrv(ours: Ours, stack: ExitStack) -> Iterator[Contest]:
    peer = stack.enter_context(iipsrv())
    across = SIDE // TILE
    top = 4  # of five levels, the full one

    def composite(place: tuple[int, int], number: int) -> bytes:
        windows = "".join(f"&MINMAX={c + 1}:100,{window_end(c, number)}" for c in range(3))
        rows = ((int(color[k : k + 2], 16) / 255 for color in COLORS[:3]) for k in (0, 2, 4))
        twist = ";".join(",".join(f"{value:.4f}" for value in line) for line in rows)
        tile = f"{top},{place[1] * across + place[0]}"
        return peer.call(f"FIF={rgb16()}{windows}&CTW=[{twist}]&QLT=85&JTL={tile}")

    places = _places(SIDE, TILE)
    yield Contest("3 channels, chunks not cached", "iipsrv 1.1 (C++), copy as RGB of 16 bits", 2,
                  places, (ours.server, ours.asking("zlib", 3)), (peer, composite))  # fmt: skip
    wide = SIDE // PHOTO_TILE

    def photo(place: tuple[int, int], number: int) -> bytes:
        return peer.call(f"FIF={photograph()}&QLT=85&JTL={top},{place[1] * wide + place[0]}")

    mine = ours.asking("photograph", 0, size=PHOTO_TILE)
    yield Contest("photograph, 256², encoded again", "iipsrv 1.1 (C++)", 1.4,
                  _places(SIDE, PHOTO_TILE)[:PHOTOS], (ours.server, mine), (peer, photo))  # fmt: skip


def _places(side: int, tile: int) -> list[tuple[int, int]]:
    """Return all places: a round of them passes more chunks than the server keeps."""
    across = side // tile
    return [(x, y) for y in range(across) for x in range(across)]


def _rows(contest: Contest) -> Iterator[Row]:
    rounds = [next(_ROUND) for _ in range(ROUNDS + 1)]
    # In turns, so that a machine whose speed drifts drifts for both; the first is a warm-up.
    costs = [
        (_cost(contest.ours, contest.places, n), _cost(contest.theirs, contest.places, n))
        for n in rounds
    ][1:]
    mine, other = (statistics.median(figures) for figures in zip(*costs, strict=True))
    yield row(
        f"tile, {contest.name}: times cheaper than {contest.peer}",
        other / mine,
        "x",
        better="higher",
        target=contest.target,
        peer="ms CPU of the peer",
        peer_value=other,
        runs=ROUNDS,
        note=f"{mine:.2f} ms CPU of ours, {other:.2f} ms of the peer",
    )


def _cost(server: tuple[Counting, Ask], places: list[tuple[int, int]], number: int) -> float:
    """Return milliseconds of processor time by tile."""
    counting, ask = server
    before = counting.cpu_s()
    for place in places:
        if len(ask(place, number)) < 500:
            raise RuntimeError("an answer without a picture")
    return (counting.cpu_s() - before) * 1e3 / len(places)
