"""The samples: documentation, demo data and golden tests, with expectations worked by hand."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.checks import findings
from fulfilment_monitor.domain.money import show_yuan, show_yuan_or_none
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts, leads, sweeps
from fulfilment_monitor.services.registry import interest_of
from fulfilment_monitor.services.sight import ALL
from tests.conftest import at
from tests.model.compare import statute

FOLDER = resources.shipped("contracts_samples")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
CLERK = operator("clerk")


def sample(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def expected(name: str) -> Any:
    return json.loads((FOLDER / "expected" / f"{name}.json").read_text("utf-8"))


def test_every_field_has_its_samples() -> None:
    fields = [sample(name)["field"] for name in NAMES]
    assert len(NAMES) >= 24
    assert min(fields.count(field) for field in set(fields)) >= 4
    assert len(set(fields)) == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_stands_as_worked_out_by_hand(name: str) -> None:
    submission, want = read_contract(sample(name)), expected(name)
    ledger = open_ledger(submission.contract, submission.facts, (), statute())
    for day, view in want["as_of"].items():
        as_of = date.fromisoformat(day)
        standings = standings_at(ledger, as_of)
        for key, obligation in view["obligations"].items():
            standing = standings[key]
            interest = interest_of(ledger, standing, as_of)
            found = {
                "state": standing.state.value,
                "due_on": standing.due.on and standing.due.on.isoformat(),
                "agreed_due_on": standing.due.agreed_on and standing.due.agreed_on.isoformat(),
                "remaining": show_yuan_or_none(standing.remaining_fen),
                "days_late": standing.days_late,
                "provisional": standing.due.provisional,
                "interest": show_yuan(0 if interest is None else interest.total_fen),
            }
            wanted = {"agreed_due_on": None, "provisional": False, **obligation}
            assert {k: found[k] for k in wanted} == wanted, (day, key)
            assert standing.due.basis or standing.due.on is None
    last = max(LAST, date.fromisoformat(max(want["as_of"])))
    codes = {i.code for i in findings(ledger, standings_at(ledger, last).values())}
    assert set(want["findings"]) <= codes


def test_a_year_of_daily_sweeps_opens_and_closes_the_leads_worked_out_by_hand(
    house: House,
) -> None:
    office = house.office()
    with house.sessions.begin() as session:
        contracts.register_contracts(
            session,
            [read_contract(sample(name)) for name in NAMES],
            by=CLERK,
            office=office,
            now=at(FIRST),
            today=FIRST,
        )
    wanted: dict[date, dict[str, set[str]]] = defaultdict(dict)
    for name in NAMES:
        for day, view in expected(name)["as_of"].items():
            wanted[date.fromisoformat(day)][sample(name)["contract_no"]] = set(view["leads"])
    day = FIRST
    while day <= LAST:
        sweeps.sweep(house.sessions, office, as_of=day, now=lambda today=day: at(today))
        with house.sessions() as session:
            items = leads.list_leads(session, ALL, as_of=day).items
        found: dict[str, set[str]] = defaultdict(set)
        for item in items:
            if item["state"] == "open":
                found[item["contract_no"]].add(item["obligation"])
        for number, keys in wanted[day].items():
            assert found[number] == keys, (day, number)
        day += timedelta(days=1)


def test_each_expectation_has_its_sample() -> None:
    assert sorted(p.stem for p in Path(FOLDER / "expected").glob("*.json")) == NAMES
