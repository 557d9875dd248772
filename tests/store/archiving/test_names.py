"""Names in archives lead nowhere else, and are given once."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.archiving.names import LONGEST, Taken, relative, safe_name

HOSTILE = [
    *("../../etc/passwd", "/etc/passwd", "a/../../b", "..", ".", "", "a//b", "./a"),
    *("C:\\Windows\\a", "C:/a", "a\\..\\b", "nul\0byte", "line\nbreak", "cr\r\nSet-Cookie: x"),
    *(
        "\u202egnp.exe",
        "😀" * 100,
        "x" * 300 + ".ome.tif",
        "é" * 200,
        "\ud800alone",
        "\x7f",
        "a\tb",
    ),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_leads_nowhere_but_below(name: str) -> None:
    check(safe_name(name))


@given(st.text())
def test_any_text_becomes_a_name_that_leads_nowhere_but_below(text: str) -> None:
    check(safe_name(text))


def check(name: str) -> None:
    parts = PurePosixPath(name).parts
    assert parts
    assert not name.startswith("/")
    assert not {"..", "."} & set(parts)
    assert "\\" not in name
    assert all(len(part.encode()) <= LONGEST for part in parts)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
    assert safe_name(name) == name


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("run 1/Zürich (2).ome.tif", "図.czi", "a/b/c.zarr/.zattrs", "µm = 2; x.tif"):
        assert safe_name(name) == name


def test_names_are_relative_to_the_folder_of_their_fileset() -> None:
    assert relative("/data/run/a/1.tif", "/data/run") == "a/1.tif"
    assert relative("/elsewhere/1.tif", "/data/run") == "1.tif"


def test_files_that_belong_together_stay_together_where_a_name_is_taken() -> None:
    taken = Taken()
    first = taken.together(["a.tif", "b/c.tif"], "fileset-1")
    second = taken.together(["A.tif", "d.tif"], "fileset-2")
    third = taken.together(["b"], "fileset-3")
    fourth = taken.together(["x", "x"], "fileset-4")
    fifth = taken.together(["d.tif", "q"], "fileset-2")
    sixth = taken.together(["d.tif", "a.tif"], "fileset-2")

    assert first == ["a.tif", "b/c.tif"]
    assert second == ["fileset-2/A.tif", "fileset-2/d.tif"]
    assert third == ["fileset-3/b"]
    assert fourth == ["fileset-4/x", "fileset-4/x (2)"]
    assert fifth == ["d.tif", "q"]
    assert sixth == ["fileset-2 (2)/d.tif", "fileset-2 (2)/a.tif"]
