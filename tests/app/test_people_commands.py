from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from click.testing import CliRunner, Result

from app.cli import main
from store import models
from store.database import Database
from store.sign_in import open_session

PASSWORD = "a few quiet words\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(data: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *arguments], input=stdin)


def said(data: Path, *arguments: str, stdin: str | None = None) -> str:
    result = run(data, *arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.output


def test_people_and_groups_are_looked_after_at_the_command_line(data: Path) -> None:
    said(data, "user", "add", "ada", "--stdin", stdin=PASSWORD)
    said(data, "group", "add", "mitosis", "--level", "read-annotate")
    said(data, "group", "members", "mitosis", "--add", "ada", "--leader")
    assert "mitosis  read-annotate  ada*" in said(data, "group", "list")
    assert "mitosis would be private." in said(
        data, "group", "level", "mitosis", "private", "--dry-run"
    )
    said(data, "group", "level", "mitosis", "private")
    said(data, "group", "members", "mitosis", "--remove", "ada")
    assert "mitosis  private\n" in said(data, "group", "list")
    said(data, "user", "deactivate", "ada")
    assert "deactivated" in said(data, "user", "list")
    said(data, "user", "activate", "ada")
    said(data, "user", "administrator", "ada", "--only", "Sudo")
    assert "administrator" in said(data, "user", "list")

    token = said(data, "token", "add", "backup", "--user", "ada", "--days", "7").strip()
    assert token.startswith("mgt_")
    listed = said(data, "token", "list")
    assert "ada  backup  read" in listed
    assert token not in listed
    said(data, "token", "revoke", listed.split()[0])
    assert said(data, "token", "list") == ""
    assert "each continuing the one before." in said(data, "audit", "verify")


def test_sign_ins_are_listed_and_ended_at_the_command_line(data: Path) -> None:
    said(data, "user", "add", "ada", "--stdin", stdin=PASSWORD)
    database = Database(f"sqlite:///{data / 'micrograph.sqlite'}")
    with database.writing() as session:
        ada = session.scalar(sa.select(models.Experimenter.id).filter_by(user_name="ada"))
        assert ada is not None
        open_session(session, ada, way="password", address="192.0.2.7")
    database.close()

    listed = said(data, "session", "list")

    assert "  ada  password from 192.0.2.7  since " in listed
    assert "Ended 1 sign-in." in said(data, "session", "end", listed.split()[0])
    assert said(data, "session", "list") == ""
    assert "No sign in session 7." in run(data, "session", "end", "7").output


def test_quotas_are_set_and_listed_at_the_command_line(data: Path) -> None:
    said(data, "user", "add", "ada", "--stdin", stdin=PASSWORD)

    said(data, "quota", "set", "--user", "ada", "--bytes", "2TB", "--images", "10")
    said(data, "quota", "set", "--group", "default", "--images", "5")

    listed = said(data, "quota", "list")
    assert "experimenter ada  0 of 10 images  0 of 2,000,000,000,000 bytes" in listed
    assert "group default  0 of 5 images  0 bytes" in listed
    assert "is not a size" in run(data, "quota", "set", "--user", "ada", "--bytes", "much").output
    assert "a user or a group" in run(data, "quota", "set").output
    assert "each continuing the one before." in said(data, "audit", "verify")


def test_an_import_beyond_a_quota_is_refused_before_it_begins(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.tif", "b.tif", "c.tif"):
        tifffile.imwrite(folder / name, np.zeros((8, 8), np.uint8))
    said(data, "quota", "set", "--user", "root", "--images", "2")

    refused = run(data, "import", str(folder))

    assert refused.exit_code != 0
    assert "0 images of at most 2; 3 more do not fit" in refused.output
    assert "no jobs yet" in said(data, "jobs", "list")
    (folder / "c.tif").unlink()
    said(data, "import", str(folder))
    said(data, "import", str(folder))
    assert "root  2 of 2 images" in said(data, "quota", "list")


def test_an_account_is_linked_to_who_a_provider_says_it_is(data: Path) -> None:
    said(data, "user", "add", "ada", "--stdin", stdin=PASSWORD)
    place = ("--issuer", "https://login.example.org")

    said(data, "user", "link", "ada", "2482", *place)

    assert said(data, "user", "link", "ada", "2482", *place) == (
        "ada is 2482 at https://login.example.org.\n"
    )
    assert "already" in run(data, "user", "link", "root", "2482", *place).output
    assert "--issuer" in run(data, "user", "link", "root", "2482").output


def test_links_are_looked_after_at_the_command_line(data: Path) -> None:
    assert said(data, "share", "list") == ""
    assert "No image 1." in run(data, "share", "add", "Image:1").output
    assert "such as Dataset:3" in run(data, "share", "add", "everything").output
    assert "No share link 7." in run(data, "share", "revoke", "7").output


def test_what_cannot_be_is_said_in_a_sentence(data: Path) -> None:
    for command, words in (
        (("group", "level", "no such group", "private"), "No group no such group."),
        (("group", "add", "x", "--level", "open"), "open is none of private"),
        (("token", "add", "x", "--user", "nobody"), "No user nobody."),
        (("token", "revoke", "7"), "No access token 7."),
        (("user", "administrator", "root"), "your own account"),
    ):
        result = run(data, *command)
        assert result.exit_code != 0
        assert words in result.output + result.stderr
