"""Superiors and competences from day to day: how a statement carries on what was known."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.bodies import (
    Conflict,
    Entry,
    Matter,
    Restated,
    Span,
    applied,
    closes_circle,
    entry_faults,
    restated,
)
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.house import load_law
from tests.domain.builders import FIRM, INSTITUTION, ORGAN, calm, day

START = date(2025, 1, 1)
DAYS = range(12)


def span(value: int, since: int, until: int | None = None) -> Span:
    """A span in days after the start."""
    end = None if until is None else START + timedelta(until)
    return Span(value, START + timedelta(since), end)


def value_on(spans: list[Span], number: int) -> int | None:
    held = [s.value for s in spans if s.holds_on(START + timedelta(number))]
    assert len(held) <= 1, "two at a time"
    return held[0] if held else None


def test_another_value_ends_the_one_before_and_begins() -> None:
    change = restated([span(1, 0)], span(2, 5))
    assert change == Restated(ended=span(1, 0, 5), begun=span(2, 5))


def test_the_same_value_changes_nothing() -> None:
    assert restated([span(1, 0)], span(1, 5)) == Restated()
    assert restated([span(1, 0, 9)], span(1, 5)) == Restated()


def test_an_end_can_be_added_once() -> None:
    assert restated([span(1, 0)], span(1, 0, 5)) == Restated(ended=span(1, 0, 5))
    assert restated([span(1, 0, 5)], span(1, 0, 5)) == Restated()
    with pytest.raises(Conflict):
        restated([span(1, 0, 5)], span(1, 0, 7))


def test_what_is_told_late_holds_until_what_is_known_already() -> None:
    assert restated([span(2, 5)], span(1, 0)) == Restated(begun=span(1, 0, 5))


def test_two_values_from_one_day_contradict_each_other() -> None:
    with pytest.raises(Conflict):
        restated([span(1, 3)], span(2, 3))


values = st.integers(1, 3)
statements = st.tuples(values, st.sampled_from(DAYS), st.none() | st.integers(1, 6)).map(
    lambda t: span(t[0], t[1], None if t[2] is None else t[1] + t[2])
)


@calm
@given(st.lists(statements, max_size=6))
def test_any_statements_come_to_what_a_list_of_days_comes_to(said: list[Span]) -> None:
    spans: list[Span] = []
    for statement in said:
        before = {n: value_on(spans, n) for n in range(20)}
        try:
            change = restated(spans, statement)
        except Conflict:
            continue
        starts = [s.from_on for s in spans if s.from_on > statement.from_on]
        spans = applied(spans, change)
        since = (statement.from_on - START).days
        nearest = (min(starts) - START).days if starts else 99
        same = before.get(since) == statement.value
        until = (statement.until_on - START).days if statement.until_on else None
        for n in range(20):
            expected = before[n]
            if same:  # only an end may come
                if until is not None and until <= n < nearest:
                    expected = None
            elif since <= n < nearest:
                expected = statement.value if until is None or n < until else None
            assert value_on(spans, n) == expected, (statement, n)
        assert restated(spans, statement) == Restated()  # said again, it changes nothing


@calm
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 9), st.integers(1, 9)))
)
def test_a_circle_is_one_on_some_day(drawn: list[tuple[int, int, int, int]]) -> None:
    superiors: dict[int, list[Span]] = {}
    for body, above, since, length in drawn:
        link = span(above, since, since + length)
        naive = any(
            _reaches({b: value_on(s, n) for b, s in superiors.items()}, above, body)
            for n in range(since, since + length)
        )
        assert closes_circle(superiors, body, link) is naive
        if not naive and not any(
            value_on(superiors.get(body, []), n) is not None for n in range(since, since + length)
        ):
            superiors.setdefault(body, []).append(link)


def _reaches(above: dict[int, int | None], start: int, target: int) -> bool:
    here: int | None = start
    while here is not None:
        if here == target:
            return True
        here = above.get(here)
    return False


# --- an entry by itself -----------------------------------------------------------------------

REGIONS = load_law().regions


def faults(code: str = ORGAN, **changes: object) -> list[tuple[str, str, str]]:
    entry = Entry(code, "测试县某局", GovernmentKind.ORGAN)._replace(**changes)
    found = entry_faults(entry, REGIONS, day("2025-06-01"))
    return [(f.pointer, f.code, f.level) for f in found]


def test_a_plain_entry_has_no_faults() -> None:
    assert faults(INSTITUTION, region="340321", competent_for=(Matter.PPP,)) == []
    assert faults("XX-GOV:7") == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"code": ORGAN[:-1]}, ("/uscc", "uscc.length", "error")),
        ({"code": FIRM}, ("/uscc", "government-code-unusual", "finding")),
        ({"superior": ORGAN}, ("/superior", "body.own-superior", "error")),
        ({"competent_for": (Matter.PPP,)}, ("/region", "body.region-missing", "error")),
        ({"region": "999999"}, ("/region", "unknown-region", "error")),
        ({"region": "320503"}, ("/region", "unknown-region", "finding")),
        ({"until_on": day("2025-06-01")}, ("/until_on", "body.ends-before-it-begins", "error")),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(changes, found) -> None:
    assert faults(**changes) == [found]


def test_a_region_that_was_one_on_the_first_day_is_fine() -> None:
    assert faults(region="320503", from_on=day("2009-01-01")) == []
