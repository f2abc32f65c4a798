"""The contract document, as `docs/interface.md` fixes it: JSON in, values out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from marshmallow import ValidationError, fields, validate

from ..domain.checks import Submission, faults
from ..domain.contracts import Clause, Contract, Field, Kind, Obligation, Subject
from ..domain.errors import Invalid, Issue
from ..domain.facts import Answer, Fact, FactKind, Source
from ..domain.parties import (
    FAULT_DETAIL,
    CodeFault,
    Enterprise,
    Government,
    GovernmentKind,
    Ownership,
    Side,
    Size,
    foreign_code,
    uscc_fault,
)
from ..domain.statute import Period, Unit
from .fields import AnnualRate, Code, Day, Flag, Strict, Text, Whole, Yuan, issues_of
from .quick import loader

_MOST_OBLIGATIONS = 2_000
#: Fifty years in each unit.
_LONGEST = {Unit.DAY: 18_262, Unit.WORKING_DAY: 12_500, Unit.MONTH: 600, Unit.YEAR: 50}


class PeriodIn(Strict):
    length = Whole(0, max(_LONGEST.values()), required=True)
    unit = Code(Unit, required=True)

    def check(self, shape: dict[str, Any]) -> None:
        """At most fifty years."""
        if shape["length"] > _LONGEST[shape["unit"]]:
            raise ValidationError({"length": ["a period of at most fifty years"]})


class IdentifierIn(Strict):
    scheme = Text(40, required=True)
    id = Text(70, required=True)


class GovernmentIn(Strict):
    name = Text(300, required=True)
    uscc = Text(40)
    identifier = fields.Nested(IdentifierIn)
    kind = Code(GovernmentKind, required=True)


class EnterpriseIn(Strict):
    name = Text(300, required=True)
    uscc = Text(40)
    identifier = fields.Nested(IdentifierIn)
    ownership = Code(Ownership, required=True)
    size = Code(Size, required=True)
    contact = Text(300)


class LateInterestIn(Strict):
    annual_rate = AnnualRate(required=True)


class RepeatIn(Strict):
    every = fields.Nested(PeriodIn, required=True)
    times = Whole(1, 600, required=True)


class ObligationIn(Strict):
    key = Text(80, required=True)
    kind = Code(Kind, required=True)
    title = Text(200, required=True)
    obligor = Text(120, required=True)
    amount = Yuan()
    due_on = Day()
    after = Text(80)
    within = fields.Nested(PeriodIn)
    retention = Flag()
    other_law = Text(200)
    repeat = fields.Nested(RepeatIn)


class ClausesIn(Strict):
    pay_when_paid = Flag()
    audit_as_settlement = Flag()
    silence_approves_settlement = Flag()
    arbitration = Flag()
    forced_noncash = Flag()


class FactIn(Strict):
    kind = Code(FactKind, required=True)
    on = Day(required=True)
    by = Code(Source, required=True)
    obligation = Text(80)
    amount = Yuan()
    confirmed = Flag()
    ref = Text(120)
    note = Text(500)


class ContractIn(Strict):
    contract_no = Text(100, required=True)
    title = Text(200, required=True)
    field = Code(Field, required=True)
    subject = Code(Subject, required=True)
    signed_on = Day(required=True)
    amount = Yuan()
    region = Text(6, required=True)
    government = fields.Nested(GovernmentIn, required=True)
    enterprise = fields.Nested(EnterpriseIn, required=True)
    late_interest = fields.Nested(LateInterestIn)
    obligations = fields.List(
        fields.Nested(ObligationIn),
        required=True,
        validate=validate.Length(1, _MOST_OBLIGATIONS, error="from 1 to {max} obligations"),
    )
    clauses = fields.Nested(ClausesIn)
    currency = Text(3)
    co_governments = fields.List(fields.Nested(GovernmentIn))
    facts = fields.List(fields.Nested(FactIn))


_SIDES = {s.value: s for s in Side}

_load_contract, _load_fact = loader(ContractIn()), loader(FactIn())


def read_contract(document: object) -> Submission:
    """A submission from one parsed contract document.

    Raises:
        Invalid: with every fault found; pointers start at the document.
    """
    shape = _load(_load_contract, document)
    issues = list(_code_faults(shape))
    if issues:
        raise Invalid(issues)
    placed = [(o, i) for i, row in enumerate(shape["obligations"]) for o in obligations_of(row)]
    submission = Submission(
        _contract(shape, [o for o, _ in placed]),
        tuple([_fact(f) for f in shape.get("facts", ())]),
        tuple([i for _, i in placed]),
    )
    issues = [submission.located(issue) for issue in faults(submission)]
    if issues:
        raise Invalid(issues)
    return submission


def read_fact(document: object) -> Fact:
    """One statement from its JSON form; whether its obligation exists is not checked here."""
    return _fact(_load(_load_fact, document))


def _load(load: Callable[[Any], dict[str, Any]], document: object) -> dict[str, Any]:
    try:
        return load(document)
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None


def _code_faults(shape: dict[str, Any]) -> Iterator[Issue]:
    """Each party is named by a USCC; by another register's identifier only with a currency."""
    parties = [("/government", shape["government"]), ("/enterprise", shape["enterprise"])]
    parties += [(f"/co_governments/{i}", g) for i, g in enumerate(shape.get("co_governments", ()))]
    for place, party in parties:
        if ("uscc" in party) == ("identifier" in party):
            detail = "give the uscc (or, for a foreign register, the identifier instead)"
            yield Issue(f"{place}/uscc", "missing-field", detail)
        elif ":" in party.get("uscc", ""):  # an identifier has a field of its own
            fault = uscc_fault(party["uscc"]) or CodeFault.ALPHABET
            yield Issue(f"{place}/uscc", fault.value, FAULT_DETAIL[fault])
    times = sum(o.get("repeat", {}).get("times", 1) for o in shape["obligations"])
    if times > _MOST_OBLIGATIONS:
        detail = f"with repetitions, from 1 to {_MOST_OBLIGATIONS} obligations"
        yield Issue("/obligations", "invalid-field", detail)
    for i, o in enumerate(shape["obligations"]):
        if "repeat" not in o:
            continue
        if o["repeat"]["every"]["unit"] is Unit.WORKING_DAY:
            detail = "a repetition is counted in days, months or years"
            yield Issue(f"/obligations/{i}/repeat/every/unit", "invalid-field", detail)
        elif "due_on" not in o:
            detail = "repeat needs the first date in due_on"
            yield Issue(f"/obligations/{i}/repeat", "obligation.repeat-without-date", detail)
        elif _last_of(o) > date(2099, 12, 31):
            detail = "repetitions reach beyond 2099"
            yield Issue(f"/obligations/{i}/repeat", "obligation.repeat-too-far", detail)


def _code(party: dict[str, Any]) -> str:
    if "uscc" in party:
        return str(party["uscc"])
    return foreign_code(party["identifier"]["scheme"], party["identifier"]["id"])


def _government(shape: dict[str, Any]) -> Government:
    return Government(shape["name"], _code(shape), shape["kind"])


def _contract(shape: dict[str, Any], obligations: list[Obligation]) -> Contract:
    enterprise = shape["enterprise"]
    clauses = shape.get("clauses", {})
    return Contract(
        contract_no=shape["contract_no"],
        title=shape["title"],
        field=shape["field"],
        subject=shape["subject"],
        signed_on=shape["signed_on"],
        region=shape["region"],
        government=_government(shape["government"]),
        enterprise=Enterprise(
            enterprise["name"],
            _code(enterprise),
            enterprise["ownership"],
            enterprise["size"],
            enterprise.get("contact"),
        ),
        obligations=tuple(obligations),
        amount_fen=shape.get("amount"),
        annual_rate=shape.get("late_interest", {}).get("annual_rate"),
        clauses=frozenset(Clause(name) for name, agreed in clauses.items() if agreed),
        currency=shape.get("currency", "CNY"),
        co_governments=tuple(_government(g) for g in shape.get("co_governments", ())),
    )


def obligations_of(shape: dict[str, Any]) -> Iterator[Obligation]:
    """One obligation; or, if it repeats, each of its occurrences, counted from the first."""
    one = _obligation(shape)
    repeat = shape.get("repeat")
    if repeat is None or one.due_on is None:
        yield one
        return
    for i in range(repeat["times"]):
        due_on = _step(one.due_on, repeat["every"], i)
        yield replace(
            one, key=f"{one.key}-{i + 1}", title=f"{one.title}（第{i + 1}期）", due_on=due_on
        )


def _step(first: date, every: dict[str, Any], times: int) -> date:
    length = every["length"] * times
    match every["unit"]:
        case Unit.MONTH:
            return first + relativedelta(months=length)
        case Unit.YEAR:
            return first + relativedelta(years=length)
        case _:
            return first + relativedelta(days=length)


def _last_of(shape: dict[str, Any]) -> date:
    try:
        return _step(shape["due_on"], shape["repeat"]["every"], shape["repeat"]["times"] - 1)
    except (OverflowError, ValueError):
        return date.max


def _obligation(shape: dict[str, Any]) -> Obligation:
    within, obligor = shape.get("within"), shape["obligor"]
    return Obligation(
        key=shape["key"],
        kind=shape["kind"],
        title=shape["title"],
        obligor=_SIDES.get(obligor, Side.GOVERNMENT),
        amount_fen=shape.get("amount"),
        due_on=shape.get("due_on"),
        after=shape.get("after"),
        within=Period(within["length"], within["unit"]) if within else None,
        retention=shape.get("retention", False),
        other_law=shape.get("other_law"),
        obligor_code=None if obligor in _SIDES else obligor,
    )


def _fact(shape: dict[str, Any]) -> Fact:
    return Fact(
        kind=shape["kind"],
        on=shape["on"],
        by=shape["by"],
        obligation=shape.get("obligation"),
        amount_fen=shape.get("amount"),
        answer=Answer.CONFIRMED if shape.get("confirmed") else None,
        ref=shape.get("ref"),
        note=shape.get("note"),
    )
