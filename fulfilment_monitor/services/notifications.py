"""Tell people what concerns them: what is new in the outbox becomes rows for those who read it.

It is read as the change feed is, so that nothing is passed by, and up to where is written in the
same transaction; a row is unique for a recipient and an event. So a run that dies repeats nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from ..domain.alerts import Audience, Severity
from ..domain.leads import LeadState
from ..domain.notifications import ALERTS, TOPICS, About, Notifying, Rule, Watch, Way
from ..store.alerts import Alert
from ..store.cases import Case, Claim, ClaimDuty
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.exchange import OutboxMessage
from ..store.leads import Lead
from ..store.notifications import Notification, NotificationDelivery
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.sweeps import Mark
from . import feed
from .feed import Change
from .notification_readers import Readers, Recipient
from .office import Office

_MARK = "notifications.place"
_TOGETHER = 100
#: What was said longer ago is news to nobody.
_FRESH = timedelta(days=7)
#: So many rows go at once.
_FORGOTTEN = 5_000


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


def gather(
    sessions: sessionmaker[Session],
    readers: sessionmaker[Session],
    office: Office,
    notifying: Notifying,
    *,
    now: datetime,
    today: date,
) -> int:
    """Tell people what is new; returns how many rows that made."""
    feed.catch_up(readers, sessions)
    count, more = 0, True
    while more:
        with sessions.begin() as session:
            made, more = _step(session, office, notifying, now, today)
            count += made
    with sessions.begin() as session:
        close(session, now=now)
        forget(session, notifying, now=now)
    return count


def _step(
    session: Session, office: Office, notifying: Notifying, now: datetime, today: date
) -> tuple[int, bool]:
    insert_once(session, Mark, [{"name": _MARK, "value": "0"}], Mark.name)
    mark = session.scalars(select(Mark).where(Mark.name == _MARK).with_for_update()).one()
    page = feed.read(session, [ALERTS, *TOPICS], int(mark.value), _TOGETHER)
    readers = Readers(session, office, today)
    rows: list[dict[str, Any]] = []
    for change in page.changes:
        if now - change.at <= _FRESH:
            for item in _items(session, change, notifying, today):
                rows += _rows(item, readers, now)
    new = insert_once(session, Notification, rows, Notification.id)
    mark.value = str(page.last)
    return len(new), page.more


def _rows(item: Item, readers: Readers, now: datetime) -> list[dict[str, Any]]:
    """A row for each who reads it, with the ways of all rules that name them."""
    ways: dict[Recipient, set[Way]] = {}
    for rule in item.rules:
        for recipient in readers.of(item.about, rule.to, item.bodies):
            ways.setdefault(recipient, set()).update(rule.ways)
    return [
        {
            "recipient": recipient.name,
            "account_id": recipient.account,
            "enterprise_id": recipient.enterprise,
            "event": item.event,
            "rule": item.rule,
            "severity": item.severity.value,
            "about": item.about.value,
            "matter": item.matter,
            "watch": item.watch.value,
            "thing_id": item.thing_id,
            "due_on": item.due_on,
            "raised_on": item.raised_on,
            "at": now,
            "by_email": Way.EMAIL in found,
            "by_sms": Way.SMS in found,
            "email_id": None,
            "sms_id": None,
            "read_at": None,
            "closed_at": None,
        }
        for recipient, found in sorted(ways.items())
        if recipient.account is not None or found & {Way.EMAIL, Way.SMS}
    ]


# --- what is told -----------------------------------------------------------------------------


def _items(session: Session, change: Change, notifying: Notifying, today: date) -> Iterable[Item]:
    if change.topic == ALERTS:
        return _alerts(session, change, notifying)
    rules = tuple(r for r in notifying.events.get(change.topic, ()) if Way.RECEIPT not in r.ways)
    if not rules:
        return ()
    return _OF[TOPICS[change.topic]](session, change, rules, today)


def _alerts(session: Session, change: Change, notifying: Notifying) -> Iterator[Item]:
    told = select(OutboxMessage.id).where(OutboxMessage.feed_no == change.number)
    query = select(Alert).where(Alert.told_id == told.scalar_subquery())
    alerts = session.scalars(query.order_by(Alert.due_on, Alert.obligation_id, Alert.rule)).all()
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
    """For whoever supervises anywhere: it leads to the list, which shows each his own region."""
    found = {"region": "", "side": None}
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


# --- what is over -----------------------------------------------------------------------------


def close(session: Session, *, now: datetime) -> int:
    """Nobody is told any more of matters that are closed; returns of how many rows that was."""
    n = Notification
    held = {
        Watch.DUTY: select(Duty.id).where(
            Duty.obligation_id == n.thing_id,
            Duty.due_on == n.due_on,
            Duty.replaced_at.is_(None),
            Duty.until_on.is_(None),
        ),
        Watch.CLOCK: select(ClaimDuty.id).where(
            ClaimDuty.claim_id == n.thing_id,
            ClaimDuty.due_on == n.due_on,
            ClaimDuty.ended_at.is_(None),
        ),
        Watch.CLAIM: select(Claim.id).where(Claim.id == n.thing_id, Claim.closed_at.is_(None)),
        Watch.LEAD: select(Lead.id).where(
            Lead.id == n.thing_id, Lead.state == LeadState.OPEN.value
        ),
    }
    count = 0
    for watch, going_on in held.items():
        over = update(n).where(
            n.closed_at.is_(None), n.watch == watch.value, ~exists(going_on.correlate(n))
        )
        done = session.execute(
            over.values(closed_at=now).execution_options(synchronize_session=False)
        )
        count += done.rowcount  # type: ignore[attr-defined]
    return count


def forget(session: Session, notifying: Notifying, *, now: datetime) -> None:
    """What was read or is over for long goes, and so do digests of that age."""
    n, d = Notification, NotificationDelivery
    oldest = now - timedelta(days=notifying.keep_days)
    over = or_(n.read_at < oldest, n.closed_at < oldest, n.at < oldest - timedelta(days=365))
    old = select(n.id).where(over).limit(_FORGOTTEN)
    session.execute(delete(n).where(n.id.in_(old)))
    used = or_(n.email_id == d.id, n.sms_id == d.id)
    gone = select(d.id).where(d.ended_at < oldest, ~exists(select(n.id).where(used).correlate(d)))
    session.execute(delete(d).where(d.id.in_(gone.limit(_FORGOTTEN))))
