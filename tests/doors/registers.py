"""A register to look at: the samples, on record from a first day, and swept."""

import json
from datetime import date, timedelta
from typing import Any

from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.house import House
from fulfilment_monitor.resources import shipped
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts, sweeps
from tests.conftest import at

START, END = date(2025, 7, 1), date(2026, 6, 30)
DISPUTED = "works_partly_disputed"
SAMPLES = (
    "procurement_agreed_90_days_over_ceiling",
    "procurement_claim_not_confirmed",
    "ppp_availability_monthly",
    DISPUTED,
    "works_retention_due_in_2027",
    "support_subsidy_never_paid",
    "attraction_undated_road_and_sunday_permit",
)


def a_sample(name: str, **changed: Any) -> dict[str, Any]:
    path = shipped("contracts_samples") / f"{name}.json"
    return {**json.loads(path.read_text("utf-8")), **changed}


def register(house: House, *documents: dict[str, Any]) -> list[str]:
    """Register documents on the first day; their ULIDs."""
    read, office, by = [read_contract(d) for d in documents], house.office(), operator("clerk")
    with house.sessions.begin() as session:
        done = contracts.register_contracts(
            session, read, by=by, office=office, now=at(START), today=START
        )
    return [r.ulid for r in done]


def sweep_weekly(house: House, weeks: int = 1) -> None:
    """Sweep for a year; a rule that holds at most N days before loses nothing by a week."""
    office = house.office()
    for on in (START + timedelta(days=7 * week) for week in range(0, 53, weeks)):
        sweeps.sweep(house.sessions, office, as_of=on, now=lambda on=on: at(on))
