"""Accounts from their making to their end, and acts that need two people."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.passwords import Profile
from fulfilment_monitor.house import House
from fulfilment_monitor.services import (
    accounts,
    activation,
    api_keys,
    approvals,
    issued_keys,
    people,
    posts,
    vault,
    web_sessions,
)
from fulfilment_monitor.services.activation import Chosen
from fulfilment_monitor.services.sign_in import Refused
from fulfilment_monitor.services.web_sessions import NotSignedIn
from fulfilment_monitor.store.accounts import Approval
from fulfilment_monitor.store.organisations import Organisation
from tests.services.account_builders import (
    NETWORK,
    NOW,
    PASSWORD,
    QUICK,
    TODAY,
    a_code,
    a_member,
    account,
    acting,
    activate,
    an_account,
    code_of,
    enter,
    who,
)
from tests.services.builders import CLERK, a_document, office, register
from tests.services.case_builders import secrets

FIRM = "91340321MA2000000L"


@pytest.fixture
def three(house: House) -> House:
    """A house with its three administrators, and a clerk."""
    for handle, role in (
        ("sys", Role.SYSTEM_ADMIN),
        ("sec", Role.SECURITY_ADMIN),
        ("aud", Role.AUDIT_ADMIN),
        ("u1", Role.CLERK),
    ):
        a_member(house, handle, "A", role)
    return house


def firm(house: House) -> Actor:
    """The actor of an enterprise's first account."""
    register(house, a_document())
    with house.sessions.begin() as session:
        code = session.scalars(select(Organisation.code).where(Organisation.side == "enterprise"))
        first = code.first()
        assert first is not None
        made = accounts.create(
            session, "firm-1", secrets(house), enterprise=first, name="经理", leads=True,
            by=CLERK, now=NOW,
        )  # fmt: skip
    activate(house, "firm-1", made.code)
    with house.readers() as session:
        return web_sessions.actor_of(session, account(session, "firm-1"), None, TODAY)


# --- making, opening, closing -------------------------------------------------------------------


def test_an_account_is_closed_until_its_code_is_used(three: House) -> None:
    one_time = a_code(three, "u1")
    with three.readers() as session:
        assert accounts.state_of(account(session, "u1")) == "waiting"
    with pytest.raises(Refused):
        enter(three, "u1", code="000000")
    opened = activate(three, "u1", one_time)
    assert who(three, opened.signed).roles == {Role.CLERK}
    with three.readers() as session:
        row = account(session, "u1")
        assert accounts.state_of(row) == "open"
        assert row.totp_sealed is not None
        assert row.totp_key in vault.keys_used(session)
    with pytest.raises(Refused):  # a code is used once
        activate(three, "u1", one_time)


def test_a_one_time_code_lapses_and_wrong_ones_tell_nothing(three: House) -> None:
    one_time = a_code(three, "u1")
    said = set()
    for i, (handle, code, now) in enumerate(
        [("u1", "0" * 24, NOW), ("nobody", one_time, NOW), ("u1", one_time, NOW + timedelta(4))]
    ):
        with pytest.raises(Refused) as refused:
            activation.begin(
                three.sessions, secrets(three), handle, code, network=f"10.{i}.0", now=now
            )
        said.add(str(refused.value))
    assert len(said) == 1


def test_nothing_opens_with_a_poor_password_or_a_wrong_code(three: House) -> None:
    one_time = a_code(three, "u1")
    asked = activation.begin(
        three.sessions, secrets(three), "u1", one_time, network=NETWORK, now=NOW
    )
    assert asked.offered is not None
    assert not asked.optional
    sealed, right = asked.offered.sealed, code_of(three, "u1", NOW, asked.offered.sealed)
    for i, (password, code) in enumerate(
        [("short", right), ("u1-password-2026", right), (PASSWORD, "000000"), (PASSWORD, "")]
    ):
        chosen = Chosen("u1", one_time, password, sealed, code, f"10.0.{i}")
        with pytest.raises(Invalid):
            activation.finish(
                three.sessions, QUICK, secrets(three), Profile.ASVS, chosen, now=NOW, today=TODAY
            )
    with three.readers() as session:
        assert account(session, "u1").password_hash is None
    late = NOW + timedelta(minutes=31)
    again = activation.begin(
        three.sessions, secrets(three), "u1", one_time, network=NETWORK, now=late, sealed=sealed
    )
    assert again.offered is not None
    assert again.offered.sealed != sealed


def test_a_reset_ends_sessions_and_still_asks_for_the_second_factor(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    a_member(house, "sys", "A", Role.SYSTEM_ADMIN)
    signed = enter(house, "u1")
    with house.sessions.begin() as session:
        issued = accounts.issue_code(
            session, "u1", secrets(house), by=acting_in(session, "sys"), now=NOW, today=TODAY
        )
    with pytest.raises(NotSignedIn):
        who(house, signed)
    late = NOW + timedelta(minutes=2)
    asked = activation.begin(
        house.sessions, secrets(house), "u1", issued.code, network=NETWORK, now=late
    )
    assert asked.offered is None
    chosen = Chosen("u1", issued.code, PASSWORD, "", "000000", NETWORK)
    with pytest.raises(Invalid):
        activation.finish(
            house.sessions, QUICK, secrets(house), Profile.ASVS, chosen, now=late, today=TODAY
        )
    assert activate(house, "u1", issued.code, now=late).recovery == []


def acting_in(session: Any, handle: str) -> Actor:
    return people.acting(session, handle, TODAY)


def test_only_system_administrators_see_to_accounts_and_not_to_each_others_codes(
    three: House,
) -> None:
    for handle in ("sec", "aud", "u1"):
        with three.sessions.begin() as session, pytest.raises(Forbidden):
            accounts.create(session, "u1", secrets(three), by=acting(three, handle), now=NOW)
        with three.readers() as session, pytest.raises(Forbidden):
            accounts.list_accounts(session, by=acting(three, handle))
    a_code(three, "sec")
    boss = acting(three, "sys")
    with three.sessions.begin() as session:
        with pytest.raises(Forbidden):
            accounts.issue_code(session, "sec", secrets(three), by=boss, now=NOW, today=TODAY)
        accounts.create(session, "u1", secrets(three), by=boss, now=NOW)
        with pytest.raises(Invalid):
            accounts.create(session, "u1", secrets(three), by=boss, now=NOW)
        with pytest.raises(NotFound):
            accounts.create(session, "u9", secrets(three), by=boss, now=NOW)
        accounts.disable(session, "u1", by=boss, now=NOW)
        with pytest.raises(NotOpen):
            accounts.disable(session, "u1", by=boss, now=NOW)
        accounts.create(session, "sys", secrets(three), by=boss, now=NOW)
        with pytest.raises(NotOpen):
            accounts.disable(session, "sys", by=boss, now=NOW)


def test_an_enterprise_sees_to_its_own_accounts_only(three: House) -> None:
    by = firm(three)
    with three.sessions.begin() as session:
        own = session.get_one(Organisation, by.body).code
        made = accounts.create(
            session, "firm-2", secrets(three), enterprise=own, name="会计", by=by, now=NOW
        )
        for enterprise in (None, "nobody"):
            with pytest.raises((Forbidden, NotFound)):
                accounts.create(
                    session, "u1", secrets(three), enterprise=enterprise, name="x", by=by, now=NOW
                )
        with pytest.raises(Invalid):  # what programs are called: their files would be its own
            accounts.create(
                session, "key:01A", secrets(three), enterprise=own, name="x", by=by, now=NOW
            )
        with pytest.raises(NotFound):
            accounts.disable(session, "u1", by=by, now=NOW)
        assert [a.handle for a in accounts.list_accounts(session, by=by)] == ["firm-1", "firm-2"]
    chosen = Chosen("firm-2", made.code, PASSWORD, "", "", NETWORK)  # no second factor: it may
    activation.finish(
        three.sessions, QUICK, secrets(three), Profile.ASVS, chosen, now=NOW, today=TODAY
    )
    second = enter(three, "firm-2", code="")
    with three.sessions.begin() as session, pytest.raises(Forbidden):
        accounts.create(
            session, "firm-3", secrets(three), enterprise=own, name="x",
            by=who(three, second).actor, now=NOW,
        )  # fmt: skip


# --- two people ---------------------------------------------------------------------------------


def ask(house: House, asker: str, act: str = "post.give", **asked: Any) -> str:
    wanted = asked or {"handle": "u1", "body": "A", "role": "head", "from_on": "2026-03-02"}
    with house.sessions.begin() as session:
        return approvals.ask(session, act, wanted, "工作需要", by=acting(house, asker), now=NOW)


def decide(house: House, ulid: str, handle: str, *, granted: bool = True) -> None:
    with house.sessions.begin() as session:
        approvals.decide(
            session, ulid, granted=granted, answer="同意", by=acting_in(session, handle),
            office=office(house), now=NOW, today=TODAY,
        )  # fmt: skip


@pytest.mark.proves("E4")
def test_a_post_is_given_by_two_people(three: House) -> None:
    ulid = ask(three, "sec")
    for handle in ("sec", "aud", "u1"):  # who asked, who only watches, who would be given it
        with pytest.raises(Forbidden):
            decide(three, ulid, handle)
    assert acting(three, "u1").roles == {Role.CLERK}
    decide(three, ulid, "sys")
    assert acting(three, "u1").roles == {Role.CLERK, Role.HEAD}
    with pytest.raises(NotOpen):
        decide(three, ulid, "sys")


@pytest.mark.proves("E4")
def test_nobody_gives_a_post_to_themselves_or_asks_without_the_right(three: House) -> None:
    a_member(three, "sec2", "A", Role.SECURITY_ADMIN)
    own = {"handle": "sec", "body": "A", "role": "security_admin", "from_on": "2026-03-02"}
    with pytest.raises(Forbidden):
        ask(three, "sec", **own)
    for handle in ("sys", "aud", "u1"):
        with pytest.raises(Forbidden):
            ask(three, handle)
    for role in ("audit_admin", "system_admin", "clerk"):  # the three exclude each other
        with pytest.raises(Invalid):
            ask(three, "sec2", **{**own, "role": role})


def test_the_database_refuses_a_decision_by_who_asked(three: House) -> None:
    ulid = ask(three, "sec")
    with pytest.raises(IntegrityError, match="two_people"), three.sessions.begin() as session:
        session.execute(
            update(Approval)
            .where(Approval.ulid == ulid)
            .values(
                granted=True, decided_at=NOW, decided_by="x", decided_by_id=Approval.asked_by_id
            )
        )


def test_what_was_refused_is_not_done(three: House) -> None:
    ulid = ask(three, "sec")
    decide(three, ulid, "sys", granted=False)
    assert acting(three, "u1").roles == {Role.CLERK}
    with three.readers() as session:
        (shown,) = approvals.list_asked(session, by=acting(three, "sec"), limit=10)
        assert (shown.granted, shown.answer, shown.open_to_me) == (False, "同意", False)
        with pytest.raises(Forbidden):
            approvals.list_asked(session, by=acting(three, "u1"), limit=10)


def test_ending_a_post_takes_one_security_administrator(three: House) -> None:
    for handle, refused in (("sys", True), ("sec", False)):
        with three.sessions.begin() as session:
            common: dict[str, Any] = {
                "by": acting_in(session, handle),
                "office": office(three),
                "now": NOW,
                "today": TODAY,
            }
            if refused:
                with pytest.raises(Forbidden):
                    posts.end(session, "u1", "A", Role.CLERK, **common)
            else:
                posts.end(session, "u1", "A", Role.CLERK, **common)
    with three.readers() as session, pytest.raises(NotFound):
        acting_in(session, "u1")


def test_a_lost_second_factor_is_forgotten_by_two_people(three: House) -> None:
    opened = activate(three, "u1", a_code(three, "u1"), now=NOW - timedelta(minutes=5))
    ulid = ask(three, "sec", "factor.drop", handle="u1")
    decide(three, ulid, "sys")
    with pytest.raises(NotSignedIn):
        who(three, opened.signed)
    with three.readers() as session:
        row = account(session, "u1")
        assert (row.totp_sealed, row.password_hash, accounts.state_of(row)) == (
            None,
            None,
            "closed",
        )
    with pytest.raises(Refused):
        enter(three, "u1", code=opened.recovery[0])


# --- keys ---------------------------------------------------------------------------------------

WANTED = {
    "label": "某平台",
    "scopes": ["contracts:read"],
    "networks": ["203.0.113.0/24"],
    "days": 90,
}


def the_key(house: House) -> issued_keys.Shown:
    with house.readers() as session:
        return issued_keys.list_keys(session, by=acting(house, "sec"), now=NOW)[0]


def found(house: House, token: str, address: str = "203.0.113.9", days: int = 0) -> Actor:
    with house.readers() as session:
        return api_keys.find(session, token, address=address, now=NOW + timedelta(days=days)).actor


def test_a_key_takes_two_people_and_tells_its_token_once(three: House) -> None:
    decide(three, ask(three, "sec", "api-key.create", **WANTED), "sys")
    key = the_key(three)
    assert (key.state, key.scopes) == ("waiting", ["contracts:read"])
    with three.sessions.begin() as session:
        with pytest.raises(Forbidden):
            issued_keys.fetch(session, key.ulid, by=acting_in(session, "sys"), now=NOW)
        token = issued_keys.fetch(session, key.ulid, by=acting_in(session, "sec"), now=NOW)
        with pytest.raises(NotOpen):
            issued_keys.fetch(session, key.ulid, by=acting_in(session, "sec"), now=NOW)
    assert found(three, token).roles == {Role.PARTNER}
    for bad in ({"address": "198.51.100.1"}, {"days": 90}):
        with pytest.raises(NotSignedIn):
            found(three, token, **bad)  # type: ignore[arg-type]


def test_of_two_keys_of_a_rotation_the_older_runs_out(three: House) -> None:
    decide(three, ask(three, "sec", "api-key.create", **WANTED), "sys")
    ulid = the_key(three).ulid
    with three.sessions.begin() as session:
        by = acting_in(session, "sec")
        first = issued_keys.fetch(session, ulid, by=by, now=NOW)
        second = issued_keys.rotate(session, ulid, by=by, now=NOW)
    assert found(three, first, days=13)
    assert found(three, second, days=13)
    with pytest.raises(NotSignedIn):
        found(three, first, days=14)
    with three.sessions.begin() as session:
        issued_keys.revoke(session, the_key(three).ulid, by=acting_in(session, "sec"), now=NOW)
    with pytest.raises(NotSignedIn):
        found(three, second)


def test_a_key_that_could_not_be_made_is_not_asked_for(three: House) -> None:
    for wrong in (
        {"label": ""},
        {"scopes": []},
        {"scopes": ["all"]},
        {"networks": ["here"]},
        {"days": 366},
        {"days": "90"},
        {"body": "nobody"},
    ):
        with pytest.raises((Invalid, NotFound)):
            ask(three, "sec", "api-key.create", **{**WANTED, **wrong})
    with three.readers() as session:
        assert session.scalars(select(Approval)).all() == []
