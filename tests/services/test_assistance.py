"""Helping bodies: asked by who handles a claim, each with its own task and date."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.assistance import HelpClock
from fulfilment_monitor.domain.authority import Conflict, Forbidden, Role
from fulfilment_monitor.domain.case_policy import OfficeTerm
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.statute import Period, Unit
from fulfilment_monitor.house import House
from fulfilment_monitor.services import assistance, people, timers
from fulfilment_monitor.services.assistance import Row
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.duties import Timer
from tests.conftest import at
from tests.services import builders
from tests.services.builders import CLERK, day, office, sweep, violations
from tests.services.case_builders import (
    BUREAU,
    CENTRE,
    CITY_FINANCE,
    CITY_SME,
    COUNTY,
    a_person,
    a_world,
    act,
    actor,
    drive,
    the_claim,
)
from tests.services.credit_builders import messages

ASKED, DUE = "2025-11-05", "2025-11-14"
TASK = "请核查该合同预算安排"


@pytest.fixture
def claim(house: House) -> str:
    found = a_world(house)
    drive(house, found, "rectify")
    return found


def doing(house: House, verb: str, who: str, on: str, *said: Any, **more: Any) -> str:
    with house.sessions.begin() as session:
        row = getattr(assistance, verb)(
            session, *said, by=actor(house, who, on), office=office(house), now=at(day(on)),
            today=day(on), **more,
        )  # fmt: skip
        return str(row.ulid)


def asked(house: House, claim: str, body: str = CITY_FINANCE, due: str | None = DUE) -> str:
    until = None if due is None else day(due)
    return doing(house, "ask", "handler", ASKED, claim, body, TASK, due_on=until)


def on_desk(house: House, who: str, on: str = ASKED) -> list[Row]:
    with house.readers() as session:
        return assistance.list_requests(
            session, by=actor(house, who, on), office=office(house), today=day(on)
        )


def in_case(house: House, claim: str, on: str = ASKED) -> list[Row]:
    with house.readers() as session:
        return assistance.of_claim(session, the_claim(house, claim), day(on))


@pytest.mark.proves("R-162")
def test_helping_bodies_have_each_its_own_task_and_date(house: House, claim: str) -> None:
    asked(house, claim)
    other = doing(
        house, "ask", "handler", "2025-11-06", claim, CITY_SME, "请核查企业规模",
        due_on=day("2025-11-20"),
    )  # fmt: skip
    (waiting,) = on_desk(house, "finance_handler")
    doing(house, "answer", "finance_handler", "2025-11-10", waiting["id"], "预算已安排")
    first, second = in_case(house, claim, "2025-11-21")
    assert (first["body"]["uscc"], first["task"], first["due_on"]) == (CITY_FINANCE, TASK, DUE)
    assert (first["answered_on"], first["answer"]) == ("2025-11-10", "预算已安排")
    assert (first["open"], first["late"]) == (False, False)
    assert (second["id"], second["due_on"], second["open"]) == (other, "2025-11-20", True)
    assert (second["late"], second["days_left"]) == (True, -1)
    assert the_claim(house, claim).holder_id == actor(house, "handler", ASKED).body  # as before
    assert [m["to"] for m in messages(house, "help.asked")] == [CITY_FINANCE, CITY_SME]
    assert [m["to"] for m in messages(house, "help.answered")] == [COUNTY]
    with house.readers() as session:
        query = select(AuditEntry.action).where(AuditEntry.object_type == "help_request")
        acts = list(session.scalars(query.order_by(AuditEntry.seq)))
    assert acts == ["help.ask", "help.ask", "help.answer"]
    assert violations(house) == []


@pytest.mark.proves("R-162")
def test_who_helps_sees_the_task_and_no_more(house: House, claim: str) -> None:
    asked(house, claim)
    (row,) = on_desk(house, "finance_handler")
    assert row.keys() == {
        "id", "task", "asked_on", "due_on", "provisional", "basis", "open", "days_left", "late",
        "answered_on", "answer", "withdrawn", "asking", "respondent", "field", "kind",
    }  # fmt: skip
    assert (row["asking"], row["respondent"]) == ("示例县人民政府", "示例县财政局")
    for hidden in (claim, "HT-1", "示例企业", "1000"):
        assert hidden not in str(row)
        assert hidden not in str(messages(house, "help.asked"))
    a_person(house, "sme_handler", CITY_SME, Role.HANDLER)
    assert on_desk(house, "sme_handler") == []
    with pytest.raises(NotFound) as foreign:
        doing(house, "answer", "sme_handler", ASKED, row["id"], "无关")
    with pytest.raises(NotFound) as missing:
        doing(house, "answer", "sme_handler", ASKED, "0" * 26, "无关")
    assert str(foreign.value).replace(row["id"], "0" * 26) == str(missing.value)
    with pytest.raises(Forbidden):
        on_desk(house, "supervisor")


def test_only_who_has_the_claim_in_hand_asks_and_nobody_near_the_respondent(
    house: House, claim: str
) -> None:
    for who, refusal in (("finance_handler", NotFound), ("county_lead", Forbidden)):
        with pytest.raises(refusal):
            doing(house, "ask", who, ASKED, claim, CITY_FINANCE, TASK, due_on=day(DUE))
    for body in (BUREAU, CENTRE):
        with pytest.raises(Conflict):
            asked(house, claim, body)
    with pytest.raises(Invalid, match="/uscc"):
        asked(house, claim, COUNTY)
    with pytest.raises(Invalid, match="/due_on"):
        asked(house, claim, due="2025-11-04")
    with pytest.raises(Invalid, match="/task"):
        doing(house, "ask", "handler", ASKED, claim, CITY_FINANCE, " ", due_on=day(DUE))
    assert in_case(house, claim) == []


def test_who_lately_served_the_respondent_neither_sees_nor_answers(
    house: House, claim: str
) -> None:
    request = asked(house, claim)
    a_person(house, "moved", BUREAU, Role.CLERK)
    a_person(house, "moved_on", CITY_FINANCE, Role.HANDLER)
    with house.sessions.begin() as session:
        now = at(day("2025-10-01"))
        people.leave(session, "moved", BUREAU, Role.CLERK, on=day("2025-10-01"), by=CLERK, now=now)
        people.post(
            session, "moved", CITY_FINANCE, Role.HANDLER, from_on=day("2025-10-01"), by=CLERK,
            now=now,
        )  # fmt: skip
    assert on_desk(house, "moved") == []
    with pytest.raises(Conflict):
        doing(house, "answer", "moved", ASKED, request, "预算已安排")
    assert len(on_desk(house, "moved_on")) == 1


def test_one_answer_or_taken_back_and_nothing_after_the_end(house: House, claim: str) -> None:
    request, other = asked(house, claim), asked(house, claim, CITY_SME)
    doing(house, "answer", "finance_handler", "2025-11-10", request, "预算已安排")
    for verb, who in (("answer", "finance_handler"), ("withdraw", "handler")):
        with pytest.raises(NotOpen):
            doing(house, verb, who, "2025-11-11", request, "再次")
    with pytest.raises(NotFound):
        doing(house, "withdraw", "finance_handler", "2025-11-11", other, "不需要")
    doing(house, "withdraw", "handler", "2025-11-11", other, "不再需要")
    assert [r["withdrawn"] for r in in_case(house, claim)] == [None, "不再需要"]
    a_person(house, "sme_handler", CITY_SME, Role.HANDLER)
    with pytest.raises(NotOpen):
        doing(house, "answer", "sme_handler", "2025-11-12", other, "迟到")


@pytest.mark.proves("R-162")
def test_an_unanswered_request_is_chased_by_its_own_date(house: House, claim: str) -> None:
    request = asked(house, claim)
    sweep(house, DUE)
    assert chased(house) == []
    sweep(house, "2025-11-15")  # the day after: T+1
    assert chased(house) == [("help.answer.orange", "2025-11-15")]
    with house.sessions.begin() as session:
        timers.rebuild(session, office(house))  # the same again
    sweep(house, "2025-11-16")
    assert violations(house) == []
    doing(house, "answer", "finance_handler", "2025-11-17", request, "预算已安排")
    assert timers_of_help(house) == 0
    sweep(house, "2025-12-30")
    assert chased(house) == [("help.answer.orange", "2025-11-15")]
    assert violations(house) == []


def test_without_a_date_the_term_of_the_office_counts_or_there_is_none(
    house: House, claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="/due_on"):
        asked(house, claim, due=None)
    term = OfficeTerm(
        HelpClock.ANSWER, Period(5, Unit.WORKING_DAY), "本市办法 第九条", day("2025-01-01")
    )
    plain = office(house)
    ours = replace(plain.policy, cases=replace(plain.policy.cases, terms=(term,)))
    monkeypatch.setitem(builders._offices, house.policy.version, plain._replace(policy=ours))
    asked(house, claim, due=None)
    (row,) = in_case(house, claim)
    # 2025-11-05 is a Wednesday: 6, 7, 10, 11, 12
    assert row["due_on"] == "2025-11-12"
    assert "本市办法 第九条" in row["basis"][0]


def test_with_the_end_of_a_claim_nobody_is_waited_for(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    request = doing(house, "ask", "handler", "2025-10-24", claim, CITY_FINANCE, TASK,
                    due_on=day(DUE))  # fmt: skip
    assert timers_of_help(house) == 1
    untrue = {"facts": "已付清", "legal_basis": "民法典第五百七十七条"}
    act(house, claim, "find_unsubstantiated", "handler", "2025-11-03", **untrue)
    sent = {"how": "letter", "text": "查明已付清", "remedies": "可以提出异议"}
    act(house, claim, "explain", "handler", "2025-11-04", **sent)
    act(house, claim, "close", "handler", "2025-11-05", reason="explained")
    assert timers_of_help(house) == 0
    with pytest.raises(NotOpen, match="ended"):
        doing(house, "answer", "finance_handler", "2025-11-06", request, "迟到")
    act(house, claim, "reopen", "county_lead", "2025-11-07", reason="有新的证据")
    assert timers_of_help(house) == 1
    assert violations(house) == []


def chased(house: House) -> list[tuple[str, str]]:
    query = select(Alert).where(Alert.rule.like("help.%")).order_by(Alert.raised_on)
    with house.readers() as session:
        return [(a.rule, a.raised_on.isoformat()) for a in session.scalars(query)]


def timers_of_help(house: House) -> int:
    with house.readers() as session:
        return len(
            session.scalars(select(Timer.duty_id).where(Timer.ladder == "help.answer")).all()
        )
