"""The claims a complaint is about: those that are open already, and those it opens."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.case_codes import Origin
from ..domain.cases import State
from ..domain.channels import Channel
from ..domain.complaints import Item, Message, matter_of, matter_said, words_of
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.leads import LeadState
from ..domain.papers import tag
from ..domain.parties import SME_SIZES, Size
from ..domain.secrets import Purpose, Secrets
from ..store.cases import Case, Claim, ClaimDuty
from ..store.complaints import Complaint, ComplaintClaim, informs
from ..store.contracts import Obligation
from ..store.ids import new_ulid
from ..store.leads import Lead
from . import case_clocks
from .channels import taker
from .intake_subject import Subject, finding, owing
from .office import Office


class Raced(NotOpen):
    """The sweep, or another channel, has just opened the same claim."""

    code = "intake.again"
    title = "The same claim was opened at this moment; send the complaint again"


class Taking(NamedTuple):
    """A complaint on its way in."""

    session: Session
    message: Message
    channel: Channel
    subject: Subject
    received_on: date
    secrets: Secrets
    by: Actor
    office: Office
    now: datetime
    findings: list[Issue]


def open_claims(taking: Taking) -> list[Claim]:
    """For each item the open claim it joins, or a new one, in the folder of those that are."""
    message, subject = taking.message, taking.subject
    _refuse_twice(message, subject)
    joined: dict[int, Claim] = {}
    for n, (item, obligation) in enumerate(zip(message.items, subject.obligations, strict=True)):
        claim = _open_claim(taking, item, obligation)
        if claim is None:
            continue
        joined[n] = claim
        _bring_to_department(taking, claim)
        told = f"并入已有事项 {claim.ulid}（{claim.state}）"
        taking.findings.append(finding(f"/items/{n}", "joined", told))
    if len(joined) == len(message.items):
        _add_to_folders(taking, joined.values())
        return [joined[n] for n in sorted(joined)]
    case = _folder(taking, joined.values())
    _add_to_folder(taking, case)
    made = {n: _new_claim(taking, case, n) for n in range(len(message.items)) if n not in joined}
    fresh = [
        case_clocks.Newborn(c.id, case.region, c.intake_id, c.opened_on) for c in made.values()
    ]
    case_clocks.start_born(taking.session, fresh, taking.office, now=taking.now)
    _add_to_folders(taking, joined.values())
    return [(joined | made)[n] for n in range(len(message.items))]


def _refuse_twice(message: Message, subject: Subject) -> None:
    seen: set[object] = set()
    for n, (item, obligation) in enumerate(zip(message.items, subject.obligations, strict=True)):
        what = obligation.id if obligation else words_of(item, message.complainant)
        if what in seen:
            raise Invalid([Issue(f"/items/{n}", "twice", "同一事项请合并为一项")])
        seen.add(what)


def _open_claim(taking: Taking, item: Item, obligation: Obligation | None) -> Claim | None:
    query = select(Claim).where(Claim.closed_at.is_(None)).with_for_update(of=Claim)
    if obligation is not None:
        query = query.where(Claim.obligation_id == obligation.id)
    else:
        query = query.where(Claim.id.in_(_same_matter(taking, item)))
    again = query.execution_options(populate_existing=True)
    return taking.session.scalars(again.order_by(Claim.id).limit(1)).one_or_none()


def _same_matter(taking: Taking, item: Item) -> Sequence[int]:
    """What is not an obligation on the register is the same by its words, contract and party.

    The claims are named before they are kept from others: one that moves to another folder
    meanwhile is still the same.
    """
    subject = taking.subject
    respondent = owing(taking.session, subject, None, taking.received_on)
    hashes = taking.secrets.macs(Purpose.DIGEST, _said(taking, item))
    same = [Claim.matter.endswith(tag(h.content)) for h in hashes]
    query = select(Claim.id).join(Case, Case.id == Claim.case_id)
    query = query.where(
        Claim.closed_at.is_(None),
        Claim.obligation_id.is_(None),
        Claim.respondent_id == respondent,
        Case.contract_id == (subject.contract and subject.contract.id),
        or_(*same, _kept_in_words(taking, item)),
    )
    return taking.session.scalars(query).all()


def _said(taking: Taking, item: Item) -> bytes:
    """What a matter is known again by: where no contract tells it, the party counts as well."""
    subject, who = taking.subject, taking.message.complainant
    whose = who.code if subject.contract is None and subject.is_party else None
    return matter_said(item, who, of=whose)


def _kept_in_words(taking: Taking, item: Item) -> ColumnElement[bool]:
    """The same matter as earlier releases kept it: in words."""
    subject = taking.subject
    same = Claim.matter == words_of(item, taking.message.complainant)
    if subject.contract is not None:
        return same
    whose = (
        Complaint.enterprise_id == (subject.registered_id or 0)  # then a party was registered
        if subject.is_party
        else and_(*informs())
    )
    theirs = (
        select(ComplaintClaim.claim_id)
        .join(Complaint, Complaint.id == ComplaintClaim.complaint_id)
        .where(whose)
    )
    return and_(same, Claim.id.in_(theirs))


def _bring_to_department(taking: Taking, claim: Claim) -> None:
    """A claim nobody has taken in yet goes to the department in charge of payments to SMEs.

    Where somebody now complains over a channel for those: the decree holds only for what that
    department takes in (条例第二十五条).
    """
    session, contract = taking.session, taking.subject.contract
    waiting = claim.state in (State.LEAD.value, State.RECEIVED.value)
    if not (taking.channel.sme_payment and waiting and contract):
        return
    if Size(contract.size) not in SME_SIZES:
        return
    body = taker(
        session, taking.channel, contract.region, claim.respondent_id, taking.office,
        taking.received_on,
    )  # fmt: skip
    if body is None or body.body_id == claim.intake_id:
        return
    claim.intake_id = claim.holder_id = body.body_id
    running = update(ClaimDuty).where(ClaimDuty.claim_id == claim.id, ClaimDuty.ended_at.is_(None))
    session.execute(running.values(body_id=body.body_id))
    detail = f"事项 {claim.ulid} 尚未受理，改由中小企业款项支付投诉的主管部门受理"
    taking.findings.append(finding("/channel", "intake-moved", detail))


def _folder(taking: Taking, joined: Iterable[Claim]) -> Case:
    """The folder of what was joined, else the open one of the contract, else a new one."""
    session, message, subject = taking.session, taking.message, taking.subject
    first = next(iter(joined), None)
    if first is not None:
        return session.get_one(Case, first.case_id)
    respondent = owing(session, subject, None, taking.received_on)
    contract = subject.contract
    if contract is not None:
        known = _open_folder(session, contract.id, respondent)
        if known is not None:
            return known
    case = Case(
        ulid=new_ulid(taking.now),
        contract_id=contract and contract.id,
        respondent_id=respondent,
        region=subject.region,
        field=contract.field if contract else message.field,
        origin=origin_of(taking).value,
        natures=[n.value for n in message.natures],
        confidential=message.confidential,
        merged_into_id=None,
        opened_on=taking.received_on,
        opened_at=taking.now,
        opened_by=taking.by.name,
    )
    session.add(case)
    session.flush()
    return case


def _open_folder(session: Session, contract_id: int, respondent_id: int) -> Case | None:
    """Kept from who would merge it, until the claim that goes into it is there."""
    query = (
        select(Case)
        .join(Claim, Claim.case_id == Case.id)
        .where(
            Case.contract_id == contract_id,
            Case.respondent_id == respondent_id,
            Case.merged_into_id.is_(None),
            Claim.closed_at.is_(None),
        )
    )
    held = query.order_by(Case.id).limit(1).with_for_update(of=Case, key_share=True)
    return session.scalars(held.execution_options(populate_existing=True)).one_or_none()


def origin_of(taking: Taking) -> Origin:
    """As it says, else as its channel usually is; a complaint is never called monitoring."""
    said = taking.message.origin
    return taking.channel.origin if said is Origin.COMPLAINT else said


def _new_claim(taking: Taking, case: Case, n: int) -> Claim:
    session, subject = taking.session, taking.subject
    item, obligation = taking.message.items[n], subject.obligations[n]
    respondent = owing(session, subject, obligation, taking.received_on)
    body = taker(
        session, taking.channel, case.region, respondent, taking.office, taking.received_on
    )
    if body is None:
        detail = "名录中没有可以受理的单位，请登记信用牵头部门"
        taking.findings.append(finding("/channel", "no-intake", detail))
    hashed = taking.secrets.mac(Purpose.DIGEST, _said(taking, item)).content
    claim = Claim(
        ulid=new_ulid(taking.now),
        case_id=case.id,
        obligation_id=obligation and obligation.id,
        matter=None if obligation else matter_of(item, case.field, hashed),
        lead_id=obligation and _lead(taking, obligation, n),
        respondent_id=respondent,
        state=State.RECEIVED.value,
        state_on=taking.received_on,
        intake_id=body and body.body_id,
        holder_id=body and body.body_id,
        returned=0,
        sme_payment=False,
        claimed_fen=item.claimed_fen,
        breach=item.breach.value,
        listed=False,
        contested=False,
        version=0,
        opened_on=taking.received_on,
        opened_at=taking.now,
    )
    session.add(claim)
    try:
        session.flush()
    except IntegrityError:
        raise Raced("another claim on this obligation was opened just now") from None
    return claim


def _lead(taking: Taking, obligation: Obligation, n: int) -> int | None:
    """The open lead of the sweep nobody has made a claim of; and what became of earlier claims."""
    session = taking.session
    earlier = select(Claim.ulid).where(
        Claim.obligation_id == obligation.id, Claim.closed_at.is_not(None)
    )
    for ulid in session.scalars(earlier.order_by(Claim.id.desc()).limit(1)):
        detail = f"该义务的前一事项 {ulid} 已办结，如无新的事实可以按重复投诉处理"
        taking.findings.append(finding(f"/items/{n}", "earlier-claim", detail))
    taken = select(Claim.id).where(Claim.lead_id == Lead.id)
    query = select(Lead.id).where(
        Lead.obligation_id == obligation.id,
        Lead.state == LeadState.OPEN.value,
        ~taken.exists(),
    )
    return session.scalar(query.order_by(Lead.id).limit(1))


def _add_to_folders(taking: Taking, joined: Iterable[Claim]) -> None:
    for claim in joined:
        _add_to_folder(taking, taking.session.get_one(Case, claim.case_id))


def _add_to_folder(taking: Taking, case: Case) -> None:
    """What a complaint adds to a folder that was there: confidentiality, and natures."""
    case.confidential = case.confidential or taking.message.confidential
    said = [n.value for n in taking.message.natures]
    case.natures = list(dict.fromkeys([*case.natures, *said]))
