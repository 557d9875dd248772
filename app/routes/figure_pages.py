"""POST /figures: a page of panels at print resolution, from the images' own pixels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.downloads import Download
from app.exporting import Export, exporting, micrometres
from app.figure_forms import FigureBar, FigureForm, FigureLabel, FigurePanel, figure_form
from app.images import OpenedImage
from app.limits import read_json
from app.routes.drawing import check_amount, rendered
from app.routes.looks import Look, Section, Shown
from app.statistics import measure
from render.arrays import RGB
from render.captions import ScaleBar, scale_bar
from render.lettering import CAPITAL, DESCENT
from render.page import Anchor, Mark, Page, Path, Picture, Words, page_pixels, rectangle
from store.access import Viewer
from store.errors import InvalidInputError
from store.exporting.chosen import safe_name
from store.exporting.entries import Entry
from store.pixels.source import Level, Region
from store.queries.outlines import Outline, outlines_in_view
from store.queries.rois import View

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
    "tiff": "image/tiff",
}
BODY_LIMIT = 2**20
DEFAULT_DPI = 300
MAX_REGION = 4 * 4096 * 4096
"""Most pixels of a level that are blended for one panel."""
_MM = 72 / 25.4
_MARGIN = 1.5 * _MM
"""Between the edge of a panel and what is written into it, in points."""
_BAR_HEIGHT = 0.8 * _MM
_BAR_TEXT = 8.0
_WIDTH = 0.62
"""About how wide a letter is, as a part of its size."""


@dataclass(frozen=True, slots=True)
class FigureRequest:
    """A figure and the file that is wanted of it."""

    format: str
    dpi: int
    form: FigureForm


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel with its image: everything is settled but the pixels."""

    panel: FigurePanel
    shown: Shown
    section: Section
    crop: Region
    """In pixels of the full resolution."""
    level: int
    region: Region
    """What is read of the level."""
    size: tuple[int, int]
    """Most pixels that the page shows of it."""
    box: tuple[float, float, float, float]
    """Where the pixels are on the page: left, top, width, height in points."""
    outlines: tuple[Outline, ...]

    @property
    def points_per_pixel(self) -> float:
        """Points of the page for a pixel of the full resolution."""
        return self.box[2] / self.crop.width


async def figures(request: Request) -> Response:
    """Answer with a figure as a file.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: One of the images does not exist for the viewer.
        InvalidInputError, RenderError: A part of the figure that cannot be drawn; names it.
        UnreadableFileError: An image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    micrograph, person = micrograph_of(request), person_of(request)
    body = await read_json(request, BODY_LIMIT, micrograph.settings.receive_timeout)
    wanted = parse_figure(body)
    workers = exporting()
    try:
        find = partial(prepare, micrograph, request, wanted)
        export = await micrograph.slots.metadata.run(person, find)
    except BaseException:
        workers.close()
        raise
    return Download(micrograph, export, workers, person)


def parse_figure(body: Mapping[str, object]) -> FigureRequest:
    """Return the figure that a request asks for.

    Raises:
        InvalidInputError, RenderError: A part of it that cannot be drawn; names it.
    """
    unknown = sorted(set(body) - {"format", "dpi", "figure"})
    if unknown:
        raise InvalidInputError(
            f"Unknown part {unknown[0][:40]!r}.", "Known are format, dpi and figure."
        )
    format_, dpi = body.get("format", "pdf"), body.get("dpi", DEFAULT_DPI)
    if format_ not in MEDIA_TYPES:
        raise InvalidInputError(
            f"No figure as {str(format_)[:32]!r}.", f"Ask for one of {', '.join(MEDIA_TYPES)}."
        )
    if not isinstance(dpi, int) or isinstance(dpi, bool):
        raise InvalidInputError(f"dpi is {str(dpi)[:32]!r}.", "Give a whole number.")
    form = figure_form(body.get("figure"))
    page_pixels(form.width * _MM, form.height * _MM, dpi)
    return FigureRequest(str(format_), dpi, form)


def prepare(micrograph: Micrograph, request: Request, wanted: FigureRequest) -> Export:
    """Find all images for the viewer and settle everything but the pixels; one session."""
    form = wanted.form
    with micrograph.viewing(request) as (session, viewer):
        for panel in form.panels:
            _placed(micrograph, session, viewer, panel, wanted.dpi)
    name = f"{safe_name(form.name, 'figure')}.{wanted.format}"
    pixels = page_pixels(form.width * _MM, form.height * _MM, wanted.dpi)
    entry = Entry(name, write=partial(write_figure, micrograph, viewer, wanted))
    return Export(
        name, [entry], single=True, media_type=MEDIA_TYPES[wanted.format],
        largest=pixels[0] * pixels[1] * 3,
    )  # fmt: skip


def write_figure(
    micrograph: Micrograph, viewer: Viewer, wanted: FigureRequest, path: FilePath
) -> None:
    """Draw a figure into a file, as the viewer may see and sees its images now."""
    placed = []
    for panel in wanted.form.panels:
        with micrograph.database.reading() as session:
            opened = micrograph.images.find(session, viewer, panel.image_id)
        if not opened.measured:
            measure(micrograph.database, opened)
        with micrograph.database.reading() as session:
            placed.append(_placed(micrograph, session, viewer, panel, wanted.dpi))
    form = wanted.form
    page = Page(
        form.width * _MM, form.height * _MM, list(_marks(placed)), form.background, form.name
    )
    _write(page, wanted, path)


def _write(page: Page, wanted: FigureRequest, path: FilePath) -> None:
    if wanted.format == "pdf":
        from render.page_pdf import write_pdf

        write_pdf(page, path)
    elif wanted.format == "svg":
        from render.page_svg import svg_of

        with path.open("wb") as file:
            for piece in svg_of(page):
                file.write(piece)
    else:
        from render.page_raster import raster_of

        _write_raster(raster_of(page, wanted.dpi), wanted, path)


def _write_raster(rgb: RGB, wanted: FigureRequest, path: FilePath) -> None:
    dpi = wanted.dpi
    if wanted.format == "png":
        from PIL import Image

        Image.fromarray(rgb).save(path, "PNG", dpi=(dpi, dpi), compress_level=4)
        return
    import tifffile

    tifffile.imwrite(
        path, rgb, photometric="rgb", compression="zlib", predictor=2, rowsperstrip=64,
        metadata=None, software="Micrograph", resolution=(dpi, dpi), resolutionunit="inch",
    )  # fmt: skip


def _placed(
    micrograph: Micrograph, session: Session, viewer: Viewer, panel: FigurePanel, dpi: int
) -> Placed:
    opened = micrograph.images.find(session, viewer, panel.image_id)
    look = Look(
        "png", "lossless", None, panel.channels, panel.model, None, panel.projection, None
    )  # fmt: skip
    shown = Shown(opened, look, look.settings(opened, micrograph.luts.find))
    section = _section(shown, panel)
    levels = opened.source.levels
    crop = panel.crop or Region(0, 0, levels[0].width, levels[0].height)
    crop.check_inside(levels[0])
    box = _box(panel, crop)
    size = (max(1, round(box[2] / 72 * dpi)), max(1, round(box[3] / 72 * dpi)))
    number = level_for(levels, crop, size)
    region = part_of(levels, number, crop)
    if region.width * region.height > MAX_REGION:
        raise InvalidInputError(
            f"Panel {panel.name[:40]} would blend {region.width} × {region.height} pixels.",
            "Give fewer dots per inch, or a smaller panel.",
        )
    check_amount(opened.source, section, len(shown.settings.active_channels), region)
    outlines = _outlines(session, viewer, panel, section, crop)
    return Placed(panel, shown, section, crop, number, region, size, box, outlines)


def _section(shown: Shown, panel: FigurePanel) -> Section:
    view = shown.opened.view
    z = view.z if panel.z is None else panel.z
    t = view.t if panel.t is None else panel.t
    section = shown.look.section(shown.opened.source.shape, z, t)
    if panel.projection is None and panel.z is None and view.projection is not None:
        return Section(z, t, view.projection)
    return section


def _outlines(
    session: Session, viewer: Viewer, panel: FigurePanel, section: Section, crop: Region
) -> tuple[Outline, ...]:
    if not panel.rois:
        return ()
    projection = section.projection
    view = View(
        crop.x, crop.y, crop.width, crop.height,
        None if projection is not None and projection.axis == "z" else section.z,
        None if projection is not None and projection.axis == "t" else section.t,
    )  # fmt: skip
    return outlines_in_view(session, viewer, panel.image_id, view)


def _box(panel: FigurePanel, crop: Region) -> tuple[float, float, float, float]:
    """Fit the pixels into their panel: as large as goes with square pixels, in its middle."""
    scale = min(panel.width / crop.width, panel.height / crop.height) * _MM
    width, height = crop.width * scale, crop.height * scale
    left = panel.x * _MM + (panel.width * _MM - width) / 2
    return left, panel.y * _MM + (panel.height * _MM - height) / 2, width, height


def level_for(levels: Sequence[Level], crop: Region, size: tuple[int, int]) -> int:
    """Return the number of the smallest level that has a pixel for each one of the page.

    Args:
        levels: Of the image; the first is the full resolution.
        crop: What is shown, in pixels of that.
        size: Pixels that the page has for it.
    """
    full = levels[0]
    enough = [
        index
        for index, level in enumerate(levels)
        if crop.width * level.width >= size[0] * full.width
        and crop.height * level.height >= size[1] * full.height
    ]
    return enough[-1] if enough else 0


def part_of(levels: Sequence[Level], number: int, crop: Region) -> Region:
    """Return the rectangle of a level that shows a rectangle of the full resolution."""
    full, level = levels[0], levels[number]
    left = min(level.width - 1, round(crop.x * level.width / full.width))
    top = min(level.height - 1, round(crop.y * level.height / full.height))
    width = max(1, round(crop.width * level.width / full.width))
    height = max(1, round(crop.height * level.height / full.height))
    return Region(left, top, min(width, level.width - left), min(height, level.height - top))


def _pixels(placed: Placed) -> RGB:
    """Blend a panel's pixels; never more than the page shows, never more than the image has."""
    rgb = rendered(placed.shown, placed.level, placed.section, placed.region)
    width, height = placed.size
    if rgb.shape[1] <= width and rgb.shape[0] <= height:
        return rgb
    from render.downsample import resize_to  # loads numba, which the start does not wait for

    return resize_to(rgb, min(width, rgb.shape[1]), min(height, rgb.shape[0]))


def _marks(panels: Sequence[Placed]) -> Iterator[Mark]:
    by_name = {placed.panel.name: placed for placed in panels}
    for placed in panels:
        yield Picture(*placed.box, partial(_pixels, placed))
        yield from _regions(placed)
    for placed in panels:
        parent = by_name.get(placed.panel.inset_of or "")
        if parent is not None and parent.panel.image_id == placed.panel.image_id:
            corners = [_on_page(parent, x, y) for x, y in _corners(placed.crop)]
            yield Path(corners, placed.panel.inset_color, 1.0, closed=True)
            frame = rectangle(*placed.box)
            yield Path(frame, placed.panel.inset_color, 1.0, closed=True)
    for placed in panels:
        if placed.panel.bar is not None:
            yield from _bar(placed, placed.panel.bar)
        yield from _labels(placed)


def _corners(crop: Region) -> list[tuple[float, float]]:
    return rectangle(crop.x, crop.y, crop.width, crop.height)


def _on_page(placed: Placed, x: float, y: float) -> tuple[float, float]:
    """Where a point of an image is on the page, kept within its panel."""
    left, top, width, height = placed.box
    scale = placed.points_per_pixel
    across = left + (x - placed.crop.x) * scale
    down = top + (y - placed.crop.y) * scale
    return min(max(across, left), left + width), min(max(down, top), top + height)


def _regions(placed: Placed) -> Iterator[Mark]:
    for outline in placed.outlines:
        points = [_on_page(placed, x, y) for x, y in outline.points]
        yield Path(points, outline.color, 0.75, closed=outline.closed)


def bar_of(
    opened: OpenedImage, bar: FigureBar, points_per_pixel: float, width: float
) -> ScaleBar | None:
    """Return the bar of a panel, its length in tenths of a point; none where none can be.

    Args:
        opened: The image.
        bar: What was asked for.
        points_per_pixel: Of the page for a pixel of the image.
        width: Of the panel, in points.
    """
    stored = opened.stored
    size = micrometres(stored.physical_size_x, stored.physical_size_x_unit)
    if size is None or size <= 0:
        return None
    per_tenth = size / points_per_pixel / 10
    if bar.micrometres is None:
        return scale_bar(per_tenth, int(width * 10))
    tenths = round(bar.micrometres / per_tenth)
    return ScaleBar(bar.micrometres, tenths) if 1 <= tenths <= width * 10 else None


def _bar(placed: Placed, bar: FigureBar) -> Iterator[Mark]:
    left, top, width, height = placed.box
    found = bar_of(placed.shown.opened, bar, placed.points_per_pixel, width)
    if found is None:
        return
    length = found.pixels / 10
    x = left + _MARGIN if bar.corner.endswith("left") else left + width - _MARGIN - length
    y = top + _MARGIN if bar.corner.startswith("top") else top + height - _MARGIN - _BAR_HEIGHT
    yield Path(rectangle(x, y, length, _BAR_HEIGHT), bar.color, filled=True)
    if bar.label:
        below = bar.corner.startswith("top")
        baseline = y + _BAR_HEIGHT + _BAR_TEXT if below else y - _BAR_TEXT * DESCENT
        yield _length(bar, found.label, x, length, baseline)


def _length(bar: FigureBar, label: str, x: float, length: float, baseline: float) -> Words:
    """Write the length above its bar; longer than that, from or to its outer end."""
    if len(label) * _BAR_TEXT * _WIDTH <= length:
        return Words(x + length / 2, baseline, label, _BAR_TEXT, bar.color, "middle")
    if bar.corner.endswith("left"):
        return Words(x, baseline, label, _BAR_TEXT, bar.color)
    return Words(x + length, baseline, label, _BAR_TEXT, bar.color, "end")


def _labels(placed: Placed) -> Iterator[Words]:
    stacked: dict[str, float] = {}
    for label in placed.panel.labels:
        down = stacked.get(label.place, 0.0)
        text = label.text.replace("{name}", placed.shown.opened.stored.name)
        x, y, anchor = _place(placed.box, label, down)
        yield Words(x, y, text, label.size, label.color, anchor, upwards=label.place == "left")
        stacked[label.place] = down + label.size * 1.2


def _place(
    box: tuple[float, float, float, float], label: FigureLabel, down: float
) -> tuple[float, float, Anchor]:
    """Where the baseline of a label begins; further labels of a place are beside the first."""
    left, top, width, height = box
    place, size = label.place, label.size
    middle = left + width / 2
    match place:
        case "above":
            return middle, top - _MARGIN - down, "middle"
        case "below":
            return middle, top + height + _MARGIN + size * CAPITAL + down, "middle"
        case "left":
            return left - _MARGIN - down, top + height / 2, "middle"
        case "right":
            return left + width + _MARGIN, top + height / 2 + size * CAPITAL / 2 + down, "start"
    anchor: Anchor = (
        "start" if place.endswith("left") else "end" if place.endswith("right") else "middle"
    )
    x = {"start": left + _MARGIN, "end": left + width - _MARGIN, "middle": middle}[anchor]
    if place.startswith("top"):
        return x, top + _MARGIN + size * CAPITAL + down, anchor
    return x, top + height - _MARGIN - size * DESCENT / 2 - down, anchor
