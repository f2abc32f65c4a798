"""Merging, splitting and undoing: nothing is lost, every receipt goes on answering."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.case_clocks import Clock
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.house import House
from fulfilment_monitor.services import case_views, channels, folders, receipts
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.cases import Case, CaseMerge, Claim
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.duties import Timer
from tests.conftest import at
from tests.services.builders import a_document, a_payment, day, office, register, violations
from tests.services.case_builders import (
    COUNTY,
    IN_SCOPE,
    Act,
    a_town,
    act,
    actor,
    complain,
    events_of,
    go,
    secrets,
)

ON = "2025-09-12"


@pytest.fixture
def three(house: House) -> tuple[House, list[str], list[str]]:
    """Three contracts of the bureau, a complaint about each: cases and receipts."""
    a_town(house)
    register(
        house,
        *(a_document(a_payment(due_on="2025-09-10"), contract_no=f"HT-{n}") for n in (1, 2, 3)),
    )
    done = [complain(house, "2025-09-11", contract_no=f"HT-{n}") for n in (1, 2, 3)]
    return house, [d.case for d in done], [d.receipt or "" for d in done]


def merge(house: House, ulid: str, into: str, who: str = "county_lead", on: str = ON) -> str:
    with house.sessions.begin() as session:
        return folders.merge(session, ulid, into, "同一批次", **hand(house, who, on)).ulid


def split(house: House, ulid: str, *claims: str, on: str = ON) -> str:
    with house.sessions.begin() as session:
        done = folders.split(session, ulid, claims, "分开办理", **hand(house, "county_lead", on))
        return done.ulid


def undo(house: House, move: str, on: str = ON) -> None:
    with house.sessions.begin() as session:
        folders.undo(session, move, "并错了", **hand(house, "county_lead", on))


def hand(house: House, who: str, on: str) -> dict[str, object]:
    rules: Office = office(house)
    by = actor(house, who, on)
    return {"by": by, "office": rules, "now": at(day(on)), "today": day(on)}


def layout(house: House) -> dict[str, tuple[set[str], int]]:
    """By case: its claims, and how many complaints lie in it."""
    with house.readers() as session:
        cases = {c.id: c.ulid for c in session.scalars(select(Case))}
        found: dict[str, tuple[set[str], int]] = {u: (set(), 0) for u in cases.values()}
        for claim in session.scalars(select(Claim)):
            found[cases[claim.case_id]][0].add(claim.ulid)
        for complaint in session.scalars(select(Complaint)):
            claims, count = found[cases[complaint.case_id]]
            found[cases[complaint.case_id]] = (claims, count + 1)
    return found


def figures(house: House) -> dict[tuple[str, str], dict[str, int]]:
    with house.readers() as session:
        return channels.figures(session, as_of=day("2025-12-31"))


@pytest.mark.proves("A15")
def test_three_merged_into_one_still_answer_to_three_receipts(
    three: tuple[House, list[str], list[str]],
) -> None:
    house, cases, codes = three
    before = figures(house)
    merge(house, cases[1], cases[0])
    merge(house, cases[2], cases[0])
    (claims, complaints), *others = layout(house).values()
    assert (len(claims), complaints) == (3, 3)
    assert others == [(set(), 0), (set(), 0)]
    assert figures(house) == before
    with house.readers() as session:
        found = [
            receipts.look_up(session, c, secrets(house), today=day("2025-09-13")) for c in codes
        ]
        view = case_views.get_case(
            session,
            cases[2],
            by=None,
            office=office(house),
            channels=open_channels(house.settings),
            today=day(ON),
        )
    assert [(f.found, len(f.claims)) for f in found] == [(True, 1)] * 3
    assert view["id"] == cases[0]
    assert [m["from"] for m in view["moves"]] == cases[1:]
    assert not violations(house)


def test_undoing_a_merge_puts_everything_back(
    three: tuple[House, list[str], list[str]],
) -> None:
    house, cases, _ = three
    before = layout(house)
    move = merge(house, cases[1], cases[0])
    undo(house, move, "2025-09-13")
    assert layout(house) == before
    moved = next(iter(before[cases[1]][0]))
    assert events_of(house, moved) == ["merge", "split"]
    with house.readers() as session:
        assert session.scalars(select(Case.merged_into_id)).all() == [None] * 3
        assert len(session.scalars(select(CaseMerge)).all()) == 2
    with pytest.raises(NotOpen):
        undo(house, move, "2025-09-14")


def test_splitting_takes_claims_out_with_their_complaints(
    three: tuple[House, list[str], list[str]],
) -> None:
    house, cases, _ = three
    merge(house, cases[1], cases[0])
    claims = sorted(layout(house)[cases[0]][0])
    move = split(house, cases[0], claims[1], on="2025-09-13")
    found = layout(house)
    new = (set(found) - set(cases)).pop()
    assert found[new] == ({claims[1]}, 1)
    assert found[cases[0]] == ({claims[0]}, 1)
    undo(house, move, "2025-09-14")
    assert layout(house)[cases[0]] == (set(claims), 2)


def test_a_clock_goes_along_with_its_claim(three: tuple[House, list[str], list[str]]) -> None:
    house, cases, _ = three
    claim = layout(house)[cases[1]][0].pop()
    steps = [
        Act("accept", "county_lead", ON, {"scope": IN_SCOPE}),
        Act("transfer", "county_lead", ON, {}),
        Act("take_up", "handler", ON, {"handler": "handler"}),
        Act(
            "find_disputed",
            "handler",
            ON,
            {
                "item": "数量",
                "reasons": "各执一词",
                "route": "negotiation",
                "next_on": "2025-10-08",
            },
        ),
    ]
    go(house, claim, steps)
    merge(house, cases[1], cases[0])
    with house.readers() as session:
        timer = session.scalars(select(Timer).where(Timer.contract_id < 0)).one()
        moved = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
        target = session.scalars(select(Case.id).where(Case.ulid == cases[0])).one()
    assert moved.case_id == target
    assert (timer.ladder, timer.contract_id) == (Clock.NEGOTIATE.value, -moved.id)
    assert violations(house) == []
    act(house, claim, "resume", "handler", "2025-09-15", reason="协商不成")
    with house.readers() as session:  # what stops a clock finds it wherever the claim lies
        assert session.scalars(select(Timer).where(Timer.contract_id < 0)).all() == []
    assert violations(house) == []


def test_confidentiality_goes_along_and_stays(
    three: tuple[House, list[str], list[str]],
) -> None:
    house, cases, _ = three
    complain(house, ON, contract_no="HT-2", channel="petition", confidential=True)
    move = merge(house, cases[1], cases[0])
    undo(house, move, "2025-09-13")
    with house.readers() as session:
        found = {c.ulid: c.confidential for c in session.scalars(select(Case))}
    assert found == {cases[0]: True, cases[1]: True, cases[2]: False}


def test_what_cannot_be_merged_or_split(three: tuple[House, list[str], list[str]]) -> None:
    house, cases, _ = three
    claim = next(iter(layout(house)[cases[0]][0]))
    with pytest.raises(Invalid, match="itself"):
        merge(house, cases[0], cases[0])
    with pytest.raises(Invalid, match="at least one"):
        split(house, cases[0], claim)
    with pytest.raises(Invalid, match="claims of"):
        split(house, cases[1], claim)
    with pytest.raises(NotFound):
        merge(house, "0" * 26, cases[0])
    said = {"reason": "repeated", "next_door": "无"}
    act(house, claim, "reject", "county_lead", ON, **said)
    with pytest.raises(NotOpen, match="going on"):
        merge(house, cases[0], cases[1])
    assert not violations(house)


def test_cases_about_two_bodies_are_not_merged(
    three: tuple[House, list[str], list[str]],
) -> None:
    house, cases, _ = three
    item = {"matter": "道路款", "breach": "arrears"}
    other = complain(
        house, ON, respondent={"uscc": COUNTY}, contract_no=None, items=[item], channel="petition"
    )
    with pytest.raises(Invalid, match="two respondents"):
        merge(house, other.case, cases[0])


def test_who_may_merge(three: tuple[House, list[str], list[str]]) -> None:
    house, cases, _ = three
    for who, refusal in (("handler", Forbidden), ("sme_intake", NotFound)):
        with pytest.raises(refusal):
            merge(house, cases[1], cases[0], who)
    with house.readers() as session:
        assert session.scalars(select(CaseMerge)).all() == []
