"""The tools are stood in for by scripts of the same command line; none of Bio-Formats is here."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from store.errors import ConflictError, UnreadableFileError, UnsupportedError
from store.importing.bioformats import BioFormats, tools
from tests.images import parse_path

CONVERTS = """
import os, sys, tifffile, numpy
source, target = sys.argv[-2:]
assert sys.argv[1] == "-no-upgrade" and open(source).read() == "vendor's"
assert "SECRET" not in os.environ and os.environ["BF_MAX_MEM"] == "2g"
tifffile.imwrite(target, numpy.arange(600, dtype="u2").reshape(20, 30), ome=True)
"""
FAILS = """
import sys
print("some.java.Thing")
print("loci.formats.UnknownFormatException: Unknown file format: x", file=sys.stderr)
print("\\tat loci.formats.ImageReader.getReader(ImageReader.java:204)", file=sys.stderr)
sys.exit(1)
"""
HANGS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[-2] + ".child", "w").write(str(child.pid))
child.wait()
"""
WRITES_NONSENSE = """
import sys
open(sys.argv[-1], "w").write("no image")
"""


def stand_in(folder: Path, script: str) -> BioFormats:
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_text(script)
    tool = folder / "bfconvert"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} {folder / "script.py"} "$@"\n')
    tool.chmod(0o755)
    return tools(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "slide.xyz"
    path.write_text("vendor's")
    return path


def test_a_file_becomes_an_ome_tiff_that_is_read(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "password")
    found = stand_in(tmp_path / "bin", CONVERTS).convert(source, tmp_path / "converted")

    assert found == tmp_path / "converted" / "slide.xyz.ome.tiff"
    np.testing.assert_array_equal(tifffile.imread(found).ravel(), np.arange(600))
    assert parse_path(found).format == "OME-TIFF"
    assert list((tmp_path / "converted").iterdir()) == [found]


def test_what_was_converted_is_not_written_over(source: Path, tmp_path: Path) -> None:
    bioformats = stand_in(tmp_path / "bin", CONVERTS)
    bioformats.convert(source, tmp_path)

    with pytest.raises(ConflictError, match="is there already"):
        bioformats.convert(source, tmp_path)


def test_what_bio_formats_says_is_said(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="UnknownFormatException: Unknown file format: x"):
        stand_in(tmp_path / "bin", FAILS).convert(source, tmp_path / "converted")

    assert list((tmp_path / "converted").iterdir()) == []


def test_a_result_that_cannot_be_read_is_not_kept(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        stand_in(tmp_path / "bin", WRITES_NONSENSE).convert(source, tmp_path / "converted")

    assert list((tmp_path / "converted").iterdir()) == []


@pytest.mark.slow
def test_a_conversion_that_takes_too_long_ends_with_all_its_processes(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match="within 3 seconds"):
        stand_in(tmp_path / "bin", HANGS).convert(source, tmp_path / "converted", time_s=3)
    child = int((tmp_path / "slide.xyz.child").read_text())

    assert not is_running(child)


def is_running(process: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


def test_without_the_tools_their_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"bfconvert is not in .*\. Get bftools from"):
        tools(tmp_path)
