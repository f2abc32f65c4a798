"""What tests arrange: a contract, an obligation, a fact, with defaults that do not matter.

Dates are written as text and money as yuan, as in a contract document.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings

from fulfilment_monitor.domain.alerts import Policy
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.contracts import (
    Amendment,
    AmendmentKind,
    AmendmentReason,
    Contract,
    Field,
    Kind,
    Obligation,
    Subject,
)
from fulfilment_monitor.domain.duties import Duty, duties_of
from fulfilment_monitor.domain.facts import Answer, Fact, FactKind, Money, Source
from fulfilment_monitor.domain.interest import Interest, Rate, late_interest, rate_for
from fulfilment_monitor.domain.ledger import Ledger
from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.domain.parties import (
    Enterprise,
    Government,
    GovernmentKind,
    Ownership,
    Side,
    Size,
)
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.states import Standing
from fulfilment_monitor.domain.statute import Period, Unit
from fulfilment_monitor.house import load_policy
from fulfilment_monitor.settings import Settings
from tests.model.compare import statute

#: For property tests: a machine busy with something else is no failure.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

#: Made-up codes of the right form.
ORGAN, INSTITUTION, FIRM = "11340321003000014D", "12340321485000024M", "91340321MA2000000L"


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(length: int) -> Period:
    return Period(length, Unit.DAY)


def working_days(length: int) -> Period:
    return Period(length, Unit.WORKING_DAY)


def months(length: int) -> Period:
    return Period(length, Unit.MONTH)


def _dated(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with text turned into days wherever the name says so."""
    return {
        k: day(v) if k.endswith("_on") and isinstance(v, str) else v for k, v in changes.items()
    }


def a_government(code: str = ORGAN, name: str = "测试县某局") -> Government:
    return Government(name, code, GovernmentKind.ORGAN)


def an_enterprise(
    size: str = "small", ownership: str = "private", code: str = FIRM, contact: str | None = None
) -> Enterprise:
    return Enterprise("测试企业", code, Ownership(ownership), Size(size), contact)


def an_obligation(
    kind: str, yuan: str | None = None, *, by: str = "government", key: str = "", **changes: Any
) -> Obligation:
    """Its key is its kind unless told otherwise; `by` owes it."""
    return Obligation(
        key=key or kind,
        kind=Kind(kind),
        title=key or kind,
        obligor=Side(by),
        amount_fen=None if yuan is None else parse_yuan(yuan),
        **_dated(changes),
    )


def delivery(on: str = "2025-09-25", **changes: Any) -> Obligation:
    """Due on a day, from the enterprise."""
    return an_obligation("delivery", by="enterprise", due_on=on, **changes)


def acceptance(within: Period | None = None, after: str = "delivery") -> Obligation:
    return an_obligation("acceptance", after=after, within=within)


def payment(yuan: str | None = "100.00", **changes: Any) -> Obligation:
    return an_obligation("payment", yuan, **changes)


def a_contract(*obligations: Obligation, **changes: Any) -> Contract:
    """Goods bought by an organ from a small private firm, signed under the second decree."""
    terms: dict[str, Any] = {
        "contract_no": "HT-1",
        "title": "测试合同",
        "field": Field.PROCUREMENT,
        "subject": Subject.GOODS,
        "signed_on": day("2025-07-01"),
        "region": "340321",
        "government": a_government(),
        "enterprise": an_enterprise(),
    }
    return Contract(**{**terms, **_dated(changes)}, obligations=obligations)


def a_fact(kind: str, on: str, by: str, key: str | None = None, **changes: Any) -> Fact:
    """A statement; `amount` in yuan, `confirmed=True` and `disputed=True` are the answer to it."""
    amount, part = changes.pop("amount", None), changes.pop("disputed_amount", None)
    confirmed, disputed = changes.pop("confirmed", False), changes.pop("disputed", False)
    answer = Answer.CONFIRMED if confirmed else Answer.DISPUTED if disputed else None
    return Fact(
        FactKind(kind),
        day(on),
        Source(by),
        key,
        amount_fen=None if amount is None else parse_yuan(amount),
        answer=answer,
        disputed_fen=None if part is None else parse_yuan(part),
        **changes,
    )


def delivered(on: str = "2025-09-25", **changes: Any) -> Fact:
    return a_fact("performed", on, "enterprise", "delivery", **changes)


def performed(key: str, on: str, by: str = "government", **changes: Any) -> Fact:
    return a_fact("performed", on, by, key, **changes)


def paid(
    yuan: str, on: str, by: str = "enterprise", key: str | None = "payment", **changes: Any
) -> Fact:
    return a_fact("paid", on, by, key, amount=yuan, **changes)


def disputed(
    on: str, by: str = "government", key: str = "payment", yuan: str | None = None
) -> Fact:
    return a_fact("disputed", on, by, key, amount=yuan)


def an_amendment(
    agreed_on: str,
    key: str | None = "payment",
    kind: str = "terms",
    reason: str = "mutual_agreement",
    yuan: str | None = None,
    **changes: Any,
) -> Amendment:
    return Amendment(
        AmendmentKind(kind),
        day(agreed_on),
        AmendmentReason(reason),
        key,
        amount_fen=None if yuan is None else parse_yuan(yuan),
        **_dated(changes),
    )


def a_ledger(contract: Contract, *told: Fact | Amendment) -> Ledger:
    """A contract with what was stated about it and what was agreed later, in any order."""
    facts = [t for t in told if isinstance(t, Fact)]
    amendments = [t for t in told if isinstance(t, Amendment)]
    return open_ledger(contract, facts, amendments, statute())


def standings(contract: Contract, *told: Fact | Amendment, as_of: str) -> dict[str, Standing]:
    return standings_at(a_ledger(contract, *told), day(as_of))


def standing(
    contract: Contract, *told: Fact | Amendment, as_of: str, key: str = "payment"
) -> Standing:
    return standings(contract, *told, as_of=as_of)[key]


@cache
def policy() -> Policy:
    """The policy that ships."""
    return load_policy(Settings())


def duties(contract: Contract, *told: Fact | Amendment, by: Policy | None = None) -> list[Duty]:
    return duties_of(a_ledger(contract, *told), by or policy())


def duties_for(
    key: str, contract: Contract, *told: Fact | Amendment, by: Policy | None = None
) -> list[Duty]:
    """The duties that watch one obligation itself, in order."""
    found = duties(contract, *told, by=by)
    return [d for d in found if d.watch.obligation == key and d.watch.is_main]


def a_rate(annual: str | None = None, day_basis: int = 365) -> Rate:
    """An agreed yearly rate, or the statutory 0.05 % a day."""
    rate = rate_for(
        day("2025-07-01"),
        None if annual is None else Decimal(annual),
        in_scope=True,
        day_basis=day_basis,
    )
    assert rate is not None
    return rate


def interest(yuan: str, due_on: str, until: str, rate: Rate | None, *payments: Fact) -> Interest:
    """Late interest on an amount; only day and amount of the payments matter."""
    money = [Money(f.on, f.amount_fen or 0) for f in payments]
    return late_interest(parse_yuan(yuan), day(due_on), day(until), rate, money)
