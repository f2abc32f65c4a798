"""The columns of the contract sheet: one table for template, reader and refused copy."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ..domain.contracts import FIELD_CHINESE, KIND_CHINESE, Clause, Subject
from ..domain.parties import GovernmentKind, Ownership, Side, Size
from ..domain.statute import Unit

#: The sheet that is read, and the one that never is.
DATA_SHEET, EXAMPLE_SHEET = "合同", "示例"
#: Where the template keeps what its drop-downs offer; hidden.
LIST_SHEET = "代码表"
#: The first column of a refused copy: for the clerk, not for the reader.
NOTE_HEADING = "需要修改"


class Group(StrEnum):
    """What a column speaks of; the columns of a group stand together and share a colour."""

    CONTRACT = "合同"
    PARTIES = "当事人"
    OBLIGATION = "义务（每行一项）"
    FACTS = "履行情况（每行一项）"
    CLAUSES = "特别条款"


#: Groups whose cells speak of the row's own obligation; the others of the whole contract.
ROW_GROUPS = frozenset({Group.OBLIGATION, Group.FACTS})


class Holds(StrEnum):
    """What the cells of a column hold."""

    NUMBER = "contract number"
    TEXT = "text"
    KEY = "key of an obligation"
    AFTER = "key of an obligation, or signing"
    USCC = "code"
    USCCS = "codes"
    NAMES = "names"
    REGION = "region"
    DAY = "day"
    YUAN = "yuan"
    PAID = "yuan, zero for nothing"
    RATE = "yearly rate"
    WHOLE = "whole number"
    FLAG = "flag"
    LABEL = "label"
    LABELS = "labels"
    OBLIGOR = "obligor"


#: Cells formatted as text in what we write: a spreadsheet would spoil them otherwise.
AS_TEXT = frozenset(
    {Holds.NUMBER, Holds.KEY, Holds.AFTER, Holds.USCC, Holds.USCCS, Holds.NAMES, Holds.REGION}
)


class Column(NamedTuple):
    """A column; `place` points into the document, or into the row's obligation or facts."""

    heading: str
    place: str
    group: Group
    holds: Holds
    #: For the clerk: what to write.
    note: str
    required: bool = False
    #: Chinese label → code; the first label of a code is the one offered.
    labels: Mapping[str, str] = {}
    #: Other headings for the same thing.
    also: tuple[str, ...] = ()
    #: Headings for the same thing in another unit, and what to multiply by.
    scaled: Mapping[str, Decimal] = {}
    width: int = 14

    @property
    def of_row(self) -> bool:
        return self.group in ROW_GROUPS

    @property
    def offered(self) -> tuple[str, ...]:
        """One label for each code, for a drop-down."""
        if self.holds is Holds.FLAG:
            return ("是", "否")
        firsts: dict[str, str] = {}
        for label, code in self.labels.items():
            firsts.setdefault(code, label)
        return tuple(firsts.values())


SIGNING_LABEL = "签订"
_FIELDS = {zh: code.value for code, zh in FIELD_CHINESE.items()} | {
    "政府和社会资本合作": "ppp",
    "招投标": "bidding",
    "政府投资项目": "government_investment",
    "产业扶持政策": "industry_support",
}
_KINDS = {zh: code.value for code, zh in KIND_CHINESE.items()} | {
    "支付": "payment",
    "交货": "delivery",
    "退还质保金": "deposit_return",
    "结算": "settlement",
    "其他": "other",
}
_SUBJECTS = {
    "货物": Subject.GOODS.value,
    "工程": Subject.WORKS.value,
    "服务": Subject.SERVICES.value,
    "政策承诺": Subject.PROMISE.value,
}
_BODIES = {"机关": GovernmentKind.ORGAN.value, "事业单位": GovernmentKind.INSTITUTION.value}
_OWNERSHIPS = {
    "民营": Ownership.PRIVATE.value,
    "国有": Ownership.STATE.value,
    "外资": Ownership.FOREIGN.value,
    "其他所有制": Ownership.OTHER.value,
    "所有制未知": Ownership.UNKNOWN.value,
    "民营企业": Ownership.PRIVATE.value,
    "私营": Ownership.PRIVATE.value,
    "国有企业": Ownership.STATE.value,
    "外资企业": Ownership.FOREIGN.value,
    "其他": Ownership.OTHER.value,
    "未知": Ownership.UNKNOWN.value,
}
_SIZES = {
    "微型企业": Size.MICRO.value,
    "小型企业": Size.SMALL.value,
    "中型企业": Size.MEDIUM.value,
    "大型企业": Size.LARGE.value,
    "规模未知": Size.UNKNOWN.value,
    "微型": Size.MICRO.value,
    "小型": Size.SMALL.value,
    "中型": Size.MEDIUM.value,
    "大型": Size.LARGE.value,
    "未知": Size.UNKNOWN.value,
}
OBLIGORS = {
    "政府方": Side.GOVERNMENT.value,
    "企业方": Side.ENTERPRISE.value,
    "甲方": Side.GOVERNMENT.value,
    "采购人": Side.GOVERNMENT.value,
    "乙方": Side.ENTERPRISE.value,
    "供应商": Side.ENTERPRISE.value,
}
_UNITS = {
    "日": Unit.DAY.value,
    "工作日": Unit.WORKING_DAY.value,
    "月": Unit.MONTH.value,
    "年": Unit.YEAR.value,
    "天": Unit.DAY.value,
    "自然日": Unit.DAY.value,
    "个工作日": Unit.WORKING_DAY.value,
    "个月": Unit.MONTH.value,
}
_STEPS = {label: code for label, code in _UNITS.items() if code != Unit.WORKING_DAY.value}
CLAUSES = {
    "以收到第三方付款为付款条件": Clause.PAY_WHEN_PAID.value,
    "以审计结果作为结算依据": Clause.AUDIT_AS_SETTLEMENT.value,
    "逾期未答复视为认可结算文件": Clause.SILENCE_APPROVES_SETTLEMENT.value,
    "约定仲裁": Clause.ARBITRATION.value,
    "强制接受非现金支付": Clause.FORCED_NONCASH.value,
}
_TEN_THOUSAND, _PERCENT = Decimal(10_000), Decimal("0.01")
_C, _P, _O, _F = Group.CONTRACT, Group.PARTIES, Group.OBLIGATION, Group.FACTS

#: In the order of the template.
COLUMNS: tuple[Column, ...] = (
    Column(
        "合同编号", "/contract_no", _C, Holds.NUMBER,
        "同一政府方名下唯一。同一合同的各行放在一起，编号可只填首行",
        required=True, also=("合同号", "合同编码"), width=18,
    ),
    Column(
        "合同名称", "/title", _C, Holds.TEXT, "合同全称，不超过200字",
        required=True, also=("合同标题", "协议名称"), width=28,
    ),
    Column(
        "合同领域", "/field", _C, Holds.LABEL, "从下拉列表中选择",
        required=True, labels=_FIELDS, also=("领域", "业务领域", "合同所属领域"), width=18,
    ),
    Column(
        "标的类型", "/subject", _C, Holds.LABEL, "货物、工程、服务；只有政策兑现内容的选政策承诺",
        required=True, labels=_SUBJECTS, also=("标的类别", "采购标的类型", "标的"), width=10,
    ),
    Column(
        "签订日期", "/signed_on", _C, Holds.DAY, "例如 2025-06-01",
        required=True, also=("签约日期", "合同签订日期", "签署日期", "签订时间"), width=12,
    ),
    Column(
        "合同金额（元）", "/amount", _C, Holds.YUAN, "合同总金额，最多两位小数；没有金额的留空",
        also=("合同金额", "合同总金额", "合同价款", "合同总价"),
        scaled={"合同金额（万元）": _TEN_THOUSAND, "合同总金额（万元）": _TEN_THOUSAND}, width=16,
    ),
    Column(
        "行政区划代码", "/region", _C, Holds.REGION, "六位数字（GB/T 2260）",
        required=True, also=("所属区域", "区划代码", "行政区划", "所属区域代码"), width=13,
    ),
    Column(
        "约定逾期年利率", "/late_interest/annual_rate", _C, Holds.RATE,
        "合同约定的逾期付款年利率，例如 3.65%；没有约定的留空",
        also=("逾期利率", "约定逾期利率", "逾期年利率"),
        scaled={"约定逾期年利率（%）": _PERCENT, "逾期利率（%）": _PERCENT}, width=15,
    ),
    Column(
        "政府方名称", "/government/name", _P, Holds.TEXT, "签订合同的机关或事业单位全称",
        required=True, also=("采购人（甲方）", "采购人", "甲方", "甲方名称", "采购单位"), width=24,
    ),
    Column(
        "政府方统一社会信用代码", "/government/uscc", _P, Holds.USCC, "18位，按文本填写",
        required=True, also=("甲方代码", "甲方统一社会信用代码", "采购人代码", "政府方代码"),
        width=23,
    ),
    Column(
        "政府方性质", "/government/kind", _P, Holds.LABEL, "从下拉列表中选择",
        required=True, labels=_BODIES, also=("甲方性质", "甲方类型", "政府方类型"), width=12,
    ),
    Column(
        "企业名称", "/enterprise/name", _P, Holds.TEXT, "企业全称",
        required=True,
        also=("供应商（乙方）", "供应商", "乙方", "乙方名称", "企业方名称", "供应商名称"), width=24,
    ),
    Column(
        "企业统一社会信用代码", "/enterprise/uscc", _P, Holds.USCC, "18位，按文本填写",
        required=True, also=("乙方代码", "乙方统一社会信用代码", "供应商代码", "企业代码"),
        width=23,
    ),
    Column(
        "企业所有制", "/enterprise/ownership", _P, Holds.LABEL, "从下拉列表中选择",
        required=True, labels=_OWNERSHIPS, also=("所有制", "乙方所有制", "企业性质"), width=12,
    ),
    Column(
        "企业规模", "/enterprise/size", _P, Holds.LABEL, "按订立合同时的规模",
        required=True, labels=_SIZES, also=("企业划型", "规模", "乙方规模"), width=11,
    ),
    Column(
        "企业联系方式", "/enterprise/contact", _P, Holds.TEXT, "可不填",
        also=("乙方联系方式", "企业联系人", "联系方式", "供应商联系方式"), width=16,
    ),
    Column(
        "共同政府方名称", "/co_governments/name", _P, Holds.NAMES,
        "还有其他政府方的，填名称；多个用分号隔开", also=("其他政府方名称",), width=20,
    ),
    Column(
        "共同政府方代码", "/co_governments/uscc", _P, Holds.USCCS,
        "与名称一一对应，用分号隔开；以12开头的按事业单位登记，其余按机关登记",
        also=("其他政府方代码", "共同政府方统一社会信用代码"), width=23,
    ),
    Column(
        "义务编号", "/key", _O, Holds.KEY, "合同内唯一；不填的按先后编为1、2、3……",
        also=("义务序号",), width=10,
    ),
    Column(
        "义务类型", "/kind", _O, Holds.LABEL, "从下拉列表中选择",
        required=True, labels=_KINDS, also=("义务类别", "履约事项类型"), width=14,
    ),
    Column(
        "义务内容", "/title", _O, Holds.TEXT, "这一项要做什么；不填的同义务类型",
        also=("义务名称", "履约事项"), width=24,
    ),
    Column(
        "义务方", "/obligor", _O, Holds.OBLIGOR,
        "政府方或企业方；有共同政府方的可填其统一社会信用代码",
        required=True, labels=OBLIGORS, also=("履行义务方", "义务人", "责任方"), width=10,
    ),
    Column(
        "义务金额（元）", "/amount", _O, Holds.YUAN, "付款、退还保证金填金额，最多两位小数",
        also=("义务金额", "应付金额", "付款金额"),
        scaled={"义务金额（万元）": _TEN_THOUSAND, "应付金额（万元）": _TEN_THOUSAND}, width=15,
    ),
    Column(
        "约定履行日期", "/due_on", _O, Holds.DAY, "约定了具体日期的填这里，起算事项和期限留空",
        also=("约定日期", "应履行日期", "应付日期", "到期日", "履约期限"), width=14,
    ),
    Column(
        "起算事项", "/after", _O, Holds.AFTER,
        "期限从哪一项履行之日起算：填那一项的义务编号，从合同签订起算的填“签订”",
        also=("起算义务", "起算点"), width=12,
    ),
    Column(
        "期限", "/within/length", _O, Holds.WHOLE, "起算后多久，只填数字",
        also=("期限长度", "履行期限"), width=8,
    ),
    Column(
        "期限单位", "/within/unit", _O, Holds.LABEL, "日、工作日、月或年", labels=_UNITS, width=10
    ),
    Column(
        "质量保证金", "/retention", _O, Holds.FLAG, "这笔款是否为质量保证金",
        also=("质保金",), width=11,
    ),
    Column(
        "适用其他法律", "/other_law", _O, Holds.TEXT, "付款期限另有法律规定的，填法律名称", width=16
    ),
    Column(
        "重复间隔", "/repeat/every/length", _O, Holds.WHOLE,
        "按期重复的：每隔多久，只填数字；约定履行日期填第一期的", width=10,
    ),
    Column(
        "间隔单位", "/repeat/every/unit", _O, Holds.LABEL, "日、月或年",
        labels=_STEPS, also=("重复间隔单位",), width=10,
    ),
    Column(
        "重复次数", "/repeat/times", _O, Holds.WHOLE, "共几期", also=("期数",), width=10
    ),
    Column(
        "实际履行日期", "/performed_on", _F, Holds.DAY, "已经履行的填；付款不填这里，填后面两列",
        also=("履行日期", "实际完成日期"), width=14,
    ),
    Column(
        "已付金额（元）", "/paid", _F, Holds.PAID, "政府方已付的金额；未付的留空",
        also=("已付金额", "实付金额", "已支付金额"),
        scaled={"已付金额（万元）": _TEN_THOUSAND}, width=15,
    ),
    Column(
        "付款日期", "/paid_on", _F, Holds.DAY, "付款到账的日期",
        also=("实际付款日期", "支付日期"), width=12,
    ),
    Column(
        "企业是否确认", "/confirmed", _F, Holds.FLAG, "企业已书面确认履行或收款的填是",
        also=("企业确认", "是否确认"), width=13,
    ),
    *(
        Column(label, f"/clauses/{code}", Group.CLAUSES, Holds.FLAG, "合同有此约定的填是", width=16)
        for label, code in CLAUSES.items()
    ),
)  # fmt: skip

#: Understood, though not in the template: all clauses in one cell.
CLAUSE_LIST = Column(
    "特别条款", "/clauses", Group.CLAUSES, Holds.LABELS, "用顿号隔开", labels=CLAUSES
)
NUMBER, BODY_CODE = COLUMNS[0], next(c for c in COLUMNS if c.place == "/government/uscc")

_SPACING = re.compile(r"[\s()\[\]【】〔〕*:]+")


def plain_heading(text: str) -> str:
    """A heading without what people write in different ways: width, brackets, spaces, stars.

    >>> plain_heading("采购人 （甲方）*") == plain_heading("采购人(甲方)")
    True
    """
    return _SPACING.sub("", unicodedata.normalize("NFKC", text)).casefold()


class Known(NamedTuple):
    """What a heading stands for, and what its amounts or rates are to be multiplied by."""

    column: Column
    scale: Decimal = Decimal(1)


#: By plain heading.
KNOWN: Mapping[str, Known] = {
    plain_heading(heading): Known(column, scale)
    for column in (*COLUMNS, CLAUSE_LIST)
    for heading, scale in (
        *((h, Decimal(1)) for h in (column.heading, *column.also)),
        *column.scaled.items(),
    )
}
