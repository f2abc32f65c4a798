"""Whole files of contracts: looked at beforehand, and read again only when they are long."""

import csv
import io
from typing import Any

import pytest

from fulfilment_monitor.schemas import contract_files
from fulfilment_monitor.schemas.contract_files import read_contract_table, read_contract_workbook
from fulfilment_monitor.schemas.reading import Read
from tests.schemas.test_contract_sheets import CONTRACT, DELIVERY, PAYMENT
from tests.schemas.workbooks import by_xlsxwriter

LINES = [
    {**CONTRACT, **DELIVERY, "约定履行日期": "2025-09-01"},
    {**PAYMENT, "企业联系方式": "x"},
    {**CONTRACT, **PAYMENT, "合同编号": "HT-2", "签订日期": "2025-02-30"},
    {**CONTRACT, **PAYMENT, "合同编号": "HT-3"},
    {**CONTRACT, **PAYMENT, "合同编号": "HT-1"},
    {**CONTRACT, **PAYMENT, "合同编号": "HT-4", "合同名称": "长" * 5_000},
]
HEADINGS = list(dict.fromkeys(name for line in LINES for name in line))
CELLS: list[list[Any]] = [
    HEADINGS,
    *([str(line.get(name) or "") for name in HEADINGS] for line in LINES),
]


def table(cells: list[list[Any]] = CELLS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    return text.getvalue().encode()


class Counted(io.BytesIO):
    """A file that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer)
        self.taken += count
        return count

    def read1(self, size: int | None = -1, /) -> bytes:
        found = super().read1(size)
        self.taken += len(found)
        return found


def plainly(reads: list[Read]) -> list[Any]:
    """Everything that a read says, places included."""
    return [r._replace(spots=None if r.spots is None else dict(r.spots)) for r in reads]


FORMS = [
    pytest.param(read_contract_table, table(), id="csv"),
    pytest.param(read_contract_workbook, by_xlsxwriter(CELLS), id="xlsx"),
    pytest.param(read_contract_table, table() + b'"never closed', id="broken csv"),
    pytest.param(read_contract_workbook, by_xlsxwriter(CELLS)[:-400], id="broken xlsx"),
    pytest.param(read_contract_table, b"", id="empty csv"),
]


@pytest.mark.parametrize(("reader", "content"), FORMS)
@pytest.mark.parametrize("held", [0, 600, 2_500])
def test_a_file_too_long_to_be_held_is_read_as_any_other(reader, content, held, monkeypatch):
    expected = plainly(list(reader(io.BytesIO(content))))
    monkeypatch.setattr(contract_files, "_HELD", held)
    assert plainly(list(reader(io.BytesIO(content)))) == expected
    assert expected


@pytest.mark.parametrize(("reader", "content"), FORMS[:2])
def test_a_file_that_can_be_held_is_read_once(reader, content, monkeypatch):
    once, twice = Counted(content), Counted(content)
    list(reader(once))
    monkeypatch.setattr(contract_files, "_HELD", 0)
    list(reader(twice))
    assert once.taken <= twice.taken - len(content) // 4


@pytest.mark.parametrize(("reader", "content"), FORMS[:2])
def test_rows_that_stand_apart_are_found_beforehand(reader, content):
    said = [(r.line, r.issue and r.issue.code) for r in reader(io.BytesIO(content))]
    apart = "sheet.rows-apart"
    assert said == [(2, apart), (4, None), (5, None), (6, apart), (7, None)]


def test_a_sheet_behind_the_one_that_is_read_is_told_though_the_look_stopped_before_it():
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            for line, row in enumerate(CELLS[:2]):
                sheet.write_row(line, 0, row)
    found = list(read_contract_workbook(file))
    assert [(r.pointer, r.issue and r.issue.code) for r in found] == [
        ("/甲/2", None),
        ("/乙", "sheet.second"),
    ]


def test_nothing_stands_where_nothing_is():
    places = next(r.spots for r in read_contract_table(io.BytesIO(table(CELLS[:3]))) if r.spots)
    assert set(places) == set(dict(places))
    assert len(places) == len(dict(places))
    assert {"/government", "/obligations/0", "/obligations/1/due_on"} <= set(places)
    for pointer in ("/obligations/2", "/obligations/01", "/obligations/１", "/facts/0", "/x", ""):
        assert pointer not in places
