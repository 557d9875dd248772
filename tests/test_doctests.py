"""The examples in docstrings are true, in compiled functions too."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import app
import render
import schema
import store


def modules() -> Iterator[str]:
    for package in (app, schema, render, store):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                yield module.name


@pytest.mark.parametrize("name", sorted(modules()))
def test_docstring_examples_hold(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))

    assert failed == 0
