"""CSV files of any length, row by row: UTF-8 or GB18030; comma, semicolon or tab."""

import codecs
import csv
import io
import os
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NoReturn

from ..domain.cells import unshielded
from .reading import Cell, Flaw, Row
from .xlsx_limits import COMMAND_LINE, LONGEST_TEXT, Limits, pointer_to, refuse

_PIECE = 1 << 20
_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = ",;\t"
_MARK = "\ufeff"
#: Characters of one line, and of one row, which may have several lines between quotes.
_LONGEST_LINE = 1 << 20
_LONGEST_ROW = 4 << 20
_SAVE = 'save it in Excel or WPS as "CSV UTF-8"'
_UNCLOSED = "a quotation mark may not be closed there"


def read_csv(file: BinaryIO, *, limits: Limits = COMMAND_LINE) -> Iterator[Row]:
    """The rows that hold anything. Every cell is text or nothing, or a flaw.

    The quote that guards a formula, as our own lists write it, is taken off.

    Raises, while rows are asked for: Invalid, with `/line` where there is a place.
    """
    text = io.TextIOWrapper(file, _encoding(file, limits), newline="")
    try:
        yield from _rows(_Lines(text), limits)
    finally:
        text.detach()


def _encoding(file: BinaryIO, limits: Limits) -> str:
    """The first encoding in which all of the file can be read; a wrong byte may come late."""
    size = file.seek(0, os.SEEK_END)
    if limits.file_bytes is not None and size > limits.file_bytes:
        most = limits.file_bytes // 1_000_000
        refuse("csv.too-large", f"the file is larger than {most} MB; split it into several")
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        refuse("csv.encoding", f"the file is in UTF-16; {_SAVE}")
    furthest = 0
    for encoding in _ENCODINGS:
        line = _line_of_a_wrong_byte(file, encoding)
        if line is None:
            break
        furthest = max(furthest, line)
    else:
        detail = f"line {furthest} is neither UTF-8 nor GB18030; {_SAVE}"
        refuse("csv.encoding", detail, pointer_to("", furthest))
    file.seek(0)
    return encoding


def _line_of_a_wrong_byte(file: BinaryIO, encoding: str) -> int | None:
    """The line of the first byte that is wrong in an encoding; None if none is."""
    decode, line = codecs.getincrementaldecoder(encoding)().decode, 1
    file.seek(0)
    while True:
        piece = file.read(_PIECE)
        try:
            line += decode(piece, not piece).count("\n")
        except UnicodeDecodeError as fault:
            return line + fault.object.count(b"\n", 0, fault.start)
        if not piece:
            return None


class _Lines:
    """The lines of a text, none of them endless; knows the number of the last one."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        #: The line the row began on, and the characters since.
        self.begins, self._taken = 1, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_LINE + 1):
            self.number += 1
            self._taken += len(line)
            if self.number == 1:
                line = line.removeprefix(_MARK)
            if len(line) > _LONGEST_LINE:
                self.refuse("csv.line-too-long", "is longer than a million characters")
            if self._taken > _LONGEST_ROW:
                what = f"begins a row of more than {_LONGEST_ROW} characters; {_UNCLOSED}"
                self.refuse("csv.row-too-long", what, self.begins)
            if "\0" in line:
                self.refuse("csv.nul", f"holds a NUL character; {_SAVE}")
            yield line

    def begin_row(self) -> None:
        """To be called when a row has been taken apart, before the next line is read."""
        self.begins, self._taken = self.number + 1, 0

    def refuse(self, code: str, what: str, line: int | None = None) -> NoReturn:
        """Refuse the file for a line; the last one, if no other is named."""
        line = line or self.number
        refuse(code, f"line {line} {what}", pointer_to("", line))


def _rows(lines: _Lines, limits: Limits) -> Iterator[Row]:
    source = iter(lines)
    first = next((line for line in source if line.strip()), None)
    if first is None:
        refuse("csv.empty", "the file is empty")
    reader = csv.reader(chain([first], source), delimiter=_delimiter(first), strict=True)
    lines.begins, count = lines.number, 0
    while True:
        try:
            found = next(reader, None)
        except csv.Error as fault:
            _refuse_row(lines, str(fault))
        if found is None:
            return
        cells = _cells(found, limits)
        if cells:
            count += 1
            if limits.rows is not None and count > limits.rows:
                detail = f"the file has more than {limits.rows} rows; split it into several"
                refuse("csv.rows", detail, pointer_to("", lines.begins))
            yield Row("", lines.begins, cells)
        lines.begin_row()


def _refuse_row(lines: _Lines, why: str) -> NoReturn:
    """Refuse a row that `csv` cannot take apart."""
    if "limit" in why:
        most = csv.field_size_limit()
        what = f"begins a row with a cell of more than {most} characters; {_UNCLOSED}"
        lines.refuse("csv.cell-too-long", what, lines.begins)
    if "unexpected end" in why:
        lines.refuse("csv.quotes", f"begins a row that never ends; {_UNCLOSED}", lines.begins)
    lines.refuse("csv.quotes", f"has something behind a closing quotation mark; {_SAVE}")


def _delimiter(heading: str) -> str:
    """What stands most often between the headings, outside quotation marks."""
    outside = "".join(heading.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _cells(found: list[str], limits: Limits) -> tuple[Cell, ...]:
    """The cells of a row up to the last that holds anything."""
    cells = [_cell(text) for text in found[: limits.columns]]
    if any(found[limits.columns :]):
        cells.append(Flaw("cell.too-far", f"only the first {limits.columns} columns are read"))
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _cell(text: str) -> Cell:
    if len(text) > LONGEST_TEXT:
        return Flaw("cell.too-long", f"the cell holds more than {LONGEST_TEXT} characters")
    return unshielded(text) or None
