"""Where each thing of a contract document stands in the sheet it was read from."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from .contract_headings import Bound, Layout
from .reading import Spot

#: What is wrong with the whole is shown at one of its cells: the first of these that there is.
_WHOLES = {
    "/government": ("/government/uscc",),
    "/enterprise": ("/enterprise/uscc",),
    "/co_governments": ("/co_governments/uscc", "/co_governments/name"),
    "/late_interest": ("/late_interest/annual_rate",),
    "/within": ("/within/length", "/within/unit"),
    "/repeat": ("/repeat/times", "/repeat/every/length"),
    "/repeat/every": ("/repeat/every/length", "/repeat/every/unit"),
}
#: Of a fact of each kind: its parts, and their columns.
_FACTS = {
    "performed": {
        "": "/performed_on",
        "/on": "/performed_on",
        "/confirmed": "/confirmed",
    },
    "paid": {
        "": "/paid",
        "/on": "/paid_on",
        "/amount": "/paid",
        "/confirmed": "/confirmed",
    },
}


class Lines(NamedTuple):
    """The lines a contract was put together from."""

    first: int
    #: By place of the column, for cells of the contract that do not stand in its first line.
    filled: Mapping[int, int]
    obligations: tuple[int, ...]
    #: The kind of each fact, and the line it stands in.
    facts: tuple[tuple[str, int], ...]


class Places(Mapping[str, Spot]):
    """Pointers into the document, and pointers into the file that issues carry already.

    Worked out when first asked: most contracts never are.
    """

    def __init__(self, layout: Layout, lines: Lines, told: Mapping[str, int]) -> None:
        self._layout, self._lines, self._told = layout, lines, told

    @cached_property
    def _spots(self) -> dict[str, Spot]:
        return dict(self._all())

    def __getitem__(self, pointer: str) -> Spot:
        return self._spots[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spots)

    def __len__(self) -> int:
        return len(self._spots)

    def _all(self) -> Iterator[tuple[str, Spot]]:
        layout, lines = self._layout, self._lines
        for pointer, line in self._told.items():
            yield pointer, Spot(line, pointer)
        cells = {
            b.column.place: self._cell(lines.filled.get(b.at, lines.first), b)
            for b in layout.contract
        }
        yield from _with_wholes("", cells)
        if "/clauses" in cells:
            yield "/clauses", cells["/clauses"]
        for i, line in enumerate(lines.obligations):
            yield f"/obligations/{i}", Spot(line, layout.pointer(line))
            here = {b.column.place: self._cell(line, b) for b in layout.row}
            yield from _with_wholes(f"/obligations/{i}", here)
        for i, (kind, line) in enumerate(lines.facts):
            here = {b.column.place: self._cell(line, b) for b in layout.row}
            for part, place in _FACTS[kind].items():
                if place in here:
                    yield f"/facts/{i}{part}", here[place]

    def _cell(self, line: int, bound: Bound) -> Spot:
        return Spot(line, self._layout.pointer(line, bound))


def _with_wholes(root: str, cells: Mapping[str, Spot]) -> Iterator[tuple[str, Spot]]:
    for whole, parts in _WHOLES.items():
        part = next((p for p in parts if p in cells), None)
        if part is not None:
            yield root + whole, cells[part]
    for place, spot in cells.items():
        yield root + place, spot
