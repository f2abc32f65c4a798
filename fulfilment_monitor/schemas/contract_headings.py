"""The heading row of a contract sheet: which column stands where, and which are none of ours."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from ..domain.errors import Issue
from .contract_cells import Take, taker
from .contract_columns import (
    BODY_CODE,
    COLUMNS,
    KNOWN,
    NOTE_HEADING,
    NUMBER,
    Column,
    plain_heading,
)
from .reading import Cell, Flaw, Row

#: Rows of titles and such that may stand above the headings.
LAST_HEADING_LINE = 11
_FEWEST_KNOWN = 5
_ALIKE = 0.6


class Bound(NamedTuple):
    """A column of the table where it stands in this sheet."""

    at: int
    heading: str
    column: Column
    take: Take
    #: The steps of the column's place.
    steps: tuple[str, ...]
    #: The last step of pointers to its cells.
    step: str


class Layout(NamedTuple):
    """The columns of a sheet, by what they speak of."""

    headings: Row
    root: str
    contract: tuple[Bound, ...]
    row: tuple[Bound, ...]
    number: Bound
    body: Bound | None
    #: Columns without a heading, as far as the headings reach.
    bare: tuple[int, ...]
    #: Errors refuse the whole sheet.
    issues: tuple[Issue, ...]

    def pointer(self, line: int, bound: Bound | None = None) -> str:
        """Where a row stands in the file, or a cell of it."""
        return f"{self.root}/{line}" + ("" if bound is None else bound.step)

    def has_row_cells(self, row: Row) -> bool:
        """Whether a row says anything of an obligation or of facts."""
        cells = row.cells
        return any(b.at < len(cells) and cells[b.at] is not None for b in self.row)

    def has_strays(self, row: Row) -> bool:
        """Whether a row holds anything in a column that has no heading."""
        cells = row.cells
        beyond = len(cells) > len(self.headings.cells)
        return beyond or any(at < len(cells) and cells[at] is not None for at in self.bare)


def find_layout(row: Row) -> Layout | None:
    """The layout of a sheet if this is its heading row."""
    headings = [(at, _heading(cell)) for at, cell in enumerate(row.cells)]
    known = [(at, h, KNOWN[plain_heading(h)]) for at, h in headings if plain_heading(h) in KNOWN]
    bound = [
        Bound(at, h, k.column, taker(k), tuple(k.column.place.split("/")[1:]), step_of(h))
        for at, h, k in known
    ]
    number = next((b for b in bound if b.column is NUMBER), None)
    if number is None or len(bound) < _FEWEST_KNOWN:
        return None
    root = f"{step_of(row.sheet)}" if row.sheet else ""
    layout = Layout(
        row,
        root,
        tuple(b for b in bound if not b.column.of_row),
        # The required ones first: they tell soonest that a row is no empty one.
        tuple(sorted((b for b in bound if b.column.of_row), key=lambda b: not b.column.required)),
        number,
        next((b for b in bound if b.column is BODY_CODE), None),
        tuple(at for at, h in headings if not h),
        (),
    )
    strangers = [h for _, h in headings if h and plain_heading(h) not in KNOWN]
    return layout._replace(issues=(*_faults(layout, bound), *_findings(layout, strangers)))


def step_of(text: str) -> str:
    """One step of a JSON Pointer.

    >>> step_of("期限/日")
    '/期限~1日'
    """
    return "/" + text.replace("~", "~0").replace("/", "~1")


def _heading(cell: Cell) -> str:
    return "" if cell is None or isinstance(cell, Flaw) else str(cell).strip()


def _faults(layout: Layout, bound: list[Bound]) -> Iterator[Issue]:
    place = layout.pointer(layout.headings.line)
    there = [b.column for b in bound]
    missing = [c.heading for c in COLUMNS if c.required and c not in there]
    if missing:
        yield Issue(place, "sheet.columns-missing", f"缺少必填列：{'、'.join(missing)}")
    for heading in dict.fromkeys(c.heading for c in there if there.count(c) > 1):
        twins = "、".join(f"「{b.heading}」" for b in bound if b.column.heading == heading)
        detail = f"{twins} 是同一列，请只保留一列"
        yield Issue(place, "sheet.column-twice", detail)


def _findings(layout: Layout, strangers: list[str]) -> Iterator[Issue]:
    line = layout.headings.line
    for heading in dict.fromkeys(strangers):
        if heading == NOTE_HEADING:
            continue
        close = get_close_matches(plain_heading(heading), KNOWN, 1, _ALIKE)
        hint = f"；是否为「{KNOWN[close[0]].column.heading}」？" if close else ""
        detail = f"列「{heading}」不在模板中，未读取{hint}"
        pointer = layout.pointer(line) + step_of(heading)
        yield Issue(pointer, "sheet.unknown-heading", detail, "finding")
