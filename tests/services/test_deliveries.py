"""Messages to other platforms over real HTTP: none lost, none out of order, effects once."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.wrappers import Response

from fulfilment_monitor.domain.deliveries import Answer
from fulfilment_monitor.house import House
from fulfilment_monitor.services import dead_letters, deliveries, gathering, partners
from fulfilment_monitor.services.deliveries import Line, Parcel
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.services.partner_builders import (
    BY,
    NOW,
    Clock,
    a_partner,
    a_way,
    key_of,
    partner,
    rows,
    say,
    states,
)
from tests.services.receiver import Near, Receiver, receiving, shown


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(house: House, clock: Clock) -> Receiver:
    """The platform of a province, registered."""
    a_partner(house)
    return Receiver(key_of(house), clock)


@pytest.fixture
def connected(house: House, clock: Clock) -> Iterator[Receiver]:
    """The same over real HTTP."""
    with receiving(key_of(house), clock) as receiver:
        a_partner(house, address=receiver.url)
        yield receiver


def deliver(house: House, clock: Clock, **more: Any) -> deliveries.Passed:
    return deliveries.deliver(a_way(house, clock, **more))


def to(platform: Receiver, house: House, clock: Clock, **more: Any) -> deliveries.Passed:
    """A pass to a platform without a network."""
    return deliver(house, clock, carrier=Near(platform), **more)


@pytest.mark.proves("R-75", "R-84")
def test_a_message_leaves_signed_at_once_and_its_receipt_is_kept(
    house: House, clock: Clock, connected: Receiver
) -> None:
    say(house, "A")
    clock.forward(seconds=3)
    assert deliver(house, clock).acknowledged == 1
    (message,) = connected.held.values()
    assert message["body"]["subject_code"] == "11340321MB0000001X"
    assert (message["day"], message["version"], message["topic"]) == (
        "2026-03-02", 1, "record.state",
    )  # fmt: skip
    (row,) = rows(house)
    assert row.receipt == f"r-{row.ulid}"
    assert (row.acknowledged_at, row.mapping) == (
        NOW + timedelta(seconds=3),
        "gov-credit@2023-draft-1",
    )
    assert deliver(house, clock) == deliveries.Passed()
    assert connected.refused_signatures == 0
    with house.readers() as session:
        sent_at = session.scalars(select(OutboxMessage.sent_at)).one()
    assert sent_at == row.acknowledged_at


def test_each_partner_gets_what_is_for_it_and_who_comes_later_gets_what_came_before(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    say(house, "B", region="530100")
    say(house, "C", stream="promise", content={"kept": False})
    assert to(platform, house, clock).acknowledged == 3
    a_partner(house, code="yunnan", region="530000")
    a_partner(house, code="promises", streams=["promise"], region="340000")
    a_partner(house, code="future", since="2026-03-03")
    say(house, "D", region="530102")
    before = len(platform.arrived)
    passed = to(platform, house, clock)
    assert (passed.gathered, passed.acknowledged) == (4, 4)  # B, D; C; and D for the first
    assert sorted(key for _, key, _ in platform.arrived[before:]) == ["B", "C", "D", "D"]
    assert gathering.gather(house.sessions, now=clock()) == 0


@pytest.mark.proves("F6")
def test_a_record_repaired_while_the_platform_was_down_is_never_published_by_a_late_retry(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.plan = lambda _message: shown({}, 503)
    say(house, "A", 1)
    to(platform, house, clock)
    assert states(house) == [("A", 1, "waiting")]
    say(house, "A", 2, change="repaired", state="repaired", ended_on="2026-03-02")
    for _ in range(6):
        clock.forward(hours=4)
        to(platform, house, clock)
    platform.plan = lambda _message: None
    clock.forward(hours=1)
    to(platform, house, clock)
    assert platform.arrived == [("record.state", "A", 2)]
    assert states(house) == [("A", 1, "overtaken"), ("A", 2, "acknowledged")]
    assert platform.applied["record.state", "A"][1]["state"] == "2"


def test_messages_that_are_no_whole_all_arrive_in_their_order(house: House, clock: Clock) -> None:
    a_partner(house, code="bureau", kind="channel", channel="x")
    with house.sessions.begin() as session:
        partners.take(session, "bureau").topics = ["case.told"]
    receiver, tries = Receiver(key_of(house), clock), [0]

    def once(message: dict[str, Any]) -> Response | None:
        tries[0] += message["version"] == 1
        return shown({}, 503) if tries[0] == 1 else None

    receiver.plan = once
    for version in (1, 2, 3):
        say(house, "A", version, topic="case.told")
    to(receiver, house, clock)
    assert receiver.arrived == []
    clock.forward(minutes=2)
    to(receiver, house, clock)
    assert [v for _, _, v in receiver.arrived] == [1, 2, 3]


@pytest.mark.proves("F3")
def test_a_message_that_is_refused_five_times_is_put_aside_and_replayed_once(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.plan = lambda m: shown({}, 422) if m["key"] == "BAD" else None
    say(house, "BAD")
    say(house, "GOOD")
    to(platform, house, clock)
    assert states(house) == [("BAD", 1, "waiting"), ("GOOD", 1, "acknowledged")]
    for _ in range(6):
        clock.forward(hours=1)
        to(platform, house, clock)
    (dead,) = dead_letters_of(house)
    assert (dead.key, dead.refusals, dead.fault) == ("BAD", 5, "refused-422")
    platform.plan = lambda _message: None
    clock.forward(days=30)
    assert to(platform, house, clock) == deliveries.Passed()  # only a person sends it again
    with house.sessions.begin() as session:
        dead_letters.replay(session, [dead.ulid], by=BY, now=clock())
    assert to(platform, house, clock).acknowledged == 1
    assert sorted(platform.arrived) == [("record.state", "BAD", 1), ("record.state", "GOOD", 1)]
    assert dead_letters_of(house) == []


def dead_letters_of(house: House) -> list[dead_letters.Shown]:
    with house.readers() as session:
        return dead_letters.list_dead(session, by=BY)


def test_what_does_not_fit_the_form_is_a_dead_letter_and_holds_nobody_up(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "BAD", content={"article": "x" * 401, "breach": "arrears", "determined_by": "A"})
    say(house, "GOOD")
    for _ in range(6):
        to(platform, house, clock)
        clock.forward(hours=1)
    assert states(house) == [("BAD", 1, "dead"), ("GOOD", 1, "acknowledged")]
    assert "legal_basis" in (dead_letters_of(house)[0].fault or "")
    assert [key for _, key, _ in platform.arrived] == ["GOOD"]


def test_a_partner_that_is_down_costs_one_request_a_pass(house: House, clock: Clock) -> None:
    asked: list[str] = []

    class Dead:
        def message(self, line: Line, parcel: Parcel) -> Answer:
            asked.append(parcel.key)
            return Answer(None, None, "outward.unreachable")

        receipt = package = held = None

    a_partner(house)
    for n in range(30):
        say(house, f"K{n}")
    for _ in range(3):
        deliver(house, clock, carrier=Dead())
    assert asked == ["K0"]  # it rests
    clock.forward(minutes=1)
    deliver(house, clock, carrier=Dead())
    assert len(asked) == 2
    assert partner(house).last_fault == "outward.unreachable"
    assert partner(house).rests_until == clock() + timedelta(minutes=2)


def test_of_two_at_once_each_sends_what_the_other_does_not_hold(house: House, clock: Clock) -> None:
    sent: list[tuple[str, str]] = []

    class Telling:
        def __init__(self, name: str, then: Any = None) -> None:
            self.name, self.then = name, then

        def message(self, line: Line, parcel: Parcel) -> Answer:
            sent.append((self.name, parcel.key))
            if self.then is not None:  # no transaction is open here: another may write
                then, self.then = self.then, None
                then()
            return Answer(200, {"id": parcel.ulid, "receipt": "r"})

        receipt = package = held = None

    a_partner(house)
    for n in range(25):  # more than one takes at once
        say(house, f"K{n}")
    second = a_way(house, clock, carrier=Telling("second"))  # type: ignore[arg-type]
    first = Telling("first", lambda: deliveries.deliver(second))
    deliver(house, clock, carrier=first)
    assert len(sent) == len({key for _, key in sent}) == 25
    assert {name for name, _ in sent} == {"first", "second"}


def test_a_receipt_may_come_later_and_what_was_lost_meanwhile_is_sent_again(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.late_receipts = True
    say(house, "A")
    say(house, "B")
    assert to(platform, house, clock).taken == 2
    lost = next(i for i, m in platform.held.items() if m["key"] == "B")
    del platform.held[lost]
    to(platform, house, clock)
    assert [s for _, _, s in states(house)] == ["taken", "taken"]  # asked in five minutes
    clock.forward(minutes=5)
    to(platform, house, clock)
    a, b = rows(house)
    assert (a.state, a.receipt) == ("acknowledged", f"late-{a.ulid}")
    assert lost in platform.held
    clock.forward(minutes=5)
    to(platform, house, clock)
    assert rows(house)[1].state == "acknowledged"
    assert b.ulid == lost


class Crash(Exception):
    """The process is gone."""


@pytest.mark.parametrize("point", ["outbox.after_claim", "outbox.after_send", "outbox.before_mark"])
@pytest.mark.proves("G3")
def test_whoever_is_killed_between_the_steps_has_lost_and_doubled_nothing(
    house: House, clock: Clock, platform: Receiver, point: str
) -> None:
    chance = Random(point)
    for n in range(4):
        say(house, f"K{n}")

    def reach(name: str) -> None:
        if name == point and chance.random() < 0.6:
            raise Crash

    crashes = 0
    for _ in range(6):
        try:
            to(platform, house, clock, reach=reach)
        except Crash:
            crashes += 1
        clock.forward(minutes=6)  # longer than whoever took messages may hold them
    to(platform, house, clock)
    assert crashes > 0
    assert {s for _, _, s in states(house)} == {"acknowledged"}
    assert sorted(m["key"] for m in platform.held.values()) == ["K0", "K1", "K2", "K3"]
    if point != "outbox.after_claim":
        assert len(platform.arrived) > 4  # at least once; once by its id


def test_what_a_partner_answers_is_believed_only_so_far(
    house: House, clock: Clock, connected: Receiver
) -> None:
    strange: list[Response] = [
        shown({"id": "another", "receipt": "r"}, 200),
        shown({"id": None}, 200),
        shown({"receipt": "x" * 300}, 200),
        shown(["r"], 200),
        Response(b"\xff{", 200),
        Response(b"[" * 5000, 200),
        Response(b"", 302, headers={"Location": "http://127.0.0.1:1/"}),
        Response(b"x" * 1_100_000, 200),
        shown({}, 401),
    ]
    say(house, "A")
    for answer in strange:
        connected.plan = lambda _m, answer=answer: answer  # type: ignore[misc]
        deliver(house, clock)
        (row,) = rows(house)
        assert (row.state, row.receipt, row.refusals) == ("waiting", None, 0)
        clock.forward(hours=2)
    connected.plan = lambda _m: None
    assert deliver(house, clock).acknowledged == 1


def test_without_a_key_nothing_leaves_and_it_shows(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    clock.forward(days=366)  # the key has run out
    assert to(platform, house, clock).acknowledged == 0
    assert partner(house).last_fault == deliveries.NO_KEY
    assert platform.arrived == []
