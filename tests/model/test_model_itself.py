"""The reference model against the worked cases of the statutes, so that it may judge others."""

import random
from datetime import date

import pytest

from . import chains, oracle

MILLION = 1_000_000_00


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "length", "unit", "raw", "due"),
    [
        ("2026-01-19", 30, "day", "2026-02-18", "2026-02-24"),  # Spring Festival
        ("2026-01-31", 30, "day", "2026-03-02", "2026-03-02"),
        ("2026-01-31", 1, "month", "2026-02-28", "2026-02-28"),  # a Saturday worked
        ("2025-08-05", 60, "day", "2025-10-04", "2025-10-09"),  # National Day
        ("2026-02-10", 10, "working_day", "2026-03-02", "2026-03-02"),
        ("2026-04-30", 5, "working_day", "2026-05-11", "2026-05-11"),  # 9 May is worked
        ("2026-07-03", 30, "day", "2026-08-02", "2026-08-03"),
        ("2026-07-03", 90, "day", "2026-10-01", "2026-10-08"),
        ("2024-01-31", 1, "month", "2024-02-29", "2024-02-29"),
        ("2025-08-31", 6, "month", "2026-02-28", "2026-02-28"),
    ],
)
def test_a_term_ends_where_the_statutes_worked_it_out(start, length, unit, raw, due):
    assert oracle.deadline(d(start), length, unit, roll=False) == (d(raw), False)
    assert oracle.deadline(d(start), length, unit) == (d(due), False)


def test_an_end_in_a_year_without_notice_is_provisional():
    # 2026-12-02 + 30 = 2027-01-01, a fixed holiday on a Friday; the next weekday is Monday.
    assert oracle.deadline(d("2026-12-02"), 30, "day") == (d("2027-01-04"), True)
    assert oracle.deadline(d("2026-12-02"), 30, "day", roll=False) == (d("2027-01-01"), False)
    assert oracle.deadline(d("2026-12-01"), 30, "day") == (d("2026-12-31"), False)


@pytest.mark.parametrize(
    ("rate", "basis", "fen"),
    [(None, 365, 22_500_00), ("0.03", 365, 3_698_63), ("0.03", 360, 3_750_00)],
)
def test_interest_on_a_million_45_days_late(rate, basis, fen):
    until = d("2026-03-17")  # 2026-01-31 + 45
    assert (
        oracle.interest(MILLION, d("2026-01-31"), until, d("2025-06-01"), rate, [], basis=basis)
        == fen
    )


def test_statutory_interest_is_for_small_firms_and_contracts_since_the_decree():
    due, until = d("2026-01-31"), d("2026-03-17")
    assert oracle.interest(MILLION, due, until, d("2020-08-31"), None, []) == 0
    assert oracle.interest(MILLION, due, until, d("2020-09-01"), None, []) == 22_500_00
    assert oracle.interest(MILLION, due, until, d("2020-09-01"), None, [], sme=False) == 0
    assert oracle.interest(MILLION, due, until, d("2020-08-31"), "0.03", [], sme=False) == 3_698_63


def test_a_payment_bears_interest_on_its_own_day():
    # 10 days on 100 yuan, then 5 on 40: (1000 + 200) × 0.0005 = 0.60 yuan
    paid = [(d("2026-01-11"), 60_00), (d("2026-02-01"), 40_00)]
    assert (
        oracle.interest(100_00, d("2026-01-01"), d("2026-01-16"), d("2025-07-01"), None, paid) == 60
    )
    # Half a fen rounds up: 10 yuan × 1 day × 0.0005 = 0.005 yuan
    assert oracle.interest(10_00, d("2026-01-01"), d("2026-01-02"), d("2025-07-01"), None, []) == 1


@pytest.mark.parametrize(
    ("signed", "floor"),
    [
        ("2019-08-19", None),
        ("2024-10-20", "3.35"),
        ("2024-10-21", "3.10"),
        ("2025-05-19", "3.10"),
        ("2025-05-20", "3.00"),
        ("2026-09-19", "3.00"),
        ("2026-09-20", "unknown"),
    ],
)
def test_the_floor_is_the_last_rate_published_at_signing(signed, floor):
    assert oracle.lpr_floor(d(signed)) == floor


def obligation(key, kind, obligor="government", **rest):
    return {"key": key, "kind": kind, "title": key, "obligor": obligor, **rest}


def fact(kind, on, by, key=None, **rest):
    return {"kind": kind, "on": on, "by": by, **rest} | ({"obligation": key} if key else {})


def contract(*obligations, facts=(), size="small", subject="goods", signed="2025-07-01", **rest):
    return {
        "subject": subject,
        "signed_on": signed,
        "government": {"kind": "organ"},
        "enterprise": {"size": size},
        "obligations": list(obligations),
        "facts": list(facts),
        **rest,
    }


DELIVERY = obligation("d", "delivery", "enterprise", due_on="2025-09-25")
ACCEPTANCE = obligation("a", "acceptance", after="d", within={"length": 7, "unit": "day"})
PAYMENT = obligation("p", "payment", after="a", amount="100.00")
DELIVERED = fact("performed", "2025-09-25", "enterprise", "d")


def late_acceptance(*facts, as_of="2025-12-01", **rest):
    document = contract(DELIVERY, ACCEPTANCE, PAYMENT, facts=[DELIVERED, *facts], **rest)
    return oracle.standing(document, d(as_of))


def test_payment_runs_from_the_end_of_an_acceptance_period_let_pass():
    # 2025-10-02 rolls to 10-09; + 30 = 11-08, a Saturday; 11-10.
    rows = late_acceptance()
    assert rows["a"]["due_on"] == d("2025-10-09")
    assert rows["a"]["state"] == "overdue"
    assert (rows["p"]["due_on"], rows["p"]["days_late"]) == (d("2025-11-10"), 21)
    assert rows["p"]["interest"] == 105  # 100 yuan × 21 × 0.0005
    assert late_acceptance(as_of="2025-10-09")["p"]["state"] == "waiting"
    assert late_acceptance(as_of="2025-10-10")["p"]["due_on"] == d("2025-11-10")


@pytest.mark.parametrize(
    ("facts", "rest", "due"),
    [
        ([fact("performed", "2025-10-20", "government", "a")], {}, "2025-11-10"),
        ([fact("performed", "2025-10-09", "government", "a")], {}, "2025-11-10"),
        ([fact("performed", "2025-09-30", "government", "a")], {}, "2025-10-30"),
        ([fact("rejected", "2025-10-09", "government", "a")], {}, None),
        ([fact("rejected", "2025-10-10", "government", "a")], {}, "2025-11-10"),
        ([fact("disputed", "2025-10-20", "government", "d")], {}, None),
        ([], {"size": "large"}, None),
        ([], {"subject": "promise"}, None),
        ([], {"signed": "2020-08-31"}, None),
    ],
)
def test_what_moves_or_stops_a_payment_after_late_acceptance(facts, rest, due):
    assert late_acceptance(*facts, **rest)["p"]["due_on"] == (due and d(due))


def paying(payment, *facts, as_of="2026-06-30", **rest):
    document = contract(DELIVERY, {**PAYMENT, **payment}, facts=[DELIVERED, *facts], **rest)
    del document["obligations"][1]["after"]
    document["obligations"][1] |= payment
    return oracle.standing(document, d(as_of))["p"]


@pytest.mark.parametrize(
    ("payment", "rest", "due", "agreed"),
    [
        # 2025-09-25 + 60 = 11-24, a Monday; + 3 months = 12-25; + 30 = 10-25, a Saturday.
        ({"after": "d", "within": {"length": 3, "unit": "month"}}, {}, "2025-11-24", "2025-12-25"),
        ({"after": "d", "within": {"length": 60, "unit": "day"}}, {}, "2025-11-24", None),
        ({"after": "d"}, {}, "2025-10-27", None),
        ({"after": "d"}, {"size": "unknown"}, None, None),
        ({"after": "d"}, {"signed": "2020-08-31"}, None, None),
        ({"after": "signing", "within": {"length": 9, "unit": "month"}}, {}, "2026-04-01", None),
        ({"after": "d", "retention": True, "within": {"length": 1, "unit": "month"}}, {},
         "2025-10-27", None),
        ({"after": "d", "retention": True}, {}, None, None),
        ({"due_on": "2025-11-24"}, {}, "2025-11-24", None),
        ({"due_on": "2025-11-25"}, {}, "2025-11-24", "2025-11-25"),
        ({"due_on": "2025-11-25"}, {"size": "large"}, "2025-11-25", None),
    ],
)  # fmt: skip
def test_default_and_ceiling(payment, rest, due, agreed):
    row = paying(payment, **rest)
    assert (row["due_on"], row["agreed_due_on"]) == (due and d(due), agreed and d(agreed))
    assert row["state"] == ("overdue" if due else "undated")


def states(*facts):
    row = paying({"due_on": "2025-11-24"}, *facts)
    return row["state"], row["remaining"]


def test_states_follow_their_precedence():
    by_enterprise = fact("paid", "2025-11-24", "enterprise", "p", amount="60.00")
    claim = fact("paid", "2025-11-24", "government", "p", amount="40.00")
    assert states(by_enterprise, claim) == ("overdue", 40_00)
    assert states(by_enterprise, {**claim, "confirmed": True}) == ("fulfilled", 0)
    assert states(by_enterprise, {**claim, "by": "treasury", "on": "2025-11-25"}) == (
        "fulfilled_late",
        0,
    )
    part = fact("disputed", "2025-12-01", "government", "p", amount="39.99")
    assert states(by_enterprise, part) == ("overdue", 40_00)
    assert states(by_enterprise, {**part, "amount": "40.00"}) == ("disputed", 40_00)
    withdrawn = fact("undisputed", "2025-12-02", "government", "p")
    assert states(by_enterprise, {**part, "amount": "40.00"}, withdrawn) == ("overdue", 40_00)
    assert states(fact("waived", "2025-12-01", "government", "p")) == ("overdue", 100_00)
    assert states(fact("waived", "2025-12-01", "enterprise", "p")) == ("waived", 0)


def test_a_payment_that_names_no_debt_goes_to_the_oldest_due():
    later, older, same = (
        {**obligation(key, "payment", amount="100.00"), "due_on": due}
        for key, due in (("x", "2025-12-01"), ("y", "2025-11-03"), ("z", "2025-12-01"))
    )
    paid = fact("paid", "2025-11-10", "treasury", amount="150.01")
    rows = oracle.standing(contract(later, older, same, facts=[paid]), d("2025-11-10"))
    assert [rows[key]["remaining"] for key in "xyz"] == [74_99, 0, 75_00]
    assert (rows["y"]["state"], rows["y"]["days_late"]) == ("fulfilled_late", 7)


def test_a_repeated_obligation_counts_from_its_origin():
    every = {"every": {"length": 1, "unit": "month"}, "times": 3}
    rent = obligation("r", "payment", amount="1.00", due_on="2026-01-31", repeat=every)
    rows = oracle.standing(contract(rent), d("2026-01-31"))
    assert [row["due_on"].isoformat() for row in rows.values()] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]


def test_generated_documents_are_repeatable_and_have_a_standing():
    for seed in range(150):
        document = chains.random_document(random.Random(seed))
        assert document == chains.random_document(random.Random(seed))
        for day in chains.as_of_days(document, random.Random(seed)):
            for row in oracle.standing(document, day).values():
                assert (row["days_late"] > 0) >= (row["interest"] > 0)
                assert (row["state"] in ("undated", "waiting")) <= (row["due_on"] is None)


@pytest.mark.parametrize(
    "code",
    [
        "914403001922038216",
        "9144030071526726XG",
        "91110000802100433B",
        "11340321003000014D",
        "12340321485000024M",
        "91340321MA2000000L",
        "1134032100300009X3",  # inner X
        "113403210030000303",  # inner 0
        "1134032100300033XX",  # both X
    ],
)
def test_codes_are_completed_with_both_check_characters(code):
    assert chains.with_checks(code[:8], code[8:16]) == code
