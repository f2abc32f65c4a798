"""Make one case of two, and take cases apart: by a person, with a reason, and undoable.

Claims move between folders as they are: no state, no clock, no complaint and no receipt is lost.
A complaint lies where the first of its claims lies.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from ..domain.audit import digest
from ..domain.authority import Actor
from ..domain.cases import FINAL, Event, State
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..store.cases import Case, CaseMerge, Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.ids import new_ulid
from . import audit, cases, organisations
from .office import Office


class Hand(NamedTuple):
    """Who moves claims, when, and by which rules."""

    by: Actor
    office: Office
    now: datetime
    today: date


def merge(
    session: Session,
    ulid: str,
    into: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CaseMerge:
    """Put all claims of a case into another one about the same respondent.

    Raises:
        NotFound: there is no such case.
        Invalid: the other case is the same one, or about another respondent.
        NotOpen: nothing of the case is going on, or one of them lies in another case already.
        Forbidden, Conflict: as `cases.fire`, for each claim.
    """
    source, target = _hold(session, ulid, into)
    if source.id == target.id:
        raise Invalid([Issue("/into", "same", "a case cannot be put into itself")])
    for case in (source, target):
        if case.merged_into_id is not None:
            raise NotOpen(f"{case.ulid} lies in another case already")
    found = organisations.responsible(session, [source.respondent_id, target.respondent_id], today)
    if found[source.respondent_id] != found[target.respondent_id]:
        raise Invalid([Issue("/into", "other-respondent", "the cases are about two respondents")])
    hand = Hand(by, office, now, today)
    return _move(session, _claims(session, source), source, target, Event.MERGE, reason, hand)


def split(
    session: Session,
    ulid: str,
    claims: Sequence[str],
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CaseMerge:
    """Put some claims of a case into a new one; at least one stays.

    Raises:
        NotFound: there is no such case.
        Invalid: these are not claims of it, or all of them.
        NotOpen: none of the claims is going on.
        Forbidden, Conflict: as `cases.fire`, for each claim.
    """
    (source,) = _hold(session, ulid)
    held = _claims(session, source)
    chosen = [c for c in held if c.ulid in set(claims)]
    if not chosen or len(chosen) != len(set(claims)):
        raise Invalid([Issue("/claims", "unknown", f"name claims of {ulid}")])
    if len(chosen) == len(held):
        raise Invalid([Issue("/claims", "all", "at least one claim stays in the case")])
    target = _beside(session, source, chosen[0], by, now, today)
    hand = Hand(by, office, now, today)
    return _move(session, chosen, source, target, Event.SPLIT, reason, hand)


def undo(
    session: Session,
    move: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CaseMerge:
    """Bring the claims of a merge or a split back to where they were.

    Raises:
        NotFound: there is no such entry.
        NotOpen: it was undone, is an undoing itself, or its claims have moved on since.
        Forbidden, Conflict: as `cases.fire`, for each claim.
    """
    done = session.scalars(select(CaseMerge).where(CaseMerge.ulid == move)).one_or_none()
    if done is None:
        raise NotFound(f"no merge or split {move}")
    again = select(CaseMerge.id).where(CaseMerge.undoes_id == done.id)
    if done.undoes_id is not None or session.scalar(again) is not None:
        raise NotOpen("it was undone, or is an undoing itself; merge or split anew")
    folders = {c.id: c.ulid for c in session.scalars(_cases(done.case_id, done.into_id))}
    back, now_in = _hold(session, folders[done.case_id], folders[done.into_id])
    claims = [c for c in _claims(session, now_in) if c.ulid in set(done.claims)]
    if len(claims) != len(done.claims):
        raise NotOpen("some of its claims have moved on since")
    was_merge = back.merged_into_id == now_in.id
    event = Event.SPLIT if was_merge else Event.MERGE
    hand = Hand(by, office, now, today)
    return _move(session, claims, now_in, back, event, reason, hand, undoes=done)


# --- moving -----------------------------------------------------------------------------------


def _move(
    session: Session,
    claims: Sequence[Claim],
    source: Case,
    target: Case,
    event: Event,
    reason: str,
    hand: Hand,
    undoes: CaseMerge | None = None,
) -> CaseMerge:
    """Say it on every claim that is going on, then move them with their complaints.

    Clocks and timers are the claim's own, and stay as they are wherever it lies.
    """
    live = [c for c in claims if State(c.state) not in FINAL]
    if not live:
        raise NotOpen("none of these claims is going on")
    other = {"into": target.ulid} if event is Event.MERGE else {"from": source.ulid}
    for claim in live:
        cases.fire(session, claim.ulid, event, {**other, "reason": reason}, **hand._asdict())
    ids = [c.id for c in claims]
    session.execute(update(Claim).where(Claim.id.in_(ids)).values(case_id=target.id))
    _bring_complaints(session, ids)
    session.expire_all()  # rows were moved by statements
    _mark(session, source, target)
    entry = CaseMerge(
        ulid=new_ulid(hand.now),
        case_id=source.id,
        into_id=target.id,
        claims=[c.ulid for c in claims],
        reason=reason[:1000],
        at=hand.now,
        by=hand.by.name,
        undoes_id=undoes and undoes.id,
    )
    session.add(entry)
    session.flush()
    said = {"into": target.ulid, "claims": entry.claims, "move": entry.ulid}
    body = {**said, "undoes": undoes and undoes.ulid, "reason": digest({"reason": reason})}
    audit.note(session, hand.by, f"case.{event.value}", "case", source.ulid, body, now=hand.now)
    return entry


def _mark(session: Session, source: Case, target: Case) -> None:
    """An emptied folder points to where its claims lie; one that is filled points nowhere.

    Confidentiality goes along, and is never loosened.
    """
    left = select(func.count()).select_from(Claim).where(Claim.case_id == source.id)
    source.merged_into_id = None if session.scalar(left) else target.id
    target.merged_into_id = None
    hidden = (
        select(func.count())
        .select_from(Complaint)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(Claim.case_id == target.id, Complaint.confidential.is_(True))
    )
    target.confidential = target.confidential or bool(session.scalar(hidden))
    session.flush()


def _bring_complaints(session: Session, claim_ids: Sequence[int]) -> None:
    """Every complaint about one of these claims lies where the first of its claims lies."""
    about = select(ComplaintClaim.complaint_id).where(ComplaintClaim.claim_id.in_(claim_ids))
    first = (
        select(ComplaintClaim.complaint_id, func.min(ComplaintClaim.claim_id).label("claim_id"))
        .where(ComplaintClaim.complaint_id.in_(about))
        .group_by(ComplaintClaim.complaint_id)
        .subquery()
    )
    query = select(first.c.complaint_id, Claim.case_id).join(Claim, Claim.id == first.c.claim_id)
    for complaint_id, case_id in session.execute(query).all():
        where = update(Complaint).where(Complaint.id == complaint_id)
        session.execute(where.values(case_id=case_id))


def _beside(
    session: Session, case: Case, claim: Claim, by: Actor, now: datetime, today: date
) -> Case:
    """A new folder like another one; as confidential as that is."""
    made = Case(
        ulid=new_ulid(now),
        contract_id=case.contract_id,
        respondent_id=claim.respondent_id,
        region=case.region,
        field=case.field,
        origin=case.origin,
        natures=list(case.natures),
        confidential=case.confidential,
        merged_into_id=None,
        opened_on=today,
        opened_at=now,
        opened_by=by.name,
    )
    session.add(made)
    session.flush()
    return made


def _claims(session: Session, case: Case) -> list[Claim]:
    query = select(Claim).where(Claim.case_id == case.id).order_by(Claim.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _cases(*numbers: int) -> Select[Case]:
    return select(Case).where(Case.id.in_(numbers))


def _hold(session: Session, *ulids: str) -> list[Case]:
    """Folders, kept from others until this transaction ends; always taken in one order.

    Their claims come first: whoever takes a complaint in takes a claim, and then its folder.
    """
    inside = select(Claim.id).join(Case, Case.id == Claim.case_id).where(Case.ulid.in_(ulids))
    cases.hold_claims(session, session.scalars(inside).all())
    query = select(Case).where(Case.ulid.in_(ulids)).order_by(Case.id).with_for_update()
    found = {c.ulid: c for c in session.scalars(query.execution_options(populate_existing=True))}
    for ulid in ulids:
        if ulid not in found:
            raise NotFound(f"no case {ulid}")
    return [found[u] for u in ulids]
