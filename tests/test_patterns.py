"""Regular expressions of ours end soon on whatever text: Python holds all threads meanwhile."""

import importlib
import pkgutil
import re
import signal
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import app
import render
import schema
import store

PACKAGES = (app, render, schema, store)
LENGTH = 30_000
"""Characters: an expression that goes back again and again takes their square, many seconds."""
CPU_S = 1
"""Processor time of one expression on one text, which takes milliseconds."""
UNITS = (
    *("1", "a", " ", "\t", "\n", ",", ".", "(", "[", "{", '"', "\\", "<", ":", ";", "-", "/", "@"),
    *("1,", "1.", "1,1 ", "1-", "+-", "1e", ".a", ".a(b)", "a ", "a=", "a:", "(a)", "[a] ", '"a"'),
    *("; q=", "://", "://a:", "bearer ", "token=", "token ", 'token="a', "mgt_", "/share/", '"""'),
    *("<OME ", '<OME UUID="', "<OME UUID ", "<a:", "<?xml ", "\nend ", "\nend\t", "a=b\n", "T1_"),
    *("GMT", "A001", "\u0300", "\x00", "é", "\ud800", "0" * 40, "a" * 40, "Az", "aZ", "BP", "x "),
)
"""What texts are made of, over and over."""
ENDS = ("", "!", ")", "\n")


LEFT_OUT = ("app.__main__", "app.static", "store.migrations")
USED = "match|fullmatch|search|sub|split|findall|finditer"


@dataclass(frozen=True)
class Kept:
    """An expression that a module keeps."""

    name: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]
    """How it is used; in any way, where its name does not tell."""

    def tried(self, text: str) -> None:
        """Look for it in a text in every way that it is used."""
        said = text if isinstance(self.pattern.pattern, str) else text.encode("utf-8", "replace")
        ways = self.ways or {"fullmatch", "search"}
        for way in ways & {"match", "fullmatch"}:
            getattr(self.pattern, way)(said)
        if ways - {"match", "fullmatch"}:
            deque(self.pattern.finditer(said), maxlen=0)


def kept() -> list[Kept]:
    """List the expressions that our modules keep."""
    sources = "\n".join(
        path.read_text() for one in PACKAGES for path in Path(*one.__path__).rglob("*.py")
    )
    found: dict[tuple[str, int], Kept] = {}
    for package in PACKAGES:
        modules = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        for name in (one.name for one in modules if not one.name.startswith(LEFT_OUT)):
            for key, value in vars(importlib.import_module(name)).items():
                if isinstance(value, re.Pattern):
                    ways = frozenset(re.findall(rf"\b{key}\.({USED})\b", sources))
                    found[value.pattern, value.flags] = Kept(f"{name}.{key}", value, ways)
    return list(found.values())


def try_all() -> None:
    """Try every expression on every text; print each before it is tried."""
    for one in kept():
        for unit, end in product(UNITS, ENDS):
            print(f"{one.name} {unit!r} {end!r}", flush=True)
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S)  # which ends the process
            one.tried(unit * (LENGTH // len(unit)) + end)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@pytest.mark.slow
def test_every_expression_ends_soon_on_whatever_text() -> None:
    assert len(kept()) > 60
    done = subprocess.run(
        [sys.executable, "-c", "from tests.test_patterns import try_all; try_all()"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != -signal.SIGVTALRM, done.stdout.splitlines()[-1]
    assert done.returncode == 0, done.stderr[-2000:]
