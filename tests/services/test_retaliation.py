"""After a complaint: what the respondent does to the enterprise is found once, for supervisors."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.domain.bodies import Entry, Level
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.house import House
from fulfilment_monitor.services import (
    enrolment,
    notifications,
    organisations,
    people,
    retaliation,
)
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.complaints import RetaliationSign, RetaliationWatch
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.notifications import Notification
from tests.doors.signing_in import account_of
from tests.services.builders import (
    FIRM,
    INSTITUTION,
    a_body,
    a_document,
    a_fact,
    a_payment,
    amend,
    day,
    office,
    owed,
    register,
    state,
)
from tests.services.case_builders import BUREAU, CITY_FINANCE, COUNTY, a_town, actor, uscc
from tests.services.complaint_builders import ON, a_claim, complain, keys, noon


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return keys(tmp_path)


def look(house: House, on: str) -> int:
    with house.sessions.begin() as session:
        return retaliation.look(session, office(house), now=noon(on), today=day(on))


def signs(house: House) -> list[tuple[str, str, str]]:
    with house.readers() as session:
        found = session.scalars(select(RetaliationSign).order_by(RetaliationSign.id))
        return [(s.kind, s.happened_on.isoformat(), s.found_on.isoformat()) for s in found]


def told(house: House) -> list[dict[str, object]]:
    query = select(OutboxMessage.body).where(OutboxMessage.topic == "retaliation.sign")
    with house.readers() as session:
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def a_complaint(house: House, secrets: Secrets, **claim: object) -> str:
    """The firm of `HT-1` complains on 3 November 2025; `HT-2` is another contract of the two."""
    a_town(house)
    acceptance = owed("acceptance", due_on="2026-06-01")
    register(
        house,
        a_document(),
        a_document(acceptance, a_payment(due_on="2026-08-01"), contract_no="HT-2"),
    )
    ulid = a_claim(house, "HT-1", **claim)
    complain(house, secrets, ulid, enterprise=FIRM)
    return ulid


def end(house: House, on: str, number: str = "HT-2", **changes: str) -> None:
    amend(house, on, contract_no=number, terminate=True, **changes)


@pytest.mark.proves("C10")
def test_a_contract_ended_ten_days_later_is_one_sign_for_the_supervisor_alone(
    house: House, secrets: Secrets
) -> None:
    a_complaint(house, secrets)
    assert look(house, ON) == 0
    end(house, "2025-11-13")
    assert [look(house, on) for on in ("2025-11-14", "2025-11-15", "2026-03-01")] == [1, 0, 0]
    assert signs(house) == [("contract-ended", "2025-11-13", "2025-11-14")]
    [message] = told(house)
    assert message == {"sign": 1, "kind": "contract-ended", "audience": "supervisor"}
    with house.readers() as session:
        topics = set(session.scalars(select(OutboxMessage.topic)))
        supervisor, others = (
            actor(house, "supervisor", ON),
            ("bureau_head", "handler", "county_lead"),
        )
        [shown] = retaliation.list_signs(
            session, by=supervisor, office=office(house), today=day("2025-11-14")
        )
        for who in others:
            with pytest.raises(Forbidden):
                retaliation.list_signs(
                    session, by=actor(house, who, ON), office=office(house), today=day(ON)
                )
    assert shown["kind"] == "contract-ended"
    assert topics == {
        "retaliation.sign",
        "contract.registered",
        "contract.changed",
    }  # the feed of the register


def test_each_kind_of_act_is_a_sign_and_friendly_ones_are_none(
    house: House, secrets: Secrets
) -> None:
    a_complaint(house, secrets)
    amend(house, "2025-11-10", contract_no="HT-2", suspend=True)
    amend(house, "2025-11-11", contract_no="HT-2", resume=True)
    change = {"obligation": "payment", "due_on": "2026-12-01"}
    amend(house, "2025-11-12", contract_no="HT-2", changes=[change])
    state(
        house,
        a_fact("rejected", "2025-11-14", "government", "acceptance"),
        "2025-11-14",
        number="HT-2",
    )
    state(
        house,
        a_fact("disputed", "2025-11-15", "enterprise", "acceptance"),
        "2025-11-15",
        number="HT-2",
    )
    assert look(house, "2025-11-20") == 3
    assert sorted(signs(house)) == [
        ("acceptance-rejected", "2025-11-14", "2025-11-20"),
        ("contract-changed", "2025-11-12", "2025-11-20"),
        ("contract-suspended", "2025-11-10", "2025-11-20"),
    ]


def test_a_refusal_counts_as_corrected_and_only_if_the_body_says_so(
    house: House, secrets: Secrets
) -> None:
    a_complaint(house, secrets)
    first = a_fact("rejected", "2025-11-10", "government", "acceptance")
    ulid = state(house, first, "2025-11-10", number="HT-2")
    right = a_fact("rejected", "2025-11-12", "government", "acceptance")
    state(house, right, "2025-11-13", number="HT-2", supersedes=ulid)
    others = a_fact("rejected", "2025-11-14", "office", "acceptance")
    state(house, others, "2025-11-14", number="HT-2")
    assert look(house, "2025-11-20") == 1
    assert signs(house) == [("acceptance-rejected", "2025-11-12", "2025-11-20")]


def test_what_was_done_before_or_by_others_is_no_sign(house: House, secrets: Secrets) -> None:
    a_town(house)
    other_firm = {
        "enterprise": {
            "name": "另一企业",
            "uscc": uscc("91340321", 9),
            "ownership": "private",
            "size": "small",
        }
    }
    register(
        house,
        a_document(),
        a_document(contract_no="HT-2"),
        a_document(contract_no="HT-3", government=a_body(INSTITUTION, "示例县水利站")),
        a_document(contract_no="HT-4", **other_firm),
    )
    end(house, "2025-11-02")
    complain(house, secrets, a_claim(house, "HT-1"), enterprise=FIRM)
    end(house, "2025-11-13", "HT-3")
    end(house, "2025-11-13", "HT-4")
    assert look(house, "2025-11-20") == 0


def test_what_is_dated_back_counts_by_the_day_it_was_written_down(
    house: House, secrets: Secrets
) -> None:
    a_complaint(house, secrets)
    amend(house, "2025-11-20", contract_no="HT-2", terminate=True, agreed_on="2025-11-01")
    assert look(house, "2025-11-20") == 1
    assert signs(house) == [("contract-ended", "2025-11-01", "2025-11-20")]


def test_an_act_of_the_successor_is_an_act_of_the_body(house: House, secrets: Secrets) -> None:
    a_complaint(house, secrets)
    with house.sessions.begin() as session:
        organisations.succeed(
            session, BUREAU, CITY_FINANCE, on=day("2026-01-01"), reason="合并",
            by=Actor("test"), now=noon(),
        )  # fmt: skip
    register(
        house,
        a_document(
            a_payment(due_on="2026-12-01"), contract_no="HT-5", signed_on="2026-01-05",
            government=a_body(CITY_FINANCE, "示例市财政局"),
        ),
        on="2026-01-06",
    )  # fmt: skip
    end(house, "2026-02-01", "HT-5")
    end(house, "2026-02-02", "HT-2")
    assert look(house, "2026-02-03") == 2


@pytest.mark.proves("C10")
def test_the_twelve_months_count_from_the_end_of_the_case(house: House, secrets: Secrets) -> None:
    claim = a_complaint(house, secrets)
    look(house, ON)
    assert until(house) == "2026-11-03"
    look(house, "2026-09-01")  # lives on
    assert until(house) == "2027-09-01"
    with house.sessions.begin() as session:
        closing = update(Claim).where(Claim.ulid == claim)
        ended = {"closed_on": day("2026-10-01"), "closed_at": noon("2026-10-01"), "holder_id": None}
        session.execute(closing.values(state=State.CLOSED.value, **ended))
    look(house, "2026-10-02")
    assert until(house) == "2027-10-01"
    end(house, "2027-10-01")
    amend(house, "2027-10-02", contract_no="HT-1", suspend=True)
    assert look(house, "2027-10-01") == 1
    assert look(house, "2027-10-02") == 0
    assert until(house) == "2027-10-01"


def until(house: House) -> str:
    with house.readers() as session:
        return session.scalars(select(RetaliationWatch.until_on)).one().isoformat()


def test_informants_are_not_watched_and_several_complaints_each_are(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    register(house, a_document(), a_document(contract_no="HT-2"))
    claim = a_claim(house, "HT-1")
    complain(house, secrets, claim)
    look(house, ON)
    with house.readers() as session:
        assert session.scalars(select(RetaliationWatch)).all() == []
    complain(house, secrets, claim, enterprise=FIRM)
    complain(house, secrets, claim, enterprise=FIRM)
    end(house, "2025-11-13")
    assert look(house, "2025-11-14") == 2
    assert len(told(house)) == 1  # one act
    complain(house, secrets, claim, enterprise=FIRM)
    assert look(house, "2025-11-15") == 1
    assert len(told(house)) == 1


def test_a_supervisor_near_the_respondent_sees_nothing_of_it(
    house: House, secrets: Secrets
) -> None:
    a_complaint(house, secrets)
    end(house, "2025-11-13")
    look(house, "2025-11-14")
    with house.sessions.begin() as session:
        for handle, body in (("inside", BUREAU), ("county_watch", COUNTY)):
            people.enrol(session, handle, handle, by=Actor("test"), now=noon())
            people.post(
                session, handle, body, Role.SUPERVISOR, from_on=day("2020-01-01"),
                by=Actor("test"), now=noon(),
            )  # fmt: skip
    seen = {}
    for who in ("inside", "county_watch", "supervisor"):
        with house.readers() as session:
            seen[who] = len(
                retaliation.list_signs(
                    session, by=actor(house, who, ON), office=office(house), today=day(ON)
                )
            )
    assert seen == {"inside": 0, "county_watch": 1, "supervisor": 1}


def test_of_a_sign_only_those_are_told_who_see_it(house: House, secrets: Secrets) -> None:
    a_complaint(house, secrets)
    end(house, "2025-11-13")
    look(house, "2025-11-14")
    today, far = day("2025-11-14"), uscc("11110101", 901)
    elsewhere = Entry(
        far, "外地机关", GovernmentKind.ORGAN, "110101", Level.COUNTY, from_on=day("2020-01-01")
    )
    posts = {"inside": BUREAU, "county_watch": COUNTY, "far_watch": far, "served": COUNTY}
    with house.sessions.begin() as session:
        enrolment.enrol_bodies(
            session, [elsewhere], by=Actor("test"), office=office(house), now=noon(), today=today
        )
    for who, body in posts.items():
        account_of(house, who, body, Role.SUPERVISOR)
    with house.sessions.begin() as session:
        people.post(
            session, "served", BUREAU, Role.CLERK, from_on=day("2024-01-01"),
            until_on=day("2025-01-01"), by=Actor("test"), now=noon(),
        )  # fmt: skip
    notifications.gather(
        house.sessions, house.readers, office(house), house.notifying, now=noon("2025-11-14"),
        today=today,
    )  # fmt: skip
    with house.readers() as session:
        query = select(Account.handle).join(Notification, Notification.account_id == Account.id)
        told_of_it = set(session.scalars(query.where(Notification.about == "sign")))
        seen = {
            who
            for who in posts
            if retaliation.list_signs(
                session, by=actor(house, who, ON), office=office(house), today=today
            )
        }
    assert told_of_it == seen == {"county_watch"}
