"""An agreed change of a contract, as a JSON document.

`{contract_no, government?, agreed_on, reason, agreed_by: ["government", "enterprise"], note?,
changes: [{obligation, due_on? | within?, amount?}], add: [obligation, …],
terminate?: true, suspend?: true, resume?: true}`
"""

from dataclasses import replace
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

from ..domain.contracts import VOID_EXCUSES, Amendment, AmendmentKind, AmendmentReason
from ..domain.errors import Invalid, Issue
from ..domain.facts import Source
from ..domain.statute import Period
from ..services.amendments import Agreement
from .contracts import ObligationIn, PeriodIn, obligations_of
from .fields import Code, Day, Flag, Strict, Text, Yuan, issues_of


class ChangeIn(Strict):
    obligation = Text(80, required=True)
    due_on = Day()
    within = fields.Nested(PeriodIn)
    amount = Yuan()


class TermsIn(Strict):
    """What was agreed; of which contract is known already."""

    agreed_on = Day(required=True)
    reason = Text(60, required=True)
    agreed_by = fields.List(Code(Source), required=True)
    note = Text(500)
    changes = fields.List(fields.Nested(ChangeIn))
    add = fields.List(fields.Nested(ObligationIn))
    terminate = Flag()
    suspend = Flag()
    resume = Flag()


class AgreementIn(TermsIn):
    contract_no = Text(100, required=True)
    government = Text(40)


_AGREEMENT, _TERMS = AgreementIn(), TermsIn()
_WHOLE = {
    "terminate": AmendmentKind.TERMINATION,
    "suspend": AmendmentKind.SUSPENSION,
    "resume": AmendmentKind.RESUMPTION,
}


def read_agreement(document: object) -> tuple[tuple[str, str | None], Agreement]:
    """The contract an agreement is about (number, body), and the agreement.

    Raises:
        Invalid: with every fault found; an excuse the notices refuse is named as such.
    """
    shape = _load(_AGREEMENT, document)
    return (shape["contract_no"], shape.get("government")), _agreement(shape)


def read_terms(document: object) -> Agreement:
    """An agreement about a contract that is named elsewhere; raises as `read_agreement` does."""
    return _agreement(_load(_TERMS, document))


def _load(schema: Strict, document: object) -> dict[str, Any]:
    try:
        shape: dict[str, Any] = schema.load(document)  # type: ignore[arg-type]
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None
    return shape


def _agreement(shape: dict[str, Any]) -> Agreement:
    reason = _reason(shape["reason"])
    on = shape["agreed_on"]
    changes = [_change(c, i, on, reason) for i, c in enumerate(shape.get("changes", ()))]
    changes += [Amendment(kind, on, reason) for word, kind in _WHOLE.items() if shape.get(word)]
    added = tuple(
        replace(o, added_on=on) for row in shape.get("add", ()) for o in obligations_of(row)
    )
    if not changes and not added:
        raise Invalid([Issue("", "amendment.empty", "an agreement changes or adds something")])
    return Agreement(tuple(changes), added, frozenset(shape["agreed_by"]), shape.get("note"))


def _reason(code: str) -> AmendmentReason:
    if code in VOID_EXCUSES:
        detail = f"“{VOID_EXCUSES[code]}”不是变更或不履行的理由，以此不履行即属违约失信情形"
        raise Invalid([Issue("/reason", "amendment.void-excuse", detail)])
    if code not in list(AmendmentReason):
        detail = f"one of: {', '.join(AmendmentReason)}"
        raise Invalid([Issue("/reason", "invalid-field", detail)])
    return AmendmentReason(code)


def _change(shape: dict[str, Any], index: int, on: date, reason: AmendmentReason) -> Amendment:
    within = shape.get("within")
    if ("due_on" in shape) and within:
        detail = "give due_on or within, not both"
        raise Invalid([Issue(f"/changes/{index}/due_on", "obligation.two-dates", detail)])
    if not (shape.keys() - {"obligation"}):
        detail = "say what changes: due_on, within or amount"
        raise Invalid([Issue(f"/changes/{index}", "amendment.empty", detail)])
    return Amendment(
        AmendmentKind.TERMS,
        on,
        reason,
        shape["obligation"],
        shape.get("due_on"),
        Period(within["length"], within["unit"]) if within else None,
        shape.get("amount"),
    )
