"""Our own exports: the standard's members, and beside them what it has no place for.

A contract that carries our extension is read by it alone, so that what was exported comes back
as it was.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

from ...domain.checks import fact_faults
from ...domain.contracts import Amendment, AmendmentKind, AmendmentReason, Obligation
from ...domain.errors import Invalid, Issue
from ...domain.facts import Answer, Fact, Source
from ...domain.money import parse_yuan, show_yuan
from ...domain.ocds.codes import EXTENSION
from ...domain.ocds.dates import civil_day
from ...domain.ocds.values import amount_of, ident, obj, objs
from ...domain.statute import Period
from ...services.amendments import Agreement
from ...services.publications import Statement
from ..contracts import PeriodIn, read_contract, read_fact
from ..fields import Code, Day, Strict, Text, Yuan, issues_of

_BOTH = frozenset({Source.GOVERNMENT, Source.ENTERPRISE})
#: Members of the extension that are not part of a contract document.
_BESIDE = ("amendments",)
_OBLIGATION = ("kind", "obligor", "due_on", "after", "within", "retention", "other_law")


class AmendmentIn(Strict):
    kind = Code(AmendmentKind, required=True)
    agreed_on = Day(required=True)
    reason = Code(AmendmentReason, required=True)
    obligation = Text(80)
    due_on = Day()
    within = fields.Nested(PeriodIn)
    amount = Yuan()


class AddedIn(Strict):
    added_on = Day(required=True)
    after = Text(80)
    within = fields.Nested(PeriodIn)


_AMENDMENT, _ADDED = AmendmentIn(), AddedIn()


def is_own(release: dict[str, Any]) -> bool:
    """Whether every contract of a release carries our extension."""
    contracts = release.get("contracts")
    return bool(contracts) and all(
        "contract_no" in obj(obj(c).get(EXTENSION)) for c in contracts or ()
    )


def statements(release: dict[str, Any]) -> tuple[Statement, ...]:
    """The contracts of a release of our own making.

    Raises:
        Invalid: with every fault found in the first contract that has one.
    """
    return tuple(
        _statement(contract, f"/contracts/{i}")
        for i, contract in enumerate(objs(release.get("contracts")))
    )


def _statement(contract: dict[str, Any], at: str) -> Statement:
    owed = [_obligation(m) for m in _milestones(contract)]
    base = [document for document, added_on in owed if added_on is None]
    submission = _located(lambda: read_contract(_document(contract, base)), at)
    added = _added(contract, [(d, on) for d, on in owed if on is not None], at)
    facts = tuple(_facts(contract, at))
    known = {o.key for o in (*submission.contract.obligations, *added)}
    faults = [
        issue._replace(pointer=f"{at}/{EXTENSION}")
        for fact in facts
        for issue in fact_faults(fact, known)
    ]
    if faults:
        raise Invalid(faults)
    agreements = _agreements(contract, added, at)
    number = ident(contract.get("id")) or submission.contract.contract_no
    return Statement(number, submission._replace(facts=facts), agreements)


def _milestones(contract: dict[str, Any]) -> list[dict[str, Any]]:
    listed = objs(obj(contract.get("implementation")).get("milestones"))
    return [m for m in listed if isinstance(m.get(EXTENSION), dict)]


def _document(contract: dict[str, Any], base: list[dict[str, Any]]) -> dict[str, Any]:
    ours = {k: v for k, v in contract[EXTENSION].items() if k not in _BESIDE}
    signed_on = civil_day(contract.get("dateSigned")).on
    standard = _kept(
        title=contract.get("title"),
        signed_on=None if signed_on is None else signed_on.isoformat(),
        amount=_yuan(contract.get("value")),
    )
    return {**standard, **ours, "obligations": base}


def _yuan(value: object) -> str | None:
    """An amount of ours; one that cannot be used is left for the reader to refuse."""
    amount = amount_of(value)
    if amount.fault is not None:
        return amount.shown or "?"
    return None if amount.fen is None else show_yuan(amount.fen)


def _obligation(milestone: dict[str, Any]) -> tuple[dict[str, Any], object]:
    """A milestone as an obligation of the contract document, and the day it was added."""
    ours = milestone[EXTENSION]
    amount = ours.get("original_amount", _yuan(milestone.get("value")))
    document = _kept(
        key=ident(milestone.get("id")),
        title=milestone.get("title"),
        amount=None if amount == "" else amount,  # there was none before an amendment
        **{name: ours.get(name) for name in _OBLIGATION},
    )
    return document, ours.get("added_on")


def _added(
    contract: dict[str, Any], rows: list[tuple[dict[str, Any], object]], at: str
) -> list[Obligation]:
    """Obligations of supplements, read as a contract of their own would have them."""
    if not rows:
        return []
    lone = [{k: v for k, v in d.items() if k not in ("after", "within")} for d, _ in rows]
    read = _located(lambda: read_contract(_document(contract, lone)), at).contract.obligations
    how = [
        _load(_ADDED, _kept(added_on=on, after=d.get("after"), within=d.get("within")), at)
        for d, on in rows
    ]
    return [
        replace(o, added_on=h["added_on"], after=h.get("after"), within=_period(h.get("within")))
        for o, h in zip(read, how, strict=True)
    ]


def _period(shape: dict[str, Any] | None) -> Period | None:
    return None if shape is None else Period(shape["length"], shape["unit"])


def _agreements(
    contract: dict[str, Any], added: list[Obligation], at: str
) -> tuple[Agreement, ...]:
    """Everything that was agreed on one day is one agreement; the days in order."""
    changes: dict[date, list[Amendment]] = defaultdict(list)
    supplements: dict[date, list[Obligation]] = defaultdict(list)
    for o in added:
        assert o.added_on is not None
        supplements[o.added_on].append(o)
    for shape in objs(contract[EXTENSION].get("amendments")):
        a = _load(_AMENDMENT, shape, at)
        changes[a["agreed_on"]].append(
            Amendment(
                a["kind"],
                a["agreed_on"],
                a["reason"],
                a.get("obligation"),
                a.get("due_on"),
                _period(a.get("within")),
                a.get("amount"),
            )
        )
    return tuple(
        Agreement(tuple(changes[day]), tuple(supplements[day]), _BOTH)
        for day in sorted({*changes, *supplements})
    )


def _facts(contract: dict[str, Any], at: str) -> list[Fact]:
    found = []
    for milestone in _milestones(contract):
        for shape in objs(milestone[EXTENSION].get("facts")):
            found.append(_fact({**shape, "obligation": ident(milestone.get("id"))}, at))
    for paid in objs(obj(contract.get("implementation")).get("transactions")):
        if not isinstance(paid.get(EXTENSION), dict):
            continue
        day = civil_day(paid.get("date")).on
        shape = _kept(
            kind="paid",
            on=None if day is None else day.isoformat(),
            amount=_yuan(paid.get("value")),
            obligation=ident(obj(paid.get("relatedImplementationMilestone")).get("id")),
        )
        found.append(_fact({**shape, **paid[EXTENSION]}, at))
    return found


def _fact(shape: dict[str, Any], at: str) -> Fact:
    plain = {k: v for k, v in shape.items() if k not in ("disputed", "disputed_amount")}
    fact = _located(lambda: read_fact(plain), f"{at}/{EXTENSION}")
    if shape.get("disputed") is not True:
        return fact
    part = shape.get("disputed_amount")
    try:
        fen = None if part is None else parse_yuan(str(part))
    except ValueError as fault:
        raise Invalid([Issue(f"{at}/{EXTENSION}", "invalid-field", str(fault))]) from None
    return replace(fact, answer=Answer.DISPUTED, disputed_fen=fen)


def _load(schema: Strict, shape: object, at: str) -> dict[str, Any]:
    try:
        return schema.load(shape)  # type: ignore[arg-type]
    except ValidationError as fault:
        issues = issues_of(fault.normalized_messages(), f"{at}/{EXTENSION}")
        raise Invalid(list(issues)) from None


def _located(read: Any, at: str) -> Any:
    """What `read` gives; the pointers of its refusal start at the release."""
    try:
        return read()
    except Invalid as refusal:
        raise Invalid([i._replace(pointer=at + i.pointer) for i in refusal.issues]) from None


def _kept(**values: Any) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v is not None}
