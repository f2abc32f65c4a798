"""Look after enterprises that complained: what the respondent does to them goes to supervisors.

Source: 条例第二十条、第三十五条. The months are those of the office (`case.retaliation_months`).
Exclusion from procurement cannot be seen yet: nothing here knows who bids.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from ..domain.authority import SWEEP, Actor, Conflict, Forbidden, Role
from ..domain.clocks import beijing_day
from ..domain.contracts import AmendmentKind
from ..domain.facts import FactKind, Source
from ..domain.regions import covers
from ..store.base import Day
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim, RetaliationSign, RetaliationWatch
from ..store.contracts import Amendment, Contract
from ..store.facts import Fact
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.sets import among
from . import audit, exchange, organisations
from .conflicts import refuse_conflict
from .office import Office

TOPIC = "retaliation.sign"
#: What a change of terms may be, and how the sign is called.
_CHANGES = {
    AmendmentKind.TERMINATION.value: "contract-ended",
    AmendmentKind.SUSPENSION.value: "contract-suspended",
    AmendmentKind.TERMS.value: "contract-changed",
}
_REJECTED = "acceptance-rejected"


class _Act(NamedTuple):
    """Something a body did to an enterprise under one of their contracts."""

    government_id: int
    enterprise_id: int
    kind: str
    #: The ULID of what shows it.
    object: str
    happened_on: date
    recorded_on: date
    contract: str


def look(session: Session, office: Office, *, now: datetime, today: date) -> int:
    """The nightly look: keep the watches as they should be, find signs; returns the new ones.

    A sign is found once however often is looked, and told to supervisors only.
    """
    months = relativedelta(months=office.policy.cases.retaliation_months)
    _begin(session, months)
    _prolong(session, months, today)
    watches = _standing(session, today)
    acts = _acts(session, {w.enterprise_id for w in watches}, watches)
    rows = list(_signs(session, watches, acts, today))
    new = insert_once(session, RetaliationSign, rows, RetaliationSign.id)
    found = session.scalars(
        select(RetaliationSign)
        .where(among(session, RetaliationSign.id, new))
        .order_by(RetaliationSign.id)
    ).all()
    # One act is told once, however many complaints of the enterprise it may answer.
    first = {s.object: s for s in reversed(found)}
    messages = [exchange.Message(TOPIC, act, 1, _told(s)) for act, s in first.items()]
    exchange.enqueue(session, messages, now=now)
    if found:
        said = {"signs": sorted(s.id for s in found), "on": today}
        audit.note(session, SWEEP, "retaliation.found", "watch", today.isoformat(), said, now=now)
    return len(found)


def _told(sign: RetaliationSign) -> dict[str, Any]:
    """What the message says: enough to look it up, nothing of who complained."""
    return {"sign": sign.id, "kind": sign.kind, "audience": "supervisor"}


# --- whom to watch ----------------------------------------------------------------------------


def _begin(session: Session, months: relativedelta) -> None:
    """A watch for each complaint of an enterprise and each body it complains of."""
    known = select(RetaliationWatch.id).where(
        RetaliationWatch.complaint_id == Complaint.id,
        RetaliationWatch.body_id == Claim.respondent_id,
    )
    query = (
        select(Complaint.id, Complaint.enterprise_id, Claim.respondent_id, Complaint.received_on)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(Complaint.enterprise_id.is_not(None), ~known.exists())
        .distinct()
    )
    rows = [
        {
            "complaint_id": complaint,
            "enterprise_id": enterprise,
            "body_id": body,
            "from_on": received_on,
            "until_on": received_on + months,
        }
        for complaint, enterprise, body, received_on in session.execute(query)
    ]
    insert_once(session, RetaliationWatch, rows, RetaliationWatch.id)


def _prolong(session: Session, months: relativedelta, today: date) -> None:
    """The months count from the end of the case: while it lives, from today."""
    ended = func.max(func.coalesce(Claim.closed_on, literal(today, Day())))
    query = (
        select(RetaliationWatch.id, RetaliationWatch.until_on, ended)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == RetaliationWatch.complaint_id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(or_(Claim.closed_on.is_(None), Claim.closed_on >= today - months))
        .group_by(RetaliationWatch.id, RetaliationWatch.until_on)
    )
    longer: dict[date, list[int]] = defaultdict(list)
    for watch, until_on, ended_on in session.execute(query):
        if ended_on + months > until_on:
            longer[ended_on + months].append(watch)
    for until_on, watches in longer.items():
        chosen = update(RetaliationWatch).where(among(session, RetaliationWatch.id, watches))
        session.execute(chosen.values(until_on=until_on))


def _standing(session: Session, today: date) -> Sequence[RetaliationWatch]:
    query = select(RetaliationWatch).where(RetaliationWatch.until_on >= today)
    return session.scalars(query.order_by(RetaliationWatch.id)).all()


# --- what to look for -------------------------------------------------------------------------


def _acts(
    session: Session, enterprises: set[int], watches: Sequence[RetaliationWatch]
) -> dict[int, list[_Act]]:
    """By enterprise: changes of its contracts, and acceptances refused, since the first watch."""
    since = min((w.from_on for w in watches), default=date.max)
    parties = (Contract.government_id, Contract.enterprise_id)
    changed = (
        select(*parties, Amendment.kind, Amendment.ulid, Amendment.agreed_on,
               Amendment.recorded_at, Contract.ulid)
        .join(Contract, Contract.id == Amendment.contract_id)
        .where(
            among(session, Contract.enterprise_id, enterprises),
            Amendment.kind.in_(_CHANGES),
        )
    )  # fmt: skip
    later = aliased(Fact)
    corrected = select(later.id).where(later.supersedes_id == Fact.id)
    refused = (
        select(*parties, Fact.kind, Fact.ulid, Fact.happened_on, Fact.recorded_at, Contract.ulid)
        .join(Contract, Contract.id == Fact.contract_id)
        .where(
            among(session, Contract.enterprise_id, enterprises),
            Fact.kind == FactKind.REJECTED.value,
            Fact.source == Source.GOVERNMENT.value,
            ~corrected.exists(),
        )
    )
    found: dict[int, list[_Act]] = defaultdict(list)
    for query in (changed, refused):
        for body, enterprise, kind, ulid, happened_on, at, contract in session.execute(query):
            recorded_on = beijing_day(at)
            if max(happened_on, recorded_on) >= since:
                sign = _CHANGES.get(kind, _REJECTED)
                act = _Act(body, enterprise, sign, ulid, happened_on, recorded_on, contract)
                found[enterprise].append(act)
    return found


def _signs(
    session: Session, watches: Iterable[RetaliationWatch], acts: dict[int, list[_Act]], today: date
) -> Iterator[dict[str, Any]]:
    """Acts of a watched body, or of whoever answers for it now, within the time of the watch.

    What is dated back counts by the day it was written down.
    """
    watched = list(watches)
    bodies = {w.body_id for w in watched}
    bodies |= {a.government_id for found in acts.values() for a in found}
    answering = organisations.responsible(session, bodies, today)
    for watch in watched:
        for act in acts.get(watch.enterprise_id, []):
            same = answering[act.government_id] == answering[watch.body_id]
            days = (act.happened_on, act.recorded_on)
            if same and any(watch.from_on <= d <= watch.until_on for d in days):
                yield {
                    "watch_id": watch.id,
                    "kind": act.kind,
                    "object": act.object,
                    "happened_on": act.happened_on,
                    "found_on": today,
                    "details": {"contract": act.contract},
                }


# --- who is told ------------------------------------------------------------------------------


def list_signs(
    session: Session, *, by: Actor, office: Office, today: date, limit: int = 100
) -> list[dict[str, Any]]:
    """Signs in the supervisor's region, newest first; never those about bodies near its own.

    Raises:
        Forbidden: not a supervisor.
    """
    body = None if by.body is None else session.get(Organisation, by.body)
    if Role.SUPERVISOR not in by.roles or body is None:
        raise Forbidden("needs: supervisor", roles=[Role.SUPERVISOR.value])
    query = (
        select(RetaliationSign, Complaint.ulid, Case.region, RetaliationWatch.body_id)
        .join(RetaliationWatch, RetaliationWatch.id == RetaliationSign.watch_id)
        .join(Complaint, Complaint.id == RetaliationWatch.complaint_id)
        .join(Case, Case.id == Complaint.case_id)
        .order_by(RetaliationSign.id.desc())
    )
    months = office.policy.cases.recusal_months
    found = []
    for sign, complaint, region, watched in session.execute(query):
        if body.region is None or not covers(body.region, region):
            continue
        try:
            refuse_conflict(session, watched, by, today, recusal_months=months)
        except Conflict:
            continue
        found.append({
            "sign": sign.id,
            "complaint": complaint,
            "kind": sign.kind,
            "object": sign.object,
            "contract": sign.details["contract"],
            "happened_on": sign.happened_on.isoformat(),
            "found_on": sign.found_on.isoformat(),
        })  # fmt: skip
        if len(found) == limit:
            break
    return found
