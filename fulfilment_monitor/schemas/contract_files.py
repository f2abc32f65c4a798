"""Contracts from whole files of rows: workbooks, and CSV in the same layout."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import BinaryIO

from ..domain.checks import Submission
from ..domain.errors import Invalid, Issue
from .contract_columns import DATA_SHEET, LIST_SHEET
from .contract_sheets import Apart, read_contract_rows, rows_apart
from .contracts import read_contract
from .csv_stream import read_csv
from .reading import Read, Row, Spot
from .xlsx_limits import COMMAND_LINE, Limits
from .xlsx_stream import hidden_sheets, read_xlsx

Each = Callable[[Row], Row]

#: Of how many characters the rows are kept between the two looks at a file; what else a cell
#: takes is counted as some more of them.
_HELD, _CELL = 8_000_000, 12
#: What may be wrong only because another cell could not be read: the places of such cells.
_CAUSES = {
    "obligation.key-taken": ("/key",),
    "obligation.after-unknown": ("/key",),
    "obligation.within-without-after": ("/after",),
    "obligation.repeat-without-date": ("/due_on",),
    "obligation.obligor-unknown": ("/government/uscc", "/co_governments"),
}


def as_it_is(row: Row) -> Row:
    """A row as the file has it."""
    return row


def read_contract_workbook(
    file: BinaryIO, *, limits: Limits = COMMAND_LINE, each: Each = as_it_is
) -> Iterator[Read]:
    """The contracts of a workbook: of the sheet 合同, or of the first that has our headings.

    The first of them brings along a finding for each hidden sheet, which is not read.

    Args:
        each: what is read in the place of each row; it may stop the reading by raising `Invalid`.
    """
    unread = tuple(_hidden(file, limits))
    for read in _read_twice(lambda: map(each, _data_rows(file, limits))):
        if unread and read.spots is not None:
            sheets = {i.pointer: Spot(1, i.pointer) for i in unread}
            yield read._replace(
                issues=(*unread, *read.issues), spots=ChainMap(sheets, dict(read.spots))
            )
            unread = ()
        else:
            yield read


def _hidden(file: BinaryIO, limits: Limits) -> Iterator[Issue]:
    with suppress(Invalid):  # met again when the rows are read
        for name in hidden_sheets(file, limits=limits):
            if name != LIST_SHEET:
                detail = f"工作表「{name}」已隐藏，未读取；需要导入的，请取消隐藏"
                yield Issue(f"/{name}", "sheet.hidden", detail, "finding")


def read_contract_table(
    file: BinaryIO, *, limits: Limits = COMMAND_LINE, each: Each = as_it_is
) -> Iterator[Read]:
    """The contracts of a CSV file; arguments as of `read_contract_workbook`."""
    return _read_twice(lambda: map(each, _table_rows(file, limits)))


def _table_rows(file: BinaryIO, limits: Limits) -> Iterator[Row]:
    file.seek(0)
    return read_csv(file, limits=limits)


def _data_rows(file: BinaryIO, limits: Limits) -> Iterator[Row]:
    file.seek(0)
    named = read_xlsx(file, sheets=[DATA_SHEET], limits=limits)
    first = next(named, None)
    return read_xlsx(file, limits=limits) if first is None else chain([first], named)


class _Held:
    """Rows that pass by, kept as long as they are few, so that their file is read once only."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows, self._kept, self._left = rows, list[Row](), _HELD

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if self._left > 0:
                self._left -= _CELL * len(row.cells) + sum(
                    [len(cell) for cell in row.cells if isinstance(cell, str)]
                )
                self._kept.append(row)
            yield row

    def again(self) -> Iterator[Row] | None:
        """The rows from the first on, and what has not passed yet; None if they were many."""
        if self._left > 0:
            return chain(self._kept, self._rows)
        self._kept.clear()
        return None


def _read_twice(rows: Callable[[], Iterator[Row]]) -> Iterator[Read]:
    """First find the contracts whose rows do not stand together.

    Read once, such a contract would be on the register with some of its obligations before the
    others came; and terms that are registered change by amendment only.
    """
    apart: Apart = {}
    again: Iterator[Row] | None = None
    with suppress(Invalid):  # met again below, where it is told
        held = _Held(rows())
        apart = rows_apart(held)
        again = held.again()
    try:
        yield from read_contract_rows(rows() if again is None else again, apart=apart)
    except Invalid as refusal:
        for issue in refusal.issues:
            yield Read(_line(issue), issue.pointer, None, issue)


def _line(issue: Issue) -> int:
    last = issue.pointer.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() else 1


def understand(read: Read) -> tuple[Submission | None, list[Issue]]:
    """What can be registered; or nothing, and what is wrong beside what its cells said already."""
    try:
        submission = read_contract(read.document)
    except Invalid as refusal:
        return None, further_issues(read, refusal.issues)
    return None if any(i.level == "error" for i in read.issues) else submission, []


def further_issues(read: Read, issues: Iterable[Issue]) -> list[Issue]:
    """Of the issues of a document those that its cells have not told already, nor caused."""
    told = {i.pointer for i in read.issues if i.level == "error"}
    unread = [place for place, spot in (read.spots or {}).items() if spot.pointer in told]
    return [
        issue
        for issue in issues
        if read.spot(issue.pointer).pointer not in told
        and not any(place.endswith(_CAUSES.get(issue.code, ())) for place in unread)
    ]
