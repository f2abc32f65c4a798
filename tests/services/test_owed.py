"""What an enterprise is owed: summed, ordered, explained; and never another enterprise's."""

import pytest

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.services import owed
from tests.services.builders import (
    a_document,
    a_firm,
    a_payment,
    answer,
    day,
    office,
    paid,
    register,
    standing,
    state,
    sweep,
    view,
)
from tests.services.builders import owed as an_obligation
from tests.services.enterprise_builders import OTHER_FIRM, clerk, firm
from tests.services.test_settlements import a_settled_claim

ON = "2025-10-20"


@pytest.fixture
def two_firms(house):
    delivery = an_obligation("delivery", "enterprise", due_on="2025-08-01")
    register(
        house,
        a_document(delivery, a_payment(due_on="2025-09-10")),
        a_document(a_payment("500.00", due_on="2026-01-10"), contract_no="HT-2"),
        a_document(contract_no="HT-3", enterprise=a_firm(uscc=OTHER_FIRM, name="另一企业")),
    )
    return house


def found(house, by, on=ON):
    with house.readers() as session:
        return owed.what_is_owed(session, by=by, office=office(house), today=day(on))


def waiting(house, by, on=ON):
    with house.readers() as session:
        return owed.awaiting_answer(session, by=by, today=day(on))


def a_debt(house, by, ulid, on=ON):
    with house.readers() as session:
        return owed.debt(session, ulid, by=by, office=office(house), on=day(on), today=day(ON))


def test_what_is_late_comes_first_and_sums_agree_with_the_contract(two_firms):
    state(two_firms, paid("2025-09-20", "400.00"), "2025-09-21")
    told = found(two_firms, firm(two_firms))
    assert [(i.key, i.state, i.contract_title) for i in told.items] == [
        ("payment", "overdue", "办公设备采购"),
        ("payment", "open", "办公设备采购"),
    ]  # the own delivery is not owed to it
    shown = standing(two_firms, ON)
    assert shown["remaining"] == "600.00"
    assert (told.owed_fen, told.overdue_fen) == (1_100_00, 600_00)
    assert f"{told.interest_fen / 100:.2f}" == shown["interest"]
    assert list(told.items[0].basis) == shown["basis"]
    assert not told.is_cut


def test_what_is_paid_is_owed_no_more(two_firms):
    state(two_firms, paid("2025-09-10"), "2025-09-11")
    assert [i.due_on.isoformat() for i in found(two_firms, firm(two_firms)).items] == ["2026-01-10"]


def test_the_word_of_the_department_waits_until_it_is_answered_or_corrected(two_firms):
    first = state(two_firms, paid("2025-09-10", by="government"), "2025-09-11")
    state(two_firms, paid("2025-09-10", by="bank"), "2025-09-12")  # stands without us
    told = waiting(two_firms, firm(two_firms))
    assert [(s.id, s.amount_fen, s.obligation) for s in told.items] == [(first, 100_000, "payment")]
    fixed = state(two_firms, paid("2025-09-11", by="government"), "2025-09-13", supersedes=first)
    assert [s.id for s in waiting(two_firms, firm(two_firms)).items] == [fixed]
    answer(two_firms, fixed, "confirmed", "enterprise", "2025-09-14")
    assert waiting(two_firms, firm(two_firms)).total == 0


def test_nothing_of_another_enterprise_is_told(two_firms):
    mine = state(two_firms, paid("2025-09-10", by="government"), "2025-09-11")
    debt_of_mine = view(two_firms, ON)["obligations"][1]["id"]
    other = firm(two_firms, OTHER_FIRM)
    assert {i.contract_title for i in found(two_firms, other).items} == {"办公设备采购"}
    assert found(two_firms, other).owed_fen == 1_000_00
    assert waiting(two_firms, other).total == 0
    with two_firms.readers() as session, pytest.raises(NotFound):
        owed.statement_to_answer(session, mine, by=other, today=day(ON))
    with pytest.raises(NotFound):
        a_debt(two_firms, other, debt_of_mine)
    with pytest.raises(Forbidden):
        found(two_firms, clerk(two_firms))


def test_interest_is_reckoned_for_any_day(two_firms):
    mine = view(two_firms, ON)["obligations"][1]["id"]
    for on in ("2025-09-10", "2025-10-20", "2026-06-30"):
        shown = a_debt(two_firms, firm(two_firms), mine, on).shown()
        assert shown["interest"] == standing(two_firms, on)["interest"]
    own = view(two_firms, ON)["obligations"][0]["id"]
    with pytest.raises(NotFound):
        a_debt(two_firms, firm(two_firms), own)


def test_a_debt_is_summed_once_though_its_settlement_was_not_kept(house):
    a_settled_claim(house)  # 1000 yuan, in two halves
    sweep(house, "2026-03-20")
    told = found(house, firm(house), "2026-03-20")
    assert [i.remaining_fen for i in told.items if i.key == "payment"] == [100_000]
    assert len(told.items) == 3
    assert (told.owed_fen, told.overdue_fen) == (100_000, 100_000)
