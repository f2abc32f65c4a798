"""Subscribers of webhooks: two people, one secret told once, and only what they may see."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.webhooks import OVERLAP, read_secret
from fulfilment_monitor.house import House
from fulfilment_monitor.services import subscriptions, vault, webhooks
from fulfilment_monitor.store.webhooks import WebhookSecret
from tests.services.case_builders import secrets
from tests.services.webhook_builders import (
    NOW,
    approved,
    ask,
    decide,
    fetched,
    row,
    three,
    wanted,
    who,
)

URL = "https://platform.example/hooks"


def test_what_could_not_be_is_not_asked_for(house: House) -> None:
    three(house)
    for wrong, pointer in (
        ({"label": " "}, "/label"),
        ({"url": "ftp://x"}, "/url"),
        ({"url": "https://u:p@platform.example/"}, "/url"),
        ({"url": "https://2130706433/"}, "/url"),
        ({"kinds": []}, "/kinds"),
        ({"kinds": ["cases"]}, "/kinds"),
        ({"kinds": ["leads"], "body": None}, "/kinds"),  # a platform sees no leads
        ({"kinds": ["notices"], "body": None}, "/kinds"),
    ):
        with pytest.raises(Invalid) as refused:
            ask(house, {**wanted(), **wrong})
        assert [i.pointer for i in refused.value.issues] == [pointer]


def test_a_subscriber_takes_two_people(house: House) -> None:
    three(house)
    with pytest.raises(Forbidden):
        ask(house, wanted(), by="sys")
    ulid = ask(house, wanted())
    for handle in ("sec", "aud"):
        with pytest.raises(Forbidden):
            decide(house, ulid, handle)
    decide(house, ulid, "sys", granted=False)
    with house.readers() as session:
        assert subscriptions.list_all(session, by=who(house, "sec")) == []
    approved(house, URL)
    with house.readers() as session:
        [shown] = subscriptions.list_all(session, by=who(house, "sec"))
        with pytest.raises(Forbidden):
            subscriptions.list_all(session, by=who(house, "sys"))
    assert (shown.state, shown.kinds, shown.body) == ("waiting", ["notices"], "单位B")


def test_its_secret_is_told_once_and_lies_sealed(house: House) -> None:
    three(house)
    ulid = approved(house, URL)
    with house.sessions.begin() as session, pytest.raises(Forbidden):
        subscriptions.fetch(session, ulid, secrets(house), by=who(house, "sys"), now=NOW)
    told = fetched(house, ulid)
    assert told.startswith("whsec_")
    assert len(read_secret(told)) == 32
    with pytest.raises(NotOpen):
        fetched(house, ulid)
    with house.readers() as session:
        sealed = session.scalars(select(WebhookSecret)).one()
        assert read_secret(told) not in bytes(sealed.sealed)
        assert sealed.key_id in vault.keys_used(session)  # no backup of keys may lose it
        assert subscriptions.secrets_of(session, row(house, ulid), secrets(house), NOW) == [
            read_secret(told)
        ]


def test_while_a_secret_is_rotated_both_sign(house: House) -> None:
    three(house)
    ulid = approved(house, URL)
    first = fetched(house, ulid)
    with house.sessions.begin() as session:
        second = subscriptions.rotate(session, ulid, secrets(house), by=who(house, "sec"), now=NOW)
    for after, right in (
        (timedelta(), [second, first]),
        (OVERLAP - timedelta(seconds=1), [second, first]),
        (OVERLAP, [second]),
    ):
        with house.readers() as session:
            found = subscriptions.secrets_of(session, row(house, ulid), secrets(house), NOW + after)
        assert found == [read_secret(s) for s in right]


def test_it_is_disabled_and_resumed_by_the_security_administrator(house: House) -> None:
    three(house)
    ulid = approved(house, URL)
    fetched(house, ulid)
    for handle in ("sys", "aud"):
        with house.sessions.begin() as session, pytest.raises(Forbidden):
            subscriptions.disable(session, ulid, by=who(house, handle), now=NOW)
    with house.sessions.begin() as session:
        by = who(house, "sec")
        with pytest.raises(NotFound):
            subscriptions.disable(session, "01J", by=by, now=NOW)
        with pytest.raises(NotOpen):
            subscriptions.resume(session, ulid, by=by, now=NOW)
        subscriptions.disable(session, ulid, by=by, now=NOW)
        with pytest.raises(NotOpen):
            subscriptions.rotate(session, ulid, secrets(house), by=by, now=NOW)
    with house.sessions.begin() as session:
        assert webhooks.claim(session, secrets(house), done=set(), now=NOW) is None
        subscriptions.resume(session, ulid, by=who(house, "sec"), now=NOW)
    with house.sessions.begin() as session:
        assert webhooks.claim(session, secrets(house), done=set(), now=NOW) is not None


def test_whoever_holds_a_subscriber_holds_it_alone_and_not_for_ever(house: House) -> None:
    three(house)
    fetched(house, approved(house, URL))

    def claim(after: timedelta) -> webhooks.Turn | None:
        with house.sessions.begin() as session:
            return webhooks.claim(session, secrets(house), done=set(), now=NOW + after)

    first = claim(timedelta())
    assert first is not None
    assert claim(webhooks.HELD - timedelta(seconds=1)) is None
    second = claim(webhooks.HELD)
    assert second is not None
    with house.sessions.begin() as session:
        webhooks.release(session, first)  # too late: it is another's now
    assert claim(webhooks.HELD) is None
