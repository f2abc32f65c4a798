"""Codes of the time: those of RFC 6238, each once, and only near their time."""

from datetime import UTC, datetime

import pytest

from fulfilment_monitor.domain.second_factor import code_at, spelt, step_at, step_of

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(SEED, step_at(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_code_counts_one_step_early_or_late_and_once() -> None:
    now = datetime.fromtimestamp(3_000_000, UTC)
    here = step_at(now)
    for off, counts in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert (step_of(SEED, code_at(SEED, here + off), now, after=0) == here + off) is counts
    assert step_of(SEED, code_at(SEED, here), now, after=here) is None
    assert step_of(SEED, code_at(SEED, here - 1), now, after=here) is None
    assert step_of(SEED, code_at(SEED, here + 1), now, after=here) == here + 1


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1} {2}", "{1}-{2}"])
def test_a_code_may_be_typed_in_groups(typed: str) -> None:
    now = datetime.fromtimestamp(3_000_000, UTC)
    code = code_at(SEED, step_at(now))
    assert step_of(SEED, typed.format(code, code[:3], code[3:]), now, after=0)


@pytest.mark.parametrize("typed", ["", "12345", "١٢٣٤٥٦", "abcdef"])
def test_what_is_no_code_does_not_count(typed: str) -> None:
    assert step_of(SEED, typed, datetime.fromtimestamp(3_000_000, UTC), after=0) is None


def test_a_seed_is_shown_in_groups_that_people_can_type() -> None:
    assert spelt(SEED) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
