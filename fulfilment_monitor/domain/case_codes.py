"""Code lists of cases, as the notices and the decree name them; labels are theirs.

Which excuse is void is law, not office policy: 发改财金〔2023〕1103号 二（二）; 条例第十四条;
民营经济促进法第七十条.
"""

from enum import StrEnum


class Origin(StrEnum):
    """Where a sign of a breach came from."""

    COMPLAINT = "complaint"
    OFFICE_REPORT = "office-report"
    DATA_MONITORING = "data-monitoring"
    MONITORING_POINT = "monitoring-point"
    ENTERPRISE_MEETING = "enterprise-meeting"
    MEDIA = "media"
    #: 到期未履行: raised by the sweep.
    SCHEDULE = "schedule"


class Nature(StrEnum):
    REVERSED_POLICY = "reversed-policy"
    NEW_OFFICER_OLD_DEBTS = "new-officer-old-debts"
    UNFAIR_COMPETITION = "unfair-competition"
    HARM_TO_ENTERPRISE = "harm-to-enterprise"


class Breach(StrEnum):
    ARREARS = "arrears"
    NON_PERFORMANCE = "non-performance"
    INCOMPLETE = "incomplete"
    LATE = "late"
    UNILATERAL_CHANGE = "unilateral-change"
    REPUDIATION = "repudiation"
    PROMISE_UNKEPT = "promise-unkept"
    ACCEPTANCE_REFUSED = "acceptance-refused"
    DEPOSIT_KEPT = "deposit-kept"
    OTHER = "other"


class Violation(StrEnum):
    """The seven violations of 条例第三十一条."""

    LATE_PAYMENT = "late-payment"
    DRAGGED_ACCEPTANCE = "dragged-acceptance"
    FORCED_NONCASH = "forced-noncash"
    AUDIT_CLAUSE = "audit-clause"
    DEPOSIT = "deposit"
    PROHIBITED_EXCUSE = "prohibited-excuse"
    NOT_DISCLOSED = "not-disclosed"


class Excuse(StrEnum):
    """What the respondent gives as its reason."""

    REORGANISATION = "reorganisation"
    STAFF_CHANGE = "staff-change"
    BOUNDARY_CHANGE = "boundary-change"
    NEW_GOVERNMENT = "new-government"
    FUNCTION_CHANGE = "function-change"
    HEAD_CHANGE = "head-change"
    INTERNAL_PROCESS = "internal-process"
    POLICY_CHANGE = "policy-change"
    NO_FUNDS = "no-funds"
    AUDIT_PENDING = "audit-pending"
    FILING_PENDING = "filing-pending"
    COUNTER_BREACH = "counter-breach"
    FORCE_MAJEURE = "force-majeure"
    NONE = "none"


#: Reasons that never count: stated, recorded, and the reason itself is breach.
VOID_EXCUSES = frozenset(
    {
        Excuse.REORGANISATION,
        Excuse.STAFF_CHANGE,
        Excuse.BOUNDARY_CHANGE,
        Excuse.NEW_GOVERNMENT,
        Excuse.FUNCTION_CHANGE,
        Excuse.HEAD_CHANGE,
        Excuse.INTERNAL_PROCESS,
    }
)


class Verification(StrEnum):
    TRUE = "true"
    PARTLY_TRUE = "partly-true"
    UNTRUE = "untrue"
    DISPUTED = "disputed"


class Outcome(StrEnum):
    UNTRUE = "untrue"
    RECTIFIED = "rectified"
    SETTLED = "settled"
    DETERMINED = "determined"
    TERMINATED = "terminated"


class Route(StrEnum):
    """By which way a dispute is resolved."""

    NEGOTIATION = "negotiation"
    MEDIATION = "mediation"
    RECONSIDERATION = "reconsideration"
    ARBITRATION = "arbitration"
    LITIGATION = "litigation"


class Addressee(StrEnum):
    """What kind of body a claim is handed to."""

    SUPERIOR = "superior"
    COMPETENT = "competent"
    SAME_LEVEL_SUPERVISOR = "same-level-supervisor"


class RejectReason(StrEnum):
    """Why a complaint is not taken in; each is answered with the right door."""

    NOT_PUBLIC_BODY = "not-public-body"
    NOT_PRIVATE_ENTERPRISE = "not-private-enterprise"
    OUTSIDE_FIELDS = "outside-fields"
    NO_CONTRACT = "no-contract"
    BETWEEN_ENTERPRISES = "between-enterprises"
    REPEATED = "repeated"
    CRIMINAL = "criminal"
    OTHER_BODY = "other-body"
    NO_COOPERATION = "no-cooperation"


class DismissReason(StrEnum):
    CURED = "cured"
    MISTAKEN = "mistaken"
    DUPLICATE = "duplicate"
    NOT_A_BREACH = "not-a-breach"


class CloseReason(StrEnum):
    EXPLAINED = "explained"
    RECTIFIED = "rectified"
    SETTLEMENT_KEPT = "settlement-kept"
    REPAIRED = "repaired"
    NEGOTIATION_FAILED = "negotiation-failed"


class Contact(StrEnum):
    """How somebody was reached."""

    TELEPHONE = "telephone"
    MEETING = "meeting"
    LETTER = "letter"
    MESSAGE = "message"
    SITE = "site"


class Stream(StrEnum):
    """The four streams of a credit record (三（三）; 蚌信用办〔2024〕1号 二（三）)."""

    BREACH = "breach"
    ARREARS = "arrears"
    JUDGMENT_DEFAULTER = "judgment-defaulter"
    PROMISE = "promise"


class Supervision(StrEnum):
    """Steps of supervision, the gentlest first."""

    URGE = "urge"
    INQUIRY = "inquiry"
    LISTED = "listed"
    LETTER = "letter"
    INTERVIEW = "interview"
    CIRCULAR = "circular"
    ORDER = "order"


#: Codes of different lists may be spelled alike: a label belongs to a code of its list.
_LABELS: tuple[tuple[StrEnum, str], ...] = (
    (Origin.COMPLAINT, "投诉"),
    (Origin.OFFICE_REPORT, "部门反馈"),
    (Origin.DATA_MONITORING, "大数据监测"),
    (Origin.MONITORING_POINT, "监测点"),
    (Origin.ENTERPRISE_MEETING, "沟通交流机制"),
    (Origin.MEDIA, "媒体"),
    (Origin.SCHEDULE, "到期未履行"),
    (Nature.REVERSED_POLICY, "朝令夕改"),
    (Nature.NEW_OFFICER_OLD_DEBTS, "新官不理旧账"),
    (Nature.UNFAIR_COMPETITION, "损害市场公平交易"),
    (Nature.HARM_TO_ENTERPRISE, "危害企业利益"),
    (Breach.ARREARS, "拖欠账款"),
    (Breach.NON_PERFORMANCE, "不履行"),
    (Breach.INCOMPLETE, "不完全履行"),
    (Breach.LATE, "迟延履行"),
    (Breach.UNILATERAL_CHANGE, "单方变更、解除"),
    (Breach.REPUDIATION, "毁约"),
    (Breach.PROMISE_UNKEPT, "承诺不兑现"),
    (Breach.ACCEPTANCE_REFUSED, "拒绝、拖延验收"),
    (Breach.DEPOSIT_KEPT, "保证金不退"),
    (Breach.OTHER, "其他"),
    (Violation.LATE_PAYMENT, "未按期支付"),
    (Violation.DRAGGED_ACCEPTANCE, "拖延检验、验收"),
    (Violation.FORCED_NONCASH, "强制接受非现金支付"),
    (Violation.AUDIT_CLAUSE, "强制以审计结果作为结算依据"),
    (Violation.DEPOSIT, "违法收取、不退保证金"),
    (Violation.PROHIBITED_EXCUSE, "以禁止的理由拒绝、迟延支付"),
    (Violation.NOT_DISCLOSED, "未公开逾期未支付信息"),
    (Excuse.REORGANISATION, "机构调整"),
    (Excuse.STAFF_CHANGE, "人员变动"),
    (Excuse.BOUNDARY_CHANGE, "行政区划调整"),
    (Excuse.NEW_GOVERNMENT, "政府换届"),
    (Excuse.FUNCTION_CHANGE, "机构或者职能调整"),
    (Excuse.HEAD_CHANGE, "负责人变更"),
    (Excuse.INTERNAL_PROCESS, "内部付款流程"),
    (Excuse.POLICY_CHANGE, "规划、政策调整"),
    (Excuse.NO_FUNDS, "资金不足"),
    (Excuse.AUDIT_PENDING, "审计未完"),
    (Excuse.FILING_PENDING, "等待竣工验收备案"),
    (Excuse.COUNTER_BREACH, "对方违约"),
    (Excuse.FORCE_MAJEURE, "不可抗力"),
    (Excuse.NONE, "无"),
    (Verification.TRUE, "属实"),
    (Verification.PARTLY_TRUE, "部分属实"),
    (Verification.UNTRUE, "不属实"),
    (Verification.DISPUTED, "有分歧"),
    (Outcome.UNTRUE, "不属实，已解释"),
    (Outcome.RECTIFIED, "属实，已整改"),
    (Outcome.SETTLED, "和解协议"),
    (Outcome.DETERMINED, "认定违约失信"),
    (Outcome.TERMINATED, "终止"),
    (Route.NEGOTIATION, "协商"),
    (Route.MEDIATION, "调解"),
    (Route.RECONSIDERATION, "行政复议"),
    (Route.ARBITRATION, "仲裁"),
    (Route.LITIGATION, "诉讼"),
    (Addressee.SUPERIOR, "上级部门"),
    (Addressee.COMPETENT, "主管部门"),
    (Addressee.SAME_LEVEL_SUPERVISOR, "同级监督部门"),
    (RejectReason.NOT_PUBLIC_BODY, "被投诉主体不是机关、事业单位"),
    (RejectReason.NOT_PRIVATE_ENTERPRISE, "投诉人不是民营企业或者中小企业"),
    (RejectReason.OUTSIDE_FIELDS, "不属于规定的领域"),
    (RejectReason.NO_CONTRACT, "与被投诉主体没有合同关系"),
    (RejectReason.BETWEEN_ENTERPRISES, "市场主体之间的民事纠纷"),
    (RejectReason.REPEATED, "同一事由已办结，无新的事实"),
    (RejectReason.CRIMINAL, "涉嫌犯罪，应向公安机关报案"),
    (RejectReason.OTHER_BODY, "依法应由其他机关办理"),
    (RejectReason.NO_COOPERATION, "要求补正后未补正，无法办理"),
    (DismissReason.CURED, "已履行"),
    (DismissReason.MISTAKEN, "登记有误"),
    (DismissReason.DUPLICATE, "重复线索"),
    (DismissReason.NOT_A_BREACH, "不构成违约"),
    (CloseReason.EXPLAINED, "不属实，已解释说明"),
    (CloseReason.RECTIFIED, "整改完成"),
    (CloseReason.SETTLEMENT_KEPT, "和解协议已履行"),
    (CloseReason.REPAIRED, "信用修复完成"),
    (CloseReason.NEGOTIATION_FAILED, "协商不成，已告知法律途径"),
    (Contact.TELEPHONE, "电话"),
    (Contact.MEETING, "面谈"),
    (Contact.LETTER, "书面"),
    (Contact.MESSAGE, "短信、消息"),
    (Contact.SITE, "现场"),
    (Stream.BREACH, "违约失信"),
    (Stream.ARREARS, "拖欠账款"),
    (Stream.JUDGMENT_DEFAULTER, "失信被执行人"),
    (Stream.PROMISE, "公共政策兑现和履约践诺"),
    (Supervision.URGE, "督促"),
    (Supervision.INQUIRY, "函询"),
    (Supervision.LISTED, "挂牌督办"),
    (Supervision.LETTER, "督办书"),
    (Supervision.INTERVIEW, "约谈"),
    (Supervision.CIRCULAR, "通报"),
    (Supervision.ORDER, "责令整改"),
)
_BY_CODE = {(type(code), code.value): text for code, text in _LABELS}


def label(code: StrEnum) -> str:
    """The Chinese term for a code.

    >>> label(Verification.UNTRUE), label(Outcome.UNTRUE)
    ('不属实', '不属实，已解释')
    """
    return _BY_CODE[type(code), code.value]
