"""What tests of cases arrange: a town with its bodies and people, a breach, each act in one line.

    county: 示例县政府 ── 示例县财政局 (the respondent) ── its payment centre
    city: 示例市政府, 市财政局 (competent for procurement), 市工信局 (SME payments)
    credit leads: county, city, province

Days are text, money is yuan. People are known by the handles of `PEOPLE`.
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.bodies import Entry, Level, Matter
from fulfilment_monitor.domain.cases import Event, State
from fulfilment_monitor.domain.channels import Channels
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.domain.scope import Question
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.gateways.keyring import Keyring, open_keyring
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import cases, enrolment, intake, people
from fulfilment_monitor.store.cases import Case, Claim, ClaimDuty, ClaimEvent
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    ORGAN,
    Document,
    a_document,
    day,
    office,
    register,
    sweep,
)

#: The day from which the town is as it is, and the one on which the breach has become a lead.
SINCE, LEAD_DAY = "2020-01-01", "2025-10-20"
IN_SCOPE = {q.value: True for q in Question}

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INNER = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(head: str, serial: int) -> str:
    """A made-up code of the right form: `head` is kind and region, such as `11340321`."""
    inner = f"{serial:08d}"
    rest = 11 - sum(int(c) * w for c, w in zip(inner, _INNER, strict=True)) % 11
    body = head + inner + {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _ALPHABET[-total % 31]


BUREAU = ORGAN
COUNTY = uscc("11340321", 101)
CENTRE = uscc("12340321", 102)
COUNTY_CREDIT = uscc("11340321", 103)
CITY = uscc("11340300", 104)
CITY_FINANCE = uscc("11340300", 105)
CITY_SME = uscc("11340300", 106)
CITY_CREDIT = uscc("11340300", 107)
PROVINCE_CREDIT = uscc("11340000", 108)

_ORGAN = GovernmentKind.ORGAN
_C, _P = Level.COUNTY, Level.CITY


def _entry(code: str, name: str, region: str, level: Level, **more: Any) -> Entry:
    kind = GovernmentKind.INSTITUTION if code.startswith("12") else _ORGAN
    return Entry(code, name, kind, region, level, from_on=day(SINCE), **more)


BODIES = (
    _entry(CITY, "示例市人民政府", "340300", _P),
    _entry(COUNTY, "示例县人民政府", "340321", _C, superior=CITY),
    _entry(BUREAU, "示例县财政局", "340321", _C, superior=COUNTY),
    _entry(CENTRE, "示例县支付中心", "340321", _C, superior=BUREAU),
    _entry(
        COUNTY_CREDIT, "示例县发展改革委", "340321", _C, competent_for=(Matter.CREDIT_LEAD,)
    ),
    _entry(CITY_FINANCE, "示例市财政局", "340300", _P, competent_for=(Matter.PROCUREMENT,)),
    _entry(CITY_SME, "示例市工业和信息化局", "340300", _P, competent_for=(Matter.SME_PAYMENT,)),
    _entry(CITY_CREDIT, "示例市发展改革委", "340300", _P, competent_for=(Matter.CREDIT_LEAD,)),
    _entry(
        PROVINCE_CREDIT, "示例省发展改革委", "340000", Level.PROVINCE,
        competent_for=(Matter.CREDIT_LEAD,),
    ),
)  # fmt: skip

#: Handle → the body and the capacities. `other_director` is the second pair of eyes.
PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "sme_intake": (CITY_SME, (Role.INTAKE,)),
    "county_lead": (COUNTY_CREDIT, (Role.INTAKE, Role.CREDIT_LEAD)),
    "city_lead": (CITY_CREDIT, (Role.INTAKE, Role.CREDIT_LEAD)),
    "custodian": (COUNTY_CREDIT, (Role.CUSTODIAN,)),
    "handler": (COUNTY, (Role.HANDLER,)),
    "director": (COUNTY, (Role.DIRECTOR,)),
    "other_director": (COUNTY, (Role.DIRECTOR, Role.HANDLER)),
    "city_handler": (CITY, (Role.HANDLER,)),
    "reviewer": (CITY, (Role.REVIEWER,)),
    "finance_handler": (CITY_FINANCE, (Role.HANDLER,)),
    "supervisor": (CITY_CREDIT, (Role.SUPERVISOR,)),
    "bureau_clerk": (BUREAU, (Role.CLERK,)),
    "bureau_head": (BUREAU, (Role.HEAD,)),
}


# --- the town ---------------------------------------------------------------------------------


def a_town(house: House, *more: Entry) -> None:
    """Bodies with their levels, superiors and competences, and the people of `PEOPLE`."""
    today = day(SINCE)
    with house.sessions.begin() as session:
        done = enrolment.enrol_bodies(
            session,
            [*BODIES, *more],
            by=CLERK,
            office=office(house),
            now=at(today),
            today=today,
        )
        assert all(d.result is not enrolment.Result.REFUSED for d in done), done
        for handle, (body, roles) in PEOPLE.items():
            _enter(session, handle, body, roles, SINCE)


def a_person(house: House, handle: str, body: str, *roles: Role, since: str = SINCE) -> None:
    """Somebody with posts in a body."""
    with house.sessions.begin() as session:
        _enter(session, handle, body, roles, since)


def _enter(session: Session, handle: str, body: str, roles: Iterable[Role], since: str) -> None:
    first, now = day(since), at(day(since))
    people.enrol(session, handle, f"人员{handle}", by=CLERK, now=now)
    for role in roles:
        people.post(session, handle, body, role, from_on=first, by=CLERK, now=now)


def a_world(house: House, *documents: Document, until: str = LEAD_DAY) -> str:
    """The town, a contract of the bureau whose payment was missed, and the claim of its lead.

    Without `documents`: `HT-1`, one payment of 1000 yuan due 2025-09-10. Returns the claim's ULID.
    """
    a_town(house)
    register(house, *(documents or (a_document(),)))
    sweep(house, until)
    return claim_ulid(house)


# --- what can be done -------------------------------------------------------------------------


def actor(house: House, handle: str, on: str, body: str | None = None) -> Actor:
    """A person of the town in all capacities held on a day."""
    with house.readers() as session:
        return people.acting(session, handle, day(on), body)


def act(
    house: House,
    claim: str,
    event: Event | str,
    who: str | Actor,
    on: str,
    *,
    effect: str | None = None,
    version: int | None = None,
    **details: Any,
) -> State:
    """Fire one event on a day; returns the state it led to.

    Args:
        who: a handle of the town, or an actor such as `SWEEP`.
        effect: the day it has effect, where that is another.
    """
    by = who if isinstance(who, Actor) else actor(house, who, on)
    with house.sessions.begin() as session:
        done = cases.fire(
            session,
            claim,
            Event(event),
            details,
            by=by,
            office=office(house),
            now=at(day(on)),
            today=day(on),
            on=None if effect is None else day(effect),
            version=version,
        )
        return State(done.state)


class Act(NamedTuple):
    """One step of a way through the table."""

    event: str
    who: str
    on: str
    details: dict[str, Any]


def go(house: House, claim: str, steps: Iterable[Act]) -> State:
    """Fire events one after another; returns the state of the last."""
    reached = State.LEAD
    for step in steps:
        reached = act(house, claim, step.event, step.who, step.on, **step.details)
    return reached


_FOUND = {
    "facts": "货物已验收，货款逾期未付",
    "legal_basis": "民法典第五百七十七条",
    "respondent_says": "预算未安排",
    "complainant_says": "多次催要未果",
    "verification": "true",
    "breach": "arrears",
    "amount": "1000.00",
}
_NOTICE = {
    "facts": "逾期未付",
    "grounds": "发改财金〔2023〕1103号 二（二）",
    "statement_until": "2026-01-05",
    "served_on": "2025-12-20",
}
_PROPOSED = {
    "breach": "arrears",
    "article": "民法典第五百七十七条",
    "facts": "逾期未付",
    "excuse": "no-funds",
    "amount": "1000.00",
}

#: The straight way from the lead of `a_world` to a determination; slices of it arrange a state.
WAY = (
    Act("accept", "county_lead", "2025-10-21", {}),
    Act("transfer", "county_lead", "2025-10-22", {}),
    Act("take_up", "handler", "2025-10-23", {"handler": "handler"}),
    Act("find_substantiated", "handler", "2025-11-03", _FOUND),
    Act(
        "rectify", "handler", "2025-11-04",
        {"items": ["支付货款"], "due_on": "2025-12-01", "served_on": "2025-11-04"},
    ),
    Act("remind", "handler", "2025-12-03", {"how": "letter", "note": "催告"}),
    Act(
        "refuse", "handler", "2025-12-15",
        {"declared": False, "excuse": "no-funds", "note": "仍未付"},
    ),
    Act("notify_determination", "handler", "2025-12-20", _NOTICE),
    Act("hear", "handler", "2026-01-04", {"said": "无新的意见", "hearing": False}),
    Act("propose_determination", "handler", "2026-01-06", _PROPOSED),
    Act(
        "approve_determination", "director", "2026-01-08",
        {"document_no": "认定〔2026〕1号", "served_on": "2026-01-08", "remedies": "可以提出异议"},
    ),
)  # fmt: skip


def drive(house: House, claim: str, until: str) -> State:
    """Take a claim along `WAY` up to and with an event, such as `"rectify"`."""
    events = [step.event for step in WAY]
    return go(house, claim, WAY[: events.index(until) + 1])


# --- complaints -------------------------------------------------------------------------------


def a_complaint(**changes: Any) -> Document:
    """The firm of `HT-1` complains on the credit site that its payment is late."""
    said = {
        "channel": "credit-site",
        "respondent": {"uscc": BUREAU},
        "complainant": {"name": "示例企业", "uscc": FIRM, "contact": "0552-0000000"},
        "contract_no": "HT-1",
        "items": [{"obligation": "payment", "breach": "arrears", "amount": "1000.00"}],
        "words": "货已验收，多次催要，至今未付",
    }
    return {k: v for k, v in {**said, **changes}.items() if v is not None}


_rings: dict[str, Keyring] = {}


def hand(house: House, who: str, on: str) -> dict[str, Any]:
    """Who acts, when, and by which rules."""
    now = {"now": at(day(on)), "today": day(on)}
    return {"by": actor(house, who, on), "office": office(house), **now}


def secrets(house: House) -> Keyring:
    """The keys of a house; one keyring for each database."""
    url = house.settings.database_url
    if url not in _rings:
        with TemporaryDirectory() as folder:
            _rings[url] = open_keyring(Path(folder))
    return _rings[url]


def complain(
    house: House,
    on: str,
    *,
    by: Actor | str = CLERK,
    listed: Channels | None = None,
    keys: Keyring | None = None,
    **changes: Any,
) -> intake.Received:
    """Take `a_complaint(**changes)` in on a day."""
    with house.sessions.begin() as session:
        return intake.receive(
            session,
            read_complaint(a_complaint(**changes)),
            channels=listed or open_channels(house.settings),
            secrets=keys or secrets(house),
            by=actor(house, by, on) if isinstance(by, str) else by,
            office=office(house),
            now=at(day(on)),
            today=day(on),
        )


# --- what can be seen -------------------------------------------------------------------------


def claim_ulid(house: House, case: str | None = None) -> str:
    """The one claim there is, or the one of a case."""
    query = select(Claim.ulid).join(Case, Case.id == Claim.case_id)
    if case is not None:
        query = query.where(Case.ulid == case)
    with house.readers() as session:
        return session.scalars(query).one()


def the_claim(house: House, ulid: str) -> Claim:
    """A claim's row as it stands; detached."""
    with house.readers() as session:
        return session.scalars(select(Claim).where(Claim.ulid == ulid)).one()


def events_of(house: House, ulid: str) -> list[str]:
    """What happened to a claim, oldest first."""
    query = (
        select(ClaimEvent.event)
        .join(Claim, Claim.id == ClaimEvent.claim_id)
        .where(Claim.ulid == ulid)
        .order_by(ClaimEvent.seq)
    )
    with house.readers() as session:
        return list(session.scalars(query))


def clocks_of(house: House, ulid: str) -> dict[str, str | None]:
    """The clocks that run for a claim, each with its last day."""
    query = (
        select(ClaimDuty.clock, ClaimDuty.due_on)
        .join(Claim, Claim.id == ClaimDuty.claim_id)
        .where(Claim.ulid == ulid, ClaimDuty.ended_at.is_(None))
    )
    with house.readers() as session:
        return {clock: due and due.isoformat() for clock, due in session.execute(query)}
