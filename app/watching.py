"""`micrograph watch`: a folder is looked at again and again, and what is complete is imported.

By polling, which also sees what other machines write to a shared disk. What was tried is known by
path, size and time; after a restart everything is tried once more, which costs little, as files
that are registered are known without being read.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.import_steps import TOGETHER
from app.importing import Ordered, Outcome, Wishes, find_files
from app.imports import Imports
from store.access import Viewer
from store.errors import StoreError
from store.importing import readers
from store.importing.plans import Plan
from store.importing.sandbox import Sandbox
from store.importing.scan import MAX_DEPTH

type Seen = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


@dataclass(slots=True)
class Watch:
    """What is known of one folder.

    Args:
        folder: That is watched.
        settle_s: How long size and time of all files of a folder must stay the same.
    """

    folder: Path
    settle_s: float
    _seen: dict[Path, tuple[Seen, float]] = field(default_factory=dict)
    """With the moment since when it has been so."""
    _tried: dict[Path, Seen] = field(default_factory=dict)

    def complete(self, now: float) -> list[Path]:
        """Look at the folder, and return files that are new and do not change any more.

        Files come when all files beside them are still, too, as they may belong together.

        Args:
            now: Seconds of a clock that never goes back.
        """
        found = dict(_files(self.folder, MAX_DEPTH))
        self._seen = {
            path: self._seen[path]
            if path in self._seen and self._seen[path][0] == seen
            else (seen, now)
            for path, seen in found.items()
        }
        together: defaultdict[Path, list[Path]] = defaultdict(list)
        for path in self._seen:
            together[path.parent].append(path)
        ready = []
        for paths in together.values():
            new = [path for path in paths if self._tried.get(path) != self._seen[path][0]]
            if new and all(now - self._seen[path][1] >= self.settle_s for path in paths):
                ready += new
        return sorted(ready)

    @property
    def still(self) -> bool:
        """Whether everything that was seen has been tried."""
        return all(self._tried.get(path) == seen for path, (seen, _) in self._seen.items())

    def tried(self, paths: list[Path]) -> None:
        """Note that files were imported, or left out, as they are."""
        for path in paths:
            if path in self._seen:
                self._tried[path] = self._seen[path][0]


def watch(
    imports: Imports,
    viewer: Viewer,
    watched: Watch,
    wishes: Wishes,
    say: Callable[[str], None],
    roots: tuple[Path, ...],
    sandbox: Sandbox,
) -> Iterator[Outcome]:
    """Look at a folder once, and import what is complete in it.

    Args:
        imports: Of a started Micrograph.
        viewer: Who will own the images.
        watched: The folder.
        wishes: How it is done.
        say: Told of files that are left out, one line at a time.
        roots: Folders that images may come from; any if there are none.
        sandbox: Children that look at files.

    Yields:
        What became of each fileset.
    """
    ready = watched.complete(time.monotonic())
    try:
        yield from _imported(imports, viewer, watched, ready, wishes, say, roots, sandbox)
        watched.tried(ready)
    except StoreError as error:
        say(f"Not now: {error}")


def _imported(
    imports: Imports,
    viewer: Viewer,
    watched: Watch,
    ready: list[Path],
    wishes: Wishes,
    say: Callable[[str], None],
    roots: tuple[Path, ...],
    sandbox: Sandbox,
) -> Iterator[Outcome]:
    if not ready:
        return
    found = find_files(_named(watched.folder, ready), roots, sandbox)
    new = set(ready)
    for left in found.skipped:
        if left.path in new:
            say(f"left out  {left.path}: {left.reason}")
    plans = [Plan(one) for one in found.filesets]
    for start in range(0, len(plans), TOGETHER):
        some = plans[start : start + TOGETHER]
        job_id = imports.begin(viewer, Ordered(some, wishes=wishes))
        yield from imports.follow(viewer, job_id)


def _named(top: Path, ready: list[Path]) -> list[Path]:
    """The files, or the folders that are images or plates as a whole."""
    found: dict[Path, None] = {}
    whole: dict[Path, bool] = {}
    for path in ready:
        inside = len(path.relative_to(top).parts)
        for folder in reversed(path.parents[:inside]):
            if folder not in whole:
                names = {entry.name for entry in folder.iterdir()}
                whole[folder] = readers.is_one(folder, names)
            if whole[folder]:
                found[folder] = None
                break
        else:
            found[path] = None
    return list(found)


def _files(folder: Path, depth: int) -> Iterator[tuple[Path, Seen]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth > 0:
                    yield from _files(Path(entry.path), depth - 1)
            elif entry.is_file():
                status = entry.stat()
                yield Path(entry.path), (status.st_size, status.st_mtime_ns)
        except OSError:
            continue
