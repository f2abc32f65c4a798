"""Signing in: what opens a session, what ends one, and what a refusal does not tell."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.errors import Invalid, NotFound
from fulfilment_monitor.domain.passwords import Profile
from fulfilment_monitor.house import House
from fulfilment_monitor.services import accounts, own_account, sign_in
from fulfilment_monitor.services.rates import TooOften
from fulfilment_monitor.services.sign_in import PasswordDue, Refused
from fulfilment_monitor.services.web_sessions import NotSignedIn
from fulfilment_monitor.store.accounts import FormerPassword, RateBucket, WebSession
from fulfilment_monitor.store.audit import AuditEntry
from tests.services.account_builders import (
    NOW,
    PASSWORD,
    QUICK,
    TODAY,
    account,
    an_account,
    code_of,
    enter,
    who,
)
from tests.services.builders import CLERK
from tests.services.case_builders import secrets

OTHER = "枯藤老树昏鸦小桥流水人家"
_MINUTE = timedelta(minutes=1)


@pytest.fixture
def clerk(house: House) -> str:
    return an_account(house, "u1", "A", Role.CLERK).handle


def test_password_and_code_open_a_session_in_the_posts_of_today(house: House, clerk: str) -> None:
    signed = enter(house, clerk)
    found = who(house, signed)
    assert (found.actor.name, found.body_code, found.roles) == ("u1", "A", {Role.CLERK})
    assert found.has_stepped_up(NOW)
    assert not signed.strict
    with house.readers() as session:
        kept = session.scalars(select(WebSession.token_hash)).all()
        assert signed.token.encode() not in kept


@pytest.mark.proves("D3")
def test_every_refusal_reads_the_same_and_hashes_once(house: House, clerk: str) -> None:
    with house.sessions.begin() as session:
        accounts.create(session, an_unused(house), secrets(house), by=CLERK, now=NOW)
    tries = [
        ("u1", OTHER, code_of(house, clerk)),
        ("u1", PASSWORD, "000000"),
        ("u1", PASSWORD, ""),
        ("nobody", PASSWORD, "000000"),
        ("unused", PASSWORD, "000000"),
    ]
    said = set()
    for i, (handle, password, code) in enumerate(tries):
        QUICK.asked.clear()
        with pytest.raises(Refused) as refused:
            enter(house, handle, password=password, code=code, network=f"10.0.{i}")
        said.add((str(refused.value), refused.value.code, refused.value.status))
        assert len(QUICK.asked) == 1
    assert len(said) == 1
    with house.readers() as session:
        noted = select(AuditEntry.object_id).where(AuditEntry.action == "session.refused")
        assert len(session.scalars(noted).all()) == len(tries)


def an_unused(house: House) -> str:
    from tests.services.account_builders import a_member

    a_member(house, "unused", "A", Role.CLERK)
    return "unused"


def test_a_code_works_once_and_not_long(house: House, clerk: str) -> None:
    code = code_of(house, clerk)
    enter(house, clerk, code=code)
    with pytest.raises(Refused):
        enter(house, clerk, code=code)
    later = NOW + timedelta(minutes=40)
    early = code_of(house, clerk, later - timedelta(seconds=30))
    with pytest.raises(Refused):
        enter(house, clerk, code=code_of(house, clerk, later - timedelta(seconds=60)), now=later)
    enter(house, clerk, code=early, now=later + timedelta(seconds=10))


def test_a_recovery_code_stands_in_once(house: House) -> None:
    held = an_account(house, "u1", "A", Role.CLERK)
    assert len(set(held.opened.recovery)) == 10
    first = held.opened.recovery[3]
    enter(house, "u1", code=first.lower().replace("-", " "))
    with pytest.raises(Refused):
        enter(house, "u1", code=first)


def test_failures_rest_the_pair_and_never_the_account(house: House, clerk: str) -> None:
    now = NOW
    waits = []
    for _ in range(5):
        with pytest.raises(Refused):
            enter(house, clerk, password=OTHER, now=now)
        try:
            enter(house, clerk, now=now, code="")
        except TooOften as rests:
            seconds = rests.members["retry_after"]
            assert isinstance(seconds, int)
            waits.append(seconds)
            now += timedelta(seconds=seconds)
        except Refused:  # the first failure costs no wait; this was the second one
            with pytest.raises(TooOften) as again:
                enter(house, clerk, now=now, code="")
            seconds = again.value.members["retry_after"]
            assert isinstance(seconds, int)
            waits.append(seconds)
            now += timedelta(seconds=seconds)
        if waits[-1] > 800:
            break
    assert waits == sorted(waits)
    assert waits[-1] > 800
    with pytest.raises(TooOften):  # the right password rests too, from there
        enter(house, clerk, now=now - _MINUTE)
    enter(house, clerk, now=now - _MINUTE, network="198.51.100")
    enter(house, clerk, now=now + timedelta(minutes=30))


def test_an_unknown_account_rests_like_a_known_one(house: House, clerk: str) -> None:
    def course(handle: str) -> list[str]:
        found = []
        for i in range(7):
            now = NOW + timedelta(seconds=20 * i)
            try:
                enter(house, handle, password=OTHER, code="000000", now=now)
            except (Refused, TooOften) as refused:
                found.append(f"{refused.code} {refused} {refused.members}")
        return found

    assert course(clerk) == course("nobody")


def test_a_code_is_not_guessed_from_many_networks(house: House, clerk: str) -> None:
    for i in range(20):
        with pytest.raises(Refused):
            enter(house, clerk, code="000000", network=f"10.1.{i}")
    with pytest.raises(Refused):  # the right one is refused in the same words now
        enter(house, clerk, network="10.2.0")
    enter(house, clerk, now=NOW + timedelta(minutes=61), network="10.2.0")


def test_a_network_rests_after_a_hundred_failures(house: House) -> None:
    for i in range(100):
        with pytest.raises(Refused):
            enter(house, f"n{i}", password=OTHER, code="")
    with pytest.raises(TooOften):
        enter(house, "n100", password=OTHER, code="")


def test_buckets_name_nobody(house: House, clerk: str) -> None:
    with pytest.raises(Refused):
        enter(house, clerk, password=OTHER)
    with house.readers() as session:
        assert not [k for k in session.scalars(select(RateBucket.key)) if clerk in k]


def test_a_step_up_goes_on_under_another_token(house: House, clerk: str) -> None:
    signed = enter(house, clerk)
    late = NOW + timedelta(minutes=6)
    person = who(house, signed, late)
    assert not person.has_stepped_up(late)
    with pytest.raises(Refused):
        sign_in.step_up(
            house.sessions, secrets(house), person, code_of(house, clerk), now=late, today=TODAY
        )
    again = sign_in.step_up(
        house.sessions, secrets(house), person, code_of(house, clerk, late), now=late, today=TODAY
    )
    with pytest.raises(NotSignedIn):
        who(house, signed, late)
    assert who(house, again, late).has_stepped_up(late)
    assert who(house, again, late).session_id == person.session_id


def test_acting_for_another_body_takes_a_new_token_and_a_post_there(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    from fulfilment_monitor.services import people
    from tests.services.account_builders import a_body

    a_body(house, "B")
    a_body(house, "C")
    with house.sessions.begin() as session:
        people.post(session, "u1", "B", Role.HEAD, from_on=TODAY, by=CLERK, now=NOW)
    signed = enter(house, "u1")
    person = who(house, signed)
    assert person.body_code == "A"
    with house.sessions.begin() as session:
        other = sign_in.switch(session, person, "B", now=NOW, today=TODAY)
    assert (who(house, other).body_code, who(house, other).roles) == ("B", {Role.HEAD})
    assert not who(house, other).has_stepped_up(NOW)
    with pytest.raises(NotSignedIn):
        who(house, signed)
    with house.sessions.begin() as session, pytest.raises(NotFound):
        sign_in.switch(session, who(house, other), "C", now=NOW, today=TODAY)


@pytest.mark.proves("E9")
def test_a_session_ends_idle_in_the_end_and_for_administrators_elsewhere(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    an_account(house, "boss", "A", Role.SYSTEM_ADMIN)
    plain, strict = enter(house, "u1"), enter(house, "boss")
    assert strict.strict
    for signed, idle in ((plain, 30), (strict, 15)):
        who(house, signed, NOW + timedelta(minutes=idle))
        with pytest.raises(NotSignedIn):
            who(house, signed, NOW + timedelta(minutes=idle, seconds=1))
    who(house, plain, network="198.51.100")
    with pytest.raises(NotSignedIn):
        who(house, strict, network="198.51.100")
    with house.sessions.begin() as session:  # somebody who never pauses
        for row in session.scalars(select(WebSession).where(WebSession.ended_at.is_(None))):
            row.seen_at = NOW + timedelta(hours=11)
    with pytest.raises(NotSignedIn):
        who(house, plain, NOW + timedelta(hours=10, seconds=1))
    with pytest.raises(NotSignedIn):
        who(house, strict, NOW + timedelta(hours=4, seconds=1))


def test_three_sessions_run_beside_each_other_and_one_of_an_administrator(house: House) -> None:
    an_account(house, "u1", "A", Role.CLERK)
    an_account(house, "boss", "A", Role.SYSTEM_ADMIN)
    for handle, beside in (("u1", 3), ("boss", 1)):
        tokens = [enter(house, handle, now=NOW + i * _MINUTE) for i in range(beside + 1)]
        late = NOW + (beside + 1) * _MINUTE
        with pytest.raises(NotSignedIn):
            who(house, tokens[0], late)
        for signed in tokens[1:]:
            who(house, signed, late)


def test_closing_an_account_bites_at_the_next_request(house: House, clerk: str) -> None:
    signed = enter(house, clerk)
    with house.sessions.begin() as session:
        accounts.disable(session, clerk, by=CLERK, now=NOW)
    with pytest.raises(NotSignedIn):
        who(house, signed)
    with pytest.raises(Refused):
        enter(house, clerk, now=NOW + _MINUTE)


def test_a_new_password_ends_the_other_sessions(house: House, clerk: str) -> None:
    first, second = enter(house, clerk), enter(house, clerk, now=NOW + _MINUTE)
    person = who(house, second, NOW + _MINUTE)
    with pytest.raises(Refused):
        own_account.change_password(
            house.sessions, QUICK, Profile.ASVS, person, OTHER, OTHER, network="", now=NOW
        )
    signed = own_account.change_password(
        house.sessions, QUICK, Profile.ASVS, person, PASSWORD, OTHER, network="x", now=NOW
    )
    for old in (first, second):
        with pytest.raises(NotSignedIn):
            who(house, old)
    who(house, signed)
    enter(house, clerk, password=OTHER, now=NOW + 2 * _MINUTE)
    with pytest.raises(Refused):
        enter(house, clerk, now=NOW + 3 * _MINUTE)


def test_another_second_factor_takes_the_place_of_the_first(house: House, clerk: str) -> None:
    first, signed = enter(house, clerk), enter(house, clerk, now=NOW + _MINUTE)
    late = NOW + 2 * _MINUTE
    person = who(house, signed, late)
    with house.readers() as session:
        offered = own_account.offer_factor(session, person, secrets(house), late)
    fresh = code_of(house, clerk, late, offered.sealed)
    for sealed, code, old in (
        (offered.sealed, fresh, "000000"),
        (offered.sealed, "000000", code_of(house, clerk, late)),
        ("x." + "A" * 60, fresh, code_of(house, clerk, late)),
    ):
        with pytest.raises((Invalid, Refused)):
            own_account.change_factor(
                house.sessions, secrets(house), person, sealed, code, old, now=late
            )
    renewed, codes = own_account.change_factor(
        house.sessions, secrets(house), person, offered.sealed, fresh,
        code_of(house, clerk, late), now=late,
    )  # fmt: skip
    assert len(codes) == 10
    with pytest.raises(NotSignedIn):
        who(house, first, late)
    who(house, renewed, late)
    assert code_of(house, clerk, late) == fresh


def test_under_djbh3_an_old_password_is_changed_before_anything_else(
    house: House, clerk: str
) -> None:
    late = NOW + timedelta(days=91)
    enter(house, clerk, now=late)  # another rule book asks for no change
    with pytest.raises(PasswordDue):
        enter(house, clerk, now=late + _MINUTE, profile=Profile.DJBH3)
    with pytest.raises(Invalid):
        enter(house, clerk, now=late + 2 * _MINUTE, profile=Profile.DJBH3, new=OTHER)
    enter(house, clerk, now=late + 3 * _MINUTE, profile=Profile.DJBH3, new="Jackdaw-loves-9-sphinx")
    with house.readers() as session:
        assert account(session, clerk).password_at == late + 3 * _MINUTE
        assert session.scalar(select(func.count()).select_from(RateBucket)) is not None


def another_password(house: House, handle: str, old: str, new: str, minute: int) -> None:
    moment = NOW + minute * _MINUTE
    person = who(house, enter(house, handle, password=old, now=moment), moment)
    own_account.change_password(
        house.sessions, QUICK, Profile.DJBH3, person, old, new, network="x", now=moment
    )


def test_under_djbh3_none_of_the_last_passwords_comes_back(house: House, clerk: str) -> None:
    words = [f"Jackdaw-loves-{n}-sphinx" for n in "abcdefg"]
    for n, (old, new) in enumerate(pairwise([PASSWORD, *words[:6]])):
        another_password(house, clerk, old, new, n)
    said = []
    for n, used in enumerate(words[:6]):
        with pytest.raises(Invalid) as refused:
            another_password(house, clerk, words[5], used, 20 + n)
        said.append(refused.value.issues[0].code)
    assert said == [*["password.former"] * 5, "password.same"]
    late = NOW + timedelta(days=91)
    with pytest.raises(Invalid):  # at the door as well
        enter(house, clerk, password=words[5], now=late, profile=Profile.DJBH3, new=words[3])
    another_password(house, clerk, words[5], words[6], 30)
    another_password(house, clerk, words[6], words[0], 31)  # six changes ago: forgotten
    with house.readers() as session:
        kept = session.scalars(select(FormerPassword).order_by(FormerPassword.id)).all()
    assert [QUICK.matches(w, k.password_hash) for w, k in zip(words[2:], kept, strict=True)] == [
        True
    ] * 5


def test_another_rule_book_keeps_no_former_password(house: House, clerk: str) -> None:
    person = who(house, enter(house, clerk))
    own_account.change_password(
        house.sessions, QUICK, Profile.ASVS, person, PASSWORD, OTHER, network="x", now=NOW
    )
    with house.readers() as session:
        assert session.scalars(select(FormerPassword)).all() == []
