"""The credit ledger of a body as who asks may see it, and what it may not receive."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Role
from ..domain.case_codes import Stream, label
from ..domain.money import show_yuan_or_none
from ..domain.records import STATE_CHINESE, Record, RecordState, display_until
from ..store.organisations import Organisation
from . import records
from .office import Office

#: Whoever works with records sees all of them; others what everybody may see.
_OFFICERS = frozenset(
    {
        Role.CREDIT_LEAD,
        Role.SUPERVISOR,
        Role.HANDLER,
        Role.DIRECTOR,
        Role.REVIEWER,
        Role.SYSTEM,
    }
)
_DISPLAYED = (RecordState.EFFECTIVE, RecordState.REPAIRED)


def ledger_of(
    session: Session, uscc: str, *, by: Actor, on: date, today: date, office: Office
) -> dict[str, Any]:
    """What a body has on record on a day; for officers with what stands behind it.

    Others see determined breaches that have effect and that nobody contests, and repaired ones
    as long as they are displayed: without amounts, words or the enterprise.

    Raises:
        Forbidden: the actor reads no records.
        NotFound: no body has this code.
    """
    access.refuse(Action.CREDIT_READ, by)
    inside = bool(by.roles & _OFFICERS)
    body = records.find_body(session, uscc)
    months = office.policy.cases.display_months
    shown = []
    for record in records.record_of(session, body.id, on if inside else today):
        contested = records.contested_on(session, record.id, on if inside else today)
        until = display_until(record, months)
        if inside:
            shown.append(_shown(record, until, contested) | _behind(record))
        elif _is_displayed(record, until, today) and not contested:
            shown.append(_shown(record, until, contested))
    day = on if inside else today
    return {"uscc": body.code, "name": body.name, "on": day.isoformat(), "records": shown}


def _is_displayed(record: Record, until: date | None, today: date) -> bool:
    breach = record.stream is Stream.BREACH and record.state in _DISPLAYED
    return breach and (until is None or until >= today)


def _shown(record: Record, until: date | None, contested: bool) -> dict[str, Any]:
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
    }


def _behind(record: Record) -> dict[str, Any]:
    return {
        "amount": show_yuan_or_none(record.amount_fen),
        "content": dict(record.content),
        "corrections": record.corrections,
        "reason": record.reason,
    }


def code_of(session: Session, body: int | None) -> str | None:
    """The code of an organisation on the register."""
    return session.scalar(select(Organisation.code).where(Organisation.id == body))
