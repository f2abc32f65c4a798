"""The day's work the usual ways: an ORM loop over open duties, and one UPDATE a row.

Each way does the same day on the same register and its work is taken back before the next one has
its turn; the alerts and the leads have to be the same. A lead has its evidence and its case by any
way: the usual ways ask the product for it when they come to its duty, one lead at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bench.places import DATABASES, Place
from bench.register import FIRST_DUE, NOW, fill, upkeep
from bench.rows import Row, Target, seconds
from fulfilment_monitor.domain.alerts import Policy, Step
from fulfilment_monitor.house import House
from fulfilment_monitor.services import breaches, pipeline, sweeps
from fulfilment_monitor.services.duties import last_look
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.duties import Duty, Timer
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.once import table_of

_OBLIGATIONS, _FULL = 200_000, 1_000_000
_ACTING_SHARE = 100
_SETTLED = timedelta(days=35)
_PAGE = 1_000
_DAYS = 3
#: The targets are about a register of this size.
_JUDGED_FROM = 1_000_000

#: What makes an alert the one it is; which message told of it does not.
_Key = tuple[date, int, str, int, str, str, str, date, date]
_KEYS = (
    "due_on", "obligation_id", "rule", "contract_id", "severity", "audiences", "message",
    "holds_from", "raised_on",
)  # fmt: skip


#: And a lead the one it is.
_LEAD_KEYS = (
    "obligation_id", "rule", "episode", "breached_on", "duty_id", "respondent_id",
    "outstanding_fen", "interest_fen",
)  # fmt: skip


class Done(NamedTuple):
    """What was done on a day: each alert, and each lead."""

    alerts: set[_Key]
    leads: set[tuple[Any, ...]]


class Ways(NamedTuple):
    """Seconds of one day by each way, and how many alerts and leads it raised."""

    alerts: int
    leads: int
    product: float
    orm_loop: float
    row_update: float


class Day:
    """A day to be done by one of the usual ways, in a transaction that will be taken back."""

    def __init__(self, session: Session, policy: Policy, office: Office, day: date) -> None:
        self.session = session
        self.policy = policy
        self.office = office
        self.day = day
        self.last = last_look(session)


def run(place: Place) -> Iterable[Row]:
    """Both ways against the sweep, on each database."""
    obligations = place.sized(_OBLIGATIONS, _FULL)
    for database in DATABASES:
        with place.house(database) as house:
            ways = compare(house, obligations, max(1, obligations // _ACTING_SHARE))
        yield from rows_of(database, obligations, ways)


def rows_of(database: str, obligations: int, ways: Ways) -> Iterator[Row]:
    """How many times as long as the product each way takes."""
    size = f"{obligations:,} open duties, {ways.alerts:,} alerts, {ways.leads:,} leads"
    note = "" if obligations >= _JUDGED_FROM else f"the target is for {_JUDGED_FROM:,}"
    for what, theirs in (("ORM loop", ways.orm_loop), ("one UPDATE a row", ways.row_update)):
        yield Row(
            f"sweep against {what}",
            database,
            size,
            theirs / ways.product,
            "×",
            Target(4, "at least", 50),
            {"product_s": ways.product, "theirs_s": theirs},
            note,
        )


def compare(house: House, obligations: int, acting: int) -> Ways:
    """One day by each way on a register made for it.

    Args:
        acting: about how many duties have a step on each day.
    """
    fill(house, obligations, max(30, obligations * 8 // acting))
    day, office = FIRST_DUE + _SETTLED, house.office()
    _sweep(house, office, day)
    upkeep(house)
    day += timedelta(days=1)
    orm_loop, found = _taken_back(house, office, day, _orm_loop)
    row_update, by_updates = _taken_back(house, office, day, _row_updates)
    took = []
    for later in range(_DAYS):
        upkeep(house)
        took.append(seconds(partial(_sweep, house, office, day + timedelta(days=later))))
    with house.readers() as session:
        expected = _done(session, day)
    if not all(expected) or not found == by_updates == expected:
        counted = (f"{len(d.alerts)}/{len(d.leads)}" for d in (expected, found, by_updates))
        raise AssertionError("not the same: " + ", ".join(counted))
    return Ways(len(expected.alerts), len(expected.leads), median(took), orm_loop, row_update)


def _sweep(house: House, office: Office, day: date) -> None:
    sweeps.sweep(house.sessions, office, as_of=day, now=lambda: NOW)


def _taken_back(
    house: House, office: Office, day: date, way: Callable[[Day], None]
) -> tuple[float, Done]:
    """What a way took, and what it did, which is then taken back.

    It is spared its commit; alerts that were committed could not be removed.
    """
    with house.sessions() as session:
        session.begin()
        on = Day(session, house.policy, office, day)
        took = seconds(lambda: way(on))
        done = _done(session, day)
        session.rollback()
    upkeep(house)
    return took, done


def _done(session: Session, day: date) -> Done:
    alerts = select(*(getattr(Alert, name) for name in _KEYS)).where(Alert.raised_on == day)
    leads = select(*(getattr(Lead, name) for name in _LEAD_KEYS)).where(Lead.raised_on == day)
    return Done(*({tuple(row) for row in session.execute(q)} for q in (alerts, leads)))


def _news(on: Day, ladder: str, due_on: date) -> list[Step]:
    """The steps whose day came after the last look."""
    return [
        step
        for step in on.policy.ladder(ladder)
        if _is_new(on, due_on + timedelta(days=step.offset))
    ]


def _is_new(on: Day, when: date) -> bool:
    return on.last.as_of is not None and on.last.as_of < when <= on.day


def _is_breach(on: Day, lead_on: date | None) -> bool:
    return lead_on is not None and _is_new(on, lead_on)


def _alert_row(row: Any, step: Step, day: date) -> dict[str, Any]:
    return {
        "due_on": row.due_on,
        "obligation_id": row.obligation_id,
        "rule": step.rule,
        "contract_id": row.contract_id,
        "severity": step.severity.value,
        "audiences": " ".join(a.value for a in step.audiences),
        "message": step.message,
        "holds_from": row.due_on + timedelta(days=step.offset),
        "raised_on": day,
        "told_id": 0,
    }


def _open_lead(on: Day, duty_id: int) -> None:
    """A lead with its evidence, and its case."""
    raising = breaches.Raising(on.last.run, on.day, NOW, on.policy.version)
    opened = breaches.open_leads(on.session, [duty_id], raising)
    pipeline.take_in(on.session, opened, on.office, on=on.day, now=NOW)


def _orm_loop(on: Day) -> None:
    """Every open duty as an object, its ladder walked in Python, alerts looked up and added."""
    session, day = on.session, on.day
    query = (
        select(Duty)
        .where(Duty.replaced_at.is_(None), or_(Duty.until_on.is_(None), Duty.until_on > day))
        .execution_options(yield_per=_PAGE)
    )
    for duty in session.scalars(query):
        for step in _news(on, duty.ladder, duty.due_on):
            if session.get(Alert, (duty.due_on, duty.obligation_id, step.rule)) is None:
                session.add(Alert(**_alert_row(duty, step, day)))
        if _is_breach(on, duty.lead_on):
            _open_lead(on, duty.id)
    session.flush()


_TIMER = (
    Timer.check_on, Timer.duty_id, Timer.obligation_id, Timer.contract_id, Timer.ladder,
    Timer.due_on, Timer.lead_on,
)  # fmt: skip
_UPDATES = {
    "sqlite": "UPDATE timer SET check_on = ?, seen_on = ? WHERE check_on = ? AND duty_id = ?",
    "postgresql": (
        "UPDATE timer SET check_on = %s, seen_on = %s WHERE check_on = %s AND duty_id = %s"
    ),
}


def _row_updates(on: Day) -> None:
    """Every timer read into memory, then one UPDATE for each, whether it acts or not.

    The driver is called directly, without SQLAlchemy: as cheap as one statement a row can be.
    """
    session, day, alerts, breached = on.session, on.day, list[dict[str, Any]](), list[int]()
    name = session.get_bind().dialect.name
    rows = session.execute(select(*_TIMER)).all()
    cursor = session.connection().connection.cursor()
    for row in rows:
        alerts += [_alert_row(row, step, day) for step in _news(on, row.ladder, row.due_on)]
        if _is_breach(on, row.lead_on):
            breached.append(row.duty_id)
        next_on = _next_on(on.policy, row, day) if row.check_on <= day else row.check_on
        days: tuple[Any, ...] = (next_on, day, row.check_on)
        if name == "sqlite":
            days = tuple(d.toordinal() for d in days)
        cursor.execute(_UPDATES[name], (*days, row.duty_id))
    if alerts:
        session.execute(table_of(Alert).insert(), alerts)
    for duty_id in breached:
        _open_lead(on, duty_id)


def _next_on(policy: Policy, row: Any, day: date) -> date:
    """The day of the next step; far away when there is none."""
    days = [row.due_on + timedelta(days=s.offset) for s in policy.ladder(row.ladder)]
    return min((d for d in days if d > day), default=date(9999, 12, 31))
