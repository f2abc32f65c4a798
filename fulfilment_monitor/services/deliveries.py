"""Messages on their way to partners: taken, sent, and what the partner said written down.

Of one record versions leave in their order: a later one waits while an earlier one does. Records
are told as a whole, so an earlier version that has not left when a later one is there is not sent
at all: nothing that was repaired is ever published again by a late retry.
No network inside a transaction: taking, sending and marking are three steps, and whoever is killed
between them has sent once more than was marked; the partner knows messages by their id.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased, sessionmaker

from ..domain.clocks import BEIJING
from ..domain.deliveries import (
    Answer,
    Outcome,
    Said,
    State,
    digest_of,
    read_answer,
    read_receipt,
)
from ..domain.partners import FOLDER, RECORDS, SharedKey
from ..domain.platforms import Unmappable
from ..store.exchange import OutboxMessage
from ..store.partners import Delivery, Partner
from . import delivery_forms, delivery_marks, gathering, partner_keys, partners
from .delivery_forms import NOT_IN_FORCE, Form, NotYet
from .failpoints import Reach, nothing

#: How long whoever took messages may take to send them; then they are for anybody.
LEASE = timedelta(minutes=5)
#: Why nothing leaves for a partner that could be reached.
NO_KEY = "no-signing-key"
_BATCH = 20
#: After so many in a row that came to nothing, a partner is left alone for a while.
_FAILURES = 3


class Line(NamedTuple):
    """How a partner is reached."""

    code: str
    address: str
    #: What requests are signed with; None where nothing is signed: a folder.
    key: SharedKey | None


class Parcel(NamedTuple):
    """A message as it leaves."""

    row: int
    ulid: str
    topic: str
    key: str
    version: int
    day: date
    digest: str
    body: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        """What is said on the wire, but for when it left."""
        return {
            "id": self.ulid,
            "topic": self.topic,
            "key": self.key,
            "version": self.version,
            "day": self.day.isoformat(),
            "digest": self.digest,
            "body": self.body,
        }


class Carrier(Protocol):
    """Whoever speaks to partners over a network or a folder; no transaction is open meanwhile."""

    def message(self, line: Line, parcel: Parcel) -> Answer:
        """Send a message."""

    def receipt(self, line: Line, ulid: str, day: date) -> Answer:
        """Ask for the receipt of a message or package that was taken in."""

    def package(self, line: Line, shown: dict[str, Any]) -> Answer:
        """Send the package of a day, or a part of it."""

    def held(self, line: Line, day: date, *, items: bool) -> Answer | None:
        """Ask what the partner holds of a day; None where nobody can be asked."""


class Passed(NamedTuple):
    """What one pass did."""

    gathered: int = 0
    acknowledged: int = 0
    taken: int = 0
    refused: int = 0
    unavailable: int = 0

    def and_(self, outcome: Outcome) -> "Passed":
        name = {Said.UNKNOWN: "unavailable"}.get(outcome.said, outcome.said.value)
        return self._replace(**{name: getattr(self, name) + 1})


class Way(NamedTuple):
    """With what a pass works."""

    sessions: sessionmaker[Session]
    carrier: Carrier
    form: Callable[[], Form]
    now: Callable[[], datetime]
    #: Between 0 and 1, by chance: so that not all come back at once.
    spread: Callable[[], float]
    reach: Reach = nothing


def deliver(way: Way) -> Passed:
    """Gather what is new, and send what is due to every partner that can be reached."""
    passed = Passed(gathered=gathering.gather(way.sessions, now=way.now()))
    form = way.form()
    with way.sessions() as session:
        codes = [p.code for p in partners.live(session, form.today)]
    for code in codes:
        passed = _deliver_to(way, code, passed)
    return passed


def _deliver_to(way: Way, code: str, passed: Passed) -> Passed:
    failures = 0
    while True:
        with way.sessions.begin() as session:
            taken = _take(session, code, way.form(), way.now())
        if taken is None:
            return passed
        line, errands = taken
        way.reach("outbox.after_claim")
        for n, errand in enumerate(errands, 1):
            outcome = _exchange(way.carrier, line, errand)
            way.reach("outbox.after_send")
            failures = failures + 1 if outcome.said is Said.UNAVAILABLE else 0
            is_down = failures > 0 and (outcome.status is None or failures >= _FAILURES)
            left = [e.parcel.row for e in errands[n:]] if is_down else []
            way.reach("outbox.before_mark")
            now, spread = way.now(), way.spread()
            with way.sessions.begin() as session:
                delivery_marks.mark(session, errand.parcel.row, outcome, now=now, spread=spread)
                delivery_marks.note(session, code, outcome, is_down, now, spread)
                delivery_marks.release(session, left)
            passed = passed.and_(outcome)
            if is_down:
                return passed


def _exchange(carrier: Carrier, line: Line, errand: "_Errand") -> Outcome:
    parcel = errand.parcel
    if errand.asks:
        return read_receipt(carrier.receipt(line, parcel.ulid, parcel.day), parcel.ulid)
    return read_answer(carrier.message(line, parcel), parcel.ulid)


# --- taking -----------------------------------------------------------------------------------


class _Errand(NamedTuple):
    """A message to send; or one whose receipt is asked for."""

    parcel: Parcel
    asks: bool = False


def _take(
    session: Session, code: str, form: Form, now: datetime
) -> tuple[Line, list[_Errand]] | None:
    """Some messages that are due, held for a while; None where there are none, or nobody to ask."""
    partner = partners.take(session, code)
    line = line_to(session, partner, form, now)
    if line is None:
        return None
    overtake(session, partner.id, now)
    while True:
        rows = _due(session, partner.id, now)
        parcels = [_parcel(session, form, partner, row, now) for row in rows]
        taken = _unreceipted(session, partner.id, now)
        asked = [_Errand(_bare(row), asks=True) for row in taken]
        errands = [_Errand(p) for p in parcels if p is not None] + asked
        if errands:
            return line, errands
        if not rows:
            return None


def line_to(session: Session, partner: Partner, form: Form, now: datetime) -> Line | None:
    """How a partner is reached now; None while it rests, or while there is no key to sign with."""
    resting = partner.rests_until is not None and partner.rests_until > now
    if resting or partner.address is None:
        return None
    key = partner_keys.signing_key(session, partner, form.secrets, now=now)
    if key is None and not partner.address.startswith(FOLDER):
        partner.last_fault = NO_KEY
        return None
    if key is not None:
        partner_keys.touch(session, key.id, now)
    return Line(partner.code, partner.address, key)


def _free(now: datetime) -> Any:
    return or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now)


def _same(other: type[Delivery]) -> Any:
    return and_(
        other.partner_id == Delivery.partner_id,
        other.topic == Delivery.topic,
        other.key == Delivery.key,
    )


def overtake(session: Session, partner: int, now: datetime) -> None:
    """Messages that a later version has made needless: they are not sent any more."""
    later = aliased(Delivery)
    held = later.state.in_((State.TAKEN.value, State.ACKNOWLEDGED.value))
    whole = and_(later.topic == RECORDS, later.state == State.WAITING.value)
    query = (
        select(Delivery.id)
        .where(
            Delivery.partner_id == partner,
            Delivery.state == State.WAITING.value,
            _free(now),
            exists().where(_same(later), later.version > Delivery.version, or_(held, whole)),
        )
        .with_for_update(skip_locked=True)
    )
    gone = list(session.scalars(query))
    if gone:
        statement = update(Delivery).where(Delivery.id.in_(gone))
        session.execute(statement.values(state=State.OVERTAKEN.value, why=None))


def _due(session: Session, partner: int, now: datetime) -> list[Delivery]:
    """Messages whose time has come, of each record the earliest."""
    earlier = aliased(Delivery)
    before = exists().where(
        _same(earlier), earlier.version < Delivery.version, earlier.state == State.WAITING.value
    )
    return _hold(session, partner, State.WAITING, ~before, now)


def _unreceipted(session: Session, partner: int, now: datetime) -> list[Delivery]:
    """Messages that were taken in, and whose receipt may be there by now."""
    return _hold(session, partner, State.TAKEN, true(), now)


def _hold(session: Session, partner: int, state: State, more: Any, now: datetime) -> list[Delivery]:
    query = (
        select(Delivery)
        .where(
            Delivery.partner_id == partner,
            Delivery.state == state.value,
            Delivery.next_at <= now,
            _free(now),
            more,
        )
        .order_by(Delivery.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        row.claimed_until = now + LEASE
    session.flush()
    return rows


def _parcel(
    session: Session, form: Form, partner: Partner, row: Delivery, now: datetime
) -> Parcel | None:
    """A message as it leaves; None where it waits for its form, or cannot be put into one."""
    body = session.get_one(OutboxMessage, row.message_id).body
    try:
        content = delivery_forms.put(session, form, partner, row, body)
    except Unmappable as refused:
        row.claimed_until = None
        delivery_marks.refuse(row, Outcome(Said.REFUSED, None, None, str(refused)[:200]), now, 0.5)
        session.flush()
        return None
    if isinstance(content, NotYet):
        row.claimed_until, row.why = None, NOT_IN_FORCE
        row.next_at = max(datetime.combine(content.until, time(), BEIJING), now + LEASE)
        session.flush()
        return None
    return _bare(row)._replace(body=content, digest=digest_of(content))


def _bare(row: Delivery) -> Parcel:
    return Parcel(row.id, row.ulid, row.topic, row.key, row.version, row.day, str(row.digest), {})
