"""Nightly jobs of others beside the sweep: Tryton's dunning, and django-helpdesk's escalation.

Each acts once on the rows that came due, out of many that did not, and leaves the rest alone. They
keep access rules and histories that the sweep does not; the sweep opens leads with evidence and
cases, which they do not. It is measured on days with leads and on days without, when it does what
they do: one step further on each ladder, and a row that says so.
"""

import json
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sqlalchemy import update

from bench.peers import NotHere, missing, run_peer, version_of
from bench.places import DATABASES, Place
from bench.register import FIRST_DUE, NOW, fill, upkeep
from bench.rows import Row, Target
from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps
from fulfilment_monitor.store.duties import Timer

_ROWS = 100_000
#: One row in so many acts on the day.
_SHARE = 40
_SETTLED = timedelta(days=35)
_DAYS = 5
_SCRIPTS = Path(__file__).parent / "outside"
#: Any day with a fiscal year around it.
_DAY = date(2026, 6, 15)


class Swept(NamedTuple):
    """Of our own sweep: microseconds an acting row on days with leads and on days without."""

    with_leads_us: float
    without_leads_us: float
    acting: int
    leads: int


def run(place: Place) -> Iterable[Row]:
    """Microseconds an acting row, theirs to ours, on each database of ours."""
    rows = place.sized(_ROWS)
    acting = max(1, rows // _SHARE)
    swept: dict[str, Swept] = {}
    for database in DATABASES:
        with place.house(database) as house:
            swept[database] = _sweep(house, rows, acting)
    folder = place.folder / "helpdesk"
    folder.mkdir(exist_ok=True)
    yield from _against("tryton", "account_dunning", swept, rows, acting, _DAY.isoformat())
    yield from _against("django-helpdesk", "escalate_tickets", swept, rows, acting, str(folder))


_SCRIPT = {"tryton": "tryton_dunning.py", "django-helpdesk": "helpdesk_escalation.py"}


def _against(
    peer: str, job: str, swept: dict[str, Swept], rows: int, acting: int, *more: str
) -> Iterator[Row]:
    what = f"sweep against {peer} {job}, an acting row"
    size = f"{rows:,} open, {acting:,} act"
    try:
        ran = run_peer(peer, _SCRIPTS / _SCRIPT[peer], str(rows), str(acting), *more)
    except NotHere as why:
        yield missing(what, size, why)
        return
    found = json.loads(ran.out.splitlines()[-1])
    if found["first_left"] != acting or found.get("second_left", acting) != acting:
        raise AssertionError(f"{peer} acted on other rows: {found}")
    theirs = found["first"] / acting * 1e6
    for database, ours in swept.items():
        beside = {
            "peer": f"{peer} {version_of(peer)}",
            "theirs_us": theirs,
            "product_acting": ours.acting,
        }
        for days, leads, each_us in (
            ("with leads", ours.leads, ours.with_leads_us),
            ("without leads", 0, ours.without_leads_us),
        ):
            yield Row(
                f"{what}, days {days}",
                database,
                size,
                theirs / each_us,
                "×",
                Target(12, "at least", 50),
                {**beside, "product_us": each_us, "product_leads": leads},
            )


def _sweep(house: House, rows: int, acting: int) -> Swept:
    """Medians over some days with leads, then over some without."""
    fill(house, rows, max(30, rows * 8 // acting))
    office, day = house.office(), FIRST_DUE + _SETTLED
    done = sweeps.sweep(house.sessions, office, as_of=day, now=lambda: NOW)
    found: list[tuple[float, int, int]] = []
    for later in range(1, 2 * _DAYS + 1):
        if later == _DAYS + 1:
            _without_leads(house)
        upkeep(house)
        on = day + timedelta(days=later)
        began = time.perf_counter()
        done = sweeps.sweep(house.sessions, office, as_of=on, now=lambda: NOW)
        each_us = (time.perf_counter() - began) / max(1, done.duties) * 1e6
        found.append((each_us, done.duties, done.leads))
    whole, alone = found[:_DAYS], found[_DAYS:]
    return Swept(
        median(f[0] for f in whole),
        median(f[0] for f in alone),
        round(median(f[1] for f in whole)),
        round(median(f[2] for f in whole)),
    )


def _without_leads(house: House) -> None:
    """Let no lead arise from now on."""
    with house.sessions.begin() as session:
        session.execute(update(Timer).values(lead_on=None))
