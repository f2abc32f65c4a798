"""`import` of workbooks and CSV: exactly what is wrong is refused, and can be mended."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fulfilment_monitor.house import House
from tests.samples import make_workbook as maker
from tests.services.builders import Ran, contents, fulfilment_monitor, violations

Import = Callable[..., Ran]
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORKBOOK, EXPECTED = maker.FOLDER / maker.WORKBOOK, maker.FOLDER / maker.EXPECTED
NOTE = "需要修改"
#: Told on some days and not on others.
BY_THE_CLOCK = {"registered-late"}


@pytest.fixture
def imported(house: House, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import files; options after them."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return lambda *words: fulfilment_monitor("import", *words, "--json")


def counts(ran: Ran) -> dict[str, int]:
    names = ("read", "registered", "updated", "unchanged", "refused")
    found = {name: ran.json[name] for name in names}
    assert found["read"] == sum(found[name] for name in names[1:])
    return {name: n for name, n in found.items() if n}


def told(issues: Iterable[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (i["line"], i["pointer"], i["code"], i["level"])
        for i in issues
        if i["code"] not in BY_THE_CLOCK
    )


def expected() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(EXPECTED.read_text("utf-8"))
    return found


def cells(path: Path) -> dict[str, Any]:
    """Everything in a workbook that a reader sees."""
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: (
            sorted(map(str, sheet.merged_cells.ranges)),
            [[(c.value, c.data_type, c.number_format) for c in row] for row in sheet.iter_rows()],
        )
        for sheet in book
    }


# --- the sample ---------------------------------------------------------------------------------


def test_the_committed_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    maker.write(tmp_path)
    assert cells(tmp_path / maker.WORKBOOK) == cells(WORKBOOK)
    assert (tmp_path / maker.EXPECTED).read_text("utf-8") == EXPECTED.read_text("utf-8")


def test_the_sample_is_what_it_says() -> None:
    assert len(maker.sample().rows) == 200
    refused = [i for i in expected() if i["level"] == "error"]
    assert len({i["code"] for i in refused}) >= 25
    fields = {row.get(maker.FIELD) for row in maker.sample().rows}
    assert {"政府采购", "招标投标", "招商引资", "产业扶持", "政府投资"} <= fields
    assert "政府与社会资本合作" in fields


def refused_parts() -> list[tuple[int, ...]]:
    """The lines of the contracts of the sample that have an error."""
    wrong = {i["line"] for i in expected() if i["level"] == "error"}
    return [lines for lines in maker.sample().parts if wrong & set(lines)]


def test_the_sample_gives_exactly_its_planted_mistakes_and_all_good_rows_are_in(
    imported: Import, house: House
) -> None:
    parts, wrong = len(maker.sample().parts), len(refused_parts())
    ran = imported(WORKBOOK)
    assert told(ran.json["issues"]) == told(expected())
    assert (ran.status, ran.err) == (3, "")
    assert counts(ran) == {"read": parts, "registered": parts - wrong, "refused": wrong}
    assert len(contents(house)["contract"]) == parts - wrong
    assert violations(house) == []


@ONLY_SQLITE
def test_a_second_run_changes_nothing(imported: Import, house: House) -> None:
    first = imported(WORKBOOK)
    before = contents(house)
    again = imported(WORKBOOK)
    assert contents(house) == before
    known = {"unchanged": counts(first)["registered"], "refused": counts(first)["refused"]}
    assert counts(again) == {"read": counts(first)["read"], **known}
    errors = [i for i in expected() if i["level"] == "error"]
    assert told(i for i in again.json["issues"] if i["level"] == "error") == told(errors)


# --- the refused copy ---------------------------------------------------------------------------


@pytest.fixture
def refused_copy(imported: Import, tmp_path: Path) -> Path:
    """What the sample's import hands back."""
    path = tmp_path / "refused.xlsx"
    assert imported(WORKBOOK, "--refused", path).status == 3
    return path


def mended(path: Path) -> None:
    """Undo the plantings in a copy, and nothing else; take the row of notes out."""
    made = maker.sample()
    lines = [line for part in refused_parts() for line in part]
    book = openpyxl.load_workbook(path)
    sheet = book[maker.SHEET]
    place = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.max_row - 1 == len(lines)
    for row, line in enumerate(lines, 2):
        spoilt, whole = made.rows[line - 2], made.whole[line - 2] or {}
        for heading in maker.HEADINGS:
            if spoilt.get(heading) != whole.get(heading):
                sheet.cell(row, place[heading]).value = whole.get(heading)
    notes = [row for row, line in enumerate(lines, 2) if made.whole[line - 2] is None]
    for row in notes:
        sheet.delete_rows(row)
    book.save(path)


def test_the_refused_copy_once_corrected_is_imported_whole(
    imported: Import, refused_copy: Path, house: House
) -> None:
    before = len(contents(house)["contract"])
    mended(refused_copy)
    ran = imported(refused_copy)
    # one part was a row of notes, and two were one contract
    contracts = len(refused_parts()) - 2
    assert counts(ran) == {"read": contracts, "registered": contracts}
    errors = [i for i in ran.json["issues"] if i["level"] == "error"]
    assert (ran.status, errors) == (0, [])
    assert len(contents(house)["contract"]) == before + contracts


@ONLY_SQLITE
def test_the_copy_holds_refused_rows_as_they_were_with_what_to_change(refused_copy: Path) -> None:
    made = maker.sample()
    lines = [line for part in refused_parts() for line in part]
    sheet = openpyxl.load_workbook(refused_copy)[maker.SHEET]
    headings = [cell.value for cell in sheet[1]]
    assert headings == [NOTE, *maker.HEADINGS]
    for cells_, line in zip(sheet.iter_rows(min_row=2), lines, strict=True):
        by_heading = dict(zip(headings, cells_, strict=True))
        about = [i for i in expected() if i["line"] == line]
        said = by_heading[NOTE].value or ""
        assert [i["code"] for i in about if i["code"] not in said] == []
        for heading, value in made.rows[line - 2].items():
            cell = by_heading[heading]
            marked = any(i["pointer"].endswith(f"/{heading}") for i in about)
            assert (cell.comment is not None, cell.fill.fill_type) == (
                (True, "solid") if marked else (False, None)
            )
            lost = isinstance(value, maker.Formula | maker.MergedUp)
            if heading == maker.NUMBER and isinstance(value, int):
                assert cell.value == str(value)  # a code is handed back as text
            elif not lost and not (heading == maker.FIRM_CODE and isinstance(value, int)):
                assert _same(cell.value, value), (line, heading)
            else:
                assert cell.value is None


def _same(found: Any, value: Any) -> bool:
    if isinstance(found, datetime):
        return found.date() == value
    return bool(found == value)


@ONLY_SQLITE
def test_a_copy_handed_back_unchanged_is_refused_for_the_same(
    imported: Import, refused_copy: Path, tmp_path: Path
) -> None:
    """Formulas and merged cells are empty by then, and rows that stood apart stand together."""
    again = tmp_path / "again.xlsx"
    ran = imported(refused_copy, "--refused", again)
    assert ran.status == 3
    headings = [
        [c.value for c in openpyxl.load_workbook(p)[maker.SHEET][1]] for p in (again, refused_copy)
    ]
    assert headings[0] == headings[1]
    before = {i["code"] for i in expected() if i["level"] == "error"}
    gone = {"cell.formula", "cell.merged", "cell.number-lost-digits", "sheet.rows-apart"}
    after = {i["code"] for i in ran.json["issues"] if i["level"] == "error"}
    assert before - after == gone
    assert after <= before


@ONLY_SQLITE
def test_nothing_refused_gives_an_empty_copy(imported: Import, tmp_path: Path) -> None:
    table, copy = tmp_path / "in.csv", tmp_path / "refused.xlsx"
    write_csv(table, maker.goods(1))
    assert imported(table, "--refused", copy).status == 0
    sheet = openpyxl.load_workbook(copy)[maker.SHEET]
    assert [[cell.value for cell in row] for row in sheet] == [[NOTE]]


# --- which sheet --------------------------------------------------------------------------------


def write_workbook(path: Path, **sheets: list[maker.Cells]) -> Path:
    """Sheets with our headings, in order."""
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        made = book.create_sheet(name)
        made.append(maker.HEADINGS[:-1])
        for row in rows:
            made.append([row.get(heading) for heading in maker.HEADINGS[:-1]])
    book.remove(book.worksheets[0])
    book.save(path)
    return path


@ONLY_SQLITE
def test_the_sheet_of_contracts_alone_is_read_where_there_is_one(
    imported: Import, house: House, tmp_path: Path
) -> None:
    path = write_workbook(tmp_path / "in.xlsx", 旧表=maker.goods(1), 合同=maker.support(2))
    ran = imported(path)
    assert (counts(ran), told(ran.json["issues"])) == ({"read": 1, "registered": 1}, Counter())
    assert "产业扶持协议" in contents(house)["contract"][0]


@ONLY_SQLITE
def test_without_it_the_first_that_is_recognised_is_read_and_others_are_told(
    imported: Import, tmp_path: Path
) -> None:
    sheets = {"示例": maker.goods(1), "甲": maker.goods(2), "乙": maker.goods(3)}
    ran = imported(write_workbook(tmp_path / "in.xlsx", **sheets))
    assert counts(ran) == {"read": 2, "registered": 1, "refused": 1}
    assert told(ran.json["issues"]) == Counter([(1, "/乙", "sheet.second", "error")])


# --- csv ----------------------------------------------------------------------------------------


def write_csv(path: Path, rows: list[maker.Cells], encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, maker.HEADINGS[:-1])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@ONLY_SQLITE
def test_a_table_of_the_same_columns_is_imported(
    imported: Import, house: House, tmp_path: Path, encoding: str
) -> None:
    rows = [*maker.goods(1), *maker.works(2), *maker.partnership(3)]
    rows[3][maker.DUE] = "6/1/25"
    ran = imported(write_csv(tmp_path / "in.csv", rows, encoding))
    assert counts(ran) == {"read": 3, "registered": 2, "refused": 1}
    place = (5, f"/5/{maker.DUE}", "cell.day-ambiguous", "error")
    assert told(ran.json["issues"]) == Counter([place])
    assert len(contents(house)["contract"]) == 2


@ONLY_SQLITE
def test_a_workbook_and_its_table_are_the_same_contracts(
    imported: Import, house: House, tmp_path: Path
) -> None:
    rows = [*maker.goods(1), *maker.support(2)]
    imported(write_csv(tmp_path / "in.csv", rows))
    before = contents(house)
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "任意名称"
    book.active.append(["2025年合同台账"])
    book.active.append(maker.HEADINGS)
    for row in rows:
        book.active.append([row.get(heading) for heading in maker.HEADINGS])
    book.save(tmp_path / "in.xlsx")
    ran = imported(tmp_path / "in.xlsx")
    assert counts(ran) == {"read": 2, "unchanged": 2}
    assert contents(house) == before


@ONLY_SQLITE
def test_a_copy_of_a_table_and_a_workbook_together_has_one_heading_for_one_thing(
    imported: Import, house: House, tmp_path: Path
) -> None:
    table = write_csv(tmp_path / "a.csv", [{**maker.services(1)[0], maker.DUE: "6/1/25"}])
    spoilt = [{**row, maker.DUTY_AMOUNT: "8.05"} for row in maker.services(2)]
    spoilt[0] |= {maker.DUE: "6/1/25", maker.DUTY_AMOUNT: None}
    other = write_csv(tmp_path / "b.csv", spoilt)
    other.write_text(other.read_text("utf-8-sig").replace(maker.DUTY_AMOUNT, "义务金额（万元）", 1))
    copy = tmp_path / "refused.xlsx"
    assert counts(imported(table, other, "--refused", copy))["refused"] == 2
    sheet = openpyxl.load_workbook(copy)[maker.SHEET]
    headings = [cell.value for cell in sheet[1]]
    assert [h for h in headings if h and "义务金额" in h] == [maker.DUTY_AMOUNT]
    column = headings.index(maker.DUTY_AMOUNT)
    assert [row[column].value for row in sheet.iter_rows(min_row=2)] == [None, None, "8.05万元"]


# --- files that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04 cut off", "workbook."), ("甲,乙\n1,2\n".encode(), "sheet.no-headings")],
)
@ONLY_SQLITE
def test_a_file_that_is_no_sheet_of_contracts_is_refused(
    imported: Import, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "in"
    path.write_bytes(content)
    ran = imported(path)
    assert (ran.status, counts(ran)) == (3, {"read": 1, "refused": 1})
    assert [i["code"].startswith(code) for i in ran.json["issues"]] == [True]


@ONLY_SQLITE
def test_a_dry_run_of_a_workbook_says_the_same_and_changes_nothing(
    imported: Import, house: House
) -> None:
    before = contents(house)
    dry = imported(WORKBOOK, "--dry-run")
    assert contents(house) == before
    assert (dry.status, told(dry.json["issues"])) == (3, told(expected()))


@ONLY_SQLITE
def test_a_hidden_sheet_is_not_read_and_that_is_said(imported: Import, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(WORKBOOK)
    for name in ("旧合同", "代码表"):
        book.create_sheet(name).sheet_state = "hidden"
    book.save(tmp_path / "book.xlsx")
    issues = imported(tmp_path / "book.xlsx").json["issues"]
    hidden = [(i["pointer"], i["level"]) for i in issues if i["code"] == "sheet.hidden"]
    assert hidden == [("/旧合同", "finding")]
