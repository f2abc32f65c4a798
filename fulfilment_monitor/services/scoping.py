"""The questions of scope, answered from the register as far as it goes; an officer confirms them.

What nobody knows counts as yes: missing proof is never a refusal (发改财金〔2023〕1103号 二（一）).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.case_codes import Route
from ..domain.cases import Event
from ..domain.complaints import UNKNOWN_FIELD
from ..domain.contracts import FIELD_CHINESE, Field
from ..domain.errors import NotFound
from ..domain.parties import SME_SIZES, GovernmentKind, Ownership, Side, Size
from ..domain.scope import DOORS, QUESTION_CHINESE, Question
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract
from ..store.organisations import Organisation

_KINDS = {GovernmentKind.ORGAN.value: "机关", GovernmentKind.INSTITUTION.value: "事业单位"}


class ScopeAnswer(NamedTuple):
    """An answer the register gives, and why; `known` is false where it is a benefit of doubt."""

    question: Question
    yes: bool
    known: bool
    reason: str

    def shown(self) -> dict[str, Any]:
        """As a part of the view of a case."""
        label = QUESTION_CHINESE[self.question]
        return {**self._asdict(), "question": self.question.value, "label": label}


def scope_of(session: Session, claim_ulid: str, fields: Iterable[str] = ()) -> list[ScopeAnswer]:
    """The answers for a claim, in the order of the questions.

    Args:
        fields: fields the office has added to the six.

    Raises:
        NotFound: there is no such claim.
    """
    claim = session.scalars(select(Claim).where(Claim.ulid == claim_ulid)).one_or_none()
    if claim is None:
        raise NotFound(f"no claim {claim_ulid}")
    case = session.get_one(Case, claim.case_id)
    contract = (case.contract_id and session.get(Contract, case.contract_id)) or None
    said = _declarations(session, claim)
    return [
        _public_body(session, claim),
        _private_or_sme(contract, said),
        _field(case.field, tuple(fields)),
        _contract(contract, said),
    ]


def confirmed(answers: Iterable[ScopeAnswer]) -> dict[str, bool]:
    """What `fire(accept, scope=…)` takes, where an officer has nothing to change."""
    return {a.question.value: a.yes for a in answers}


def door(answers: Iterable[ScopeAnswer]) -> dict[str, str] | None:
    """What `fire(reject, …)` takes when the answers say no; None where the complaint is ours."""
    for answer in answers:
        if not answer.yes:
            found = DOORS[answer.question]
            return {"reason": found.reason.value, "next_door": found.next_door}
    return None


def suit_of(session: Session, claim: Claim) -> dict[str, str] | None:
    """By what way a complainant has gone to law; None where nobody said so.

    Which organ has it, and under what number, lies in the vault with the words: the handler, who
    needs both for `fire(go_to_law, …)`, asks there or the respondent.
    """
    for said in _declarations(session, claim):
        suit = said.get("suit")
        if suit is not None:
            return {"route": Route(suit["route"]).value}
    return None


#: The event a known suit leads to.
TO_LAW = Event.GO_TO_LAW


def _declarations(session: Session, claim: Claim) -> list[dict[str, Any]]:
    """What those who complain as the party have declared, the newest first."""
    query = (
        select(Complaint.declared)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .where(ComplaintClaim.claim_id == claim.id, Complaint.withdrawn_on.is_(None))
        .order_by(Complaint.id.desc())
    )
    return list(session.scalars(query))


def _public_body(session: Session, claim: Claim) -> ScopeAnswer:
    body = session.get_one(Organisation, claim.respondent_id)
    question = Question.PUBLIC_BODY
    if body.side != Side.GOVERNMENT.value:
        return ScopeAnswer(question, False, True, f"{body.name}登记为企业")
    kind = _KINDS.get(body.kind or "")
    if kind is None:
        return ScopeAnswer(question, True, False, f"{body.name}的类型未登记，待核实")
    return ScopeAnswer(question, True, True, f"{body.name}登记为{kind}")


def _private_or_sme(contract: Contract | None, said: list[dict[str, Any]]) -> ScopeAnswer:
    ownership, size = Ownership.UNKNOWN, Size.UNKNOWN
    where = "投诉人未申报企业类型"
    if contract is not None:
        ownership, size = Ownership(contract.ownership), Size(contract.size)
        where = "合同订立时申报"
    elif said:
        ownership, size = Ownership(said[0]["ownership"]), Size(said[0]["size"])
        where = "投诉人申报"
    protected = ownership is Ownership.PRIVATE or size in SME_SIZES
    unknown = Ownership.UNKNOWN is ownership or Size.UNKNOWN is size
    reason = f"{where}：{ownership.value}、{size.value}"
    if protected:
        return ScopeAnswer(Question.PRIVATE_OR_SME, True, True, reason)
    if unknown:
        told = f"{reason}；未知的按是处理，待核实"
        return ScopeAnswer(Question.PRIVATE_OR_SME, True, False, told)
    return ScopeAnswer(Question.PRIVATE_OR_SME, False, True, reason)


def _field(field: str, added: tuple[str, ...]) -> ScopeAnswer:
    if field in list(Field):
        return ScopeAnswer(Question.FIELD, True, True, FIELD_CHINESE[Field(field)])
    if field in added:
        return ScopeAnswer(Question.FIELD, True, True, f"本机关增列的领域：{field}")
    if field == UNKNOWN_FIELD:
        return ScopeAnswer(Question.FIELD, True, False, "领域未填写；未知的按是处理，待核实")
    return ScopeAnswer(Question.FIELD, False, True, f"{field}不在规定的领域内")


def _contract(contract: Contract | None, said: list[dict[str, Any]]) -> ScopeAnswer:
    if contract is not None:
        return ScopeAnswer(Question.CONTRACT, True, True, "合同已登记")
    if any(s.get("described") for s in said):
        told = "投诉人说明了合同，未登记；未登记、缺少证明都不是不予受理的理由"
        return ScopeAnswer(Question.CONTRACT, True, False, told)
    return ScopeAnswer(Question.CONTRACT, True, False, "未说明合同；未知的按是处理，可以要求补正")
