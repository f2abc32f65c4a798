"""What tests of records and measures arrange beside the town: a catalogue, and what can be seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from fulfilment_monitor import resources
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.measures import Catalogue, read_catalogue
from fulfilment_monitor.domain.records import Record
from fulfilment_monitor.house import House
from fulfilment_monitor.services import measure_answers, records, restrictions
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.people import Person
from fulfilment_monitor.store.records import Measure
from tests.conftest import at
from tests.services import builders
from tests.services.builders import ORGAN, day
from tests.services.case_builders import Act, a_person, actor

REPAIRING = (
    Act("request_repair", "bureau_head", "2026-02-10", {"note": "付清", "evidence": ["付款回单"]}),
    Act("request_repair", "handler", "2026-02-11", {"note": "属实", "evidence": ["银行回单"]}),
    Act(
        "confirm_repair", "director", "2026-02-12",
        {"corrected": "已纠正拒不支付行为", "performed": "企业确认已收到全部货款"},
    ),
)  # fmt: skip


def shipped_catalogue() -> Catalogue:
    """The catalogue of the law, which is in order."""
    faults: list[str] = []
    found = read_catalogue([resources.read_toml(resources.law("measures.toml"))], faults)
    assert faults == []
    return found


def an_office(house: House, catalogue: Catalogue | None = None) -> Office:
    """Law and policy, with a catalogue of measures."""
    plain = builders.office(house)
    return plain._replace(measures=catalogue or shipped_catalogue())


@contextmanager
def measures_drawn(house: House, catalogue: Catalogue | None = None) -> Iterator[Office]:
    """Every act meanwhile is done by an office with a catalogue of measures."""
    version = house.policy.version
    plain, equipped = builders.office(house), an_office(house, catalogue)
    builders._offices[version] = equipped
    try:
        yield equipped
    finally:
        builders._offices[version] = plain


def somebody_complains(house: House, intake: str) -> str:
    """A complaint about the one claim there is, that came in at a body; returns its pseudonym."""
    now = at(day("2025-10-20"))
    with house.sessions.begin() as session:
        claim = session.scalars(select(Claim)).one()
        body = select(Organisation.id).where(Organisation.code == intake)
        claim.intake_id = claim.holder_id = session.scalars(body).one()
        case = session.get_one(Case, claim.case_id)
        firm = select(Contract.enterprise_id).where(Contract.id == case.contract_id)
        complaint = Complaint(
            ulid=new_ulid(now), case_id=case.id, channel="sme-payment", origin="complaint",
            source_no="T1", enterprise_id=session.scalars(firm).one(),
            confidential=False, refuses_contact=False, declared={},
            digest="0" * 64, received_on=now.date(), received_at=now, recorded_by="sme_intake",
        )  # fmt: skip
        session.add(complaint)
        session.flush()
        session.add(
            ComplaintClaim(
                complaint_id=complaint.id, claim_id=claim.id, breach="arrears", joined_at=now
            )
        )
        return complaint.ulid


# --- acts -------------------------------------------------------------------------------------


def answer(
    house: House, verb: str, ulid: str, who: str, today: str, *said: Any, **more: Any
) -> Measure:
    """`accept`, `decline` or `confirm_end` a measure on a day.

    What is accepted or said to be ended is approved by a second person of the same body.
    """
    done = once(house, verb, ulid, who, today, *said, **more)
    approves = {"accept": "approve", "confirm_end": "approve_end"}.get(verb)
    return once(house, approves, ulid, second(house, who, today), today) if approves else done


def second(house: House, who: str, today: str) -> str:
    """Another person of the same body, who may approve what the first has accepted."""
    body, handle = actor(house, who, today).body, f"{who}-2"
    with house.readers() as session:
        code = session.get_one(Organisation, body).code
        known = session.scalar(select(Person.id).where(Person.handle == handle))
    if known is None:
        a_person(house, handle, code, Role.DIRECTOR, since=today)
    return handle


def once(
    house: House, verb: str, ulid: str, who: str, today: str, *said: Any, **more: Any
) -> Measure:
    """One act of one person about a measure."""
    with house.sessions.begin() as session:
        done: Measure = getattr(measure_answers, verb)(
            session, ulid, *said, by=actor(house, who, today), office=builders.office(house),
            now=at(day(today)), today=day(today), **more,
        )  # fmt: skip
        session.expunge(done)
        return done


# --- what can be seen -------------------------------------------------------------------------


def ledger_of(
    house: House, on: str, code: str = ORGAN, known_at: str | None = None
) -> tuple[Record, ...]:
    with house.readers() as session:
        body = records.find_body(session, code)
        return records.record_of(session, body.id, day(on), known_at and day(known_at))


def measures_of(house: House) -> dict[str, Measure]:
    """All measures by code and imposing body's code, as `local.honours@…`."""
    query = select(Measure, Organisation.code).join(
        Organisation, Organisation.id == Measure.imposer_id
    )
    with house.readers() as session:
        return {f"{m.code}@{code}": m for m, code in session.execute(query.order_by(Measure.id))}


def restricted(house: House, on: str, code: str = ORGAN) -> list[str]:
    """The codes of what a body may not receive on a day."""
    with house.readers() as session:
        found = restrictions.restrictions(session, code, day(on), builders.office(house))
        return [r["code"] for r in found]


def messages(house: House, topic: str) -> list[dict[str, Any]]:
    """What was said of a topic, oldest first."""
    query = select(OutboxMessage.body).where(OutboxMessage.topic == topic)
    with house.readers() as session:
        return list(session.scalars(query.order_by(OutboxMessage.id)))
