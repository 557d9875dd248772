"""`python -m tests.permissions.planted`: plant mistakes, one at a time, and see that tests find them.

Each mistake is planted in a process forked from one that has imported everything: the functions of
a module get the code that its changed text would give them. Nothing is written to the code.
"""

import argparse
import ast
import contextlib
import importlib
import io
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.permissions.plants import PLANTS, Plant
from tests.permissions.world import made_world

ROOT = Path(__file__).parent.parent.parent
LONGEST_S = 600
CAUGHT, MISSED, UNDECIDED = "caught", "NOT CAUGHT", "undecided"


def changed_text(plant: Plant) -> str:
    """Return the text of a module with a mistake in it.

    Raises:
        ValueError: The text to be replaced is not there, or not just once.
    """
    text = (ROOT / Path(*plant.module.split("."))).with_suffix(".py").read_text()
    number = text.count(plant.old)
    if number < 1 or (number > 1 and not plant.everywhere):
        raise ValueError(f"{plant.name}: its text is found {number} times in {plant.module}")
    return text.replace(plant.old, plant.new)


def plant_in(plant: Plant) -> int:
    """Change the running program; returns how many functions and constants became others."""
    text = changed_text(plant)
    module = importlib.import_module(plant.module)
    assert module.__file__ is not None
    before = _codes(compile(Path(module.__file__).read_text(), module.__file__, "exec"))
    after = _codes(compile(text, module.__file__, "exec"))
    changed = 0
    for name, function in _functions(module):
        if name in after and not _same(before[name], after[name]):
            function.__code__ = after[name]
            changed += 1
    return changed + _constants(plant, module, text)


def _codes(code: CodeType) -> dict[str, CodeType]:
    """Collect the code of functions of a module and of its classes, by qualified name."""
    found: dict[str, CodeType] = {}
    for one in code.co_consts:
        if isinstance(one, CodeType):
            found[one.co_qualname] = one
            found |= _codes(one)
    return found


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same, wherever their lines are."""

    def facts(code: CodeType) -> tuple[Any, ...]:
        consts = [facts(c) if isinstance(c, CodeType) else c for c in code.co_consts]
        return code.co_code, repr(consts), code.co_names, code.co_varnames, code.co_freevars

    return facts(one) == facts(other)


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for holder in (module, *(one for one in vars(module).values() if isinstance(one, type))):
        for one in vars(holder).values():
            found = getattr(one, "fget", None) or one
            while hasattr(found, "__wrapped__"):
                found = found.__wrapped__
            if isinstance(found, FunctionType) and found.__module__ == module.__name__:
                yield found.__qualname__, found
                yield from _inner(found)


def _inner(function: FunctionType) -> Iterator[tuple[str, FunctionType]]:
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):
            if isinstance(cell.cell_contents, FunctionType):
                yield cell.cell_contents.__qualname__, cell.cell_contents


def _constants(plant: Plant, module: ModuleType, text: str) -> int:
    """Give a module the constants of its changed text."""
    assert module.__file__ is not None
    old, new = (_assigned(one) for one in (Path(module.__file__).read_text(), text))
    names = [name for name in new if old.get(name) != new[name]]
    if not names and not _builds_rules(plant):
        return 0
    fresh: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(text, module.__file__, "exec"), fresh)
    for name in (*names, *_builds_rules(plant)):
        kept = getattr(module, name)
        if isinstance(kept, dict):
            kept.update(fresh[name])
        else:
            setattr(module, name, fresh[name])
    # What is made of a constant is made anew.
    for name in ("_MEMBERSHIPS", "_RIGHTS", "_OF_ALL", "_OF_MEMBERS"):
        if name in fresh and names:
            setattr(module, name, fresh[name])
    return len(names) + len(_builds_rules(plant))


def _builds_rules(plant: Plant) -> tuple[str, ...]:
    """Name the tables of functions that are made when the module is read."""
    return (
        ("_SYSTEM_RULES",) if plant.module == "store.access" and "privilege):" in plant.old else ()
    )


def _assigned(text: str) -> dict[str, str]:
    found = {}
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                found[target.id] = ast.unparse(node)
    return found


def tried(plant: Plant, log: Path) -> str:
    """Plant a mistake in a child, run its tests there, and say whether they found it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os._exit(_run(plant, log, write))
    os.close(write)
    ready, _, _ = select.select([read], [], [], LONGEST_S)
    told = os.read(read, 100).decode() if ready else ""
    os.close(read)
    if not told:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"1": CAUGHT, "0": MISSED}.get(told, f"{UNDECIDED} ({told or 'too long'})")


def _run(plant: Plant, log: Path, write: int) -> int:
    import pytest

    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    told = "no change"
    try:
        if plant_in(plant):
            options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-o", "timeout=0"]
            options += ["-m", "not postgresql"]  # the rules are the same on both databases
            told = str(int(pytest.main([*options, *plant.tests])))
    except BaseException as error:  # noqa: BLE001  (whatever it is, the parent is told)
        told = f"{type(error).__name__}: {error}"
    os.write(write, told[:100].encode())
    return 0


def prepare(plants: Iterable[Plant]) -> None:
    """Import, and make, once what every child needs."""
    os.chdir(ROOT)
    tests = {test.partition("::")[0] for plant in plants for test in plant.tests}
    with contextlib.redirect_stdout(io.StringIO()):
        for name in ("app.main", "app.importing", "app.cli", "app.listening", "tests.conftest"):
            importlib.import_module(name)
        for path in sorted(tests):
            importlib.import_module(path.removesuffix(".py").replace("/", "."))
        importlib.import_module("schema.build").build()
        # Without the mistake, so that the tests themselves have to find it.
        made_world()


def main() -> int:
    """Try all mistakes, or those whose name has one of some texts; 1 if one was not found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.permissions.planted", description=__doc__
    )
    parser.add_argument("--only", action="append", help="part of a name; may be given again")
    parser.add_argument("--log", type=Path, default=Path(os.devnull), help="what the tests say")
    arguments = parser.parse_args()
    wanted = arguments.only or [""]
    plants = [plant for plant in PLANTS if any(text in plant.name for text in wanted)]
    prepare(plants)
    found: dict[str, str] = {}
    for plant in plants:
        started = time.monotonic()
        found[plant.name] = verdict = tried(plant, arguments.log)
        seconds = time.monotonic() - started
        after = f"  after {plant.after}" if plant.after else ""
        print(f"{verdict:10} {seconds:6.1f} s  {plant.name}{after}", flush=True)
    caught = sum(one == CAUGHT for one in found.values())
    print(f"{caught} of {len(found)} planted mistakes were caught")
    return 0 if caught == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
