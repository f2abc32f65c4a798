"""The reasoning of dates and rates in English: all of it, and nothing of it changed."""

import ast
import re
from collections.abc import Iterator
from inspect import getsource
from types import ModuleType

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain import duedates, interest, standings, triggers
from fulfilment_monitor.house import House
from fulfilment_monitor.resources import shipped
from fulfilment_monitor.services import case_clocks
from fulfilment_monitor.store.cases import ClaimDuty
from fulfilment_monitor.store.duties import Duty
from fulfilment_monitor.web.reasons import in_english, number_of
from tests.doors.registers import a_sample, register, sweep_weekly

_HAN = re.compile("[\u4e00-\u9fff]")
_CHINESE = re.compile("[\u4e00-\u9fff（）：；，。]")
#: By a word in the expression that fills a place: what may stand there.
_FILLED = {
    "title": "付款",
    "period": "10个工作日",
    "within": "2个月",
    "source": "民法典第二百零三条",
    "REASON_CHINESE": "协商一致",
    "moved": "2025-07-01 双方变更（设计变更）",
    "day_basis": "365",
    "about": "受理投诉部门自正式受理之日起将投诉转交处理投诉部门",
    "reason": "情况复杂",
}
#: What is no line of a reasoning: a part of one, and findings about rates.
_OTHERS = ("双方变更", "低于合同订立时", "仍按约定利率", "合同未约定利率")


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        (
            "自 2025-09-25 起7日，当日不计入，至 2025-10-02（民法典第二百零一条、第二百零二条）",
            "7 days from 2025-09-25, that day not counted, end on 2025-10-02 "
            "(Civil Code, art. 201, art. 202)",
        ),
        (
            "未约定付款期限，适用法定期限30日"
            "（保障中小企业款项支付条例（国务院令第802号）第九条第一款）",
            "No payment term was agreed: the statutory term is 30 days "
            "(Regulation on Payments to SMEs, State Council Decree 802, art. 9(1))",
        ),
        ("合同约定期限1个月", "The contract allows 1 month"),
        ("合同约定期限30个工作日", "The contract allows 30 working days"),
        (
            "原定日期 2025-07-01；2025-06-20 双方变更（设计变更）；2025-06-25 双方变更（协商一致）",
            "First agreed for 2025-07-01; changed by both sides on 2025-06-20 (change of design); "
            "changed by both sides on 2025-06-25 (mutual agreement)",
        ),
        (
            "按挂牌督办要求，每14日报告一次进展",
            "Listed for supervision: progress is to be reported every 14 days",
        ),
        ("“一“二”三”于 2025-07-01 完成", "“一“二”三” was done on 2025-07-01"),
    ],
)  # fmt: skip
def test_a_line_means_the_same_in_english(chinese: str, english: str) -> None:
    assert in_english(chinese) == english


@pytest.mark.parametrize(
    "line",
    [
        "本级政府另行规定的日期",
        "合同约定期限三十日",
        "交付于 明天",
        "未约定付款期限，适用法定期限30日（某省条例第三条）",
        "原定日期 2025-07-01；2025-06-20 双方变更（领导更替）",
        "",
    ],
)
def test_a_line_nobody_put_into_english_stands_as_it_is(line: str) -> None:
    assert in_english(line) is None


def test_numbers_are_read() -> None:
    written = ["零", "九", "十", "十九", "二十五", "一百零一", "二百", "二百零三", "五百三十二"]
    assert [number_of(n) for n in written] == [0, 9, 10, 19, 25, 101, 200, 203, 532]


def _lines(module: ModuleType) -> Iterator[str]:
    """Every text of a module in the words of the statutes, its places filled."""
    for node in _texts(ast.parse(getsource(module))):
        text = (
            "".join(_part(part) for part in node.values)
            if isinstance(node, ast.JoinedStr)
            else str(node.value)
        )
        if _HAN.search(text) and not any(other in text for other in _OTHERS):
            yield text.replace("{n}", "14")


def _texts(node: ast.AST) -> Iterator[ast.JoinedStr | ast.Constant]:
    """Texts as they are written: whole, and no descriptions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.JoinedStr) or (
            isinstance(child, ast.Constant) and isinstance(child.value, str)
        ):
            yield child
        else:
            yield from _texts(child)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    named = ast.unparse(part)
    return next((text for word, text in _FILLED.items() if word in named), "2025-07-01")


@pytest.mark.parametrize("module", [duedates, interest, standings, triggers, case_clocks])
def test_whatever_a_date_is_explained_with_has_its_english(module: ModuleType) -> None:
    lines = list(_lines(module))
    assert lines
    assert [line for line in lines if in_english(line) is None] == []


def test_the_register_of_the_samples_is_explained_in_english(house: House) -> None:
    samples = sorted(path.stem for path in shipped("contracts_samples").glob("*.json"))
    register(house, *(a_sample(name) for name in samples))
    sweep_weekly(house, 26)
    with house.readers() as session:
        kept = [*session.scalars(select(Duty.basis)), *session.scalars(select(ClaimDuty.basis))]
    lines = {line for lines in kept for line in lines}
    assert len(lines) > 50
    said = {line: in_english(line) for line in lines}
    assert [line for line, english in said.items() if english is None] == []
    left = [e for e in said.values() if _CHINESE.search(re.sub("“.*”", "", e or ""))]
    assert left == []
    days = re.compile(r"\d{4}-\d{2}-\d{2}")
    for line, english in said.items():  # the order of days may differ, never the days
        assert sorted(days.findall(line)) == sorted(days.findall(english or ""))
