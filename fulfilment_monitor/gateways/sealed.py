"""One file that shows any change: a tar whose last member is the digest of every byte before it.

`tar` reads it, and `age` decrypts it, without this program. The bytes after the sealed part are
what the digest says they are, to the last one, so no byte of the file goes unchecked.
"""

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, TypeAlias

import pyrage  # type: ignore[import-untyped]

from ..domain.errors import Refusal
from .disk import sync_folder

CHUNK = 1 << 20
_BLOCK = 512
_SEAL = "seal.sha256"
#: The seal's header and content, and the two empty blocks that end a tar.
_TAIL = 4 * _BLOCK
_ENCRYPTED = b"age-encryption.org/v1"


class BackupDamaged(Refusal):
    """A byte was changed, cut off or put in; nothing is taken from such a file."""

    code = "backup.damaged"
    title = "This is no whole backup"


class BackupFailed(Refusal):
    code = "backup.failed"
    title = "The backup could not be written, or not be unpacked"
    status = 500


class KeyRefused(Refusal):
    code = "backup.key"
    title = "The backup cannot be opened with this key"


#: Somebody a backup is encrypted for.
Recipient: TypeAlias = pyrage.x25519.Recipient


class Member(NamedTuple):
    """A file of the tar: its size has to be known before its bytes come."""

    name: str
    size: int
    chunks: Iterable[bytes]


def _block(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _tail(digest: str) -> bytes:
    content = digest.encode() + b"\n"
    return _block(_SEAL, len(content)) + content + _padding(len(content)) + bytes(2 * _BLOCK)


def _sealed(members: Iterable[Member]) -> Iterator[bytes]:
    hashed = hashlib.sha256()
    for part in _parts(members):
        hashed.update(part)
        yield part
    yield _tail(hashed.hexdigest())


def _parts(members: Iterable[Member]) -> Iterator[bytes]:
    for member in members:
        yield _block(member.name, member.size)
        count = 0
        for chunk in member.chunks:
            count += len(chunk)
            yield chunk
        if count != member.size:
            raise BackupFailed(f"{member.name} changed while it was read")
        yield _padding(member.size)


def recipients(written: Sequence[str]) -> list[Recipient]:
    """Whom to encrypt for.

    Raises:
        KeyRefused: not a public key of age.
    """
    try:
        return [pyrage.x25519.Recipient.from_str(w.strip()) for w in written]
    except pyrage.RecipientError as fault:
        raise KeyRefused(f"a recipient is a public key, age1…: {fault}") from None


def write(
    out: Path, members: Iterable[Member], to: Sequence[Recipient], *, force: bool
) -> tuple[str, int]:
    """Write the file, read it again, and only then give it its name; returns digest and size.

    Raises:
        BackupFailed: it is there already, the disk is full, or other bytes came back.
    """
    if out.exists() and not force:
        raise BackupFailed(f"{out} is there already; --force writes over it")
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            written = _Hashing(file)
            _pour(_sealed(members), written, to)
            file.flush()
            os.fsync(file.fileno())
        if digest_of(temporary) != (written.hashed.hexdigest(), written.size):
            raise BackupFailed("what was read back is not what was written; check the disk")
        if out.exists() and not force:
            raise BackupFailed(f"{out} is there already; --force writes over it")
        os.replace(temporary, out)
        sync_folder(out.parent)
    except OSError as fault:
        raise BackupFailed(f"{fault.filename or out}: {fault.strerror}") from fault
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                temporary.unlink()
    return written.hashed.hexdigest(), written.size


class _Hashing:
    """A file that knows the digest of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.hashed, self.size = file, hashlib.sha256(), 0
        self.fault: OSError | None = None

    def write(self, chunk: bytes) -> int:
        try:
            self.file.write(chunk)
        except OSError as fault:
            self.fault = fault
            raise
        self.hashed.update(chunk)
        self.size += len(chunk)
        return len(chunk)

    def flush(self) -> None:
        self.file.flush()


class _Reading:
    """Chunks as a file to read from; keeps what went wrong, which the cipher would only quote."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.left = chunks, b""
        self.fault: Refusal | OSError | None = None

    def read(self, size: int = -1) -> bytes:
        while not self.left:
            try:
                self.left = next(self.chunks)
            except StopIteration:
                return b""
            except (Refusal, OSError) as fault:
                self.fault = fault
                raise
        taken = self.left if size < 0 else self.left[:size]
        self.left = self.left[len(taken) :]
        return taken


def _pour(chunks: Iterator[bytes], file: _Hashing, to: Sequence[Recipient]) -> None:
    if not to:
        for chunk in chunks:
            file.write(chunk)
        return
    reading = _Reading(chunks)
    try:
        pyrage.encrypt_io(reading, file, list(to))
    except (pyrage.EncryptError, OSError) as fault:
        raise reading.fault or file.fault or BackupFailed(str(fault)) from fault


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, as the disk gives it."""
    with path.open("rb") as file:
        return pour(file, None)


def pour(source: IO[bytes], to: Path | None) -> tuple[str, int]:
    """Read to the end, into a file where one is named; returns digest and size."""
    hashed, size = hashlib.sha256(), 0
    with to.open("wb") if to is not None else nullcontext() as file:
        while chunk := source.read(CHUNK):
            hashed.update(chunk)
            size += len(chunk)
            if file is not None:
                file.write(chunk)
    return hashed.hexdigest(), size


def open_sealed(path: Path, keys: Path | None, scratch: Path) -> Path:
    """The tar inside, every byte of it checked; decrypted into `scratch` where needed.

    Args:
        keys: a file of secret keys as `age-keygen` writes it.

    Raises:
        KeyRefused: there is no key, or none that opens it.
        BackupDamaged: not one byte of it is to be trusted.
    """
    try:
        with path.open("rb") as file:
            encrypted = file.read(len(_ENCRYPTED)) == _ENCRYPTED
        plain = _decrypted(path, keys, scratch / "opened.tar") if encrypted else path
        _check_seal(plain)
    except OSError as fault:
        raise BackupDamaged(f"{fault.filename or path}: {fault.strerror or fault}") from fault
    return plain


def _identities(keys: Path | None) -> list[pyrage.x25519.Identity]:
    if keys is None:
        raise KeyRefused("the backup is encrypted; name the file of the secret key: --identity")
    try:
        lines = [line.strip() for line in keys.read_text("utf-8").splitlines()]
        found = [
            pyrage.x25519.Identity.from_str(li) for li in lines if li and not li.startswith("#")
        ]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise KeyRefused(f"{keys} is no file of secret keys (AGE-SECRET-KEY-1…)") from None
    if not found:
        raise KeyRefused(f"there is no secret key in {keys}")
    return found


def _decrypted(path: Path, keys: Path | None, to: Path) -> Path:
    with path.open("rb") as source, to.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        writing = _Hashing(file)
        try:
            pyrage.decrypt_io(source, writing, _identities(keys))
        except pyrage.DecryptError as fault:
            if "No matching keys" in str(fault):
                detail = "no key in the file opens this backup (or its first lines were changed)"
                raise KeyRefused(detail) from None
            raise BackupDamaged(f"{path} cannot be decrypted: {fault}") from None
        except OSError as fault:  # what the cipher says of changed bytes, too
            if writing.fault is not None:
                raise BackupFailed(f"{to}: {writing.fault.strerror}") from fault
            raise BackupDamaged(f"{path} cannot be decrypted: {fault}") from None
    return to


def _check_seal(path: Path) -> None:
    left = path.stat().st_size - _TAIL
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            hashed.update(chunk)
            left -= len(chunk)
        if left != 0 or file.read() != _tail(hashed.hexdigest()):
            raise BackupDamaged("the bytes are not those that were sealed; use another backup")


def members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The members of an opened tar but for the seal: name, size, and a file to read at once.

    Raises:
        BackupDamaged: sealed well, yet made by something else than `write`.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise BackupDamaged(f"{entry.name!r} is no plain file")
                if entry.name != _SEAL:
                    yield entry.name, entry.size, content
    except tarfile.TarError as fault:
        raise BackupDamaged(f"no tar: {fault}") from None
