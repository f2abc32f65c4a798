"""First pages, deep pages and searches, on the register the sweeps left."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench import register
from bench.places import DATABASES, Place
from bench.rows import Profile, Row, Target, middle, seconds
from bench.sweep import grown_register
from fulfilment_monitor.house import House
from fulfilment_monitor.services.alerts import After, list_alerts
from fulfilment_monitor.services.leads import list_leads
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store.alerts import Alert

_PAGE, _TIMES = 50, 15
_DEEP, _SEARCH = Target(8, "at most", 1.5), Target(8, "at least", 15)
_DEPTH = 5_000_000
_WORDS = {
    "absent": register.ABSENT,
    "rare": register.RARE,
    "common": register.COMMON,
    "in each": register.EACH,
}


def run(place: Place) -> Iterator[Row | Profile]:
    """Every list on both databases."""
    for database in DATABASES:
        house = grown_register(place, database)
        with house.readers() as session:
            yield from _pages(house, session, database)
            yield from _searches(session, database)


_Page = Callable[[], Any]


def _pages(house: House, session: Session, database: str) -> Iterator[Row]:
    """For each list its first page, the one half way, and the last."""

    def contracts(before: int | None = None) -> _Page:
        return lambda: list_contracts(session, ALL, before=before, limit=_PAGE, count=False)

    def leads(before: int | None = None) -> _Page:
        return lambda: list_leads(session, ALL, before=before, limit=_PAGE, count=False)

    def alerts(after: After | None = None) -> _Page:
        return lambda: list_alerts(
            session, ALL, house.policy, after=after, limit=_PAGE, count=False
        )

    kinds = {"contracts": contracts, "leads": leads, "alerts": alerts}
    for name, page in kinds.items():
        table = name.removesuffix("s")
        there = session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
        if there < 3 * _PAGE:
            raise AssertionError(f"too few {name}: {there}")
        place = _alert if name == "alerts" else partial(_number, table=table)
        first, half, last = page(), page(place(session, there // 2)), page(place(session, _PAGE))
        if any(len(ask().items) != _PAGE for ask in (first, half, last)):
            raise AssertionError(f"a page of {name} is not full")
        begins, *deep, bare = _in_turn(first, half, last, partial(_bare, session, table))
        size = f"{there:,} {name}, pages of {_PAGE}"
        took = {
            "first_ms": begins * 1e3,
            "half_way_ms": deep[0] * 1e3,
            "last_ms": deep[1] * 1e3,
            "bare_ms": bare * 1e3,
        }
        what = f"page of {name}, half way or last ÷ first"
        yield Row(what, database, size, max(deep) / begins, "×", _DEEP, took, _note(there))
        what = f"first page of {name} ÷ bare rows of the table"
        yield Row(what, database, size, begins / bare, "×")


def _in_turn(*asked: _Page, times: int = _TIMES) -> list[float]:
    """The least seconds of each, asked in turn: what else the machine does only adds to them."""
    rounds = [[seconds(ask) for ask in asked] for _ in range(times)]
    return [min(taken) for taken in zip(*rounds, strict=True)]


def _number(session: Session, left: int, *, table: str) -> int:
    """The row number behind which some rows are left."""
    query = text(f"SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET :left")
    return int(session.scalar(query, {"left": left}) or 0)


def _alert(session: Session, left: int) -> After:
    """The alert behind which some are left."""
    query = (
        select(Alert.raised_on, Alert.due_on, Alert.obligation_id, Alert.rule)
        .order_by(Alert.raised_on, Alert.due_on, Alert.obligation_id, Alert.rule.desc())
        .limit(1)
        .offset(left)
    )
    return After(*session.execute(query).one())


def _bare(session: Session, table: str) -> None:
    order = "raised_on" if table == "alert" else "id"
    query = f"SELECT * FROM {table} ORDER BY {order} DESC LIMIT {_PAGE}"
    session.connection().exec_driver_sql(query).all()


_LIKE = text("SELECT count(*) FROM contract WHERE title LIKE :like")


def _searches(session: Session, database: str) -> Iterator[Row]:
    """Words of two characters against looking at every title."""
    there = session.scalar(text("SELECT count(*) FROM contract")) or 0
    ratios, beside = {}, {}
    for name, word in _WORDS.items():
        like = {"like": f"%{word}%"}
        expected = session.scalar(_LIKE, like)
        found = list_contracts(session, ALL, text=word, limit=_PAGE)
        if found.total != expected or len(found.items) != min(_PAGE, expected):
            raise AssertionError(f"{word}: {found.total} found, {expected} there")
        (scan,) = _in_turn(partial(session.scalar, _LIKE, like), times=5)
        ask = partial(list_contracts, session, ALL, text=word, limit=_PAGE)
        (search,) = _in_turn(partial(ask, count=False))
        ratios[name] = scan / search
        beside |= {
            f"{name}: found": expected,
            f"{name}: ms": search * 1e3,
            f"{name}: with their count ms": middle(ask, 5) * 1e3,
            f"{name}: scan ms": scan * 1e3,
        }
    worst = min(ratios, key=lambda name: ratios[name])
    yield Row(
        "full scan by LIKE ÷ worst search of two characters",
        database,
        f"{there:,} contracts; worst: a word {worst}",
        ratios[worst],
        "×",
        _SEARCH,
        beside,
        _note(there),
    )


def _note(there: int) -> str:
    return "" if there >= _DEPTH else f"the target is {_DEPTH:,} (--full)"
