"""Write workbooks: sheets of plain values under styled headings, with lists to choose from.

Text is always written with `write_string`, whatever it starts with: no cell becomes a formula or a
link, as `write` would make of it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Value = str | Decimal | int | date | bool | None

_DATA_SHEET, _EXAMPLE_SHEET, _GUIDE_SHEET, _LISTS_SHEET = "合同", "示例", "填写说明", "代码表"
_LAST_ROW = 1_048_575
_FONT = {"font_name": "等线", "font_size": 11, "valign": "vcenter"}
_LINE = {"border": 1, "border_color": "#C9CED6"}
#: A spreadsheet counts no day before this one.
_FIRST_DAY = date(1900, 3, 1)
#: Days that are taken without a question.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 31)
_HEADING_HEIGHT, _ROW_HEIGHT = 34, 18
#: Sides and lines of a comment's box, in points and pixels.
_COMMENT = {"x_scale": 1.9, "y_scale": 1.15, "font_size": 10, "font_name": "等线"}


class Holds(StrEnum):
    """How the cells of a column are formatted."""

    ANY = ""
    TEXT = "text"
    DAY = "day"
    MONEY = "money"


_NUMBER_FORMATS = {Holds.TEXT: "@", Holds.DAY: "yyyy-mm-dd", Holds.MONEY: "#,##0.00"}


class Heading(NamedTuple):
    """A column of a sheet."""

    text: str
    width: float = 14
    holds: Holds = Holds.ANY
    #: Of the heading; white text on it must be readable.
    colour: str = "#5B6472"
    required: bool = False
    #: Shown beside the heading; for days and codes also when a cell below is selected.
    note: str = ""
    #: What can be chosen; anything else is refused by the spreadsheet.
    choices: tuple[str, ...] = ()
    #: How long a text has to be; the spreadsheet asks before it takes another.
    length: int | None = None


class Returned(NamedTuple):
    """A row handed back: what has to be changed, its cells, and what is wrong with which."""

    note: str
    cells: Sequence[Value]
    marks: Mapping[int, str]


class Guide(NamedTuple):
    """The first sheet: a title, paragraphs under headings, and a table."""

    title: str
    sections: Sequence[tuple[str, Sequence[str]]]
    table: Sequence[Sequence[str]]
    widths: Sequence[float]


def write_template(
    path: Path, headings: Sequence[Heading], guide: Guide, example: Iterable[Sequence[Value]]
) -> None:
    """A workbook to be filled in: how to, an empty sheet, and a worked example."""
    with _opened(path, constant_memory=False) as book:
        _write_guide(book, guide)
        sheet = _data_sheet(book, _DATA_SHEET, headings)
        shown = _data_sheet(book, _EXAMPLE_SHEET, headings)
        shown.set_tab_color("#B8BEC8")
        _write_lists(book, [sheet, shown], headings)
        cells = _Cells(book, headings)
        for line, row in enumerate(example, 1):
            shown.set_row(line, _ROW_HEIGHT)
            for at, value in enumerate(row):
                cells.write(shown, line, at, value)


def write_refused(
    path: Path, note: str, headings: Sequence[Heading], rows: Iterable[Returned]
) -> None:
    """A workbook of rows to be corrected; its first column, headed `note`, says what is wrong.

    Rows are written as they come: any number of them in little memory.
    """
    first = Heading(note, 52, Holds.TEXT, "#A61B1B")
    columns = [first, *headings]
    with _opened(path, constant_memory=True) as book:
        sheet = _data_sheet(book, _DATA_SHEET, columns)
        cells = _Cells(book, columns)
        said = book.add_format({**_FONT, **_LINE, "text_wrap": True, "font_color": "#A61B1B"})
        count = 0
        for count, row in enumerate(rows, 1):
            sheet.set_row(count, max(_ROW_HEIGHT, 15 * (row.note.count("\n") + 1)))
            sheet.write_string(count, 0, row.note, said)
            for at, value in enumerate(row.cells):
                marked = row.marks.get(at, "")
                cells.write(sheet, count, at + 1, value, marked=bool(marked))
                if marked:
                    sheet.write_comment(count, at + 1, marked, _COMMENT)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
        _write_lists(book, [sheet], columns)


@contextmanager
def _opened(path: Path, *, constant_memory: bool) -> Iterator[Workbook]:
    with path.open("wb") as file:  # what cannot be written is an OSError, before any work
        book = xlsxwriter.Workbook(file, {"constant_memory": constant_memory})
        yield book
        book.close()


def _data_sheet(book: Workbook, name: str, headings: Sequence[Heading]) -> Worksheet:
    """A sheet with its headings and the formats of its columns, frozen below them."""
    sheet = book.add_worksheet(name)
    sheet.set_row(0, _HEADING_HEIGHT)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for at, heading in enumerate(headings):
        number_format = _NUMBER_FORMATS.get(heading.holds)
        below = {**_FONT, **({"num_format": number_format} if number_format else {})}
        sheet.set_column(at, at, heading.width, book.add_format(below))
        sheet.write_string(0, at, heading.text, _heading_format(book, heading))
        if heading.note:
            said = ("【必填】" if heading.required else "【选填】") + heading.note
            sheet.write_comment(0, at, said, _COMMENT)
    return sheet


def _heading_format(book: Workbook, heading: Heading) -> Format:
    """Required columns are filled with the colour of their group, the others outlined in it."""
    style = {**_FONT, "bold": True, "align": "center", "text_wrap": True, "border": 1}
    if heading.required:
        style |= {"bg_color": heading.colour, "font_color": "#FFFFFF", "border_color": "#FFFFFF"}
    else:
        style |= {
            "bg_color": "#F4F6F8",
            "font_color": heading.colour,
            "border_color": "#C9CED6",
            "bottom": 5,
            "bottom_color": heading.colour,
        }
    return book.add_format(style)


def _write_lists(book: Workbook, sheets: Sequence[Worksheet], headings: Sequence[Heading]) -> None:
    """Drop-downs; what they offer stands on a hidden sheet, a column each."""
    lists = book.add_worksheet(_LISTS_SHEET)
    lists.hide()
    columns: dict[tuple[str, ...], int] = {}
    longest = max((len(h.choices) for h in headings), default=0)
    for heading in headings:
        if heading.choices:
            columns.setdefault(heading.choices, len(columns))
    for line in range(longest):  # by row: in constant memory no row can be taken up again
        for choices, column in columns.items():
            if line < len(choices):
                lists.write_string(line, column, choices[line])
    for at, heading in enumerate(headings):
        rule = _rule(heading, columns)
        for sheet in sheets if rule else ():
            sheet.data_validation(1, at, _LAST_ROW, at, rule)


def _rule(heading: Heading, columns: Mapping[tuple[str, ...], int]) -> dict[str, Any]:
    title = {"input_title": heading.text[:32], "error_title": heading.text[:32]}
    asked = {**title, "input_message": heading.note[:255], "error_type": "warning"}
    if heading.choices:
        letter = chr(ord("A") + columns[heading.choices])
        source = f"={_LISTS_SHEET}!${letter}$1:${letter}${len(heading.choices)}"
        return {
            **title,
            "validate": "list",
            "source": source,
            "error_message": "请从下拉列表中选择",
        }
    if heading.length is not None:
        wanted = {"criteria": "==", "value": heading.length}
        said = f"应为{heading.length}位，请核对"
        return {**asked, "validate": "length", **wanted, "error_message": said}
    if heading.holds is Holds.DAY:
        bounds = {"criteria": "between", "minimum": _EARLIEST, "maximum": _LATEST}
        return {**asked, "validate": "date", **bounds, "error_message": "请写成 2025-06-01"}
    return {}


class _Cells:
    """Writes values in the formats of their columns; each format is made once."""

    def __init__(self, book: Workbook, headings: Sequence[Heading]) -> None:
        styles = [{**_FONT, **_LINE, **_number_format(h)} for h in headings]
        mark = {"bg_color": "#FFE3E0", "border_color": "#A61B1B"}
        self._plain = [book.add_format(style) for style in styles]
        self._marked = [book.add_format({**style, **mark}) for style in styles]
        day = {"num_format": _NUMBER_FORMATS[Holds.DAY]}
        self._day = book.add_format({**_FONT, **_LINE, **day})
        self._marked_day = book.add_format({**_FONT, **_LINE, **mark, **day})

    def write(
        self, sheet: Worksheet, line: int, at: int, value: Value, *, marked: bool = False
    ) -> None:
        style = (self._marked if marked else self._plain)[at]
        if value is None:
            sheet.write_blank(line, at, None, style)
        elif isinstance(value, bool):
            sheet.write_boolean(line, at, value, style)
        elif isinstance(value, date) and value >= _FIRST_DAY:
            sheet.write_datetime(line, at, value, self._marked_day if marked else self._day)
        elif isinstance(value, Decimal | int) and len(Decimal(value).as_tuple().digits) <= 15:
            sheet.write_number(line, at, value, style)
        else:
            sheet.write_string(line, at, str(value), style)


def _number_format(heading: Heading) -> dict[str, str]:
    known = _NUMBER_FORMATS.get(heading.holds)
    return {"num_format": known} if known else {}


def _write_guide(book: Workbook, guide: Guide) -> None:
    sheet = book.add_worksheet(_GUIDE_SHEET)
    sheet.hide_gridlines(2)
    sheet.set_portrait()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    for at, width in enumerate(guide.widths):
        sheet.set_column(at, at, width)
    last = len(guide.widths) - 1
    title = book.add_format({**_FONT, "font_size": 18, "bold": True, "font_color": "#1F3A5F"})
    section = book.add_format({**_FONT, "font_size": 13, "bold": True, "font_color": "#1F3A5F"})
    text = book.add_format({**_FONT, "text_wrap": True})
    cell = book.add_format({**_FONT, **_LINE, "text_wrap": True, "valign": "top"})
    head = book.add_format({**_FONT, **_LINE, "bold": True, "bg_color": "#E8EDF3"})
    sheet.set_row(0, 34)
    sheet.write_string(0, 0, guide.title, title)
    line = 1
    for heading, paragraphs in guide.sections:
        sheet.set_row(line + 1, 24)
        sheet.write_string(line + 1, 0, heading, section)
        line += 2
        for paragraph in paragraphs:
            sheet.merge_range(line, 0, line, last, "", text)
            sheet.write_string(line, 0, paragraph, text)
            sheet.set_row(line, 17 * _lines(paragraph, sum(guide.widths)))
            line += 1
    line += 1
    for number, row in enumerate(guide.table):
        for at, said in enumerate(row):
            sheet.write_string(line, at, said, cell if number else head)
        tallest = max(_lines(said, width) for said, width in zip(row, guide.widths, strict=True))
        sheet.set_row(line, 17 * tallest)
        line += 1


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column; a Chinese character is two wide."""
    wide = sum(2 if ord(c) >= 0x2E80 else 1 for c in text)
    return max(1, math.ceil(wide / (width - 2)))
