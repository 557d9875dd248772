"""Who may do what, typed by hand from OMERO's published permission tables; imports nothing of ours.

Source: OMERO's documentation for system administrators, "Groups and permissions system" and
"Administrators with restricted privileges". Everything here is about somebody else's data, except
the rows of the owner.
"""

LEVELS = ("private", "read-only", "read-annotate", "read-write", "public")
"""Kinds of groups, in the order of the columns below."""

_TABLES = {
    "view": """
        owner          Y Y Y Y Y
        narrowed       Y Y Y Y Y
        member         - Y Y Y Y
        leader         Y Y Y Y Y
        administrator  Y Y Y Y Y
        viewing        Y Y Y Y Y
        writing        Y Y Y Y Y
        deleting       Y Y Y Y Y
        moving         Y Y Y Y Y
        giving         Y Y Y Y Y
        stranger       - - - - Y
        former         - - - - Y
        anonymous      - - - - Y
    """,
    "annotate": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - Y Y -
        leader         - Y Y Y Y
        administrator  - Y Y Y Y
        viewing        - - - - -
        writing        - Y Y Y Y
        deleting       - - - - -
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "edit": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - - Y -
        leader         Y Y Y Y Y
        administrator  Y Y Y Y Y
        viewing        - - - - -
        writing        Y Y Y Y Y
        deleting       - - - - -
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "link": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - - Y -
        leader         - Y Y Y Y
        administrator  - Y Y Y Y
        viewing        - - - - -
        writing        - Y Y Y Y
        deleting       - - - - -
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "delete": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - - Y -
        leader         Y Y Y Y Y
        administrator  Y Y Y Y Y
        viewing        - - - - -
        writing        - - - - -
        deleting       Y Y Y Y Y
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "save rendering settings of": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - Y Y Y Y
        leader         - Y Y Y Y
        administrator  - Y Y Y Y
        viewing        - - - - -
        writing        - Y Y Y Y
        deleting       - - - - -
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "move": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - - - -
        leader         - - - - -
        administrator  Y Y Y Y Y
        viewing        - - - - -
        writing        - - - - -
        deleting       - - - - -
        moving         Y Y Y Y Y
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "share": """
        owner          Y Y Y Y Y
        narrowed       - - - - -
        member         - - - - -
        leader         - Y Y Y Y
        administrator  - Y Y Y Y
        viewing        - - - - -
        writing        - Y Y Y Y
        deleting       - - - - -
        moving         - - - - -
        giving         - - - - -
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
    "give": """
        owner          - - - - -
        narrowed       - - - - -
        member         - - - - -
        leader         Y Y Y Y Y
        administrator  Y Y Y Y Y
        viewing        - - - - -
        writing        - - - - -
        deleting       - - - - -
        moving         - - - - -
        giving         Y Y Y Y Y
        stranger       - - - - -
        former         - - - - -
        anonymous      - - - - -
    """,
}


def _parsed() -> dict[tuple[str, str, str], bool]:
    found = {}
    for action, table in _TABLES.items():
        for line in table.strip().splitlines():
            role, *cells = line.split()
            for level, cell in zip(LEVELS, cells, strict=True):
                found[action, role, level] = cell == "Y"
    return found


_CELLS = _parsed()
ACTIONS = tuple(_TABLES)
ROLES = tuple(dict.fromkeys(role for _, role, _ in _CELLS))


def may(role: str, action: str, level: str) -> bool:
    """Say whether somebody may do something with a row of the owner in a group of a level.

    >>> may("member", "annotate", "read-annotate"), may("administrator", "link", "private")
    (True, False)
    """
    return _CELLS[action, role, level]
