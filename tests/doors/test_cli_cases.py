"""`complaint`, `cases`, `case …`: from a document to a decision, at the command line."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fulfilment_monitor import clock
from fulfilment_monitor.cli import main
from fulfilment_monitor.house import House
from tests.services import builders
from tests.services.builders import (
    Ran,
    a_document,
    contents,
    fulfilment_monitor,
    register,
    written,
)
from tests.services.case_builders import (
    CITY_SME,
    a_complaint,
    a_town,
    the_claim,
)

ULID = 26
Run = Callable[..., Ran]


@pytest.fixture
def town(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> House:
    """The town and HT-1, at the command line, on 2025-09-12."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_KEYS_DIR", str(tmp_path / "keys"))
    now = datetime(2025, 9, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "moment", lambda: clock.Moment(now, now.date()))
    a_town(house)
    register(house, a_document())
    return house


def complained(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    """What `complaint FILE --json` says of a complaint."""
    path = written(tmp_path / "complaint.json", a_complaint(**changes))
    ran = fulfilment_monitor("complaint", path, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


@pytest.mark.proves("R-18")
def test_a_receipt_is_printed_once_and_never_again(town: House, tmp_path: Path) -> None:
    path = written(tmp_path / "complaint.json", a_complaint())
    first = fulfilment_monitor("complaint", path)
    case, receipt, entry = first.out.splitlines()
    assert first.status == 0
    assert len(entry.split()[2]) == 64
    assert case.startswith("case ")
    assert len(receipt.removeprefix("receipt ")) == len("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX")
    assert receipt.removeprefix("receipt ") not in str(contents(town))
    again = fulfilment_monitor("complaint", path)
    assert (again.status, again.out.splitlines()) == (0, [case])
    assert "known" in again.err


def test_a_complaint_comes_by_standard_input_too(town: House) -> None:
    document = json.dumps(a_complaint()).encode()
    with builders._closing_engines():
        done = CliRunner().invoke(main, ["complaint", "-", "--json"], input=io.BytesIO(document))
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert (said["new"], len(said["case"]), len(said["claims"])) == (True, ULID, 1)


def test_the_promise_that_comes_with_a_complaint_can_be_checked(
    town: House, tmp_path: Path
) -> None:
    done = complained(tmp_path)
    promise = written(tmp_path / "promise.json", done["record"])
    assert fulfilment_monitor("audit", "verify", "--receipt", promise).status == 0
    builders.tamper(town, "DELETE FROM audit_entry WHERE action = 'complaint.receive'")
    assert fulfilment_monitor("audit", "verify", "--receipt", promise).status == 4


def test_faults_are_located_and_nothing_is_kept(town: House, tmp_path: Path) -> None:
    before = contents(town)
    path = written(tmp_path / "complaint.json", a_complaint(colour="red", items=[]))
    ran = fulfilment_monitor("complaint", path)
    assert ran.status == 3
    assert "/colour" in ran.err
    assert "/items" in ran.err
    (tmp_path / "torn.json").write_text("{", "utf-8")
    assert fulfilment_monitor("complaint", tmp_path / "torn.json").status == 3
    assert contents(town) == before


def test_a_list_of_cases(town: House, tmp_path: Path) -> None:
    done = complained(tmp_path)
    ran = fulfilment_monitor("cases", "--json")
    (item,) = ran.json["items"]
    assert (ran.json["total"], item["case"], item["id"]) == (1, done["case"], done["claims"][0])
    assert (item["claimed"], item["state"]) == ("1000.00", "received")
    assert fulfilment_monitor("cases", "--state", "closed", "--json").json["items"] == []
    assert fulfilment_monitor("cases", "--as-of", "2025-09-11", "--json").json["total"] == 0
    assert "1 of 1" in fulfilment_monitor("cases", "--limit", "1").out


def test_steps_are_taken_by_people_with_their_details(town: House, tmp_path: Path) -> None:
    done = complained(tmp_path)
    case = ("case", done["case"])
    accepted = fulfilment_monitor(*case, "accept", "--as", "county_lead", "--scope", "--json")
    assert accepted.json == {"claim": done["claims"][0], "state": "accepted", "version": 1}
    assert fulfilment_monitor(*case, "transfer", "--as", "county_lead").status == 0
    handler = ("--as", "handler")
    assert fulfilment_monitor(*case, "take_up", *handler, "--detail", "handler=handler").status == 0
    found = {
        "facts": "逾期",
        "legal_basis": "民法典第五百七十七条",
        "respondent_says": "无",
        "complainant_says": "无",
        "verification": "true",
        "breach": "arrears",
        "amount": "1000.00",
    }
    details = written(tmp_path / "details.json", found)
    ran = fulfilment_monitor(*case, "find_substantiated", *handler, "--details", details)
    assert ran.status == 0
    items = ("items=付款", "items=道歉", "due_on=2025-10-09", "served_on=2025-09-12")
    pairs = [word for item in items for word in ("--detail", item)]
    assert fulfilment_monitor(*case, "rectify", *handler, *pairs).status == 0
    shown = fulfilment_monitor(*case, "--json").json["claims"][0]
    assert shown["state"] == "rectifying"
    assert shown["events"][-1]["details"]["items"] == ["付款", "道歉"]
    assert shown["confirmed"] == "1000.00"
    refusal = ("declared=true", "excuse=no-funds", "note=拒付")
    pairs = [word for item in refusal for word in ("--detail", item)]
    assert fulfilment_monitor(*case, "refuse", *handler, *pairs, "--json").json["state"] == (
        "refused"
    )
    assert "责令整改" in fulfilment_monitor(*case).out


def test_what_the_table_refuses_ends_with_its_reason(town: House, tmp_path: Path) -> None:
    claim = complained(tmp_path)["claims"][0]
    nobody = fulfilment_monitor("case", claim, "accept")
    assert (nobody.status, "--as" in nobody.err) == (2, True)
    stranger = fulfilment_monitor("case", claim, "take_up", "--as", "handler",
                                  "--detail", "handler=handler")  # fmt: skip
    assert (stranger.status, "no claim" in stranger.err) == (2, True)
    closed = fulfilment_monitor("case", claim, "transfer", "--as", "county_lead")
    assert (closed.status, "allowed" in closed.err) == (2, True)
    unsaid = fulfilment_monitor("case", claim, "accept", "--as", "county_lead")
    assert (unsaid.status, "/scope" in unsaid.err) == (3, True)
    odd = fulfilment_monitor("case", claim, "accept", "--as", "county_lead", "--detail", "x")
    assert odd.status == 2
    assert fulfilment_monitor("case", "0" * ULID).status == 2
    assert the_claim(town, claim).state == "received"


def test_the_respondent_is_shown_nothing_yet(town: House, tmp_path: Path) -> None:
    case = complained(tmp_path)["case"]
    ran = fulfilment_monitor("case", case, "--as", "bureau_head", "--json")
    assert (ran.status, ran.out) == (2, "")


@pytest.mark.proves("R-39")
def test_the_channels_and_what_they_brought(town: House, tmp_path: Path) -> None:
    complained(tmp_path, channel="petition", source_no="1")
    found = fulfilment_monitor("channels", "--region", "340321", "--json").json
    by_code = {c["code"]: c for c in found["items"]}
    assert by_code["petition"]["last_report_on"] == "2025-09-12"
    assert by_code["petition"]["received"] == 1
    assert by_code["justice"]["last_report_on"] is None
    assert by_code["sme-payment"]["operator"]["uscc"] == CITY_SME
    assert "信访部门" in fulfilment_monitor("channels", "--region", "340321").out


def test_cases_are_merged_split_and_left(town: House, tmp_path: Path) -> None:
    register(town, a_document(contract_no="HT-2"))
    first = complained(tmp_path)
    second = complained(tmp_path, contract_no="HT-2")
    lead = ("--reason", "同一批次", "--as", "county_lead", "--json")
    moved = fulfilment_monitor("case-merge", second["case"], first["case"], *lead).json
    assert moved["claims"] == second["claims"]
    assert fulfilment_monitor("case-undo", moved["move"], *lead).json["claims"] == second["claims"]
    fulfilment_monitor("case-merge", second["case"], first["case"], *lead)
    apart = fulfilment_monitor("case-split", first["case"], second["claims"][0], *lead)
    assert apart.json["claims"] == second["claims"]
    gone = fulfilment_monitor("complaint-leave", second["complaint"], *lead)
    assert gone.json == {"complaint": second["complaint"], "ended": second["claims"]}
