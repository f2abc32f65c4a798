"""Sign somebody in, for tests of what lies behind the door: no password is asked for."""

from datetime import date

from flask.testing import FlaskClient
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role, operator
from fulfilment_monitor.house import House
from fulfilment_monitor.services import people, web_sessions
from fulfilment_monitor.services.organisations import register_body
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at

_TEST = operator("test")
#: Long before anything a test does.
_SINCE = date(2020, 1, 1)
#: A body that looks at the whole country.
_WATCH, _COUNTRY = "11100000MB0000000P", "000000"
_COOKIE = "session"


def account_of(house: House, handle: str, body: str, *roles: Role) -> int:
    """An account of a person with posts in a body; the number of the account."""
    now = at(_SINCE)
    with house.sessions.begin() as session:
        known = session.scalar(select(Account.id).where(Account.handle == handle))
        if known is not None:
            return known
        person = people.enrol(session, handle, handle, by=_TEST, now=now)
        for role in roles:
            people.post(session, handle, body, role, from_on=_SINCE, by=_TEST, now=now)
        account = Account(
            ulid=new_ulid(now), handle=handle, name=handle, person_id=person.id, leads=False,
            totp_step=0, created_at=now, created_by="test",
        )  # fmt: skip
        session.add(account)
        session.flush()
        return account.id


def enterprise_account(house: House, handle: str, enterprise: str) -> int:
    """An account of an enterprise that is on the register; its number."""
    now = at(_SINCE)
    with house.sessions.begin() as session:
        firm = session.scalars(select(Organisation).where(Organisation.code == enterprise)).one()
        account = Account(
            ulid=new_ulid(now), handle=handle, name=handle, enterprise_id=firm.id, leads=True,
            totp_step=0, created_at=now, created_by="test",
        )  # fmt: skip
        session.add(account)
        session.flush()
        return account.id


def sign_in(client: FlaskClient, house: House, account_id: int, today: date) -> FlaskClient:
    """Give a client the session of an account, its second factor just given."""
    client.set_cookie(_COOKIE, open_for(house, account_id, today))
    return client


def open_for(house: House, account_id: int, today: date) -> str:
    """A session of an account, its second factor just given; its token."""
    with house.sessions.begin() as session:
        return web_sessions.open_session(
            session, session.get_one(Account, account_id), network="127.0.0",
            now=at(today), today=today, stepped_up=True,
        )  # fmt: skip


def sign_in_watch(client: FlaskClient, house: House, today: date) -> FlaskClient:
    """Sign in a supervisor of the whole country, who sees all of the register."""
    client.set_cookie(_COOKIE, open_watch(house, today))
    return client


def open_watch(house: House, today: date) -> str:
    """A session of a supervisor of the whole country; its token."""
    with house.sessions.begin() as session:
        register_body(session, _WATCH, "某督办单位", "organ", by=_TEST, now=at(_SINCE))
        body = session.scalars(select(Organisation).where(Organisation.code == _WATCH)).one()
        body.region = _COUNTRY
    return open_for(house, account_of(house, "watch", _WATCH, Role.SUPERVISOR), today)
