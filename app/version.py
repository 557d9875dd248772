"""Which Micrograph this is."""

import importlib.metadata


def version() -> str:
    """Return the installed version, or `unreleased` when run from sources never installed."""
    try:
        return importlib.metadata.version("micrograph")
    except importlib.metadata.PackageNotFoundError:
        return "unreleased"
