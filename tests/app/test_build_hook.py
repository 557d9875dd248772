"""The build hook builds when, and only when, app/static is not of the sources that are here."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.fixture
def hook(tmp_path: Path) -> ModuleType:
    """The build hook of a small checkout whose web client is built."""
    script = tmp_path / "frontend" / "build_hook.py"
    (script.parent / "src").mkdir(parents=True)
    shutil.copy(FRONTEND / "build_hook.py", script)
    (script.parent / "package.json").write_text("{}")
    (script.parent / "src" / "main.tsx").write_text("one")
    module = load(script)
    module.STATIC.mkdir(parents=True)
    for page in module.PAGES:
        (module.STATIC / page).write_text("<!doctype html>")
    (module.STATIC / module.STAMP).write_text(module.fingerprint())
    return module


def load(script: Path) -> ModuleType:
    """Import a file under a name of its own, as hatchling does."""
    spec = importlib.util.spec_from_file_location("build_hook_under_test", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def node_that_says(version: str, folder: Path) -> str:
    """A folder for PATH with a node of that version and an npm."""
    for name, line in {"node": f"echo {version}", "npm": "exit 0"}.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    return str(folder)


def asked(hook: ModuleType) -> list[str]:
    """What the hook asks to be installed before a build."""
    plugin = object.__new__(hook.CustomBuildHook)
    dependencies: list[str] = plugin.dependencies()
    return dependencies


def test_nothing_is_built_when_the_sources_are_the_ones_built_from(hook: ModuleType) -> None:
    assert hook.build() is False


def test_times_of_files_do_not_matter(hook: ModuleType) -> None:
    os.utime(hook.FRONTEND / "src" / "main.tsx", (2e9, 2e9))

    assert hook.is_current()


@pytest.mark.parametrize("name", ["src/main.tsx", "src/new.css", "package-lock.json"])
def test_a_changed_source_makes_the_build_stale(hook: ModuleType, name: str) -> None:
    (hook.FRONTEND / name).write_text("two")

    assert not hook.is_current()


@pytest.mark.parametrize(
    "name", ["src/main.test.tsx", "node_modules/x.js", "src/api/generated/graphql.ts"]
)
def test_files_that_the_build_does_not_read_do_not_matter(hook: ModuleType, name: str) -> None:
    path = hook.FRONTEND / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("two")

    assert hook.is_current()


@pytest.mark.parametrize("page", ["index.html", "graphiql.html"])
def test_a_missing_page_makes_the_build_stale(hook: ModuleType, page: str) -> None:
    (hook.STATIC / page).unlink()

    assert not hook.is_current()


def test_built_files_without_sources_are_taken_as_they_are(hook: ModuleType) -> None:
    (hook.FRONTEND / "package.json").unlink()

    assert hook.build() is False


def test_neither_sources_nor_built_files_is_an_error_that_says_so(hook: ModuleType) -> None:
    (hook.FRONTEND / "package.json").unlink()
    shutil.rmtree(hook.STATIC)

    with pytest.raises(hook.WebClientError, match="app/static is missing and so is"):
        hook.build()


def test_without_any_node_it_says_what_to_install(hook: ModuleType) -> None:
    (hook.STATIC / "index.html").unlink()

    # -S hides site-packages, and with them the wheel's Node.
    done = subprocess.run(
        [sys.executable, "-I", "-S", hook.__file__ or ""],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert f'pip install "{hook.NODE_WHEEL}"' in done.stderr


@pytest.mark.parametrize(
    ("version", "found"), [("v20.20.2", False), ("v22.12.0", True), ("", False)]
)
def test_a_node_on_path_is_used_when_it_is_new_enough(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, found: bool
) -> None:
    monkeypatch.setenv("PATH", node_that_says(version, tmp_path), prepend=os.pathsep)

    node = hook.node_on_path()

    assert (node is not None) is found


def test_a_package_build_asks_for_node_only_when_it_must_build(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    when_current = asked(hook)
    (hook.STATIC / "index.html").unlink()

    assert when_current == []
    assert asked(hook) == [hook.NODE_WHEEL]


def test_an_editable_install_asks_for_nothing(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (hook.STATIC / "index.html").unlink()
    monkeypatch.setattr(sys, "argv", ["_in_process.py", "get_requires_for_build_editable"])

    assert asked(hook) == []


def test_the_lock_has_every_package_with_its_hash_and_names_no_registry() -> None:
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert [name for name, each in packages.items() if "integrity" not in each] == []
    assert [name for name, each in packages.items() if "resolved" in each] == []


def test_dependencies_of_the_web_client_are_pinned() -> None:
    manifest = json.loads((FRONTEND / "package.json").read_text())
    versions = {**manifest["dependencies"], **manifest["devDependencies"]}

    loose = [name for name, version in versions.items() if not re.fullmatch(r"[\d.]+", version)]

    assert loose == []
