"""Rendered pictures to be taken away: with a scale bar and a text, one or many."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from app.context import Micrograph
from app.exporting import Export, chosen_images, micrometres, name_of_roots
from app.images import OpenedImage
from app.routes.drawing import check_pixels, fitted, level_for, reduced, rendered
from app.routes.looks import Look, Section, Shown
from app.statistics import measure
from render.arrays import RGB
from render.encode import check_fits, encode, quality_for
from render.errors import UnsupportedFormatError
from store.access import Viewer
from store.errors import InvalidInputError
from store.exporting.asked import wanted_of
from store.exporting.chosen import Chosen, safe_name
from store.exporting.closure import Root
from store.exporting.cut import Cut, Wanted
from store.exporting.entries import Entry
from store.exporting.options import number
from store.pixels.source import Region, level_of

FIGURE_KEYS = frozenset(
    {"region", "level", "size", "z", "t", "s", "c", "m", "b", "p", "q", "bar", "text", "place"}
)
"""What can be said about a picture."""
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "tiff": "image/tiff"}
NAME = "{name}"
"""Stands for the name of the image in a text."""
_DEFAULT_SIZE = 2048


@dataclass(frozen=True, slots=True)
class Figure:
    """What a picture shows, checked as far as that goes without its image."""

    format: str
    """A key of `MEDIA_TYPES`."""
    look: Look
    wanted: Wanted
    """Rectangle and level, and one section and time point."""
    at_level: bool
    """Whether pixels are those of a level, and not of a size."""
    size: int
    """Pixels of the longer side otherwise; never more than the image has."""
    bar: str
    """Corner of the scale bar, or `none`."""
    text: str
    place: str
    """Corner of the text."""


def figure_of(format_: str, said: Mapping[str, str | None]) -> Figure:
    """Return what a picture is to show.

    Args:
        format_: png, jpg or tiff.
        said: Texts by the names of `FIGURE_KEYS`, none where nothing is said.

    Raises:
        InvalidInputError, RenderError: One of them is something else; quotes it.
    """
    from render.captions import check_corner

    if format_ not in MEDIA_TYPES:
        raise UnsupportedFormatError(
            f"No format {format_[:32]!r} of pictures.", f"Ask for one of {', '.join(MEDIA_TYPES)}."
        )
    wanted = wanted_of({name: said.get(name) for name in ("region", "level", "z", "t")})
    for name, span in (("z", wanted.z), ("t", wanted.t)):
        if span is not None and len(span) > 1:
            raise InvalidInputError(
                f"{name}={said[name]!r} are several planes, and a picture shows one.",
                f"Give one, or project them: p={'t' if name == 't' else ''}max:{said[name]}.",
            )
    at_level = said.get("region") is not None or said.get("level") is not None
    if at_level and said.get("size") is not None:
        raise InvalidInputError("Both size and level or region are given.", "Give one of them.")
    bar, place = said.get("bar") or "bottom-right", said.get("place") or "top-left"
    if bar != "none":
        check_corner(bar)
    check_corner(place)
    return Figure(
        format_, _look(format_, said), wanted, at_level, number(said, "size", _DEFAULT_SIZE),
        bar, said.get("text") or "", place,
    )  # fmt: skip


def figure_export(
    micrograph: Micrograph, session: Session, viewer: Viewer, roots: Sequence[Root], figure: Figure
) -> Export:
    """Settle pictures: one of an image, or one of each image in containers.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError, RenderError: An image that cannot be shown so.
        UnsupportedError: There are no samples.
    """
    # Where nothing was said about rectangle and level, every image is shown whole.
    found = chosen_images(micrograph, session, viewer, roots, Wanted())
    name = name_of_roots(session, viewer, roots)
    single = len(roots) == 1 and roots[0][0] == "Image"
    file_names = [f"{name}.{figure.format}"] if single else list(_names(found, figure.format))
    entries = []
    for (chosen, opened), file_name in zip(found, file_names, strict=True):
        shown = _shown(micrograph, session, viewer, opened, figure)
        _check(shown, figure)
        entries.append(
            Entry(file_name, make=partial(_made, micrograph, viewer, chosen.image_id, figure))
        )
    media_type = MEDIA_TYPES[figure.format] if single else "application/zip"
    return Export(file_names[0] if single else name, entries, single, media_type=media_type)


def _names(found: Sequence[tuple[Chosen, OpenedImage]], suffix: str) -> Iterator[str]:
    taken: set[str] = set()
    for chosen, _ in found:
        stem = safe_name(chosen.name, "image")
        if stem.casefold() in taken:
            stem = f"{stem}_{chosen.image_id}"
        taken.add(stem.casefold())
        yield f"{stem}.{suffix}"


def _look(format_: str, said: Mapping[str, str | None]) -> Look:
    quality = None if said.get("q") is None else number(said, "q", 90)
    return Look(
        format=format_,
        quality="lossless" if format_ == "tiff" else quality_for(format_, quality),
        named=said.get("s"),
        channels=said.get("c"),
        model=said.get("m"),
        bits=said.get("b"),
        projection=said.get("p"),
        version=None,
    )


def _shown(
    micrograph: Micrograph, session: Session, viewer: Viewer, opened: OpenedImage, figure: Figure
) -> Shown:
    look = figure.look
    if look.named is not None:
        image_id = opened.stored.image_id
        opened = micrograph.images.find(session, viewer, image_id, look.named)
    return Shown(opened, look, look.settings(opened, micrograph.luts.find))


def _section(shown: Shown, figure: Figure) -> Section:
    view, wanted = shown.opened.view, figure.wanted
    Cut(shown.opened.source, Wanted(z=wanted.z, t=wanted.t))  # says what is outside the image
    z = view.z if wanted.z is None else wanted.z.start
    t = view.t if wanted.t is None else wanted.t.start
    section = figure.look.section(shown.opened.source.shape, z, t)
    if figure.look.projection is None and wanted.z is None and view.projection is not None:
        return Section(z, t, view.projection)
    return section


def _part(shown: Shown, figure: Figure) -> tuple[int, Region]:
    """The level that is read, and what of it."""
    levels = shown.opened.source.levels
    if not figure.at_level:
        chosen = level_for(levels, figure.size)
        return chosen, Region(0, 0, levels[chosen].width, levels[chosen].height)
    level = level_of(levels, figure.wanted.level)
    region = figure.wanted.region or Region(0, 0, level.width, level.height)
    region.check_inside(level)
    return figure.wanted.level, region


def _check(shown: Shown, figure: Figure) -> None:
    """Refuse what cannot be drawn, before anything is."""
    level, region = _part(shown, figure)
    _section(shown, figure)
    width, height = region.width, region.height
    if not figure.at_level:
        width, height = fitted(shown.opened.source.levels[level], figure.size)
    check_pixels(width, height, shown.opened.source.levels)
    if figure.format != "tiff":
        check_fits(figure.format, width, height)


def _made(micrograph: Micrograph, viewer: Viewer, image_id: int, figure: Figure) -> bytes:
    """Draw a picture, as the viewer may see and sees the image now."""
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, viewer, image_id)
    if not opened.measured:
        measure(micrograph.database, opened)
        with micrograph.database.reading() as session:
            opened = micrograph.images.find(session, viewer, image_id)
    with micrograph.database.reading() as session:
        shown = _shown(micrograph, session, viewer, opened, figure)
    level, region = _part(shown, figure)
    section = _section(shown, figure)
    if figure.at_level:
        rgb = rendered(shown, level, section, region)
    else:
        rgb = reduced(shown, level, section, figure.size)
    scale = _micrometres_per_pixel(shown, region, level, rgb)
    return _encoded(_captioned(rgb, shown, figure, scale), figure, scale)


def _micrometres_per_pixel(shown: Shown, region: Region, level: int, rgb: RGB) -> float | None:
    stored = shown.opened.stored
    size = micrometres(stored.physical_size_x, stored.physical_size_x_unit)
    if size is None:
        return None
    levels = shown.opened.source.levels
    return size * levels[0].width / levels[level].width * region.width / float(rgb.shape[1])


def _captioned(rgb: RGB, shown: Shown, figure: Figure, scale: float | None) -> RGB:
    from render.captions import captioned, check_corner, scale_bar

    bar = None
    if figure.bar != "none" and scale is not None:
        bar = scale_bar(scale, rgb.shape[1])
    return captioned(
        rgb,
        bar=bar,
        bar_corner=check_corner(figure.bar) if figure.bar != "none" else "bottom-right",
        text=figure.text.replace(NAME, shown.opened.stored.name),
        text_corner=check_corner(figure.place),
    )


def _encoded(rgb: RGB, figure: Figure, scale: float | None) -> bytes:
    if figure.format != "tiff":
        return encode(rgb, figure.format, figure.look.quality)
    import tifffile

    out = io.BytesIO()
    per_centimetre = 10_000 / scale if scale else None
    tifffile.imwrite(
        out,
        rgb,
        photometric="rgb",
        compression="zlib",
        predictor=2,
        metadata=None,
        software="Micrograph",
        resolution=(per_centimetre, per_centimetre) if per_centimetre else None,
        resolutionunit="centimeter" if per_centimetre else None,
    )
    return out.getvalue()
