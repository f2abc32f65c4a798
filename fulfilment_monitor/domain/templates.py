"""Templates: what contracts of a field usually oblige to, with the terms of law filled in.

The rows are data (`law/templates.toml`) and name terms, limits and rules by id; what is shown for a
signing day is what was in force that day. What the law leaves to the parties stays empty.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from .contracts import SIGNING, Field, Kind, Obligation, Subject
from .documents import obligation_document
from .errors import Issue, NotFound
from .money import show_yuan
from .parties import Side
from .statute import ChosenBy, Limit, Period, Rule, Statute, Term
from .template_rows import Band, Row, Templates, Version, read_templates

__all__ = [
    "TemplateObligation",
    "Templates",
    "as_document",
    "blanks",
    "read_templates",
    "template_for",
]

V = TypeVar("V", bound=Version)

#: What a person adds to a skeleton beside the obligations.
_PARTICULARS = {
    "contract_no": "合同编号",
    "title": "合同名称",
    "amount": "合同金额",
    "region": "行政区划代码（六位）",
    "government": "政府方：名称、统一社会信用代码、机关或者事业单位",
    "enterprise": "企业方：名称、统一社会信用代码、所有制、订立时的规模",
}


@dataclass(frozen=True, slots=True)
class TemplateObligation:
    """An obligation as it usually stands in a contract signed on some day."""

    key: str
    kind: Kind
    title: str
    obligor: Side
    after: str | None
    #: Set by law and filled in; None where the law sets none, or not this way.
    period: Period | None
    #: Holds by itself where nothing is agreed and the payment decree reaches the contract.
    default: Term | None
    #: The longest period that may be agreed.
    ceiling: Term | None
    #: Shares of the price.
    limits: tuple[Limit, ...]
    #: What the parties have to agree: `due_on`, `within`, or nothing.
    agree: str | None
    retention: bool
    #: The law that sets the period.
    other_law: str | None
    #: Not part of the document unless asked for.
    apart: bool
    basis: tuple[str, ...]
    note: str


def template_for(
    templates: Templates,
    field: Field,
    subject: Subject,
    signed_on: date,
    statute: Statute,
    *,
    amount_fen: int | None = None,
) -> tuple[TemplateObligation, ...]:
    """The usual obligations of a contract signed on a day, in the order of a contract.

    A term that starts with a later event is given as it was in force at signing.

    Args:
        amount_fen: the settled amount, or the price as a guess at it, where a period depends on it.

    Raises:
        NotFound: contracts of this field are not about this subject.
    """
    rows = templates.rows_of(field, subject)
    if not rows:
        raise NotFound(
            f"no template for {field.value} with {subject.value}",
            subjects=[s.value for s in templates.subjects.get(field, ())],
        )
    return tuple(
        _obligation(templates, row, signed_on, statute, amount_fen)
        for row in rows
        if row.unless is None or _holding(templates.rules, row.unless, signed_on) is None
    )


def _obligation(
    templates: Templates, row: Row, signed_on: date, statute: Statute, amount_fen: int | None
) -> TemplateObligation:
    def term(name: str | None) -> Term | None:
        return None if name is None else statute.find(name, signed_on)

    name = row.term or _band(row.bands, amount_fen)
    set_by_law, default, ceiling = term(name), term(row.default), term(row.ceiling)
    shares = [_holding(statute.limits, limit, signed_on) for limit in row.limits]
    limits = tuple(limit for limit in shares if limit is not None)
    beside = [term(t) for t in row.see]
    open_to_bands = [term(b.term) for b in row.bands if name is None]
    numbers = [set_by_law, default, ceiling, *open_to_bands, *beside]
    basis = [f"{t.about}：{t.period}{_origin(t)}" for t in numbers if t is not None]
    basis += [f"{limit.about}{_origin(limit)}" for limit in limits]
    basis += [f"{r.about}{_origin(r)}" for r in _rules(templates, row, signed_on)]
    if row.source:
        basis.append(row.source)
    agree = row.agree
    if set_by_law is None and default is None and row.after is not None:
        agree = "within"
    return TemplateObligation(
        row.key,
        row.kind,
        row.title,
        row.obligor,
        row.after,
        None if set_by_law is None else set_by_law.period,
        default,
        ceiling,
        limits,
        agree,
        row.retention,
        # on a payment it would lift the decree's ceiling off whatever is agreed later
        None if set_by_law is None or row.kind is Kind.PAYMENT else set_by_law.source,
        row.apart,
        tuple(basis),
        row.note,
    )


def _band(bands: tuple[Band, ...], amount_fen: int | None) -> str | None:
    if amount_fen is None:
        return None
    fits = (b.term for b in bands if b.up_to_fen is None or amount_fen <= b.up_to_fen)
    return next(fits, None)


def _origin(version: Version) -> str:
    doubt = "" if version.confidence == "verified" else "；转引，使用前请核对原文"
    return f"（{version.source}{doubt}）"


def _holding(versions: Iterable[V], name: str, day: date) -> V | None:
    """The version of a thing in force on a day, if any."""
    for v in versions:
        if v.id == name and v.in_force_from <= day and not (v.in_force_to and day > v.in_force_to):
            return v
    return None


def _rules(templates: Templates, row: Row, signed_on: date) -> Iterator[Rule]:
    """The rules at signing; one that the day of a later event chooses may come into force later."""
    for name in row.rules:
        found = _holding(templates.rules, name, signed_on)
        later = [
            r
            for r in templates.rules
            if r.id == name and r.chosen_by is ChosenBy.EVENT and r.in_force_from > signed_on
        ]
        if found is not None or later:
            yield found or min(later, key=lambda r: r.in_force_from)


# --- the skeleton of a document ---------------------------------------------------------------


def as_document(
    templates: Templates,
    field: Field,
    subject: Subject,
    signed_on: date,
    statute: Statute,
    *,
    amount_fen: int | None = None,
    keys: Collection[str] | None = None,
) -> dict[str, Any]:
    """A contract document with the obligations filled in; what a person fills in is left out.

    Args:
        keys: the obligations wanted; by default all that are owed between the parties.

    Raises:
        NotFound: no such field and subject, no such key, or a key that counts from one left out.
    """
    usual = template_for(templates, field, subject, signed_on, statute, amount_fen=amount_fen)
    wanted = {o.key for o in usual if not o.apart} if keys is None else set(keys)
    known = {o.key for o in usual}
    chosen = [o for o in usual if o.key in wanted]
    needed = wanted | {o.after for o in chosen if o.after not in (None, SIGNING)}
    missing = sorted(str(k) for k in (wanted - known) | (needed - wanted))
    if missing:
        raise NotFound(f"the template lacks, or needs too: {', '.join(missing)}", keys=list(known))
    document: dict[str, Any] = {
        "field": field.value,
        "subject": subject.value,
        "signed_on": signed_on.isoformat(),
    }
    if amount_fen is not None:
        document["amount"] = show_yuan(amount_fen)
    document["obligations"] = [obligation_document(_terms(o)) for o in chosen]
    return document


def _terms(o: TemplateObligation) -> Obligation:
    return Obligation(
        o.key,
        o.kind,
        o.title,
        o.obligor,
        after=o.after,
        within=o.period,
        retention=o.retention,
        other_law=o.other_law,
    )


def blanks(
    document: Mapping[str, Any], obligations: Iterable[TemplateObligation]
) -> Iterator[Issue]:
    """What a person still has to fill in, each with its place in the skeleton."""
    for name, label in _PARTICULARS.items():
        if name not in document:
            yield Issue(f"/{name}", "to-fill", label, "finding")
    usual = {o.key: o for o in obligations}
    for i, row in enumerate(document["obligations"]):
        o = usual[row["key"]]
        place = f"/obligations/{i}"
        if o.agree is not None and o.agree not in row:
            yield Issue(f"{place}/{o.agree}", "to-fill", f"{o.title}：{o.note}", "finding")
        if o.kind in (Kind.PAYMENT, Kind.DEPOSIT_RETURN) and "amount" not in row:
            yield Issue(f"{place}/amount", "to-fill", f"{o.title}：金额", "finding")
