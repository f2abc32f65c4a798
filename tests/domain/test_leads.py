"""Leads: which rule a missed date breaks, and which breach of an obligation it is."""

import pytest

from fulfilment_monitor.domain.leads import episode, lead_rule
from tests.domain.builders import day


@pytest.mark.parametrize(
    ("ladder", "rule"),
    [
        ("payment", "payment.not-performed"),
        ("payment.unreported", "payment.not-performed"),
        ("land_or_site.unreported", "land_or_site.not-performed"),
    ],
)
def test_a_lead_rests_on_the_same_rule_whether_or_not_anybody_reported(ladder, rule):
    assert lead_rule(ladder) == rule


def test_a_breach_after_a_cure_is_another_one():
    cured = [day("2025-10-01"), day("2025-12-01")]
    assert episode(cured, None) == 3
    assert episode([], None) == 1


def test_a_breach_that_had_ended_before_a_cure_came_before_it():
    cured = [day("2025-10-01"), day("2025-12-01")]
    assert episode(cured, day("2025-11-01")) == 2
    assert episode(cured, day("2025-10-01")) == 1  # ended by the cure itself
