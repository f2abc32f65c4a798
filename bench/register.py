"""A large register, written straight into the tables: one payment a contract."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from fulfilment_monitor.house import House
from fulfilment_monitor.services.duties import Seen, timer_row
from fulfilment_monitor.services.policies import keep_policy
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.duties import Duty, Timer
from fulfilment_monitor.store.once import table_of
from fulfilment_monitor.store.organisations import Organisation

NOW = datetime(2025, 1, 1, tzinfo=UTC)
FIRST_DUE = date(2025, 6, 1)
_PAGE = 20_000


def fill(house: House, obligations: int, due_days: int) -> None:
    """Register `obligations` payments whose due dates are spread evenly over some days."""
    with house.sessions.begin() as session:
        keep_policy(session, house.office(), now=NOW)
        parties = [_party(1, "11340321003000014D"), _party(2, "91340321MA2000000L")]
        session.execute(insert(table_of(Organisation)), parties)
    for start in range(1, obligations + 1, _PAGE):
        numbers = range(start, min(start + _PAGE, obligations + 1))
        with house.sessions.begin() as session:
            session.execute(insert(table_of(Contract)), list(_contracts(numbers)))
            session.execute(insert(table_of(Obligation)), list(_obligations(numbers)))
            rows = list(_duties(numbers, due_days))
            session.execute(insert(table_of(Duty)), rows)
            timers = [timer_row(row, Seen(None, 0), house.policy) for row in rows]
            session.execute(insert(table_of(Timer)), timers)
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _party(number: int, code: str) -> dict[str, Any]:
    side = "government" if number == 1 else "enterprise"
    return {"id": number, "code": code, "name": code, "side": side, "recorded_at": NOW}


def _contracts(numbers: range) -> Iterator[dict[str, Any]]:
    for i in numbers:
        yield {
            "id": i,
            "ulid": f"C{i:025d}",
            "contract_no": f"B-{i}",
            "title": "设备采购",
            "field": "procurement",
            "subject": "goods",
            "signed_on": date(2025, 1, 1),
            "amount_fen": 100_000,
            "region": "340321",
            "government_id": 1,
            "enterprise_id": 2,
            "ownership": "private",
            "size": "small",
            "document": {},
            "registered_at": NOW,
            "registered_by": "bench",
        }


def _obligations(numbers: range) -> Iterator[dict[str, Any]]:
    for i in numbers:
        yield {
            "id": i,
            "ulid": f"O{i:025d}",
            "contract_id": i,
            "key": "payment",
            "position": 0,
            "kind": "payment",
            "title": "货款",
            "obligor": "government",
            "amount_fen": 100_000,
            "retention": False,
        }


def _duties(numbers: range, due_days: int) -> Iterator[dict[str, Any]]:
    for i in numbers:
        due_on = FIRST_DUE + timedelta(days=i % due_days)
        yield {
            "id": i,
            "contract_id": i,
            "obligation_id": i,
            "ladder": "payment",
            "due_on": due_on,
            "provisional": False,
            "basis": ["合同约定日期"],
            "owed_fen": 100_000,
            "payments": None,
            "lead_on": due_on + timedelta(days=15),
            "from_on": date(2025, 1, 1),
            "until_on": None,
            "base_on": date(2025, 1, 1),
            "opened_at": NOW,
        }
