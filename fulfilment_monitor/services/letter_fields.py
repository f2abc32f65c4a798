"""What a letter about a claim is filled in with, read from the claim's own record.

Names are those of the bodies on the day of the act, money is yuan, days are spelled. What could
reveal a complainant is read only where everybody who complained is willing to be known, and masked
in what officers wrote freely.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.case_clocks import CLOCK_CHINESE, Clock
from ..domain.case_codes import Breach, Excuse, RejectReason, Verification, Violation, label
from ..domain.cases import Event
from ..domain.contracts import FIELD_CHINESE, KIND_CHINESE, Kind
from ..domain.errors import NotOpen
from ..domain.letter_kinds import FREE, KINDS, OPENLY, Audience, LetterKind, Value
from ..domain.letters import chinese_day, masked
from ..domain.money import spell_yuan
from ..domain.papers import OPEN, PROTECTED
from ..domain.secrets import Secrets
from ..store.cases import Case, Claim, ClaimDuty
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from ..store.records import Finding
from . import organisations, vault
from .letter_grounds import Ground

_FIELDS = {f.value: label for f, label in FIELD_CHINESE.items()}
_OTHER_FIELD = "其他"
_COMPLAINANT = "投诉人"
#: What stands for a name that is not given away.
_FIRM, _CONTRACT, _COMPLAINT = "有关企业", "有关合同", "有关事项"
_SOURCE = f"线索来源：{OPEN}"
#: On what a complaint is taken in: the decree for payment complaints of SMEs, else the notice.
_DECREE = "《保障中小企业款项支付条例》第二十五条"
_NOTICE_OF_1103 = "发改财金〔2023〕1103号 二（一）"
_RESULTS = {
    Verification.TRUE: "属实",
    Verification.PARTLY_TRUE: "部分属实",
    Verification.UNTRUE: "不属实",
    Verification.DISPUTED: "双方有分歧",
}


# --- who complained, and what may be said of it -----------------------------------------------


class Complained(NamedTuple):
    """The complaints about a claim, and the contract it is about."""

    complaints: tuple[Complaint, ...]
    contract: Contract | None
    enterprise: Organisation | None
    obligation: Obligation | None
    confidential: bool

    @property
    def is_open(self) -> bool:
        """Somebody complained, and nobody who did asked not to be known; who left counts too."""
        return bool(self.complaints) and not self.confidential

    @property
    def is_the_party(self) -> bool:
        """Whether all who complain are the enterprise of the contract."""
        party = self.enterprise and self.enterprise.id
        left = [c for c in self.complaints if c.withdrawn_on is None]
        return bool(left) and all(c.is_party and c.enterprise_id == party for c in left)

    def protected(self, session: Session, secrets: Secrets) -> dict[str, str]:
        """What would reveal who complained, where somebody asked not to be known; and instead."""
        if not self.confidential:
            return {}
        firm, contract = self.enterprise, self.contract
        words = {} if firm is None else {firm.name: _FIRM, firm.code: _FIRM}
        words |= {} if contract is None else {contract.contract_no: _CONTRACT}
        pseudonyms = [c.ulid for c in self.complaints]
        numbers = [*pseudonyms, *vault.source_numbers(session, self.complaints, secrets)]
        return words | dict.fromkeys(numbers, _COMPLAINT)


def complained(session: Session, case: Case, claim: Claim) -> Complained:
    """Read who complained of a claim, withdrawn or not."""
    query = (
        select(Complaint)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .where(ComplaintClaim.claim_id == claim.id)
        .order_by(Complaint.id)
    )
    found = tuple(session.scalars(query))
    obligation = session.get(Obligation, claim.obligation_id) if claim.obligation_id else None
    number = case.contract_id if obligation is None else obligation.contract_id
    contract = session.get(Contract, number) if number else None
    firm = None if contract is None else session.get(Organisation, contract.enterprise_id)
    secret = case.confidential or any(c.confidential for c in found)
    return Complained(found, contract, firm, obligation, secret)


# --- fields -----------------------------------------------------------------------------------


def gather(ground: Ground, known: Complained, secrets: Secrets) -> dict[str, Value]:
    """Everything there is to say; `domain.letters` says what of it the audience may read."""
    frame: dict[str, Value] = {
        "issuer": _name(ground, ground.issuer_id),
        "addressee": _addressee(ground, known),
    }
    said = frame | _common(ground, known) | _openly(ground, known) | _OF_KIND[ground.kind](ground)
    if KINDS[ground.kind].audience is Audience.COMPLAINANT:
        return said
    words = known.protected(ground.session, secrets)
    return {k: _masked(v, words) if k in FREE else v for k, v in said.items()}


def _masked(value: Value, words: Mapping[str, str]) -> Value:
    if isinstance(value, str):
        return masked(value, words)
    return tuple(masked(text, words) for text in value)


def _common(ground: Ground, known: Complained) -> dict[str, Value]:
    claim, obligation = ground.claim, known.obligation
    field = ground.case.field if known.contract is None else known.contract.field
    return {
        "respondent": _name(ground, claim.respondent_id),
        "area": _FIELDS.get(field, _OTHER_FIELD),
        "matter": KIND_CHINESE[Kind.OTHER if obligation is None else Kind(obligation.kind)],
        "breach": label(Breach(claim.breach)) if claim.breach else "",
        "source": _SOURCE if known.is_open else PROTECTED,
        "claim": claim.ulid,
    }


def _openly(ground: Ground, known: Complained) -> dict[str, Value]:
    to_complainant = KINDS[ground.kind].audience is Audience.COMPLAINANT
    if not (known.is_the_party if to_complainant else known.is_open):
        return dict.fromkeys(OPENLY, "")
    contract, obligation = known.contract, known.obligation
    left = [c.summary for c in known.complaints if c.summary and c.withdrawn_on is None]
    sent_on = ground.details.get("summary") if ground.kind is LetterKind.TRANSFER else None
    return {
        "enterprise": known.enterprise.name if known.enterprise else "",
        "contract_no": contract.contract_no if contract else "",
        "contract_title": contract.title if contract else "",
        "obligation": obligation.title if obligation else "",
        "claimed": _money(ground.claim.claimed_fen),
        "summary": sent_on or "；".join(left),
    }


def _addressee(ground: Ground, known: Complained) -> str:
    audience = KINDS[ground.kind].audience
    if audience is Audience.COMPLAINANT:
        if not known.complaints:
            raise NotOpen("nobody has complained who could be answered")
        alone = known.is_open and known.is_the_party and len(known.complaints) == 1
        return known.enterprise.name if alone and known.enterprise else _COMPLAINANT
    if audience is Audience.RESPONDENT:
        return _name(ground, ground.claim.respondent_id)
    to = ground.claim.holder_id if ground.act is None else ground.act.to_body_id
    if to is None:
        raise NotOpen("no body holds the claim")
    return _name(ground, to)


def _name(ground: Ground, body: int) -> str:
    """What the body that answers for another on the day of the act is called."""
    now = organisations.responsible(ground.session, [body], ground.day)[body]
    return ground.session.get_one(Organisation, now).name


def _acceptance(ground: Ground) -> dict[str, Value]:
    basis = _DECREE if ground.claim.sme_payment else _NOTICE_OF_1103
    return {"legal_basis": basis, "note": ground.details.get("note", "")}


def _rejection(ground: Ground) -> dict[str, Value]:
    said = ground.details
    reason = label(RejectReason(said["reason"]))
    return {"reason": reason, "next_door": said["next_door"], "note": said.get("note", "")}


def _transfer(ground: Ground) -> dict[str, Value]:
    query = select(ClaimDuty.due_on).where(
        ClaimDuty.claim_id == ground.claim.id,
        ClaimDuty.clock == Clock.HANDLE.value,
        ClaimDuty.ended_at.is_(None),
    )
    due_on = ground.session.scalars(query.order_by(ClaimDuty.id.desc()).limit(1)).first()
    return {"answer_by": "" if due_on is None else chinese_day(due_on)}


def _supervision(ground: Ground) -> dict[str, Value]:
    act = ground.act
    assert act is not None  # the ground of this kind
    said: dict[str, Value] = {"number": act.number or "", "demand": act.text}
    clock = (act.rule or "").rpartition(".")[0]
    if act.due_on is not None and clock in list(Clock):
        said |= {"limit": CLOCK_CHINESE[Clock(clock)], "limit_on": chinese_day(act.due_on)}
    return said


def _answer(ground: Ground) -> dict[str, Value]:
    result = ground.claim.verification
    return {
        "text": ground.details["text"],
        "remedies": ground.details["remedies"],
        "result": _RESULTS[Verification(result)] if result else "",
    }


def _notice(ground: Ground) -> dict[str, Value]:
    found = ground.last(Event.FIND_SUBSTANTIATED)
    result = ground.claim.verification
    amount = ground.details.get("amount", ground.claim.confirmed_fen)
    return {
        "items": tuple(ground.details["items"]),
        "due_on": _day(ground.details["due_on"]),
        "amount": _money(amount),
        "result": _RESULTS[Verification(result)] if result else "",
        "legal_basis": "" if found is None else found.details["legal_basis"],
    }


def _prior_notice(ground: Ground) -> dict[str, Value]:
    said = ground.details
    until = _day(said["statement_until"])
    return {"facts": said["facts"], "grounds": said["grounds"], "statement_until": until}


def _decision(ground: Ground) -> dict[str, Value]:
    query = (
        select(Finding)
        .where(Finding.claim_id == ground.claim.id, Finding.approved.is_(True))
        .order_by(Finding.id.desc())
        .limit(1)
    )
    finding = ground.session.scalars(query).one()
    notice, heard = ground.last(Event.NOTIFY_DETERMINATION), ground.last(Event.HEAR)
    spoke = heard is not None and notice is not None and heard.seq > notice.seq
    return {
        "number": finding.document_no or "",
        "facts": finding.facts,
        "article": finding.article,
        "breach": label(Breach(finding.breach)),
        "violation": label(Violation(finding.violation)) if finding.violation else "",
        "amount": _money(finding.amount_fen),
        "excuse": "" if finding.excuse == Excuse.NONE else label(Excuse(finding.excuse)),
        "heard": heard.details["said"] if spoke and heard is not None else "",
        "remedies": finding.remedies or "",
    }


def _measures(ground: Ground) -> dict[str, Value]:
    return {"decision_no": _decision_no(ground), "measures": _listed(ground)}


def _listed(ground: Ground) -> tuple[str, ...]:
    catalogue = ground.office.measures
    found = []
    for m in ground.imposed:
        days = [f"自{chinese_day(m.starts_on)}起"] if m.starts_on else []
        days += [f"应于{chinese_day(m.due_on)}前完成"] if m.due_on else []
        found.append(f"{'，'.join([catalogue.label(m.code), *days])}。依据：{m.basis}。")
    return tuple(found)


def _repair(ground: Ground) -> dict[str, Value]:
    catalogue = ground.office.measures
    ended = tuple(
        f"{catalogue.label(m.code)}（{_name(ground, m.imposer_id)}）" for m in ground.imposed
    )
    return {"decision_no": _decision_no(ground), "measures": ended}


def _repair_declined(ground: Ground) -> dict[str, Value]:
    return {"decision_no": _decision_no(ground), "reason": ground.details["reason"]}


def _decision_no(ground: Ground) -> str:
    decided = ground.last(Event.APPROVE_DETERMINATION)
    return "" if decided is None else decided.details["document_no"]


_OF_KIND: Mapping[LetterKind, Callable[[Ground], dict[str, Value]]] = {
    LetterKind.ACCEPTANCE: _acceptance,
    LetterKind.REJECTION: _rejection,
    LetterKind.TRANSFER: _transfer,
    LetterKind.SUPERVISION: _supervision,
    LetterKind.EXPLANATION: _answer,
    LetterKind.REPLY: _answer,
    LetterKind.NOTICE: _notice,
    LetterKind.PRIOR_NOTICE: _prior_notice,
    LetterKind.DECISION: _decision,
    LetterKind.MEASURES: _measures,
    LetterKind.REPAIR: _repair,
    LetterKind.REPAIR_DECLINED: _repair_declined,
}


def _money(fen: int | None) -> str:
    return "" if fen is None else f"人民币{spell_yuan(fen)}元"


def _day(text: str) -> str:
    return chinese_day(date.fromisoformat(text))
