"""A workbook brought in the usual way, and by the product: the same contracts and due dates result.

The usual way: openpyxl, a marshmallow schema (ours), a calendar library asked day by day, and ORM
objects. It writes contracts, obligations, duties and timers; the product also keeps the audit, the
figures and the search words, and explains what it finds.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import chinese_calendar
import openpyxl
import xlsxwriter
from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.child import import_files
from bench.places import DATABASES, Place
from bench.register import NOW
from bench.rows import Profile, Row, Target, profiled, seconds
from fulfilment_monitor.domain.statute import Unit
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contract_columns import (
    COLUMNS,
    DATA_SHEET,
    OBLIGORS,
    SIGNING_LABEL,
    Holds,
)
from fulfilment_monitor.schemas.contracts import ContractIn
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.duties import Duty, Timer
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import Organisation
from tests.samples.make_workbook import uscc

_CONTRACTS, _FULL = 1_000, 20_000
_OBLIGATIONS = 5
_CHUNK = 500  # contracts a transaction, as the product does
_WARNED = timedelta(days=30)
_FIRST = date(2025, 1, 6)

_Cells = dict[str, Any]


def run(place: Place) -> Iterable[Row | Profile]:
    """The usual way against the product, on each database, from one workbook."""
    contracts = place.sized(_CONTRACTS, _FULL)
    workbook = place.folder / f"contracts-{contracts}.xlsx"
    write_workbook(workbook, contracts)
    for database in DATABASES:
        yield compare(place, database, workbook, contracts)
    with place.house(DATABASES[0]) as house:
        yield profiled("import of a workbook", lambda: import_files(house, str(workbook)))


def compare(place: Place, database: str, workbook: Path, contracts: int) -> Row:
    """Bring a workbook into two new databases, and see that they agree."""
    with place.house(database) as house:
        usual = _Usual(house)
        theirs = seconds(lambda: usual.bring_in(workbook))
        expected = _due_days(house)
    with place.house(database) as house:
        ours = seconds(lambda: import_files(house, str(workbook)))
        found = _due_days(house)
    if len(found) != contracts * _OBLIGATIONS or found != expected:
        raise AssertionError(f"not the same due dates: {len(found)}, {len(expected)}")
    stages = {f"{name}_s": spent for name, spent in usual.spent.items()}
    return Row(
        "import against openpyxl, marshmallow, day-by-day calendar, ORM",
        database,
        f"xlsx, {contracts:,} contracts, {contracts * _OBLIGATIONS:,} obligations",
        theirs / ours,
        "×",
        Target(6, "at least", 15),
        {"product_s": ours, "theirs_s": theirs, **stages},
    )


def _due_days(house: House) -> set[tuple[str, str, date]]:
    query = (
        select(Contract.contract_no, Obligation.key, Duty.due_on)
        .join(Obligation, Obligation.contract_id == Contract.id)
        .join(Duty, Duty.obligation_id == Obligation.id)
    )
    with house.readers() as session:
        return {(number, key, due_on) for number, key, due_on in session.execute(query)}


# --- the workbook ---------------------------------------------------------------------------------


def write_workbook(path: Path, contracts: int) -> None:
    """Contracts of five obligations in the columns of the template."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(DATA_SHEET)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [column.heading for column in COLUMNS])
        line = 0
        for number in range(contracts):
            for cells in _rows(number):
                line += 1
                for at, column in enumerate(COLUMNS):
                    value = cells.get(column.heading)
                    if isinstance(value, date):
                        sheet.write_datetime(line, at, value, day)
                    elif value is not None:
                        sheet.write(line, at, value)


def _rows(number: int) -> list[_Cells]:
    """With a large enterprise, so that only what was agreed sets the dates."""
    signed_on = _FIRST + timedelta(days=number % 120)
    body, firm = number % 50, number // 5
    contract = {
        "合同编号": f"比-{number:06d}",
        "合同名称": f"信息化设备采购合同（{number}号）",
        "合同领域": "政府采购",
        "标的类型": "货物",
        "签订日期": signed_on,
        "合同金额（元）": 500_000 + number,
        "行政区划代码": "340321",
        "政府方名称": f"示例市某局{body}",
        "政府方统一社会信用代码": uscc("11990321", f"9000{body:04d}"),
        "政府方性质": "机关",
        "企业名称": f"示例企业{firm}",
        "企业统一社会信用代码": uscc("91990321", f"MA{firm:06d}"),
        "企业所有制": "民营",
        "企业规模": "大型企业",
    }
    later = [signed_on + timedelta(days=days) for days in (60, 75, 90)]
    owed = [
        _owed("预付款", "付款", "政府方", 100_000) | _after(10, "工作日"),
        _owed("交付", "交付", "企业方") | {"约定履行日期": later[0]},
        _owed("验收", "验收", "政府方") | {"约定履行日期": later[1]},
        _owed("进度款", "付款", "政府方", 300_000) | {"约定履行日期": later[2]},
        _owed("尾款", "付款", "政府方", 100_000 + number) | _after(6, "月"),
    ]
    return [contract | owed[0], *owed[1:]]


def _owed(key: str, kind: str, by: str, yuan: int | None = None) -> _Cells:
    return {
        "义务编号": key,
        "义务类型": kind,
        "义务内容": key,
        "义务方": by,
        "义务金额（元）": yuan,
    }


def _after(length: int, unit: str) -> _Cells:
    return {"起算事项": SIGNING_LABEL, "期限": length, "期限单位": unit}


# --- the usual way --------------------------------------------------------------------------------


class _Usual:
    """Brings a workbook in, and knows how long each stage took."""

    def __init__(self, house: House) -> None:
        self._sessions = house.sessions
        self._schema = ContractIn()
        self._organisations: dict[str, int] = {}
        self.spent: Counter[str] = Counter()

    def bring_in(self, path: Path) -> None:
        documents = _documents(path)
        while chunk := self._timed("reading", lambda: list(islice(documents, _CHUNK))):
            shapes = self._timed("schema", lambda c=chunk: [self._schema.load(d) for d in c])
            days = self._timed("calendar", lambda s=shapes: [_days_of(shape) for shape in s])
            self._timed("orm", lambda c=chunk, s=shapes, d=days: self._write(c, s, d))

    def _timed(self, stage: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        self.spent[stage] += time.perf_counter() - began
        return result

    def _write(self, documents: list[_Cells], shapes: list[_Cells], days: list[list[date]]) -> None:
        with self._sessions.begin() as session:
            contracts = [
                self._contract(session, document, shape)
                for document, shape in zip(documents, shapes, strict=True)
            ]
            session.add_all(contracts)
            session.flush()  # for their numbers
            owed = [
                (_obligation(contract, place, terms), contract, due_on)
                for contract, shape, dues in zip(contracts, shapes, days, strict=True)
                for place, (terms, due_on) in enumerate(
                    zip(shape["obligations"], dues, strict=True)
                )
            ]
            session.add_all(obligation for obligation, _, _ in owed)
            session.flush()
            duties = [_duty(*each) for each in owed]
            session.add_all(duties)
            session.flush()
            session.add_all(map(_timer, duties))

    def _contract(self, session: Session, document: _Cells, shape: _Cells) -> Contract:
        government, enterprise = shape["government"], shape["enterprise"]
        return Contract(
            ulid=new_ulid(NOW),
            **{name: shape[name] for name in ("contract_no", "title", "signed_on", "region")},
            field=shape["field"].value,
            subject=shape["subject"].value,
            amount_fen=shape["amount"],
            government_id=self._organisation(session, government, "government"),
            enterprise_id=self._organisation(session, enterprise, "enterprise"),
            ownership=enterprise["ownership"].value,
            size=enterprise["size"].value,
            document=document,
            registered_at=NOW,
            registered_by="bench",
        )

    def _organisation(self, session: Session, party: _Cells, side: str) -> int:
        code = party["uscc"]
        if code not in self._organisations:
            row = Organisation(code=code, name=party["name"], side=side, recorded_at=NOW)
            session.add(row)
            session.flush()
            self._organisations[code] = row.id
        return self._organisations[code]


def _documents(path: Path) -> Iterator[_Cells]:
    """The contract documents of a workbook: the rows of one contract stand together."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = book[DATA_SHEET].iter_rows(values_only=True)
    headings = next(rows)
    numbers = Counter[str]()

    def contract_of(row: tuple[Any, ...]) -> int:
        numbers["contracts"] += row[0] is not None
        return numbers["contracts"]

    for _, group in groupby(rows, contract_of):
        lines = [dict(zip(headings, row, strict=False)) for row in group]
        document: _Cells = _placed(lines[0], of_row=False)
        yield document | {"obligations": [_placed(line, of_row=True) for line in lines]}
    book.close()


_READ: Mapping[Holds, Callable[[Any], Any]] = {
    Holds.DAY: lambda value: value.date().isoformat(),
    Holds.YUAN: lambda value: f"{value:.2f}",
    Holds.OBLIGOR: OBLIGORS.__getitem__,
    Holds.AFTER: lambda value: "signing" if value == SIGNING_LABEL else value,
}


def _placed(cells: _Cells, *, of_row: bool) -> _Cells:
    """The cells of a row where they belong in the document, or in its obligation."""
    document: _Cells = {}
    for column in COLUMNS:
        value = cells.get(column.heading)
        if value is None or column.of_row is not of_row:
            continue
        read = column.labels.__getitem__ if column.labels else _READ.get(column.holds)
        inside = document
        *steps, name = column.place[1:].split("/")
        for step in steps:
            inside = inside.setdefault(step, {})
        inside[name] = read(value) if read else value
    return document


def _days_of(shape: _Cells) -> list[date]:
    return [o.get("due_on") or _end(shape["signed_on"], o["within"]) for o in shape["obligations"]]


def _end(start: date, within: _Cells) -> date:
    """The last day of a period, asking the library about one day at a time."""
    one, day, left = timedelta(days=1), start, within["length"]
    if within["unit"] is Unit.WORKING_DAY:
        while left:
            day += one
            left -= chinese_calendar.is_workday(day)
        return day
    months = within["unit"] is Unit.MONTH
    day += relativedelta(months=left) if months else timedelta(days=left)
    while not chinese_calendar.is_workday(day):
        day += one
    return day


def _obligation(contract: Contract, place: int, terms: _Cells) -> Obligation:
    within = terms.get("within")
    return Obligation(
        ulid=new_ulid(NOW),
        contract_id=contract.id,
        key=terms["key"],
        position=place,
        kind=terms["kind"].value,
        title=terms["title"],
        obligor=terms["obligor"],
        amount_fen=terms.get("amount"),
        due_on=terms.get("due_on"),
        after_key=terms.get("after"),
        within_length=within["length"] if within else None,
        within_unit=within["unit"].value if within else None,
        retention=False,
    )


def _duty(obligation: Obligation, contract: Contract, due_on: date) -> Duty:
    return Duty(
        contract_id=contract.id,
        obligation_id=obligation.id,
        ladder=obligation.kind,
        due_on=due_on,
        provisional=False,
        basis=[f"{due_on}"],
        owed_fen=obligation.amount_fen,
        from_on=contract.signed_on,
        base_on=contract.signed_on,
        government_id=contract.government_id,
        opened_at=NOW,
    )


def _timer(duty: Duty) -> Timer:
    return Timer(
        check_on=duty.due_on - _WARNED,
        duty_id=duty.id,
        obligation_id=duty.obligation_id,
        contract_id=duty.contract_id,
        ladder=duty.ladder,
        due_on=duty.due_on,
        base_on=duty.base_on,
        born_run=0,
    )
