"""The terms of a published contract, as the register keeps them."""

from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..contracts import Contract, Kind, Obligation, Subject
from ..parties import Side
from .codes import field_of, subject_of
from .dates import civil_day
from .parties import Parties
from .states import Milestone, State
from .values import Note, by_id, ident, obj, objs, text

#: The key of the one payment of a contract whose payments were not published one by one.
PAYMENT = "payment"
NO_CURRENCY = "XXX"  # ISO 4217: no currency involved


def obligation_of(m: Milestone, added_on: date | None = None) -> Obligation:
    """What a milestone obliges to."""
    return Obligation(m.key, m.kind, m.title, m.obligor, m.fen, m.due_on, added_on=added_on)


def obligations_of(state: State) -> tuple[Obligation, ...]:
    """What a contract obliges to; its price is owed even where no payment is scheduled.

    Such a payment has no date: a duration, a period and a status are no due dates.
    """
    owed = [obligation_of(m) for m in state.milestones.values()]
    if state.fen is not None and not any(o.kind is Kind.PAYMENT for o in owed):
        key = PAYMENT if PAYMENT not in state.milestones else f"{PAYMENT}-of-contract"
        title = "合同价款（付款期限未公布）"
        owed.append(Obligation(key, Kind.PAYMENT, title, Side.GOVERNMENT, state.fen))
    return tuple(owed)


def contract_of(
    compiled: dict[str, Any],
    state: State,
    parties: Parties,
    signed_on: date,
    number: str,
    currency: str | None,
    notes: list[Note],
) -> Contract:
    """The contract as it is registered; its number is still the publisher's."""
    contract, tender = state.contract, obj(compiled.get("tender"))
    award = by_id(objs(compiled.get("awards")), ident(contract.get("awardID")))
    subject = subject_of(compiled)
    if subject is None:
        detail = "未公布采购类别，按服务登记"
        notes.append(Note(("tender", "mainProcurementCategory"), "ocds.subject-assumed", detail))
    titled = (contract, award, tender)
    title = next((t for s in titled if (t := text(s.get("title"), 200))), None) or next(
        (t for s in titled if (t := text(s.get("description"), 200))), None
    )
    return Contract(
        contract_no=number,
        title=title or f"合同 {number}"[:200],
        field=field_of(compiled, contract),
        subject=subject or Subject.SERVICES,
        signed_on=signed_on,
        region=parties.region,
        government=parties.government,
        enterprise=parties.enterprise,
        obligations=obligations_of(state),
        amount_fen=state.fen,
        currency=currency or NO_CURRENCY,
        co_governments=parties.co_governments,
    )


class Signed(NamedTuple):
    """The day of signing, and whether the publisher itself calls it so."""

    on: date | None
    sure: bool


def signed_on(
    compiled: dict[str, Any],
    contract: dict[str, Any],
    released: object,
    zone: ZoneInfo | None,
    notes: list[Note],
) -> Signed:
    """The day of signing, or the next best day the publisher gives; a finding says which.

    Signing, then the award, then the start of the contract, then the release that told of it.
    """
    here = ("contracts", ident(contract.get("id")) or "")
    award = by_id(objs(compiled.get("awards")), ident(contract.get("awardID")))
    awarded = civil_day(award.get("date"), zone).on
    signed = civil_day(contract.get("dateSigned"), zone)
    if signed.doubt:
        detail = f"{contract.get('dateSigned')} 临近零点，按 {signed.on} 计，请核对"
        notes.append(Note((*here, "dateSigned"), "ocds.day-uncertain", detail))
    if signed.on is not None:
        if awarded is not None and signed.on < awarded:
            detail = f"订立日 {signed.on} 早于中标日 {awarded}"
            notes.append(Note((*here, "dateSigned"), "ocds.signed-before-award", detail))
        return Signed(signed.on, True)
    started = civil_day(obj(contract.get("period")).get("startDate"), zone).on
    fallbacks = (
        (awarded, "中标日"),
        (started, "合同期限起始日"),
        (civil_day(released, zone).on, "公布日"),
    )
    for day, called in fallbacks:
        if day is not None:
            detail = f"未公布订立日，以{called} {day} 代替"
            notes.append(Note((*here, "dateSigned"), "ocds.signed-on-assumed", detail))
            return Signed(day, False)
    notes.append(Note((*here, "dateSigned"), "ocds.signed-on-missing", "没有可用的订立日"))
    return Signed(None, False)
