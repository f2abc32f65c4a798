"""The whole sweep against a hand-written minimum on the same tables, day about.

The register holds one payment a contract and its ladder has eight steps, one of them a lead. On the
days that are measured one acting row in six becomes a lead, and the lead a case: the floor's days
skip some other steps. What leads and cases cost shows against a second floor: the rows the sweep
wrote, written once more.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from math import log
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple
from unittest.mock import patch

from bench import child, floors, register
from bench.places import DATABASES, Place
from bench.register import FIRST_DUE, NOW, Part, Stretch, run_plain
from bench.rows import Profile, Row, Target, profiled
from fulfilment_monitor.house import House
from fulfilment_monitor.services import breaches, pipeline, sweeps, tallies

_PAIRS = 5
#: After so long, what the floor put off acts on the days of its ladder again.
_FORGOTTEN = timedelta(days=10)
#: Sweeps of a register that is only read from.
_DAYS = 30
_BATCH = 20_000
#: The batch of the command and the scheduler: locks are short while people work.
_SHIPPED_BATCH = sweeps._BATCH_SIZE
_ACTING = 10_000
_OBLIGATIONS, _FULL = 1_000_000, 10_000_000
_FLOOR = {"postgresql": Target(1, "at most", 2.2), "sqlite": Target(1, "at most", 1.5)}
_EXPONENT, _MEMORY = Target(3, "at most", 1.1), Target(3, "at most", 64)
_AGAIN = Target(5, "at most", 2)
_UPKEEP = Target(9, "at most", 25)
_MANY = 500_000
_COMPLETE = "complete sweep, a case opened for each lead ÷ hand-written floor"
#: What a sweep is by the list of the targets: alerts, leads with evidence, dedupe, interest,
#: outbox, deltas, next timers. The case each lead becomes came later.
_ALONE = "sweep without opening cases ÷ hand-written floor"


class Pair(NamedTuple):
    """A day swept, the same day again, and the floor on the day after; seconds and rows."""

    swept: float
    acting: int
    leads: int
    #: What the sweep wrote, written bare.
    bare: floors.Bare | None
    again: float
    again_rows: int
    floor: float
    floor_rows: int

    @property
    def row_us(self) -> float:
        return self.swept / self.acting * 1e6

    @property
    def floor_us(self) -> float:
        return self.floor / self.floor_rows * 1e6

    @property
    def ratio(self) -> float:
        return self.row_us / self.floor_us


class Days:
    """A register and the day it has come to; every measurement moves on."""

    def __init__(self, house: House, day: date) -> None:
        self.house, self.day, self.office = house, day, house.office()

    def sweep(self, size: int = _BATCH) -> sweeps.Outcome:
        """Sweep the day."""
        return sweeps.sweep(
            self.house.sessions, self.office, as_of=self.day, now=lambda: NOW, size=size
        )

    def next(self) -> None:
        """The next day, after what a night does to a database."""
        self.day += timedelta(days=1)
        checkpoint = "CHECKPOINT"
        if self.house.engine.dialect.name == "sqlite":
            checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)"
        run_plain(self.house, [checkpoint])

    def go_to(self, day: date) -> None:
        """Sweep all that was due before a day, at once, and tidy up."""
        self.day = day - timedelta(days=1)
        self.sweep()
        register.settle(self.house)

    def pairs(self, size: int = _BATCH, place: Place | None = None) -> list[Pair]:
        """Sweep and floor on alternating days; with a place, its rows written bare as well."""
        found = []
        for _ in range(_PAIRS):
            self.next()
            last = floors.last_message(self.house)
            swept, done = _timed(lambda: self.sweep(size))
            bare = place and floors.write_again(place, self.house, self.day, last)
            again, nothing = _timed(lambda: self.sweep(size))
            self.next()
            floor, moved = _timed(lambda: floors.sweep_day(self.house, self.day))
            rows = nothing.duties + nothing.alerts + nothing.leads
            found.append(Pair(swept, done.duties, done.leads, bare, again, rows, floor, moved))
        return found


def _timed(work: Any) -> tuple[float, Any]:
    began = perf_counter()
    done = work()
    return perf_counter() - began, done


def stretches(obligations: int) -> list[Stretch]:
    """How the due dates of a register are spread: 1 % of it acts a day, then 0.2 %.

    A due date has eight steps, of which the floor's days skip some: six act.
    """
    one_percent = Stretch(obligations // 100 * 24, 120)
    left = obligations - one_percent.contracts
    return [one_percent, Stretch(left, max(1, left * 6 // max(6, obligations // 500)))]


def run(place: Place) -> Iterator[Row | Profile]:
    """Everything about the sweep, on both databases."""
    for database in DATABASES:
        house = place.keep(database)
        yield from _measure(place, house, database, place.sized(_OBLIGATIONS, _FULL))


def _measure(
    place: Place, house: House, database: str, obligations: int
) -> Iterator[Row | Profile]:
    first, second = stretches(obligations)
    later = FIRST_DUE + timedelta(days=first.days)
    register.begin(house)
    register.add(house, Part(first, FIRST_DUE), Part(second, later))
    days = Days(house, FIRST_DUE)
    days.go_to(FIRST_DUE + timedelta(days=45))
    days.next()  # no day of the floor has come before: every step acts, leads among them
    yield _parts(database, days)
    days.next()
    yield profiled(f"sweep, {database}, a day in one batch (cProfile)", days.sweep)
    yield from _paired(database, obligations, days.pairs(place=place), judged=True)
    days.go_to(days.day + _FORGOTTEN)
    with _no_cases():
        alone = days.pairs()
    yield from _paired(database, obligations, alone, judged=True, what=_ALONE)
    yield _upkeep(database, obligations, days)
    yield from _paired(database, obligations, days.pairs(_SHIPPED_BATCH), judged=False,
                       size=f", batches of {_SHIPPED_BATCH} as shipped")  # fmt: skip
    days.go_to(later + timedelta(days=45))
    yield from _paired(database, obligations, days.pairs(), judged=False)
    yield from _growth(place, house, database, days)


@contextmanager
def _no_cases() -> Iterator[None]:
    """Leads are opened, and no case for any of them, as if somebody else did that afterwards."""
    with patch.object(pipeline, "take_in", lambda *_given, **_named: 0):
        yield


def _paired(
    database: str,
    obligations: int,
    pairs: list[Pair],
    *,
    judged: bool,
    size: str = "",
    what: str = _COMPLETE,
) -> Iterator[Row]:
    acting = round(median(p.acting for p in pairs))
    shown = f"{obligations:,} obligations, {acting:,} acting ({acting / obligations:.1%}){size}"
    enough, few = acting >= _ACTING, f"fewer than {_ACTING:,} acting"
    yield Row(
        what,
        database,
        shown,
        median(p.ratio for p in pairs),
        "×",
        _FLOOR[database] if judged else None,
        {
            "sweep_us_a_row": median(p.row_us for p in pairs),
            "floor_us_a_row": median(p.floor_us for p in pairs),
            "ratios": sorted(round(p.ratio, 2) for p in pairs),
            "acting_rows_a_lead": sum(p.acting for p in pairs)
            / max(1, sum(p.leads for p in pairs)),
        },
        "" if enough or not judged else few,
    )
    yield from _against_bare(database, shown, pairs)
    if judged and what == _COMPLETE:
        yield Row(
            "second run of a day ÷ first",
            database,
            shown,
            100 * median(p.again / p.swept for p in pairs),
            "%",
            _AGAIN,
            {"new_rows": sum(p.again_rows for p in pairs)},
            "" if enough else few,
        )


def _against_bare(database: str, shown: str, pairs: list[Pair]) -> Iterator[Row]:
    """The same sweeps against a bare write of the rows they left: leads stand on both sides."""
    found = [(p, p.bare) for p in pairs if p.bare is not None]
    if not found:
        return
    yield Row(
        "complete sweep ÷ bare bulk write of its rows",
        database,
        shown,
        median(p.swept / bare.seconds for p, bare in found),
        "×",
        None,
        {
            "sweep_ms": 1e3 * median(p.swept for p, _ in found),
            "bare_ms": 1e3 * median(bare.seconds for _, bare in found),
            **{name: round(median(b.rows[name] for _, b in found)) for name in found[0][1].rows},
        },
    )


class _Watch:
    """A function that adds up the seconds spent in it."""

    def __init__(self, function: Any) -> None:
        self.function, self.seconds, self.calls = function, 0.0, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        began = perf_counter()
        try:
            return self.function(*given, **named)
        finally:
            self.seconds += perf_counter() - began
            self.calls += 1


@contextmanager
def _watched(module: Any, *names: str) -> Iterator[dict[str, _Watch]]:
    """Functions of a module, watched; one that calls another counts its time too."""
    watches = {name: _Watch(getattr(module, name)) for name in names}
    with patch.multiple(module, **watches):
        yield watches


#: What a sweep does one after the other, and in words.
_PARTS = {
    (sweeps, "sweep_batch"): "timers to alerts and next timers, one statement",
    (breaches, "_breaches"): "leads: read the duties, obligations and contracts",
    (breaches, "_known"): "leads: read alerts sent, facts, bodies, earlier leads",
    (breaches, "_row"): "leads: interest, and the evidence put together",
    (breaches, "insert_new"): "leads: written",
    (breaches.exchange, "enqueue_new"): "leads: their messages",
    (pipeline.routing, "intakes"): "cases: who takes them in",
    (pipeline, "_folders"): "cases: their folders",
    (pipeline.case_clocks, "start_born"): "cases: their clocks",
    (pipeline, "insert_new"): "cases: written",
    (tallies, "note"): "figures: changes appended",
    (tallies, "fold"): "figures: changes added up",
}


def _parts(database: str, days: Days) -> Profile:
    """Where the time of a sweep goes by its parts, by the clock on the wall."""
    with ExitStack() as stack:
        watches = {}
        for (module, name), words in _PARTS.items():
            watches[words] = stack.enter_context(_watched(module, name))[name]
        whole, _ = _timed(days.sweep)
    lines = [(round(100 * w.seconds / whole, 1), w.calls, words) for words, w in watches.items()]
    rest = round(100 - sum(share for share, _, _ in lines), 1)
    lines.append((rest, 1, "commits, audit, and everything else"))
    return Profile(f"sweep, {database}, by parts", sorted(lines, reverse=True))


def _upkeep(database: str, obligations: int, days: Days) -> Row:
    shares = []
    for _ in range(_PAIRS):
        days.next()
        with _watched(tallies, "note", "closed", "fold") as watches:
            whole, _ = _timed(days.sweep)
        shares.append(100 * sum(w.seconds for w in watches.values()) / whole)
    return Row(
        "keeping the figures, share of the sweep",
        database,
        f"{obligations:,} obligations",
        median(shares),
        "%",
        _UPKEEP,
    )


def _growth(place: Place, house: House, database: str, days: Days) -> Iterator[Row]:
    """From few acting rows to many on one day, each in a process that only sweeps."""
    few, many = place.sized(_ACTING), place.sized(_MANY)
    url, found = house.settings.database_url, []
    for acting in (few, many):
        day = days.day + timedelta(days=3)
        register.acting_on(house, day, acting)
        days.go_to(day)
        days.day = day
        found.append(child.run("sweep", url, day.isoformat(), str(_SHIPPED_BATCH)))
    less, more = found
    counts = [done.counts["duties"] for done in found]
    each = [done.seconds / count * 1e6 for done, count in zip(found, counts, strict=True)]
    note = "" if many >= _MANY else f"the target is {_MANY:,}"
    batches = f"in batches of {_SHIPPED_BATCH} as shipped"
    yield Row(
        "growth with the acting rows, exponent",
        database,
        f"{counts[0]:,} to {counts[1]:,} acting, {batches}",
        log(more.seconds / less.seconds) / log(counts[1] / counts[0]),
        "",
        _EXPONENT,
        {"us_a_row": each},
        note,
    )
    yield Row(
        "memory a sweep takes, peak of its process less what that held before",
        database,
        f"{counts[1]:,} acting, {batches}",
        more.peak_mib - more.start_mib,
        "MiB",
        _MEMORY,
        {
            "before_the_sweep_mib": more.start_mib,
            "peak_mib": more.peak_mib,
            "fewer_acting_mib": less.peak_mib - less.start_mib,
        },
        note,
    )


def grown_register(place: Place, database: str) -> House:
    """The register as the sweep left it; or a new one on which some sweeps were run."""
    if database in place.kept:
        return place.kept[database]
    house = place.keep(database)
    obligations = place.sized(_OBLIGATIONS, _FULL)
    register.fill(house, obligations, 400)
    days = Days(house, FIRST_DUE)
    days.go_to(FIRST_DUE + timedelta(days=90))
    for _ in range(_DAYS):
        days.next()
        days.sweep()
    register.settle(house)
    return house
