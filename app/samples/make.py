"""The sample images on disk: made once, and left alone while they are complete."""

import datetime
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from ome_types.model import Objective_Immersion

from app.samples.assay import CHANNELS, PlateShape, Site, dose, field_planes, sites
from app.samples.files import Dye, Facts, Optics, write_planes, write_slide
from app.samples.living_cells import SeriesShape, living_cells
from app.samples.tissue import Slide, SlideShape
from store.errors import UnavailableError

VERSION = 1
"""Goes up when the same sample gets other bytes; older files are then made again."""

STAMP = ".samples.json"
"""File below the folder that says which samples are complete."""

CELLS_FOLDER, SLIDE_FOLDER, PLATE_FOLDER = "Living cells", "Tissue slide", "Plate 01"
_MIDDAY = datetime.datetime(2026, 3, 20, 12, 0, tzinfo=datetime.UTC)


class Watch(Protocol):
    """Passes the parts of an image on for as long as somebody wants them."""

    def __call__[T](self, parts: Iterable[T], /) -> Iterator[T]:
        """Yield the parts; InterruptedError when they are not wanted any more."""
        ...


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the samples are."""

    cells: SeriesShape = field(default_factory=SeriesShape)
    slide: SlideShape = field(default_factory=SlideShape)
    plate: PlateShape = field(default_factory=PlateShape)


@dataclass(frozen=True, slots=True)
class Sample:
    """One file to make.

    Attributes:
        name: Path below the folder, with forward slashes.
        write: Writes the file.
        first: What to say before it is made, or nothing.
    """

    name: str
    write: Callable[[Path], None]
    first: str = ""


def make_samples(
    folder: Path,
    progress: Callable[[str], None] | None = None,
    sizes: Sizes | None = None,
) -> list[Path]:
    """Make the sample images that are not there yet.

    Every run on every machine of the same kind gives the same bytes.

    Args:
        folder: Where they are, in one folder for each group; made if missing.
        progress: Told what is made, one line at a time.
        sizes: How large; the default is what a visitor sees.

    Returns:
        The files of all samples, sorted by group.

    Raises:
        UnavailableError: The folder cannot be written to.
    """
    sizes = sizes or Sizes()
    try:
        return _Maker(folder, sizes, progress or _silent).make()
    except OSError as error:
        raise UnavailableError(
            f"The sample images cannot be written: {error.strerror or error}.",
            "Make room for 250 MB there, or choose another data folder with MICROGRAPH_DATA.",
        ) from error


def _silent(line: str) -> None:
    """Say nothing."""


class _Maker:
    """Makes samples, two at a time: the kernels leave the interpreter to each other."""

    def __init__(self, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._stamp = {"version": VERSION, "sizes": asdict(sizes)}
        self._samples = list(_samples(sizes, self._until_stopped))
        self._say = say
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._complete: dict[str, int] = {}

    def make(self) -> list[Path]:
        """Make what is missing and return all files."""
        self._complete = _complete(self._folder, self._stamp)
        missing = [sample for sample in self._samples if sample.name not in self._complete]
        if missing:
            with ThreadPoolExecutor(2, "samples") as pool:
                try:
                    list(pool.map(self._make_one, missing))
                finally:
                    # One failed, or the user gave up: do not finish the others first.
                    self._stop.set()
                    pool.shutdown(cancel_futures=True)
        return [self._folder / sample.name for sample in self._samples]

    def _make_one(self, sample: Sample) -> None:
        if sample.first:
            self._say(sample.first)
        path = self._folder / sample.name
        path.parent.mkdir(parents=True, exist_ok=True)
        sample.write(path)
        with self._lock:
            self._complete[sample.name] = path.stat().st_size
            _remember(self._folder, {**self._stamp, "files": self._complete})

    def _until_stopped[T](self, parts: Iterable[T]) -> Iterator[T]:
        for part in parts:
            if self._stop.is_set():
                raise InterruptedError("making samples was given up")
            yield part


def _complete(folder: Path, stamp: dict[str, object]) -> dict[str, int]:
    """Return name and size of the samples that are as they should be."""
    try:
        found = json.loads((folder / STAMP).read_text())
        if any(found.get(key) != value for key, value in stamp.items()):
            return {}
        files: dict[str, int] = found["files"]
        return {name: size for name, size in files.items() if _size(folder / name) == size}
    except (FileNotFoundError, ValueError, KeyError, AttributeError):
        return {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _remember(folder: Path, stamp: dict[str, object]) -> None:
    part = folder / f"{STAMP}.part"
    part.write_text(json.dumps(stamp))
    part.replace(folder / STAMP)


def _samples(sizes: Sizes, watch: Watch) -> Iterator[Sample]:
    yield Sample(
        f"{CELLS_FOLDER}/mitosis.ome.tiff",
        lambda path: _write_cells(path, sizes.cells, watch),
        "Sample 1 of 3: living cells, three channels, focus and time.",
    )
    yield Sample(
        f"{SLIDE_FOLDER}/gland-tissue.ome.tiff",
        lambda path: _write_slide(path, sizes.slide, watch),
        f"Sample 2 of 3: a stained slide of {sizes.slide.width} x {sizes.slide.height} pixels.",
    )
    first = f"Sample 3 of 3: a plate of {sizes.plate.rows * sizes.plate.columns} wells."
    for site in sites(sizes.plate):
        name = f"{PLATE_FOLDER}/plate-01_{site.well}_f{site.field + 1}.ome.tif"
        yield Sample(name, _site_writer(site, sizes.plate), first)
        first = ""


def _write_cells(path: Path, shape: SeriesShape, watch: Watch) -> None:
    facts = Facts(
        name="Mitosis among living cells",
        description=(
            "A sheet of cells over 40 minutes, one of which divides. "
            "A synthetic image, computed by Micrograph."
        ),
        acquired=_MIDDAY,
        pixel_um=0.108,
        step_um=0.5,
        interval_s=300.0,
        optics=Optics(63, 1.4, Objective_Immersion.OIL),
        dyes=(
            Dye("Nuclei", "Hoechst 33342", "4D8DFF", 405, 461, 60),
            Dye("Microtubules", "EGFP", "3DDC84", 488, 509, 120),
            Dye("Mitochondria", "MitoTracker Deep Red", "FF4FA3", 640, 665, 100),
        ),
    )
    write_planes(path, facts, (shape.times, shape.depth, shape.side), watch(living_cells(shape)))


def _write_slide(path: Path, shape: SlideShape, watch: Watch) -> None:
    slide = Slide(shape)
    facts = Facts(
        name="Gland tissue, haematoxylin and eosin",
        description=(
            "Ducts and lobules in fibrous tissue beside fat. "
            "A synthetic image, computed by Micrograph."
        ),
        acquired=_MIDDAY + datetime.timedelta(days=1),
        pixel_um=0.25,
        optics=Optics(40, 0.95, Objective_Immersion.AIR),
    )
    size = (shape.width, shape.height, shape.tile)
    write_slide(path, facts, size, watch(slide.tiles()), slide.levels, slide.level_count)


def _site_writer(site: Site, shape: PlateShape) -> Callable[[Path], None]:
    return lambda path: _write_site(path, site, shape)


def _write_site(path: Path, site: Site, shape: PlateShape) -> None:
    number = (site.row * shape.columns + site.column) * shape.fields + site.field
    treatment = f"{dose(site):g} µM" if dose(site) else "control"
    facts = Facts(
        name=f"plate-01 {site.well} field {site.field + 1}",
        description=(
            f"Well {site.well}, field {site.field + 1}: {treatment}. "
            "A synthetic image, computed by Micrograph."
        ),
        acquired=_MIDDAY + datetime.timedelta(days=2, seconds=20 * number),
        pixel_um=0.325,
        optics=Optics(20, 0.8, Objective_Immersion.AIR),
        dyes=(
            Dye(CHANNELS[0], "Hoechst 33342", "4080FF", 385, 461, 20),
            Dye(CHANNELS[1], "Alexa Fluor 488 phalloidin", "40DC78", 488, 519, 50),
            Dye(CHANNELS[2], "mCherry", "FF4646", 561, 610, 80),
        ),
        origin_um=(
            9000.0 * site.column + 200.0 * site.field,
            9000.0 * site.row,
        ),
    )
    write_planes(path, facts, (1, 1, shape.side), field_planes(site, shape))
