"""Every governed row is what its last act left; whatever is edited behind the program shows."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Enum,
    Integer,
    LargeBinary,
    String,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.governed import GOVERNED
from fulfilment_monitor.house import House
from fulfilment_monitor.services import audit, reconciling
from fulfilment_monitor.services.audit import Problem
from fulfilment_monitor.store.base import Base, Day, UtcDateTime
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.facts import Fact
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.once import insert_all, insert_new
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.records import CreditEntry
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    a_payment,
    amend,
    answer,
    day,
    paid,
    register,
    state,
    sweep,
    tampered,
)
from tests.services.case_builders import a_world as a_case
from tests.services.case_builders import complain, drive, go
from tests.services.credit_builders import REPAIRING, measures_drawn

#: What is worked out from governed rows, or is no row of the register; see `domain.governed`.
NOT_GOVERNED = {
    "alert", "alembic_version", "audit_anchor", "audit_entry", "audit_head", "calendar_day",
    "calendar_year", "clock_alarm", "duty", "ladder_step", "lease", "mark", "outbox_message",
    "region", "sweep_run", "tally", "tally_change", "timer",
    # The doors': acts on them are on the record, digests of their rows are not.
    "account", "api_key", "approval", "contract_notice", "enterprise_contact", "rate_bucket",
    "recovery_code", "reply", "signed_link", "web_session",
    # What is sent to other platforms is worked out from governed rows.
    "delivery", "feed_head", "package", "partner", "partner_key", "reconciliation", "subscription",
    "webhook_event", "webhook_secret",
    # What comes from them is kept until it is a complaint, which is governed.
    "channel_item", "inbox_message", "nonce",
    # Who is told of what, and who signs in how.
    "account_subject", "former_password", "notification", "notification_address",
    "notification_delivery",
    # Work that waits, and how far it has come.
    "job", "sweep_shard",
}  # fmt: skip
NOT_COUNTED = {"evidence_file": {"checked_at"}}
NOON = at(date(2025, 7, 3))
#: Tables the story below leaves rows in.
FILLED = {
    "amendment", "claim", "claim_duty", "claim_event", "competence", "complaint_case", "contract",
    "credit_entry", "fact", "fact_answer", "finding", "lead", "measure", "obligation",
    "organisation", "person", "posting", "repair", "routing_decision", "subordination",
}  # fmt: skip


@pytest.fixture
def told(house: House) -> House:
    """A lead that became a determination, a record, measures and a repair."""
    with measures_drawn(house):
        claim = a_case(house)
        drive(house, claim, "approve_determination")
        said = state(house, paid("2026-02-09", by="government"), "2026-02-09")
        answer(house, said, "confirmed", "enterprise", "2026-02-09")
        go(house, claim, REPAIRING)
    later = a_document(a_payment(due_on="2026-09-10"), contract_no="HT-9", signed_on="2026-02-01")
    register(house, later, on="2026-02-13")
    moved = {"obligation": "payment", "due_on": "2026-09-20"}
    amend(house, "2026-02-14", contract_no="HT-9", changes=[moved])
    return house


def reconciled(house: House) -> list[Problem]:
    with house.readers() as session:
        assert audit.verify(session).ok
        return list(reconciling.reconcile(session))


def found_after(house: House, *deeds: Any) -> list[tuple[int, str | None, str | None]]:
    with tampered(house, *deeds) as session:
        assert audit.verify(session).ok  # no chain knows of it
        return [(p.verdict, p.table, p.column) for p in reconciling.reconcile(session)]


def test_every_table_is_governed_or_said_not_to_be() -> None:
    tables = Base.metadata.tables
    assert set(GOVERNED) | NOT_GOVERNED >= set(tables)
    assert set(GOVERNED) <= set(tables)
    for name, columns in GOVERNED.items():
        counted = [c.name for c in tables[name].columns]
        assert set(columns) == set(counted) - NOT_COUNTED.get(name, set()), name


def other(column: Column[Any], value: Any) -> Any:
    """Another value that fits into a column."""
    match value:
        case _ if isinstance(column.type, Enum):
            return next(e for e in column.type.enums if e != value)
        case bool():
            return not value
        case str():
            return value[:-1] + ("y" if value.endswith("x") else "x")
        case bytes():
            return value + b"x"
        case int():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case date():
            return value + timedelta(days=1)
        case list() | dict():
            return {"other": True}
    plain: dict[type, Any] = {
        Boolean: True, Integer: 1, String: "x", Day: date(2025, 1, 1), JSON: {}, LargeBinary: b"x",
        UtcDateTime: at(date(2025, 1, 1)),
    }  # fmt: skip
    return next(v for kind, v in plain.items() if isinstance(column.type, kind))


def edits(session: Session, column: int) -> Iterator[tuple[str, str]]:
    """Change one row of each table in the column of a number, where the database lets us."""
    for name in GOVERNED:
        table = Base.metadata.tables[name]
        mine = [c for c in table.columns if not c.primary_key and c.name in GOVERNED[name]]
        row = session.execute(select(table).limit(1)).mappings().one_or_none()
        if row is None or column >= len(mine):
            continue
        changed = mine[column]
        here = [c == row[c.name] for c in table.primary_key]
        value = other(changed, row[changed.name])
        try:
            with session.begin_nested():
                session.execute(update(table).where(*here).values({changed.name: value}))
        except IntegrityError:
            continue  # the database itself refuses it
        yield name, changed.name


@pytest.mark.proves("E2", "I-3")
def test_an_edit_of_any_column_of_any_table_names_table_row_and_column(told: House) -> None:
    assert reconciled(told) == []
    tables, count = set(), 0
    for column in range(max(len(columns) for columns in GOVERNED.values())):
        with tampered(told) as session:
            done = list(edits(session, column))
            problems = list(reconciling.reconcile(session))
            assert column or audit.verify(session).ok  # the chain does not look at rows
        assert sorted((p.table, p.column) for p in problems) == sorted(done)
        assert {p.verdict for p in problems} <= {5}
        tables |= {name for name, _ in done}
        count += len(done)
    assert tables >= FILLED, FILLED - tables
    assert count > 150


@pytest.mark.proves("E2")
def test_the_likeliest_edits_are_named(told: House) -> None:
    first: Callable[[Any], Any] = lambda table: select(table.id).order_by(table.id).limit(1)  # noqa: E731
    likely: list[tuple[Any, str, Any]] = [
        (Obligation, "due_on", date(2026, 9, 10)),
        (Lead, "outstanding_fen", 1),
        (Fact, "amount_fen", 1),
        (CreditEntry, "effective_on", date(2027, 1, 1)),
        (Contract, "document", {}),
        (Organisation, "name", "另一单位"),
    ]
    for table, column, value in likely:
        row = update(table).where(table.id == first(table).scalar_subquery())
        found = found_after(told, row.values({column: value}))
        assert found == [(5, table.__tablename__, column)]


@pytest.mark.proves("E2", "I-3")
def test_rows_put_in_or_taken_out_by_hand_show(house: House) -> None:
    register(house, a_document())
    fact = {
        "ulid": "0" * 26, "contract_id": 1, "kind": "paid", "happened_on": date(2025, 9, 1),
        "source": "enterprise", "amount_fen": 100_000, "recorded_at": at(day("2025-09-01")),
        "recorded_by": "x",
    }  # fmt: skip
    assert found_after(house, insert(Fact).values(fact)) == [(5, "fact", None)]
    assert found_after(house, delete(Obligation)) == [(5, "obligation", None)]


@pytest.mark.proves("I-3")
def test_a_change_without_an_act_shows(house: House) -> None:
    register(house, a_document())
    with house.sessions.begin() as session:
        session.execute(update(Organisation).values(name="改"))
    assert {(p.table, p.column) for p in reconciled(house)} == {("organisation", "name")}


@pytest.mark.proves("I-3")
def test_bulk_rows_and_rows_changed_twice_are_followed(house: House) -> None:
    register(house, *(a_document(contract_no=f"HT-{n}") for n in range(60)))  # a bulk of rows
    sweep(house, "2025-10-31")
    state(house, paid("2025-11-01"), "2025-11-01")  # closes one of the leads it opened
    with house.readers() as session:
        states = session.scalars(select(Lead.state)).all()
    assert (len(states), set(states)) == (60, {"open", "closed"})
    assert reconciled(house) == []
    reopened = update(Lead).where(Lead.state == "closed")
    values = {"state": "open", "closed_on": None, "closed_why": None}
    found = found_after(house, reopened.values(values))
    assert sorted(found) == [(5, "lead", c) for c in ("closed_on", "closed_why", "state")]


def test_what_a_savepoint_took_back_is_not_claimed(house: House) -> None:
    register(house, a_document())
    with house.sessions.begin() as session:
        audit.note(session, CLERK, "test.act", "thing", "1", {}, now=at(day("2025-07-03")))
        nested = session.begin_nested()
        row = {"code": "x:1", "name": "改", "side": "enterprise", "recorded_at": NOON}
        insert_all(session, Organisation, [row])
        nested.rollback()
    assert reconciled(house) == []


def test_of_rows_some_of_which_are_there_the_new_ones_are_written_and_claimed(house: House) -> None:
    register(house, a_document())

    def rows(first: int, last: int) -> list[dict[str, Any]]:
        shared = {"name": "新", "side": "enterprise", "recorded_at": NOON}
        return [{"code": f"x:{i}", **shared} for i in range(first, last)]

    for first, last, new in ((0, 30, 30), (25, 60, 30)):  # the first time all are, then some
        with house.sessions.begin() as session:
            audit.note(session, CLERK, "test.act", "thing", str(first), {}, now=NOON)
            written = insert_new(session, Organisation, rows(first, last))
            assert [row["code"] for row in written] == [f"x:{i}" for i in range(last - new, last)]
    with house.readers() as session:
        query = select(Organisation.code, Organisation.id).where(Organisation.code.like("x:%"))
        there = {row.code: row.id for row in session.execute(query)}
    assert len(there) == 60
    assert {row["code"]: row["id"] for row in written}.items() <= there.items()
    assert reconciled(house) == []


@pytest.mark.proves("I-19")
def test_a_value_nobody_can_read_shows_and_does_not_end_the_walk(house: House) -> None:
    register(house, a_document())
    rubbish = {
        "sqlite": [
            ("signed_on", "'rubbish'"), ("registered_at", "'rubbish'"), ("registered_at", "7"),
            ("document", "X'FF41'"), ("title", "CAST(X'FF41' AS TEXT)"), ("amount_fen", "'x'"),
            ("region", "X'FF'"),
        ],
        "postgresql": [
            ("signed_on", "'infinity'"), ("registered_at", "'infinity'"), ("document", "'[]'"),
            ("registered_at", "'20000-01-01'"),
        ],
    }  # fmt: skip
    for column, value in rubbish[house.engine.dialect.name]:
        change = text(f"UPDATE contract SET {column} = {value}")
        assert (5, "contract", column) in found_after(house, change), (column, value)


def test_a_complaint_and_its_vault_are_followed(house: House) -> None:
    a_case(house)
    complain(house, "2025-11-11")
    with house.readers() as session:
        known = reconciling.reconcile(session)
        assert [p for p in known if p.table in ("complaint", "vault_item", "receipt")] == []
