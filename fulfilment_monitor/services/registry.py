"""Read the register: one contract with its dates explained, and the list of all."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Row, Select, exists, false, func, select
from sqlalchemy.orm import Session

from ..domain.checks import findings, late_registration
from ..domain.clocks import beijing_day
from ..domain.contracts import Kind
from ..domain.documents import fact_document, to_document
from ..domain.duedates import under_decree
from ..domain.errors import Issue
from ..domain.facts import Fact as Said
from ..domain.interest import Interest, late_interest, rate_for
from ..domain.ledger import Ledger
from ..domain.money import show_yuan, show_yuan_or_none
from ..domain.parties import Side
from ..domain.records import EntryKind
from ..domain.search import is_storable, phrases_of
from ..domain.standings import standings_at
from ..domain.states import Standing, State
from ..store.base import Base
from ..store.cases import Case
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact
from ..store.leads import Lead
from ..store.once import table_of
from ..store.organisations import Organisation
from ..store.records import CreditEntry
from ..store.search import hits, holds, searched, speaks, stretches
from . import alerts, leads, newest, organisations
from .duties import last_looked
from .ledgers import File, read_files
from .office import Office
from .published_views import show_published
from .sight import ALL, Sight, of_contracts


def show_contract(
    session: Session, contract_id: int, *, as_of: date, office: Office
) -> dict[str, Any]:
    """One contract as it stands on a day: the document, and per obligation how and why.

    `due_on` is computed; the terms as agreed stand beside it.
    """
    file = read_files(session, [contract_id])[contract_id]
    ledger = file.ledger(office.statute)
    standings = standings_at(ledger, as_of)
    shown = _stood(file, ledger, standings, as_of)
    shown["registered_at"] = file.row.registered_at.isoformat()
    looked = _day(last_looked(session, file.row.registered_at))
    shown["obligations"] = [{**o, "looked_on": looked} for o in shown["obligations"]]
    shown["scope"] = _scope(file)
    shown["responsible"] = _responsible(session, file, as_of)
    shown["facts"] = [
        *(_fact(row, said) for row, said in file.facts),
        *({**_fact(row, said), "superseded": True} for row, said in file.superseded),
    ]
    shown["amendments"] = [_amendment(file, i) for i in range(len(file.amendments))]
    shown["findings"] = [
        issue._asdict() for issue in _findings(file, ledger, standings.values(), office)
    ]
    shown["duties"] = _duties(session, file)
    shown["alerts"] = alerts.list_alerts(
        session, ALL, office.policy, as_of=as_of, contract_id=contract_id
    ).items
    shown["leads"] = leads.list_leads(session, ALL, as_of=as_of, contract_id=contract_id).items
    published = show_published(session, contract_id)
    if published is not None:
        shown["published"] = published
    return shown


def show_standings(
    session: Session, ulids: Sequence[str], *, as_of: date, office: Office
) -> list[dict[str, Any]]:
    """Some contracts as they stand on a day: of each the document, and how its obligations stand.

    As `show_contract`, without what was stated, warned of and found.
    """
    found = []
    numbers = session.scalars(select(Contract.id).where(Contract.ulid.in_(ulids)))
    for file in read_files(session, numbers).values():
        ledger = file.ledger(office.statute)
        found.append(_stood(file, ledger, standings_at(ledger, as_of), as_of))
    return found


def _stood(
    file: File, ledger: Ledger, standings: Mapping[str, Standing], as_of: date
) -> dict[str, Any]:
    shown = to_document(file.terms)
    shown["id"] = file.row.ulid
    shown["as_of"] = as_of.isoformat()
    shown["obligations"] = [
        {**document, **_standing(file, ledger, standings[document["key"]], as_of)}
        for document in shown["obligations"]
        if document["key"] in standings
    ]
    return shown


def _scope(file: File) -> dict[str, bool]:
    """Whom which rule protects: three flags, kept apart because they differ."""
    enterprise = file.terms.enterprise
    return {
        "private": enterprise.is_private,
        "sme": enterprise.is_sme,
        "private_economy": enterprise.is_private_economy,
        "payment_decree": under_decree(file.terms),
    }


def _responsible(session: Session, file: File, as_of: date) -> dict[str, str]:
    body_id = file.row.government_id
    answering = organisations.responsible(session, [body_id], as_of)[body_id]
    body = session.get_one(Organisation, answering)
    return {"name": body.name, "uscc": body.code}


def _standing(file: File, ledger: Ledger, standing: Standing, as_of: date) -> dict[str, Any]:
    due, terms = standing.due, standing.obligation
    interest = interest_of(ledger, standing, as_of)
    return {
        "id": file.obligations[terms.key].ulid,
        "state": standing.state.value,
        "due_on": _day(due.on),
        "agreed_due_on": _day(due.agreed_on),
        "original_due_on": _day(standing.original_due_on),
        "provisional": due.provisional,
        "basis": list(due.basis),
        "trigger_on": _day(standing.trigger_on),
        "amount": show_yuan_or_none(terms.amount_fen),
        "remaining": show_yuan_or_none(standing.remaining_fen),
        "undisputed": show_yuan_or_none(standing.undisputed_fen),
        "claimed": show_yuan(sum(m.fen for m in standing.claims)),
        "fulfilled_on": _day(standing.fulfilled_on),
        "days_late": standing.days_late,
        "reported": standing.reported,
        "interest": None if interest is None else show_yuan(interest.total_fen),
    }


def interest_of(ledger: Ledger, standing: Standing, as_of: date) -> Interest | None:
    """Late interest (测算) on a payment of the government side; None where none runs."""
    terms, contract = standing.obligation, ledger.contract
    if terms.kind is not Kind.PAYMENT or terms.obligor is not Side.GOVERNMENT:
        return None
    if terms.amount_fen is None or standing.due.on is None or not standing.days_late:
        return None
    if standing.state is State.DISPUTED:
        return None  # whether anything is owed is what the parties differ about
    in_scope = under_decree(contract)
    rate = rate_for(contract.signed_on, contract.annual_rate, in_scope=in_scope)
    if rate is None:
        return None
    until = standing.fulfilled_on or as_of
    return late_interest(terms.amount_fen, standing.due.on, until, rate, standing.payments)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _fact(row: Fact, said: Said) -> dict[str, Any]:
    shown = {**fact_document(said), **_fact_row(row)}
    if said.is_disputed:
        shown["disputed"] = True
        shown["disputed_amount"] = show_yuan_or_none(said.disputed_fen)
    return shown


def _fact_row(row: Fact) -> dict[str, Any]:
    return {
        "id": row.ulid,
        "kind": row.kind,
        "on": row.happened_on.isoformat(),
        "by": row.source,
        "recorded_at": row.recorded_at.isoformat(),
        "evidence": row.evidence or [],
    }


def _amendment(file: File, index: int) -> dict[str, Any]:
    row, said = file.amendments[index]
    return {
        "id": row.ulid,
        "kind": said.kind.value,
        "obligation": said.obligation,
        "agreed_on": said.agreed_on.isoformat(),
        "reason": said.reason.value,
        "due_on": _day(said.due_on),
        "within": None if said.within is None else str(said.within),
        "amount": show_yuan_or_none(said.amount_fen),
        "note": row.note,
    }


def _findings(
    file: File, ledger: Ledger, standings: Iterable[Standing], office: Office
) -> list[Issue]:
    registered_on = beijing_day(file.row.registered_at)
    late = late_registration(file.terms, registered_on, office.policy.registration_days)
    return [*findings(ledger, standings), *late]


def _duties(session: Session, file: File) -> list[dict[str, Any]]:
    """What was due when, as it was known: replaced dates stay in sight."""
    keys = {o.id: o.key for o in file.obligations.values()}
    query = select(Duty).where(Duty.contract_id == file.row.id).order_by(Duty.id)
    return [
        {
            "obligation": keys[duty.obligation_id],
            "watch": duty.ladder,
            "due_on": duty.due_on.isoformat(),
            "provisional": duty.provisional,
            "from_on": duty.from_on.isoformat(),
            "until_on": _day(duty.until_on),
            "ended": duty.ended,
            "replaced": duty.replaced_at is not None,
        }
        for duty in session.scalars(query)
    ]


#: What the list shows of a contract; of its document, which is long, one member.
_LISTED = (
    Contract.ulid,
    Contract.id,
    Contract.contract_no,
    Contract.title,
    Contract.field,
    Contract.signed_on,
    Contract.amount_fen,
    Contract.document["currency"].as_string().label("currency"),
)


#: A word found in fewer contracts is looked up in the index of words first, whoever asks.
FEW_HITS = 4_000


class Owing(NamedTuple):
    """Contracts of which something is still owed: on a day, late or not."""

    today: date
    late: bool


class ContractList(NamedTuple):
    items: list[dict[str, Any]]
    total: int


def list_contracts(
    session: Session,
    seen: Sight,
    *,
    before: int | None = None,
    field: str | None = None,
    region: str = "",
    owing: Owing | None = None,
    text: str | None = None,
    limit: int | None = None,
    count: bool = True,
) -> ContractList:
    """Contracts, newest first.

    Args:
        seen: how far the reader sees; nothing else is found, counted or shown.
        before: the row number of the last one seen.
        region: only regions whose code begins so; `3403` is a prefecture.
        owing: only contracts with an obligation that stands so.
        text: words that stand in the number, the title or a party's name; two Chinese
            characters are a word.
        count: whether to count them all, which a page of a long list does without.
    """
    where = [] if field is None else [Contract.field == field]
    if region:
        where.append(Contract.region.startswith(region, autoescape=True))
    if owing is not None:
        where.append(_owes(owing))
    phrases = phrases_of(text or "")
    if text and not phrases:  # nothing but signs: no word to look up
        where.append(_bears(text))
    scope = of_contracts(session, seen)
    words, number = searched(session)
    source: FromClause = table_of(Contract)
    if phrases:
        source = words.join(source, number == Contract.id) if where or scope else words
    said = [holds(session, phrases)] if phrases else []
    total = 0
    if count:
        counted = select(func.count()).select_from(source).where(*scope, *where, *said)
        total = session.scalar(counted) or 0
    if not phrases:
        looks = newest.contracts(session, seen, where, before, limit)
    elif not scope or limit is None or hits(session, phrases, FEW_HITS) < FEW_HITS:
        looks = stretches(session, source, number, [*scope, *where, *said], before)
    else:
        where.append(speaks(session, Contract.id, phrases))
        looks = newest.contracts(session, seen, where, before, limit)
    rows = newest.filled(session, (_rows(look.limit(limit)) for look in looks), limit)
    return ContractList([_item(row) for row in rows], total)


def _bears(signs: str) -> ColumnElement[bool]:
    """Whether signs stand in the title or the number of a contract."""
    if not is_storable(signs):
        return false()
    found = Contract.title.contains(signs, autoescape=True)
    return found | Contract.contract_no.contains(signs, autoescape=True)


def _owes(asked: Owing) -> ColumnElement[bool]:
    """Whether a contract has a duty that goes on, and whose day has passed or is yet to come."""
    late = Duty.due_on < asked.today
    goes_on = Duty.until_on.is_(None) | (Duty.until_on > asked.today)
    return exists().where(
        Duty.contract_id == Contract.id,
        Duty.replaced_at.is_(None),
        goes_on,
        late if asked.late else ~late,
    )


def _rows(numbers: Select[Any]) -> Select[Any]:
    """The rows of contracts whose numbers were found."""
    found = numbers.subquery()
    return _listed().join(found, found.c[0] == Contract.id)


def _item(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.ulid,
        "row": row.id,
        "contract_no": row.contract_no,
        "title": row.title,
        "field": row.field,
        "signed_on": row.signed_on.isoformat(),
        "amount": show_yuan_or_none(row.amount_fen),
        "currency": row.currency or "CNY",
        "government": row.body,
        "enterprise": row.firm,
    }


def _listed() -> Select[Any]:
    """Contracts as the list shows them, newest first."""
    government, enterprise = Organisation.__table__.alias("g"), Organisation.__table__.alias("e")
    return (
        select(*_LISTED, government.c.name.label("body"), enterprise.c.name.label("firm"))
        .join_from(Contract, government, government.c.id == Contract.government_id)
        .join(enterprise, enterprise.c.id == Contract.enterprise_id)
        .order_by(Contract.id.desc())
    )


def count_all(session: Session) -> dict[str, int]:
    """How much there is of everything."""
    tables: dict[str, type[Base]] = {
        "contracts": Contract,
        "obligations": Obligation,
        "leads": Lead,
        "cases": Case,
    }
    counts = {
        name: session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in tables.items()
    }
    counts["alerts"] = alerts.count(session)
    listed = select(func.count()).where(CreditEntry.kind == EntryKind.LISTED.value)
    counts["records"] = session.scalar(listed) or 0
    return counts
