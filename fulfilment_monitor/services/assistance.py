"""Ask other bodies to help with a claim, and answer: each has its own task and its own date.

A helping body learns its task and what the claim is about, never its number, its course, nor
whether anybody complained; the handler stays responsible, and sees every answer with its date.

Source: 云发改财金〔2023〕1064号 四（六）.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.assistance import HelpClock
from ..domain.authority import Actor, Conflict, Forbidden, Role
from ..domain.contracts import Kind
from ..domain.duedates import deadline
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..store.assistance import HelpRequest
from ..store.cases import Case, Claim
from ..store.contracts import Obligation
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from ..store.sets import among
from . import audit, help_clocks, notices
from .capacities import capacity
from .cases import hold_claim
from .conflicts import read_kinship, refuse_conflict
from .kinship import answered_for
from .office import Office
from .records import find_body

Row = dict[str, Any]
_LONGEST, _REASON = 4_000, 1_000


def ask(
    session: Session,
    claim_ulid: str,
    uscc: str,
    task: str,
    *,
    due_on: date | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> HelpRequest:
    """Ask a body to do something for a claim, by a date.

    Args:
        due_on: by when; without it the term of the office for `help.answer` counts.

    Raises:
        NotFound: there is no such claim, or it is not in hand of this body; or no such body.
        Conflict: the body asked is the respondent, or near it.
        NotOpen: the claim has ended.
        Invalid: there is no task, or no date and no term of the office either.
    """
    claim = hold_claim(session, claim_ulid)
    case = session.get_one(Case, claim.case_id)
    capacity(session, case, claim, (Role.HANDLER,), by, office, today)
    if claim.closed_at is not None:
        raise NotOpen("the claim has ended")
    body = find_body(session, uscc)
    _refuse_body(session, claim, body.id, today)
    until, provisional, basis = _limit(case, due_on, office, today)
    row = HelpRequest(
        ulid=new_ulid(now),
        claim_id=claim.id,
        body_id=body.id,
        task=_said("/task", task, _LONGEST),
        asked_on=today,
        due_on=until,
        provisional=provisional,
        basis=list(basis),
        asked_at=now,
        asked_by=by.name,
    )
    session.add(row)
    session.flush()
    help_clocks.watch(session, claim.id, office)
    _note(session, row, "help.ask", by, now, claim=claim.ulid, due_on=until.isoformat())
    told = {"state": "asked", "on": today.isoformat(), "due_on": until.isoformat()}
    notices.tell(session, "help.asked", row.ulid, [body.id], told, now=now)
    return row


def answer(
    session: Session,
    ulid: str,
    text: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> HelpRequest:
    """What the helping body has to say; once.

    Raises:
        Forbidden, NotFound, Conflict: as `show_request`.
        NotOpen: it was answered or taken back, or the claim has ended.
    """
    row = _for(session, ulid, by, office, today)
    claim = _hold_open(session, row)
    row.answer = _said("/text", text, _LONGEST)
    row.answered_on, row.answered_at, row.answered_by = today, now, by.name
    session.flush()
    help_clocks.watch(session, claim.id, office)
    _note(session, row, "help.answer", by, now)
    told = {"claim": claim.ulid, "state": "answered", "on": today.isoformat()}
    notices.tell(session, "help.answered", row.ulid, [claim.holder_id], told, now=now)
    return row


def withdraw(
    session: Session,
    ulid: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> HelpRequest:
    """Take a request back, with the reason; by whoever has the claim in hand."""
    query = select(HelpRequest).where(HelpRequest.ulid == ulid)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"no request {ulid}")
    claim = session.get_one(Claim, row.claim_id)
    case = session.get_one(Case, claim.case_id)
    try:
        capacity(session, case, claim, (Role.HANDLER,), by, office, today)
    except NotFound:  # in the words for one that is not there
        raise NotFound(f"no request {ulid}") from None
    _hold_open(session, row)
    row.withdrawn_because = _said("/reason", reason, _REASON)
    row.withdrawn_at, row.withdrawn_by = now, by.name
    session.flush()
    help_clocks.watch(session, claim.id, office)
    _note(session, row, "help.withdraw", by, now)
    told = {"state": "withdrawn", "on": today.isoformat()}
    notices.tell(session, "help.withdrawn", row.ulid, [row.body_id], told, now=now)
    return row


# --- what is seen -----------------------------------------------------------------------------


def of_claim(session: Session, claim: Claim, today: date) -> list[Row]:
    """Who was asked to help with a claim, and what they answered; for its officers."""
    query = (
        select(HelpRequest, Organisation.code, Organisation.name)
        .join(Organisation, Organisation.id == HelpRequest.body_id)
        .where(HelpRequest.claim_id == claim.id)
        .order_by(HelpRequest.id)
    )
    return [
        {
            **_shown(row, claim.closed_at is None, today),
            "body": {"uscc": code, "name": name},
            "asked_by": row.asked_by,
            "answered_by": row.answered_by,
        }
        for row, code, name in session.execute(query)
    ]


def list_requests(session: Session, *, by: Actor, office: Office, today: date) -> list[Row]:
    """What the own body was asked, and those it answers for: what is open first, by its date.

    Raises:
        Forbidden: no capacity of the actor helps.
    """
    access.refuse(Action.CASE_HELP, by)
    if by.body is None:
        return []
    mine = answered_for(session, by.body, today)
    found = _as_asked(session, among(session, HelpRequest.body_id, mine), today)
    seen = [row for claim, row in found if _is_free(session, claim, by, office, today)]
    return sorted(seen, key=lambda r: (not r["open"], r["due_on"]))


def show_request(session: Session, ulid: str, *, by: Actor, office: Office, today: date) -> Row:
    """One request, as the helping body sees it.

    Raises:
        Forbidden: no capacity of the actor helps.
        NotFound: there is none, or it is not for this body.
        Conflict: the actor lately served the respondent.
    """
    row = _for(session, ulid, by, office, today)
    ((_, found),) = _as_asked(session, HelpRequest.id == row.id, today)
    return found


def _as_asked(session: Session, which: Any, today: date) -> list[tuple[Claim, Row]]:
    """Requests with no more of their claims than a helping body needs to know."""
    holder, respondent = Organisation.__table__.alias("h"), Organisation.__table__.alias("r")
    query = (
        select(HelpRequest, Claim, Case.field, Obligation.kind, holder.c.name, respondent.c.name)
        .join(Claim, Claim.id == HelpRequest.claim_id)
        .join(Case, Case.id == Claim.case_id)
        .outerjoin(Obligation, Obligation.id == Claim.obligation_id)
        .outerjoin(holder, holder.c.id == Claim.holder_id)
        .join(respondent, respondent.c.id == Claim.respondent_id)
        .where(which)
        .order_by(HelpRequest.id)
    )
    return [
        (
            claim,
            {
                **_shown(row, claim.closed_at is None, today),
                "asking": asking,
                "respondent": about,
                "field": field,
                "kind": kind or Kind.OTHER.value,
            },
        )
        for row, claim, field, kind, asking, about in session.execute(query)
    ]


def _shown(row: HelpRequest, goes_on: bool, today: date) -> Row:
    is_open = goes_on and row.answered_at is None and row.withdrawn_at is None
    left = (row.due_on - (row.answered_on or today)).days
    return {
        "id": row.ulid,
        "task": row.task,
        "asked_on": row.asked_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "provisional": row.provisional,
        "basis": row.basis,
        "open": is_open,
        "days_left": left if is_open else None,
        "late": left < 0 and (is_open or row.answered_on is not None),
        "answered_on": row.answered_on and row.answered_on.isoformat(),
        "answer": row.answer,
        "withdrawn": row.withdrawn_because,
    }


# --- may it be --------------------------------------------------------------------------------


def _for(session: Session, ulid: str, by: Actor, office: Office, today: date) -> HelpRequest:
    """A request for whom it is."""
    access.refuse(Action.CASE_HELP, by)
    query = select(HelpRequest).where(HelpRequest.ulid == ulid)
    row = session.scalars(query).one_or_none()
    mine: Iterable[int] = () if by.body is None else answered_for(session, by.body, today)
    if row is None or row.body_id not in mine:
        raise NotFound(f"no request {ulid}")
    if by.person is None:
        raise Forbidden("a person has to answer for this")
    claim = session.get_one(Claim, row.claim_id)
    months = office.policy.cases.recusal_months
    refuse_conflict(session, claim.respondent_id, by, today, recusal_months=months)
    return row


def _is_free(session: Session, claim: Claim, by: Actor, office: Office, today: date) -> bool:
    months = office.policy.cases.recusal_months
    try:
        refuse_conflict(session, claim.respondent_id, by, today, recusal_months=months)
    except Conflict:
        return False
    return True


def _refuse_body(session: Session, claim: Claim, body: int, today: date) -> None:
    """Neither the respondent nor anybody near it helps; the responsible body needs not be asked."""
    known = [b for b in (body, claim.respondent_id, claim.holder_id) if b is not None]
    kinship = read_kinship(session, known, today)
    if kinship.near(body, claim.respondent_id):
        raise Conflict("the body asked is the respondent, or belongs to it")
    holder = claim.holder_id
    if holder is not None and kinship.answering(holder) == kinship.answering(body):
        raise Invalid([Issue("/uscc", "own", "the responsible body is no helping body")])


def _hold_open(session: Session, row: HelpRequest) -> Claim:
    """The claim of a request that waits for an answer; both kept from others meanwhile."""
    query = select(Claim).where(Claim.id == row.claim_id).with_for_update()
    claim = session.scalars(query.execution_options(populate_existing=True)).one()
    session.refresh(row)
    if claim.closed_at is not None:
        raise NotOpen("the claim has ended")
    if row.answered_at is not None or row.withdrawn_at is not None:
        raise NotOpen("it was answered or taken back")
    return claim


def _limit(
    case: Case, due_on: date | None, office: Office, today: date
) -> tuple[date, bool, tuple[str, ...]]:
    if due_on is not None:
        if due_on < today:
            raise Invalid([Issue("/due_on", "too-early", "a date from today on")])
        return due_on, False, ("办理中确定的日期",)
    term = office.policy.cases.term(HelpClock.ANSWER, case.region, today)
    if term is None:
        detail = "neither law nor this office sets a term: name a date"
        raise Invalid([Issue("/due_on", "missing", detail)])
    due = deadline(term.period, today, office.statute.calendar, rolls=True)
    assert due.on is not None  # counted from a day
    return due.on, due.provisional, (f"本机关期限：{term.period}（{term.source}）", *due.basis)


def _said(pointer: str, text: str, longest: int) -> str:
    if not 0 < len(text.strip()) <= longest:
        raise Invalid([Issue(pointer, "missing", f"a text of 1 to {longest} characters")])
    return text.strip()


def _note(
    session: Session, row: HelpRequest, act: str, by: Actor, now: datetime, **more: str
) -> None:
    audit.note(session, by, act, "help_request", row.ulid, more, now=now)
