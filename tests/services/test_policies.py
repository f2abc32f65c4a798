"""Another alerts folder: timers are keyed anew, and nothing is raised a second time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.house import House
from fulfilment_monitor.services.policies import lock_timers
from fulfilment_monitor.store.duties import Timer
from tests.services.builders import (
    a_document,
    alerts_folder,
    contents,
    lead_list,
    paid,
    register,
    reopened,
    rules_raised,
    state,
    sweep,
    violations,
)


@contextmanager
def with_rules(house: House, folder: Path, *changes: tuple[str, str]) -> Iterator[House]:
    """The same register under rules with some words changed."""
    with closing(reopened(house, alerts_folder(folder, *changes))) as other:
        yield other


def test_a_changed_ladder_keys_the_timers_anew(house: House, tmp_path: Path) -> None:
    register(house, a_document())  # due 2025-09-10
    sweep(house, "2025-09-11")
    with with_rules(house, tmp_path, ('at = "T+7"', 'at = "T+9"')) as other:
        assert sweep(other, "2025-09-12").alerts == 0
        assert sweep(other, "2025-09-17").alerts == 0
        assert sweep(other, "2025-09-19").alerts == 1
        assert rules_raised(other) == ["payment.t+1", "payment.t+9"]
        assert violations(other) == []


def test_a_changed_ladder_raises_nothing_twice(house: House, tmp_path: Path) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    sweep(house, "2025-09-17")
    with with_rules(house, tmp_path, ('at = "T+30"', 'at = "T+40"')) as other:
        assert sweep(other, "2025-09-17") == sweep(other, "2025-09-17")._replace(duties=2)
        assert rules_raised(other) == ["payment.t+7", "payment.t+7"]
    assert sweep(house, "2025-09-18").alerts == 0  # and back to the first rules


def test_a_longer_grace_holds_for_what_has_no_lead_yet(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    sweep(house, "2025-09-24")
    with with_rules(house, tmp_path, ("procurement = 15", "procurement = 30")) as other:
        assert sweep(other, "2025-09-25").leads == 0
        assert sweep(other, "2025-10-09").leads == 0
        assert sweep(other, "2025-10-10").leads == 1
        assert violations(other) == []


def test_a_shorter_grace_opens_at_once_what_it_has_passed(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    assert sweep(house, "2025-09-15").leads == 0
    with with_rules(house, tmp_path, ("procurement = 15", "procurement = 5")) as other:
        assert sweep(other, "2025-09-15").leads == 1
        assert rules_raised(other) == ["payment.t+1"]


def test_grace_is_by_field(house: House, tmp_path: Path) -> None:
    register(house, a_document(), a_document(contract_no="HT-2", field="bidding"))
    with with_rules(house, tmp_path, ("procurement = 15", "procurement = 5")) as other:
        assert sweep(other, "2025-09-15").leads == 1
        assert [i["contract_no"] for i in lead_list(other)] == ["HT-1"]


def test_a_longer_grace_leaves_an_open_lead_open_and_opens_no_second(
    house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    assert sweep(house, "2025-09-25").leads == 1
    with with_rules(house, tmp_path, ("procurement = 15", "procurement = 30")) as other:
        assert sweep(other, "2025-10-10").leads == 0
        assert [i["state"] for i in lead_list(other)] == ["open"]
        assert violations(other) == []


def test_the_time_for_confirmation_is_the_offices_to_choose(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    state(house, paid("2025-09-20", by="government"), "2025-09-20")
    shorter = ("confirmation_grace_days = 15", "confirmation_grace_days = 6")
    with with_rules(house, tmp_path, shorter) as other:
        assert sweep(other, "2025-09-25").leads == 0
        assert sweep(other, "2025-09-26").leads == 1


def test_new_words_for_the_messages_key_nothing_anew(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    before = contents(house)
    folder = alerts_folder(tmp_path)
    (folder / "messages" / "payment_overdue.zh.txt").write_text("{title}已逾期", "utf-8")
    with closing(reopened(house, folder)) as other:
        register(other, a_document())
        assert other.policy.version != house.policy.version
        assert contents(other) == before


def test_a_change_of_rules_is_on_the_record(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    with with_rules(house, tmp_path, ("procurement = 15", "procurement = 30")) as other:
        sweep(other, "2025-09-01")
        (entry,) = [row for row in contents(other)["audit_entry"] if "policy.change" in row]
        assert other.policy.version in entry


def test_who_holds_a_timer_and_then_moves_it_never_stands_against_who_sets_all_back(
    house: House,
) -> None:
    """A lock that let the first one in would have both wait for each other."""
    if house.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    register(house, a_document())
    held, faults = Event(), []

    def set_back() -> None:
        held.wait(10)
        try:
            with house.sessions.begin() as session:
                lock_timers(session)
                session.execute(delete(Timer))
        except DBAPIError as fault:  # a deadlock
            faults.append(fault)

    other = Thread(target=set_back)
    other.start()
    with house.sessions.begin() as session:
        session.execute(select(Timer.duty_id).limit(1).with_for_update())
        held.set()
        sleep(0.5)  # the other one waits for us by now
        session.execute(delete(Timer))
    other.join(20)
    assert (other.is_alive(), faults) == (False, [])
