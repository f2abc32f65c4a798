"""A rehearsal says what registering then does, and leaves no trace."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.house import House
from fulfilment_monitor.resources import shipped
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import foreseeing
from fulfilment_monitor.services.foreseeing import expected_of, foresee_contracts
from fulfilment_monitor.store import metadata
from tests.services.builders import (
    CLERK,
    a_document,
    a_payment,
    contract_id,
    day,
    office,
    owed,
    paid,
    register,
)

ON = "2025-07-02"


def foresee(house: House, *documents: dict[str, Any], on: str = ON) -> list[foreseeing.Foreseen]:
    with house.readers() as session:
        return foresee_contracts(
            session, [read_contract(d) for d in documents],
            by=CLERK, office=office(house), today=day(on),
        )  # fmt: skip


def told(done: Any) -> list[tuple[Any, ...]]:
    return [(d.result, d.issues) for d in done]


def samples() -> list[dict[str, Any]]:
    paths = sorted(shipped("contracts_samples").glob("*.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def test_registering_does_what_was_foreseen(house: House) -> None:
    batch = [
        *samples(),
        a_document(),
        a_document(title="另一个名称", facts=[paid("2025-07-02")]),
        a_document(facts=[paid("2025-07-02", confirmed=True), paid("2025-07-02")]),
        a_document(facts=[paid("2025-07-02")]),
    ]
    for _ in range(2):  # on an empty register, and again on what is there
        expected = told(foresee(house, *batch))
        assert told(register(house, *batch, on=ON)) == expected


def test_nothing_is_written(house: House) -> None:
    register(house, a_document())
    before = rows(house)
    foresee(house, a_document(facts=[paid("2025-07-02")]), a_document(contract_no="HT-2"))
    assert rows(house) == before


def rows(house: House) -> dict[str, int]:
    with house.readers() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_foresees_for_another_body(house: House) -> None:
    register(house, a_document())
    stranger = Actor("someone", None, 999, frozenset({Role.CLERK}))
    with house.readers() as session, pytest.raises(Forbidden):
        foresee_contracts(
            session, [read_contract(a_document())],
            by=stranger, office=office(house), today=day(ON),
        )  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_registered_contract_has_its_dates_to_expect(house: House) -> None:
    delivery = owed("delivery", "enterprise", due_on="2025-08-04")
    register(house, a_document(delivery, a_payment(after="delivery")))
    with house.readers() as session:
        found = expected_of(session, contract_id(house), office=office(house), as_of=day(ON))
    assert {key: due.on for key, due in found.items()} == {"payment": date(2025, 9, 3)}
