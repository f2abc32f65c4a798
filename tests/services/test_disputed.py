"""有分歧: an open branch of its own, while what nobody disputes goes on."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.cases import IllegalStep, State
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.house import House
from fulfilment_monitor.store.cases import Claim
from tests.services.builders import a_document, a_payment, register, sweep
from tests.services.case_builders import WAY, a_town, act, clocks_of, go, the_claim

DISPUTED = {"item": "质量", "reasons": "验收意见不一", "route": "mediation", "amount": "300.00"}


@pytest.fixture
def two(house: House) -> tuple[str, str]:
    """Two payments of one contract that were missed, both being verified in one case."""
    a_town(house)
    terms = [a_payment(due_on="2025-09-10"), a_payment(key="second", due_on="2025-09-12")]
    register(house, a_document(*terms))
    sweep(house, "2025-10-20")
    with house.readers() as session:
        rows = session.execute(select(Claim.ulid, Claim.case_id).order_by(Claim.obligation_id))
        (first, case), (second, same) = rows.all()
    assert case == same
    for claim in (first, second):
        go(house, claim, WAY[:3])
    return first, second


@pytest.mark.proves("R-69")
def test_disputed_is_neither_true_nor_untrue_and_what_is_undisputed_goes_on(
    house: House, two: tuple[str, str]
) -> None:
    disputed, plain = two
    event, on = "find_disputed", "2025-11-03"
    reached = act(house, disputed, event, "handler", on, next_on="2025-11-20", **DISPUTED)
    assert reached is State.NEGOTIATING
    found = the_claim(house, disputed)
    assert (found.verification, found.outcome, found.closed_on) == ("disputed", None, None)
    assert clocks_of(house, disputed)["case.negotiate"] == "2025-11-20"
    for closed in ("explain", "rectify", "refuse", "notify_determination"):
        step = next((s for s in WAY if s.event == closed), None)
        said = step.details if step else {"how": "letter", "text": "x", "remedies": "y"}
        with pytest.raises(IllegalStep):
            act(house, disputed, closed, "handler", "2025-11-04", **said)
    # the other payment of the same case takes its own way to the end
    assert go(house, plain, WAY[3:]) is State.DETERMINED
    assert the_claim(house, disputed).state == "negotiating"
    # and the branch is left by either answer
    assert act(
        house, disputed, "find_substantiated", "handler", "2026-01-10", **WAY[3].details
    ) is (State.SUBSTANTIATED)
    assert the_claim(house, disputed).verification == "true"


@pytest.mark.proves("R-69")
def test_what_was_found_true_can_turn_out_disputed_but_no_void_reason_makes_it_so(
    house: House, two: tuple[str, str]
) -> None:
    first, second = two
    go(house, first, WAY[3:5])
    late = {"next_on": "2025-11-20", **DISPUTED}
    with pytest.raises(Invalid, match="/excuse"):
        act(house, first, "find_disputed", "handler", "2025-11-05", excuse="staff-change", **late)
    reached = act(house, first, "find_disputed", "handler", "2025-11-05", **late)
    assert reached is State.NEGOTIATING
    assert "case.rectify" not in clocks_of(house, first)
    assert the_claim(house, second).state == "verifying"
