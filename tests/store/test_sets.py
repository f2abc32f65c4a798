"""Conditions on many values at once."""

from datetime import date

import pytest
from sqlalchemy import BigInteger, String, select
from sqlalchemy.dialects import postgresql

from fulfilment_monitor.house import House
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.sets import among, among_named, table_of, written
from tests.conftest import at

CODES = ["a", "b", "c'", 'd"', "e\\", "f{}", "g,h"]


@pytest.fixture
def numbers(house: House) -> dict[str, int]:
    with house.sessions.begin() as session:
        bodies = [
            Organisation(code=code, name=code, side="government", recorded_at=at(date(2026, 1, 5)))
            for code in CODES
        ]
        session.add_all(bodies)
        session.flush()
        return {body.code: body.id for body in bodies}


@pytest.mark.parametrize("wanted", [CODES, CODES[2:4], [], ["a", "a"]])
def test_rows_are_found_by_many_values_at_once(house, numbers, wanted):
    ids = [numbers[code] for code in wanted]
    dialect = house.engine.dialect.name
    with house.readers() as session:
        codes = select(table_of(session, wanted, String()).c.value)
        rows = select(table_of(session, ids, BigInteger()).c.value)
        conditions = (
            among(session, Organisation.id, ids),
            Organisation.code.in_(codes),
            Organisation.id.in_(rows),
        )
        found = [set(session.scalars(select(Organisation.code).where(c))) for c in conditions]
        named = select(Organisation.code).where(among_named(dialect, Organisation.id, "ids"))
        found.append(set(session.scalars(named, {"ids": written(dialect, ids)})))
    assert found == [set(wanted)] * 4


def test_postgresql_is_not_told_that_a_list_is_a_text():
    """It would read it again for every row it is held against."""
    query = select(Organisation.id).where(among_named("postgresql", Organisation.id, "ids"))
    said = str(query.compile(dialect=postgresql.psycopg.dialect()))
    assert "= ANY (CAST(%(ids)s AS BIGINT[]))" in said
