"""Conditions on the rows of a list: typed input, checked, compiled to SQL."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from store.access import Viewer

type Build = Callable[[Viewer, Any], sa.ColumnElement[bool]]
"""Makes the condition on an entity or an alias of one, as far as a viewer may see."""


@dataclass(frozen=True)
class Filter:
    """What a list's argument `filter` says; equal if the same is asked for."""

    key: str
    """All that it says, in one form."""
    build: Build = field(compare=False)

    @cached_property
    def digest(self) -> str:
        """Short form of the key, for cursors."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]
