"""`micrograph doctor`: what this machine has and lacks, each with its remedy."""

import contextlib
import importlib.metadata
import importlib.util
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.settings import GIB, Settings, unknown_variables

OLDEST_PYTHON = (3, 12)
CODECS = ("JPEG8", "JPEG2K", "JPEGXR", "JPEGXL", "DEFLATE", "LZW", "LZMA", "ZSTD", "WEBP", "PNG")
LITTLE_SPACE = 2 * GIB
OUR_NAMES = ("app", "schema", "render", "store")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Literal["ok", "warn", "fail"]
    text: str
    remedy: str = ""


def examine(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything that Micrograph needs, one finding after the other.

    Args:
        settings: In force.
        env: The environment that they were read from.
    """
    yield _python()
    yield _micrograph()
    yield from _checked(_sqlite)
    yield from _checked(_codecs)
    yield _data(settings)
    yield _space(settings)
    yield from _checked(lambda: _database(settings))
    yield _client()
    yield _port(settings)
    yield from _namesakes()
    for warning in unknown_variables(env):
        yield Finding("warn", warning, "Unset it or correct its name.")


def _checked(look: Callable[[], Finding]) -> Iterator[Finding]:
    """Turn whatever keeps a part from being looked at into a finding of its own."""
    try:
        yield look()
    except Exception as error:  # noqa: BLE001  (a broken part must not hide the others' findings)
        yield Finding("fail", f"{type(error).__name__}: {error}", "Install Micrograph again.")


def _python() -> Finding:
    text = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("fail", text, "Micrograph needs Python 3.12 or newer.")
    return Finding("ok", text)


def _micrograph() -> Finding:
    try:
        return Finding("ok", f"Micrograph {importlib.metadata.version('micrograph')}")
    except importlib.metadata.PackageNotFoundError:
        return Finding("fail", "Micrograph is not installed", "Run: pip install --editable .")


def _sqlite() -> Finding:
    from store.database import SAFE_WAL, sqlite_module

    module = sqlite_module()
    text = f"SQLite {module.sqlite_version} ({module.__name__})"
    if tuple(int(part) for part in module.sqlite_version.split(".")) < SAFE_WAL:
        return Finding(
            "warn",
            f"{text} has a bug in its write-ahead log, so the log stays off and reads wait",
            "Run: pip install pysqlite3",
        )
    return Finding("ok", f"{text}, write-ahead log safe")


def _codecs() -> Finding:
    import imagecodecs

    missing = [name for name in CODECS if not getattr(imagecodecs, name).available]
    text = f"imagecodecs {imagecodecs.__version__}"
    if missing:
        return Finding("warn", f"{text} lacks {', '.join(missing)}", "Install its binary wheel.")
    return Finding("ok", f"{text}, all codecs there")


def _data(settings: Settings) -> Finding:
    folder = settings.data
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding(
            "fail",
            f"The data folder {folder} cannot be written ({error.strerror})",
            "Choose another with MICROGRAPH_DATA, or change its rights.",
        )
    return Finding("ok", f"Data folder {folder} can be written")


def _space(settings: Settings) -> Finding:
    folder = settings.data
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / GIB:.1f} GiB free for the data folder"
    if free < LITTLE_SPACE:
        return Finding("warn", text, "Pyramid levels may need more; free some, or move the folder.")
    return Finding("ok", text)


def _database(settings: Settings) -> Finding:
    from store.database import Database

    file = settings.database.removeprefix("sqlite:///")
    if file != settings.database and not Path(file).exists():
        return Finding("ok", f"Database {file} will be made at the first start")
    database = Database(settings.database)
    try:
        problems = database.check()
        if problems:
            return Finding(
                "fail", f"Database {database.location}: {problems[0]}", "See `micrograph db check`."
            )
        return Finding("ok", f"Database {database.location} is in order ({database.server})")
    finally:
        database.close()


def _client() -> Finding:
    from app.routes.pages import FOLDER

    if (FOLDER / "index.html").is_file():
        return Finding("ok", "Web client built")
    return Finding("warn", "The web client is not built", "Run: make web")


def _port(settings: Settings) -> Finding:
    where = f"Port {settings.port} on {settings.host}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            remedy = "A server may run already; else choose another with MICROGRAPH_PORT."
            return Finding("warn", f"{where} is not free ({error.strerror})", remedy)
    return Finding("ok", f"{where} is free")


def _namesakes() -> Iterator[Finding]:
    """Other distributions that would be imported in place of Micrograph's own packages."""
    providers = importlib.metadata.packages_distributions()
    clean = True
    for name in OUR_NAMES:
        others = sorted(set(providers.get(name, [])) - {"micrograph"})
        if others:
            clean = False
            yield Finding(
                "fail",
                f"{', '.join(others)} installs a module named {name!r}, as Micrograph does",
                "Install Micrograph in an environment of its own (pipx, uv tool, make run).",
            )
    if clean:
        yield Finding("ok", "No other distribution has modules named " + ", ".join(OUR_NAMES))
