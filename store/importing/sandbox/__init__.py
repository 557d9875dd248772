"""Reads files of strangers in child processes that can do nothing else."""

from store.importing.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
