"""The same request twice is done once: its answer is kept with what it did, in one transaction."""

import base64
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from ..domain.secrets import Keyed, Secrets
from ..store.once import insert_once
from ..store.replies import Reply

_KEPT = timedelta(days=30)
#: An answer that tells a secret is kept sealed, under this mark.
_SEALED = "sealed:"


class OtherRequest(Refusal):
    """A key names one request for thirty days."""

    code = "idempotency.other-request"
    title = "This Idempotency-Key was used for another request"


class Asked(NamedTuple):
    """A request that may come twice."""

    #: Who asks: a key means nothing to anybody else.
    principal: str
    key: str
    #: The digest of method, path and body.
    request: bytes


class Answer(NamedTuple):
    """What was answered."""

    status: int
    body: str
    location: str | None = None
    etag: str | None = None


def claim(
    session: Session, asked: Asked, *, secrets: Secrets | None, now: datetime
) -> Answer | None:
    """What was answered before; None if this request is the first, which is now this transaction's.

    Whoever comes with the same key meanwhile waits until this transaction ends.

    Raises:
        OtherRequest: the key was used for something else.
    """
    mine = (Reply.principal == asked.principal) & (Reply.key == asked.key)
    session.execute(delete(Reply).where(mine, Reply.expires_at <= now))
    row = {
        "principal": asked.principal,
        "key": asked.key,
        "request": asked.request,
        "status": 0,
        "location": None,
        "body": "",
        "at": now,
        "expires_at": now + _KEPT,
    }
    if insert_once(session, Reply, [row], Reply.key):
        return None
    known = _of(session, asked)
    if known.request != asked.request:
        raise OtherRequest(f"{asked.key!r} was used for another request; take a new key")
    return Answer(known.status, _opened(known, secrets), known.location)


def keep(session: Session, asked: Asked, answer: Answer, *, secrets: Secrets | None) -> None:
    """Keep the answer of a request that was claimed in this transaction.

    Args:
        secrets: seals an answer that tells something which is kept nowhere else.
    """
    kept = _of(session, asked)
    kept.status, kept.location, kept.body = answer.status, answer.location, answer.body
    if secrets is not None:
        sealed = secrets.seal(answer.body.encode(), _about(asked))
        content = base64.b64encode(sealed.content).decode()
        kept.body = f"{_SEALED}{sealed.key_id}:{content}"
    session.flush()


def forget(session: Session, now: datetime) -> None:
    """Let go of answers that are kept no longer."""
    session.execute(delete(Reply).where(Reply.expires_at <= now))


def _of(session: Session, asked: Asked) -> Reply:
    return session.get_one(Reply, (asked.principal, asked.key), populate_existing=True)


def _opened(kept: Reply, secrets: Secrets | None) -> str:
    if secrets is None or not kept.body.startswith(_SEALED):
        return kept.body
    key_id, _, content = kept.body.removeprefix(_SEALED).partition(":")
    about = _about(Asked(kept.principal, kept.key, kept.request))
    return secrets.unseal(Keyed(key_id, base64.b64decode(content)), about).decode()


def _about(asked: Asked) -> bytes:
    return f"reply\x00{asked.principal}\x00{asked.key}".encode()
