"""Who asks for pages: one reader of each kind, with a session opened for them.

Nobody signs in with a password here: what is measured is what a page costs, not Argon2.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.register import FIRST_FIRM, NOW, SIGNED_ON
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.house import House
from fulfilment_monitor.services import web_sessions
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import Competence, Organisation, Subordination
from fulfilment_monitor.store.people import Person, Posting

_PROVINCE, _COUNTRY = "340000", "000000"
_BELOW = range(101, 121)
_BY = "bench"
NETWORK = "127.0.0"


class Desk(NamedTuple):
    """Whose eyes a page is read with: a capacity, and the body it is held in."""

    name: str
    role: Role
    body: int


#: The bodies have numbers; each has contracts in one county of its own.
DESKS = (
    Desk("clerk of a body", Role.CLERK, 7),
    Desk("head of twenty bodies", Role.HEAD, 100),
    Desk("credit lead of a county", Role.CREDIT_LEAD, 200),
    Desk("supervisor of a province", Role.SUPERVISOR, 201),
    Desk("supervisor of the country", Role.SUPERVISOR, 202),
    Desk("enterprise", Role.ENTERPRISE, FIRST_FIRM + 7),
)


def open_desks(house: House, now: datetime, today: date) -> dict[str, str]:
    """A session for each reader, by its name; twice in one register it is the same people."""
    with house.sessions.begin() as session:
        if session.scalar(select(Account.id).where(Account.handle == DESKS[0].name)) is None:
            _settle_bodies(session)
            for desk in DESKS:
                _account(session, desk)
    tokens = {}
    for desk in DESKS:
        with house.sessions.begin() as session:
            account = session.scalars(select(Account).where(Account.handle == desk.name)).one()
            tokens[desk.name] = web_sessions.open_session(
                session, account, network=NETWORK, now=now, today=today
            )
    return tokens


def _settle_bodies(session: Session) -> None:
    """Who stands above whom, who leads a county, and how far a supervisor looks."""
    _, head, lead, province, country, _ = (desk.body for desk in DESKS)
    about = {"from_on": SIGNED_ON, "recorded_at": NOW, "recorded_by": _BY}
    session.add_all(Subordination(body_id=b, superior_id=head, **about) for b in _BELOW)
    county = session.scalars(
        select(Contract.region).where(Contract.government_id == lead).limit(1)
    ).one()
    session.add(Competence(matter=Matter.CREDIT_LEAD, region=county, body_id=lead, **about))
    session.get_one(Organisation, province).region = _PROVINCE
    session.get_one(Organisation, country).region = _COUNTRY


def _account(session: Session, desk: Desk) -> None:
    account = Account(
        ulid=new_ulid(NOW), handle=desk.name, name=desk.name, leads=False, totp_step=0,
        created_at=NOW, created_by=_BY,
    )  # fmt: skip
    if desk.role is Role.ENTERPRISE:
        account.enterprise_id = desk.body
    else:
        about = {"recorded_at": NOW, "recorded_by": _BY}
        person = Person(ulid=new_ulid(NOW), handle=desk.name, name=desk.name, **about)
        session.add(person)
        session.flush()
        session.add(
            Posting(
                person_id=person.id, body_id=desk.body, role=desk.role.value, from_on=SIGNED_ON,
                **about,
            )
        )  # fmt: skip
        account.person_id = person.id
    session.add(account)
    session.flush()
