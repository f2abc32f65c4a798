"""Contracts, statements and interest as the API shows them."""

from marshmallow import fields, validate

from ...domain.alerts import Severity
from ...domain.contracts import AmendmentKind, AmendmentReason, Field, Kind, Subject
from ...domain.facts import FactKind, Source
from ...domain.leads import LeadState
from ...domain.parties import GovernmentKind, Ownership, Size
from ...domain.states import State
from ...services.contracts import Result
from ..contracts import IdentifierIn, LateInterestIn, PeriodIn
from ..fields import Code, Day, Digest, Strict, Text, Yuan
from .shown import (
    Shown,
    code,
    day,
    day_or_none,
    flag,
    instant,
    many,
    maybe,
    one,
    table,
    text,
    text_or_none,
    texts,
    whole,
    yuan,
    yuan_or_none,
)


class Finding(Shown):
    """Something worth knowing; nothing was refused for it."""

    pointer = text()
    code = text()
    detail = text()
    level = text()


# --- lists ------------------------------------------------------------------------------------


class ContractItem(Shown):
    id = text()
    contract_no = text()
    title = text()
    field = code(Field)
    signed_on = day()
    amount = yuan_or_none()
    currency = text()
    government = text("the name of the body")
    enterprise = text("the name of the enterprise")


class AlertItem(Shown):
    contract_no = text()
    contract = text("the contract's id")
    government = text()
    obligation = text("the obligation's key")
    obligation_id = text()
    title = text()
    rule = text()
    severity = code(Severity)
    audiences = texts()
    due_on = day()
    holds_from = day()
    raised_on = day()
    message = table("the text of the alert by language")


class LeadItem(Shown):
    id = text()
    contract_no = text()
    contract = text("the contract's id")
    currency = text()
    obligation = text("the obligation's key")
    title = text()
    respondent = text()
    rule = text()
    breached_on = day()
    episode = whole()
    raised_on = day()
    outstanding = yuan_or_none()
    interest = yuan_or_none("late interest as computed (测算)")
    state = code(LeadState)
    closed_on = day_or_none()
    closed_why = text_or_none()
    evidence = table("what the register knew when the lead was raised")


def _next() -> fields.String:
    return text_or_none("the `cursor` of the next page; null on the last")


class ContractPage(Shown):
    items = many(ContractItem)
    next = _next()


class AlertPage(Shown):
    items = many(AlertItem)
    next = _next()


class LeadPage(Shown):
    items = many(LeadItem)
    next = _next()


# --- one contract -----------------------------------------------------------------------------


class PartyOut(Shown):
    name = text()
    uscc = maybe(text())
    identifier = maybe(one(IdentifierIn))


class GovernmentOut(PartyOut):
    kind = code(GovernmentKind)


class EnterpriseOut(PartyOut):
    """Without its contact, who is a person."""

    ownership = code(Ownership)
    size = code(Size)


class ScopeOut(Shown):
    private = flag()
    sme = flag()
    private_economy = flag()
    payment_decree = flag()


class ObligationOut(Shown):
    id = text()
    key = text()
    kind = code(Kind)
    title = text()
    obligor = text()
    after = maybe(text())
    within = maybe(one(PeriodIn))
    retention = maybe(flag())
    other_law = maybe(text())
    state = code(State)
    due_on = day_or_none("computed")
    agreed_due_on = day_or_none()
    original_due_on = day_or_none()
    provisional = flag()
    basis = texts("why this day")
    trigger_on = day_or_none()
    amount = yuan_or_none()
    remaining = yuan_or_none()
    undisputed = yuan_or_none()
    claimed = yuan()
    fulfilled_on = day_or_none()
    days_late = whole()
    looked_on = maybe(day_or_none("the day of the last daily check that looked at it"))
    reported = flag()
    interest = yuan_or_none("late interest as computed (测算)")


class EvidenceOut(Shown):
    sha256 = text()
    name = text()


class FactOut(Shown):
    id = text()
    kind = code(FactKind)
    on = day()
    by = code(Source)
    obligation = maybe(text("the obligation's key"))
    amount = maybe(yuan())
    confirmed = maybe(flag())
    disputed = maybe(flag())
    disputed_amount = maybe(yuan_or_none())
    superseded = maybe(flag())
    ref = maybe(text())
    note = maybe(text())
    recorded_at = instant()
    evidence = many(EvidenceOut)


class AmendmentOut(Shown):
    id = text()
    kind = code(AmendmentKind)
    obligation = text_or_none()
    agreed_on = day()
    reason = code(AmendmentReason)
    due_on = day_or_none()
    within = text_or_none()
    amount = yuan_or_none()
    note = text_or_none()


class DutyOut(Shown):
    obligation = text()
    watch = text()
    due_on = day()
    provisional = flag()
    from_on = day()
    until_on = day_or_none()
    ended = text_or_none()
    replaced = flag()


class BodyOut(Shown):
    name = text()
    uscc = text()


class ContractOut(Shown):
    """The contract document, and how each obligation stands on a day."""

    id = text()
    as_of = day()
    registered_at = instant()
    contract_no = text()
    title = text()
    field = code(Field)
    subject = code(Subject)
    signed_on = day()
    amount = maybe(yuan())
    currency = maybe(text())
    region = text()
    government = one(GovernmentOut)
    co_governments = maybe(many(GovernmentOut))
    enterprise = one(EnterpriseOut)
    late_interest = maybe(one(LateInterestIn))
    clauses = maybe(table())
    scope = one(ScopeOut)
    responsible = one(BodyOut, "the body that answers for it today")
    obligations = many(ObligationOut)
    facts = many(FactOut)
    amendments = many(AmendmentOut)
    findings = many(Finding)
    duties = many(DutyOut, "what was due when, as it was known")
    alerts = many(AlertItem)
    leads = many(LeadItem)
    published = maybe(table("what was published of it and is not modelled"))


class RegisteredOut(Shown):
    id = text()
    result = code(Result)
    findings = many(Finding)


class AmendedOut(Shown):
    contract = text("the contract's id")
    amendments = texts("their ids")


# --- statements -------------------------------------------------------------------------------


class StatementIn(Strict):
    """What happened, as one side says it; of which obligation the address tells."""

    kind = Code(FactKind, required=True)
    on = Day(required=True)
    by = Code(Source, required=True)
    amount = Yuan()
    ref = Text(120)
    note = Text(500)
    supersedes = Text(26, metadata={"description": "the id of the statement this one corrects"})
    evidence = fields.List(
        Digest(),
        validate=validate.Length(max=10),
        metadata={"description": "digests of files that were handed in at /evidence"},
    )


class ConfirmIn(Strict):
    note = Text(500)


class DisputeIn(Strict):
    amount = Yuan(metadata={"description": "of a payment, the part that did not arrive"})
    note = Text(500)


class StatedOut(Shown):
    id = text()
    contract = text("the contract's id")


class AnsweredOut(Shown):
    id = text()
    answer = text()
    contract = text("the contract's id")


SegmentOut = Shown.from_dict(
    {  # `from` is a word of the language
        "from": day(),
        "to": day(),
        "days": whole(),
        "remaining": yuan(),
        "amount": yuan(),
    },
    name="SegmentOut",
)


class InterestOut(Shown):
    """Late interest, a computation (测算) and no claim."""

    obligation = text("the obligation's key")
    as_of = day()
    due_on = day_or_none()
    state = code(State)
    total = yuan()
    rate = text_or_none()
    rate_basis = text_or_none()
    segments = many(SegmentOut)
    findings = many(Finding)
