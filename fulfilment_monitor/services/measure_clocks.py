"""What the daily sweep watches of measures: unanswered proposals, dated orders, unconfirmed ends.

There is no table for it: what a measure waits for, and until when, follows from its row. Only its
timers are kept, under numbers far below those of the clocks of claims. A limit of answer or end is
a term of the office; where it has set none, the time is measured and nothing more. An order has
the date the imposing body gave it (云发改财金〔2023〕1064号 三（四）).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..domain.duedates import deadline
from ..domain.measures import MeasureClock, MeasureState
from ..store.alerts import Alert
from ..store.duties import Timer
from ..store.once import insert_all
from ..store.records import Measure
from ..store.sets import among
from .duties import Seen, last_look, timer_row
from .office import Office

#: Numbers of measures in timers and alerts begin here; those of claims never reach so far.
_FAR = 2**61


def number(measure_id: int) -> int:
    """The number of a measure in timers and alerts."""
    return -_FAR - measure_id


class Waiting(NamedTuple):
    """What a measure waits for, since when, and until when it may; no end: only measured."""

    clock: MeasureClock
    since: date
    due_on: date | None


def waits_for(measure: Measure, office: Office) -> Waiting | None:
    """What has to be done next about a measure; None where nothing has."""
    if measure.state == MeasureState.PROPOSED.value:
        term = office.measures.answer_term
        due = None
        if term is not None:
            due = deadline(term, measure.proposed_on, office.statute.calendar, rolls=True).on
        return Waiting(MeasureClock.ANSWER, measure.proposed_on, due)
    if measure.state == MeasureState.ENDING.value and measure.to_end_on is not None:
        return Waiting(MeasureClock.END, measure.to_end_on, measure.confirm_by)
    started = measure.state == MeasureState.IMPOSED.value and measure.starts_on is not None
    if started and measure.due_on is not None:
        return Waiting(MeasureClock.ORDER, measure.starts_on or measure.due_on, measure.due_on)
    return None


def watch(session: Session, measures: Iterable[Measure], office: Office) -> int:
    """Put the timers of some measures as they now stand; returns how many there are."""
    known = {m.id: m for m in measures}
    numbers = [number(i) for i in known]
    theirs = among(session, Timer.contract_id, numbers)  # by the index
    held = select(Timer.duty_id).where(theirs).with_for_update()
    session.execute(held).all()  # a sweep that is moving one is waited for
    session.execute(delete(Timer).where(theirs))
    return _set(session, known.values(), office)


def rebuild(session: Session, office: Office) -> int:
    """The timers of every measure that waits, anew; whoever rebuilds all timers calls this too."""
    waiting = [s.value for s in (MeasureState.PROPOSED, MeasureState.IMPOSED, MeasureState.ENDING)]
    query = select(Measure).where(Measure.state.in_(waiting)).order_by(Measure.id)
    return _set(session, session.scalars(query).all(), office)


def _set(session: Session, measures: Iterable[Measure], office: Office) -> int:
    seen = Seen(None, last_look(session).run)
    rows = [_as_duty(m, waits_for(m, office)) for m in measures]
    found = (timer_row(row, seen, office.policy) for row in rows if row is not None)
    timers = [timer for timer in found if timer is not None]
    if timers:
        insert_all(session, Timer, timers)
    return len(timers)


def _as_duty(measure: Measure, waiting: Waiting | None) -> dict[str, Any] | None:
    """What a measure waits for as the row of a duty that the sweep would watch."""
    if waiting is None or waiting.due_on is None:
        return None
    return {
        "id": number(measure.id),
        "obligation_id": number(measure.id),
        "contract_id": number(measure.id),
        "ladder": waiting.clock.value,
        "due_on": waiting.due_on,
        "base_on": waiting.since,
        "from_on": waiting.since,
        "until_on": None,
        "lead_on": None,
    }


class Raised(NamedTuple):
    """An alert the sweep has raised about a measure."""

    rule: str
    severity: str
    raised_on: date


def raised(
    session: Session, measures: Iterable[Measure], office: Office, on: date
) -> dict[int, list[Raised]]:
    """By the number of a measure, the alerts up to a day about what it waits for, oldest first."""
    due = {number(m.id): waits_for(m, office) for m in measures}
    query = (
        select(Alert.obligation_id, Alert.due_on, Alert.rule, Alert.severity, Alert.raised_on)
        .where(among(session, Alert.contract_id, list(due)), Alert.raised_on <= on)
        .order_by(Alert.raised_on, Alert.holds_from)
    )
    found: dict[int, list[Raised]] = defaultdict(list)
    for of, due_on, rule, severity, raised_on in session.execute(query):
        now = due[of]
        if now is not None and now.due_on == due_on and rule.startswith(now.clock + "."):
            found[-of - _FAR].append(Raised(rule, severity, raised_on))
    return found
