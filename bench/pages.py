"""Pages as a browser is given them, from the request to the last byte, for each kind of reader.

Every reader asks for every page, each time at another place; of what is refused to a reader
nothing is measured. One process answers, one request after the other.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import partial
from random import Random
from statistics import median, quantiles
from typing import NamedTuple
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench import register
from bench.desks import DESKS, open_desks
from bench.places import DATABASES, Place
from bench.rows import Row, Target, seconds
from bench.sweep import grown_register
from fulfilment_monitor.app import create_app, settle
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.contracts import Field
from fulfilment_monitor.house import House
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.sweeps import SweepRun

_P95 = Target(13, "at most", 150)
_AS_TARGETED = 1_000_000
#: Requests of one reader for one page; one more before them is not counted.
_TIMES = 24
_WORDS = (register.ABSENT, register.RARE, register.COMMON, register.EACH)
_OK, _FORBIDDEN = 200, 403


class _There(NamedTuple):
    """What addresses are made of."""

    contracts: int
    leads: int
    day: date
    alerts: list[str]


_Address = Callable[[_There, Random], str]


def _within(rows: int, chance: Random) -> int:
    """A row somewhere in the middle half."""
    return chance.randrange(max(2, rows // 4), max(3, 3 * rows // 4))


_PAGES: dict[str, _Address] = {
    "/overview": lambda there, chance: "/overview",
    "/desk": lambda there, chance: "/desk",
    "/contracts, first page": lambda there, chance: "/contracts",
    "/contracts, deep": lambda there, chance: (
        f"/contracts?before={_within(there.contracts, chance)}"
    ),
    "/contracts, a search": lambda there, chance: f"/contracts?q={chance.choice(_WORDS)}",
    "/contracts, one field": lambda there, chance: (
        f"/contracts?field={chance.choice(list(Field)).value}"
    ),
    "/alerts, first page": lambda there, chance: "/alerts",
    "/alerts, deep": lambda there, chance: f"/alerts?after={chance.choice(there.alerts)}",
    "/leads, first page": lambda there, chance: "/leads",
    "/leads, deep": lambda there, chance: f"/leads?before={_within(there.leads, chance)}",
    "/search": lambda there, chance: f"/search?q={chance.choice(_WORDS)}",
    "/published": lambda there, chance: "/published",
    "GET /api/v1/contracts": lambda there, chance: "/api/v1/contracts",
}
_ONE, _LINK = "/contracts/<id>", re.compile(r"/contracts/(\w{26})")


def run(place: Place) -> Iterator[Row]:
    """Every page on both databases, and the worst of them."""
    for database in DATABASES:
        house = grown_register(place, database)
        rows = list(_measured(house, database))
        yield from rows
        worst = max(rows, key=lambda row: row.value)
        note = "" if _size(house) >= _AS_TARGETED else f"the target is {_AS_TARGETED:,}"
        yield worst._replace(what=f"slowest page, p95: {worst.what}", target=_P95, note=note)


def _size(house: House) -> int:
    with house.readers() as session:
        return session.scalar(text("SELECT count(*) FROM obligation")) or 0


def _measured(house: House, database: str) -> Iterator[Row]:
    with house.readers() as session:
        there = _look(session)
    moment = Moment(datetime.combine(there.day, time(8), UTC), there.day)
    tokens = open_desks(house, *moment)
    app = settle(create_app(house, lambda: moment))
    taken: dict[str, dict[str, list[float]]] = {}
    for desk in DESKS:
        client, chance = app.test_client(), Random(desk.name)
        client.set_cookie("session", tokens[desk.name])
        own = _listed(client)
        pages = _PAGES if not own else _PAGES | {_ONE: _one_of(own)}
        for name, address in pages.items():
            asked = [address(there, chance) for _ in range(_TIMES + 1)]
            if _answered(client, asked[0]):
                times = [1e3 * seconds(partial(_answered, client, a)) for a in asked[1:]]
                taken.setdefault(name, {})[desk.name] = times
    size = f"{_size(house):,} obligations"
    for name, by_desk in taken.items():
        yield _row(name, database, size, by_desk)


def _row(name: str, database: str, size: str, by_desk: dict[str, list[float]]) -> Row:
    every = [ms for times in by_desk.values() for ms in times]
    beside = {"p50": median(every), "requests": len(every)}
    beside |= {f"{desk}, p50": median(times) for desk, times in by_desk.items()}
    return Row(name, database, size, quantiles(every, n=20)[-1], "ms", beside=beside)


def _answered(client: FlaskClient, address: str) -> bool:
    """Ask for a page; False where it is not for this reader."""
    answer = client.get(address, follow_redirects=False)
    if answer.status_code not in (_OK, _FORBIDDEN):
        raise AssertionError(f"{address}: {answer.status}")
    return answer.status_code == _OK


def _one_of(ulids: list[str]) -> _Address:
    return lambda there, chance: f"/contracts/{chance.choice(ulids)}"


def _listed(client: FlaskClient) -> list[str]:
    """The contracts a reader is shown first."""
    return sorted(set(_LINK.findall(client.get("/contracts").text)))


def _look(session: Session) -> _There:
    """How much there is, the day of the last sweep, and some places in the list of alerts."""
    first, last = session.execute(
        select(func.min(Alert.raised_on), func.max(Alert.raised_on))
    ).one()
    days = [first, *(first + (last - first) * part / 4 for part in (1, 2, 3)), last]
    place = (Alert.raised_on, Alert.due_on, Alert.obligation_id, Alert.rule)
    found = [
        session.execute(
            select(*place).where(Alert.raised_on >= day).order_by(*place[:3]).limit(1)
        ).one()
        for day in days
    ]
    return _There(
        session.scalar(select(func.max(Contract.id))) or 0,
        session.scalar(select(func.max(Lead.id))) or 0,
        session.scalars(select(func.max(SweepRun.as_of))).one() or last,
        [quote(f"{raised},{due},{number},{rule}") for raised, due, number, rule in found],
    )
