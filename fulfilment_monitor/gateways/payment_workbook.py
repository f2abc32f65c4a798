"""Payment lists as files: the template to fill in, and the lines that came back for a decision."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from ..domain.cells import shielded

_FONT = {"font_name": "等线", "font_size": 11, "valign": "top"}
_HEAD = {**_FONT, "bold": True, "bg_color": "#E8EDF3", "border": 1, "text_wrap": True}
_DECIDE = {"bg_color": "#FFF4CE"}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_GUIDE_SHEET = "填写说明"
#: What Excel takes as a list inside a cell's rule.
_LONGEST_CHOICE = 255


class Heading(NamedTuple):
    """A column: its name for programs and for people, its width, what to write into it."""

    name: str
    text: str
    width: float = 16
    note: str = ""


class Returned(NamedTuple):
    """A line that came back: what it says by column, and the decisions one may choose from."""

    values: Mapping[str, str]
    choices: tuple[str, ...] = ()


def write_template(path: Path, sheet_name: str, headings: Sequence[Heading]) -> None:
    """A workbook with an empty list, and a sheet that explains its columns."""
    with xlsxwriter.Workbook(path, _OPTIONS) as book:
        _list_sheet(book, sheet_name, headings)
        guide = book.add_worksheet(_GUIDE_SHEET)
        guide.set_column(0, 0, 18)
        guide.set_column(1, 1, 70)
        for line, heading in enumerate(headings):
            guide.write_string(line, 0, heading.text, book.add_format(_HEAD))
            guide.write_string(line, 1, heading.note, book.add_format(_FONT))


def write_undecided(
    path: Path, sheet_name: str, headings: Sequence[Heading], rows: Sequence[Returned], decide: str
) -> None:
    """The lines that came back: a workbook, CSV or JSON, as the name ends.

    Args:
        decide: the name of the column a person fills in.
    """
    writers = {".csv": _write_csv, ".json": _write_json}
    writer = writers.get(path.suffix.lower())
    if writer is not None:
        writer(path, headings, rows)
        return
    with xlsxwriter.Workbook(path, _OPTIONS) as book:
        sheet = _list_sheet(book, sheet_name, headings)
        plain = book.add_format({**_FONT, "num_format": "@", "text_wrap": True, "border": 1})
        open_cell = book.add_format(
            {**_FONT, "num_format": "@", "text_wrap": True, "border": 1, **_DECIDE}
        )
        for line, row in enumerate(rows, 1):
            for at, heading in enumerate(headings):
                style = open_cell if heading.name == decide else plain
                sheet.write_string(line, at, row.values.get(heading.name, ""), style)
                if heading.name == decide:
                    _offer(sheet, line, at, row.choices)


def _list_sheet(book: xlsxwriter.Workbook, name: str, headings: Sequence[Heading]) -> Worksheet:
    sheet = book.add_worksheet(name)
    head, text = book.add_format(_HEAD), book.add_format({**_FONT, "num_format": "@"})
    sheet.freeze_panes(1, 0)
    for at, heading in enumerate(headings):
        sheet.set_column(at, at, heading.width, text)
        sheet.write_string(0, at, heading.text, head)
        if heading.note:
            sheet.write_comment(0, at, heading.note, {"x_scale": 1.9})
    return sheet


def _offer(sheet: Worksheet, line: int, at: int, choices: tuple[str, ...]) -> None:
    """A drop-down of the candidates, where Excel can hold it; anything else may be written too."""
    if not choices or any("," in c for c in choices) or len(",".join(choices)) > _LONGEST_CHOICE:
        return
    rule = {"validate": "list", "source": list(choices), "ignore_blank": True}
    sheet.data_validation(line, at, line, at, {**rule, "show_error": False})


def _write_csv(path: Path, headings: Sequence[Heading], rows: Sequence[Returned]) -> None:
    """UTF-8 with the mark Excel needs; no cell can become a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([h.text for h in headings])
        for row in rows:
            lines.writerow([shielded(row.values.get(h.name, "")) for h in headings])


def _write_json(path: Path, headings: Sequence[Heading], rows: Sequence[Returned]) -> None:
    named = [
        {h.name: row.values[h.name] for h in headings if row.values.get(h.name)} for row in rows
    ]
    path.write_text(json.dumps(named, ensure_ascii=False, indent=2) + "\n", "utf-8")
