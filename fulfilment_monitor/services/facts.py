"""State what happened, confirm it, dispute it, correct it: always by adding, never by editing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.checks import fact_faults
from ..domain.clocks import beijing_day
from ..domain.documents import fact_document
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.facts import MAY_ANSWER, Answer, Fact, FactKind, Source
from ..store import facts as tables
from ..store.ids import new_ulid, take_ids
from ..store.once import insert_all
from . import audit
from .duties import changed
from .ledgers import File, hold_file, read_files
from .office import Office
from .reckoning import reckon, reckon_many
from .sight import refuse_contract, sees_contract


class Evidence(NamedTuple):
    """A document that proves a statement, by the digest of its bytes."""

    sha256: str
    name: str


def write_facts(
    session: Session,
    statements: Sequence[tuple[int, Mapping[str, int], Fact]],
    by: Actor,
    now: datetime,
    *,
    evidence: Sequence[Evidence] = (),
    supersedes_id: int | None = None,
) -> list[dict[str, Any]]:
    """Append statements: (contract id, obligation ids by key, fact). Returns their rows."""
    if not statements:
        return []
    ids = take_ids(session, "fact", len(statements))
    rows: list[dict[str, Any]] = [
        {
            "id": fact_id,
            "ulid": new_ulid(now),
            "contract_id": contract_id,
            "obligation_id": None if fact.obligation is None else keys[fact.obligation],
            "kind": fact.kind.value,
            "happened_on": fact.on,
            "source": fact.by.value,
            "amount_fen": fact.amount_fen,
            "ref": fact.ref,
            "note": fact.note,
            "evidence": [e._asdict() for e in evidence] or None,
            "supersedes_id": supersedes_id,
            "recorded_at": now,
            "recorded_by": by.name,
        }
        for fact_id, (contract_id, keys, fact) in zip(ids, statements, strict=True)
    ]
    insert_all(session, tables.Fact, rows)
    answers = [
        _answer_row(row["id"], fact.answer, fact.by, fact.disputed_fen, None, by, now)
        for row, (_, _, fact) in zip(rows, statements, strict=True)
        if fact.answer is not None
    ]
    if answers:
        insert_all(session, tables.FactAnswer, answers)
    return rows


def _answer_row(
    fact_id: int,
    answer: Answer,
    source: Source,
    disputed_fen: int | None,
    note: str | None,
    by: Actor,
    now: datetime,
) -> dict[str, Any]:
    return {
        "fact_id": fact_id,
        "answer": answer.value,
        "source": source.value,
        "disputed_fen": disputed_fen,
        "note": note,
        "recorded_at": now,
        "recorded_by": by.name,
    }


class Addition(NamedTuple):
    """What is added to a contract that is held: statements, and confirmations of known ones."""

    file: File
    added: Sequence[Fact]
    #: Numbers of statements.
    confirmed: Sequence[int]


def add_facts(
    session: Session, additions: Sequence[Addition], *, by: Actor, office: Office, now: datetime
) -> None:
    """Append to contracts, and reckon them anew: in a few statements, however many they are."""
    if not additions:
        return
    news = [(a.file.row.id, a.file.keys, fact) for a in additions for fact in a.added]
    write_facts(session, news, by, now)
    answers = []
    for file, _, confirmed in additions:
        sources = {row.id: fact.by for row, fact in file.facts}
        answers += [
            _answer_row(i, Answer.CONFIRMED, other_side(sources[i]), None, None, by, now)
            for i in confirmed
        ]
    insert_all(session, tables.FactAnswer, answers)
    for file, added, confirmed in additions:
        body = {"facts": [fact_document(f) for f in added], "confirmed": list(confirmed)}
        audit.note(session, by, "fact.state", "contract", file.row.ulid, body, now=now)
    files = read_files(session, [a.file.row.id for a in additions])
    reckon_many(session, changed(files.values(), office), office, now=now)


def other_side(source: Source) -> Source:
    """Who has to answer a statement: the enterprise what the government side says, and back."""
    return Source.ENTERPRISE if source is not Source.ENTERPRISE else Source.GOVERNMENT


def state_fact(
    session: Session,
    contract_id: int,
    fact: Fact,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    evidence: Sequence[Evidence] = (),
    supersedes: str | None = None,
) -> str:
    """Put one statement on the ledger; returns its ULID.

    Args:
        supersedes: the ULID of the statement of the same side that this one corrects.

    Raises:
        Invalid: the statement does not fit the contract.
        NotOpen: what it corrects was confirmed by the other side, corrected already, or is not
            the acting side's own.
        Forbidden, NotFound: it is not for this actor.
    """
    access.refuse_voice(fact.by, by)
    refuse_contract(session, Action.FACT_STATE, by, contract_id, beijing_day(now))
    file = hold_file(session, contract_id)
    issues = list(fact_faults(fact, file.obligations))
    if issues:
        raise Invalid(issues)
    old = None if supersedes is None else _correctable(file, supersedes, fact.by)
    _refuse_known_ref(file, fact, old)
    rows = write_facts(
        session,
        [(contract_id, file.keys, fact)],
        by,
        now,
        evidence=evidence,
        supersedes_id=None if old is None else old.id,
    )
    body = {"fact": fact_document(fact), "supersedes": supersedes, "evidence": list(evidence)}
    audit.note(session, by, "fact.state", "fact", rows[0]["ulid"], body, now=now)
    reckon(session, contract_id, office, now=now)
    return str(rows[0]["ulid"])


def _refuse_known_ref(file: File, fact: Fact, corrected: tables.Fact | None) -> None:
    """One source says a thing once; only a correction may carry the number of what it corrects."""
    for row, known in file.facts:
        same = fact.ref is not None and (known.by, known.ref) == (fact.by, fact.ref)
        if same and (corrected is None or row.id != corrected.id):
            detail = f"{fact.by.value} has stated {fact.ref!r} already ({row.ulid})"
            raise Invalid([Issue("/ref", "fact.ref-taken", detail)])


def _correctable(file: File, ulid: str, side: Source) -> tables.Fact:
    found = next(((row, fact) for row, fact in file.facts if row.ulid == ulid), None)
    if found is None:
        if any(row.ulid == ulid for row, _ in file.superseded):
            raise NotOpen(f"statement {ulid} has been corrected already")
        raise NotFound(f"no statement {ulid} in this contract")
    row, fact = found
    if fact.by is not side:
        raise NotOpen("a side corrects its own statements; dispute those of others")
    if fact.is_confirmed:
        raise NotOpen("the other side has confirmed this statement; state the new fact instead")
    if fact.is_disputed and fact.disputed_fen is not None:
        raise NotOpen("the other side has confirmed part of this; state the new fact instead")
    return row


def answer_fact(
    session: Session,
    ulid: str,
    answer: Answer,
    *,
    side: Source,
    by: Actor,
    office: Office,
    now: datetime,
    disputed_fen: int | None = None,
    note: str | None = None,
) -> int:
    """Confirm or dispute a statement of the other side; returns the contract's id.

    Args:
        disputed_fen: of a payment, the part that did not arrive; the rest counts as received.

    Raises:
        NotFound: there is no such statement.
        NotOpen: it is not for this side to answer, or it has been corrected.
    """
    row = session.scalars(select(tables.Fact).where(tables.Fact.ulid == ulid)).one_or_none()
    if row is None:
        raise NotFound(f"no statement {ulid}")
    access.refuse_voice(side, by)
    if not sees_contract(session, Action.FACT_ANSWER, by, row.contract_id, beijing_day(now)):
        raise NotFound(f"no statement {ulid}")
    hold_file(session, row.contract_id)
    if side not in MAY_ANSWER[Source(row.source)]:
        allowed = sorted(s.value for s in MAY_ANSWER[Source(row.source)])
        raise NotOpen(f"{side.value} cannot answer a statement of {row.source}", allowed=allowed)
    if session.scalar(select(tables.Fact.id).where(tables.Fact.supersedes_id == row.id)):
        raise NotOpen(f"statement {ulid} has been corrected since")
    if disputed_fen is not None and (
        row.kind != FactKind.PAID.value or disputed_fen > (row.amount_fen or 0)
    ):
        raise NotOpen("only part of a payment, and at most all of it, can be disputed by amount")
    values = _answer_row(row.id, answer, side, disputed_fen, note, by, now)
    insert_all(session, tables.FactAnswer, [values])
    body = {"answer": answer.value, "side": side.value, "disputed_fen": disputed_fen}
    audit.note(session, by, f"fact.{answer.value}", "fact", ulid, body, now=now)
    reckon(session, row.contract_id, office, now=now)
    return row.contract_id


def evidence_name(session: Session, contract_id: int, sha256: str) -> str | None:
    """What a statement under a contract calls a file; None where none names it."""
    query = select(tables.Fact.evidence).where(
        tables.Fact.contract_id == contract_id, tables.Fact.evidence.is_not(None)
    )
    called = (
        e["name"] for named in session.scalars(query) for e in named or () if e["sha256"] == sha256
    )
    return next(called, None)
