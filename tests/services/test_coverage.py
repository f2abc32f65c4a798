"""What is on the register and what is missing; what nobody knows is not zero."""

from typing import Any

from fulfilment_monitor.domain.bodies import Level, Matter
from fulfilment_monitor.house import House
from fulfilment_monitor.services.coverage import BodyRow, Coverage, Indicator, coverage
from tests.services.builders import (
    INSTITUTION,
    ORGAN,
    a_body,
    a_document,
    a_fact,
    a_payment,
    amend,
    day,
    owed,
    paid,
    register,
    state,
)
from tests.services.test_enrolment import CITY, COUNTY, an_entry, enrol


def covered(house: House, on: str = "2025-10-01") -> Coverage:
    with house.readers() as session:
        return coverage(session, as_of=day(on))


def row(house: House, code: str = ORGAN, on: str = "2025-10-01") -> BodyRow:
    return next(r for r in covered(house, on).rows if r.code == code)


def due(house: House, on: str, code: str = ORGAN) -> tuple[int, int]:
    """How much a body owed by days that have passed, and how much of it nothing is known of."""
    found = row(house, code, on)
    return found.due, found.silent


def indicator(house: House, name: str, on: str = "2025-10-01") -> Indicator:
    return next(i for i in covered(house, on).indicators if i.id == name)


def test_bodies_without_a_contract_are_named(house: House) -> None:
    register(house, a_document(co_governments=[a_body(INSTITUTION, "医院")]))
    enrol(house, an_entry(CITY, "市局"), an_entry(COUNTY, "县局"))
    found = covered(house)
    assert [r.name for r in found.without_contract] == ["市局", "县局"]
    totals = found.totals()
    assert (totals["bodies"], totals["with_contract"], totals["without_contract"]) == (4, 2, 2)


def test_enterprises_are_no_bodies(house: House) -> None:
    register(house, a_document())
    assert [r.code for r in covered(house).rows] == [ORGAN]


def test_contracts_are_counted_from_the_day_they_were_signed(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2", field="ppp", region="340300"))
    enrol(house, an_entry(ORGAN, "局", level=Level.COUNTY))
    found = covered(house)
    assert row(house).contracts == 2
    assert found.fields == {"ppp": 1, "procurement": 1}
    assert found.regions == {"340300": 1, "340321": 1}
    assert found.levels == {"county": 2}
    before = covered(house, "2025-06-30")  # signed on 2025-07-01
    assert (before.fields, before.regions, before.levels) == ({}, {}, {})
    assert before.rows[0].contracts == 0


def test_unknown_levels_regions_and_superiors_are_listed(house: House) -> None:
    register(house, a_document())
    assert covered(house).levels == {None: 1}
    assert [r.unknown for r in covered(house).incomplete] == [("level", "region", "superior")]
    known = {"level": Level.COUNTY, "region": "340321", "superior": CITY}
    enrol(house, an_entry(ORGAN, **known, from_on="2025-09-01"), an_entry(CITY))
    assert covered(house).incomplete == []
    assert row(house, on="2025-08-31").unknown == ("superior",)  # nobody stood above it yet
    enrol(house, an_entry(CITY, level=Level.NATIONAL, region="340300"))
    assert row(house, CITY).unknown == ()


def test_an_obligation_nothing_is_heard_of_is_silent_once_its_day_has_passed(house: House) -> None:
    register(house, a_document())  # due on 2025-09-10
    assert due(house, "2025-09-10") == (0, 0)
    assert due(house, "2025-09-11") == (1, 1)
    state(house, paid("2025-09-20"), "2025-09-21")
    assert due(house, "2025-09-19") == (1, 1)
    assert due(house, "2025-09-20") == (1, 0)


def test_what_was_paid_before_its_day_is_due_and_not_silent(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-08-01"), "2025-08-02")
    assert due(house, "2025-09-10") == (0, 0)
    assert due(house, "2025-09-11") == (1, 0)


def test_a_payment_that_names_no_obligation_breaks_the_silence_of_payments(house: House) -> None:
    support = owed("policy_fulfilment", amount="10.00", due_on="2025-09-10")
    register(house, a_document(a_payment(due_on="2025-09-10"), support))
    fact: dict[str, Any] = {"kind": "paid", "on": "2025-09-20", "by": "bank", "amount": "1.00"}
    state(house, fact, "2025-09-21")
    assert due(house, "2025-10-01") == (2, 1)


def test_a_date_that_was_moved_in_time_is_due_on_its_new_day(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-12-10"}])
    assert due(house, "2025-10-01") == (0, 0)
    assert due(house, "2025-12-11") == (1, 1)


def test_what_the_enterprise_owes_does_not_count(house: House) -> None:
    delivery = owed("delivery", by="enterprise", due_on="2025-08-10")
    register(house, a_document(a_payment(due_on="2025-09-10"), delivery))
    assert due(house, "2025-10-01") == (1, 1)


def test_what_a_further_body_owes_is_its_own(house: House) -> None:
    register(
        house,
        a_document(
            a_payment(due_on="2025-09-10"),
            {**a_payment(key="second", due_on="2025-09-10"), "obligor": INSTITUTION},
            co_governments=[a_body(INSTITUTION, "医院")],
        ),
    )
    assert due(house, "2025-10-01") == (1, 1)
    assert due(house, "2025-10-01", INSTITUTION) == (1, 1)


def test_shares_have_numerator_and_denominator_and_unknown_is_not_zero(house: House) -> None:
    empty = indicator(house, "dq.silent")
    assert (empty.numerator, empty.denominator, empty.share) == (0, 0, None)
    assert indicator(house, "dq.contracts").shown()["numerator"] is None
    register(
        house,
        a_document(*[a_payment(key=f"p{i}", due_on="2025-09-10") for i in range(3)]),
    )
    state(house, paid("2025-09-20", obligation="p0"), "2025-09-21")
    silent = indicator(house, "dq.silent")
    assert (silent.numerator, silent.denominator, silent.share) == (2, 3, "0.6667")
    units = indicator(house, "dq.units")
    assert (units.numerator, units.denominator, units.share) == (None, 1, None)


def test_matters_do_not_multiply_rows(house: House) -> None:
    register(house, a_document())
    all_matters = tuple(Matter)
    listed = an_entry(ORGAN, region="340321", competent_for=all_matters, superior=CITY)
    enrol(house, listed._replace(from_on=day("2020-01-01")), an_entry(CITY))
    enrol(house, an_entry(ORGAN, until_on="2025-09-15"))
    assert [r.code for r in covered(house).rows] == sorted([ORGAN, CITY])


def test_what_is_suspended_before_its_day_is_not_due(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", suspend=True)
    assert due(house, "2025-10-01") == (0, 0)


def test_a_claim_that_is_watched_beside_a_payment_does_not_hide_it(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-08", by="government"), "2025-09-08")
    assert due(house, "2025-09-11") == (1, 0)


def test_a_date_that_was_reckoned_from_a_corrected_fact_counts_no_more(house: House) -> None:
    thirty = {"length": 30, "unit": "day"}
    delivery = owed("delivery", by="enterprise", due_on="2025-08-01")
    register(house, a_document(delivery, a_payment(after="delivery", within=thirty)))
    delivered = a_fact("performed", "2025-08-01", "government", "delivery")
    first = state(house, delivered, "2025-08-02")
    assert due(house, "2025-09-10") == (1, 1)  # 2025-08-01 and 30 days: a Sunday, so 2025-09-01
    state(house, {**delivered, "on": "2025-09-15"}, "2025-09-16", supersedes=first)
    assert due(house, "2025-09-10") == (0, 0)
