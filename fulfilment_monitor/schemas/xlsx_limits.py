"""How much of a sheet is read, and how a file is refused that goes beyond it or is no sheet."""

from dataclasses import dataclass
from typing import NoReturn

from ..domain.errors import Invalid, Issue

#: What a clerk can do about most files that cannot be read.
SAVE_AS_XLSX = "open it in Excel or WPS and save it as .xlsx"
#: Characters a spreadsheet keeps in one cell; a longer text was not typed by anyone.
LONGEST_TEXT = 32_767

_MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What a file of rows may cost. Bytes are counted as they really come out of the archive."""

    #: Bytes of the file itself; None where the reader owns the file.
    file_bytes: int | None = None
    #: Rows that hold anything, over all sheets; None for any number.
    rows: int | None = None
    #: Columns that are read; what stands further right becomes one flaw at the end of the row.
    columns: int = 200
    #: Inflated bytes of one part, and of all parts that are read.
    part_bytes: int = 4 << 30
    total_bytes: int = 16 << 30
    #: Inflated bytes for each byte in the archive; counts beyond the first `ratio_from` bytes.
    ratio: int = 200
    ratio_from: int = 10 * _MB
    #: Inflated bytes of the table of texts, which is held in memory, and how many texts.
    strings_bytes: int = 512 * _MB
    strings: int = 10_000_000
    #: Merged ranges of one sheet; also array formulas that fill more than one cell.
    ranges: int = 200_000
    sheets: int = 1_000
    entries: int = 2_000


#: On the command line: any number of rows, but nothing that fills memory or never ends.
COMMAND_LINE = Limits()
#: For a file that came through the web.
UPLOAD = Limits(
    file_bytes=10 * _MB,
    rows=50_000,
    part_bytes=100 * _MB,
    total_bytes=100 * _MB,
    ratio=100,
    strings_bytes=64 * _MB,
    strings=1_000_000,
    ranges=20_000,
    sheets=100,
)


def refuse(code: str, detail: str, pointer: str = "") -> NoReturn:
    """Refuse the file: raise `Invalid` with one issue."""
    raise Invalid([Issue(pointer, code, detail)])


def pointer_to(sheet: str, line: int) -> str:
    """Where a row stands, as a JSON Pointer: `/sheet/line`; in CSV `/line`."""
    step = sheet.replace("~", "~0").replace("/", "~1")
    return f"/{step}/{line}" if step else f"/{line}"
