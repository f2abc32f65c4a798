"""Workbooks of any length, row by row in little memory.

No library both streams and tells a formula from its result, so this reader is ours: an archive
of XML, of which nothing is expanded that the limits do not allow.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from ..domain.errors import Invalid
from .reading import Row
from .xlsx_book import Sheet, day_styles, open_book
from .xlsx_days import Days
from .xlsx_limits import COMMAND_LINE, UPLOAD, Limits, pointer_to, refuse
from .xlsx_parts import Parts, new_parser, parse_piece
from .xlsx_ranges import merged_ranges
from .xlsx_sheet import Shared, SheetReader
from .xlsx_texts import read_texts

__all__ = ["COMMAND_LINE", "UPLOAD", "Limits", "hidden_sheets", "read_xlsx"]


def read_xlsx(
    file: BinaryIO, *, sheets: Collection[str] | None = None, limits: Limits = COMMAND_LINE
) -> Iterator[Row]:
    """The rows that hold anything, of every visible sheet in order, or of the sheets named.

    A named sheet is read even if it is hidden; a name the workbook does not have gives no rows.
    Hidden rows and columns are read as others are. What stands right of the last column that is
    read becomes one flaw behind it.

    Raises, while rows are asked for: Invalid, with `/sheet/line` where there is a place.
    """
    parts = Parts(file, limits)
    book = open_book(parts, limits)
    shared = Shared(
        read_texts(parts, book.strings, limits),
        day_styles(parts, book),
        Days(from_1904=book.from_1904),
    )
    count = 0
    for sheet in book.sheets:
        if sheet.name not in sheets if sheets is not None else sheet.hidden:
            continue
        for row in _rows(parts, shared, sheet, limits):
            count += 1
            if limits.rows is not None and count > limits.rows:
                detail = f"the workbook has more than {limits.rows} rows; split it into several"
                refuse("workbook.rows", detail, pointer_to(row.sheet, row.line))
            yield row


def hidden_sheets(file: BinaryIO, *, limits: Limits = COMMAND_LINE) -> list[str]:
    """The sheets of cells that `read_xlsx` passes over unless they are named.

    Raises: Invalid.
    """
    return [s.name for s in open_book(Parts(file, limits), limits).sheets if s.hidden]


def _rows(parts: Parts, shared: Shared, sheet: Sheet, limits: Limits) -> Iterator[Row]:
    """The rows of one sheet; those before a fault are handed out before it is raised."""
    merged = merged_ranges(parts, sheet.part, sheet.name, limits)
    parser = new_parser()
    reader = SheetReader(sheet.name, shared, merged, limits, parser)
    fed, fault = 0, None
    for piece in parts.pieces(sheet.part):
        if not piece:
            continue
        fed += len(piece)
        try:
            parse_piece(parser, sheet.part, piece, fed)
        except Invalid as refused:
            fault = refused
        yield from reader.take()
        if fault is not None:
            raise fault
    parse_piece(parser, sheet.part, b"", fed)
    reader.finish()
