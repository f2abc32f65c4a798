"""Tables as files: a workbook or CSV, in which no text becomes a formula or a link."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from ..domain.cells import shielded

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": "等线", "font_size": 11, "valign": "top"}
_HEAD = {**_FONT, "bold": True, "bg_color": "#E8EDF3", "border": 1}
_WIDTH = 22


def as_xlsx(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet; every cell is text."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, _OPTIONS) as book:
        sheet = book.add_worksheet(name)
        head, body = book.add_format(_HEAD), book.add_format(_FONT)
        sheet.set_column(0, len(headings) - 1, _WIDTH, body)
        sheet.freeze_panes(1, 0)
        for at, heading in enumerate(headings):
            sheet.write_string(0, at, heading, head)
        for line, row in enumerate(rows, 1):
            for at, text in enumerate(row):
                sheet.write_string(line, at, text, body)
    return written.getvalue()


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Comma-separated text with a byte order mark, as spreadsheets want it for Chinese.

    What a spreadsheet would take for a formula gets an apostrophe in front; a number below zero
    stays one.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(headings)
    writer.writerows([shielded(text) for text in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")
