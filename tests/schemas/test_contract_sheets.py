"""Rows of a sheet as contract documents: the layout is free, the meaning of a cell is not."""

import random
from collections.abc import Iterator
from datetime import date
from itertools import count, islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfilment_monitor.domain.contracts import Clause, Field, Kind, Subject
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.parties import GovernmentKind, Ownership, Size
from fulfilment_monitor.domain.statute import Unit
from fulfilment_monitor.schemas.contract_columns import COLUMNS, KNOWN, Column, Holds
from fulfilment_monitor.schemas.contract_files import further_issues
from fulfilment_monitor.schemas.contract_sheets import read_contract_rows, rows_apart
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.schemas.reading import Cell, Flaw, Number, Read, Row
from fulfilment_monitor.web.labels import LABELS
from tests.services.builders import FIRM, INSTITUTION, ORGAN

SHEET = "合同"
FORMULA, MERGED = Flaw("cell.formula", "a formula"), Flaw("cell.merged", "merged")
CONTRACT: dict[str, Cell] = {
    "合同编号": "HT-1",
    "合同名称": "办公设备采购",
    "合同领域": "政府采购",
    "标的类型": "货物",
    "签订日期": date(2025, 7, 1),
    "行政区划代码": "340321",
    "政府方名称": "示例县财政局",
    "政府方统一社会信用代码": ORGAN,
    "政府方性质": "机关",
    "企业名称": "示例企业",
    "企业统一社会信用代码": FIRM,
    "企业所有制": "民营",
    "企业规模": "小型企业",
}
PAYMENT: dict[str, Cell] = {
    "义务类型": "付款",
    "义务方": "政府方",
    "义务金额（元）": "1000.00",
    "约定履行日期": "2025-09-10",
}
DELIVERY: dict[str, Cell] = {"义务类型": "交付", "义务方": "企业方"}
NAMES = [column.heading for column in COLUMNS]


def sheet(
    *rows: dict[str, Cell], headings: list[str] | None = None, name: str = SHEET, above: int = 0
) -> list[Row]:
    """Headings, in the first line or below others, and a row for each dict."""
    columns = headings or [h for h in NAMES if any(h in r for r in (CONTRACT, PAYMENT, *rows))]
    found = [Row(name, above + 1, tuple(columns))]
    for line, row in enumerate(rows, above + 2):
        if row:
            found.append(Row(name, line, tuple(row.get(h) for h in columns)))
    return found


def read(*rows: dict[str, Cell], **how: Any) -> list[Read]:
    return list(read_contract_rows(sheet(*rows, **how)))


def read_one(*rows: dict[str, Cell], **how: Any) -> Read:
    (found,) = read(*rows, **how)
    return found


def told(found: Read) -> list[tuple[int, str, str, str]]:
    """Line, heading (or nothing), code and level of everything said of a contract."""
    issues = [found.issue] if found.issue else list(found.issues)
    if found.issue is None:
        try:
            read_contract(found.document)
        except Invalid as refusal:
            issues += further_issues(found, refusal.issues)
    shown = []
    for issue in issues:
        spot = found.spot(issue.pointer) if found.issue is None else None
        line, pointer = (found.line, issue.pointer) if spot is None else spot
        shown.append((line, pointer.removeprefix(f"/{SHEET}/{line}"), issue.code, issue.level))
    return [(line, p.lstrip("/"), code, level) for line, p, code, level in shown]


def obligation(**cells: Cell) -> Any:
    """The first obligation of a contract with these cells."""
    return read_one({**CONTRACT, **PAYMENT, **cells}).document["obligations"][0]


# --- documents ------------------------------------------------------------------------------


def test_a_contract_of_three_rows_is_one_document() -> None:
    found = read_one(
        {**CONTRACT, **DELIVERY, "义务编号": "d", "约定履行日期": date(2025, 9, 1)}
        | {"实际履行日期": "2025.8.30", "企业是否确认": "是"},
        {**DELIVERY, "义务类型": "验收", "义务方": "政府方", "起算事项": "d"}
        | {"期限": Number("7"), "期限单位": "工作日"},
        {"义务类型": "付款", "义务方": "甲方", "义务内容": "货款", "义务金额（元）": "￥1,000元"}
        | {"起算事项": "签订", "质量保证金": "否", "适用其他法律": "某法"}
        | {"已付金额（元）": Number("10.5"), "付款日期": "2025年9月2日", "企业是否确认": "否"},
    )
    assert told(found) == []
    assert found.document == {
        "contract_no": "HT-1",
        "title": "办公设备采购",
        "field": "procurement",
        "subject": "goods",
        "signed_on": "2025-07-01",
        "region": "340321",
        "government": {"name": "示例县财政局", "uscc": ORGAN, "kind": "organ"},
        "enterprise": {
            "name": "示例企业",
            "uscc": FIRM,
            "ownership": "private",
            "size": "small",
        },
        "obligations": [
            {
                "key": "d",
                "kind": "delivery",
                "title": "交付",
                "obligor": "enterprise",
                "due_on": "2025-09-01",
            },
            {
                "key": "2",
                "kind": "acceptance",
                "title": "验收",
                "obligor": "government",
                "after": "d",
                "within": {"length": 7, "unit": "working_day"},
            },
            {
                "key": "3",
                "kind": "payment",
                "title": "货款",
                "obligor": "government",
                "amount": "1000.00",
                "after": "signing",
                "retention": False,
                "other_law": "某法",
            },
        ],
        "facts": [
            {
                "kind": "performed",
                "on": "2025-08-30",
                "by": "government",
                "obligation": "d",
                "confirmed": True,
            },
            {
                "kind": "paid",
                "on": "2025-09-02",
                "by": "government",
                "obligation": "3",
                "amount": "10.50",
            },
        ],
    }


def test_what_a_contract_may_have_besides() -> None:
    found = read_one(
        {
            **CONTRACT,
            **PAYMENT,
            "合同金额（元）": Number("3000"),
            "约定逾期年利率": "3.65%",
            "企业联系方式": Number("13800000000"),
            "共同政府方名称": "示例县人民医院；示例县某局",
            "共同政府方代码": f"{INSTITUTION}；{ORGAN}",
            "约定仲裁": "是",
            "强制接受非现金支付": "否",
            "特别条款": "以审计结果作为结算依据、pay_when_paid",
            "重复间隔": "1",
            "间隔单位": "个月",
            "重复次数": Number("3"),
        },
        headings=[*NAMES, "特别条款"],
    )
    document = found.document
    assert found.issues == ()
    assert document["amount"] == "3000.00"
    assert document["late_interest"] == {"annual_rate": "0.0365"}
    assert document["enterprise"]["contact"] == "13800000000"
    assert document["co_governments"] == [
        {"name": "示例县人民医院", "uscc": INSTITUTION, "kind": "institution"},
        {"name": "示例县某局", "uscc": ORGAN, "kind": "organ"},
    ]
    assert document["clauses"] == {
        "arbitration": True,
        "forced_noncash": False,
        "audit_as_settlement": True,
        "pay_when_paid": True,
    }
    (owed,) = document["obligations"]
    assert owed["repeat"] == {"every": {"length": 1, "unit": "month"}, "times": 3}


def test_keys_that_are_not_given_are_counted_by_place() -> None:
    found = read_one({**CONTRACT, **PAYMENT}, {**PAYMENT, "义务编号": Number("7")}, PAYMENT)
    assert [o["key"] for o in found.document["obligations"]] == ["1", "7", "3"]


def test_a_row_with_the_contract_alone_may_stand_above_its_obligations() -> None:
    found = read_one(CONTRACT, PAYMENT, PAYMENT)
    assert (told(found), len(found.document["obligations"])) == ([], 2)


# --- headings -------------------------------------------------------------------------------


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_columns_may_stand_in_any_order(chance: random.Random) -> None:
    rows: tuple[dict[str, Cell], ...] = (
        {**CONTRACT, **DELIVERY, "约定履行日期": "20250901"},
        {**PAYMENT, "约定履行日期": None, "起算事项": "1", "期限": "30", "期限单位": "日"},
        {**CONTRACT, "合同编号": "HT-2", **PAYMENT},
    )
    mixed = list(NAMES)
    chance.shuffle(mixed)
    plain, shuffled = read(*rows, headings=NAMES), read(*rows, headings=mixed)
    assert [r.document for r in shuffled] == [r.document for r in plain]
    assert [told(r) for r in shuffled] == [[], []]


def test_headings_of_a_city_platform_and_others_are_understood() -> None:
    spelt = {
        "合同编号": " 合同 编号* ",
        "合同金额（元）": "合同金额(万元)",
        "政府方名称": "采购人(甲方)",
        "政府方统一社会信用代码": "甲方代码",
        "企业名称": "供应商（乙方）",
        "企业统一社会信用代码": "乙方代码",
        "行政区划代码": "所属区域",
    }
    row = {**CONTRACT, **PAYMENT, "合同金额（元）": "12.3456"}
    theirs = {spelt.get(heading, heading): cell for heading, cell in row.items()}
    found = read_one(theirs, headings=list(theirs))
    assert (found.issues, found.document["amount"]) == ((), "123456.00")
    assert found.document["government"]["uscc"] == ORGAN


@pytest.mark.parametrize("above", [0, 1, 10])
def test_titles_may_stand_above_the_headings(above: int) -> None:
    titles = [Row(SHEET, 1, ("2025年合同台账", MERGED, None))] if above else []
    found = list(read_contract_rows(titles + sheet({**CONTRACT, **PAYMENT}, above=above)))
    assert [(r.line, r.pointer) for r in found] == [(above + 2, f"/{SHEET}/{above + 2}")]


@pytest.mark.parametrize(
    "rows",
    [
        sheet({**CONTRACT, **PAYMENT}, above=11),
        sheet({**CONTRACT, **PAYMENT}, headings=["合同编号", "合同名称", "金额", "日期"]),
        sheet({**CONTRACT, **PAYMENT}, headings=[n for n in NAMES if n != "合同编号"]),
        [],
    ],
)
def test_a_sheet_without_our_headings_is_refused(rows: list[Row]) -> None:
    (found,) = read_contract_rows(rows)
    assert (found.issue and found.issue.code, found.rows) == ("sheet.no-headings", ())


def test_missing_required_headings_are_listed_together() -> None:
    headings = [n for n in NAMES if n not in ("签订日期", "义务方", "合同金额（元）")]
    found = read_one({**CONTRACT, **PAYMENT}, headings=headings)
    assert told(found) == [(1, "", "sheet.columns-missing", "error")]
    assert found.issue
    assert found.issue.detail == "缺少必填列：签订日期、义务方"


def test_one_thing_under_two_headings_is_refused() -> None:
    found = read_one({**CONTRACT, **PAYMENT}, headings=[*NAMES, "合同金额（万元）"])
    assert told(found) == [(1, "", "sheet.column-twice", "error")]


def test_an_unknown_heading_is_told_once_with_the_one_it_resembles() -> None:
    row = {**CONTRACT, **PAYMENT, "约定履行日期": None, "约定旅行日期": "x", "备注": "y"}
    first, second = read(
        row, {**row, "合同编号": "HT-2"}, headings=[*NAMES, "约定旅行日期", "备注"]
    )
    assert told(first) == [
        (1, "约定旅行日期", "sheet.unknown-heading", "finding"),
        (1, "备注", "sheet.unknown-heading", "finding"),
    ]
    assert "是否为「约定履行日期」？" in first.issues[0].detail
    assert "是否为" not in first.issues[1].detail
    assert told(second) == []


def test_what_stands_under_no_heading_is_told() -> None:
    row = {**CONTRACT, **PAYMENT}
    headings, data = sheet(row)
    beyond = data._replace(cells=(*data.cells, "批注"))
    (found,) = read_contract_rows([headings, beyond])
    assert told(found) == [(2, "", "sheet.cell-without-heading", "finding")]


def test_the_column_of_a_refused_copy_is_passed_over() -> None:
    row: dict[str, Cell] = {"需要修改": "日期不明确", **CONTRACT, **PAYMENT}
    assert told(read_one(row, headings=["需要修改", *NAMES])) == []


def test_the_example_is_never_read_and_a_second_sheet_of_contracts_is_told() -> None:
    row = {**CONTRACT, **PAYMENT}
    rows = [
        *sheet({**row, "合同编号": "例"}, name="示例"),
        *sheet(row, name="台账"),
        *sheet({**row, "合同编号": "HT-2"}, name="旧表"),
        *sheet(name="空表"),
    ]
    first, second = read_contract_rows(rows)
    assert first.document["contract_no"] == "HT-1"
    assert second.issue
    assert (second.issue.code, second.pointer) == ("sheet.second", "/旧表")


# --- which rows are one contract --------------------------------------------------------------


def test_repeated_cells_and_empty_ones_are_the_same_contract() -> None:
    repeated = {**CONTRACT, "签订日期": "2025/7/1", **PAYMENT}  # the same day, spelt differently
    merged = {**dict.fromkeys(CONTRACT, MERGED), **PAYMENT}
    found = read_one({**CONTRACT, **PAYMENT}, repeated, PAYMENT, merged)
    assert (told(found), len(found.document["obligations"])) == ([], 4)


def test_another_number_or_another_body_is_another_contract() -> None:
    row = {**CONTRACT, **PAYMENT}
    body = {**row, "政府方统一社会信用代码": INSTITUTION, "政府方性质": "事业单位"}
    found = read(row, PAYMENT, {**row, "合同编号": "HT-2"}, body)
    assert [(r.line, len(r.document["obligations"])) for r in found] == [(2, 2), (4, 1), (5, 1)]
    assert [told(r) for r in found] == [[], [], []]


def test_a_contradiction_within_a_contract_refuses_it() -> None:
    other = {**PAYMENT, "企业名称": "另一企业", "签订日期": date(2025, 7, 2)}
    found = read_one({**CONTRACT, **PAYMENT}, other)
    assert told(found) == [
        (3, "签订日期", "sheet.contradiction", "error"),
        (3, "企业名称", "sheet.contradiction", "error"),
    ]


def test_rows_of_a_contract_that_stand_apart_are_refused_and_no_part_of_it_is_read() -> None:
    row = {**CONTRACT, **PAYMENT}
    rows = sheet(row, {**row, "合同编号": "HT-2"}, {"合同编号": "HT-1", **PAYMENT})
    found = list(read_contract_rows(rows, apart=rows_apart(rows)))
    assert [told(r) for r in found] == [
        [(2, "合同编号", "sheet.rows-apart", "error")],
        [],
        [(4, "合同编号", "sheet.rows-apart", "error")],
    ]
    assert [r.document is None for r in found] == [True, False, True]
    # without a look beforehand only what comes back can be told
    assert [r.issue is None for r in read_contract_rows(rows)] == [True, True, False]


def test_one_number_of_two_bodies_is_not_apart() -> None:
    row = {**CONTRACT, **PAYMENT}
    body = {**row, "政府方统一社会信用代码": INSTITUTION, "政府方性质": "事业单位"}
    rows = sheet(row, {**row, "合同编号": "HT-2"}, body)
    assert rows_apart(rows) == {}
    assert rows_apart(sheet(row, body, row)) == {("HT-1", ORGAN): (2, 4)}


@pytest.mark.parametrize(
    "note",
    [
        {"备注": "以上为上半年"},
        {"合同名称": "合计", "合同金额（元）": Number("5000")},
        {"合同编号": "备注：以上为上半年"},
    ],
)
def test_a_row_of_notes_is_told_and_refuses_nothing_else(note: dict[str, Cell]) -> None:
    row = {**CONTRACT, **PAYMENT}
    headings = [*NAMES, "备注"]
    found = read(row, note, {**row, "合同编号": "HT-2"}, headings=headings)
    (refused,) = [r for r in found if r.issue]
    assert told(refused) == [(3, "", "sheet.note-row", "error")]
    assert refused.rows == (Row(SHEET, 1, tuple(headings)), sheet(row, note, headings=headings)[2])
    assert [r.document["contract_no"] for r in found if not r.issue] == ["HT-1", "HT-2"]


def test_an_obligation_above_all_contracts_belongs_to_none() -> None:
    first, second = read(PAYMENT, {**CONTRACT, **PAYMENT})
    assert told(first) == [(2, "", "sheet.row-without-contract", "error")]
    assert told(second) == []


def test_a_contract_is_handed_on_as_soon_as_the_next_begins() -> None:
    taken: list[int] = []

    def endless() -> Iterator[Row]:
        headings, row = sheet({**CONTRACT, **PAYMENT})
        yield headings
        for line in count(2):
            taken.append(line)
            yield row._replace(line=line, cells=(f"HT-{line}", *row.cells[1:]))

    found = islice(read_contract_rows(endless()), 3)
    assert [r.document["contract_no"] for r in found] == ["HT-2", "HT-3", "HT-4"]
    assert taken == [2, 3, 4, 5]  # the fifth began the next


# --- cells ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        date(2025, 6, 1),
        "2025-06-01",
        "2025-6-1",
        "2025/6/1",
        "2025.6.1",
        "2025年6月1日",
        "２０２５年６月１日",
        "20250601",
        Number("20250601"),
        " 2025-06-01 00:00:00 ",
    ],
)
def test_days_as_people_write_them(written: Cell) -> None:
    assert obligation(约定履行日期=written)["due_on"] == "2025-06-01"


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("约定履行日期", "6/1/25", "cell.day-ambiguous"),
        ("约定履行日期", "25.6.1", "cell.day-ambiguous"),
        ("约定履行日期", "6月1日", "cell.day-ambiguous"),
        ("约定履行日期", "2025-02-30", "cell.day"),
        ("约定履行日期", "2025-6/1", "cell.day"),
        ("约定履行日期", "2025-06-01 08:00", "cell.day"),
        ("约定履行日期", Number("45809"), "cell.day"),
        ("约定履行日期", date(1999, 12, 31), "cell.day"),
        ("约定履行日期", "待定", "cell.day"),
        ("约定履行日期", True, "cell.wrong-type"),
        ("约定履行日期", FORMULA, "cell.formula"),
        ("义务金额（元）", "1.005", "cell.amount"),
        ("义务金额（元）", Number("1.005"), "cell.amount"),
        ("义务金额（元）", "1.500", "cell.amount"),
        ("义务金额（元）", "-5", "cell.amount"),
        ("义务金额（元）", Number("0"), "cell.amount"),
        ("义务金额（元）", "1,00.00", "cell.amount"),
        ("义务金额（元）", "约1000", "cell.amount"),
        ("义务金额（元）", "1000000000000000000", "cell.amount"),
        ("义务金额（元）", MERGED, "cell.merged"),
        ("企业统一社会信用代码", Number("91340321200000"), "cell.number-lost-digits"),
        ("企业统一社会信用代码", "9.13403E+17", "cell.number-lost-digits"),
        ("企业统一社会信用代码", FIRM[:-1], "uscc.length"),
        ("企业统一社会信用代码", FIRM[:-1] + "M", "uscc.check-character"),
        ("企业统一社会信用代码", "O" + FIRM[1:], "uscc.alphabet"),
        ("企业统一社会信用代码", FORMULA, "cell.formula"),
        ("合同编号", Number("3.1"), "cell.number-lost-digits"),
        ("合同编号", "1.23E+17", "cell.number-lost-digits"),
        ("合同编号", date(2025, 1, 2), "cell.became-day"),
        ("合同领域", "采购", "cell.label"),
        ("企业规模", "中小企业", "cell.label"),
        ("质量保证金", "也许", "cell.label"),
        ("义务方", "丙方", "cell.label"),
        ("期限", "30日", "cell.whole"),
        ("期限", Number("1.5"), "cell.whole"),
        ("约定逾期年利率", "3.65", "cell.rate"),
        ("约定逾期年利率", "万分之五", "cell.rate"),
        ("约定逾期年利率", "1", "cell.rate"),
        ("实际履行日期", "2025-09-01", "cell.performed-is-paid"),
        ("企业是否确认", "是", "cell.nothing-to-confirm"),
    ],
)
def test_nothing_is_guessed(column: str, written: Cell, code: str) -> None:
    row = {**CONTRACT, **PAYMENT, "起算事项": None, column: written}
    found = read_one(row, headings=NAMES)
    assert [(line, where, what) for line, where, what, _ in told(found)] == [(2, column, code)]


@pytest.mark.parametrize(
    ("heading", "written", "fen"),
    [
        ("义务金额（元）", Number("1200000.5"), "1200000.50"),
        ("义务金额（元）", "1,200,000.50", "1200000.50"),
        ("义务金额（元）", "人民币1,200,000.5元", "1200000.50"),
        ("义务金额（元）", "￥１２００", "1200.00"),
        ("义务金额（元）", "12.5万元", "125000.00"),
        ("义务金额（元）", Number("1.1000000000000001"), "1.10"),
        ("义务金额(万元)", Number("0.0001"), "1.00"),
        ("义务金额(万元)", "1,234.567891", "12345678.91"),
        ("义务金额(万元)", "120万", "1200000.00"),
    ],
)
def test_amounts_are_exact(heading: str, written: Cell, fen: str) -> None:
    row = {**CONTRACT, **PAYMENT, heading: written}
    headings = [heading if n == "义务金额（元）" else n for n in NAMES]
    (owed,) = read_one(row, headings=headings).document["obligations"]
    assert owed["amount"] == fen


@pytest.mark.parametrize("written", ["5元", "0.0000001", Number("0.0000001")])
def test_amounts_in_ten_thousands_that_may_be_slips_are_refused(written: Cell) -> None:
    headings = ["义务金额(万元)" if n == "义务金额（元）" else n for n in NAMES]
    found = read_one({**CONTRACT, **PAYMENT, "义务金额(万元)": written}, headings=headings)
    assert told(found) == [(2, "义务金额(万元)", "cell.amount", "error")]


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        ("约定逾期年利率", "3.65%"),
        ("约定逾期年利率", "3.65％"),
        ("约定逾期年利率", "0.0365"),
        ("约定逾期年利率", Number("0.0365")),
        ("约定逾期年利率（%）", "3.65"),
        ("约定逾期年利率（%）", Number("3.65")),
        ("约定逾期年利率（%）", "3.65%"),
    ],
)
def test_rates_as_people_write_them(heading: str, written: Cell) -> None:
    headings = [heading if n == "约定逾期年利率" else n for n in NAMES]
    found = read_one({**CONTRACT, **PAYMENT, heading: written}, headings=headings)
    assert found.document["late_interest"] == {"annual_rate": "0.0365"}


def test_a_number_as_contract_number_is_taken_digit_for_digit_and_said_once() -> None:
    row = {**CONTRACT, **PAYMENT, "合同编号": Number("20250001")}
    found = read_one(row, row)
    assert found.document["contract_no"] == "20250001"
    assert told(found) == [(2, "合同编号", "cell.number-as-text", "finding")]


def test_a_number_and_a_text_of_the_same_digits_are_told_apart() -> None:
    row = {**CONTRACT, **PAYMENT, "合同编号": "20250001", "政府方统一社会信用代码": ORGAN}
    other = {**row, "合同编号": "HT-2", "政府方统一社会信用代码": Number("11340321")}
    text = {**row, "合同编号": "HT-3", "政府方统一社会信用代码": "11340321"}
    code = "政府方统一社会信用代码"
    assert [told(r) for r in read(row, other, text)] == [
        [],
        [(3, code, "cell.number-lost-digits", "error")],
        [(4, code, "uscc.length", "error")],
    ]


def test_nothing_paid_yet_may_be_written_as_zero() -> None:
    found = read_one({**CONTRACT, **PAYMENT, "已付金额（元）": Number("0")})
    assert (told(found), "facts" in found.document) == ([], False)


def test_a_code_in_small_or_wide_letters_is_the_same_code() -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in FIRM.lower())
    found = read_one({**CONTRACT, **PAYMENT, "企业统一社会信用代码": f" {wide} "})
    assert found.document["enterprise"]["uscc"] == FIRM


def test_an_obligor_may_be_named_by_its_code() -> None:
    co = {"共同政府方名称": "示例县人民医院", "共同政府方代码": INSTITUTION}
    found = read_one({**CONTRACT, **co, **PAYMENT, "义务方": INSTITUTION})
    assert told(found) == []
    assert found.document["obligations"][0]["obligor"] == INSTITUTION


# --- labels ---------------------------------------------------------------------------------


def labelled() -> list[Column]:
    return [c for c in COLUMNS if c.holds is Holds.LABEL]


CODES = {
    "/field": (Field, "field"),
    "/subject": (Subject, "subject"),
    "/kind": (Kind, "kind"),
    "/government/kind": (GovernmentKind, "government_kind"),
    "/enterprise/ownership": (Ownership, "ownership"),
    "/enterprise/size": (Size, "size"),
}


@pytest.mark.parametrize("place", CODES)
def test_every_code_has_the_label_of_the_pages_and_both_are_taken(place: str) -> None:
    (column,) = [c for c in COLUMNS if c.place == place]
    codes, words = CODES[place]
    shown = {code.value: LABELS[words][code.value][0] for code in codes}
    assert tuple(shown.values()) == column.offered
    for written, code in [*column.labels.items(), *((c, c) for c in shown)]:
        row = {**CONTRACT, **PAYMENT, column.heading: written}
        document = read_one({**row, "约定履行日期": None}).document
        holder = document["obligations"][0] if column.of_row else document
        for step in column.place.split("/")[1:]:
            holder = holder[step]
        assert holder == code


def test_units_and_clauses_are_all_there() -> None:
    (unit,) = [c for c in COLUMNS if c.place == "/within/unit"]
    assert set(unit.labels.values()) == {u.value for u in Unit}
    assert {c.place.removeprefix("/clauses/") for c in COLUMNS if "clauses" in c.place} == {
        clause.value for clause in Clause
    }


def test_no_heading_stands_for_two_columns() -> None:
    spelt = [h for c in COLUMNS for h in (c.heading, *c.also, *c.scaled)]
    assert len(set(spelt)) == len(spelt)
    assert len(KNOWN) == len(spelt) + 1  # and the one of all clauses


# --- places ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "line", "heading"),
    [
        ("", 2, None),
        ("/contract_no", 2, "合同编号"),
        ("/government", 2, "政府方统一社会信用代码"),
        ("/government/uscc", 2, "政府方统一社会信用代码"),
        ("/enterprise/contact", 3, "企业联系方式"),
        ("/late_interest/annual_rate", 2, "约定逾期年利率"),
        ("/co_governments/0/uscc", 2, "共同政府方代码"),
        ("/clauses/arbitration", 2, "约定仲裁"),
        ("/obligations", 2, None),
        ("/obligations/1", 3, None),
        ("/obligations/1/due_on", 3, "约定履行日期"),
        ("/obligations/1/title", 3, "义务内容"),
        ("/obligations/0/within", 2, "期限"),
        ("/obligations/0/within/unit", 2, "期限单位"),
        ("/obligations/0/repeat", 2, "重复次数"),
        ("/obligations/0/repeat/every", 2, "重复间隔"),
        ("/facts/0", 2, "实际履行日期"),
        ("/facts/0/confirmed", 2, "企业是否确认"),
        ("/facts/1/amount", 3, "已付金额（元）"),
        ("/facts/1/on", 3, "付款日期"),
        ("/facts/1/obligation", 3, "已付金额（元）"),
        ("/nothing/of/ours", 2, None),
    ],
)
def test_everything_in_a_document_has_its_place(
    pointer: str, line: int, heading: str | None
) -> None:
    found = read_one(
        {**CONTRACT, **DELIVERY, "实际履行日期": "2025-08-01"},
        {**PAYMENT, "企业联系方式": "x", "已付金额（元）": "1", "付款日期": "2025-08-01"},
        headings=NAMES,
    )
    place = f"/{SHEET}/{line}" + (f"/{heading}" if heading else "")
    assert found.spot(pointer) == (line, place)


def test_in_csv_a_place_has_no_sheet_and_slashes_are_escaped() -> None:
    headings = [n.replace("义务方", " 义务方 ") for n in NAMES] + ["甲/乙"]
    row = {**CONTRACT, **PAYMENT, "约定履行日期": "x"}
    found = read_one(row, headings=headings, name="")
    assert found.pointer == "/2"
    assert [i.pointer for i in found.issues] == ["/1/甲~1乙", "/2/约定履行日期"]
    assert found.spot("/obligations/0/obligor").pointer == "/2/义务方"


def test_all_cells_that_cannot_be_read_are_told_together_with_what_else_is_wrong() -> None:
    found = read_one(
        {**CONTRACT, **DELIVERY, "签订日期": "x", "义务编号": FORMULA, "企业名称": None},
        {**PAYMENT, "义务金额（元）": "1.005", "约定履行日期": None, "起算事项": "d"},
        {**PAYMENT, "起算事项": FORMULA, "期限": "5", "期限单位": "日", "约定履行日期": None},
    )
    assert told(found) == [
        (2, "签订日期", "cell.day", "error"),
        (2, "义务编号", "cell.formula", "error"),
        (3, "义务金额（元）", "cell.amount", "error"),
        (4, "起算事项", "cell.formula", "error"),
        (2, "企业名称", "missing-field", "error"),
    ]
    # what only follows from cells that could not be read is not told: their key, their trigger
    repaired = found._replace(document={**found.document, "signed_on": "2025-07-01"})
    repaired.document["enterprise"]["name"] = "示例企业"
    assert not [code for _, _, code, _ in told(repaired) if code.startswith("obligation.")]


def test_raw_rows_are_handed_on_with_their_headings() -> None:
    rows = sheet({**CONTRACT, **PAYMENT}, PAYMENT, {**CONTRACT, "合同编号": "2", **PAYMENT})
    first, second = read_contract_rows(rows)
    assert (first.rows, second.rows) == ((rows[0], rows[1], rows[2]), (rows[0], rows[3]))


# --- whatever stands in a sheet -----------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(
        ["是", "付款", "政府方", "2025-09-10", "1,000", "30", "日", "1", "签订", ORGAN]
    ),
    st.builds(Number, st.from_regex(r"-?\d{1,6}(\.\d{1,4})?", fullmatch=True)),
    st.dates(),
    st.booleans(),
    st.just(FORMULA),
    st.just(MERGED),
)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), CELLS, max_size=6), max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_the_cells_every_row_is_accounted_for(
    changes: list[dict[str, Cell]],
) -> None:
    rows = sheet(*({**CONTRACT, **PAYMENT, **c} for c in changes), headings=NAMES)
    found = list(read_contract_rows(rows, apart=rows_apart(rows)))
    assert sorted(row.line for r in found for row in r.rows[1:]) == [r.line for r in rows[1:]]
    for one in found:
        for line, _, code, level in told(one):
            assert code
            assert level in ("error", "finding")
            assert line in [r.line for r in rows]
