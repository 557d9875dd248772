"""Imports by a table: which files go where, under which names, with which keys and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.importing import find_files
from store.edits.csv_table import Line, Table, read_table
from store.edits.targets import Target
from store.errors import InvalidInputError, StoreError
from store.importing.plans import Plan
from store.models.pairs import folded

COLUMNS = ("path", "name", "target", "dataset", "project", "screen")
"""Headings that mean something; every other one is a key."""


@dataclass(frozen=True, slots=True)
class BulkError:
    """What is wrong with one line."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a table asks for."""

    plans: Sequence[Plan]
    errors: Sequence[BulkError]
    """Of lines that cannot work; nothing is imported while there is one."""


def read_bulk(file: Path, roots: Sequence[Path], target: Target) -> Bulk:
    """Read a table of imports, and look for its files; relative paths count from its folder.

    Args:
        file: CSV or TSV with headings; `path` is needed.
        roots: Folders that images may come from; any if there are none.
        target: Where images go of which a line does not say it.

    Raises:
        InvalidInputError: The file is no table, or has no column `path`.
    """
    try:
        table = read_table(file.read_bytes())
    except OSError as error:
        raise InvalidInputError(
            f"{file} cannot be read: {error.strerror}.", "Check the spelling of the path."
        ) from error
    table.column("path")
    plans: list[Plan] = []
    errors: list[BulkError] = []
    taken: dict[Path, int] = {}
    for line in table.lines:
        try:
            found = _plans(table, line, file.parent, roots, target)
            for plan in found:
                _refuse_twice(plan, line.number, taken)
        except StoreError as error:
            errors.append(BulkError(line.number, str(error)))
        else:
            plans += found
    return Bulk(plans, errors)


def _plans(
    table: Table, line: Line, folder: Path, roots: Sequence[Path], target: Target
) -> list[Plan]:
    if line.error is not None:
        raise line.error
    cells = {folded(name): cell for name, cell in zip(table.headings, line.cells, strict=True)}
    if not cells["path"]:
        raise InvalidInputError("The cell of `path` is empty.", "Name a file or folder.")
    path = folder / Path(cells["path"]).expanduser()
    found = find_files([path], roots)
    if not found.filesets:
        reasons = "; ".join(f"{left.path.name}: {left.reason}" for left in found.skipped)
        raise InvalidInputError(f"There is no image in {path} ({reasons or 'nothing'}).")
    pairs = tuple(
        (heading, cell)
        for heading, cell in zip(table.headings, line.cells, strict=True)
        if folded(heading) not in COLUMNS and cell
    )
    wanted = _target(cells, target)
    name = cells.get("name") or None
    return [Plan(one, wanted, name, pairs) for one in found.filesets]


def _target(cells: Mapping[str, str], target: Target) -> Target:
    """Where the images of a line go: `target` is an id, or `Project/Dataset`."""
    given = {name: cells[name] for name in ("dataset", "project", "screen") if cells.get(name)}
    text = cells.get("target", "")
    kind, colon, _ = text.partition(":")
    if colon and kind in ("Dataset", "Screen"):
        given[kind.lower()] = text
    elif text:
        project, slash, dataset = text.rpartition("/")
        given["dataset"] = dataset
        if slash:
            given["project"] = project
    return replace(target, **given)


def _refuse_twice(plan: Plan, line: int, taken: dict[Path, int]) -> None:
    for path in plan.found.files:
        other = taken.setdefault(path, line)
        if other != line:
            raise InvalidInputError(
                f"{path.name} comes with line {other} already.", "Name each set of files once."
            )
