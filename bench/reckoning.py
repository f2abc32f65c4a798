"""Due dates and late interest a second, on one processor, without a database."""

from collections.abc import Iterator
from datetime import date, timedelta
from time import perf_counter
from typing import Any

from bench import files
from bench.places import Place
from bench.rows import Profile, Row, middle, profiled
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.domain.duties import duties_of
from fulfilment_monitor.domain.facts import Money
from fulfilment_monitor.domain.interest import late_interest, rate_for
from fulfilment_monitor.domain.ledger import Ledger
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.statute import lpr_table, read_statute
from fulfilment_monitor.house import load_law, load_policy
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.settings import Settings

_CONTRACTS, _INTERESTS, _TIMES = 3_000, 50_000, 3
_DAY = date(2025, 9, 1)


def run(place: Place) -> Iterator[Row | Profile]:
    """From terms to due dates; from due dates to duties; interest with and without payments."""
    office = _office()
    documents = files.contracts(place.sized(_CONTRACTS))
    submissions = [read_contract({**d, "facts": _performed(d)}) for d in documents]

    def ledgers() -> list[Ledger]:
        return [open_ledger(s.contract, s.facts, (), office.statute) for s in submissions]

    opened = ledgers()
    dates = sum(
        s.due.on is not None for ledger in opened for s in standings_at(ledger, _DAY).values()
    )
    size = f"{len(submissions):,} contracts, {dates:,} due dates"

    def due_dates() -> None:
        for ledger in ledgers():
            standings_at(ledger, _DAY)

    def duties() -> None:
        for ledger in ledgers():
            list(duties_of(ledger, office.policy))

    bare = middle(
        lambda: [_by_hand(office.statute.calendar, s.contract) for s in submissions], _TIMES
    )
    took = middle(due_dates, _TIMES)
    yield Row("due dates with their reasons", "", size, dates / took, "/s", None,
              {"us_a_due_date": took / dates * 1e6, "bare_arithmetic_us": bare / dates * 1e6,
               "times_the_bare_arithmetic": took / bare})  # fmt: skip
    took = middle(duties, _TIMES)
    yield Row("contracts reckoned to duties over time", "", size, len(submissions) / took, "/s")
    yield profiled("due dates, no database", duties)
    yield from _interest(place.sized(_INTERESTS))


def _performed(document: files.Contract) -> list[dict[str, Any]]:
    """Delivered and accepted, so that every due date can be told."""
    delivered = date.fromisoformat(document["obligations"][0]["due_on"])
    return [
        {"kind": "performed", "on": delivered.isoformat(), "by": "enterprise",
         "obligation": "交付", "confirmed": True},
        {"kind": "performed", "on": (delivered + timedelta(days=5)).isoformat(),
         "by": "government", "obligation": "验收"},
    ]  # fmt: skip


def _office() -> Office:
    law = load_law()
    calendar = WorkCalendar(law.days, law.years)
    statute = read_statute(law.terms, calendar, lpr_table(law.rates.items()), law.regions)
    return Office(statute, load_policy(Settings()))


def _by_hand(calendar: WorkCalendar, contract: object) -> tuple[date, date, date]:
    """The three due dates of such a contract, no reasons, no facts, no findings."""
    delivery = contract.obligations[0].due_on  # type: ignore[attr-defined]
    acceptance = calendar.roll(delivery + timedelta(days=7)).on
    return delivery, acceptance, calendar.roll(acceptance + timedelta(days=30)).on


def _interest(count: int) -> Iterator[Row]:
    due_on, until = date(2024, 3, 1), date(2025, 9, 1)
    rate = rate_for(date(2024, 1, 2), None, in_scope=True)
    paid = [Money(due_on + timedelta(days=40 * i), 10_000) for i in range(1, 4)]

    def plain() -> int:
        return sum(100_000 + i for i in range(count)) * (until - due_on).days

    for what, payments in (("nothing paid", []), ("three part payments", paid)):
        began = perf_counter()
        for i in range(count):
            late_interest(100_000 + i, due_on, until, rate, payments)
        took = perf_counter() - began
        bare = middle(plain, _TIMES)
        yield Row(
            f"late interest, {what}", "", f"{count:,} amounts", count / took, "/s", None,
            {"us_each": took / count * 1e6, "times_the_bare_arithmetic": took / bare},
        )  # fmt: skip
