"""Partners and their keys: two people register, two keys overlap, one act ends a key at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.house import House
from fulfilment_monitor.services import approvals, partner_keys, partners, vault
from fulfilment_monitor.store.partners import PartnerKey
from tests.services.account_builders import a_member, acting
from tests.services.builders import office
from tests.services.case_builders import secrets
from tests.services.partner_builders import (
    BY,
    KEY,
    NOW,
    PLATFORM,
    TODAY,
    a_key,
    a_partner,
    an_administrator,
    key_of,
    partner,
)

SECURITY = an_administrator(Role.SECURITY_ADMIN)


@pytest.fixture
def two(house: House) -> House:
    """A security administrator and a system administrator."""
    a_member(house, "sec", "A", Role.SECURITY_ADMIN)
    a_member(house, "sys", "A", Role.SYSTEM_ADMIN)
    return house


def asked_and_granted(house: House, act: str, asked: dict[str, Any]) -> None:
    sec, sys = acting(house, "sec"), acting(house, "sys")
    with house.sessions.begin() as session:
        ulid = approvals.ask(session, act, asked, "政务数据共享协议", by=sec, now=NOW)
    with house.sessions.begin() as session, pytest.raises(Forbidden):
        approvals.decide(
            session, ulid, granted=True, by=sec, office=office(house), now=NOW, today=TODAY
        )
    with house.sessions.begin() as session:
        approvals.decide(
            session, ulid, granted=True, by=sys, office=office(house), now=NOW, today=TODAY
        )


def test_a_partner_and_its_key_take_two_people_and_the_secret_is_told_once(two: House) -> None:
    asked_and_granted(two, "partner.register", PLATFORM)
    asked_and_granted(two, "partner-key.create", KEY)
    with two.sessions.begin() as session:
        (shown,) = partner_keys.list_keys(session, by=acting(two, "sec"), now=NOW)
        assert (shown.state, shown.partner, shown.algorithm) == (
            "waiting", "province", "hmac-sha256",
        )  # fmt: skip
        assert partner_keys.find(session, shown.ulid, secrets(two), now=NOW) is None
        with pytest.raises(Forbidden):
            partner_keys.fetch(session, shown.ulid, secrets(two), by=acting(two, "sys"), now=NOW)
        secret = partner_keys.fetch(
            session, shown.ulid, secrets(two), by=acting(two, "sec"), now=NOW
        )
        with pytest.raises(NotOpen):
            partner_keys.fetch(session, shown.ulid, secrets(two), by=acting(two, "sec"), now=NOW)
    key = key_of(two)(shown.ulid)
    assert key is not None
    assert (key.secret.hex(), key.partner) == (secret, "province")
    assert secret not in repr(key)
    with two.readers() as session:
        row = session.scalars(select(PartnerKey)).one()
        assert bytes.fromhex(secret) not in bytes(row.sealed or b"")
        assert row.key_id in vault.keys_used(session)  # so no backup forgets what it is sealed with


def test_what_cannot_be_a_partner_is_not_asked_for(two: House) -> None:
    wrong: list[dict[str, Any]] = [
        {"code": "../etc"}, {"name": ""}, {"kind": "friend"}, {"address": "file:///etc/passwd"},
        {"address": "folder:../up"}, {"address": "https://user:pw@x.gov.cn"}, {"mapping": None},
        {"region": "53"}, {"streams": ["gossip"]}, {"since": "soon"},
        {"kind": "channel", "channel": None}, {"kind": "body", "body": None},
    ]  # fmt: skip
    with two.sessions.begin() as session:
        for change in wrong:
            with pytest.raises(Invalid):
                partners.check_register(session, {**PLATFORM, **change})
        with pytest.raises(NotFound):
            partners.check_register(session, {**PLATFORM, "kind": "body", "body": "nobody"})


def test_of_two_keys_of_a_rotation_both_hold_for_a_fortnight_and_there_is_no_third(
    house: House,
) -> None:
    a_partner(house)
    with house.sessions.begin() as session:
        (first,) = partner_keys.list_keys(session, by=BY, now=NOW)
        second, secret = partner_keys.rotate(
            session, first.ulid, secrets(house), by=SECURITY, now=NOW
        )
        for refused in (
            lambda: partner_keys.rotate(session, second, secrets(house), by=SECURITY, now=NOW),
            lambda: partner_keys.do_create(session, KEY, BY, office(house), NOW, TODAY),
        ):
            with pytest.raises(NotOpen):
                refused()
    soon, later = NOW + timedelta(days=13), NOW + timedelta(days=14)
    assert key_of(house, now=soon)(first.ulid) is not None
    assert key_of(house, now=later)(first.ulid) is None
    found = key_of(house, now=later)(second)
    assert found is not None
    assert found.secret.hex() == secret
    with house.readers() as session:  # what both sides know for sure signs, then the next
        signs = [
            partner_keys.signing_key(session, partner(house), secrets(house), now=moment)
            for moment in (soon, later)
        ]
    assert [s and s.id for s in signs] == [first.ulid, second]


def test_a_revoked_key_holds_no_more_from_that_moment(house: House) -> None:
    a_partner(house)
    key = a_key(house, scopes=["leads:push"])
    assert key_of(house)(key.id) is not None
    with house.sessions.begin() as session:
        with pytest.raises(Forbidden):
            partner_keys.revoke(session, key.id, by=an_administrator(Role.SYSTEM_ADMIN), now=NOW)
        partner_keys.revoke(session, key.id, by=SECURITY, now=NOW)
        assert partner_keys.find(session, key.id, secrets(house), now=NOW) is None


def test_no_key_lives_longer_than_a_year_and_its_use_is_shown(house: House) -> None:
    a_partner(house)
    with house.sessions.begin() as session:
        for wrong in ({"days": 366}, {"days": 0}, {"scopes": []}, {"networks": ["here"]},
                      {"algorithm": "md5"}):  # fmt: skip
            with pytest.raises(Invalid):
                partner_keys.check_create(session, {**KEY, **wrong})
        (key,) = partner_keys.list_keys(session, by=BY, now=NOW)
        for minutes, seen in ((0, 0), (4, 0), (5, 5)):
            moment = NOW + timedelta(minutes=minutes)
            partner_keys.touch(session, key.ulid, moment)
            (shown,) = partner_keys.list_keys(session, by=BY, now=moment)
            assert shown.last_used_at == NOW + timedelta(minutes=seen)
    assert key_of(house, now=NOW + timedelta(days=365))(key.ulid) is None


def test_a_key_sealed_for_one_name_opens_under_no_other(house: House) -> None:
    a_partner(house)
    first, second = a_key(house), None
    with house.sessions.begin() as session:
        rows = list(session.scalars(select(PartnerKey).order_by(PartnerKey.id)))
        second = rows[0]
        second.sealed, second.key_id = rows[1].sealed, rows[1].key_id
        session.flush()
        with pytest.raises(Exception, match="sealed"):
            partner_keys.find(session, second.ulid, secrets(house), now=NOW)
        session.rollback()
    assert first.secret


def test_a_partner_that_ended_has_no_keys_and_gets_nothing(house: House) -> None:
    a_partner(house)
    with house.sessions.begin() as session:
        (key,) = partner_keys.list_keys(session, by=BY, now=NOW)
        change = {"code": "province", "until": "2026-03-02"}
        partners.check_change(session, change)
        partners.do_change(session, change, BY, office(house), NOW, TODAY)
        with pytest.raises(Invalid):
            partners.check_change(session, {"code": "province"})
    assert key_of(house)(key.ulid) is None
    with house.readers() as session:
        assert partners.live(session, TODAY) == []
        assert [p.code for p in partners.live(session, TODAY - timedelta(days=1))] == ["province"]
