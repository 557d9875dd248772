import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import tifffile
from click.testing import CliRunner, Result

from app.cli import main
from tests.app.conftest import PASSWORD, make_pixels

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "deep").mkdir(parents=True)
    small = make_pixels(1, 1, 1, 40, 50)[0, 0, 0]
    tifffile.imwrite(folder / "one.tif", small)
    tifffile.imwrite(folder / "deep/two.ome.tif", make_pixels(1, 2, 3, 40, 50))
    (folder / "notes.txt").write_text("not an image")
    return folder


def run(data: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *arguments], input=stdin)


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += every_command(command, (*path, name))
        else:
            found.append((*path, name))
    return found


@pytest.mark.parametrize("command", every_command(main), ids=" ".join)
def test_the_help_of_every_command_shows_an_example(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])

    assert result.exit_code == 0
    assert re.search(rf"Examples?:\n  micrograph {' '.join(command)}", result.output)


def test_the_version_is_printed() -> None:
    assert re.match(r"micrograph \S+\n", CliRunner().invoke(main, ["--version"]).output)


def test_importing_a_folder_takes_the_images_and_says_what_it_leaves_out(
    data: Path, images: Path
) -> None:
    result = run(data, "import", str(images))

    assert result.exit_code == 0, result.output
    assert f"left out  {images / 'notes.txt'}: not an image" in result.output
    assert "Imported 2 images in 2 filesets" in result.output
    assert "1 file left out" in result.output


def test_importing_again_changes_nothing(data: Path, images: Path) -> None:
    run(data, "import", str(images))

    result = run(data, "import", str(images))

    assert result.exit_code == 0
    assert "Imported 0 images in 0 filesets; 2 already there, 0 failed" in result.output


def test_a_dry_run_lists_filesets_and_makes_nothing(data: Path, images: Path) -> None:
    result = run(data, "import", "--dry-run", str(images))

    assert result.exit_code == 0
    assert str(images / "one.tif") in result.output
    assert "Would import 2 filesets of 2 files; 1 file left out." in result.output
    assert not data.exists()


def test_images_go_into_the_dataset_and_project_that_are_named(data: Path, images: Path) -> None:
    from app.context import Micrograph
    from app.settings import Settings
    from store.queries.people import viewer_by_experimenter

    for _ in range(2):
        result = run(data, "import", str(images), "--dataset", "May", "--project", "Mitosis")
        assert result.exit_code == 0, result.output

    micrograph = Micrograph(Settings(data=data).completed())
    micrograph.start()
    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
    query = "{ projects { nodes { name datasets { nodes { name imageCount } } } } }"
    answer = micrograph.graphql.execute(viewer, query, {}, None)
    micrograph.close()
    assert b'"Mitosis","datasets":{"nodes":[{"name":"May","imageCount":2}]}' in answer


def test_one_damaged_file_fails_alone(data: Path, images: Path) -> None:
    whole = (images / "one.tif").read_bytes()
    (images / "cut.tif").write_bytes(whole[: len(whole) // 2])

    result = run(data, "import", str(images))

    assert result.exit_code == 1
    assert "cut.tif" in result.output
    assert "Imported 2 images in 2 filesets" in result.output
    assert "1 failed" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\x08\0\0\0\xff\xff", b"MM\0+\0\x08"])
def test_a_broken_file_that_is_named_is_a_failure(
    data: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.tif"
    path.write_bytes(content)

    result = run(data, "import", str(path))

    assert result.exit_code == 1
    assert "broken.tif" in result.output
    assert "Traceback" not in result.output


def test_a_path_that_does_not_exist_is_named(data: Path, tmp_path: Path) -> None:
    result = run(data, "import", str(tmp_path / "nothing"))

    assert result.exit_code == 1
    assert f"There is no {tmp_path / 'nothing'}." in result.output


def test_only_folders_that_are_allowed_are_imported_from(
    data: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROGRAPH_ALLOWED_ROOTS", str(images / "deep"))
    (images / "deep/link.tif").symlink_to(images / "one.tif")

    outside = run(data, "import", str(images / "one.tif"))
    linked = run(data, "import", str(images / "deep/link.tif"))
    inside = run(data, "import", str(images / "deep/two.ome.tif"))

    for refused in (outside, linked):
        assert refused.exit_code == 1
        assert "MICROGRAPH_ALLOWED_ROOTS" in refused.output
    assert inside.exit_code == 0, inside.output


def test_a_project_needs_a_dataset(data: Path, images: Path) -> None:
    result = run(data, "import", str(images), "--project", "Mitosis")

    assert result.exit_code == 2
    assert "--dataset" in result.output


def test_people_are_added_listed_and_deactivated(data: Path) -> None:
    added = run(data, "user", "add", "ada", "--first-name", "Ada", stdin=f"{PASSWORD}\n")
    listed = run(data, "user", "list")
    closed = run(data, "user", "deactivate", "ada")
    after = run(data, "user", "list")

    assert added.exit_code == 0, added.output
    assert "ada  Ada\n" in listed.output
    assert "root  Local Administrator  (administrator, no password)" in listed.output
    assert closed.exit_code == 0
    assert "ada  Ada  (deactivated)" in after.output


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("user", "add", "a b"), PASSWORD, "cannot be a user name"),
        (("user", "add", "root"), PASSWORD, "already"),
        (("user", "add", "bob"), "short", "at least 8"),
        (("user", "add", "bob"), "", "at least 8"),
        (("user", "password", "nobody"), PASSWORD, "nobody"),
        (("user", "deactivate", "nobody"), "", "nobody"),
        (("user", "deactivate", "root"), "", "your own"),
    ],
)
def test_what_cannot_be_done_with_accounts_is_said_in_words(
    data: Path, arguments: tuple[str, ...], stdin: str, says: str
) -> None:
    result = run(data, *arguments, stdin=f"{stdin}\n")

    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_nothing_is_served_beyond_this_machine_without_a_password(data: Path) -> None:
    result = run(data, "serve", "--host", "0.0.0.0", "--port", "0")

    assert result.exit_code == 1
    assert "micrograph user password root" in result.output


def test_a_port_in_use_is_said_so(data: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(data, "serve", "--port", str(taken.getsockname()[1]))

    assert result.exit_code == 1
    assert "--port" in result.output


def test_a_bad_setting_ends_every_command_in_two_lines(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROGRAPH_PORT", "eighty")

    for arguments in (("serve",), ("config",), ("user", "list"), ("import", ".")):
        result = run(data, *arguments)

        assert result.exit_code == 1
        assert "MICROGRAPH_PORT='eighty' cannot be used." in result.output
        assert len(result.output.strip().splitlines()) == 2


def test_an_unknown_variable_is_warned_about(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRAPH_PROT", "1")

    result = run(data, "db", "upgrade")

    assert result.exit_code == 0
    assert "did you mean MICROGRAPH_PORT" in result.output


def test_a_database_is_made_and_checked(data: Path) -> None:
    upgraded = run(data, "db", "upgrade")
    checked = run(data, "db", "check")

    assert "is up to date" in upgraded.output
    assert checked.exit_code == 0, checked.output
    assert "is in order" in checked.output


def test_a_file_that_is_no_database_is_not_touched(data: Path) -> None:
    data.mkdir()
    file = data / "micrograph.sqlite"
    file.write_bytes(b"precious letters" * 1000)

    result = run(data, "db", "check")

    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert file.read_bytes() == b"precious letters" * 1000


def test_a_data_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    result = run(tmp_path / "file/data", "db", "upgrade")

    assert result.exit_code == 1
    assert "MICROGRAPH_DATA" in result.output


def test_the_doctor_looks_at_everything_and_gives_remedies(data: Path) -> None:
    result = run(data, "doctor")

    for part in ("Python", "SQLite", "imagecodecs", "Data folder", "free", "Database", "Port"):
        assert part in result.output
    assert "Traceback" not in result.output


def test_an_unexpected_error_shows_no_traceback(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.settings

    def explode(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(app.settings, "explain", explode)

    result = run(data, "config")

    assert result.exit_code == 1
    assert "unexpected RuntimeError" in result.output
    assert "--debug" in result.output
    assert "canary" not in result.output


@pytest.mark.slow
def test_help_is_there_without_loading_the_application() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from app.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "print(sorted({'numpy', 'numba', 'sqlalchemy', 'starlette', 'rich'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_the_command_itself_fails_with_a_code_and_no_traceback(tmp_path: Path) -> None:
    env = {**os.environ, "MICROGRAPH_DATA": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "app", "import", str(tmp_path / "nothing")],
        cwd=REPOSITORY,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is no ")
    assert "Traceback" not in done.stdout + done.stderr


def test_lookup_tables_are_uploaded_listed_renamed_and_removed(data: Path, tmp_path: Path) -> None:
    files = [tmp_path / "Royal.lut", tmp_path / "Our Own.lut"]
    for file in files:
        file.write_bytes(bytes(range(256)) * 3)

    added = run(data, "lut", "add", *map(str, files))
    again = run(data, "lut", "add", str(files[0]))
    replaced = run(data, "lut", "add", "--replace", "--name", "smart", str(files[0]))
    renamed = run(data, "lut", "rename", "our_own", "theirs")
    removed = run(data, "lut", "remove", "Royal.lut")
    listed = run(data, "lut", "list").output

    assert added.output == "Added royal.\nAdded our_own.\n"
    assert (again.exit_code, "There is a lookup table royal already." in again.stderr) == (1, True)
    assert replaced.output == "Added smart.\n"
    assert renamed.output == "It is called theirs now.\n"
    assert removed.output == "Removed royal.\n"
    assert re.findall(r"^(\w+) +uploaded$", listed, re.MULTILINE) == ["smart", "theirs"]
    assert re.search(r"^royal +missing$", listed, re.MULTILINE)
    assert re.search(r"^viridis +same +cmap: bids:viridis$", listed, re.MULTILINE)


def test_of_several_lookup_tables_all_are_uploaded_or_none(data: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.lut", tmp_path / "bad.lut"
    good.write_bytes(bytes(768))
    bad.write_text("no colours")

    result = run(data, "lut", "add", str(good), str(bad))
    missing = run(data, "lut", "add", str(tmp_path / "none.lut"))
    both = run(data, "lut", "add", "--name", "x", str(good), str(good))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "The file has 0 lines of colours." in result.stderr
    assert "good" not in run(data, "lut", "list").output
    assert "none.lut cannot be read: No such file" in missing.stderr
    assert "--name is for one file" in both.stderr
