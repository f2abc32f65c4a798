"""Figures: kept by what changed, equal to counting, whoever folds them and whenever."""

from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from fulfilment_monitor.domain.contracts import Field
from fulfilment_monitor.house import House
from fulfilment_monitor.services import newest, tallies
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import Sight
from fulfilment_monitor.services.tallies import By
from fulfilment_monitor.store.tallies import Tally, TallyChange
from tests.services.builders import (
    INSTITUTION,
    ORGAN,
    a_body,
    a_document,
    paid,
    register,
    state,
    sweep,
    violations,
)


def report(house: House, by: By, **only: object) -> dict[str, dict[str, tuple[int, str]]]:
    with house.readers() as session:
        rows = tallies.report(session, by, **only)  # type: ignore[arg-type]
    return {
        r.key: {m: (f["count"], f["amount"]) for m, f in r.figures.items() if f["count"]}
        for r in rows
    }


def three_contracts(house: House) -> None:
    hospital = a_body(INSTITUTION, "示例县医院")
    register(
        house,
        a_document(amount="1000.00"),
        a_document(contract_no="HT-2", amount="1000.00", field="bidding", region="340300"),
        a_document(contract_no="HT-3", amount="1000.50", government=hospital),
    )


def test_contracts_and_leads_are_counted_where_they_belong(house: House) -> None:
    three_contracts(house)
    sweep(house, "2025-09-30")
    state(house, paid("2025-10-01"), "2025-10-01")
    sweep(house, "2025-10-02")
    assert report(house, By.REGION) == {
        "340300": {"contracts": (1, "1000.00"), "open_leads": (1, "1000.00")},
        "340321": {
            "contracts": (2, "2000.50"),
            "open_leads": (1, "1000.00"),
            "closed_leads": (1, "1000.00"),
        },
    }
    assert report(house, By.FIELD, region="34")["bidding"] == {
        "contracts": (1, "1000.00"),
        "open_leads": (1, "1000.00"),
    }
    assert report(house, By.BODY, field=Field.PROCUREMENT) == {
        ORGAN: {"contracts": (1, "1000.00"), "closed_leads": (1, "1000.00")},
        INSTITUTION: {"contracts": (1, "1000.50"), "open_leads": (1, "1000.00")},
    }
    assert report(house, By.FIELD, region="35") == {}
    assert report(house, By.REGION, government="34") == {}
    assert violations(house) == []


def test_folding_changes_no_figure(house: House) -> None:
    three_contracts(house)
    before = report(house, By.BODY)
    with house.sessions.begin() as session:
        assert tallies.fold(session) == 3
    assert report(house, By.BODY) == before
    with house.sessions.begin() as session:
        assert tallies.fold(session) == 0
        assert session.scalar(select(func.count()).select_from(TallyChange)) == 0
    register(house, a_document(contract_no="HT-4", amount="1.00"))
    with house.sessions.begin() as session:
        assert tallies.fold(session) == 1
    assert report(house, By.FIELD)["procurement"]["contracts"] == (3, "2001.50")
    assert violations(house) == []


def test_two_that_fold_at_once_count_everything_once(house: House) -> None:
    documents = [a_document(contract_no=f"HT-{i}", amount="1.00") for i in range(8)]
    for document in documents:
        register(house, document)
    start = Barrier(4)

    def fold() -> None:
        start.wait()
        with house.sessions.begin() as session:
            tallies.fold(session)

    folders = [Thread(target=fold) for _ in range(4)]
    for folder in folders:
        folder.start()
    for folder in folders:
        folder.join()
    assert report(house, By.REGION) == {"340321": {"contracts": (8, "8.00")}}
    assert violations(house) == []


def test_whoever_folds_meanwhile_hides_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not between the reading of what was added up and of what was not yet."""
    register(house, *(a_document(contract_no=f"HT-{i}") for i in range(5)))
    monkeypatch.setattr(newest, "NEAR", 2)
    folded: list[int] = []

    def fold(*executed: Any) -> None:
        if not folded and "tally" in executed[2]:
            folded.append(0)
            with house.sessions.begin() as other:
                folded.append(tallies.fold(other))

    with house.readers() as session:
        event.listen(session.get_bind(), "after_cursor_execute", fold)
        assert tallies.number_of(session, [tallies.Measure.CONTRACTS]) == 5
    register(house, *(a_document(contract_no=f"HT-{i}", region="340300") for i in range(5, 8)))
    folded.clear()
    with house.readers() as session:
        found = list_contracts(session, Sight(stems=frozenset({"34"})), limit=20, count=False)
        event.remove(session.get_bind(), "after_cursor_execute", fold)
    assert folded == [0, 1]
    assert len(found.items) == 8


def test_other_currencies_are_counted_and_never_added_up(house: House) -> None:
    foreign = {"scheme": "XX-REG", "id": "1"}
    body = {"name": "City", "identifier": foreign, "kind": "organ"}
    register(house, a_document(amount="5.00", currency="EUR", government=body))
    with house.readers() as session:
        (row,) = tallies.report(session, By.REGION)
    assert row.figures == {"contracts": {"count": 1, "amount": "0.00"}}
    assert violations(house) == []


def test_the_doctor_sees_a_figure_that_was_touched(house: House) -> None:
    three_contracts(house)
    with house.sessions.begin() as session:
        tallies.fold(session)
    with house.engine.begin() as connection:
        connection.execute(update(Tally).where(Tally.region == "340300").values(count=2))
    assert [v.check for v in violations(house)] == ["tally.wrong"]
