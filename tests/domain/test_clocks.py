"""Days are Beijing days, wherever the computer believes it stands."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from fulfilment_monitor.domain.clocks import beijing_day
from tests.domain.builders import day

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("UTC", "America/Los_Angeles", "Asia/Shanghai")
#: Dates, terms, standings, duties and interest of random contracts, as one text.
RECKONING = """
import random, time
from datetime import UTC, date, datetime, timedelta
from fulfilment_monitor.domain.clocks import beijing_day
from fulfilment_monitor.domain.duties import duties_of
from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.schemas.contracts import read_contract
from tests.domain.builders import days, months, policy, working_days
from tests.model.chains import as_of_days, random_document
from tests.model.compare import ours, statute
assert time.tzname != ("", "")
print(time.timezone)
law, start = statute(), date(2025, 12, 31)
for n in range(400):
    on = start + timedelta(days=n)
    ends = [p.end(on, law.calendar) for p in (days(30), working_days(10), months(1))]
    print(beijing_day(datetime(2025, 12, 31, 16, tzinfo=UTC) + timedelta(hours=5 * n)), ends)
for seed in range(40):
    document = random_document(random.Random(seed))
    said = read_contract(document)
    ledger = open_ledger(said.contract, said.facts, (), law)
    print(duties_of(ledger, policy()))
    for on in as_of_days(document, random.Random(seed)):
        print([ours(ledger, s, on) for s in standings_at(ledger, on).values()])
"""


@pytest.mark.proves("I-14", "G6")
def test_every_reckoning_is_the_same_in_every_time_zone():
    running = [
        subprocess.Popen(
            [sys.executable, "-B", "-c", RECKONING],
            env={"TZ": zone, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for zone in ZONES
    ]
    told = [process.communicate(timeout=120)[0].partition("\n") for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert [offset for offset, _, _ in told] == ["0", "28800", "-28800"]  # they did differ
    assert len(told[0][2]) > 100_000
    assert told[0][2] == told[1][2] == told[2][2]


@pytest.mark.proves("G6")
@pytest.mark.parametrize(
    ("instant", "on"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), "2026-12-31"),  # 23:59:59 in Beijing
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01"),  # midnight there
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), "2027-01-01"),
        (datetime(2026, 12, 31, 9, 0, tzinfo=timezone(timedelta(hours=-8))), "2027-01-01"),
        (datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=9))), "2026-12-31"),
        (datetime(1988, 7, 1, 15, 30, tzinfo=UTC), "1988-07-02"),  # summer time, nine hours ahead
    ],
)
def test_an_instant_falls_on_its_beijing_day(instant, on):
    assert beijing_day(instant) == day(on)
