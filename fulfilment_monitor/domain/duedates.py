"""How a due date comes about, and why: every date carries its reasoning.

Sources: 保障中小企业款项支付条例 (国务院令第802号, before 2025-06-01 第728号) 第九条, 第十条;
民法典 第二百条 to 第二百零四条. The reasoning is in the words of the statutes, for both parties.
"""

from datetime import date
from typing import NamedTuple

from .calendar import Counted, WorkCalendar
from .contracts import YUAN, Contract, Kind, Obligation, Subject
from .interest import DECREE_FROM
from .parties import Side
from .statute import Period, Statute, Term

DEFAULT_TERM, CEILING_TERM = "payment.organ", "payment.organ.ceiling"
_PROVISIONAL = "该年度放假安排尚未公布（或未录入），按周末和日期固定的节日推算，公布后重算"


class DueDate(NamedTuple):
    """The last day in time, or None when there is no date."""

    on: date | None
    basis: tuple[str, ...]
    provisional: bool = False
    #: The date the parties agreed, where the statutory ceiling falls earlier.
    agreed_on: date | None = None


class Trigger(NamedTuple):
    """The day from which a term runs (day zero), or None while it has not come."""

    on: date | None
    basis: tuple[str, ...]
    #: Delivery, acceptance or a confirmed settlement: the statutory payment term runs from these.
    statutory: bool = False
    #: Whether the day itself was computed in a year without a published calendar.
    provisional: bool = False


def under_decree(contract: Contract) -> bool:
    """Whether the payment decree protects the enterprise under this contract.

    An SME by size at signing that sells goods, works or services, signed from 2020-09-01. A
    contract of a foreign register, in another currency, lies outside.
    Source: 条例 第二条, 第三条.
    """
    return (
        contract.enterprise.is_sme
        and contract.currency == YUAN
        and contract.subject is not Subject.PROMISE
        and contract.signed_on >= DECREE_FROM
    )


def has_payment_term(contract: Contract, obligation: Obligation) -> bool:
    """Whether the statutory default and ceiling can reach this obligation at all."""
    return (
        obligation.kind is Kind.PAYMENT
        and obligation.obligor is Side.GOVERNMENT
        and not obligation.retention
        and obligation.other_law is None
        and under_decree(contract)
    )


def due_date(
    contract: Contract,
    obligation: Obligation,
    trigger: Trigger | None,
    delivered_on: date | None,
    statute: Statute,
) -> DueDate:
    """The due date of an obligation under the terms in force.

    Args:
        trigger: what the term counts from; None for an obligation without `after`.
        delivered_on: the day everything was delivered, for the ceiling on an agreed date.
    """
    if obligation.due_on is not None:
        return _agreed_date(contract, obligation, obligation.due_on, delivered_on, statute)
    if trigger is None:
        return DueDate(None, ("未约定期限：请补录履行日期",))
    if trigger.on is None:
        return DueDate(None, trigger.basis)
    reached = trigger.statutory and has_payment_term(contract, obligation)
    if obligation.within is not None:
        ceiling = statute.find(CEILING_TERM, contract.signed_on) if reached else None
        return _agreed_term(obligation.within, trigger, trigger.on, ceiling, statute)
    default = statute.find(DEFAULT_TERM, contract.signed_on) if reached else None
    if default is None:
        why = "未约定期限，亦无适用的法定期限：请补录履行日期"
        return DueDate(None, (*trigger.basis, why))
    end, lines = _count(default.period, trigger.on, statute.calendar)
    source = f"未约定付款期限，适用法定期限{default.period}（{default.source}）"
    provisional = end.provisional or trigger.provisional
    return DueDate(end.on, (*trigger.basis, source, *lines), provisional)


def _agreed_date(
    contract: Contract,
    obligation: Obligation,
    agreed: date,
    delivered_on: date | None,
    statute: Statute,
) -> DueDate:
    basis = [f"合同约定日期 {agreed}"]
    if not statute.calendar.is_working_day(agreed):
        basis.append(f"{agreed} 为休息日；约定的具体日期按原文，不顺延")
    ceiling = statute.find(CEILING_TERM, contract.signed_on)
    if delivered_on is None or ceiling is None or not has_payment_term(contract, obligation):
        return DueDate(agreed, tuple(basis))
    latest = ceiling.period.unrolled_end(delivered_on, statute.calendar)
    if agreed <= latest:
        return DueDate(agreed, tuple(basis))
    end, lines = _count(ceiling.period, delivered_on, statute.calendar)
    if agreed < end.on:  # the ceiling's last day is a day of rest; it never postpones a date
        return DueDate(agreed, tuple(basis))
    basis += [f"交付于 {delivered_on}", _over_ceiling(agreed, ceiling), *lines]
    return DueDate(end.on, tuple(basis), end.provisional, agreed)


def _agreed_term(
    within: Period, trigger: Trigger, start: date, ceiling: Term | None, statute: Statute
) -> DueDate:
    calendar = statute.calendar
    agreed, lines = _count(within, start, calendar)
    basis = (*trigger.basis, f"合同约定期限{within}", *lines)
    if ceiling is None or within.unrolled_end(start, calendar) <= ceiling.period.unrolled_end(
        start, calendar
    ):
        return DueDate(agreed.on, basis, agreed.provisional or trigger.provisional)
    end, lines = _count(ceiling.period, start, calendar)
    basis = (*basis, _over_ceiling(agreed.on, ceiling), *lines)
    return DueDate(end.on, basis, end.provisional or trigger.provisional, agreed.on)


def _over_ceiling(agreed: date, ceiling: Term) -> str:
    return (
        f"约定的 {agreed} 晚于法定最长期限{ceiling.period}（{ceiling.source}）；"
        "条款不因此改写，两个日期并列显示，以法定日期监测"
    )


def _count(period: Period, start: date, calendar: WorkCalendar) -> tuple[Counted, list[str]]:
    """The end of a period and the words that explain it."""
    end = period.end(start, calendar)
    raw = period.unrolled_end(start, calendar)
    lines = [f"自 {start} 起{period}，当日不计入，至 {raw}（民法典第二百零一条、第二百零二条）"]
    if raw != end.on:
        lines.append(f"{raw} 为休息日，顺延至 {end.on}（民法典第二百零三条）")
    if end.provisional:
        lines.append(_PROVISIONAL)
    return end, lines


def deadline(period: Period, start: date, calendar: WorkCalendar, *, rolls: bool) -> DueDate:
    """The end of any period from any day, explained: the calculator's answer."""
    if rolls:
        end, lines = _count(period, start, calendar)
        return DueDate(end.on, tuple(lines), end.provisional)
    last = period.end(start, calendar, rolls=False)
    lines = [f"自 {start} 起{period}，当日不计入，至 {last.on}"]
    if last.provisional:  # working days are looked up in the calendar, rolled or not
        lines.append(_PROVISIONAL)
    return DueDate(last.on, tuple(lines), last.provisional)
