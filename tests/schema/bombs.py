"""Documents that are small to write and costly to validate or to answer."""


def doubling(fragments: int) -> str:
    """Fragments that each contain the next one twice."""
    parts = [
        f"fragment F{n} on Project {{ a: id ...F{n + 1} ...F{n + 1} }}" for n in range(fragments)
    ]
    return f"{{ project(id: 1) {{ ...F0 }} }} {' '.join(parts)} fragment F{fragments} on Project {{ id }}"


def doubling_fields(fragments: int) -> str:
    """Fragments that contain the next one below two different fields."""
    parts = [
        f"fragment F{n} on X {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}"
        for n in range(fragments)
    ]
    return f"{{ x {{ ...F0 }} }} {' '.join(parts)} fragment F{fragments} on X {{ id }}"


REFUSED = {
    "characters": "#" * 100_001,
    "tokens": "{ " + " ".join(f"a{n}" for n in range(2_000)) + " }",
    "depth": "{ " + "a { " * 15 + "b" + " }" * 16,
    "brackets": "{ a(b: " + "[" * 5_000 + "]" * 5_000 + ") }",
    "aliases": "{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(31)) + " }",
    "aliases by fragments": "{ ...A ...B } "
    + " ".join(
        f"fragment {name} on Query {{ {' '.join(f'{name}{n}: viewer {{ id }}' for n in range(16))} }}"
        for name in "AB"
    ),
    "repeats": "{ " + "viewer { id } " * 21 + "}",
    "repeats by fragments": "{ ...A ...B } "
    + " ".join(f"fragment {name} on Query {{ {'viewer { id } ' * 11} }}" for name in "AB"),
    "spreads": "{ " + "...A " * 900 + "} fragment A on Query { viewer { id } }",
    "inline fragments": "{ " + "... on Query { a } " * 300 + "}",
    "directives": "{ viewer { id " + "@skip(if: false) " * 51 + "} }",
    "fragments": "{ a } " + " ".join(f"fragment F{n} on A {{ a }}" for n in range(51)),
    "fields": doubling(20),
    "depth by fragments": doubling_fields(20),
    "fields by fragments": doubling_fields(13),
    "a cycle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "itself": "{ ...A } fragment A on Query { viewer { ...A } }",
    "types of fields": "{ __schema { types { fields { type { fields { name } } } } } }",
    "types of fields by fragments": "{ __schema { types { ...A } } } "
    "fragment A on __Type { fields { type { ...B } } } fragment B on __Type { interfaces { name } }",
    "mutations": "mutation { "
    + " ".join(f"m{n}: createProjects(items: []) {{ applied }}" for n in range(5))
    + " }",
}
"""By what is too much of them."""
