"""How a due date comes about: day zero, default, ceiling, roll, and the reasons given."""

from dataclasses import replace

import pytest

from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.domain.contracts import Clause, Subject
from fulfilment_monitor.domain.duedates import deadline, has_payment_term, under_decree
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.states import State
from tests.domain.builders import (
    a_contract,
    a_fact,
    acceptance,
    an_enterprise,
    an_obligation,
    day,
    days,
    delivered,
    delivery,
    disputed,
    months,
    payment,
    performed,
    standing,
    standings,
    working_days,
)
from tests.model.compare import statute

LATER = "2026-06-30"


def due(terms, *told, as_of=LATER, **changes):
    """(due, agreed beside it) of a payment under a contract with one delivery, done 2025-09-25."""
    contract = a_contract(delivery(), terms, **changes)
    found = standing(contract, delivered(), *told, as_of=as_of).due
    return found.on, found.agreed_on


# --- default and ceiling -------------------------------------------------------------------------


def test_without_an_agreed_term_a_payment_is_due_thirty_days_after_delivery():
    # 2025-09-25 + 30 = 10-25, a Saturday; Monday
    assert due(payment(after="delivery")) == (day("2025-10-27"), None)


@pytest.mark.parametrize(
    ("within", "on", "agreed"),
    [
        (days(10), "2025-10-09", None),  # 10-05, in National Day
        (days(45), "2025-11-10", None),  # 11-09, a Sunday
        (days(60), "2025-11-24", None),  # 5 of September, 31 of October, 24 of November: a Monday
        (days(61), "2025-11-24", "2025-11-25"),
        (days(90), "2025-11-24", "2025-12-24"),
        (months(2), "2025-11-24", "2025-11-25"),  # 61 days
        (months(3), "2025-11-24", "2025-12-25"),
        # 4 in September (Sun 28 is worked), 18 in October from the 9th (Sat 11 is worked), and
        # 16 or 17 in November
        (working_days(38), "2025-11-24", None),
        (working_days(39), "2025-11-24", "2025-11-25"),
    ],
)
def test_an_agreed_term_holds_up_to_sixty_days_and_beyond_stands_beside_the_statutory_date(
    within, on, agreed
):
    terms = payment(after="delivery", within=within)
    assert due(terms) == (day(on), agreed and day(agreed))


def test_the_ceiling_is_compared_before_rolling():
    # Delivered 2025-08-05: 60 days end 10-04, 61 days 10-05; both roll to 10-09.
    for length, agreed in ((60, None), (61, day("2025-10-09"))):
        contract = a_contract(delivery(), payment(after="delivery", within=days(length)))
        found = standing(contract, delivered("2025-08-05"), as_of=LATER).due
        assert (found.on, found.agreed_on) == (day("2025-10-09"), agreed)


def test_a_term_within_the_ceiling_may_roll_beyond_it():
    # Delivered 2025-08-02, a Saturday: 60 days end 10-01 and roll to 10-09, day 68.
    contract = a_contract(delivery(), payment(after="delivery", within=days(60)))
    found = standing(contract, delivered("2025-08-02"), as_of=LATER).due
    assert (found.on, found.agreed_on) == (day("2025-10-09"), None)


@pytest.mark.parametrize(
    ("agreed_on", "on", "agreed"),
    [
        ("2025-11-23", "2025-11-23", None),  # a Sunday, taken as written
        ("2025-11-24", "2025-11-24", None),  # the sixtieth day after delivery
        ("2025-11-25", "2025-11-24", "2025-11-25"),
        ("2026-03-31", "2025-11-24", "2026-03-31"),
    ],
)
def test_an_agreed_date_beyond_delivery_and_sixty_days_stands_beside_the_statutory_one(
    agreed_on, on, agreed
):
    assert due(payment(due_on=agreed_on)) == (day(on), agreed and day(agreed))


@pytest.mark.parametrize(
    ("agreed_on", "on", "agreed"),
    [
        # delivered 2025-08-05, 60 days end Sat 10-04 and roll to Thu 10-09
        ("2025-10-04", "2025-10-04", None),
        ("2025-10-08", "2025-10-08", None),  # past the raw end, before the rolled: never postponed
        ("2025-10-10", "2025-10-09", "2025-10-10"),
    ],
)
def test_a_ceiling_that_rolls_never_postpones_an_agreed_date(agreed_on, on, agreed):
    contract = a_contract(delivery(), payment(due_on=agreed_on))
    found = standing(contract, delivered("2025-08-05"), as_of=LATER).due
    assert (found.on, found.agreed_on) == (day(on), agreed and day(agreed))


def test_before_delivery_an_agreed_date_stands_alone():
    contract = a_contract(delivery(), payment(due_on="2026-03-31"))
    assert standing(contract, as_of=LATER).due.agreed_on is None
    found = standing(contract, delivered("2025-09-25"), as_of="2025-09-24").due
    assert (found.on, found.agreed_on) == (day("2026-03-31"), None)


def test_the_ceiling_on_an_agreed_date_counts_from_the_last_of_several_deliveries():
    contract = a_contract(
        delivery(), delivery("2025-10-31", key="rest"), payment(due_on="2026-03-31")
    )
    first, rest = delivered(), performed("rest", "2025-10-31", "enterprise")
    assert standing(contract, first, as_of=LATER).due.on == day("2026-03-31")
    # 2025-10-31 + 60 = 12-30, a Tuesday
    assert standing(contract, first, rest, as_of=LATER).due.on == day("2025-12-30")


def test_a_disputed_delivery_sets_no_ceiling_on_an_agreed_date():
    contract = a_contract(delivery(), payment(due_on="2026-03-31"))
    told = delivered(), disputed("2025-10-01", key="delivery")
    assert standing(contract, *told, as_of=LATER).due.on == day("2026-03-31")


def test_a_delivery_agreed_later_lifts_no_ceiling_before_it_was_agreed():
    more = delivery("2026-03-31", key="more", added_on="2026-01-15")
    contract = a_contract(delivery(), payment(due_on="2026-03-31"), more)
    found = standing(contract, delivered(), as_of="2026-01-14").due
    assert (found.on, found.agreed_on) == (day("2025-11-24"), day("2026-03-31"))


def test_an_agreed_date_is_taken_as_written_with_a_note_when_it_is_a_day_of_rest():
    rest = standing(a_contract(payment(due_on="2025-10-01")), as_of=LATER).due
    assert rest.on == day("2025-10-01")
    assert any("2025-10-01 为休息日" in line and "不顺延" in line for line in rest.basis)
    worked = standing(a_contract(payment(due_on="2025-09-28")), as_of=LATER).due  # a worked Sunday
    assert not any("休息日" in line for line in worked.basis)


# --- whom it reaches -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "decree"),
    [("2020-09-01", "第728号"), ("2025-05-31", "第728号"), ("2025-06-01", "第802号")],
)
def test_the_version_of_the_decree_is_that_of_the_day_of_signing(signed_on, decree):
    # Delivered 2025-09-25 in every case: the event does not choose.
    contract = a_contract(delivery(), payment(after="delivery"), signed_on=signed_on)
    found = standing(contract, delivered(), as_of=LATER).due
    assert found.on == day("2025-10-27")
    assert any(decree in line for line in found.basis)


@pytest.mark.parametrize(
    "terms", [payment(after="delivery", within=days(90)), payment(due_on="2026-03-31")]
)
def test_the_version_of_the_ceiling_is_that_of_the_day_of_signing_too(terms):
    contract = a_contract(delivery(), terms, signed_on="2025-05-31")
    basis = "\n".join(standing(contract, delivered(), as_of=LATER).due.basis)
    assert "第728号" in basis
    assert "第802号" not in basis


def test_a_contract_signed_before_the_decree_keeps_its_agreed_dates_only():
    before = {"signed_on": "2020-08-31"}
    assert due(payment(after="delivery"), **before) == (None, None)
    ninety = payment(after="delivery", within=days(90))
    assert due(ninety, **before) == (day("2025-12-24"), None)
    assert due(payment(due_on="2026-03-31"), **before) == (day("2026-03-31"), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"enterprise": an_enterprise("large")},
        {"enterprise": an_enterprise("unknown")},
        {"subject": Subject.PROMISE},
    ],
)
def test_large_firms_unknown_sizes_and_promises_have_no_statutory_term(changes):
    assert due(payment(after="delivery"), **changes) == (None, None)
    ninety = payment(after="delivery", within=days(90))
    assert due(ninety, **changes) == (day("2025-12-24"), None)
    assert due(payment(due_on="2026-03-31"), **changes) == (day("2026-03-31"), None)


@pytest.mark.parametrize("size", ["micro", "small", "medium"])
@pytest.mark.parametrize("subject", [Subject.GOODS, Subject.WORKS, Subject.SERVICES])
def test_each_smaller_size_and_each_thing_bought_is_under_the_decree(size, subject):
    contract = a_contract(enterprise=an_enterprise(size, "state"), subject=subject)
    assert under_decree(contract)


@pytest.mark.parametrize("why", [{"retention": True}, {"other_law": "另有规定"}])
def test_retention_money_and_a_term_of_another_law_know_neither_default_nor_ceiling(why):
    assert due(payment(after="delivery", **why)) == (None, None)
    year = payment(after="delivery", within=months(12), **why)
    assert due(year) == (day("2026-09-28"), None)  # 2026-09-25 to 27 are 中秋 and a weekend
    assert due(payment(due_on="2026-12-31", **why)) == (day("2026-12-31"), None)


@pytest.mark.parametrize(
    "terms",
    [
        an_obligation("deposit_return", "100.00"),
        an_obligation("policy_fulfilment", "100.00"),
        an_obligation("settlement"),
        payment(by="enterprise"),
    ],
)
def test_only_payments_of_the_government_have_a_statutory_term(terms):
    assert not has_payment_term(a_contract(terms), terms)
    assert has_payment_term(a_contract(), payment())


def test_after_signing_there_is_neither_default_nor_ceiling():
    assert due(payment(after="signing")) == (None, None)
    # 2025-07-01 + 9 months = 2026-04-01
    long = payment(after="signing", within=months(9))
    assert due(long) == (day("2026-04-01"), None)


def test_after_another_payment_there_is_neither_default_nor_ceiling():
    first = payment(key="first", due_on="2025-10-10")
    contract = a_contract(first, payment(after="first", within=days(90)))
    told = a_fact("paid", "2025-10-10", "enterprise", "first", amount="100.00")
    # 2025-10-10 + 90 = 2026-01-08, a Thursday
    found = standing(contract, told, as_of=LATER).due
    assert (found.on, found.agreed_on) == (day("2026-01-08"), None)


@pytest.mark.parametrize(
    ("told", "on"),
    [
        ([performed("settlement", "2025-10-10", "government")], None),
        ([performed("settlement", "2025-10-10", "government", confirmed=True)], "2025-11-10"),
        (
            [
                performed("settlement", "2025-10-10", "government"),
                performed("settlement", "2025-10-10", "enterprise"),
            ],
            "2025-11-10",  # 2025-10-10 + 30 = 11-09, a Sunday
        ),
    ],
)
def test_the_statutory_term_runs_from_a_settlement_only_once_both_sides_vouch_for_it(told, on):
    contract = a_contract(an_obligation("settlement"), payment(after="settlement"))
    assert standing(contract, *told, as_of=LATER).due.on == (on and day(on))


# --- no date -------------------------------------------------------------------------------------


def test_before_its_trigger_an_obligation_waits_and_says_for_what():
    contract = a_contract(delivery(), payment(after="delivery", within=days(10)))
    found = standing(contract, as_of=LATER)
    assert found.state is State.WAITING
    assert found.due.on is None
    assert found.due.basis == ("待“delivery”完成后起算",)


def test_triggered_without_any_term_an_obligation_is_undated():
    contract = a_contract(delivery(), an_obligation("permit", after="delivery"))
    found = standing(contract, delivered(), as_of=LATER, key="permit")
    assert found.state is State.UNDATED
    assert found.trigger_on == day("2025-09-25")
    assert "请补录履行日期" in found.due.basis[-1]


def test_without_date_or_trigger_an_obligation_is_undated_from_the_start():
    found = standing(a_contract(payment()), as_of="2025-07-01")
    assert found.state is State.UNDATED
    assert found.due.basis == ("未约定期限：请补录履行日期",)


# --- late acceptance (条例 第十条第二款) ---------------------------------------------------------

#: 2025-09-25 + 7 = 10-02; National Day until 10-08; Thursday 10-09. Then + 30 = 11-08, a
#: Saturday; Monday 11-10.
CHAIN = (delivery(), acceptance(days(7)), payment(after="acceptance"))


def after_acceptance(*told, as_of=LATER, **changes):
    return standing(a_contract(*CHAIN, **changes), delivered(), *told, as_of=as_of).due


@pytest.mark.proves("A6")
def test_a_late_acceptance_does_not_hold_up_the_payment():
    found = standings(a_contract(*CHAIN), delivered(), as_of="2025-11-11")
    assert found["acceptance"].due.on == day("2025-10-09")
    assert found["payment"].due.on == day("2025-11-10")
    assert found["payment"].trigger_on == day("2025-10-09")
    # the goods are not accepted thereby
    assert found["acceptance"].state is State.OVERDUE
    assert found["payment"].state is State.OVERDUE
    assert any("不视为验收合格" in line for line in found["payment"].due.basis)


def test_the_payment_waits_through_the_last_day_of_the_acceptance_period():
    assert after_acceptance(as_of="2025-10-09").on is None
    assert after_acceptance(as_of="2025-10-10").on == day("2025-11-10")


@pytest.mark.parametrize(
    ("told", "on"),
    [
        ([performed("acceptance", "2025-09-30")], "2025-10-30"),  # the pass, in time
        ([performed("acceptance", "2025-10-09")], "2025-11-10"),  # on the last day
        ([performed("acceptance", "2025-12-20")], "2025-11-10"),  # a later pass does not move it
        ([a_fact("rejected", "2025-10-09", "government", "acceptance")], None),
        ([a_fact("rejected", "2025-10-10", "government", "acceptance")], "2025-11-10"),  # too late
        (
            [
                a_fact("rejected", "2025-09-30", "government", "acceptance"),
                performed("acceptance", "2025-12-01"),
            ],
            "2025-12-31",  # from the pass after a rejection in time
        ),
        ([disputed("2025-09-28", key="delivery")], None),
        ([disputed("2025-12-01", key="delivery")], None),
    ],
)
def test_what_moves_or_stops_the_payment_after_an_acceptance_period(told, on):
    assert after_acceptance(*told).on == (on and day(on))


def test_a_rejection_the_enterprise_disproves_is_none():
    denied = a_fact("rejected", "2025-10-01", "government", "acceptance", disputed=True)
    assert after_acceptance(denied).on == day("2025-11-10")


@pytest.mark.parametrize(
    "changes",
    [
        {"enterprise": an_enterprise("large")},
        {"subject": Subject.PROMISE},
        {"signed_on": "2020-08-31"},
    ],
)
def test_outside_the_decree_a_payment_waits_for_the_acceptance_itself(changes):
    assert after_acceptance(**changes).on is None


@pytest.mark.parametrize(
    ("signed_on", "article"),
    [
        # the version in force at signing: 728号 art. 9¶2 until 2025-05-31, then 802号 art. 10¶2
        ("2025-05-31", "保障中小企业款项支付条例（国务院令第728号）第九条第二款"),
        ("2025-06-01", "保障中小企业款项支付条例（国务院令第802号）第十条第二款"),
    ],
)
def test_a_late_acceptance_names_the_article_in_force_at_signing(signed_on, article):
    found = after_acceptance(signed_on=signed_on)
    assert found.on == day("2025-11-10")  # the same day under both
    (why,) = [line for line in found.basis if "不视为验收合格" in line]
    assert article in why


def test_without_an_agreed_acceptance_period_none_is_invented():
    chain = (delivery(), acceptance(None), payment(after="acceptance"))
    assert standing(a_contract(*chain), delivered(), as_of=LATER).due.on is None


def test_a_dispute_of_the_delivery_stops_it_through_an_invoice_between():
    invoice = an_obligation("invoice", by="enterprise", after="delivery")
    chain = (delivery(), invoice, acceptance(days(7), after="invoice"), payment(after="acceptance"))
    told = delivered(), performed("invoice", "2025-09-25", "enterprise")
    contract = a_contract(*chain)
    assert standing(contract, *told, as_of=LATER).due.on == day("2025-11-10")
    dispute = disputed("2025-10-01", key="delivery")
    assert standing(contract, *told, dispute, as_of=LATER).due.on is None


def test_the_ceiling_counts_from_the_end_of_the_acceptance_period_like_the_agreed_term():
    chain = (delivery(), acceptance(days(7)), payment(after="acceptance", within=days(90)))
    found = standing(a_contract(*chain), delivered(), as_of=LATER).due
    # 2025-10-09 + 60 = 12-08, a Monday; + 90 = 2026-01-07
    assert (found.on, found.agreed_on) == (day("2025-12-08"), day("2026-01-07"))


def test_other_obligations_after_an_acceptance_wait_for_the_pass():
    deposit = an_obligation("deposit_return", "10.00", after="acceptance", within=days(30))
    chain = (delivery(), acceptance(days(7)), deposit)
    found = standing(a_contract(*chain), delivered(), as_of=LATER, key="deposit_return")
    assert found.state is State.WAITING


# --- silence on a settlement ---------------------------------------------------------------------


#: 2025-09-25 + 20 = 10-15, a Wednesday; then + 30 = 11-14, a Friday
SETTLED = (
    delivery(),
    an_obligation("settlement", after="delivery", within=days(20)),
    payment(after="settlement"),
)
SILENCE_APPROVES = {"clauses": frozenset({Clause.SILENCE_APPROVES_SETTLEMENT})}


def test_silence_approves_a_settlement_where_the_contract_says_so():
    contract = a_contract(*SETTLED, **SILENCE_APPROVES)
    still_time = standings(contract, delivered(), as_of="2025-10-15")
    assert still_time["settlement"].state is State.OPEN
    silent = standings(contract, delivered(), as_of="2025-10-16")
    assert silent["settlement"].state is State.FULFILLED
    assert silent["settlement"].fulfilled_on == day("2025-10-15")
    assert silent["payment"].due.on == day("2025-11-14")


def test_without_such_a_clause_silence_approves_nothing():
    plain = standings(a_contract(*SETTLED), delivered(), as_of="2025-10-16")
    assert plain["settlement"].state is State.OVERDUE
    assert plain["payment"].state is State.WAITING


def test_nobodys_silence_approves_what_the_enterprise_has_to_settle():
    theirs = an_obligation("settlement", by="enterprise", after="delivery", within=days(20))
    contract = a_contract(delivery(), theirs, **SILENCE_APPROVES)
    found = standing(contract, delivered(), as_of=LATER, key="settlement")
    assert found.state is State.OVERDUE


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("performed", State.FULFILLED),
        ("rejected", State.OVERDUE),
        ("disputed", State.DISPUTED),
    ],
)
def test_an_answer_on_the_last_day_of_the_review_breaks_the_silence(kind, state):
    answer = a_fact(kind, "2025-10-15", "government", "settlement")
    contract = a_contract(*SETTLED, **SILENCE_APPROVES)
    assert standings(contract, delivered(), answer, as_of=LATER)["settlement"].state is state


@pytest.mark.parametrize("kind", ["performed", "rejected", "disputed"])
def test_an_answer_after_the_review_does_not_undo_what_silence_approved(kind):
    answer = a_fact(kind, "2026-03-02", "government", "settlement")
    contract = a_contract(*SETTLED, **SILENCE_APPROVES)
    found = standings(contract, delivered(), answer, as_of=LATER)
    assert found["settlement"].fulfilled_on == day("2025-10-15")
    assert found["payment"].due.on == day("2025-11-14")


# --- provisional dates ---------------------------------------------------------------------------


def test_a_date_in_a_year_without_notice_is_provisional_and_says_so():
    contract = a_contract(delivery(), payment(after="delivery"))
    # 2031-09-01 + 30 = Wed 10-01, a fixed holiday until Friday; Monday 10-06
    found = standing(contract, delivered("2031-09-01"), as_of="2031-12-31").due
    assert (found.on, found.provisional) == (day("2031-10-06"), True)
    assert any("尚未公布" in line for line in found.basis)


def test_a_provisional_end_of_the_acceptance_period_makes_the_payment_provisional():
    # Only the notice of 2031 is loaded: the ten working days begin in 2030, and what follows,
    # though counted in 2031 alone, hangs on them.
    law = replace(statute(), calendar=WorkCalendar({}, frozenset({2031})))
    chain = (delivery(), acceptance(working_days(10)), payment(after="acceptance"))
    ledger = open_ledger(a_contract(*chain), [delivered("2030-12-20")], (), law)
    found = standings_at(ledger, day("2031-12-31"))
    assert found["acceptance"].due.provisional
    assert found["payment"].due.provisional


@pytest.mark.parametrize(
    ("start", "count", "on", "provisional"),
    [
        # accepted Monday 2026-12-21: 22 to 25 (4), 28 to 31 (8); Friday 1 January is off (元旦);
        # Monday 4 (9) and Tuesday 5 January (10), of a year nobody has announced
        ("2026-12-21", 10, "2027-01-05", True),
        # accepted Thursday 2026-12-17: 18, 21, 22, 23, 24, 25, 28, 29, 30, 31: all in 2026
        ("2026-12-17", 10, "2026-12-31", False),
    ],
)
def test_working_days_in_a_year_without_notice_are_provisional_though_nothing_rolls(
    start, count, on, provisional
):
    # 条例 第二十五条第一款: ten working days to hand over; 全国年节及纪念日放假办法 for the first
    found = deadline(working_days(count), day(start), statute().calendar, rolls=False)
    assert (found.on, found.provisional) == (day(on), provisional)
    assert ("尚未公布" in found.basis[-1]) is provisional


@pytest.mark.parametrize("agreed_on", ["2031-10-01", "2027-03-01"])
def test_an_agreed_date_is_never_provisional(agreed_on):
    assert not standing(a_contract(payment(due_on=agreed_on)), as_of=LATER).due.provisional


# --- the reasons ---------------------------------------------------------------------------------


def test_a_due_date_carries_its_reasoning_from_the_trigger_to_the_roll():
    contract = a_contract(delivery(), payment(after="delivery"))
    assert standing(contract, delivered(), as_of=LATER).due.basis == (
        "“delivery”于 2025-09-25 完成",
        "未约定付款期限，适用法定期限30日（保障中小企业款项支付条例（国务院令第802号）第九条第一款）",
        "自 2025-09-25 起30日，当日不计入，至 2025-10-25（民法典第二百零一条、第二百零二条）",
        "2025-10-25 为休息日，顺延至 2025-10-27（民法典第二百零三条）",
    )


def test_a_term_over_the_ceiling_shows_both_dates_and_says_the_clause_stands():
    contract = a_contract(delivery(), payment(after="delivery", within=days(90)))
    basis = "\n".join(standing(contract, delivered(), as_of=LATER).due.basis)
    assert "合同约定期限90日" in basis
    assert "2025-12-24 晚于法定最长期限60日" in basis
    assert "条款不因此改写" in basis


def test_the_calculator_explains_a_period_from_any_day():
    calendar = statute().calendar
    rolled = deadline(days(60), day("2025-08-05"), calendar, rolls=True)
    assert (rolled.on, rolled.provisional) == (day("2025-10-09"), False)
    assert "顺延至 2025-10-09" in rolled.basis[-1]
    plain = deadline(days(60), day("2025-08-05"), calendar, rolls=False)
    assert (plain.on, len(plain.basis)) == (day("2025-10-04"), 1)
