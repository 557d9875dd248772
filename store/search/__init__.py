"""Full-text search over everything that has a text."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from store.access import Viewer
from store.search.facets import Facet, facet
from store.search.grammar import Node, SearchSyntaxError, parse
from store.search.paths import KINDS
from store.search.query import Place, Search, condition

__all__ = [
    "KINDS",
    "Facet",
    "Node",
    "Place",
    "Search",
    "SearchSyntaxError",
    "condition",
    "facet",
    "ids",
    "parse",
]


def ids(session: Session, viewer: Viewer, query: str, kind: str, limit: int) -> Sequence[int]:
    """Find objects of one kind that a viewer may see, newest first.

    Args:
        session: Of the caller.
        viewer: Who searches.
        query: In the language of `store.search.grammar`.
        kind: Name of `KINDS`.
        limit: How many at most.

    Raises:
        SearchSyntaxError: Says at which character.
    """
    return Search(session, viewer, parse(query), [kind]).ids(kind, limit)
