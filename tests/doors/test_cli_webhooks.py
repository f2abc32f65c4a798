"""`fulfilment-monitor webhook …`: as the pages, for whoever works at the machine."""

from pathlib import Path

import pytest

from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings
from tests.services.builders import fulfilment_monitor
from tests.services.webhook_builders import change, decide, three


def test_a_subscriber_from_asking_to_being_told(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "register.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{file}")
    house: House = open_house(
        Settings(database_url=f"sqlite:///{file}", keys_dir=str(tmp_path / "keys"))
    )
    three(house)
    words = ["某平台", "https://127.0.0.1/in", "--kind", "notices", "--body", "B"]
    refused = fulfilment_monitor("webhook", "ask", *words, "--reason", "对接", "--as", "sys")
    assert refused.status == 2
    ran = fulfilment_monitor("webhook", "ask", *words, "--reason", "对接", "--as", "sec", "--json")
    assert ran.err == ""
    decide(house, ran.json["approval"])
    [found] = fulfilment_monitor("webhook", "list", "--as", "sec", "--json").json["subscribers"]
    assert (found["state"], found["kinds"]) == ("waiting", ["notices"])
    ulid = found["ulid"]
    told = fulfilment_monitor("webhook", "fetch", ulid, "--as", "sec")
    assert told.out.startswith("whsec_")
    assert fulfilment_monitor("webhook", "fetch", ulid, "--as", "sec").status == 2
    change(house, ("m1", 1))
    done = fulfilment_monitor("webhook", "deliver", "--json").json
    assert done == {"delivered": 0, "failed": 1}  # the address is closed
    assert "whsec_" in fulfilment_monitor("webhook", "rotate", ulid, "--as", "sec").out
    assert fulfilment_monitor("webhook", "disable", ulid, "--as", "sec").status == 0
    assert "disabled" in fulfilment_monitor("webhook", "list", "--as", "sec").out
    assert fulfilment_monitor("webhook", "resume", ulid, "--as", "sec").status == 0
    assert fulfilment_monitor("webhook", "letters", "--as", "sys", "--json").json == {"letters": []}
    assert fulfilment_monitor("webhook", "letters", "--as", "sec").status == 2
    assert fulfilment_monitor("webhook", "replay", ulid, "--as", "sys").status == 2
    house.close()
