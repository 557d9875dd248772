"""Fixtures of the schema's tests."""

import pytest

from schema import texts


@pytest.fixture(params=[texts.LARGE, 0], ids=["objects", "texts"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test twice: small answers as they are, then as if each level had many rows."""
    monkeypatch.setattr(texts, "LARGE", request.param)
