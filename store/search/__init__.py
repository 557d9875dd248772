"""Full-text search over everything that has a text."""

from store.search.grammar import Node, SearchSyntaxError, parse
from store.search.paths import KINDS
from store.search.query import Place, Search, condition

__all__ = ["KINDS", "Node", "Place", "Search", "SearchSyntaxError", "condition", "parse"]
