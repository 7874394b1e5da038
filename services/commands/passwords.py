"""Password hashes, in constant effort whether the account exists or not."""

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.domain.errors import InvalidRequestError

MIN_PASSWORD_LENGTH = 12
_MAX_PASSWORD_LENGTH = 1024


class Passwords:
    """Argon2id hashes. One at a time in a process, for each takes 64 MiB while it is computed."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._one_at_a_time = threading.Lock()

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash("the password of nobody")

    def hash_new(self, password: str) -> str:
        """Return the hash of a password that somebody chose.

        Raises
        ------
        InvalidRequestError
            If it is too short, too long, or no text.
        """
        if not MIN_PASSWORD_LENGTH <= len(password) <= _MAX_PASSWORD_LENGTH:
            raise InvalidRequestError(
                f"The password has {len(password)} characters: it needs {MIN_PASSWORD_LENGTH} "
                f"to {_MAX_PASSWORD_LENGTH}"
            )
        try:
            password.encode()
        except UnicodeEncodeError as error:
            raise InvalidRequestError("The password is not valid UTF-8: type it again") from error
        with self._one_at_a_time:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Return whether ``password`` made ``stored``; None (no such account) takes as long and is False."""
        with self._one_at_a_time:
            reference = self._nobodys_hash
            try:
                matches = self._hasher.verify(stored or reference, _bounded(password))
            except (VerificationError, InvalidHashError):
                return False
            return matches and stored is not None

    def rehashed(self, stored: str, password: str) -> str | None:
        """Return a new hash where the parameters have changed since ``stored`` was made, else None."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        with self._one_at_a_time:
            return self._hasher.hash(password)


def _bounded(password: str) -> bytes:
    # Longer ones match no stored hash; hashing a megabyte for them would only take time.
    return password[: _MAX_PASSWORD_LENGTH + 1].encode("utf-8", "replace")
