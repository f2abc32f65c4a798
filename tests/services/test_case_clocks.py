"""The clocks of 条例第二十五条 for a payment complaint of an SME; every date is worked by hand."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.calendar import DayKind
from fulfilment_monitor.domain.case_clocks import Clock
from fulfilment_monitor.domain.case_views import Audience, is_clock_shown
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.house import House
from fulfilment_monitor.services import recounting, reference
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.cases import ClaimDuty
from tests.conftest import at
from tests.services.builders import CLERK, a_document, day, register, violations
from tests.services.case_builders import (
    CITY_SME,
    IN_SCOPE,
    WAY,
    a_town,
    a_world,
    act,
    clocks_of,
    complain,
    drive,
    events_of,
    go,
    the_claim,
)
from tests.services.credit_builders import somebody_complains

ANSWER = {"how": "letter", "text": "有分歧，可依法起诉", "remedies": "可以向人民法院起诉"}
DISPUTED = {
    "item": "货款",
    "reasons": "质量有分歧",
    "route": "negotiation",
    "next_on": "2025-11-03",
}
COURT = {"route": "litigation", "organ": "示例县人民法院", "number": "民初1号"}


def a_payment_complaint(house: House, accepted: str) -> str:
    """The claim of an SME's payment complaint, taken in by the department in charge."""
    claim = a_world(house)
    somebody_complains(house, CITY_SME)
    act(house, claim, "accept", "sme_intake", accepted)
    assert the_claim(house, claim).sme_payment
    return claim


def handed_over(house: House, on: str) -> str:
    """Such a claim, received and taken up by the body that handles it on one day."""
    claim = a_payment_complaint(house, on)
    act(house, claim, "transfer", "sme_intake", on)
    act(house, claim, "take_up", "handler", on, handler="handler")
    return claim


def extend(house: House, claim: str, on: str, until: str, who: str = "director") -> None:
    act(house, claim, "extend", who, on, until=until, reason="需要鉴定工程量")


@pytest.mark.proves("R-44")
def test_ten_working_days_to_pass_on_across_the_spring_festival(house: House) -> None:
    claim = a_payment_complaint(house, "2026-02-06")
    # Friday 2026-02-06 is day zero. Working: 9, 10, 11, 12, 13, and Saturday 14 in exchange (6).
    # Off: 15 to 23. Working again: 24, 25, 26, 27 (10).
    assert clocks_of(house, claim) == {"case.transfer": "2026-02-27"}


@pytest.mark.proves("R-44")
def test_ten_working_days_into_a_year_without_a_notice_are_provisional(house: House) -> None:
    claim = a_payment_complaint(house, "2026-12-21")
    # Monday 2026-12-21 is day zero: 22 to 25 (4), 28 to 31 (8), the first of January off, 4, 5 (10)
    assert clocks_of(house, claim) == {"case.transfer": "2027-01-05"}
    with house.readers() as session:
        (clock,) = session.scalars(select(ClaimDuty).where(ClaimDuty.ended_on.is_(None)))
    assert clock.provisional
    assert "尚未公布" in clock.basis[-1]


#: A notice nobody has published: the made-up holiday lasts from Friday to Monday 2027-01-04.
NOTICE_2027 = {"2027-01-01": DayKind.OFF, "2027-01-04": DayKind.OFF, "2027-01-09": DayKind.WORKED}


def load_2027(house: House, on: str) -> int:
    """Load the notice and reckon what it touches; how many clocks were reckoned anew."""
    now = at(day(on))
    with house.sessions.begin() as session:
        days = {day(d): kind for d, kind in NOTICE_2027.items()}
        reference.load_calendar(session, 2027, days, source="国办发明电", by=CLERK, now=now)
    done = recounting.reckon_affected(house.sessions, house.office(), 2027, by=CLERK, now=now)
    return done.clocks_replaced


def last_days(house: House, name: str) -> list[tuple[str, str, bool, str | None]]:
    """What is and was believed of a clock: first and last day, provisional, what ended it."""
    with house.readers() as session:
        query = select(ClaimDuty).where(ClaimDuty.clock == name).order_by(ClaimDuty.id)
        limited = query.where(ClaimDuty.due_on.is_not(None))
        return [
            (str(d.from_on), str(d.due_on), d.provisional, d.ended_by)
            for d in session.scalars(limited)
        ]


@pytest.mark.proves("R-44")
def test_a_notice_counts_the_days_to_pass_on_anew(house: House) -> None:
    a_payment_complaint(house, "2026-12-21")
    before = ("2026-12-21", "2027-01-05", True)
    assert last_days(house, "case.transfer") == [(*before, None)]
    assert load_2027(house, "2026-12-28") == 1
    # 22 to 25 (4), 28 to 31 (8); off until Monday 4 January; 5 (9), Wednesday 6 January (10)
    assert last_days(house, "case.transfer") == [
        (*before, "replaced"),
        ("2026-12-21", "2027-01-06", False, None),
    ]
    assert load_2027(house, "2026-12-29") == 0
    assert violations(house) == []


def test_a_notice_moves_the_end_of_the_handling_time_and_no_date_that_was_granted(
    house: House,
) -> None:
    claim = handed_over(house, "2026-12-04")
    # 4 + 30 = 34, less 31 = Sunday 2027-01-03; Monday the 4th, as far as anybody knows
    assert last_days(house, "case.handle") == [("2026-12-04", "2027-01-04", True, None)]
    assert load_2027(house, "2026-12-15") == 1
    assert clocks_of(house, claim)["case.handle"] == "2027-01-05"
    extend(house, claim, "2026-12-30", "2027-02-01")
    assert load_2027(house, "2026-12-31") == 0
    assert clocks_of(house, claim)["case.handle"] == "2027-02-01"
    assert violations(house) == []


def test_a_notice_that_moves_no_last_day_makes_it_certain(house: House) -> None:
    handed_over(house, "2026-12-12")
    # 12 + 30 = 42, less 31 = Monday 2027-01-11, worked with and without the notice
    assert last_days(house, "case.handle") == [("2026-12-12", "2027-01-11", True, None)]
    assert load_2027(house, "2026-12-15") == 1
    assert last_days(house, "case.handle") == [("2026-12-12", "2027-01-11", False, None)]


def test_thirty_days_to_answer_from_receipt(house: House) -> None:
    claim = handed_over(house, "2025-11-19")
    # November has 30 days: 19 + 30 = 49, less 30 = 19 December, a Friday.
    assert clocks_of(house, claim)["case.handle"] == "2025-12-19"


def test_an_end_on_a_day_of_rest_moves_to_the_next_working_day(house: House) -> None:
    claim = handed_over(house, "2026-01-19")
    # 19 + 30 = 49, less 31 = 18 February, in the Spring Festival; work begins again on the 24th
    assert clocks_of(house, claim)["case.handle"] == "2026-02-24"


def test_the_extension_on_the_28th_day_and_ninety_days_in_total(house: House) -> None:
    claim = handed_over(house, "2025-11-19")
    # day 28 is 2025-12-17. In total 90 days from 2025-11-19: 11 to the end of November, 31, 31,
    # and 17 in February: 2026-02-17, in the Spring Festival; it rolls to 2026-02-24.
    with pytest.raises(Guarded, match="at most until 2026-02-24"):
        extend(house, claim, "2025-12-17", "2026-02-25")
    with pytest.raises(Forbidden):  # the head extends, not the officer
        extend(house, claim, "2025-12-17", "2026-02-24", who="handler")
    with pytest.raises(Guarded, match="reaches beyond 2025-12-19"):
        extend(house, claim, "2025-12-17", "2025-12-19")
    extend(house, claim, "2025-12-17", "2026-01-30")
    extend(house, claim, "2026-01-30", "2026-02-24")
    assert clocks_of(house, claim)["case.handle"] == "2026-02-24"
    with pytest.raises(Guarded, match="at most until 2026-02-24"):  # still from the first receipt
        extend(house, claim, "2026-02-24", "2026-02-25")


def test_a_time_that_has_ended_is_extended_no_more(house: House) -> None:
    claim = handed_over(house, "2025-11-19")
    with pytest.raises(Guarded, match="ended on 2025-12-19"):
        extend(house, claim, "2025-12-20", "2026-01-20")
    extend(house, claim, "2025-12-19", "2026-01-20")


@pytest.mark.proves("R-71")
def test_in_court_the_clock_runs_on_and_a_written_result_goes_out(house: House) -> None:
    claim = handed_over(house, "2025-11-19")
    assert act(house, claim, "go_to_law", "handler", "2025-12-01", **COURT) is State.LEGAL
    running = clocks_of(house, claim)
    assert running["case.handle"] == "2025-12-19"  # it never pauses
    assert running["case.legal"] is None  # how long a court takes, no law of ours says
    act(house, claim, "answer", "handler", "2025-12-19", **ANSWER)
    assert clocks_of(house, claim) == {"case.legal": None}
    assert the_claim(house, claim).state == State.LEGAL.value
    act(house, claim, "look_again", "handler", "2026-01-10", note="已开庭", next_on="2026-04-01")
    assert clocks_of(house, claim) == {"case.legal": "2026-04-01"}
    judged = act(
        house, claim, "record_judgment", "handler", "2026-05-06", outcome="for_complainant",
        organ="示例县人民法院", number="民初1号", text="判决支付货款", amount="1000.00",
    )  # fmt: skip
    assert judged is State.SUBSTANTIATED
    assert clocks_of(house, claim) == {"case.rectify": None}  # to be put right, from now on
    assert events_of(house, claim)[-3:] == ["answer", "look_again", "record_judgment"]


def test_a_lead_of_the_sweep_has_no_statutory_clock_and_its_time_is_measured(house: House) -> None:
    claim = a_world(house)
    go(house, claim, WAY[:3])
    assert not the_claim(house, claim).sme_payment
    assert clocks_of(house, claim) == {"case.handle": None}
    with house.readers() as session:
        ended = session.scalars(select(ClaimDuty).where(ClaimDuty.ended_on.is_not(None))).all()
    spans = {d.clock: (str(d.from_on), str(d.ended_on)) for d in ended}
    assert spans["case.take_up"] == ("2025-10-22", "2025-10-23")


UNTRUE = {"facts": "已付清", "legal_basis": "民法典第五百零九条"}
EXPLAINED = {"how": "letter", "text": "经核查已付清", "remedies": "可以提出异议"}


def explained(house: House, claim: str, found: str, said: str) -> None:
    act(house, claim, "find_unsubstantiated", "handler", found, **UNTRUE)
    act(house, claim, "explain", "handler", said, **EXPLAINED)


def test_a_claim_verified_again_waits_for_nobody_to_take_it_in(house: House) -> None:
    claim = a_world(house)
    go(house, claim, WAY[:3])
    explained(house, claim, "2025-11-03", "2025-11-04")
    assert clocks_of(house, claim) == {}
    reopened = act(house, claim, "reopen", "county_lead", "2025-11-05", reason="有新的证据")
    assert reopened is State.VERIFYING
    assert clocks_of(house, claim) == {
        "case.handle": None
    }  # measured; the decree sets nothing anew
    with house.readers() as session:
        runs = select(ClaimDuty.from_on).where(ClaimDuty.ended_on.is_(None))
        assert [str(on) for on in session.scalars(runs)] == ["2025-11-05"]


@pytest.mark.proves("R-50")
def test_what_goes_back_to_verification_keeps_the_limit_that_runs(house: House) -> None:
    claim = handed_over(house, "2025-10-24")  # 条例 第二十五条: thirty days from acceptance
    limit = {"case.handle": "2025-11-24"}
    act(house, claim, "find_disputed", "handler", "2025-10-28", **DISPUTED)
    assert clocks_of(house, claim) == {**limit, "case.negotiate": "2025-11-03"}
    act(house, claim, "resume", "handler", "2025-10-30", reason="双方要求继续核实")
    assert clocks_of(house, claim) == limit


@pytest.mark.proves("R-61")
def test_what_is_true_is_to_be_put_right_from_that_step_on(house: House) -> None:
    claim = a_world(house)
    assert drive(house, claim, "find_substantiated") is State.SUBSTANTIATED  # on 2025-11-03
    # 发改财金〔2023〕1103号 二（二）: 立即推动整改, and no number of days
    assert clocks_of(house, claim) == {"case.handle": None, "case.rectify": None}
    with house.readers() as session:
        query = select(ClaimDuty).where(ClaimDuty.clock == "case.rectify")
        duty = session.scalars(query).one()
    assert str(duty.from_on) == "2025-11-03"
    assert duty.body_id == the_claim(house, claim).holder_id  # the body that determines
    assert not is_clock_shown(Clock.RECTIFY, State.SUBSTANTIATED, Audience.RESPONDENT)  # not served
    go(house, claim, WAY[4:5])  # the notice of rectification names its day
    assert is_clock_shown(Clock.RECTIFY, State.RECTIFYING, Audience.RESPONDENT)
    assert clocks_of(house, claim)["case.rectify"] == "2025-12-01"


@pytest.mark.proves("R-44")
def test_a_claim_reopened_after_its_close_is_to_be_handed_over_again(house: House) -> None:
    claim = a_world(house)
    go(house, claim, WAY[:3])
    explained(house, claim, "2025-11-03", "2025-11-04")
    act(house, claim, "close", "handler", "2025-11-05", reason="explained")
    reopened = act(house, claim, "reopen", "county_lead", "2025-11-07", reason="有新的证据")
    assert reopened is State.ACCEPTED  # it was taken in before; what is open is the hand-over
    assert clocks_of(house, claim) == {"case.transfer": None}
    act(house, claim, "transfer", "county_lead", "2025-11-10")
    assert clocks_of(house, claim) == {"case.handle": None, "case.take_up": None}


@pytest.mark.proves("R-44")
def test_a_complaint_looked_at_again_is_measured_from_then_and_bound_from_acceptance(
    house: House,
) -> None:
    a_town(house)
    register(house, a_document())
    received = complain(house, "2025-10-31", channel="sme-payment", source_no="1")
    claim = received.claims[0]
    said = {"reason": "other-body", "next_door": "示例市住房和城乡建设局"}
    act(house, claim, "reject", "sme_intake", "2025-11-03", **said)
    act(house, claim, "reopen", "sme_intake", "2025-11-05", reason="补充了材料")
    # 条例 第二十五条第一款 counts from formal acceptance, which has not come
    assert clocks_of(house, claim) == {"case.accept": None, "case.transfer": None}
    act(house, claim, "accept", "sme_intake", "2025-11-07", scope=IN_SCOPE)
    # Friday 2025-11-07 is day zero: 10 to 14 (5), 17 to 21 November (10)
    assert clocks_of(house, claim) == {"case.transfer": "2025-11-21"}
