"""Reports from kept figures against counting the base tables, on the register the sweeps left."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.places import DATABASES, Place
from bench.rows import Row, Target, middle
from bench.sweep import grown_register
from fulfilment_monitor.domain.contracts import Field
from fulfilment_monitor.domain.money import show_yuan
from fulfilment_monitor.services import tallies
from fulfilment_monitor.services.tallies import By

_DASHBOARD, _NATIONAL = Target(9, "at least", 100), Target(9, "at least", 20)
_TIMES, _LIVE_TIMES = 15, 3
_PROVINCE, _FIELD = "34", Field.PROCUREMENT
_AS_TARGETED = 10_000_000

_Figures = dict[tuple[str, str], tuple[int, str]]


def run(place: Place) -> Iterator[Row]:
    """A filtered dashboard and the table of the whole country, on both databases."""
    for database in DATABASES:
        house = grown_register(place, database)
        with house.readers() as session:
            contracts = session.scalar(text("SELECT count(*) FROM contract")) or 0
            leads = session.scalar(text("SELECT count(*) FROM lead")) or 0
            size = f"{contracts:,} contracts, {leads:,} leads"
            note = "" if contracts >= _AS_TARGETED else f"the target is {_AS_TARGETED:,} (--full)"
            for what, only, target in (
                ("one province and field by body", (_PROVINCE, _FIELD), _DASHBOARD),
                ("the whole country by region", (None, None), _NATIONAL),
            ):
                row = _compared(session, *only)
                yield row._replace(
                    what=f"live SQL ÷ report, {what}",
                    database=database,
                    size=size,
                    target=target,
                    note=note,
                )


def _compared(session: Session, province: str | None, field: Field | None) -> Row:
    by = By.REGION if province is None else By.BODY

    def ask() -> list[tallies.Row]:
        return tallies.report(session, by, region=province, field=field)

    def count() -> _Figures:
        return live(session, by, province, field)

    kept, counted = _plain(ask()), count()
    if kept != counted:
        raise AssertionError(f"kept and counted figures differ: {set(kept) ^ set(counted)}")
    report, sql = middle(ask, _TIMES), middle(count, _LIVE_TIMES)
    beside = {"report_ms": report * 1e3, "live_ms": sql * 1e3, "equal_figures": len(kept)}
    return Row("", "", "", sql / report, "×", None, beside)


def _plain(rows: list[tallies.Row]) -> _Figures:
    return {
        (row.key, measure): (figure["count"], figure["amount"])
        for row in rows
        for measure, figure in row.figures.items()
        if figure["count"]
    }


_KEYS = {By.REGION: "c.region", By.BODY: "o.code"}
_LIVE = {
    "contracts": "SELECT {key}, 'contracts', count(*), sum(c.amount_fen) FROM contract c {join}"
    " WHERE {where} GROUP BY 1, 2",
    "leads": "SELECT {key}, l.state || '_leads', count(*), sum(l.outstanding_fen) FROM lead l"
    " JOIN contract c ON c.id = l.contract_id {join} WHERE {where} GROUP BY 1, 2",
}


def live(session: Session, by: By, province: str | None, field: Field | None) -> _Figures:
    """The same figures counted from the base tables; all amounts here are in yuan."""
    where = ["c.region LIKE :region"] if province else []
    where += ["c.field = :field"] if field else []
    join = "" if by is By.REGION else "JOIN organisation o ON o.id = c.government_id"
    given: dict[str, Any] = {"region": f"{province}%", "field": field.value if field else ""}
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for sql in _LIVE.values():
        statement = text(sql.format(key=_KEYS[by], join=join, where=" AND ".join(where) or "1 = 1"))
        named = {n: v for n, v in given.items() if f":{n}" in statement.text}
        for key, measure, count, fen in session.execute(statement, named):
            found[key, measure][0] += int(count)
            found[key, measure][1] += int(fen)
    return {key: (count, show_yuan(fen)) for key, (count, fen) in found.items()}
