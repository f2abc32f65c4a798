"""Ranges of a sheet that hide or fill their cells: merged ones, and array formulas."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .xlsx_limits import SAVE_AS_XLSX, Limits, pointer_to, refuse
from .xlsx_parts import Parts

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
#: Outside comments no `<` stands for itself in XML, so the tag can be found without a parser.
_MERGED = re.compile(
    rb"<(?:[\w.-]{1,40}:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']([^\"'<>]{0,60})[\"'][^<>]*>"
)
_LONGEST_TAG = 2_048


class Range(NamedTuple):
    """Rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def column_of(letters: str) -> int:
    """The place of a column from 0; beyond the last one if the letters name none.

    >>> column_of("A"), column_of("AA"), column_of("XFD")
    (0, 26, 16383)
    """
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def read_range(text: str) -> Range | None:
    """A range such as `A1:B2`; None if it is none, or lies outside every sheet."""
    found = _RANGE.fullmatch(text)
    if not found:
        return None
    left, top, right, bottom = found.groups()
    range_ = Range(int(top), column_of(left), int(bottom), column_of(right))
    in_order = 1 <= range_.top <= range_.bottom <= LAST_ROW and range_.left <= range_.right
    return range_ if in_order and range_.right < LAST_COLUMN else None


def merged_ranges(parts: Parts, part: str, sheet: str, limits: Limits) -> list[Range]:
    """The merged ranges of a sheet that matter, from the top.

    They stand behind the rows, so the part is unpacked once for them alone; that finds damage in
    the archive before the first row is handed out, too.
    """
    found: list[Range] = []
    count = 0
    for text in _references(parts, part):
        count += 1
        if count > limits.ranges:
            most = limits.ranges
            detail = f"sheet {sheet!r} has more than {most} merged ranges; unmerge its cells"
            refuse("workbook.merged", detail, pointer_to(sheet, 1))
        range_ = read_range(text)
        if range_ is None:
            if ":" not in text:  # a single cell hides nothing
                continue
            detail = f"sheet {sheet!r} has a merged range {text[:30]!r} of no meaning"
            refuse("workbook.merged", f"{detail}; {SAVE_AS_XLSX}", pointer_to(sheet, 1))
        if range_.left < limits.columns:
            found.append(range_)
    return sorted(found)


def _references(parts: Parts, part: str) -> Iterator[str]:
    rest = b""
    for piece in parts.pieces(part):
        parts.count(len(piece))
        text = rest + piece
        if b"mergeCell" in text:
            for reference in _MERGED.findall(text):
                yield reference.decode("ascii", "replace")
        last = text[text.rfind(b"<") :] if b"<" in text else b""
        rest = last if b">" not in last and len(last) < _LONGEST_TAG else b""


class Cover:
    """Which cells of a row, asked for from the top down, lie in a range but not first in it."""

    def __init__(self, ranges: list[Range], columns: int) -> None:
        self._coming = iter(ranges)
        self._next = next(self._coming, None)
        self._columns = columns
        #: For each covered column the last row that is.
        self._until: dict[int, int] = {}

    def add(self, range_: Range) -> None:
        """Cover a range from the current row on."""
        for column in range(range_.left, min(range_.right + 1, self._columns)):
            self._until[column] = max(self._until.get(column, 0), range_.bottom)

    def at(self, row: int) -> list[int]:
        """The covered columns of a row."""
        until = self._until
        if until:
            for column in [c for c, last in until.items() if last < row]:
                del until[column]
        first = set()
        while self._next is not None and self._next.top <= row:
            if self._next.bottom >= row:
                self.add(self._next)
                if self._next.top == row:
                    first.add(self._next.left)
            self._next = next(self._coming, None)
        return sorted(until.keys() - first) if until else []
