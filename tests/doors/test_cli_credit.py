"""`credit`, `restrictions` and `measures`: ledgers and measures by the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.cli.kit import Exit
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House
from tests.services.builders import ORGAN, fulfilment_monitor
from tests.services.case_builders import CITY_FINANCE, CITY_SME, a_person, a_town, a_world, drive
from tests.services.credit_builders import measures_drawn, measures_of

ITEM = {
    "source_no": "清单3号",
    "notified_on": "2026-01-05",
    "correction_route": "向列入单位书面提出",
    "creditor": "示例企业",
    "amount": "1200.50",
    "arrears_state": "unpaid",
    "list": "拖欠账款清单",
    "list_version": "2026年第1期",
}


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


def done(*words: str) -> Any:
    ran = fulfilment_monitor(*words, "--json")
    assert ran.status == Exit.DONE, ran.err
    return ran.json


def entered(**changes: str) -> list[str]:
    item = json.dumps({**ITEM, **changes}, ensure_ascii=False)
    return [
        "credit", "enter", ORGAN, item, "--stream", "arrears", "--listed-on", "2026-01-10",
        "--as", "sme_intake",
    ]  # fmt: skip


def test_an_item_is_entered_corrected_and_taken_off(desk: House) -> None:
    a_town(desk)
    record = done(*entered())["entry"]
    (shown,) = done("credit", ORGAN, "--on", "2026-01-10")["records"]
    assert (shown["record"], shown["stream"], shown["state"]) == (record, "arrears", "effective")
    assert (shown["amount"], shown["source_no"]) == ("1200.50", "清单3号")
    assert done("credit", ORGAN, "--on", "2026-01-09")["records"] == []
    said = (record, '{"amount": "900.00"}', "--reason", "已核对", "--on", "2026-02-01")
    number = str(done("credit", "correct", *said, "--as", "sme_intake")["proposal"])
    alone = fulfilment_monitor(
        "credit", "correct", *said, "--as", "sme_intake", "--approves", number
    )
    assert "cannot enter it" in alone.err
    a_person(desk, "sme_second", CITY_SME, Role.DIRECTOR, since="2026-01-10")
    done("credit", "correct", *said, "--as", "sme_second", "--approves", number)
    off = ("credit", "end", record, "--reason", "已付清", "--on", "2026-03-01")
    number = str(done(*off, "--as", "sme_intake")["proposal"])
    alone = fulfilment_monitor(*off, "--as", "sme_intake", "--approves", number)
    assert "who proposed it cannot enter it" in alone.err
    done(*off, "--as", "sme_second", "--approves", number)
    (after,) = done("credit", ORGAN, "--on", "2026-03-01")["records"]
    assert (after["amount"], after["state"]) == ("900.00", "ended")
    found = done("credit", "figures", ORGAN, "--from", "2026-01-01", "--to", "2026-03-31")
    assert found["streams"]["arrears"] == {"new": 1, "open": 0, "repaired": 0, "ended": 1}
    plain = fulfilment_monitor("credit", ORGAN, "--on", "2026-02-01")
    assert "拖欠账款" in plain.out
    assert "900.00" in plain.out


def test_what_is_wrong_with_an_item_is_said_with_its_place(desk: House) -> None:
    a_town(desk)
    refused = fulfilment_monitor(*entered(amount="12.345", list=""))
    assert refused.status == Exit.SOME_REFUSED
    assert "/amount" in refused.err
    assert "/list" in refused.err
    words = entered()
    words[3] = "[1]"
    assert fulfilment_monitor(*words).status == Exit.SOME_REFUSED
    assert fulfilment_monitor("credit", "11340321003000014X").status == Exit.USAGE


@pytest.mark.proves("R-92")
def test_signed_figures_can_be_checked_and_reckoned_again(desk: House, tmp_path: Path) -> None:
    a_town(desk)
    done(*entered())
    asked = ("credit", "figures", ORGAN, "--from", "2026-01-01", "--to", "2026-03-31", "--signed")
    said = done(*asked)
    assert said["streams"]["arrears"]["new"] == 1
    file = tmp_path / "figures.json"

    def checked(**changes: object) -> list[str]:
        file.write_text(json.dumps({**said, **changes}), "utf-8")
        ran = fulfilment_monitor("credit", "check-figures", str(file), "--json")
        assert ran.status == (Exit.DONE if ran.json["ok"] else Exit.CHECK_FAILED)
        found: list[str] = ran.json["problems"]
        return found

    assert checked() == []
    less = {**said["streams"], "arrears": {**said["streams"]["arrears"], "new": 0}}
    assert "signature" in checked(streams=less)
    assert "arrears" in checked(streams=less)
    assert "signature" in checked(to="2026-02-28")
    assert checked(known_at="2020-01-01") == ["signature", "arrears"]  # nothing was known then
    bare = {k: v for k, v in said.items() if k != "signature"}
    file.write_text(json.dumps(bare), "utf-8")
    assert fulfilment_monitor("credit", "check-figures", str(file)).status == Exit.SOME_REFUSED


def test_a_measure_is_answered_and_its_restriction_is_told(desk: House) -> None:
    with measures_drawn(desk):
        claim = a_world(desk)
        a_person(desk, "finance_director", CITY_FINANCE, Role.DIRECTOR)
        drive(desk, claim, "approve_determination")
        found = measures_of(desk)
    ulid = found[f"local.procurement@{CITY_FINANCE}"].ulid
    waiting = done("measures", "open", "--on", "2026-01-20")
    assert ulid in {m["measure"] for m in waiting["unanswered"]}
    assert [r["days"] for r in waiting["without_measure"]] == [12]
    accepted = done(
        "measures", "accept", ulid, "--starts-on", "2026-01-20", "--as", "finance_director"
    )
    assert accepted == {"measure": ulid, "state": "proposed"}
    (waits,) = [
        m
        for m in done("measures", "open", "--on", "2026-01-20")["unanswered"]
        if m["measure"] == ulid
    ]
    assert waits["to_approve"] is True
    alone = fulfilment_monitor("measures", "approve", ulid, "--as", "finance_director")
    assert "who accepted it cannot approve it" in alone.err
    approved = done("measures", "approve", ulid, "--as", "finance_handler")
    assert approved == {"measure": ulid, "state": "imposed"}
    (row,) = done("restrictions", ORGAN, "--on", "2026-01-20")["restrictions"]
    assert (row["code"], row["imposer_uscc"]) == ("local.procurement", CITY_FINANCE)
    assert row["document_no"] == "认定〔2026〕1号"
    assert "三（五）" in row["basis"]
    assert done("restrictions", ORGAN, "--on", "2026-01-19")["restrictions"] == []
    assert done("measures", "open", "--on", "2026-01-20")["without_measure"] == []
    (guided,) = done("measures", "guidance", "340321", "--on", "2026-01-20")["records"]
    assert guided["missing"] == ["未履行：payment", "尚未申请修复"]
    (area,) = done("measures", "areas", "--on", "2026-01-20")["areas"]
    assert (area["region"], area["count"]) == ("340300", 1)
    declined = fulfilment_monitor(
        "measures", "decline", ulid, "--reason", "不适用", "--as", "finance_director"
    )
    assert declined.status == Exit.USAGE
    early = fulfilment_monitor(
        "measures", "confirm-end", ulid, "--on", "2026-02-01", "--as", "finance_director"
    )
    assert early.status == Exit.USAGE
    assert "imposed" in early.err
