"""`outline`: a skeleton that a person completes, and that can be imported then."""

from pathlib import Path

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import a_body, a_firm, fulfilment_monitor, written

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


@ONLY_SQLITE
def test_a_completed_outline_is_a_contract(desk: House, tmp_path: Path) -> None:
    words = ("outline", "procurement", "--subject", "goods", "--signed", "2025-07-01", "--json")
    ran = fulfilment_monitor(*words)
    assert ran.status == 0
    document = ran.json["document"]
    assert {b["pointer"] for b in ran.json["blanks"]} >= {"/contract_no", "/government"}
    document |= {
        "contract_no": "HT-1",
        "title": "办公设备采购",
        "region": "340321",
        "government": a_body(),
        "enterprise": a_firm(),
    }
    done = fulfilment_monitor("import", written(tmp_path / "c.json", document), "--json")
    assert (done.status, done.json["registered"]) == (0, 1)


@ONLY_SQLITE
def test_the_terms_are_those_of_the_day_of_signing(desk: House) -> None:
    words = ("outline", "procurement", "--subject", "goods", "--signed")
    old = fulfilment_monitor(*words, "2021-01-01").out
    new = fulfilment_monitor(*words, "2025-07-01").out
    assert "第728号" in old
    assert "第802号" not in old
    assert "第802号" in new


@ONLY_SQLITE
def test_a_field_is_not_about_every_subject(desk: House) -> None:
    assert fulfilment_monitor("outline", "ppp", "--subject", "promise").status == 2
    words = ("outline", "procurement", "--subject", "goods", "--amount", "x")
    assert fulfilment_monitor(*words).status == 2
