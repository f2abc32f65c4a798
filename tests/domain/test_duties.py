"""Duties: over which days somebody must act, why they end, and from when a lead may open."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from fulfilment_monitor.domain.alerts import Special
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.checks import findings
from fulfilment_monitor.domain.contracts import Clause, Field
from fulfilment_monitor.domain.duties import (
    CURES,
    Ended,
    duties_of,
    history_of,
    standings_in,
)
from fulfilment_monitor.domain.facts import Money
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.states import State
from fulfilment_monitor.schemas.contracts import read_contract
from tests.domain.builders import (
    a_contract,
    a_fact,
    acceptance,
    an_amendment,
    an_enterprise,
    an_obligation,
    day,
    days,
    delivered,
    delivery,
    disputed,
    duties,
    duties_for,
    months,
    paid,
    payment,
    performed,
    policy,
)
from tests.model.chains import as_of_days, random_document
from tests.model.compare import statute

#: 100 yuan, due on Monday 2025-11-24, signed 2025-07-01; a lead after 15 days: 12-09.
OWED = a_contract(payment("100.00", due_on="2025-11-24"))
#: Acceptance due 2025-10-09 (09-25 + 7 = 10-02, National Day), payment 11-10 (+ 30 = Sat 11-08).
CHAIN = a_contract(delivery(), acceptance(days(7)), payment(after="acceptance"))


def spans(found):
    """(from, until, why it ended) as text."""
    return [
        (d.from_on.isoformat(), d.until_on and d.until_on.isoformat(), d.ended and d.ended.value)
        for d in found
    ]


def special(which, *told, contract=OWED):
    return [d for d in duties(contract, *told) if d.watch.ladder == which]


# --- spans ---------------------------------------------------------------------------------------


def test_a_dated_obligation_is_a_duty_from_signing_until_something_ends_it():
    (duty,) = duties(OWED)
    assert spans([duty]) == [("2025-07-01", None, None)]
    assert (duty.watch.due_on, duty.watch.owed_fen) == (day("2025-11-24"), 100_00)
    assert (duty.base_on, duty.carries_on) == (day("2025-07-01"), False)


def test_a_duty_begins_on_the_day_its_date_comes_about():
    found = duties_for("payment", a_contract(delivery(), payment(after="delivery")), delivered())
    assert spans(found) == [("2025-09-25", None, None)]
    assert found[0].watch.due_on == day("2025-10-27")


@pytest.mark.parametrize(
    ("told", "ended"),
    [
        (paid("100.00", "2025-11-28"), Ended.FULFILLED),
        (paid("100.00", "2025-11-10"), Ended.FULFILLED),
        (a_fact("waived", "2025-11-28", "enterprise", "payment"), Ended.WAIVED),
        (disputed("2025-11-28"), Ended.DISPUTED),
        (an_amendment("2025-11-10", due_on="2025-12-15"), Ended.MOVED),
        (an_amendment("2025-11-10", None, "suspension"), Ended.SUSPENDED),
        (an_amendment("2025-11-10", None, "termination"), Ended.WAIVED),
        (paid("40.00", "2025-11-10"), Ended.CHANGED),
    ],
)
def test_a_duty_ends_on_the_day_of_what_ends_it_and_says_why(told, ended):
    first = duties_for("payment", OWED, told)[0]
    on = told.agreed_on if hasattr(told, "agreed_on") else told.on
    assert (first.until_on, first.ended) == (on, ended)


def test_only_fulfilment_waiver_and_a_moved_date_cure_a_breach():
    assert {Ended.FULFILLED, Ended.WAIVED, Ended.MOVED} == CURES


def test_a_part_payment_carries_the_duty_on_with_what_is_left():
    before, after = duties_for("payment", OWED, paid("40.00", "2025-11-20"))
    assert (before.watch.owed_fen, after.watch.owed_fen) == (100_00, 60_00)
    assert after.watch.payments == (Money(day("2025-11-20"), 40_00),)
    assert after.carries_on
    # steps passed since signing are not news again
    assert (after.from_on, after.base_on) == (day("2025-11-20"), day("2025-07-01"))


def test_a_partial_dispute_carries_the_duty_on_with_the_undisputed_part():
    before, after = duties_for("payment", OWED, disputed("2025-11-20", yuan="30.00"))
    assert (before.ended, after.watch.owed_fen, after.carries_on) == (Ended.CHANGED, 70_00, True)


def test_a_moved_date_ends_one_duty_and_opens_the_next():
    moved = an_amendment("2025-11-10", due_on="2025-12-15")
    before, after = duties_for("payment", OWED, moved)
    assert spans([before, after]) == [
        ("2025-07-01", "2025-11-10", "moved"), ("2025-11-10", None, None),
    ]  # fmt: skip
    assert (after.carries_on, after.base_on) == (False, day("2025-11-10"))
    assert (after.watch.due_on, after.watch.original_on) == (day("2025-12-15"), day("2025-11-24"))


def test_a_withdrawn_dispute_opens_the_duty_anew_with_its_own_date():
    withdrawn = a_fact("undisputed", "2025-12-20", "government", "payment")
    before, after = duties_for("payment", OWED, disputed("2025-11-10"), withdrawn)
    assert spans([before, after]) == [
        ("2025-07-01", "2025-11-10", "disputed"), ("2025-12-20", None, None),
    ]  # fmt: skip
    assert (after.watch.due_on, after.base_on) == (day("2025-11-24"), day("2025-12-20"))
    assert not after.carries_on


def test_a_suspension_holds_the_watch_until_it_is_lifted_and_moves_no_date():
    held = an_amendment("2025-11-10", None, "suspension", "force_majeure")
    lifted = an_amendment("2025-12-01", None, "resumption")
    before, after = duties_for("payment", OWED, held, lifted)
    assert spans([before, after]) == [
        ("2025-07-01", "2025-11-10", "suspended"), ("2025-12-01", None, None),
    ]  # fmt: skip
    assert after.watch.due_on == day("2025-11-24")


@pytest.mark.parametrize(("agreed_on", "watched"), [("2025-11-24", 0), ("2025-11-25", 1)])
def test_a_suspension_does_not_reach_what_was_due_before_it(agreed_on, watched):
    held = an_amendment(agreed_on, None, "suspension")
    found = [d for d in duties_for("payment", OWED, held) if d.until_on is None]
    assert len(found) == watched


def test_a_lapsed_acceptance_period_opens_the_payment_duty_by_itself():
    found = duties(CHAIN, delivered())
    assert [(d.watch.obligation, *span) for d, span in zip(found, spans(found), strict=True)] == [
        ("delivery", "2025-07-01", "2025-09-25", "fulfilled"),
        ("acceptance", "2025-09-25", None, None),
        ("payment", "2025-10-10", None, None),  # the day after the period ended
    ]
    assert found[2].watch.due_on == day("2025-11-10")


@pytest.mark.parametrize(
    "review", [{"after": "delivery", "within": days(20)}, {"due_on": "2025-10-15"}]
)
def test_a_settlement_approved_by_silence_ends_its_duty_and_opens_the_payment(review):
    # 2025-09-25 + 20 = 10-15, a Wednesday; then + 30 = 11-14, a Friday
    contract = a_contract(
        delivery(),
        an_obligation("settlement", **review),
        payment(after="settlement"),
        clauses=frozenset({Clause.SILENCE_APPROVES_SETTLEMENT}),
    )
    (settlement,) = duties_for("settlement", contract, delivered())
    assert (settlement.until_on, settlement.ended) == (day("2025-10-16"), Ended.FULFILLED)
    (owed,) = duties_for("payment", contract, delivered())
    assert (owed.from_on, owed.watch.due_on) == (day("2025-10-16"), day("2025-11-14"))


@pytest.mark.parametrize(
    ("contract", "told", "what"),
    [
        (CHAIN, [delivered()], "delivery"),
        (a_contract(delivery(), payment(after="delivery")), [delivered()], "delivery"),
        # an agreed date under the ceiling, which counts from the delivery
        (a_contract(delivery(), payment(due_on="2026-03-31")), [delivered()], "delivery"),
        (CHAIN, [delivered(), performed("acceptance", "2025-10-01")], "acceptance"),
    ],
)
def test_disputing_afterwards_what_a_late_payment_counts_from_does_not_cure_it(
    contract, told, what
):
    found = duties_for("payment", contract, *told, disputed("2026-01-15", key=what))
    (late,) = [d for d in found if d.until_on == day("2026-01-15")]
    assert late.watch.due_on < day("2026-01-15")
    assert late.ended not in CURES


def test_what_watches_a_date_carries_its_reasons_and_both_dates():
    contract = a_contract(delivery(), payment(after="delivery", within=days(90)))
    (duty,) = duties_for("payment", contract, delivered())
    # delivered 2025-09-25, + 60 = 11-24, + 90 = 12-24
    assert (duty.watch.due_on, duty.watch.agreed_on) == (day("2025-11-24"), day("2025-12-24"))
    assert any("两个日期并列显示" in line for line in duty.watch.basis)
    assert not duty.watch.provisional


def test_a_provisional_date_is_watched_as_such():
    contract = a_contract(delivery(), payment(after="delivery"))
    (duty,) = duties_for("payment", contract, delivered("2031-09-01"))
    assert duty.watch.provisional


def test_what_waits_or_has_no_date_is_no_duty():
    contract = a_contract(delivery(), payment(after="delivery"), payment(key="undated"))
    assert {d.watch.obligation for d in duties(contract)} == {"delivery"}


def test_what_was_met_before_its_date_came_about_never_becomes_a_duty():
    contract = a_contract(delivery(), payment(after="delivery"))
    assert duties_for("payment", contract, paid("100.00", "2025-09-01"), delivered()) == []


def test_on_every_day_the_duties_are_what_stands_open_or_overdue():
    for seed in range(250):
        document = random_document(random.Random(seed))
        said = read_contract(document)
        ledger = open_ledger(said.contract, said.facts, (), statute())
        main = [d for d in duties_of(ledger, policy()) if d.watch.is_main]
        for as_of in as_of_days(document, random.Random(seed)):
            watched = sorted(
                (d.watch.obligation, d.watch.due_on, d.watch.owed_fen)
                for d in main
                if d.from_on <= as_of and (d.until_on is None or as_of < d.until_on)
            )
            live = sorted(
                (key, s.due.on, s.undisputed_fen)
                for key, s in standings_at(ledger, as_of).items()
                if s.state in (State.OPEN, State.OVERDUE)
            )
            assert watched == live, (seed, as_of)


def test_a_contract_of_many_parts_is_reckoned_whole():
    keys = [f"part-{n}" for n in range(150)]
    on = [(day("2025-09-25") + timedelta(days=n)).isoformat() for n in range(150)]
    told = [performed(key, at, "enterprise") for key, at in zip(keys, on, strict=True)]
    contract = a_contract(*(delivery(key=key) for key in keys))
    assert len(duties(contract, *told)) == 150


# --- which ladder --------------------------------------------------------------------------------


def test_until_somebody_states_a_fact_the_ladder_is_that_of_the_unreported():
    before, after = duties_for("payment", OWED, paid("1.00", "2025-11-10"))
    assert (before.watch.ladder, after.watch.ladder) == ("payment.unreported", "payment")


def test_the_enterprise_is_never_chased_for_a_report():
    (duty,) = duties(a_contract(delivery()))
    assert duty.watch.ladder == "delivery"


@pytest.mark.parametrize(
    "kind", ["deposit_return", "settlement", "policy_fulfilment", "land_or_site", "permit", "other"]
)
def test_each_kind_climbs_its_own_ladder_and_the_shipped_policy_has_steps_for_it(kind):
    (duty,) = duties(a_contract(an_obligation(kind, due_on="2025-11-24")))
    assert duty.watch.ladder == f"{kind}.unreported"
    assert policy().ladder(duty.watch.ladder)


# --- leads ---------------------------------------------------------------------------------------


def lead_on(*told, contract=OWED, by=None):
    found = duties_for("payment", contract, *told, by=by)
    return found[-1].watch.lead_on


def test_a_lead_opens_when_the_grace_of_the_field_has_passed():
    assert policy().grace_days[Field.PROCUREMENT] == 15
    assert lead_on() == day("2025-12-09")  # 2025-11-24 + 15


@pytest.mark.parametrize(
    ("grace", "on"), [(0, "2025-11-25"), (1, "2025-11-25"), (30, "2025-12-24")]
)
def test_the_grace_is_the_offices_choice_but_no_lead_opens_on_the_due_date(grace, on):
    by = replace(policy(), grace_days={**policy().grace_days, Field.PROCUREMENT: grace})
    assert lead_on(by=by) == day(on)


@pytest.mark.parametrize(
    ("size", "ownership", "opens"),
    [
        ("small", "private", True),
        ("large", "private", True),  # the breach regime
        ("small", "state", True),  # the payment decree
        ("micro", "foreign", True),
        ("large", "state", False),
        ("large", "foreign", False),
        ("unknown", "unknown", False),
    ],
)
def test_leads_are_for_private_firms_and_smes(size, ownership, opens):
    contract = replace(OWED, enterprise=an_enterprise(size, ownership))
    assert (lead_on(contract=contract) is not None) == opens


def test_what_the_enterprise_owes_raises_no_lead():
    (duty,) = duties(a_contract(delivery()))
    assert duty.watch.lead_on is None


@pytest.mark.parametrize(
    ("claimed_on", "on"),
    [
        ("2025-11-20", "2025-12-09"),  # 12-05 would be earlier than the grace
        ("2025-12-01", "2025-12-16"),  # + 15 days for the other side to answer
    ],
)
def test_a_full_claim_puts_a_new_lead_off_until_the_other_side_may_have_answered(claimed_on, on):
    assert policy().confirmation_grace_days == 15
    assert lead_on(paid("100.00", claimed_on, "government")) == day(on)


def test_a_claim_of_a_part_puts_nothing_off():
    assert lead_on(paid("99.99", "2025-12-01", "government")) == day("2025-12-09")


def test_a_further_claim_does_not_put_it_off_again():
    told = [paid("100.00", on, "government") for on in ("2025-12-01", "2025-12-15")]
    assert lead_on(*told) == day("2025-12-16")


def test_a_denied_claim_puts_nothing_off():
    denied = paid("100.00", "2025-12-01", "government", disputed=True)
    assert lead_on(denied) == day("2025-12-09")


@pytest.mark.parametrize(("rejected_on", "opens"), [("2025-10-09", False), ("2025-10-10", True)])
def test_who_refuses_the_goods_in_time_is_in_dispute_and_not_silent(rejected_on, opens):
    told = delivered(), a_fact("rejected", rejected_on, "government", "acceptance")
    found = duties_for("acceptance", CHAIN, *told)
    assert (found[-1].watch.lead_on is not None) == opens


def test_a_payment_delayed_by_nobody_looking_raises_its_own_lead():
    (owed,) = duties_for("payment", CHAIN, delivered())
    assert owed.watch.lead_on == day("2025-11-25")  # 2025-11-10 + 15


# --- what is said about it -----------------------------------------------------------------------


def test_a_claim_is_watched_from_its_day_until_it_is_backed():
    told = paid("60.00", "2025-11-20", "government"), paid("60.00", "2025-11-20", "bank")
    (claim,) = special(Special.CLAIM, told[0])
    assert (claim.watch.due_on, claim.watch.owed_fen) == (day("2025-11-20"), 60_00)
    assert claim.watch.lead_on is None
    assert not claim.watch.is_main
    assert special(Special.CLAIM, *told) == []


def test_a_dispute_is_watched_from_its_day_until_it_is_withdrawn():
    withdrawn = a_fact("undisputed", "2025-12-20", "government", "payment")
    (dispute,) = special(Special.DISPUTE, disputed("2025-11-10"), withdrawn)
    assert (dispute.watch.due_on, dispute.until_on) == (day("2025-11-10"), day("2025-12-20"))


def test_a_withdrawn_dispute_was_not_suspended():
    withdrawn = a_fact("undisputed", "2025-12-20", "government", "payment")
    (dispute,) = special(Special.DISPUTE, disputed("2025-11-10"), withdrawn)
    assert dispute.ended is not Ended.SUSPENDED


def test_a_rejection_is_watched_as_a_dispute_until_the_goods_pass():
    told = delivered(), a_fact("rejected", "2025-10-01", "government", "acceptance")
    (dispute,) = special(Special.DISPUTE, *told, contract=CHAIN)
    assert (dispute.watch.obligation, dispute.watch.due_on) == ("acceptance", day("2025-10-01"))
    passed = performed("acceptance", "2025-11-03")
    (dispute,) = special(Special.DISPUTE, *told, passed, contract=CHAIN)
    assert dispute.until_on == day("2025-11-03")


def test_what_is_met_is_no_longer_in_dispute():
    told = disputed("2025-11-10"), paid("100.00", "2025-11-20")
    (dispute,) = special(Special.DISPUTE, *told)
    assert (dispute.until_on, dispute.ended) == (day("2025-11-20"), Ended.FULFILLED)


def test_a_date_moved_as_often_as_the_office_allows_is_remarked_on():
    assert policy().reschedulings == 2
    moves = [
        an_amendment("2025-11-01", due_on="2025-12-15"),
        an_amendment("2025-11-05", due_on="2025-12-16"),
    ]
    assert special(Special.RESCHEDULING, moves[0]) == []
    (remark,) = special(Special.RESCHEDULING, *moves)
    assert (remark.watch.due_on, remark.from_on) == (day("2025-11-05"), day("2025-11-05"))
    price = an_amendment("2025-11-05", yuan="90.00")
    assert special(Special.RESCHEDULING, moves[0], price) == []


def test_a_contract_in_which_nothing_has_a_date_is_watched_from_signing():
    contract = a_contract(payment("100.00"), an_obligation("permit"))
    (duty,) = duties(contract)
    assert (duty.watch.ladder, duty.watch.due_on) == (Special.COMPLETION, day("2025-07-01"))
    dated = a_contract(payment("100.00"), an_obligation("permit", due_on="2025-11-24"))
    assert special(Special.COMPLETION, contract=dated) == []


def test_what_waits_for_its_trigger_is_no_contract_without_dates():
    contract = a_contract(payment(), an_obligation("permit", after="payment", within=months(1)))
    assert special(Special.COMPLETION, contract=contract) == []


@pytest.mark.parametrize("seed", range(60))
def test_the_history_of_a_contract_tells_what_is_found_on_any_day(seed):
    rng = random.Random(seed)
    document = random_document(rng)
    read = read_contract(document)
    ledger = open_ledger(read.contract, read.facts, (), statute())
    history = history_of(ledger)
    assert duties_of(ledger, policy(), history) == duties_of(ledger, policy())
    first = history[0][0]
    asked = {first - timedelta(1), first, *as_of_days(document, rng)}
    for day_ in asked | {since + timedelta(n) for since, _ in history for n in (-1, 0, 1)}:
        then = standings_in(history, ledger, day_)
        told = findings(ledger, standings_at(ledger, day_).values())
        assert findings(ledger, then.values()) == told, day_
