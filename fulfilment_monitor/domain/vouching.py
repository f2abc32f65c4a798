"""Who somebody is for a service that vouches for people."""

from typing import NamedTuple


class Subject(NamedTuple):
    """Somebody as the issuer knows them; stable, and a name for nothing but comparing."""

    issuer: str
    name: str

    @property
    def content(self) -> bytes:
        """What is hashed to know the subject again."""
        return b"subject\x00" + self.issuer.encode() + b"\x00" + self.name.encode()
