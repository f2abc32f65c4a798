"""Rows that are kept as they were written, whoever asks the database to forget them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.house import House
from tests.services.builders import (
    a_document,
    a_fact,
    a_payment,
    amend,
    answer,
    contents,
    owed,
    paid,
    register,
    state,
    sweep,
)

APPEND_ONLY = ("audit_entry", "fact", "fact_answer", "amendment", "alert")
NEVER_DELETED = ("contract", "obligation", "duty", "lead", "audit_head", "organisation")


@pytest.fixture
def kept(house: House) -> House:
    """A register with at least one row in each table that is kept."""
    delivered = a_fact("performed", "2025-08-01", "enterprise", "delivery")
    register(
        house,
        a_document(),
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment(after="delivery"),
            contract_no="HT-2",
            facts=[delivered],
        ),
    )
    moved = {"obligation": "payment", "within": {"length": 40, "unit": "day"}}
    amend(house, "2025-08-05", contract_no="HT-2", changes=[moved])
    claim = state(house, paid("2025-09-01", "1.00", "government"), "2025-09-01")
    answer(house, claim, "confirmed", "enterprise", "2025-09-02")
    sweep(house, "2025-10-31")
    filled = contents(house)
    assert all(filled[table] for table in (*APPEND_ONLY, *NEVER_DELETED))
    return house


def refused(house: House, statement: str) -> bool:
    """Whether the database refuses a statement, in a transaction of the service."""
    try:
        with house.sessions.begin() as session:
            session.execute(text(statement))
    except DBAPIError:
        return True
    return False


def first_column(house: House, table: str) -> str:
    with house.readers() as session:
        return str(next(iter(session.execute(text(f"SELECT * FROM {table}")).keys())))


@pytest.mark.proves("A3")
def test_no_statement_changes_or_removes_what_is_only_ever_added(kept: House) -> None:
    before = contents(kept)
    for table in APPEND_ONLY:
        column = first_column(kept, table)
        assert refused(kept, f"UPDATE {table} SET {column} = {column}"), table
        assert refused(kept, f"DELETE FROM {table}"), table
    assert contents(kept) == before


@pytest.mark.proves("A3")
def test_no_statement_removes_a_contract_a_lead_or_what_they_rest_on(kept: House) -> None:
    before = contents(kept)
    for table in NEVER_DELETED:
        assert refused(kept, f"DELETE FROM {table}"), table
    assert contents(kept) == before


@pytest.mark.proves("A3")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replacing_is_removing_too(kept: House) -> None:
    before = contents(kept)
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        assert refused(kept, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"), table
        assert refused(kept, f"REPLACE INTO {table} SELECT * FROM {table}"), table
    assert contents(kept) == before


@pytest.mark.proves("A3")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_truncating_is_removing_too(kept: House) -> None:
    before = contents(kept)
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        assert refused(kept, f"TRUNCATE {table} CASCADE"), table
    assert contents(kept) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_insert_that_updates_is_an_update(kept: House) -> None:
    before = contents(kept)
    insert = "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (chain, seq)"
    assert refused(kept, f"{insert} DO UPDATE SET actor = 'x'")
    assert contents(kept) == before


def test_the_refusal_says_why(kept: House) -> None:
    with (
        pytest.raises(DBAPIError, match="rows are kept as they were written"),
        kept.sessions.begin() as session,
    ):
        session.execute(text("DELETE FROM lead"))


def test_removing_nothing_is_no_reason_to_allow_it(kept: House) -> None:
    nothing = refused(kept, "DELETE FROM lead WHERE 1 = 0")
    assert nothing is (kept.engine.dialect.name == "postgresql")  # SQLite looks at rows only
