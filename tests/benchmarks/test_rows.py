"""Rows of results: what they say of targets, and of benchmarks that cannot be run."""

import pytest

from tests.benchmarks.rows import Row, failed, measured, row, table


@pytest.mark.parametrize(
    ("value", "better", "met"),
    [(1.9, "lower", True), (2.1, "lower", False), (2.1, "higher", True), (None, "lower", False)],
)
def test_a_row_says_whether_its_target_is_met(value: float | None, better: str, met: bool) -> None:
    assert row("tile", value, "x", runs=7, better=better, target=2.0)["met"] is met


def test_a_row_without_target_is_neither_met_nor_missed() -> None:
    assert row("tile", 3.0, "ms", runs=7)["met"] is None


def test_a_benchmark_that_fails_is_a_row_that_says_why() -> None:
    def run() -> list[Row]:
        raise RuntimeError("no peer here")

    rows = measured("query", run)

    assert rows == [failed("query", RuntimeError("no peer here"))]
    assert "no peer here" in rows[0]["note"]


def test_the_table_shows_figure_target_verdict_and_peer() -> None:
    found = row("tile", 2.567, "x", runs=7, target=2.0, peer="floor, ms", peer_value=3.45)

    assert table([found]).splitlines()[1].split() == [
        "tile", "2.57", "x", "at", "most", "2", "MISSED", "floor,", "ms:", "3.45",
    ]  # fmt: skip
