"""What public bodies owe one enterprise: how much, since when, why that day, and who says what."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.access import Action
from ..domain.authority import Actor, Forbidden
from ..domain.clocks import beijing_day
from ..domain.errors import NotFound
from ..domain.facts import MAY_ANSWER, Source
from ..domain.interest import Interest
from ..domain.money import show_yuan_or_none
from ..domain.parties import Side
from ..domain.standings import standings_at
from ..domain.states import MET, Standing, State
from ..store.cases import Claim, Settlement
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact, FactAnswer
from ..store.organisations import Organisation
from .ledgers import File, read_files
from .office import Office
from .registry import interest_of
from .sight import of_contracts, sight

#: How many contracts are reckoned at most: those with the nearest dates.
MOST_CONTRACTS = 200
_CURRENCY = "CNY"
#: In which order states are told: what is late comes first.
_ORDER = (State.OVERDUE, State.OPEN, State.DISPUTED, State.WAITING, State.UNDATED)


class Item(NamedTuple):
    """One obligation of the government side that is not met."""

    id: str
    key: str
    title: str
    kind: str
    state: str
    contract: str
    contract_title: str
    government: str
    currency: str
    due_on: date | None
    provisional: bool
    basis: tuple[str, ...]
    remaining_fen: int | None
    undisputed_fen: int | None
    days_late: int
    interest_fen: int | None


class Owed(NamedTuple):
    """All that is owed; sums are of yuan only, what is in other currencies stands in the list.

    A debt is summed once: what was agreed to settle it stands in the list beside it.
    """

    items: tuple[Item, ...]
    owed_fen: int
    overdue_fen: int
    interest_fen: int
    #: Whether there are more contracts than were looked at.
    is_cut: bool


def enterprise_of(session: Session, action: Action, by: Actor, today: date) -> int:
    """The enterprise an actor acts for.

    Raises:
        Forbidden: the actor has no such function, or acts for no enterprise.
    """
    found = sight(session, action, by, today).enterprise
    if found is None:
        raise Forbidden("an account of an enterprise is needed")
    return found


def what_is_owed(session: Session, *, by: Actor, office: Office, today: date) -> Owed:
    """What public bodies owe the actor's enterprise today, what is late first."""
    enterprise = enterprise_of(session, Action.CONTRACT_READ, by, today)
    ids = _nearest(session, enterprise, today)
    files = read_files(session, ids[:MOST_CONTRACTS])
    items = sorted((i for f in files.values() for i in _items(f, office, today)), key=_place)
    twice = _settling(session, enterprise, {i.id for i in items})
    yuan = [i for i in items if i.currency == _CURRENCY and i.contract not in twice]
    return Owed(
        tuple(items),
        sum(i.remaining_fen or 0 for i in yuan),
        sum(i.remaining_fen or 0 for i in yuan if i.state == State.OVERDUE.value),
        sum(i.interest_fen or 0 for i in yuan),
        len(ids) > MOST_CONTRACTS,
    )


def _settling(session: Session, enterprise: int, owed: set[str]) -> set[str]:
    """Settlements of debts that stand in the list themselves, because they were not kept."""
    query = (
        select(Contract.ulid, Obligation.ulid)
        .join(Settlement, Settlement.contract_id == Contract.id)
        .join(Claim, Claim.id == Settlement.claim_id)
        .join(Obligation, Obligation.id == Claim.obligation_id)
        .where(Contract.enterprise_id == enterprise)
    )
    return {contract for contract, settled in session.execute(query) if settled in owed}


def _nearest(session: Session, enterprise: int, today: date) -> Sequence[int]:
    """The contracts of an enterprise, those with the earliest date that still runs first."""
    runs = and_(
        Duty.contract_id == Contract.id,
        Duty.replaced_at.is_(None),
        Duty.from_on <= today,
        or_(Duty.until_on.is_(None), Duty.until_on > today),
    )
    first = func.min(Duty.due_on)
    query = (
        select(Contract.id)
        .join(Duty, runs, isouter=True)
        .where(Contract.enterprise_id == enterprise)
        .group_by(Contract.id)
        .order_by(first.is_(None), first, Contract.id.desc())
    )
    return session.scalars(query.limit(MOST_CONTRACTS + 1)).all()


def _items(file: File, office: Office, today: date) -> Iterable[Item]:
    ledger = file.ledger(office.statute)
    for key, standing in standings_at(ledger, today).items():
        terms = standing.obligation
        if terms.obligor is Side.ENTERPRISE or standing.state in MET:
            continue
        interest = interest_of(ledger, standing, today)
        yield Item(
            file.obligations[key].ulid,
            key,
            terms.title,
            terms.kind.value,
            standing.state.value,
            file.row.ulid,
            file.terms.title,
            file.terms.government.name,
            file.terms.currency,
            standing.due.on,
            standing.due.provisional,
            standing.due.basis,
            standing.remaining_fen,
            standing.undisputed_fen,
            standing.days_late,
            None if interest is None else interest.total_fen,
        )


def _place(item: Item) -> tuple[int, date, str]:
    return _ORDER.index(State(item.state)), item.due_on or date.max, item.id


# --- what the other side says -----------------------------------------------------------------


class Statement(NamedTuple):
    """Something said about a contract of the enterprise that it has not answered."""

    id: str
    kind: str
    source: str
    on: date
    amount_fen: int | None
    note: str | None
    recorded_on: date
    contract: str
    contract_title: str
    currency: str
    government: str
    #: What is owed; empty where a payment named none.
    obligation: str | None


class Statements(NamedTuple):
    items: tuple[Statement, ...]
    total: int


#: Whose word an enterprise is asked about: a bank's or a court's stands without it.
_ASKED = (Source.GOVERNMENT.value, Source.OFFICE.value)


def awaiting_answer(
    session: Session, *, by: Actor, today: date, limit: int | None = None
) -> Statements:
    """Statements of the government side that the enterprise has not answered, oldest first."""
    enterprise = enterprise_of(session, Action.FACT_ANSWER, by, today)
    query = _statements().where(Contract.enterprise_id == enterprise, *_unanswered())
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(Fact.id).limit(limit))
    return Statements(tuple(_statement(row) for row in rows), total)


def waiting_under(session: Session, contract_id: int) -> tuple[Statement, ...]:
    """Statements under one contract that its enterprise has not answered, oldest first."""
    query = _statements().where(Contract.id == contract_id, *_unanswered())
    return tuple(_statement(row) for row in session.execute(query.order_by(Fact.id)))


def _unanswered() -> tuple[ColumnElement[bool], ...]:
    later = aliased(Fact)
    return (
        Fact.source.in_(_ASKED),
        ~exists().where(FactAnswer.fact_id == Fact.id),
        ~exists().where(later.supersedes_id == Fact.id),
    )


def statement_to_answer(session: Session, ulid: str, *, by: Actor, today: date) -> Statement:
    """One statement that the enterprise may confirm or dispute; answered before or not.

    Raises:
        NotFound: there is none, it is of another enterprise, or it is not for this side.
    """
    enterprise = enterprise_of(session, Action.FACT_ANSWER, by, today)
    query = _statements().where(Fact.ulid == ulid, Contract.enterprise_id == enterprise)
    row = session.execute(query).one_or_none()
    if row is None or Source.ENTERPRISE not in MAY_ANSWER[Source(row.source)]:
        raise NotFound(f"no statement {ulid}")
    return _statement(row)


def _statements() -> Select[Any]:
    return (
        select(
            Fact.ulid, Fact.kind, Fact.source, Fact.happened_on, Fact.amount_fen, Fact.note,
            Fact.recorded_at, Contract.ulid.label("contract"), Contract.title,
            Contract.document["currency"].as_string().label("currency"),
            Organisation.name.label("government"), Obligation.title.label("obligation"),
        )
        .join(Contract, Contract.id == Fact.contract_id)
        .join(Organisation, Organisation.id == Contract.government_id)
        .join(Obligation, Obligation.id == Fact.obligation_id, isouter=True)
    )  # fmt: skip


def _statement(row: Any) -> Statement:
    recorded: datetime = row.recorded_at
    return Statement(
        row.ulid, row.kind, row.source, row.happened_on, row.amount_fen, row.note,
        beijing_day(recorded), row.contract, row.title, row.currency or _CURRENCY,
        row.government, row.obligation,
    )  # fmt: skip


# --- one obligation ---------------------------------------------------------------------------


class Debt(NamedTuple):
    """One obligation of the government side, with what a statement of interest needs."""

    file: File
    key: str
    standing: Standing
    interest: Interest | None

    def shown(self) -> dict[str, str | None]:
        """Its amounts in yuan."""
        total = None if self.interest is None else self.interest.total_fen
        return {
            "amount": show_yuan_or_none(self.standing.obligation.amount_fen),
            "remaining": show_yuan_or_none(self.standing.remaining_fen),
            "interest": show_yuan_or_none(total),
        }


def debt(session: Session, ulid: str, *, by: Actor, office: Office, on: date, today: date) -> Debt:
    """An obligation of the government side as it stands on a day, with its interest (测算).

    Raises:
        NotFound: there is none, it is out of sight, or it is the enterprise's own.
    """
    seen = of_contracts(session, sight(session, Action.CONTRACT_READ, by, today, office.policy))
    query = (
        select(Obligation.contract_id, Obligation.key, Obligation.obligor)
        .join(Contract, Contract.id == Obligation.contract_id)
        .where(Obligation.ulid == ulid, *seen)
    )
    row = session.execute(query).one_or_none()
    if row is None or row.obligor == Side.ENTERPRISE.value:
        raise NotFound(f"no obligation {ulid}")
    file = read_files(session, [row.contract_id])[row.contract_id]
    ledger = file.ledger(office.statute)
    standing = standings_at(ledger, on).get(row.key)
    if standing is None:  # it was added later
        raise NotFound(f"no obligation {ulid} on {on}")
    return Debt(file, row.key, standing, interest_of(ledger, standing, on))
