"""Accounts to sign in to: with a quick hasher, which only tests have, and a clock that is given."""

from datetime import datetime, timedelta
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain import second_factor
from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.passwords import Profile, plain
from fulfilment_monitor.domain.secrets import Keyed
from fulfilment_monitor.house import House
from fulfilment_monitor.services import accounts, activation, people, sign_in, web_sessions
from fulfilment_monitor.services.activation import Chosen, Opened
from fulfilment_monitor.services.sign_in import Given, Signed
from fulfilment_monitor.services.web_sessions import Principal
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services import states
from tests.services.builders import CLERK, day
from tests.services.case_builders import secrets

TODAY = day("2026-03-02")
NOW = at(TODAY)
PASSWORD = "竹影扫阶尘不动月穿潭底水无痕"
NETWORK = "203.0.113"


class Quick:
    """Argon2 with parameters nobody may use in earnest; counts what it was asked."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(1, 8, 1)
        self._nobody = self._argon2.hash("nobody")
        self.asked: list[bool] = []

    def hash(self, password: str) -> str:
        return self._argon2.hash(plain(password))

    def matches(self, password: str, hashed: str | None) -> bool:
        self.asked.append(hashed is not None)
        if hashed is not None and not hashed.startswith("$argon2id$"):
            hashed = None
        try:
            self._argon2.verify(hashed or self._nobody, plain(password))
        except VerifyMismatchError:
            return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        return self._argon2.check_needs_rehash(hashed)


QUICK = Quick()


class Held(NamedTuple):
    """What the holder of an account has."""

    handle: str
    opened: Opened


def a_body(house: House, code: str) -> None:
    """A public body; its name is its code."""
    with house.sessions.begin() as session:
        if session.scalar(select(Organisation.id).where(Organisation.code == code)) is None:
            states.a_body(session, code)


def a_member(house: House, handle: str, body: str, *roles: Role) -> None:
    """A person with posts in a body since long ago."""
    a_body(house, body)
    with house.sessions.begin() as session:
        people.enrol(session, handle, handle, by=CLERK, now=NOW)
        for role in roles:
            people.post(session, handle, body, role, from_on=day("2025-01-01"), by=CLERK, now=NOW)


def a_code(house: House, handle: str) -> str:
    """A new account for a person, and its one-time code."""
    with house.sessions.begin() as session:
        return accounts.create(session, handle, secrets(house), by=CLERK, now=NOW).code


def activate(
    house: House, handle: str, one_time: str, *, password: str = PASSWORD, now: datetime = NOW
) -> Opened:
    """Use a one-time code: take up the offered second factor, choose a password."""
    asked = activation.begin(
        house.sessions, secrets(house), handle, one_time, network=NETWORK, now=now
    )
    sealed = "" if asked.offered is None else asked.offered.sealed
    code = code_of(house, handle, now, sealed)
    chosen = Chosen(handle, one_time, password, sealed, code, NETWORK)
    return activation.finish(
        house.sessions, QUICK, secrets(house), Profile.ASVS, chosen, now=now, today=TODAY
    )


def an_account(house: House, handle: str, body: str, *roles: Role) -> Held:
    """An account that was opened half an hour ago, its session ended."""
    a_member(house, handle, body, *roles)
    opened = activate(house, handle, a_code(house, handle), now=NOW - timedelta(minutes=30))
    with house.sessions.begin() as session:
        web_sessions.end_all(session, account(session, handle).id, "test", NOW)
    return Held(handle, opened)


def account(session: Session, handle: str) -> Account:
    """The account as it lies in the table."""
    return session.scalars(select(Account).where(Account.handle == handle)).one()


def code_of(house: House, handle: str, now: datetime = NOW, sealed: str = "") -> str:
    """What the holder's authenticator shows: of a seed just offered, or of the one in use."""
    with house.readers() as session:
        row = account(session, handle)
        if sealed:
            from fulfilment_monitor.services import factors

            seed = factors._seed_of(row, sealed, secrets(house), now)
            assert seed is not None
        else:
            assert row.totp_key is not None
            assert row.totp_sealed is not None
            about = f"account.totp:{row.ulid}".encode()
            seed = secrets(house).unseal(Keyed(row.totp_key, bytes(row.totp_sealed)), about)
    return second_factor.code_at(seed, second_factor.step_at(now))


def enter(
    house: House,
    handle: str,
    *,
    password: str = PASSWORD,
    code: str | None = None,
    now: datetime = NOW,
    network: str = NETWORK,
    profile: Profile = Profile.ASVS,
    new: str = "",
) -> Signed:
    """Sign in; with the right code unless told otherwise."""
    code = code_of(house, handle, now) if code is None else code
    given = Given(handle, password, code, network, new)
    return sign_in.sign_in(
        house.sessions, QUICK, secrets(house), profile, given, now=now, today=TODAY
    )


def who(house: House, signed: Signed, now: datetime = NOW, network: str = NETWORK) -> Principal:
    """Whom the pages take the holder of a session for."""
    with house.readers() as session:
        return web_sessions.find(session, signed.token, network=network, now=now, today=TODAY)


def acting(house: House, handle: str) -> Actor:
    """A person in all capacities held today."""
    with house.readers() as session:
        return people.acting(session, handle, TODAY)
