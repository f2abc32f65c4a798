"""Leases: one leads at a time, and nobody for ever."""

from datetime import timedelta
from threading import Barrier, Thread

from fulfilment_monitor.house import House
from fulfilment_monitor.services.leases import take_lease
from tests.conftest import at
from tests.services.builders import day

NINE = at(day("2025-09-10"))


def takes(house: House, owner: str, after: int = 0, name: str = "sweep") -> bool:
    """Whether an owner takes a lease of ten minutes, so many seconds after nine."""
    with house.sessions.begin() as session:
        now = NINE + timedelta(seconds=after)
        return take_lease(session, name, owner, now=now, seconds=600)


def test_of_two_owners_the_first_leads(house: House) -> None:
    assert takes(house, "a")
    assert not takes(house, "b", after=1)
    assert not takes(house, "b", after=600)


def test_whoever_leads_may_go_on_leading(house: House) -> None:
    assert takes(house, "a")
    assert takes(house, "a", after=500)
    assert not takes(house, "b", after=601)  # it was prolonged to 1100
    assert takes(house, "b", after=1101)


def test_a_lease_that_ran_out_goes_to_whoever_asks_first(house: House) -> None:
    assert takes(house, "a")
    assert takes(house, "b", after=601)
    assert not takes(house, "a", after=602)


def test_leases_of_different_names_are_different(house: House) -> None:
    assert takes(house, "a")
    assert takes(house, "b", name="deliver")


def test_of_eight_who_ask_at_once_one_leads(house: House) -> None:
    found: list[bool] = []
    together = Barrier(8)

    def ask(owner: str) -> None:
        together.wait()
        found.append(takes(house, owner))

    asking = [Thread(target=ask, args=(owner,)) for owner in "abcdefgh"]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sorted(found) == [False] * 7 + [True]
