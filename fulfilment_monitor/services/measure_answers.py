"""What an imposing body does about a measure: accept, approve, decline, hand over, confirm the end.

No measure without a cited basis and an effective record (依法依规); none while it is contested; and
none by one person alone: one accepts, which imposes nothing yet, and another one approves. Until
then the row says what would be imposed and stands as it stood. The end takes two as well: one says
that and when it was ended, another one approves, and only then is the end confirmed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.measures import MeasureState
from ..store.records import CreditEntry, Measure, MeasurePerson
from . import audit, measure_clocks, measures, organisations, records
from .conflicts import refuse_conflict
from .office import Office

_MAY = frozenset({Role.HANDLER, Role.DIRECTOR, Role.CREDIT_LEAD, Role.INTAKE})
#: What a public criticism says beside its dates (云发改财金〔2023〕1064号 三（四）).
_SAID = ("text", "place", "approved_by", "organ", "number", "result")
NEEDED = {
    "notice.criticism": ("text", "place", "approved_by"),
    "person.accountability": ("organ",),
}


class NoGround(NotOpen):
    """There is nothing a measure could rest on, or not now."""

    code = "measure.no-ground"
    title = "The measure has nothing to rest on"


class SecondPerson(NotOpen):
    """One has accepted a measure, another one has to approve it."""

    code = "measure.second-person"
    title = "Another person has to approve it"


def accept(
    session: Session,
    ulid: str,
    *,
    starts_on: date,
    due_on: date | None = None,
    details: Mapping[str, str] | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Measure:
    """Write down that a measure is to be imposed, one proposed or declined before.

    It is imposed once another person of the body approves; accepting again replaces what was
    written, and who wrote it.

    Args:
        due_on: the date by which an order is to be done; such measures need one.
        details: text and place of a criticism, the organ somebody is handed over to.

    Raises:
        NotFound: there is none, or it is not for this body.
        NoGround: the record is contested or effective no more, or no basis is cited.
        Invalid: dates or details are missing or odd.
    """
    measure = _for(session, ulid, by, office, today)
    if measure.state not in (MeasureState.PROPOSED.value, MeasureState.DECLINED.value):
        raise NotOpen(f"the measure is {measure.state}")
    _refuse_groundless(session, measure, today)
    said = dict(details or {})
    _refuse_odd(measure, starts_on, due_on, said, office)
    measure.starts_on, measure.due_on, measure.details = starts_on, due_on, said
    _answered(session, measure, "measure.accept", by, now, today)
    return measure


def approve(
    session: Session, ulid: str, *, by: Actor, office: Office, now: datetime, today: date
) -> Measure:
    """Impose what another person of the same body has accepted.

    Raises:
        NotFound: there is none, or it is not for this body.
        SecondPerson: nobody has accepted it, or this very person did.
        NoGround: the record is contested or effective no more, or no basis is cited.
    """
    measure = _for(session, ulid, by, office, today)
    if not is_accepted(measure):
        raise SecondPerson("nobody has accepted it")
    if measure.answered_by == by.name:
        raise SecondPerson("who accepted it cannot approve it")
    _refuse_groundless(session, measure, today)
    measure.state, measure.reason = MeasureState.IMPOSED.value, None
    _answered(session, measure, "measure.impose", by, now, today)
    measure_clocks.watch(session, [measure], office)
    measures.tell(session, measure, "measure.imposed", _everybody(session, measure), now=now)
    return measure


def is_accepted(measure: Measure) -> bool:
    """Whether one person has accepted it and nobody has approved it yet."""
    waiting = (MeasureState.PROPOSED.value, MeasureState.DECLINED.value)
    return measure.state in waiting and measure.starts_on is not None


def decline(
    session: Session,
    ulid: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Measure:
    """Not applicable, with the reason; it can still be imposed later.

    Also how one who should approve what another accepted says no.
    """
    measure = _for(session, ulid, by, office, today)
    if measure.state != MeasureState.PROPOSED.value and not is_accepted(measure):
        raise NotOpen(f"the measure is {measure.state}")
    if not reason.strip():
        raise Invalid([Issue("/reason", "missing", "say why it does not apply")])
    measure.state, measure.reason = MeasureState.DECLINED.value, reason.strip()[:1000]
    measure.starts_on, measure.due_on, measure.details = None, None, {}
    _answered(session, measure, "measure.decline", by, now, today)
    measure_clocks.watch(session, [measure], office)
    measures.tell(session, measure, "measure.declined", _everybody(session, measure), now=now)
    return measure


def confirm_end(
    session: Session,
    ulid: str,
    *,
    on: date,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Measure:
    """Write down that a measure was ended, and from which day.

    It is confirmed once another person of the body approves; saying it again replaces what was
    written, and who wrote it.
    """
    measure = _for(session, ulid, by, office, today)
    if measure.state != MeasureState.ENDING.value or measure.to_end_on is None:
        raise NotOpen(f"the measure is {measure.state}")
    if not measure.to_end_on <= on <= today:
        detail = f"between {measure.to_end_on}, when it was over, and today"
        raise Invalid([Issue("/on", "wrong", detail)])
    measure.ended_on, measure.end_confirmed_by = on, by.name
    measure.version += 1
    _note(session, measure, "measure.confirm-end", by, now, on=on.isoformat())
    return measure


def approve_end(
    session: Session, ulid: str, *, by: Actor, office: Office, now: datetime, today: date
) -> Measure:
    """Confirm the end of a measure that another person of the same body has written down.

    Raises:
        NotFound: there is none, or it is not for this body.
        SecondPerson: nobody has said that it ended, or this very person did.
    """
    measure = _for(session, ulid, by, office, today)
    if not is_said_to_end(measure):
        raise SecondPerson("nobody has said that it was ended")
    if measure.end_confirmed_by == by.name:
        raise SecondPerson("who said that it was ended cannot approve it")
    measure.state = MeasureState.ENDED.value
    measure.version += 1
    _note(session, measure, "measure.end", by, now, on=str(measure.ended_on))
    measure_clocks.watch(session, [measure], office)
    measures.tell(session, measure, "measure.ended", _everybody(session, measure), now=now)
    return measure


def is_said_to_end(measure: Measure) -> bool:
    """Whether one person has said that it was ended and nobody has approved it yet."""
    return measure.state == MeasureState.ENDING.value and measure.ended_on is not None


def name_persons(
    session: Session,
    ulid: str,
    names: Iterable[str],
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Record who is handed over to be called to account; the names stay with this body.

    Source: 云发改财金〔2023〕1064号 三（四）. They stand in no message, list or act on record.
    """
    measure = _for(session, ulid, by, office, today)
    if measure.code != "person.accountability" or measure.state != MeasureState.IMPOSED.value:
        raise NotOpen("nobody is being handed over under this measure")
    rows = [
        MeasurePerson(measure_id=measure.id, name=n, recorded_at=now, recorded_by=by.name)
        for n in names
    ]
    session.add_all(rows)
    _note(session, measure, "measure.name-persons", by, now, persons=len(rows))


def persons(
    session: Session, ulid: str, *, by: Actor, office: Office, now: datetime, today: date
) -> list[str]:
    """Who was handed over; for the imposing body alone, and every look is on record."""
    measure = _for(session, ulid, by, office, today)
    query = select(MeasurePerson.name).where(MeasurePerson.measure_id == measure.id)
    _note(session, measure, "measure.see-persons", by, now)
    return list(session.scalars(query.order_by(MeasurePerson.id)))


def _for(session: Session, ulid: str, by: Actor, office: Office, today: date) -> Measure:
    if not by.roles & _MAY:
        raise Forbidden("needs: " + ", ".join(sorted(_MAY)))
    if by.person is None:
        raise Forbidden("a person has to answer for this")
    query = select(Measure).where(Measure.ulid == ulid).with_for_update()
    measure = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if measure is None or by.body is None or by.body != _imposer(session, measure, today):
        raise NotFound(f"no measure {ulid}")
    entry = session.get_one(CreditEntry, measure.entry_id)
    months = office.policy.cases.recusal_months
    refuse_conflict(session, entry.body_id, by, today, recusal_months=months)
    return measure


def _imposer(session: Session, measure: Measure, today: date) -> int:
    return organisations.responsible(session, [measure.imposer_id], today)[measure.imposer_id]


def _refuse_groundless(session: Session, measure: Measure, today: date) -> None:
    if not measure.basis.strip():
        raise NoGround("no legal basis is cited")
    open_records = select(CreditEntry.id).where(
        CreditEntry.id == measure.entry_id, records.is_open(), CreditEntry.effective_on <= today
    )
    if session.scalar(open_records) is None:
        raise NoGround("the record it rests on is not effective")
    if records.contested_on(session, measure.entry_id, today):
        raise NoGround("an objection to the record is not decided")


def _refuse_odd(
    measure: Measure, starts_on: date, due_on: date | None, said: dict[str, str], office: Office
) -> None:
    issues = [Issue(f"/{k}", "unknown", "there is no such detail") for k in said if k not in _SAID]
    for name in NEEDED.get(measure.code, ()):
        if not said.get(name, "").strip():
            issues.append(Issue(f"/{name}", "missing", f"{measure.code} needs it"))
    rule = office.measures.rules.get(measure.code)
    if rule is not None and rule.dated and due_on is None:
        issues.append(Issue("/due_on", "missing", "an order has a date by which it is done"))
    if starts_on < measure.proposed_on:
        issues.append(Issue("/starts_on", "too-early", f"proposed on {measure.proposed_on}"))
    if due_on is not None and due_on < starts_on:
        issues.append(Issue("/due_on", "too-early", "before it starts"))
    if issues:
        raise Invalid(sorted(issues))


def _everybody(session: Session, measure: Measure) -> list[int | None]:
    """The body it falls on, and the one that determined the breach."""
    entry = session.get_one(CreditEntry, measure.entry_id)
    decided = records.determined_by(session, entry)
    return [entry.body_id, decided]


def _answered(
    session: Session, measure: Measure, act: str, by: Actor, now: datetime, today: date
) -> None:
    measure.answered_on, measure.answered_by = today, by.name
    measure.version += 1
    _note(session, measure, act, by, now)


def _note(
    session: Session, measure: Measure, act: str, by: Actor, now: datetime, **more: Any
) -> None:
    body = {"code": measure.code, "state": measure.state, "version": measure.version, **more}
    audit.note(session, by, act, "measure", measure.ulid, body, now=now)
    session.flush()
