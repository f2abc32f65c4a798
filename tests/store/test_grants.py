"""The account of the service on PostgreSQL: it can work, and cannot forget."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.scheduler import worker
from fulfilment_monitor.services import audit, queue
from fulfilment_monitor.services.grants import grants
from fulfilment_monitor.settings import Settings
from tests.conftest import at
from tests.services.builders import a_document, amend, day, paid, register, state, sweep

ROLE = "fm_app_of_tests"

FORBIDDEN = (
    "UPDATE audit_entry SET actor = 'x'",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "DROP TABLE audit_entry",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_entry_no_update ON audit_entry",
    "INSERT INTO audit_entry SELECT * FROM audit_entry"
    " ON CONFLICT (chain, seq) DO UPDATE SET actor = 'x'",
    "SET session_replication_role = replica",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head VALUES ('other', 1, '')",
    "TRUNCATE audit_head",
    "UPDATE audit_anchor SET seq = 1",
    "DELETE FROM audit_anchor",
    "TRUNCATE contract CASCADE",
    "DELETE FROM contract",
    "UPDATE fact SET amount_fen = 1",
    "DELETE FROM fact_answer",
    "UPDATE credit_entry SET effective_on = '2099-01-01'",
    "DELETE FROM credit_entry",
    "UPDATE claim_event SET event = 'accept'",
    "DELETE FROM lead",
    "DELETE FROM obligation",
    "UPDATE alembic_version SET version_num = 'x'",
    "CREATE OR REPLACE FUNCTION keep_rows() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RETURN NULL; END $$",
)


@contextmanager
def as_owner(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def granted(house: House) -> Iterator[str]:
    """The URL of the database for an account with these grants."""
    url = house.settings.database_url
    if house.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no accounts")
    with house.readers() as session:
        statements = grants(session, ROLE)
    with as_owner(url) as owner:
        owner.execute(text(f"DROP ROLE IF EXISTS {ROLE}"))
        owner.execute(text(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'x'"))
        for statement in statements:
            owner.execute(text(statement))
    account = make_url(url).set(username=ROLE, password="x")
    yield account.render_as_string(hide_password=False)
    with as_owner(url) as owner:
        owner.execute(text(f"DROP OWNED BY {ROLE}"))
        owner.execute(text(f"DROP ROLE {ROLE}"))


@pytest.mark.proves("E1", "F9")
@pytest.mark.usefixtures("no_loop_of_others")
def test_the_account_does_all_the_work_and_none_of_what_is_forbidden(granted: str) -> None:
    house = open_house(Settings(database_url=granted))
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-09-20"}])
    state(house, paid("2025-09-01", "1.00"), "2025-09-01")
    sweep(house, "2025-10-31")
    with house.sessions.begin() as session:
        queue.enqueue(session, "deliver", now=at(day("2025-10-31")))
    worker.work(house, until_empty=True)
    with house.readers() as session:
        assert audit.verify(session).ok
        assert queue.count_jobs(session) == 0
    house.close()
    engine = create_engine(granted, poolclass=NullPool)
    for statement in FORBIDDEN:
        with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.execute(text(statement))
        cause = str(refused.value.orig)
        assert "permission denied" in cause or "must be owner" in cause, (statement, cause)


def test_sqlite_has_no_accounts(house: House) -> None:
    if house.engine.dialect.name == "postgresql":
        with house.readers() as session, pytest.raises(Refusal):
            grants(session, 'x"; DROP TABLE contract')
        return
    with house.readers() as session, pytest.raises(Refusal):
        grants(session, ROLE)


@pytest.mark.proves("E1")
@pytest.mark.parametrize("table", ["audit_entry", "fact", "amendment"])
def test_a_row_cannot_be_replaced_by_inserting_it_again(house: House, table: str) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-09-20"}])
    state(house, paid("2025-09-01", "1.00"), "2025-09-01")
    word = "INSERT OR REPLACE" if house.engine.dialect.name == "sqlite" else "INSERT"
    again = f"{word} INTO {table} SELECT * FROM {table}"
    with pytest.raises(DBAPIError), house.sessions.begin() as session:
        session.execute(text(again))
