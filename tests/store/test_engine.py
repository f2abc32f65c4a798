"""The engine: no lost updates, days and instants that come back as they went in, fresh numbers."""

from datetime import UTC, date, datetime, timedelta, timezone
from threading import Barrier, Thread

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from fulfilment_monitor.house import House
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.engine import open_engine
from fulfilment_monitor.store.ids import new_ulid, new_ulids, take_ids
from fulfilment_monitor.store.once import insert_all, insert_once
from fulfilment_monitor.store.reference import CalendarDay, CalendarYear
from fulfilment_monitor.store.sweeps import Mark
from tests.conftest import at
from tests.services.builders import a_document, day, register

NINE = at(day("2025-09-10"))


def a_year(year: int, source: str = "x") -> dict[str, object]:
    return {"year": year, "source": source, "loaded_at": NINE, "loaded_by": "x"}


@pytest.mark.proves("G10")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_writers_that_read_first_lose_no_update_on_sqlite(house: House) -> None:
    with house.sessions.begin() as session:
        insert_all(session, Mark, [{"name": "count", "value": "0"}])

    def count() -> None:
        for _ in range(25):
            with house.sessions.begin() as session:
                mark = session.get_one(Mark, "count")
                mark.value = str(int(mark.value) + 1)

    writers = [Thread(target=count) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with house.readers() as session:
        assert session.get_one(Mark, "count").value == "100"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_keeps_its_commits_and_its_references(house: House) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    with house.sessions() as session:
        found = [session.scalar(text(f"PRAGMA {name}")) for name in asked]
    assert found == ["wal", 2, 1, 1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_what_is_reported_not_the_savepoint_it_took_along(house: House) -> None:
    rows = [{"name": f"{n}", "value": "x" * 200} for n in range(5_000)]

    def fill_up() -> None:
        with house.sessions.begin() as session:
            pages = session.scalar(text("PRAGMA page_count"))
            session.execute(text(f"PRAGMA max_page_count={pages + 5}"))
            insert_all(session, Mark, rows[:1])
            with session.begin_nested():
                insert_all(session, Mark, rows[1:])

    with pytest.raises(OperationalError, match="full"):
        fill_up()
    with house.readers() as session:
        assert session.scalars(select(Mark.name).where(Mark.name == "0")).all() == []


def test_a_savepoint_that_can_be_gone_back_to_is(house: House) -> None:
    with house.sessions.begin() as session:
        insert_all(session, Mark, [{"name": "kept", "value": "x"}])
        with pytest.raises(IntegrityError), session.begin_nested():
            insert_all(session, Mark, [{"name": "kept", "value": "y"}])
    with house.readers() as session:
        assert session.get_one(Mark, "kept").value == "x"


def test_readers_go_on_while_somebody_writes(house: House) -> None:
    with house.sessions.begin() as writer:
        insert_all(writer, CalendarYear, [a_year(2027)])
        with house.readers() as reader:
            assert reader.scalars(select(CalendarYear.year)).all() == []


def test_a_day_comes_back_as_it_went_in(house: House) -> None:
    days = [date(1, 1, 1), date(1970, 1, 1), date(2026, 2, 28), date(9999, 12, 31)]
    with house.sessions.begin() as session:
        insert_all(session, CalendarDay, [{"day": d, "kind": "off_adjusted"} for d in days])
    found = select(CalendarDay.day).order_by(CalendarDay.day)
    with house.readers() as session:
        assert session.scalars(found).all() == days
        assert session.scalars(found.where(CalendarDay.day >= days[2])).all() == days[2:]
        assert session.scalars(found.where(CalendarDay.day < days[2])).all() == days[:2]


@pytest.mark.proves("G6")
def test_an_instant_comes_back_as_the_same_instant_in_utc(house: House) -> None:
    instants = [
        datetime(2026, 12, 31, 16, 30, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8))),
        datetime(1986, 6, 1, 1, 0, tzinfo=timezone(timedelta(hours=9))),
    ]
    with house.sessions.begin() as session:
        years = [{**a_year(2027 + n), "loaded_at": i} for n, i in enumerate(instants)]
        insert_all(session, CalendarYear, years)
    with house.readers() as session:
        found = session.scalars(select(CalendarYear.loaded_at).order_by(CalendarYear.year)).all()
    assert found == instants
    assert {i.utcoffset() for i in found} == {timedelta(0)}


def test_a_naive_instant_is_refused(house: House) -> None:
    naive = NINE.replace(tzinfo=None)
    with pytest.raises(StatementError, match="naive"), house.sessions.begin() as session:
        insert_all(session, CalendarYear, [{**a_year(2027), "loaded_at": naive}])


def test_what_is_there_is_not_put_in_again(house: House) -> None:
    with house.sessions.begin() as session:
        first = insert_once(session, CalendarYear, [a_year(2027), a_year(2028)], CalendarYear.year)
        again = [a_year(2028, "other"), a_year(2029)]
        second = insert_once(session, CalendarYear, again, CalendarYear.year)
        assert (first, second) == ({2027, 2028}, {2029})
        assert insert_once(session, CalendarYear, [], CalendarYear.year) == set()
        assert session.get_one(CalendarYear, 2028).source == "x"
        with pytest.raises(IntegrityError):
            insert_all(session, CalendarYear, [a_year(2027)])


def test_of_many_who_put_the_same_in_at_once_one_did(house: House) -> None:
    done: list[set[int]] = []
    together = Barrier(6)

    def put_in() -> None:
        together.wait()
        with house.sessions.begin() as session:
            done.append(insert_once(session, CalendarYear, [a_year(2027)], CalendarYear.year))

    writers = [Thread(target=put_in) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(map(len, done)) == [0, 0, 0, 0, 0, 1]


def test_numbers_taken_in_blocks_are_never_taken_twice(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    with house.sessions.begin() as session:
        taken = list(take_ids(session, "contract", 3))
        used = session.scalars(select(Contract.id)).all()
        assert len(set(taken)) == 3
        assert not set(taken) & set(used)
        assert list(take_ids(session, "contract", 0)) == []
    register(house, a_document(contract_no="HT-3"))


def test_ulids_sort_by_time_and_differ_within_a_moment() -> None:
    moments = [NINE + timedelta(milliseconds=n) for n in range(50)]
    ulids = [new_ulid(moment) for moment in moments]
    assert ulids == sorted(ulids)
    assert len({new_ulid(NINE) for _ in range(1000)}) == 1000
    assert {len(u) for u in ulids} == {26}
    assert set("".join(ulids)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_many_ulids_of_a_moment_are_like_those_made_one_by_one() -> None:
    many = new_ulids(NINE, 1000)
    assert len(set(many)) == 1000
    assert {len(u) for u in many} == {26}
    assert {u[:10] for u in many} == {new_ulid(NINE)[:10]}
    assert {c for u in many for c in u[10:]} == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert new_ulids(NINE, 0) == []


def test_the_bare_name_of_postgresql_means_the_driver_that_ships() -> None:
    engine = open_engine("postgresql://somebody@localhost/register")
    assert engine.url.drivername == "postgresql+psycopg"


def test_what_is_not_in_the_table_is_not_put_in(house: House) -> None:
    with pytest.raises(StatementError), house.sessions.begin() as session:
        session.execute(insert(CalendarDay).values(day=day("2027-01-01"), kind="nonsense"))
