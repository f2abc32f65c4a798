"""Put acts on the record, and check the record."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from ..domain.audit import CHAIN, GENESIS, Act, Order, hash_of, is_usable, rows_hash
from ..domain.authority import Actor
from ..domain.governed import Key
from ..domain.secrets import Purpose, Secrets
from ..store.audit import AuditEntry
from ..store.chain import record

#: The verdict after which what the record says proves nothing.
BROKEN = 2
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
    """Something wrong with the record; the verdicts are those of the audit design.

    2 the chain is broken, 3 an anchor or a receipt does not match, 4 the end was cut or rolled
    back, 5 a governed row differs from its last act, 6 time ran backwards, 7 a keyed hash fails,
    8 an unknown algorithm or key.
    """

    verdict: int
    seq: int
    detail: str
    #: With verdict 5: which row, and the column where it can be told.
    table: str | None = None
    key: Key | None = None
    column: str | None = None


class Verified(NamedTuple):
    entries: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


class Keys(NamedTuple):
    """What keyed hashes are checked with."""

    secrets: Secrets
    #: The number of the first entry that has to have one, where it was noted.
    since: int | None


class _Raw(NamedTuple):
    """An entry as the bytes that lie in the table: what was tampered with may be anything."""

    seq: object
    #: prev, then what was hashed beside it in order, up to and with the body.
    hashed: tuple[object, ...]
    rows: object
    row_hash: object
    alg: object
    prev: object
    hash: object
    key_id: object
    mac: object


_READ = {
    "sqlite": """
        SELECT CASE typeof(seq) WHEN 'integer' THEN seq END, CAST(chain AS BLOB),
               CAST(replace(at, ' ', 'T') || '+00:00' AS BLOB),
               CAST(actor AS BLOB), CAST(action AS BLOB), CAST(object_type AS BLOB),
               CAST(object_id AS BLOB), CAST(body AS BLOB), CAST("rows" AS BLOB),
               CAST(row_hash AS BLOB), CAST(alg AS BLOB), CAST(prev AS BLOB), CAST(hash AS BLOB),
               CAST(key_id AS BLOB), CAST(mac AS BLOB)
          FROM audit_entry""",
    "postgresql": """
        SELECT seq, convert_to(chain, 'UTF8'),
               convert_to(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                          'UTF8'),
               convert_to(actor, 'UTF8'), convert_to(action, 'UTF8'),
               convert_to(object_type, 'UTF8'), convert_to(object_id, 'UTF8'), body, "rows",
               row_hash, convert_to(alg, 'UTF8'), prev, hash, convert_to(key_id, 'UTF8'), mac
          FROM audit_entry""",
}
#: Columns that came later, as they stand above: a backup may be made of an older register.
_LATER = {
    "sqlite": {
        'CAST("rows" AS BLOB)': "rows",
        "CAST(row_hash AS BLOB)": "row_hash",
        "CAST(key_id AS BLOB)": "key_id",
        "CAST(mac AS BLOB)": "mac",
    },
    "postgresql": {
        '"rows"': "rows",
        "row_hash": "row_hash",
        "convert_to(key_id, 'UTF8')": "key_id",
        "mac\n": "mac",
    },
}
_HEAD = {
    "sqlite": """
        SELECT CASE typeof(seq) WHEN 'integer' THEN seq END, CAST(hash AS BLOB)
          FROM audit_head""",
    "postgresql": "SELECT seq, hash FROM audit_head",
}


def verify(session: Session, keys: Keys | None = None, *, since: int = 0) -> Verified:
    """Walk the chain; never raises over what it finds.

    Args:
        keys: without them keyed hashes are not checked, only that none is missing.
        since: the last entry that is known to be whole; the walk begins after it.
    """
    problems: list[Problem] = []
    prev, count = _start(session, since)
    if prev is None:
        detail = f"entry {since} was verified once and is not there now"
        return Verified(count, "", (Problem(4, since, detail),))
    order, macs, broken = Order(), _Macs(keys), False
    for raw in _entries(session, count):
        count += 1
        problem = _check(raw, count, prev)
        if problem is not None:
            problems.append(problem)
            broken = True
            break
        at = datetime.fromisoformat(bytes(raw.hashed[1]).decode())  # type: ignore[call-overload]
        problems += _odd(order.see(count, at))
        problems += macs.check(raw, count)
        prev = bytes(raw.hash)  # type: ignore[call-overload]
    problems = sorted([*_odd(order.end()), *problems], key=lambda p: p.seq)
    ending = _head_problems(session, count, prev, broken=broken)
    return Verified(count, prev.hex(), (*problems, *ending))


def _start(session: Session, since: int) -> tuple[bytes | None, int]:
    """The hash and the number of the entry after which the walk begins."""
    if since <= 0:
        return GENESIS, 0
    found = hash_at(session, since)
    if found is not None:
        return found, since
    return None, session.execute(text("SELECT count(*) FROM audit_entry")).scalar_one()


def hash_at(session: Session, seq: int) -> bytes | None:
    """The hash of an entry as it lies in the table."""
    kind = "CAST(hash AS BLOB)" if session.get_bind().dialect.name == "sqlite" else "hash"
    query = text(f"SELECT {kind} FROM audit_entry WHERE chain = :c AND seq = :s")  # noqa: S608
    found = session.execute(query, {"c": CHAIN, "s": seq}).scalar_one_or_none()
    return None if found is None else bytes(found)


def _head_problems(session: Session, count: int, prev: bytes, *, broken: bool) -> Iterator[Problem]:
    heads = session.execute(text(_HEAD[session.get_bind().dialect.name])).all()
    if len(heads) != 1:
        yield Problem(4, count, "the head of the chain is gone")
    elif not broken and tuple(heads[0]) != (count, prev):
        detail = f"the head is entry {heads[0][0]}, the last entry found is {count}"
        yield Problem(4, heads[0][0] if isinstance(heads[0][0], int) else count, detail)


def _odd(seq: int | None) -> Iterator[Problem]:
    if seq is not None:
        yield Problem(6, seq, f"entry {seq} is out of the order of time")


def _entries(session: Session, after: int) -> Iterator[_Raw]:
    # what stands in for a number in SQLite sorts after all numbers, and has to be seen too
    where = f" WHERE seq > {after}" if after else ""
    read = text(f"{_reading(session)}{where} ORDER BY seq")
    with session.execute(read.execution_options(yield_per=_PAGE)) as rows:
        for seq, *rest in rows:
            yield _Raw(seq, tuple(rest[:7]), *rest[7:])


def _reading(session: Session) -> str:
    """The statement that reads entries; what an older release did not keep is read as nothing."""
    connection = session.connection()
    kept = {column["name"] for column in inspect(connection).get_columns("audit_entry")}
    sql = _READ[connection.dialect.name]
    for form, name in _LATER[connection.dialect.name].items():
        if name not in kept:
            sql = sql.replace(form, "NULL" + "\n" * form.endswith("\n"))
    return sql


def _check(raw: _Raw, expected: int, prev: bytes) -> Problem | None:
    if raw.seq != expected:
        found = "no number" if raw.seq is None else raw.seq
        return Problem(2, expected, f"entry {expected} is missing; found {found}")
    alg = raw.alg.decode("ascii", "replace") if isinstance(raw.alg, bytes) else ""
    if not is_usable(alg):
        return Problem(8, expected, f"entry {expected} has an unknown algorithm, {raw.alg!r}")
    if raw.prev != prev:
        return Problem(2, expected, f"entry {expected} does not follow the one before")
    changed = Problem(2, expected, f"entry {expected} was changed after it was written")
    fields = [prev, raw.hashed[0], str(expected).encode(), *raw.hashed[1:]]
    if raw.rows is not None or raw.row_hash is not None:
        if not isinstance(raw.rows, bytes) or rows_hash(raw.rows, alg) != raw.row_hash:
            return changed
        fields.append(raw.row_hash)
    if any(not isinstance(f, bytes) for f in fields) or raw.hashed[0] != CHAIN.encode():
        return Problem(2, expected, f"entry {expected} is not as it was written")
    if hash_of((f for f in fields if isinstance(f, bytes)), alg) != raw.hash:
        return changed
    return None


class _Macs:
    """Checks keyed hashes one entry after another; once there is one, none may be missing."""

    def __init__(self, keys: Keys | None) -> None:
        self._secrets = keys and keys.secrets
        self._since = keys.since if keys and keys.since is not None else None

    def check(self, raw: _Raw, seq: int) -> Iterator[Problem]:
        if raw.mac is None and raw.key_id is None:
            if self._since is not None and seq >= self._since:
                yield Problem(7, seq, f"entry {seq} has no keyed hash")
            return
        self._since = seq if self._since is None else min(self._since, seq)
        if self._secrets is None:
            if not isinstance(raw.mac, bytes) or not isinstance(raw.key_id, bytes):
                yield Problem(7, seq, f"entry {seq} has half of a keyed hash")
            return
        name = raw.key_id.decode("utf-8", "replace") if isinstance(raw.key_id, bytes) else ""
        content = raw.hash if isinstance(raw.hash, bytes) else b""
        known = {k.key_id: k.content for k in self._secrets.macs(Purpose.AUDIT, content)}
        if name not in known:
            yield Problem(8, seq, f"entry {seq} has an unknown key, {name!r}")
        elif known[name] != raw.mac:
            yield Problem(7, seq, f"entry {seq} has not the keyed hash of key {name}")


def recorded_leads(session: Session) -> Iterator[str]:
    """The leads the record says were opened; what cannot be read is the chain's to report."""
    query = select(AuditEntry.body).where(AuditEntry.action == "sweep.batch")
    with session.scalars(query.execution_options(yield_per=_PAGE)) as bodies:
        for body in bodies:
            try:
                yield from json.loads(bytes(body))["leads"]
            except (ValueError, KeyError, TypeError):
                continue
