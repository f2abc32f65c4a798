"""Where each thing of a contract document stands in the sheet it was read from."""

from collections.abc import Iterable, Iterator, Mapping
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


class Columns(NamedTuple):
    """The columns of a sheet by what of the document their cells hold."""

    contract: Mapping[str, Bound]
    #: Of an obligation, and of the facts beside it.
    row: Mapping[str, Bound]


def columns_of(layout: Layout) -> Columns:
    """Where to look for what; the whole of something is at the first of its parts there is."""
    return Columns(_with_wholes(layout.contract), _with_wholes(layout.row))


def _with_wholes(bound: Iterable[Bound]) -> dict[str, Bound]:
    cells = {b.column.place: b for b in bound}
    wholes: dict[str, Bound] = {}
    for whole, parts in _WHOLES.items():
        part = next((p for p in parts if p in cells), None)
        if part is not None:
            wholes[whole] = cells[part]
    return wholes | cells


class Places(Mapping[str, Spot]):
    """Pointers into the document, and pointers into the file that issues carry already.

    Each is worked out when it is asked for: most never are.
    """

    def __init__(
        self, layout: Layout, columns: Columns, lines: Lines, told: Mapping[str, int]
    ) -> None:
        self._layout, self._columns, self._lines, self._told = layout, columns, lines, told

    def __getitem__(self, pointer: str) -> Spot:
        spot = self._in_document(pointer)
        return Spot(self._told[pointer], pointer) if spot is None else spot

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._told, *self._of_document())))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _in_document(self, pointer: str) -> Spot | None:
        columns, lines = self._columns, self._lines
        bound = columns.contract.get(pointer)
        if bound is not None:
            return self._cell(lines.filled.get(bound.at, lines.first), bound)
        _, name, number, step = [*pointer.split("/", 3), "", "", ""][:4]
        if not number.isdecimal() or number != str(int(number)):
            return None
        part = f"/{step}" if step else ""
        if name == "obligations" and int(number) < len(lines.obligations):
            return self._of_obligation(lines.obligations[int(number)], part)
        if name == "facts" and int(number) < len(lines.facts):
            kind, line = lines.facts[int(number)]
            bound = columns.row.get(_FACTS[kind].get(part, ""))
            return None if bound is None else self._cell(line, bound)
        return None

    def _of_obligation(self, line: int, part: str) -> Spot | None:
        if not part:
            return Spot(line, self._layout.pointer(line))
        bound = self._columns.row.get(part)
        return None if bound is None else self._cell(line, bound)

    def _of_document(self) -> Iterator[str]:
        yield from self._columns.contract
        for i in range(len(self._lines.obligations)):
            yield f"/obligations/{i}"
            yield from (f"/obligations/{i}{place}" for place in self._columns.row)
        for i, (kind, _) in enumerate(self._lines.facts):
            for part, place in _FACTS[kind].items():
                if place in self._columns.row:
                    yield f"/facts/{i}{part}"

    def _cell(self, line: int, bound: Bound) -> Spot:
        return Spot(line, self._layout.pointer(line, bound))
