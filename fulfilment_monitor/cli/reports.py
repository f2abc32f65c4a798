"""What an import did: counts, and every issue with its place; as text, JSON or CSV.

A large file has more issues than fit in memory, so they wait in a temporary file.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, TextIO

import click

from ..domain.cells import shielded
from ..domain.errors import Issue
from ..schemas.reading import Read
from .refusals import Refusals

_COUNTED = ("read", "registered", "updated", "unchanged", "refused")
_COLUMNS = ("source", "line", "pointer", "code", "level", "detail")
_IN_MEMORY = 4 << 20


class Report:
    """Counts and issues of an import, in the order in which they arose; close it after use."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.refusals: Refusals | None = None
        self._issues: Any = SpooledTemporaryFile(  # noqa: SIM115 — closed by __exit__
            _IN_MEMORY, "w+", encoding="utf-8"
        )

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: object) -> None:
        self._issues.close()

    def refuse(self, source: str, read: Read, issues: Iterable[Issue]) -> None:
        """Count a document as refused, for these reasons."""
        self.counts["refused"] += 1
        issues = list(issues)
        if self.refusals is not None:
            self.refusals.add(read, issues)
        self.note(source, read, issues)

    def note(self, source: str, read: Read, issues: Iterable[Issue]) -> None:
        """Put issues of a document down with their place in the file."""
        for issue in issues:
            spot = read.spot(issue.pointer)
            shown = {"source": source, "line": spot.line, **issue._asdict()}
            self._issues.write(_line({**shown, "pointer": spot.pointer}) + "\n")

    def issues(self) -> Iterator[dict[str, Any]]:
        """Every issue, in order."""
        return map(json.loads, self._lines())

    def _lines(self) -> Iterator[str]:
        self._issues.seek(0)
        for line in self._issues:
            yield line.rstrip("\n")
        self._issues.seek(0, 2)

    def write_json(self, file: TextIO) -> None:
        """The report as one JSON document, an issue a line."""
        counts = {name: self.counts[name] for name in _COUNTED}
        file.write(json.dumps(counts, indent=2).rstrip("\n}") + ',\n  "issues": [')
        between = "\n"
        for line in self._lines():
            file.write(f"{between}    {line}")
            between = ",\n"
        file.write(("\n  " if between != "\n" else "") + "]\n}\n")

    def write_csv(self, file: TextIO) -> None:
        """The issues as CSV; it opens in a spreadsheet and cannot carry formulas into it."""
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for issue in self.issues():
            rows.writerow([shielded(str(issue[name])) for name in _COLUMNS])

    def write_to(self, path: Path) -> None:
        """The report as a file: CSV when it is called so, else JSON."""
        if path.suffix.lower() == ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                self.write_csv(file)
        else:
            with path.open("w", encoding="utf-8") as file:
                self.write_json(file)

    def print_json(self) -> None:
        """The report on stdout, and nothing else there."""
        self.write_json(sys.stdout)

    def print_text(self, *, dry_run: bool) -> None:
        """The report for people."""
        counts = ", ".join(f"{self.counts[name]} {name}" for name in _COUNTED)
        click.echo(counts + (" (dry run: nothing was changed)" if dry_run else ""))
        for i in self.issues():
            mark = "refused" if i["level"] == "error" else "finding"
            place = f"{i['source']}:{i['line']} {i['pointer'] or '/'}"
            click.echo(f"{mark}  {place} {i['code']}: {i['detail']}")


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
