"""From refusal to determination: what it takes, who, and what can never become a record."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.case_codes import VOID_EXCUSES, Breach
from fulfilment_monitor.domain.cases import IllegalStep, State
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.records import RecordState
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.services.determinations import Fulfilled
from fulfilment_monitor.store.records import Finding
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    ORGAN,
    a_document,
    a_payment,
    day,
    paid,
    register,
    state,
    violations,
)
from tests.services.case_builders import (
    CITY_CREDIT,
    COUNTY_CREDIT,
    IN_SCOPE,
    PROVINCE_CREDIT,
    WAY,
    a_town,
    a_world,
    act,
    claim_ulid,
    complain,
    drive,
    go,
    the_claim,
)
from tests.services.credit_builders import ledger_of, messages

_BY = {step.event: step for step in WAY}


def _again(house: House, claim: str, event: str, on: str, who: str = "", **changes: Any) -> State:
    """A step of the way with some details changed."""
    step = _BY[event]
    return act(house, claim, event, who or step.who, on, **{**step.details, **changes})


def _findings(house: House) -> list[Finding]:
    with house.readers() as session:
        return list(session.scalars(select(Finding).order_by(Finding.id)))


# --- before it --------------------------------------------------------------------------------


@pytest.mark.proves("R-67")
def test_the_expiry_of_a_date_is_not_yet_refusal(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")  # until 2025-12-01
    undeclared = {"declared": False, "excuse": "no-funds", "note": "未付"}
    with pytest.raises(Guarded, match="2025-12-01"):
        act(house, claim, "refuse", "handler", "2025-12-01", **undeclared)
    with pytest.raises(Guarded, match="no reminder"):
        act(house, claim, "refuse", "handler", "2025-12-20", **undeclared)
    act(house, claim, "remind", "handler", "2025-12-21", how="letter", note="催告")
    assert act(house, claim, "refuse", "handler", "2025-12-22", **undeclared) is State.REFUSED


def test_a_reminder_before_the_date_shows_no_refusal(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    act(house, claim, "remind", "handler", "2025-12-01", how="letter", note="催告")
    with pytest.raises(Guarded, match="no reminder"):
        act(
            house, claim, "refuse", "handler", "2025-12-20",
            declared=False, excuse="none", note="未付",
        )  # fmt: skip


def test_a_declared_refusal_needs_no_waiting_but_a_served_notice(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "find_substantiated")
    _again(house, claim, "rectify", "2025-11-04", served_on="2025-11-10")
    said = {"declared": True, "excuse": "no-funds", "note": "书面表示不付"}
    with pytest.raises(Guarded, match="served on 2025-11-10"):
        act(house, claim, "refuse", "handler", "2025-11-09", **said)
    assert act(house, claim, "refuse", "handler", "2025-11-10", **said) is State.REFUSED


@pytest.mark.proves("R-07")
def test_who_says_beforehand_that_it_will_not_pay_has_walked_away(house: House) -> None:
    """民法典 第五百七十八条: before the term is over, who declares not to perform is answerable."""
    a_town(house)
    register(house, a_document(a_payment(due_on="2026-09-10")))
    item = {"obligation": "payment", "breach": "repudiation", "amount": "1000.00"}
    claim = complain(house, "2025-11-01", items=[item]).claims[0]
    act(house, claim, "accept", "county_lead", "2025-11-03", scope=IN_SCOPE)
    act(house, claim, "transfer", "county_lead", "2025-11-04")
    act(house, claim, "take_up", "handler", "2025-11-05", handler="handler")
    walked = {"breach": "repudiation", "facts": "书面表示到期不付"}
    _again(house, claim, "find_substantiated", "2025-11-10", **walked)
    ordered = {"items": ["按约付款"], "due_on": "2025-12-01", "served_on": "2025-11-11"}
    act(house, claim, "rectify", "handler", "2025-11-11", **ordered)
    said = {"declared": True, "excuse": "no-funds", "note": "书面表示到期不付"}
    assert act(house, claim, "refuse", "handler", "2025-11-12", **said) is State.REFUSED
    assert the_claim(house, claim).breach == Breach.REPUDIATION
    go(house, claim, WAY[7:9])
    walked["article"] = "民法典第五百七十八条"
    _again(house, claim, "propose_determination", "2026-01-06", **walked)
    go(house, claim, WAY[10:])
    [determined] = _findings(house)
    assert (determined.breach, determined.decided_on) == ("repudiation", date(2026, 1, 8))


def test_a_reason_that_may_be_right_is_examined_as_a_dispute_first(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "remind")
    for excuse in ("force-majeure", "counter-breach"):
        with pytest.raises(Guarded, match="examined as a dispute"):
            _again(house, claim, "refuse", "2025-12-15", excuse=excuse)
    go(house, claim, WAY[6:9])
    for excuse in ("force-majeure", "counter-breach"):
        with pytest.raises(Invalid, match="examined as a dispute"):
            _again(house, claim, "propose_determination", "2026-01-06", excuse=excuse)


@pytest.mark.proves("R-67")
def test_a_reorganisation_or_change_of_staff_is_never_a_reason(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    untrue = {"facts": "机构已调整", "legal_basis": "无"}
    disputed = {"item": "货款", "reasons": "机构已调整", "route": "negotiation"}
    for excuse in VOID_EXCUSES:
        with pytest.raises(Invalid, match="never counts"):
            act(
                house, claim, "find_unsubstantiated", "handler", "2025-11-03",
                excuse=excuse.value, **untrue,
            )  # fmt: skip
        with pytest.raises(Invalid, match="never counts"):
            act(
                house, claim, "find_disputed", "handler", "2025-11-03",
                next_on="2025-12-01", excuse=excuse.value, **disputed,
            )  # fmt: skip
    # stated as the respondent's reason it changes nothing: the breach is found, and determined
    void = "reorganisation"
    _again(house, claim, "find_substantiated", "2025-11-03", excuse=void)
    go(house, claim, WAY[4:6])
    _again(house, claim, "refuse", "2025-12-15", excuse=void)
    go(house, claim, WAY[7:9])
    _again(house, claim, "propose_determination", "2026-01-06", excuse=void)
    assert go(house, claim, WAY[10:]) is State.DETERMINED
    assert _findings(house)[0].excuse == void


# --- hearing ----------------------------------------------------------------------------------


def test_the_respondent_may_state_until_the_last_day_or_is_heard(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "notify_determination")  # statement until 2026-01-05
    with pytest.raises(Guarded, match="until 2026-01-05"):
        _again(house, claim, "propose_determination", "2026-01-05")
    _again(house, claim, "propose_determination", "2026-01-06")


def test_a_notice_that_leaves_no_time_needs_a_hearing(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "refuse")
    _again(house, claim, "notify_determination", "2025-12-20", statement_until="2025-12-20")
    with pytest.raises(Guarded, match="no time"):
        _again(house, claim, "propose_determination", "2026-01-06")
    _again(house, claim, "hear", "2026-01-06", hearing=True)
    _again(house, claim, "propose_determination", "2026-01-06")


def test_what_the_respondent_says_after_the_proposal_has_to_be_weighed(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    _again(house, claim, "hear", "2026-01-07", said="补充陈述")
    with pytest.raises(Guarded, match="heard since"):
        _again(house, claim, "approve_determination", "2026-01-08")
    _again(house, claim, "propose_determination", "2026-01-07")
    assert _again(house, claim, "approve_determination", "2026-01-08") is State.DETERMINED
    assert [f.approved for f in _findings(house)] == [False, True]


def test_a_proposal_that_was_declined_is_not_approved(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    act(house, claim, "decline_determination", "director", "2026-01-07", reason="事实不清")
    with pytest.raises(Guarded, match="proposed"):
        _again(house, claim, "approve_determination", "2026-01-08")
    assert [(f.approved, f.reason) for f in _findings(house)] == [(False, "事实不清")]


# --- the decision -----------------------------------------------------------------------------


@pytest.mark.proves("R-67", "R-68")
def test_only_from_a_refusal_and_by_two_people(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "remind")
    for event in ("notify_determination", "propose_determination", "approve_determination"):
        with pytest.raises(IllegalStep):
            _again(house, claim, event, "2025-12-16")
    go(house, claim, WAY[6:9])
    _again(house, claim, "propose_determination", "2026-01-06", who="other_director")
    with pytest.raises(Guarded, match="who proposed it cannot approve it"):
        _again(house, claim, "approve_determination", "2026-01-08", who="other_director")
    assert _again(house, claim, "approve_determination", "2026-01-08") is State.DETERMINED


@pytest.mark.proves("R-54", "R-88")
def test_a_determination_is_numbered_served_and_put_on_record(house: House) -> None:
    claim = a_world(house)
    assert drive(house, claim, "approve_determination") is State.DETERMINED
    (finding,) = _findings(house)
    assert (finding.breach, finding.article) == ("arrears", "民法典第五百七十七条")
    assert (finding.amount_fen, finding.document_no) == (1000_00, "认定〔2026〕1号")
    assert (finding.remedies, str(finding.served_on)) == ("可以提出异议", "2026-01-08")
    (record,) = ledger_of(house, "2026-01-08")
    assert (record.state, record.source_no) == (RecordState.EFFECTIVE, "认定〔2026〕1号")
    assert ledger_of(house, "2026-01-07") == ()
    assert the_claim(house, claim).closed_at is None  # determined is not solved: it goes on
    assert violations(house) == []


def test_a_decision_holds_from_the_day_it_was_served(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    for odd in ("2026-01-07", "2026-01-21"):  # before it was made; not yet
        with pytest.raises(Invalid, match="served between"):
            act(
                house, claim, "approve_determination", "director", "2026-01-20",
                effect="2026-01-08", document_no="1", served_on=odd, remedies="可以提出异议",
            )  # fmt: skip
    act(
        house, claim, "approve_determination", "director", "2026-01-20",
        effect="2026-01-08", document_no="1", served_on="2026-01-15", remedies="可以提出异议",
    )  # fmt: skip
    assert ledger_of(house, "2026-01-14") == ()
    assert len(ledger_of(house, "2026-01-15")) == 1


@pytest.mark.proves("R-67")
def test_what_was_paid_meanwhile_is_rectified_never_determined(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    state(house, paid("2026-01-07"), "2026-01-07")
    with pytest.raises(Fulfilled):
        _again(house, claim, "approve_determination", "2026-01-08")
    with pytest.raises(Fulfilled):
        _again(house, claim, "propose_determination", "2026-01-08")
    done = act(house, claim, "confirm_rectified", "handler", "2026-01-08", note="已付清")
    assert done is State.RECTIFIED
    for event in ("notify_determination", "propose_determination", "approve_determination"):
        with pytest.raises(IllegalStep):
            _again(house, claim, event, "2026-01-09")
    assert ledger_of(house, "2026-01-09") == ()


def test_the_word_of_the_body_alone_does_not_end_it(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    state(house, paid("2025-11-20", by="government"), "2025-11-20")
    with pytest.raises(Guarded, match="not met"):
        act(house, claim, "confirm_rectified", "handler", "2025-11-21", note="已付清")


@pytest.mark.proves("R-55")
def test_of_a_complaint_that_is_partly_true_the_confirmed_part_only(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    partly = {"verification": "partly-true"}
    with pytest.raises(Invalid, match="more than is owed"):
        _again(house, claim, "find_substantiated", "2025-11-03", amount="1000.01", **partly)
    _again(house, claim, "find_substantiated", "2025-11-03", amount="600.00", **partly)
    go(house, claim, WAY[4:9])
    with pytest.raises(Invalid, match="more than was confirmed"):
        _again(house, claim, "propose_determination", "2026-01-06", amount="600.01")
    _again(house, claim, "propose_determination", "2026-01-06", amount="600.00")
    state(house, paid("2026-01-07", "599.99"), "2026-01-07")
    with pytest.raises(Guarded, match="not met"):
        act(house, claim, "confirm_rectified", "handler", "2026-01-07", note="已付")
    state(house, paid("2026-01-07", "0.01"), "2026-01-07")
    done = act(house, claim, "confirm_rectified", "handler", "2026-01-07", note="已付")
    assert done is State.RECTIFIED


def test_without_an_amount_all_that_is_confirmed_is_determined(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    _again(house, claim, "find_substantiated", "2025-11-03", amount=None)
    go(house, claim, WAY[4:9])
    _again(house, claim, "propose_determination", "2026-01-06", amount=None)
    assert _findings(house)[0].amount_fen == 1000_00


# --- told -------------------------------------------------------------------------------------


@pytest.mark.proves("R-56", "R-72")
def test_results_go_to_the_intake_unit_and_upward_in_the_same_step(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "find_substantiated")
    (told,) = messages(house, "result.verified")
    assert (told["to"], told["verification"]) == (COUNTY_CREDIT, "true")
    go(house, claim, WAY[4:])
    told = messages(house, "result.determined")
    assert {m["to"] for m in told} == {COUNTY_CREDIT, CITY_CREDIT, PROVINCE_CREDIT}
    assert {m["document_no"] for m in told} == {"认定〔2026〕1号"}
    assert {m["to"] for m in messages(house, "record.entered")} == {
        ORGAN, COUNTY_CREDIT, CITY_CREDIT, PROVINCE_CREDIT,
    }  # fmt: skip


def test_no_result_goes_to_who_has_come_near_the_respondent(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    with house.sessions.begin() as session:
        organisations.succeed(
            session, ORGAN, COUNTY_CREDIT, on=day("2026-01-07"), reason="机构改革", by=CLERK,
            now=at(day("2026-01-07")),
        )  # fmt: skip
    go(house, claim, WAY[-1:])
    told = messages(house, "result.determined")
    assert {m["to"] for m in told} == {CITY_CREDIT, PROVINCE_CREDIT}


@pytest.mark.proves("R-60")
def test_what_is_not_so_goes_to_the_province_in_the_same_step(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    said = {"facts": "已按约付清", "legal_basis": "民法典第五百零九条"}
    act(house, claim, "find_unsubstantiated", "handler", "2025-11-03", **said)
    told = messages(house, "result.verified")
    assert {m["to"] for m in told} == {COUNTY_CREDIT, CITY_CREDIT, PROVINCE_CREDIT}
    assert {m["verification"] for m in told} == {"untrue"}


# --- objection and revocation -----------------------------------------------------------------


def test_an_objection_is_decided_one_level_up_and_a_record_falls_with_it(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    act(house, claim, "object", "bureau_head", "2026-01-20", grounds="金额有误")
    assert the_claim(house, claim).contested
    with pytest.raises(Guarded, match="an objection is open"):
        act(house, claim, "object", "bureau_head", "2026-01-21", grounds="再次异议")
    with pytest.raises(Guarded, match="an objection is open"):
        act(house, claim, "request_repair", "handler", "2026-01-21", note="x", evidence=["y"])
    decision = {"outcome": "upheld", "reasons": "事实认定有误"}
    with pytest.raises(Forbidden):
        act(house, claim, "decide_objection", "director", "2026-01-22", **decision)
    act(house, claim, "decide_objection", "reviewer", "2026-01-22", **decision)
    assert the_claim(house, claim).state == State.VERIFYING.value
    (record,) = ledger_of(house, "2026-01-22")
    assert record.state is RecordState.WITHDRAWN
    assert [r.state for r in ledger_of(house, "2026-01-15", known_at="2026-01-15")] == [
        RecordState.EFFECTIVE
    ]


def test_an_objection_that_is_rejected_leaves_the_record(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    act(house, claim, "object", "bureau_head", "2026-01-20", grounds="金额有误")
    decision = {"outcome": "rejected", "reasons": "异议不成立"}
    assert (
        act(house, claim, "decide_objection", "reviewer", "2026-01-22", **decision)
        is State.DETERMINED
    )
    assert [r.state for r in ledger_of(house, "2026-01-22")] == [RecordState.EFFECTIVE]


def test_nobody_objects_to_what_was_decided_in_their_favour(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    said = {"facts": "已按约付清", "legal_basis": "民法典第五百零九条"}
    act(house, claim, "find_unsubstantiated", "handler", "2025-11-03", **said)
    with pytest.raises(Forbidden, match="in their favour"):
        act(house, claim, "object", "bureau_head", "2025-11-04", grounds="无")


def test_a_number_is_given_to_one_decision(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    act(house, claim, "revoke_determination", "director", "2026-01-10", reason="程序有误")
    assert [r.state for r in ledger_of(house, "2026-01-10")] == [RecordState.WITHDRAWN]
    later = [s._replace(on=f"2026-03-{i:02d}") for i, s in enumerate(WAY[3:], 1)]
    dates = {
        "rectify": {"due_on": "2026-03-02", "served_on": "2026-03-02"},
        "notify_determination": {"statement_until": "2026-03-06", "served_on": "2026-03-05"},
        "approve_determination": {"served_on": "2026-03-08"},
    }
    steps = [s._replace(details={**s.details, **dates.get(s.event, {})}) for s in later]
    with pytest.raises(Invalid, match="another decision"):
        go(house, claim, steps)
    last = steps[-1]
    act(house, claim, last.event, last.who, last.on, **{**last.details, "document_no": "2号"})
    states = [r.state for r in ledger_of(house, "2026-03-08")]
    assert states == [RecordState.WITHDRAWN, RecordState.EFFECTIVE]
    assert claim == claim_ulid(house)
