"""Statements over HTTP: each side speaks for itself, and a payment claimed is none yet."""

from typing import Any

from sqlalchemy import select

from fulfilment_monitor.house import House
from fulfilment_monitor.store import metadata
from tests.doors.api_world import (
    NOBODY,
    ON_SQLITE,
    admin,
    clerk,
    facts_of,
    firm,
    keyed,
    obligation_of,
    problem,
    two_contracts,
)
from tests.services.builders import ORGAN, contents, paid, state, sweep

PAID = {"kind": "paid", "on": "2025-10-01", "by": "government", "amount": "400.00"}


def test_a_claimed_payment_lowers_the_debt_once_the_enterprise_confirms(house):
    mine, _ = two_contracts(house)
    payer, payee, owed = clerk(house), firm(house), obligation_of(house, mine)

    def remaining() -> str:
        shown: dict[str, Any] = payer.get(f"/contracts/{mine}").get_json()
        return str(shown["obligations"][0]["remaining"])

    stated = payer.post(f"/obligations/{owed}/facts", PAID)
    assert stated.status_code == 201, stated.text
    fact = stated.get_json()["id"]
    assert stated.get_json()["contract"] == mine
    assert remaining() == "1000.00"
    problem(payer.post(f"/facts/{fact}/confirm"), 409, "not-open")  # its own
    done = payee.post(f"/facts/{fact}/confirm", {"note": "已收到"})
    assert (done.status_code, done.get_json()["answer"]) == (201, "confirmed")
    assert remaining() == "600.00"
    second = payer.post(f"/obligations/{owed}/facts", {**PAID, "ref": "PZ-2"}).get_json()["id"]
    partly = payee.post(f"/facts/{second}/dispute", {"amount": "300.00"})
    assert partly.get_json()["answer"] == "disputed"
    assert remaining() == "500.00"  # 400 claimed, 300 of it did not arrive


def test_nobody_speaks_for_the_other_side_nor_of_what_is_foreign(house):
    mine, foreign = two_contracts(house)
    owed, theirs = obligation_of(house, mine), obligation_of(house, foreign)
    state(house, paid("2025-10-01", by="government"), "2025-10-02")
    state(house, paid("2025-10-01", by="government"), "2025-10-02", number="HT-FOREIGN")
    (foreign_fact,) = facts_of(house, foreign)
    before = contents(house)["fact"] + contents(house)["fact_answer"]
    payer, payee = clerk(house), firm(house)
    problem(payer.post(f"/obligations/{owed}/facts", {**PAID, "by": "court"}), 403, "forbidden")
    problem(payee.post(f"/obligations/{owed}/facts", PAID), 403, "forbidden")
    problem(admin(house).post(f"/obligations/{owed}/facts", PAID), 403, "forbidden")
    for path, name in ((f"/obligations/{theirs}/facts", theirs),
                       (f"/facts/{foreign_fact}/confirm", foreign_fact),
                       (f"/facts/{foreign_fact}/dispute", foreign_fact)):  # fmt: skip
        body = PAID if path.endswith("facts") else {}
        there, gone = payer.post(path, body), payer.post(path.replace(name, NOBODY), body)
        problem(there, 404, "not-found")
        assert there.data.replace(name.encode(), b"X") == gone.data.replace(NOBODY.encode(), b"X")
    assert contents(house)["fact"] + contents(house)["fact_answer"] == before


@ON_SQLITE
def test_only_what_a_statement_says_is_taken(house):
    mine, _ = two_contracts(house)
    path, caller = f"/obligations/{obligation_of(house, mine)}/facts", clerk(house)
    wrong = {
        "/confirmed": {**PAID, "confirmed": True},
        "/obligation": {**PAID, "obligation": "payment"},
        "/recorded_by": {**PAID, "recorded_by": "me"},
        "/amount": {**PAID, "amount": 400},
        "/on": {k: v for k, v in PAID.items() if k != "on"},
        "/kind": {**PAID, "kind": "forgiven"},
    }
    before = contents(house)["fact"]
    for pointer, body in wrong.items():
        told = problem(caller.post(path, body), 422, "invalid")
        assert pointer in [e["pointer"] for e in told["errors"]]
    assert contents(house)["fact"] == before


@ON_SQLITE
def test_a_statement_is_corrected_by_another(house):
    mine, _ = two_contracts(house)
    path, caller = f"/obligations/{obligation_of(house, mine)}/facts", clerk(house)
    first = caller.post(path, PAID).get_json()["id"]
    again = {**PAID, "amount": "40.00", "supersedes": first}
    assert caller.post(path, again).status_code == 201
    problem(caller.post(path, again), 409, "not-open")
    shown = caller.get(f"/contracts/{mine}").get_json()["facts"]
    assert {f["amount"]: f.get("superseded", False) for f in shown} == {
        "40.00": False, "400.00": True,
    }  # fmt: skip


def test_the_api_and_the_service_write_identical_statements(house):
    mine, _ = two_contracts(house)
    state(house, {**PAID, "obligation": "payment", "ref": "A"}, "2025-10-21")
    path = f"/obligations/{obligation_of(house, mine)}/facts"
    assert keyed(house, ORGAN).post(path, {**PAID, "ref": "B"}).status_code == 201
    one, other = (_plain(row) for row in _rows(house, "fact"))
    assert {**other, "ref": "A"} == one


def _rows(house: House, table: str) -> list[dict[str, Any]]:
    with house.readers() as session:
        found = session.execute(select(metadata.tables[table])).mappings()
        return sorted((dict(r) for r in found), key=lambda r: r["id"])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("id", "ulid", "recorded_by")}


def test_interest_runs_from_the_day_after_the_due_date(house):
    mine, _ = two_contracts(house)
    path = f"/obligations/{obligation_of(house, mine)}/interest"
    caller = firm(house)
    found = caller.get(f"{path}?on=2025-09-20").get_json()
    # ten days after 2025-09-10 at 0.05 % a day on 1000 yuan
    assert (found["total"], found["state"], found["due_on"]) == ("5.00", "overdue", "2025-09-10")
    (segment,) = found["segments"]
    assert (segment["from"], segment["to"], segment["days"]) == ("2025-09-11", "2025-09-20", 10)
    before = caller.get(f"{path}?on=2025-09-10").get_json()
    assert (before["total"], before["segments"]) == ("0.00", [])
    problem(caller.get(f"{path}?on=soon"), 422, "invalid")


def test_alerts_and_leads_come_page_by_page_and_once(house):
    two_contracts(house)
    sweep(house, "2025-10-20")
    caller = clerk(house)
    for path in ("/alerts", "/leads"):
        whole = caller.get(path).get_json()
        assert whole["next"] is None
        seen, cursor = [], ""
        while cursor is not None:
            found = caller.get(f"{path}?limit=1{cursor and '&cursor=' + cursor}").get_json()
            seen += found["items"]
            cursor = found["next"]
        assert seen == whole["items"] != []
    assert "after" not in whole["items"][0]
    assert caller.get("/leads?state=closed").get_json()["items"] == []
    assert caller.get("/alerts?as_of=2025-07-01").get_json()["items"] == []
