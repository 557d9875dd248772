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


FLOORS = tomllib.loads((ROOT / "tests" / "dependency_floors.toml").read_text())


@pytest.mark.parametrize("name", FLOORS)
def test_locks_hold_nothing_with_a_published_flaw_that_reaches_us(name: str) -> None:
    oldest, reasons = Version(FLOORS[name]["oldest"]), FLOORS[name]["because"]
    found = [pins[name] for lock in LOCKS if (pins := locked(lock)).get(name)]

    assert reasons
    assert found
    assert all(version >= oldest for version in found)


def test_nobody_can_install_us_with_a_published_flaw_that_reaches_us() -> None:
    too_old = {
        one.name: str(one.specifier)
        for one in requirements()
        if one.name in FLOORS
        and any(
            part.operator == ">=" and Version(part.version) < Version(FLOORS[one.name]["oldest"])
            for part in one.specifier
        )
    }

    assert too_old == {}


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
