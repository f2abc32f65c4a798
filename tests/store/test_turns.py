"""Turns: whoever is first holds what all its names stand for, and no two wait for each other."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.store.turns import take_turns
from tests.services.builders import wait_for_a_waiting_lock

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

NAMES = ("a", "b", "c", "d", "e")


def turn(house: House, *names: str) -> str:
    with house.sessions.begin() as session:
        take_turns(session, "test", names)
    return "had its turn"


@ONLY_POSTGRESQL
@pytest.mark.parametrize("held", NAMES)
def test_two_that_name_the_same_in_opposite_orders_do_not_wait_for_each_other(
    house: House, held: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        with house.sessions.begin() as session:
            take_turns(session, "test", [held])
            one = pool.submit(turn, house, *NAMES)
            wait_for_a_waiting_lock(house)
            other = pool.submit(turn, house, *reversed(NAMES))
            wait_for_a_waiting_lock(house, 2)
        assert [one.result(60), other.result(60)] == ["had its turn"] * 2


def test_those_that_name_other_things_or_nothing_do_not_wait(house: House) -> None:
    with house.sessions() as session:
        take_turns(session, "test", ["a"])
        take_turns(session, "test", [])
        assert turn(house, "b", "b") == "had its turn"
