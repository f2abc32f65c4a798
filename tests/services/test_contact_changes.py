"""The contact of an enterprise changed by two people of the office that leads its region."""

from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import approvals, contact_changes, enterprise_contacts
from fulfilment_monitor.services.contact_changes import ACT
from fulfilment_monitor.store.accounts import Approval, WebSession
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.doors.officer_world import Pages
from tests.doors.signing_in import enterprise_account, sign_in
from tests.services.builders import FIRM, a_document, contents, day, office, register
from tests.services.case_builders import COUNTY_CREDIT, a_person, a_town, actor
from tests.services.enterprise_builders import body_of, reachable

ON = "2025-11-05"
NEW = {"name": "新联系岗", "phone": "139-9999-7777", "email": "new.desk@example.com"}


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    register(house, a_document())
    a_person(house, "county_second", COUNTY_CREDIT, Role.CREDIT_LEAD)
    reachable(house, "2025-10-01")
    return house


def ask(house: House, who: str = "county_lead", uscc: str = FIRM, **changes: str) -> str:
    by = actor(house, who, ON)
    with house.sessions.begin() as session:
        asked = contact_changes.propose(
            session, uscc, {**NEW, **changes}, keys_of(house), by=by, now=at(day(ON)),
            today=day(ON),
        )  # fmt: skip
        return approvals.ask(session, ACT, asked, "企业公章遗失", by=by, now=at(day(ON)))


def decide(house: House, ulid: str, who: str, *, granted: bool = True) -> None:
    with house.sessions.begin() as session:
        approvals.decide(
            session, ulid, granted=granted, by=actor(house, who, ON), office=office(house),
            now=at(day(ON)), today=day(ON),
        )  # fmt: skip


def reached(house: House) -> Any:
    with house.readers() as session:
        kept = enterprise_contacts.to_reach(session, body_of(house, FIRM), keys_of(house))
    assert kept is not None
    return kept.contact


def test_two_people_of_the_office_that_leads_change_it(town: House) -> None:
    account = enterprise_account(town, "firm", FIRM)
    sign_in(Pages(town).app.test_client(), town, account, day(ON))
    ulid = ask(town)
    assert reached(town).phone == "138-0000-1234"  # nothing yet
    with pytest.raises(Forbidden, match="what they asked for"):
        decide(town, ulid, "county_lead")
    with pytest.raises(Forbidden, match="another office"):  # though it leads a region above
        decide(town, ulid, "city_lead")
    with town.readers() as session:
        theirs = approvals.list_asked(session, by=actor(town, "city_lead", ON), limit=9)
        ours = approvals.list_asked(session, by=actor(town, "county_second", ON), limit=9)
    assert theirs == []
    assert [(a.ulid, a.open_to_me) for a in ours] == [(ulid, True)]
    decide(town, ulid, "county_second")
    assert reached(town) == tuple(NEW.values())
    with town.readers() as session:
        assert session.scalars(select(WebSession.ended_why)).all() == ["contact"]
        acts = session.execute(select(AuditEntry.action, AuditEntry.actor)).all()
    assert ("contact.change", "county_second") in [tuple(a) for a in acts]
    with pytest.raises(NotOpen):
        decide(town, ulid, "county_second")


def test_neither_request_nor_record_says_anything_of_the_contact(town: House) -> None:
    ulid = ask(town)
    decide(town, ulid, "county_second")
    everything = "".join(str(row) for rows in contents(town).values() for row in rows)
    with town.readers() as session:
        everything += "".join(bytes(b).decode() for b in session.scalars(select(AuditEntry.body)))
        (kept,) = session.scalars(select(Approval)).all()
    assert set(kept.asked) == {"enterprise", "office", "contact"}
    for word in NEW.values():
        assert word not in everything


def test_what_was_refused_never_comes_into_use(town: House) -> None:
    ulid = ask(town)
    decide(town, ulid, "county_second", granted=False)
    assert reached(town).phone == "138-0000-1234"
    later = ask(town, phone="139-9999-8888")
    decide(town, later, "county_second")
    assert reached(town).phone == "139-9999-8888"
    with town.readers() as session:  # what is in use is no proposal
        asked = {
            "enterprise": FIRM,
            "contact": session.scalars(select(Approval).where(Approval.ulid == later))
            .one()
            .asked["contact"],
        }
        with pytest.raises(NotOpen):
            contact_changes.check(session, asked)


def test_it_is_for_enterprises_of_the_region_and_credit_leads(town: House) -> None:
    with pytest.raises(NotFound):
        ask(town, uscc="91340322000000078K")
    for who in ("handler", "supervisor", "bureau_head"):
        with pytest.raises(Forbidden):
            ask(town, who)
    with pytest.raises(Invalid, match="/phone"):
        ask(town, phone="x")
    assert reached(town).phone == "138-0000-1234"


def test_the_page_shows_what_is_proposed_masked(town: House) -> None:
    pages = Pages(town)
    first = pages.as_("county_lead", ON)
    wrong = first.post("/admin/contacts", {"enterprise": "X", **NEW, "reason": "核实"})
    assert wrong.status_code == 422
    sent = first.post("/admin/contacts", {"enterprise": FIRM, **NEW, "reason": "电话核实"})
    assert sent.status_code == 303, sent.text
    second = pages.as_("county_second", ON)
    shown = second.get("/admin/contacts").text
    assert "139******7777" in shown
    assert "138******1234" in shown
    assert NEW["phone"] not in shown
    with town.readers() as session:
        ulid = session.scalars(select(Approval.ulid)).one()
    assert second.post(f"/admin/approvals/{ulid}", {"granted": "yes"}).status_code == 303
    assert reached(town).phone == NEW["phone"]
