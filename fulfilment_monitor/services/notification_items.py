"""What there is to tell of a message of the outbox: what happened, to what, whose it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.alerts import Audience, Severity
from ..domain.notifications import ALERTS, TOPICS, About, Notifying, Rule, Watch, Way
from ..store.alerts import Alert
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, RetaliationSign, RetaliationWatch
from ..store.contracts import Contract, Obligation
from ..store.exchange import OutboxMessage
from ..store.leads import Lead
from ..store.organisations import Organisation
from .feed import Change


class Item(NamedTuple):
    """What is to be told, before it is known to whom."""

    event: str
    rule: str
    severity: Severity
    about: About
    matter: str | None
    watch: Watch
    thing_id: int | None
    due_on: date | None
    raised_on: date
    #: Who is told, by which ways.
    rules: tuple[Rule, ...]
    #: Whose it is; of these the readers are found.
    bodies: Mapping[str, Any]


def items_of(session: Session, change: Change, notifying: Notifying, today: date) -> Iterable[Item]:
    """What a message tells people, by the rules of the office; often nothing."""
    if change.topic == ALERTS:
        return _alerts(session, change, notifying)
    rules = tuple(r for r in notifying.events.get(change.topic, ()) if Way.RECEIPT not in r.ways)
    if not rules:
        return ()
    return _OF[TOPICS[change.topic]](session, change, rules, today)


def _alerts(session: Session, change: Change, notifying: Notifying) -> Iterator[Item]:
    told = select(OutboxMessage.id).where(OutboxMessage.feed_no == change.number)
    query = select(Alert).where(Alert.told_id == told.scalar_subquery())
    steps = query.order_by(Alert.holds_from, Alert.due_on, Alert.obligation_id, Alert.rule)
    alerts = session.scalars(steps).all()
    owed = _obligations(session, {a.obligation_id for a in alerts if a.obligation_id > 0})
    claims = _claims(session, {-a.obligation_id for a in alerts if a.obligation_id < 0})
    for alert in alerts:
        about = About.CONTRACT if alert.obligation_id > 0 else About.CLAIM
        known = owed if about is About.CONTRACT else claims
        severity = Severity(alert.severity)
        for audience in map(Audience, alert.audiences.split()):
            rules = notifying.alerts.get((about, audience, severity), ())
            if not rules or abs(alert.obligation_id) not in known:
                continue
            found = known[abs(alert.obligation_id)]
            yield Item(
                f"alert:{alert.due_on}:{alert.obligation_id}:{alert.rule}:{audience}"[:160],
                alert.rule,
                severity,
                about,
                found["matter"],
                Watch.DUTY if about is About.CONTRACT else Watch.CLOCK,
                abs(alert.obligation_id),
                alert.due_on,
                alert.raised_on,
                rules,
                {**found, "side": _side(found, audience)},
            )


def _side(found: Mapping[str, Any], audience: Audience) -> str | None:
    """Which side of a contract an audience is; None where it is neither."""
    obligor = found.get("obligor")
    if obligor is None or audience not in (Audience.OBLIGOR, Audience.COUNTERPARTY):
        return None
    other = "enterprise" if obligor == "government" else "government"
    return str(obligor if audience is Audience.OBLIGOR else other)


def _obligations(session: Session, ids: set[int]) -> dict[int, dict[str, Any]]:
    query = (
        select(Obligation.id, Obligation.obligor, *_OF_CONTRACT)
        .join(Contract, Contract.id == Obligation.contract_id)
        .where(Obligation.id.in_(ids))
    )
    return {row.id: dict(row._mapping) for row in session.execute(query)}


_OF_CONTRACT: tuple[Any, ...] = (
    Contract.ulid.label("matter"),
    Contract.government_id.label("government"),
    Contract.enterprise_id.label("enterprise"),
    Contract.region.label("region"),
)


def _claims(session: Session, ids: set[int]) -> dict[int, dict[str, Any]]:
    query = select(Claim.id, *_OF_CLAIM).join(Case, Case.id == Claim.case_id)
    return {r.id: dict(r._mapping) for r in session.execute(query.where(Claim.id.in_(ids)))}


_OF_CLAIM: tuple[Any, ...] = (
    Case.ulid.label("matter"),
    Case.region.label("region"),
    Claim.respondent_id.label("respondent"),
    Claim.holder_id.label("holder"),
    Claim.handler_id.label("handler"),
    Claim.intake_id.label("intake"),
)


def _of_contract(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    """A lead; it is closed with the breach it tells of."""
    query = (
        select(Lead.id, Lead.breached_on, *_OF_CONTRACT)
        .join(Contract, Contract.id == Lead.contract_id)
        .where(Lead.ulid == change.key)
    )
    for row in session.execute(query):
        found = {**row._mapping, "side": None}
        yield _item(change, About.CONTRACT, row.matter, Watch.LEAD, row.id, rules, found, today)


def _of_claim(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    query = (
        select(Claim.id, *_OF_CLAIM)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.ulid == change.body["claim"])
    )
    for row in session.execute(query):
        found = dict(row._mapping)
        ends = change.body.get("state") in ("closed", "rejected", "withdrawn")
        watch = Watch.NOTHING if ends else Watch.CLAIM
        yield _item(change, About.CLAIM, row.matter, watch, row.id, rules, found, today)


def _of_paper(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    code = change.body["respondent"]["code"]
    yield from _to_body(session, change, rules, today, About.PAPER, code, change.key)


def _of_measure(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    matter = change.body["measure"]
    yield from _to_body(session, change, rules, today, About.MEASURE, change.body["to"], matter)


def _of_column(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    yield from _to_body(session, change, rules, today, About.COLUMN, change.body["to"], None)


def _to_body(
    session: Session,
    change: Change,
    rules: tuple[Rule, ...],
    today: date,
    about: About,
    code: str,
    matter: str | None,
) -> Iterator[Item]:
    query = select(Organisation.id).where(Organisation.code == code)
    for body in session.scalars(query):
        found = {"government": body, "side": None}
        yield _item(change, about, matter, Watch.NOTHING, None, rules, found, today)


def _of_sign(
    session: Session, change: Change, rules: tuple[Rule, ...], today: date
) -> Iterator[Item]:
    """For whom the list shows it: the region and the body of each complaint the act may answer."""
    query = (
        select(Case.region, RetaliationWatch.body_id)
        .join(Complaint, Complaint.case_id == Case.id)
        .join(RetaliationWatch, RetaliationWatch.complaint_id == Complaint.id)
        .join(RetaliationSign, RetaliationSign.watch_id == RetaliationWatch.id)
        .where(RetaliationSign.object == change.key)
    )
    for region, respondent in session.execute(query.distinct()):
        found = {"region": region, "respondent": respondent, "side": None}
        yield _item(change, About.SIGN, None, Watch.NOTHING, None, rules, found, today)


_Of = Callable[[Session, Change, tuple[Rule, ...], date], Iterator[Item]]
_OF: Mapping[About, _Of] = {
    About.CONTRACT: _of_contract,
    About.CLAIM: _of_claim,
    About.PAPER: _of_paper,
    About.MEASURE: _of_measure,
    About.COLUMN: _of_column,
    About.SIGN: _of_sign,
}


def _item(
    change: Change,
    about: About,
    matter: str | None,
    watch: Watch,
    thing: int | None,
    rules: tuple[Rule, ...],
    bodies: Mapping[str, Any],
    today: date,
) -> Item:
    event = f"{change.topic}:{change.key}:{change.version}"[:160]
    severity = _SEVERITY.get(change.topic, Severity.NOTICE)
    return Item(
        event, change.topic, severity, about, matter, watch, thing, None, today, rules, bodies
    )


_SEVERITY = {
    "lead.opened": Severity.BREACH,
    "dispatch.paper": Severity.WARNING,
    "supervision.issued": Severity.SUPERVISE,
    "retaliation.sign": Severity.SUPERVISE,
    "case.transferred": Severity.WARNING,
}
