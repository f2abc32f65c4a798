"""Send respondents what they may know of a claim: once a day, all together, in no order.

Papers are projections, see `domain.papers`; the words of a complainant never come near them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from secrets import SystemRandom
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..domain import papers
from ..domain.authority import Actor, Forbidden, Role
from ..domain.cases import FINAL, State
from ..domain.contracts import Kind
from ..domain.errors import NotFound
from ..domain.secrets import Purpose, Secrets
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract, Obligation
from ..store.exchange import OutboxMessage
from ..store.organisations import Organisation
from . import audit, exchange, organisations
from .conflicts import read_kinship

TOPIC = "dispatch.paper"
#: Before somebody has taken a claim up, its respondent is not written to.
_BEFORE = frozenset({State.LEAD, State.RECEIVED, State.ACCEPTED, State.TRANSFERRED}) | FINAL
_WRITTEN_TO = tuple(s.value for s in State if s not in _BEFORE)
#: Capacities in which somebody reads what was sent to the own body.
_READERS = frozenset({Role.CLERK, Role.HEAD, Role.RESPONDENT})
_MARK = b"paper\x00"


def daily_batch(
    session: Session,
    on: date,
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
    shuffle: Callable[[list[Any]], None] | None = None,
) -> int:
    """Queue the papers of all claims that were taken up and have none; returns how many.

    Of one day they carry one moment and stand in no order, whatever they began with.
    """
    waiting = _without_paper(session, secrets)
    (shuffle or SystemRandom().shuffle)(waiting)
    texts = _papers(session, waiting, on)
    messages = [exchange.Message(TOPIC, ref, 1, texts[ref]) for ref, _ in waiting]
    exchange.enqueue(session, messages, now=now)
    if messages:
        said = {"papers": sorted(ref for ref, _ in waiting), "on": on}
        audit.note(session, by, "dispatch.batch", "dispatch", on.isoformat(), said, now=now)
    return len(messages)


def reference(claim: Claim, secrets: Secrets) -> str:
    """What a claim is called on paper, for who handles it."""
    return papers.reference(secrets.mac(Purpose.DIGEST, _about(claim)).content)


def list_papers(session: Session, *, by: Actor, today: date) -> list[dict[str, Any]]:
    """The papers sent to the actor's own body, and to those it answers for; newest first.

    Raises:
        Forbidden: the actor does not act for a respondent.
    """
    code = OutboxMessage.body["respondent"]["code"].as_string()
    query = select(OutboxMessage.body).where(
        OutboxMessage.topic == TOPIC, code.in_(_own_codes(session, by, today))
    )
    newest = query.order_by(OutboxMessage.queued_at.desc(), OutboxMessage.key)
    return list(session.scalars(newest))


def read_paper(session: Session, ref: str, *, by: Actor, today: date) -> dict[str, Any]:
    """One paper sent to the actor's own body.

    Raises:
        Forbidden: the actor does not act for a respondent.
        NotFound: no such paper was sent there.
    """
    codes = _own_codes(session, by, today)
    query = select(OutboxMessage.body).where(OutboxMessage.topic == TOPIC, OutboxMessage.key == ref)
    found: dict[str, Any] | None = session.scalars(query).one_or_none()
    if found is None or found["respondent"]["code"] not in codes:
        raise NotFound(f"no paper {ref[:40]}")
    return found


def references(claim: Claim, secrets: Secrets) -> list[str]:
    """What a claim is called on paper under every key, the newest first."""
    return [papers.reference(h.content) for h in secrets.macs(Purpose.DIGEST, _about(claim))]


def reads(by: Actor) -> bool:
    """Whether an actor reads what is sent to its body."""
    return by.body is not None and bool(by.roles & _READERS)


def own_bodies(session: Session, by: Actor, today: date) -> set[int]:
    """The actor's body and all those for which it answers today.

    Raises:
        Forbidden: the actor does not act for a respondent.
    """
    if by.body is None or not reads(by):
        raise Forbidden("needs: " + ", ".join(sorted(_READERS)))
    family = read_kinship(session, [by.body], today)
    return family.served_by(by.body)


def _own_codes(session: Session, by: Actor, today: date) -> set[str]:
    own = own_bodies(session, by, today)
    return set(session.scalars(select(Organisation.code).where(Organisation.id.in_(own))))


def _without_paper(session: Session, secrets: Secrets) -> list[tuple[str, Claim]]:
    """Claims to be written about, each with its reference under the newest key."""
    query = select(Claim).where(Claim.state.in_(_WRITTEN_TO)).order_by(Claim.id)
    claims = list(session.scalars(query))
    names = {c.id: references(c, secrets) for c in claims}
    sent = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.topic == TOPIC)))
    return [(names[c.id][0], c) for c in claims if not sent.intersection(names[c.id])]


def _about(claim: Claim) -> bytes:
    return _MARK + claim.ulid.encode()


# --- what a paper says ------------------------------------------------------------------------


class _Complained(NamedTuple):
    """What the complaints of a claim allow to be said of it."""

    summaries: tuple[str, ...]
    all_open: bool


def _papers(
    session: Session, waiting: Sequence[tuple[str, Claim]], on: date
) -> Mapping[str, dict[str, Any]]:
    ids = [claim.id for _, claim in waiting]
    rows = {row.Claim.id: row for row in _files(session, ids)}
    complaints = _complaints(session, ids)
    bodies = {claim.respondent_id for _, claim in waiting}
    answering = organisations.responsible(session, bodies, on)
    query = select(Organisation).where(Organisation.id.in_(set(answering.values())))
    known = {o.id: o for o in session.scalars(query)}
    found = {}
    for ref, claim in waiting:
        row = rows[claim.id]
        body = known[answering[claim.respondent_id]]
        kind = None if row.Obligation is None else Kind(row.Obligation.kind)
        field = row.Case.field if row.Contract is None else row.Contract.field
        matter = papers.Matter(body.code, body.name, field, kind)
        found[ref] = papers.paper(ref, matter, on, _openly(row, complaints.get(claim.id)))
    return found


def _files(session: Session, claims: Sequence[int]) -> list[Any]:
    query = (
        select(Claim, Case, Obligation, Contract, Organisation.name.label("enterprise"))
        .join(Case, Case.id == Claim.case_id)
        .join(Obligation, Obligation.id == Claim.obligation_id, isouter=True)
        .join(Contract, Contract.id == Obligation.contract_id, isouter=True)
        .join(Organisation, Organisation.id == Contract.enterprise_id, isouter=True)
        .where(Claim.id.in_(claims))
    )
    return list(session.execute(query))


def _complaints(session: Session, claims: Sequence[int]) -> dict[int, _Complained]:
    query = (
        select(ComplaintClaim.claim_id, Complaint)
        .join(Complaint, Complaint.id == ComplaintClaim.complaint_id)
        .where(ComplaintClaim.claim_id.in_(claims))
        .order_by(Complaint.id)
    )
    by_claim: dict[int, list[Complaint]] = defaultdict(list)
    for number, complaint in session.execute(query):
        by_claim[number].append(complaint)
    return {
        number: _Complained(
            tuple(c.summary for c in found if c.summary is not None and c.withdrawn_on is None),
            all_open=not any(c.confidential for c in found),  # who left is protected still
        )
        for number, found in by_claim.items()
    }


def _openly(row: Row[Any], complained: _Complained | None) -> papers.Openly | None:
    """What may be added; nothing where anybody asked not to be known, or nobody complained."""
    if complained is None or not complained.all_open or row.Case.confidential:
        return None
    return papers.Openly(
        enterprise=row.enterprise,
        contract_no=row.Contract and row.Contract.contract_no,
        contract_title=row.Contract and row.Contract.title,
        obligation=row.Obligation and row.Obligation.title,
        claimed_fen=row.Claim.claimed_fen,
        summaries=complained.summaries,
    )
