"""Hashes of passwords: Argon2id, each 64 MiB for a fifth of a second, four at once at most.

The floor is that of OWASP (19 MiB, two passes); weaker parameters cannot be asked for.
"""

from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from ..domain.passwords import plain

#: A flood of sign-ins shall not eat the memory of the machine.
_AT_ONCE = BoundedSemaphore(4)


class Parameters(NamedTuple):
    kibibytes: int
    passes: int
    lanes: int


USUAL = Parameters(64 * 1024, 3, 4)
FLOOR = Parameters(19 * 1024, 2, 1)


class Argon2:
    """What `domain.passwords.Hasher` asks for."""

    def __init__(self, chosen: Parameters = USUAL) -> None:
        if chosen.kibibytes < FLOOR.kibibytes or chosen.passes < FLOOR.passes:
            raise ValueError(f"weaker than {FLOOR}")
        self._argon2 = PasswordHasher(
            chosen.passes, chosen.kibibytes, chosen.lanes, hash_len=32, salt_len=16, type=Type.ID
        )
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """See `Hasher.hash`."""
        with _AT_ONCE:
            return self._argon2.hash(plain(password))

    def matches(self, password: str, hashed: str | None) -> bool:
        """See `Hasher.matches`."""
        whose = hashed
        if whose is None or not whose.startswith("$argon2id$"):
            hashed = None
            whose = self._nobody = self._nobody or self.hash("nobody has this password")
        with _AT_ONCE:
            try:
                self._argon2.verify(whose, plain(password))
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """See `Hasher.is_outdated`."""
        return self._argon2.check_needs_rehash(hashed)
