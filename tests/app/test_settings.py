import dataclasses
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.errors import ConfigurationError
from app.settings import (
    Settings,
    documentation,
    explain,
    is_loopback,
    page,
    unknown_variables,
    variable,
)

PAGE = Path(__file__).parents[2] / "docs/reference/settings.md"


def test_settings_without_environment_serve_one_person_on_this_machine() -> None:
    settings = Settings.from_env({"MICROGRAPH_DATA": "/srv/data"})

    assert settings.loopback
    assert settings.port == 8080
    assert settings.database == "sqlite:////srv/data/micrograph.sqlite"
    assert settings.allowed_roots == ()


def test_settings_read_sizes_times_folders_and_names() -> None:
    env = {
        "MICROGRAPH_TILE_CACHE": "2GiB",
        "MICROGRAPH_CHUNK_CACHE": "1.5 MB",
        "MICROGRAPH_LOGIN_LIFETIME": "90min",
        "MICROGRAPH_ALLOWED_ROOTS": f"/srv/a{os.pathsep}/srv/b",
        "MICROGRAPH_ALLOWED_HOSTS": "Images.example.org, lab",
        "MICROGRAPH_HOST": "[::1]",
        "MICROGRAPH_LOG_FORMAT": "JSON",
    }

    settings = Settings.from_env(env)

    assert settings.tile_cache == 2 << 30
    assert settings.chunk_cache == 1_500_000
    assert settings.login_lifetime == 5_400
    assert settings.allowed_roots == (Path("/srv/a"), Path("/srv/b"))
    assert settings.allowed_hosts == ("images.example.org", "lab")
    assert settings.host == "::1"
    assert settings.log_format == "json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MICROGRAPH_PORT", "80a"),
        ("MICROGRAPH_PORT", "65536"),
        ("MICROGRAPH_PORT", "-1"),
        ("MICROGRAPH_HOST", "a b"),
        ("MICROGRAPH_TILE_CACHE", "lots"),
        ("MICROGRAPH_LOGIN_LIFETIME", "0"),
        ("MICROGRAPH_LOGIN_LIFETIME", "1 year"),
        ("MICROGRAPH_RENDER_SLOTS", "0"),
        ("MICROGRAPH_LOG_LEVEL", "loud"),
        ("MICROGRAPH_DATABASE", "mysql://host/name"),
    ],
)
def test_a_bad_value_is_named_with_its_variable_and_a_remedy(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({name: value})

    assert name in caught.value.message
    assert repr(value) in caught.value.message
    assert caught.value.remedy.startswith("Give ")


def test_a_password_in_a_bad_database_address_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"MICROGRAPH_DATABASE": "oracle://me:secret@host/name"})

    assert "secret" not in str(caught.value)


def test_a_bad_secret_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"MICROGRAPH_S3_SECRET": "two words"})

    assert "two words" not in str(caught.value)


def test_unknown_variables_are_named_with_the_nearest_setting() -> None:
    warnings = unknown_variables({"MICROGRAPH_PROT": "1", "MICROGRAPH_PORT": "1", "HOME": "x"})

    assert warnings == [
        "MICROGRAPH_PROT is not a setting and has no effect; did you mean MICROGRAPH_PORT?"
    ]


def test_every_setting_is_documented_below_its_field() -> None:
    assert set(documentation()) == {item.name for item in dataclasses.fields(Settings)}


def test_explain_tells_source_and_value_of_every_setting() -> None:
    env = {
        "MICROGRAPH_TILE_CACHE": "64MiB",
        "MICROGRAPH_DATABASE": "postgresql://me:pw@host/db",
        "MICROGRAPH_REMOTE_ROOTS": "s3://bucket/images https://data.example.org/",
        "MICROGRAPH_S3_SECRET": "pw",
    }

    explained = {setting.variable: setting for setting in explain(env)}

    assert set(explained) == {variable(item.name) for item in dataclasses.fields(Settings)}
    assert explained["MICROGRAPH_TILE_CACHE"].value == "64MiB"
    assert explained["MICROGRAPH_TILE_CACHE"].source == "environment"
    assert explained["MICROGRAPH_PORT"].source == "default"
    assert "pw" not in explained["MICROGRAPH_DATABASE"].value
    roots = "s3://bucket/images https://data.example.org"
    assert explained["MICROGRAPH_REMOTE_ROOTS"].value == roots
    assert explained["MICROGRAPH_S3_SECRET"].value == "(set)"


def test_config_explain_prints_every_setting() -> None:
    result = CliRunner().invoke(main, ["config", "--explain"], env={"MICROGRAPH_PORT": "8181"})

    assert result.exit_code == 0
    assert "MICROGRAPH_PORT=8181  (environment)" in result.output
    for item in dataclasses.fields(Settings):
        assert variable(item.name) in result.output


def test_the_reference_page_is_printed_from_the_settings() -> None:
    assert PAGE.read_text() == page(), "run: python -m app.settings > docs/reference/settings.md"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.1", False),
        ("example.org", False),
    ],
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
