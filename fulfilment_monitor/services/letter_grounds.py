"""What a letter rests on: the act it tells of, which must have happened and still stand."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.case_codes import Supervision
from ..domain.cases import Answer, Event
from ..domain.errors import NotOpen
from ..domain.letter_kinds import KINDS, LetterKind, Rule
from ..domain.measures import Catalogue, MeasureState, Target
from ..store.cases import Case, Claim, ClaimEvent, SupervisionAct
from ..store.people import Posting
from ..store.records import CreditEntry, Measure
from . import organisations
from .office import Office

#: Handing somebody over to be called to account; never told to the respondent.
_ACCOUNTABILITY = "person.accountability"


class Ground(NamedTuple):
    """What a letter rests on: an event of the claim, a signed act, or measures imposed."""

    session: Session
    office: Office
    kind: LetterKind
    case: Case
    claim: Claim
    #: All that happened to the claim, oldest first.
    events: tuple[ClaimEvent, ...]
    event: ClaimEvent | None
    act: SupervisionAct | None
    imposed: tuple[Measure, ...]
    #: The day of the act.
    day: date
    #: Whose letter it is.
    issuer_id: int

    @property
    def details(self) -> Mapping[str, Any]:
        return {} if self.event is None else self.event.details

    def last(self, *events: Event) -> ClaimEvent | None:
        return _last(self.events, events)

    @property
    def determined(self) -> bool:
        """Whether a determination of the claim stands."""
        return standing(self.events, KINDS[LetterKind.DECISION]) is not None


def find_ground(
    session: Session, office: Office, kind: LetterKind, claim: Claim, by: Actor | None
) -> Ground:
    """What a letter of this kind can rest on now.

    Raises:
        NotOpen: nothing; the message says what has to come first.
    """
    rule, case = KINDS[kind], session.get_one(Case, claim.case_id)
    query = select(ClaimEvent).where(ClaimEvent.claim_id == claim.id).order_by(ClaimEvent.seq)
    events = tuple(session.scalars(query))
    event, act = standing(events, rule), None
    imposed: tuple[Measure, ...] = ()
    if kind is LetterKind.SUPERVISION:
        act = _signed(session, claim)
        day, issuer = act.on, _posted(session, act, by)
    elif event is None:
        raise NotOpen(f"{rule.label}: needs {' or '.join(rule.events)} first, and standing")
    else:
        day, issuer = event.on, event.body_id or claim.intake_id
    if kind is LetterKind.MEASURES:
        imposed = _imposed(session, office, claim, day, by)
        day = max(m.answered_on for m in imposed if m.answered_on is not None)
        issuer = imposed[0].imposer_id
    if kind is LetterKind.REPAIR:
        imposed = _on_the_body(session, office, claim, (MeasureState.ENDING, MeasureState.ENDED))
    if issuer is None:
        raise NotOpen(f"{rule.label}: it is on record for no body")
    return Ground(session, office, kind, case, claim, events, event, act, imposed, day, issuer)


def standing(events: tuple[ClaimEvent, ...], rule: Rule) -> ClaimEvent | None:
    """The event a letter tells of, if nothing since has undone it."""
    told = _last(events, rule.events)
    undone = [e for e in events if Event(e.event) in rule.undone_by and not _is_kept(e)]
    return None if told is None or (undone and undone[-1].seq > told.seq) else told


def _is_kept(event: ClaimEvent) -> bool:
    """An objection that was rejected leaves everything as it was."""
    return event.event == Event.DECIDE_OBJECTION and event.outcome == Answer.REJECTED


def _last(events: tuple[ClaimEvent, ...], wanted: tuple[Event, ...]) -> ClaimEvent | None:
    return next((e for e in reversed(events) if Event(e.event) in wanted), None)


def _signed(session: Session, claim: Claim) -> SupervisionAct:
    query = (
        select(SupervisionAct)
        .where(
            SupervisionAct.claim_id == claim.id,
            SupervisionAct.step == Supervision.LETTER.value,
            SupervisionAct.declined.is_(False),
        )
        .order_by(SupervisionAct.id.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotOpen("督办书: nobody has signed one")
    return found


def _posted(session: Session, act: SupervisionAct, by: Actor | None) -> int | None:
    """The body for which an act of supervision was signed."""
    roles = [r.value for r in KINDS[LetterKind.SUPERVISION].roles]
    query = (
        select(Posting.body_id)
        .where(
            Posting.person_id == act.person_id,
            Posting.role.in_(roles),
            Posting.from_on <= act.on,
            or_(Posting.until_on.is_(None), Posting.until_on > act.on),
        )
        .order_by(Posting.id)
    )
    bodies = list(session.scalars(query))
    own = None if by is None else by.body
    return own if own in bodies else next(iter(bodies), None)


def _imposed(
    session: Session, office: Office, claim: Claim, day: date, by: Actor | None
) -> tuple[Measure, ...]:
    """The measures one body has imposed on the respondent itself."""
    found = _on_the_body(session, office, claim, (MeasureState.IMPOSED,))
    now = organisations.responsible(session, {m.imposer_id for m in found}, day)
    if by is not None:
        found = tuple(m for m in found if now[m.imposer_id] == by.body)
    if not found:
        raise NotOpen("失信惩戒措施告知书: no measure has been imposed")
    if len({now[m.imposer_id] for m in found}) > 1:
        raise NotOpen("several bodies have imposed measures; each issues its own letter")
    return found


def imposers(session: Session, claim: Claim, today: date) -> set[int]:
    """The bodies that decide today on the measures a claim's record has drawn."""
    query = (
        select(Measure.imposer_id)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .where(CreditEntry.claim_id == claim.id)
    )
    return set(organisations.responsible(session, session.scalars(query), today).values())


def _on_the_body(
    session: Session, office: Office, claim: Claim, states: tuple[MeasureState, ...]
) -> tuple[Measure, ...]:
    """Measures on the respondent; who is called to account is for nobody's eyes but one body's."""
    catalogue = office.measures
    query = (
        select(Measure)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .where(
            CreditEntry.claim_id == claim.id,
            Measure.body_id.is_not(None),
            Measure.state.in_([s.value for s in states]),
            Measure.answered_on.is_not(None),
        )
        .order_by(Measure.id)
    )
    entries = {m.entry_id for m in session.scalars(query)}
    return tuple(
        m
        for m in session.scalars(query)
        if m.entry_id == max(entries) and not _on_a_person(catalogue, m.code)
    )


def _on_a_person(catalogue: Catalogue, code: str) -> bool:
    bases = catalogue.rules[code].bases if code in catalogue.rules else ()
    return code == _ACCOUNTABILITY or any(b.target is Target.PERSON for b in bases)
