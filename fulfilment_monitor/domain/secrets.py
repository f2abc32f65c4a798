"""What services may do with keys they never see: seal, unseal, and make keyed hashes.

The keys lie in files outside the database; `gateways.keyring` holds them, and is a `Secrets`.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol

from .errors import Refusal


class Purpose(StrEnum):
    """What a key is for; no key serves two purposes."""

    #: Seals what reveals a complainant (AES-256-GCM).
    VAULT = "vault"
    #: Hashes lookup codes (HMAC-SHA256).
    RECEIPT = "receipt"
    #: Hashes contents to know them again (HMAC-SHA256).
    DIGEST = "digest"
    #: Hashes entries of the record of acts (HMAC-SHA256).
    AUDIT = "audit"
    #: Signs the head of the record (Ed25519).
    ANCHOR = "anchor"


class Keyed(NamedTuple):
    """Bytes made with a key, and which key: sealed content, a keyed hash, or a signature."""

    key_id: str
    content: bytes


class Unsealable(Refusal):
    """The sealed bytes were changed, moved to another place, or are of another key."""

    code = "vault.damaged"
    title = "What was sealed cannot be opened"
    status = 409


class KeyUnknown(Refusal):
    """A row speaks of a key that is not in the folder of keys."""

    code = "keys.unknown"
    title = "A key is missing"
    status = 503


class Secrets(Protocol):
    """The newest key of a purpose makes; every key of it reads."""

    def seal(self, content: bytes, about: bytes) -> Keyed:
        """Encrypt; `about` says what it is, and has to be the same to open it."""

    def unseal(self, sealed: Keyed, about: bytes) -> bytes:
        """Decrypt.

        Raises:
            Unsealable: any bit of the content or of `about` is another.
            KeyUnknown: its key is not here.
        """

    def mac(self, purpose: Purpose, content: bytes) -> Keyed:
        """The keyed hash of some bytes, 32 bytes, under the newest key."""

    def macs(self, purpose: Purpose, content: bytes) -> list[Keyed]:
        """The keyed hashes of some bytes under every key of a purpose, the newest first."""

    def sign(self, content: bytes) -> Keyed:
        """Sign with the newest anchor key; 64 bytes."""

    def is_signed(self, signature: Keyed, content: bytes) -> bool:
        """Whether a signature is that of some bytes.

        Raises:
            KeyUnknown: its key is not here.
        """
