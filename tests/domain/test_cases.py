"""The case table: every cell of state, event and role; what is not listed is refused."""

import csv
from enum import StrEnum
from pathlib import Path

import pytest

from fulfilment_monitor.domain import case_codes
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.case_clocks import BORN, RULES, Clock, started_by, stopped_by
from fulfilment_monitor.domain.case_codes import VOID_EXCUSES, Excuse, label
from fulfilment_monitor.domain.case_details import DETAILS, read_details
from fulfilment_monitor.domain.cases import (
    EVENT_CHINESE,
    FINAL,
    STATE_CHINESE,
    TRANSITIONS,
    Event,
    Guard,
    IllegalStep,
    State,
    events_open,
    mermaid,
    step,
)
from fulfilment_monitor.domain.errors import Invalid

#: A list of its own, read against the notices; whoever changes the table changes it too.
CELLS = Path(__file__).with_name("case_cells.csv")


def cells() -> dict[tuple[str, str, str], tuple[str, set[str]]]:
    with CELLS.open(encoding="utf-8", newline="") as file:
        return {
            (r["state"], r["event"], r["outcome"]): (r["target"], set(r["roles"].split()))
            for r in csv.DictReader(file)
        }


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
@pytest.mark.proves("I-8")
def test_every_cell_is_as_listed_and_the_others_are_refused_with_what_is_open(
    state: State, event: Event
) -> None:
    listed = {k[2]: v for k, v in cells().items() if k[:2] == (state.value, event.value)}
    for outcome in ("", "upheld", "rejected", "for_complainant", "for_respondent", "settled"):
        if outcome in listed:
            target, roles = listed[outcome]
            found = step(state, event, outcome)
            assert (found.target.value, {r.value for r in found.roles}) == (target, roles)
            assert found.basis
            continue
        with pytest.raises(IllegalStep) as refused:
            step(state, event, outcome)
        if not listed:
            assert refused.value.members == {"allowed": events_open(state)}
            assert event.value not in events_open(state)
        else:
            assert refused.value.members == {"outcomes": sorted(listed)}
    for role in Role:
        may = {r for _, roles in listed.values() for r in roles}
        assert (event.value in events_open(state, role)) == (role.value in may)


def test_the_list_of_cells_has_no_row_the_table_lacks() -> None:
    assert cells().keys() == {(t.source.value, t.event.value, t.outcome) for t in TRANSITIONS}


def test_every_state_can_be_reached_and_left() -> None:
    reached = {State.LEAD, State.RECEIVED}
    while True:
        more = {t.target for t in TRANSITIONS if t.source in reached} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(State)
    assert {t.source for t in TRANSITIONS} == set(State)


@pytest.mark.proves("R-67")
def test_a_determination_comes_only_after_refusal_and_notice() -> None:
    into = {t.source for t in TRANSITIONS if t.target is State.DETERMINED} - {State.DETERMINED}
    assert into == {State.DETERMINATION_NOTIFIED}
    notified = {t.source for t in TRANSITIONS if t.target is State.DETERMINATION_NOTIFIED}
    assert notified - {State.DETERMINATION_NOTIFIED} == {State.REFUSED}
    refused = {t.source for t in TRANSITIONS if t.target is State.REFUSED} - {State.REFUSED}
    assert refused == {State.RECTIFYING}


@pytest.mark.proves("R-54")
def test_solved_and_determined_are_two_states() -> None:
    """A determination does not end the claim: only repair, or revocation, leads on from it."""
    leads = {t.target for t in TRANSITIONS if t.source is State.DETERMINED}
    assert leads == {State.DETERMINED, State.RECTIFIED, State.VERIFYING}


def test_what_ends_a_claim_asks_whether_anything_is_left() -> None:
    for t in TRANSITIONS:
        if t.event is Event.CLOSE:
            assert Guard.NOT_LISTED in t.needs
    closes = {t.source: set(t.needs) for t in TRANSITIONS if t.event is Event.CLOSE}
    assert Guard.EXPLAINED in closes[State.UNSUBSTANTIATED]
    assert Guard.CONTACTED in closes[State.UNSUBSTANTIATED]
    assert Guard.NOTHING_OPEN in closes[State.RECTIFIED]
    assert set(closes) == {State.UNSUBSTANTIATED, State.NEGOTIATING, State.RECTIFIED}


@pytest.mark.parametrize("event", [Event.APPROVE_DETERMINATION, Event.CONFIRM_REPAIR])
def test_what_weighs_most_takes_two_people(event: Event) -> None:
    for t in TRANSITIONS:
        if t.event is event:
            assert Guard.ANOTHER_PERSON in t.needs
            assert t.roles == {Role.DIRECTOR}


def test_no_clock_pauses_and_each_can_end() -> None:
    assert {r.clock for r in RULES} == set(Clock)
    for rule in RULES:
        assert rule.ends
        assert rule.starts or rule.clock in BORN
        for event in rule.ends:
            assert rule.clock in stopped_by(event)
        for event in rule.starts:
            leads_to = {t.target for t in TRANSITIONS if t.event is event}
            assert any(rule in started_by(event, state) for state in leads_to)


def test_an_answer_in_writing_ends_the_handling_time_whatever_the_state() -> None:
    handle = next(r for r in RULES if r.clock is Clock.HANDLE)
    assert handle.ends == {Event.ANSWER, Event.EXPLAIN, Event.RETURN}
    for state in (State.VERIFYING, State.NEGOTIATING, State.LEGAL, State.RECTIFYING):
        assert Event.ANSWER.value in events_open(state)


@pytest.mark.proves("R-08")
def test_reorganisation_and_staff_changes_are_void_reasons() -> None:
    assert {Excuse.REORGANISATION, Excuse.STAFF_CHANGE, Excuse.HEAD_CHANGE} <= VOID_EXCUSES
    assert Excuse.FORCE_MAJEURE not in VOID_EXCUSES


def test_everything_has_a_chinese_name() -> None:
    assert set(STATE_CHINESE) == set(State)
    assert set(EVENT_CHINESE) == set(Event)
    lists = [c for c in vars(case_codes).values() if isinstance(c, type) and issubclass(c, StrEnum)]
    for codes in (c for c in lists if c is not StrEnum):
        names = [label(code) for code in codes]
        assert all(names)
        assert len(set(names)) == len(names), codes


def test_the_diagram_shows_each_change_of_state_once() -> None:
    lines = mermaid().splitlines()
    moves = [t for t in TRANSITIONS if t.source is not t.target]
    assert len([line for line in lines if "-->" in line]) == len(moves) + 2 + len(FINAL)
    assert len(lines) == len(set(lines))


# --- details ----------------------------------------------------------------------------------


def test_every_event_says_what_it_needs() -> None:
    assert set(DETAILS) == set(Event)


def test_money_is_read_into_fen_and_days_are_kept_as_text() -> None:
    said = {
        "items": ["付清货款"],
        "due_on": "2026-03-02",
        "amount": "120.50",
        "served_on": "2026-02-01",
    }
    assert read_details(Event.RECTIFY, said) == {
        "items": ["付清货款"],
        "due_on": "2026-03-02",
        "amount": 12050,
        "served_on": "2026-02-01",
    }


@pytest.mark.parametrize(
    ("event", "said", "where"),
    [
        (Event.EXTEND, {"reason": "复杂"}, "/until missing"),
        (Event.EXTEND, {"reason": " ", "until": "2026-03-02"}, "/reason wrong"),
        (Event.EXTEND, {"reason": "复杂", "until": "2026-02-30"}, "/until wrong"),
        (Event.EXTEND, {"reason": "复杂", "until": "2026-03-02", "by": "x"}, "/by unknown"),
        (Event.REJECT, {"reason": "dislike", "next_door": "12345"}, "/reason wrong"),
        (Event.REFUSE, {"declared": "yes", "excuse": "none", "note": "x"}, "/declared wrong"),
        (Event.LIST, {"demand": "x", "due_on": "2026-03-02", "every_days": 0}, "/every_days wrong"),
        (Event.SUPPLEMENT, {"items": []}, "/items wrong"),
        (Event.ACCEPT, {"scope": {"field": "yes"}}, "/scope wrong"),
    ],
)
def test_what_is_missing_unknown_or_wrong_is_located(
    event: Event, said: dict[str, object], where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_details(event, said)
    assert [f"{i.pointer} {i.code}" for i in refused.value.issues] == [where]


@pytest.mark.parametrize("amount", [120, 120.5, "120.505", "-1.00", "0.00", "1e3", "", None])
def test_an_amount_is_a_decimal_text_above_zero(amount: object) -> None:
    said = {"items": ["x"], "due_on": "2026-03-02", "served_on": "2026-02-01", "amount": amount}
    if amount is None:  # left out
        assert "amount" not in read_details(Event.RECTIFY, said)
        return
    with pytest.raises(Invalid, match="/amount"):
        read_details(Event.RECTIFY, said)
