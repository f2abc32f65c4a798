"""A contract of the register as the standard's documents say it.

Only what is named here leaves the house: no contacts, notes, evidence, complaints, alerts or
leads. What the standard has no place for stands in a local extension, `fulfilment`, in the words
of the contract document, so that an import brings back what was exported.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ..contracts import REASON_CHINESE, Amendment, AmendmentKind, Contract, Obligation, Subject
from ..documents import fact_document, obligation_document, to_document
from ..facts import Fact, FactKind
from ..money import show_yuan
from ..parties import Enterprise, Government, foreign_identifier
from ..states import Standing, State
from .codes import (
    CHINA_SCHEME,
    EXTENSION,
    LOCAL_PREFIX,
    MILESTONE_TYPES,
    OTHER_TYPE,
    TAGS,
)
from .values import by_id, digest_of, exact_json, impersonal, obj, objs

#: What of a contract document the standard says itself.
_STANDARD = frozenset({"title", "signed_on", "amount", "obligations"})
_STANDARD_OF_OBLIGATION = frozenset({"key", "title", "amount"})
#: Members of somebody else's contract that ours replace; the others are carried on as they came.
_REPLACED = frozenset(
    {
        *("id", "awardID", "title", "value", "dateSigned", "milestones", "amendments"),
        *("amendment", "implementation", EXTENSION),
    }
)


class Dossier(NamedTuple):
    """One contract with everything that is exported of it."""

    contract: Contract
    facts: tuple[Fact, ...]
    amendments: tuple[Amendment, ...]
    standings: dict[str, Standing]
    #: Its identifier in the process, and the contract as others published it, if they did.
    ocds_id: str
    compiled: dict[str, Any]


def local_ocid(contract: Contract) -> str:
    """The ocid of a contract of ours: the prefix, the body, and the number it gave."""
    return f"{LOCAL_PREFIX}-{contract.government.code}-{contract.contract_no}"


def release_of(ocid: str, changed_at: str, dossiers: Sequence[Dossier]) -> dict[str, Any]:
    """The release of a process: all of its contracts as they stand.

    Args:
        changed_at: the instant of the newest change in any of them, RFC 3339.
    """
    parties: dict[str, dict[str, Any]] = {}
    for d in dossiers:
        c = d.contract
        for body in (c.government, *c.co_governments):
            _join(parties, body, "buyer")
        _join(parties, c.enterprise, "supplier")
    first = dossiers[0].contract
    tender: dict[str, Any] = {"id": ocid}
    if first.subject is not Subject.PROMISE:
        tender["mainProcurementCategory"] = first.subject.value
    release = {
        "ocid": ocid,
        "date": changed_at,
        "tag": _tags(dossiers),
        "initiationType": "tender",
        "language": "zh",
        "parties": list(parties.values()),
        "buyer": _reference(first.government),
        "tender": tender,
        "awards": [_award(d) for d in dossiers],
        "contracts": [_contract(d) for d in dossiers],
    }
    return {**release, "id": f"{ocid}-{digest_of(release)[:16]}"}


def _tags(dossiers: Iterable[Dossier]) -> list[str]:
    tags = {"contract"}
    for d in dossiers:
        if d.amendments or any(o.added_on for o in d.contract.obligations):
            tags.add("contractAmendment")
        if d.facts:
            tags.add("implementation")
        if any(a.kind is AmendmentKind.TERMINATION for a in d.amendments):
            tags.add("contractTermination")
    return sorted(tags & TAGS)


def _scheme_and_number(party: Government | Enterprise) -> tuple[str, str]:
    return foreign_identifier(party.code) if ":" in party.code else (CHINA_SCHEME, party.code)


def _reference(party: Government | Enterprise) -> dict[str, Any]:
    return {"id": "-".join(_scheme_and_number(party)), "name": party.name}


def _join(parties: dict[str, dict[str, Any]], party: Government | Enterprise, role: str) -> None:
    scheme, number = _scheme_and_number(party)
    reference = _reference(party)
    identifier = {"scheme": scheme, "id": number, "legalName": party.name}
    known = parties.setdefault(
        reference["id"], {**reference, "identifier": identifier, "roles": []}
    )
    if role not in known["roles"]:
        known["roles"].append(role)


def _award_id(d: Dossier) -> str:
    return str(d.compiled.get("awardID") or f"{d.ocds_id}-award")


def _award(d: Dossier) -> dict[str, Any]:
    return {
        "id": _award_id(d),
        "title": d.contract.title,
        "status": "active",
        "suppliers": [_reference(d.contract.enterprise)],
    }


def _contract(d: Dossier) -> dict[str, Any]:
    c = d.contract
    carried = {k: v for k, v in d.compiled.items() if k not in _REPLACED}
    work = obj(d.compiled.get("implementation"))
    also = {k: v for k, v in work.items() if k not in ("milestones", "transactions")}
    transactions = _transactions(d, objs(work.get("transactions")))
    return {
        **impersonal(carried),
        "id": d.ocds_id,
        "awardID": _award_id(d),
        "title": c.title,
        **_kept(value=_value(c.amount_fen, c)),
        "dateSigned": midnight(c.signed_on),
        "implementation": {
            **impersonal(also),
            "milestones": [_milestone(d, o) for o in _in_order(c.obligations)],
            **({"transactions": transactions} if transactions else {}),
        },
        **_amendments(d),
        EXTENSION: _extension(d),
    }


def _in_order(obligations: Iterable[Obligation]) -> list[Obligation]:
    """Those of the contract itself, then those of each supplement by its day."""
    return sorted(obligations, key=lambda o: o.added_on or date.min)


def _extension(d: Dossier) -> dict[str, Any]:
    base = tuple(o for o in d.contract.obligations if o.added_on is None)
    document = to_document(d.contract)
    ours = {k: v for k, v in document.items() if k not in _STANDARD}
    ours["enterprise"] = {k: v for k, v in ours["enterprise"].items() if k != "contact"}
    assert base  # a contract has obligations from the start
    if d.amendments:
        ours["amendments"] = [_amendment(a) for a in _by_day(d.amendments)]
    return ours


def _by_day(amendments: Iterable[Amendment]) -> list[Amendment]:
    return sorted(amendments, key=lambda a: a.agreed_on)


def _amendment(a: Amendment) -> dict[str, Any]:
    within = a.within
    return _kept(
        kind=a.kind.value,
        agreed_on=a.agreed_on.isoformat(),
        reason=a.reason.value,
        obligation=a.obligation,
        due_on=a.due_on.isoformat() if a.due_on else None,
        within={"length": within.length, "unit": within.unit.value} if within else None,
        amount=None if a.amount_fen is None else show_yuan(a.amount_fen),
    )


def _amendments(d: Dossier) -> dict[str, Any]:
    """What was published of amendments by others, else what we know of them."""
    if d.compiled.get("amendments"):
        return {"amendments": impersonal(d.compiled["amendments"])}
    if not d.amendments:
        return {}
    return {
        "amendments": [
            {
                "id": str(i),
                "date": midnight(a.agreed_on),
                "rationale": REASON_CHINESE[a.reason],
            }
            for i, a in enumerate(_by_day(d.amendments), 1)
        ]
    }


def _milestone(d: Dossier, o: Obligation) -> dict[str, Any]:
    """An obligation; the standard knows whether it was met, never that it is overdue."""
    standing = d.standings.get(o.key)
    due_on = (standing.due.on if standing else None) or o.due_on
    met_on = standing.fulfilled_on if standing and standing.state is not State.WAIVED else None
    waived = standing is not None and standing.state is State.WAIVED
    status = "met" if met_on else "notMet" if waived else "scheduled"
    original = standing.original_due_on if standing else None
    fen = (standing.obligation if standing else o).amount_fen
    said = [f for f in d.facts if f.obligation == o.key and f.kind is not FactKind.PAID]
    document = obligation_document(o)
    ours = {k: v for k, v in document.items() if k not in _STANDARD_OF_OBLIGATION}
    return {
        **_as_published(d, o),
        "id": o.key,
        "title": o.title,
        "type": MILESTONE_TYPES.get(o.kind, OTHER_TYPE),
        **_kept(
            value=_value(fen, d.contract),
            dueDate=midnight(due_on),
            dateMet=midnight(met_on),
        ),
        "status": status,
        EXTENSION: _kept(
            **ours,
            added_on=o.added_on.isoformat() if o.added_on else None,
            original_due_on=original.isoformat() if original else None,
            original_amount=_original(o, fen),
            facts=_sorted([_statement(f, ("obligation",)) for f in said]) or None,
        ),
    }


def _original(o: Obligation, fen: int | None) -> str | None:
    """The amount as first agreed, where an amendment changed it."""
    if fen == o.amount_fen:
        return None
    return "" if o.amount_fen is None else show_yuan(o.amount_fen)


def _as_published(d: Dossier, o: Obligation) -> dict[str, Any]:
    """The members of a milestone as its publisher wrote it that we have no place for."""
    lists = (obj(d.compiled.get("implementation")).get("milestones"), d.compiled.get("milestones"))
    for members, key in zip(lists, (o.key, o.key.removeprefix("contract-")), strict=True):
        found = by_id(objs(members), key)
        if found and (members is lists[0] or key != o.key):
            ours = ("id", "title", "type", "value", "dueDate", "dateMet", "status", EXTENSION)
            kept: dict[str, Any] = impersonal({k: v for k, v in found.items() if k not in ours})
            return kept
    return {}


def _statement(fact: Fact, without: tuple[str, ...]) -> dict[str, Any]:
    left_out = {*without, "note"}
    shown = {k: v for k, v in fact_document(fact).items() if k not in left_out}
    if fact.is_disputed:
        shown["disputed"] = True
        if fact.disputed_fen is not None:
            shown["disputed_amount"] = show_yuan(fact.disputed_fen)
    return shown


def _sorted(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(documents, key=exact_json)


def _transactions(d: Dossier, published: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Payments, each under the number its source gave it; then those published but not entered."""
    paid = [f for f in d.facts if f.kind is FactKind.PAID]
    in_order = sorted(paid, key=lambda f: (f.on, exact_json(_statement(f, ()))))
    taken: set[str] = set()
    made = []
    for f in in_order:
        number = _free(f.ref or f"paid-{f.on}-{f.by.value}", taken)
        made.append(_transaction(d, f, number, by_id(published, f.ref)))
    rest = [t for t in published if str(t.get("id")) not in taken and EXTENSION not in t]
    return [*made, *impersonal(rest)]


def _free(wanted: str, taken: set[str]) -> str:
    name, turn = wanted, 1
    while name in taken:
        turn += 1
        name = f"{wanted}-{turn}"
    taken.add(name)
    return name


def _transaction(d: Dossier, fact: Fact, number: str, published: dict[str, Any]) -> dict[str, Any]:
    c = d.contract
    ours = ("id", "date", "value", "relatedImplementationMilestone", EXTENSION)
    carried = {k: v for k, v in published.items() if k not in ours}
    parties = {"payer": _reference(c.government), "payee": _reference(c.enterprise)}
    titles = {o.key: o.title for o in c.obligations}
    linked = fact.obligation
    return {
        **parties,
        **impersonal(carried),
        "id": number,
        "date": midnight(fact.on),
        "value": _value(fact.amount_fen, c),
        **(
            {"relatedImplementationMilestone": {"id": linked, "title": titles[linked]}}
            if linked
            else {}
        ),
        EXTENSION: _statement(fact, ("kind", "on", "amount", "obligation")),
    }


def midnight(day: date | None) -> str | None:
    """A civil day of ours as the standard writes it: its first moment in Beijing."""
    return None if day is None else f"{day.isoformat()}T00:00:00+08:00"


def _value(fen: int | None, contract: Contract) -> dict[str, Any] | None:
    """Money: a JSON number, written from exact digits."""
    if fen is None:
        return None
    return {"amount": Decimal(show_yuan(fen)), "currency": contract.currency}


def _kept(**values: Any) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v is not None}
