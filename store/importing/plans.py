"""What is to be imported, as JSON that survives a restart."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.importing.found import FoundFileset


@dataclass(frozen=True, slots=True)
class Plan:
    """One fileset that is to be imported, and what is special about it."""

    found: FoundFileset
    target: Any = None
    """A `store.edits.targets.Target` of its own; that of the job if none."""
    name: str | None = None
    """Name of its image; that in the file if none. Of several images, what their names begin
    with."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Keys and values to annotate its images with."""


def plan_json(plan: Plan) -> dict[str, Any]:
    """Write a plan as JSON, without what follows from the rest."""
    found = plan.found
    values: dict[str, Any] = {
        "format": found.format,
        "reader": found.reader,
        "master": str(found.master),
    }
    if found.files != (found.master,):
        values["files"] = [str(file) for file in found.files]
    if plan.target is not None:
        values["target"] = plan.target.to_json()
    if plan.name is not None:
        values["name"] = plan.name
    if plan.pairs:
        values["pairs"] = [list(pair) for pair in plan.pairs]
    return values


def found_of(plan: Mapping[str, Any]) -> FoundFileset:
    """Read the fileset that `plan_json` wrote."""
    master = Path(plan["master"])
    files = tuple(map(Path, plan["files"])) if "files" in plan else (master,)
    return FoundFileset(plan["format"], master, files, plan["reader"])


def shown(path: Path) -> str:
    """A path as text that every database keeps; what is no UTF-8 of it is replaced.

    >>> shown(Path("a/b.tif"))
    'a/b.tif'
    """
    return str(path).encode(errors="replace").decode().replace("\0", "?")
