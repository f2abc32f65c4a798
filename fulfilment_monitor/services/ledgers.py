"""Read contracts from the tables back into the values the domain reckons with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import contracts as terms
from ..domain import facts as said
from ..domain.allotment import open_ledger
from ..domain.documents import code_of
from ..domain.ledger import Ledger
from ..domain.parties import (
    Enterprise,
    Government,
    GovernmentKind,
    Ownership,
    Side,
    Size,
)
from ..domain.statute import Period, Statute, Unit
from ..store.contracts import Amendment, Contract, Obligation
from ..store.facts import Fact, FactAnswer
from ..store.organisations import Organisation
from ..store.sets import among

_PAGE = 200


class File(NamedTuple):
    """Everything the register holds on one contract."""

    row: Contract
    terms: terms.Contract
    obligations: dict[str, Obligation]
    #: Statements that count, each with its row; superseded ones are left out.
    facts: list[tuple[Fact, said.Fact]]
    superseded: list[tuple[Fact, said.Fact]]
    amendments: list[tuple[Amendment, terms.Amendment]]

    @property
    def keys(self) -> dict[str, int]:
        """The obligations' ids by their keys."""
        return {key: row.id for key, row in self.obligations.items()}

    def ledger(self, statute: Statute) -> Ledger:
        return open_ledger(
            self.terms, (f for _, f in self.facts), (a for _, a in self.amendments), statute
        )


def read_files(session: Session, contract_ids: Iterable[int]) -> dict[int, File]:
    """The files of some contracts, in five queries however many they are."""
    ids = list(contract_ids)
    contracts = select(Contract).where(among(session, Contract.id, ids)).order_by(Contract.id)
    rows = list(session.scalars(contracts))
    parties = _parties(session, rows)
    obligations, statements, changes = (
        _by_contract(
            session.scalars(
                select(table).where(among(session, table.contract_id, ids)).order_by(order)
            )
        )
        for table, order in (
            (Obligation, Obligation.position), (Fact, Fact.id), (Amendment, Amendment.id),
        )
    )  # fmt: skip
    answers = _answers(session, ids)
    return {
        row.id: _file(
            row, parties, obligations[row.id], statements[row.id], changes[row.id], answers
        )
        for row in rows
    }


def hold_file(session: Session, contract_id: int) -> File:
    """The file of one contract, held as `hold_files` holds them."""
    return hold_files(session, [contract_id])[contract_id]


def hold_files(session: Session, contract_ids: Collection[int]) -> dict[int, File]:
    """The files of some contracts, held until the transaction ends: two verbs take turns.

    Held in one order by all, and so that rows which refer to a contract may still be added (FOR NO
    KEY UPDATE): a sweep that opens a lead while it holds the contract's timers would else wait for
    us, and we for it.
    """
    if not contract_ids:
        return {}
    ids = sorted(contract_ids)
    held = select(Contract.id).where(among(session, Contract.id, ids)).order_by(Contract.id)
    session.execute(held.with_for_update(key_share=True)).all()
    return read_files(session, ids)


def every_id(session: Session) -> Iterator[list[int]]:
    """The ids of the whole register, some at a time; what was read between is let go again."""
    last = 0
    while True:
        query = select(Contract.id).where(Contract.id > last).order_by(Contract.id).limit(_PAGE)
        ids = list(session.scalars(query))
        if not ids:
            return
        yield ids
        session.expunge_all()
        last = ids[-1]


def _by_contract(rows: Iterable[object]) -> dict[int, list]:  # type: ignore[type-arg]
    found: dict[int, list] = defaultdict(list)  # type: ignore[type-arg]
    for row in rows:
        found[row.contract_id].append(row)  # type: ignore[attr-defined]
    return found


def _parties(session: Session, rows: list[Contract]) -> dict[int, Organisation]:
    ids = {r.government_id for r in rows} | {r.enterprise_id for r in rows}
    found = session.scalars(select(Organisation).where(among(session, Organisation.id, ids)))
    return {o.id: o for o in found}


def _answers(session: Session, contract_ids: list[int]) -> dict[int, FactAnswer]:
    """The last answer to each statement."""
    query = (
        select(FactAnswer)
        .join(Fact, Fact.id == FactAnswer.fact_id)
        .where(among(session, Fact.contract_id, contract_ids))
        .order_by(FactAnswer.id)
    )
    return {a.fact_id: a for a in session.scalars(query)}


def _file(
    row: Contract,
    parties: dict[int, Organisation],
    obligations: list[Obligation],
    statements: list[Fact],
    changes: list[Amendment],
    answers: dict[int, FactAnswer],
) -> File:
    gone = {f.supersedes_id for f in statements}
    keys = {o.id: o.key for o in obligations}
    return File(
        row,
        _contract(row, parties, obligations),
        {o.key: o for o in obligations},
        [(f, _fact(f, keys, answers.get(f.id))) for f in statements if f.id not in gone],
        [(f, _fact(f, keys, answers.get(f.id))) for f in statements if f.id in gone],
        [(a, _amendment(a, keys)) for a in changes],
    )


def _contract(
    row: Contract, parties: dict[int, Organisation], obligations: list[Obligation]
) -> terms.Contract:
    document = row.document
    government, enterprise = parties[row.government_id], parties[row.enterprise_id]
    rate = document.get("late_interest", {}).get("annual_rate")
    named = document["government"]
    return terms.Contract(
        contract_no=row.contract_no,
        title=row.title,
        field=terms.Field(row.field),
        subject=terms.Subject(row.subject),
        signed_on=row.signed_on,
        region=row.region,
        government=Government(named["name"], government.code, GovernmentKind(named["kind"])),
        enterprise=Enterprise(
            document["enterprise"]["name"],
            enterprise.code,
            Ownership(row.ownership),
            Size(row.size),
            document["enterprise"].get("contact"),
        ),
        obligations=tuple(_obligation(o) for o in obligations),
        amount_fen=row.amount_fen,
        annual_rate=None if rate is None else Decimal(rate),
        clauses=frozenset(
            terms.Clause(name) for name, agreed in document.get("clauses", {}).items() if agreed
        ),
        currency=document.get("currency", "CNY"),
        co_governments=tuple(
            Government(g["name"], code_of(g), GovernmentKind(g["kind"]))
            for g in document.get("co_governments", ())
        ),
    )


def _period(length: int | None, unit: str | None) -> Period | None:
    return None if length is None or unit is None else Period(length, Unit(unit))


def _obligation(row: Obligation) -> terms.Obligation:
    return terms.Obligation(
        key=row.key,
        kind=terms.Kind(row.kind),
        title=row.title,
        obligor=Side(row.obligor),
        amount_fen=row.amount_fen,
        due_on=row.due_on,
        after=row.after_key,
        within=_period(row.within_length, row.within_unit),
        retention=row.retention,
        other_law=row.other_law,
        obligor_code=row.obligor_code,
        added_on=row.added_on,
    )


def _fact(row: Fact, keys: dict[int, str], answer: FactAnswer | None) -> said.Fact:
    return said.Fact(
        kind=said.FactKind(row.kind),
        on=row.happened_on,
        by=said.Source(row.source),
        obligation=None if row.obligation_id is None else keys[row.obligation_id],
        amount_fen=row.amount_fen,
        answer=None if answer is None else said.Answer(answer.answer),
        disputed_fen=None if answer is None else answer.disputed_fen,
        ref=row.ref,
        note=row.note,
    )


def _amendment(row: Amendment, keys: dict[int, str]) -> terms.Amendment:
    return terms.Amendment(
        kind=terms.AmendmentKind(row.kind),
        agreed_on=row.agreed_on,
        reason=terms.AmendmentReason(row.reason),
        obligation=None if row.obligation_id is None else keys[row.obligation_id],
        due_on=row.due_on,
        within=_period(row.within_length, row.within_unit),
        amount_fen=row.amount_fen,
    )
