"""Two facts of the payment decree stand in code for speed; they say what the dated law says."""

from decimal import Decimal

from fulfilment_monitor.domain import interest
from tests.model.compare import statute


def test_the_first_day_of_the_decree_is_that_of_the_law() -> None:
    versions = [t.in_force_from for t in statute().terms if t.id == "payment.organ"]
    assert min(versions) == interest.DECREE_FROM


def test_the_statutory_rate_of_late_interest_is_that_of_the_law() -> None:
    rates = {limit.rate_per_day for limit in statute().limits if limit.id == "interest.default"}
    assert rates == {Decimal("0.0005")}
    found = interest.rate_for(interest.DECREE_FROM, None, in_scope=True)
    assert found is not None
    assert found.per_day == rates.pop()
