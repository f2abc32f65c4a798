"""Register contracts in bulk; amend them; never change what was registered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.allotment import open_ledger
from ..domain.audit import digest
from ..domain.authority import Actor
from ..domain.checks import Submission
from ..domain.contracts import Contract as Agreed
from ..domain.contracts import Obligation as Terms
from ..domain.documents import to_document
from ..domain.duties import history_of, standings_in
from ..domain.errors import Ambiguous, Issue, NotFound
from ..domain.parties import Side
from ..store.contracts import Contract, Obligation
from ..store.ids import new_ulids, take_ids
from ..store.once import insert_all, insert_new
from ..store.organisations import Organisation
from ..store.publications import PublishedContract
from ..store.search import write_words
from ..store.sets import among, table_of
from . import audit, duties, exchange, facts, search, tallies
from .failpoints import Reach, nothing
from .ledgers import hold_files, read_files
from .office import Office
from .policies import keep_policy
from .sight import refuse_body
from .submissions import Result as Result
from .submissions import difference, known, worth_a_look

#: How many contracts that answer to one number are named.
_MOST_NAMED = 20


#: What a contract is known by: its body and its number.
_Place = tuple[int, str]


class Registered(NamedTuple):
    """What became of one submission; issues are findings, with pointers into the document."""

    result: Result
    contract_id: int
    ulid: str
    issues: tuple[Issue, ...]


def register_contracts(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
    reach: Reach = nothing,
) -> list[Registered]:
    """Enter contracts with their obligations, facts, duties and timers, in a few bulk statements.

    One already on the register keeps its terms: a difference is a finding that asks for an
    amendment, and only facts it did not have yet are added.

    Args:
        reach: called with the name of each point at which a crash must do no harm.

    Raises:
        Forbidden: the actor enters no contracts, or not those of these bodies.
    """
    codes = {s.contract.government.code for s in submissions}
    refuse_body(session, Action.CONTRACT_CREATE, by, codes, today)
    keep_policy(session, office, now=now)
    organisations = _organisations(session, submissions, now)  # in one order, before contracts
    done: dict[int, Registered] = {}
    waiting = list(range(len(submissions)))
    while waiting:  # a number that stands twice in the batch is new once, then known
        taken: set[tuple[str, str]] = set()
        now_turn = []
        for i in waiting:
            name = _name(submissions[i])
            if name not in taken:
                taken.add(name)
                now_turn.append(i)
        turn = _register_distinct(
            session,
            [submissions[i] for i in now_turn],
            organisations,
            by,
            office,
            now,
            today,
            reach,
        )
        done |= dict(zip(now_turn, turn, strict=True))
        waiting = [i for i in waiting if i not in done]
    return [done[i] for i in range(len(submissions))]


def _name(submission: Submission) -> tuple[str, str]:
    return submission.contract.government.code, submission.contract.contract_no


def _register_distinct(
    session: Session,
    submissions: Sequence[Submission],
    organisations: dict[str, int],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
    reach: Reach,
) -> list[Registered]:
    ulids = new_ulids(now, len(submissions))
    rows = [
        _contract_row(s, ulid, organisations, by, now)
        for s, ulid in zip(submissions, ulids, strict=True)
    ]
    places = [_place(row) for row in rows]
    there = _ids(session, places)
    missing = [row for row in rows if _place(row) not in there]
    new = insert_new(session, Contract, missing, by=_place)
    fresh = {_place(row): row for row in new}
    said = dict(zip(places, submissions, strict=True))
    pairs = [(said[place], row) for place, row in fresh.items()]
    entered = _enter(session, pairs, by, office, now, today, reach)
    reach("register.before_known")
    again = {place: s for place, s in said.items() if place not in fresh}
    entered |= _known(session, again, by, office, now)
    return [entered[place] for place in places]


def _organisations(
    session: Session, submissions: Sequence[Submission], now: datetime
) -> dict[str, int]:
    wanted: dict[str, dict[str, Any]] = {}
    for s in submissions:
        c = s.contract
        for body in (c.government, *c.co_governments):
            if body.code not in wanted:
                wanted[body.code] = _organisation(body, Side.GOVERNMENT, body.kind.value, now)
        if c.enterprise.code not in wanted:
            wanted[c.enterprise.code] = _organisation(c.enterprise, Side.ENTERPRISE, None, now)
    codes = select(table_of(session, wanted, String()).c.value)
    query = select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes))
    found = {row[0]: row[1] for row in session.execute(query)}
    missing = [row for code, row in sorted(wanted.items()) if code not in found]
    if missing:
        insert_new(session, Organisation, missing)
        found = {row[0]: row[1] for row in session.execute(query)}
    return found


def _organisation(party: Any, side: Side, kind: str | None, now: datetime) -> dict[str, Any]:
    return {
        "code": party.code,
        "name": party.name,
        "side": side.value,
        "kind": kind,
        "recorded_at": now,
    }


def _contract_row(
    submission: Submission,
    ulid: str,
    organisations: dict[str, int],
    by: Actor,
    now: datetime,
) -> dict[str, Any]:
    c = submission.contract
    return {
        "ulid": ulid,
        "contract_no": c.contract_no,
        "title": c.title,
        "field": c.field.value,
        "subject": c.subject.value,
        "signed_on": c.signed_on,
        "amount_fen": c.amount_fen,
        "region": c.region,
        "government_id": organisations[c.government.code],
        "enterprise_id": organisations[c.enterprise.code],
        "ownership": c.enterprise.ownership.value,
        "size": c.enterprise.size.value,
        "document": to_document(c),
        "registered_at": now,
        "registered_by": by.name,
    }


def _enter(
    session: Session,
    fresh: list[tuple[Submission, dict[str, Any]]],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
    reach: Reach,
) -> dict[_Place, Registered]:
    if not fresh:
        return {}
    reach("register.after_terms")
    owed = obligation_rows(
        session,
        [(row["id"], i, o) for s, row in fresh for i, o in enumerate(s.contract.obligations)],
        now,
    )
    keys: dict[int, dict[str, int]] = {row["id"]: {} for _, row in fresh}
    for row in owed:
        keys[row["contract_id"]][row["key"]] = row["id"]
    facts.write_facts(
        session, [(row["id"], keys[row["id"]], f) for s, row in fresh for f in s.facts], by, now
    )
    tallies.note(session, (_counted(s.contract, row) for s, row in fresh))
    write_words(session, search.words(session, [(row["id"], row["document"]) for _, row in fresh]))
    opened = []
    for s, row in fresh:
        ledger = open_ledger(s.contract, s.facts, (), office.statute)
        opened.append(duties.New(row["id"], keys[row["id"]], ledger, history_of(ledger)))
    duties.open_duties(session, opened, office, now=now)
    reach("register.after_duties")
    told = [
        exchange.Message("contract.registered", row["ulid"], 1, {"contract": row["ulid"]})
        for _, row in fresh
    ]
    exchange.enqueue_new(session, told, now=now)
    entered = {}
    for (s, row), new in zip(fresh, opened, strict=True):
        standings = standings_in(new.history, new.ledger, today)
        issues = worth_a_look(s, new.ledger, standings.values(), office, today)
        entered[_place(row)] = Registered(Result.REGISTERED, row["id"], row["ulid"], issues)
        audit.note(
            session,
            by,
            "contract.register",
            "contract",
            row["ulid"],
            {"document_sha256": digest(row["document"]), "facts": len(s.facts)},
            now=now,
        )
    return entered


def _counted(contract: Agreed, row: dict[str, Any]) -> tallies.Change:
    where = tallies.Place(row["region"], row["field"], row["government_id"])
    fen = tallies.amount_in_yuan(contract.amount_fen, contract.currency)
    return tallies.Change(tallies.Measure.CONTRACTS, where, 1, fen)


def obligation_rows(
    session: Session, owed: list[tuple[int, int, Terms]], now: datetime
) -> list[dict[str, Any]]:
    """Write obligations, given as (contract id, position, terms); returns their rows."""
    ids = take_ids(session, "obligation", len(owed))
    rows = [
        {
            "id": obligation_id,
            "ulid": ulid,
            "contract_id": contract_id,
            "key": o.key,
            "position": position,
            "kind": o.kind.value,
            "title": o.title,
            "obligor": o.obligor.value,
            "obligor_code": o.obligor_code,
            "amount_fen": o.amount_fen,
            "due_on": o.due_on,
            "after_key": o.after,
            "within_length": o.within.length if o.within else None,
            "within_unit": o.within.unit.value if o.within else None,
            "retention": o.retention,
            "other_law": o.other_law,
            "added_on": o.added_on,
        }
        for obligation_id, ulid, (contract_id, position, o) in zip(
            ids, new_ulids(now, len(owed)), owed, strict=True
        )
    ]
    insert_all(session, Obligation, rows)
    return rows


def _place(row: Mapping[str, Any]) -> _Place:
    return row["government_id"], row["contract_no"]


def _ids(session: Session, places: Iterable[_Place]) -> dict[_Place, int]:
    """Of some contracts, those that are on the register."""
    wanted = set(places)
    numbers = select(table_of(session, [number for _, number in wanted], String()).c.value)
    query = select(Contract.government_id, Contract.contract_no, Contract.id).where(
        among(session, Contract.government_id, {body for body, _ in wanted}),
        Contract.contract_no.in_(numbers),
    )
    found = {(body, number): i for body, number, i in session.execute(query)}
    return {place: i for place, i in found.items() if place in wanted}


def _known(
    session: Session,
    again: Mapping[_Place, Submission],
    by: Actor,
    office: Office,
    now: datetime,
) -> dict[_Place, Registered]:
    """Re-import: terms stay, facts that are not there yet are added."""
    if not again:
        return {}
    ids = _ids(session, again)
    said = {ids[place]: s for place, s in again.items()}
    files = read_files(session, said)
    found = {i: difference(known(file), said[i]) for i, file in files.items()}
    held = hold_files(session, [i for i, d in found.items() if d.says_more])
    found |= {i: difference(known(file), said[i]) for i, file in held.items()}  # who was first?
    more = [facts.Addition(f, *found[i][1:]) for i, f in held.items() if found[i].says_more]
    facts.add_facts(session, more, by=by, office=office, now=now)
    entered = {}
    for place, i in ids.items():
        result = Result.UPDATED if found[i].says_more else Result.UNCHANGED
        entered[place] = Registered(result, i, files[i].row.ulid, found[i].issues)
    return entered


def find_contract(session: Session, number: str, government: str | None = None) -> int:
    """The id of the contract with this number or ULID; else the one published under this id.

    Raises:
        NotFound: there is none; Ambiguous: several bodies use the number, name one by its code.
    """
    ours = (Contract.contract_no == number) | (Contract.ulid == number)
    theirs = Contract.id.in_(
        select(PublishedContract.contract_id).where(
            (PublishedContract.ocid == number) | (PublishedContract.ocds_id == number)
        )
    )
    for named in (ours, theirs):
        query = (
            select(Contract.id, Contract.contract_no, Organisation.code, Organisation.name)
            .join(Organisation, Organisation.id == Contract.government_id)
            .where(named)
        )
        if government is not None:
            query = query.where(Organisation.code == government)
        found = session.execute(query.limit(_MOST_NAMED)).all()
        if len(found) > 1:
            bodies = [_told(row.code, row.name, row.contract_no, number) for row in found]
            raise Ambiguous(f"{number!r} is used by {len(found)} bodies; name one", bodies=bodies)
        if found:
            return int(found[0].id)
    raise NotFound(f"no contract {number!r} is registered")


def ulid_of(session: Session, number: str) -> str:
    """The ULID of the contract that answers to a number, as `find_contract` finds it."""
    return session.get_one(Contract, find_contract(session, number)).ulid


def _told(code: str, name: str, own: str, asked: str) -> str:
    return f"{code} {name}" if own == asked else f"{code} {name} {own}"
