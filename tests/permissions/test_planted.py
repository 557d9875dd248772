"""The tests of permissions bite: some mistakes are planted, and found; the rest by the script."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.permissions.planted import changed_text
from tests.permissions.plants import PLANTS

ROOT = Path(__file__).parent.parent.parent
SAMPLE = (
    "rows of everybody are seen",
    "the history of what is hidden is told",
    "members edit in read-annotate groups",
    "rows of two groups are linked",
    "tokens to write administer",
)
"""Of every kind one; the others are tried by `python -m tests.permissions.planted`."""


def test_every_mistake_can_be_planted_and_is_another_one() -> None:
    assert len(PLANTS) >= 60
    assert len({one.name for one in PLANTS}) == len(PLANTS)
    assert len({(one.module, changed_text(one)) for one in PLANTS}) == len(PLANTS)


@pytest.mark.slow
def test_planted_mistakes_are_found() -> None:
    # A process of its own: what is forked must not hold the threads of other tests.
    only = [text for name in SAMPLE for text in ("--only", name)]
    command = [sys.executable, "-m", "tests.permissions.planted", *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)

    assert "5 of 5 planted mistakes were caught" in done.stdout, done.stdout + done.stderr
