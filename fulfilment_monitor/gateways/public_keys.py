"""Signatures checked with public keys alone, as a witness does who has no other."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ..domain.secrets import Keyed
from .keyring import KeysUnusable


class PublicKeys:
    """The public halves of anchor keys."""

    def __init__(self, keys: Sequence[Ed25519PublicKey]) -> None:
        self._keys = keys

    def is_signed(self, signature: Keyed, content: bytes) -> bool:
        """Whether one of the keys has signed some bytes, whatever it is called."""
        return any(_fits(key, signature.content, content) for key in self._keys)


def _fits(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def read_public_keys(paths: Sequence[Path]) -> PublicKeys:
    """Public keys from PEM files.

    Raises:
        KeysUnusable: a file is no public key of Ed25519.
    """
    found = []
    for path in paths:
        try:
            key = load_pem_public_key(path.read_bytes())
        except OSError as fault:
            raise KeysUnusable(f"{path}: {fault.strerror}") from fault
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise KeysUnusable(f"{path} is no public key of Ed25519")
        found.append(key)
    return PublicKeys(found)
