"""The package can be installed beside what it locks, from any index, and says so truly."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
OURS = ("app", "schema", "render", "store")
LOCKS = (ROOT / "requirements.lock", ROOT / "tests" / "requirements.lock")


def locked(lock: Path) -> dict[str, Version]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock.read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): Version(version) for name, version in pins}


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [Requirement(line) for line in project["project"]["dependencies"]]


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_provides_our_package_names(name: str) -> None:
    providers = importlib.metadata.packages_distributions().get(name, [])

    assert set(providers) <= {"micrograph"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_lock_names_no_index_and_hashes_every_package(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    assert all(
        "--hash=sha256:" in block for block in re.split(r"\n(?=[A-Za-z])", text) if "==" in block
    )


@pytest.mark.parametrize("requirement", requirements(), ids=lambda each: each.name)
def test_lock_holds_every_dependency_at_or_above_its_floor(requirement: Requirement) -> None:
    for lock in LOCKS:
        assert locked(lock)[requirement.name] in requirement.specifier


def test_both_locks_agree() -> None:
    product, development = (locked(lock) for lock in LOCKS)

    assert {name: development[name] for name in product} == product


def test_top_level_of_the_repository_is_the_agreed_one() -> None:
    allowed = {
        *OURS,
        *("tests", "frontend", "docs"),
        *("pyproject.toml", "requirements.lock", "Makefile", "LICENSE"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
    }
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert found - {"build", "dist", "__pycache__"} <= allowed
