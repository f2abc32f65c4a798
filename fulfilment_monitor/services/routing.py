"""Hand a claim to the body that has to decide: computed, with its reasoning on record."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from ..domain.bodies import Matter
from ..domain.case_codes import Addressee
from ..domain.cases import Event
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.kinship import Kinship
from ..domain.parties import Side
from ..domain.routing import (
    RETURNS,
    Body,
    Candidate,
    Decision,
    Ground,
    Rule,
    areas,
    candidates,
    choose,
    rule_set,
    upwards,
)
from ..store.cases import Case, Claim, ClaimEvent, RoutingDecision
from ..store.organisations import Competence, Organisation
from ..store.sets import among, table_of
from .hierarchy import holds_on
from .kinship import read_kinship
from .office import Office
from .steps import Step

_NOBODY = "no body on the register may handle it; enter a superior or a competent body"


# --- what the steps of a case ask -------------------------------------------------------------


def why_nobody(step: Step) -> str:
    """Why a claim cannot be handed over as asked; empty where it can.

    Raises:
        Invalid: the body that was asked for is not eligible.
    """
    found = _decided(step)
    if found.chosen is not None:
        return ""
    if step.details.get("to") is not None:
        detail = f"{step.details['to']} cannot handle this claim"
        raise Invalid([Issue("/to", "not-eligible", detail)])
    rows = (r for r in found.reasoning if r.get("because"))
    return "; ".join([_NOBODY, *(f"{r['name']}：{r['because']}" for r in rows)])


def hand_over(step: Step) -> None:
    """Give a claim to the body that was picked, or to another eligible one that was asked for."""
    if step.claim.intake_id is None:
        step.claim.intake_id = step.by.body
    entrust(step.session, step.claim, _decided(step), step.on, now=step.now)


def hand_up(step: Step) -> None:
    """Give a claim to the level above the one that holds it."""
    hand_over(step)


def give_back(step: Step) -> None:
    """A body returns a claim, with the right body and the reason; it is handed over anew.

    Source: 黑营商发〔2023〕19号 二（二）: by which region and level it is handled is settled once.

    Raises:
        NotOpen: it was returned twice already, and lies with the common superior.
        Invalid: the body named is not on the register, or may not handle it.
    """
    session, claim = step.session, step.claim
    if claim.returned >= RETURNS:
        raise NotOpen(f"it was returned {RETURNS} times; who holds it now keeps it")
    named = _body_of(session, step.details["to"])
    if named is None or named == step.by.body:
        raise Invalid([Issue("/to", "unknown", "name the body that is competent")])
    kinship = read_kinship(session, [named, claim.respondent_id], step.on)
    if kinship.near(named, claim.respondent_id):
        detail = "the body named stands too near to the respondent"
        raise Invalid([Issue("/to", "not-eligible", detail)])
    claim.returned += 1
    claim.holder_id, claim.handler_id = claim.intake_id, None


def _decided(step: Step) -> Decision:
    asked = step.details.get("to")
    return decide(
        step.session,
        step.case,
        step.claim,
        step.office,
        step.on,
        up=step.transition.event is Event.ESCALATE,
        asked=None if asked is None else _body_of(step.session, asked) or 0,
    )


def _body_of(session: Session, code: str) -> int | None:
    query = select(Organisation.id).where(
        Organisation.code == code, Organisation.side == Side.GOVERNMENT.value
    )
    return session.scalar(query)


# --- the decision -----------------------------------------------------------------------------


def decide(
    session: Session,
    case: Case,
    claim: Claim,
    office: Office,
    on: date,
    *,
    up: bool = False,
    asked: int | None = None,
) -> Decision:
    """Who has to handle a claim on a day; `chosen` is empty where nobody may.

    Args:
        up: the claim is taken from its holder and goes above it; if the holder has come too near
            to the respondent, to whoever is next.
        asked: a body that is wanted; chosen if it is eligible, and nobody else.
    """
    returns = _returns(session, claim)
    named = _body_of(session, returns[-1].details["to"]) if returns else None
    holder = claim.holder_id if up else None
    raw = [e.body_id for e in returns if e.body_id is not None]
    also = [b for b in (named, holder, asked) if b is not None]
    ground = survey(session, claim.respondent_id, case, office, on, [*raw, *also])
    now = ground.kinship.answering
    returned = {now(b) for b in raw}
    held = None if holder is None else now(holder)
    # Who came too near leaves because it must, not because the claim is stuck.
    must_leave = held is not None and ground.kinship.near(held, ground.respondent)
    ways = candidates(ground)
    if not must_leave and (held is not None or claim.returned >= RETURNS):
        ways = upwards(ground, returned if held is None else {*returned, held})
    elif named is not None:
        ways = [_named(now(named), ways), *ways]
    wanted = None if asked is None else now(asked)
    found = choose(ground, ways, returned_by=returned, held_by=held, asked=wanted)
    if must_leave and found.chosen is None and wanted is None:
        # Nobody else is left: better one that thought itself not competent than a party.
        return choose(ground, ways, held_by=held)
    return found


def _returns(session: Session, claim: Claim) -> Sequence[ClaimEvent]:
    if not claim.returned:
        return ()
    query = select(ClaimEvent).where(
        ClaimEvent.claim_id == claim.id, ClaimEvent.event == Event.RETURN.value
    )
    return session.scalars(query.order_by(ClaimEvent.seq)).all()


def _named(body: int, ways: Iterable[Candidate]) -> Candidate:
    addressee = next((c.addressee for c in ways if c.body == body), Addressee.COMPETENT)
    return Candidate(body, addressee, Rule.NAMED, "前一单位退回时指明的主管单位", 0)


def survey(
    session: Session,
    respondent_id: int,
    case: Case,
    office: Office,
    on: date,
    others: Collection[int] = (),
) -> Ground:
    """Everything a decision looks at, read in a handful of queries."""
    region = _region_of(session, respondent_id, on) or case.region
    codes = areas(office.regions, region, on)
    matter = Matter(case.field) if case.field in list(Matter) else None
    matters = [Matter.CREDIT_LEAD, *([matter] if matter else [])]
    registered = _competences(session, matters, codes, on)
    kinship = read_kinship(session, {respondent_id, *others, *registered.values()}, on)
    respondent = kinship.answering(respondent_id)
    competent = {key: kinship.answering(body) for key, body in registered.items()}
    looked = {
        respondent,
        *kinship.above(respondent),
        *(b for other in others for b in (kinship.answering(other), *kinship.above(other))),
        *competent.values(),
    }
    places = {code: office.regions.find(code, on) for code in codes}
    names = {code: place.name for code, place in places.items() if place is not None}
    rules = rule_set(office.policy.cases.routing, region, on)
    bodies = _bodies(session, looked)
    return Ground(kinship, respondent, bodies, codes, names, competent, matter, rules)


def _region_of(session: Session, respondent_id: int, on: date) -> str | None:
    body = read_kinship(session, [respondent_id], on).answering(respondent_id)
    return session.scalar(select(Organisation.region).where(Organisation.id == body))


def _bodies(session: Session, numbers: Collection[int]) -> Mapping[int, Body]:
    o = Organisation
    query = select(o.id, o.code, o.name, o.region, o.level).where(among(session, o.id, numbers))
    return {row.id: Body(*row) for row in session.execute(query)}


def _competences(
    session: Session, matters: Collection[Matter], codes: Collection[str], on: date
) -> dict[tuple[Matter, str], int]:
    """(matter, region) → the body registered as competent on a day."""
    regions = select(table_of(session, codes, String()).c.value)
    query = select(Competence.matter, Competence.region, Competence.body_id).where(
        Competence.matter.in_([m.value for m in matters]),
        Competence.region.in_(regions),
        holds_on(Competence, on),
    )
    return {(Matter(m), region): body for m, region, body in session.execute(query)}


# --- who takes it in --------------------------------------------------------------------------


class Place(NamedTuple):
    """Where something is taken in: against whom, in which region, in what matter."""

    respondent_id: int
    region: str
    matter: str


def intake_for(
    session: Session, respondent_id: int, region: str, matter: str, on: date, office: Office
) -> int | None:
    """Who takes in a complaint or a lead against a respondent; never one near it.

    For a payment complaint of an SME (`Matter.SME_PAYMENT`) the department in charge of those;
    otherwise, and where there is none, the credit lead: of the region or of one above it. Where
    nobody is registered, the nearest superior. None where there is no such body either.
    """
    place = Place(respondent_id, region, matter)
    return intakes(session, [place], on, office)[place]


def intakes(
    session: Session, places: Collection[Place], on: date, office: Office
) -> dict[Place, int | None]:
    """Who takes in at each of many places, read in as few statements as for one."""
    codes = {region: areas(office.regions, region, on) for region in {p.region for p in places}}
    matters = {matter for p in places for matter in _taking_in(p)}
    registered = _competences(session, matters, set().union(*codes.values()), on)
    family = {*(p.respondent_id for p in places), *registered.values()}
    kinship = read_kinship(session, family, on)
    return {p: _intake(p, codes[p.region], registered, kinship) for p in places}


def _taking_in(place: Place) -> list[Matter]:
    """The matters whose bodies take in, the first one first."""
    sme = place.matter == Matter.SME_PAYMENT.value
    return [Matter.SME_PAYMENT, Matter.CREDIT_LEAD] if sme else [Matter.CREDIT_LEAD]


def _intake(
    place: Place,
    codes: Sequence[str],
    registered: Mapping[tuple[Matter, str], int],
    kinship: Kinship,
) -> int | None:
    ways = [(matter, code) for matter in _taking_in(place) for code in codes]
    competent = [registered[way] for way in ways if way in registered]
    respondent = kinship.answering(place.respondent_id)
    bodies = (*map(kinship.answering, competent), *kinship.above(respondent))
    return next((b for b in bodies if not kinship.near(b, respondent)), None)


def leads(session: Session, region: str, on: date, office: Office) -> dict[str, int]:
    """Region → who answers for its credit lead: of a region and those above it, nearest first."""
    codes = areas(office.regions, region, on)
    registered = _competences(session, [Matter.CREDIT_LEAD], codes, on)
    kinship = read_kinship(session, registered.values(), on)
    found = {code: registered.get((Matter.CREDIT_LEAD, code)) for code in codes}
    return {code: kinship.answering(body) for code, body in found.items() if body is not None}


# --- carrying it out --------------------------------------------------------------------------


def entrust(session: Session, claim: Claim, decision: Decision, on: date, *, now: datetime) -> None:
    """Give a claim to the body that was chosen; the reasoning is kept."""
    found = decision.chosen
    assert found is not None  # the guard has asked
    claim.holder_id, claim.addressee, claim.handler_id = found.body, found.addressee.value, None
    session.add(
        RoutingDecision(
            claim_id=claim.id,
            on=on,
            at=now,
            body_id=found.body,
            addressee=found.addressee.value,
            reasoning=decision.reasoning,
        )
    )
