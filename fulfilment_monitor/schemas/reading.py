"""What every reader of files hands on: rows of sheets, and documents with their places."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from ..domain.errors import Issue


class Number(str):
    """A number as it stands in a file, digit for digit; never a float."""

    __slots__ = ()


class Flaw(NamedTuple):
    """A cell that holds something nobody may guess at, such as a formula."""

    code: str
    detail: str


#: What a cell holds: text, a number, a day, true or false, a flaw, or nothing.
Cell = str | Number | date | bool | Flaw | None


class Row(NamedTuple):
    """One row of a sheet that holds anything at all; `cells` ends with the last filled one."""

    #: The name of the sheet; empty in a CSV file.
    sheet: str
    #: The row's number as the spreadsheet shows it (in CSV: the line it begins on), from 1.
    line: int
    cells: tuple[Cell, ...]


class Spot(NamedTuple):
    """Where something stands in a file."""

    line: int
    pointer: str


class Read(NamedTuple):
    """One document of a file, or what is wrong with the place where it should be."""

    line: int
    pointer: str
    document: Any
    issue: Issue | None = None
    #: For documents put together from rows: pointers inside the document, and where each stands.
    spots: Mapping[str, Spot] | None = None
    #: The rows the document was put together from, for handing them back when it is refused.
    rows: tuple[Row, ...] = ()
    #: What is wrong with, or worth knowing about, single cells; pointers start at the file.
    issues: tuple[Issue, ...] = ()

    def spot(self, pointer: str) -> Spot:
        """Where in the file something of the document stands; the nearest known place."""
        if self.spots is None:
            return Spot(self.line, self.pointer + pointer)
        while pointer not in self.spots and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.spots.get(pointer, Spot(self.line, self.pointer))
