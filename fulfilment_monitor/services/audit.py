"""Put acts on the record, and check the record."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.audit import ALGORITHM, CHAIN, GENESIS, Act, entry_hash
from ..domain.authority import Actor
from ..store.audit import AuditEntry, AuditHead
from ..store.chain import record

_PAGE = 5_000


def note(
    session: Session,
    by: Actor,
    action: str,
    object_type: str,
    object_id: str,
    body: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Record an act of the transaction under way."""
    record(session, Act(now, by.name, action, object_type, object_id, body))


class Problem(NamedTuple):
    """Something wrong with the chain; the verdicts are those of the audit design.

    2 the chain is broken, 4 it was cut, 6 time ran backwards, 8 an unknown algorithm.
    """

    verdict: int
    seq: int
    detail: str


class Verified(NamedTuple):
    entries: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(session: Session) -> Verified:
    """Walk the whole chain; never raises over what it finds."""
    problems: list[Problem] = []
    prev, count, last_at = GENESIS, 0, None
    for row in _entries(session):
        count += 1
        problem = _check(row, count, prev)
        if problem is not None:
            problems.append(problem)
            break
        if last_at is not None and row.at < last_at:
            problems.append(Problem(6, row.seq, f"entry {row.seq} is older than the one before"))
        prev, last_at = bytes(row.hash), max(row.at, last_at or row.at)
    head = session.execute(
        select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == CHAIN)
    ).one_or_none()
    if head is None:
        problems.append(Problem(4, count, "the head of the chain is gone"))
    elif not problems and (head.seq, bytes(head.hash) or GENESIS) != (count, prev):
        detail = f"the head is entry {head.seq}, the last entry found is {count}"
        problems.append(Problem(4, head.seq, detail))
    return Verified(count, prev.hex(), tuple(problems))


def recorded_leads(session: Session) -> Iterator[str]:
    """The leads the record says were opened."""
    query = select(AuditEntry.body).where(AuditEntry.action == "sweep.batch")
    for body in session.scalars(query.execution_options(yield_per=_PAGE)):
        yield from json.loads(bytes(body))["leads"]


def _entries(session: Session) -> Iterator[AuditEntry]:
    last = -(2**62)
    while True:
        query = (
            select(AuditEntry)
            .where(AuditEntry.chain == CHAIN, AuditEntry.seq > last)
            .order_by(AuditEntry.seq)
            .limit(_PAGE)
        )
        page = list(session.scalars(query))
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].seq
        session.expunge_all()


def _check(row: AuditEntry, expected: int, prev: bytes) -> Problem | None:
    if row.seq != expected:
        return Problem(2, expected, f"entry {expected} is missing; found {row.seq}")
    if row.alg != ALGORITHM:
        return Problem(8, row.seq, f"unknown algorithm {row.alg!r}")
    if bytes(row.prev) != prev:
        return Problem(2, row.seq, f"entry {row.seq} does not follow entry {row.seq - 1}")
    act = Act(row.at, row.actor, row.action, row.object_type, row.object_id, {})
    if entry_hash(prev, row.chain, row.seq, act, bytes(row.body)) != bytes(row.hash):
        return Problem(2, row.seq, f"entry {row.seq} was changed after it was written")
    return None
