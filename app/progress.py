"""Progress of an import: a bar with throughput and remaining time, or plain lines when piped."""

import sys
import time
from types import TracebackType
from typing import Self

import rich.progress
from rich.console import Console
from rich.text import Text

MEGABYTE = 1_000_000


class Progress:
    """Shows how far a number of bytes has come, as a context manager.

    On a terminal, a bar below the lines of what failed; elsewhere every line, one by one.
    """

    def __init__(self, total_bytes: int) -> None:
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._started = time.perf_counter()
        self._bar = rich.progress.Progress(
            "{task.description}",
            rich.progress.BarColumn(),
            rich.progress.DownloadColumn(),
            rich.progress.TransferSpeedColumn(),
            rich.progress.TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("Importing", total=max(total_bytes, 1))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def done(self, size_bytes: int, line: str, *, failed: bool) -> None:
        """Count a fileset as done.

        Args:
            size_bytes: Size of its files.
            line: What became of it, in words.
            failed: Whether the line must be seen on a terminal, too.
        """
        self._done_bytes += size_bytes
        self._bar.advance(self._task, size_bytes)
        if failed or not self._console.is_terminal:
            self._console.print(Text(line))

    def rate(self) -> str:
        """Return time and throughput so far, as `1.5 s, 210 MB/s.`."""
        seconds = max(time.perf_counter() - self._started, 1e-6)
        return f"{seconds:.1f} s, {self._done_bytes / MEGABYTE / seconds:.0f} MB/s."
