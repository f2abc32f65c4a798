"""Due dates that gave way to others: what moved, when the register learned it, and why."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.alerts import Special
from ..domain.clocks import beijing_day
from ..domain.duties import Ended
from ..store.contracts import Amendment, Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact, FactAnswer
from ..store.reference import CalendarYear
from ..store.sweeps import Mark

#: Begins the names of marks that say when everything was reckoned anew by the law.
_LAW = "law.reckoned."
_WHY = {
    "register": "所登记的事实或者条款变更后重算",
    "law": "所依据的规定或者计算规则更新后重算",
}


class Move(NamedTuple):
    """A due date that gave way to another, as the register learned better."""

    contract_id: int
    obligation: str
    from_on: date
    #: None where nothing is due any more.
    to_on: date | None
    at: datetime
    was_provisional: bool
    #: The first day on which the date no longer matters; None while nothing ends it.
    until_on: date | None
    #: Whether it was met late, by the old date and by the new one.
    late: tuple[bool, bool]


def mark_of_law(now: datetime) -> dict[str, str]:
    """The row of `Mark` that says that everything was reckoned anew by the law at an instant."""
    return {"name": f"{_LAW}{now:%Y%m%dT%H%M%S%f}", "value": now.isoformat()}


def moved_at(
    session: Session, contract_ids: Iterable[int], at: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What moved at one instant: dates still to be kept on its day, and verdicts that change.

    Each `{contract_no, contract, obligation, from, to}`; a verdict on what was met has `late` too.
    """
    today = beijing_day(at)
    moves = _moves(session, contract_ids, at=at)
    ids = {m.contract_id for m in moves}
    query = select(Contract.id, Contract.contract_no, Contract.ulid).where(Contract.id.in_(ids))
    named = {row.id: row for row in session.execute(query)}
    moved, judged = [], []
    for m in moves:
        shown = {
            "contract_no": named[m.contract_id].contract_no,
            "contract": named[m.contract_id].ulid,
            "obligation": m.obligation,
            "from": m.from_on.isoformat(),
            "to": None if m.to_on is None else m.to_on.isoformat(),
        }
        if m.until_on is None or m.until_on > today:
            moved.append(shown)
        elif m.late[0] is not m.late[1]:
            judged.append({**shown, "late": m.late[1]})
    return moved, judged


def moved_dates(session: Session, contract_id: int) -> list[dict[str, Any]]:
    """Every date of a contract that was once another, oldest change first, with the reason.

    What was stated, answered or agreed at the same instant is the cause; without any, it was the
    law that was reckoned by anew, or a calendar.
    """
    stated: set[datetime] = set()
    for table in (Fact, Amendment):
        stated |= set(
            session.scalars(select(table.recorded_at).where(table.contract_id == contract_id))
        )
    answers = select(FactAnswer.recorded_at).join(Fact, Fact.id == FactAnswer.fact_id)
    stated |= set(session.scalars(answers.where(Fact.contract_id == contract_id)))
    notices = {
        at: f"{year}年放假安排（{source}）录入后重算"
        for at, year, source in session.execute(
            select(CalendarYear.loaded_at, CalendarYear.year, CalendarYear.source)
        )
    }
    marks = session.scalars(select(Mark.value).where(Mark.name.startswith(_LAW, autoescape=True)))
    reckoned = {datetime.fromisoformat(at) for at in marks}
    found = []
    for m in _moves(session, [contract_id]):
        cause = "register" if m.at in stated else "law" if m.at in reckoned else "calendar"
        if m.to_on is None and cause == "register":
            continue  # its state says it: nothing runs any more
        usual = "放假安排公布后重算" if m.was_provisional else "放假安排更正后重算"
        why = _WHY.get(cause) or notices.get(m.at, usual)
        found.append(
            {
                "obligation": m.obligation,
                "from": m.from_on.isoformat(),
                "to": None if m.to_on is None else m.to_on.isoformat(),
                "on": beijing_day(m.at).isoformat(),
                "cause": cause,
                "why": why,
            }
        )
    return found


def _moves(session: Session, ids: Iterable[int], *, at: datetime | None = None) -> list[Move]:
    """Dates of these contracts that were replaced, oldest first; those of one instant, or all."""
    query = (
        select(Duty, Obligation.key)
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .where(Duty.contract_id.in_(list(ids)), Duty.ladder.not_in([s.value for s in Special]))
        .order_by(Duty.contract_id, Duty.from_on, Duty.id)
    )
    if at is not None:
        query = query.where(or_(Duty.opened_at == at, Duty.replaced_at == at))
    gone: dict[tuple[int, str, datetime], Duty] = {}
    come: dict[tuple[int, str, datetime], Duty] = {}
    for duty, key in session.execute(query):
        come[duty.contract_id, key, duty.opened_at] = duty
        if duty.replaced_at is not None:
            gone[duty.contract_id, key, duty.replaced_at] = duty
    moves = [
        _move(old, come.get(place), place[1], place[2])
        for place, old in gone.items()
        if at in (None, place[2])
    ]
    return sorted((m for m in moves if m.from_on != m.to_on), key=lambda m: (m.at, m.contract_id))


def _move(old: Duty, new: Duty | None, key: str, at: datetime) -> Move:
    return Move(
        old.contract_id,
        key,
        old.due_on,
        None if new is None else new.due_on,
        at,
        old.provisional,
        (new or old).until_on,
        (_met_late(old), _met_late(new)),
    )


def _met_late(duty: Duty | None) -> bool:
    if duty is None or duty.ended != Ended.FULFILLED.value or duty.until_on is None:
        return False
    return duty.until_on > duty.due_on
