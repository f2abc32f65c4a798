"""The product's reckoning against the model: no difference, whatever the contract."""

import pytest

from tests.model.compare import differences


def first_differences(seeds, most=5):
    """A few differences to look at, should there be any."""
    found = []
    for seed in seeds:
        found += differences(seed)
        if len(found) >= most:
            break
    return found[:most]


def test_two_thousand_random_contracts_stand_as_the_model_has_them():
    assert first_differences(range(2_000)) == []


@pytest.mark.endurance
def test_a_hundred_thousand_random_contracts_stand_as_the_model_has_them():
    assert first_differences(range(2_000, 102_000)) == []
