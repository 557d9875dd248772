"""What slides have in common: levels, associated images, places that were not scanned."""

from collections.abc import Sequence
from dataclasses import replace

from store.importing.layout import Layout, PlacedPlane
from store.importing.ome_tiff import MAX_LEVELS, is_level_of
from store.importing.tiff_pages import Page

_WHITE = 255


def levels(*stacks: Sequence[Page]) -> Layout:
    """One image of some resolutions.

    Args:
        stacks: Of each resolution, the full one first, its pages by Z; alike in number.
    """

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        return PlacedPlane(0, stacks[level][z])

    return Layout(1, 1, len(stacks[0]), PlacedPlane(0, stacks[0][0]), len(stacks), plane)


def stacked(pages: Sequence[Page]) -> tuple[list[list[Page]], list[Page]]:
    """The levels of a slide, focal planes together, and the pages that are none of them.

    Args:
        pages: The full resolution first; tiled pages of its size are its focal planes, tiled
            pages of its proportions its levels.
    """
    found: list[list[Page]] = [[pages[0]]]
    others: list[Page] = []
    for page in pages[1:]:
        known = next((level for level in found if _alike(page, level[0])), None)
        if known is not None and page.encoding.tiled:
            known.append(page)
        elif page.encoding.tiled and is_level_of(page, found[-1][0]) and len(found) < MAX_LEVELS:
            found.append([page])
        else:
            others.append(page)
    if len({len(level) for level in found}) > 1:
        others = [page for level in found for page in level[1:]] + others
        found = [level[:1] for level in found]
    return found, others


def white(page: Page) -> Page:
    """The page, what was not scanned of a brightfield slide being white, not black."""
    if page.samples < 3 or page.encoding.dtype != "u1":
        return page
    return replace(page, encoding=replace(page.encoding, fill=_WHITE))


def _alike(one: Page, other: Page) -> bool:
    sizes = (one.width, one.height, one.samples, one.encoding.dtype)
    return sizes == (other.width, other.height, other.samples, other.encoding.dtype)
