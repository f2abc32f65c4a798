"""Killed in the middle, run twice, run by eight at once: the same leads as one clean run."""

import signal
from collections.abc import Callable
from datetime import date
from itertools import product

import pytest
from sqlalchemy import select

from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_fact
from fulfilment_monitor.services import contracts, facts, leads, registry, sweeps
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store.sweeps import SweepRun
from tests.conftest import at
from tests.services.registers import CLERK, Raised, many, raised, register, violations
from tests.services.workers import dies_at, ended, in_child

DAY = date(2025, 11, 20)
POINTS = ("sweep.before_batch", "sweep.after_alerts", "sweep.before_commit", "sweep.after_commit")
COUNT = 300


def sweep(house: House, reach: Callable[[str], None] = sweeps.nothing) -> sweeps.Outcome:
    return sweeps.sweep(
        house.sessions, house.office(), as_of=DAY, now=lambda: at(DAY), size=20, reach=reach
    )


@pytest.fixture
def clean(house: House) -> Raised:
    """What one clean run leaves behind, worked out beside the database under test."""
    register(house, many(COUNT), date(2025, 8, 1))
    house.close()
    return expected()


def expected() -> Raised:
    """Every payment is 22 days late or more: all steps seen at once count as the highest."""
    leads, alerts = [], []
    for i, submission in enumerate(many(COUNT)):
        due_on = submission.contract.obligations[0].due_on
        assert due_on is not None
        step = 30 if (DAY - due_on).days >= 30 else 15
        number = f"HT-{i:05d}"
        alerts.append((number, "payment", f"payment.t+{step}", due_on))
        leads.append((number, "payment", "payment.not-performed", due_on, 1))
    return Raised(alerts, leads)


def as_days(found: Raised) -> Raised:
    """The same with days as dates on either database, and without `holds_from`."""

    def day(value: object) -> object:
        return date.fromordinal(value) if isinstance(value, int) and value > 10_000 else value

    return Raised(
        [tuple(day(v) for v in row)[:4] for row in found.alerts],
        [tuple(day(v) for v in row) for row in found.leads],
    )


@pytest.mark.proves("G2", "I-1", "I-2", "I-3", "R-14")
def test_twenty_kills_inside_the_sweep_lose_nothing_and_double_nothing(
    house: House, clean: Raised
) -> None:
    for point, nth in product(POINTS, (1, 2, 3, 5, 7)):
        child = in_child(house, lambda h, p=point, n=nth: sweep(h, dies_at(p, n)))
        assert ended(child) == -signal.SIGKILL or not raised_is_short(house)
    sweep(house)
    assert as_days(raised(house)) == clean
    assert violations(house) == []
    assert sweep(house)[1:] == (0, 0, 0)


def test_a_run_that_was_killed_and_resumed_says_what_it_did_in_all(
    house: House, clean: Raised
) -> None:
    def scheduled(h: House, reach: Callable[[str], None] = sweeps.nothing) -> object:
        office, now = h.office(), at(DAY)
        return sweeps.sweep(
            h.sessions, office, as_of=DAY, now=lambda: now, scheduled_for=DAY, size=10, reach=reach
        )

    killed = in_child(house, lambda h: scheduled(h, dies_at("sweep.after_commit", 2)))
    assert ended(killed) == -signal.SIGKILL
    scheduled(house)
    with house.readers() as session:
        run = session.scalars(select(SweepRun)).one()
    assert (run.alerts, run.leads) == (len(clean.alerts), len(clean.leads))
    assert run.duties >= COUNT


def raised_is_short(house: House) -> bool:
    """Whether there is still work left for a sweep."""
    found = len(raised(house).leads)
    house.close()
    return found < COUNT


@pytest.mark.proves("G1", "I-1", "I-2")
def test_eight_sweeps_at_once_raise_what_one_would(house: House, clean: Raised) -> None:
    children = [in_child(house, sweep) for _ in range(8)]
    assert [ended(child) for child in children] == [0] * 8
    assert as_days(raised(house)) == clean
    assert violations(house) == []


@pytest.mark.proves("I-1", "I-3", "G10")
def test_facts_stated_while_sweeps_run_leave_a_sound_register(house: House) -> None:
    ids = register(house, many(60), date(2025, 8, 1))
    house.close()

    def pay(house: House, part: int) -> None:
        office = house.office()
        paid = read_fact(
            {
                "kind": "paid",
                "on": "2025-11-01",
                "by": "treasury",
                "obligation": "payment",
                "amount": "400.00",
            }
        )
        for contract_id in ids[part::3]:
            for _ in range(3):  # the third covers the whole
                with house.sessions.begin() as session:
                    facts.state_fact(
                        session, contract_id, paid, by=CLERK, office=office, now=at(DAY)
                    )

    children = [in_child(house, lambda h, p=part: pay(h, p)) for part in range(3)]
    children += [in_child(house, lambda h: [sweep(h) for _ in range(10)]) for _ in range(3)]
    assert [ended(child) for child in children] == [0] * 6
    sweep(house)
    assert violations(house) == []
    with house.readers() as session:
        states = {item["state"] for item in leads.list_leads(session, ALL).items}
    assert states <= {"closed"}


IMPORTING = ("register.after_terms", "register.after_duties", "register.before_known")


@pytest.mark.proves("G2", "I-3", "I-17")
def test_an_import_that_was_killed_registers_the_rest_and_nothing_twice(house: House) -> None:
    office, submissions = house.office(), many(30)

    def bring_in(house: House, reach: Callable[[str], None] = sweeps.nothing) -> set[str]:
        results = set()
        for start in range(0, 30, 10):
            with house.sessions.begin() as session:
                done = contracts.register_contracts(
                    session,
                    submissions[start : start + 10],
                    by=CLERK,
                    office=office,
                    now=at(DAY),
                    today=DAY,
                    reach=reach,
                )
            results |= {registered.result.value for registered in done}
        return results

    for point, nth in product(IMPORTING, (1, 2)):  # by the fourth, two of three parts are in
        child = in_child(house, lambda h, p=point, n=nth: bring_in(h, dies_at(p, n)))
        assert ended(child) == -signal.SIGKILL
    assert bring_in(house) == {"registered", "unchanged"}
    assert bring_in(house) == {"unchanged"}
    with house.readers() as session:
        assert registry.count_all(session)["contracts"] == 30
        assert registry.count_all(session)["obligations"] == 30
    assert violations(house) == []
