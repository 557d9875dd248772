"""`micrograph download` and `relocate`: copies that are whole, folders that move."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, image_file: Path
) -> Run:
    """Run a command on a data folder in which `cells.ome.tiff` of `tmp_path` is fileset 2."""
    monkeypatch.setenv("MICROGRAPH_DATA", str(settings.data))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    (tmp_path / "images").mkdir()
    shutil.copy(image_file, tmp_path / "images" / "cells.ome.tiff")
    assert command("import", "--no-statistics", str(tmp_path / "images")).exit_code == 0
    return command


def test_a_download_is_whole_and_verified(run: Run, tmp_path: Path, image_file: Path) -> None:
    first = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))
    again = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))
    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "copies", capture_output=True, text=True
    )

    assert first.output == "Copied 1 file; 0 already there, 0 failed.\n"
    assert again.output == "Copied 0 files; 1 already there, 0 failed.\n"
    assert (tmp_path / "copies/cells.ome.tiff").read_bytes() == image_file.read_bytes()
    assert checked.stdout == "cells.ome.tiff: OK\n"


def test_a_download_that_was_cut_goes_on(run: Run, tmp_path: Path, image_file: Path) -> None:
    content = image_file.read_bytes()
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "cells.ome.tiff.part").write_bytes(content[:5000])
    done = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))

    assert done.exit_code == 0
    assert (tmp_path / "copies" / "cells.ome.tiff").read_bytes() == content
    assert not list((tmp_path / "copies").glob("*.part"))


def test_a_damaged_copy_is_made_anew_and_a_damaged_original_refused(
    run: Run, tmp_path: Path, image_file: Path
) -> None:
    target, source = tmp_path / "copies/cells.ome.tiff", tmp_path / "images/cells.ome.tiff"
    run("download", "Fileset:2", "--to", str(tmp_path / "copies"))
    content = bytearray(image_file.read_bytes())
    content[400] ^= 4
    target.write_bytes(content)
    repaired = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))
    time = source.stat().st_mtime_ns
    source.write_bytes(content)
    os.utime(source, ns=(time, time))
    target.unlink()
    refused = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))
    digest = hashlib.sha256(image_file.read_bytes()).hexdigest()

    assert repaired.output.startswith("Copied 1 file")
    assert refused.exit_code == 1
    assert digest in refused.output
    assert hashlib.sha256(content).hexdigest() in refused.output
    assert not target.exists()


def test_what_is_missing_is_said_and_the_rest_is_copied(run: Run, tmp_path: Path) -> None:
    (tmp_path / "images/cells.ome.tiff").unlink()
    done = run("download", "Fileset:1", "Fileset:2", "--to", str(tmp_path / "copies"))

    assert done.exit_code == 1
    assert "cannot be opened" in done.output
    assert "Copied 1 file; 0 already there, 1 failed." in done.output


def test_a_folder_is_relocated_after_a_look_at_every_file(run: Run, tmp_path: Path) -> None:
    old, new = str(tmp_path / "images"), str(tmp_path / "moved")
    early = run("relocate", old, new)
    shutil.copytree(old, new)
    dry = run("relocate", "--dry-run", old, new)
    done = run("relocate", old, new)
    shutil.rmtree(old)
    copied = run("download", "Fileset:2", "--to", str(tmp_path / "copies"))

    assert early.exit_code == 1
    assert "1 file not as registered; nothing was changed." in early.output
    assert dry.output == f"All files are below {new}.\n"
    assert done.output == f"1 file below {new} now; 2 rows changed.\n"
    assert copied.exit_code == 0
