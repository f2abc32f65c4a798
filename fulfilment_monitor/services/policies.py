"""Keep duties and timers keyed by the policy in force; another policy keys them anew."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from ..domain.alerts import Policy
from ..domain.authority import SWEEP
from ..store.alerts import LadderStep
from ..store.once import insert_all, insert_once
from ..store.sweeps import Mark
from . import audit, duties, timers
from .ledgers import every_id, read_files
from .office import Office

_LADDERS, _GRACE = "policy.ladders", "policy.grace"


def keep_policy(session: Session, office: Office, *, now: datetime) -> None:
    """Make sure that timers act by this policy; free when they already do.

    Steps of ladders set timers, and a change sets every timer anew. The days of grace stand in
    the duties themselves, and a change of those reckons the whole register.
    """
    wanted = _marks(office.policy)
    if _stored(session) == wanted:
        return
    lock_timers(session)
    known = _stored(session)
    if known == wanted:  # another process was first
        return
    session.execute(delete(LadderStep))
    insert_all(session, LadderStep, duties.ladder_rows(office.policy))
    if not known:
        rows = [{"name": n, "value": v} for n, v in wanted.items()]
        insert_once(session, Mark, rows, Mark.name)
        return
    if known.get(_GRACE) != wanted[_GRACE]:
        _reckon_all(session, office, now)
    timers.rebuild(session, office)
    for name, value in wanted.items():
        session.execute(update(Mark).where(Mark.name == name).values(value=value))
    audit.note(session, SWEEP, "policy.change", "policy", office.policy.version, {}, now=now)


def lock_timers(session: Session) -> None:
    """Keep other writers off the timers until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE timer IN EXCLUSIVE MODE"))


def _marks(policy: Policy) -> dict[str, str]:
    grace = sorted((f.value, days) for f, days in policy.grace_days.items())
    said = repr((grace, policy.confirmation_grace_days, policy.reschedulings))
    steps = repr(sorted(policy.ladders.items()))
    return {
        _GRACE: hashlib.sha256(said.encode()).hexdigest(),
        _LADDERS: hashlib.sha256(steps.encode()).hexdigest(),
    }


def _stored(session: Session) -> dict[str, str]:
    query = select(Mark.name, Mark.value).where(Mark.name.in_([_LADDERS, _GRACE]))
    return {row[0]: row[1] for row in session.execute(query)}


def _reckon_all(session: Session, office: Office, now: datetime) -> None:
    for ids in every_id(session):
        files = read_files(session, ids).values()
        duties.refresh(session, duties.changed(files, office), office, now=now)
