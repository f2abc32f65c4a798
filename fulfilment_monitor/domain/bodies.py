"""Public bodies among themselves: their levels, superiors and competences, from day to day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from .contracts import FIELD_CHINESE
from .errors import Issue
from .parties import FAULT_DETAIL, CodeFault, GovernmentKind, uscc_fault
from .regions import Regions

#: The first two characters of a body's code: 机关 11, 事业单位 12 (GB 32100-2015).
CODES_OF_BODIES = ("11", "12")


class Level(StrEnum):
    """The level of government a body belongs to."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


LEVEL_CHINESE = {
    Level.NATIONAL: "国家级",
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.COUNTY: "县级",
    Level.TOWNSHIP: "乡级",
}


class Matter(StrEnum):
    """What a body of a region can be competent for: one of the six fields, or a duty of its own."""

    PROCUREMENT = "procurement"
    BIDDING = "bidding"
    INVESTMENT_ATTRACTION = "investment_attraction"
    PPP = "ppp"
    INDUSTRY_SUPPORT = "industry_support"
    GOVERNMENT_INVESTMENT = "government_investment"
    #: 社会信用体系建设牵头部门: leads the mechanism in its region (发改财金〔2023〕1103号).
    CREDIT_LEAD = "credit_lead"
    #: 负责中小企业促进工作综合管理的部门: payment complaints (保障中小企业款项支付条例 第五条).
    SME_PAYMENT = "sme_payment"


MATTER_CHINESE = {Matter(f.value): name for f, name in FIELD_CHINESE.items()} | {
    Matter.CREDIT_LEAD: "信用体系建设牵头",
    Matter.SME_PAYMENT: "中小企业款项支付",
}


class Handover(NamedTuple):
    """Who takes over from a body, from which day, and on what it rests."""

    successor: str
    on: date
    reason: str


class Entry(NamedTuple):
    """What a list of bodies says of one body; `None` and empty mean that it does not say.

    The superior and the matters hold from `from_on` until the day before `until_on`.
    """

    code: str
    name: str
    kind: GovernmentKind
    region: str | None = None
    level: Level | None = None
    superior: str | None = None
    competent_for: tuple[Matter, ...] = ()
    from_on: date | None = None
    until_on: date | None = None
    handover: Handover | None = None


def entry_faults(entry: Entry, regions: Regions, today: date) -> Iterator[Issue]:
    """What is wrong with an entry taken by itself; findings do not refuse it."""
    fault = None if ":" in entry.code else uscc_fault(entry.code)
    if fault is CodeFault.INNER_CHECK_CHARACTER:
        detail = "统一社会信用代码第9至17位的主体标识码校验不符，请核对"
        yield Issue("/uscc", fault.value, detail, "finding")
    elif fault is not None:
        yield Issue("/uscc", fault.value, FAULT_DETAIL[fault])
    elif ":" not in entry.code and not entry.code.startswith(CODES_OF_BODIES):
        detail = "机关、事业单位的代码通常以11或12开头"
        yield Issue("/uscc", "government-code-unusual", detail, "finding")
    if entry.superior == entry.code:
        yield Issue("/superior", "body.own-superior", "单位不能是自己的上级")
    if entry.handover is not None and entry.handover.successor == entry.code:
        yield Issue("/succeeded_by", "body.own-successor", "单位不能承继自己")
    since = entry.from_on or today
    if entry.until_on is not None and entry.until_on <= since:
        yield Issue("/until_on", "body.ends-before-it-begins", f"失效日期应晚于生效日期 {since}")
    if entry.competent_for and entry.region is None:
        detail = "主管事项按行政区划确定，请填写行政区划代码"
        yield Issue("/region", "body.region-missing", detail)
    if entry.region is not None:
        yield from _region_faults(entry.region, regions, since)


def _region_faults(code: str, regions: Regions, on: date) -> Iterator[Issue]:
    fault = regions.fault(code, on)
    if fault is not None:  # a place that once was is worth a look; one that never was is an error
        level = "finding" if regions.versions(code) else "error"
        yield Issue("/region", "unknown-region", fault, level)


class Span(NamedTuple):
    """What holds from one day until the day before another; empty while nothing ends it."""

    value: int
    from_on: date
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


class Restated(NamedTuple):
    """What a statement changes in a row of spans: one may end earlier, one may begin."""

    ended: Span | None = None
    begun: Span | None = None


class Conflict(ValueError):
    """A statement that contradicts what was stated of the same day."""


def restated(spans: Iterable[Span], said: Span) -> Restated:
    """How a statement carries a row of spans on; what was before its first day stays as it was.

    It holds until its own end, or until the next span that is known begins. What it replaces does
    not come back afterwards.

    Raises:
        Conflict: something else was stated from the same day, or another end is known.

    >>> restated([Span(1, date(2020, 1, 1))], Span(2, date(2025, 1, 1))).ended
    Span(value=1, from_on=datetime.date(2020, 1, 1), until_on=datetime.date(2025, 1, 1))
    """
    ordered = sorted(spans, key=lambda s: s.from_on)
    held = next((s for s in ordered if s.holds_on(said.from_on)), None)
    following = [s.from_on for s in ordered if s.from_on > said.from_on]
    until = min((d for d in (said.until_on, *following) if d is not None), default=None)
    if held is not None and held.value == said.value:
        if said.until_on is None or until == held.until_on:
            return Restated()
        if held.until_on is not None:
            raise Conflict(f"已登记至 {held.until_on} 止")
        return Restated(ended=held._replace(until_on=until))
    if any(s.from_on == said.from_on for s in ordered):
        raise Conflict(f"自 {said.from_on} 起已登记为另一单位")
    ended = None if held is None else held._replace(until_on=said.from_on)
    return Restated(ended, said._replace(until_on=until))


def applied(spans: Iterable[Span], change: Restated) -> list[Span]:
    """The spans after a change."""
    kept = [
        change.ended if change.ended is not None and s.from_on == change.ended.from_on else s
        for s in spans
    ]
    return kept if change.begun is None else [*kept, change.begun]


def closes_circle(superiors: Mapping[int, Iterable[Span]], body: int, link: Span) -> bool:
    """Whether a superior given to a body over some days stands below it on any of them."""
    waiting = [link]
    seen: set[Span] = set()
    while waiting:
        here = waiting.pop()
        if here.value == body:
            return True
        if here in seen:
            continue
        seen.add(here)
        for above in superiors.get(here.value, ()):
            since = max(here.from_on, above.from_on)
            until = min((d for d in (here.until_on, above.until_on) if d), default=None)
            if until is None or since < until:
                waiting.append(Span(above.value, since, until))
    return False
