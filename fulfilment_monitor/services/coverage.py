"""How much of what should be on the register is there, body by body, on a day.

Each share has its numerator and denominator; what is not yet due is left out, and what nobody knows
is `None`, never zero.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from ..domain.alerts import Special
from ..domain.bodies import Level
from ..domain.contracts import Kind
from ..domain.duties import Ended
from ..domain.parties import Side
from ..store.base import Day
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact
from ..store.organisations import Organisation, Subordination
from ..store.publications import Publication, PublishedContract
from .hierarchy import holds_on

_TEN_THOUSANDTH = Decimal("0.0001")


class Indicator(NamedTuple):
    """A share with what it is made of; `None` where the register cannot tell."""

    id: str
    name: str
    numerator: int | None
    denominator: int | None
    note: str = ""

    @property
    def share(self) -> str | None:
        """A fraction with four decimals, half rounded up; None without both parts."""
        if self.numerator is None or not self.denominator:
            return None
        share = Decimal(self.numerator) / self.denominator
        return str(share.quantize(_TEN_THOUSANDTH, ROUND_HALF_UP))

    def shown(self) -> dict[str, Any]:
        """As a part of a report."""
        return {**self._asdict(), "share": self.share}


class BodyRow(NamedTuple):
    """What the register holds of one body on a day; `None` is unknown."""

    code: str
    name: str
    kind: str | None
    region: str | None
    level: str | None
    superior: str | None
    #: Contracts signed by then, as the first body on the government side.
    contracts: int
    #: Whether it is a further body on the government side of any contract.
    joins: bool
    #: What it owed by a day that has passed; and of that, what nothing was reported of.
    due: int
    silent: int

    @property
    def has_contract(self) -> bool:
        return self.contracts > 0 or self.joins

    @property
    def unknown(self) -> tuple[str, ...]:
        """Which of level, region and superior nobody has said; a national body needs none above."""
        missing = [n for n in ("level", "region", "superior") if getattr(self, n) is None]
        if self.level == Level.NATIONAL.value and "superior" in missing:
            missing.remove("superior")
        return tuple(missing)

    def shown(self) -> dict[str, Any]:
        """As a row of a report."""
        silence = Indicator("", "", self.silent, self.due)
        unknown = list(self.unknown)
        return {**self._asdict(), "silent_share": silence.share, "unknown": unknown}


class Coverage(NamedTuple):
    as_of: date
    rows: tuple[BodyRow, ...]
    #: Contracts signed by then, by field, by the region they name, by the level of their body.
    fields: dict[str, int]
    regions: dict[str, int]
    levels: dict[str | None, int]
    indicators: tuple[Indicator, ...]

    @property
    def without_contract(self) -> list[BodyRow]:
        return [r for r in self.rows if not r.has_contract]

    @property
    def incomplete(self) -> list[BodyRow]:
        """Bodies with contracts whose level, region or superior is unknown."""
        return [r for r in self.rows if r.has_contract and r.unknown]

    def totals(self) -> dict[str, Any]:
        """The report without its rows."""
        return {
            "bodies": len(self.rows),
            "with_contract": len(self.rows) - len(self.without_contract),
            "without_contract": len(self.without_contract),
            "incomplete": len(self.incomplete),
            "contracts": sum(self.fields.values()),
            "due": sum(r.due for r in self.rows),
            "silent": sum(r.silent for r in self.rows),
        }


def coverage(session: Session, *, as_of: date) -> Coverage:
    """The state of the register on a day, from contracts signed and facts that happened by then.

    An obligation is due once its day has passed; every statement about it breaks the silence, and
    so does a payment that named no obligation, for every payment of its contract.
    """
    signed = Contract.signed_on <= as_of
    body = Organisation
    rows = tuple(_rows(session, as_of))
    by_level = select(body.level, func.count()).join(Contract, Contract.government_id == body.id)
    return Coverage(
        as_of,
        rows,
        _counts(session, select(Contract.field, func.count()).where(signed), Contract.field),
        _counts(session, select(Contract.region, func.count()).where(signed), Contract.region),
        _counts(session, by_level.where(signed), body.level),
        tuple(_indicators(session, rows)),
    )


def _counts(session: Session, query: Select[Any, int], by: Any) -> dict[Any, int]:
    counted = session.execute(query.group_by(by).order_by(by))
    return {row[0]: row[1] for row in counted}


def _rows(session: Session, as_of: date) -> Iterable[BodyRow]:
    signed, due = _signed(as_of), _due(as_of)
    body, above = Organisation, aliased(Organisation)
    zero = func.coalesce
    query = (
        select(
            body.code,
            body.name,
            body.kind,
            body.region,
            body.level,
            above.code.label("superior"),
            zero(signed.c.contracts, 0).label("contracts"),
            zero(due.c.due, 0).label("due"),
            zero(due.c.silent, 0).label("silent"),
        )
        .outerjoin(signed, signed.c.body_id == body.id)
        .outerjoin(due, due.c.body_id == body.id)
        .outerjoin(
            Subordination,
            and_(Subordination.body_id == body.id, holds_on(Subordination, as_of)),
        )
        .outerjoin(above, above.id == Subordination.superior_id)
        .where(body.side == Side.GOVERNMENT.value)
        .order_by(body.code)
    )
    joining = _joining(session, as_of)
    for row in session.execute(query):
        yield BodyRow(joins=row.code in joining, **row._mapping)


def _signed(as_of: date) -> Subquery:
    return (
        select(Contract.government_id.label("body_id"), func.count().label("contracts"))
        .where(Contract.signed_on <= as_of)
        .group_by(Contract.government_id)
        .subquery("signed")
    )


def _due(as_of: date) -> Subquery:
    """For each body, how much it owed by a day before `as_of`, and how much of it is silent."""
    last = _last_spans(as_of)
    stopped = [Ended.MOVED.value, Ended.SUSPENDED.value]
    holds = or_(last.c.ended.is_(None), last.c.ended.not_in(stopped), last.c.until_on > as_of)
    named = aliased(Organisation)
    owing = func.coalesce(named.id, Contract.government_id).label("body_id")
    silent = case((_reported(as_of), 0), else_=1)
    return (
        select(owing, func.count().label("due"), func.sum(silent).label("silent"))
        .select_from(last)
        .join(Obligation, Obligation.id == last.c.obligation_id)
        .join(Contract, Contract.id == Obligation.contract_id)
        .outerjoin(named, named.code == Obligation.obligor_code)
        .where(last.c.place == 1, last.c.due_on < as_of, holds)
        .where(Obligation.obligor == Side.GOVERNMENT.value)
        .group_by(owing)
        .subquery("owed")
    )


def _last_spans(as_of: date) -> Subquery:
    """Of each obligation, the spans that began by a day, the last one first."""
    newest = (Duty.from_on.desc(), Duty.id.desc())
    place = func.row_number().over(partition_by=Duty.obligation_id, order_by=newest)
    return (
        select(Duty.obligation_id, Duty.due_on, Duty.until_on, Duty.ended, place.label("place"))
        .where(Duty.replaced_at.is_(None), Duty.from_on <= as_of)
        .where(Duty.ladder.not_in([s.value for s in Special]))
        .subquery("span")
    )


def _reported(as_of: date) -> ColumnElement[bool]:
    unnamed = and_(Fact.obligation_id.is_(None), Obligation.kind == Kind.PAYMENT.value)
    return exists().where(
        Fact.contract_id == Obligation.contract_id,
        or_(Fact.obligation_id == Obligation.id, unnamed),
        Fact.happened_on <= as_of,
    )


_JOINING = {
    "sqlite": """
        SELECT DISTINCT json_extract(party.value, '$.uscc')
          FROM contract, json_each(contract.document, '$.co_governments') AS party
         WHERE contract.signed_on <= :as_of""",
    "postgresql": """
        SELECT DISTINCT party.value ->> 'uscc'
          FROM contract, json_array_elements(contract.document -> 'co_governments') AS party
         WHERE contract.signed_on <= :as_of""",
}


def _joining(session: Session, as_of: date) -> set[str]:
    """Codes of the further bodies on the government side, which stand in the document only."""
    query = text(_JOINING[session.get_bind().dialect.name])
    query = query.bindparams(bindparam("as_of", as_of, type_=Day))
    return set(session.scalars(query))


def _indicators(session: Session, rows: tuple[BodyRow, ...]) -> Iterable[Indicator]:
    due, silent = sum(r.due for r in rows), sum(r.silent for r in rows)
    yield Indicator("dq.silent", "未报告率", silent, due, "政府方到期义务中没有任何事实记录的")
    note = "尚无账号数据；分母为登记册上的单位数，编制、预算名录未录入"
    yield Indicator("dq.units", "单位覆盖率", None, len(rows), note)
    published = session.scalar(
        select(func.count(func.distinct(Publication.ocid))).where(
            Publication.tags.contains("contract")
        )
    )
    entered = session.scalar(select(func.count(func.distinct(PublishedContract.ocid))))
    note = "按已公布合同的采购过程计；没有公布数据时为未知"
    known = published or None
    yield Indicator("dq.contracts", "合同覆盖率", entered if known else None, known, note)
