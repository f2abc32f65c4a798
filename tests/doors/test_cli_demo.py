"""`demo --no-serve`: a year of days over the samples, on a database that holds nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings
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

SAMPLES = sorted(resources.shipped("contracts_samples").glob("*.json"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demonstrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ran, House]]:
    """What the demo printed, and the register it left, on an empty migrated database."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path_factory.mktemp("demo") / "demo.db"
        path.write_bytes(template.read_bytes())
        url = f"sqlite:///{path}"
    else:
        server: str = request.getfixturevalue("postgres")
        url = create_database(server, "demo", template="fulfilment_template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FM_DATABASE_URL", url)
        ran = fulfilment_monitor("demo", "--no-serve", "--json")
    with closing(open_house(Settings(database_url=url))) as house:
        yield ran, house
    if request.param == "postgresql":
        drop_database(server, "demo")


def test_it_prints_one_document_of_counts(demonstrated: tuple[Ran, House]) -> None:
    ran, house = demonstrated
    assert (ran.status, ran.err) == (0, "")
    assert set(ran.json) >= {"contracts", "obligations", "alerts", "leads", "cases", "records"}
    assert ran.json["contracts"] == len(SAMPLES) == len(contents(house)["contract"])
    assert ran.json["obligations"] == len(contents(house)["obligation"]) > 2 * len(SAMPLES)
    assert ran.json["alerts"] == len(contents(house)["alert"]) > len(SAMPLES)


def test_it_leaves_leads_that_were_opened_and_some_that_were_cured(
    demonstrated: tuple[Ran, House],
) -> None:
    ran, house = demonstrated
    states = [i["state"] for i in lead_list(house)]
    assert ran.json["leads"] == len(states)
    assert {"open", "closed"} == set(states)


def test_what_it_leaves_is_sound(demonstrated: tuple[Ran, House]) -> None:
    _, house = demonstrated
    assert violations(house) == []


@pytest.mark.parametrize("demonstrated", ["postgresql"], indirect=True)
def test_without_settings_it_tells_the_same_story_on_a_fresh_file(
    demonstrated: tuple[Ran, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FM_DATABASE_URL", raising=False)
    assert fulfilment_monitor("demo", "--no-serve", "--json").json == demonstrated[0].json
    assert (tmp_path / "var" / "demo.db").is_file()


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
