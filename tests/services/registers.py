"""Registers to sweep: many small contracts, the same ones each time."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.checks import Submission
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts, doctor
from tests.conftest import at

CLERK = operator("clerk")
BODY = {"name": "示例县财政局", "uscc": "11340321003000014D", "kind": "organ"}
FIRM = {
    "name": "示例企业",
    "uscc": "91340321MA2000000L",
    "ownership": "private",
    "size": "small",
}


def a_document(number: str, *obligations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A contract of goods with these obligations; by default one payment due 2025-10-01."""
    owed = obligations or (a_payment(due_on="2025-10-01"),)
    return {
        "contract_no": number,
        "title": f"办公设备采购{number}",
        "field": "procurement",
        "subject": "goods",
        "signed_on": "2025-07-01",
        "region": "340321",
        "government": BODY,
        "enterprise": FIRM,
        "obligations": list(owed),
        **more,
    }


def a_payment(key: str = "payment", amount: str = "1000.00", **terms: Any) -> dict[str, Any]:
    """A payment the body owes."""
    return {
        "key": key,
        "kind": "payment",
        "title": "货款",
        "obligor": "government",
        "amount": amount,
        **terms,
    }


def many(count: int, first_due: date = date(2025, 9, 20), over_days: int = 20) -> list[Submission]:
    """Contracts with one payment each, due dates spread over some days."""
    return [
        read_contract(
            a_document(
                f"HT-{i:05d}",
                a_payment(due_on=(first_due + timedelta(days=i % over_days)).isoformat()),
            )
        )
        for i in range(count)
    ]


def register(house: House, submissions: list[Submission], on: date) -> list[int]:
    """Put them on the register on a day; returns their ids."""
    with house.sessions.begin() as session:
        done = contracts.register_contracts(
            session, submissions, by=CLERK, office=house.office(), now=at(on), today=on
        )
    return [r.contract_id for r in done]


class Raised(NamedTuple):
    """All that sweeps left behind, comparable between databases."""

    alerts: list[tuple[Any, ...]]
    leads: list[tuple[Any, ...]]


def raised(house: House) -> Raised:
    """What has been raised so far, without the days on which it was found."""
    with house.readers() as session:
        alerts = session.execute(
            text(
                "SELECT c.contract_no, o.key, a.rule, a.due_on, a.holds_from FROM alert a"
                " JOIN obligation o ON o.id = a.obligation_id"
                " JOIN contract c ON c.id = o.contract_id ORDER BY 1, 2, 3, 4"
            )
        )
        leads = session.execute(
            text(
                "SELECT c.contract_no, o.key, l.rule, l.breached_on, l.episode FROM lead l"
                " JOIN obligation o ON o.id = l.obligation_id"
                " JOIN contract c ON c.id = o.contract_id ORDER BY 1, 2, 3, 4, 5"
            )
        )
        return Raised([tuple(r) for r in alerts], [tuple(r) for r in leads])


def violations(house: House) -> list[doctor.Violation]:
    """What the doctor finds."""
    with house.readers() as session:
        return doctor.examine(session, house.office())[1]
