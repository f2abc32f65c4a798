"""The clock guard: clocks that disagree stop the sweep until a person has looked."""

from datetime import timedelta

import pytest

from fulfilment_monitor import clock
from fulfilment_monitor.domain.errors import ClockAlarm
from fulfilment_monitor.house import House
from fulfilment_monitor.services import audit, clocks, sweeps
from tests.services.builders import (
    CLERK,
    a_document,
    contents,
    day,
    register,
    violations,
)


def watch(house: House, *, off: int = 0, jumped: int = 0) -> str | None:
    """Look at the clocks: ours off by some seconds, or jumped by some."""
    with house.sessions.begin() as session:
        return clocks.watch_clocks(
            session,
            now=clock.now() + timedelta(seconds=off),
            elapsed_offset_seconds=jumped,
            tolerance_seconds=120,
        )


def sweep(house: House, *, exempt: bool = False) -> sweeps.Outcome:
    return sweeps.sweep(
        house.sessions,
        house.office(),
        as_of=day("2025-09-25"),
        now=clock.now,
        exempt_from_clock=exempt,
    )


def acknowledge(house: House) -> int:
    with house.sessions.begin() as session:
        return clocks.acknowledge(session, by=CLERK, now=clock.now())


def test_clocks_that_agree_raise_nothing(house: House) -> None:
    assert watch(house) is None
    assert watch(house, off=60, jumped=-60) is None
    assert contents(house)["clock_alarm"] == []


@pytest.mark.proves("E7")
def test_a_clock_that_was_moved_stops_the_sweep_until_acknowledged(house: House) -> None:
    register(house, a_document())
    for days in (-1, 3, 400):
        assert watch(house, off=days * 86_400) is not None
        before = contents(house)
        with pytest.raises(ClockAlarm):
            sweep(house)
        assert contents(house) == before
        assert acknowledge(house) == 1
    assert sweep(house).leads == 1


def test_a_jump_beside_the_steady_clock_stops_it_too(house: House) -> None:
    for seconds in (-3600, 121):
        assert watch(house, jumped=seconds) is not None
        with pytest.raises(ClockAlarm):
            sweep(house)
        acknowledge(house)


def test_a_day_given_by_hand_does_not_depend_on_any_clock(house: House) -> None:
    register(house, a_document())
    watch(house, off=86_400)
    assert sweep(house, exempt=True).leads == 1


def test_an_alarm_is_raised_once_until_acknowledged(house: House) -> None:
    for _ in range(3):
        watch(house, off=86_400)
    assert len(contents(house)["clock_alarm"]) == 1
    assert acknowledge(house) == 1
    assert acknowledge(house) == 0
    watch(house, off=-86_400)
    assert len(contents(house)["clock_alarm"]) == 2


def test_who_acknowledged_is_on_the_record(house: House) -> None:
    watch(house, off=86_400)
    acknowledge(house)
    assert any(
        "clock.acknowledge" in row and "clerk" in row for row in contents(house)["audit_entry"]
    )
    with house.readers() as session:
        assert audit.verify(session).ok
    assert violations(house) == []
