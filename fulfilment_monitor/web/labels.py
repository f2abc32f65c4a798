"""The names of codes, in Chinese and English. Before a determination nothing is called 失信."""

import re

from ..domain.case_codes import Breach, Route, Violation
from ..domain.case_codes import label as chinese_of
from ..domain.channels import KIND_CHINESE as CHANNEL_CHINESE
from ..domain.contracts import FIELD_CHINESE, KIND_CHINESE
from ..domain.facts import SOURCE_CHINESE

Words = dict[str, tuple[str, str]]

_FIELD_ENGLISH = {
    "procurement": "Government procurement",
    "bidding": "Bidding",
    "investment_attraction": "Investment attraction",
    "ppp": "Public-private partnership",
    "industry_support": "Industry support",
    "government_investment": "Government investment",
}
_KIND_ENGLISH = {
    "delivery": "Delivery",
    "acceptance": "Acceptance",
    "payment": "Payment",
    "deposit_return": "Return of deposit",
    "settlement": "Settlement review",
    "policy_fulfilment": "Policy promise",
    "land_or_site": "Land or site",
    "permit": "Permit",
    "invoice": "Invoice",
    "other": "Other performance",
}
_SOURCE_ENGLISH = {
    "government": "Government side",
    "enterprise": "Enterprise",
    "treasury": "Treasury",
    "bank": "Bank",
    "court": "Court",
    "office": "Another office",
}

_BREACH_ENGLISH = {
    "arrears": "Arrears",
    "non-performance": "Not performed",
    "incomplete": "Performed in part",
    "late": "Performed late",
    "unilateral-change": "Changed or ended by one side",
    "repudiation": "Contract repudiated",
    "promise-unkept": "Promise not kept",
    "acceptance-refused": "Acceptance refused or delayed",
    "deposit-kept": "Deposit not returned",
    "other": "Other",
}
_ROUTE_ENGLISH = {
    "negotiation": "Negotiation",
    "mediation": "Mediation",
    "reconsideration": "Administrative review",
    "arbitration": "Arbitration",
    "litigation": "Lawsuit",
}
_VIOLATION_ENGLISH = {
    "late-payment": "Late payment",
    "dragged-acceptance": "Acceptance dragged out",
    "forced-noncash": "Non-cash payment forced",
    "audit-clause": "Audit result forced as settlement",
    "deposit": "Deposit unlawfully taken or kept",
    "prohibited-excuse": "Refused or late for a prohibited reason",
    "not-disclosed": "Overdue payments not disclosed",
}
_CHANNEL_ENGLISH = {
    "form": "Form of this service",
    "interface": "Another platform",
    "entry": "Entered by an officer",
}

LABELS: dict[str, Words] = {
    "breach": {c.value: (chinese_of(c), _BREACH_ENGLISH[c.value]) for c in Breach},
    "route": {c.value: (chinese_of(c), _ROUTE_ENGLISH[c.value]) for c in Route},
    "violation": {c.value: (chinese_of(c), _VIOLATION_ENGLISH[c.value]) for c in Violation},
    "channel_kind": {c.value: (zh, _CHANNEL_ENGLISH[c.value]) for c, zh in CHANNEL_CHINESE.items()},
    "field": {
        c.value: (zh, _FIELD_ENGLISH.get(c.value, c.value)) for c, zh in FIELD_CHINESE.items()
    },
    "kind": {c.value: (zh, _KIND_ENGLISH.get(c.value, c.value)) for c, zh in KIND_CHINESE.items()},
    "source": {
        c.value: (zh, _SOURCE_ENGLISH.get(c.value, c.value)) for c, zh in SOURCE_CHINESE.items()
    },
    "subject": {
        "goods": ("货物", "Goods"),
        "works": ("工程", "Works"),
        "services": ("服务", "Services"),
        "promise": ("政策承诺", "Policy promise"),
    },
    "state": {
        "undated": ("未定日期", "No date"),
        "waiting": ("待起算", "Waiting"),
        "open": ("履行期内", "Open"),
        "overdue": ("逾期", "Overdue"),
        "fulfilled": ("按期履行", "Fulfilled"),
        "fulfilled_late": ("逾期履行", "Fulfilled late"),
        "disputed": ("存在争议", "Disputed"),
        "waived": ("不再履行", "Waived"),
    },
    "government_kind": {
        "organ": ("机关", "Government organ"),
        "institution": ("事业单位", "Public institution"),
    },
    "ownership": {
        "private": ("民营", "Private"),
        "state": ("国有", "State-owned"),
        "foreign": ("外资", "Foreign"),
        "other": ("其他所有制", "Other ownership"),
        "unknown": ("所有制未知", "Ownership unknown"),
    },
    "size": {
        "micro": ("微型企业", "Micro enterprise"),
        "small": ("小型企业", "Small enterprise"),
        "medium": ("中型企业", "Medium enterprise"),
        "large": ("大型企业", "Large enterprise"),
        "unknown": ("规模未知", "Size unknown"),
    },
    "clause": {
        "pay_when_paid": ("以收到第三方付款为付款条件", "Pay when paid"),
        "audit_as_settlement": ("以审计结果作为结算依据", "Audit result as settlement"),
        "silence_approves_settlement": (
            "逾期未答复视为认可结算文件",
            "Silence approves the settlement",
        ),
        "arbitration": ("约定仲裁", "Arbitration"),
        "forced_noncash": ("强制接受非现金支付", "Forced non-cash payment"),
    },
    "fact": {
        "performed": ("已履行", "Performed"),
        "rejected": ("验收未通过", "Rejected"),
        "paid": ("已付款", "Paid"),
        "waived": ("放弃权利", "Waived"),
        "disputed": ("提出争议", "Dispute raised"),
        "undisputed": ("撤回争议", "Dispute withdrawn"),
    },
    "standing": {
        "confirmed": ("对方已确认", "Confirmed by the other side"),
        "disputed": ("对方有异议", "Disputed by the other side"),
        "claim": ("付款主张，尚待印证", "Claim of payment, not yet backed"),
        "backed": ("已有印证", "Backed"),
        "stated": ("单方陈述", "Stated by one side"),
        "superseded": ("已更正，不再计入", "Corrected since, not counted"),
    },
    "amendment": {
        "terms": ("条款变更", "Terms changed"),
        "supplement": ("补充协议", "Supplement"),
        "termination": ("协议终止", "Termination"),
        "suspension": ("中止履行", "Suspension"),
        "resumption": ("恢复履行", "Resumption"),
    },
    "reason": {
        "mutual_agreement": ("协商一致", "Mutual agreement"),
        "scope_change": ("范围调整", "Change of scope"),
        "design_change": ("设计变更", "Change of design"),
        "price_adjustment": ("价格调整", "Price adjustment"),
        "force_majeure": ("不可抗力", "Force majeure"),
        "public_interest_compensated": ("公共利益并已补偿", "Public interest, compensated"),
        "court_ruling": ("法院裁判", "Court ruling"),
    },
    "severity": {
        "notice": ("提示", "Notice"),
        "warning": ("警示", "Warning"),
        "breach": ("逾期", "Overdue"),
        "supervise": ("督办", "Follow-up"),
    },
    "audience": {
        "obligor": ("履约方", "Obligor"),
        "counterparty": ("相对方", "Counterparty"),
        "superior": ("上级部门", "Superior"),
        "supervisor": ("督办部门", "Supervisor"),
    },
    "lead": {
        "open": ("疑似，待核实", "Suspected, unverified"),
        "closed": ("已结束", "Closed"),
    },
    "closed": {
        "fulfilled": ("已履行", "performed since"),
        "waived": ("不再履行", "waived"),
        "moved": ("期限已变更", "date moved"),
    },
    "unit": {
        "day": ("日", "day"),
        "days": ("日", "days"),
        "working_day": ("个工作日", "working day"),
        "working_days": ("个工作日", "working days"),
        "month": ("个月", "month"),
        "months": ("个月", "months"),
        "year": ("年", "year"),
        "years": ("年", "years"),
    },
    "rule": {
        "not-reported": ("到期后无人报告", "nobody reported"),
        "unconfirmed": ("付款主张未获印证", "claim not backed"),
        "long-unconfirmed": ("付款主张长期未获印证", "claim long not backed"),
        "raised": ("提出争议", "dispute raised"),
        "unresolved": ("争议久未解决", "dispute long unresolved"),
        "repeated": ("多次变更期限", "date moved repeatedly"),
        "no-date": ("全部义务未定日期", "nothing has a date"),
        "not-performed": ("到期未履行", "not performed when due"),
    },
    "status": {
        "401": ("您没有登录，或者登录已过期", "You are not signed in, or no longer"),
        "422": ("没有办理", "This was not done"),
        "429": ("尝试次数过多", "Tried too often"),
        "403": ("不能办理", "This is not open to you"),
        "413": ("内容过长", "This is too long"),
        "400": ("请求内容有误", "This request cannot be read"),
        "404": ("没有找到", "Not found"),
        "405": ("不支持的操作", "Not supported here"),
        "409": ("没有办理", "This was not done"),
        "503": ("暂时无法提供服务", "Out of service for now"),
        "500": ("系统出现故障", "Something went wrong"),
    },
}

_STEP = re.compile(r"t([+-])(\d+)")


def rule_words(rule: str, lang: str) -> str:
    """A rule for people, from its last part.

    >>> rule_words("payment.t-7", "zh")
    '到期前 7 日'
    >>> rule_words("claim.unconfirmed", "en")
    'claim not backed'
    """
    last = rule.rpartition(".")[2]
    chinese = lang == "zh"
    step = _STEP.fullmatch(last)
    if step is None:
        return LABELS["rule"].get(last, (last, last))[0 if chinese else 1]
    days = int(step[2])
    if chinese:
        return f"到期{'前' if step[1] == '-' else '后'} {days} 日" if days else "到期当日"
    when = "before" if step[1] == "-" else "after"
    return f"{days} {'day' if days == 1 else 'days'} {when}" if days else "on the due date"
