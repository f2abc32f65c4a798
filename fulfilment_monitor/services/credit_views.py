"""The credit ledger of a body as who asks may see it, and what it may not receive."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.alerts import Policy
from ..domain.authority import Actor, Role
from ..domain.case_codes import Stream, label
from ..domain.money import show_yuan_or_none
from ..domain.records import STATE_CHINESE, Record, RecordState, display_until
from . import dispatch, public_record, records
from .office import Office

#: Whoever works with records, or keeps lists, sees all of them; others what everybody may see.
OFFICERS = frozenset(
    {
        Role.INTAKE,
        Role.CREDIT_LEAD,
        Role.SUPERVISOR,
        Role.HANDLER,
        Role.DIRECTOR,
        Role.REVIEWER,
        Role.SYSTEM,
    }
)


def ledger_of(
    session: Session,
    uscc: str,
    *,
    by: Actor,
    on: date,
    today: date,
    office: Office,
    to_own: bool = False,
) -> dict[str, Any]:
    """What a body has on record on a day; for officers with what stands behind it.

    Others see what everybody may see (`public_record`).

    Args:
        to_own: whether the body itself sees what officers see of it, for it was served all that.

    Raises:
        Forbidden: the actor reads no records.
        NotFound: no body has this code.
    """
    access.refuse(Action.CREDIT_READ, by)
    if by.roles & OFFICERS or (to_own and _is_own(session, uscc, by, today)):
        return whole_ledger(session, uscc, on, office.policy)
    return _published(session, uscc, today, office)


def _is_own(session: Session, uscc: str, by: Actor, today: date) -> bool:
    """Whether somebody speaks for a body, as what is sent to it is read."""
    if not dispatch.reads(by):
        return False
    return records.find_body(session, uscc).id in dispatch.own_bodies(session, by, today)


def whole_ledger(
    session: Session, uscc: str, on: date, policy: Policy, known_at: date | None = None
) -> dict[str, Any]:
    """What a body has on record on a day, with what stands behind it.

    Args:
        known_at: count only what was on the ledger by this day.

    Raises:
        NotFound: no body has this code.
    """
    body, months = records.find_body(session, uscc), policy.cases.display_months
    shown = [
        _whole(r, months, contested=records.contested_on(session, r.id, on))
        for r in records.record_of(session, body.id, on, known_at)
    ]
    return {"uscc": body.code, "name": body.name, "on": on.isoformat(), "records": shown}


def _published(session: Session, uscc: str, today: date, office: Office) -> dict[str, Any]:
    """As the public pages show it."""
    found = public_record.published_of(session, uscc, office, today=today)
    shown = []
    for record in found.items:
        state = RecordState.REPAIRED if record.repaired_on else RecordState.EFFECTIVE
        shown.append(
            {
                "record": record.record,
                "stream": Stream.BREACH.value,
                "label": label(Stream.BREACH),
                "state": state.value,
                "state_label": STATE_CHINESE[state],
                "contested": False,
                "listed_on": record.since.isoformat(),
                "ended_on": record.repaired_on and record.repaired_on.isoformat(),
                "display_until": None,
                "source_no": record.document_no,
            }
        )
    return {"uscc": found.uscc, "name": found.name, "on": today.isoformat(), "records": shown}


def _whole(record: Record, display_months: int, *, contested: bool) -> dict[str, Any]:
    """A record with what stands behind it; amounts are yuan as text."""
    until = display_until(record, display_months)
    return {
        "record": record.ulid,
        "stream": record.stream.value,
        "label": label(record.stream),
        "state": record.state.value,
        "state_label": STATE_CHINESE[record.state],
        "contested": contested,
        "listed_on": record.listed_on.isoformat(),
        "ended_on": None if record.ended_on is None else record.ended_on.isoformat(),
        "display_until": None if until is None else until.isoformat(),
        "source_no": record.source_no,
        "amount": show_yuan_or_none(record.amount_fen),
        "content": dict(record.content),
        "corrections": record.corrections,
        "reason": record.reason,
    }
