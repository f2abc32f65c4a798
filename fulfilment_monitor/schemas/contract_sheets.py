"""Contract documents from the rows of a sheet: one row per obligation, contract after contract.

The contract's own cells stand in its first row; in the rows below they are repeated identically or
left empty. One contract's rows are held at a time, and the numbers of all contracts seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from ..domain.contracts import KIND_CHINESE, Kind
from ..domain.errors import Issue
from ..domain.facts import FactKind, Source
from ..domain.parties import GovernmentKind
from .contract_columns import EXAMPLE_SHEET, Group
from .contract_headings import LAST_HEADING_LINE, Bound, Layout, find_layout
from .contract_places import Columns, Lines, Places, columns_of
from .reading import Cell, Flaw, Read, Row

#: A contract's number and its government's code.
Name = tuple[str, str]
#: Contracts whose rows do not stand together, and the lines where their parts begin.
Apart = Mapping[Name, tuple[int, ...]]

_CHINESE = {kind.value: zh for kind, zh in KIND_CHINESE.items()}
_PAYMENTS = frozenset({Kind.PAYMENT.value, Kind.DEPOSIT_RETURN.value})
_PAYABLE = _PAYMENTS | {Kind.POLICY_FULFILMENT.value}
_INSTITUTION = "12"
_MERGED = "cell.merged"
_PERFORMED_IS_PAID = "付款、退还保证金以“已付金额”和“付款日期”为准，请不要填实际履行日期"
_PAID_WITHOUT_PAYMENT = "这一项不是付款；已付金额请填在付款义务的那一行"
_FACTS_OF_SERIES = "按期重复的义务，请导入后逐期登记履行情况"
_NOTHING_TO_CONFIRM = "没有填写履行或付款情况，企业无从确认"


class _Part(NamedTuple):
    """Rows of one contract that stand together; without a number, what belongs to none."""

    number: str | None
    body: str | None
    rows: tuple[Row, ...]


class _Names:
    """The contracts met so far, each by number and body, and the line it was first met."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}
        self._first: dict[Name, int] = {}

    def meet(self, part: _Part) -> tuple[Name, int]:
        """The contract a part belongs to, and the line where it was met first."""
        number = part.number or ""
        body = part.body or self._bodies.get(number, "")
        self._bodies[number] = body
        name, line = (number, body), part.rows[0].line
        return name, self._first.setdefault(name, line)


def rows_apart(rows: Iterable[Row]) -> dict[Name, tuple[int, ...]]:
    """A look at all rows beforehand, so that no contract is read in part."""
    names, found = _Names(), dict[Name, tuple[int, ...]]()
    for layout, below in _sheets(rows):
        for part in _parts(below, layout) if not _refusal(layout) else ():
            name, first = names.meet(part) if part.number else (("", ""), part.rows[0].line)
            if first != part.rows[0].line:
                found[name] = (*found.get(name, (first,)), part.rows[0].line)
        break
    return found


def read_contract_rows(rows: Iterable[Row], *, apart: Apart | None = None) -> Iterator[Read]:
    """The contracts of a sheet in order, and what is wrong with rows that belong to none.

    Args:
        apart: from `rows_apart` of the same rows: no part of these contracts is accepted. Without
            it the first part is, and only what comes back later is refused.
    """
    taken: Layout | None = None
    for layout, below in _sheets(rows):
        if taken is not None:
            if next(below, None) is not None:
                yield _second_sheet(layout, taken)
            continue
        taken = layout
        if issue := _refusal(layout):
            yield Read(layout.headings.line, issue.pointer, None, issue)
            continue
        yield from _reads(below, layout, apart)
    if taken is None:
        detail = f"前{LAST_HEADING_LINE}行中没有找到标题行（须有“合同编号”等列），请使用模板"
        yield Read(1, "", None, Issue("", "sheet.no-headings", detail))


def _sheets(rows: Iterable[Row]) -> Iterator[tuple[Layout, Iterator[Row]]]:
    """The sheets that have our headings, each with the rows below them."""
    for name, sheet in groupby(rows, key=lambda row: row.sheet):
        below = iter(sheet)
        layout = None if name == EXAMPLE_SHEET else _headings(below)
        if layout is not None:
            yield layout, below


def _headings(rows: Iterator[Row]) -> Layout | None:
    for row in rows:
        layout = find_layout(row) if row.line <= LAST_HEADING_LINE else None
        if layout is not None or row.line > LAST_HEADING_LINE:
            return layout
    return None


def _refusal(layout: Layout) -> Issue | None:
    return next((i for i in layout.issues if i.level == "error"), None)


def _second_sheet(layout: Layout, taken: Layout) -> Read:
    line = layout.headings.line
    detail = (
        f"工作表「{layout.headings.sheet}」也有合同数据，未读取（只读取"
        f"「{taken.headings.sheet}」）；请合并到一张表或另存文件"
    )
    return Read(line, layout.root, None, Issue(layout.root, "sheet.second", detail))


def _reads(rows: Iterator[Row], layout: Layout, apart: Apart | None) -> Iterator[Read]:
    names, columns, untold = _Names(), columns_of(layout), layout.issues
    for part in _parts(rows, layout):
        issue = _misplaced(part, layout, names, apart)
        if issue is not None:
            raw = (layout.headings, *part.rows)
            yield Read(part.rows[0].line, issue.pointer, None, issue, rows=raw)
        else:
            yield _Reading(layout, columns, part, untold).read()
            untold = ()  # what was found in the headings is told with the first contract


def _parts(rows: Iterator[Row], layout: Layout) -> Iterator[_Part]:
    """Rows of one contract at a time; a row that names none and says nothing of an obligation
    stands alone."""
    number: str | None = None
    body: str | None = None
    held: list[Row] = []
    for row in rows:
        its_number, its_body = _identity(row, layout.number), _identity(row, layout.body)
        if its_number is None and its_body is None and not layout.has_row_cells(row):
            yield _Part(None, None, (row,))
            continue
        other_number = its_number is not None and its_number != number
        other_body = its_body is not None and body is not None and its_body != body
        if held and (other_number or other_body):
            yield _Part(number, body, tuple(held))
            number, body, held = None, None, []
        number, body = number or its_number, body or its_body
        held.append(row)
    if held:
        yield _Part(number, body, tuple(held))


def _identity(row: Row, bound: Bound | None) -> str | None:
    """What a row says its contract's number or body is; nobody's if it cannot be read."""
    cell = None if bound is None else _cell(row, bound)
    if bound is None or cell is None:
        return None
    if isinstance(cell, Flaw):  # one formula is not another; a merged cell is the one above
        return None if cell.code == _MERGED else f"\0{row.line}"
    return bound.take(cell).value or str(cell).strip() or None


def _cell(row: Row, bound: Bound) -> Cell:
    return row.cells[bound.at] if bound.at < len(row.cells) else None


def _is_merged(cell: Cell) -> bool:
    return isinstance(cell, Flaw) and cell.code == _MERGED


def _misplaced(part: _Part, layout: Layout, names: _Names, apart: Apart | None) -> Issue | None:
    """Why rows cannot be read as a contract, if they cannot."""
    first = part.rows[0]
    place = layout.pointer(first.line)
    is_note = not any(layout.has_row_cells(row) for row in part.rows)
    if is_note and (part.number is None or (len(part.rows) == 1 and part.body is None)):
        detail = "这一行没有义务内容，也不属于某份合同，未读取；如为备注或合计请移出本表"
        return Issue(place, "sheet.note-row", detail)
    if part.number is None and part.body is None:
        detail = "这一行没有合同编号，上面也没有合同"
        return Issue(place, "sheet.row-without-contract", detail)
    if part.number is None:
        return None
    name, met = names.meet(part)
    lines = (apart or {}).get(name, ())
    if apart is None and met != first.line:
        lines = (met, first.line)
    if not lines:
        return None
    elsewhere = "、".join(str(line) for line in lines if line != first.line)
    detail = f"合同 {part.number} 的行没有放在一起（另见第{elsewhere}行），请移到一处"
    return Issue(layout.pointer(first.line, layout.number), "sheet.rows-apart", detail)


class _Reading:
    """One contract being put together from its rows."""

    def __init__(
        self, layout: Layout, columns: Columns, part: _Part, found: tuple[Issue, ...]
    ) -> None:
        self.layout, self.columns, self.part = layout, columns, part
        self.issues = list(found)
        self.told = {i.pointer: layout.headings.line for i in found}
        self.filled: dict[int, int] = {}
        self.facts: list[dict[str, Any]] = []
        self.fact_lines: list[tuple[str, int]] = []

    def read(self) -> Read:
        first = self.part.rows[0].line
        document = self._contract()
        rows = [row for row in self.part.rows if self.layout.has_row_cells(row)]
        self._strays()
        document["obligations"] = [self._obligation(i, row) for i, row in enumerate(rows)]
        if self.facts:
            document["facts"] = self.facts
        lines = Lines(first, self.filled, tuple(r.line for r in rows), tuple(self.fact_lines))
        return Read(
            first,
            self.layout.pointer(first),
            document,
            spots=Places(self.layout, self.columns, lines, self.told),
            rows=(self.layout.headings, *self.part.rows),
            issues=tuple(self.issues),
        )

    def tell(self, line: int, bound: Bound, code: str, detail: str, level: str = "error") -> None:
        """Put an issue of a cell down."""
        pointer = self.layout.pointer(line, bound)
        self.told[pointer] = line
        self.issues.append(Issue(pointer, code, detail, level))

    def _strays(self) -> None:
        """What stands in a column without a heading is not read; that is told once."""
        for row in self.part.rows:
            if self.layout.has_strays(row):
                pointer = self.layout.pointer(row.line)
                self.told[pointer] = row.line
                detail = "没有标题的列中有内容，未读取"
                self.issues.append(Issue(pointer, "sheet.cell-without-heading", detail, "finding"))
                return

    # --- the contract -------------------------------------------------------------------------

    def _contract(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        listed: tuple[str, ...] = ()
        for bound in self.layout.contract:
            value = self._agreed(bound)
            if bound.steps == ("clauses",):
                listed = value or ()
            elif value is not None or bound.column.required:
                _put(document, bound.steps, value)
        if listed:
            document["clauses"] = document.get("clauses", {}) | dict.fromkeys(listed, True)
        if "co_governments" in document:
            document["co_governments"] = self._bodies(document["co_governments"])
        return document

    def _agreed(self, bound: Bound) -> Any:
        """What all rows of the contract say in a column; a contradiction is told."""
        value: Any = None
        said_in = 0
        at, first = bound.at, self.part.rows[0]
        for row in self.part.rows:
            cell = row.cells[at] if at < len(row.cells) else None
            if cell is None or (row is not first and _is_merged(cell)):
                continue  # merged down over the rows of a contract: the same as above
            taken = bound.take(cell)
            if taken.code is not None and (taken.level == "error" or value is None):
                self.tell(row.line, bound, taken.code, taken.detail, taken.level)
            if taken.value is None or taken.value == value:
                continue
            if value is not None:
                detail = f"与第{said_in}行同一合同的内容不一致；若为另一份合同，请填写其合同编号"
                self.tell(row.line, bound, "sheet.contradiction", detail)
                continue
            value, said_in = taken.value, row.line
            if row is not first:
                self.filled[at] = row.line
        return value

    def _bodies(self, named: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
        names, codes = named.get("name", ()), named.get("uscc", ())
        cells = [b for b in self.layout.contract if b.steps[0] == "co_governments"]
        lines = [self.filled.get(b.at, self.part.rows[0].line) for b in cells]
        pointers = [self.layout.pointer(n, b) for n, b in zip(lines, cells, strict=True)]
        if len(names) != len(codes) and not self.told.keys() & set(pointers):
            detail = f"共同政府方的名称有{len(names)}个，代码有{len(codes)}个，应一一对应"
            self.tell(lines[-1], cells[-1], "cell.lists-differ", detail)
        kinds = {True: GovernmentKind.INSTITUTION.value, False: GovernmentKind.ORGAN.value}
        return [
            {"name": name, "uscc": code, "kind": kinds[code.startswith(_INSTITUTION)]}
            for name, code in zip(names, codes, strict=False)
        ]

    # --- an obligation ------------------------------------------------------------------------

    def _obligation(self, index: int, row: Row) -> dict[str, Any]:
        terms: dict[str, Any] = {}
        facts: dict[str, Any] = {}
        cells, width = row.cells, len(row.cells)
        for bound in self.layout.row:
            cell = cells[bound.at] if bound.at < width else None
            if cell is None:
                continue
            taken = bound.take(cell)
            if taken.code is not None:
                self.tell(row.line, bound, taken.code, taken.detail, taken.level)
            if taken.value is not None:
                _put(
                    facts if bound.column.group is Group.FACTS else terms, bound.steps, taken.value
                )
        kind = terms.get("kind")
        terms.setdefault("key", str(index + 1))
        terms.setdefault("title", _CHINESE.get(kind or "", "履约事项"))
        if facts:
            if "repeat" in terms:
                place = "/performed_on" if "performed_on" in facts else "/paid"
                self._tell_place(row.line, place, "cell.facts-of-series", _FACTS_OF_SERIES)
            self._facts(row.line, kind, terms["key"], facts)
        return terms

    def _facts(self, line: int, kind: str | None, key: str, said: dict[str, Any]) -> None:
        """What the row says has happened; the department says so, the enterprise may confirm."""
        common: dict[str, Any] = {"by": Source.GOVERNMENT.value, "obligation": key}
        if said.get("confirmed"):
            common["confirmed"] = True
        if "performed_on" in said:
            if kind in _PAYMENTS:
                self._tell_place(
                    line, "/performed_on", "cell.performed-is-paid", _PERFORMED_IS_PAID
                )
            self._fact(line, FactKind.PERFORMED, {**common, "on": said["performed_on"]})
        if "paid" in said or "paid_on" in said:
            if kind is not None and kind not in _PAYABLE:
                self._tell_place(line, "/paid", "cell.paid-without-payment", _PAID_WITHOUT_PAYMENT)
            money = {"amount": said.get("paid"), "on": said.get("paid_on")}
            given = {name: value for name, value in money.items() if value is not None}
            self._fact(line, FactKind.PAID, {**common, **given})
        if said.keys() == {"confirmed"} and said["confirmed"]:
            self._tell_place(line, "/confirmed", "cell.nothing-to-confirm", _NOTHING_TO_CONFIRM)

    def _fact(self, line: int, kind: FactKind, document: dict[str, Any]) -> None:
        self.facts.append({"kind": kind.value, **document})
        self.fact_lines.append((kind.value, line))

    def _tell_place(self, line: int, place: str, code: str, detail: str) -> None:
        bound = next((b for b in self.layout.row if b.column.place == place), self.layout.row[0])
        self.tell(line, bound, code, detail)


def _put(document: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    """Set a value by its steps; nothing leaves no more than the objects on the way."""
    for step in steps[:-1]:
        document = document.setdefault(step, {})
    if value is not None:
        document[steps[-1]] = value
