"""The same request twice is done once: its answer is kept with what it did, in one transaction."""

import base64
import json
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from ..domain.secrets import Keyed, Purpose, Secrets
from ..store.once import insert_once
from ..store.replies import Reply

_KEPT = timedelta(days=30)


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

    Args:
        secrets: for a request that tells something which is kept nowhere in the clear: who
            asked and what lies under a keyed hash, the answer sealed.

    Raises:
        OtherRequest: the key was used for something else.
    """
    names = _names(asked, secrets)
    mine = Reply.principal.in_(names) & (Reply.key == asked.key)
    session.execute(delete(Reply).where(mine, Reply.expires_at <= now))
    known = session.scalars(select(Reply).where(mine)).first()
    if known is None:
        row = {
            "principal": names[0],
            "key": asked.key,
            "request": _hashes(asked.request, secrets)[0],
            "status": 0,
            "location": None,
            "body": "",
            "at": now,
            "expires_at": now + _KEPT,
        }
        if insert_once(session, Reply, [row], Reply.key):
            return None
        known = session.get_one(Reply, (names[0], asked.key), populate_existing=True)
    if known.request not in _hashes(asked.request, secrets):
        raise OtherRequest(f"{asked.key!r} was used for another request; take a new key")
    return _opened(known, asked, secrets)


def keep(session: Session, asked: Asked, answer: Answer, *, secrets: Secrets | None) -> None:
    """Keep the answer of a request that was claimed in this transaction, with the same secrets."""
    name = _names(asked, secrets)[0]
    kept = session.get_one(Reply, (name, asked.key), populate_existing=True)
    kept.status, kept.location, kept.body = answer.status, answer.location, answer.body
    if secrets is not None:
        plain = json.dumps([answer.location, answer.body]).encode()
        sealed = secrets.seal(plain, _about(asked))
        content = base64.b64encode(sealed.content).decode()
        kept.location, kept.body = None, f"{sealed.key_id}:{content}"
    session.flush()


def forget(session: Session, now: datetime) -> None:
    """Let go of answers that are kept no longer."""
    session.execute(delete(Reply).where(Reply.expires_at <= now))


def _opened(kept: Reply, asked: Asked, secrets: Secrets | None) -> Answer:
    if secrets is None:
        return Answer(kept.status, kept.body, kept.location)
    key_id, _, content = kept.body.partition(":")
    sealed = Keyed(key_id, base64.b64decode(content))
    location, body = json.loads(secrets.unseal(sealed, _about(asked)))
    return Answer(kept.status, body, location)


def _names(asked: Asked, secrets: Secrets | None) -> list[str]:
    """Under which names a request may lie; the first is the one it is kept under."""
    if secrets is None:
        return [asked.principal]
    return [f"hmac:{h.hex()}" for h in _hashes(asked.principal.encode(), secrets)]


def _hashes(content: bytes, secrets: Secrets | None) -> list[bytes]:
    """What is kept of some bytes: keyed hashes under every key there is, the newest first."""
    if secrets is None:
        return [content]
    return [m.content for m in secrets.macs(Purpose.DIGEST, b"reply\x00" + content)]


def _about(asked: Asked) -> bytes:
    return f"reply\x00{asked.principal}\x00{asked.key}".encode()
