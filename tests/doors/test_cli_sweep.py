"""`sweep` and `clock`: on any day, in any order, past or present, the same alerts and leads."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from fulfilment_monitor import clock
from fulfilment_monitor.house import House
from fulfilment_monitor.services import clocks
from fulfilment_monitor.services.leases import take_lease
from fulfilment_monitor.store.sweeps import SweepRun
from tests.services.builders import (
    a_document,
    a_payment,
    contents,
    day,
    fulfilment_monitor,
    lead_list,
    register,
    rules_raised,
    violations,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A register with two payments, due 2025-09-10 and 2025-10-10."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    register(
        house,
        a_document(),
        a_document(a_payment("7.00", due_on="2025-10-10"), contract_no="HT-2"),
    )
    return house


def swept(as_of: str, *words: str) -> tuple[int, int, int]:
    """What a sweep for a day newly did: duties, alerts, leads."""
    ran = fulfilment_monitor("sweep", "--as-of", as_of, "--json", *words)
    assert (ran.status, ran.err, ran.json["as_of"]) == (0, "", as_of)
    assert set(ran.json) == {"as_of", "duties", "alerts", "leads"}
    return ran.json["duties"], ran.json["alerts"], ran.json["leads"]


def test_a_sweep_tells_what_it_newly_raised(desk: House) -> None:
    assert swept("2025-09-25") == (2, 2, 1)
    assert swept("2025-09-25") == (0, 0, 0)
    assert [i["contract_no"] for i in lead_list(desk)] == ["HT-1"]


def test_a_dry_run_says_the_same_and_changes_nothing(desk: House) -> None:
    before = contents(desk)
    assert swept("2025-09-25", "--dry-run") == (2, 2, 1)
    assert contents(desk) == before
    assert swept("2025-09-25") == (2, 2, 1)


@pytest.mark.proves("I-2")
def test_going_back_and_forward_again_raises_nothing_twice(desk: House) -> None:
    for on in ("2025-09-03", "2025-09-25", "2025-10-31"):
        swept(on)
    raised, leads = rules_raised(desk), [i["id"] for i in lead_list(desk)]
    for on in ("2025-08-15", "2025-09-03", "2025-09-12", "2025-09-25", "2025-10-31"):
        swept(on)
    assert [i["id"] for i in lead_list(desk)] == leads
    assert len(leads) == 2
    assert set(raised) <= set(rules_raised(desk))
    assert len(rules_raised(desk)) == len(set(contents(desk)["alert"]))
    assert swept("2025-10-31") == (0, 0, 0)
    assert violations(desk) == []


def test_a_day_in_the_past_sees_the_register_as_it_was(desk: House) -> None:
    assert swept("2025-10-31")[2] == 2
    assert fulfilment_monitor("leads", "--as-of", "2025-10-30", "--json").json["items"] == []
    swept("2025-09-25")
    found = fulfilment_monitor("alerts", "--as-of", "2025-09-30", "--json").json["items"]
    assert {i["raised_on"] for i in found} == {"2025-09-25"}


def test_without_a_day_it_is_today(desk: House) -> None:
    ran = fulfilment_monitor("sweep", "--json")
    assert (ran.status, ran.json["leads"]) == (0, 2)
    assert ran.json["as_of"] == clock.moment().today.isoformat()


def test_a_lease_or_an_unfinished_run_never_holds_it_up(desk: House) -> None:
    today = clock.moment()
    run = {"as_of": day("2025-09-25"), "scheduled_for": day("2025-09-25")}
    counts = {"duties": 0, "alerts": 0, "leads": 0}
    with desk.sessions.begin() as session:
        assert take_lease(session, "sweep", "somebody else", now=today.now, seconds=10**6)
        session.execute(insert(SweepRun).values(**run, **counts, started_at=today.now))
    assert swept("2025-09-25")[2] == 1


@ONLY_SQLITE
def test_alerts_go_to_the_sink_that_is_set(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_ALERT_SINK", str(tmp_path / "sink"))
    swept("2025-09-25")
    swept("2025-09-25")
    (path,) = (tmp_path / "sink").iterdir()
    assert (path.name, len(path.read_text("utf-8").splitlines())) == ("alerts-2025-09-25.jsonl", 3)


@ONLY_SQLITE
def test_a_dry_run_tells_no_sink(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_ALERT_SINK", str(tmp_path / "sink"))
    swept("2025-09-25", "--dry-run")
    assert not (tmp_path / "sink").exists()


@ONLY_SQLITE
def test_people_read_one_line(desk: House) -> None:
    words = ("sweep", "--as-of", "2025-09-25")
    dry, wet = fulfilment_monitor(*words, "--dry-run"), fulfilment_monitor(*words)
    assert dry.out == "2025-09-25: 2 duties acted, would raise 2 alerts, 1 leads\n"
    assert wet.out == "2025-09-25: 2 duties acted, raised 2 alerts, 1 leads\n"


@ONLY_SQLITE
@pytest.mark.parametrize("words", [["--as-of", "today"], ["--as-of", "2025-02-30"], ["x"]])
def test_wrong_usage_is_2(desk: House, words: list[str]) -> None:
    assert fulfilment_monitor("sweep", *words).status == 2


# --- the guard --------------------------------------------------------------------------------


@pytest.fixture
def alarmed(desk: House) -> House:
    """Two clocks have disagreed, and nobody has looked."""
    with desk.sessions.begin() as session:
        clocks.watch_clocks(
            session, now=clock.now(), elapsed_offset_seconds=90_000, tolerance_seconds=120
        )
    return desk


@pytest.mark.proves("E7")
def test_an_alarm_stops_the_sweep_with_4_until_a_person_has_looked(alarmed: House) -> None:
    ran = fulfilment_monitor("sweep", "--json")
    assert (ran.status, ran.out) == (4, "")
    assert "时钟告警未确认" in ran.err
    assert lead_list(alarmed) == []
    looked = fulfilment_monitor("clock", "acknowledge", "--by", "王工", "--json")
    assert (looked.status, looked.json) == (0, {"acknowledged": 1})
    assert fulfilment_monitor("sweep", "--json").json["leads"] == 2
    assert any("王工" in row for row in contents(alarmed)["audit_entry"])


def test_a_day_given_by_hand_does_not_ask_the_clocks(alarmed: House) -> None:
    assert swept("2025-09-25") == (2, 2, 1)


@ONLY_SQLITE
def test_a_rehearsal_does_not_ask_the_clocks(alarmed: House) -> None:
    assert swept("2025-09-25", "--dry-run") == (2, 2, 1)
