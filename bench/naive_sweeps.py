"""The day's alerts the usual ways: an ORM loop over open duties, and one UPDATE a row.

Each way does the same day on the same register and its work is taken back before the next one has
its turn; the alerts have to be the same. The product opens the leads of the day besides.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from bench.places import DATABASES, Place
from bench.register import FIRST_DUE, NOW, fill
from bench.rows import Row, Target, seconds
from fulfilment_monitor.domain.alerts import Policy, Step
from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps
from fulfilment_monitor.services.duties import last_look
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.duties import Duty, Timer
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


class Ways(NamedTuple):
    """Seconds of one day by each way, and how many alerts it raised."""

    alerts: int
    leads: int
    product: float
    #: On days on which no lead arises, as the other ways open none.
    alerts_alone: float
    orm_loop: float
    row_update: float


def run(place: Place) -> Iterable[Row]:
    """Both ways against the sweep, on each database."""
    obligations = place.sized(_OBLIGATIONS, _FULL)
    for database in DATABASES:
        with place.house(database) as house:
            ways = compare(house, obligations, max(1, obligations // _ACTING_SHARE))
        yield from rows_of(database, obligations, ways)


def rows_of(database: str, obligations: int, ways: Ways) -> Iterator[Row]:
    """How many times as long as the product each way takes."""
    size = f"{obligations:,} open duties, {ways.alerts:,} alerts"
    note = "" if obligations >= _JUDGED_FROM else f"the target is for {_JUDGED_FROM:,}"
    for what, theirs in (("ORM loop", ways.orm_loop), ("one UPDATE a row", ways.row_update)):
        yield Row(
            f"sweep against {what}",
            database,
            size,
            theirs / ways.product,
            "×",
            Target(4, "at least", 50),
            {
                "product_s": ways.product,
                "product_leads": ways.leads,
                "product_alerts_alone_s": ways.alerts_alone,
                "theirs_s": theirs,
            },
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
    _tidy(house)
    day += timedelta(days=1)
    orm_loop, found = _taken_back(house, day, _orm_loop)
    row_update, by_updates = _taken_back(house, day, _row_updates)
    found_on = []
    for later in range(2 * _DAYS):
        if later == _DAYS:
            without_leads(house)
        _tidy(house)
        found_on.append(_sweep(house, office, day + timedelta(days=later)))
    whole, alone = found_on[:_DAYS], found_on[_DAYS:]
    with house.readers() as session:
        expected = _alerts(session, day)
    if not expected or not found == by_updates == expected:
        raise AssertionError(
            f"not the same alerts: {len(expected)}, {len(found)}, {len(by_updates)}"
        )
    return Ways(
        len(expected),
        round(median(leads for _, leads in whole)),
        median(took for took, _ in whole),
        median(took for took, _ in alone),
        orm_loop,
        row_update,
    )


def _sweep(house: House, office: Office, day: date) -> tuple[float, int]:
    """Seconds of a day, and how many leads it opened."""
    began = time.perf_counter()
    done = sweeps.sweep(house.sessions, office, as_of=day, now=lambda: NOW)
    return time.perf_counter() - began, done.leads


def without_leads(house: House) -> None:
    """Let no lead arise from now on."""
    with house.sessions.begin() as session:
        session.execute(update(Timer).values(lead_on=None))


def _taken_back(
    house: House, day: date, way: Callable[[House, Session, date], None]
) -> tuple[float, set[_Key]]:
    """What a way took, and the alerts it raised, which are then taken back.

    It is spared its commit; alerts that were committed could not be removed.
    """
    with house.sessions() as session:
        session.begin()
        took = seconds(lambda: way(house, session, day))
        raised = _alerts(session, day)
        session.rollback()
    _tidy(house)
    return took, raised


def _tidy(house: House) -> None:
    """What the database's own housekeeping does between two nights."""
    if house.engine.dialect.name == "sqlite":
        raw = house.engine.raw_connection()
        for statement in ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
            raw.cursor().execute(statement).fetchall()
        raw.close()
        return
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
            connection.execute(text(statement))


def _alerts(session: Session, day: date) -> set[_Key]:
    columns = [getattr(Alert, name) for name in _KEYS]
    found = session.execute(select(*columns).where(Alert.raised_on == day))
    return {tuple(row) for row in found}


def _news(policy: Policy, ladder: str, due_on: date, last: date, day: date) -> list[Step]:
    """The steps whose day came after the last look."""
    return [
        step for step in policy.ladder(ladder) if last < due_on + timedelta(days=step.offset) <= day
    ]


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


def _looked(session: Session) -> date:
    looked = last_look(session).as_of
    assert looked is not None
    return looked


def _orm_loop(house: House, session: Session, day: date) -> None:
    """Every open duty as an object, its ladder walked in Python, alerts looked up and added."""
    last = _looked(session)
    query = (
        select(Duty)
        .where(Duty.replaced_at.is_(None), or_(Duty.until_on.is_(None), Duty.until_on > day))
        .execution_options(yield_per=_PAGE)
    )
    for duty in session.scalars(query):
        for step in _news(house.policy, duty.ladder, duty.due_on, last, day):
            if session.get(Alert, (duty.due_on, duty.obligation_id, step.rule)) is None:
                session.add(Alert(**_alert_row(duty, step, day)))
    session.flush()


_TIMER = (
    Timer.check_on, Timer.duty_id, Timer.obligation_id, Timer.contract_id, Timer.ladder,
    Timer.due_on,
)  # fmt: skip
_UPDATES = {
    "sqlite": "UPDATE timer SET check_on = ?, seen_on = ? WHERE check_on = ? AND duty_id = ?",
    "postgresql": (
        "UPDATE timer SET check_on = %s, seen_on = %s WHERE check_on = %s AND duty_id = %s"
    ),
}


def _row_updates(house: House, session: Session, day: date) -> None:
    """Every timer read into memory, then one UPDATE for each, whether it acts or not.

    The driver is called directly, without SQLAlchemy: as cheap as one statement a row can be.
    """
    name = house.engine.dialect.name
    last, alerts = _looked(session), []
    rows = session.execute(select(*_TIMER)).all()
    cursor = session.connection().connection.cursor()
    for row in rows:
        news = _news(house.policy, row.ladder, row.due_on, last, day)
        alerts += [_alert_row(row, step, day) for step in news]
        next_on = _next_on(house.policy, row, day) if row.check_on <= day else row.check_on
        days: tuple[Any, ...] = (next_on, day, row.check_on)
        if name == "sqlite":
            days = tuple(d.toordinal() for d in days)
        cursor.execute(_UPDATES[name], (*days, row.duty_id))
    if alerts:
        session.execute(table_of(Alert).insert(), alerts)


def _next_on(policy: Policy, row: Any, day: date) -> date:
    """The day of the next step; far away when there is none."""
    days = [row.due_on + timedelta(days=s.offset) for s in policy.ladder(row.ladder)]
    return min((d for d in days if d > day), default=date(9999, 12, 31))
