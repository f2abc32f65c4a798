"""The keys with which acts are put on record, once the house has some.

`audit.since`, beside the keys and so outside the database, says with which entry keyed hashes
began: without it, whoever takes all of them out of the record would leave one that looks old. One
folder of keys belongs to one database.
"""

import os
from contextlib import suppress
from pathlib import Path

from ..domain.errors import Refusal
from ..domain.secrets import Secrets
from ..services.audit import Keys

_SINCE = "audit.since"


class SinceUnusable(Refusal):
    """The note that says where keyed hashes began cannot be used."""

    code = "keys.since-unusable"
    title = "The keys of the record cannot be used"
    status = 503


class AuditKeys:
    """Finds the keys when they come to be; asked at every act, so that no process is late."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ring: Secrets | None = None

    def __call__(self, seq: int) -> Secrets | None:
        """The keys for the entry with this number; none before there are any.

        Raises:
            KeysUnusable, SinceUnusable: there are keys, and they cannot be used.
        """
        if self._ring is None and _has_keys(self._folder):
            ring = _open(self._folder)
            _note(self._folder / _SINCE, seq)
            self._ring = ring
        return self._ring

    def checking(self) -> Keys | None:
        """What keyed hashes are checked with; writes nothing.

        Raises:
            KeysUnusable, SinceUnusable: there are keys, and they cannot be used.
        """
        if not _has_keys(self._folder):
            return None
        return Keys(_open(self._folder), _since(self._folder / _SINCE))


def _open(folder: Path) -> Secrets:
    from .keyring import open_keyring  # with its cryptography, only where there are keys

    return open_keyring(folder)


def _has_keys(folder: Path) -> bool:
    return (folder / "audit-1.key").exists()


def _note(path: Path, seq: int) -> None:
    """Keep the number, unless one is kept."""
    try:
        with suppress(FileExistsError), path.open("x", encoding="ascii") as file:
            file.write(f"{seq}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise SinceUnusable(f"{path}: {fault.strerror}") from fault


def _since(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise SinceUnusable(f"{path} is no number of an entry") from fault
