"""What officers find, and how a claim ends: answers, disputes, courts, named outcomes."""

from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.cases import IllegalStep, State
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.house import House
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.cases import Claim, ClaimEvent
from tests.services.builders import a_document, a_payment, paid, register, state, sweep
from tests.services.case_builders import (
    CITY_SME,
    WAY,
    a_town,
    a_world,
    act,
    clocks_of,
    drive,
    go,
    the_claim,
)
from tests.services.credit_builders import ledger_of, somebody_complains

UNTRUE = {"facts": "已按约付清", "legal_basis": "民法典第五百零九条"}
EXPLAINED = {"how": "letter", "text": "经核查货款已付清", "remedies": "可以提出异议"}
DISPUTED = {"item": "质量", "reasons": "验收意见不一", "route": "mediation", "amount": "300.00"}


def a_complaint_being_verified(house: House) -> str:
    claim = a_world(house)
    somebody_complains(house, CITY_SME)
    act(house, claim, "accept", "sme_intake", "2025-10-21")
    act(house, claim, "transfer", "sme_intake", "2025-10-22")
    act(house, claim, "take_up", "handler", "2025-10-23", handler="handler")
    return claim


def details_of(house: House, event: str) -> dict[str, Any]:
    with house.readers() as session:
        query = select(ClaimEvent.details).where(ClaimEvent.event == event)
        return session.scalars(query).one()


@pytest.mark.proves("R-57", "R-58", "R-59")
def test_what_is_not_so_ends_with_a_written_explanation_alone(house: House) -> None:
    claim = a_complaint_being_verified(house)
    act(house, claim, "find_unsubstantiated", "handler", "2025-11-03", **UNTRUE)
    assert "case.explain" in clocks_of(house, claim)
    with pytest.raises(Guarded, match="the explanation has not been sent"):
        act(house, claim, "close", "handler", "2025-11-04", reason="explained")
    for missing in EXPLAINED:
        with pytest.raises(Invalid, match=f"/{missing}"):
            act(house, claim, "explain", "handler", "2025-11-04", **{**EXPLAINED, missing: None})
    act(house, claim, "explain", "handler", "2025-11-04", **EXPLAINED)
    assert details_of(house, "explain")["remedies"] == "可以提出异议"
    with pytest.raises(Invalid, match="it ends as explained"):
        act(house, claim, "close", "handler", "2025-11-05", reason="rectified")
    act(house, claim, "close", "handler", "2025-11-05", reason="explained")
    assert the_claim(house, claim).outcome == "untrue"


@pytest.mark.proves("R-63")
def test_true_only_with_what_both_sides_say_on_record(house: House) -> None:
    claim = a_complaint_being_verified(house)
    found = dict(WAY[3].details)
    with pytest.raises(Guarded, match="what the complainant says"):
        act(
            house, claim, "find_substantiated", "handler", "2025-11-03",
            **{**found, "complainant_says": None},
        )  # fmt: skip
    with pytest.raises(Invalid, match="/respondent_says"):
        act(
            house, claim, "find_substantiated", "handler", "2025-11-03",
            **{**found, "respondent_says": None},
        )  # fmt: skip
    assert act(house, claim, "find_substantiated", "handler", "2025-11-03", **found) is (
        State.SUBSTANTIATED
    )


@pytest.mark.proves("R-62")
def test_a_notice_of_rectification_names_items_amount_and_dates(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "find_substantiated")
    notice = {"items": ["支付货款"], "due_on": "2025-12-01", "served_on": "2025-11-04"}
    for missing in notice:
        with pytest.raises(Invalid, match=f"/{missing}"):
            act(house, claim, "rectify", "handler", "2025-11-04", **{**notice, missing: None})
    act(house, claim, "rectify", "handler", "2025-11-04", amount="1000.00", **notice)
    assert details_of(house, "rectify")["amount"] == 1000_00
    assert clocks_of(house, claim)["case.rectify"] == "2025-12-01"


@pytest.mark.proves("R-70")
def test_rounds_are_logged_each_with_its_next_day_until_an_end(house: House) -> None:
    claim = a_complaint_being_verified(house)
    act(house, claim, "find_disputed", "handler", "2025-11-03", next_on="2025-11-20", **DISPUTED)
    assert clocks_of(house, claim)["case.negotiate"] == "2025-11-20"
    act(house, claim, "log_round", "handler", "2025-11-19", note="第一轮", next_on="2025-12-10")
    assert clocks_of(house, claim)["case.negotiate"] == "2025-12-10"
    for step in WAY:
        if step.event in ("rectify", "refuse", "approve_determination"):  # neither so nor not so
            with pytest.raises(IllegalStep):
                act(house, claim, step.event, step.who, "2025-12-10", **step.details)
    with pytest.raises(Guarded, match="no written answer"):
        act(house, claim, "close", "handler", "2025-12-10", reason="negotiation-failed")
    act(house, claim, "answer", "handler", "2025-12-10", **EXPLAINED)
    with pytest.raises(Invalid, match="it ends as negotiation-failed"):
        act(house, claim, "close", "handler", "2025-12-11", reason="rectified")
    act(house, claim, "close", "handler", "2025-12-11", reason="negotiation-failed")
    assert the_claim(house, claim).outcome == "terminated"


@pytest.mark.proves("R-71")
def test_what_a_court_awards_is_what_is_confirmed(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    court = {"organ": "示例县人民法院", "number": "民初1号"}
    act(house, claim, "go_to_law", "handler", "2025-11-03", route="litigation", **court)
    act(
        house, claim, "record_judgment", "handler", "2026-03-01", outcome="for_complainant",
        text="支付700元", amount="700.00", **court,
    )  # fmt: skip
    found = the_claim(house, claim)
    assert (found.verification, found.confirmed_fen) == ("partly-true", 700_00)
    notice = {"items": ["支付"], "due_on": "2026-04-01", "served_on": "2026-03-02"}
    act(house, claim, "rectify", "handler", "2026-03-02", **notice)
    state(house, paid("2026-03-10", "699.99"), "2026-03-10")
    with pytest.raises(Guarded, match="not met"):
        act(house, claim, "confirm_rectified", "handler", "2026-03-10", note="已付")
    state(house, paid("2026-03-10", "0.01"), "2026-03-10")
    act(house, claim, "confirm_rectified", "handler", "2026-03-10", note="已付")


@pytest.mark.proves("R-65", "R-67")
def test_a_rectified_case_ends_as_such_and_leaves_no_record(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    state(house, paid("2025-11-20"), "2025-11-20")
    act(house, claim, "confirm_rectified", "handler", "2025-11-21", note="企业确认")
    for reason in ("settlement-kept", "repaired", "explained"):
        with pytest.raises(Invalid, match="it ends as rectified"):
            act(house, claim, "close", "handler", "2025-11-22", reason=reason)
    act(house, claim, "close", "handler", "2025-11-22", reason="rectified")
    assert the_claim(house, claim).outcome == "rectified"
    for step in WAY[6:]:
        with pytest.raises(IllegalStep):
            go(house, claim, [step])
    assert ledger_of(house, "2026-02-01") == ()


@pytest.mark.proves("R-52")
def test_what_was_found_says_history_reliance_basis_and_the_way_tried(house: House) -> None:
    claim = a_complaint_being_verified(house)
    found = next(s.details for s in WAY if s.event == "find_substantiated")
    asked = {
        "history": "2024年招商时承诺，2025年换届后停付",
        "reliance": "企业据此添置设备并垫付货款",
        "solution": "财政先行垫付，分两期偿还",
    }
    act(house, claim, "find_substantiated", "handler", "2025-11-03", **found, **asked)
    basis = {name: found[name] for name in ("facts", "legal_basis")}
    assert details_of(house, "find_substantiated").items() >= {**asked, **basis}.items()
    with house.readers() as session:
        event = session.scalars(select(ClaimEvent).where(ClaimEvent.event == "take_up")).one()
        row = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
    assert row.handler_id is not None
    assert (event.details["handler"], event.person_id) == ("handler", row.handler_id)


@pytest.mark.proves("R-53")
def test_a_solution_is_weighed_in_four_short_answers(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "find_substantiated")
    four = {
        "enterprise_operation": "付清后可恢复正常经营",
        "business_environment": "有利于重建信任",
        "social_stability": "涉及二十名工人工资",
        "development": "项目可以继续",
    }
    notice = next(s.details for s in WAY if s.event == "rectify")
    act(house, claim, "rectify", "handler", "2025-11-04", **notice, **four)
    assert details_of(house, "rectify").items() >= four.items()
    with pytest.raises(Invalid, match="/development"):
        act(house, claim, "remind", "handler", "2025-12-03", how="letter", note="催告", **four)


@pytest.mark.proves("R-64")
def test_each_claim_of_a_case_is_put_right_on_its_own_record(house: House) -> None:
    a_town(house)
    terms = [a_payment(due_on="2025-09-10"), a_payment(key="second", due_on="2025-09-12")]
    register(house, a_document(*terms))
    sweep(house, "2025-10-20")
    with house.readers() as session:
        first, second = session.scalars(select(Claim.ulid).order_by(Claim.obligation_id))
    for claim in (first, second):
        drive(house, claim, "rectify")
    state(house, paid("2025-11-20"), "2025-11-20")
    event, on, done = "confirm_rectified", "2025-11-21", {"note": "已付清"}
    assert act(house, first, event, "handler", on, **done) is State.RECTIFIED
    with pytest.raises(Guarded, match="not met"):
        act(house, second, event, "handler", on, **done)
    assert the_claim(house, second).state == "rectifying"
