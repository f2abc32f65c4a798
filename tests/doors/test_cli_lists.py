"""Lists and figures on the command line."""

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import a_document, fulfilment_monitor, register


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    register(
        house,
        a_document(amount="1000.00"),
        a_document(contract_no="HT-2", amount="1000.50", field="bidding", region="340300"),
    )
    return house


def test_figures_are_printed_by_field(desk: House) -> None:
    ran = fulfilment_monitor("statistics", "--by", "field", "--json")
    assert ran.json == {
        "by": "field",
        "items": [
            {"key": "bidding", "name": "bidding", "contracts": {"count": 1, "amount": "1000.50"}},
            {
                "key": "procurement",
                "name": "procurement",
                "contracts": {"count": 1, "amount": "1000.00"},
            },
        ],
    }


def test_people_read_a_table_with_nothing_left_blank(desk: House) -> None:
    lines = fulfilment_monitor("statistics", "--region", "34").out.splitlines()
    assert lines[2].split() == ["340300", "1", "1000.50", "0", "0.00", "0", "0.00"]


def test_contracts_are_found_by_two_characters(desk: House) -> None:
    assert fulfilment_monitor("contracts", "--text", "采购", "--json").json["total"] == 2
    assert fulfilment_monitor("contracts", "--text", "道路", "--json").json["total"] == 0
