"""Change what was agreed, as both sides agreed it: the first date stays in sight for ever."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.checks import obligation_faults
from ..domain.contracts import Amendment, Obligation
from ..domain.errors import AlreadyBreached, Invalid, Issue, NeedsCounterparty, NotOpen
from ..domain.facts import Source
from ..domain.standings import standings_at
from ..domain.states import MET, State
from ..store import contracts as tables
from ..store.ids import new_ulid, take_ids
from ..store.leads import Lead
from ..store.once import insert_all
from . import audit, evidence
from .contracts import obligation_rows
from .ledgers import File, hold_file
from .office import Office
from .reckoning import reckon
from .sight import refuse_contract

_BOTH = frozenset({Source.GOVERNMENT, Source.ENTERPRISE})


class Agreement(NamedTuple):
    """What the parties changed on one day, and who vouches that they agreed."""

    changes: tuple[Amendment, ...]
    #: New obligations of a supplement.
    added: tuple[Obligation, ...]
    agreed_by: frozenset[Source]
    note: str | None = None


def amend_contract(
    session: Session,
    contract_id: int,
    agreement: Agreement,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> list[str]:
    """Enter an agreed change; it holds from the day it was agreed. Returns the new ULIDs.

    Raises:
        Forbidden, NotFound: it is not for this actor.
        NeedsCounterparty: not both sides, and no court, stand behind it (民法典 第五百四十三条).
        AlreadyBreached: it would move a date that has been missed.
        NotOpen: it would change what has been done already.
        Invalid: it names an obligation that is not there, or makes terms count in a circle.
    """
    refuse_contract(session, Action.CONTRACT_AMEND, by, contract_id, today)
    if Source.COURT not in agreement.agreed_by and not agreement.agreed_by >= _BOTH:
        missing = sorted(s.value for s in _BOTH - agreement.agreed_by)
        raise NeedsCounterparty("a term changes only when both sides agree", missing=missing)
    file = hold_file(session, contract_id)
    _check(session, file, agreement, office, today)
    keys = file.keys
    if agreement.added:
        start = len(file.obligations)
        owed = [(contract_id, start + i, o) for i, o in enumerate(agreement.added)]
        keys |= {row["key"]: row["id"] for row in obligation_rows(session, owed, now)}
    rows = _rows(session, contract_id, keys, agreement, by, now)
    if rows:
        insert_all(session, tables.Amendment, rows)
    body = {
        "changes": [_shown(a) for a in agreement.changes],
        "added": [o.key for o in agreement.added],
        "agreed_by": sorted(s.value for s in agreement.agreed_by),
    }
    audit.note(session, by, "contract.amend", "contract", file.row.ulid, body, now=now)
    reckon(session, contract_id, office, now=now)
    return [row["ulid"] for row in rows]


def _check(session: Session, file: File, agreement: Agreement, office: Office, today: date) -> None:
    terms = replace(file.terms, obligations=(*file.terms.obligations, *agreement.added))
    before = len(file.obligations)
    issues = [_in_agreement(i, before) for i in obligation_faults(terms) if _is_new(i, before)]
    known = {o.key: o for o in terms.obligations}
    for i, a in enumerate(agreement.changes):
        if a.obligation is not None and a.obligation not in known:
            detail = f"{a.obligation!r} is no obligation of this contract"
            issues.append(Issue(f"/changes/{i}/obligation", "obligation.unknown", detail))
        elif a.within is not None and a.obligation and known[a.obligation].after is None:
            detail = "within counts from something, and this obligation counts from nothing"
            issues.append(Issue(f"/changes/{i}/within", "obligation.within-without-after", detail))
    if issues:
        raise Invalid(issues)
    ledger = file.ledger(office.statute)
    for a in agreement.changes:
        if a.obligation is None:
            continue
        for day in {a.agreed_on, max(a.agreed_on, today)}:
            standing = standings_at(ledger, day).get(a.obligation)
            if standing is None:
                continue
            if standing.days_late or standing.state is State.OVERDUE:
                raise AlreadyBreached(
                    f"{a.obligation} was due on {standing.due.on}; its date stands",
                    due_on=str(standing.due.on),
                )
            if standing.state in MET:
                raise NotOpen(f"{a.obligation} has been met; there is nothing to change")
        leads = select(Lead.ulid).where(Lead.obligation_id == file.obligations[a.obligation].id)
        if a.moves_date and session.scalar(leads.where(Lead.state == "open").limit(1)):
            raise AlreadyBreached(f"a lead is open on {a.obligation}; its date stands")


def _is_new(issue: Issue, registered: int) -> bool:
    """Whether a fault lies in what the agreement adds."""
    index = issue.pointer.split("/")[2:3]
    return not index or int(index[0]) >= registered


def _in_agreement(issue: Issue, registered: int) -> Issue:
    """A fault of the contract as it would be, with its place in the agreement."""
    steps = issue.pointer.split("/")[2:]
    if not steps:
        return issue._replace(pointer="/add")
    place = "/".join(["/add", str(int(steps[0]) - registered), *steps[1:]])
    return issue._replace(pointer=place)


def _rows(
    session: Session,
    contract_id: int,
    keys: dict[str, int],
    agreement: Agreement,
    by: Actor,
    now: datetime,
) -> list[dict[str, Any]]:
    ids = take_ids(session, "amendment", len(agreement.changes))
    return [
        {
            "id": row_id,
            "ulid": new_ulid(now),
            "contract_id": contract_id,
            "obligation_id": None if a.obligation is None else keys[a.obligation],
            "kind": a.kind.value,
            "reason": a.reason.value,
            "agreed_on": a.agreed_on,
            "due_on": a.due_on,
            "within_length": a.within.length if a.within else None,
            "within_unit": a.within.unit.value if a.within else None,
            "amount_fen": a.amount_fen,
            "note": agreement.note,
            "recorded_at": now,
            "recorded_by": by.name,
        }
        for row_id, a in zip(ids, agreement.changes, strict=True)
    ]


def _shown(a: Amendment) -> dict[str, Any]:
    return {
        "kind": a.kind.value,
        "obligation": a.obligation,
        "agreed_on": a.agreed_on,
        "reason": a.reason.value,
        "due_on": a.due_on,
        "within": None if a.within is None else str(a.within),
        "amount_fen": a.amount_fen,
    }


def paper_name(session: Session, contract_id: int, sha256: str) -> str | None:
    """What whoever entered an amendment of a contract called a file that it names.

    None where none names it, or who entered it has not brought the file.
    """
    query = select(tables.Amendment.recorded_by).where(
        tables.Amendment.contract_id == contract_id,
        tables.Amendment.note.contains(sha256, autoescape=True),
    )
    return evidence.name_given(session, sha256, session.scalars(query))
