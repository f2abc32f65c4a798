"""The whole spine, step by step, beside a model that shares no code with it.

A failure names its profile, seed and step; `python -m tests.stateful dense 17` plays one again on
a fresh SQLite file and leaves out what the failure does not need.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from fulfilment_monitor.house import House
from fulfilment_monitor.services import doctor, sweeps
from tests.conftest import at
from tests.model import oracle
from tests.services.builders import (
    a_document,
    a_fact,
    a_firm,
    answer,
    day,
    lead_list,
    office,
    owed,
    paid,
    register,
    rules_raised,
    standing,
    state,
    sweep,
    tampered,
    view,
)
from tests.stateful.deals import NOTICE_2027, noticed
from tests.stateful.invariants import INVARIANTS, hold
from tests.stateful.machine import Crash, World
from tests.stateful.scripts import Step, replay, script, shortened
from tests.stateful.shapes import DENSE
from tests.stateful.tables import read_tables

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


#: Seeds that between them find every planted bug; tests/mutants runs these.
CHOSEN = {"dense": (11, 3, 13, 2), "wide": (0,)}


def examples(**seeds: Iterable[int]) -> pytest.MarkDecorator:
    """Examples of each profile, named by their seeds."""
    chosen = [(name, seed) for name, numbers in seeds.items() for seed in numbers]
    return pytest.mark.parametrize(("name", "seed"), chosen, ids=[f"{n}:{s}" for n, s in chosen])


def play(house: House, name: str, seed: int) -> World:
    """One example; its commits need not survive the power going, which is proved elsewhere."""
    if house.engine.dialect.name == "sqlite":
        event.listen(house.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF"))
    return replay(house, name, seed, script(name, seed), hold)


@pytest.mark.proves("I-1", "I-2", "I-3", "I-4", "I-5", "I-6", "I-7", "I-8", "I-13", "I-14")
@SQLITE
@examples(**CHOSEN)
def test_every_invariant_holds_on_sqlite(house: House, name: str, seed: int) -> None:
    play(house, name, seed)


@pytest.mark.proves("I-1", "I-2", "I-3", "I-4", "I-5", "I-6", "I-7", "I-8", "I-13", "I-14")
@POSTGRESQL
@examples(dense=(8, 17), wide=(1,))
def test_every_invariant_holds_on_postgresql(house: House, name: str, seed: int) -> None:
    play(house, name, seed)


@pytest.mark.endurance
@SQLITE
@examples(dense=range(1_000, 1_080), wide=range(1_000, 1_020))
def test_every_invariant_holds_for_long_on_sqlite(house: House, name: str, seed: int) -> None:
    play(house, name, seed)


@pytest.mark.endurance
@POSTGRESQL
@examples(dense=range(2_000, 2_040), wide=range(2_000, 2_020))
def test_every_invariant_holds_for_long_on_postgresql(house: House, name: str, seed: int) -> None:
    play(house, name, seed)


# --- the machine itself -----------------------------------------------------------------------


@SQLITE
def test_the_same_seed_gives_the_same_world(house: House) -> None:
    assert script("dense", 3) == script("dense", 3) != script("dense", 4)
    world = World(house, DENSE, 3)
    assert (world.profile, world.today) == (DENSE, World(house, DENSE, 3).today)


def test_what_a_failure_does_not_need_is_left_out() -> None:
    steps = [Step("begin", 0), *(Step("tick", n) for n in range(40))]
    needed = {Step("tick", 7), Step("tick", 29)}
    assert shortened(needed.issubset, steps) == [Step("begin", 0), *sorted(needed)]


def test_the_calendar_of_the_oracle_is_put_back() -> None:
    before = oracle.deadline(date(2026, 12, 5), 30, "day")
    with noticed(NOTICE_2027):
        assert oracle.deadline(date(2026, 12, 5), 30, "day") == (date(2027, 1, 5), False)
    assert oracle.deadline(date(2026, 12, 5), 30, "day") == before == (date(2027, 1, 4), True)


#: What nobody should be able to do, by the invariant that sees it.
TAMPERING = {
    "i_1": "UPDATE lead SET breached_on = breached_on + 1",
    "i_2": "DELETE FROM alert",
    "i_3": "DELETE FROM outbox_message WHERE topic = 'lead.opened'",
    "i_4": "UPDATE outbox_message SET sent_at = queued_at",
    "i_5": "UPDATE lead SET interest_fen = interest_fen + 1",
    "i_6": "UPDATE lead SET outstanding_fen = outstanding_fen + 1",
    "i_7": "UPDATE fact SET recorded_at = '2030-01-01 00:00:00' WHERE id = 1",
    "i_8": "UPDATE fact SET note = 'another'",
    "i_13": "UPDATE duty SET due_on = due_on + 1",
}


@SQLITE
def test_what_is_done_behind_its_back_is_seen(house: House) -> None:
    world = play(house, "dense", 1)
    kept = world.tables
    for caught_by, statement in TAMPERING.items():
        with tampered(house, statement) as session:
            world.before, world.tables = kept, read_tables(session)
        invariant = next(i for i in INVARIANTS if i.__name__.startswith(f"{caught_by}_"))
        with pytest.raises(AssertionError):
            invariant(world)


# --- found by the machine, and mended ---------------------------------------------------------


def test_a_disputed_debt_that_is_paid_closes_its_lead(house: House) -> None:
    register(house, a_document())
    sweep(house, "2025-09-25")
    state(house, a_fact("disputed", "2025-09-26", "government"), "2025-09-26")
    state(house, paid("2025-09-28"), "2025-09-28")
    sweep(house, "2025-10-25")
    assert standing(house, "2025-10-25")["state"] == "fulfilled_late"
    assert [lead["state"] for lead in lead_list(house)] == ["closed"]


def test_a_payment_that_never_came_is_warned_of_once_that_is_known(house: House) -> None:
    register(house, a_document(facts=[paid("2025-09-13")]), on="2025-09-14")
    sweep(house, "2025-09-20")
    answer(house, view(house, "2025-09-20")["facts"][0]["id"], "disputed", "government",
           "2025-09-21")  # fmt: skip
    sweep(house, "2025-09-22")
    assert standing(house, "2025-09-22")["state"] == "overdue"
    assert rules_raised(house) == ["payment.t+7"]


def crashed_sweep(house: House, on: str) -> None:
    """A sweep that did all its work and died before it said so."""

    def reach(name: str) -> None:
        if name == "sweep.after_commit":
            raise Crash

    with pytest.raises(Crash):
        sweeps.sweep(
            house.sessions, office(house), as_of=day(on), now=lambda: at(day(on)), reach=reach
        )


@SQLITE
def test_steps_after_a_crash_are_raised_one_by_one(house: House) -> None:
    register(house, a_document())
    crashed_sweep(house, "2025-09-04")
    sweep(house, "2025-09-11")
    assert rules_raised(house) == [f"payment.{n}" for n in ("t-7", "t-1", "t+0", "t+1")]


def test_the_doctor_finds_nothing_after_a_crash(house: House) -> None:
    late = owed("land_or_site", due_on=str(day("2025-09-30") - timedelta(days=40)))
    firm = a_firm(ownership="state", size="large")
    register(house, a_document(late, enterprise=firm))
    crashed_sweep(house, "2025-09-30")
    with house.readers() as session:
        assert doctor.examine(session, office(house))[1] == []
