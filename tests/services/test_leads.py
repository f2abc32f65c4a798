"""Leads: opened with frozen evidence, closed with day and reason when cured, never removed."""

from threading import Thread
from typing import Any

import pytest

from fulfilment_monitor.domain.errors import AlreadyBreached
from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps
from fulfilment_monitor.services.failpoints import Reach, nothing
from tests.conftest import at
from tests.services.builders import (
    INSTITUTION,
    a_body,
    a_document,
    a_fact,
    a_firm,
    a_payment,
    amend,
    answer,
    day,
    lead_list,
    office,
    owed,
    paid,
    register,
    standing,
    state,
    sweep,
    view,
    violations,
    wait_for_a_waiting_lock,
)

Items = list[dict[str, Any]]


def breached(house: House, **document: Any) -> str:
    """A payment due 2025-09-10 missed, and its lead of 2025-09-25; returns the lead's id."""
    register(house, a_document(**document))
    assert sweep(house, "2025-09-25").leads == 1
    return lead_list(house)[0]["id"]


def sweep_late(house: House, as_of: str, size: int = 100, reach: Reach = nothing) -> sweeps.Outcome:
    """Sweep for a day long past."""
    return sweeps.sweep(
        house.sessions,
        office(house),
        as_of=day(as_of),
        now=lambda: at(day("2025-12-20")),
        size=size,
        reach=reach,
    )


def endings(items: Items) -> list[tuple[int, str, str | None, str | None]]:
    return [(i["episode"], i["state"], i["closed_on"], i["closed_why"]) for i in items]


def test_a_lead_says_what_was_missed_and_freezes_the_evidence(house: House) -> None:
    breached(house, amount="1000.00")
    (item,) = lead_list(house)
    assert {k: item[k] for k in ("contract_no", "obligation", "rule", "breached_on")} == {
        "contract_no": "HT-1",
        "obligation": "payment",
        "rule": "payment.not-performed",
        "breached_on": "2025-09-10",
    }
    evidence = item["evidence"]
    assert evidence["outstanding"] == "1000.00"
    assert evidence["interest"] == "7.50"  # 1000.00 x 0.0005 x 15 days
    assert evidence["interest_until"] == "2025-09-25"
    assert evidence["policy"] == house.policy.version
    assert evidence["reported"] is False
    state(house, paid("2025-09-30", "400.00"), "2025-09-30")
    sweep(house, "2025-10-01")
    assert lead_list(house)[0]["evidence"] == evidence


def test_the_days_of_grace_pass_before_a_lead(house: House) -> None:
    register(house, a_document())
    assert sweep(house, "2025-09-24").leads == 0
    assert sweep(house, "2025-09-25").leads == 1
    assert sweep(house, "2025-09-25").leads == 0
    assert sweep(house, "2025-12-25").leads == 0


def test_leads_arise_only_towards_private_enterprises_and_smes(house: House) -> None:
    firms = {
        "private": a_firm(),
        "state SME": a_firm(ownership="state", size="medium"),
        "private large": a_firm(ownership="private", size="large"),
        "state large": a_firm(ownership="state", size="large"),
        "foreign unknown": a_firm(ownership="foreign", size="unknown"),
    }
    register(house, *(a_document(contract_no=n, enterprise=f) for n, f in firms.items()))
    sweep(house, "2025-10-31")
    towards = sorted(i["contract_no"] for i in lead_list(house))
    assert towards == ["private", "private large", "state SME"]


def test_what_an_enterprise_owes_raises_alerts_and_no_lead(house: House) -> None:
    register(house, a_document(owed("delivery", "enterprise", due_on="2025-09-10")))
    done = sweep(house, "2025-10-31")
    assert (done.alerts, done.leads) == (1, 0)


def test_a_cure_closes_the_lead_with_its_day_and_reason_and_it_stays(house: House) -> None:
    ulid = breached(house)
    state(house, paid("2025-10-09"), "2025-10-10")
    (item,) = lead_list(house)
    assert (item["id"], *endings([item])[0]) == (ulid, 1, "closed", "2025-10-09", "fulfilled")
    assert lead_list(house, as_of="2025-10-08")[0]["state"] == "open"
    assert violations(house) == []


def test_a_cure_known_beforehand_closes_the_lead_on_its_day(house: House) -> None:
    breached(house)
    state(house, paid("2025-10-09"), "2025-09-26")
    sweep(house, "2025-10-20")
    assert endings(lead_list(house)) == [(1, "closed", "2025-10-09", "fulfilled")]
    assert lead_list(house, as_of="2025-10-08")[0]["state"] == "open"


def test_it_is_closed_once_whatever_else_was_watched_from_that_day_on(house: House) -> None:
    """A dispute of the due day is a duty of that day, too."""
    other = a_fact("disputed", "2025-09-10", "government", amount="300.00")
    register(house, a_document(facts=[other, paid("2025-10-05")]), on="2025-12-20")
    assert sweep_late(house, "2025-10-02").leads == 1
    sweep_late(house, "2025-10-12")
    assert endings(lead_list(house)) == [(1, "closed", "2025-10-05", "fulfilled")]
    assert violations(house) == []


def test_it_is_closed_once_by_two_sweeps_at_once(house: House) -> None:
    """One ends its duty, while the other closes what else is settled of the contract."""
    facts = [
        a_fact("disputed", "2025-10-05", "government", "first"),
        a_fact("paid", "2025-10-05", "enterprise", "second", amount="1000.00"),
        a_fact("paid", "2025-10-07", "enterprise", "first", amount="1000.00"),
        a_fact("undisputed", "2025-10-08", "government", "first"),
    ]
    owed_twice = [a_payment(key=key, due_on="2025-09-10") for key in ("first", "second")]
    register(house, a_document(*owed_twice, facts=facts), on="2025-12-20")
    assert sweep_late(house, "2025-10-02").leads == 2
    others: list[Thread] = []

    def meet_another(point: str) -> None:
        if point == "sweep.before_commit" and not others:
            others.append(Thread(target=sweep_late, args=(house, "2025-10-12", 1)))
            others[0].start()
            wait_for_a_waiting_lock(house)

    sweep_late(house, "2025-10-12", 1, meet_another)
    others[0].join()
    assert {i["state"] for i in lead_list(house)} == {"closed"}
    assert violations(house) == []


def test_a_waiver_closes_it_as_waived(house: House) -> None:
    breached(house)
    state(house, a_fact("waived", "2025-09-30", "enterprise"), "2025-09-30")
    assert endings(lead_list(house)) == [(1, "closed", "2025-09-30", "waived")]


def test_nothing_less_than_a_cure_closes_it(house: House) -> None:
    lesser = {
        "a part": paid("2025-09-30", "999.99"),
        "a claim": paid("2025-09-30", "1000.00", "government"),
        "a dispute": a_fact("disputed", "2025-09-30", "government"),
        "a waiver by the debtor": a_fact("waived", "2025-09-30", "government"),
    }
    register(house, *(a_document(contract_no=name) for name in lesser))
    sweep(house, "2025-09-25")
    for name, fact in lesser.items():
        state(house, fact, "2025-09-30", number=name)
    sweep(house, "2025-10-31")
    assert endings(lead_list(house)) == [(1, "open", None, None)] * 4
    assert violations(house) == []


def test_a_token_payment_leaves_the_lead_open_for_the_exact_rest(house: House) -> None:
    breached(house)
    state(house, paid("2025-09-30", "0.01"), "2025-09-30")
    sweep(house, "2025-10-31")
    assert lead_list(house)[0]["state"] == "open"
    assert standing(house, "2025-10-31")["remaining"] == "999.99"


@pytest.mark.proves("A1")
def test_a_back_dated_payment_closes_the_lead_and_both_days_stay_on_record(
    house: House,
) -> None:
    ulid = breached(house)
    claim = state(house, paid("2025-09-09", by="government"), "2025-09-26")
    assert endings(lead_list(house)) == [(1, "open", None, None)]
    assert standing(house, "2025-09-26")["days_late"] == 16  # moves only once both have signed
    answer(house, claim, "confirmed", "enterprise", "2025-09-28")
    (item,) = lead_list(house)
    assert (item["id"], item["raised_on"]) == (ulid, "2025-09-25")
    assert (item["state"], item["closed_why"]) == ("closed", "fulfilled")
    assert item["closed_on"] >= item["raised_on"]
    (fact,) = view(house, "2025-09-28")["facts"]
    assert (fact["on"], fact["recorded_at"][:10]) == ("2025-09-09", "2025-09-26")
    assert standing(house, "2025-09-28")["days_late"] == 0
    assert violations(house) == []


def test_a_correction_that_takes_a_payment_back_is_a_new_episode_with_a_new_lead(
    house: House,
) -> None:
    first = breached(house)
    payment = state(house, paid("2025-10-09"), "2025-10-10")
    sweep(house, "2025-10-11")
    state(house, paid("2025-10-09", "10.00"), "2025-10-15", supersedes=payment)
    assert sweep(house, "2025-10-16").leads == 1
    assert sweep(house, "2025-10-17").leads == 0
    items = lead_list(house)
    assert endings(items) == [(1, "closed", "2025-10-09", "fulfilled"), (2, "open", None, None)]
    assert items[0]["id"] == first
    assert items[1]["outstanding"] == "990.00"
    assert violations(house) == []


def test_a_third_breach_is_a_third_episode(house: House) -> None:
    breached(house)
    for month in ("10", "11"):
        payment = state(house, paid(f"2025-{month}-01"), f"2025-{month}-02")
        state(house, paid(f"2025-{month}-01", "1.00"), f"2025-{month}-03", supersedes=payment)
        assert sweep(house, f"2025-{month}-04").leads == 1
    assert [e[:2] for e in endings(lead_list(house))] == [
        (1, "closed"),
        (2, "closed"),
        (3, "open"),
    ]
    assert violations(house) == []


def test_a_dispute_and_its_end_is_no_new_episode(house: House) -> None:
    breached(house)
    state(house, a_fact("disputed", "2025-09-26", "government"), "2025-09-26")
    sweep(house, "2025-09-27")
    state(house, a_fact("undisputed", "2025-09-28", "government"), "2025-09-28")
    assert sweep(house, "2025-10-31").leads == 0
    assert endings(lead_list(house)) == [(1, "open", None, None)]


def test_a_full_claim_gives_the_enterprise_time_to_answer_before_a_lead(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-20", by="government"), "2025-09-20")
    assert sweep(house, "2025-09-25").leads == 0
    assert sweep(house, "2025-10-04").leads == 0
    assert sweep(house, "2025-10-05").leads == 1  # 15 days after the claim


def test_a_claim_of_a_part_gives_no_time(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-20", "999.99", "government"), "2025-09-20")
    assert sweep(house, "2025-09-25").leads == 1


@pytest.mark.proves("A2")
def test_a_missed_date_is_history_even_for_a_lead_that_was_closed(house: House) -> None:
    breached(house)
    with pytest.raises(AlreadyBreached):
        amend(
            house,
            "2025-09-26",
            agreed_on="2025-09-01",
            changes=[{"obligation": "payment", "due_on": "2025-12-31"}],
        )
    assert endings(lead_list(house)) == [(1, "open", None, None)]
    assert standing(house, "2025-09-26")["due_on"] == "2025-09-10"


def test_each_obligation_of_a_contract_has_a_lead_of_its_own(house: House) -> None:
    register(
        house,
        a_document(
            a_payment("100.00", key="first", due_on="2025-09-10"),
            a_payment("200.00", key="second", due_on="2025-09-12"),
            owed("permit", due_on="2025-09-11"),
        ),
    )
    sweep(house, "2025-10-31")
    assert {(i["obligation"], i["rule"], i["outstanding"]) for i in lead_list(house)} == {
        ("first", "payment.not-performed", "100.00"),
        ("second", "payment.not-performed", "200.00"),
        ("permit", "permit.not-performed", None),
    }


def test_a_lead_names_the_alerts_that_were_sent_before_it(house: House) -> None:
    register(house, a_document())
    for on in ("2025-09-03", "2025-09-11"):
        sweep(house, on)
    sweep(house, "2025-09-25")
    told = [(a["rule"], a["raised_on"]) for a in lead_list(house)[0]["evidence"]["alerts"]]
    assert told[:2] == [("payment.t-7", "2025-09-03"), ("payment.t-1", "2025-09-11")]


def test_the_same_number_of_another_body_has_leads_of_its_own(house: House) -> None:
    register(house, a_document(), a_document(government=a_body(INSTITUTION, "示例县人民医院")))
    sweep(house, "2025-10-31")
    assert sorted(i["respondent"] for i in lead_list(house)) == ["示例县人民医院", "示例县财政局"]


def test_a_lead_towards_a_co_government_names_it(house: House) -> None:
    register(
        house,
        a_document(
            {**a_payment(due_on="2025-09-10"), "obligor": INSTITUTION},
            co_governments=[a_body(INSTITUTION, "示例县人民医院")],
        ),
    )
    sweep(house, "2025-10-31")
    assert [i["respondent"] for i in lead_list(house)] == ["示例县人民医院"]


def test_a_lead_that_rests_on_a_delivery_that_never_was_is_closed_as_moved(
    house: House,
) -> None:
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment(after="delivery"),
            facts=[a_fact("performed", "2025-08-01", "enterprise", "delivery")],
        ),
    )
    sweep(house, "2025-09-30")
    assert endings(lead_list(house)) == [(1, "open", None, None)]
    delivery = view(house, "2025-09-30")["facts"][0]["id"]
    later = a_fact("performed", "2025-09-20", "enterprise", "delivery")
    state(house, later, "2025-10-01", supersedes=delivery)
    assert [(i["state"], i["closed_why"]) for i in lead_list(house)] == [("closed", "moved")]
    # 2025-09-20 + 30 days = 2025-10-20, and 15 days of grace
    assert sweep(house, "2025-11-03").leads == 0
    assert sweep(house, "2025-11-04").leads == 1
    assert violations(house) == []
