"""Measures from proposal to their confirmed end, and what may be asked of them."""

import json

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden, Role
from fulfilment_monitor.domain.bodies import Entry, Level, Matter
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.measures import Catalogue, Target
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.domain.statute import Period, Unit
from fulfilment_monitor.house import House
from fulfilment_monitor.services import enrolment, measure_answers, organisations, restrictions
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.services.measure_answers import NoGround
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.records import MeasurePerson
from tests.conftest import at
from tests.services import builders
from tests.services.builders import CLERK, ORGAN, day, paid, state
from tests.services.case_builders import (
    CITY_CREDIT,
    CITY_FINANCE,
    COUNTY,
    COUNTY_CREDIT,
    SINCE,
    a_person,
    a_world,
    act,
    actor,
    drive,
    go,
    uscc,
)
from tests.services.credit_builders import (
    REPAIRING,
    answer,
    measures_drawn,
    measures_of,
    messages,
    restricted,
    shipped_catalogue,
)

HONOURS, PROCUREMENT = f"local.honours@{COUNTY_CREDIT}", f"local.procurement@{CITY_FINANCE}"
BOND = f"fund.special-bond@{CITY_CREDIT}"


def a_record(house: House) -> str:
    """A determined breach of the bureau, with the measures it draws; returns the claim."""
    claim = a_world(house)
    a_person(house, "finance_director", CITY_FINANCE, Role.DIRECTOR)
    drive(house, claim, "approve_determination")  # 2026-01-08
    return claim


def open_now(house: House, on: str) -> restrictions.Open:
    with house.readers() as session:
        return restrictions.open_measures(session, day(on), builders.office(house))


def bare(house: House, on: str, region: str = "") -> list[dict[str, object]]:
    with house.readers() as session:
        return restrictions.unpunished(session, day(on), builders.office(house), region=region)


def area_list(house: House, on: str, target: Target = Target.CITY) -> list[tuple[str, int]]:
    with house.readers() as session:
        found = restrictions.areas(session, day(on), builders.office(house), target)
        return [(a["region"], a["count"]) for a in found]


@pytest.mark.proves("R-117")
def test_a_record_asks_each_imposing_body_of_its_region_and_imposes_nothing(house: House) -> None:
    with measures_drawn(house):
        a_record(house)
        found = measures_of(house)
        # the county has no procurement department of its own: that of the city decides
        assert {HONOURS, PROCUREMENT, BOND} <= found.keys()
        assert {m.state for m in found.values()} == {"proposed"}
        county = found[f"area.pilot@{CITY_CREDIT}"]
        assert (county.region, county.body_id) == ("340321", None)
        assert not [name for name in found if name.startswith(("sme.", "person."))]
        assert all(m.basis for m in found.values())
        assert (
            found[HONOURS].basis == "发改财金〔2023〕1103号 三（五）；蚌信用办〔2024〕1号 二（四）"
        )
        told = messages(house, "measure.proposed")
        assert sorted(m["to"] for m in told if m["code"] == "local.honours") == [COUNTY_CREDIT]
        assert len(told) == len(found)
        assert restricted(house, "2026-01-08") == []


@pytest.mark.proves("R-117", "R-119")
def test_each_answers_and_silence_is_listed_with_its_days(house: House) -> None:
    with measures_drawn(house):
        a_record(house)
        found = measures_of(house)
        answer(house, "decline", found[HONOURS].ulid, "county_lead", "2026-01-12", "本年度无评优")
        (record,) = bare(house, "2026-01-20")
        assert (record["declined"], record["days"]) == (1, 12)
        assert bare(house, "2026-01-20", "110000") == []
        answer(
            house, "accept", found[PROCUREMENT].ulid, "finance_director", "2026-01-15",
            starts_on=day("2026-01-16"),
        )  # fmt: skip
        assert bare(house, "2026-01-20") == []
        silent = {r["code"]: r["days"] for r in open_now(house, "2026-01-20").unanswered}
        assert silent["fund.special-bond"] == 12
        assert not {"local.honours", "local.procurement"} & silent.keys()
        # what was declined can still be imposed; who said so stays in the record of acts
        answer(
            house, "accept", found[HONOURS].ulid, "county_lead", "2026-02-01",
            starts_on=day("2026-02-01"),
        )  # fmt: skip
        assert restricted(house, "2026-01-15") == []
        assert restricted(house, "2026-01-16") == ["local.procurement"]
        assert restricted(house, "2026-02-01") == ["local.honours", "local.procurement"]


@pytest.mark.proves("R-116")
def test_nothing_is_imposed_without_basis_and_effective_record(house: House) -> None:
    with measures_drawn(house):
        claim = a_record(house)
        found = measures_of(house)
        start = {"starts_on": day("2026-01-20")}
        with pytest.raises(NotFound):  # not for this body
            answer(house, "accept", found[BOND].ulid, "county_lead", "2026-01-20", **start)
        with pytest.raises(Forbidden):
            answer(house, "accept", found[BOND].ulid, "supervisor", "2026-01-20", **start)
        with pytest.raises(Invalid, match="/starts_on"):
            answer(
                house, "accept", found[BOND].ulid, "city_lead", "2026-01-20",
                starts_on=day("2026-01-07"),
            )  # fmt: skip
        with pytest.raises(Invalid, match="/reason"):
            answer(house, "decline", found[BOND].ulid, "city_lead", "2026-01-20", " ")
        act(house, claim, "object", "bureau_head", "2026-01-18", grounds="金额有误")
        with pytest.raises(NoGround, match="objection"):
            answer(house, "accept", found[BOND].ulid, "city_lead", "2026-01-20", **start)
        assert bare(house, "2026-01-20")[0]["contested"] is True
        assert area_list(house, "2026-01-20") == [("340300", 0)]
        said = {"outcome": "rejected", "reasons": "异议不成立"}
        act(house, claim, "decide_objection", "reviewer", "2026-01-25", **said)
        answer(
            house, "accept", found[BOND].ulid, "city_lead", "2026-01-26",
            starts_on=day("2026-01-26"),
        )  # fmt: skip
        builders.tamper(house, f"UPDATE measure SET basis = '' WHERE id = {found[HONOURS].id}")
        with pytest.raises(NoGround, match="no legal basis"):
            answer(
                house, "accept", found[HONOURS].ulid, "county_lead", "2026-01-26",
                starts_on=day("2026-01-26"),
            )  # fmt: skip
        act(house, claim, "revoke_determination", "director", "2026-02-01", reason="程序有误")
        with pytest.raises(NotOpen, match="the measure is ended"):
            answer(
                house, "accept", found[PROCUREMENT].ulid, "finance_director", "2026-02-02",
                starts_on=day("2026-02-02"),
            )  # fmt: skip
        # what was imposed held until the determination was revoked, and no longer
        assert restricted(house, "2026-01-31") == ["fund.special-bond"]
        assert restricted(house, "2026-02-01") == []


@pytest.mark.proves("R-123")
def test_repair_ends_all_and_every_imposing_body_confirms_under_a_clock(house: House) -> None:
    shipped = shipped_catalogue()
    timed = Catalogue(shipped.rules, Period(5, Unit.WORKING_DAY), "本市办法 第十条")
    with measures_drawn(house, timed):
        claim = a_record(house)
        found = measures_of(house)
        for name, who in ((HONOURS, "county_lead"), (BOND, "city_lead")):
            answer(
                house, "accept", found[name].ulid, who, "2026-01-12", starts_on=day("2026-01-12")
            )
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING)  # 2026-02-12, a Thursday
        after = measures_of(house)
        assert (after[HONOURS].state, after[PROCUREMENT].state) == ("ending", "ended")
        # 13 Fri, 14 Sat (worked); 15 to 23 is the Spring Festival; 24, 25, 26
        assert str(after[HONOURS].confirm_by) == "2026-02-26"
        assert restricted(house, "2026-02-11") == ["fund.special-bond", "local.honours"]
        assert restricted(house, "2026-02-12") == []
        left = open_now(house, "2026-02-27")
        assert [(r["code"], r["days"], r["late"]) for r in left.unconfirmed] == [
            ("fund.special-bond", 15, True), ("local.honours", 15, True),
        ]  # fmt: skip
        close = {"reason": "repaired"}
        with pytest.raises(Guarded, match="measures have not ended"):
            act(house, claim, "close", "handler", "2026-02-27", **close)
        for name, who in ((HONOURS, "county_lead"), (BOND, "city_lead")):
            with pytest.raises(Invalid, match="/on"):
                answer(
                    house, "confirm_end", found[name].ulid, who, "2026-02-27", on=day("2026-02-11")
                )
            answer(house, "confirm_end", found[name].ulid, who, "2026-02-27", on=day("2026-02-12"))
        assert open_now(house, "2026-02-27") == ([], [], [])
        told = [m["to"] for m in messages(house, "measure.ended") if m["code"] == "local.honours"]
        assert set(told) == {COUNTY_CREDIT, ORGAN, COUNTY}
        act(house, claim, "close", "handler", "2026-02-27", **close)


@pytest.mark.proves("R-101", "R-104")
def test_cities_and_counties_with_an_effective_record_as_of_a_day(house: House) -> None:
    with measures_drawn(house):
        claim = a_record(house)
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING)
        assert area_list(house, "2026-01-07") == []
        assert area_list(house, "2026-01-08") == [("340300", 1)]
        assert area_list(house, "2026-01-08", Target.COUNTY) == [("340321", 1)]
        assert area_list(house, "2026-02-12") == []


@pytest.mark.proves("R-98", "R-99", "R-100")
def test_where_the_national_body_is_registered_it_is_asked_too(house: House) -> None:
    with measures_drawn(house):
        claim = a_world(house)
        national = uscc("11100000", 109)
        body = Entry(
            national, "示例全国牵头部门", GovernmentKind.ORGAN, "110000", Level.NATIONAL,
            competent_for=(Matter.CREDIT_LEAD,), from_on=day(SINCE),
        )  # fmt: skip
        with house.sessions.begin() as session:
            enrolment.enrol_bodies(
                session, [body], by=CLERK, office=builders.office(house),
                now=at(day(SINCE)), today=day(SINCE),
            )  # fmt: skip
        drive(house, claim, "approve_determination")
        asked = {n for n in measures_of(house) if n.endswith(national)}
        assert {n.partition("@")[0] for n in asked} == {
            "fund.central-budget", "fund.special-bond", "fund.project-finance", "area.honours",
            "area.pilot", "area.monitor-weight", "area.demo-title", "area.demo-candidacy",
        }  # fmt: skip


@pytest.mark.proves("R-118")
def test_a_level_without_measure_takers_is_seen_above(house: House) -> None:
    with measures_drawn(house):
        a_record(house)
        on, office = day("2026-01-20"), builders.office(house)
        with house.readers() as session:
            lost = restrictions.unaddressed(session, on, office, region="340000")
            assert restrictions.unaddressed(session, on, office, region="110000") == []
        by_level = {(r["code"], r["level"]) for r in lost}
        # nobody stands for the nation here, nor for state investment and industry in the county
        assert {("local.funds", "own"), ("local.policy", "own")} <= by_level
        assert ("fund.special-bond", "national") in by_level
        assert ("local.procurement", "own") not in by_level


@pytest.mark.proves("R-113")
def test_a_public_criticism_says_text_place_and_approval_and_is_withdrawn_on_a_day(
    house: House,
) -> None:
    said = {
        "text": "关于某单位拖欠账款的通报",
        "place": "信用示例县网站",
        "approved_by": "示例县人民政府",
    }
    with measures_drawn(house):
        claim = a_record(house)
        found = measures_of(house)[HONOURS]
        builders.tamper(
            house, f"UPDATE measure SET code = 'notice.criticism' WHERE id = {found.id}"
        )
        on = {"starts_on": day("2026-01-12")}
        for missing in said:
            left = {k: v for k, v in said.items() if k != missing}
            with pytest.raises(Invalid, match=f"/{missing}"):
                answer(house, "accept", found.ulid, "county_lead", "2026-01-12", details=left, **on)
        answer(house, "accept", found.ulid, "county_lead", "2026-01-12", details=said, **on)
        state(house, paid("2026-02-01"), "2026-02-01")
        go(house, claim, REPAIRING)
        answer(house, "confirm_end", found.ulid, "county_lead", "2026-02-14", on=day("2026-02-13"))
        (ended,) = [m for m in measures_of(house).values() if m.id == found.id]
    assert (ended.state, ended.ended_on) == ("ended", day("2026-02-13"))
    assert ended.details == said


@pytest.mark.proves("R-114")
def test_who_is_called_to_account_stays_with_the_body_that_hands_over(house: House) -> None:
    with measures_drawn(house):
        a_record(house)
        found = measures_of(house)[HONOURS]
        builders.tamper(
            house,
            f"UPDATE measure SET code = 'person.accountability' WHERE id = {found.id}",
        )
        with pytest.raises(Invalid, match="/organ"):
            answer(
                house, "accept", found.ulid, "county_lead", "2026-01-12",
                starts_on=day("2026-01-12"),
            )  # fmt: skip
        answer(
            house, "accept", found.ulid, "county_lead", "2026-01-12",
            starts_on=day("2026-01-12"), details={"organ": "示例县监察委员会"},
        )  # fmt: skip
        answer_names(house, found.ulid, "county_lead", ["责任人甲", "责任人乙"])
        with house.sessions.begin() as session:
            seen = measure_answers.persons(
                session, found.ulid, by=actor(house, "county_lead", "2026-01-13"),
                office=builders.office(house), now=at(day("2026-01-13")), today=day("2026-01-13"),
            )  # fmt: skip
        assert seen == ["责任人甲", "责任人乙"]
        with pytest.raises(NotFound):
            answer_names(house, found.ulid, "city_lead", ["责任人丙"])
        with house.readers() as session:
            sent = session.scalars(select(OutboxMessage.body))
            left = [json.dumps(b, ensure_ascii=False) for b in sent]
            acts = [bytes(b).decode() for b in session.scalars(select(AuditEntry.body))]
            looks = session.scalars(
                select(AuditEntry.action).where(AuditEntry.action == "measure.see-persons")
            ).all()
            kept = session.scalars(select(MeasurePerson.name)).all()
        assert len(kept) == 2
        assert len(looks) == 1
        assert not [text for text in (*left, *acts) if "责任人" in text]


def answer_names(house: House, ulid: str, who: str, names: list[str]) -> None:
    with house.sessions.begin() as session:
        measure_answers.name_persons(
            session, ulid, names, by=actor(house, who, "2026-01-12"),
            office=builders.office(house), now=at(day("2026-01-12")), today=day("2026-01-12"),
        )  # fmt: skip


def test_a_successor_may_not_receive_what_its_predecessor_may_not(house: House) -> None:
    with measures_drawn(house):
        a_record(house)
        found = measures_of(house)[HONOURS]
        answer(
            house, "accept", found.ulid, "county_lead", "2026-01-12", starts_on=day("2026-01-12")
        )
        heir = uscc("11340321", 110)
        with house.sessions.begin() as session:
            organisations.register_body(
                session, heir, "示例县财政金融局", "organ", by=CLERK, now=at(day("2026-03-01"))
            )
            organisations.succeed(
                session, ORGAN, heir, on=day("2026-03-01"), reason="机构改革",
                by=CLERK, now=at(day("2026-03-01")),
            )  # fmt: skip
        assert restricted(house, "2026-02-28", heir) == []
        assert restricted(house, "2026-03-01", heir) == ["local.honours"]
