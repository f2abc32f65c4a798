"""What a signed request carries once: taken in the transaction that looks at the request."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from ..store.inbox import Nonce
from ..store.once import insert_once

#: Longer than a signature is believed, so that none outlives its nonce.
KEPT = timedelta(minutes=15)


class Replayed(Refusal):
    """This very request came before."""

    code = "signature.replayed"
    title = "This signed request came before"
    status = 401


def take(session: Session, key: str, nonce: str, *, now: datetime) -> None:
    """Use a nonce of a key up; commit, whatever becomes of the request.

    Raises:
        Replayed: it was used.
    """
    hashed = hashlib.sha256(nonce.encode()).hexdigest()
    row = {"key": key, "nonce": hashed, "expires_at": now + KEPT}
    if not insert_once(session, Nonce, [row], Nonce.nonce):
        raise Replayed("send it anew, with another nonce")


def forget(session: Session, now: datetime) -> None:
    """Let go of nonces whose requests would be too old anyway."""
    session.execute(delete(Nonce).where(Nonce.expires_at <= now))
