"""A large register, written straight into the tables: one payment a contract.

The statements run inside the database, so that filling it takes less time than measuring it. What
the sweep and the lists read is as registration writes it: terms, duties, timers, words, figures.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, text

from fulfilment_monitor import resources
from fulfilment_monitor.domain.contracts import Field
from fulfilment_monitor.domain.search import words_of
from fulfilment_monitor.domain.tallies import Measure
from fulfilment_monitor.house import House
from fulfilment_monitor.services.duties import Seen, timer_row
from fulfilment_monitor.services.policies import keep_policy
from fulfilment_monitor.store.base import Day, UtcDateTime
from fulfilment_monitor.store.once import table_of
from fulfilment_monitor.store.organisations import Organisation

NOW = datetime(2025, 1, 1, tzinfo=UTC)
FIRST_DUE = date(2025, 6, 1)
SIGNED_ON = date(2025, 1, 1)
LADDER = "payment"
_LEAD_AFTER = 15
_PAGE = 250_000

_BODIES, _FIRMS = 340, 500
#: The bodies have the numbers before it.
FIRST_FIRM = _BODIES + 1
_WARES = (
    "办公设备", "道路养护", "信息系统运维", "校舍维修", "绿化管护", "医疗器械", "污水处理",
    "食堂配送", "电梯维保", "检测服务", "物业管理", "图书资料", "消防设施", "公务印刷",
    "桥梁加固", "河道清淤", "照明改造",
)  # fmt: skip
#: Two characters of which nothing speaks, of few, of many and of all titles.
ABSENT, RARE, COMMON, EACH = "核电", "防汛", "采购", "合同"
_RARE_EVERY, _RARE_AT = 40_000, 7


class Stretch(NamedTuple):
    """Contracts whose due dates are spread evenly over some days, one after the other."""

    contracts: int
    days: int


def fill(house: House, obligations: int, due_days: int) -> None:
    """Register `obligations` payments whose due dates are spread evenly over some days."""
    begin(house)
    add(house, Part(Stretch(obligations, due_days), FIRST_DUE))
    settle(house)


def begin(house: House) -> None:
    """The policy, the parties, and what the contracts have in common."""
    with house.sessions.begin() as session:
        keep_policy(session, house.office(), now=NOW)
        session.execute(insert(table_of(Organisation)), list(_organisations()))
        counties = resources.law("regions.csv").read_text("utf-8").split()[1:]
        regions = [c[:6] for c in counties if c.endswith(",,") and c[4:6] != "00"]
        session.execute(
            text(
                "CREATE TABLE bench_variant (k integer PRIMARY KEY, title text, field text,"
                " region text, government_id integer, enterprise_id integer, document text,"
                " words text, vector text)"
            )
        )
        session.execute(
            text(
                "INSERT INTO bench_variant VALUES (:k, :title, :field, :region, :government_id,"
                " :enterprise_id, :document, :words, :vector)"
            ),
            list(_variants(regions)),
        )


def _organisations() -> Iterator[dict[str, Any]]:
    for i in range(1, _BODIES + _FIRMS + 1):
        side = "government" if i <= _BODIES else "enterprise"
        yield {"id": i, "code": f"{i:018d}", "name": _name(i), "side": side, "recorded_at": NOW}


def _name(i: int) -> str:
    return f"示例县第{i}局" if i <= _BODIES else f"示例企业{i}有限公司"


def _variants(regions: list[str]) -> Iterator[dict[str, Any]]:
    """One for each body and field, and as the last one that of which a rare word speaks."""
    fields = list(Field)
    for k in range(_BODIES * len(fields) + 1):
        body, field = k % _BODIES + 1, fields[k // _BODIES % len(fields)]
        ware = _WARES[k % len(_WARES)]
        title = f"{ware}{COMMON if k % 5 < 3 else '服务'}{EACH}"
        if k == _BODIES * len(fields):
            title = f"{RARE}物资{EACH}"
        firm = _BODIES + 1 + k * 7 % _FIRMS
        words = words_of(title, _name(body), _name(firm))
        yield {
            "k": k,
            "title": title,
            "field": field.value,
            "region": regions[body * len(regions) // (_BODIES + 1)],
            "government_id": body,
            "enterprise_id": firm,
            "document": json.dumps(_document(title, field, body, firm), ensure_ascii=False),
            "words": " ".join(words),
            "vector": " ".join(f"'{word}':{place}" for place, word in enumerate(words, 3)),
        }


def _document(title: str, field: Field, body: int, firm: int) -> dict[str, Any]:
    return {
        "title": title,
        "field": field.value,
        "subject": "goods",
        "signed_on": SIGNED_ON.isoformat(),
        "government": {"name": _name(body), "uscc": f"{body:018d}", "kind": "organ"},
        "enterprise": {
            "name": _name(firm),
            "uscc": f"{firm:018d}",
            "ownership": "private",
            "size": "small",
        },
        "obligations": [
            {"key": "payment", "kind": "payment", "title": "货款", "obligor": "government"}
        ],
    }


_COLUMNS = {
    "contract": {
        "id": "i",
        "ulid": "'1' || {number}",
        "contract_no": "'B-' || i",
        "title": "v.title",
        "field": "v.field",
        "subject": "'goods'",
        "signed_on": ":signed",
        "amount_fen": "{fen}",
        "region": "v.region",
        "government_id": "v.government_id",
        "enterprise_id": "v.enterprise_id",
        "ownership": "'private'",
        "size": "'small'",
        "document": "{document}",
        "registered_at": ":now",
        "registered_by": "'bench'",
    },
    "obligation": {
        "id": "i",
        "ulid": "'2' || {number}",
        "contract_id": "i",
        "key": "'payment'",
        "position": "0",
        "kind": "'payment'",
        "title": "'货款'",
        "obligor": "'government'",
        "amount_fen": "{fen}",
        "due_on": "{due}",
        "retention": "{no}",
    },
    "duty": {
        "id": "i",
        "contract_id": "i",
        "obligation_id": "i",
        "ladder": f"'{LADDER}'",
        "due_on": "{due}",
        "provisional": "{no}",
        "basis": """'["合同约定日期"]'""",
        "owed_fen": "{fen}",
        "lead_on": f"{{due}} + {_LEAD_AFTER}",
        "from_on": ":signed",
        "base_on": ":signed",
        "opened_at": ":now",
        "government_id": "v.government_id",
    },
    "timer": {
        "check_on": "{due} + :ahead",
        "duty_id": "i",
        "obligation_id": "i",
        "contract_id": "i",
        "ladder": f"'{LADDER}'",
        "due_on": "{due}",
        "base_on": ":signed",
        "lead_on": f"{{due}} + {_LEAD_AFTER}",
        "born_run": "0",
    },
}
_WORDS = {
    "sqlite": {"rowid": "i", "words": "'b ' || i || ' ' || v.words"},
    "postgresql": {
        "contract_id": "i",
        "words": "CAST('''b''\\:1 ''' || i || '''\\:2 ' || v.vector AS tsvector)",
    },
}
_SOURCES = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n"
    " WHERE i < :last) SELECT i FROM n) n",
    "postgresql": "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n(i)",
}
_WAYS = {
    "sqlite": {
        "number": "printf('%025d', i)",
        "document": "v.document",
        "no": "0",
        "due": "(:due + (i - :start) % :days)",
    },
    "postgresql": {
        "number": "lpad(CAST(i AS text), 25, '0')",
        "document": "CAST(v.document AS json)",
        "no": "false",
        "due": "(CAST(:due AS date) + CAST((i - :start) % :days AS integer))",
    },
}


class Part(NamedTuple):
    """A stretch of contracts, and the first day they are due."""

    stretch: Stretch
    first_due: date


def add(house: House, *parts: Part) -> None:
    """More contracts."""
    kind = house.engine.dialect.name
    with house.engine.begin() as connection:
        if kind == "postgresql":  # cheaper made anew than kept in step
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text("DROP INDEX ix_search_contract_words"))
        for part in parts:
            _add(connection, kind, part, _ahead(house))
        if kind == "postgresql":
            connection.execute(
                text("CREATE INDEX ix_search_contract_words ON search_contract USING gin (words)")
            )
            for table in ("contract", "obligation", "duty"):
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, max(id)) FROM {table}"))


def _add(connection: Connection, kind: str, part: Part, ahead: int) -> None:
    start = (connection.scalar(text("SELECT max(id) FROM contract")) or 0) + 1
    given = {
        "start": start,
        "days": part.stretch.days,
        "due": part.first_due,
        "signed": SIGNED_ON,
        "now": NOW,
        "ahead": ahead,
    }
    end = start + part.stretch.contracts
    for first in range(start, end, _PAGE):
        last = min(first + _PAGE, end) - 1
        for table, columns in [*_COLUMNS.items(), ("search_contract", _WORDS[kind])]:
            statement = _statement(kind, table, columns)
            connection.execute(statement, given | {"first": first, "last": last})


def _statement(kind: str, table: str, columns: dict[str, str]) -> Any:
    ways = {"fen": "100000 + i % 997", **_WAYS[kind]}
    values = ", ".join(value.format(**ways) for value in columns.values())
    variants = _BODIES * len(Field)
    sql = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {_SOURCES[kind]}"
        f" JOIN bench_variant v ON v.k = CASE WHEN i % {_RARE_EVERY} = {_RARE_AT}"
        f" THEN {variants} ELSE i % {variants} END"
    )
    types = {"due": Day(), "signed": Day(), "now": UtcDateTime()}
    named = [bindparam(n, type_=t) for n, t in types.items() if f":{n}" in sql]
    return text(sql).bindparams(*named)


def _ahead(house: House) -> int:
    """How many days past the due date a timer first rings; a negative number."""
    row = {
        "id": 1,
        "obligation_id": 1,
        "contract_id": 1,
        "ladder": LADDER,
        "due_on": FIRST_DUE,
        "lead_on": FIRST_DUE + timedelta(days=_LEAD_AFTER),
        "from_on": SIGNED_ON,
        "until_on": None,
        "base_on": SIGNED_ON,
    }
    timer = timer_row(row, Seen(None, 0), house.policy)
    assert timer is not None
    return (timer["check_on"] - FIRST_DUE).days


def offsets(house: House) -> list[int]:
    """The days past the due date at which the ladder has a step."""
    return [step.offset for step in house.policy.ladder(LADDER)]


def acting_on(house: House, day: date, contracts: int) -> None:
    """Contracts of which each has a step on a day: as many due dates as the ladder has steps."""
    steps = offsets(house)
    a_step = Stretch(contracts // len(steps), 1)
    add(house, *(Part(a_step, day - timedelta(days=offset)) for offset in steps))
    settle(house)


_UPKEEP = {
    "sqlite": ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": ("VACUUM ANALYZE", "CHECKPOINT"),
}


def settle(house: House) -> None:
    """Figures of the contracts, and statistics, as a register in service has them."""
    contracts = Measure.CONTRACTS.value
    with house.sessions.begin() as session:
        session.execute(text("DELETE FROM tally WHERE measure = :m"), {"m": contracts})
        session.execute(
            text(
                "INSERT INTO tally (measure, region, field, government_id, count, fen)"
                " SELECT :m, region, field, government_id, count(*), sum(amount_fen)"
                " FROM contract GROUP BY region, field, government_id"
            ),
            {"m": contracts},
        )
    upkeep(house)


def upkeep(house: House) -> None:
    """What the database's own housekeeping does between two nights."""
    run_plain(house, _UPKEEP[house.engine.dialect.name])


def run_plain(house: House, statements: Iterable[str]) -> None:
    """Statements that stand in no transaction."""
    if house.engine.dialect.name == "sqlite":
        raw = house.engine.raw_connection()
        try:
            for statement in statements:
                raw.cursor().execute(statement)
        finally:
            raw.close()
        return
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
