"""Refused contracts handed back as a workbook: to be corrected there and imported again.

As many may be refused as a file has, so their rows wait in a temporary file.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from ..domain.errors import Issue
from ..schemas.reading import Cell, Flaw, Number, Read, Row
from ..web import sheets

_IN_MEMORY = 4 << 20


class Refusals:
    """What was refused and came from rows, in order; close it after use."""

    def __init__(self) -> None:
        self.count = 0
        self._headings: dict[Row, int] = {}
        self._file: Any = SpooledTemporaryFile(  # noqa: SIM115 — closed by __exit__
            _IN_MEMORY, "w+", encoding="utf-8"
        )

    def __enter__(self) -> "Refusals":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, read: Read, issues: Iterable[Issue]) -> None:
        """Keep a refused contract with everything said of it; what has no rows is passed over."""
        if not read.rows:
            return
        headings, *rows = read.rows
        known = self._headings.setdefault(headings, len(self._headings))
        placed = [i if read.issue else _placed(read, i) for i in issues]
        kept = [known, [[r.line, [_kept(c) for c in r.cells]] for r in rows], placed]
        self._file.write(json.dumps(kept, ensure_ascii=False) + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[tuple[Read, list[Issue]]]:
        headings = list(self._headings)
        self._file.seek(0)
        for text in self._file:
            known, rows, issues = json.loads(text)
            above = headings[known]
            below = (Row(above.sheet, n, tuple(_taken_up(c) for c in cells)) for n, cells in rows)
            yield Read(rows[0][0], "", None, rows=(above, *below)), [Issue(*i) for i in issues]
        self._file.seek(0, 2)

    def write_to(self, path: Path) -> None:
        """The workbook, under the headings as they were written."""
        sheets.write_refused(path, self)


def _placed(read: Read, issue: Issue) -> Issue:
    return issue._replace(pointer=read.spot(issue.pointer).pointer)


def _kept(cell: Cell) -> Any:
    """A cell as JSON: what is neither text, true, false nor nothing is a list of kind and text."""
    match cell:
        case Flaw():
            return ["flaw", *cell]
        case Number():
            return ["number", str(cell)]
        case date():
            return ["day", cell.isoformat()]
    return cell


def _taken_up(kept: Any) -> Cell:
    match kept:
        case ["flaw", code, detail]:
            return Flaw(code, detail)
        case ["number", text]:
            return Number(text)
        case ["day", text]:
            return date.fromisoformat(text)
    return kept
