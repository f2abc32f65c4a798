"""What the published milestones and transactions state, and what is odd about it."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from ..contracts import Contract, Kind, Obligation
from ..facts import Fact, FactKind, Source
from ..money import spell_yuan
from ..parties import Side
from .codes import CONTRACT_STATUSES, ENDED_STATUSES
from .parties import Directory
from .states import Payment, State
from .values import Note, ident, text

#: The reference under which a milestone states that it was met.
MILESTONE_REF = "milestone/"


class Statements(NamedTuple):
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]


def statements_of(
    state: State, terms: Contract, owed: dict[str, Obligation], directory: Directory
) -> Statements:
    """The facts a state amounts to; a register of payments is the payer's own word: a claim.

    Args:
        owed: the obligations entered by then, by key.
    """
    notes: list[Note] = []
    paid = [f for p in state.payments if (f := _paid(p, state, terms, owed, directory, notes))]
    told = {f.obligation for f in paid}
    met = [
        Fact(
            FactKind.PERFORMED,
            m.met_on,
            Source.GOVERNMENT,
            m.key,
            ref=MILESTONE_REF + m.key,
        )
        for m in state.milestones.values()
        if m.met_on is not None and m.key in owed and not (owed[m.key].is_payment and m.key in told)
    ]
    return Statements((*met, *paid), tuple(notes))


def _paid(
    payment: Payment,
    state: State,
    terms: Contract,
    owed: dict[str, Obligation],
    directory: Directory,
    notes: list[Note],
) -> Fact | None:
    if payment.on is None:
        detail = "交易没有可用的日期，未登记为付款"
        notes.append(Note(payment.path, "ocds.transaction-without-date", detail))
        return None
    if payment.fen is None:
        detail = "交易没有可用的金额，未登记为付款"
        notes.append(Note(payment.path, "ocds.transaction-without-amount", detail))
        return None
    key = payment.milestone
    if key is not None and key not in owed:
        detail = f"交易所指的里程碑“{key}”不存在，按未指明义务登记"
        notes.append(Note(payment.path, "ocds.milestone-unknown", detail))
        key = None
    if is_reverse(payment, terms, directory):
        key, usable = _reverse(key, payment, owed, notes)
        if not usable:
            return None
    elif key is not None and not owed[key].is_payment:
        detail = f"交易指向的里程碑“{key}”不是付款事项，按未指明义务登记"
        notes.append(Note(payment.path, "ocds.linked-to-work", detail))
        key = None
    source = _source(payment, terms, directory)
    return Fact(FactKind.PAID, payment.on, source, key, payment.fen, ref=payment.ref)


def is_reverse(payment: Payment, terms: Contract, directory: Directory) -> bool:
    """Whether the money went from the enterprise to the government side."""
    bodies = {terms.government.code, *(g.code for g in terms.co_governments)}
    payer, payee = directory.look_up(payment.payer), directory.look_up(payment.payee)
    from_firm = payer is not None and payer.code == terms.enterprise.code
    return from_firm or (payee is not None and payee.code in bodies)


def _reverse(
    key: str | None, payment: Payment, owed: dict[str, Obligation], notes: list[Note]
) -> tuple[str | None, bool]:
    """A payment of the enterprise: it meets no debt of the government side, whatever it names."""
    notes.append(
        Note(payment.path, "ocds.payment-by-enterprise", "企业方向政府方付款，不抵减政府方应付款")
    )
    if key is not None and owed[key].obligor is Side.ENTERPRISE:
        return key, True
    government_pays = any(o.obligor is Side.GOVERNMENT and o.is_payment for o in owed.values())
    return None, not government_pays


def _source(payment: Payment, terms: Contract, directory: Directory) -> Source:
    """A paying office beside the parties knows of money; a party's own word is a claim."""
    payer = directory.look_up(payment.payer)
    sides = frozenset({terms.government.code, terms.enterprise.code})
    sides |= {g.code for g in terms.co_governments}
    if payer is not None and directory.is_paying_office(payer, sides):
        return Source.TREASURY
    return Source.GOVERNMENT


def oddities(
    state: State,
    terms: Contract,
    facts: tuple[Fact, ...],
    told_on: dict[str, date],
    *,
    signed: bool,
) -> list[Note]:
    """What does not go together in a contract as it stands after its last release.

    Args:
        told_on: the day of the first release that held each transaction, by reference.
        signed: whether the day of signing was published as such; nothing precedes a guess.
    """
    here = ("contracts", ident(state.contract.get("id")) or "")
    return [
        *_period_notes(state, here),
        *_status_notes(state, here),
        *_time_notes(state, terms.signed_on if signed else date.min, told_on),
        *_sum_notes(state, facts, here),
    ]


def _period_notes(state: State, here: tuple[str, ...]) -> list[Note]:
    if state.start_on and state.end_on and state.end_on < state.start_on:
        detail = f"合同期限止于 {state.end_on}，早于起始 {state.start_on}"
        return [Note((*here, "period"), "ocds.end-before-start", detail)]
    return []


def _status_notes(state: State, here: tuple[str, ...]) -> list[Note]:
    status = state.contract.get("status")
    if status is None:
        return []
    if not isinstance(status, str) or status not in CONTRACT_STATUSES:
        detail = f"合同状态“{text(str(status), 60)}”不在代码表内"
        return [Note((*here, "status"), "ocds.contract-status", detail)]
    if status in ENDED_STATUSES:
        when = f"（期限止于 {state.end_on}）" if state.end_on else ""
        detail = f"合同状态为 {status}{when}；合同终结不等于款项已付清，亦不免除已发生的义务"
        return [Note((*here, "status"), "ocds.contract-ended", detail)]
    return []


def _time_notes(state: State, signed_on: date, told_on: dict[str, date]) -> list[Note]:
    notes = []
    for p in state.payments:
        if p.on is None:
            continue
        if p.on < signed_on:
            detail = f"付款日 {p.on} 早于合同订立日 {signed_on}"
            notes.append(Note(p.path, "ocds.paid-before-signing", detail))
        if state.end_on is not None and p.on > state.end_on:
            detail = f"付款日 {p.on} 晚于合同期限届满日 {state.end_on}"
            notes.append(Note(p.path, "ocds.paid-after-end", detail))
        told = told_on.get(p.ref)
        if told is not None and p.on > told:
            detail = f"付款日 {p.on} 晚于公布该交易的日期 {told}"
            notes.append(Note(p.path, "ocds.paid-after-release", detail))
    for m in state.milestones.values():
        if m.due_on is not None and m.due_on < signed_on:
            detail = f"“{m.title}”应于 {m.due_on} 完成，早于合同订立日 {signed_on}"
            notes.append(Note(m.path, "ocds.due-before-signing", detail))
        if m.met_on is not None and m.met_on < signed_on:
            detail = f"“{m.title}”于 {m.met_on} 完成，早于合同订立日 {signed_on}"
            notes.append(Note(m.path, "ocds.met-before-signing", detail))
    return notes


def _sum_notes(state: State, facts: tuple[Fact, ...], here: tuple[str, ...]) -> list[Note]:
    """Payments beside what was promised; a cent an instalment is a matter of rounding."""
    notes: list[Note] = []
    paid: dict[str | None, list[int]] = defaultdict(list)
    for fact in facts:
        if fact.kind is FactKind.PAID:
            paid[fact.obligation].append(fact.amount_fen or 0)
    owed = [m for m in state.milestones.values() if m.kind is Kind.PAYMENT]
    for m in owed:
        if m.fen is not None and paid[m.key]:
            notes += _compared(m.fen, paid[m.key], f"“{m.title}”", m.path)
    everything = [fen for some in paid.values() for fen in some]
    if state.fen is not None and everything:
        covered = sum(everything) >= state.fen - len(everything)
        if covered:
            notes += _compared(state.fen, everything, "合同", here)
    known = [m.fen for m in owed if m.fen is not None]
    if state.fen is not None and known and len(known) == len(owed) and sum(known) != state.fen:
        gap = spell_yuan(state.fen - sum(known))
        detail = f"合同金额与付款里程碑合计相差 {gap}，该部分未列入付款安排"
        notes.append(Note((*here, "value"), "ocds.not-scheduled", detail))
    return notes


def _compared(fen: int, paid: list[int], called: str, path: tuple[str, ...]) -> list[Note]:
    gap = fen - sum(paid)
    if gap == 0:
        return []
    if abs(gap) <= len(paid):
        detail = f"{called}已付合计与应付相差 {spell_yuan(gap)}，在每笔一分的尾差之内；余额照实计算"
        return [Note(path, "ocds.cents", detail)]
    if gap < 0:
        detail = f"{called}已付合计超过应付 {spell_yuan(-gap)}"
        return [Note(path, "ocds.over-payment", detail)]
    return []


def withdrawn(before: tuple[Fact, ...], after: tuple[Fact, ...], state: State) -> list[Note]:
    """What a later release no longer states; it stays on the record."""
    still = {f.ref for f in after}
    told = {f.obligation for f in after if f.kind is FactKind.PAID}
    here = ("contracts", ident(state.contract.get("id")) or "")
    return [
        Note(here, "ocds.statement-withdrawn", f"此前公布的“{f.ref}”不再出现；已登记的事实保留")
        for f in before
        if f.ref not in still and not (f.kind is FactKind.PERFORMED and f.obligation in told)
    ]
