"""Payment lists as exported: headings in many words, amounts exact, each fault in its place."""

import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from fulfilment_monitor.domain.payment_lines import Decision, Party, PaymentLine
from fulfilment_monitor.schemas.payment_lists import Entry, read_list, read_rows
from fulfilment_monitor.schemas.reading import Cell, Flaw, Number, Row

DAY = date(2025, 9, 10)


def entries(*rows: Sequence[Cell], sheet: str = "Sheet1") -> list[Entry]:
    return list(read_rows(Row(sheet, n, tuple(row)) for n, row in enumerate(rows, 1)))


def line(heading: str, cell: Cell, **beside: Cell) -> Entry:
    """One row: this cell, and an amount and a day unless they are given."""
    given: dict[str, Cell] = {"金额": "1.00", "付款日期": "2025-09-10", **beside, heading: cell}
    (entry,) = entries(tuple(given), tuple(given.values()))
    return entry


def payment(entry: Entry) -> PaymentLine:
    assert entry.payment is not None, entry.issues
    return entry.payment


def faults(entry: Entry) -> list[tuple[str, str]]:
    assert entry.payment is None
    return [(i.pointer, i.code) for i in entry.issues]


def test_every_column_is_read_under_its_own_heading() -> None:
    headings = (
        "流水号", "合同编号", "义务编号", "付款方名称", "付款方代码", "收款方名称", "收款方代码",
        "金额（元）", "付款日期", "摘要", "决定",
    )  # fmt: skip
    cells = ("T1", "HT-1", "p1", "甲局", "A1", "乙公司", "B1", "1.50", DAY, "货款", "HT-2|p2")
    (entry,) = entries(headings, cells)
    assert (entry.line, entry.pointer, entry.issues) == (2, "/Sheet1/2", ())
    assert entry.payment == PaymentLine(
        DAY, 150, "T1", "HT-1", "p1", Party("A1", "甲局"), Party("B1", "乙公司"), "货款",
        Decision("HT-2", "p2"),
    )  # fmt: skip


def test_headings_stand_below_titles_and_in_other_words() -> None:
    title, blank = ("某县国库集中支付明细表",), ("单位：元", None, "2025年9月")
    headings = ("凭证号", "预算单位", "收款人全称", "支付金额(元)", "支付日期", "资金用途", "经办")
    (entry,) = entries(
        title, blank, headings, ("T1", "甲局", "乙公司", Number("12.5"), DAY, "货款", "x")
    )
    assert payment(entry)[:3] == (DAY, 1250, "T1")
    assert (entry.payment or PaymentLine(DAY, 1)).payee == Party(None, "乙公司")


@pytest.mark.parametrize(
    ("heading", "cell", "fen"),
    [
        ("金额", "1,234,567.8", 123456780),
        ("金额", "￥１，２３４．５０元", 123450),
        ("金额（万元）", "12.3456", 12345600),
        ("付款金额(万元)", Number("0.5"), 500000),
        ("金额", Number("1234.5599999999999"), 123456),
        ("支付金额（人民币元）", Number("7"), 700),
    ],
)
def test_an_amount_is_exact_in_the_unit_of_its_heading(heading: str, cell: Cell, fen: int) -> None:
    (entry,) = entries((heading, "付款日期"), (cell, DAY))
    assert payment(entry).fen == fen


@pytest.mark.parametrize(
    "cell", [DAY, "2025-09-10", "2025/9/10", "2025年9月10日", "20250910", "2025-09-10 14:23:59"]
)
def test_a_day_is_read_as_people_and_treasuries_write_it(cell: Cell) -> None:
    assert payment(line("付款日期", cell)).on == DAY


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("金额", "-1.00", "cell.amount"),
        ("金额", "0", "cell.amount"),
        ("金额", "1.005", "cell.amount"),
        ("金额", "壹元", "cell.amount"),
        ("金额", None, "missing-field"),
        ("付款日期", "2025-02-30", "cell.day"),
        ("付款日期", Number("45910"), "cell.day"),
        ("付款日期", "9/10", "cell.day-ambiguous"),
        ("付款日期", "", "missing-field"),
        ("流水号", Flaw("cell.formula", "a formula"), "cell.formula"),
        ("流水号", Number("1234567890123456789"), "cell.number-lost-digits"),
        ("流水号", "x" * 121, "cell.too-long"),
        ("合同编号", date(2025, 1, 2), "cell.became-day"),
        ("收款方代码", True, "cell.wrong-type"),
    ],
)
def test_a_bad_cell_refuses_its_line_with_the_place(heading: str, cell: Cell, code: str) -> None:
    assert faults(line(heading, cell)) == [(f"/Sheet1/2/{heading}", code)]


def test_a_bad_line_refuses_itself_only_and_keeps_what_it_says() -> None:
    good = ("1.00", "2025-09-10", "T1")
    bad, fine = entries(("金额", "付款日期", "流水号"), ("x", "2025-09-10", "T0"), good)
    assert (bad.payment, dict(bad.shown)) == (None, {"on": "2025-09-10", "ref": "T0"})
    assert payment(fine).ref == "T1"


def test_a_decision_or_a_count_that_says_nothing_refuses_its_line() -> None:
    assert faults(line("决定", "|")) == [("/Sheet1/2", "payment.decision")]
    assert faults(line("同日同额第几笔", "x")) == [("/Sheet1/2", "payment.decision")]
    counted = payment(line("同日同额第几笔", "2|01ABC"))
    assert (counted.nth, counted.nth_of) == (2, "01ABC")


def test_totals_and_empty_rows_are_no_payments() -> None:
    headings = ("流水号", "金额", "付款日期")
    found = entries(headings, ("T1", "1.00", DAY), (None, "", None), ("合  计", "1.00", None))
    assert [e.line for e in found] == [2]
    dated = entries(headings, ("合计", "1.00", DAY))
    assert payment(dated[0]).ref == "合计"


def test_purpose_and_note_are_both_text_and_the_better_number_is_the_number() -> None:
    headings = ("凭证号", "流水号", "用途", "备注", "金额", "付款日期")
    (entry,) = entries(headings, ("V7", "T1", "货款", "HT-1", "1.00", DAY))
    assert (payment(entry).ref, payment(entry).text) == ("T1", "货款；HT-1")


def test_a_sheet_without_the_headings_is_said_once() -> None:
    for rows in ([], [("姓名", "电话"), ("x", "1")], [("金额",), ("1.00",)]):
        (entry,) = entries(*rows)
        assert faults(entry) == [("", "sheet.columns-missing")]


def test_two_columns_for_the_amount_refuse_the_sheet() -> None:
    (entry,) = entries(("金额", "付款金额（万元）", "付款日期"), ("1.00", "1", DAY))
    assert faults(entry) == [("/Sheet1/1", "sheet.column-twice")]


def test_each_sheet_has_its_own_headings_and_a_note_sheet_is_passed_over() -> None:
    rows = [
        Row("说明", 1, ("金额（元）", "大于零")),
        Row("9月", 1, ("金额", "付款日期")),
        Row("9月", 2, ("1.00", DAY)),
        Row("10月", 1, ("付款日期", "金额（万元）")),
        Row("10月", 2, (DAY, "2")),
    ]
    found = list(read_rows(rows))
    assert [(e.pointer, payment(e).fen) for e in found] == [("/9月/2", 100), ("/10月/2", 20_000_00)]


# --- files --------------------------------------------------------------------------------------


def of_json(document: object) -> list[Entry]:
    return list(read_list(io.BytesIO(json.dumps(document, ensure_ascii=False).encode())))


def test_json_has_our_names_or_the_headings() -> None:
    ours = {"on": "2025-09-10", "amount": "1.00", "payee_code": "B1", "extra": 7}
    theirs = {"付款日期": "2025-09-10", "金额（万元）": "1", "收款方代码": None}
    one, two = of_json([ours, theirs])
    assert (payment(one).fen, payment(one).payee) == (100, Party("B1", None))
    assert (two.pointer, payment(two).fen) == ("/1", 10_000_00)


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({"on": "2025-09-10", "amount": 1.0}, "/0/amount", "invalid-field"),
        ({"on": "2025-09-10"}, "/0", "missing-field"),
        ({"on": "2025-09-10", "amount": "1.00", "金额": "2.00"}, "/0", "sheet.column-twice"),
        ({"on": "10.9.2025", "amount": "1.00"}, "/0/on", "cell.day-ambiguous"),
        ("x", "/0", "invalid-field"),
    ],
)
def test_an_object_that_is_no_payment_is_refused_in_place(
    document: Any, pointer: str, code: str
) -> None:
    bad, good = of_json([document, {"on": "2025-09-10", "amount": "1.00"}])
    assert faults(bad) == [(pointer, code)]
    assert payment(good).fen == 100


def test_a_file_is_read_by_its_content(tmp_path: Path) -> None:
    book = tmp_path / "list.txt"
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet("9月")
        sheet.write_row(0, 0, ["金额", "付款日期", "流水号"])
        sheet.write_number(1, 0, 1234.5)
        sheet.write_datetime(1, 1, DAY, workbook.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(2, 0, "=1+1", None, 2)
        sheet.write_string(2, 1, "2025-09-10")
    with book.open("rb") as file:
        good, bad = read_list(file)
    assert (payment(good).on, payment(good).fen) == (DAY, 123450)
    assert faults(bad) == [("/9月/3/金额", "cell.formula")]
    for encoding in ("utf-8-sig", "gb18030"):
        text = "金额,付款日期,摘要\n1.00,2025/9/10,货款\n"
        (entry,) = read_list(io.BytesIO(text.encode(encoding)))
        assert (payment(entry).text, entry.pointer, entry.line) == ("货款", "/2", 2)


def test_a_workbook_of_the_old_kind_is_refused_with_a_way_out() -> None:
    (entry,) = read_list(io.BytesIO(b"\xd0\xcf\x11\xe0" + b"\0" * 600))
    assert entry.payment is None
    assert "xlsx" in entry.issues[0].detail
