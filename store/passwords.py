"""Passwords: how they are hashed, compared and chosen."""

import argon2

from store.errors import InvalidInputError

MIN_LENGTH = 8
MAX_LENGTH = 1024  # more would let one request hash for seconds
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with 19 MiB and two passes, the least that OWASP recommends; about 25 ms."""

NOBODY = _HASHER.hash("an account that does not exist")
"""Compared with where there is no hash, so that the answer takes as long."""


def hash_password(password: str) -> str:
    """Hash a new password, as a PHC string with its salt and parameters.

    Raises:
        InvalidInputError: Shorter than 8 or longer than 1,024 characters, or one character
            repeated.
    """
    if len(password) < MIN_LENGTH:
        raise InvalidInputError(
            f"The password has {len(password)} characters; at least {MIN_LENGTH} are needed,"
            " because shorter ones are guessed in hours.",
            "Choose a longer one; a few words are easy to remember.",
        )
    if len(password) > MAX_LENGTH:
        raise InvalidInputError(
            f"The password is longer than {MAX_LENGTH} characters.", "Shorten it."
        )
    if len(set(password)) == 1:
        raise InvalidInputError("The password repeats one character.", "Choose another.")
    return _HASHER.hash(_encoded(password))


def password_matches(password_hash: str | None, password: str) -> bool:
    """Compare a password with a hash, taking as long for an account without one.

    Args:
        password_hash: As `hash_password` made it; none never matches, also not the empty password.
        password: As typed.
    """
    if len(password) > MAX_LENGTH:
        return False
    try:
        _HASHER.verify(password_hash or NOBODY, _encoded(password))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None


def _encoded(password: str) -> bytes:
    # Surrogates cannot be typed, but JSON can carry them.
    return password.encode("utf-8", "surrogatepass")
