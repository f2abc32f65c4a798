"""Clocks of cases under the daily sweep: yellow, orange, red; what is proposed, and who signs."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Conflict, Forbidden, Role
from fulfilment_monitor.domain.case_codes import Supervision
from fulfilment_monitor.domain.errors import NotFound, NotOpen, Refusal
from fulfilment_monitor.house import House
from fulfilment_monitor.services import supervision
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.cases import SupervisionAct
from fulfilment_monitor.store.duties import Timer
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.conftest import at
from tests.services.builders import day, office, sweep, violations
from tests.services.case_builders import (
    BUREAU,
    CITY_FINANCE,
    a_person,
    a_world,
    act,
    actor,
    clocks_of,
    drive,
    the_claim,
)

#: Rectification is due on 2025-12-01.
LATE, STUCK = "2025-12-09", "2025-12-31"


@pytest.fixture
def claim(house: House) -> str:
    """A claim whose respondent was told to pay by 2025-12-01."""
    found = a_world(house)
    drive(house, found, "rectify")
    return found


def alerts(house: House) -> list[tuple[str, str, str]]:
    """Alerts about cases: rule, day, severity."""
    query = select(Alert).where(Alert.obligation_id < 0).order_by(Alert.raised_on, Alert.rule)
    with house.readers() as session:
        return [(a.rule, a.raised_on.isoformat(), a.severity) for a in session.scalars(query)]


def waiting(house: House, region: str = "") -> list[tuple[str, str]]:
    with house.readers() as session:
        found = supervision.proposals(session, office(house), region=region)
    return [(p.rule, p.step.value) for p in found]


def sign(house: House, claim: str, who: str, step: Supervision, on: str, **more: str) -> str:
    with house.sessions.begin() as session:
        done = supervision.sign(
            session,
            claim,
            step,
            "请说明未按期整改的原因",
            by=actor(house, who, on),
            office=office(house),
            now=at(day(on)),
            today=day(on),
            **more,
        )
        return done.ulid


def test_a_clock_of_a_case_goes_yellow_orange_and_red(house: House, claim: str) -> None:
    for on in ("2025-11-23", "2025-11-24", "2025-12-01", "2025-12-02", LATE, STUCK):
        sweep(house, on)
    assert alerts(house) == [
        ("case.rectify.yellow", "2025-11-24", "notice"),
        ("case.rectify.orange", "2025-12-02", "warning"),
        ("case.rectify.red", LATE, "breach"),
        ("case.rectify.inquiry", STUCK, "supervise"),
    ]
    assert violations(house) == []


def test_a_sweep_that_comes_late_raises_the_steps_it_missed_and_no_step_twice(
    house: House, claim: str
) -> None:
    sweep(house, "2025-11-20")
    sweep(house, "2025-12-10")
    sweep(house, "2025-12-10")
    assert [rule for rule, _, _ in alerts(house)] == [
        "case.rectify.orange",
        "case.rectify.red",
        "case.rectify.yellow",
    ]


def test_a_clock_that_was_stopped_says_nothing_more(house: House, claim: str) -> None:
    sweep(house, "2025-12-02")
    said = {"how": "letter", "note": "催告"}
    act(house, claim, "remind", "handler", "2025-12-03", **said)
    refused = {"declared": False, "excuse": "no-funds", "note": "仍未付"}
    act(house, claim, "refuse", "handler", "2025-12-04", **refused)
    sweep(house, STUCK)
    assert [rule for rule, _, _ in alerts(house)] == ["case.rectify.orange"]
    with house.readers() as session:
        assert session.scalars(select(Timer.duty_id).where(Timer.duty_id < 0)).all() == []
    assert violations(house) == []


def test_a_sweep_of_an_earlier_day_sets_the_clocks_of_cases_back_too(
    house: House, claim: str
) -> None:
    sweep(house, "2025-12-02")
    sweep(house, "2025-11-20")
    sweep(house, LATE)
    assert [rule for rule, _, _ in alerts(house)] == [
        "case.rectify.orange",
        "case.rectify.red",
        "case.rectify.yellow",
    ]
    assert violations(house) == []


@pytest.mark.proves("R-57", "R-134")
def test_supervision_is_proposed_and_an_officer_signs(house: House, claim: str) -> None:
    sweep(house, "2025-12-08")
    assert waiting(house) == []
    sweep(house, LATE)
    assert waiting(house) == [("case.rectify.red", "urge")]
    assert waiting(house, "340000") == waiting(house, "340321") == waiting(house)
    assert waiting(house, "350000") == []
    ulid = sign(
        house,
        claim,
        "supervisor",
        Supervision.URGE,
        LATE,
        rule="case.rectify.red",
        number="督〔2025〕1号",
    )
    assert waiting(house) == []
    with house.readers() as session:
        (done,) = session.scalars(select(SupervisionAct)).all()
        told = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == "supervision.issued")
        ).one()
    assert (done.step, done.number, done.signed_by) == ("urge", "督〔2025〕1号", "supervisor")
    assert told.key == ulid
    sweep(house, STUCK)
    assert waiting(house) == [("case.rectify.inquiry", "inquiry")]


def test_the_newest_step_of_a_clock_is_the_one_proposed(house: House, claim: str) -> None:
    sweep(house, STUCK)
    assert waiting(house) == [("case.rectify.inquiry", "inquiry")]


def test_what_was_declined_stays_on_record_with_its_reason(house: House, claim: str) -> None:
    sweep(house, LATE)
    with house.sessions.begin() as session:
        supervision.decline(
            session,
            claim,
            "case.rectify.red",
            "款项已在途",
            by=actor(house, "supervisor", LATE),
            office=office(house),
            now=at(day(LATE)),
            today=day(LATE),
        )
    assert waiting(house) == []
    with house.readers() as session:
        (done,) = session.scalars(select(SupervisionAct)).all()
        told = session.scalars(select(OutboxMessage.topic)).all()
    assert (done.declined, done.text) == (True, "款项已在途")
    assert "supervision.issued" not in told
    with pytest.raises(NotOpen):
        sign(house, claim, "supervisor", Supervision.URGE, LATE, rule="case.rectify.red")


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("handler", Forbidden), ("bureau_head", Forbidden), ("bureau_clerk", Forbidden)],
)
def test_not_everybody_signs(house: House, claim: str, who: str, refusal: type[Refusal]) -> None:
    sweep(house, LATE)
    with pytest.raises(refusal):
        sign(house, claim, who, Supervision.URGE, LATE, rule="case.rectify.red")


def test_a_step_that_was_not_proposed_is_begun_by_a_person_or_refused(
    house: House, claim: str
) -> None:
    with pytest.raises(NotOpen, match="not proposed"):
        sign(house, claim, "supervisor", Supervision.URGE, LATE, rule="case.rectify.red")
    assert sign(house, claim, "supervisor", Supervision.INQUIRY, LATE)
    with pytest.raises(NotOpen, match="list"):
        sign(house, claim, "supervisor", Supervision.LISTED, LATE)
    sweep(house, LATE)
    with pytest.raises(NotOpen, match="proposes urge"):
        sign(house, claim, "supervisor", Supervision.LETTER, LATE, rule="case.rectify.red")
    with pytest.raises(NotFound):
        sign(house, "0" * 26, "supervisor", Supervision.URGE, LATE)


@pytest.mark.proves("R-132", "R-133")
def test_a_listed_claim_reports_at_intervals_until_it_is_lifted(house: House, claim: str) -> None:
    demand = {"demand": "一个月内付清", "due_on": "2025-12-31", "every_days": 7}
    act(house, claim, "list", "supervisor", "2025-12-01", **demand)
    assert the_claim(house, claim).listed
    running = clocks_of(house, claim)
    assert running["case.listed"] == "2025-12-31"
    assert running["case.progress"] == "2025-12-08"
    act(house, claim, "report_progress", "handler", "2025-12-08", text="已申请资金")
    assert clocks_of(house, claim)["case.progress"] == "2025-12-15"
    sweep(house, "2025-12-16")
    assert ("case.progress.red", "2025-12-16", "breach") in alerts(house)
    assert ("case.progress.red", "letter") in waiting(house)
    act(house, claim, "lift", "supervisor", "2025-12-17", reason="已付清")
    assert not the_claim(house, claim).listed
    assert {"case.listed", "case.progress"}.isdisjoint(clocks_of(house, claim))
    with pytest.raises(Refusal):
        act(house, claim, "lift", "supervisor", "2025-12-18", reason="再次")


@pytest.mark.proves("R-133")
def test_a_respondents_report_needs_evidence_and_is_no_report_of_the_handler(
    house: House, claim: str
) -> None:
    said = {"text": "已支付一半", "evidence": ["a" * 64]}
    with pytest.raises(Guarded, match="evidence"):
        act(house, claim, "report_progress", "bureau_clerk", "2025-11-20", text="已支付一半")
    act(house, claim, "report_progress", "bureau_clerk", "2025-11-20", **said)  # listed or not
    with pytest.raises(Guarded, match="not listed"):
        act(house, claim, "report_progress", "handler", "2025-11-21", **said)
    running = clocks_of(house, claim)
    assert "case.progress" not in running
    demand = {"demand": "一个月内付清", "due_on": "2025-12-31", "every_days": 7}
    act(house, claim, "list", "supervisor", "2025-12-01", **demand)
    act(house, claim, "report_progress", "bureau_head", "2025-12-05", **said)
    assert clocks_of(house, claim)["case.progress"] == "2025-12-08"  # 1 + 7, as it was
    act(house, claim, "report_progress", "handler", "2025-12-05", text="已申请资金")
    assert clocks_of(house, claim)["case.progress"] == "2025-12-12"  # 5 + 7
    a_person(house, "city_clerk", CITY_FINANCE, Role.CLERK)
    with pytest.raises(NotFound):  # of another body
        act(house, claim, "report_progress", "city_clerk", "2025-12-06", **said)


def test_a_supervisor_near_the_respondent_stands_aside(house: House, claim: str) -> None:
    a_person(house, "moved", BUREAU, Role.SUPERVISOR)
    sweep(house, LATE)
    with pytest.raises((Conflict, NotFound)):
        sign(house, claim, "moved", Supervision.URGE, LATE, rule="case.rectify.red")
