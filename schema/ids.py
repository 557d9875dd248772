"""Global ids: the name of a type and a database id, such as Image:42."""

import re

from store.errors import InvalidInputError

ID_MAX = 2**63 - 1
_GLOBAL_ID = re.compile(r"([A-Z][A-Za-z]{0,63}):([1-9][0-9]{0,18})", re.ASCII)


def database_id(global_id: str, kind: str | None = None) -> tuple[str, int]:
    """Take a global id apart.

    Args:
        global_id: Such as "Image:42".
        kind: Type that it has to name.

    Returns:
        Name of the type and database id.

    Raises:
        InvalidInputError: Not of this form, or of another type.
    """
    found = _GLOBAL_ID.fullmatch(global_id)
    if found is None or int(found[2]) > ID_MAX:
        raise InvalidInputError(
            f"{global_id[:64]!r} is no id.", "Ids are a type and a number, such as Image:42."
        )
    if kind is not None and found[1] != kind:
        raise InvalidInputError(
            f"{global_id} is no id of the type {kind}.", f"Give one such as {kind}:42."
        )
    return found[1], int(found[2])
