"""Turns: whoever is first holds the name until all is done, and holds up nobody else."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from fulfilment_monitor.house import House
from fulfilment_monitor.store.turns import take_turn
from tests.services.builders import wait_for_a_waiting_lock


def test_who_takes_the_same_turn_waits_for_the_end(house: House) -> None:
    done: list[str] = []

    def second() -> None:
        with house.sessions.begin() as session:
            take_turn(session, "test")
            session.execute(text("SELECT 1"))
            done.append("second")

    with ThreadPoolExecutor(1) as pool:
        with house.sessions.begin() as session:
            take_turn(session, "test")
            session.execute(text("SELECT 1"))  # SQLite begins with what is first asked
            other = pool.submit(second)
            wait_for_a_waiting_lock(house)
            done.append("first")
        other.result(60)
    assert done == ["first", "second"]


def test_who_takes_another_does_not(house: House) -> None:
    with house.sessions() as session:  # on SQLite it holds nothing before it writes
        take_turn(session, "test")
        with house.readers() as other:
            take_turn(other, "another")
