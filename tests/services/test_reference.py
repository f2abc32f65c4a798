"""Next year's holidays and new rates: loaded late, they move what they touch and nothing else."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from fulfilment_monitor.domain.calendar import DayKind
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.house import House
from fulfilment_monitor.services import moves, policies, recounting, reference
from fulfilment_monitor.services.ledgers import hold_file
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.duties import Duty
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    Document,
    a_document,
    a_fact,
    a_payment,
    alerts_folder,
    contents,
    contract_id,
    day,
    lead_list,
    owed,
    register,
    reopened,
    rules_raised,
    standing,
    state,
    sweep,
    tamper,
    view,
    violations,
    wait_for_a_waiting_lock,
)

#: A notice nobody has published: the made-up holiday lasts from Friday to Monday 2027-01-04.
NOTICE_2027 = {
    "2027-01-01": "off_adjusted",
    "2027-01-04": "off_adjusted",
    "2027-01-09": "workday_makeup",
}


def load(
    house: House, year: int, notice: Mapping[str, str], on: str = "2026-12-15"
) -> tuple[int, int]:
    """Load a notice and reckon what it touches: contracts looked at, duties replaced."""
    now = at(day(on))
    with house.sessions.begin() as session:
        days = {day(d): DayKind(k) for d, k in notice.items()}
        reference.load_calendar(session, year, days, source="国办发明电", by=CLERK, now=now)
    done = recounting.reckon_affected(house.sessions, house.office(), year, by=CLERK, now=now)
    return done.contracts, done.duties_replaced


def delivered(number: str, on: str, **within: Any) -> Document:
    """A contract whose payment counts from a delivery: 30 days, unless agreed otherwise."""
    return a_document(
        owed("delivery", "enterprise", due_on=on),
        a_payment(after="delivery", **within),
        contract_no=number,
        signed_on="2026-11-01",
        facts=[a_fact("performed", on, "enterprise", "delivery")],
    )


def dated(number: str, due_on: str) -> Document:
    return a_document(a_payment(due_on=due_on), contract_no=number, signed_on="2026-11-01")


def payments_of(house: House, number: str) -> list[tuple[str, bool, bool]]:
    """What is and was believed of the payment: due date, provisional, replaced."""
    return [
        (d["due_on"], d["provisional"], d["replaced"])
        for d in view(house, "2026-12-31", number)["duties"]
        if d["obligation"] == "payment"
    ]


def test_a_notice_replaces_the_provisional_dates_and_the_old_ones_are_kept(
    house: House,
) -> None:
    register(
        house,
        delivered("moved", "2026-12-05"),  # + 30 days = Monday 2027-01-04
        delivered("same", "2026-12-12"),  # + 30 days = Monday 2027-01-11
        delivered("this year", "2026-11-20"),  # + 30 days = Sunday 2026-12-20
        dated("agreed", "2027-01-06"),
        on="2026-12-13",
    )
    late = a_document(
        a_payment(after="signing", within={"length": 18, "unit": "month"}),
        contract_no="2028",
        signed_on="2026-11-01",
    )
    register(house, late, on="2026-12-13")
    assert payments_of(house, "moved") == [("2027-01-04", True, False)]
    load(house, 2027, NOTICE_2027)
    assert payments_of(house, "moved") == [
        ("2027-01-04", True, True),
        ("2027-01-05", False, False),
    ]
    assert payments_of(house, "same")[-1] == ("2027-01-11", False, False)
    assert payments_of(house, "this year") == [("2026-12-21", False, False)]
    assert payments_of(house, "agreed") == [("2027-01-06", False, False)]
    assert payments_of(house, "2028") == [("2028-05-03", True, False)]
    assert violations(house) == []


def test_loading_a_notice_again_changes_nothing(house: House) -> None:
    register(house, delivered("HT-1", "2026-12-05"), on="2026-12-06")
    assert load(house, 2027, NOTICE_2027) == (1, 1)
    before = contents(house)
    assert load(house, 2027, NOTICE_2027, on="2026-12-16") == (1, 0)
    assert contents(house) == before


def test_a_load_that_stopped_half_way_is_finished_by_the_next(house: House) -> None:
    register(house, delivered("HT-1", "2026-12-05"), on="2026-12-06")
    days = {day(d): DayKind(k) for d, k in NOTICE_2027.items()}
    with house.sessions.begin() as session:  # and then the process dies
        now = at(day("2026-12-15"))
        reference.load_calendar(session, 2027, days, source="国办发明电", by=CLERK, now=now)
    assert payments_of(house, "HT-1") == [("2027-01-04", True, False)]
    assert load(house, 2027, NOTICE_2027, on="2026-12-16") == (1, 1)
    assert payments_of(house, "HT-1")[-1] == ("2027-01-05", False, False)
    assert violations(house) == []


def test_what_a_notice_moved_is_on_the_record_with_who_loaded_it(house: House) -> None:
    register(house, delivered("HT-1", "2026-12-05"), on="2026-12-06")
    load(house, 2027, NOTICE_2027)
    with house.readers() as session:
        query = select(AuditEntry).where(AuditEntry.action == "calendar.reckon")
        (entry,) = session.scalars(query)
    (moved,) = json.loads(bytes(entry.body))["moved"]
    assert (entry.actor, entry.object_id) == ("clerk", "2027")
    assert (moved["contract_no"], moved["from"], moved["to"]) == (
        "HT-1",
        "2027-01-04",
        "2027-01-05",
    )


def test_a_date_that_falls_away_is_told_without_a_new_one(house: House) -> None:
    # reviewed within 30 days of 2026-12-05, or approved by silence; refused on Tuesday 2027-01-05:
    # too late for the provisional 01-04, in time for the 01-05 of the notice
    register(
        house,
        a_document(
            owed("other", "enterprise", due_on="2026-12-05"),
            owed("settlement", after="other", within={"length": 30, "unit": "day"}),
            a_payment(after="settlement"),
            signed_on="2026-11-01",
            clauses={"silence_approves_settlement": True},
            facts=[
                a_fact("performed", "2026-12-05", "enterprise", "other"),
                a_fact("rejected", "2027-01-05", "government", "settlement"),
            ],
        ),
        on="2027-01-05",
    )
    assert standing(house, "2027-01-06")["due_on"] == "2027-02-03"  # 01-04 + 30 days
    load(house, 2027, NOTICE_2027, on="2027-01-06")
    assert standing(house, "2027-01-06")["state"] == "waiting"
    with house.readers() as session:
        told = moves.moved_dates(session, contract_id(house))
    fell_away = [(m["from"], m["to"], m["cause"]) for m in told if m["obligation"] == "payment"]
    assert fell_away == [("2027-02-03", None, "calendar")]


def test_only_contracts_that_changed_are_told_abroad(house: House) -> None:
    register(house, delivered("moved", "2026-12-05"), dated("agreed", "2027-01-06"))
    before = len(contents(house)["outbox_message"])
    load(house, 2027, NOTICE_2027)
    assert len(contents(house)["outbox_message"]) == before + 1
    assert load(house, 2027, NOTICE_2027) == (2, 0)
    assert len(contents(house)["outbox_message"]) == before + 1


def test_a_date_that_a_notice_leaves_where_it_is_raises_nothing_twice(house: House) -> None:
    register(house, delivered("HT-1", "2026-12-12"), on="2026-12-12")
    sweep(house, "2026-12-14")  # T-28
    load(house, 2027, NOTICE_2027)
    assert sweep(house, "2026-12-15").alerts == 0
    sweep(house, "2027-01-04")
    assert rules_raised(house) == ["payment.t-30", "payment.t-7"]


def test_a_notice_that_comes_too_late_closes_the_lead_of_a_date_that_moved(
    house: House,
) -> None:
    register(house, delivered("HT-1", "2026-12-05"), on="2026-12-06")
    assert sweep(house, "2027-01-19").leads == 1  # 15 days after 2027-01-04
    load(house, 2027, NOTICE_2027, on="2027-01-19")
    assert [(i["state"], i["closed_why"]) for i in lead_list(house)] == [("closed", "moved")]
    assert sweep(house, "2027-01-20").leads == 1
    assert [i["breached_on"] for i in lead_list(house)] == ["2027-01-04", "2027-01-05"]
    assert violations(house) == []


def test_a_contract_entered_after_the_notice_is_reckoned_by_it(house: House) -> None:
    load(house, 2027, NOTICE_2027)
    register(house, delivered("HT-1", "2026-12-05"), on="2026-12-06")
    found = standing(house, "2026-12-31")
    assert (found["due_on"], found["provisional"]) == ("2027-01-05", False)


def test_a_make_up_working_day_ends_a_period(house: House) -> None:
    load(house, 2027, NOTICE_2027)
    # + 30 days = Saturday 2027-01-09, worked in exchange for the Monday before
    register(house, delivered("HT-1", "2026-12-10"), on="2026-12-11")
    assert standing(house, "2026-12-31")["due_on"] == "2027-01-09"


def test_a_notice_put_right_moves_a_count_that_ends_the_year_after(house: House) -> None:
    # 50 working days after Friday 2026-12-11: 14 to the year's end, 5 with the Saturday to
    # 2027-01-09, 30 in the six weeks to 2027-02-19, and one more
    register(
        house,
        a_document(
            owed("permit", after="signing", within={"length": 50, "unit": "working_day"}),
            signed_on="2026-12-11",
        ),
        on="2026-12-12",
    )
    load(house, 2027, NOTICE_2027)
    assert standing(house, "2026-12-31", "permit")["due_on"] == "2027-02-22"
    shipped = {str(d): k.value for d, k in house.law.days.items() if d.year == 2026}
    load(house, 2026, {**shipped, "2026-12-14": "off_adjusted"})
    assert standing(house, "2026-12-31", "permit")["due_on"] == "2027-02-23"
    believed = [(d["due_on"], d["replaced"]) for d in view(house, "2026-12-31")["duties"]]
    assert believed[-2:] == [("2027-02-22", True), ("2027-02-23", False)]
    assert violations(house) == []


def test_a_notice_that_cannot_be_one_is_refused(house: House) -> None:
    before = contents(house)
    for notice, code in (
        ({"2026-01-01": "off_adjusted"}, "calendar.wrong-year"),
        ({"2027-01-02": "off_adjusted"}, "calendar.no-exception"),  # a Saturday
        ({"2027-01-04": "workday_makeup"}, "calendar.no-exception"),  # a Monday
        ({}, "calendar.empty"),
        ({"2027-02-09": "off_adjusted", "2027-02-11": "off_adjusted"}, "calendar.gap"),
    ):
        with pytest.raises(Invalid) as refusal:
            load(house, 2027, notice)
        assert [i.code for i in refusal.value.issues] == [code]
    assert contents(house) == before


def load_rates(house: House, **rates: str) -> list[str]:
    with house.sessions.begin() as session:
        given = {day(d.strip("d").replace("_", "-")): r for d, r in rates.items()}
        new = reference.load_rates(
            session, given, house.law.rates, by=CLERK, now=at(day("2026-11-01"))
        )
    return [str(d) for d in new]


def findings(house: House) -> list[str]:
    return [f["code"] for f in view(house, "2026-10-15")["findings"]]


def test_a_floor_that_was_unknown_becomes_known_with_the_rate(house: House) -> None:
    document = a_document(
        a_payment(due_on="2026-12-01"),
        signed_on="2026-10-10",
        late_interest={"annual_rate": "0.0295"},
    )
    register(house, document, on="2026-10-11")
    assert findings(house) == ["lpr-unknown"]
    assert load_rates(house, d2026_09_21="2.90") == ["2026-09-21"]
    assert findings(house) == []
    load_rates(house, d2026_09_22="3.05")
    assert findings(house) == ["agreed-rate-below-floor"]


def test_a_rate_that_is_known_stays_as_it_is(house: House) -> None:
    assert load_rates(house, d2026_09_21="2.90") == ["2026-09-21"]
    assert load_rates(house, d2026_09_21="9.90", d2026_10_20="2.80") == ["2026-10-20"]
    assert str(house.office().statute.lpr.on(day("2026-10-01"))) == "0.029"


def test_a_rate_that_ships_with_the_release_stays_as_it_is(house: House) -> None:
    # "known days stay as they are": the floor of a signed contract does not change afterwards
    assert load_rates(house, d2026_08_20="9.90") == []
    assert str(house.office().statute.lpr.on(day("2026-08-21"))) == "0.03"


def test_what_is_no_percentage_is_refused(house: House) -> None:
    before = contents(house)
    for percent in ("", "3,00", "-1", "3.0%", "x", "300", "³", "3.¹"):
        with pytest.raises(Invalid):
            load_rates(house, d2026_09_21=percent)
    assert contents(house) == before


def test_a_notice_is_on_the_record_with_its_source(house: House) -> None:
    load(house, 2027, NOTICE_2027)
    assert any("calendar.load" in row for row in contents(house)["audit_entry"])
    assert any("国办发明电" in row for row in contents(house)["calendar_year"])
    assert violations(house) == []


def test_facts_stated_after_the_notice_are_reckoned_by_it(house: House) -> None:
    register(house, {**delivered("HT-1", "2026-12-05"), "facts": []}, on="2026-12-06")
    load(house, 2027, NOTICE_2027)
    state(house, a_fact("performed", "2026-12-05", "enterprise", "delivery"), "2026-12-20")
    assert payments_of(house, "HT-1")[-1] == ("2027-01-05", False, False)
    assert violations(house) == []


# --- when the law or the program says otherwise -----------------------------------------------


def test_what_a_release_reckons_otherwise_is_reckoned_anew_and_says_why(house: House) -> None:
    register(house, delivered("HT-1", "2026-11-10"), dated("HT-2", "2026-12-01"))
    earlier = update(Duty).where(Duty.due_on == day("2026-12-10"))
    worded = update(Duty).values(basis=["as an earlier release had it"])
    tamper(house, earlier.values(due_on=day("2026-12-09")), worded)
    assert "duty.not-as-reckoned" in {name for name, _ in violations(house)}
    now = at(day("2026-11-20"))
    done = recounting.reckon_all(house.sessions, house.office(), by=CLERK, now=now)
    assert (done.contracts, done.duties_replaced) == (2, 3)
    [moved] = done.moved
    assert (moved["contract_no"], moved["from"], moved["to"]) == (
        "HT-1",
        "2026-12-09",
        "2026-12-10",
    )
    assert violations(house) == []
    with house.readers() as session:
        [told] = moves.moved_dates(session, contract_id(house, "HT-1"))
    assert (told["cause"], told["why"]) == ("law", "所依据的规定或者计算规则更新后重算")
    again = recounting.reckon_all(
        house.sessions, house.office(), by=CLERK, now=at(day("2026-11-21"))
    )
    assert (again.duties_replaced, again.moved, again.clocks_replaced) == (0, [], 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_reckoning_anew_and_importing_under_a_new_policy_do_not_wait_for_each_other(
    house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    held, now = contract_id(house), at(day("2025-07-03"))
    folder = alerts_folder(tmp_path, ("procurement = 15", "procurement = 30"))
    with closing(reopened(house, folder)) as other, ThreadPoolExecutor(1) as pool:
        office = other.office()
        with other.sessions.begin() as session:
            policies.keep_policy(session, office, now=now)  # as an import begins
            later = pool.submit(recounting.reckon_all, other.sessions, office, by=CLERK, now=now)
            wait_for_a_waiting_lock(other)
            hold_file(session, held)  # as it goes on with what comes again
        assert later.result(60).contracts == 1
