"""One thing that is owed: its interest on any day, and a complaint about it, filled in."""

from secrets import token_urlsafe
from typing import Any

from flask import Response, make_response, render_template, request

from ..domain.access import Action
from ..domain.case_codes import Breach
from ..domain.contracts import Kind
from ..domain.errors import Invalid, NotOpen
from ..domain.money import show_yuan, show_yuan_or_none
from ..domain.parties import Ownership, Size
from ..domain.states import State
from ..premises import premises
from ..schemas.complaints import read_complaint
from ..services import owed
from ..services.owed import Debt
from . import complaining, queries
from .complaint_form import plain_amount, source_no
from .firm import bp, by_field, typed
from .guard import actor, opens_to
from .language import label

_FIELDS = ("breach", "amount", "words", "demand", "contact")
_BOXES = ("confidential", "refuses_contact")
_PLACES = {
    "/items/0/breach": "breach",
    "/items/0/amount": "amount",
    "/words": "words",
    "/demand": "demand",
    "/complainant/contact": "contact",
}
_BREACHES = {
    Kind.PAYMENT: Breach.ARREARS,
    Kind.DEPOSIT_RETURN: Breach.DEPOSIT_KEPT,
    Kind.ACCEPTANCE: Breach.ACCEPTANCE_REFUSED,
    Kind.POLICY_FULFILMENT: Breach.PROMISE_UNKEPT,
}
#: Of what nobody complains: nothing is owed any more.
_CLOSED = frozenset({State.FULFILLED, State.WAIVED})


@bp.get("/firm/obligations/<ulid>/interest")
@opens_to(Action.CONTRACT_NOTICE)
def interest(ulid: str) -> str:
    """A statement of interest (测算) up to any day, to be printed."""
    today = premises().moment().today
    on = queries.read_day(request.args, "on") or today
    found = _debt(ulid, on)
    reckoned = found.interest
    return render_template(
        "enterprise/interest.html",
        debt=found,
        terms=found.standing.obligation,
        contract=found.file.terms,
        shown=found.shown(),
        on=on,
        today=today,
        rate=None if reckoned is None else reckoned.rate,
        segments=[] if reckoned is None else [
            {
                "from": s.from_on,
                "to": s.to_on,
                "days": s.days,
                "remaining": show_yuan(s.remaining_fen),
                "amount": show_yuan(s.fen),
            }
            for s in reckoned.segments
        ],
        payments=[(p.on, show_yuan(p.fen)) for p in found.standing.payments],
    )  # fmt: skip


@bp.get("/firm/obligations/<ulid>/complain")
@opens_to(Action.CONTRACT_NOTICE)
def complaint(ulid: str) -> str:
    """The form of a complaint about one obligation, with what the register knows."""
    found = _open_debt(ulid)
    standing = found.standing
    owed_fen = standing.undisputed_fen or standing.remaining_fen
    values = {
        "breach": _BREACHES.get(standing.obligation.kind, Breach.NON_PERFORMANCE).value,
        "amount": show_yuan_or_none(owed_fen) or "",
        "confidential": "yes",
    }
    return _draw(found, values, {}, token_urlsafe(24))


@bp.post("/firm/obligations/<ulid>/complain")
@opens_to(Action.CONTRACT_NOTICE)
def complain(ulid: str) -> Response | tuple[str, int]:
    """Take the complaint in; it joins the case there is. Its lookup code is shown once."""
    house, moment = premises().house, premises().moment()
    found, office = _open_debt(ulid), house.office()
    channel = complaining.form_channel(house.channels, moment)
    values, token = typed(*_FIELDS, *_BOXES), request.form.get("form", "")
    document = {"channel": channel.code, **_document(found, values)}
    try:
        number = source_no(token, document) or f"web-{token_urlsafe(24)}"
        message = read_complaint({**document, "source_no": number})
        taken = complaining.take(house, message, office, moment)
    except Invalid as refusal:
        errors = by_field(refusal.issues, _PLACES)
        return _draw(found, values, errors, token or token_urlsafe(24)), 422
    return make_response(complaining.receipt(taken, message, channel, office, moment))


def _document(found: Debt, values: dict[str, str]) -> dict[str, Any]:
    terms = found.file.terms
    firm, body = terms.enterprise, terms.government
    item = {
        "obligation": found.key,
        "breach": values["breach"],
        "amount": plain_amount(values["amount"]),
    }
    complainant = {
        "name": firm.name,
        "uscc": firm.code if _is_uscc(firm.code) else "",
        "ownership": "" if firm.ownership is Ownership.UNKNOWN else firm.ownership.value,
        "size": "" if firm.size is Size.UNKNOWN else firm.size.value,
        "contact": values["contact"],
    }
    respondent = {"name": body.name, "uscc": body.code if _is_uscc(body.code) else ""}
    document: dict[str, Any] = {
        "respondent": _filled(respondent),
        "complainant": _filled(complainant),
        "contract_no": terms.contract_no,
        "items": [_filled(item)],
        "words": values["words"].replace("\r\n", "\n"),
        "demand": values["demand"].replace("\r\n", "\n"),
        **{box: bool(values[box]) for box in _BOXES},
    }
    return {k: v for k, v in document.items() if v != ""}


def _is_uscc(code: str) -> bool:
    return ":" not in code


def _filled(parts: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in parts.items() if v}


def _debt(ulid: str, on: Any) -> Debt:
    house, today = premises().house, premises().moment().today
    office = house.office()
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        return owed.debt(session, wanted, by=actor(), office=office, on=on, today=today)


def _open_debt(ulid: str) -> Debt:
    found = _debt(ulid, premises().moment().today)
    if found.standing.state in _CLOSED:
        raise NotOpen("this has been fulfilled")
    return found


def _draw(found: Debt, values: dict[str, str], errors: dict[str, str], token: str) -> str:
    return render_template(
        "enterprise/complain.html",
        debt=found,
        terms=found.standing.obligation,
        contract=found.file.terms,
        shown=found.shown(),
        values=values,
        errors=errors,
        token=token,
        breaches=[(b.value, label("breach", b.value)) for b in Breach],
    )
