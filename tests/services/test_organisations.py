"""Succession: whoever takes over a body answers for what it owes, from the day on."""

import pytest

from fulfilment_monitor.domain.errors import NotFound, NotOpen
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    INSTITUTION,
    ORGAN,
    a_body,
    a_document,
    a_payment,
    contents,
    day,
    lead_list,
    register,
    sweep,
    view,
    violations,
)

NEW = "113403210030000228"  # made up, of the right form
REASON = "示例县机构改革方案"


def succeed(house: House, old: str, new: str, on: str) -> None:
    with house.sessions.begin() as session:
        organisations.succeed(
            session, old, new, on=day(on), reason=REASON, by=CLERK, now=at(day("2025-08-01"))
        )


def found_bodies(house: House, *codes: str) -> None:
    with house.sessions.begin() as session:
        for code in codes:
            organisations.register_body(
                session, code, f"新设机关{code[-3:]}", "organ", by=CLERK, now=at(day("2025-08-01"))
            )


def responsible(house: House, on: str) -> str:
    code: str = view(house, on)["responsible"]["uscc"]
    return code


def test_from_its_day_on_the_successor_answers(house: House) -> None:
    register(house, a_document())
    found_bodies(house, NEW)
    succeed(house, ORGAN, NEW, "2025-09-01")
    assert responsible(house, "2025-08-31") == ORGAN
    assert responsible(house, "2025-09-01") == NEW
    assert view(house, "2025-09-01")["government"]["uscc"] == ORGAN
    assert violations(house) == []


def test_a_successor_of_the_successor_answers_in_the_end(house: House) -> None:
    register(house, a_document(co_governments=[a_body(INSTITUTION, "医院")]))
    found_bodies(house, NEW)
    succeed(house, ORGAN, INSTITUTION, "2025-08-01")
    succeed(house, INSTITUTION, NEW, "2025-09-01")
    days = ("2025-07-31", "2025-08-15", "2025-09-15")
    assert [responsible(house, d) for d in days] == [ORGAN, INSTITUTION, NEW]


def test_the_respondent_of_a_lead_is_whoever_answers_on_the_day_it_is_raised(
    house: House,
) -> None:
    register(
        house,
        a_document(
            a_payment("100.00", key="before", due_on="2025-08-10"),
            a_payment("200.00", key="after", due_on="2025-09-10"),
        ),
    )
    found_bodies(house, NEW)
    succeed(house, ORGAN, NEW, "2025-09-01")
    sweep(house, "2025-08-25")
    sweep(house, "2025-09-25")
    respondents = {i["obligation"]: i["respondent"] for i in lead_list(house)}
    assert respondents == {"before": "示例县财政局", "after": "新设机关228"}


def test_a_later_succession_does_not_change_a_lead_that_was_raised(house: House) -> None:
    register(house, a_document())
    sweep(house, "2025-09-25")
    found_bodies(house, NEW)
    succeed(house, ORGAN, NEW, "2025-09-01")
    assert [i["respondent"] for i in lead_list(house)] == ["示例县财政局"]


def refused(house: House, old: str, new: str, on: str) -> type[BaseException]:
    before = contents(house)
    with pytest.raises((NotOpen, NotFound)) as refusal:
        succeed(house, old, new, on)
    assert contents(house) == before
    return refusal.type


def test_a_circle_is_refused(house: House) -> None:
    register(house, a_document(co_governments=[a_body(INSTITUTION, "医院")]))
    found_bodies(house, NEW)
    succeed(house, ORGAN, INSTITUTION, "2025-08-01")
    succeed(house, INSTITUTION, NEW, "2025-09-01")
    assert refused(house, ORGAN, ORGAN, "2025-10-01") is NotOpen
    assert refused(house, NEW, ORGAN, "2025-10-01") is NotOpen
    assert refused(house, INSTITUTION, ORGAN, "2025-07-01") is NotOpen


def test_a_circle_through_an_earlier_successor_is_refused_too(house: House) -> None:
    # from 2025-08-01 ORGAN -> INSTITUTION, from 2025-10-01 ORGAN -> NEW: INSTITUTION -> ORGAN from
    # 2025-09-01 would leave nobody to answer throughout September
    register(house, a_document(co_governments=[a_body(INSTITUTION, "医院")]))
    found_bodies(house, NEW)
    succeed(house, ORGAN, INSTITUTION, "2025-08-01")
    succeed(house, ORGAN, NEW, "2025-10-01")
    assert refused(house, INSTITUTION, ORGAN, "2025-09-01") is NotOpen


def test_two_successors_from_one_day_are_refused(house: House) -> None:
    register(house, a_document(co_governments=[a_body(INSTITUTION, "医院")]))
    found_bodies(house, NEW)
    succeed(house, ORGAN, INSTITUTION, "2025-09-01")
    assert refused(house, ORGAN, NEW, "2025-09-01") is NotOpen


def test_both_have_to_be_bodies_on_the_register(house: House) -> None:
    register(house, a_document())
    for old, new in ((ORGAN, NEW), (NEW, ORGAN), (ORGAN, FIRM), (FIRM, ORGAN)):
        assert refused(house, old, new, "2025-09-01") is NotFound, (old, new)


def test_a_body_that_is_known_is_not_registered_again(house: House) -> None:
    register(house, a_document())
    before = contents(house)
    found_bodies(house, ORGAN)
    assert contents(house) == before
