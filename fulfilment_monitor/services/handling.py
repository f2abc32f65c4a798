"""What the officers find: effects of taking in, taking up, verifying and ending a claim."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.authority import Role
from ..domain.bodies import Matter
from ..domain.case_codes import VOID_EXCUSES, CloseReason, Excuse, Outcome, Verification
from ..domain.cases import Judgment, State
from ..domain.contracts import Kind, Subject
from ..domain.errors import Invalid, Issue
from ..domain.parties import SME_SIZES, Size
from ..store.complaints import Complaint
from ..store.contracts import Contract, Obligation
from ..store.organisations import Competence
from . import conflicts, fulfilment, notices, people
from .hierarchy import holds_on
from .settling import settle
from .steps import Step

_OUTCOMES = {
    CloseReason.EXPLAINED: Outcome.UNTRUE,
    CloseReason.RECTIFIED: Outcome.RECTIFIED,
    CloseReason.SETTLEMENT_KEPT: Outcome.SETTLED,
    CloseReason.REPAIRED: Outcome.DETERMINED,
    CloseReason.NEGOTIATION_FAILED: Outcome.TERMINATED,
}

#: How a claim ends that was not put right, by the state it is in.
_UNDONE = {
    State.UNSUBSTANTIATED: CloseReason.EXPLAINED,
    State.NEGOTIATING: CloseReason.NEGOTIATION_FAILED,
}
#: How one ends that was, by what it had come to before.
_PUT_RIGHT = {
    None: CloseReason.RECTIFIED,
    Outcome.SETTLED.value: CloseReason.SETTLEMENT_KEPT,
    Outcome.DETERMINED.value: CloseReason.REPAIRED,
}


def accepted(doing: Step) -> None:
    """Taken in; from here the clocks of the decree run, if it is a payment complaint of an SME."""
    doing.claim.sme_payment = is_sme_payment(doing)
    if doing.claim.intake_id is None:
        doing.claim.intake_id = doing.by.body


def is_sme_payment(doing: Step) -> bool:
    """Whether 条例第二十五条 applies.

    An SME at signing, goods, works or services, money owed, and taken in by the department in
    charge of payment complaints of SMEs, over whatever channel.
    """
    if doing.claim.obligation_id is None or not doing.parties():
        return False
    session = doing.session
    obligation = session.get_one(Obligation, doing.claim.obligation_id)
    contract = session.get_one(Contract, obligation.contract_id)
    return (
        Size(contract.size) in SME_SIZES
        and contract.subject != Subject.PROMISE.value
        and obligation.kind in (Kind.PAYMENT.value, Kind.DEPOSIT_RETURN.value)
        and _in_charge(session, doing)
    )


def _in_charge(session: Session, doing: Step) -> bool:
    query = select(Competence.id).where(
        Competence.matter == Matter.SME_PAYMENT.value,
        Competence.body_id == doing.by.body,
        holds_on(Competence, doing.on),
    )
    return session.scalar(query.limit(1)) is not None


def withdrawn(doing: Step) -> None:
    """The last complainant leaves; the complaint stays on record as withdrawn."""
    leaves = update(Complaint).where(Complaint.ulid == doing.details["complaint"])
    doing.session.execute(leaves.values(withdrawn_on=doing.on))


def taken_up(doing: Step) -> None:
    """A named person of the holding body takes it up."""
    body = doing.claim.holder_id
    person = people.posted(doing.session, doing.details["handler"], body, Role.HANDLER, doing.on)
    if person is None:
        detail = "is no handler of the body that holds the claim"
        raise Invalid([Issue("/handler", "unknown", detail)])
    conflicts.refuse_person(
        doing.session,
        doing.claim.respondent_id,
        person.id,
        doing.today,
        recusal_months=doing.office.policy.cases.recusal_months,
    )
    doing.claim.handler_id = person.id


def found_untrue(doing: Step) -> None:
    """Not so. A reorganisation or a change of staff is never a reason to find that."""
    _refuse_void(doing)
    _found(doing, Verification.UNTRUE)


def found_true(doing: Step) -> None:
    """So, wholly or in part; what is confirmed is at most what is owed."""
    _found(doing, Verification(doing.details["verification"]))
    _confirm(doing)


def found_disputed(doing: Step) -> None:
    """In dispute, with the item and the reasons; the undisputed part is split off before."""
    _refuse_void(doing)
    _found(doing, Verification.DISPUTED)


def _refuse_void(doing: Step) -> None:
    """A reason that never counts neither makes a breach untrue nor disputed."""
    excuse = doing.details.get("excuse")
    if excuse is not None and Excuse(excuse) in VOID_EXCUSES:
        detail = "this reason never counts (发改财金〔2023〕1103号 二（二）)"
        raise Invalid([Issue("/excuse", "void", detail)])


def _found(doing: Step, verification: Verification) -> None:
    """Take a result over, and send it on in the same transaction.

    The intake unit learns every result; what is not so goes to the provincial lead as well
    (云发改财金〔2023〕1064号 二（二）).
    """
    claim, details = doing.claim, doing.details
    claim.verification = verification.value
    claim.confirmed_fen = details.get("amount")
    claim.breach = details.get("breach", claim.breach)
    claim.excuse = details.get("excuse", claim.excuse)
    notices.told_result(
        doing.session, "result.verified", claim, doing.case, doing.office,
        {"verification": verification.value}, on=doing.on, now=doing.now,
        upward=verification is Verification.UNTRUE,
    )  # fmt: skip


def _confirm(doing: Step) -> None:
    """How much is confirmed: at most what is owed that day, all of it unless told otherwise."""
    claim = doing.claim
    owed = fulfilment.owed_fen(doing.session, claim, doing.office.statute, doing.on)
    if owed is None:
        return
    partly = claim.verification == Verification.PARTLY_TRUE.value
    if partly and claim.confirmed_fen is None:
        raise Invalid([Issue("/amount", "missing", "say how much of it is true")])
    if claim.confirmed_fen is None:
        claim.confirmed_fen = owed
    elif claim.confirmed_fen > owed:
        raise Invalid([Issue("/amount", "too-much", "more than is owed on that day")])


_JUDGED = {
    Judgment.FOR_COMPLAINANT: Verification.TRUE,
    Judgment.FOR_RESPONDENT: Verification.UNTRUE,
    Judgment.SETTLED: Verification.TRUE,
}


def judged(doing: Step) -> None:
    """The final decision of a court or an arbitrator is taken over as it stands."""
    ended = Judgment(doing.transition.outcome)
    awarded = doing.details.get("amount")
    owed = fulfilment.owed_fen(doing.session, doing.claim, doing.office.statute, doing.on)
    verification = _JUDGED[ended]
    less = awarded is not None and owed is not None and awarded < owed
    if ended is Judgment.FOR_COMPLAINANT and less:
        verification = Verification.PARTLY_TRUE
    _found(doing, verification)
    if ended is Judgment.SETTLED:
        settle(doing)


def refused(doing: Step) -> None:
    """The respondent's reason is recorded; it is weighed, and some never weigh anything."""
    doing.claim.excuse = doing.details["excuse"]


def closed(doing: Step) -> None:
    """Ended, with a named outcome; the complainants were answered.

    Raises:
        Invalid: the reason is not the one the claim came to its end by.
    """
    fits = _reason(doing)
    if doing.details["reason"] != fits.value:
        raise Invalid([Issue("/reason", "wrong", f"it ends as {fits.value}")])
    doing.claim.outcome = _OUTCOMES[CloseReason(doing.details["reason"])].value
    for complaint in doing.complaints():
        complaint.answered_at = complaint.answered_at or doing.now


def _reason(doing: Step) -> CloseReason:
    if doing.transition.source is State.RECTIFIED:
        return _PUT_RIGHT[doing.claim.outcome]
    return _UNDONE[doing.transition.source]


def reopened(doing: Step) -> None:
    """Begun again; what was found before stays in the events."""
    doing.claim.outcome = None
    doing.claim.verification = None
