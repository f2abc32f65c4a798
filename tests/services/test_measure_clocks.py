"""The sweep watches measures: dated orders, proposals nobody answers, ends nobody confirms."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from fulfilment_monitor import resources
from fulfilment_monitor.domain.measures import Catalogue, read_catalogue
from fulfilment_monitor.house import House
from fulfilment_monitor.services import restrictions, timers
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.duties import Timer
from tests.services import builders
from tests.services.builders import day, paid, state, sweep, violations
from tests.services.case_builders import COUNTY, COUNTY_CREDIT, a_world, claim_ulid, drive, go
from tests.services.credit_builders import REPAIRING, answer, measures_drawn, measures_of

ORDER, HONOURS = f"order.rectify@{COUNTY}", f"local.honours@{COUNTY_CREDIT}"
_TERM = {"unit": "working_day", "source": "本市政务失信惩戒办法 第六条"}
_OURS = {
    "measure": [
        {
            "code": "order.rectify",
            "label": "限期整改",
            "dated": True,
            "basis": [{"source": "本市办法 第三条", "imposer": "determining"}],
        }
    ],
    "answer": {**_TERM, "length": 10},
    "end": {**_TERM, "length": 5},
}


def catalogue(ours: dict[str, object]) -> Catalogue:
    faults: list[str] = []
    law = resources.read_toml(resources.law("measures.toml"))
    found = read_catalogue([law, ours], faults)
    assert faults == []
    return found


@pytest.fixture
def house_with_terms(house: House) -> Iterator[House]:
    """A determined breach of 2026-01-08 in an office with limits of its own for measures."""
    with measures_drawn(house, catalogue(_OURS)):
        drive(house, a_world(house), "approve_determination")
        yield house


def raised(house: House, measure_id: int) -> list[tuple[str, str]]:
    """Alerts of the sweep about a measure: rule and day."""
    query = select(Alert).where(Alert.contract_id == -(2**61) - measure_id)
    with house.readers() as session:
        rows = session.scalars(query.order_by(Alert.raised_on, Alert.holds_from))
        return [(a.rule, a.raised_on.isoformat()) for a in rows]


def listed(house: House, on: str) -> dict[str, list[tuple[str, list[str]]]]:
    with house.readers() as session:
        found = restrictions.open_measures(session, day(on), builders.office(house))
    return {
        name: [(r["code"], [a["rule"] for a in r["alerts"]]) for r in rows if r["late"]]
        for name, rows in found._asdict().items()
    }


def timer_rows(house: House) -> set[tuple[int, str, str]]:
    with house.readers() as session:
        rows = session.execute(select(Timer.duty_id, Timer.ladder, Timer.check_on))
        return {(n, ladder, str(on)) for n, ladder, on in rows if ladder.startswith("measure.")}


@pytest.mark.proves("R-112")
def test_an_order_to_put_right_by_a_date_is_watched_until_it_is_done(
    house_with_terms: House,
) -> None:
    house = house_with_terms
    order = measures_of(house)[ORDER]
    answer(
        house, "accept", order.ulid, "handler", "2026-01-12",
        starts_on=day("2026-01-12"), due_on=day("2026-02-02"),
    )  # fmt: skip
    sweep(house, "2026-01-25")
    assert raised(house, order.id) == []
    sweep(house, "2026-01-27")  # seven days before 2026-02-02 was the 26th; a night was missed
    assert listed(house, "2026-02-02")["overdue"] == []
    sweep(house, "2026-02-03")
    known = [("measure.order.yellow", "2026-01-27"), ("measure.order.red", "2026-02-03")]
    assert raised(house, order.id) == known
    assert listed(house, "2026-02-03")["overdue"] == [
        ("order.rectify", ["measure.order.yellow", "measure.order.red"])
    ]
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim_ulid(house), REPAIRING)
    assert listed(house, "2026-02-12")["overdue"] == []
    sweep(house, "2026-03-20")
    assert [r for r, _ in raised(house, order.id) if r.startswith("measure.order")] == [
        r for r, _ in known
    ]
    assert violations(house) == []


@pytest.mark.proves("R-117")
def test_silence_is_alerted_after_the_term_of_the_office_and_ends_with_an_answer(
    house_with_terms: House,
) -> None:
    house = house_with_terms
    honours = measures_of(house)[HONOURS]
    # 2026-01-08 is a Thursday: 9, 12 to 16, 19 to 22 are ten working days
    sweep(house, "2026-01-22")
    assert raised(house, honours.id) == []
    sweep(house, "2026-01-23")
    assert raised(house, honours.id) == [("measure.answer.orange", "2026-01-23")]
    late = listed(house, "2026-01-23")["unanswered"]
    assert ("local.honours", ["measure.answer.orange"]) in late
    answer(house, "decline", honours.ulid, "county_lead", "2026-01-26", "无评优评先")
    sweep(house, "2026-03-20")
    assert raised(house, honours.id) == [("measure.answer.orange", "2026-01-23")]
    assert violations(house) == []


@pytest.mark.proves("R-123")
def test_an_end_that_is_not_confirmed_is_chased(house_with_terms: House) -> None:
    house = house_with_terms
    honours = measures_of(house)[HONOURS]
    answer(house, "accept", honours.ulid, "county_lead", "2026-01-12", starts_on=day("2026-01-12"))
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim_ulid(house), REPAIRING)  # 2026-02-12; to be confirmed by 2026-02-26
    sweep(house, "2026-02-26")
    assert raised(house, honours.id) == []
    sweep(house, "2026-02-27")
    sweep(house, "2026-03-13")
    chased = [("measure.end.orange", "2026-02-27"), ("measure.end.red", "2026-03-13")]
    assert raised(house, honours.id) == chased
    answer(house, "confirm_end", honours.ulid, "county_lead", "2026-03-13", on=day("2026-02-12"))
    assert timer_rows(house) == set()
    assert violations(house) == []


def test_without_a_term_the_time_is_measured_and_nothing_is_raised(house: House) -> None:
    with measures_drawn(house):
        drive(house, a_world(house), "approve_determination")
        honours = measures_of(house)[HONOURS]
        assert timer_rows(house) == set()
        sweep(house, "2026-06-01")
        assert raised(house, honours.id) == []
        with house.readers() as session:
            found = restrictions.open_measures(session, day("2026-06-01"), builders.office(house))
        waits = {r["code"]: r["days"] for r in found.unanswered}
        assert waits["local.honours"] == 144  # 23 + 28 + 31 + 30 + 31 + 1


def test_timers_made_anew_are_those_there_were(house_with_terms: House) -> None:
    house = house_with_terms
    before = timer_rows(house)
    assert before
    with house.sessions.begin() as session:
        timers.rebuild(session, builders.office(house))
    assert timer_rows(house) == before
    assert violations(house) == []
    builders.tamper(house, "UPDATE measure SET state = 'declined' WHERE code = 'local.honours'")
    assert [v.check for v in violations(house)] == ["measure.timer-without-wait"]
