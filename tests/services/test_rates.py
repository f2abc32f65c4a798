"""How often something may be tried, where a try is counted after it is known to be wrong."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from fulfilment_monitor.house import House
from fulfilment_monitor.services import lookups, rates
from fulfilment_monitor.store.accounts import RateBucket
from tests.conftest import at
from tests.services.builders import day
from tests.services.complaint_builders import keys, statements

NOW = at(day("2025-11-03"))
RULE = rates.Rule("test", timedelta(hours=1), (0, 0, 60))


def tally(house: House, seconds: float, *, cost: bool = True) -> int:
    with house.sessions.begin() as session:
        return rates.tally(session, RULE, "x", cost=cost, now=NOW + timedelta(seconds=seconds))


def test_what_is_wrong_rests_and_what_is_right_does_not(house: House) -> None:
    assert [tally(house, n) for n in range(3)] == [0, 0, 0]
    assert tally(house, 3) == 59
    assert tally(house, 4, cost=False) == 0
    assert tally(house, 61.5) == 1  # no try while it rests has made it longer
    assert tally(house, 62) == 0
    assert tally(house, 63) == 59  # the hour is not over: every further one rests
    assert [tally(house, 3_601 + n) for n in range(4)] == [0, 0, 0, 59]


def test_right_and_wrong_codes_are_counted_by_the_same_statements(
    house: House, tmp_path: Path
) -> None:
    secrets = keys(tmp_path)
    sent = []
    for wrong in (True, False) * 2:
        with house.sessions.begin() as session:
            count = lambda: lookups.count(session, "192.0.2", secrets, wrong=wrong, now=NOW)  # noqa: B023, E731
            sent.append(statements(session, count))
    assert sent[2] == sent[3]
    assert any(s.startswith("UPDATE rate_bucket") for s in sent[3])


def test_a_thousand_wrong_codes_from_everywhere_rest(house: House, tmp_path: Path) -> None:
    secrets = keys(tmp_path)

    def look(network: str, *, wrong: bool = True, minutes: int = 0) -> int:
        now = NOW + timedelta(minutes=minutes)
        with house.sessions.begin() as session:
            return lookups.count(session, network, secrets, wrong=wrong, now=now)

    assert look("192.0.2") == 0
    with house.sessions.begin() as session:
        buckets = {b.key: b for b in session.scalars(select(RateBucket))}
        assert not [k for k in buckets if "192.0.2" in k]
        [everywhere] = [b for k, b in buckets.items() if k.startswith("lookup.all:")]
        everywhere.count = 998
    assert [look(f"198.51.{n}") for n in range(3)] == [0, 0, 600]
    assert look("203.0.113", wrong=False) == 0
    assert [look(f"198.52.{n}", minutes=10) for n in range(2)] == [0, 600]
    assert look("198.53.1", minutes=61) == 0
