"""Documents of twenty families, each of ten sizes, that cost more than they look."""

from collections.abc import Callable, Iterator, Mapping

from tests.schema.bombs import doubling, doubling_fields


def _many(text: str) -> Callable[[int], str]:
    return lambda n: "{ " + " ".join(text.replace("#", str(i)) for i in range(n)) + " }"


def _chain(n: int) -> str:
    parts = [f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(n)]
    return f"{{ ...F0 }} {' '.join(parts)} fragment F{n} on Query {{ __typename }}"


def _cycle(n: int) -> str:
    parts = [f"fragment F{i} on Query {{ ...F{(i + 1) % n} }}" for i in range(n)]
    return f"{{ ...F0 }} {' '.join(parts)}"


def _diamonds(n: int) -> str:
    parts = [
        f"fragment A{i} on Query {{ ...B{i} ...C{i} }} fragment B{i} on Query {{ ...A{i + 1} }}"
        f" fragment C{i} on Query {{ ...A{i + 1} }}"
        for i in range(n)
    ]
    return f"{{ ...A0 }} {' '.join(parts)} fragment A{n} on Query {{ __typename }}"


def _grid(n: int) -> str:
    inner = " ".join("... on Project { datasets { nodes { id } } }" for _ in range(n))
    return (
        "{ projects { nodes { "
        + " ".join(f"... on Project {{ {inner} }}" for _ in range(n))
        + " } } }"
    )


FAMILIES: Mapping[str, Callable[[int], str]] = {
    "fragments that contain the next twice": doubling,
    "fragments below two fields": doubling_fields,
    "a chain of fragments": _chain,
    "a cycle of fragments": _cycle,
    "diamonds of fragments": _diamonds,
    "a grid of inline fragments": _grid,
    "the same field": _many("__typename"),
    "the same field with selections": _many("projects { nodes { id } }"),
    "unknown fields": _many("unknown#"),
    "aliases": _many("a#: __typename"),
    "aliases of lists": _many("a#: projects(first: 500) { nodes { datasets(first: 500) { nodes { id } } } }"),
    "spreads": lambda n: "{ " + "...A " * n + "} fragment A on Query { __typename }",
    "unused fragments": lambda n: "{ __typename } " + " ".join(f"fragment F{i} on Query {{ __typename }}" for i in range(n)),
    "directives": lambda n: "{ __typename " + "@skip(if: false) " * n + "}",
    "unknown directives": lambda n: "{ __typename " + "@aa " * n + "}",
    "fields inside each other": lambda n: "{ " + "projects { nodes { datasets { nodes { " * n + "id" + " } } } }" * n + " }",
    "lists inside each other": lambda n: "{ search(query: " + "[" * n + "]" * n + ") { nodes { id } } }",
    "objects inside each other": lambda n: "{ projects(filter: " + "{not: " * n + "{}" + "}" * n + ") { totalCount } }",
    "variables": lambda n: "query(" + " ".join(f"$v{i}: Int" for i in range(n)) + ") { __typename }",
    "questions about types": lambda n: "{ __schema { types { " + "fields { type { " * n + "name" + " } }" * n + " } } }",
}  # fmt: skip
SIZES = (1, 2, 5, 10, 20, 40, 80, 150, 400, 2_000)
LARGEST = 1 << 20
"""Bytes of the longest body that the server takes."""


def documents() -> Iterator[tuple[str, str]]:
    """Iterate over name and text of all of them; what no body can hold is cut."""
    for name, make in FAMILIES.items():
        for size in SIZES:
            most = 150 if make is _grid else size
            yield f"{name}, {size}", make(min(size, most))[:LARGEST]
