"""Converts files that nothing here reads, by somebody's own Bio-Formats, in a process of its own.

Bio-Formats is under the GPL: it is neither part of Micrograph nor imported by it. Its command line
tools (`bfconvert` of bftools) are run if they are there, and what they write is an OME-TIFF.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from store.errors import ConflictError, StoreError, UnreadableFileError, UnsupportedError, reason
from store.importing.readers import parse
from store.importing.scan import scan

TIME_S = 3600.0
"""Longest time of one conversion."""
MEMORY = "2g"
"""What Java may take, as bftools read it."""
_SUFFIX = ".ome.tiff"
_KEPT = ("PATH", "JAVA_HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""Variables of the environment that the tools get; no others, which may hold secrets."""
_GET = (
    "Get bftools from https://www.openmicroscopy.org/bio-formats/downloads/ and put them on PATH."
)


@dataclass(frozen=True, slots=True)
class BioFormats:
    """The tools of one Bio-Formats."""

    bfconvert: Path

    def convert(self, path: Path, folder: Path, time_s: float = TIME_S) -> Path:
        """Make an OME-TIFF of a file and those that belong to it.

        Args:
            path: The file; Bio-Formats finds what belongs to it.
            folder: Where the result goes; made when missing.
            time_s: Longest time, in seconds.

        Returns:
            The result, named after the file. It is there only if it is whole and can be read.

        Raises:
            ConflictError: There is a file of that name.
            UnsupportedError: Bio-Formats does not read the file either.
            UnreadableFileError: It takes too long, or what it wrote is not readable.
        """
        target = folder / f"{path.name}{_SUFFIX}"
        if target.exists():
            raise ConflictError(f"{target} is there already.", "Import it, or remove it first.")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".converting-") as made:
            result = Path(made) / target.name
            self._run(path, result, Path(made), time_s)
            _check_readable(result, path)
            with result.open("rb") as written:
                os.fsync(written.fileno())
            result.rename(target)
        return target

    def _run(self, path: Path, result: Path, home: Path, time_s: float) -> None:
        command = [
            str(self.bfconvert), "-no-upgrade", "-bigtiff", "-compression", "zlib",
            "-tilex", "256", "-tiley", "256", str(path.absolute()), str(result),
        ]  # fmt: skip
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ |= {"BF_MAX_MEM": MEMORY, "HOME": str(home), "TMPDIR": str(home)}
        log = home / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(  # noqa: S603  the tool that this person's setting names
                command,
                cwd=home,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(time_s)
            except subprocess.TimeoutExpired as error:
                raise UnreadableFileError(
                    f"Bio-Formats has not converted {path.name} within {time_s:g} seconds.",
                    "Allow it more time, or convert the file by hand.",
                    path=str(path),
                ) from error
            finally:
                _end(process)
        if code or not result.is_file():
            raise UnsupportedError(
                f"Bio-Formats does not convert {path.name}: {_last_words(log)}.",
                "Ask the makers of the instrument for an OME-TIFF.",
            )


def tools(folder: Path | None = None) -> BioFormats:
    """The tools in a folder, or those on PATH.

    Raises:
        UnsupportedError: They are not there.
    """
    found = shutil.which("bfconvert", path=None if folder is None else str(folder))
    if found is None:
        place = "on PATH" if folder is None else f"in {folder}"
        raise UnsupportedError(f"Bio-Formats' tool bfconvert is not {place}.", _GET)
    return BioFormats(Path(found))


def _check_readable(result: Path, path: Path) -> None:
    try:
        filesets = scan([result]).filesets
        readable = bool(filesets) and all(parse(found).images for found in filesets)
    except StoreError as error:
        raise UnreadableFileError(
            f"What Bio-Formats made of {path.name} cannot be read: {reason(error)}",
            path=str(path),
        ) from error
    if not readable:
        raise UnreadableFileError(f"Bio-Formats made no image of {path.name}.", path=str(path))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and those that it started: bfconvert is a script that starts Java."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    told = [line for line in lines if line and not line.startswith("at ")]
    said = next(
        (line for line in told if "Exception" in line), told[-1] if told else "it says not why"
    )
    return said[:300].rstrip(".")
