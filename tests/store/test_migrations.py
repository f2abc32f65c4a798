"""Migrations: up, down and up again on both databases, to exactly the tables the code knows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    NullPool,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError

from fulfilment_monitor import house as premises
from fulfilment_monitor.domain.cases import FINAL
from fulfilment_monitor.domain.records import EntryKind
from fulfilment_monitor.house import House
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store import metadata
from fulfilment_monitor.store.base import Day, UtcDateTime
from tests.services.builders import a_document, register, sweep, violations


def tables(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    found = inspect(engine).get_table_names()
    others = ("search_", "procrastinate_")  # made by hand, and the queue's own
    return {name for name in found if not name.startswith(others)}


def test_the_tables_are_the_ones_the_code_knows(database_url: str) -> None:
    command.check(premises.alembic_config(Settings(database_url=database_url)))
    assert tables(database_url) == {*metadata.tables, "alembic_version"}


def test_upgrading_what_is_up_to_date_changes_nothing(database_url: str) -> None:
    premises.upgrade(Settings(database_url=database_url))
    command.check(premises.alembic_config(Settings(database_url=database_url)))


def test_down_and_up_again_gives_the_same_tables_and_a_register_that_works(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    command.downgrade(premises.alembic_config(settings), "base")
    assert tables(database_url) == {"alembic_version"}
    premises.upgrade(settings)
    command.check(premises.alembic_config(settings))
    house = premises.open_house(settings)
    register(house, a_document())
    assert sweep(house, "2025-09-25").leads == 1
    assert violations(house) == []
    house.close()


def test_the_words_of_contracts_come_through_up_and_down(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    house = premises.open_house(settings)
    register(house, *(a_document(contract_no=f"HT-{i}") for i in range(30)))
    house.close()
    command.downgrade(premises.alembic_config(settings), "0014_evidence")
    premises.upgrade(settings)
    house = premises.open_house(settings)
    assert violations(house) == []  # the doctor looks at the words too
    house.close()


def test_going_down_takes_everything_along(database_url: str) -> None:
    command.downgrade(premises.alembic_config(Settings(database_url=database_url)), "base")
    engine = create_engine(database_url, poolclass=NullPool)
    left = {
        "sqlite": "SELECT name FROM sqlite_master"
        " WHERE name NOT LIKE 'sqlite%' AND tbl_name <> 'alembic_version'",
        "postgresql": "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE nspname = 'public'",
    }
    with engine.connect() as connection:
        assert connection.scalars(text(left[engine.dialect.name])).all() == []


def test_a_database_of_another_release_is_refused_with_the_command_that_mends_it(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    house = premises.open_house(settings)
    premises.check_revision(house)
    command.downgrade(premises.alembic_config(settings), "base")
    with pytest.raises(premises.DatabaseBehind, match="fulfilment-monitor upgrade"):
        premises.check_revision(house)
    house.close()


# --- what the database itself accepts ---------------------------------------------------------

CHECKED = [
    (table, column)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]
_SOME: list[tuple[type, object]] = [
    (Day, date(2025, 9, 10)),
    (UtcDateTime, datetime(2025, 9, 10, tzinfo=UTC)),
    (Boolean, False),
    (String, "x"),
    (LargeBinary, b"x"),
    (Integer, 1),
    (BigInteger, 1),
    (Date, date(2025, 9, 10)),
    (DateTime, datetime(2025, 9, 10, tzinfo=UTC)),
]


def a_row(table: Table, **values: object) -> dict[str, object]:
    """The least a row of a table needs; references point nowhere."""
    row = {c.name: _some(c) for c in table.columns if not c.nullable} | _ALSO.get(table.name, {})
    for column, value in values.items():
        row |= _WITH.get((table.name, column, value), {})
    return {**row, **values}


_DAY, _MOMENT = date(2025, 9, 10), datetime(2025, 9, 10, tzinfo=UTC)
#: What a row must say besides, by table; then by table, column and code.
_ALSO: dict[str, dict[str, object]] = {
    "notification": {"account_id": 1},
    "notification_delivery": {"account_id": 1},
}
_WITH: dict[tuple[str, str, object], dict[str, object]] = {
    ("lead", "state", "closed"): {"closed_on": _DAY, "closed_why": "fulfilled"},
    **{("claim", "state", s.value): {"closed_at": _MOMENT} for s in FINAL},
    **{("credit_entry", "kind", k.value): {"about_id": 1} for k in EntryKind},
    ("credit_entry", "kind", "listed"): {},
}


def _some(column: Column[Any]) -> object:
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    for kind, value in _SOME:
        if isinstance(column.type, kind):
            return value
    return {}


@pytest.fixture
def unbound(database_url: str) -> Iterator[Connection]:
    """A connection to a database that looks at no references; nothing it does is kept."""
    engine = create_engine(database_url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = OFF"))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def accepted(connection: Connection, name: str, **values: object) -> bool:
    """Whether the database takes a row with these values, whatever the code thinks of them."""
    table = metadata.tables[name]
    kept = {n: v for n, v in a_row(table, **values).items() if n not in values}
    written = {n: text(f"'{v}'") for n, v in values.items()}  # past the types of the code
    taken_back = connection.begin_nested()
    try:
        connection.execute(insert(table).values({**kept, **written}))
    except IntegrityError:
        return False
    finally:
        taken_back.rollback()
    return True


def test_every_member_of_every_code_can_be_stored_and_nothing_else(unbound: Connection) -> None:
    wrong = []
    for table, column in CHECKED:
        assert isinstance(column.type, Enum)
        for member in column.type.enums:
            if not accepted(unbound, table.name, **{column.name: member}):
                wrong.append((table.name, column.name, member))
        if accepted(unbound, table.name, **{column.name: "nonsense"}):
            wrong.append((table.name, column.name, "nonsense"))
    assert len(CHECKED) >= 18
    assert wrong == []


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("obligation", {"amount_fen": 0}),
        ("fact", {"amount_fen": -1}),
        ("succession", {"predecessor_id": 7, "successor_id": 7}),
        ("lead", {"state": "open", "closed_why": "fulfilled"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_database(
    unbound: Connection, table: str, values: dict[str, Any]
) -> None:
    assert not accepted(unbound, table, **values)


@pytest.mark.proves("G9")
@pytest.mark.parametrize(
    ("revision", "works"), [("9999_later", True), ("0000_older", False), ("later", False)]
)
def test_a_release_works_on_while_the_database_is_already_the_next_ones(
    house: House, revision: str, works: bool
) -> None:
    with house.engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    if works:
        premises.check_revision(house)
        assert premises.unready(house) is None
        return
    with pytest.raises(premises.DatabaseBehind):
        premises.check_revision(house)


@pytest.mark.proves("G9")
def test_a_duty_of_the_release_before_which_names_no_body_is_of_its_contracts(house: House) -> None:
    register(house, a_document())
    duty = metadata.tables["duty"]
    with house.engine.begin() as connection:
        (known,) = connection.execute(duty.select()).mappings().all()
        named = {k: v for k, v in known.items() if k not in ("id", "government_id")}
        connection.execute(duty.insert().values(id=99, **named))
        bodies = {row.government_id for row in connection.execute(duty.select())}
    assert bodies == {known["government_id"]}
    assert bodies != {None}


def test_a_house_opens_on_a_fresh_file_in_a_folder_that_is_not_there(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("new") / "var" / "deep"
    settings = Settings(database_url=f"sqlite:///{folder}/register.db")
    premises.upgrade(settings)
    house: House = premises.open_house(settings)
    premises.check_revision(house)
    assert not premises.is_empty(house)
    house.close()
