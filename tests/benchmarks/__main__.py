"""`make bench`: run benchmarks, print a table, write .bench/results.json."""

import argparse
import importlib
import json

from tests.benchmarks.rows import FOLDER, Row, failed, machine, measured, table

BENCHMARKS = (
    "tile",
    "warm",
    "peer_tiles",
    "query",
    "peer_postgraphile",
    "memory",
    "soak",
    "overload",
    "start",
    "idr",
    "scale",
    "rights",
    "shapes",
    "export",
    "browser",
    "plates",
    "flat",
    "register",
    "arrivals",
    "hostile",
)


def main() -> int:
    """Run the benchmarks asked for; 1 if one could not be run, whatever the figures are."""
    wanted = _wanted()
    rows: list[Row] = []
    for name in wanted:
        print(f"{name} ...", flush=True)
        rows += _run(name)
    print(f"\n{machine()}\n\n{table(rows)}")
    _write(rows, wanted)
    return 1 if any(found["value"] is None for found in rows) else 0


def _wanted() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help=f"of {','.join(BENCHMARKS)}; by commas")
    only = [name.strip() for name in parser.parse_args().only.split(",") if name.strip()]
    unknown = sorted(set(only) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return only or list(BENCHMARKS)


def _run(name: str) -> list[Row]:
    try:
        module = importlib.import_module(f"tests.benchmarks.{name}")
    except ImportError as error:
        return [failed(name, error)]
    return [
        {"benchmark": name, "machine": machine(), **found} for found in measured(name, module.run)
    ]


def _write(rows: list[Row], ran: list[str]) -> None:
    """Write the results; those of benchmarks that did not run this time stay."""
    path = FOLDER / "results.json"
    kept: list[Row] = json.loads(path.read_text()) if path.exists() else []
    kept = [found for found in kept if found.get("benchmark") not in ran]
    FOLDER.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps([*kept, *rows], indent=1) + "\n")
    part.replace(path)
    print(f"\nWritten to {path.relative_to(FOLDER.parent)}.")


if __name__ == "__main__":
    raise SystemExit(main())
