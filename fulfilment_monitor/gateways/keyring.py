"""The keys of the service: files in a folder outside the database, never overwritten.

`vault-1.key`, `vault-2.key` …: 32 random bytes in hexadecimal, readable by their owner alone. The
newest key of a purpose makes, all of them read; so a key is rotated by adding one, and none may
go while a row speaks of it. A key's id ends in a fingerprint, so that another key under the same
name is noticed. Beside each anchor key lies its public half as PEM, for witnesses.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..domain.errors import Refusal
from ..domain.secrets import Keyed, KeyUnknown, Purpose, Unsealable
from .disk import sync_folder

_BYTES = 32
_NONCE = 12
_FILE = re.compile(r"([a-z]+)-([1-9][0-9]{0,5})\.key")
#: What begins every fingerprint, so that it is a hash of nothing else.
_MARK = b"fulfilment-key/1\x00"


class KeysUnusable(Refusal):
    """The folder of keys cannot be used as it stands."""

    code = "keys.unusable"
    title = "The keys cannot be used"
    status = 503


class KeysGone(Refusal):
    """The database speaks of keys and the folder has none; a new one would hide the loss."""

    code = "keys.gone"
    title = "The keys of this database are not in the folder of keys"
    status = 503


@dataclass(frozen=True, slots=True)
class Key:
    purpose: Purpose
    number: int
    id: str
    secret: bytes = field(repr=False)


class Keyring:
    """All keys of a folder; what `domain.secrets.Secrets` asks for."""

    def __init__(self, keys: Collection[Key]) -> None:
        newest_first = sorted(keys, key=lambda k: k.number, reverse=True)
        self._by_id = {k.id: k for k in newest_first}
        self._by_purpose = {p: [k for k in newest_first if k.purpose is p] for p in Purpose}

    def ids(self, purpose: Purpose) -> list[str]:
        """The ids of the keys of a purpose, the newest first."""
        return [k.id for k in self._by_purpose[purpose]]

    def seal(self, content: bytes, about: bytes) -> Keyed:
        """See `Secrets.seal`: a fresh nonce, then AES-256-GCM over content and `about`."""
        key = self._by_purpose[Purpose.VAULT][0]
        nonce = secrets.token_bytes(_NONCE)
        return Keyed(key.id, nonce + AESGCM(key.secret).encrypt(nonce, content, about))

    def unseal(self, sealed: Keyed, about: bytes) -> bytes:
        """See `Secrets.unseal`."""
        key = self._find(Purpose.VAULT, sealed.key_id)
        nonce, content = sealed.content[:_NONCE], sealed.content[_NONCE:]
        try:
            return AESGCM(key.secret).decrypt(nonce, content, about)
        except (InvalidTag, ValueError):  # ValueError: too short to be anything sealed
            raise Unsealable("it was changed since it was sealed, or belongs elsewhere") from None

    def mac(self, purpose: Purpose, content: bytes) -> Keyed:
        """See `Secrets.mac`."""
        return _mac(self._by_purpose[purpose][0], content)

    def macs(self, purpose: Purpose, content: bytes) -> list[Keyed]:
        """See `Secrets.macs`."""
        return [_mac(key, content) for key in self._by_purpose[purpose]]

    def sign(self, content: bytes) -> Keyed:
        """See `Secrets.sign`."""
        key = self._by_purpose[Purpose.ANCHOR][0]
        return Keyed(key.id, Ed25519PrivateKey.from_private_bytes(key.secret).sign(content))

    def is_signed(self, signature: Keyed, content: bytes) -> bool:
        """See `Secrets.is_signed`."""
        key = self._find(Purpose.ANCHOR, signature.key_id)
        public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
        try:
            public.verify(signature.content, content)
        except InvalidSignature:
            return False
        return True

    def public_key(self, key_id: str) -> str:
        """The public half of an anchor key, as PEM."""
        return _public(self._find(Purpose.ANCHOR, key_id).secret)

    def _find(self, purpose: Purpose, key_id: str) -> Key:
        key = self._by_id.get(key_id)
        if key is None or key.purpose is not purpose:
            raise KeyUnknown(f"no key {key_id} to {purpose.value} with")
        return key


def _mac(key: Key, content: bytes) -> Keyed:
    return Keyed(key.id, hmac.digest(key.secret, content, "sha256"))


def _public(secret: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


# --- the folder -------------------------------------------------------------------------------


def open_keyring(folder: Path, used: Collection[str] = ()) -> Keyring:
    """The keys of a folder; the first key of each purpose is made where there is none yet.

    Args:
        used: ids of keys that rows of the database speak of.

    Raises:
        KeysGone: rows speak of keys of a purpose that has none here; nothing was made.
        KeysUnusable: a file is no key, is open to other accounts, or cannot be read or written.
    """
    try:
        keys = list(_read(folder))
        without = [p for p in Purpose if not any(k.purpose is p for k in keys)]
        lost = sorted(i for i in used if i.partition("-")[0] in without)
        if lost:
            raise KeysGone(f"{folder} has no key like {lost[0]}; is FM_KEYS_DIR right?")
        for purpose in without:
            _make(folder, purpose, 1)
        keys = list(_read(folder)) if without else keys
        _publish(folder, keys)
        return Keyring(keys)
    except OSError as fault:
        raise KeysUnusable(f"{fault.filename or folder}: {fault.strerror}") from fault


def rotate(folder: Path, purpose: Purpose) -> str:
    """Add a key, which makes from now on; returns its id. Processes see it when they start anew.

    Raises:
        KeysUnusable: as in `open_keyring`.
    """
    try:
        number = max((k.number for k in _read(folder) if k.purpose is purpose), default=0) + 1
        _make(folder, purpose, number)
        keys = list(_read(folder))
        _publish(folder, keys)
        return next(k.id for k in keys if (k.purpose, k.number) == (purpose, number))
    except OSError as fault:
        raise KeysUnusable(f"{fault.filename or folder}: {fault.strerror}") from fault


def _read(folder: Path) -> Iterator[Key]:
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.key")):
        named = _FILE.fullmatch(path.name)
        if named is None or named[1] not in list(Purpose):
            raise KeysUnusable(f"{path} is named like no key")
        purpose, number = Purpose(named[1]), int(named[2])
        secret = _secret(path)
        print_ = hashlib.sha256(_MARK + purpose.value.encode() + secret).hexdigest()[:8]
        yield Key(purpose, number, f"{purpose.value}-{number}-{print_}", secret)


def _secret(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise KeysUnusable(f"{path} is open to other accounts; chmod 600")
        written = file.read(1_000).strip()
    try:
        secret = bytes.fromhex(written.decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise KeysUnusable(f"{path} is not {_BYTES} bytes in hexadecimal")
    return secret


def _make(folder: Path, purpose: Purpose, number: int) -> None:
    """Write a key whole under its name, or leave the one that somebody else was quicker to make."""
    secret = secrets.token_bytes(_BYTES)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / f"{purpose.value}-{number}.key", secret.hex() + "\n", 0o600)


def _publish(folder: Path, keys: Collection[Key]) -> None:
    """The public halves of anchor keys, where they are not there yet."""
    for key in keys:
        path = folder / f"{key.purpose.value}-{key.number}.pub"
        if key.purpose is Purpose.ANCHOR and not path.exists():
            _write(path, _public(key.secret), 0o644)


def _write(path: Path, content: str, mode: int) -> None:
    handle, name = mkstemp(prefix=".making-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)  # unlike a rename, it never puts a file in another's place
    finally:
        os.unlink(name)
        sync_folder(path.parent)
