"""The one rule for text that is kept: what people may type, and what files may hold."""

import unicodedata

from store.errors import InvalidInputError

NAME_LENGTH = 1024
TEXT_LENGTH = 1_000_000
_ALLOWED_CONTROLS = frozenset("\t\n\r")


def clean_name(text: str, kind: str = "name") -> str:
    """Check a name that somebody typed: one line of 1 to 1,024 characters.

    Args:
        text: As typed.
        kind: What is named, for the message.

    Returns:
        The name without white space around it.

    Raises:
        InvalidInputError: Empty, too long, or with characters that cannot be shown or stored.

    >>> clean_name("  Mitosis ")
    'Mitosis'
    """
    name = text.strip()
    if not name:
        raise InvalidInputError(f"The {kind} is empty.", "Give at least one character.")
    if len(name) > NAME_LENGTH:
        raise InvalidInputError(
            f"The {kind} has {len(name)} characters; {NAME_LENGTH} are allowed.", "Shorten it."
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise InvalidInputError(
            f"The {kind} holds control characters or halves of surrogate pairs.", "Remove them."
        )
    return name


def clean_text(text: str | None, kind: str = "description") -> str | None:
    """Check a text of any number of lines that somebody typed.

    Returns:
        The text; none if there is nothing but white space.

    Raises:
        InvalidInputError: Too long, or with characters that cannot be stored.
    """
    if text is None or not text.strip():
        return None
    if len(text) > TEXT_LENGTH:
        raise InvalidInputError(
            f"The {kind} is longer than {TEXT_LENGTH} characters.", "Shorten it."
        )
    if any(_unstorable(character) for character in text):
        raise InvalidInputError(
            f"The {kind} holds control characters or halves of surrogate pairs.", "Remove them."
        )
    return text


def storable(text: str | None, limit: int | None = None) -> str | None:
    r"""Make text from a file storable: a strange character must not keep an image out.

    Args:
        text: As the file has it.
        limit: Most characters to keep, if there is a limit.

    Returns:
        The text with what no database can hold replaced by U+FFFD; none if nothing is left.

    >>> storable("Ce\x00ll", 3) == "Ce\ufffd"
    True
    """
    if text is None:
        return None
    kept = text.strip()
    if not kept.isprintable():
        kept = "".join("\ufffd" if _unstorable(character) else character for character in kept)
    return kept[:limit] or None


def _unstorable(character: str) -> bool:
    if character in _ALLOWED_CONTROLS:
        return False
    # PostgreSQL refuses NUL, UTF-8 has no surrogates; the other controls break JSON and terminals.
    return unicodedata.category(character) in ("Cc", "Cs")
