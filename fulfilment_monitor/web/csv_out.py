"""Tables for spreadsheets: a text that looks like a formula stays a text."""

import csv
import io
from collections.abc import Iterable, Sequence

from ..domain.cells import shielded


def written(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""A CSV file with a byte order mark, for Excel and WPS.

    >>> print(written(["a", "b"], [["=1+1", -5], [None, "x"]])[1:].replace("\r", ""), end="")
    a,b
    '=1+1,-5
    ,x
    """
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_cell(h) for h in headings])
    writer.writerows([_cell(c) for c in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return shielded(value) if isinstance(value, str) else value
