"""Put acts on the record, and check the record."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..domain.audit import ALGORITHM, CHAIN, GENESIS, Act, hash_of
from ..domain.authority import Actor
from ..store.audit import AuditEntry
from ..store.chain import record

_PAGE = 5_000
#: An act takes its moment when it begins and is chained when it ends; acts overlap.
_LONGEST_ACT = timedelta(hours=1)


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


class _Raw(NamedTuple):
    """An entry as the bytes that lie in the table: what was tampered with may be anything."""

    seq: object
    #: prev, then what was hashed beside it in order, up to and with the body.
    hashed: tuple[object, ...]
    alg: object
    prev: object
    hash: object


_READ = {
    "sqlite": """
        SELECT seq, CAST(chain AS BLOB), CAST(replace(at, ' ', 'T') || '+00:00' AS BLOB),
               CAST(actor AS BLOB), CAST(action AS BLOB), CAST(object_type AS BLOB),
               CAST(object_id AS BLOB), CAST(body AS BLOB), CAST(alg AS BLOB),
               CAST(prev AS BLOB), CAST(hash AS BLOB)
          FROM audit_entry ORDER BY seq""",
    "postgresql": """
        SELECT seq, convert_to(chain, 'UTF8'),
               convert_to(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                          'UTF8'),
               convert_to(actor, 'UTF8'), convert_to(action, 'UTF8'),
               convert_to(object_type, 'UTF8'), convert_to(object_id, 'UTF8'), body,
               convert_to(alg, 'UTF8'), prev, hash
          FROM audit_entry ORDER BY seq""",
}
_HEAD = {
    "sqlite": "SELECT seq, CAST(hash AS BLOB) FROM audit_head",
    "postgresql": "SELECT seq, hash FROM audit_head",
}


def verify(session: Session) -> Verified:
    """Walk the whole chain; never raises over what it finds."""
    problems: list[Problem] = []
    prev, count = GENESIS, 0
    newest = datetime.fromtimestamp(0, UTC)
    for raw in _entries(session):
        count += 1
        problem = _check(raw, count, prev)
        if problem is not None:
            problems.append(problem)
            break
        at = datetime.fromisoformat(bytes(raw.hashed[1]).decode())  # type: ignore[call-overload]
        if at < newest - _LONGEST_ACT:
            problems.append(Problem(6, count, f"entry {count} is older than the one before"))
        prev, newest = bytes(raw.hash), max(at, newest)  # type: ignore[call-overload]
    heads = session.execute(text(_HEAD[session.get_bind().dialect.name])).all()
    if len(heads) != 1:
        problems.append(Problem(4, count, "the head of the chain is gone"))
    elif not problems and tuple(heads[0]) != (count, prev):
        detail = f"the head is entry {heads[0][0]}, the last entry found is {count}"
        seq = heads[0][0] if isinstance(heads[0][0], int) else count
        problems.append(Problem(4, seq, detail))
    return Verified(count, prev.hex(), tuple(problems))


def _entries(session: Session) -> Iterator[_Raw]:
    read = text(_READ[session.get_bind().dialect.name])
    with session.execute(read.execution_options(yield_per=_PAGE)) as rows:
        for seq, *rest in rows:
            yield _Raw(seq, tuple(rest[:7]), *rest[7:])


def _check(raw: _Raw, expected: int, prev: bytes) -> Problem | None:
    if raw.seq != expected:
        return Problem(2, expected, f"entry {expected} is missing; found {raw.seq!r}")
    if raw.alg != ALGORITHM.encode():
        return Problem(8, expected, f"unknown algorithm {raw.alg!r}")
    if raw.prev != prev:
        return Problem(2, expected, f"entry {expected} does not follow the one before")
    fields = [prev, raw.hashed[0], str(expected).encode(), *raw.hashed[1:]]
    if any(not isinstance(f, bytes) for f in fields) or raw.hashed[0] != CHAIN.encode():
        return Problem(2, expected, f"entry {expected} is not as it was written")
    if hash_of(f for f in fields if isinstance(f, bytes)) != raw.hash:
        return Problem(2, expected, f"entry {expected} was changed after it was written")
    return None


def recorded_leads(session: Session) -> Iterator[str]:
    """The leads the record says were opened; what cannot be read is the chain's to report."""
    query = select(AuditEntry.body).where(AuditEntry.action == "sweep.batch")
    with session.scalars(query.execution_options(yield_per=_PAGE)) as bodies:
        for body in bodies:
            try:
                yield from json.loads(bytes(body))["leads"]
            except (ValueError, KeyError, TypeError):
                continue
