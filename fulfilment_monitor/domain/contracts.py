"""A contract as the parties agreed it: who owes what, and how each date comes about."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .parties import Enterprise, Government, Side
from .statute import Period

SIGNING = "signing"
#: The currency of the law; contracts of foreign registers may have another.
YUAN = "CNY"


class Field(StrEnum):
    PROCUREMENT = "procurement"
    BIDDING = "bidding"
    INVESTMENT_ATTRACTION = "investment_attraction"
    PPP = "ppp"
    INDUSTRY_SUPPORT = "industry_support"
    GOVERNMENT_INVESTMENT = "government_investment"


class Subject(StrEnum):
    GOODS = "goods"
    WORKS = "works"
    SERVICES = "services"
    #: A policy promise: there is no statutory payment term.
    PROMISE = "promise"


class Kind(StrEnum):
    DELIVERY = "delivery"
    ACCEPTANCE = "acceptance"
    PAYMENT = "payment"
    DEPOSIT_RETURN = "deposit_return"
    SETTLEMENT = "settlement"
    POLICY_FULFILMENT = "policy_fulfilment"
    LAND_OR_SITE = "land_or_site"
    PERMIT = "permit"
    INVOICE = "invoice"
    OTHER = "other"


class Clause(StrEnum):
    """Clauses the parties agreed that the law has an opinion on."""

    PAY_WHEN_PAID = "pay_when_paid"
    AUDIT_AS_SETTLEMENT = "audit_as_settlement"
    SILENCE_APPROVES_SETTLEMENT = "silence_approves_settlement"
    ARBITRATION = "arbitration"
    FORCED_NONCASH = "forced_noncash"


FIELD_CHINESE = {
    Field.PROCUREMENT: "政府采购",
    Field.BIDDING: "招标投标",
    Field.INVESTMENT_ATTRACTION: "招商引资",
    Field.PPP: "政府与社会资本合作",
    Field.INDUSTRY_SUPPORT: "产业扶持",
    Field.GOVERNMENT_INVESTMENT: "政府投资",
}

KIND_CHINESE = {
    Kind.DELIVERY: "交付",
    Kind.ACCEPTANCE: "验收",
    Kind.PAYMENT: "付款",
    Kind.DEPOSIT_RETURN: "退还保证金",
    Kind.SETTLEMENT: "结算审核",
    Kind.POLICY_FULFILMENT: "政策兑现",
    Kind.LAND_OR_SITE: "交付土地或场地",
    Kind.PERMIT: "办理许可",
    Kind.INVOICE: "开具发票",
    Kind.OTHER: "其他履约事项",
}


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing one party owes, and the one way to its date: `due_on`, or `after` (+ `within`)."""

    key: str
    kind: Kind
    title: str
    obligor: Side
    amount_fen: int | None = None
    due_on: date | None = None
    after: str | None = None
    within: Period | None = None
    #: Retention money (质量保证金): neither the statutory default nor the ceiling reaches it.
    retention: bool = False
    #: The law that sets the term instead of the payment decree (条例 第九条第三款).
    other_law: str | None = None
    #: Which of several government parties owes it; None is the first.
    obligor_code: str | None = None
    #: The day a supplement brought it in; None is from the start.
    added_on: date | None = None

    @property
    def is_payment(self) -> bool:
        """Whether it is met by money changing hands only, never by a bare word."""
        return self.kind in (Kind.PAYMENT, Kind.DEPOSIT_RETURN)


@dataclass(frozen=True, slots=True)
class Contract:
    contract_no: str
    title: str
    field: Field
    subject: Subject
    signed_on: date
    region: str
    government: Government
    enterprise: Enterprise
    obligations: tuple[Obligation, ...]
    amount_fen: int | None = None
    annual_rate: Decimal | None = None
    clauses: frozenset[Clause] = frozenset()
    currency: str = YUAN
    co_governments: tuple[Government, ...] = ()


class AmendmentReason(StrEnum):
    """Why a term was changed; the excuses that the notices refuse are not among them."""

    MUTUAL_AGREEMENT = "mutual_agreement"
    SCOPE_CHANGE = "scope_change"
    DESIGN_CHANGE = "design_change"
    PRICE_ADJUSTMENT = "price_adjustment"
    FORCE_MAJEURE = "force_majeure"
    PUBLIC_INTEREST_COMPENSATED = "public_interest_compensated"
    COURT_RULING = "court_ruling"


REASON_CHINESE = {
    AmendmentReason.MUTUAL_AGREEMENT: "协商一致",
    AmendmentReason.SCOPE_CHANGE: "范围变更",
    AmendmentReason.DESIGN_CHANGE: "设计变更",
    AmendmentReason.PRICE_ADJUSTMENT: "价款调整",
    AmendmentReason.FORCE_MAJEURE: "不可抗力",
    AmendmentReason.PUBLIC_INTEREST_COMPENSATED: "公共利益需要并依法补偿",
    AmendmentReason.COURT_RULING: "裁判确定",
}

#: Reasons that never change a term: naming one is itself the breach.
#: Sources: 发改财金〔2023〕1103号 二（二）; 民营经济促进法 第七十条.
VOID_EXCUSES = {
    "reorganisation": "机构调整",
    "staff_change": "人员变动",
    "boundary_change": "行政区划调整",
    "new_government": "政府换届",
    "function_change": "机构或者职能调整",
    "head_change": "负责人变更",
    "internal_process": "内部付款流程",
}


class AmendmentKind(StrEnum):
    TERMS = "terms"
    SUPPLEMENT = "supplement"
    TERMINATION = "termination"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change both sides agreed to; it holds from `agreed_on` on and never before."""

    kind: AmendmentKind
    agreed_on: date
    reason: AmendmentReason
    obligation: str | None = None
    due_on: date | None = None
    within: Period | None = None
    amount_fen: int | None = None

    @property
    def moves_date(self) -> bool:
        return self.due_on is not None or self.within is not None
