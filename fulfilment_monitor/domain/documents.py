"""A contract as its document: the shape of the wire, in one canonical form."""

from collections.abc import Iterator
from typing import Any

from .contracts import Contract, Obligation
from .errors import Issue
from .facts import Fact
from .money import show_yuan
from .parties import Enterprise, Government, foreign_code, foreign_identifier
from .statute import Period


def to_document(contract: Contract) -> dict[str, Any]:
    """The contract document without facts; absent fields are left out."""
    return _kept(
        contract_no=contract.contract_no,
        title=contract.title,
        field=contract.field.value,
        subject=contract.subject.value,
        signed_on=contract.signed_on.isoformat(),
        amount=_yuan(contract.amount_fen),
        region=contract.region,
        government=_government(contract.government),
        co_governments=[_government(g) for g in contract.co_governments] or None,
        enterprise=_enterprise(contract.enterprise),
        late_interest=(
            None
            if contract.annual_rate is None
            else {"annual_rate": format(contract.annual_rate, "f")}
        ),
        clauses={c.value: True for c in sorted(contract.clauses)} or None,
        currency=None if contract.currency == "CNY" else contract.currency,
        obligations=[obligation_document(o) for o in contract.obligations],
    )


def obligation_document(o: Obligation) -> dict[str, Any]:
    """One obligation as it stands in the document."""
    return _kept(
        key=o.key,
        kind=o.kind.value,
        title=o.title,
        obligor=o.obligor_code or o.obligor.value,
        amount=_yuan(o.amount_fen),
        due_on=o.due_on.isoformat() if o.due_on else None,
        after=o.after,
        within=_period(o.within),
        retention=o.retention or None,
        other_law=o.other_law,
    )


def fact_document(fact: Fact) -> dict[str, Any]:
    """One statement as it stands in the document."""
    return _kept(
        kind=fact.kind.value,
        obligation=fact.obligation,
        on=fact.on.isoformat(),
        by=fact.by.value,
        amount=_yuan(fact.amount_fen),
        confirmed=True if fact.is_confirmed else None,
        ref=fact.ref,
        note=fact.note,
    )


def changed_terms(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Issue]:
    """Where a document differs from the one registered; terms change by amendment only.

    The contact of an enterprise is no term.
    """
    names = [n for n in {**old, **new} if n != "obligations"]
    for name in names:
        if _without_contact(old.get(name)) != _without_contact(new.get(name)):
            yield _differs(f"/{name}")
    before = {o["key"]: o for o in old["obligations"]}
    for i, o in enumerate(new["obligations"]):
        known = before.pop(o["key"], None)
        if known is None:
            detail = "这项义务未登记；新增义务请以补充协议登记"
            yield Issue(f"/obligations/{i}", "obligation-not-registered", detail, "finding")
        elif known != o:
            yield _differs(f"/obligations/{i}")
    for key in before:
        detail = f"已登记的义务“{key}”不在本次文件中；登记内容不变"
        yield Issue("/obligations", "obligation-missing-here", detail, "finding")


def _differs(pointer: str) -> Issue:
    detail = "与已登记的合同条款不同；登记内容不变，条款变更请登记补充协议（amendment）"
    return Issue(pointer, "terms-differ", detail, "finding")


def _without_contact(value: Any) -> Any:
    return {k: v for k, v in value.items() if k != "contact"} if isinstance(value, dict) else value


def _kept(**values: Any) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v is not None}


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else show_yuan(fen)


def _period(period: Period | None) -> dict[str, Any] | None:
    return None if period is None else {"length": period.length, "unit": period.unit.value}


def _code(party: Government | Enterprise) -> dict[str, Any]:
    if ":" not in party.code:
        return {"uscc": party.code}
    scheme, number = foreign_identifier(party.code)
    return {"identifier": {"scheme": scheme, "id": number}}


def code_of(party: dict[str, Any]) -> str:
    """The code of a party as it stands in a document: its USCC, or `scheme:id`."""
    code: str | None = party.get("uscc")
    return code or foreign_code(party["identifier"]["scheme"], party["identifier"]["id"])


def _government(party: Government) -> dict[str, Any]:
    return {"name": party.name, **_code(party), "kind": party.kind.value}


def _enterprise(party: Enterprise) -> dict[str, Any]:
    return _kept(
        name=party.name,
        **_code(party),
        ownership=party.ownership.value,
        size=party.size.value,
        contact=party.contact,
    )
