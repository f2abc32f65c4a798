"""Webhooks over real HTTP: every change arrives, once in effect, none overtakes another."""

import random
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from fulfilment_monitor.domain.outward import read_openings
from fulfilment_monitor.domain.webhooks import MOST_REFUSALS, MOST_TRIES, back_off
from fulfilment_monitor.gateways import webhooks as gateway
from fulfilment_monitor.gateways.outward import Allowed
from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.faults import Dice
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.gateways.sandbox.shelf import Shelf
from fulfilment_monitor.gateways.webhooks import Told
from fulfilment_monitor.house import House
from fulfilment_monitor.services import subscriptions, webhooks
from fulfilment_monitor.store.webhooks import WebhookEvent
from tests.gateways.listening import listening
from tests.services.builders import office
from tests.services.case_builders import secrets
from tests.services.webhook_builders import (
    NOW,
    TODAY,
    approved,
    change,
    events,
    fetched,
    row,
    three,
    told,
    who,
)

ALLOW = Allowed(read_openings("127.0.0.0/8"))


class Desk:
    """A house that tells, a sandbox that is told, and the moment both stand at."""

    def __init__(self, house: House, box: Sandbox, address: str) -> None:
        self.house, self.box, self.address, self.now = three(house), box, address, NOW
        self.office, self.secrets = office(house), secrets(house)

    def subscriber(self, name: str = "a", **more: Any) -> str:
        ulid = approved(self.house, f"{self.address}/hooks/{name}", **more)
        self.box.hooks[name] = [fetched(self.house, ulid)]
        return ulid

    def deliver(self, hands: int = 1) -> Told:
        return gateway.deliver(
            self.house.sessions, self.house.readers, self.secrets, self.office,
            ALLOW, now=lambda: self.now, today=TODAY, hands=hands,
        )  # fmt: skip

    def told(self, name: str = "a") -> list[tuple[str, str]]:
        return told(self.box.shelf.hooks(), name)


class _Clock:
    desk: Desk | None = None

    def __call__(self) -> datetime:
        return NOW if self.desk is None else self.desk.now


_clock = _Clock()


@pytest.fixture(scope="module")
def platform() -> Iterator[tuple[Sandbox, str]]:
    box = Sandbox(_clock)
    with serving(box) as address:
        yield box, address


@pytest.fixture
def desk(house: House, platform: tuple[Sandbox, str]) -> Iterator[Desk]:
    box, address = platform
    box.shelf, box.dice, box.hooks = Shelf(), Dice(), {}
    _clock.desk = Desk(house, box, address)
    yield _clock.desk
    _clock.desk = None


def test_what_changed_arrives_signed_in_order_and_once(desk: Desk) -> None:
    change(desk.house, ("before", 1))
    desk.subscriber()
    change(desk.house, ("m1", 1), ("m2", 1), ("m1", 2))
    change(desk.house, ("other", 1), to="A")  # told to somebody else
    assert desk.deliver() == Told(3, 0)
    assert desk.told() == [("m1", "v1"), ("m2", "v1"), ("m1", "v2")]
    assert desk.deliver() == Told(0, 0)
    [_, _, (ident, _, event)] = desk.box.shelf.hooks()
    assert event["id"] == ident
    assert {k: v for k, v in event.items() if k not in ("id", "time", "data")} == {
        "specversion": "1.0",
        "source": "/api/v1/feed/notices",
        "type": "fulfilment-monitor.measure.imposed",
        "subject": "m1",
        "sequence": "000000000003",
        "datacontenttype": "application/json",
    }
    assert event["data"] == {"code": "v2"}  # what the feed allows, and nothing else


def test_a_subscriber_that_was_down_eight_days_misses_nothing(desk: Desk) -> None:
    desk.subscriber()
    desk.box.dice.tell({"down": True})
    until, number = desk.now + timedelta(days=8), 0
    while desk.now < until:
        if number < 12:
            change(desk.house, (f"m{number % 3}", number))
            number += 1
        desk.deliver()
        desk.now += timedelta(hours=8)
    assert desk.told() == []
    assert {e.state for e in events(desk.house)} == {"waiting"}
    desk.box.dice.tell({"down": False})
    desk.now += timedelta(hours=8)
    desk.deliver()
    assert desk.told() == [(f"m{n % 3}", f"v{n}") for n in range(12)]


def test_an_event_keeps_its_name_and_words_over_all_tries(desk: Desk) -> None:
    desk.subscriber()
    change(desk.house, ("m1", 1))
    desk.box.dice.tell({"hang": 1.0, "hang_seconds": 0})  # applied, and the answer lost
    desk.deliver()
    [first] = desk.box.shelf.hooks()
    desk.box.dice.tell({"hang": 0})
    desk.now += timedelta(minutes=1)
    desk.deliver()
    assert desk.box.shelf.hooks() == [first]  # known again by its id
    assert [(e.state, e.tries) for e in events(desk.house)] == [("delivered", 2)]


def test_a_slow_subscriber_stops_no_other(desk: Desk) -> None:
    things = [(f"m{n}", "v1") for n in range(4)]
    waited: list[bool] = []

    def slow(found: socket.socket) -> None:
        """Answers only once the others were told everything."""
        for _ in range(400):
            if all_told := desk.told("a") == desk.told("b") == things:
                break
            time.sleep(0.01)
        waited.append(all_told)
        found.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with listening(slow) as snail:
        fetched(desk.house, approved(desk.house, f"http://127.0.0.1:{snail.port}/"))
        for name in ("a", "b"):
            desk.subscriber(name)
        change(desk.house, *((f"m{n}", 1) for n in range(4)))
        assert desk.deliver(hands=2) == Told(12, 0)
    assert waited == [True] * 4


def test_one_that_is_gone_is_disabled_and_told_nothing_more(desk: Desk) -> None:
    with listening(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n") as gone:
        ulid = approved(desk.house, f"http://127.0.0.1:{gone.port}/")
        fetched(desk.house, ulid)
        change(desk.house, ("m1", 1), ("m2", 1))
        desk.deliver()
        desk.now += timedelta(days=1)
        desk.deliver()
        assert len(gone.heard) == 1
    found = row(desk.house, ulid)
    assert (found.state, found.disabled_by, found.last_fault) == (
        "disabled", "webhooks", "status 410",
    )  # fmt: skip
    assert {e.state for e in events(desk.house)} == {"waiting"}  # nothing is lost


def test_what_is_refused_too_often_is_laid_aside_and_replayed_by_hand(desk: Desk) -> None:
    ulid = desk.subscriber()
    change(desk.house, ("m1", 1), ("m2", 1))
    desk.box.dice.tell({"refuse": 1.0})
    for _ in range(MOST_REFUSALS):
        assert desk.told() == []
        desk.deliver()
        desk.now += timedelta(hours=8)
    [first, second] = events(desk.house)
    assert (first.state, first.tries, second.state) == ("dead", MOST_REFUSALS, "waiting")
    desk.box.dice.tell({"refuse": 0})
    desk.deliver()
    assert desk.told() == [("m2", "v1")]
    with desk.house.sessions.begin() as session:
        [letter] = webhooks.dead(session, by=who(desk.house, "sys"))
        assert (letter.subscriber, letter.subject, letter.fault) == (ulid, "m1", "status 422")
        webhooks.replay(session, letter.ulid, by=who(desk.house, "sys"), now=desk.now)
    desk.deliver()
    assert desk.told() == [("m2", "v1"), ("m1", "v1")]


def test_what_is_tried_too_often_is_laid_aside_too(desk: Desk) -> None:
    assert sum((back_off(n, 0.0) for n in range(1, MOST_TRIES)), timedelta()) > timedelta(days=8)
    desk.subscriber()
    change(desk.house, ("m1", 1))
    desk.box.dice.tell({"down": True})
    desk.deliver()
    with desk.house.sessions.begin() as session:
        session.execute(update(WebhookEvent).values(tries=MOST_TRIES - 2))
    for state in ("waiting", "dead"):
        desk.now += timedelta(hours=8)
        assert desk.deliver() == Told(0, 1)
        assert [e.state for e in events(desk.house)] == [state]


def test_while_a_secret_is_rotated_the_other_side_may_check_either(desk: Desk) -> None:
    ulid = desk.subscriber()
    [old] = desk.box.hooks["a"]
    with desk.house.sessions.begin() as session:
        new = subscriptions.rotate(
            session, ulid, secrets(desk.house), by=who(desk.house, "sec"), now=desk.now
        )
    for number, secret in enumerate((old, new)):
        desk.box.hooks["a"] = [secret]
        change(desk.house, ("m1", number))
        assert desk.deliver() == Told(1, 0)
    desk.now += timedelta(days=15)
    desk.box.hooks["a"] = [old]
    change(desk.house, ("m1", 9))
    assert desk.deliver() == Told(0, 1)


def test_what_was_delivered_long_ago_is_forgotten(desk: Desk) -> None:
    desk.subscriber()
    change(desk.house, ("m1", 1))
    desk.deliver()
    desk.now += webhooks.KEPT + timedelta(seconds=1)
    desk.deliver()
    assert events(desk.house) == []


def course(desk: Desk, seed: int, count: int) -> None:
    """Changes and failures by chance, then peace: every one arrived, each thing in its order."""
    chance = random.Random(seed)
    names = ["a", "b"]
    for name in names:
        desk.subscriber(name)
    versions = dict.fromkeys(["m1", "m2", "m3"], 0)
    for _ in range(count):
        for _ in range(chance.randint(0, 4)):
            thing = chance.choice(list(versions))
            versions[thing] += 1
            change(desk.house, (thing, versions[thing]))
        desk.box.dice.tell(
            {
                "down": chance.random() < 0.2,
                "fail": chance.choice([0, 0.3, 0.8]),
                "hang": chance.choice([0, 0.2]),
                "hang_seconds": 0,
                "seed": chance.randrange(1_000),
            }
        )
        desk.deliver(hands=chance.choice([1, 3]))
        desk.now += timedelta(minutes=chance.randint(1, 300))
    desk.box.dice.tell({"down": False, "fail": 0, "hang": 0})
    for _ in range(3):
        desk.now += timedelta(hours=8)
        desk.deliver()
    assert {e.state for e in events(desk.house)} <= {"delivered"}
    for name in names:
        found = desk.told(name)
        for thing, last in versions.items():
            assert [v for t, v in found if t == thing] == [f"v{n + 1}" for n in range(last)]


def test_by_whatever_chance_every_change_arrives_in_its_order(desk: Desk) -> None:
    course(desk, seed=1, count=5)


@pytest.mark.endurance
@pytest.mark.parametrize("seed", range(2, 12))
def test_by_many_chances_every_change_arrives_in_its_order(desk: Desk, seed: int) -> None:
    course(desk, seed=seed, count=60)
