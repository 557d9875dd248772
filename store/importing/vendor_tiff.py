"""TIFF files of vendors: which they are, and what reads each."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from store.importing.fact_records import parsed_fileset
from store.importing.facts import FoundImage
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.tiff_pages import TiffPages

type Read = Callable[[TiffPages], list[FoundImage]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One vendor's kind of TIFF file."""

    flag: str
    """What tifffile calls it."""
    name: str
    module: str
    function: str = "read"
    stacks: bool = False
    """Only files whose metadata says how their pages are stacked; others are plain TIFF."""
    starts: str = ""
    """What the description of its first page starts with, if that is its mark."""

    def is_kind(self, pages: TiffPages) -> bool:
        """A file is of this kind."""
        if self.starts:
            return pages.description.startswith(self.starts)
        return pages.is_kind(self.flag) and (not self.stacks or self._is_stack(pages))

    def _is_stack(self, pages: TiffPages) -> bool:
        said = getattr(pages.library, f"{self.flag}_metadata")
        return len(pages) == 1 or (isinstance(said, dict) and bool(said.get("shape")))

    def read(self, pages: TiffPages) -> list[FoundImage]:
        """The images of a file."""
        module = import_module(f"store.importing.tiff_kinds.{self.module}")
        function: Read = getattr(module, self.function)
        return function(pages)


KINDS: tuple[Kind, ...] = (
    Kind("svs", "Aperio SVS", "aperio", starts="Aperio"),
    Kind("lsm", "Zeiss LSM", "zeiss_lsm"),
    Kind("stk", "MetaMorph STK", "metamorph"),
    Kind("ndpi", "Hamamatsu NDPI", "hamamatsu"),
    Kind("scn", "Leica SCN", "leica_scn"),
    Kind("qpi", "Akoya QPTIFF", "akoya"),
    Kind("bif", "Ventana BIF", "ventana"),
    Kind("philips", "Philips TIFF", "philips"),
    Kind("fluoview", "Olympus FluoView TIFF", "olympus", "read_fluoview"),
    Kind("sis", "Olympus SIS TIFF", "olympus", "read_sis", stacks=True),
    Kind("scanimage", "ScanImage TIFF", "scanimage"),
)
"""In the order in which they are asked."""

NAMES = frozenset(kind.name for kind in KINDS)
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(pages: TiffPages) -> str | None:
    """Name of the vendor's format of a file; none if it is no vendor's."""
    return next((kind.name for kind in KINDS if kind.is_kind(pages)), None)


def parse_pages(name: str, pages: TiffPages) -> ParsedFileset:
    """Read a file of a vendor's format.

    Raises:
        UnreadableFileError: The file is damaged.
        UnsupportedError: Its samples are stored in a way that is not handled.
    """
    path = Path(pages.identity.path)
    file = ParsedFile.of(pages.identity)
    return parsed_fileset(name, path.parent, [file], _BY_NAME[name].read(pages))
