"""The XML of one sheet, turned into rows."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from .reading import Cell, Flaw, Row
from .xlsx_days import Days, iso_day
from .xlsx_limits import SAVE_AS_XLSX, Limits, pointer_to, refuse
from .xlsx_parts import deeper, main_names
from .xlsx_ranges import LAST_COLUMN, LAST_ROW, Cover, Range, column_of, read_range
from .xlsx_texts import Texts, number_cell, shorten, text_cell

_C, _F, _ROW, _RPH, _SHEET_DATA, _T, _V = "c", "f", "row", "rPh", "sheetData", "t", "v"
_NAMES = main_names(_C, _F, _ROW, _RPH, _SHEET_DATA, _T, _V)
_name_of = _NAMES.get
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Columns A to ZZ; others are worked out when they come.
_COLUMNS = {a + b: column_of(a + b) for a in ("", *_LETTERS) for b in _LETTERS}

_column_at = _COLUMNS.get
#: Marks where a value would stand: between the cells of a row, and between rows.
_BETWEEN, _OUTSIDE = "between cells", "between rows"
_LETTERS_ONLY = re.compile(r"[A-Z]{1,3}")

_FORMULA = Flaw("cell.formula", "the cell holds a formula; copy the column and paste it as values")
_MERGED = Flaw("cell.merged", "the cell is merged with others; unmerge it and fill in each cell")
_NO_STYLE = Flaw("cell.style", f"the format of the cell is missing; {SAVE_AS_XLSX}")
_TRUTH = {"1": True, "true": True, "0": False, "false": False}


def _truth(text: str) -> Cell:
    found = _TRUTH.get(text.strip())
    return (
        Flaw("cell.boolean", f"{text[:30]!r} is neither true nor false") if found is None else found
    )


def _error(text: str) -> Cell:
    return Flaw("cell.error", f"the cell shows the error {text[:30]}; enter the value itself")


#: What a cell holds by its type; numbers, shared and inline texts are told apart before.
_BY_TYPE: dict[str, Callable[[str], Cell]] = {
    "str": text_cell,
    "b": _truth,
    "e": _error,
    "d": iso_day,
}


class Shared(NamedTuple):
    """What all sheets of a workbook share."""

    texts: Texts
    #: For each style of a cell: whether it shows a number as a day.
    day_styles: dict[str | None, bool]
    days: Days


class SheetReader:
    """Hears the elements of a sheet from a parser and puts its rows together.

    Callbacks run for every cell of a workbook: they are as short as they can be.
    """

    def __init__(
        self, name: str, shared: Shared, merged: list[Range], limits: Limits, parser: Any
    ) -> None:
        self._name, self._limits, self._parser = name, limits, parser
        self._text, self._day_styles = shared.texts.cell, shared.day_styles
        self._day, self._days = shared.days.read, shared.days.known
        self._columns = limits.columns
        self._cover = Cover(merged, limits.columns) if merged else None
        self._done: list[Row] = []
        self._found = False
        self._depth = 0
        #: Text of the element being read; the runs of an inline text.
        self._pieces: list[str] = []
        self._runs: list[str] = []
        self._reading = 0
        # The row.
        self._line, self._digits, self._cut = 0, "", 0
        self._cells: list[Cell] = []
        self._too_far = False
        # The cell; the column before the first while there is none.
        self._column = -1
        self._formula = False
        self._type: str | None = None
        self._style: str | None = None
        #: What stands in the cell; None as long as there is nothing, and a mark outside of it.
        self._value: str | None = _OUTSIDE
        #: Columns filled by an array formula, and the last row of each.
        self._spilled: dict[int, int] = {}
        self._spills = 0
        parser.CharacterDataHandler = self._pieces.append
        parser.StartElementHandler, parser.EndElementHandler = self._outer_start, self._outer_end

    def take(self) -> list[Row]:
        """The rows that have been completed since; to be called after every piece."""
        shorten(self._pieces)
        shorten(self._runs)
        done, self._done = self._done, []
        return done

    def finish(self) -> None:
        """To be called at the end: refuse a part that was no sheet."""
        if not self._found:
            self._refuse("workbook.xml", "holds no table of cells")

    def _refuse(self, code: str, what: str) -> NoReturn:
        line = max(self._line, 1)
        detail = f"sheet {self._name!r}, row {line} {what}; {SAVE_AS_XLSX}"
        refuse(code, detail, pointer_to(self._name, line))

    # --- around the rows ---------------------------------------------------------------------

    def _outer_start(self, tag: str, _: dict[str, str]) -> None:
        self._depth = deeper(self._depth)
        if _NAMES.get(tag) is _SHEET_DATA:
            if self._found:
                self._refuse("workbook.xml", "is followed by a second table of cells")
            self._found = True
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end

    def _outer_end(self, _: str) -> None:
        self._depth -= 1

    # --- inside the rows ---------------------------------------------------------------------

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _name_of(tag)
        if name is _V:
            if self._value is not None:
                self._refuse("workbook.xml", "has a value out of place")
            self._value = ""
            self._pieces.clear()
        elif name is _C:
            if self._value is not _BETWEEN:
                self._refuse("workbook.xml", "has a cell out of place")
            get = attributes.get
            self._type, self._style, self._value = get("t"), get("s"), None
            reference, cut = get("r", ""), self._cut
            column = _column_at(reference[:cut], -1)
            if column > self._column and reference[cut:] == self._digits:
                self._column = column
            else:
                self._start_unusual_cell(get("r"))
        else:
            self._start_other(name, attributes)

    def _end(self, tag: str) -> None:
        name = _name_of(tag)
        if name is _V:
            pieces = self._pieces
            self._value = pieces[0] if len(pieces) == 1 else "".join(pieces)
        elif name is _C:
            cell, self._value = self._cell(self._value), _BETWEEN
            if cell is None:
                return
            cells, column = self._cells, self._column
            if column >= self._columns:
                self._too_far = True
                return
            gap = column - len(cells)
            if gap:
                cells += [None] * gap
            cells.append(self._unspilled(cell) if self._spilled else cell)
        else:
            self._end_other(name)

    def _cell(self, value: str | None) -> Cell:
        """What the cell that ends here holds."""
        kind = self._type
        if self._formula:
            self._formula = False
            return _FORMULA
        if kind == "s":
            return self._text(value) if value else None
        if kind is None or kind == "n":
            if not value:
                return None
            shows_day = self._day_styles.get(self._style)
            if shows_day:
                return self._days.get(value) or self._day(value)
            return _NO_STYLE if shows_day is None else number_cell(value)
        return self._by_type(kind, value)

    def _start_other(self, name: str | None, attributes: dict[str, str]) -> None:
        if name is _ROW:
            self._start_row(attributes.get("r"))
            return
        self._depth = deeper(self._depth)
        if name is _T:
            self._pieces.clear()
        elif name is _F:
            self._formula = True
            if attributes.get("t") in ("array", "dataTable"):
                self._spill(attributes.get("ref", ""))
        elif name is _RPH:
            self._reading += 1
        elif name is _SHEET_DATA:
            self._refuse("workbook.xml", "has a table of cells inside it")

    def _end_other(self, name: str | None) -> None:
        if name is _ROW:
            self._end_row()
            return
        self._depth -= 1
        if name is _T:
            if not self._reading:
                self._runs.extend(self._pieces)
        elif name is _RPH:
            self._reading -= 1
        elif name is _SHEET_DATA:
            self._parser.StartElementHandler = self._outer_start
            self._parser.EndElementHandler = self._outer_end

    def _start_row(self, digits: str | None) -> None:
        if self._value is not _OUTSIDE:
            self._refuse("workbook.xml", "has a row inside it")
        line = self._line + 1
        if digits is None:
            digits = str(line)
        elif digits.isdecimal() and len(digits) < 8:
            line = int(digits)
        else:
            self._refuse("workbook.rows", f"is followed by a row numbered {digits[:20]!r}")
        if line <= self._line:
            self._refuse("workbook.row-order", f"is followed by row {line}")
        if line > LAST_ROW:
            self._refuse("workbook.rows", "is followed by a row no sheet has")
        self._line, self._digits, self._cut = line, digits, -len(digits)
        self._cells, self._column, self._too_far = [], -1, False
        self._value = _BETWEEN

    def _start_unusual_cell(self, reference: str | None) -> None:
        """Start a cell that stands far out, or wrong, or does not say where it stands."""
        if reference is None:
            digits, column = self._digits, self._column + 1
        else:
            letters, digits = reference[: self._cut], reference[self._cut :]
            column = column_of(letters) if _LETTERS_ONLY.fullmatch(letters) else LAST_COLUMN
        if not self._column < column < LAST_COLUMN or digits != self._digits:
            self._refuse("workbook.cell", f"has a cell out of place, {(reference or '')[:20]!r}")
        self._column = column

    def _unspilled(self, cell: Cell) -> Cell:
        """The cell, unless an array formula filled it."""
        return _FORMULA if self._spilled.get(self._column, 0) >= self._line else cell

    def _by_type(self, kind: str, value: str | None) -> Cell:
        if kind == "inlineStr":
            text = "".join(self._runs)
            self._runs.clear()
            return text_cell(text)
        if not value:
            return None
        reader = _BY_TYPE.get(kind)
        if reader is None:
            return Flaw("cell.type", f"a cell of the type {kind[:30]!r} cannot be read")
        return reader(value)

    def _spill(self, reference: str) -> None:
        """Remember the cells that an array formula fills; they hold nothing but its results."""
        range_ = read_range(reference)
        if range_ is None:
            return
        self._spills += 1
        if self._spills > self._limits.ranges:
            self._refuse("workbook.arrays", "has one array formula too many")
        for column in range(range_.left, min(range_.right + 1, self._columns)):
            self._spilled[column] = max(self._spilled.get(column, 0), range_.bottom)

    def _end_row(self) -> None:
        self._value = _OUTSIDE
        cells = self._cells
        covered = self._cover.at(self._line) if self._cover is not None else ()
        if not cells and not self._too_far:
            return
        if self._too_far:
            most = self._columns
            cells.extend([None] * (most - len(cells)))
            cells.append(Flaw("cell.too-far", f"only the first {most} columns are read"))
        for column in covered:
            if column < len(cells):
                cells[column] = _MERGED
            else:
                cells.extend([None] * (column - len(cells)))
                cells.append(_MERGED)
        self._done.append(Row(self._name, self._line, tuple(cells)))
