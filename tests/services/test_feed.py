"""The change feed: every row that commits gets one place, and a reader passes none by."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from threading import Thread
from time import sleep

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.feed import FAMILIES, Kind, projected
from fulfilment_monitor.house import House
from fulfilment_monitor.services import exchange, feed
from fulfilment_monitor.services.exchange import Message
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.conftest import at
from tests.services.builders import day

NOW = at(day("2025-09-25"))
#: Readers keep up with the writers, or they would never meet what is not committed yet.
TOPIC, _PAGE = "lead.opened", 5_000
#: What a reader does with the place it is at: the next rows, and where they end.
Reader = Callable[[Session, int], tuple[list[str], int]]


def queue(house: House, *keys: str, topic: str = TOPIC) -> None:
    with house.sessions.begin() as session:
        exchange.enqueue(session, [Message(topic, k, 1, {"lead": k}) for k in keys], now=NOW)


def by_place(session: Session, place: int) -> tuple[list[str], int]:
    page = feed.read(session, [TOPIC], place, _PAGE)
    return [c.key for c in page.changes], page.last


def by_number_of_the_row(session: Session, place: int) -> tuple[list[str], int]:
    """What a feed must not do."""
    o = OutboxMessage
    rows = session.execute(
        select(o.key, o.id).where(o.topic == TOPIC, o.id > place).order_by(o.id).limit(_PAGE)
    ).all()
    return [r.key for r in rows], rows[-1].id if rows else place


def pages(house: House, *topics: str, limit: int, descending: bool = False) -> list[list[str]]:
    """All pages to the end."""
    found, place = [], None
    with house.readers() as session:
        while True:
            page = feed.read(session, topics, place, limit, descending=descending)
            found.append([c.key for c in page.changes])
            place = page.last
            if not page.more:
                return found


def race(house: House, reader: Reader, *, rows: int, writers: int = 8, readers: int = 4,
         pause: float = 0.05) -> tuple[set[str], list[list[str]]]:  # fmt: skip
    """Write with random delays before the commits, and read all the while.

    Returns: what was committed, and what each reader saw.
    """
    if house.engine.dialect.name == "sqlite":
        pause /= 50  # one writer at a time: they wait for each other
    committed: list[str] = []
    seen: list[list[str]] = [[] for _ in range(readers)]
    writing = True

    def write(seed: int) -> None:
        random, done = Random(seed), 0
        while done < rows // writers:
            count = min(random.randint(1, 60), rows // writers - done)
            keys = [f"{seed}.{done + n}" for n in range(count)]
            with house.sessions() as session:
                messages = [Message(TOPIC, k, 1, {"lead": k}) for k in keys]
                exchange.enqueue(session, messages, now=NOW)
                sleep(random.random() * pause)
                if random.random() < 0.1:
                    session.rollback()
                    continue
                session.commit()
            committed.extend(keys)
            done += count

    def read(into: list[str]) -> None:
        place = 0
        while True:
            last_round = not writing
            feed.catch_up(house.readers, house.sessions)
            with house.readers() as session:
                found, place = reader(session, place)
            into.extend(found)
            if last_round and not found:
                return

    hands = [Thread(target=write, args=(n,)) for n in range(writers)]
    eyes = [Thread(target=read, args=(into,)) for into in seen]
    for thread in hands + eyes:
        thread.start()
    for thread in hands:
        thread.join()
    writing = False
    for thread in eyes:
        thread.join()
    return set(committed), seen


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_commits_late_under_a_lower_number_is_not_skipped(house: House) -> None:
    slow = house.sessions()
    exchange.enqueue(slow, [Message(TOPIC, "drawn first", 1, {})], now=NOW)
    queue(house, "drawn later")
    places = {by_place: 0, by_number_of_the_row: 0}
    seen: dict[Reader, list[str]] = {by_place: [], by_number_of_the_row: []}

    def look() -> None:
        feed.catch_up(house.readers, house.sessions)
        with house.readers() as session:
            for reader, place in places.items():
                found, places[reader] = reader(session, place)
                seen[reader] += found

    look()
    slow.commit()
    slow.close()
    look()
    assert seen[by_place] == ["drawn later", "drawn first"]
    assert seen[by_number_of_the_row] == ["drawn later"]  # it would have lost a row


def test_readers_miss_nothing_while_others_write(house: House) -> None:
    committed, seen = race(house, by_place, rows=1_600)
    for keys in seen:
        assert len(keys) == len(committed) == 1_600
        assert set(keys) == committed
        assert keys == seen[0]  # in one order


@pytest.mark.endurance
def test_four_readers_miss_none_of_a_hundred_thousand_rows(house: House) -> None:
    committed, seen = race(house, by_place, rows=100_000, pause=0.1)
    assert len(committed) == 100_000
    assert [len(keys) for keys in seen] == [100_000] * 4
    assert all(set(keys) == committed and keys == seen[0] for keys in seen)


@pytest.mark.endurance
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_readers_by_number_of_the_row_would_miss_some(house: House) -> None:
    committed, seen = race(house, by_number_of_the_row, rows=20_000, pause=0.1)
    assert sum(len(committed.difference(keys)) for keys in seen) > 0


def test_a_place_is_given_once_and_what_was_rolled_back_has_none(house: House) -> None:
    queue(house, "a", "b")
    with house.sessions() as session:
        exchange.enqueue(session, [Message(TOPIC, "gone", 1, {})], now=NOW)
        session.rollback()
    assert feed.catch_up(house.readers, house.sessions) == 2
    assert feed.catch_up(house.readers, house.sessions) == 0
    queue(house, "c")
    assert feed.catch_up(house.readers, house.sessions) == 1
    with house.readers() as session:
        o = OutboxMessage
        given = session.execute(select(o.key, o.feed_no).order_by(o.feed_no)).all()
        assert [tuple(row) for row in given] == [("a", 1), ("b", 2), ("c", 3)]
        assert feed.newest(session) == 3


def test_places_are_given_a_batch_at_a_time(house: House) -> None:
    queue(house, *"abcde")
    for wanted in (2, 2, 1, 0):
        with house.sessions.begin() as session:
            assert feed.give_places(session, 2) == wanted
    assert pages(house, TOPIC, limit=10) == [list("abcde")]


def test_two_who_give_places_at_once_give_each_row_one(house: House) -> None:
    queue(house, *(f"{n:03}" for n in range(300)))
    sure = [
        Thread(target=feed.catch_up, args=(house.readers, house.sessions)) for _ in range(4)
    ]  # fmt: skip
    for thread in sure:
        thread.start()
    for thread in sure:
        thread.join()
    with house.readers() as session:
        numbers = sorted(session.scalars(select(OutboxMessage.feed_no)))
        assert numbers == list(range(1, 301))


def test_pages_follow_one_another_in_both_directions(house: House) -> None:
    queue(house, "a", "b")
    queue(house, "x", topic="lead.closed")
    queue(house, "c", "d", "e")
    feed.catch_up(house.readers, house.sessions)
    assert pages(house, TOPIC, limit=2) == [["a", "b"], ["c", "d"], ["e"]]
    assert pages(house, TOPIC, "lead.closed", limit=4) == [["a", "b", "x", "c"], ["d", "e"]]
    newest_first = pages(house, TOPIC, "lead.closed", limit=4, descending=True)
    assert newest_first == [["e", "d", "c", "x"], ["b", "a"]]
    assert pages(house, "record.entered", limit=2) == [[]]


def test_an_empty_page_says_where_to_go_on(house: House) -> None:
    queue(house, "a", topic="lead.closed")
    feed.catch_up(house.readers, house.sessions)
    with house.readers() as session:
        empty = feed.read(session, [TOPIC], None, 10)
        assert (empty.changes, empty.more) == ([], False)
    queue(house, "b")
    feed.catch_up(house.readers, house.sessions)
    with house.readers() as session:
        (found,) = feed.read(session, [TOPIC], empty.last, 10).changes
        assert (found.key, found.version, found.at) == ("b", 1, NOW)


def test_where_most_is_not_for_the_reader_a_page_looks_at_so_much_and_leads_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_LOOKED_AT", 20)
    monkeypatch.setattr(feed, "_AT_ONCE", 8)
    queue(house, *(f"{n:03}" for n in range(50)))
    feed.catch_up(house.readers, house.sessions)
    mine, place, looks = [], None, 0
    with house.readers() as session:
        more = True
        while more:
            page = feed.read(
                session, [TOPIC], place, 3,
                keep=lambda changes: {c.number for c in changes if c.key.endswith("9")},
            )  # fmt: skip
            mine += [c.key for c in page.changes]
            place, more, looks = page.last, page.more, looks + 1
    assert mine == ["009", "019", "029", "039", "049"]
    assert looks == 3


def test_a_place_that_a_restored_copy_does_not_know_skips_nothing_that_comes_after(
    house: House,
) -> None:
    with house.readers() as session:
        page = feed.read(session, [TOPIC], 10**12, 10)
    assert (page.changes, page.more) == ([], False)
    queue(house, "a")
    feed.catch_up(house.readers, house.sessions)
    with house.readers() as session:
        assert [c.key for c in feed.read(session, [TOPIC], page.last, 10).changes] == ["a"]


def test_no_kind_says_more_than_it_lists_and_none_carries_cases_or_complaints() -> None:
    for kind, family in FAMILIES.items():
        everything = dict.fromkeys((*family.shows, *family.subject, "to", "complainant", "x"), "1")
        assert set(projected(kind, everything)) == set(family.shows)
        secret = ("case.", "complaint.", "dispatch.", "retaliation.", "channel.", "audit.")
        assert not [t for t in family.topics if t.startswith(secret)]
    assert Kind.RECORDS.value == "records"


def test_old_rows_wait_for_the_first_reader_and_come_in_the_order_they_were_drawn(
    house: House,
) -> None:
    with house.sessions.begin() as session:
        for n in range(3):
            later = NOW + timedelta(days=-n)
            exchange.enqueue_new(session, [Message(TOPIC, f"{n}", 1, {})], now=later)
    with house.readers() as session:
        assert session.scalar(select(func.count(OutboxMessage.feed_no))) == 0
    feed.catch_up(house.readers, house.sessions)
    assert pages(house, TOPIC, limit=10) == [["0", "1", "2"]]
