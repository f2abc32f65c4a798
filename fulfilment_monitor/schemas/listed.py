"""The lists of the register as tables: their columns, and the rows of what was found."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Column(NamedTuple):
    """A column: the member it shows, and its heading."""

    member: str
    heading: str


class Listed(NamedTuple):
    """A list as a table."""

    #: What the file is called, and its sheet.
    file: str
    sheet: str
    columns: Sequence[Column]

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    def rows(self, items: Iterable[Mapping[str, Any]]) -> list[list[str]]:
        """What was found as text; nothing where nothing is said."""
        return [["" if (v := i[c.member]) is None else str(v) for c in self.columns] for i in items]


CONTRACTS = Listed("contracts", "合同", (
    Column("contract_no", "合同编号"), Column("title", "合同名称"), Column("field", "领域"),
    Column("signed_on", "签订日期"), Column("amount", "合同金额（元）"), Column("currency", "币种"),
    Column("government", "机关事业单位"), Column("enterprise", "企业"), Column("id", "标识"),
))  # fmt: skip
ALERTS = Listed("alerts", "预警", (
    Column("raised_on", "预警日期"), Column("contract_no", "合同编号"), Column("title", "义务"),
    Column("government", "机关事业单位"), Column("due_on", "到期日"), Column("rule", "规则"),
    Column("severity", "级别"), Column("obligation_id", "义务标识"),
))  # fmt: skip
LEADS = Listed("leads", "线索", (
    Column("raised_on", "线索日期"), Column("contract_no", "合同编号"), Column("title", "义务"),
    Column("respondent", "涉及单位"), Column("breached_on", "到期日"),
    Column("outstanding", "未付金额（元）"), Column("interest", "测算利息（元）"),
    Column("state", "状态"), Column("id", "标识"),
))  # fmt: skip
#: Nothing here tells whether or by whom anything was complained of.
CASES = Listed("cases", "案件", (
    Column("opened_on", "立案日"), Column("respondent", "涉及单位"),
    Column("respondent_uscc", "统一社会信用代码"), Column("region", "地区代码"),
    Column("field", "领域"), Column("title", "事项"), Column("state_label", "状态"),
    Column("state_on", "状态自"), Column("holder", "承办单位"), Column("due_on", "最近期限"),
    Column("confirmed", "核实金额（元）"), Column("closed_on", "办结日"), Column("id", "标识"),
))  # fmt: skip
