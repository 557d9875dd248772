"""What a benchmark found: rows for the table and for .bench/results.json."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

type Row = dict[str, Any]

FOLDER = Path(__file__).parent.parent.parent / ".bench"
"""Where results, generated images and peers' environments are; ignored by git."""


def machine() -> str:
    """Return the processor, the number of cores and the Python that ran the benchmark."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.partition(":")[2] for line in info.read_text().splitlines() if "model name" in line
        ]
        name = models[0].strip() if models else name
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def row(
    name: str,
    value: float | None,
    unit: str,
    *,
    runs: int,
    better: str = "lower",
    target: float | None = None,
    peer: str | None = None,
    peer_value: float | None = None,
    note: str | None = None,
) -> Row:
    """Return one result.

    Args:
        name: What was measured.
        value: The figure, in three significant digits; None if it could not be measured.
        unit: Its unit; "x" is a ratio.
        runs: From how many rounds the median was taken.
        better: "lower" or "higher".
        target: What the figure should reach, if anything.
        peer: What it is compared with.
        peer_value: The same of the peer, in the unit of the peer's text.
        note: Why there is no figure, or what is special about it.
    """
    found: Row = {
        "name": name,
        "value": value,
        "unit": unit,
        "better": better,
        "target": target,
        "met": reached(value, target, better),
        "peer": peer,
        "peer_value": peer_value,
        "runs": runs,
        "machine": machine(),
    }
    return found | ({"note": note} if note else {})


def reached(value: float | None, target: float | None, better: str) -> bool | None:
    """Tell whether a figure reaches its target; None where there is no target."""
    if target is None:
        return None
    if value is None:
        return False
    return value <= target if better == "lower" else value >= target


def failed(name: str, error: BaseException) -> Row:
    """Return the row of a benchmark that could not be run."""
    text = " ".join(str(error).split())
    return row(name, None, "", runs=0, note=f"{type(error).__name__}: {text}"[:400])


def measured(name: str, run: Callable[[], Iterable[Row]]) -> list[Row]:
    """Return the rows of a benchmark, or one that says why there are none."""
    try:
        return list(run())
    except Exception as error:  # noqa: BLE001  (one benchmark's failure must not end the others)
        return [failed(name, error)]


def table(rows: Sequence[Row]) -> str:
    """Return the results as text in columns."""
    lines = [("benchmark", "value", "target", "", "peer")]
    notes = []
    for found in rows:
        peer = f"{found['peer']}: {_figure(found['peer_value'])}" if found.get("peer") else ""
        sign = "at most" if found.get("better") == "lower" else "at least"
        target = found.get("target")
        lines.append(
            (
                found["name"],
                f"{_figure(found['value'])} {found['unit']}".strip(),
                "" if target is None else f"{sign} {_figure(target)}",
                {True: "met", False: "MISSED", None: ""}[found.get("met")],
                peer,
            )
        )
        if found.get("note"):
            notes.append(f"{found['name']}: {found['note']}")
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    text = [
        "  ".join([*(line[i].ljust(widths[i]) for i in range(4)), line[4]]).rstrip()
        for line in lines
    ]
    return "\n".join([*text, *notes])


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
