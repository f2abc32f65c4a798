"""Keep duties and timers in step with what is known; whoever changes a contract calls this."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..domain.alerts import Policy, Special, Step
from ..domain.duties import History, duties_of
from ..domain.ledger import Ledger
from ..store.contracts import Contract
from ..store.duties import Duty, Timer
from ..store.ids import take_ids
from ..store.once import insert_all, table_of
from ..store.sets import among
from ..store.sweeps import SweepRun
from .ledgers import File
from .office import Office

_BATCH = 2_000
_SPECIAL = frozenset(Special)
_COMPARED = (
    "obligation_id",
    "ladder",
    "due_on",
    "agreed_on",
    "original_on",
    "provisional",
    "basis",
    "owed_fen",
    "payments",
    "lead_on",
    "from_on",
    "until_on",
    "base_on",
    "ended",
)


class New(NamedTuple):
    """A contract that has no duties yet."""

    id: int
    #: The ids of its obligations by key.
    keys: Mapping[str, int]
    ledger: Ledger
    history: History


class Changed(NamedTuple):
    """A contract about which something is known that was not, held by this transaction."""

    id: int
    ulid: str
    #: The ids of its obligations by key.
    keys: Mapping[str, int]
    ledger: Ledger


def changed(files: Iterable[File], office: Office) -> list[Changed]:
    """Contracts as their files say they are now."""
    return [Changed(f.row.id, f.row.ulid, f.keys, f.ledger(office.statute)) for f in files]


class Seen(NamedTuple):
    """What the sweep already knows of a due date: the last day it looked, and since which run."""

    on: date | None
    born_run: int


class Looked(NamedTuple):
    """The newest finished sweep: its number and its day; 0 and nothing before the first."""

    run: int
    as_of: date | None


def last_look(session: Session) -> Looked:
    """The newest finished sweep."""
    query = (
        select(SweepRun.id, SweepRun.as_of)
        .where(SweepRun.finished_at.is_not(None))
        .order_by(SweepRun.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return Looked(found.id, found.as_of) if found else Looked(0, None)


def last_looked(session: Session, since: datetime) -> date | None:
    """The day of the newest sweep that looked at what was on the register since some moment.

    A sweep looks at every obligation whose day could matter; None where none has been since.
    Source: 发改财金〔2023〕1103号 二（一）: 定期跟踪履约情况.
    """
    query = select(SweepRun.as_of).where(SweepRun.finished_at >= since)
    return session.scalar(query.order_by(SweepRun.id.desc()).limit(1))


def newest_run(session: Session) -> Looked:
    """The newest sweep, whether it came to its end or was cut short."""
    query = select(SweepRun.id, SweepRun.as_of).order_by(SweepRun.id.desc()).limit(1)
    found = session.execute(query).one_or_none()
    return Looked(found.id, found.as_of) if found else Looked(0, None)


def track(ladder: str) -> str:
    """Which of the things watched about an obligation a ladder belongs to."""
    return ladder if ladder in _SPECIAL else ""


def open_duties(
    session: Session,
    contracts: Iterable[New],
    office: Office,
    *,
    now: datetime,
) -> int:
    """Write the duties and timers of contracts that have none yet; returns how many."""
    born = last_look(session).run
    rows = [
        row for c in contracts for row in _rows(c.id, c.keys, c.ledger, office.policy, c.history)
    ]
    _write(session, rows, {}, born, office.policy, now)
    return len(rows)


def refresh(
    session: Session, contracts: Sequence[Changed], office: Office, *, now: datetime
) -> int:
    """Bring the duties of contracts in line with their ledgers; returns how many were replaced.

    A duty that no longer holds as it was written ends (`replaced_at`) and stays; what holds now
    is opened beside it. Steps already seen for the same due date are not news again.
    """
    ids = [c.id for c in contracts]
    stored: dict[int, list[dict[str, Any]]] = defaultdict(list)
    query = select(table_of(Duty)).where(
        among(session, Duty.contract_id, ids), Duty.replaced_at.is_(None)
    )
    for row in session.execute(query).mappings():
        stored[row["contract_id"]].append(dict(row))
    gone: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for c in contracts:
        wanted = {_value(row): row for row in _rows(c.id, c.keys, c.ledger, office.policy)}
        gone += [d for d in stored[c.id] if wanted.pop(_value(d), None) is None]
        fresh += wanted.values()
    timers, look = _hold_timers(session, ids), last_look(session)
    if gone:
        old = [d["id"] for d in gone]
        session.execute(update(Duty).where(among(session, Duty.id, old)).values(replaced_at=now))
        theirs = among(session, Timer.contract_id, ids), among(session, Timer.duty_id, old)
        session.execute(delete(Timer).where(*theirs))
    _write(session, fresh, _seen_before(gone, timers, look), look.run, office.policy, now)
    return len(gone)


def compare(
    session: Session,
    contract_id: int,
    obligation_ids: Mapping[str, int],
    ledger: Ledger,
    office: Office,
) -> tuple[int, int]:
    """How many duties are missing from a contract, and how many stand beyond what holds."""
    stored = session.scalars(
        select(Duty).where(Duty.contract_id == contract_id, Duty.replaced_at.is_(None))
    )
    have = Counter(_value(d.__dict__) for d in stored)
    want = Counter(_value(r) for r in _rows(contract_id, obligation_ids, ledger, office.policy))
    return (want - have).total(), (have - want).total()


def _hold_timers(session: Session, contracts: Collection[int]) -> dict[int, Seen]:
    """Wait for sweeps that are moving timers of these contracts; what they left is read afresh.

    Held in the order in which the sweep takes them, so that the two never wait for each other.
    """
    query = (
        select(Timer.duty_id, Timer.seen_on, Timer.born_run)
        .where(among(session, Timer.contract_id, contracts))
        .order_by(Timer.check_on, Timer.duty_id)
        .with_for_update()
    )
    session.execute(query).all()  # the second look locks what a sweep put in place of the first
    return {t.duty_id: Seen(t.seen_on, t.born_run) for t in session.execute(query)}


def _rows(
    contract_id: int,
    obligation_ids: Mapping[str, int],
    ledger: Ledger,
    policy: Policy,
    history: History | None = None,
) -> Iterator[dict[str, Any]]:
    for duty in duties_of(ledger, policy, history):
        watch = duty.watch
        yield {
            "contract_id": contract_id,
            "obligation_id": obligation_ids[watch.obligation],
            "ladder": watch.ladder,
            "due_on": watch.due_on,
            "agreed_on": watch.agreed_on,
            "original_on": watch.original_on,
            "provisional": watch.provisional,
            "basis": list(watch.basis),
            "owed_fen": watch.owed_fen,
            "payments": [[m.on.isoformat(), m.fen] for m in watch.payments] or None,
            "lead_on": watch.lead_on,
            "from_on": duty.from_on,
            "until_on": duty.until_on,
            "base_on": duty.base_on,
            "ended": None if duty.ended is None else duty.ended.value,
        }


def _value(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A duty's content, comparable whether it was read or reckoned."""
    return tuple(str(row[name]) for name in _COMPARED)


def _seen_before(
    gone: Iterable[Mapping[str, Any]], timers: Mapping[int, Seen], look: Looked
) -> dict[tuple[int, str, date], Seen]:
    """What is known of due dates whose duties are replaced, so that it is not news again.

    A duty that had ended by the last look says nothing of the days after its end.
    """
    used_up = Seen(look.as_of, look.run)
    found = {}
    for d in gone:
        ended = look.as_of is not None and d["until_on"] is not None and d["until_on"] <= look.as_of
        if d["id"] in timers or not ended:
            key = (d["obligation_id"], track(d["ladder"]), d["due_on"])
            found[key] = timers.get(d["id"], used_up)
    return found


def _write(
    session: Session,
    rows: list[dict[str, Any]],
    seen: Mapping[tuple[int, str, date], Seen],
    born: int,
    policy: Policy,
    now: datetime,
) -> None:
    if not rows:
        return
    ids = take_ids(session, "duty", len(rows))
    bodies = _bodies(session, {row["contract_id"] for row in rows})
    timers = []
    for duty_id, row in zip(ids, rows, strict=True):
        row |= {"id": duty_id, "opened_at": now, "replaced_at": None}
        row["government_id"] = bodies[row["contract_id"]]
        known = seen.get((row["obligation_id"], track(row["ladder"]), row["due_on"]))
        timer = timer_row(row, known or Seen(None, born), policy)
        if timer is not None:
            timers.append(timer)
    insert_all(session, Duty, rows)
    if timers:
        insert_all(session, Timer, timers)


def _bodies(session: Session, contracts: Collection[int]) -> dict[int, int]:
    """The bodies of contracts."""
    query = select(Contract.id, Contract.government_id)
    found = session.execute(query.where(among(session, Contract.id, contracts)))
    return {contract: body for contract, body in found}  # noqa: C416


def timer_row(row: Mapping[str, Any], seen: Seen, policy: Policy) -> dict[str, Any] | None:
    """The timer of a duty, or None when nothing about it will ever act."""
    until_on, lead_on = row["until_on"], row["lead_on"]
    step = _step_day(policy.ladder(row["ladder"]), row["due_on"], row["base_on"], seen.on)
    days = [d for d in (step, lead_on) if d is not None and (until_on is None or d < until_on)]
    if until_on is not None and lead_on is not None:
        days.append(until_on)  # a lead of this breach may have to be closed then
    check_on = min((max(d, row["from_on"]) for d in days), default=None)
    if check_on is None:
        return None
    return {
        "check_on": check_on,
        "duty_id": row["id"],
        "obligation_id": row["obligation_id"],
        "contract_id": row["contract_id"],
        "ladder": row["ladder"],
        "due_on": row["due_on"],
        "base_on": row["base_on"],
        "until_on": row["until_on"],
        "lead_on": row["lead_on"],
        "seen_on": seen.on,
        "born_run": seen.born_run,
    }


def _step_day(
    ladder: tuple[Step, ...], due_on: date, base_on: date, seen_on: date | None
) -> date | None:
    """The first day a step is news: those passed before `base_on` count as one, on that day."""
    days = [due_on + timedelta(days=s.offset) for s in ladder]
    if seen_on is not None:
        return next((d for d in days if d > seen_on), None)
    if any(d <= base_on for d in days):
        return base_on
    return days[0] if days else None


def rebuild_timers(session: Session, policy: Policy) -> int:
    """Make every timer anew from the duties that hold; returns how many.

    For a policy that changed, and for a sweep that goes back in time; costs the whole register.
    """
    session.execute(delete(Timer))
    seen = Seen(None, last_look(session).run)
    count, last = 0, 0
    while True:
        query = (
            select(table_of(Duty))
            .where(Duty.replaced_at.is_(None), Duty.id > last)
            .order_by(Duty.id)
            .limit(_BATCH)
        )
        page = [dict(row) for row in session.execute(query).mappings()]
        if not page:
            return count
        timers = [t for row in page if (t := timer_row(row, seen, policy)) is not None]
        if timers:
            insert_all(session, Timer, timers)
        count, last = count + len(timers), page[-1]["id"]


def ladder_rows(policy: Policy) -> list[dict[str, Any]]:
    """The ladders of the policy as the sweep's statement reads them."""
    return [
        {
            "ladder": name,
            "days": step.offset,
            "rule": step.rule,
            "severity": step.severity.value,
            "audiences": " ".join(a.value for a in step.audiences),
            "message": step.message,
        }
        for name, ladder in policy.ladders.items()
        for step in ladder
    ]
