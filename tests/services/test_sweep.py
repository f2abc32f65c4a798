"""The sweep: what it raises, when, and what it never raises twice."""

from datetime import date, timedelta

import pytest

from fulfilment_monitor.domain.facts import Answer, Source
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from fulfilment_monitor.services import alerts, facts, leads, sweeps
from fulfilment_monitor.services.sight import ALL
from tests.conftest import at
from tests.services.registers import (
    CLERK,
    a_document,
    a_payment,
    many,
    raised,
    register,
    violations,
)

SEEN_FIRST = date(2025, 8, 1)


def sweep_on(house: House, day: date, written: date | None = None) -> sweeps.Outcome:
    """Sweep for a day, by default on that day."""
    return sweeps.sweep(house.sessions, house.office(), as_of=day, now=lambda: at(written or day))


def say(house: House, contract_id: int, written: date, **fact: str) -> str:
    with house.sessions.begin() as session:
        return facts.state_fact(
            session,
            contract_id,
            read_fact({"obligation": "payment", **fact}),
            by=CLERK,
            office=house.office(),
            now=at(written),
        )


def rules(house: House) -> list[str]:
    with house.readers() as session:
        items = alerts.list_alerts(session, ALL, house.policy).items
    return [i["rule"] for i in sorted(items, key=lambda i: i["holds_from"])]


@pytest.mark.proves("R-02", "R-14")
def test_every_step_is_raised_on_its_day(house: House) -> None:
    register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    due, found = date(2025, 10, 1), {}
    for n in range(-35, 40):
        day = due + timedelta(days=n)
        sweep_on(house, day)
        with house.readers() as session:
            new = alerts.list_alerts(session, ALL, house.policy).items
        found |= {i["rule"]: i["raised_on"] for i in new}
    assert found == {
        "payment.t-30": "2025-09-01",
        "payment.t-7": "2025-09-24",
        "payment.t-1": "2025-09-30",
        "payment.t+0": "2025-10-01",
        "payment.t+1": "2025-10-02",
        "payment.t+7": "2025-10-08",
        "payment.not-reported": "2025-10-11",
        "payment.t+15": "2025-10-16",
        "payment.t+30": "2025-10-31",
    }


@pytest.mark.proves("G11", "I-2", "R-14")
@pytest.mark.parametrize("gap", [2, 9, 40, 75])
def test_after_any_gap_one_sweep_finds_what_daily_runs_would_have(house: House, gap: int) -> None:
    start, end = date(2025, 9, 5), date(2025, 9, 5) + timedelta(days=gap)
    register(house, many(40), SEEN_FIRST)
    sweep_on(house, start)
    sweep_on(house, end)
    late = raised(house)
    assert sweep_on(house, end)[1:] == (0, 0, 0)
    daily = []
    for submission in many(40):
        due = submission.contract.obligations[0].due_on
        assert due is not None
        steps = [(-30, "t-30"), (-7, "t-7"), (-1, "t-1"), (0, "t+0"), (1, "t+1"), (7, "t+7")]
        steps += [(10, "not-reported"), (15, "t+15"), (30, "t+30")]
        held = [(due + timedelta(days=n), name) for n, name in steps]
        seen = [h for h in held if h[0] <= start][-1:] + [h for h in held if start < h[0] <= end]
        daily += [(submission.contract.contract_no, f"payment.{name}") for _, name in seen]
    assert sorted((a[0], a[2]) for a in late.alerts) == sorted(daily)
    overdue = [
        s.contract.contract_no
        for s in many(40)
        if (end - (s.contract.obligations[0].due_on or end)).days >= 15
    ]
    assert [lead[0] for lead in late.leads] == overdue


def test_an_old_contract_registered_late_raises_only_the_highest_step(house: House) -> None:
    register(house, [read_contract(a_document("HT-1"))], date(2026, 5, 1))
    done = sweep_on(house, date(2026, 5, 2))
    assert rules(house) == ["payment.t+30"]
    assert (done.alerts, done.leads) == (1, 1)


def test_a_payment_in_time_raises_nothing_afterwards(house: House) -> None:
    [contract] = register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    sweep_on(house, date(2025, 9, 25))
    say(
        house,
        contract,
        date(2025, 9, 28),
        kind="paid",
        on="2025-09-28",
        by="treasury",
        amount="1000.00",
    )
    assert sweep_on(house, date(2025, 12, 31))[2:] == (0, 0)
    assert violations(house) == []


def test_a_claim_in_full_delays_the_lead_by_the_grace_for_confirmation(house: House) -> None:
    [contract] = register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    say(
        house,
        contract,
        date(2025, 10, 10),
        kind="paid",
        on="2025-10-10",
        by="government",
        amount="1000.00",
    )
    # due 10-01 + 15 = 10-16; the claim of 10-10 + 15 = 10-25
    assert sweep_on(house, date(2025, 10, 24)).leads == 0
    assert sweep_on(house, date(2025, 10, 25)).leads == 1


@pytest.mark.proves("A1")
def test_a_cure_closes_the_lead_and_a_new_breach_is_a_new_episode(house: House) -> None:
    [contract] = register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    sweep_on(house, date(2025, 10, 20))
    claim = say(
        house,
        contract,
        date(2025, 10, 21),
        kind="paid",
        on="2025-09-30",
        by="government",
        amount="1000.00",
    )
    with house.readers() as session:
        assert leads.list_leads(session, ALL).items[0]["state"] == "open"
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            claim,
            Answer.CONFIRMED,
            side=Source.ENTERPRISE,
            by=CLERK,
            office=house.office(),
            now=at(date(2025, 10, 22)),
        )
    with house.readers() as session:
        [cured] = leads.list_leads(session, ALL).items
    assert (cured["state"], cured["closed_why"], cured["closed_on"]) == (
        "closed",
        "fulfilled",
        "2025-10-20",
    )
    with house.sessions.begin() as session:
        facts.answer_fact(
            session,
            claim,
            Answer.DISPUTED,
            side=Source.ENTERPRISE,
            by=CLERK,
            office=house.office(),
            now=at(date(2025, 11, 1)),
        )
    sweep_on(house, date(2025, 11, 2))
    assert [lead[4] for lead in raised(house).leads] == [1, 2]
    assert sweep_on(house, date(2025, 11, 2)).leads == 0
    assert violations(house) == []


def test_a_sweep_of_the_past_sees_the_past_and_the_future_is_not_lost(house: House) -> None:
    paid = {
        "kind": "paid",
        "on": "2025-11-15",
        "by": "treasury",
        "obligation": "payment",
        "amount": "1000.00",
    }
    register(house, [read_contract(a_document("HT-1", facts=[paid]))], date(2026, 1, 5))
    assert sweep_on(house, date(2026, 1, 6)).leads == 0
    assert sweep_on(house, date(2025, 10, 20), written=date(2026, 1, 6)).leads == 1
    with house.readers() as session:
        assert leads.list_leads(session, ALL, as_of=date(2025, 10, 20)).items[0]["state"] == "open"
    assert sweep_on(house, date(2026, 1, 7)).leads == 0
    with house.readers() as session:
        [lead] = leads.list_leads(session, ALL).items
    assert (lead["state"], lead["closed_on"]) == ("closed", "2025-11-15")
    assert violations(house) == []


@pytest.mark.proves("R-129")
def test_a_lead_freezes_what_it_rests_on(house: House) -> None:
    partly = {
        "kind": "paid",
        "on": "2025-10-05",
        "by": "treasury",
        "obligation": "payment",
        "amount": "400.00",
    }
    register(house, [read_contract(a_document("HT-1", facts=[partly]))], SEEN_FIRST)
    for day in (date(2025, 9, 1), date(2025, 10, 2), date(2025, 10, 16)):
        sweep_on(house, day)
    with house.readers() as session:
        [lead] = leads.list_leads(session, ALL).items
    evidence = lead["evidence"]
    assert lead["outstanding"] == "600.00"
    # 1000 × 4 days (10-02 … 10-05) + 600 × 11 days (10-06 … 10-16) = 10,600 × 0.0005 = 5.30
    assert lead["interest"] == "5.30"
    assert evidence["payments"] == [{"on": "2025-10-05", "amount": "400.00"}]
    assert evidence["basis"][0] == "合同约定日期 2025-10-01"
    assert [a["rule"] for a in evidence["alerts"]][:2] == ["payment.t-30", "payment.t-7"]
    assert evidence["policy"] == house.policy.version


def test_no_lead_arises_from_what_the_enterprise_owes(house: House) -> None:
    late = {
        "key": "delivery",
        "kind": "delivery",
        "title": "交货",
        "obligor": "enterprise",
        "due_on": "2025-08-15",
    }
    register(house, [read_contract(a_document("HT-1", late))], SEEN_FIRST)
    done = sweep_on(house, date(2025, 12, 1))
    assert (done.alerts > 0, done.leads) == (True, 0)


def test_a_large_state_firm_gets_alerts_but_no_lead(house: House) -> None:
    firm = {
        "name": "示例大型企业",
        "uscc": "91340321MA2000000L",
        "ownership": "state",
        "size": "large",
    }
    register(house, [read_contract(a_document("HT-1", enterprise=firm))], SEEN_FIRST)
    done = sweep_on(house, date(2025, 12, 1))
    assert (done.alerts, done.leads) == (1, 0)


def test_what_is_disputed_in_part_stays_due_in_the_rest(house: House) -> None:
    disputed = {
        "kind": "disputed",
        "on": "2025-09-20",
        "by": "government",
        "obligation": "payment",
        "amount": "300.00",
    }
    register(house, [read_contract(a_document("HT-1", facts=[disputed]))], SEEN_FIRST)
    sweep_on(house, date(2025, 10, 16))
    with house.readers() as session:
        [lead] = leads.list_leads(session, ALL).items
    assert lead["outstanding"] == "700.00"
    assert "dispute.raised" in rules(house)


@pytest.mark.proves("A6")
def test_a_stalled_acceptance_starts_the_payment_term_by_itself(house: House) -> None:
    owed = (
        {
            "key": "delivery",
            "kind": "delivery",
            "title": "交货",
            "obligor": "enterprise",
            "due_on": "2025-09-25",
        },
        {
            "key": "acceptance",
            "kind": "acceptance",
            "title": "验收",
            "obligor": "government",
            "after": "delivery",
            "within": {"length": 7, "unit": "day"},
        },
        a_payment(after="acceptance"),
    )
    delivered = {
        "kind": "performed",
        "on": "2025-09-25",
        "by": "enterprise",
        "obligation": "delivery",
    }
    register(house, [read_contract(a_document("HT-1", *owed, facts=[delivered]))], SEEN_FIRST)
    day = date(2025, 9, 26)
    while day <= date(2025, 11, 25):
        sweep_on(house, day)
        day += timedelta(days=1)
    # acceptance by 10-09 (10-02 rolls), payment by 11-10 (11-08 rolls); leads 15 days later
    with house.readers() as session:
        found = {x["obligation"]: x for x in leads.list_leads(session, ALL).items}
    assert {k: (x["breached_on"], x["raised_on"]) for k, x in found.items()} == {
        "acceptance": ("2025-10-09", "2025-10-24"),
        "payment": ("2025-11-10", "2025-11-25"),
    }


def test_a_rehearsal_changes_nothing(house: House) -> None:
    register(house, many(10), SEEN_FIRST)
    day = date(2025, 11, 20)
    would = sweeps.rehearse(house.sessions, house.office(), as_of=day, now=lambda: at(day))
    assert raised(house) == ([], [])
    assert would == sweep_on(house, day)


def test_a_fact_in_a_gap_loses_no_step(house: House) -> None:
    [contract] = register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    sweep_on(house, date(2025, 8, 20))
    part = {"kind": "paid", "by": "treasury", "amount": "400.00"}
    say(house, contract, date(2025, 9, 10), on="2025-09-10", **part)
    sweep_on(house, date(2025, 10, 2))
    # T-30 fell before the payment, the others after it
    assert rules(house) == [f"payment.{n}" for n in ("t-30", "t-7", "t-1", "t+0", "t+1")]


def test_a_fact_after_a_look_does_not_make_old_steps_news_nor_swallow_new_ones(
    house: House,
) -> None:
    [contract] = register(house, [read_contract(a_document("HT-1"))], SEEN_FIRST)
    sweep_on(house, date(2025, 9, 25))
    part = {"kind": "paid", "by": "treasury", "amount": "400.00"}
    say(house, contract, date(2025, 9, 26), on="2025-09-26", **part)
    sweep_on(house, date(2025, 10, 8))
    # at the first look T-30 and T-7 count as one; what follows is raised step by step
    assert rules(house) == [f"payment.{n}" for n in ("t-7", "t-1", "t+0", "t+1", "t+7")]
    assert violations(house) == []
