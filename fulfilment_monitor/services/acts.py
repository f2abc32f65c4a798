"""The record of acts as it is read: page by page for the auditor, and what administrators do.

What an entry says of its act is shown as it was written; whoever reads it may read all of it.
"""

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import ADMINISTRATORS, Actor, Forbidden
from ..store.audit import AuditEntry, AuditHead
from ..store.people import Person, Posting
from . import audit

#: How far back one look at the page walks: some seconds' worth, not the history of a register.
WALKED = 50_000


class Shown(NamedTuple):
    """An act in a list."""

    seq: int
    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    body: str


class Wanted(NamedTuple):
    """Which acts; a name that ends in a dot stands for all that begin so."""

    actor: str | None = None
    action: str | None = None
    object_id: str | None = None


def list_acts(
    session: Session, wanted: Wanted, *, by: Actor, before: int | None = None, limit: int
) -> list[Shown]:
    """Acts on record, the newest first.

    Raises:
        Forbidden: this is no audit administrator.
    """
    access.refuse(Action.AUDIT_READ, by)
    query = _newest_first(before, limit)
    if wanted.actor:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.action and wanted.action.endswith("."):
        query = query.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    elif wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.object_id:
        query = query.where(AuditEntry.object_id == wanted.object_id)
    return [_shown(entry) for entry in session.scalars(query)]


def list_of_administrators(
    session: Session, *, by: Actor, before: int | None = None, limit: int
) -> list[Shown]:
    """What whoever ever held one of the three posts has done: each of the three sees it.

    Raises:
        Forbidden: this is no administrator.
    """
    if not by.roles & ADMINISTRATORS:
        wanted = sorted(role.value for role in ADMINISTRATORS)
        raise Forbidden("needs: " + ", ".join(wanted), roles=wanted)
    held = select(Posting.person_id).where(Posting.role.in_([r.value for r in ADMINISTRATORS]))
    handles = select(Person.handle).where(Person.id.in_(held))
    query = _newest_first(before, limit).where(AuditEntry.actor.in_(handles))
    return [_shown(entry) for entry in session.scalars(query)]


def verify_recent(session: Session, keys: audit.Keys | None, *, by: Actor) -> audit.Verified:
    """Walk the last acts on record; the whole of it is walked at the machine.

    Raises:
        Forbidden: this is no audit administrator.
    """
    access.refuse(Action.AUDIT_READ, by)
    head = session.scalar(select(AuditHead.seq)) or 0
    return audit.verify(session, keys, since=max(0, head - WALKED))


def _newest_first(before: int | None, limit: int) -> Select[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    return query if before is None else query.where(AuditEntry.seq < before)


def _shown(entry: AuditEntry) -> Shown:
    return Shown(
        entry.seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.object_type,
        entry.object_id,
        _words(bytes(entry.body)),
    )


def _words(body: bytes) -> str:
    """What an act says, without the marks of JSON; what cannot be read is the chain's to report."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    if not isinstance(said, dict):
        return json.dumps(said, ensure_ascii=False)
    return "；".join(f"{k}: {_word(v)}" for k, v in said.items())


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
