"""Lookup tables by name: the colour of each of the 256 levels."""

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from render.arrays import Lut
from render.errors import SettingsError, UnknownLutError
from render.lut_rules import RULES

type Likeness = Literal["same", "similar", "missing"]
"""How a table compares with the one of that name that OMERO ships."""

_LONGEST = 255
_UPLOADABLE = re.compile(r"\w[\w.-]{0,63}")
_FOLDERS = {
    "": "3-3-2_rgb cividis fire glasbey glasbey_inverted glow grays ice physics red-green"
    " spectrum thermal turbo",
    "ncsa_paledit": "16_colors 5_ramps 6_shades blue_orange_icb brgbcmyw cool edges gem phase"
    " royal sepia smart thal thallium unionjack",
    "wcif": "cyan_hot green_fire_blue hilo ica ica2 ica3 magenta_hot orange_hot rainbow_rgb"
    " red_hot yellow_hot",
    "matplotlib": "inferno magma plasma viridis",
    "seaborn": "mako rocket",
    "janelia": "pup_br pup_nr",
}
# Names under which the colormap library `cmap` keeps the tables (BSD-3 or freer; the library
# names the source and licence of each).
_CATALOGUED = {
    "cividis": "cividis:cividis",
    "fire": "imagej:fire",
    "glasbey": "glasbey:glasbey",
    "green_fire_blue": "imagej:GreenFireBlue",
    "ice": "imagej:ice",
    "inferno": "bids:inferno",
    "magma": "bids:magma",
    "mako": "seaborn:mako",
    "plasma": "bids:plasma",
    "rocket": "seaborn:rocket",
    "turbo": "google:turbo",
    "viridis": "bids:viridis",
}
# Maps of the library that bear the name, but are not the tables of the old palettes.
_NAMESAKES = {
    "cool": "matlab:cool",
    "gem": "cmasher:gem",
    "phase": "cmocean:phase",
    "sepia": "cmasher:sepia",
    "thermal": "cmocean:thermal",
}
_ON_BLACK = {"glasbey_inverted": "glasbey"}
_SAME = frozenset([*_CATALOGUED, "3-3-2_rgb", "grays", "hilo", "red-green", "spectrum"])


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A lookup table that somebody uploaded.

    Raises:
        SettingsError: No name for a table, or not 256 colours.
    """

    name: str
    """Small letters, digits, `_`, `-` and `.`; without folder and suffix."""
    colors: bytes
    """Red, green, blue of level 0, of level 1 and so on: 768 bytes."""

    def __post_init__(self) -> None:
        if not _UPLOADABLE.fullmatch(self.name) or self.name != plain_name(self.name):
            raise SettingsError(
                f"{self.name[:80]!r} cannot be the name of a lookup table.",
                "Use up to 64 small letters, digits, dots, hyphens and underscores, a letter or"
                " digit first.",
            )
        if len(self.colors) != 768:
            raise SettingsError(
                f"A lookup table of {len(self.colors)} bytes.", "Give 256 colours of three bytes."
            )

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name these colours."""
        return digest_of(self.colors)

    @property
    def lut(self) -> Lut:
        """The colours, shape (256, 3), uint8, read-only."""
        return np.frombuffer(self.colors, np.uint8).reshape(256, 3)


def digest_of(colors: bytes) -> str:
    """Return sixteen hexadecimal digits that name some colours."""
    return hashlib.blake2b(colors, digest_size=8).hexdigest()


type Find = Callable[[str], LookupTable | None]
"""Name as `plain_name` gives it → the uploaded table of that name, if there is one."""


def nowhere(_name: str) -> None:
    """Find no uploaded table: there are none."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A name that is known without an upload, and where its table comes from."""

    name: str
    """Without suffix."""
    folder: str
    """Where OMERO keeps it; empty for the root."""
    likeness: Likeness
    """How the table compares with OMERO's."""
    source: str
    """Where the table comes from, or its rule in words; empty for a missing one."""


@lru_cache(maxsize=1)
def shipped() -> tuple[Shipped, ...]:
    """Return all names that are known without an upload, sorted; some have no table."""
    found = [
        Shipped(name, folder, _likeness(name), _source(name))
        for folder, names_ in _FOLDERS.items()
        for name in names_.split()
    ]
    return tuple(sorted(found, key=lambda one: one.name))


@dataclass(frozen=True, slots=True)
class Listed:
    """A lookup table on offer, or the name of one that is missing."""

    name: str
    """Without suffix."""
    folder: str
    """Where OMERO keeps it; empty for the root, and for names that OMERO does not ship."""
    origin: Likeness | Literal["uploaded"]
    """Uploaded, or how it compares with OMERO's."""
    source: str
    """Where it comes from, or its rule in words; empty for missing and uploaded ones."""
    table: LookupTable | None
    """What was uploaded."""

    @property
    def lut(self) -> Lut | None:
        """The colours, shape (256, 3), uint8; none of a missing one."""
        if self.table is not None:
            return self.table.lut
        return None if self.origin == "missing" else _table(self.name)


def listing(tables: Iterable[LookupTable]) -> list[Listed]:
    """Return the tables that come with the program and the uploaded ones, sorted by name.

    Args:
        tables: The uploaded ones.
    """
    added = {table.name: table for table in tables}
    own = {one.name: one for one in shipped()}
    found = []
    for name in sorted({*own, *added}):
        one = own.get(name, Shipped(name, "", "missing", ""))
        table = None if one.likeness == "same" else added.get(name)
        source = one.source if table is None else ""
        origin = one.likeness if table is None else "uploaded"
        found.append(Listed(name, one.folder, origin, source, table))
    return found


def _likeness(name: str) -> Likeness:
    return "same" if name in _SAME else "similar" if _source(name) else "missing"


def _source(name: str) -> str:
    if name in _ON_BLACK:
        return f"{_ON_BLACK[name]}, with the first level in black"
    map_ = _CATALOGUED.get(name) or _NAMESAKES.get(name)
    return f"cmap: {map_}" if map_ else RULES[name][1] if name in RULES else ""


def names() -> list[str]:
    """Return the names of the tables that need no upload, sorted."""
    return [one.name for one in shipped() if one.likeness != "missing"]


def plain_name(name: str) -> str:
    """Return a name without folder, case and suffix `.lut`, and with `_` for spaces."""
    base = re.split(r"[/\\]", name.strip())[-1]
    return "_".join(base.lower().removesuffix(".lut").split())


def lut(name: str, find: Find = nowhere) -> Lut:
    """Return a lookup table, shape (256, 3), uint8, read-only.

    Args:
        name: One of `names()`, of an uploaded table, or of a colormap of the `cmap` catalogue
            with its family, such as `cmocean:thermal`. Folder, case and a suffix `.lut` do not
            count; a space is an underscore.
        find: Knows the uploaded tables.

    Raises:
        UnknownLutError: No such table; the remedy names similar ones.
    """
    table = uploaded(name, find)
    return _table(_spelled(name)[0]) if table is None else table.lut


def resolve(name: str, find: Find = nowhere) -> str:
    """Return the one spelling of a lookup table's name, without reading the table.

    Raises:
        UnknownLutError: No such table; the remedy names similar ones.
    """
    uploaded(name, find)
    return _spelled(name)[0]


def uploaded(name: str, find: Find) -> LookupTable | None:
    """Return the uploaded table that a name stands for; none where it stands for a shipped one.

    What was uploaded takes the place of tables that are missing here, or only similar to those
    that the name promises.

    Raises:
        UnknownLutError: Neither was uploaded nor is shipped.
    """
    plain, likeness = _spelled(name)
    if likeness == "same":
        return None
    table = find(plain) if _UPLOADABLE.fullmatch(plain) else None
    if table is None and likeness == "missing":
        raise _unknown(name, plain)
    return table


def wanted(names: Iterable[str | None]) -> set[str]:
    """Return the names of the uploaded tables that could stand for some names, as `Find` gets them.

    What stands for a table that is never replaced, and what no table can be called, is left out.
    """
    found = (_spelled(name) for name in names if name is not None and len(name) <= _LONGEST)
    return {
        plain for plain, likeness in found if likeness != "same" and _UPLOADABLE.fullmatch(plain)
    }


def replaceable(name: str) -> bool:
    """Return whether an uploaded table may have this name, as `plain_name` gives it."""
    return _spelled(name)[1] != "same"


@lru_cache(maxsize=1024)
def _spelled(name: str) -> tuple[str, Likeness]:
    """Spelling of a name, and what is known of its table; missing for names unknown here."""
    if len(name) > _LONGEST:
        raise UnknownLutError(f"No lookup table {name[:64]!r}…", "Names are shorter.")
    plain = plain_name(name)
    if ":" in plain and plain in _catalogue():
        return _catalogue()[plain], "same"
    return plain, _likeness(plain)


def _unknown(name: str, plain: str) -> UnknownLutError:
    if any(plain == one.name for one in shipped()):
        hint = f"Upload a file of it: `micrograph lut add {plain}.lut`."
        return UnknownLutError(f"No lookup table {name!r}.", hint)
    near = difflib.get_close_matches(plain, [*names(), *(_catalogue() if ":" in plain else ())])
    hint = f"Similar: {', '.join(near)}." if near else f"On offer: {', '.join(names())}."
    return UnknownLutError(f"No lookup table {name!r}.", hint)


@lru_cache(maxsize=256)
def _table(name: str) -> Lut:
    table = _made(name)
    table.setflags(write=False)
    return table


def _made(name: str) -> Lut:
    if name in _ON_BLACK:
        table = _made(_ON_BLACK[name])
        table[0] = 0
        return table
    if name in RULES:
        return RULES[name][0]()
    return _from_catalogue(_CATALOGUED.get(name) or _NAMESAKES.get(name) or name)


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, str]:
    """Spellings in small letters and as the catalogue has them, of names with a family."""
    from cmap import Catalog

    return {name.lower(): name for name in Catalog() if ":" in name}


def _from_catalogue(name: str) -> Lut:
    from cmap import Colormap

    colors = Colormap(name).lut(256)[:, :3]
    return np.floor(colors * 255 + 0.5).astype(np.uint8)
