"""One search over everything somebody may see: contracts, cases, bodies; a few of each.

Each kind passes the same conditions as its list: what lies outside is as if it did not exist.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import Session

from ..domain.access import Action, reaches
from ..domain.authority import Actor
from ..domain.parties import Side
from ..store.cases import Case, CaseMerge, Claim
from ..store.contracts import Contract
from ..store.organisations import Organisation
from .case_lists import list_cases
from .case_views import OFFICERS
from .desks import seen_of
from .office import Office
from .registry import list_contracts
from .sight import sight

Row = dict[str, Any]
#: So many characters of a case's number are looked up.
_LEAST_OF_NUMBER = 6
#: So many characters a number has.
_ULID = 26


class Group(NamedTuple):
    """The first of a kind, and whether there are more."""

    items: list[Row]
    more: bool


class Found(NamedTuple):
    """What was found of each kind; None for what is not for this actor."""

    contracts: Group | None
    cases: Group | None
    bodies: Group | None

    @property
    def nothing(self) -> bool:
        return not any(group and group.items for group in self)


def find(
    session: Session, text: str, *, by: Actor, office: Office, today: date, limit: int
) -> Found:
    """What speaks of some words.

    Contracts by number, title and parties, cases by number, contract and respondent, bodies by
    name and code.
    """
    return Found(
        _contracts(session, text, by, office, today, limit)
        if reaches(Action.CONTRACT_READ, by)
        else None,
        _cases(session, text, by, office, today, limit) if by.roles & set(OFFICERS) else None,
        _bodies(session, text, limit) if reaches(Action.CREDIT_READ, by) else None,
    )


def _contracts(
    session: Session, text: str, by: Actor, office: Office, today: date, limit: int
) -> Group:
    seen = sight(session, Action.CONTRACT_READ, by, today, office.policy)
    return _first(
        list_contracts(session, seen, text=text, limit=limit + 1, count=False).items, limit
    )


def _cases(
    session: Session, text: str, by: Actor, office: Office, today: date, limit: int
) -> Group:
    where = [*seen_of(session, by, office, today), _speaks(text)]
    return _first(
        list_cases(session, today=today, where=where, limit=limit + 1, count=False).items, limit
    )


def _speaks(text: str) -> ColumnElement[bool]:
    """Whether a claim or its case is called so, or is about such a contract or body.

    Each way has its index; asked together, with `or`, they would have none.
    """
    bodies = select(Organisation.id).where(_called(text))
    contracts = select(Contract.id).where(Contract.contract_no == text)
    of_case = select(Claim.id).join(Case, Case.id == Claim.case_id)
    folders = select(CaseMerge.into_id)  # where a claim may be of another body than its case
    ways = [
        of_case.where(Case.respondent_id.in_(bodies)),
        of_case.where(Case.contract_id.in_(contracts)),
        select(Claim.id).where(Claim.case_id.in_(folders), Claim.respondent_id.in_(bodies)),
    ]
    number = text.upper()
    if _LEAST_OF_NUMBER <= len(number) <= _ULID and number.isascii() and number.isalnum():
        span = (number.ljust(_ULID, "0"), number.ljust(_ULID, "Z"))
        ways += [
            select(Claim.id).where(Claim.ulid.between(*span)),
            of_case.where(Case.ulid.between(*span)),
        ]
    return Claim.id.in_(union_all(*ways))


def _bodies(session: Session, text: str, limit: int) -> Group:
    query = (
        select(Organisation.name, Organisation.code, Organisation.region)
        .where(Organisation.side == Side.GOVERNMENT.value, _called(text))
        .order_by(Organisation.id)
        .limit(limit + 1)
    )
    return _first([dict(row) for row in session.execute(query).mappings()], limit)


def _called(text: str) -> ColumnElement[bool]:
    named = Organisation.name.contains(text, autoescape=True)
    return named | (Organisation.code == text.upper())


def _first(items: list[Row], limit: int) -> Group:
    return Group(items[:limit], len(items) > limit)
