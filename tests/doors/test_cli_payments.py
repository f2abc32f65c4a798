"""`payments`: a list is booked, what is doubtful comes back as a file, and the file is decided."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook

from fulfilment_monitor.house import House
from tests.services.builders import (
    FIRM,
    ORGAN,
    Ran,
    a_document,
    a_payment,
    contents,
    fulfilment_monitor,
    paid,
    register,
    standing,
    violations,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HEADINGS = (
    "流水号", "合同编号", "付款方代码", "收款方代码", "金额（元）", "付款日期", "摘要"
)  # fmt: skip
COUNTED = (
    "booked", "corroborated", "known", "ambiguous", "unknown", "contradicting", "invalid"
)  # fmt: skip

Pay = Callable[..., Ran]


@pytest.fixture
def pay(house: House, monkeypatch: pytest.MonkeyPatch) -> Pay:
    """`payments import` of a file, as a list of the treasury."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)

    def pay(*words: str | Path, source: str = "treasury") -> Ran:
        return fulfilment_monitor("payments", "import", *words, "--source", source, "--json")

    return pay


@pytest.fixture
def month(house: House, tmp_path: Path) -> Path:
    """One line of each kind, against two contracts of the same parties."""
    register(
        house,
        a_document(facts=[paid("2025-09-10", by="government")]),
        a_document(a_payment("500.00", due_on="2025-09-10"), contract_no="HT-2"),
        a_document(a_payment("500.00", due_on="2025-09-10"), contract_no="HT-3"),
    )
    return a_book(
        tmp_path / "9月.xlsx",
        ("T1", "HT-1", "", "", "1000.00", "2025-09-11", ""),
        ("T2", "", ORGAN, FIRM, "500.00", "2025-09-12", "货款"),
        ("T3", "HT-9", "", "", "1.00", "2025-09-12", ""),
        ("T4", "HT-2", "", "", "500.01", "2025-09-12", ""),
        ("T5", "HT-2", "", "", "1.001", "2025-09-12", ""),
        ("", "", "", "", "200.00", "2025-09-13", "付HT-3首付"),
        ("T1", "HT-1", "", "", "1000.00", "2025-09-11", ""),
    )


def a_book(path: Path, *rows: tuple[str, ...]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("付款")
        for at, row in enumerate((HEADINGS, *rows)):
            for column, text in enumerate(row):
                sheet.write_string(at, column, text)
    return path


def counts(ran: Ran) -> dict[str, int]:
    """What became of the lines, without what did not happen."""
    found = {name: ran.json[name] for name in ("read", *COUNTED)}
    assert found["read"] == sum(found[name] for name in COUNTED)
    return {name: n for name, n in found.items() if n}


def left(house: House) -> dict[str, str]:
    return {
        n: standing(house, "2026-01-01", number=n)["remaining"] for n in ("HT-1", "HT-2", "HT-3")
    }


def test_each_line_is_counted_once_and_each_doubt_has_its_place(
    pay: Pay, month: Path, house: House
) -> None:
    ran = pay(month)
    assert (ran.status, ran.err) == (3, "")
    assert counts(ran) == {
        "read": 7, "booked": 1, "corroborated": 1, "known": 1, "ambiguous": 1, "unknown": 1,
        "contradicting": 1, "invalid": 1,
    }  # fmt: skip
    places = [(i["line"], i["pointer"], i["code"], i["level"]) for i in ran.json["issues"]]
    assert places == [
        (3, "/付款/3", "payment.ambiguous", "error"),
        (4, "/付款/4", "payment.unknown", "error"),
        (5, "/付款/5", "payment.over", "error"),
        (6, "/付款/6/金额（元）", "cell.amount", "error"),
    ]
    assert {i["source"] for i in ran.json["issues"]} == {str(month)}
    assert left(house) == {"HT-1": "0.00", "HT-2": "500.00", "HT-3": "300.00"}
    assert counts(pay(month))["known"] == 3
    assert left(house) == {"HT-1": "0.00", "HT-2": "500.00", "HT-3": "300.00"}


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".json"])
def test_what_came_back_is_decided_in_the_file_and_booked_by_it(
    pay: Pay, month: Path, house: House, tmp_path: Path, ending: str
) -> None:
    back = tmp_path / f"待定{ending}"
    pay(month, "--undecided", back)
    rows = returned(back)
    assert [r["result"] for r in rows] == ["不能唯一确定", "未找到合同", "与登记不符", "填写有误"]
    assert [r["ref"] for r in rows] == ["T2", "T3", "T4", "T5"]
    assert rows[0]["candidates"].split("\n") == [
        "HT-2|payment（应付日 2025-09-10，尚欠 500.00 元）",
        "HT-3|payment（应付日 2025-09-10，尚欠 500.00 元）",
    ]
    assert all(r["why"] for r in rows)
    assert counts(pay(back))["read"] == 4  # nothing is decided yet
    decide(back, "T2", rows[0]["candidates"].split("\n")[0])
    decide(back, "T4", "HT-3｜payment")
    assert counts(pay(back)) == {"read": 4, "booked": 2, "unknown": 1, "invalid": 1}
    assert left(house) == {"HT-1": "0.00", "HT-2": "0.00", "HT-3": "0.00"}
    assert counts(pay(back)) == {"read": 4, "known": 2, "unknown": 1, "invalid": 1}
    assert counts(pay(month)) == {"read": 7, "known": 5, "unknown": 1, "invalid": 1}
    assert violations(house) == []


NAMES = {"流水号": "ref", "结果": "result", "说明": "why", "候选": "candidates", "决定": "decision"}


def returned(path: Path) -> list[dict[str, str]]:
    """The lines of a file that came back, by our names."""
    if path.suffix == ".json":
        return [
            {**dict.fromkeys(NAMES.values(), ""), **row}
            for row in json.loads(path.read_text("utf-8"))
        ]
    table = [[c or "" for c in row] for row in table_of(path)]
    return [
        {NAMES.get(h, h): cell for h, cell in zip(table[0], row, strict=True)} for row in table[1:]
    ]


def table_of(path: Path) -> list[list[Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    return [list(row) for row in load_workbook(path).active.iter_rows(values_only=True)]


def decide(path: Path, ref: str, decision: str) -> None:
    """Fill in the decision of a line, as a person does."""
    if path.suffix == ".json":
        rows = json.loads(path.read_text("utf-8"))
        next(r for r in rows if r.get("ref") == ref)["decision"] = decision
        path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return
    table = table_of(path)
    at = table[0].index("决定")
    if path.suffix == ".csv":
        next(row for row in table if row[0] == ref)[at] = decision
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(table)
        return
    book = load_workbook(path)
    line = next(n for n, row in enumerate(table, 1) if row[0] == ref)
    book.active.cell(line, at + 1).value = decision
    book.save(path)


@ONLY_SQLITE
def test_the_second_of_two_equal_lines_is_decided_as_the_second(
    pay: Pay, house: House, tmp_path: Path
) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    twin = ("", "HT-1", "", "", "1000.00", "2025-09-11", "")
    back = tmp_path / "back.json"
    assert counts(pay(a_book(tmp_path / "l.xlsx", twin, twin), "--undecided", back)) == {
        "read": 2, "booked": 1, "contradicting": 1,
    }  # fmt: skip
    rows = json.loads(back.read_text("utf-8"))
    for number, expected in (("HT-1", "booked"), ("HT-2", "booked")):
        back.write_text(json.dumps([{**rows[0], "decision": number}]), "utf-8")
        assert counts(pay(back)) == {"read": 1, expected: 1}
        assert counts(pay(back)) == {"read": 1, "known": 1}
    assert standing(house, "2026-01-01", number="HT-2")["remaining"] == "0.00"


def test_a_dry_run_tells_the_same_and_changes_nothing(pay: Pay, month: Path, house: House) -> None:
    before = contents(house)
    rehearsed = pay(month, "--dry-run")
    assert contents(house) == before
    assert pay(month).json == rehearsed.json


@ONLY_SQLITE
def test_in_one_command_each_file_is_a_list_of_its_own(
    pay: Pay, house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    twin = ("", "HT-1", "", "", "400.00", "2025-09-11", "")
    one, two = (a_book(tmp_path / f"{n}.xlsx", twin, twin) for n in (1, 2))
    assert counts(pay(one, two)) == {"read": 4, "booked": 2, "known": 2}


@ONLY_SQLITE
def test_a_claim_some_days_off_is_another_payment_when_the_office_says_so(
    pay: Pay, month: Path, house: House
) -> None:
    assert counts(pay(month, "--days-apart", "0"))["booked"] == 2
    assert standing(house, "2026-01-01")["claimed"] == "1000.00"


@ONLY_SQLITE
def test_a_payment_of_the_future_is_booked_and_said(pay: Pay, house: House, tmp_path: Path) -> None:
    register(house, a_document())
    ran = pay(a_book(tmp_path / "l.xlsx", ("", "HT-1", "", "", "1.00", "2099-01-01", "")))
    assert (ran.status, counts(ran)) == (0, {"read": 1, "booked": 1})
    assert [(i["code"], i["level"]) for i in ran.json["issues"]] == [("fact-in-future", "finding")]


@ONLY_SQLITE
def test_a_file_that_is_no_list_is_refused_as_a_whole(pay: Pay, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("姓名,电话\nx,1\n", "utf-8")
    ran = pay(path, "--undecided", tmp_path / "back.csv")
    assert (ran.status, counts(ran)) == (3, {"read": 1, "invalid": 1})
    assert [i["code"] for i in ran.json["issues"]] == ["sheet.columns-missing"]
    assert len(table_of(tmp_path / "back.csv")) == 1


@ONLY_SQLITE
def test_no_cell_of_a_file_that_came_back_is_a_formula(pay: Pay, tmp_path: Path) -> None:
    evil = ("=1+1", "=HYPERLINK(1)", "", "", "1.00", "2025-09-11", "+cmd")
    path = a_book(tmp_path / "l.xlsx", evil)
    for ending in (".csv", ".xlsx"):
        back = tmp_path / f"back{ending}"
        pay(path, "--undecided", back)
        assert counts(pay(back, "--undecided", tmp_path / f"again{ending}")) == {
            "read": 1, "unknown": 1,
        }  # fmt: skip
        assert table_of(tmp_path / f"again{ending}")[1][0] == table_of(back)[1][0]
    assert table_of(tmp_path / "back.csv")[1][0] == "'=1+1"
    assert load_workbook(tmp_path / "back.xlsx").active["A2"].data_type == "s"


@ONLY_SQLITE
def test_wrong_usage_is_said_before_anything_is_done(
    pay: Pay, month: Path, house: House, tmp_path: Path
) -> None:
    before = contents(house)
    assert pay(month, "--undecided", tmp_path / "back.txt").status == 2
    assert pay(month, source="enterprise").status == 2
    assert contents(house) == before


@ONLY_SQLITE
def test_for_people_counts_and_places_are_printed(pay: Pay, month: Path) -> None:
    ran = fulfilment_monitor("payments", "import", month, "--source", "treasury")
    assert ran.status == 3
    assert ran.out.splitlines()[0].startswith("7 read, 1 booked, 1 corroborated, 1 known")
    assert f"returned  {month}:3 /付款/3 payment.ambiguous" in ran.out


@ONLY_SQLITE
def test_the_template_is_a_list_that_can_be_filled_in(
    pay: Pay, house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    path = tmp_path / "模板.xlsx"
    assert fulfilment_monitor("payments", "template", path).status == 0
    assert counts(pay(path)) == {}
    book = load_workbook(path)
    sheet = book["付款清单"]
    filled = {"合同编号": "HT-1", "金额（元）": "250.00", "付款日期": "2025-09-10"}
    for cell in sheet[1]:
        sheet.cell(2, cell.column).value = filled.get(cell.value)
    book.save(path)
    assert counts(pay(path)) == {"read": 1, "booked": 1}
    assert fulfilment_monitor("payments", "template", tmp_path / "x.csv").status == 2
