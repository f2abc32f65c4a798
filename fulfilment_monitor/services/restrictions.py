"""What may be asked of measures: may this body receive X today, what is open, what is missing."""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.case_codes import Stream
from ..domain.measures import MeasureClock, MeasureState, Target, place
from ..domain.records import fold
from ..domain.regions import covers
from ..store.cases import Case, Claim
from ..store.organisations import Organisation
from ..store.records import CreditEntry, Finding, Measure
from . import measure_clocks, records
from .measure_answers import is_accepted, is_said_to_end
from .measures import Proposing, addressed
from .office import Office

#: In these a measure has been imposed; when it holds is a matter of its days.
_IMPOSED = (MeasureState.IMPOSED.value, MeasureState.ENDING.value, MeasureState.ENDED.value)
Row = dict[str, Any]


def restrictions(session: Session, uscc: str, on: date, office: Office) -> list[Row]:
    """What a body may not receive on a day, each with its reasons; empty: nothing is restricted.

    Measures on bodies it has succeeded hold for it. Read from the days of each measure, so a past
    day is answered as well as today; one that has to end holds no more, confirmed or not.
    """
    body = records.find_body(session, uscc)
    imposer, bearer = aliased(Organisation), aliased(Organisation)
    query = (
        select(Measure, imposer.code, imposer.name, bearer.code.label("bearer"), CreditEntry)
        .join(imposer, imposer.id == Measure.imposer_id)
        .join(bearer, bearer.id == Measure.body_id)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .where(
            Measure.body_id.in_(records.inherited(session, body.id, on)),
            Measure.state.in_(_IMPOSED),
            Measure.starts_on <= on,
            or_(Measure.to_end_on.is_(None), Measure.to_end_on > on),
        )
        .order_by(Measure.code, Measure.id)
    )
    catalogue = office.measures
    found = []
    for measure, code, name, borne_by, entry in session.execute(query):
        rule = catalogue.rules.get(measure.code)
        if rule is not None and not rule.restricts:
            continue
        found.append(
            {
                "measure": measure.ulid,
                "code": measure.code,
                "label": catalogue.label(measure.code),
                "imposer": name,
                "imposer_uscc": code,
                "body": borne_by,
                "basis": measure.basis,
                "starts_on": str(measure.starts_on),
                "record": entry.ulid,
                "document_no": entry.source_no,
                "contested": records.contested_on(session, entry.id, on),
            }
        )
    return found


class Open(NamedTuple):
    """Measures that wait for an imposing body."""

    unanswered: list[Row]
    unconfirmed: list[Row]
    #: Orders imposed whose date has passed while the record is still open.
    overdue: list[Row]


def open_measures(
    session: Session, today: date, office: Office, *, imposer_id: int | None = None
) -> Open:
    """Proposals nobody has answered, and ends nobody has confirmed, each with its days."""
    body = aliased(Organisation)
    imposer = aliased(Organisation)
    waiting = (MeasureState.PROPOSED, MeasureState.IMPOSED, MeasureState.ENDING)
    query = (
        select(Measure, imposer.code, imposer.name, body.code, body.name)
        .join(imposer, imposer.id == Measure.imposer_id)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .join(body, body.id == CreditEntry.body_id)
        .where(Measure.state.in_([s.value for s in waiting]))
        .order_by(Measure.id)
    )
    if imposer_id is not None:
        query = query.where(Measure.imposer_id == imposer_id)
    rows = session.execute(query).all()
    alerts = measure_clocks.raised(session, [row[0] for row in rows], office, today)
    found = Open([], [], [])
    for measure, code, name, uscc, body_name in rows:
        waits = measure_clocks.waits_for(measure, office)
        if waits is None or not _is_listed(waits, today):
            continue
        limit = waits.due_on
        since = waits.since if limit is None or waits.clock is not _ORDER else limit
        row = {
            "measure": measure.ulid,
            "code": measure.code,
            "label": office.measures.label(measure.code),
            "imposer": {"uscc": code, "name": name},
            "body": uscc,
            "body_name": body_name,
            "region": measure.region,
            "basis": measure.basis,
            "since": since.isoformat(),
            "days": (today - since).days,
            "due_on": None if limit is None else limit.isoformat(),
            "late": limit is not None and today > limit,
            "ended_on": measure.ended_on and measure.ended_on.isoformat(),
            # said by one person, and not yet approved by another
            "to_approve": is_accepted(measure) or is_said_to_end(measure),
            "alerts": [
                {**a._asdict(), "raised_on": a.raised_on.isoformat()} for a in alerts[measure.id]
            ],
        }
        getattr(found, _LISTS[waits.clock]).append(row)
    return found


_ORDER = MeasureClock.ORDER
_LISTS = {
    MeasureClock.ANSWER: "unanswered",
    MeasureClock.END: "unconfirmed",
    MeasureClock.ORDER: "overdue",
}


def _is_listed(waiting: measure_clocks.Waiting, today: date) -> bool:
    """An order is listed once its date has passed; what needs an answer, at once."""
    if waiting.clock is not _ORDER:
        return True
    return waiting.due_on is not None and waiting.due_on < today


def unpunished(session: Session, today: date, office: Office, *, region: str = "") -> list[Row]:
    """Effective records on which no measure has been imposed, until one is (失信必惩).

    Args:
        region: those of a region and all below it.

    Contested ones are listed too, and say so: no measure may be imposed on them now.
    """
    imposed = select(Measure.id).where(
        Measure.entry_id == CreditEntry.id, Measure.state == MeasureState.IMPOSED.value
    )
    streams = office.policy.cases.measured_streams
    query = (
        select(CreditEntry, Organisation.code, Organisation.name)
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .outerjoin(Claim, Claim.id == CreditEntry.claim_id)
        .outerjoin(Case, Case.id == Claim.case_id)
        .add_columns(Case.region, Organisation.region.label("seat"))
        .where(
            records.is_open(),
            CreditEntry.stream.in_(streams),
            CreditEntry.effective_on <= today,
            ~imposed.exists(),
        )
        .order_by(CreditEntry.id)
    )
    found = []
    for entry, code, name, case_region, seat in session.execute(query):
        where = case_region or seat or ""
        if not covers(region, where):
            continue
        answers = select(Measure.state).where(Measure.entry_id == entry.id)
        states = list(session.scalars(answers))
        found.append(
            {
                "record": entry.ulid,
                "body": {"uscc": code, "name": name},
                "region": where,
                "listed_on": entry.effective_on.isoformat(),
                "days": (today - entry.effective_on).days,
                "proposed": len(states),
                "declined": states.count(MeasureState.DECLINED.value),
                "contested": records.contested_on(session, entry.id, today),
            }
        )
    return found


def unaddressed(session: Session, today: date, office: Office, *, region: str = "") -> list[Row]:
    """Measures that effective records draw and that no registered body could impose.

    A level that keeps no list of measure-takers is seen by the level above (三（五）).
    """
    query = (
        select(CreditEntry, Organisation.code, Case.region, Claim.sme_payment, Finding)
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .join(Claim, Claim.id == CreditEntry.claim_id)
        .join(Case, Case.id == Claim.case_id)
        .join(Finding, Finding.id == CreditEntry.finding_id)
        .where(records.is_open())
        .order_by(CreditEntry.id)
    )
    found = []
    for entry, uscc, where, sme, finding in session.execute(query).all():
        if not covers(region, where):
            continue
        asked = Proposing(entry, where, office, today, entry.recorded_at, finding.body_id)
        for one in addressed(session, asked, serious=finding.serious, sme=sme):
            if one.imposer_id is None:
                found.append(
                    {
                        "record": entry.ulid,
                        "body": uscc,
                        "code": one.drawn.rule.code,
                        "basis": one.drawn.basis.source,
                        "level": one.drawn.basis.tier.value,
                    }
                )
    return found


def areas(session: Session, on: date, office: Office, target: Target = Target.CITY) -> list[Row]:
    """Cities, or counties, with an effective record of a body in their area on a day.

    Each with the records that put it there; only streams that draw measures count. What was
    contested on that day is listed beside, and does not count.

    Source: 发改财金〔2023〕1103号 三（四）; 蚌信用办〔2024〕1号 二（四） for counties.
    """
    streams = [Stream(s) for s in office.policy.cases.measured_streams]
    query = (
        select(CreditEntry.id, Case.region, Organisation.region.label("seat"))
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .outerjoin(Claim, Claim.id == CreditEntry.claim_id)
        .outerjoin(Case, Case.id == Claim.case_id)
        .where(CreditEntry.about_id.is_(None), CreditEntry.stream.in_(streams))
    )
    where = {number: case or seat for number, case, seat in session.execute(query)}
    bodies = select(CreditEntry.body_id).where(CreditEntry.id.in_(where)).distinct()
    entries = records.entries_of(session, session.scalars(bodies))
    listed: dict[str, list[Row]] = defaultdict(list)
    for record in fold(entries, on):
        area = place(target, where.get(record.id) or "")
        if area and record.is_adverse:
            contested = records.contested_on(session, record.id, on)
            listed[area].append({"record": record.ulid, "contested": contested})
    return [
        {
            "region": area,
            "name": _name(office, area, on),
            "count": sum(not r["contested"] for r in found),
            "records": found,
        }
        for area, found in sorted(listed.items())
    ]


def _name(office: Office, code: str, on: date) -> str | None:
    found = office.regions.find(code, on)
    return None if found is None else found.name
