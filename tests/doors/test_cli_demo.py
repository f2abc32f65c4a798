"""`demo --no-serve`: a year of days over the samples, on a database that holds nothing else."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select

from fulfilment_monitor import resources
from fulfilment_monitor.cli.demo import LAST
from fulfilment_monitor.cli.demo_exchange import lines_of
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import case_lists, delivery_proofs, records
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.records import Measure
from tests.postgres import create_database, drop_database
from tests.services.builders import (
    Ran,
    a_document,
    contents,
    fulfilment_monitor,
    lead_list,
    register,
    violations,
)

#: How the demo ended, and the register it left.
Shown = tuple[Ran, House]
#: Contracts that only the stories make.
SETTLED = ("示一院和解-2026-0001",)
SAMPLES = sorted(resources.shipped("contracts_samples").glob("*.json"))


@pytest.fixture(scope="module")
def on_a_fresh_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The demo as it comes, without any setting."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("FM_DATABASE_URL", raising=False)
        patch.delenv("FM_KEYS_DIR", raising=False)
        ran = fulfilment_monitor("demo", "--no-serve", "--json")
    with closing(open_house(Settings(database_url=f"sqlite:///{folder}/var/demo.db"))) as house:
        yield ran, house


@pytest.fixture(scope="module")
def on_postgresql(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The demo on an empty migrated database."""
    url = create_database(postgres, "demo", template="fulfilment_template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FM_DATABASE_URL", url)
        patch.setenv("FM_KEYS_DIR", str(tmp_path_factory.mktemp("keys")))
        ran = fulfilment_monitor("demo", "--no-serve", "--json")
    with closing(open_house(Settings(database_url=url))) as house:
        yield ran, house
    drop_database(postgres, "demo")


@pytest.fixture(params=["on_a_fresh_file", "on_postgresql"])
def shown(request: pytest.FixtureRequest) -> Shown:
    found: Shown = request.getfixturevalue(request.param)
    return found


def test_it_prints_one_document_of_counts(shown: Shown) -> None:
    ran, house = shown
    assert (ran.status, ran.err) == (0, "")
    assert set(ran.json) >= {"contracts", "obligations", "alerts", "leads", "cases", "records"}
    held = contents(house)
    assert ran.json["contracts"] == len(SAMPLES) + len(SETTLED) == len(held["contract"])
    assert ran.json["cases"] == len(held["complaint_case"])
    assert ran.json["records"] == 1
    assert ran.json["obligations"] == len(held["obligation"])
    assert ran.json["alerts"] == len(held["alert"]) > len(SAMPLES)
    assert ran.json["leads"] == len(held["lead"])


def test_it_leaves_leads_that_are_open_and_some_that_were_cured(shown: Shown) -> None:
    assert {i["state"] for i in lead_list(shown[1])} == {"open", "closed"}


def test_one_story_goes_through_to_repair_and_one_settlement_is_broken(shown: Shown) -> None:
    house = shown[1]
    with house.readers() as session:
        repaired = case_lists.claim_about(session, "范城采-2025-0088", "payment")
        reopened = case_lists.claim_about(session, "示一院采-2025-0157", "payment")
        first = [row[1] for row in case_lists.course_of(session, repaired)]
        second = [row[1] for row in case_lists.course_of(session, reopened)]
        body = records.find_body(session, "11990200990000076A")
        record = records.record_of(session, body.id, LAST)
        states = set(session.scalars(select(Measure.state)))
    assert first[-2:] == ["确认信用修复", "办结"]
    assert "批准认定" in first
    assert second[second.index("达成和解") + 1] == "和解未履行"
    assert [r.state.value for r in record] == ["repaired"]
    assert "ended" in states
    assert states <= {"ended", "declined"}


def test_what_was_determined_and_repaired_left_and_was_acknowledged(shown: Shown) -> None:
    ran, house = shown
    assert ran.json["exchange"] == {"acknowledged": 2}
    with house.readers() as session:
        found = delivery_proofs.list_told(session, "sandbox")
    assert [(a.topic, a.version, a.day.isoformat()) for a in found] == [
        ("record.state", 1, "2026-02-12"),
        ("record.state", 2, "2026-03-31"),
    ]
    assert len({a.key for a in found}) == 1
    assert [str(a.receipt).partition("-")[0] for a in found] == ["sandbox", "sandbox"]
    assert lines_of(found)[0].endswith(f"回执 {found[0].receipt}")


def test_what_it_leaves_is_sound(shown: Shown) -> None:
    assert violations(shown[1]) == []


def test_it_tells_the_same_story_on_both(on_a_fresh_file: Shown, on_postgresql: Shown) -> None:
    assert on_a_fresh_file[0].json == on_postgresql[0].json


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_register_that_holds_other_contracts_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    register(house, a_document())
    before = contents(house)
    ran = fulfilment_monitor("demo", "--no-serve", "--json")
    assert (ran.status in (2, 4), ran.out) == (True, "")
    assert "1 contracts" in ran.err
    assert contents(house) == before
