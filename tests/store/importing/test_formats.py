from pathlib import Path

from store.importing import formats, vendor_tiff
from store.importing.formats import FORMATS, page

PAGE = Path(__file__).parents[3] / "docs/reference/formats.md"


def test_the_reference_page_is_printed_from_the_table() -> None:
    printed = f"{page()}\n"

    assert PAGE.read_text() == printed, (
        "run: python -m store.importing.formats > docs/reference/formats.md"
    )


def test_every_vendor_s_kind_of_tiff_has_its_line() -> None:
    lines = {one.name for one in formats.named(formats.TIFF).reads}

    assert lines >= vendor_tiff.NAMES


def test_every_format_is_named_once() -> None:
    names = [one.name for one in FORMATS]

    assert len(names) == len(set(names))
