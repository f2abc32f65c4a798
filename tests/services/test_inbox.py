"""The inbox: stored once, applied once, in any order; what cannot be applied is laid aside."""

import itertools
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role, operator
from fulfilment_monitor.domain.errors import NotFound, NotOpen
from fulfilment_monitor.domain.inbox import InboxState, OtherBody
from fulfilment_monitor.house import House
from fulfilment_monitor.services import inbox, inbox_work, nonces, vault
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.inbox import ChannelItem, InboxMessage
from tests.conftest import at
from tests.services.builders import contents, day
from tests.services.case_builders import a_town, secrets
from tests.services.inbox_builders import HOTLINE, ON, a_desk, a_ticket, message, poisoned, put
from tests.services.workers import ended, in_child

OPERATOR = operator("test")


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    return house


def count(house: House, table: type) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kept_words(house: House) -> list[Any]:
    """What the vault holds of each complaint."""
    keys = secrets(house)
    with house.readers() as session:
        return [
            vault._unsealed(session, c, ["words", "contact", "source"], keys)
            for c in session.scalars(select(Complaint).order_by(Complaint.id))
        ]


# --- stored, then applied ---------------------------------------------------------------------


@pytest.mark.proves("R-26")
def test_a_ticket_is_stored_first_and_becomes_a_complaint_once(town: House) -> None:
    stored = put(town, a_ticket(), "m-1")
    waiting = message(town, stored.receipt)
    assert (waiting.state, waiting.complaint_id) == ("received", None)
    assert inbox_work.work(a_desk(town)) == (1, 0, 0)
    assert inbox_work.work(a_desk(town)) == (0, 0, 0)
    done = message(town, stored.receipt)
    assert (done.state, done.outcome, done.sealed, done.key_id) == ("applied", "taken", None, None)
    assert count(town, Complaint) == count(town, Claim) == 1
    with town.readers() as session:
        complaint = session.scalars(select(Complaint)).one()
        item = session.scalars(select(ChannelItem)).one()
    assert (complaint.channel, complaint.recorded_by) == (HOTLINE, f"channel:{HOTLINE}")
    assert complaint.received_on == day(ON)
    assert complaint.id == done.complaint_id == item.complaint_id
    assert (item.version, item.status, item.accepted_on) == (1, "01", day("2025-10-20"))
    assert kept_words(town)[0]["source"] == "T-1"


def test_what_came_late_to_be_applied_came_on_the_day_it_was_stored(town: House) -> None:
    put(town, a_ticket(), "m-1")
    inbox_work.work(a_desk(town, "2025-10-24"))
    with town.readers() as session:
        assert session.scalars(select(Complaint.received_on)).one() == day(ON)


@pytest.mark.proves("F1")
def test_the_same_message_again_is_answered_as_the_first_and_another_body_refused(
    town: House,
) -> None:
    first = put(town, a_ticket(), "m-1")
    again = put(town, a_ticket(), "m-1", on="2025-10-22")
    assert (again.receipt, again.received_at) == (first.receipt, first.received_at)
    assert (first.is_new, again.is_new) == (True, False)
    with pytest.raises(OtherBody):
        put(town, a_ticket(content="另一内容"), "m-1")
    other = put(town, a_ticket(), "m-1", sender="key:other")  # its id means nothing to us
    assert other.receipt != first.receipt
    inbox_work.work(a_desk(town))
    assert count(town, InboxMessage) == 2
    assert count(town, Complaint) == 1
    assert message(town, other.receipt).outcome == "known"


@pytest.mark.proves("F2")
def test_versions_in_any_order_end_with_the_newest(town: House) -> None:
    orders = [*itertools.permutations((1, 2, 3, 4))][::5]
    for turn in range(4):
        for n, order in enumerate(orders):
            revision = order[turn]
            matters = [{"matter": f"货款 {n}", "breach": "01", "amount": 1000 * revision}]
            ticket = a_ticket(f"T-{n}", revision, matters=matters, status=f"0{revision}")
            put(town, ticket, f"{n}-{revision}")
        assert inbox_work.work(a_desk(town)) == (len(orders), 0, 0)
    with town.readers() as session:
        items = session.scalars(select(ChannelItem)).all()
        claims = session.scalars(select(Claim)).all()
        claimed = session.scalars(select(ComplaintClaim.claimed_fen)).all()
    assert {(i.version, i.status) for i in items} == {(4, "04")}
    assert {c.claimed_fen for c in claims} == set(claimed) == {400_000}
    assert all("不足1万元" in str(c.matter) for c in claims)
    assert {w["words"]["words"] for w in kept_words(town)} == {"多次催要未果 4"}
    assert count(town, Complaint) == len(orders)


def test_a_newer_version_about_another_matter_is_laid_aside_at_once(town: House) -> None:
    put(town, a_ticket(), "1")
    other = put(town, a_ticket(revision=2, contract={"no": "HT-9"}), "2")
    same = put(town, a_ticket(revision=1, content="悄悄改了"), "3")
    assert inbox_work.work(a_desk(town)) == (1, 0, 2)
    assert message(town, other.receipt).error_code == "inbox.other-matter"
    assert message(town, same.receipt).error_code == "inbox.other-content"
    assert kept_words(town)[0]["words"]["words"] == "多次催要未果 1"


def test_who_asked_not_to_be_known_stays_unknown_whatever_comes_later(town: House) -> None:
    put(town, a_ticket(confidential=True), "1")
    put(town, a_ticket(revision=2), "2")
    inbox_work.work(a_desk(town))
    with town.readers() as session:
        assert session.scalars(select(Complaint.confidential)).one() is True


# --- poison -----------------------------------------------------------------------------------


@pytest.mark.proves("F3")
def test_a_poisoned_message_is_tried_five_times_laid_aside_and_replayed_after_a_fix(
    town: House,
) -> None:
    bad = put(town, a_ticket("BAD"), "m-bad").receipt
    good = [put(town, a_ticket(f"T-{n}"), f"m-{n}").receipt for n in range(3)]
    broken, waited, tries = poisoned(town, "BAD"), timedelta(0), []
    for minutes in (0, 1, 5, 30, 120, 600):
        waited += timedelta(minutes=minutes)
        tries.append(inbox_work.work(a_desk(town, read=broken, later=waited)))
    assert tries == [(3, 1, 0), (0, 1, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)]
    assert {message(town, g).state for g in good} == {"applied"}
    letter = message(town, bad)
    assert (letter.state, letter.attempts, letter.error_code) == ("dead", 5, "internal.KeyError")
    with town.readers() as session:
        assert [d.receipt for d in inbox.dead(session, by=OPERATOR)] == [bad]
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "inbox.dead"))
        assert [m.body["receipt"] for m in told] == [bad]
    with town.sessions.begin() as session:
        inbox.replay(session, bad, by=OPERATOR, now=at(day(ON)) + waited)
    assert inbox_work.work(a_desk(town, later=waited)) == (1, 0, 0)
    assert (message(town, bad).state, count(town, Complaint)) == ("applied", 4)
    with town.sessions.begin() as session, pytest.raises(NotOpen):
        inbox.replay(session, bad, by=OPERATOR, now=at(day(ON)))


def test_no_second_try_comes_before_its_time(town: House) -> None:
    put(town, a_ticket("BAD"), "m-bad")
    broken = poisoned(town, "BAD")
    assert inbox_work.work(a_desk(town, read=broken)) == (0, 1, 0)
    soon = timedelta(seconds=59)
    assert inbox_work.work(a_desk(town, read=broken, later=soon)) == (0, 0, 0)


def test_a_body_that_is_not_on_the_register_waits_until_it_is_told_where(town: House) -> None:
    unknown = {"name": "某单位"}
    stored = put(town, a_ticket(respondent=unknown), "m-1")
    assert inbox_work.work(a_desk(town)) == (0, 1, 0)
    waiting = message(town, stored.receipt)
    assert waiting.errors == [{"pointer": "/respondent/name", "code": "unknown"}]
    assert "某单位" not in str(contents(town))


def test_only_the_system_administrator_lists_and_replays(town: House) -> None:
    for roles in ({Role.CREDIT_LEAD}, {Role.PARTNER}, {Role.SECURITY_ADMIN}):
        by = Actor("x", 1, 1, frozenset(roles))
        with town.sessions.begin() as session:
            with pytest.raises(Forbidden):
                inbox.dead(session, by=by)
            with pytest.raises(Forbidden):
                inbox.replay(session, "x", by=by, now=at(day(ON)))
    with town.sessions.begin() as session, pytest.raises(NotFound):
        inbox.replay(session, "x", by=OPERATOR, now=at(day(ON)))


# --- crashes and secrets ----------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing catches it."""


@pytest.mark.parametrize("point", ["inbox.after_store", "inbox.before_commit"])
def test_killed_between_storing_and_applying_it_is_applied_once(town: House, point: str) -> None:
    stored = put(town, a_ticket(), "m-1")

    def reach(name: str) -> None:
        if name == point:
            raise Killed

    with pytest.raises(Killed):
        inbox_work.apply_now(a_desk(town), stored.receipt, reach=reach)
    assert message(town, stored.receipt).state == "received"
    assert count(town, Complaint) == 0
    assert put(town, a_ticket(), "m-1").receipt == stored.receipt  # the sender asks again
    assert inbox_work.work(a_desk(town)) == (1, 0, 0)
    assert count(town, Complaint) == 1
    assert inbox_work.apply_now(a_desk(town), stored.receipt) is InboxState.APPLIED


def test_processes_that_store_and_apply_the_same_at_once_leave_it_once(town: House) -> None:
    secrets(town)  # made before they part
    tickets = [a_ticket(f"T-{n}", revision) for n in range(2) for revision in (1, 2)]

    def one_of_several(house: House, turn: int) -> None:
        for n in range(len(tickets)):
            at_ = (n + turn) % len(tickets)
            put(house, tickets[at_], f"m-{at_}")
            inbox_work.work(a_desk(house))

    children = [in_child(town, partial(one_of_several, turn=turn)) for turn in (0, 2)]
    assert [ended(child) for child in children] == [0, 0]
    for minutes in (2, 10):  # what ran into another was put off
        inbox_work.work(a_desk(town, later=timedelta(minutes=minutes)))
    with town.readers() as session:
        states = session.scalars(select(InboxMessage.state)).all()
        assert states == ["applied"] * len(tickets)
        assert session.scalars(select(ChannelItem.version)).all() == [2, 2]
    assert count(town, Complaint) == 2


def test_nothing_of_a_message_lies_in_the_clear(town: House) -> None:
    secret = {"name": "CANARY企业", "code": "91340300000000CAN4", "contact": "CANARY-phone"}
    ticket = a_ticket("CANARY-no", complainant=secret, content="CANARY-words")
    put(town, ticket, "CANARY-id")
    put(town, a_ticket("CANARY-bad"), "CANARY-bad-id")
    assert "CANARY" not in str(contents(town))
    inbox_work.work(a_desk(town, read=poisoned(town, "CANARY-bad")))
    assert "CANARY" not in str(contents(town))


def test_the_keys_of_what_waits_are_in_use(town: House) -> None:
    put(town, a_ticket(), "m-1")
    with town.readers() as session:
        used = vault.keys_used(session)
        kept = session.scalars(select(InboxMessage.key_id)).one()
    assert kept in used


def test_a_nonce_is_taken_once_for_each_key_and_forgotten_after_its_time(house: House) -> None:
    now = at(day(ON))
    with house.sessions.begin() as session:
        nonces.take(session, "partner:a", "n-1", now=now)
        nonces.take(session, "partner:b", "n-1", now=now)
        with pytest.raises(nonces.Replayed):
            nonces.take(session, "partner:a", "n-1", now=now)
        nonces.forget(session, now + timedelta(minutes=14))
        assert session.scalar(text("SELECT count(*) FROM nonce")) == 2
        nonces.forget(session, now + timedelta(minutes=15))
        assert session.scalar(text("SELECT count(*) FROM nonce")) == 0
