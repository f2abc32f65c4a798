"""A scripted year of imports and daily runs, told as text: python -m tests.endurance.year URL SINK

Nothing in what it prints may depend on the zone of the machine.
"""

import re
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from fulfilment_monitor.clock import BEIJING, Moment
from fulfilment_monitor.house import open_house
from fulfilment_monitor.scheduler import Daily
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import alerts, contracts, leads
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.settings import Settings
from tests.model.chains import random_document
from tests.services.registers import CLERK

#: 2024-12-31 at half past midnight in Beijing: the day before in UTC, and in Los Angeles too.
BEGAN = datetime(2024, 12, 30, 16, 30, tzinfo=UTC)
DAYS, CONTRACTS, SEED = 366, 200, 20_250_101
_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")


def main(url: str, sink: str) -> None:
    """Live through the year and print what it left, with ULIDs numbered as they appear."""
    settings = Settings(
        url, alert_sink=sink, clock_tolerance_seconds=10**9, keys_dir=f"{sink}.keys"
    )
    house = open_house(settings)
    rng = Random(SEED)
    waiting = [read_contract(random_document(rng)) for _ in range(CONTRACTS)]
    now = BEGAN
    daily = Daily(house, lambda: Moment(now, now.astimezone(BEIJING).date()), lambda: 0.0)
    for _ in range(DAYS):
        part, waiting = waiting[:2], waiting[2:]
        if part:
            with house.sessions.begin() as session:
                contracts.register_contracts(
                    session,
                    part,
                    by=CLERK,
                    office=house.office(),
                    now=now,
                    today=now.astimezone(BEIJING).date(),
                )
        assert daily.run() is not None
        now += timedelta(days=1)
    with house.readers() as session:
        for item in alerts.list_alerts(session, ALL, house.policy).items:
            print(item)  # noqa: T201
        for item in leads.list_leads(session, ALL).items:
            print(item)  # noqa: T201
    for path in sorted(Path(sink).iterdir()):
        print(path.name, path.read_text("utf-8"))  # noqa: T201


def numbered(told: str) -> str:
    """The same text with each ULID, which is random, replaced by its number."""
    numbers = count()
    known: dict[str, str] = {}
    return _ULID.sub(lambda m: known.setdefault(m[0], f"ULID-{next(numbers)}"), told)


if __name__ == "__main__":
    main(*sys.argv[1:])
