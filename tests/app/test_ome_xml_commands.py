from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.ome_equivalence import differences
from tests.ome_generator import generate


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MICROGRAPH_DATA", str(tmp_path / "data"))
    return CliRunner()


def test_a_document_is_imported_and_exported_by_the_command_line(
    run: CliRunner, tmp_path: Path
) -> None:
    document = generate(11)
    (tmp_path / "study.ome.xml").write_bytes(document)
    made = run.invoke(main, ["import", str(tmp_path / "study.ome.xml")])
    assert made.exit_code == 0, made.output

    output = tmp_path / "out.ome.xml"
    told = run.invoke(main, ["export", "--ome-xml", "Fileset:1", "--output", str(output)])

    assert told.exit_code == 0, told.output
    assert differences(document, output.read_bytes()) == []


def test_an_export_of_what_is_not_there_says_so(run: CliRunner) -> None:
    told = run.invoke(main, ["export", "--ome-xml", "Image:7"])

    assert told.exit_code != 0
    assert "No Image 7." in told.output


def test_an_export_of_no_identifier_says_what_one_is(run: CliRunner) -> None:
    told = run.invoke(main, ["export", "--ome-xml", "Image"])

    assert told.exit_code != 0
    assert "Image:42" in told.output
