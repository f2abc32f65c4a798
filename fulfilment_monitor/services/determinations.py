"""Determine a breach: proposed by one person, decided by another, served, and put on record.

Before it stand a served notice of facts and grounds, and a period to state and be heard or the
hearing itself. What is in fact fulfilled is never determined.
Source: 发改财金〔2023〕1103号 二（二）.
"""

from datetime import date
from typing import Any

from sqlalchemy import select

from ..domain.case_codes import Excuse, Outcome
from ..domain.cases import Event
from ..domain.errors import Invalid, Issue, NotOpen
from ..store.cases import ClaimEvent
from ..store.ids import new_ulid
from ..store.records import Finding, Repair
from . import fulfilment, notices, organisations, records
from .steps import Step

#: Reasons that may be right: they are examined as a dispute before anybody speaks of refusal.
TO_EXAMINE = frozenset({Excuse.FORCE_MAJEURE.value, Excuse.COUNTER_BREACH.value})
_REPLACED = "以新的认定意见代替"
_REVOKED = "认定已撤销"


class Fulfilled(NotOpen):
    """What was done late is rectified; a record is only for what was refused."""

    code = "determination.fulfilled"
    title = "The obligation has been fulfilled in fact"


# --- what it takes ----------------------------------------------------------------------------


def why_not_refused(step: Step) -> str:
    """Why there is no refusal yet: the expiry of a date alone is none.

    A served notice, and either a declared refusal or a reminder after its date; and no reason that
    has to be examined first.
    """
    notice = step.last(Event.RECTIFY)
    if notice is None:
        return "no notice of rectification was served"
    if date.fromisoformat(notice.details["served_on"]) > step.on:
        return f"the notice is served on {notice.details['served_on']} only"
    if step.details["excuse"] in TO_EXAMINE:
        return "this reason has to be examined as a dispute first"
    if step.details["declared"]:
        return ""
    due_on = date.fromisoformat(notice.details["due_on"])
    if step.on <= due_on:
        return f"the date set in the notice is {due_on}"
    reminder = step.last(Event.REMIND)
    if reminder is None or reminder.seq < notice.seq or reminder.on <= due_on:
        return "no reminder was sent after the date had passed"
    return ""


def why_not_heard(step: Step) -> str:
    """Why the respondent has not had its say; empty where it spoke, or let the period pass."""
    notice = step.last(Event.NOTIFY_DETERMINATION)
    if notice is None:
        return "the respondent has had no notice"
    if _after(step.last(Event.HEAR), notice):
        return ""
    served_on = date.fromisoformat(notice.details["served_on"])
    until = date.fromisoformat(notice.details["statement_until"])
    if until <= served_on:
        return "the notice leaves no time to state; the respondent has to be heard"
    return "" if step.on > until else f"the respondent may state and be heard until {until}"


def why_not_proposed(step: Step) -> str:
    """Why nothing lies before the approver; what was said since has to be weighed first."""
    if proposed(step) is None:
        return "no determination has been proposed"
    notice, said = step.last(Event.NOTIFY_DETERMINATION), step.last(Event.PROPOSE_DETERMINATION)
    if notice is None or not _after(said, notice):
        return "no determination has been proposed since the notice"
    heard = step.last(Event.HEAR)
    if heard is not None and not _after(said, heard):
        return "the respondent has been heard since; the proposal has to weigh it"
    return ""


def proposed(step: Step) -> Finding | None:
    """The determination that was proposed for a claim and is not decided."""
    query = select(Finding).where(Finding.claim_id == step.claim.id, Finding.decided_at.is_(None))
    return step.session.scalars(query).one_or_none()


def _after(later: ClaimEvent | None, earlier: ClaimEvent) -> bool:
    return later is not None and later.seq > earlier.seq


# --- what it does -----------------------------------------------------------------------------


def propose(step: Step) -> None:
    """Write down what would be determined; a former proposal that nobody decided gives way.

    The amount is at most what was confirmed: of a complaint that is partly true, that part.
    """
    _refuse_fulfilled(step)
    said: dict[str, Any] = dict(step.details)
    confirmed = step.claim.confirmed_fen
    amount = said.get("amount", confirmed)
    if confirmed is not None and amount is not None and amount > confirmed:
        raise Invalid([Issue("/amount", "too-much", "more than was confirmed")])
    if said["excuse"] in TO_EXAMINE:
        detail = "this reason has to be examined as a dispute first"
        raise Invalid([Issue("/excuse", "to-examine", detail)])
    former = proposed(step)
    if former is not None:
        former.approved, former.reason = False, _REPLACED
        former.decided_on, former.decided_at = step.on, step.now
        step.session.flush()  # there is one undecided proposal a claim
    step.session.add(
        Finding(
            ulid=new_ulid(step.now),
            claim_id=step.claim.id,
            body_id=step.by.body,
            breach=said["breach"],
            violation=said.get("violation"),
            article=said["article"],
            amount_fen=amount,
            facts=said["facts"],
            excuse=said["excuse"],
            serious=said.get("serious", False),
            proposed_by=step.by.person,
            proposed_on=step.on,
        )
    )


def decline(step: Step) -> None:
    """The approver does not follow; the proposal stays on record with the reason."""
    finding = _undecided(step)
    _decide(step, finding, approved=False)
    finding.reason = step.details["reason"]


def approve(step: Step) -> None:
    """Determined: numbered, served, with the remedies named; the body's record begins here."""
    _refuse_fulfilled(step)
    finding = _undecided(step)
    served_on = date.fromisoformat(step.details["served_on"])
    if not step.on <= served_on <= step.today:
        detail = f"a decision is served between {step.on}, when it was made, and today"
        raise Invalid([Issue("/served_on", "wrong", detail)])
    number = step.details["document_no"]
    _refuse_taken_number(step, finding, number)
    _decide(step, finding, approved=True)
    finding.document_no, finding.served_on = number, served_on
    finding.remedies = step.details["remedies"]
    step.claim.outcome = Outcome.DETERMINED.value
    records.list_breach(step, finding)
    _tell(step, "result.determined", finding)


def revoke(step: Step) -> None:
    """Taken back: it never held, and its record and measures go with it. This is not repair."""
    step.claim.outcome = None
    step.claim.contested = False
    records.withdraw(step, step.details.get("reason") or step.details.get("reasons", ""))
    _drop_repair(step)
    finding = approved(step)
    if finding is not None:
        _tell(step, "result.revoked", finding)


def approved(step: Step) -> Finding | None:
    """The latest determination of the claim that was approved."""
    query = (
        select(Finding)
        .where(Finding.claim_id == step.claim.id, Finding.approved.is_(True))
        .order_by(Finding.id.desc())
        .limit(1)
    )
    return step.session.scalars(query).one_or_none()


def _refuse_fulfilled(step: Step) -> None:
    if not fulfilment.unmet(step.session, step.claim, step.office.statute, step.today):
        raise Fulfilled("it is confirmed as rectified, not determined")


def _refuse_taken_number(step: Step, finding: Finding, number: str) -> None:
    """Whoever else numbers a decision of this body waits until this one has its number."""
    organisations.hold(step.session, finding.body_id)
    query = select(Finding.id).where(
        Finding.body_id == finding.body_id, Finding.document_no == number
    )
    if step.session.scalar(query.limit(1)) is not None:
        raise Invalid([Issue("/document_no", "taken", f"{number} is another decision")])


def _drop_repair(step: Step) -> None:
    query = select(Repair).where(Repair.claim_id == step.claim.id, Repair.decided_on.is_(None))
    for open_one in step.session.scalars(query):
        open_one.confirmed, open_one.reason, open_one.decided_on = False, _REVOKED, step.on


def _tell(step: Step, topic: str, finding: Finding) -> None:
    served_on = finding.served_on
    said = {
        "document_no": finding.document_no,
        "served_on": None if served_on is None else served_on.isoformat(),
        "outcome": step.claim.outcome,
    }
    notices.told_result(
        step.session, topic, step.claim, step.case, step.office, said,
        on=step.on, now=step.now, upward=True,
    )  # fmt: skip


def _undecided(step: Step) -> Finding:
    found = proposed(step)
    assert found is not None  # the guard has asked
    return found


def _decide(step: Step, finding: Finding, *, approved: bool) -> None:
    finding.approved = approved
    finding.decided_by = step.by.person
    finding.decided_on, finding.decided_at = step.on, step.now
